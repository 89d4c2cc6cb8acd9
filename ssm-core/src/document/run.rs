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
//! - Each [`RunAction::LoadDocument`] is answered by one [`RunEvent::DocumentLoaded`], unless the run goes on without
//!   it: [`DocumentRun::awaited`] tells. Its work may be dropped then.
//! - At [`DocumentRun::next_deadline`], or later, comes [`RunEvent::TimeReached`].
//! - Events that do not fit (for another step, a second time, after the end) change nothing.
//!
//! # Storing a run
//! A stored run holds the actions that were not polled yet. A driver that stores it after an event and *before* it
//! polls loses no action when it dies: all of that event come again, with the same serials, by which it knows a step
//! that it had begun. An action that was polled is the driver's alone, with one exception: while a document is being
//! loaded, [`RunEvent::Start`] asks for it again, since loading may be repeated. For a step whose process has gone with
//! the driver the driver says [`RunEvent::StepEnded`] by itself.
//!
//! What is read back may have been changed by anybody: a text that no run can have come to is refused, and so is one of
//! a later form (its member `version` is not 1).
//!
//! # Reports
//! A result key is reported once, when the last of the plan's steps with that key has ended; then, at the end of the
//! run, comes the final report. Steps that share a key share one result: the worst status with its code, the outputs
//! one after the other. A step that asks for a reboot is reported at once, followed by a report whose document status
//! is [`StepStatus::SuccessAndReboot`](super::StepStatus::SuccessAndReboot); the run then waits for
//! [`RunEvent::Start`].
//!
//! # Nested documents
//! The machine runs steps of `aws:runDocument` itself: it asks for the document's plan and runs its steps inside the
//! step, under the same rules. What they write becomes output of the step, their worst status its status; nothing of
//! them is reported by itself. An exit condition inside skips the later steps of its own document only; then the
//! outer step's own rules apply. The outer step's timeout is for the loading alone, nested steps have their own.
//!
//! Source: agent protocol 1.8, 1.11, 5.5 to 5.7, and what the stock agent was seen to do. Our choices: counts and final
//! status cover the whole run even after a reboot, where the stock agent forgets the steps before it; and a reboot
//! inside a nested document goes on there, where the stock agent begins the document again.

mod event;
mod frame;
mod nested;
mod result;
mod step;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Document, Plan, PlannedStep, StopReason};
use crate::ids::PluginName;
use crate::time::Timestamp;
use event::Phase;
pub use event::{LoadDocument, LoadedPlan, PluginSupport, RunAction, RunEvent, RunReport, StartStep, StepSerial};
use frame::Frame;
pub use nested::DocumentLocation;
use nested::{RUN_DOCUMENT, RunDocumentInputs};
use result::Written;
use step::Ending;
use stored::{FormVersion, StoredRun};

/// The run of a plan on one instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredRun")]
pub struct DocumentRun {
    /// The first member of the stored form, so that another version is told before anything else.
    version: FormVersion,
    /// The command's document.
    outermost: Frame,
    /// The documents that run inside the current step of the one before, the outermost first.
    nested: Vec<Frame>,
    phase: Phase,
    cancelled: bool,
    /// How many steps all documents so far have together.
    planned: usize,
    /// The serial of the next step that begins.
    next_serial: u64,
    actions: VecDeque<RunAction>,
}

impl DocumentRun {
    /// Most times that a step is run again because it asked for a reboot; when it asks once more, it fails.
    ///
    /// Source: agent protocol 1.11 (`CommandRetryLimit`).
    pub const MAX_REBOOTS: u32 = 15;

    /// Most documents in which a step is nested.
    ///
    /// Source: agent protocol 5.7.
    pub const MAX_DEPTH: u32 = 3;

    /// The run of this plan by an agent that knows these plugins. `known` is asked now, once each step, and never
    /// again.
    #[must_use]
    pub fn new(plan: Plan, known: impl Fn(&PluginName) -> PluginSupport) -> Self {
        let planned = plan.steps().len();
        let outermost = Frame::new(LoadedPlan::new(plan, known));
        Self {
            version: FormVersion,
            outermost,
            nested: Vec::new(),
            phase: Phase::NotStarted,
            cancelled: false,
            planned,
            next_serial: 0,
            actions: VecDeque::new(),
        }
    }

    /// Whether this is the plugin that the machine runs itself. What `known` says of it decides whether nested
    /// documents are run.
    #[must_use]
    pub fn runs_itself(plugin: &PluginName) -> bool {
        plugin.as_str() == RUN_DOCUMENT
    }

