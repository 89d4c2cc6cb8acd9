//! One step of a run: how it ends, and what its end means for the steps behind it.

use serde::{Deserialize, Serialize};

use super::{DocumentRun, Phase, PluginSupport};
use crate::document::output::bounded;
use crate::document::precondition::PreconditionOutcome;
use crate::document::{CapturedStream, OnFailure, OnSuccess, PluginOutcome, StepStatus, StopReason};
use crate::time::Timestamp;

/// Where a step of the plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// How a step ended, before the rules of flow.
pub(super) struct Ending {
    status: StepStatus,
    code: i32,
    error: Option<String>,
    /// Exit code 168 or 169: ends the document, whatever else.
    exits: bool,
}

impl Ending {
    fn new(status: StepStatus, code: i32) -> Self {
        Self { status, code, error: None, exits: false }
    }

    fn because(self, reason: impl Into<String>) -> Self {
        Self { error: Some(bounded(reason.into())), ..self }
    }

    fn exiting(self) -> Self {
        Self { exits: true, ..self }
    }
}

impl DocumentRun {
    /// How a step ends that does not run at all; `None` when it has to run.
    ///
    /// Source: agent protocol 5.3, the order of decisions; 5.5, texts.
    pub(super) fn ending_without_run(&self, at: usize) -> Option<Ending> {
        let (step, state) = (&self.plan.steps()[at], &self.steps[at]);
        let skipped = || Ending::new(StepStatus::Skipped, 0);
        let failed = || Ending::new(StepStatus::Failed, 1);
        if self.cancelled {
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
            (PluginSupport::Unknown, PreconditionOutcome::Satisfied) => Some(failed().because(format!(
                "Plugin with name {} is not supported by this version of ssm agent, please update to latest version. \
                 Step name: {}",
                step.plugin, step.key,
            ))),
            (PluginSupport::OtherPlatform, _) if self.plan.schema().has_preconditions() => {
                let (plugin, name) = (&step.plugin, &step.key);
                Some(skipped().because(format!("Plugin {plugin} is not for this platform. Step name: {name}")))
            }
            (PluginSupport::OtherPlatform, _) => {
                Some(failed().because(format!("Plugin with name {} not found. Step name: {}", step.plugin, step.key)))
            }
            (_, PreconditionOutcome::Unrecognised(reason)) => Some(failed().because(reason)),
            (_, PreconditionOutcome::NotSatisfied(_) | PreconditionOutcome::Satisfied) => None,
        }
    }

    /// Takes the end of the running step, and goes on with the next one.
    pub(super) fn end_step(
        &mut self,
        at: usize,
        outcome: &PluginOutcome,
        stop: Option<StopReason>,
        (stdout, stderr): (&CapturedStream, &CapturedStream),
        now: Timestamp,
    ) {
        let ending = self.ending(at, outcome, stop);
        let key = &mut self.keys[self.steps[at].key];
        key.stdout.take(stdout);
        // The success that exit code 168 stands for has no errors.
        if ending.status != StepStatus::Success || !ending.exits {
            key.stderr.take(stderr);
        }
        if let (PluginOutcome::Exited(code), StepStatus::Failed) = (outcome, ending.status) {
            key.stderr.failure = format!("failed to run commands: exit status {code}");
        }
        if ending.status == StepStatus::SuccessAndReboot {
            self.phase = Phase::Rebooting { step: at };
            self.record(at, ending, now);
            self.report_key(self.steps[at].key);
            self.report_document(StepStatus::SuccessAndReboot, false);
        } else {
            self.settle(at, ending, now);
            self.advance(at + 1, now);
        }
    }

    /// What an outcome means. A stop that was asked for shows only in work that it ended; work that had ended by itself
    /// keeps its outcome.
    ///
    /// Source: agent protocol 5.6. Exit code 137 without a stop is a timeout there too. Our choices: a cancelled step
    /// that asks for a reboot is cancelled, and a plugin that stopped though nobody asked it to has failed.
    fn ending(&self, at: usize, outcome: &PluginOutcome, stop: Option<StopReason>) -> Ending {
        match (outcome, stop) {
            (PluginOutcome::Exited(0), _) => Ending::new(StepStatus::Success, 0),
            (PluginOutcome::Exited(EXIT_WITH_SUCCESS), _) => {
                Ending::new(StepStatus::Success, EXIT_WITH_SUCCESS).exiting()
            }
            (PluginOutcome::Exited(EXIT_WITH_FAILURE), _) => {
                Ending::new(StepStatus::Failed, EXIT_WITH_FAILURE).exiting()
            }
            (PluginOutcome::Exited(REBOOT), _) if self.cancelled => Ending::new(StepStatus::Cancelled, REBOOT),
            (PluginOutcome::Exited(REBOOT), _) if self.steps[at].reboots >= Self::MAX_REBOOTS => {
                let most = Self::MAX_REBOOTS;
                Ending::new(StepStatus::Failed, REBOOT).because(format!("The step asked for more than {most} reboots."))
            }
            (PluginOutcome::Exited(REBOOT), _) => Ending::new(StepStatus::SuccessAndReboot, REBOOT),
            (PluginOutcome::Exited(KILLED) | PluginOutcome::Stopped, Some(StopReason::Cancelled)) => {
                Ending::new(StepStatus::Cancelled, KILLED)
            }
            (PluginOutcome::Exited(KILLED), _) | (PluginOutcome::Stopped, Some(StopReason::TimedOut)) => {
                Ending::new(StepStatus::TimedOut, KILLED)
            }
            (PluginOutcome::Exited(code), _) => Ending::new(StepStatus::Failed, *code),
            (PluginOutcome::Failed { code, error }, _) => {
                Ending::new(StepStatus::Failed, if *code == 0 { 1 } else { *code }).because(error)
            }
            (PluginOutcome::Stopped, None) => {
                Ending::new(StepStatus::Failed, 1).because("The plugin stopped the step without being asked.")
            }
        }
    }

    /// Applies the rules of flow to a step's end, records it, and reports the result key that it completes.
    ///
    /// Source: agent protocol 5.5.
    pub(super) fn settle(&mut self, at: usize, mut ending: Ending, now: Timestamp) {
        let (step, index) = (&self.plan.steps()[at], self.steps[at].key);
        let key = &mut self.keys[index];
        match (ending.status, ending.exits, step.on_failure) {
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
            (StepStatus::Success, false, _) if step.on_success == OnSuccess::Exit => ending.exits = true,
            _ => {}
        }
        self.exiting |= ending.exits;
        self.record(at, ending, now);
        if self.keys[index].steps.last() == Some(&at) {
            self.report_key(index);
        }
    }

    fn record(&mut self, at: usize, ending: Ending, now: Timestamp) {
        let step = &mut self.steps[at];
        if step.status == StepStatus::NotStarted {
            step.started_at = now;
        }
        (step.status, step.code, step.error, step.ended_at) = (ending.status, ending.code, ending.error, now);
    }
}

/// Exit codes with a meaning of their own. Source: agent protocol 5.5, 5.6.
const EXIT_WITH_SUCCESS: i32 = 168;
const EXIT_WITH_FAILURE: i32 = 169;
const REBOOT: i32 = 194;
const KILLED: i32 = 137;

const NOTE_SUCCESS: &str =
    "\nStep exited with code 168. Therefore, marking step as succeeded. Further document steps will be skipped.";
const NOTE_FAILURE: &str =
    "\nStep exited with code 169. Therefore, marking step as Failed. Further document steps will be skipped.";
const NOTE_ON_FAILURE: &str = "\nStep was found to have onFailure property. Further document steps will be skipped.";
