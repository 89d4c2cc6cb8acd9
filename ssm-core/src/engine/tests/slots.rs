//! The slots of an agent that does not state its free ones.

use std::time::Duration;

use super::given::{HANDED_OUT, account, after, at, command, instance, poll, rules, said};
use crate::command::{InvocationEvent as E, InvocationOutcome as O};
use crate::document::StepStatus;
use crate::engine::{Effect, HandOut, HandOutRules, Poll, acknowledge, delete, due, fail, hand_out, reply};
use crate::ids::{CommandId, CommandNumber, JournalId};
use crate::record::{Addressed, Invocation, Mailbox, MailboxEntry};
use crate::time::Timestamp;

/// Handed out to a stock agent at second 1, of a command whose only step takes a minute at most, and then this.
fn counted(events: &[(u64, E)]) -> Invocation {
    let all: Vec<_> = HANDED_OUT.into_iter().chain(events.iter().copied()).collect();
    Invocation { slot_is_counted: true, ..after(&command(1, |_| {}), 1, &all) }
}

fn deliver_within(seconds: u64) -> Invocation {
    let command = command(1, |new| new.delivery_timeout = Some(Duration::from_secs(seconds)));
    Invocation { slot_is_counted: true, ..after(&command, 1, &HANDED_OUT) }
}

/// So many released invocations, in a mailbox whose agent has these slots taken.
fn mailbox(released: u64, slots_until: &[u64]) -> Mailbox {
    let entry = |number: u64| {
        let mut invocation = after(&command(1, |_| {}), 1, &HANDED_OUT[..1]);
        invocation.key.number = CommandNumber::from_value(number);
        invocation.command = CommandId::new(uuid::Uuid::from_u128(number.into()));
        MailboxEntry { invocation, payload_bytes: 2, command_cancelled: false, command_stopped: false }
    };
    let slots_until = slots_until.iter().copied().map(at).collect();
    Mailbox { entries: (1..=released).map(entry).collect(), slots_until, ..Mailbox::default() }
}

#[test]
fn a_slot_is_taken_until_the_agent_cannot_run_the_command_any_more() {
    let journal = Some(JournalId::new(uuid::Uuid::from_u128(9)));
    let cancelling = || counted(&[(2, E::Acknowledged), (5, E::CancelRequested)]);
    for (what, invocation, wanted) in [
        ("released", Invocation { slot_is_counted: true, ..after(&command(1, |_| {}), 1, &HANDED_OUT[..1]) }, None),
        ("no sign of an agent: 25 minutes", counted(&[]), Some(at(1 + 1500))),
        ("or the delivery deadline", deliver_within(600), Some(at(600))),
        ("with a journal it goes out again until then", Invocation { journal, ..counted(&[]) }, Some(at(3600))),
        ("a minute and the steps' timeouts after the acknowledgement", counted(&[(5, E::Acknowledged)]), Some(at(125))),
        ("or the first reply", counted(&[(7, E::Progressed)]), Some(at(127))),
        ("a cancel changes nothing", cancelling(), Some(at(122))),
        ("its slots are its own affair", Invocation { slot_is_counted: false, ..counted(&[]) }, None),
        ("ended", counted(&[(5, E::Acknowledged), (9, E::Finished(O::Success))]), None),
        ("expired", counted(&[(9000, E::Expired)]), None),
    ] {
        assert_eq!(invocation.slot_until(), wanted, "{what}");
    }
}

#[test]
fn the_first_sign_of_the_agent_counts_whatever_it_is_and_none_comes_of_a_deletion() {
    let of = |invocation: &Invocation| Addressed::Command(invocation.clone());
    let row = |decision: &crate::engine::Decision| super::given::invocations_in(&decision.batch)[0].clone();
    let under_way = || said(StepStatus::InProgress, None);
    for invocation in [counted(&[]), counted(&[(2, E::CancelRequested)])] {
        let acknowledged = row(&acknowledge(of(&invocation), at(10)));
        assert_eq!(acknowledged.slot_until(), Some(at(130)));
        assert!(reply(of(&acknowledged), &[], under_way(), at(20)).batch.is_empty(), "the first sign stays");
        assert_eq!(row(&reply(of(&invocation), &[], under_way(), at(20))).slot_until(), Some(at(140)));
        assert_eq!(row(&delete(of(&invocation), at(10))).slot_until(), Some(at(1501)));
    }
}

