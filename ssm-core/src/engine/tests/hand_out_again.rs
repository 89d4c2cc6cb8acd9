//! Redelivery: when a message that was not acknowledged goes out again, and when never.

use std::time::Duration;

use super::given::{HANDED_OUT, account, after, at, command, handed_out, invocations_in, poll, rules};
use crate::command::InvocationEvent as E;
use crate::engine::{Condition, HandOut, HandOutRules, Poll, Write, hand_out};
use crate::ids::JournalId;
use crate::record::{Invocation, Mailbox, MailboxEntry};
use crate::time::Timestamp;

fn entry(invocation: Invocation) -> MailboxEntry {
    MailboxEntry { invocation, payload_bytes: 2, command_cancelled: false, command_stopped: false }
}

/// Polls a mailbox with this one entry.
fn polled(poll: &Poll, entry: MailboxEntry, now: Timestamp) -> HandOut {
    let mailbox = Mailbox { entries: vec![entry], polled_at: Some(now), ..Mailbox::default() };
    hand_out(poll, &mailbox, &rules(), now)
}

/// The only entry never can go out again, so all that the poll does is to take it out of the way.
fn leaves_the_mailbox(answer: &HandOut) {
    assert!(answer.messages.is_empty());
    assert_eq!(answer.next_at, None);
    let rows = invocations_in(&answer.decision.batch);
    let (&[row], true) = (&rows[..], answer.decision.batch.conditions.is_empty()) else { panic!("{answer:?}") };
    assert_eq!(*row, Invocation { delivered: true, journal: row.journal, ..handed_out() }, "nothing else changes");
    assert!(!row.in_mailbox());
    assert_eq!(answer.decision.batch.writes.len(), 1, "nothing is handed out: the mailbox does not advance");
    assert!(answer.decision.effects.is_empty());
}

fn journal(n: u128) -> Option<JournalId> {
    Some(JournalId::new(uuid::Uuid::from_u128(n)))
}

#[test]
fn a_message_is_hidden_for_its_visibility_and_then_goes_out_again() {
    let invocation = handed_out();
    assert_eq!(invocation.visible_at(), at(11));
    let before = at(11) - Duration::from_millis(1);
    assert_eq!(polled(&poll(1), entry(invocation.clone()), before), HandOut::default());
    let answer = polled(&poll(1), entry(invocation.clone()), at(11));
    assert_eq!(answer.messages.len(), 1);
    assert_eq!(answer.next_at, Some(at(21)));
}

#[test]
fn a_redelivery_is_the_same_message_of_the_same_age_and_takes_no_room_in_the_throttle() {
    let invocation = handed_out();
    let answer = polled(&poll(1), entry(invocation.clone()), at(100));
    assert_eq!(answer.messages[0].message_id, invocation.message_id());
    assert_eq!(answer.messages[0].created_date, at(1), "the first hand-out");
    let row = invocations_in(&answer.decision.batch)[0];
    assert_eq!(*row, Invocation { hidden_until: Some(at(110)), ..invocation.clone() });
    let number = invocation.key.number;
    assert_eq!(answer.decision.batch.conditions, [Condition::NotCancelled { account: account(), number }]);
    let throttled = answer.decision.batch.writes.iter().find_map(|write| match write {
        Write::AdvanceMailbox { recent_first_hand_outs, .. } => Some(recent_first_hand_outs.len()),
        _ => None,
    });
    assert_eq!(throttled, Some(0));
    assert!(answer.decision.effects.is_empty());
}

#[test]
fn a_redelivery_needs_neither_a_slot_nor_the_throttle_since_the_agent_may_have_it() {
    let full = Mailbox {
        entries: vec![entry(handed_out())],
        recent_first_hand_outs: vec![at(50); 60],
        polled_at: Some(at(60)),
        ..Mailbox::default()
    };
    let busy = Poll { free_slots: Some(0), ..poll(1) };
    assert_eq!(hand_out(&busy, &full, &rules(), at(60)).messages.len(), 1);
}

#[test]
fn an_agent_without_a_journal_gets_nothing_again_later_than_25_minutes_after_the_first_time() {
    assert_eq!(Invocation::REDELIVERY_TIME, Duration::from_secs(1500));
    let just = at(1 + 1500) - Duration::from_millis(1);
    assert_eq!(polled(&poll(1), entry(handed_out()), just).messages.len(), 1);
    leaves_the_mailbox(&polled(&poll(1), entry(handed_out()), at(1 + 1500)));
}

