//! Input: the operator cancels a command, or some of its invocations.

use uuid::Uuid;

use super::dispatch::cancel_one;
use super::{Decision, Write};
use crate::ids::InstanceId;
use crate::record::{Command, Invocation};
use crate::time::Timestamp;

/// Why a cancel is refused. Nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CancelRefusal {
    /// A named instance has no invocation of the command.
    #[error("instance {0} is not a target of the command")]
    NotATarget(InstanceId),
}

/// Marks the whole command. From this commit on nothing of it is expanded, released or handed out; its dispatcher ends the
/// unsent invocations in portions and sends cancel messages for the others. A command that is over stays as it is.
#[must_use]
pub fn cancel_command(command: &Command, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing();
    if command.ended.is_some() {
        return decision;
    }
    // Also for a repetition: the first one's hint may have been lost.
    decision.dispatch(&command.account, command.number);
    if command.cancel_requested_at.is_none() {
        let mut marked = command.clone();
        marked.cancel_requested_at = Some(now);
        decision.publish_command(&marked, now);
        let (account, number) = (command.account.clone(), command.number);
        decision.batch.write(Write::MarkCancelled { account, number, at: now });
    }
    decision
}

/// Cancels the named invocations, at most 50, in one commit. Those that are over stay as they are.
///
/// # Errors
/// [`CancelRefusal::NotATarget`] when one of them does not exist.
pub fn cancel_invocations(
    named: Vec<(InstanceId, Option<Invocation>)>,
    fresh: &mut dyn FnMut() -> Uuid,
    now: Timestamp,
) -> Result<Decision, CancelRefusal> {
    let mut decision = Decision::nothing();
    for (instance, invocation) in named {
        let invocation = invocation.ok_or(CancelRefusal::NotATarget(instance))?;
        let (account, number) = (invocation.key.account.clone(), invocation.key.number);
        if let Some(completion) = cancel_one(invocation, fresh, now, &mut decision) {
            decision.batch.write(Write::AddCompletion(completion));
            decision.dispatch(&account, number);
        }
    }
    Ok(decision)
}
