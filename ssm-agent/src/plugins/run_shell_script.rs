//! `aws:runShellScript`: lines of a script, run by `sh` on Linux and macOS.

#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::Value;
use ssm_core::document::{Platform, PluginOutcome};
use ssm_core::ids::PluginName;
use ssm_core::ports::{InvalidInputs, Plugin, StepContext, StepInputs};

use crate::process::{self, ProcessEnd, ProcessLimits, ProcessSpec, SpawnError};

/// Runs the lines of the input `runCommand` as one shell script.
///
/// The script stands in the step's directory as `_script.sh` and is run as `sh -c <path>`, so that an interpreter named in
/// its first line (`#!`) is honoured and `sh` reads the rest. It sees no input, has the context's environment and the step's
/// own variables, and starts in `workingDirectory`.
///
/// | Input | Meaning |
/// |---|---|
/// | `runCommand` | The lines, a list of texts. Required; it may be empty. |
/// | `workingDirectory` | An absolute path. Default: the step's own directory (our choice; the stock agent takes its own). |
/// | `environment` | Variables by name, texts. They win over the context's, except for `SSM_COMMAND_ID`. |
/// | `timeoutSeconds` | The runner's; any value passes here. |
///
/// Other inputs are left alone. A script that dies from a signal has the exit code -1, unless the shell around it lives on
/// and makes 128 and the signal's number of it, as dash does. The note `failed to run commands: exit status N` behind
/// standard error is not written here: the run machine adds it, since it knows whether the step failed.
///
/// Source: agent protocol 5.6. A relative `workingDirectory` means a directory of downloaded content there; there is none
/// here, so it is refused.
#[derive(Debug, Clone, Default)]
pub struct RunShellScript {
    limits: ProcessLimits,
}

impl RunShellScript {
    /// The plugin, with the default [`ProcessLimits`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the bounds of a script's end.
    #[must_use]
    pub fn with_limits(mut self, limits: ProcessLimits) -> Self {
        self.limits = limits;
        self
    }
}

#[async_trait]
impl Plugin for RunShellScript {
    fn name(&self) -> PluginName {
        "aws:runShellScript".parse().expect("letters and a colon make a plugin name")
    }

    fn supports(&self, platform: Platform) -> bool {
        matches!(platform, Platform::Linux | Platform::MacOS)
    }

    fn check(&self, inputs: &StepInputs) -> Result<(), InvalidInputs> {
        ShellScript::parse(inputs).map(drop)
    }

    async fn run(&self, inputs: &StepInputs, context: &StepContext) -> PluginOutcome {
        let script = match ShellScript::parse(inputs) {
            Ok(script) => script,
            Err(error) => return failed(error.to_string()),
        };
        let spec = match script.prepare(context).await {
            Ok(spec) => spec,
            Err(error) => return failed(format!("failed to write the script: {}", reason(&error))),
        };
        match process::run(&spec, context.output.as_ref(), &context.stop, &self.limits).await {
            Ok(end) => outcome(end),
            Err(error) => failed(start_failure(&error)),
        }
    }
}

/// The inputs, in the form in which they can be used.
struct ShellScript {
    text: String,
    directory: Option<PathBuf>,
    environment: BTreeMap<String, String>,
}

impl ShellScript {
    fn parse(inputs: &StepInputs) -> Result<Self, InvalidInputs> {
        if inputs.get("runCommand").is_none() {
            return Err(InvalidInputs::new("Input \"runCommand\" is required."));
        }
        let mut text = inputs.texts("runCommand")?.join("\n");
        text.push('\n');
        let directory = match inputs.text("workingDirectory")? {
            "" => None,
            path if Path::new(path).is_absolute() => Some(PathBuf::from(path)),
            path => {
                let refusal = format!("Input \"workingDirectory\" must be an absolute path, and \"{path}\" is not.");
                return Err(InvalidInputs::new(refusal));
            }
        };
        Ok(Self { text, directory, environment: variables(inputs.get("environment"))? })
    }

    /// Writes the script and says how to run it.
    async fn prepare(self, context: &StepContext) -> io::Result<ProcessSpec> {
        // The script must be found from its working directory, too.
        let path = std::path::absolute(context.directory.join("_script.sh"))?;
        let word = path.to_str().map(shell_word).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidFilename, format!("the path {} is not UTF-8", path.display()))
        })?;
        process::write_executable(&path, self.text.into_bytes()).await?;
        let mut environment = context.environment.clone();
        environment.extend(self.environment.into_iter().filter(|(name, _)| name != "SSM_COMMAND_ID"));
        Ok(ProcessSpec {
            program: PathBuf::from("/bin/sh"),
            arguments: vec!["-c".into(), word.into()],
            directory: Some(self.directory.unwrap_or_else(|| context.directory.clone())),
            environment,
        })
    }
}

/// Reads the step's own variables. A name can be anything that an environment can hold.
fn variables(input: Option<&Value>) -> Result<BTreeMap<String, String>, InvalidInputs> {
    let wrong = || InvalidInputs::new("Input \"environment\" must be a map of strings.");
    let map = match input {
        None => return Ok(BTreeMap::new()),
        Some(value) => value.as_object().ok_or_else(wrong)?,
    };
    let variable = |(name, value): (&String, &Value)| {
        let value = value.as_str().ok_or_else(wrong)?;
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let refusal = format!("Input \"environment\" has a variable {name:?} that no process can have.");
            return Err(InvalidInputs::new(refusal));
        }
        Ok((name.clone(), value.to_owned()))
    };
    map.iter().map(variable).collect()
}

/// One word of shell language that means this text. What needs no quotes gets none, for the readers of process lists.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:+,@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn outcome(end: ProcessEnd) -> PluginOutcome {
    match end {
        ProcessEnd::Exited(code) => PluginOutcome::Exited(code),
        ProcessEnd::Signalled(_) => PluginOutcome::Exited(-1),
        ProcessEnd::Stopped => PluginOutcome::Stopped,
    }
}

/// What the operator reads when the script could not be run, in the stock agent's manner.
fn start_failure(error: &SpawnError) -> String {
    match error {
        SpawnError::Directory { program, directory, source } => {
            format!("fork/exec {}: {} (working directory {})", program.display(), reason(source), directory.display())
        }
        SpawnError::Start { program, source } => format!("fork/exec {}: {}", program.display(), reason(source)),
        other => other.to_string(),
    }
}

/// The system's word for an error as the stock agent spells it: `no such file or directory`.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn failed(error: String) -> PluginOutcome {
    PluginOutcome::Failed { code: 1, error }
}
