//! First hand-outs: order, slots, throttle, conditions, and what a poll leaves behind.

use std::collections::BTreeMap;
use std::time::Duration;

use super::given::{HANDED_OUT, account, after, at, command, instance, invocations_in, poll, queued, rules};
use crate::command::{InvocationEvent as E, InvocationState as S};
use crate::engine::{Condition, Effect, HandOut, HandOutRules, Poll, Write, hand_out};
use crate::ids::{CommandId, CommandNumber, MessageId};
use crate::message::{CancelPayload, Message, Payload, Topic};
use crate::record::{Invocation, InvocationKey, Mailbox, MailboxEntry, Node, Revision};
use crate::throttle::SlidingWindow;

fn entry(invocation: Invocation) -> MailboxEntry {
    MailboxEntry { invocation, payload_bytes: 2, command_cancelled: false, command_stopped: false }
}

fn mailbox(entries: Vec<MailboxEntry>) -> Mailbox {
    Mailbox {
        revision: Revision::from_value(5),
        registered: true,
        polled_at: Some(at(0)),
        entries,
        ..Mailbox::default()
    }
}

/// Released invocations of so many commands on instance 1.
fn released(commands: u64) -> Vec<MailboxEntry> {
    let of = |number: u64| {
        let mut invocation = after(&command(1, |_| {}), 1, &HANDED_OUT[..1]);
        invocation.key.number = CommandNumber::from_value(number);
        invocation.command = CommandId::new(uuid::Uuid::from_u128(number.into()));
        entry(invocation)
    };
    (1..=commands).map(of).collect()
}

fn wide(most_messages: usize) -> HandOutRules {
    HandOutRules { most_messages, ..rules() }
}

fn slots(free: u32) -> Poll {
    Poll { free_slots: Some(free), ..poll(1) }
}

/// The messages as they go out, when each command that needs a payload has `{}`.
fn messages(answer: &HandOut) -> Vec<Message> {
    let payloads = answer.payloads_needed().into_iter().map(|number| (number, Payload::new("{}"))).collect();
    let built = answer.messages.iter().map(|carried| carried.clone().into_message(&payloads, "us-east-1").unwrap());
    built.collect()
}

fn topics(answer: &HandOut) -> Vec<Topic> {
    messages(answer).iter().map(|message| Topic::of(&message.topic).unwrap()).collect()
}

#[test]
fn a_first_hand_out_is_committed_with_all_that_the_answer_says() {
    let released = after(&command(1, |_| {}), 1, &HANDED_OUT[..1]);
    let number = released.key.number;
    let answer = hand_out(&poll(1), &mailbox(vec![entry(released.clone())]), &rules(), at(3));
    assert_eq!(answer.payloads_needed(), [number]);
    let message = &messages(&answer)[0];
    assert_eq!(message.message_id, MessageId::of_command(released.command, instance(1)));
    assert_eq!((message.created_date, message.destination.clone()), (at(3), instance(1)));
    assert_eq!(message.topic, "aws.ssm.sendCommand.us-east-1.1");
    assert_eq!((message.delivery_deadline, message.payload.as_str()), (Some(released.delivery_deadline), "{}"));
    let without = answer.messages[0].clone().into_message(&BTreeMap::new(), "us-east-1");
    assert_eq!(without, None, "a command goes out with its payload only");
    assert_eq!(answer.decision.batch.conditions, [Condition::Open { account: account(), number }]);
    let handed = Invocation {
        state: S::HandedOut,
        since: at(3),
        first_handed_out_at: Some(at(3)),
        hidden_until: Some(at(13)),
        slot_is_counted: true,
        ..released
    };
    let advanced = Write::AdvanceMailbox {
        account: account(),
        instance: instance(1),
        revision: Revision::from_value(5),
        recent_first_hand_outs: vec![at(3)],
    };
    assert_eq!(answer.decision.batch.writes, [Write::PutInvocation(Box::new(handed)), advanced]);
    assert_eq!(answer.next_at, Some(at(13)));
    assert!(matches!(answer.decision.effects[..], [Effect::Publish(_)]));
}

#[test]
fn an_empty_poll_writes_nothing() {
    let answer = hand_out(&poll(1), &mailbox(vec![]), &rules(), at(10));
    assert_eq!(answer, HandOut::default());
    let hidden = Mailbox { next_visible_at: Some(at(12)), ..mailbox(vec![]) };
    assert_eq!(hand_out(&poll(1), &hidden, &rules(), at(10)).next_at, Some(at(12)));
}

#[test]
fn a_poll_is_noted_at_most_every_thirty_seconds() {
    let noted = Write::NotePoll { account: account(), instance: instance(1), at: at(100) };
    for (last, notes) in [(None, true), (Some(at(70)), true), (Some(at(71)), false), (Some(at(100)), false)] {
        let mailbox = Mailbox { registered: true, polled_at: last, ..Mailbox::default() };
        let answer = hand_out(&poll(1), &mailbox, &rules(), at(100));
        assert_eq!(answer.decision.batch.writes.contains(&noted), notes, "{last:?}");
    }
    let unknown = hand_out(&poll(1), &Mailbox::default(), &rules(), at(100));
    assert_eq!(unknown, HandOut::default(), "of an instance that never registered nothing is noted");
    assert_eq!(Node::PRESENCE_STEP, Duration::from_secs(30));
}

