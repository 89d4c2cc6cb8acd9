//! Releases: the ramp-up, MaxConcurrency, what a slot waits for, and who may decide.

use super::given::{
    HANDED_OUT, account, after, at, command, command_in, fresh, instance, invocations_in, limits, queued,
};
use crate::command::{CommandStatus, InvocationEvent as E, InvocationOutcome as O, InvocationState as S};
use crate::engine::{Decision, DispatchView, Effect, Write, dispatch, room_to_release};
use crate::record::{Command, Completion, CompletionRow, Invocation, InvocationKey};

fn completion(command: &Command, n: usize, first_answer: bool, ended: Option<O>) -> Completion {
    let key = InvocationKey { account: account(), number: command.number, instance: instance(n) };
    Completion { key, first_answer, gave_slot_back: ended.is_some(), delay: None, ended }
}

fn rows(completions: impl IntoIterator<Item = Completion>) -> Vec<CompletionRow> {
    let numbered = (1..).zip(completions);
    numbered.map(|(sequence, completion)| CompletionRow { sequence, completion }).collect()
}

fn all_queued(command: &Command, targets: usize) -> Vec<Invocation> {
    (1..=targets).map(|n| queued(command, n)).collect()
}

fn decide(command: &Command, completions: &[CompletionRow], candidates: &[Invocation], second: u64) -> Decision {
    let view = DispatchView { command, completions, to_end: &[], candidates };
    dispatch(&view, &mut fresh(), at(second))
}

/// The command with its tally as if so many were under way and had answered.
fn under_way(command: &Command, in_flight: u32, answered: u32) -> Command {
    let mut command = command.clone();
    command.tally.in_flight = in_flight;
    command.tally.answered = answered;
    command
}

#[test]
fn the_first_release_is_one_invocation_with_all_that_follows() {
    let command = command(3, |_| {});
    let candidates = all_queued(&command, 3);
    let decision = decide(&command, &[], &candidates, 5);
    let mut released = candidates[0].clone();
    released.state = S::Released;
    released.since = at(5);
    released.requested_at = at(5);
    let mut after = command.clone();
    after.tally.in_flight = 1;
    assert_eq!(decision.batch.conditions, [], "the command's revision is the fence");
    assert_eq!(decision.batch.writes, [Write::PutInvocation(Box::new(released)), Write::PutCommand(Box::new(after))]);
    assert_eq!(decision.effects[0], Effect::Hint { account: account(), instance: instance(1) });
    assert_eq!(decision.effects[1], Effect::WakeAt(at(65)));
    assert!(matches!(decision.effects[2], Effect::Publish(_)), "Pending has become InProgress");
}

#[test]
fn the_ramp_up_is_one_two_four_eight_up_to_max_concurrency() {
    let command = command(40, |new| limits(new, "10", "0"));
    let mut released = Vec::new();
    let (mut in_flight, mut answered) = (0, 0);
    for _ in 0..6 {
        let room = room_to_release(&under_way(&command, in_flight, answered), &[], at(1));
        in_flight += u32::try_from(room).unwrap();
        released.push(in_flight);
        answered = in_flight;
    }
    assert_eq!(released, [1, 2, 4, 8, 10, 10]);
}

#[test]
fn max_concurrency_is_a_count_or_a_percentage_of_the_targets() {
    for (targets, limit, wanted) in
        [(40, "7", 7), (40, "50%", 20), (3, "50%", 1), (40, "1%", 1), (5, "100%", 5), (5, "50", 50)]
    {
        let command = command(targets, |new| limits(new, limit, "0"));
        assert_eq!(room_to_release(&under_way(&command, 0, 1000), &[], at(1)), wanted, "{limit} of {targets}");
        let full = under_way(&command, u32::try_from(wanted).unwrap(), 1000);
        assert_eq!(room_to_release(&full, &[], at(1)), 0);
    }
}

#[test]
fn no_more_are_released_than_there_is_room_for_however_many_candidates_there_are() {
    let command = under_way(&command(9, |new| limits(new, "3", "0")), 1, 9);
    let decision = decide(&command, &[], &all_queued(&command, 9), 1);
    assert_eq!(invocations_in(&decision.batch).len(), 2);
    assert_eq!(command_in(&decision.batch).unwrap().tally.in_flight, 3);
}

