//! One document of a run: the command's own, or one that runs inside a step of another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::LoadedPlan;
use super::result::KeyState;
use super::step::{Ending, StepState};
use crate::document::{Plan, PlannedStep, StepStatus};
use crate::time::Timestamp;

/// A document with the state of its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Frame {
    pub(super) plan: Plan,
    /// One each step of the plan.
    pub(super) steps: Vec<StepState>,
    /// One each result key, in the order of first use.
    pub(super) keys: Vec<KeyState>,
    /// The place of the step that the run has come to; the number of steps behind the last one.
    pub(super) current: usize,
    /// A step ended the document; only a final step still runs.
    pub(super) exiting: bool,
}

impl Frame {
    pub(super) fn new(LoadedPlan { plan, support }: LoadedPlan) -> Self {
        let (keys_of_steps, keys) = keys(&plan);
        let steps = keys_of_steps.into_iter().zip(support).map(|(key, support)| StepState::new(key, support)).collect();
        Self { plan, steps, keys, current: 0, exiting: false }
    }

    /// The step that the run has come to, unless all are behind it.
    pub(super) fn step(&self) -> Option<(&PlannedStep, &StepState)> {
        self.plan.steps().get(self.current).zip(self.steps.get(self.current))
    }

    /// Notes that the current step has begun.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if let Some(step) = self.steps.get_mut(self.current) {
            step.begin(now);
        }
    }

    /// Notes how the current step ended.
    pub(super) fn record(&mut self, ending: Ending, now: Timestamp) {
        if let Some(step) = self.steps.get_mut(self.current) {
            step.end(ending, now);
        }
    }

    /// The key of the current step.
    pub(super) fn current_key(&self) -> Option<usize> {
        self.steps.get(self.current).map(|step| step.key)
    }

    /// What all its steps came to: the worst; steps that were skipped do not lower a success.
    ///
    /// Source: agent protocol 1.8.
    pub(super) fn status(&self) -> StepStatus {
        let worst = self.steps.iter().map(|step| step.status).max_by_key(|status| weight(*status));
        worst.filter(|status| *status != StepStatus::Skipped).unwrap_or(StepStatus::Success)
    }

    /// The worst status of a key's steps, `NotStarted` while none has begun.
    pub(super) fn key_status(&self, key: usize) -> StepStatus {
        let statuses = || self.keys[key].steps.iter().map(|at| self.steps[*at].status);
        if statuses().all(|status| status == StepStatus::NotStarted) {
            return StepStatus::NotStarted;
        }
        match statuses().max_by_key(|status| weight(*status)) {
            Some(StepStatus::NotStarted) | None => StepStatus::InProgress,
            Some(status) => status,
        }
    }
}

/// The key of each step of a plan, and each key with its steps.
pub(super) fn keys(plan: &Plan) -> (Vec<usize>, Vec<KeyState>) {
    let mut index = BTreeMap::new();
    let mut keys: Vec<KeyState> = Vec::new();
    let mut of_steps = Vec::with_capacity(plan.steps().len());
    for (at, step) in plan.steps().iter().enumerate() {
        let key = *index.entry(&step.key).or_insert_with(|| {
            keys.push(KeyState::default());
            keys.len() - 1
        });
        keys[key].steps.push(at);
        of_steps.push(key);
    }
    (of_steps, keys)
}

/// How a status ranks where several become one: the heaviest stands for all.
fn weight(status: StepStatus) -> u8 {
    match status {
        StepStatus::SuccessAndReboot | StepStatus::PassedAndReboot => 8,
        StepStatus::NotStarted | StepStatus::InProgress => 7,
        StepStatus::Failed => 6,
        StepStatus::TimedOut => 5,
        StepStatus::Cancelled => 4,
        StepStatus::TestFailure => 3,
        StepStatus::Success => 2,
        StepStatus::TestPass => 1,
        StepStatus::Skipped => 0,
    }
}
