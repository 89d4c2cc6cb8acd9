//! Input: a poll reads its mailbox.

mod carried;

use std::time::Duration;

use super::{Condition, Decision, Write};
use crate::command::{InvocationEvent, InvocationState};
use crate::ids::{AccountId, InstanceId, JournalId, MessageId};
use crate::record::{Invocation, InvocationKey, Mailbox, MailboxEntry, Node};
use crate::throttle::SlidingWindow;
use crate::time::Timestamp;

pub use carried::{Carried, Content};

/// What an agent says when it polls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The account.
    pub account: AccountId,
    /// Who polls.
    pub instance: InstanceId,
    /// How many more commands the agent can run now; `None` when it does not say, which the stock agent never does. Then its
    /// slots are counted, see [`Invocation::slot_until`].
    pub free_slots: Option<u32>,
    /// The agent's journal; `None` for an agent without a durable one.
    pub journal: Option<JournalId>,
    /// For how long a message that is handed out is hidden from further polls; 10 seconds for the stock agent.
    pub visibility: Duration,
}

/// Settings of the hand-out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandOutRules {
    /// First hand-outs to an instance; 60 a minute by default.
    pub throttle: SlidingWindow,
    /// Most messages in one answer, cancels and redeliveries too; 10 by default. Our choice: the stock agent works through an
    /// answer before it polls again.
    pub most_messages: usize,
    /// Most bytes of payloads in one answer; 1 MiB by default. The first message goes whatever its size. As JSON inside JSON a
    /// payload grows by its quotes, at worst to twice its size. Our choice: an answer fits what HTTP clients and proxies take.
    pub most_payload_bytes: usize,
    /// How many commands an agent that states no free slots is given at most before it has ended one; 10 by default: the stock
    /// one runs 5 and queues 5. With one more it would hold that message back, and poll no more, cancels included, until there
    /// is room. Source: agent protocol 1.10 (`CommandWorkersLimit`, `CommandWorkerBufferLimit`).
    pub stock_slots: usize,
    /// The Region that stands in topics; `us-east-1` by default.
    pub region: String,
}

impl Default for HandOutRules {
    fn default() -> Self {
        Self {
            throttle: SlidingWindow::HAND_OUTS,
            most_messages: 10,
            most_payload_bytes: 1_048_576,
            stock_slots: 10,
            region: "us-east-1".to_owned(),
        }
    }
}

/// What a poll is answered with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandOut {
    /// To be committed before the answer.
    pub decision: Decision,
    /// The messages; cancels first. Their payloads are still to be read.
    pub messages: Vec<Carried>,
    /// When, without any hint, there may be more.
    pub next_at: Option<Timestamp>,
}

/// What can be done with an entry of the mailbox.
enum Turn {
    Cancel,
    First,
    Again,
    /// It never can be handed out again, so it must not stand in the way of others.
    Leave,
    /// Its dispatcher, or its time, ends it.
    Nothing,
}

/// Decides what a poll gets. The batch advances the mailbox, so that of two polls that read the same only one passes; each
/// command in it must not have been cancelled meanwhile.
#[must_use]
pub fn hand_out(poll: &Poll, mailbox: &Mailbox, rules: &HandOutRules, now: Timestamp) -> HandOut {
    let mut answer = HandOut { next_at: mailbox.next_visible_at, ..HandOut::default() };
    let mut recent = mailbox.recent_first_hand_outs.clone();
    rules.throttle.prune(&mut recent, now);
    let (mut slots, slot_at) = free_slots(poll, mailbox, rules, now);
    let (mut bytes, mut more) = (0usize, false);

    let cancels_first = mailbox.entries.iter().filter(|entry| entry.invocation.cancel_in_mailbox());
    let commands = mailbox.entries.iter().filter(|entry| !entry.invocation.cancel_in_mailbox());
    for entry in cancels_first.chain(commands).filter(|entry| entry.invocation.visible_at() <= now) {
        if answer.messages.len() >= rules.most_messages {
            break;
        }
        let turn = turn(poll, entry, now);
        if matches!(turn, Turn::First | Turn::Again) {
            // What does not fit waits for the next poll, so that large ones do not wait for ever behind small ones.
            let too_much = bytes.saturating_add(entry.payload_bytes) > rules.most_payload_bytes;
            if too_much && !answer.messages.is_empty() {
                break;
            }
        }
        match turn {
            Turn::Cancel => carry_cancel(poll, entry, now, &mut answer),
            Turn::Again => {
                bytes = bytes.saturating_add(entry.payload_bytes);
                carry_again(poll, entry, now, &mut answer);
            }
            Turn::First if slots == 0 || rules.throttle.room(&recent, now) == 0 => more = true,
            Turn::First => {
                bytes = bytes.saturating_add(entry.payload_bytes);
                slots -= 1;
                recent.push(now);
                carry_first(poll, entry, now, &mut answer);
            }
            Turn::Leave => {
                let invocation = Invocation { delivered: true, ..entry.invocation.clone() };
                answer.decision.batch.write(Write::PutInvocation(Box::new(invocation)));
            }
            Turn::Nothing => {}
        }
    }
    if !answer.messages.is_empty() {
        answer.decision.batch.write(Write::AdvanceMailbox {
            account: poll.account.clone(),
            instance: poll.instance.clone(),
            revision: mailbox.revision,
            recent_first_hand_outs: recent.clone(),
        });
    }
    let room = slots.min(rules.throttle.room(&recent, now));
    ask_for_more(poll, mailbox, room, now, &mut answer);
    if more || (room == 0 && !mailbox.unreleased.is_empty()) {
        let opens_at = if slots == 0 { slot_at } else { rules.throttle.opens_at(&recent, now) };
        answer.next_at = answer.next_at.into_iter().chain(opens_at).min();
    }
    // Nothing is known of an instance that never registered, and nothing is noted of it.
    if mailbox.registered && mailbox.polled_at.is_none_or(|at| now.since(at) >= Node::PRESENCE_STEP) {
        answer.decision.batch.write(Write::NotePoll {
            account: poll.account.clone(),
            instance: poll.instance.clone(),
            at: now,
        });
    }
    answer
}

