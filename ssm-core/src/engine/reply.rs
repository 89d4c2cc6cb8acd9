//! Input: an agent's reply.

use super::acknowledge::{cancel_taken, settle};
use super::{Decision, Write};
use crate::command::{InvocationEvent, InvocationOutcome, InvocationState};
use crate::document::{Document, StepResult};
use crate::ids::StepName;
use crate::message::ReplyPayload;
use crate::record::{Addressed, Invocation, StepRow};
use crate::time::Timestamp;

/// Most results that are kept of one invocation. Our choice.
const MAX_STEPS: usize = Document::MAX_STEPS;
/// Most bytes of a stream that are kept. Source: agent protocol 5.9.
const MAX_STREAM_BYTES: usize = 24_000;
/// Most bytes of both streams together that are kept. Source: API reference, `CommandPlugin` `Output`.
const MAX_OUTPUT_BYTES: usize = 2_500;

/// Takes a reply, in whatever order and however often replies come: a terminal state stays, and a step's first terminal result
/// stays; a late reply may still fill in a step that has none. Replies are therefore told apart by what they would change, and
/// a repetition changes nothing. `steps` are the results that are kept so far.
///
/// A reply for something that was never handed out, and any reply's unreadable step names, are ignored.
#[must_use]
pub fn reply(addressed: Addressed, steps: &[StepRow], reply: ReplyPayload, now: Timestamp) -> Decision {
    let mut invocation = match addressed {
        Addressed::Command(invocation) => invocation,
        Addressed::Cancel(invocation) => return cancel_taken(invocation, now),
    };
    if invocation.state.is_unsent() || invocation.first_handed_out_at.is_none() {
        return Decision::nothing();
    }
    let before = invocation.clone();
    let event = match InvocationOutcome::of_document(reply.document_status) {
        Some(outcome) => InvocationEvent::Finished(outcome),
        None => InvocationEvent::Progressed,
    };
    let completion = match invocation.apply(event, now) {
        Ok(completion) => {
            if invocation.state.is_terminal() && !reply.document_trace_output.is_empty() {
                invocation.trace = reply.document_trace_output.chars().take(Invocation::MAX_TRACE).collect();
            }
            completion
        }
        // Over already, or Running and still under way.
        Err(_) => None,
    };
    let counted = invocation.note_taken(now);
    let mut decision = settle(&before, invocation, completion.or(counted), now);

    let late = before.state.is_terminal() && !before.ended_by_reply;
    let mut kept = steps.len();
    for (name, result) in reply.runtime_status.into_iter().flatten() {
        let Ok(name) = name.parse::<StepName>() else { continue };
        let known = steps.iter().find(|step| step.name == name);
        let result = bounded(result.into());
        let news = match known {
            None => kept < MAX_STEPS,
            Some(step) => !step.result.status.is_terminal() && step.result != result,
        };
        if news {
            kept += usize::from(known.is_none());
            decision.batch.write(Write::PutStep(Box::new(StepRow { key: before.key.clone(), name, result, late })));
        }
    }
    // The rows of steps hang on the invocation: its revision guards them too.
    if !decision.batch.is_empty() && decision.batch.writes.iter().all(|write| matches!(write, Write::PutStep(_))) {
        decision.batch.write(Write::PutInvocation(Box::new(before)));
    }
    decision
}

/// A peer chose these texts: no row is larger than the limits of the protocol.
fn bounded(mut result: StepResult) -> StepResult {
    for (text, most) in [
        (&mut result.standard_output, MAX_STREAM_BYTES),
        (&mut result.standard_error, MAX_STREAM_BYTES),
        (&mut result.output, MAX_OUTPUT_BYTES),
    ] {
        text.truncate(text.floor_char_boundary(most));
    }
    result
}

impl Invocation {
    /// What an operator sees: an unsent invocation of a cancelled command shows as Cancelled at once, before the dispatcher
    /// has come to it.
    #[must_use]
    pub fn visible_state(&self, command_cancelled: bool) -> InvocationState {
        if command_cancelled && self.state.is_unsent() {
            InvocationState::Ended(InvocationOutcome::Cancelled)
        } else {
            self.state
        }
    }
}
