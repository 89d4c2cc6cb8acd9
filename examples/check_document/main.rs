//! Checks Run Command documents as the service would take them, tells what agents would do with them, and shows what would run.
//!
//! ```text
//! cargo run --example check_document -- deploy.yaml
//! cargo run --example check_document -- --plan --parameters '{"version": ["1.2"]}' deploy.yaml
//! ```
//!
//! Ends with 0 when all is well (warnings allowed), with 1 when a document is refused or cannot be planned, with 2 on wrong
//! use and on files that cannot be read. All it does is in `ssm_examples::check_document`; `--json` is documented there.

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use ssm_examples::check_document::{Surroundings, run, this_platform};

fn main() -> ExitCode {
    let stdout = io::stdout();
    let around = Surroundings {
        stdin: &mut io::stdin().lock(),
        stdout: &mut stdout.lock(),
        stderr: &mut io::stderr().lock(),
        is_terminal: stdout.is_terminal(),
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        platform: this_platform(),
    };
    run(std::env::args_os(), around).into()
}
