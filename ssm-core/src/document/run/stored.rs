//! Reading a stored run: its text may have been changed by anybody, so all that the machine relies on is checked. The
//! plans in it check themselves.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::event::Phase;
use super::frame::{self, Frame};
use super::nested::{RUN_DOCUMENT, RunDocumentInputs};
use super::result::StreamState;
use super::step::{FAILURE, NOTES, StepState};
use super::{DocumentRun, PluginSupport, RunAction, StepSerial};
use crate::document::plan::are_variables_of;
use crate::document::{COMBINED_LIMIT_BYTES, Document, StepStatus, timeout};

/// The stored form of a [`DocumentRun`], before it is checked.
#[derive(Deserialize)]
pub(super) struct StoredRun {
    /// Runs were stored without one before there was any other.
    #[serde(default)]
    version: FormVersion,
    outermost: Frame,
    nested: Vec<Frame>,
    phase: Phase,
    cancelled: bool,
    planned: usize,
    next_serial: u64,
    actions: VecDeque<RunAction>,
}

/// The version of the form in which a run is stored: 1, and no other is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(super) struct FormVersion;

impl From<FormVersion> for u32 {
    fn from(FormVersion: FormVersion) -> Self {
        1
    }
}

/// A stored run of another version than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored run of version {0}, where only version {known} is read", known = u32::from(FormVersion))]
pub(super) struct OtherVersion(u32);

impl TryFrom<u32> for FormVersion {
    type Error = OtherVersion;

    fn try_from(version: u32) -> Result<Self, OtherVersion> {
        if version == u32::from(Self) { Ok(Self) } else { Err(OtherVersion(version)) }
    }
}

