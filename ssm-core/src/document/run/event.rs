//! What goes into a run and what comes out of it: events, actions, reports.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::DocumentLocation;
use crate::document::plan::InputNames;
use crate::document::{CapturedStream, Parameters, Plan, PluginOutcome, StepResult, StepStatus, StopReason};
use crate::ids::{PluginName, StepName};
use crate::time::Timestamp;

/// The serial number of a step that was begun, from 0, counted through all documents of a run. A step that is run again
/// after a reboot gets a new one, so none is ever used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepSerial(pub(super) u64);

impl StepSerial {
    /// The serial with this number, for a driver that has kept the number alone.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number: different for each step that was begun in a run, so that it can name the step's folder.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// Whether the agent can run a plugin. For `aws:runDocument`, which the machine runs itself: whether nested documents
/// may be run at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum PluginSupport {
    /// It can.
    Supported,
    /// The plugin is known, but not for this platform.
    OtherPlatform,
    /// No such plugin is known.
    Unknown,
}

/// A plan, and which of its plugins the agent knows.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadedPlan {
    pub(super) plan: Plan,
    /// One each step.
    pub(super) support: Vec<PluginSupport>,
}

impl LoadedPlan {
    /// This plan for an agent that knows these plugins. `known` is asked now, once each step, and never again.
    #[must_use]
    pub fn new(plan: Plan, known: impl Fn(&PluginName) -> PluginSupport) -> Self {
        let support = plan.steps().iter().map(|step| known(&step.plugin)).collect();
        Self { plan, support }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RunEvent {
    /// The run may begin, or go on after a reboot or a restart of the driver.
    Start,
    /// A step is over: nothing of it runs any more.
    StepEnded {
        /// Which one.
        step: StepSerial,
        /// What the plugin says.
        outcome: PluginOutcome,
        /// What came on standard output.
        stdout: CapturedStream,
        /// What came on standard error.
        stderr: CapturedStream,
    },
    /// The answer to [`RunAction::LoadDocument`].
    DocumentLoaded {
        /// The step that runs the document.
        step: StepSerial,
        /// The plan of the document; or why there is none, a sentence for the operator without secrets. The step then
        /// fails.
        plan: Result<LoadedPlan, String>,
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
        step: StepSerial,
        /// Why.
        reason: StopReason,
    },
    /// Read, check and plan a document that runs inside a step. It has no effect, so that it may be done twice.
    LoadDocument(LoadDocument),
    /// Tell the service.
    Report(RunReport),
}

/// A step to run. `Debug` shows the names of its inputs and variables, not their values, and no `id`: in schema 1.x it
/// is an input.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartStep {
    /// The step; its end is told with this.
    pub step: StepSerial,
    /// How many documents it is nested in: 0 for a step of the command's own document. Only those have a result of
    /// their own, under `name`; what others write becomes part of it.
    pub depth: u32,
    /// The key of its result in its document.
    pub name: StepName,
    /// The plugin.
    pub plugin: PluginName,
    /// A hint for the name of its folder, never a path: [`PlannedStep::id`](crate::document::PlannedStep::id).
    pub id: String,
    /// The inputs after substitution.
    pub inputs: Map<String, Value>,
    /// Variables that its processes get besides those of the agent:
    /// [`PlannedStep::environment`](crate::document::PlannedStep::environment).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// How long it may run; the machine keeps the time.
    pub timeout: Duration,
}

impl fmt::Debug for StartStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartStep")
            .field("step", &self.step)
            .field("depth", &self.depth)
            .field("name", &self.name)
            .field("plugin", &self.plugin)
            .field("inputs", &InputNames(&self.inputs))
            .field("environment", &self.environment.keys())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A document to load for a step that runs it. What its driver does, in this order:
///
/// 1. It reads the text at the location with [`Document::parse_lenient_as`].
/// 2. It looks up what [`Document::store_references`] tells of the values, in the parameter store.
/// 3. It checks what [`Document::resolve_parameters`] makes of the values and the answer, with
///    [`Document::check_as_nested`]: nobody has checked them before.
/// 4. It plans with the values as they came, and the same answer: [`Document::plan_with`].
///
/// Then it says [`RunEvent::DocumentLoaded`], with the plan or with the first thing that went wrong.
///
/// Source: agent protocol 5.2 and 5.7.
///
/// [`Document::parse_lenient_as`]: crate::document::Document::parse_lenient_as
/// [`Document::store_references`]: crate::document::Document::store_references
/// [`Document::resolve_parameters`]: crate::document::Document::resolve_parameters
/// [`Document::check_as_nested`]: crate::document::Document::check_as_nested
/// [`Document::plan_with`]: crate::document::Document::plan_with
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoadDocument {
    /// The step; the answer comes with this.
    pub step: StepSerial,
    /// Where the document is.
    pub location: DocumentLocation,
    /// The values of its parameters.
    pub parameters: Parameters,
    /// How many documents it will be nested in, from 1 to [`DocumentRun::MAX_DEPTH`](super::DocumentRun::MAX_DEPTH).
    pub depth: u32,
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

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    NotStarted,
    /// The innermost document's current step runs.
    Running {
        step: StepSerial,
        deadline: Timestamp,
        stop: Option<StopReason>,
    },
    /// The document of the innermost document's current step is being loaded.
    Loading {
        step: StepSerial,
        deadline: Timestamp,
    },
    /// The innermost document's current step asked for a reboot.
    Rebooting,
    Finished,
}