#[test]
fn a_slot_that_comes_back_with_an_end_wakes_a_poll_that_may_wait_for_it() {
    let hint = Effect::Hint { account: account(), instance: instance(1) };
    let end = || said(StepStatus::Success, None);
    let of = |invocation: &Invocation| Addressed::Command(invocation.clone());
    let stock = counted(&[]);
    for decision in
        [reply(of(&stock), &[], end(), at(5)), fail(of(&stock), "x", at(5)), due(&stock, None, stock.expires_at)]
    {
        assert!(decision.effects.contains(&hint), "{decision:?}");
    }
    let ours = Invocation { slot_is_counted: false, ..stock.clone() };
    for decision in [reply(of(&ours), &[], end(), at(5)), acknowledge(of(&stock), at(5)), delete(of(&stock), at(5))] {
        assert!(!decision.effects.contains(&hint), "an agent of ours says itself what it has room for: {decision:?}");
    }
}

#[test]
fn a_hand_out_takes_a_slot_of_an_agent_that_does_not_state_them() {
    for (free_slots, wanted) in [(None, true), (Some(5), false)] {
        let answer = hand_out(&Poll { free_slots, ..poll(1) }, &mailbox(1, &[]), &rules(), at(3));
        assert_eq!(super::given::invocations_in(&answer.decision.batch)[0].slot_is_counted, wanted);
    }
}

#[test]
fn as_many_are_handed_out_as_slots_are_free_and_the_next_slot_is_waited_for() {
    let got = |answer: HandOut| (answer.messages.len(), answer.next_at);
    let waits = |slots: &[u64]| Mailbox { unreleased: vec![CommandNumber::from_value(99)], ..mailbox(0, slots) };
    let polled = |mailbox: &Mailbox| got(hand_out(&poll(1), mailbox, &rules(), at(100)));
    let (full, hidden) = ([500, 510, 520, 530, 540, 550, 560, 570, 580, 590], Some(at(110)));
    for (mailbox, wanted) in [
        (mailbox(20, &[]), (10, hidden)),
        (mailbox(20, &full[..7]), (3, hidden)),
        (mailbox(20, &full), (0, Some(at(500)))),
        (waits(&full), (0, Some(at(500)))),
        (mailbox(0, &full), (0, None)),
        // More are taken than there are slots: the setting was larger, or the agent stated its own for a while.
        (mailbox(20, &[full.as_slice(), &[600, 610]].concat()), (0, Some(at(520)))),
        // The store read them a moment ago.
        (mailbox(20, &[&[99, 100], &full[2..]].concat()), (2, hidden)),
    ] {
        assert_eq!(polled(&mailbox), wanted, "{:?}", mailbox.slots_until);
    }
    let stated = Poll { free_slots: Some(0), ..poll(1) };
    assert_eq!(got(hand_out(&stated, &mailbox(20, &full), &rules(), at(100))), (0, None), "it polls anew by itself");
    let stated = Poll { free_slots: Some(2), ..poll(1) };
    assert_eq!(hand_out(&stated, &mailbox(20, &full), &rules(), at(100)).messages.len(), 2, "what it says counts");
    let none = HandOutRules { stock_slots: 0, ..rules() };
    assert_eq!(got(hand_out(&poll(1), &mailbox(20, &full), &none, at(100))), (0, None));
}

#[test]
fn a_poll_that_finds_only_unreleased_commands_waits_for_the_throttle_too() {
    let recent: Vec<Timestamp> = (0..60).map(|step| at(50 + step / 2)).collect();
    let unreleased = vec![CommandNumber::from_value(99)];
    let mailbox = Mailbox { recent_first_hand_outs: recent, unreleased, ..mailbox(0, &[]) };
    assert_eq!(hand_out(&poll(1), &mailbox, &rules(), at(100)).next_at, Some(at(110)));
}