    /// Takes what happened, at this time.
    pub fn handle(&mut self, event: RunEvent, now: Timestamp) {
        match (event, self.phase) {
            (RunEvent::Start, Phase::NotStarted) => self.advance(now),
            (RunEvent::Start, Phase::Rebooting) => self.resume(now),
            (RunEvent::Start, Phase::Loading { step, .. }) => self.ask_again(step),
            (RunEvent::StepEnded { step, outcome, stdout, stderr }, Phase::Running { step: running, stop, .. })
                if step == running =>
            {
                let ending = self.take_end(&outcome, stop, &Written { stdout, stderr });
                if ending.status == super::StepStatus::SuccessAndReboot {
                    self.wait_for_reboot(ending, now);
                } else {
                    self.end_step(ending, now);
                }
            }
            (RunEvent::DocumentLoaded { step, plan }, Phase::Loading { step: loading, .. }) if step == loading => {
                match plan {
                    Ok(plan) => self.enter(plan, now),
                    Err(reason) => self.end_step(Ending::failed(reason), now),
                }
            }
            (RunEvent::CancelRequested, Phase::NotStarted | Phase::Rebooting) => {
                self.cancelled = true;
                self.advance(now);
            }
            (RunEvent::CancelRequested, Phase::Running { .. }) => {
                self.cancelled = true;
                self.stop(StopReason::Cancelled);
            }
            (RunEvent::CancelRequested, Phase::Loading { .. }) => {
                self.cancelled = true;
                self.end_step(Ending::stopped(StopReason::Cancelled), now);
            }
            (RunEvent::TimeReached, Phase::Running { deadline, .. }) if deadline <= now => {
                self.stop(StopReason::TimedOut);
            }
            (RunEvent::TimeReached, Phase::Loading { deadline, .. }) if deadline <= now => {
                self.end_step(Ending::stopped(StopReason::TimedOut), now);
            }
            _ => {}
        }
    }

    /// The next thing to do; `None` when the next event may come.
    pub fn poll_action(&mut self) -> Option<RunAction> {
        self.actions.pop_front()
    }