/// A stored run to which no run can have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stored run: {0}")]
pub(super) struct InvalidRun(&'static str);

impl TryFrom<StoredRun> for DocumentRun {
    type Error = InvalidRun;

    fn try_from(stored: StoredRun) -> Result<Self, InvalidRun> {
        let StoredRun { version, outermost, nested, phase, cancelled, planned, next_serial, actions } = stored;
        let run = Self { version, outermost, nested, phase, cancelled, planned, next_serial, actions };
        run.check()?;
        Ok(run)
    }
}

impl DocumentRun {
    fn check(&self) -> Result<(), InvalidRun> {
        let frames = || std::iter::once(&self.outermost).chain(&self.nested);
        require(self.depth() <= Self::MAX_DEPTH, "documents are nested too deep")?;
        frames().try_for_each(Frame::check)?;
        let steps: usize = frames().map(|frame| frame.steps.len()).sum();
        require(steps <= self.planned && self.planned <= Document::MAX_STEPS, "the number of steps is wrong")?;
        // Serials are given out one by one, so that no run comes near the end of them.
        require(self.next_serial <= u64::MAX / 2, "a serial is wrong")?;
        require(self.actions.iter().all(|action| self.may_ask(action)), "an action is of no step")?;
        // Where the current step of every document stands by now.
        let wanted = match self.phase {
            Phase::NotStarted => Some(StepStatus::NotStarted),
            Phase::Running { .. } | Phase::Loading { .. } => Some(StepStatus::InProgress),
            Phase::Rebooting => Some(StepStatus::SuccessAndReboot),
            Phase::Finished => None,
        };
        let is_wanted = |frame: &Frame| frame.step().map(|(_, state)| state.status) == wanted;
        require(frames().all(is_wanted), "a step's state is wrong")?;
        let mut outer = frames().take(self.nested.len());
        require(outer.all(Frame::runs_document), "a document runs in a step that runs none")?;
        match self.phase {
            Phase::NotStarted => {
                let is_new = self.outermost.current == 0 && self.nested.is_empty() && !self.cancelled;
                require(is_new, "a step ended before the start")
            }
            Phase::Running { step, stop, .. } => {
                require(self.is_known(step), "a serial is wrong")?;
                require(stop.is_some() || !self.cancelled, "a cancel was forgotten")?;
                require(!self.top().runs_document(), "a step that runs a document has no process")
            }
            Phase::Loading { step, .. } => {
                require(self.is_known(step), "a serial is wrong")?;
                require(self.depth() < Self::MAX_DEPTH, "documents are nested too deep")?;
                require(!self.cancelled, "a cancel was forgotten")?;
                require(self.top().runs_document(), "a step that runs no document loads one")
            }
            Phase::Rebooting => {
                let may_run_again = self.top().step().is_some_and(|(_, state)| state.reboots < Self::MAX_REBOOTS);
                require(may_run_again, "a step has asked for too many reboots")?;
                require(!self.cancelled && !self.top().runs_document(), "a reboot is of no step")
            }
            Phase::Finished => require(self.nested.is_empty(), "a document runs in no step"),
        }
    }

    fn is_known(&self, step: StepSerial) -> bool {
        step.0 < self.next_serial
    }

    /// Actions that nobody has polled can be of any step that was begun.
    fn may_ask(&self, action: &RunAction) -> bool {
        match action {
            RunAction::StartStep(start) => {
                let is_possible =
                    timeout::is_of_step(start.timeout) && are_variables_of(&start.plugin, &start.environment);
                self.is_known(start.step) && is_possible
            }
            RunAction::LoadDocument(load) => self.is_known(load.step),
            RunAction::StopStep { step, .. } => self.is_known(*step),
            RunAction::Report(_) => true,
        }
    }
}

impl Frame {
    fn check(&self) -> Result<(), InvalidRun> {
        let (of_steps, keys) = frame::keys(&self.plan);
        require(self.steps.iter().map(|step| step.key).eq(of_steps), "steps and keys do not fit the plan")?;
        let places = self.keys.iter().map(|key| &key.steps);
        require(places.eq(keys.iter().map(|key| &key.steps)), "steps and keys do not fit the plan")?;
        require(self.current <= self.steps.len(), "the current step is not in the plan")?;
        for (at, step) in self.steps.iter().enumerate() {
            step.check()?;
            let is_right = match step.status {
                StepStatus::NotStarted => at >= self.current,
                StepStatus::InProgress | StepStatus::SuccessAndReboot => at == self.current,
                _ => at < self.current,
            };
            require(is_right, "a step's state is wrong")?;
        }
        let mut streams = self.keys.iter().flat_map(|key| [&key.stdout, &key.stderr]);
        require(streams.all(StreamState::is_possible), "an output has what no run appends")
    }

    /// Whether the current step is one that the machine runs itself, and can.
    fn runs_document(&self) -> bool {
        self.step().is_some_and(|(step, state)| {
            let is_readable = || RunDocumentInputs::read(&step.inputs).is_ok();
            step.plugin.as_str() == RUN_DOCUMENT && state.support == PluginSupport::Supported && is_readable()
        })
    }
}

impl StepState {
    fn check(&self) -> Result<(), InvalidRun> {
        use StepStatus::{PassedAndReboot, TestFailure, TestPass};
        require(!matches!(self.status, PassedAndReboot | TestFailure | TestPass), "a step's state is wrong")?;
        require(self.reboots <= DocumentRun::MAX_REBOOTS, "a step has asked for too many reboots")?;
        let is_bounded = self.error.as_ref().is_none_or(|error| error.len() <= COMBINED_LIMIT_BYTES);
        require(is_bounded, "an error is too long")
    }
}

impl StreamState {
    fn is_possible(&self) -> bool {
        let is_code = |failure: &str| failure.strip_prefix(FAILURE).is_some_and(|code| code.parse::<i32>().is_ok());
        (self.failure.is_empty() || is_code(&self.failure)) && (self.note.is_empty() || NOTES.contains(&&*self.note))
    }
}

fn require(holds: bool, what: &'static str) -> Result<(), InvalidRun> {
    if holds { Ok(()) } else { Err(InvalidRun(what)) }
}
