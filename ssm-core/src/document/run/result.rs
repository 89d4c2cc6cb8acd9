//! Results of a run: what the steps of one key came to together, and reports of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DocumentRun, RunAction, RunReport};
use crate::document::output::combined;
use crate::document::{CapturedStream, StepResult, StepStatus};
use crate::ids::StepName;

/// What the steps of one result key share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeyState {
    /// The places of its steps, in order; at least one.
    pub(super) steps: Vec<usize>,
    pub(super) stdout: StreamState,
    pub(super) stderr: StreamState,
}

impl KeyState {
    pub(super) fn note_on_both(&mut self, note: &str) {
        note.clone_into(&mut self.stdout.note);
        note.clone_into(&mut self.stderr.note);
    }
}

/// One stream of a key: what its steps wrote, and what the run itself appends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StreamState {
    captured: CapturedStream,
    /// The exit status of a failed step: shown in the stream and in the combined output.
    pub(super) failure: String,
    /// The note of a flow rule: shown in the stream alone.
    pub(super) note: String,
}

impl StreamState {
    /// Takes what the next step of the key, or the same one after a reboot, wrote.
    pub(super) fn take(&mut self, next: &CapturedStream) {
        for appended in [std::mem::take(&mut self.failure), std::mem::take(&mut self.note)] {
            self.captured.push(appended.as_bytes());
        }
        self.captured.append(next);
    }

    fn text(&self) -> String {
        self.captured.text_with(&format!("{}{}", self.failure, self.note))
    }
}

impl DocumentRun {
    /// The results so far by key, in the order of the plan: of every key of which a step has begun. One whose steps
    /// have not all ended is `InProgress`.
    pub fn results(&self) -> impl Iterator<Item = (StepName, StepResult)> {
        let begun = |key: &usize| self.key_status(*key) != StepStatus::NotStarted;
        (0..self.keys.len()).filter(begun).map(|key| self.key_result(key))
    }

    /// Reports what a key came to.
    pub(super) fn report_key(&mut self, key: usize) {
        let results = vec![self.key_result(key)];
        let (document_status, counts) = (StepStatus::InProgress, self.counts());
        self.actions.push_back(RunAction::Report(RunReport { document_status, results, counts, is_final: false }));
    }

    /// Reports what the document came to.
    pub(super) fn report_document(&mut self, document_status: StepStatus, is_final: bool) {
        let results = if self.keys.len() == 1 { vec![self.key_result(0)] } else { Vec::new() };
        let counts = self.counts();
        self.actions.push_back(RunAction::Report(RunReport { document_status, results, counts, is_final }));
    }

    /// The final status: that of the worst step; steps that were skipped do not lower a success.
    ///
    /// Source: agent protocol 1.8.
    pub(super) fn document_status(&self) -> StepStatus {
        let worst = self.steps.iter().map(|step| step.status).max_by_key(|status| weight(*status));
        worst.filter(|status| *status != StepStatus::Skipped).unwrap_or(StepStatus::Success)
    }

    fn counts(&self) -> BTreeMap<StepStatus, u32> {
        let mut counts = BTreeMap::new();
        for status in (0..self.keys.len()).map(|key| self.key_status(key)) {
            if !matches!(status, StepStatus::NotStarted | StepStatus::InProgress) {
                *counts.entry(status).or_default() += 1;
            }
        }
        counts
    }

    /// The worst status of a key's steps, `NotStarted` while none has begun.
    fn key_status(&self, key: usize) -> StepStatus {
        let statuses = || self.keys[key].steps.iter().map(|at| self.steps[*at].status);
        if statuses().all(|status| status == StepStatus::NotStarted) {
            return StepStatus::NotStarted;
        }
        match statuses().max_by_key(|status| weight(*status)) {
            Some(StepStatus::NotStarted) | None => StepStatus::InProgress,
            Some(status) => status,
        }
    }

    /// The result of a key. Its code and its error text are those of the first step with the worst status; without an
    /// error text, `output` is both streams together.
    fn key_result(&self, key: usize) -> (StepName, StepResult) {
        let (state, status) = (&self.keys[key], self.key_status(key));
        let first = state.steps[0];
        let steps = || state.steps.iter().map(|at| &self.steps[*at]);
        let begun = || steps().filter(|step| step.status != StepStatus::NotStarted);
        let worst = steps().find(|step| step.status == status);
        let errors: Vec<_> =
            steps().filter(|step| step.status == status).filter_map(|step| step.error.as_deref()).collect();
        let output = match errors.first() {
            Some(error) => (*error).to_owned(),
            None => combined(&state.stdout.shown(), &state.stderr.shown()),
        };
        let result = StepResult {
            status,
            code: worst.map_or(0, |step| step.code),
            plugin: self.plan.steps()[first].plugin.clone(),
            output,
            standard_output: state.stdout.text(),
            standard_error: state.stderr.text(),
            started_at: begun().map(|step| step.started_at).min().unwrap_or_default(),
            ended_at: begun().map(|step| step.ended_at).max().unwrap_or_default(),
        };
        (self.plan.steps()[first].key.clone(), result)
    }
}

impl StreamState {
    /// The stream's share of the combined output.
    fn shown(&self) -> String {
        let mut text = self.captured.lossy();
        text.push_str(&self.failure);
        text
    }
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
