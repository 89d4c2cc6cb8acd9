//! `check_document`: for people who write Run Command documents.
//!
//! Says what the service would refuse, what agents do otherwise than it seems, and what would run. Read in this order:
//! `arguments` and `parameters` (the command line), `source` (a file's text), `check` (the verdict on one file), `plan` (what
//! a step comes to), `people` and `machines` (the two reports), `snippet` (a line with its caret), `printable` (no text of a
//! stranger reaches a terminal as it is).
//!
//! # For machines
//!
//! `--json` prints one object a file, one object a line. Members are never renamed or taken away; new ones may come.
//!
//! | Member | Holds |
//! |---|---|
//! | `file` | the name as it was given; `-` is standard input |
//! | `ok` | whether the file counts as good: read, accepted, planned where that was asked, and under `--deny-warnings` without a warning |
//! | `error` | null, or `code`, `text`, `pointer`, `line`, `column` |
//! | `warnings` | a list of `rule`, `text`, `pointer`, `line`, `column` |
//! | `document` | null when refused, else `format`, `schema`, `platforms`, `parameters`, `steps`, `sha256`, `executionTimeoutSeconds` |
//! | `plan` | null unless asked for and possible, else a list of steps |
//! | `storeReferences` | null without a plan, else what it looks up in the parameter store: texts, without braces and `ssm:` |
//!
//! An error's `code` is the API's (`InvalidDocumentContent`, `InvalidDocumentSchemaVersion`, `MaxDocumentSizeExceeded`,
//! `InvalidParameters`), or `Unreadable` (no file, or not UTF-8), or `NotPlanned` (the values cannot be put in). `pointer` is a
//! JSON pointer, empty for the whole document, and null where nothing in the document is at fault; `line` and `column` begin
//! at 1 and count characters, and are null where no place is known.
//!
//! `document.parameters` is a list of `name`, `type`, `required`, `default` (null when there is none), `description`;
//! `document.steps` counts the entries of `mainSteps`, or the plugins of `runtimeConfig`; `executionTimeoutSeconds` is the
//! service's sum with the given parameters.
//!
//! A step of `plan` has `name` (its result's key), `plugin`, `id`, `outcome` (`runs`, `skipped`, `fails`), `reason` (null when
//! it runs), `timeoutSeconds`, `onFailure` (`continue`, `exit`, `successAndExit`), `onSuccess` (`continue`, `exit`), `finally`,
//! `environment` and `inputs` with all values put in, and `script` (the exact text that runs; null when none does). Values
//! of the parameter store are not known here: their references stay.

mod arguments;
mod check;
mod machines;
mod parameters;
mod people;
mod plan;
mod printable;
mod snippet;
mod source;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use ssm_core::document::Platform;

use arguments::Arguments;
use people::Page;

/// What the program needs of the process that it runs in.
#[expect(missing_debug_implementations, reason = "streams have nothing to show")]
pub struct Surroundings<'a> {
    /// Standard input, read when a file is named `-`.
    pub stdin: &'a mut dyn Read,
    /// Where reports go.
    pub stdout: &'a mut dyn Write,
    /// Where wrong use is told.
    pub stderr: &'a mut dyn Write,
    /// Whether standard output is a terminal. To one, reports are coloured, and scripts are written without control
    /// characters.
    pub is_terminal: bool,
    /// Whether the environment asks for no colours (`NO_COLOR`).
    pub no_color: bool,
    /// The platform of `--plan` when none is given.
    pub platform: Platform,
}

/// How the program ends; the worst file decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Nothing is wrong, warnings aside: 0.
    Fine,
    /// A document is refused, cannot be planned, or has warnings that are denied: 1.
    Refused,
    /// Wrong use, or a file that cannot be read: 2.
    Unusable,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Fine => Self::SUCCESS,
            Ending::Refused => Self::FAILURE,
            Ending::Unusable => Self::from(2),
        }
    }
}

/// The platform of this machine; Linux where documents know none.
#[must_use]
pub fn this_platform() -> Platform {
    if cfg!(target_os = "windows") {
        Platform::Windows
    } else if cfg!(target_os = "macos") {
        Platform::MacOS
    } else {
        Platform::Linux
    }
}

/// Runs the program with these words of a command line, the program's name first.
///
/// A reader that goes away (`| head`) ends the reports, not the checks: the ending is the same.
pub fn run(words: impl IntoIterator<Item = OsString>, around: Surroundings<'_>) -> Ending {
    let Surroundings { stdin, stdout, stderr, is_terminal, no_color, platform } = around;
    let mut output = Output { to: stdout, failure: None };
    let arguments = match Arguments::read(words) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => return complain(stderr, &error.render()),
        Err(help) => {
            output.write(&help.render().to_string());
            return output.ending(Ending::Fine, stderr);
        }
    };
    let request = match arguments.request(platform) {
        Ok(request) => request,
        Err(error) => return complain(stderr, &format_args!("error: --parameters: {error}\n")),
    };
    let mut page = Page::new(&arguments, is_terminal, no_color);
    let mut ending = Ending::Fine;
    for file in &arguments.files {
        let report = check::check(source::read(file, arguments.format(), stdin), &request);
        ending = ending.max(report.ending());
        output.write(&if arguments.json { machines::line(&report) } else { page.add(&report) });
    }
    output.ending(ending, stderr)
}

fn complain(stderr: &mut dyn Write, text: &dyn std::fmt::Display) -> Ending {
    // Nobody is left to be told when this fails.
    let _ = write!(stderr, "{text}");
    Ending::Unusable
}

/// Standard output, up to its first failure.
struct Output<'a> {
    to: &'a mut dyn Write,
    failure: Option<io::Error>,
}

impl Output<'_> {
    fn write(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.to.write_all(text.as_bytes()).and_then(|()| self.to.flush()).err();
        }
    }

    fn ending(self, ending: Ending, stderr: &mut dyn Write) -> Ending {
        match self.failure {
            // The reader has seen enough.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => ending,
            Some(error) => complain(stderr, &format_args!("error: standard output: {error}\n")),
            None => ending,
        }
    }
}
