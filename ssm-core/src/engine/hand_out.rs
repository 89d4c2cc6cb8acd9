//! Input: a poll reads its mailbox.

use std::time::Duration;

use super::{Condition, Decision, Write};
use crate::command::{InvocationEvent, InvocationState};
use crate::ids::{AccountId, InstanceId, JournalId, MessageId};
use crate::message::{CancelPayload, Message, Payload, Topic};
use crate::record::{Invocation, InvocationKey, Mailbox, MailboxEntry, Node};
use crate::throttle::SlidingWindow;
use crate::time::Timestamp;

/// What an agent says when it polls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The account.
    pub account: AccountId,
    /// Who polls.
    pub instance: InstanceId,
    /// How many more commands the agent can run now; `None` when it does not say, which the stock agent never does.
    pub free_slots: Option<u32>,
    /// The agent's journal; `None` for an agent without a durable one.
    pub journal: Option<JournalId>,
    /// For how long a message that is handed out is hidden from further polls; 10 seconds for the stock agent.
    pub visibility: Duration,
}

/// Settings of the hand-out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOutRules {
    /// First hand-outs to an instance; 60 a minute by default.
    pub throttle: SlidingWindow,
    /// Most messages in one answer, and most new commands for an agent that states no free slots; 10 by default, which the
    /// stock agent holds at once.
    pub most_messages: usize,
    /// The Region that stands in topics.
    pub region: String,
}

impl HandOutRules {
    /// How long after its first hand-out a message may go again to an agent without a journal: the stock one forgets ids
    /// after 30 minutes.
    pub const REDELIVERY_TIME: Duration = Duration::from_secs(25 * 60);
}

/// What a poll is answered with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HandOut {
    /// To be committed before the answer.
    pub decision: Decision,
    /// The messages; cancels first.
    pub messages: Vec<Message>,
    /// When, without any hint, there may be more.
    pub next_at: Option<Timestamp>,
}

/// Decides what a poll gets. The batch advances the mailbox, so that of two polls that read the same only one passes; each
/// command in it must not have been cancelled meanwhile.
#[must_use]
pub fn hand_out(poll: &Poll, mailbox: &Mailbox, rules: &HandOutRules, now: Timestamp) -> HandOut {
    let mut answer = HandOut { next_at: mailbox.next_visible_at, ..HandOut::default() };
    let mut recent = mailbox.recent_first_hand_outs.clone();
    rules.throttle.prune(&mut recent, now);
    let mut slots = poll.free_slots.map_or(rules.most_messages, |slots| slots as usize);

    let cancels_first = mailbox.entries.iter().filter(|entry| entry.invocation.cancel_in_mailbox());
    let commands = mailbox.entries.iter().filter(|entry| !entry.invocation.cancel_in_mailbox());
    for entry in cancels_first.chain(commands).filter(|entry| entry.invocation.visible_at() <= now) {
        if answer.messages.len() >= rules.most_messages {
            break;
        }
        let state = entry.invocation.state;
        if state == InvocationState::Cancelling {
            hand_out_cancel(poll, entry, rules, now, &mut answer);
        } else if state == InvocationState::HandedOut {
            hand_out_again(poll, entry, rules, now, &mut answer);
        } else if now >= entry.invocation.delivery_deadline || entry.command_cancelled || entry.command_stopped {
            // Its dispatcher, or its time, ends it.
        } else if slots > 0 {
            match rules.throttle.opens_at(&recent, now) {
                Some(opens) => answer.next_at = earlier(answer.next_at, opens),
                None => {
                    slots -= 1;
                    recent.push(now);
                    hand_out_first(poll, entry, rules, now, &mut answer);
                }
            }
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
    ask_for_more(poll, mailbox, slots.min(rules.throttle.room(&recent, now)), now, &mut answer);
    if mailbox.polled_at.is_none_or(|at| now.since(at) >= Node::PRESENCE_STEP) {
        answer.decision.batch.write(Write::NotePoll {
            account: poll.account.clone(),
            instance: poll.instance.clone(),
            at: now,
        });
    }
    answer
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

fn hand_out_cancel(poll: &Poll, entry: &MailboxEntry, rules: &HandOutRules, now: Timestamp, answer: &mut HandOut) {
    let mut invocation = entry.invocation.clone();
    let Some(cancel) = &mut invocation.cancel else { return };
    let first = *cancel.first_handed_out_at.get_or_insert(now);
    cancel.hidden_until = Some(now + poll.visibility);
    let id = MessageId::new(cancel.uuid, poll.instance.clone());
    let payload = CancelPayload { cancel_message_id: invocation.message_id() };
    // A struct with one text member always serializes.
    let payload = Payload::new(serde_json::to_string(&payload).unwrap_or_default());
    let topic = Topic::CancelCommand.in_region(&rules.region);
    answer.messages.push(Message::new(id, topic, payload, first, None));
    hide(invocation, poll, now, answer);
}

fn hand_out_first(poll: &Poll, entry: &MailboxEntry, rules: &HandOutRules, now: Timestamp, answer: &mut HandOut) {
    let mut invocation = entry.invocation.clone();
    if invocation.apply(InvocationEvent::HandedOut, now).is_err() {
        return;
    }
    invocation.first_handed_out_at = Some(now);
    invocation.journal = poll.journal;
    answer.decision.publish_invocation(&invocation, now);
    let (account, number) = (poll.account.clone(), invocation.key.number);
    answer.decision.batch.require(Condition::Open { account, number });
    carry(poll, entry, rules, now, invocation, answer);
}

fn hand_out_again(poll: &Poll, entry: &MailboxEntry, rules: &HandOutRules, now: Timestamp, answer: &mut HandOut) {
    let mut invocation = entry.invocation.clone();
    let first = invocation.first_handed_out_at.unwrap_or(now);
    // An agent without a journal forgets; one with another journal never knew, and may run what has run.
    let safe = match (invocation.journal, poll.journal) {
        (Some(then), Some(current)) => then == current,
        (None, None) => now.since(first) <= HandOutRules::REDELIVERY_TIME,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if safe && now < invocation.delivery_deadline && !entry.command_cancelled {
        let (account, number) = (poll.account.clone(), invocation.key.number);
        answer.decision.batch.require(Condition::NotCancelled { account, number });
        carry(poll, entry, rules, now, invocation, answer);
    } else if !entry.command_cancelled {
        // It never can be handed out again, so it must not stand in the way of others.
        invocation.delivered = true;
        answer.decision.batch.write(Write::PutInvocation(Box::new(invocation)));
    }
}

fn carry(
    poll: &Poll,
    entry: &MailboxEntry,
    rules: &HandOutRules,
    now: Timestamp,
    mut invocation: Invocation,
    answer: &mut HandOut,
) {
    invocation.hidden_until = Some(now + poll.visibility);
    let created = invocation.first_handed_out_at.unwrap_or(now);
    answer.messages.push(Message::new(
        invocation.message_id(),
        Topic::SendCommand.in_region(&rules.region),
        entry.payload.clone(),
        created,
        Some(invocation.delivery_deadline),
    ));
    hide(invocation, poll, now, answer);
}

fn hide(invocation: Invocation, poll: &Poll, now: Timestamp, answer: &mut HandOut) {
    answer.next_at = earlier(answer.next_at, now + poll.visibility);
    answer.decision.batch.write(Write::PutInvocation(Box::new(invocation)));
}

fn earlier(next: Option<Timestamp>, at: Timestamp) -> Option<Timestamp> {
    Some(next.map_or(at, |next| next.min(at)))
}
