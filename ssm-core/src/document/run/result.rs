//! Results of a run: what the steps of one key came to together, and reports of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::frame::Frame;
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

    pub(super) fn take(&mut self, written: &Written) {
        self.stdout.take(&written.stdout);
        self.stderr.take(&written.stderr);
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

    /// The stream's share of the combined output.
    fn shown(&self) -> String {
        let mut text = self.captured.lossy();
        text.push_str(&self.failure);
        text
    }
}

/// What a whole document wrote, as streams of the step that runs it.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    pub(super) stdout: CapturedStream,
    pub(super) stderr: CapturedStream,
}

impl Frame {
    /// What its steps wrote so far, key after key, each with the errors of its failed steps behind it. `inner` is what
    /// the document inside the current step wrote.
    ///
    /// Source: agent protocol 5.7. That the order is that of the keys, with nothing in between, is our choice: the
    /// stock agent's order is random.
    pub(super) fn written(&self, inner: Option<&Written>) -> Written {
        let mut all = Written::default();
        for (place, key) in self.keys.iter().enumerate() {
            let mut key = key.clone();
            if let Some(inner) = inner.filter(|_| self.current_key() == Some(place)) {
                key.take(inner);
            }
            key.take(&Written::default());
            all.stdout.append(&key.stdout.captured);
            all.stderr.append(&key.stderr.captured);
            let failed = key.steps.iter().map(|at| &self.steps[*at]).filter(|step| step.status == StepStatus::Failed);
            for error in failed.filter_map(|step| step.error.as_deref()) {
                if all.stderr.head().last().is_some_and(|last| *last != b'\n') {
                    all.stderr.push(b"\n");
                }
                all.stderr.push(error.as_bytes());
            }
        }
        all
    }
}

impl DocumentRun {
    /// The results so far by key, in the order of the plan: of every key of which a step has begun. One whose steps
    /// have not all ended is `InProgress`. Steps of nested documents have no results of their own.
    pub fn results(&self) -> impl Iterator<Item = (StepName, StepResult)> {
        let begun = |key: &usize| self.outermost.key_status(*key) != StepStatus::NotStarted;
        (0..self.outermost.keys.len()).filter(begun).map(|key| self.key_result(key))
    }

    /// Reports what a key came to.
    pub(super) fn report_key(&mut self, key: usize) {
        let results = vec![self.key_result(key)];
        let (document_status, counts) = (StepStatus::InProgress, self.counts());
        self.actions.push_back(RunAction::Report(RunReport { document_status, results, counts, is_final: false }));
    }

    /// Reports what the document came to.
    pub(super) fn report_document(&mut self, document_status: StepStatus, is_final: bool) {
        let results = if self.outermost.keys.len() == 1 { vec![self.key_result(0)] } else { Vec::new() };
        let counts = self.counts();
        self.actions.push_back(RunAction::Report(RunReport { document_status, results, counts, is_final }));
    }

    fn counts(&self) -> BTreeMap<StepStatus, u32> {
        let mut counts = BTreeMap::new();
        for status in (0..self.outermost.keys.len()).map(|key| self.outermost.key_status(key)) {
            if !matches!(status, StepStatus::NotStarted | StepStatus::InProgress) {
                *counts.entry(status).or_default() += 1;
            }
        }
        counts
    }

    /// The result of a key. Its code and its error text are those of the first step with the worst status; without an
    /// error text, `output` is both streams together.
    fn key_result(&self, key: usize) -> (StepName, StepResult) {
        let (outermost, status) = (&self.outermost, self.outermost.key_status(key));
        let mut state = outermost.keys[key].clone();
        if outermost.current_key() == Some(key) {
            let inside = |inner: Option<Written>, frame: &Frame| Some(frame.written(inner.as_ref()));
            self.nested.iter().rev().fold(None, inside).iter().for_each(|written| state.take(written));
        }
        let first = state.steps[0];
        let steps = || state.steps.iter().map(|at| &outermost.steps[*at]);
        let begun = || steps().filter(|step| step.status != StepStatus::NotStarted);
        let worst = steps().find(|step| step.status == status);
        let error = steps().filter(|step| step.status == status).find_map(|step| step.error.clone());
        let result = StepResult {
            status,
            code: worst.map_or(0, |step| step.code),
            plugin: outermost.plan.steps()[first].plugin.clone(),
            output: error.unwrap_or_else(|| combined(&state.stdout.shown(), &state.stderr.shown())),
            standard_output: state.stdout.text(),
            standard_error: state.stderr.text(),
            started_at: begun().map(|step| step.started_at).min().unwrap_or_default(),
            ended_at: begun().map(|step| step.ended_at).max().unwrap_or_default(),
        };
        (outermost.plan.steps()[first].key.clone(), result)
    }
}
