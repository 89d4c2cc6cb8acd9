//! How a dispatcher stops, cancels and ends a command.

use super::given::{
    HANDED_OUT, account, after, at, command, command_in, fresh, instance, invocations_in, limits, queued,
};
use crate::command::{CommandStatus, InvocationEvent as E, InvocationOutcome as O, InvocationState as S};
use crate::engine::{Decision, DispatchView, Effect, Write, dispatch};
use crate::record::{Command, Completion, CompletionRow, Invocation, InvocationKey};

fn ends(command: &Command, outcomes: &[O]) -> Vec<CompletionRow> {
    let row = |(index, &outcome): (usize, &O)| {
        let key = InvocationKey { account: account(), number: command.number, instance: instance(index + 1) };
        let completion =
            Completion { key, first_answer: true, gave_slot_back: true, delay: None, ended: Some(outcome) };
        CompletionRow { sequence: index as u64, completion }
    };
    outcomes.iter().enumerate().map(row).collect()
}

fn decide(command: &Command, completions: &[CompletionRow], to_end: &[Invocation], second: u64) -> Decision {
    let view = DispatchView { command, completions, to_end, candidates: &[] };
    dispatch(&view, &mut fresh(), at(second))
}

/// The command as the store has it after the decision.
fn then(decision: &Decision) -> Command {
    let mut command = command_in(&decision.batch).unwrap().clone();
    command.revision = command.revision.next();
    command
}

#[test]
fn one_error_more_than_max_errors_stops_the_command_and_as_many_do_not() {
    for (limit, errors, stops) in
        [("0", 1, true), ("1", 1, false), ("1", 2, true), ("10%", 2, false), ("10%", 3, true), ("100%", 20, false)]
    {
        let command = command(20, |new| limits(new, "50", limit));
        let decision = decide(&command, &ends(&command, &vec![O::Failed; errors]), &[], 9);
        assert_eq!(then(&decision).stopped_at, stops.then_some(at(9)), "{errors} of {limit}");
    }
}

#[test]
fn failures_and_execution_timeouts_are_errors_and_nothing_else_is() {
    use O::{
        AccessDenied, Cancelled, DeliveryTimedOut, ExecutionTimedOut, Failed, InvalidPlatform, Success, Terminated,
        Undeliverable,
    };
    for (outcome, counts) in [
        (Failed, true),
        (ExecutionTimedOut, true),
        (Success, false),
        (DeliveryTimedOut, false),
        (Cancelled, false),
        (Undeliverable, false),
        (Terminated, false),
        (InvalidPlatform, false),
        (AccessDenied, false),
    ] {
        let command = command(9, |_| {});
        let decision = decide(&command, &ends(&command, &[outcome]), &[], 1);
        assert_eq!(then(&decision).stopped_at.is_some(), counts, "{outcome:?}");
        assert_eq!(then(&decision).tally.completed, 1);
    }
}

#[test]
fn a_stop_and_its_error_are_one_batch_that_releases_nothing() {
    let command = command(3, |_| {});
    let (completions, candidates) = (ends(&command, &[O::Failed]), [queued(&command, 2)]);
    let view = DispatchView { command: &command, completions: &completions, to_end: &[], candidates: &candidates };
    let decision = dispatch(&view, &mut fresh(), at(1));
    assert!(invocations_in(&decision.batch).is_empty());
    assert!(then(&decision).stopped_at.is_some());
}

#[test]
fn a_stopped_command_terminates_what_is_unsent_in_portions_and_counts_it() {
    let mut command = command(4, |_| {});
    command.tally.in_flight = 1;
    command = then(&decide(&command, &ends(&command, &[O::Failed]), &[], 1));
    command.tally.in_flight = 1;
    let mut fetched = after(&command, 3, &HANDED_OUT[..1]);
    fetched.requested_at = at(0);
    let first = decide(&command, &[], &[queued(&command, 2), fetched], 2);
    let states: Vec<_> = invocations_in(&first.batch).into_iter().map(|it| it.state).collect();
    assert_eq!(states, [S::Ended(O::Terminated); 2]);
    assert!(!first.batch.writes.iter().any(|write| matches!(write, Write::AddCompletion(_))), "folded at once");
    let command = then(&first);
    assert_eq!((command.tally.completed, command.tally.in_flight, command.ended), (3, 0, None));
    let last = decide(&command, &[], &[after(&command, 4, &[(1, E::PollMissed)])], 3);
    assert_eq!(then(&last).status(), (CommandStatus::Failed, "Failed"));
}

