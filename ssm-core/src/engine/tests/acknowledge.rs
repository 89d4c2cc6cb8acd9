//! An agent acknowledges, fails or deletes a message.

use super::given::{HANDED_OUT, account, after, at, command, handed_out, invocations_in, queued, said};
use crate::command::{InvocationEvent as E, InvocationOutcome as O, InvocationState as S};
use crate::document::StepStatus;
use crate::engine::{Change, Decision, Effect, Write, acknowledge, delete, fail, reply};
use crate::record::{Addressed, Completion, Invocation};

/// The only invocation that the decision writes.
fn then(decision: &Decision) -> &Invocation {
    let rows = invocations_in(&decision.batch);
    assert_eq!(rows.len(), 1, "{decision:?}");
    rows[0]
}

fn cancelling() -> Invocation {
    let mut invocation = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    invocation.cancel.as_mut().unwrap().first_handed_out_at = Some(at(3));
    invocation
}

/// Every state that is over, and those that no agent has seen.
fn closed() -> Vec<Invocation> {
    let command = command(1, |_| {});
    vec![
        queued(&command, 1),
        after(&command, 1, &[(1, E::PollMissed)]),
        after(&command, 1, &HANDED_OUT[..1]),
        after(&command, 1, &[(1, E::CancelRequested)]),
        after(&command, 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::Finished(O::Success))]),
        after(&command, 1, &[HANDED_OUT[0], HANDED_OUT[1], (9999, E::Expired)]),
    ]
}

#[test]
fn the_first_sign_of_an_agent_whose_invocation_is_being_cancelled_counts_for_the_ramp_up_once() {
    let under_way = |of: Invocation| reply(Addressed::Command(of), &[], said(StepStatus::InProgress, None), at(4));
    for decision in [acknowledge(Addressed::Command(cancelling()), at(4)), under_way(cancelling())] {
        let row = then(&decision);
        assert_eq!((row.state, row.answered, row.taken_at), (S::Cancelling, true, Some(at(4))));
        let key = row.key.clone();
        let counted = Completion { key, first_answer: true, gave_slot_back: false, delay: None, ended: None };
        assert!(decision.batch.writes.contains(&Write::AddCompletion(counted)));
        assert!(under_way(row.clone()).batch.is_empty(), "once");
    }
}

#[test]
fn the_first_acknowledgement_makes_it_running_and_tells_the_dispatcher() {
    let invocation = handed_out();
    let decision = acknowledge(Addressed::Command(invocation.clone()), at(2));
    let row = then(&decision);
    assert_eq!((row.state, row.since, row.delivered, row.answered), (S::Running, at(2), true, true));
    assert_eq!(row.revision, invocation.revision);
    assert!(!row.in_mailbox());
    let completion =
        Completion { key: invocation.key.clone(), first_answer: true, gave_slot_back: false, delay: None, ended: None };
    assert!(decision.batch.writes.contains(&Write::AddCompletion(completion)));
    let published = Change::Invocation {
        account: account(),
        command: invocation.command,
        instance: invocation.key.instance.clone(),
        state: S::Running,
        at: at(2),
        notice: None,
    };
    assert_eq!(
        decision.effects,
        [
            Effect::Publish(published),
            Effect::WakeAt(invocation.expires_at),
            Effect::Dispatch { account: account(), number: invocation.key.number },
        ]
    );
}

#[test]
fn a_repeated_acknowledgement_changes_nothing() {
    let first = acknowledge(Addressed::Command(handed_out()), at(2));
    assert_eq!(acknowledge(Addressed::Command(then(&first).clone()), at(3)), Decision::nothing());
}

#[test]
fn what_was_never_handed_out_or_is_over_takes_no_acknowledgement_no_failure_and_no_deletion() {
    for invocation in closed() {
        let addressed = || Addressed::Command(invocation.clone());
        assert_eq!(acknowledge(addressed(), at(20_000)), Decision::nothing(), "{:?}", invocation.state);
        assert_eq!(fail(addressed(), "x", at(20_000)), Decision::nothing(), "{:?}", invocation.state);
        assert_eq!(delete(addressed(), at(20_000)), Decision::nothing(), "{:?}", invocation.state);
    }
}

