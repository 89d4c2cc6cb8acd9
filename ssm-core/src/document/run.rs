//! The run of a plan, as a machine without input or output: events in, actions out.
//!
//! # Contract
//! One event with [`DocumentRun::handle`], then every action with [`DocumentRun::poll_action`] until there is none,
//! then the next event. The machine is a value: stored after any event and read back, it goes on as if nothing had
//! been.
//!
//! - [`RunEvent::Start`] begins the run, and continues it after a reboot.
//! - Each [`RunAction::StartStep`] is answered by one [`RunEvent::StepEnded`], also after a [`RunAction::StopStep`]. At
//!   most one step runs at a time.
//! - At [`DocumentRun::next_deadline`], or later, comes [`RunEvent::TimeReached`].
//! - Events that do not fit (for another step, a second time, after the end) change nothing.
//!
//! # Reports
//! A result key is reported once, when the last of the plan's steps with that key has ended; then, at the end of the
//! run, comes the final report. Steps that share a key share one result: the worst status with its code, the outputs
//! one after the other. A step that asks for a reboot is reported at once, followed by a report whose document status
//! is [`StepStatus::SuccessAndReboot`]; the run then waits for [`RunEvent::Start`].
//!
//! Source: agent protocol 1.8, 1.11, 5.5, 5.6, and what the stock agent was seen to do. Counts and final status cover
//! the whole run even after a reboot, where the stock agent forgets the steps before it: our choice.

mod result;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::plan::InputNames;
use super::{CapturedStream, Plan, PlannedStep, PluginOutcome, StepResult, StepStatus, StopReason};
use crate::ids::{PluginName, StepName};
use crate::time::Timestamp;
use result::KeyState;
use step::StepState;

/// The place of a step in its plan, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepIndex(pub usize);

/// Whether the agent can run a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PluginSupport {
    /// It can.
    Supported,
    /// The plugin is known, but not for this platform.
    OtherPlatform,
    /// No such plugin is known.
    Unknown,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// The run may begin, or go on after a reboot.
    Start,
    /// A step is over: nothing of it runs any more.
    StepEnded {
        /// Which one.
        step: StepIndex,
        /// What the plugin says.
        outcome: PluginOutcome,
        /// What came on standard output.
        stdout: CapturedStream,
        /// What came on standard error.
        stderr: CapturedStream,
    },
    /// The operator cancelled the command.
    CancelRequested,
    /// The time is given by `now`; nothing else happened.
    TimeReached,
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RunAction {
    /// Run this step.
    StartStep(StartStep),
    /// End the running step, with everything that it started.
    StopStep {
        /// Which one.
        step: StepIndex,
        /// Why.
        reason: StopReason,
    },
    /// Tell the service.
    Report(RunReport),
}

/// A step to run. `Debug` shows the names of its inputs, not their values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartStep {
    /// The step; its end is told with this.
    pub step: StepIndex,
    /// The key of its result.
    pub name: StepName,
    /// The plugin.
    pub plugin: PluginName,
    /// A hint for the name of its folder, never a path: [`PlannedStep::id`].
    pub id: String,
    /// The inputs after substitution.
    pub inputs: Map<String, Value>,
    /// Variables that its processes get besides those of the agent: [`PlannedStep::environment`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// How long it may run; the machine keeps the time.
    pub timeout: Duration,
}

impl fmt::Debug for StartStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartStep")
            .field("step", &self.step)
            .field("name", &self.name)
            .field("plugin", &self.plugin)
            .field("id", &self.id)
            .field("inputs", &InputNames(&self.inputs))
            .field("environment", &self.environment.keys())
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// What to tell the service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunReport {
    /// `InProgress` while steps go on, `SuccessAndReboot` when the run waits for a reboot, else the final status.
    pub document_status: StepStatus,
    /// The result that is now complete. At the end of the run, and before a reboot: the only result when the plan has
    /// one key, none when it has more.
    pub results: Vec<(StepName, StepResult)>,
    /// How many results so far have which status.
    pub counts: BTreeMap<StepStatus, u32>,
    /// Whether the run is over, so that nothing will be reported any more.
    pub is_final: bool,
}

/// The run of a plan on one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentRun {
    plan: Plan,
    /// One each step of the plan.
    steps: Vec<StepState>,
    /// One each result key, in the order of first use.
    keys: Vec<KeyState>,
    phase: Phase,
    /// A step ended the document; only a final step still runs.
    exiting: bool,
    cancelled: bool,
    actions: VecDeque<RunAction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    NotStarted,
    Running { step: usize, deadline: Timestamp, stop: Option<StopReason> },
    Rebooting { step: usize },
    Finished,
}

