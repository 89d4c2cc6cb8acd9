//! Input: a command's dispatcher looks after it.

use uuid::Uuid;

use super::{Decision, Write};
use crate::command::{InvocationEvent, Tally};
use crate::record::{CancelDelivery, Command, Completion, CompletionRow, Invocation};
use crate::time::Timestamp;

/// What a dispatcher reads of its command.
#[derive(Debug)]
pub struct DispatchView<'a> {
    /// The command.
    pub command: &'a Command,
    /// What happened to its invocations and is not folded yet; a bounded number.
    pub completions: &'a [CompletionRow],
    /// For a cancelled command: a portion of its invocations that have not ended and are not Cancelling. For one stopped by
    /// MaxErrors: of those that are unsent. Else empty.
    pub to_end: &'a [Invocation],
    /// Invocations that may be released: their node polls, or has asked. At most [`room_to_release`] of them count.
    pub candidates: &'a [Invocation],
}

/// How many invocations may be released at `now`, once these completions are folded: what MaxConcurrency, the ramp-up, MaxErrors
/// and the delivery deadline leave.
///
/// The ramp-up begins with one; as many more may be under way as twice those whose agent has acknowledged or answered.
/// Source: user guide, "Using targets and rate controls": one, then two, then growing exponentially.
#[must_use]
pub fn room_to_release(command: &Command, completions: &[CompletionRow], now: Timestamp) -> usize {
    // The tally alone: the command, with all its parameters, is not copied for a look.
    let mut tally = command.tally;
    completions.iter().for_each(|row| tally.fold(&row.completion));
    room(command, &tally, now)
}

fn room(command: &Command, tally: &Tally, now: Timestamp) -> usize {
    let Some(targets) = command.targets() else { return 0 };
    if command.is_closed() || exceeds_max_errors(command, tally) || now >= command.delivery_deadline {
        return 0;
    }
    let ramp = tally.answered.saturating_mul(2).max(1);
    let bound = command.max_concurrency.resolve(targets).min(ramp);
    bound.saturating_sub(tally.in_flight) as usize
}

fn exceeds_max_errors(command: &Command, tally: &Tally) -> bool {
    command.targets().is_some_and(|targets| tally.errors() > command.max_errors.resolve(targets))
}

/// Folds what happened, then stops, cancels or releases, and ends the command when everything has ended. Every write of the
/// command depends on its revision, so that two dispatchers never both pass: the revision is the fence.
///
/// `fresh` mints UUIDs for cancel messages. Read again and call again until the decision is empty: then there is nothing to do
/// until the next hint.
#[must_use]
pub fn dispatch(view: &DispatchView<'_>, fresh: &mut dyn FnMut() -> Uuid, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing();
    let mut command = view.command.clone();
    let mut released = false;
    for row in view.completions {
        command.fold(&row.completion);
        let (account, number, sequence) = (command.account.clone(), command.number, row.sequence);
        decision.batch.write(Write::RemoveCompletion { account, number, sequence });
    }
    if command.ended.is_none() && command.stopped_at.is_none() && exceeds_max_errors(&command, &command.tally) {
        command.stopped_at = Some(now);
    }
    if command.cancel_requested_at.is_some() {
        for invocation in view.to_end {
            let completion = cancel_one(invocation.clone(), fresh, now, &mut decision);
            completion.iter().for_each(|completion| command.fold(completion));
        }
    } else if command.stopped_at.is_some() {
        for invocation in view.to_end {
            terminate_one(invocation.clone(), &mut command, now, &mut decision);
        }
    } else {
        for invocation in view.candidates.iter().take(room(&command, &command.tally, now)) {
            released |= release_one(invocation.clone(), &mut command, now, &mut decision);
        }
    }
    if command.ended.is_none()
        && let Some(outcome) = command.rolled_up()
    {
        command.ended = Some((outcome, now));
    }
    // A release is written with the command even when one slot came back and one went out: its revision is the fence against a
    // cancel and against another dispatcher.
    if released || command != *view.command {
        if command.status() != view.command.status() {
            decision.publish_command(&command, now);
        }
        decision.batch.write(Write::PutCommand(Box::new(command)));
    }
    decision
}

/// Whether the decision stops the command by MaxErrors, so that its unsent invocations are to be ended next.
#[must_use]
pub fn stops(decision: &Decision, before: &Command) -> bool {
    before.stopped_at.is_none()
        && decision.batch.writes.iter().any(|write| match write {
            Write::PutCommand(command) => command.stopped_at.is_some() && command.ended.is_none(),
            _ => false,
        })
}

/// Cancels one invocation, and tells its node if an agent may have it. Answers what to fold.
pub(super) fn cancel_one(
    mut invocation: Invocation,
    fresh: &mut dyn FnMut() -> Uuid,
    now: Timestamp,
    decision: &mut Decision,
) -> Option<Completion> {
    let Ok(completion) = invocation.apply(InvocationEvent::CancelRequested, now) else {
        // Ended or Cancelling already.
        return None;
    };
    if !invocation.state.is_terminal() {
        invocation.cancel = Some(CancelDelivery::new(fresh()));
        decision.hint(&invocation.key.account, &invocation.key.instance);
    }
    decision.publish_invocation(&invocation, now);
    decision.wake_at(invocation.due_at());
    decision.batch.write(Write::PutInvocation(Box::new(invocation)));
    completion
}

fn terminate_one(mut invocation: Invocation, command: &mut Command, now: Timestamp, decision: &mut Decision) {
    let Ok(completion) = invocation.apply(InvocationEvent::ErrorLimitExceeded, now) else { return };
    completion.iter().for_each(|completion| command.fold(completion));
    decision.publish_invocation(&invocation, now);
    decision.batch.write(Write::PutInvocation(Box::new(invocation)));
}

fn release_one(mut invocation: Invocation, command: &mut Command, now: Timestamp, decision: &mut Decision) -> bool {
    // A node that was away waits for a request, too, before its first release.
    let first_time = !invocation.waits_for_request || invocation.requested_at == command.requested_at;
    let Ok(completion) = invocation.apply(InvocationEvent::Released, now) else { return false };
    completion.iter().for_each(|completion| command.fold(completion));
    invocation.waits_for_request = false;
    invocation.presence_check_pending = false;
    if first_time {
        invocation.requested_at = now;
    }
    command.tally.in_flight += 1;
    decision.hint(&invocation.key.account, &invocation.key.instance);
    decision.wake_at(invocation.due_at());
    // The command's own revision says that it is still open.
    decision.batch.write(Write::PutInvocation(Box::new(invocation)));
    true
}