/// How many more commands the agent can take, and when one of its slots comes back by time alone, if it has none.
fn free_slots(poll: &Poll, mailbox: &Mailbox, rules: &HandOutRules, now: Timestamp) -> (usize, Option<Timestamp>) {
    if let Some(stated) = poll.free_slots {
        return (stated as usize, None);
    }
    let taken: Vec<Timestamp> = mailbox.slots_until.iter().copied().filter(|&until| until > now).collect();
    match taken.len().checked_sub(rules.stock_slots) {
        None => (rules.stock_slots - taken.len(), None),
        Some(surplus) => (0, taken.get(surplus).copied()),
    }
}

fn turn(poll: &Poll, entry: &MailboxEntry, now: Timestamp) -> Turn {
    let invocation = &entry.invocation;
    match invocation.state {
        // To whoever polls, whatever journal the command went to: an agent that does not know it takes the cancel all the same,
        // and so the invocation ends after `CANCEL_TIME` and not at `ExpiresAfter`. Our choice.
        InvocationState::Cancelling => Turn::Cancel,
        _ if entry.command_cancelled => Turn::Nothing,
        InvocationState::HandedOut => {
            // An agent without a journal forgets; one with another journal never knew, and may run what has run.
            let same_agent = invocation.journal == poll.journal;
            let in_time = invocation.redelivery_ends_at().is_some_and(|end| now < end);
            if same_agent && in_time { Turn::Again } else { Turn::Leave }
        }
        InvocationState::Released if now < invocation.delivery_deadline && !entry.command_stopped => Turn::First,
        _ => Turn::Nothing,
    }
}

/// A poll with room that finds invocations without a slot asks for as many as it has room for, and wakes their dispatchers.
fn ask_for_more(poll: &Poll, mailbox: &Mailbox, room: usize, now: Timestamp, answer: &mut HandOut) {
    for &number in mailbox.unreleased.iter().take(room) {
        let (account, instance) = (poll.account.clone(), poll.instance.clone());
        let key = InvocationKey { account, number, instance };
        answer.decision.batch.write(Write::AddRequest { key, at: now });
        answer.decision.dispatch(&poll.account, number);
    }
}

fn carry_cancel(poll: &Poll, entry: &MailboxEntry, now: Timestamp, answer: &mut HandOut) {
    let mut invocation = entry.invocation.clone();
    let of = invocation.message_id();
    let Some(cancel) = &mut invocation.cancel else { return };
    let created_date = *cancel.first_handed_out_at.get_or_insert(now);
    cancel.hidden_until = Some(now + poll.visibility);
    let message_id = MessageId::new(cancel.uuid, poll.instance.clone());
    answer.messages.push(Carried { message_id, created_date, content: Content::Cancel { of } });
    hide(invocation, poll, now, answer);
}

fn carry_first(poll: &Poll, entry: &MailboxEntry, now: Timestamp, answer: &mut HandOut) {
    let mut invocation = entry.invocation.clone();
    if invocation.apply(InvocationEvent::HandedOut, now).is_err() {
        return;
    }
    invocation.first_handed_out_at = Some(now);
    invocation.journal = poll.journal;
    invocation.slot_is_counted = poll.free_slots.is_none();
    answer.decision.publish_invocation(&invocation, now);
    let (account, number) = (poll.account.clone(), invocation.key.number);
    answer.decision.batch.require(Condition::Open { account, number });
    carry(invocation, poll, now, answer);
}

fn carry_again(poll: &Poll, entry: &MailboxEntry, now: Timestamp, answer: &mut HandOut) {
    let invocation = entry.invocation.clone();
    let (account, number) = (poll.account.clone(), invocation.key.number);
    answer.decision.batch.require(Condition::NotCancelled { account, number });
    carry(invocation, poll, now, answer);
}

fn carry(mut invocation: Invocation, poll: &Poll, now: Timestamp, answer: &mut HandOut) {
    invocation.hidden_until = Some(now + poll.visibility);
    let (number, delivery_deadline) = (invocation.key.number, invocation.delivery_deadline);
    answer.messages.push(Carried {
        message_id: invocation.message_id(),
        created_date: invocation.first_handed_out_at.unwrap_or(now),
        content: Content::Command { number, delivery_deadline },
    });
    hide(invocation, poll, now, answer);
}

fn hide(invocation: Invocation, poll: &Poll, now: Timestamp, answer: &mut HandOut) {
    let shown_at = now + poll.visibility;
    answer.next_at = Some(answer.next_at.map_or(shown_at, |next| next.min(shown_at)));
    answer.decision.batch.write(Write::PutInvocation(Box::new(invocation)));
}