#[test]
fn what_is_not_folded_yet_counts_for_the_room() {
    let command = under_way(&command(9, |new| limits(new, "2", "9")), 2, 2);
    let ends =
        rows([completion(&command, 1, false, Some(O::Success)), completion(&command, 2, false, Some(O::Failed))]);
    assert_eq!(room_to_release(&command, &[], at(1)), 0);
    assert_eq!(room_to_release(&command, &ends[..1], at(1)), 1);
    assert_eq!(room_to_release(&command, &ends, at(1)), 2);
}

#[test]
fn completions_are_folded_and_deleted_in_the_same_batch() {
    let command = under_way(&command(2, |_| {}), 2, 0);
    let completions = rows([completion(&command, 1, true, None), completion(&command, 1, false, Some(O::Success))]);
    let decision = decide(&command, &completions, &[], 1);
    let tally = command_in(&decision.batch).unwrap().tally;
    assert_eq!((tally.in_flight, tally.answered, tally.completed, tally.succeeded), (1, 1, 1, 1));
    let removed = decision.batch.writes.iter().filter_map(|write| match write {
        Write::RemoveCompletion { sequence, .. } => Some(*sequence),
        _ => None,
    });
    assert_eq!(removed.collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_slot_that_came_back_unfetched_passes_on_at_once() {
    let command = under_way(&command(2, |_| {}), 1, 0);
    let mut back = completion(&command, 1, false, None);
    back.gave_slot_back = true;
    let decision = decide(&command, &rows([back]), &[queued(&command, 2)], 1);
    assert_eq!(invocations_in(&decision.batch)[0].key.instance, instance(2));
    // One slot came back and one went out. The command's row says the same as before, and is written all the same: its revision is
    // the fence against a cancel.
    assert_eq!(command_in(&decision.batch).unwrap().tally, command.tally);
    assert!(decision.batch.writes.iter().any(|write| matches!(write, Write::RemoveCompletion { sequence: 1, .. })));
}

#[test]
fn nothing_is_released_from_the_delivery_deadline_on() {
    let command = command(1, |_| {});
    assert_eq!(room_to_release(&command, &[], at(3599)), 1);
    assert_eq!(room_to_release(&command, &[], at(3600)), 0);
    assert_eq!(decide(&command, &[], &[queued(&command, 1)], 3600), Decision::nothing());
}

#[test]
fn a_closed_command_has_no_room() {
    let open = command(2, |_| {});
    for close in [
        |command: &mut Command| command.cancel_requested_at = Some(at(1)),
        |command: &mut Command| command.stopped_at = Some(at(1)),
        |command: &mut Command| command.ended = Some((crate::command::CommandOutcome::Success, at(1))),
    ] {
        let mut closed = open.clone();
        close(&mut closed);
        assert_eq!(room_to_release(&closed, &[], at(1)), 0);
    }
}

#[test]
fn two_dispatchers_that_read_the_same_write_the_same_revision_so_that_one_is_refused() {
    let command = command(3, |_| {});
    let (first, second) = (queued(&command, 1), queued(&command, 2));
    let one = decide(&command, &[], &[first], 1);
    let other = decide(&command, &[], &[second], 1);
    for decision in [&one, &other] {
        assert_eq!(command_in(&decision.batch).unwrap().revision, command.revision);
    }
}

#[test]
fn a_candidate_that_cannot_be_released_takes_no_slot() {
    let command = command(1, |_| {});
    for events in [&HANDED_OUT[..], &HANDED_OUT[..1], &[(1, E::CancelRequested)]] {
        let decision = decide(&command, &[], &[after(&command, 1, events)], 2);
        assert_eq!(decision, Decision::nothing());
    }
}

#[test]
fn a_second_release_keeps_the_time_of_the_first() {
    let command = command(1, |_| {});
    let mut again = queued(&command, 1);
    again.waits_for_request = true;
    again.requested_at = at(10);
    let decision = decide(&command, &[], &[again], 100);
    let row = invocations_in(&decision.batch)[0];
    assert_eq!((row.requested_at, row.since, row.waits_for_request), (at(10), at(100), false));
}

#[test]
fn a_node_that_was_away_gets_the_time_of_its_first_release() {
    let command = command(1, |_| {});
    let mut delayed = after(&command, 1, &[(60, E::PollMissed)]);
    delayed.waits_for_request = true;
    let decision = decide(&command, &[], &[delayed], 100);
    assert_eq!(invocations_in(&decision.batch)[0].requested_at, at(100));
}

#[test]
fn nothing_to_do_is_an_empty_decision() {
    let command = under_way(&command(2, |_| {}), 1, 0);
    assert_eq!(decide(&command, &[], &all_queued(&command, 2), 1), Decision::nothing());
    assert_eq!(command.status().0, CommandStatus::InProgress);
}
