//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use ssm_core::document::{Format, Platform};

use super::check::Request;
use super::parameters::{self, InvalidParameters};
use super::source::is_stdin;

/// Checks Run Command documents: what the service would refuse, and what agents do otherwise than it seems.
#[derive(Debug, Parser)]
#[command(name = "check_document", after_help = AFTER)]
pub(super) struct Arguments {
    /// Documents in JSON or YAML; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,

    /// Format of the files [default: by extension, else by content]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "json|yaml")]
    format: Option<FormatName>,

    /// Show what would run, step by step, with the exact scripts
    #[arg(long)]
    plan: bool,

    /// Check these values: {"name": ["value"]}, name=value1,value2, or @FILE
    #[arg(long, value_name = "VALUES")]
    parameters: Vec<String>,

    /// Platform to plan for [default: this machine's]
    #[arg(
        long,
        value_enum,
        ignore_case = true,
        requires = "plan",
        hide_possible_values = true,
        value_name = "linux|windows|macos"
    )]
    platform: Option<PlatformName>,

    /// Print one JSON object a file
    #[arg(long, conflicts_with = "quiet")]
    pub(super) json: bool,

    /// Colours [default: auto: on a terminal, unless NO_COLOR is set]
    #[arg(long, value_enum, default_value = "auto", hide_possible_values = true, hide_default_value = true)]
    #[arg(value_name = "auto|always|never")]
    pub(super) color: Color,

    /// Take warnings for errors
    #[arg(long)]
    deny_warnings: bool,

    /// Tell errors only
    #[arg(long, short)]
    pub(super) quiet: bool,
}

const AFTER: &str = "\
Examples:
  What is wrong with a document, and where:
      check_document deploy.yaml
  The scripts that would run on Linux with this value of a parameter:
      check_document --plan --platform linux --parameters '{\"version\": [\"1.2\"]}' deploy.yaml

Ends with 0 when all is well (warnings allowed), 1 when a document is refused or cannot be planned,
2 on wrong use and on files that cannot be read.";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    Json,
    Yaml,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlatformName {
    Linux,
    Windows,
    Macos,
}

/// When reports are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    // No docs here: clap would make a long help of them.
    Auto,
    Always,
    Never,
}

impl Arguments {
    /// Reads a command line, the program's name first. Help is an "error" too.
    pub(super) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments = Self::try_parse_from(words)?;
        if arguments.files.iter().filter(|file| is_stdin(file)).count() > 1 {
            let reason = "standard input (-) can be read only once";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, reason));
        }
        Ok(arguments)
    }

    /// The format that was asked for.
    pub(super) fn format(&self) -> Option<Format> {
        self.format.map(|name| match name {
            FormatName::Json => Format::Json,
            FormatName::Yaml => Format::Yaml,
        })
    }

    /// What is to be done with each file.
    pub(super) fn request(&self, here: Platform) -> Result<Request, InvalidParameters> {
        let platform = self.platform.map_or(here, |name| match name {
            PlatformName::Linux => Platform::Linux,
            PlatformName::Windows => Platform::Windows,
            PlatformName::Macos => Platform::MacOS,
        });
        let parameters = parameters::read(&self.parameters)?;
        let check_parameters = self.plan || !self.parameters.is_empty();
        Ok(Request {
            parameters: check_parameters.then_some(parameters),
            platform: self.plan.then_some(platform),
            deny_warnings: self.deny_warnings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_wrong_use_is_refused() {
        for words in
            ["", "a - - b", "--json --quiet a", "--platform linux a", "--plan --platform beos a", "--format toml a"]
        {
            let words = ["check_document"].into_iter().chain(words.split_whitespace()).map(OsString::from);
            let error = Arguments::read(words.clone()).unwrap_err();
            assert!(error.use_stderr() && error.exit_code() == 2, "{words:?}: {error}");
        }
    }
}