#[test]
fn cancels_go_first_whatever_the_order_in_the_mailbox() {
    let mut entries = released(2);
    entries.push(entry(after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)])));
    let answer = hand_out(&poll(1), &mailbox(entries), &rules(), at(3));
    assert_eq!(topics(&answer), [Topic::CancelCommand, Topic::SendCommand, Topic::SendCommand]);
}

#[test]
fn a_cancel_names_the_commands_message_and_needs_neither_slot_nor_throttle_nor_an_open_command() {
    let cancelling = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    let closed = MailboxEntry { command_cancelled: true, command_stopped: true, ..entry(cancelling.clone()) };
    let full = Mailbox { recent_first_hand_outs: vec![at(9000); 60], ..mailbox(vec![closed]) };
    let answer = hand_out(&slots(0), &full, &rules(), at(9001));
    assert_eq!(answer.payloads_needed(), [], "a cancel needs no payload of a command");
    let message = &messages(&answer)[0];
    assert_eq!(message.message_id.uuid(), cancelling.cancel.as_ref().unwrap().uuid);
    assert_ne!(message.message_id, cancelling.message_id());
    let payload: CancelPayload = serde_json::from_str(message.payload.as_str()).unwrap();
    assert_eq!(payload.cancel_message_id, cancelling.message_id());
    assert_eq!((message.created_date, message.delivery_deadline), (at(9001), None));
    assert!(answer.decision.batch.conditions.is_empty());
    let row = invocations_in(&answer.decision.batch)[0];
    assert_eq!(row.state, S::Cancelling);
    let cancel = row.cancel.as_ref().unwrap();
    assert_eq!((cancel.first_handed_out_at, cancel.hidden_until), (Some(at(9001)), Some(at(9011))));
}

#[test]
fn as_many_commands_are_handed_out_as_the_agent_has_free_slots() {
    for (poll, wanted) in [(slots(0), 0), (slots(3), 3), (slots(99), 10), (poll(1), 10)] {
        let answer = hand_out(&poll, &mailbox(released(12)), &rules(), at(3));
        assert_eq!(answer.messages.len(), wanted, "{:?}", poll.free_slots);
        assert_eq!(invocations_in(&answer.decision.batch).len(), wanted);
    }
}

#[test]
fn an_answer_carries_no_more_payload_than_fits_but_its_first_message_whatever_its_size() {
    let sized = |sizes: &[usize]| -> Vec<MailboxEntry> {
        let entries = released(sizes.len() as u64).into_iter().zip(sizes);
        entries.map(|(entry, &payload_bytes)| MailboxEntry { payload_bytes, ..entry }).collect()
    };
    let rules = HandOutRules { most_payload_bytes: 100, ..rules() };
    for (sizes, wanted) in [
        (vec![50, 50, 1], 2),
        (vec![101, 1], 1),
        (vec![usize::MAX, usize::MAX], 1),
        // What does not fit is not overtaken by something smaller.
        (vec![60, 60, 10], 1),
        (vec![10; 10], 10),
    ] {
        let answer = hand_out(&poll(1), &mailbox(sized(&sizes)), &rules, at(3));
        assert_eq!(answer.messages.len(), wanted, "{sizes:?}");
    }
    let mut behind_a_cancel = sized(&[101]);
    behind_a_cancel.push(entry(after(
        &command(1, |_| {}),
        1,
        &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)],
    )));
    let answer = hand_out(&poll(1), &mailbox(behind_a_cancel), &rules, at(3));
    assert_eq!(topics(&answer), [Topic::CancelCommand], "a cancel goes at once, and what is large next time");
    assert_eq!(HandOutRules::default().most_payload_bytes, 1_048_576);
}

