//! The plugin port: the code that runs a step.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;
use serde_json::{Map, Value};

use crate::document::{Platform, PluginOutcome, StopReason, inputs};
use crate::ids::{CommandId, InstanceId, PluginName, StepName};

/// Runs the steps that name it.
///
/// # Contract
/// - [`run`](Plugin::run) is called at most once a step and run of a document, after [`check`](Plugin::check) has passed.
/// - Output goes to the context's sink while it comes, in order within a stream. The sink bounds it; the plugin need not.
/// - When the stop signal fires, the plugin ends everything that it started (whole process trees) and answers
///   [`PluginOutcome::Stopped`] within a second or so; work that had ended by itself before keeps its own outcome.
/// - Dropping the future of `run` must leave nothing running either.
/// - A plugin never panics on inputs: they come from a document's author.
/// - The runner owns the execution timeout; a plugin has no clock of its own.
///
/// `ssm_core::testing::plugin::suite` checks the parts that can be checked from outside.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Plugin: fmt::Debug + Send + Sync {
    /// The name that steps use, for example `aws:runShellScript`.
    fn name(&self) -> PluginName;

    /// Whether the plugin can run there. Steps on other platforms fail (schema 1.2, 2.0) or are skipped (2.2).
    fn supports(&self, platform: Platform) -> bool;

    /// Looks at the inputs, after substitution, without any side effect.
    ///
    /// # Errors
    /// What is wrong with them; the step then fails with this text, code 1, and does not run.
    fn check(&self, inputs: &StepInputs) -> Result<(), InvalidInputs>;

    /// Does the work.
    async fn run(&self, inputs: &StepInputs, context: &StepContext) -> PluginOutcome;
}

/// A step's inputs after substitution. Names are matched without regard to case, as the stock agent does.
/// Its `Debug` shows names only, since values may be secrets.
#[derive(Clone, Default, PartialEq)]
pub struct StepInputs(Map<String, Value>);

impl fmt::Debug for StepInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl StepInputs {
    /// The inputs of a step.
    #[must_use]
    pub fn new(inputs: Map<String, Value>) -> Self {
        Self(inputs)
    }

    /// The input of this name, in any case; `None` when absent or null.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        inputs::find(&self.0, name)
    }

    /// The text input of this name; `""` when absent.
    ///
    /// # Errors
    /// When the value is not a text.
    pub fn text(&self, name: &str) -> Result<&str, InvalidInputs> {
        match self.get(name) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(InvalidInputs::new(format!("Input \"{name}\" must be a string."))),
        }
    }

    /// The list of texts of this name; empty when absent.
    ///
    /// # Errors
    /// When the value is not a list of texts (a single text is refused too, as by the stock agent).
    pub fn texts(&self, name: &str) -> Result<Vec<&str>, InvalidInputs> {
        let wrong = || InvalidInputs::new(format!("Input \"{name}\" must be a list of strings."));
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect(),
            Some(_) => Err(wrong()),
        }
    }
}

/// Why inputs cannot be used; the text is shown to the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidInputs(String);

impl InvalidInputs {
    /// The reason, a sentence for the operator.
    #[must_use]
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// What surrounds one run of a step.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StepContext {
    /// The command that the step belongs to.
    pub command: CommandId,
    /// The instance on which it runs.
    pub instance: InstanceId,
    /// The step.
    pub step: StepName,
    /// A directory of the step's own: it exists, nobody else can read it, and the runner removes it.
    pub directory: PathBuf,
    /// The environment that processes of the step get; nothing else is inherited from the agent.
    pub environment: BTreeMap<String, String>,
    /// Where output goes.
    pub output: Arc<dyn OutputSink>,
    /// Fires when the step is to stop.
    pub stop: StopSignal,
}

impl StepContext {
    /// What surrounds a run of this step, with an empty environment.
    #[must_use]
    pub fn new(
        command: CommandId,
        instance: InstanceId,
        step: StepName,
        directory: PathBuf,
        output: Arc<dyn OutputSink>,
        stop: StopSignal,
    ) -> Self {
        Self { command, instance, step, directory, environment: BTreeMap::new(), output, stop }
    }

    /// The same with these variables.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }
}

/// One of the two streams of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Takes a step's output.
///
/// # Contract
/// Bytes of one stream arrive in order. A sink never fails: what it cannot keep it counts and marks as cut. It may wait, to
/// slow the writer down.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait OutputSink: fmt::Debug + Send + Sync {
    /// Takes the next bytes of a stream.
    async fn write(&self, stream: OutputStream, bytes: &[u8]);
}

/// The receiving end of a stop: cloned into whatever has to know. Needs no runtime.
#[derive(Clone)]
pub struct StopSignal(Shared<oneshot::Receiver<StopReason>>);

/// The sending end of a stop.
#[derive(Debug)]
pub struct Stopper(oneshot::Sender<StopReason>);

/// Both ends of a stop. Dropping the [`Stopper`] unused means that the stop never comes.
#[must_use]
pub fn stop_signal() -> (Stopper, StopSignal) {
    let (sender, receiver) = oneshot::channel();
    (Stopper(sender), StopSignal(receiver.shared()))
}

impl Stopper {
    /// Fires the signal, for this reason.
    pub fn stop(self, reason: StopReason) {
        // Nobody may listen any more; then there is nothing to stop.
        let _ = self.0.send(reason);
    }
}

impl StopSignal {
    /// Waits for the stop; never ends when none comes.
    pub async fn stopped(&self) -> StopReason {
        match self.0.clone().await {
            Ok(reason) => reason,
            Err(oneshot::Canceled) => futures::future::pending().await,
        }
    }

    /// The reason, if the stop has come.
    #[must_use]
    pub fn reason(&self) -> Option<StopReason> {
        self.0.clone().now_or_never().and_then(Result::ok)
    }
}

impl fmt::Debug for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StopSignal").field(&self.reason()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_stop_reaches_every_clone_and_keeps_its_reason() {
        let (stopper, signal) = stop_signal();
        let other = signal.clone();
        assert_eq!(signal.reason(), None);
        stopper.stop(StopReason::TimedOut);
        assert_eq!(signal.reason(), Some(StopReason::TimedOut));
        assert_eq!(other.stopped().now_or_never(), Some(StopReason::TimedOut));
    }

    #[test]
    fn a_stopper_that_is_dropped_never_stops_anything() {
        let (stopper, signal) = stop_signal();
        drop(stopper);
        assert_eq!(signal.reason(), None);
        assert_eq!(signal.stopped().now_or_never(), None);
    }

    #[test]
    fn inputs_are_found_in_any_case_and_refused_in_a_wrong_type() {
        let Value::Object(map) = json!({"RunCommand": ["a"], "workingDirectory": 1, "none": null}) else {
            unreachable!()
        };
        let inputs = StepInputs::new(map);
        assert_eq!(inputs.texts("runCommand"), Ok(vec!["a"]));
        assert_eq!(inputs.text("none"), Ok(""));
        assert!(inputs.text("workingDirectory").is_err());
        assert!(inputs.texts("workingDirectory").is_err());
    }
}
