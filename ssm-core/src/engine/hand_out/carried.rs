//! The messages of an answer, before the payloads of their commands are read.

use std::collections::BTreeMap;

use super::HandOut;
use crate::ids::{CommandNumber, MessageId};
use crate::message::{CancelPayload, Message, Payload, Topic};
use crate::time::Timestamp;

/// A message of an answer, but for the payload of a command. That is read apart, once for each that really goes out: a mailbox
/// may hold many more than fit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carried {
    /// The message's id.
    pub message_id: MessageId,
    /// Its first hand-out, also when it goes out again.
    pub created_date: Timestamp,
    /// What it says.
    pub content: Content,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Run a command.
    Command {
        /// The command, which has the payload.
        number: CommandNumber,
        /// No run may begin from here on.
        delivery_deadline: Timestamp,
    },
    /// Cancel a command.
    Cancel {
        /// The message that carried it.
        of: MessageId,
    },
}

impl HandOut {
    /// The commands whose payloads the messages need; none for cancels.
    #[must_use]
    pub fn payloads_needed(&self) -> Vec<CommandNumber> {
        let numbers = self.messages.iter().filter_map(|carried| match carried.content {
            Content::Command { number, .. } => Some(number),
            Content::Cancel { .. } => None,
        });
        numbers.collect()
    }
}

impl Carried {
    /// The message, for an agent in this Region. `None` when its command's payload is not among these.
    #[must_use]
    pub fn into_message(self, payloads: &BTreeMap<CommandNumber, Payload>, region: &str) -> Option<Message> {
        let (topic, payload, deadline) = match self.content {
            Content::Command { number, delivery_deadline } => {
                (Topic::SendCommand, payloads.get(&number)?.clone(), Some(delivery_deadline))
            }
            Content::Cancel { of } => {
                // A struct with one text member always serializes.
                let text = serde_json::to_string(&CancelPayload { cancel_message_id: of }).unwrap_or_default();
                (Topic::CancelCommand, Payload::new(text), None)
            }
        };
        Some(Message::new(self.message_id, topic.in_region(region), payload, self.created_date, deadline))
    }
}
