//! The rows of an invocation, its steps, and its completions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{InvocationNotification, Revision};
use crate::command::{IllegalTransition, InvocationEvent, InvocationOutcome, InvocationState};
use crate::document::StepResult;
use crate::ids::{AccountId, CommandId, CommandNumber, InstanceId, JournalId, MessageId, StepName};
use crate::time::Timestamp;

/// Names an invocation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvocationKey {
    /// The account.
    pub account: AccountId,
    /// The command.
    pub number: CommandNumber,
    /// The managed instance.
    pub instance: InstanceId,
}

/// A command on one managed instance. Its `Debug` does not show what the agent says in `trace`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// Which one.
    pub key: InvocationKey,
    /// The command's public id.
    pub command: CommandId,
    /// How often this row was written.
    pub revision: Revision,
    /// Where it stands. Changed through [`apply`](Self::apply) only.
    pub state: InvocationState,
    /// Since when it stands there.
    pub since: Timestamp,
    /// When it was released to its node for the first time; until then the command's requested time.
    pub requested_at: Timestamp,
    /// No hand-out from here on.
    pub delivery_deadline: Timestamp,
    /// Without an end by then it ends as DeliveryTimedOut.
    pub expires_at: Timestamp,
    /// Its slot came back unfetched, or its node was away: it is released again only when its node asks.
    pub waits_for_request: bool,
    /// Whether the look at the node's presence, 60 seconds after queueing, is still to come.
    pub presence_check_pending: bool,
    /// When a poll's answer carried it first.
    pub first_handed_out_at: Option<Timestamp>,
    /// Until when it is hidden from polls after a hand-out.
    pub hidden_until: Option<Timestamp>,
    /// The journal of the agent that it was first handed to, if that agent states one.
    pub journal: Option<JournalId>,
    /// Whether that agent does not state its free slots, so that the service counts them.
    pub slot_is_counted: bool,
    /// Acknowledged, answered, failed or deleted: it is not handed out again.
    pub delivered: bool,
    /// When its agent first acknowledged or answered it while it was under way.
    pub taken_at: Option<Timestamp>,
    /// Whether it counts for the ramp-up: an acknowledgement or a reply came, or was waited for long enough.
    pub answered: bool,
    /// The cancel message, once a cancel was asked for after the hand-out.
    pub cancel: Option<CancelDelivery>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether it ended by its agent's own terminal reply.
    pub ended_by_reply: bool,
    /// The agent's or the service's words on an end without step results, at most 2,500 characters.
    pub trace: String,
    /// The node's computer name when the invocation was made.
    pub instance_name: String,
    /// Who is told of its changes, when the command asks for that.
    pub notification: Option<Arc<InvocationNotification>>,
}

/// The kinds of mail, in the order in which a poll gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MailKind {
    /// A cancel message.
    Cancel,
    /// A command that was handed out and not taken.
    Again,
    /// A command that was released and not handed out.
    First,
}

/// The delivery of a cancel message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelDelivery {
    /// The message's own UUID; never the command's, by which agents name state files.
    pub uuid: Uuid,
    /// When a poll's answer carried it first.
    pub first_handed_out_at: Option<Timestamp>,
    /// Until when it is hidden from polls after a hand-out.
    pub hidden_until: Option<Timestamp>,
    /// Not to be handed out again.
    pub delivered: bool,
    /// When the agent acknowledged or answered it.
    pub answered_at: Option<Timestamp>,
}

impl CancelDelivery {
    /// A cancel message that waits in the mailbox.
    #[must_use]
    pub fn new(uuid: Uuid) -> Self {
        Self { uuid, first_handed_out_at: None, hidden_until: None, delivered: false, answered_at: None }
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("key", &self.key)
            .field("revision", &self.revision)
            .field("state", &self.state)
            .field("since", &self.since)
            .field("first_handed_out_at", &self.first_handed_out_at)
            .field("delivered", &self.delivered)
            .field("cancel", &self.cancel)
            .finish_non_exhaustive()
    }
}

