//! One step of a run: how it ends, and what its end means for the steps behind it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::result::Written;
use super::{DocumentRun, PluginSupport};
use crate::document::output::bounded;
use crate::document::precondition::PreconditionOutcome;
use crate::document::{OnFailure, OnSuccess, PluginOutcome, StepStatus, StopReason};
use crate::time::Timestamp;

/// Where a step of the plan stands. `Debug` shows the size of its error, which may hold the `id` that a document's
/// author chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StepState {
    /// The place of its result key.
    pub(super) key: usize,
    pub(super) support: PluginSupport,
    pub(super) status: StepStatus,
    pub(super) code: i32,
    /// The error text, or the reason why it did not run.
    pub(super) error: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) ended_at: Timestamp,
    /// How often it was run again.
    pub(super) reboots: u32,
}

impl StepState {
    pub(super) fn new(key: usize, support: PluginSupport) -> Self {
        let (started_at, ended_at) = (Timestamp::MIN, Timestamp::MIN);
        let status = StepStatus::NotStarted;
        Self { key, support, status, code: 0, error: None, started_at, ended_at, reboots: 0 }
    }

    /// The time of the first run stays when the step is run again.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if self.status == StepStatus::NotStarted {
            self.started_at = now;
        }
        self.status = StepStatus::InProgress;
    }

    /// A step that never began has begun and ended at once.
    pub(super) fn end(&mut self, ending: Ending, now: Timestamp) {
        if self.status == StepStatus::NotStarted {
            self.started_at = now;
        }
        (self.status, self.code, self.error, self.ended_at) = (ending.status, ending.code, ending.error, now);
    }
}

impl fmt::Debug for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepState")
            .field("key", &self.key)
            .field("support", &self.support)
            .field("status", &self.status)
            .field("code", &self.code)
            .field("error_bytes", &self.error.as_ref().map(String::len))
            .field("started_at", &self.started_at)
            .field("ended_at", &self.ended_at)
            .field("reboots", &self.reboots)
            .finish()
    }
}

/// How a step ended, before the rules of flow.
pub(super) struct Ending {
    pub(super) status: StepStatus,
    code: i32,
    error: Option<String>,
    /// Exit code 168 or 169: ends the document, whatever else.
    exits: bool,
}

impl Ending {
    fn new(status: StepStatus, code: i32) -> Self {
        Self { status, code, error: None, exits: false }
    }

    /// A step that could not do its work, for this reason.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::new(StepStatus::Failed, 1).because(reason)
    }

    /// A step that did nothing, as it should.
    pub(super) fn success() -> Self {
        Self::new(StepStatus::Success, 0)
    }

    /// A step that was stopped before anything of it ran.
    pub(super) fn stopped(reason: StopReason) -> Self {
        match reason {
            StopReason::Cancelled => Self::new(StepStatus::Cancelled, KILLED),
            StopReason::TimedOut => Self::new(StepStatus::TimedOut, KILLED),
        }
    }

    /// A step whose work asks for a reboot.
    pub(super) fn reboot() -> Self {
        Self::new(StepStatus::SuccessAndReboot, REBOOT)
    }

    /// A step that ran a document which ended so. The codes are our choice: the stock agent has 0 and 1 only.
    pub(super) fn of_document(status: StepStatus) -> Self {
        match status {
            StepStatus::Success | StepStatus::Skipped => Self::success(),
            StepStatus::Cancelled => Self::stopped(StopReason::Cancelled),
            StepStatus::TimedOut => Self::stopped(StopReason::TimedOut),
            status => Self::new(status, 1),
        }
    }

    fn because(self, reason: impl Into<String>) -> Self {
        Self { error: Some(bounded(reason.into())), ..self }
    }

    fn exiting(self) -> Self {
        Self { exits: true, ..self }
    }
}

impl Frame {
    /// How the current step ends when it does not run at all; `None` when it has to run.
    ///
    /// Source: agent protocol 5.3, the order of decisions; 5.5, texts.
    pub(super) fn ending_without_run(&self, cancelled: bool) -> Option<Ending> {
        let (step, state) = self.step()?;
        let skipped = || Ending::new(StepStatus::Skipped, 0);
        if cancelled {
            return Some(Ending::new(StepStatus::Cancelled, 1));
        }
        if self.exiting && !step.finally {
            let id = if self.plan.schema().has_steps() { step.key.as_str() } else { &step.id };
            let plugin = &step.plugin;
            let reason =
                format!("Plugin with name {plugin} and id {id} skipped due to prior step with an exit condition");
            return Some(skipped().because(reason));
        }
        match (state.support, &step.precondition) {
            (_, PreconditionOutcome::NotSatisfied(reason)) if state.support != PluginSupport::OtherPlatform => {
                Some(skipped().because(reason))
            }
            (PluginSupport::Unknown, PreconditionOutcome::Satisfied) => Some(Ending::failed(format!(
                "Plugin with name {} is not supported by this version of ssm agent, please update to latest version. \
                 Step name: {}",
                step.plugin, step.key,
            ))),
            (PluginSupport::OtherPlatform, _) if self.plan.schema().has_preconditions() => {
                let (plugin, name) = (&step.plugin, &step.key);
                Some(skipped().because(format!("Plugin {plugin} is not for this platform. Step name: {name}")))
            }
            (PluginSupport::OtherPlatform, _) => {
                Some(Ending::failed(format!("Plugin with name {} not found. Step name: {}", step.plugin, step.key)))
            }
            (_, PreconditionOutcome::Unrecognised(reason)) => Some(Ending::failed(reason)),
            (_, PreconditionOutcome::NotSatisfied(_) | PreconditionOutcome::Satisfied) => None,
        }
    }