    /// When [`RunEvent::TimeReached`] is due: the execution timeout of the step that runs or whose document is being
    /// loaded, unless it is being stopped already.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Running { deadline, stop: None, .. } | Phase::Loading { deadline, .. } => Some(deadline),
            _ => None,
        }
    }

    /// The step whose end, or whose document, the run waits for.
    #[must_use]
    pub fn awaited(&self) -> Option<StepSerial> {
        match self.phase {
            Phase::Running { step, .. } | Phase::Loading { step, .. } => Some(step),
            _ => None,
        }
    }

    /// Whether a step asked for a reboot, after which [`RunEvent::Start`] continues the run.
    #[must_use]
    pub fn awaits_reboot(&self) -> bool {
        self.phase == Phase::Rebooting
    }

    /// Whether the run is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.phase == Phase::Finished
    }

    /// The plan that is run: that of the command's own document.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.outermost.plan
    }

    /// The innermost document.
    fn top(&self) -> &Frame {
        self.nested.last().unwrap_or(&self.outermost)
    }

    fn top_mut(&mut self) -> &mut Frame {
        self.nested.last_mut().unwrap_or(&mut self.outermost)
    }

    /// Goes on from the current step of the innermost document, up to one that has to run or to the end.
    fn advance(&mut self, now: Timestamp) {
        loop {
            let top = self.top();
            let ending = if top.step().is_none() {
                let ending = Ending::of_document(top.status());
                let Some(inner) = self.nested.pop() else { return self.finish() };
                let parent = self.top_mut();
                if let Some(key) = parent.current_key() {
                    parent.keys[key].take(&inner.written(None));
                }
                Some(ending)
            } else {
                top.ending_without_run(self.cancelled).or_else(|| self.begin_step(now))
            };
            let Some(ending) = ending else { return };
            self.settle(ending, now);
        }
    }

    /// Records how the current step ended, and makes the next one of its document the current one.
    fn settle(&mut self, ending: Ending, now: Timestamp) {
        let completed = self.top_mut().settle(ending, now);
        if let Some(key) = completed.filter(|_| self.nested.is_empty()) {
            self.report_key(key);
        }
        self.top_mut().current += 1;
    }

    fn end_step(&mut self, ending: Ending, now: Timestamp) {
        self.settle(ending, now);
        self.advance(now);
    }

    /// Begins the current step, unless it turns out to need no work.
    fn begin_step(&mut self, now: Timestamp) -> Option<Ending> {
        self.top_mut().begin(now);
        let depth = self.depth();
        let (step, _) = self.top().step()?;
        let (serial, deadline) = (StepSerial(self.next_serial), now + step.timeout);
        let (action, phase) = if Self::runs_itself(&step.plugin) {
            let inputs = match RunDocumentInputs::read(&step.inputs) {
                Ok(inputs) if inputs.location.is_no_operation() => return Some(Ending::success()),
                Ok(_) if depth >= Self::MAX_DEPTH => {
                    return Some(Ending::failed(format!("Documents are nested at most {} deep.", Self::MAX_DEPTH)));
                }
                Ok(inputs) => inputs,
                Err(reason) => return Some(Ending::failed(reason)),
            };
            (load(serial, depth, inputs), Phase::Loading { step: serial, deadline })
        } else {
            (start(serial, depth, step), Phase::Running { step: serial, deadline, stop: None })
        };
        self.actions.push_back(action);
        self.phase = phase;
        self.next_serial = self.next_serial.saturating_add(1);
        None
    }

    /// Runs a document inside the current step.
    fn enter(&mut self, document: LoadedPlan, now: Timestamp) {
        let planned = self.planned.saturating_add(document.plan.steps().len());
        if planned > Document::MAX_STEPS {
            let most = Document::MAX_STEPS;
            return self.end_step(Ending::failed(format!("All documents together have at most {most} steps.")), now);
        }
        self.planned = planned;
        self.nested.push(Frame::new(document));
        self.advance(now);
    }

    /// Asks once more for the document that is being loaded.
    fn ask_again(&mut self, serial: StepSerial) {
        let is_asked = |action: &RunAction| matches!(action, RunAction::LoadDocument(_));
        let inputs = self.top().step().map(|(step, _)| RunDocumentInputs::read(&step.inputs));
        if let Some(Ok(inputs)) = inputs.filter(|_| !self.actions.iter().any(is_asked)) {
            self.actions.push_back(load(serial, self.depth(), inputs));
        }
    }

    /// Leaves the current step, and those around it, to be gone on with after a reboot.
    fn wait_for_reboot(&mut self, ending: Ending, now: Timestamp) {
        self.top_mut().record(ending, now);
        let outer = self.nested.len();
        for frame in std::iter::once(&mut self.outermost).chain(&mut self.nested).take(outer) {
            frame.record(Ending::reboot(), now);
        }
        self.phase = Phase::Rebooting;
        if let Some(key) = self.outermost.current_key() {
            self.report_key(key);
        }
        self.report_document(super::StepStatus::SuccessAndReboot, false);
    }

    /// Runs the step again that asked for a reboot.
    fn resume(&mut self, now: Timestamp) {
        for frame in std::iter::once(&mut self.outermost).chain(&mut self.nested) {
            frame.begin(now);
        }
        let top = self.top_mut();
        if let Some(step) = top.steps.get_mut(top.current) {
            step.reboots += 1;
        }
        self.advance(now);
    }

    /// Asks the running step to end, unless it was asked already.
    fn stop(&mut self, reason: StopReason) {
        if let Phase::Running { step, stop: stop @ None, .. } = &mut self.phase {
            *stop = Some(reason);
            self.actions.push_back(RunAction::StopStep { step: *step, reason });
        }
    }

    fn finish(&mut self) {
        self.phase = Phase::Finished;
        self.report_document(self.outermost.status(), true);
    }

    /// How many documents the innermost one is nested in.
    fn depth(&self) -> u32 {
        u32::try_from(self.nested.len()).unwrap_or(u32::MAX)
    }
}

fn start(step: StepSerial, depth: u32, planned: &PlannedStep) -> RunAction {
    let PlannedStep { key, plugin, id, inputs, environment, timeout, .. } = planned;
    RunAction::StartStep(StartStep {
        step,
        depth,
        name: key.clone(),
        plugin: plugin.clone(),
        id: id.clone(),
        inputs: inputs.clone(),
        environment: environment.clone(),
        timeout: *timeout,
    })
}

fn load(step: StepSerial, depth: u32, inputs: RunDocumentInputs) -> RunAction {
    let RunDocumentInputs { location, parameters } = inputs;
    RunAction::LoadDocument(LoadDocument { step, location, parameters, depth: depth.saturating_add(1) })
}
