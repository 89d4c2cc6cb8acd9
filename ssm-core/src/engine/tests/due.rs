//! What time alone does, and not a moment earlier.

use std::time::Duration;

use super::given::{HANDED_OUT, account, after, at, command, handed_out, invocations_in, node, queued};
use crate::command::{InvocationEvent as E, InvocationOutcome as O, InvocationState as S};
use crate::engine::{Decision, Effect, Write, acknowledge, due};
use crate::record::{Addressed, Completion, Delay, Invocation};
use crate::time::Timestamp;

/// Queued for a node that was away when the command was sent.
fn queued_for_an_absent_node() -> Invocation {
    Invocation { presence_check_pending: true, ..queued(&command(1, |_| {}), 1) }
}

fn released() -> Invocation {
    after(&command(1, |_| {}), 1, &HANDED_OUT[..1])
}

/// Cancelling, with the cancel message acknowledged at second 10.
fn cancel_taken() -> Invocation {
    let mut invocation = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    let cancel = invocation.cancel.as_mut().unwrap();
    cancel.first_handed_out_at = Some(at(9));
    cancel.answered_at = Some(at(10));
    cancel.delivered = true;
    invocation
}

/// Each kind of invocation that time changes, with the second in which it does.
fn kinds() -> Vec<(Invocation, Timestamp)> {
    let command = command(1, |_| {});
    let expiry = command.expires_at;
    let mut all = vec![
        (queued_for_an_absent_node(), at(60)),
        (released(), at(60)),
        (handed_out(), at(61)),
        (Invocation { answered: true, ..cancel_taken() }, at(70)),
        (cancel_taken(), at(61)),
        (Invocation { answered: true, ..handed_out() }, expiry),
    ];
    let waiting = [&[][..], &[(1, E::PollMissed)], &[HANDED_OUT[0], HANDED_OUT[1], (2, E::Acknowledged)]];
    all.extend(waiting.map(|events| (after(&command, 1, events), expiry)));
    let silent = after(&command, 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    all.push((Invocation { answered: true, ..silent.clone() }, expiry));
    all.push((silent, at(61)));
    all
}

fn then(decision: &Decision) -> Invocation {
    let rows = invocations_in(&decision.batch);
    assert_eq!(rows.len(), 1, "{decision:?}");
    rows[0].clone()
}

#[test]
fn nothing_changes_before_its_time_and_everything_does_then() {
    for (invocation, when) in kinds() {
        assert_eq!(invocation.due_at(), Some(when), "{:?}", invocation.state);
        assert_eq!(due(&invocation, None, when - Duration::from_millis(1)), Decision::nothing());
        let changed = then(&due(&invocation, None, when));
        assert_ne!(changed, invocation);
        assert!(changed.due_at().is_none_or(|next| next > when), "due again at once: {:?}", changed.state);
    }
}

#[test]
fn an_absent_nodes_invocation_shows_as_delayed_and_waits_for_a_request() {
    let decision = due(&queued_for_an_absent_node(), Some(&node(1, None)), at(60));
    let row = then(&decision);
    assert_eq!((row.state, row.waits_for_request, row.presence_check_pending), (S::Delayed, true, false));
    let key = row.key.clone();
    let told = Completion { key, first_answer: false, gave_slot_back: false, delay: Some(Delay::Begun), ended: None };
    assert!(decision.batch.writes.contains(&Write::AddCompletion(told)), "its command counts it");
}

#[test]
fn a_node_that_polled_meanwhile_leaves_its_invocation_queued() {
    let decision = due(&queued_for_an_absent_node(), Some(&node(1, Some(59))), at(60));
    let row = then(&decision);
    assert_eq!((row.state, row.waits_for_request, row.presence_check_pending), (S::Queued, false, false));
    assert_eq!(row.due_at(), Some(row.expires_at));
    assert_eq!(decision.batch.writes.len(), 1);
}

#[test]
fn an_unfetched_invocation_gives_its_slot_back_and_waits_for_a_request() {
    for (polled, wanted, delay) in [(None, S::Delayed, Some(Delay::Begun)), (Some(30), S::Queued, None)] {
        let decision = due(&released(), Some(&node(1, polled)), at(60));
        let row = then(&decision);
        assert_eq!((row.state, row.waits_for_request), (wanted, true));
        let key = row.key.clone();
        let completion = Completion { key, first_answer: false, gave_slot_back: true, delay, ended: None };
        assert!(decision.batch.writes.contains(&Write::AddCompletion(completion)));
    }
}

#[test]
fn a_node_polls_when_its_last_noted_poll_is_less_than_a_minute_old() {
    // Noted at most every 30 seconds, and a poll may last 20: an agent that is there is noted often enough.
    for (noted, wanted) in [(71, S::Queued), (70, S::Delayed), (69, S::Delayed)] {
        let released = after(&command(1, |_| {}), 1, &[(70, E::Released)]);
        assert_eq!(then(&due(&released, Some(&node(1, Some(noted))), at(130))).state, wanted, "{noted}");
    }
}

#[test]
fn a_silent_agent_counts_for_the_ramp_up_after_sixty_seconds_and_keeps_its_invocation() {
    assert_eq!(Invocation::ANSWER_TIME, Duration::from_secs(60));
    let decision = due(&handed_out(), None, at(61));
    let row = then(&decision);
    assert_eq!(row, Invocation { answered: true, ..handed_out() });
    assert!(row.in_mailbox(), "it still goes out again");
    let counted =
        Completion { key: row.key.clone(), first_answer: true, gave_slot_back: false, delay: None, ended: None };
    assert_eq!(decision.batch.writes, [Write::AddCompletion(counted), Write::PutInvocation(Box::new(row.clone()))]);
    let dispatch = Effect::Dispatch { account: account(), number: row.key.number };
    assert_eq!(decision.effects, [Effect::WakeAt(row.expires_at), dispatch], "no change that anybody sees");
    assert_eq!(due(&row, None, at(500)), Decision::nothing(), "once");
    let acknowledged = acknowledge(Addressed::Command(row), at(500));
    assert_eq!(then(&acknowledged).state, S::Running);
    assert_eq!(acknowledged.batch.writes.len(), 1, "the late acknowledgement does not count a second time");
}

#[test]
fn a_silent_agent_counts_after_a_cancel_too_and_a_cancel_that_was_taken_still_ends_in_its_own_time() {
    for (now, answered, state) in [(61, true, S::Cancelling), (70, false, S::Ended(O::Cancelled))] {
        let row = then(&due(&cancel_taken(), None, at(now)));
        assert_eq!((row.answered, row.state), (answered, state), "looked after at {now}");
    }
    let counted = then(&due(&cancel_taken(), None, at(61)));
    assert_eq!((counted.due_at(), counted.since), (Some(at(70)), at(2)));
    assert_eq!(then(&due(&counted, None, at(70))).state, S::Ended(O::Cancelled));
}

#[test]
fn a_cancel_that_was_taken_and_not_answered_ends_cancelled_after_sixty_seconds() {
    let decision = due(&cancel_taken(), None, at(70));
    let row = then(&decision);
    assert_eq!((row.state, row.ended_by_reply, row.ended_at), (S::Ended(O::Cancelled), false, Some(at(70))));
    let completion = Completion {
        key: row.key.clone(),
        first_answer: false,
        gave_slot_back: true,
        delay: None,
        ended: Some(O::Cancelled),
    };
    assert!(decision.batch.writes.contains(&Write::AddCompletion(completion)));
}

#[test]
fn whatever_has_not_ended_by_its_expiry_ends_as_delivery_timed_out() {
    for (invocation, _) in kinds() {
        let (gave_slot_back, key) = (invocation.state.holds_slot(), invocation.key.clone());
        let delay = (invocation.state == S::Delayed).then_some(Delay::Over);
        let decision = due(&invocation, None, invocation.expires_at);
        let row = then(&decision);
        assert_eq!(row.state, S::Ended(O::DeliveryTimedOut), "{:?}", invocation.state);
        let ended = Some(O::DeliveryTimedOut);
        let completion = Completion { key, first_answer: false, gave_slot_back, delay, ended };
        assert!(decision.batch.writes.contains(&Write::AddCompletion(completion)));
        assert_eq!(due(&row, None, at(99_999)), Decision::nothing());
    }
}

#[test]
fn an_earlier_expiry_bounds_every_other_time() {
    let soon = |invocation: Invocation| Invocation { expires_at: at(20), ..invocation };
    for invocation in [queued_for_an_absent_node(), released(), cancel_taken()] {
        assert_eq!(soon(invocation.clone()).due_at(), Some(at(20)));
        assert_eq!(then(&due(&soon(invocation), None, at(20))).state, S::Ended(O::DeliveryTimedOut));
    }
}

#[test]
fn what_is_over_is_never_due() {
    let over = after(&command(1, |_| {}), 1, &[(1, E::CancelRequested)]);
    assert_eq!(over.due_at(), None);
    assert_eq!(due(&over, None, Timestamp::MAX), Decision::nothing());
}
