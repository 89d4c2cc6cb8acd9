//! The operator cancels a command, or some of its invocations.

use super::given::{
    HANDED_OUT, account, after, at, command, command_in, fresh, handed_out, instance, invocations_in, queued,
};
use crate::command::{
    CommandOutcome, CommandStatus, InvocationEvent as E, InvocationOutcome as O, InvocationState as S,
};
use crate::engine::{CancelRefusal, Change, Decision, Effect, Write, cancel_command, cancel_invocations};
use crate::ids::InstanceId;
use crate::record::{Command, Completion, Invocation};

fn named(invocations: Vec<Invocation>) -> Vec<(InstanceId, Option<Invocation>)> {
    invocations.into_iter().map(|invocation| (invocation.key.instance.clone(), Some(invocation))).collect()
}

#[test]
fn a_cancel_of_the_whole_command_is_one_mark() {
    let command = command(3, |_| {});
    let decision = cancel_command(&command, at(5));
    let marked = Command { cancel_requested_at: Some(at(5)), ..command.clone() };
    let mark = Write::MarkCancelled { account: account(), number: command.number, at: at(5) };
    assert_eq!((decision.batch.conditions, decision.batch.writes), (vec![], vec![mark]));
    let published = Change::Command {
        account: account(),
        command: command.id,
        document: command.document.name.clone(),
        status: CommandStatus::Cancelling,
        details: "Cancelling",
        at: at(5),
        notice: None,
    };
    let dispatch = Effect::Dispatch { account: account(), number: command.number };
    assert_eq!(decision.effects, [dispatch, Effect::Publish(published)]);
    assert!(marked.is_closed());
}

#[test]
fn a_repeated_cancel_changes_nothing_and_wakes_the_dispatcher_again() {
    let marked = Command { cancel_requested_at: Some(at(5)), ..command(1, |_| {}) };
    let decision = cancel_command(&marked, at(6));
    assert!(decision.batch.is_empty());
    assert_eq!(decision.effects, [Effect::Dispatch { account: account(), number: marked.number }]);
}

#[test]
fn a_command_that_is_over_stays_as_it_is() {
    let ended = Some((CommandOutcome::Success, at(4)));
    for cancel_requested_at in [None, Some(at(3))] {
        let over = Command { ended, cancel_requested_at, ..command(1, |_| {}) };
        assert_eq!(cancel_command(&over, at(6)), Decision::nothing());
    }
}

#[test]
fn a_stopped_command_can_be_cancelled_while_some_of_it_runs() {
    let stopped = Command { stopped_at: Some(at(4)), ..command(1, |_| {}) };
    let mark = Write::MarkCancelled { account: account(), number: stopped.number, at: at(6) };
    assert_eq!(cancel_command(&stopped, at(6)).batch.writes, [mark]);
}

#[test]
fn unsent_invocations_of_a_cancelled_command_show_as_cancelled_at_once() {
    let command = command(1, |_| {});
    for events in [&[][..], &[(1, E::PollMissed)], &HANDED_OUT[..1]] {
        let unsent = after(&command, 1, events);
        assert_eq!(unsent.visible_state(true), S::Ended(O::Cancelled));
        assert_eq!(unsent.visible_state(false), unsent.state);
    }
    assert_eq!(handed_out().visible_state(true), S::HandedOut);
    assert_eq!(after(&command, 1, &[(9000, E::Expired)]).visible_state(true), S::Ended(O::DeliveryTimedOut));
}

#[test]
fn named_invocations_are_cancelled_in_one_commit_each_by_its_stage() {
    let command = command(4, |_| {});
    let running = after(&command, 3, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::Acknowledged)]);
    let all = vec![queued(&command, 1), after(&command, 2, &HANDED_OUT[..1]), running];
    let decision = cancel_invocations(named(all), &mut fresh(), at(5)).unwrap();
    let states: Vec<_> = invocations_in(&decision.batch).into_iter().map(|it| it.state).collect();
    assert_eq!(states, [S::Ended(O::Cancelled), S::Ended(O::Cancelled), S::Cancelling]);
    let told: Vec<_> = decision
        .batch
        .writes
        .iter()
        .filter_map(|write| match write {
            Write::AddCompletion(completion) => Some((completion.gave_slot_back, completion.ended)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(false, Some(O::Cancelled)), (true, Some(O::Cancelled))], "only a released one held a slot");
    assert!(command_in(&decision.batch).is_none(), "the command's row is the dispatcher's");
}

#[test]
fn an_invocation_that_an_agent_has_gets_a_cancel_message_and_its_node_a_hint() {
    let invocation = handed_out();
    let decision = cancel_invocations(named(vec![invocation.clone()]), &mut fresh(), at(5)).unwrap();
    let row = invocations_in(&decision.batch)[0];
    assert!(row.cancel_in_mailbox());
    assert_eq!(row.cancel.as_ref().unwrap().uuid.as_u128(), 1);
    assert_eq!(row.visible_at(), crate::time::Timestamp::MIN, "at once, though the command's message is hidden");
    assert_eq!(row.revision, invocation.revision);
    assert_eq!(decision.batch.writes.len(), 1, "nothing ended: no completion");
    assert!(decision.effects.contains(&Effect::Hint { account: account(), instance: instance(1) }));
}

#[test]
fn an_unsent_one_needs_no_message() {
    let command = command(1, |_| {});
    let decision =
        cancel_invocations(named(vec![queued(&command, 1)]), &mut || panic!("no id is needed"), at(5)).unwrap();
    let row = invocations_in(&decision.batch)[0];
    assert_eq!((row.cancel.is_none(), row.ended_at, row.delivered), (true, Some(at(5)), true));
    let completion = Completion {
        key: row.key.clone(),
        first_answer: false,
        gave_slot_back: false,
        delay: None,
        ended: Some(O::Cancelled),
    };
    assert!(decision.batch.writes.contains(&Write::AddCompletion(completion)));
    assert!(decision.effects.contains(&Effect::Dispatch { account: account(), number: command.number }));
}

#[test]
fn invocations_that_are_over_or_cancelling_stay_as_they_are() {
    let command = command(3, |_| {});
    let over = after(&command, 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::Finished(O::Success))]);
    let cancelling = after(&command, 2, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    let decision = cancel_invocations(named(vec![over, cancelling]), &mut fresh(), at(5)).unwrap();
    assert_eq!(decision, Decision::nothing());
}

#[test]
fn an_instance_that_is_no_target_refuses_the_whole_cancel() {
    let command = command(1, |_| {});
    let asked = vec![(instance(1), Some(queued(&command, 1))), (instance(7), None)];
    let refusal = cancel_invocations(asked, &mut fresh(), at(5)).unwrap_err();
    assert_eq!(refusal, CancelRefusal::NotATarget(instance(7)));
    assert_eq!(refusal.to_string(), "instance i-00000007 is not a target of the command");
}