impl Invocation {
    /// How long a released invocation waits to be fetched before its slot goes back. Our choice.
    pub const FETCH_TIME: Duration = Duration::from_secs(60);
    /// How long an agent may be silent after the hand-out before the ramp-up goes on without it. Our choice.
    pub const ANSWER_TIME: Duration = Duration::from_secs(60);
    /// How long a queued invocation waits for a poll of its node before it shows as Delayed. Our choice.
    pub const POLL_TIME: Duration = Duration::from_secs(60);
    /// How long after a cancel message was taken an agent has for its terminal reply. Our choice.
    pub const CANCEL_TIME: Duration = Duration::from_secs(60);
    /// How long after its first hand-out it may go again to an agent without a journal: the stock one forgets ids after 30
    /// minutes, and a message that it has forgotten would run again. Our choice.
    pub const REDELIVERY_TIME: Duration = Duration::from_secs(25 * 60);
    /// How long after an acknowledgement and all its step timeouts it still takes a slot of its agent. Our choice.
    pub const SLOT_TIME: Duration = Duration::from_secs(60);
    /// Most characters of [`trace`](Self::trace). Source: API reference, `CommandInvocation` `TraceOutput`.
    pub const MAX_TRACE: usize = 2500;

    /// Changes the state, and what follows from it alone. Answers what the dispatcher must hear of it, if anything.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the state has no edge for the event; nothing is changed then.
    pub fn apply(&mut self, event: InvocationEvent, now: Timestamp) -> Result<Option<Completion>, IllegalTransition> {
        let before = self.state;
        let after = before.apply(event)?;
        self.state = after;
        self.since = now;
        let first_answer = !self.answered
            && matches!(
                event,
                InvocationEvent::Acknowledged
                    | InvocationEvent::Progressed
                    | InvocationEvent::Finished(_)
                    | InvocationEvent::DeliveryFailed
            );
        self.answered |= first_answer;
        let ended = match after {
            InvocationState::Ended(outcome) => Some(outcome),
            _ => None,
        };
        if ended.is_some() {
            self.ended_by_reply = matches!(event, InvocationEvent::Finished(_));
            self.ended_at = Some(now);
            self.delivered = true;
            self.presence_check_pending = false;
        }
        let gave_slot_back = before.holds_slot() && !after.holds_slot();
        let delay = match (before == InvocationState::Delayed, after == InvocationState::Delayed) {
            (false, true) => Some(Delay::Begun),
            (true, false) => Some(Delay::Over),
            _ => None,
        };
        let counts = first_answer || gave_slot_back || delay.is_some() || ended.is_some();
        Ok(counts.then(|| Completion { key: self.key.clone(), first_answer, gave_slot_back, delay, ended }))
    }