#[test]
fn a_stop_leaves_alone_what_an_agent_has() {
    let mut command = command(2, |_| {});
    command.stopped_at = Some(at(1));
    assert_eq!(decide(&command, &[], &[after(&command, 1, &HANDED_OUT)], 2), Decision::nothing());
}

#[test]
fn a_cancelled_command_ends_its_unsent_invocations_and_sends_cancel_messages_for_the_others() {
    let mut command = command(4, |_| {});
    command.cancel_requested_at = Some(at(1));
    command.tally.in_flight = 2;
    let running = after(&command, 3, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::Acknowledged)]);
    let delayed = after(&command, 2, &[(1, E::PollMissed)]);
    let portion = [after(&command, 1, &HANDED_OUT[..1]), delayed, running];
    let decision = decide(&command, &[], &portion, 5);
    let written = invocations_in(&decision.batch);
    let states: Vec<_> = written.iter().map(|it| it.state).collect();
    assert_eq!(states, [S::Ended(O::Cancelled), S::Ended(O::Cancelled), S::Cancelling]);
    let cancel = written[2].cancel.as_ref().unwrap();
    assert_eq!((cancel.uuid.as_u128(), cancel.first_handed_out_at, cancel.delivered), (1, None, false));
    assert_ne!(cancel.uuid, command.id.uuid());
    let hints = decision.effects.iter().filter(|effect| matches!(effect, Effect::Hint { .. }));
    assert_eq!(hints.collect::<Vec<_>>(), [&Effect::Hint { account: account(), instance: instance(3) }]);
    let command = then(&decision);
    assert_eq!((command.tally.completed, command.tally.cancelled, command.tally.in_flight), (2, 2, 1));
    assert_eq!(command.status(), (CommandStatus::Cancelling, "Cancelling"));
    let last = decide(&command, &[], &[queued(&command, 4)], 6);
    assert_eq!(then(&last).ended, None, "one is Cancelling still");
}

#[test]
fn a_cancelled_command_ends_cancelled_with_its_last_invocation() {
    let mut command = command(2, |_| {});
    command.cancel_requested_at = Some(at(1));
    command.tally.in_flight = 2;
    let decision = decide(&command, &ends(&command, &[O::Success, O::Failed]), &[], 5);
    assert_eq!(then(&decision).status(), (CommandStatus::Cancelled, "Cancelled"));
    assert!(decision.effects.iter().any(|effect| matches!(effect, Effect::Publish(_))));
}

#[test]
fn the_end_of_the_last_invocation_ends_the_command() {
    for (outcomes, max_errors, wanted) in [
        (&[O::Success, O::Success][..], "0", (CommandStatus::Success, "Success")),
        (&[O::Success, O::Failed], "0", (CommandStatus::Failed, "Failed")),
        (&[O::Success, O::Failed], "2", (CommandStatus::Failed, "Incomplete")),
        (&[O::Success, O::ExecutionTimedOut], "1", (CommandStatus::Failed, "Failed")),
        (&[O::Success, O::DeliveryTimedOut], "0", (CommandStatus::TimedOut, "DeliveryTimedOut")),
        (&[O::Success, O::Undeliverable], "0", (CommandStatus::Success, "Success")),
        (&[O::AccessDenied, O::AccessDenied], "0", (CommandStatus::Failed, "AccessDenied")),
    ] {
        let command = command(2, |new| limits(new, "50", max_errors));
        let first = decide(&command, &ends(&command, &outcomes[..1]), &[], 7);
        assert_eq!(then(&first).ended, None);
        let both = decide(&command, &ends(&command, outcomes), &[], 8);
        assert_eq!(then(&both).status(), wanted, "{outcomes:?}");
        assert_eq!(then(&both).ended.unwrap().1, at(8));
    }
}

#[test]
fn a_command_that_is_over_takes_late_completions_and_stays_as_it_ended() {
    let command = command(1, |_| {});
    let ended = then(&decide(&command, &ends(&command, &[O::Success]), &[], 1));
    let mut late = ends(&command, &[O::Success]);
    late[0].completion.ended = None;
    late[0].completion.gave_slot_back = false;
    let decision = decide(&ended, &late, &[], 2);
    assert_eq!(then(&decision).ended, ended.ended);
    assert_eq!(decide(&ended, &[], &[], 3), Decision::nothing());
}