    /// Applies the rules of flow to the current step's end, records it, and gives the result key that it completes.
    ///
    /// Source: agent protocol 5.5.
    pub(super) fn settle(&mut self, mut ending: Ending, now: Timestamp) -> Option<usize> {
        let (step, state) = self.step()?;
        let (on_failure, on_success, index) = (step.on_failure, step.on_success, state.key);
        let key = &mut self.keys[index];
        match (ending.status, ending.exits, on_failure) {
            (StepStatus::Success, true, _) => key.stdout.note = NOTE_SUCCESS.to_owned(),
            (_, true, _) => key.note_on_both(NOTE_FAILURE),
            (StepStatus::Failed, false, OnFailure::Exit) => {
                key.note_on_both(NOTE_ON_FAILURE);
                ending.exits = true;
            }
            (StepStatus::Failed, false, OnFailure::SuccessAndExit) => {
                key.note_on_both(NOTE_ON_FAILURE);
                (ending.status, ending.code, ending.exits) = (StepStatus::Success, EXIT_WITH_SUCCESS, true);
            }
            (StepStatus::Success, false, _) if on_success == OnSuccess::Exit => ending.exits = true,
            _ => {}
        }
        let completes = key.steps.last() == Some(&self.current);
        self.exiting |= ending.exits;
        self.record(ending, now);
        completes.then_some(index)
    }
}

impl DocumentRun {
    /// How the running step ended by what its plugin says; takes what it wrote.
    pub(super) fn take_end(&mut self, outcome: &PluginOutcome, stop: Option<StopReason>, written: &Written) -> Ending {
        let ending = self.ending(outcome, stop);
        let top = self.top_mut();
        let Some(key) = top.current_key().and_then(|key| top.keys.get_mut(key)) else { return ending };
        key.stdout.take(&written.stdout);
        // The success that exit code 168 stands for has no errors.
        if ending.status != StepStatus::Success || !ending.exits {
            key.stderr.take(&written.stderr);
        }
        if let (PluginOutcome::Exited(code), StepStatus::Failed) = (outcome, ending.status) {
            key.stderr.failure = format!("{FAILURE}{code}");
        }
        ending
    }

    /// What an outcome means. A stop that was asked for shows only in work that it ended; work that had ended by itself
    /// keeps its outcome.
    ///
    /// Source: agent protocol 5.6. Exit code 137 without a stop is a timeout there too. Our choices: a cancelled step
    /// that asks for a reboot is cancelled, and a plugin that stopped though nobody asked it to has failed.
    fn ending(&self, outcome: &PluginOutcome, stop: Option<StopReason>) -> Ending {
        let reboots = self.top().step().map_or(0, |(_, state)| state.reboots);
        match (outcome, stop) {
            (PluginOutcome::Exited(0), _) => Ending::success(),
            (PluginOutcome::Exited(EXIT_WITH_SUCCESS), _) => {
                Ending::new(StepStatus::Success, EXIT_WITH_SUCCESS).exiting()
            }
            (PluginOutcome::Exited(EXIT_WITH_FAILURE), _) => {
                Ending::new(StepStatus::Failed, EXIT_WITH_FAILURE).exiting()
            }
            (PluginOutcome::Exited(REBOOT), _) if self.cancelled => Ending::new(StepStatus::Cancelled, REBOOT),
            (PluginOutcome::Exited(REBOOT), _) if reboots >= Self::MAX_REBOOTS => {
                let most = Self::MAX_REBOOTS;
                Ending::new(StepStatus::Failed, REBOOT).because(format!("The step asked for more than {most} reboots."))
            }
            (PluginOutcome::Exited(REBOOT), _) => Ending::reboot(),
            (PluginOutcome::Exited(KILLED) | PluginOutcome::Stopped, Some(StopReason::Cancelled)) => {
                Ending::stopped(StopReason::Cancelled)
            }
            (PluginOutcome::Exited(KILLED), _) | (PluginOutcome::Stopped, Some(StopReason::TimedOut)) => {
                Ending::stopped(StopReason::TimedOut)
            }
            (PluginOutcome::Exited(code), _) => Ending::new(StepStatus::Failed, *code),
            (PluginOutcome::Failed { code, error }, _) => {
                Ending::new(StepStatus::Failed, if *code == 0 { 1 } else { *code }).because(error)
            }
            (PluginOutcome::Stopped, None) => Ending::failed("The plugin stopped the step without being asked."),
        }
    }
}

/// Exit codes with a meaning of their own. Source: agent protocol 5.5, 5.6.
const EXIT_WITH_SUCCESS: i32 = 168;
const EXIT_WITH_FAILURE: i32 = 169;
const REBOOT: i32 = 194;
const KILLED: i32 = 137;

/// What stands before the exit code of a failed step. Source: agent protocol 5.6.
pub(super) const FAILURE: &str = "failed to run commands: exit status ";
/// The notes of the flow rules.
pub(super) const NOTES: [&str; 3] = [NOTE_SUCCESS, NOTE_FAILURE, NOTE_ON_FAILURE];

const NOTE_SUCCESS: &str =
    "\nStep exited with code 168. Therefore, marking step as succeeded. Further document steps will be skipped.";
const NOTE_FAILURE: &str =
    "\nStep exited with code 169. Therefore, marking step as Failed. Further document steps will be skipped.";
const NOTE_ON_FAILURE: &str = "\nStep was found to have onFailure property. Further document steps will be skipped.";