impl DocumentRun {
    /// Most times that a step is run again because it asked for a reboot; when it asks once more, it fails.
    ///
    /// Source: agent protocol 1.11 (`CommandRetryLimit`).
    pub const MAX_REBOOTS: u32 = 15;

    /// The run of this plan by an agent that knows these plugins. `known` is asked now, once each step, and never
    /// again.
    #[must_use]
    pub fn new(plan: Plan, known: impl Fn(&PluginName) -> PluginSupport) -> Self {
        let mut index = BTreeMap::new();
        let mut keys: Vec<KeyState> = Vec::new();
        let mut steps = Vec::with_capacity(plan.steps().len());
        for (at, step) in plan.steps().iter().enumerate() {
            let key = *index.entry(&step.key).or_insert_with(|| {
                keys.push(KeyState::default());
                keys.len() - 1
            });
            keys[key].steps.push(at);
            steps.push(StepState::new(key, known(&step.plugin)));
        }
        let (exiting, cancelled, actions) = (false, false, VecDeque::new());
        Self { plan, steps, keys, phase: Phase::NotStarted, exiting, cancelled, actions }
    }

    /// Takes what happened, at this time.
    pub fn handle(&mut self, event: RunEvent, now: Timestamp) {
        match (event, self.phase) {
            (RunEvent::Start, Phase::NotStarted) => self.advance(0, now),
            (RunEvent::Start, Phase::Rebooting { step }) => {
                self.steps[step].reboots += 1;
                self.advance(step, now);
            }
            (RunEvent::StepEnded { step, outcome, stdout, stderr }, Phase::Running { step: at, stop, .. })
                if step.0 == at =>
            {
                self.end_step(at, &outcome, stop, (&stdout, &stderr), now);
            }
            (RunEvent::CancelRequested, Phase::NotStarted) => self.cancel(0, now),
            (RunEvent::CancelRequested, Phase::Rebooting { step }) => self.cancel(step, now),
            (RunEvent::CancelRequested, Phase::Running { .. }) => {
                self.cancelled = true;
                self.stop(StopReason::Cancelled);
            }
            (RunEvent::TimeReached, Phase::Running { deadline, .. }) if deadline <= now => {
                self.stop(StopReason::TimedOut);
            }
            _ => {}
        }
    }

    /// The next thing to do; `None` when the next event may come.
    pub fn poll_action(&mut self) -> Option<RunAction> {
        self.actions.pop_front()
    }

    /// When [`RunEvent::TimeReached`] is due: the running step's execution timeout, unless it is being stopped already.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Running { deadline, stop: None, .. } => Some(deadline),
            _ => None,
        }
    }

    /// The step that runs, if one does.
    #[must_use]
    pub fn running(&self) -> Option<StepIndex> {
        match self.phase {
            Phase::Running { step, .. } => Some(StepIndex(step)),
            _ => None,
        }
    }

    /// Whether a step asked for a reboot, after which [`RunEvent::Start`] continues the run.
    #[must_use]
    pub fn awaits_reboot(&self) -> bool {
        matches!(self.phase, Phase::Rebooting { .. })
    }

    /// Whether the run is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.phase == Phase::Finished
    }

    /// The plan that is run.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Goes through the steps from this one, up to one that has to run or to the end.
    fn advance(&mut self, from: usize, now: Timestamp) {
        for at in from..self.steps.len() {
            let Some(ending) = self.ending_without_run(at) else { return self.start_step(at, now) };
            self.settle(at, ending, now);
        }
        self.finish();
    }

    fn start_step(&mut self, at: usize, now: Timestamp) {
        let PlannedStep { key, plugin, id, inputs, environment, timeout, .. } = &self.plan.steps()[at];
        self.actions.push_back(RunAction::StartStep(StartStep {
            step: StepIndex(at),
            name: key.clone(),
            plugin: plugin.clone(),
            id: id.clone(),
            inputs: inputs.clone(),
            environment: environment.clone(),
            timeout: *timeout,
        }));
        self.phase = Phase::Running { step: at, deadline: now + *timeout, stop: None };
        self.steps[at].begin(now);
    }

    /// Asks the running step to end, unless it was asked already.
    fn stop(&mut self, reason: StopReason) {
        if let Phase::Running { step, stop: stop @ None, .. } = &mut self.phase {
            *stop = Some(reason);
            self.actions.push_back(RunAction::StopStep { step: StepIndex(*step), reason });
        }
    }

    fn cancel(&mut self, from: usize, now: Timestamp) {
        self.cancelled = true;
        self.advance(from, now);
    }

    fn finish(&mut self) {
        self.phase = Phase::Finished;
        self.report_document(self.document_status(), true);
    }
}