#[test]
fn a_message_never_goes_out_under_another_journal() {
    for (then, current, second, again) in [
        (journal(1), journal(1), 100, true),
        (journal(1), journal(1), 3599, true),
        (journal(1), journal(2), 100, false),
        (journal(1), None, 100, false),
        (None, None, 100, true),
        (None, journal(1), 100, false),
        (None, journal(1), 3000, false),
    ] {
        let invocation = Invocation { journal: then, ..handed_out() };
        let poll = Poll { journal: current, ..poll(1) };
        let answer = polled(&poll, entry(invocation), at(second));
        assert_eq!(answer.messages.len(), usize::from(again), "{then:?} {current:?} {second}");
        if !again {
            leaves_the_mailbox(&answer);
        }
        assert!(invocations_in(&answer.decision.batch).iter().all(|row| row.journal == then));
    }
}

#[test]
fn the_delivery_deadline_and_a_cancel_end_redelivery_and_a_stop_does_not() {
    let again = |entry, now| polled(&Poll { journal: journal(1), ..poll(1) }, entry, now);
    let invocation = || Invocation { journal: journal(1), ..handed_out() };
    assert_eq!(again(entry(invocation()), at(3599)).messages.len(), 1);
    leaves_the_mailbox(&again(entry(invocation()), at(3600)));
    // Of a cancelled command, its dispatcher writes the invocation next.
    for now in [at(60), at(3600)] {
        let cancelled = MailboxEntry { command_cancelled: true, ..entry(invocation()) };
        assert_eq!(again(cancelled, now), HandOut::default());
    }
    // MaxErrors ends what was never handed out; an agent may have begun this one.
    let stopped = |now| again(MailboxEntry { command_stopped: true, ..entry(invocation()) }, now);
    assert_eq!(stopped(at(60)).messages.len(), 1);
    leaves_the_mailbox(&stopped(at(3600)));
}

#[test]
fn entries_that_never_can_go_out_again_take_no_room_from_those_behind_them() {
    let dead = Invocation { journal: journal(1), ..handed_out() };
    let alive = after(&command(1, |_| {}), 1, &HANDED_OUT[..1]);
    let mut entries = vec![entry(dead); 30];
    entries.push(entry(alive));
    let mailbox = Mailbox { entries, polled_at: Some(at(60)), ..Mailbox::default() };
    let one = Poll { free_slots: Some(1), ..poll(1) };
    let answer = hand_out(&one, &mailbox, &HandOutRules { most_messages: 1, ..rules() }, at(60));
    assert_eq!(answer.messages.len(), 1);
    assert_eq!(invocations_in(&answer.decision.batch).iter().filter(|row| !row.in_mailbox()).count(), 30);
}

#[test]
fn an_acknowledged_or_answered_message_is_not_in_the_mailbox_any_more() {
    assert!(handed_out().in_mailbox());
    for event in [E::Acknowledged, E::Progressed, E::DeliveryFailed, E::Expired] {
        let events = [HANDED_OUT[0], HANDED_OUT[1], (9000, event)];
        assert!(!after(&command(1, |_| {}), 1, &events).in_mailbox(), "{event:?}");
    }
}

#[test]
fn an_unanswered_cancel_goes_out_again_after_its_visibility_with_its_first_date() {
    let cancelling = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    let first = polled(&poll(1), entry(cancelling), at(3));
    let row = invocations_in(&first.decision.batch)[0].clone();
    assert_eq!(row.visible_at(), at(13));
    assert!(polled(&poll(1), entry(row.clone()), at(12)).messages.is_empty());
    let again = polled(&poll(1), entry(row), at(13));
    assert_eq!(again.messages[0].message_id, first.messages[0].message_id);
    assert_eq!(again.messages[0].created_date, at(3));
    assert_eq!(invocations_in(&again.decision.batch)[0].visible_at(), at(23));
}

#[test]
fn a_cancel_goes_to_whatever_journal_polls_and_however_late() {
    let events = [HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)];
    for (then, current) in
        [(journal(1), journal(1)), (journal(1), journal(2)), (journal(1), None), (None, journal(1)), (None, None)]
    {
        let invocation = Invocation { journal: then, ..after(&command(1, |_| {}), 1, &events) };
        let poll = Poll { journal: current, ..poll(1) };
        assert_eq!(polled(&poll, entry(invocation.clone()), at(3)).messages.len(), 1, "{then:?} {current:?}");
        let late = polled(&poll, entry(invocation), at(3605));
        assert_eq!(late.messages.len(), 1, "behind the 25 minutes and the delivery deadline: {then:?} {current:?}");
    }
}

#[test]
fn two_polls_that_read_the_same_mailbox_advance_it_from_the_same_revision() {
    let answers = [polled(&poll(1), entry(handed_out()), at(60)), polled(&poll(1), entry(handed_out()), at(61))];
    for answer in answers {
        let revision = answer.decision.batch.writes.iter().find_map(|write| match write {
            Write::AdvanceMailbox { revision, .. } => Some(*revision),
            _ => None,
        });
        assert_eq!(revision, Some(Mailbox::default().revision));
    }
}