#[test]
fn an_acknowledgement_while_cancelling_ends_redelivery_and_no_more() {
    let decision = acknowledge(Addressed::Command(cancelling()), at(4));
    let row = then(&decision);
    assert_eq!((row.state, row.delivered), (S::Cancelling, true));
    assert!(row.cancel_in_mailbox(), "its cancel message has still to come");
}

#[test]
fn a_failed_message_ends_the_invocation_failed_with_the_reason() {
    let decision = fail(Addressed::Command(handed_out()), "InternalHandlerException", at(2));
    let row = then(&decision);
    assert_eq!((row.state, row.ended_at, row.ended_by_reply), (S::Ended(O::Failed), Some(at(2)), false));
    assert_eq!(row.trace, "InternalHandlerException");
    let completion = Completion {
        key: row.key.clone(),
        first_answer: true,
        gave_slot_back: true,
        delay: None,
        ended: Some(O::Failed),
    };
    assert!(decision.batch.writes.contains(&Write::AddCompletion(completion)));
}

#[test]
fn the_reason_of_a_failed_message_is_bounded() {
    let decision = fail(Addressed::Command(handed_out()), &"\u{e9}".repeat(5000), at(2));
    assert_eq!(then(&decision).trace.chars().count(), Invocation::MAX_TRACE);
}

#[test]
fn a_deleted_message_is_not_handed_out_again_and_nothing_else_changes() {
    let invocation = handed_out();
    assert!(invocation.in_mailbox());
    let decision = delete(Addressed::Command(invocation.clone()), at(2));
    assert_eq!(*then(&decision), Invocation { delivered: true, ..invocation.clone() });
    assert!(!then(&decision).in_mailbox());
    assert_eq!(decision.effects, [Effect::WakeAt(at(61))], "it is still waited for an answer");
}

#[test]
fn an_acknowledged_cancel_gives_the_agent_sixty_seconds() {
    let invocation = Invocation { answered: true, ..cancelling() };
    assert_eq!(invocation.due_at(), Some(invocation.expires_at));
    let decision = acknowledge(Addressed::Cancel(invocation), at(4));
    let row = then(&decision);
    assert_eq!(row.state, S::Cancelling);
    assert_eq!(row.cancel.as_ref().unwrap().answered_at, Some(at(4)));
    assert!(!row.in_mailbox());
    assert_eq!(decision.effects, [Effect::WakeAt(at(64))]);
    assert_eq!(acknowledge(Addressed::Cancel(row.clone()), at(30)), Decision::nothing(), "the first one counts");
}

#[test]
fn a_failed_or_deleted_cancel_message_just_ends() {
    let cancelled = || Addressed::Cancel(Invocation { answered: true, ..cancelling() });
    for decision in [fail(cancelled(), "x", at(4)), delete(cancelled(), at(4))] {
        let row = then(&decision);
        assert_eq!((row.state, row.trace.as_str()), (S::Cancelling, ""));
        assert_eq!(row.cancel.as_ref().unwrap().answered_at, None);
        assert!(!row.in_mailbox());
        assert_eq!(row.due_at(), Some(row.expires_at));
    }
}

#[test]
fn a_cancel_message_that_was_never_handed_out_takes_no_acknowledgement() {
    let mut invocation = cancelling();
    invocation.cancel.as_mut().unwrap().first_handed_out_at = None;
    assert_eq!(acknowledge(Addressed::Cancel(invocation), at(4)), Decision::nothing());
}

#[test]
fn an_answer_to_the_cancel_of_what_is_over_changes_nothing() {
    let mut invocation = cancelling();
    invocation.apply(E::Finished(O::Success), at(4)).unwrap();
    for decision in [
        acknowledge(Addressed::Cancel(invocation.clone()), at(5)),
        fail(Addressed::Cancel(invocation.clone()), "x", at(5)),
        delete(Addressed::Cancel(invocation.clone()), at(5)),
    ] {
        assert_eq!(decision, Decision::nothing());
    }
}
