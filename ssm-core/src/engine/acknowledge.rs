//! Inputs: an agent acknowledges a message, fails it, or deletes it.

use super::{Decision, Write};
use crate::command::InvocationEvent;
use crate::record::{Addressed, CancelDelivery, Completion, Invocation};
use crate::time::Timestamp;

/// The agent has the message: it is not handed out again. What is unknown or over changes nothing.
#[must_use]
pub fn acknowledge(addressed: Addressed, now: Timestamp) -> Decision {
    match addressed {
        Addressed::Command(invocation) if invocation.first_handed_out_at.is_none() => Decision::nothing(),
        Addressed::Command(mut invocation) => {
            let before = invocation.clone();
            let completion = invocation.apply(InvocationEvent::Acknowledged, now).unwrap_or_default();
            let counted = invocation.note_taken(now);
            settle(&before, invocation, completion.or(counted), now)
        }
        Addressed::Cancel(invocation) => cancel_taken(invocation, now),
    }
}

/// The agent could not handle the message: the command ends Failed there, with the reason kept; a cancel message just ends.
#[must_use]
pub fn fail(addressed: Addressed, reason: &str, now: Timestamp) -> Decision {
    match addressed {
        Addressed::Command(mut invocation) => {
            let before = invocation.clone();
            let Ok(completion) = invocation.apply(InvocationEvent::DeliveryFailed, now) else {
                return Decision::nothing();
            };
            invocation.trace = reason.chars().take(Invocation::MAX_TRACE).collect();
            settle(&before, invocation, completion, now)
        }
        Addressed::Cancel(mut invocation) => {
            let before = invocation.clone();
            if let Some(cancel) = open_cancel(&mut invocation) {
                cancel.delivered = true;
            }
            settle(&before, invocation, None, now)
        }
    }
}

/// The message is not handed out again; nothing else changes.
#[must_use]
pub fn delete(addressed: Addressed, now: Timestamp) -> Decision {
    let (before, mut invocation, of_cancel) = match addressed {
        Addressed::Command(invocation) => (invocation.clone(), invocation, false),
        Addressed::Cancel(invocation) => (invocation.clone(), invocation, true),
    };
    if !of_cancel {
        invocation.delivered |= invocation.first_handed_out_at.is_some();
    } else if let Some(cancel) = open_cancel(&mut invocation) {
        cancel.delivered = true;
    }
    settle(&before, invocation, None, now)
}

/// An acknowledgement or a reply of a cancel message: from now on the agent has 60 seconds for the command's own reply.
pub(super) fn cancel_taken(mut invocation: Invocation, now: Timestamp) -> Decision {
    let before = invocation.clone();
    if let Some(cancel) = open_cancel(&mut invocation) {
        cancel.delivered = true;
        cancel.answered_at.get_or_insert(now);
    }
    settle(&before, invocation, None, now)
}

/// The cancel message, as long as an answer to it means something: it was handed out, and the invocation is not over.
fn open_cancel(invocation: &mut Invocation) -> Option<&mut CancelDelivery> {
    let over = invocation.state.is_terminal();
    invocation.cancel.as_mut().filter(|cancel| !over && cancel.first_handed_out_at.is_some())
}

/// Writes the invocation if it has changed, and what follows from the change.
pub(super) fn settle(
    before: &Invocation,
    invocation: Invocation,
    completion: Option<Completion>,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::nothing();
    if invocation == *before {
        return decision;
    }
    if invocation.state != before.state {
        decision.publish_invocation(&invocation, now);
    }
    decision.wake_at(invocation.due_at());
    if before.slot_until().is_some() && invocation.slot_until().is_none() {
        // A poll may wait for the slot.
        decision.hint(&invocation.key.account, &invocation.key.instance);
    }
    if let Some(completion) = completion {
        decision.dispatch(&invocation.key.account, invocation.key.number);
        decision.batch.write(Write::AddCompletion(completion));
    }
    decision.batch.write(Write::PutInvocation(Box::new(invocation)));
    decision
}