    /// The id of the message that carries the command to the node.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        MessageId::of_command(self.command, self.key.instance.clone())
    }

    /// The agent acknowledges or answers: it is not handed out again. What is over stays as it is.
    ///
    /// Answers what the dispatcher must hear of it, if [`apply`](Self::apply) did not say so: the first sign of an agent whose
    /// invocation is Cancelling changes no state, and counts for the ramp-up all the same.
    pub fn note_taken(&mut self, now: Timestamp) -> Option<Completion> {
        if self.state.is_terminal() {
            return None;
        }
        self.delivered = true;
        self.taken_at.get_or_insert(now);
        self.count_as_answered()
    }

    /// Counts it for the ramp-up, if it does not count yet. Answers what the dispatcher must hear of it.
    pub fn count_as_answered(&mut self) -> Option<Completion> {
        if self.answered {
            return None;
        }
        self.answered = true;
        let key = self.key.clone();
        Some(Completion { key, first_answer: true, gave_slot_back: false, delay: None, ended: None })
    }

    /// Where in the mailbox a poll finds it or its cancel message; `None` when there is nothing of it to hand out.
    #[must_use]
    pub fn mail(&self) -> Option<MailKind> {
        match self.state {
            InvocationState::Released => Some(MailKind::First),
            InvocationState::HandedOut if !self.delivered => Some(MailKind::Again),
            _ if self.cancel_in_mailbox() => Some(MailKind::Cancel),
            _ => None,
        }
    }

    /// Whether a poll of the node may have to be answered with this invocation or its cancel message.
    #[must_use]
    pub fn in_mailbox(&self) -> bool {
        self.mail().is_some()
    }

    /// Whether the cancel message may have to be handed out.
    #[must_use]
    pub fn cancel_in_mailbox(&self) -> bool {
        self.state == InvocationState::Cancelling && self.cancel.as_ref().is_some_and(|cancel| !cancel.delivered)
    }

    /// From when on the mailbox should show it: at once, or when its hiding ends.
    #[must_use]
    pub fn visible_at(&self) -> Timestamp {
        let hidden = match &self.cancel {
            Some(cancel) if self.cancel_in_mailbox() => cancel.hidden_until,
            _ => self.hidden_until,
        };
        hidden.unwrap_or(Timestamp::MIN)
    }

    /// From when on its message is not handed out again, if nobody takes it: its delivery deadline, and for an agent without a
    /// journal [`REDELIVERY_TIME`](Self::REDELIVERY_TIME) after the first hand-out. `None` before that.
    #[must_use]
    pub fn redelivery_ends_at(&self) -> Option<Timestamp> {
        let first = self.first_handed_out_at?;
        Some(match self.journal {
            Some(_) => self.delivery_deadline,
            None => self.delivery_deadline.min(first + Self::REDELIVERY_TIME),
        })
    }

    /// Until when it takes a slot of an agent that does not state its free ones: from its first hand-out to its end. But a
    /// result may be lost, so without an end it gives the slot back when it cannot run any more: [`SLOT_TIME`](Self::SLOT_TIME)
    /// after the agent took it and all its steps have timed out; or, when no agent was ever heard of it, when it is not handed
    /// out again. `None`: it takes none.
    #[must_use]
    pub fn slot_until(&self) -> Option<Timestamp> {
        if !self.slot_is_counted || self.state.is_terminal() {
            return None;
        }
        let steps_take = self.expires_at.since(self.delivery_deadline);
        self.taken_at.map(|at| at + steps_take + Self::SLOT_TIME).or_else(|| self.redelivery_ends_at())
    }

    /// When a cancel that the agent took, and did not answer, ends the invocation.
    #[must_use]
    pub fn cancel_unanswered_at(&self) -> Option<Timestamp> {
        self.cancel.as_ref().and_then(|cancel| cancel.answered_at).map(|at| at + Self::CANCEL_TIME)
    }

    /// When its agent, not heard of yet, has been silent for so long that the ramp-up goes on without it. A cancel meanwhile does
    /// not make the wait longer.
    fn silent_at(&self) -> Option<Timestamp> {
        let handed_out_at = self.first_handed_out_at.unwrap_or(self.since);
        (!self.answered).then_some(handed_out_at + Self::ANSWER_TIME)
    }

    /// When time alone changes it next; `None` when it never does.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let own = match self.state {
            InvocationState::Ended(_) => return None,
            InvocationState::Queued if self.presence_check_pending => Some(self.since + Self::POLL_TIME),
            InvocationState::Released => Some(self.since + Self::FETCH_TIME),
            InvocationState::HandedOut => self.silent_at(),
            InvocationState::Cancelling => self.silent_at().into_iter().chain(self.cancel_unanswered_at()).min(),
            _ => None,
        };
        Some(own.map_or(self.expires_at, |at| at.min(self.expires_at)))
    }
}

/// The result of one step of an invocation. Kept apart from the invocation, so that lists do not touch outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// Whose step.
    pub key: InvocationKey,
    /// The step.
    pub name: StepName,
    /// Its result.
    pub result: StepResult,
    /// It came after the service had ended the invocation by itself: the output is kept, but the status that operators have seen
    /// stays.
    pub late: bool,
}

/// Tells a command's dispatcher what happened to an invocation: written in the same commit as the change, deleted in the
/// commit that folds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The invocation.
    pub key: InvocationKey,
    /// Its agent acknowledged or answered for the first time.
    pub first_answer: bool,
    /// It holds its slot no more.
    pub gave_slot_back: bool,
    /// It became Delayed, or is so no more.
    pub delay: Option<Delay>,
    /// It ended.
    pub ended: Option<InvocationOutcome>,
}

/// A change that a command's count of Delayed invocations follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delay {
    /// The invocation became Delayed.
    Begun,
    /// It was released, or has ended.
    Over,
}

/// A completion that waits to be folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionRow {
    /// Its place among those of its command, given by the store; grows with every one.
    pub sequence: u64,
    /// What happened.
    pub completion: Completion,
}
