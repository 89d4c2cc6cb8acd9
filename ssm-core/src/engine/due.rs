//! Input: time alone.

use super::Decision;
use super::acknowledge::settle;
use crate::command::{InvocationEvent, InvocationState};
use crate::record::{Invocation, Node};
use crate::time::Timestamp;

/// What the passing of time does to an invocation whose [`due_at`](Invocation::due_at) has come: it expires, shows as Delayed,
/// gives an unfetched slot back, counts for the ramp-up though its agent is silent, or ends a cancel that its agent took but did not answer. `node` tells whether it polls.
#[must_use]
pub fn due(invocation: &Invocation, node: Option<&Node>, now: Timestamp) -> Decision {
    if invocation.due_at().is_none_or(|at| at > now) {
        return Decision::nothing();
    }
    let mut changed = invocation.clone();
    // A node that polls has noted one within the last `PRESENCE_STEP` and the length of a poll, which is less than this.
    let polls = node.and_then(|node| node.polled_at).is_some_and(|at| now.since(at) < Invocation::POLL_TIME);
    let event = if now >= invocation.expires_at {
        InvocationEvent::Expired
    } else {
        match invocation.state {
            InvocationState::Queued if polls => {
                changed.presence_check_pending = false;
                return settle(invocation, changed, None, now);
            }
            InvocationState::Queued => InvocationEvent::PollMissed,
            InvocationState::Released => InvocationEvent::NotFetched { polled: polls },
            InvocationState::Cancelling if invocation.cancel_unanswered_at().is_some_and(|at| at <= now) => {
                InvocationEvent::CancelUnanswered
            }
            // An agent that does not answer must not hold up the others: the ramp goes on without it.
            InvocationState::HandedOut | InvocationState::Cancelling => {
                let counted = changed.count_as_answered();
                return settle(invocation, changed, counted, now);
            }
            _ => return Decision::nothing(),
        }
    };
    let Ok(completion) = changed.apply(event, now) else { return Decision::nothing() };
    changed.presence_check_pending = false;
    changed.waits_for_request = matches!(changed.state, InvocationState::Queued | InvocationState::Delayed);
    settle(invocation, changed, completion, now)
}