#[test]
fn commands_keep_the_order_of_the_mailbox() {
    let answer = hand_out(&slots(2), &mailbox(released(3)), &rules(), at(3));
    let numbers: Vec<u128> = answer.messages.iter().map(|message| message.message_id.uuid().as_u128()).collect();
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn sixty_first_hand_outs_pass_in_any_sixty_seconds_and_the_next_one_waits() {
    let answer = hand_out(&slots(100), &mailbox(released(61)), &wide(100), at(3));
    assert_eq!(answer.messages.len(), 60);
    let Some(Write::AdvanceMailbox { recent_first_hand_outs, .. }) = answer.decision.batch.writes.last() else {
        panic!()
    };
    assert_eq!(*recent_first_hand_outs, vec![at(3); 60]);

    let recent: Vec<_> = (0..60).map(|second| at(100 + second / 2)).collect();
    let full = |entries| Mailbox { recent_first_hand_outs: recent.clone(), ..mailbox(entries) };
    let early = hand_out(&slots(9), &full(released(9)), &wide(100), at(159));
    assert_eq!((early.messages.len(), early.next_at), (0, Some(at(160))));
    assert!(!early.decision.batch.writes.iter().any(|write| matches!(write, Write::AdvanceMailbox { .. })));
    let open = hand_out(&slots(9), &full(released(9)), &wide(100), at(160));
    assert_eq!((open.messages.len(), open.next_at), (2, Some(at(161))), "two went out in the second that leaves");
}

#[test]
fn the_throttle_is_a_setting() {
    let two_a_second = SlidingWindow { limit: 2, window: Duration::from_secs(1) };
    let rules = HandOutRules { throttle: two_a_second, ..rules() };
    let answer = hand_out(&poll(1), &mailbox(released(5)), &rules, at(3));
    assert_eq!((answer.messages.len(), answer.next_at), (2, Some(at(4))));
}

#[test]
fn nothing_goes_out_from_the_delivery_deadline_on_nor_of_a_cancelled_or_stopped_command() {
    let first = || released(1).remove(0);
    let deadline = first().invocation.delivery_deadline;
    let cancelled = MailboxEntry { command_cancelled: true, ..first() };
    let stopped = MailboxEntry { command_stopped: true, ..first() };
    let just = deadline - Duration::from_millis(1);
    for (entry, now, wanted) in [(first(), just, 1), (first(), deadline, 0), (cancelled, at(3), 0), (stopped, at(3), 0)]
    {
        let mailbox = Mailbox { polled_at: Some(now), ..mailbox(vec![entry]) };
        let answer = hand_out(&poll(1), &mailbox, &rules(), now);
        assert_eq!(answer.messages.len(), wanted);
        assert_eq!(answer.decision.batch.is_empty(), wanted == 0);
    }
}

#[test]
fn a_poll_asks_for_as_many_unreleased_commands_as_it_has_room_for() {
    let numbers = || (1..=20).map(CommandNumber::from_value);
    let waiting = |entries| Mailbox { unreleased: numbers().collect(), ..mailbox(entries) };
    let throttled = Mailbox { recent_first_hand_outs: vec![at(2); 57], ..waiting(vec![]) };
    for (poll, mailbox, wanted) in [
        (slots(0), waiting(vec![]), 0),
        (slots(1), waiting(vec![]), 1),
        (slots(3), waiting(released(2)), 1),
        (poll(1), waiting(vec![]), 10),
        (slots(99), waiting(vec![]), 20),
        (slots(99), throttled, 3),
    ] {
        let answer = hand_out(&poll, &mailbox, &rules(), at(3));
        let asked = answer.decision.batch.writes.into_iter().filter(|write| matches!(write, Write::AddRequest { .. }));
        let key = |number| InvocationKey { account: account(), number, instance: instance(1) };
        let requests = numbers().take(wanted).map(|number| Write::AddRequest { key: key(number), at: at(3) });
        assert_eq!(asked.collect::<Vec<_>>(), requests.collect::<Vec<_>>(), "{:?}", poll.free_slots);
        let woken = answer.decision.effects.into_iter().filter(|effect| matches!(effect, Effect::Dispatch { .. }));
        let dispatches = numbers().take(wanted).map(|number| Effect::Dispatch { account: account(), number });
        assert_eq!(woken.collect::<Vec<_>>(), dispatches.collect::<Vec<_>>());
    }
}

#[test]
fn a_poll_without_room_asks_for_nothing() {
    let unreleased = vec![CommandNumber::from_value(9)];
    let full = Mailbox { unreleased: unreleased.clone(), recent_first_hand_outs: vec![at(2); 60], ..mailbox(vec![]) };
    let busy = Mailbox { unreleased: unreleased.clone(), ..mailbox(vec![]) };
    let takes_the_last = Mailbox { unreleased, ..mailbox(released(1)) };
    for (poll, mailbox) in [(poll(1), full), (slots(0), busy), (slots(1), takes_the_last)] {
        let answer = hand_out(&poll, &mailbox, &rules(), at(3));
        assert!(!answer.decision.batch.writes.iter().any(|write| matches!(write, Write::AddRequest { .. })));
    }
}

#[test]
fn the_journal_of_the_first_hand_out_is_kept() {
    let journal = crate::ids::JournalId::new(uuid::Uuid::from_u128(9));
    let poll = Poll { journal: Some(journal), ..poll(1) };
    let answer = hand_out(&poll, &mailbox(released(1)), &rules(), at(3));
    assert_eq!(invocations_in(&answer.decision.batch)[0].journal, Some(journal));
}

#[test]
fn what_is_not_released_is_not_handed_out() {
    let command = command(1, |_| {});
    let delayed = after(&command, 1, &[(1, E::PollMissed)]);
    let ended = after(&command, 1, &[(1, E::CancelRequested)]);
    let answer = hand_out(&poll(1), &mailbox([queued(&command, 1), delayed, ended].map(entry).into()), &rules(), at(3));
    assert_eq!(answer, HandOut::default());
}
