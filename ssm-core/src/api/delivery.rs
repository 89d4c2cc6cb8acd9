//! Shapes of message delivery. Source: agent protocol 1.2; members marked as our extension are ignored by others.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{InstanceId, JournalId, MessageId, ReplyId};
use crate::message::{Message, Payload};
use crate::time::Timestamp;

/// Polls for messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetMessagesRequest {
    /// Whose messages.
    pub destination: InstanceId,
    /// Names this poll; echoed.
    pub messages_request_id: Uuid,
    /// For how long what is handed out is hidden, in seconds; the stock agent says 10. Taken from 1 to 600.
    #[serde(default = "ten")]
    pub visibility_timeout_in_seconds: u32,
    /// How many more commands the agent can run now; without it the service counts. Our extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_slots: Option<u32>,
    /// The agent's journal. Our extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal_id: Option<JournalId>,
}

fn ten() -> u32 {
    10
}

impl GetMessagesRequest {
    /// A poll that hides what it gets for 10 seconds.
    #[must_use]
    pub fn new(destination: InstanceId, id: Uuid) -> Self {
        Self {
            destination,
            messages_request_id: id,
            visibility_timeout_in_seconds: ten(),
            free_slots: None,
            journal_id: None,
        }
    }
}

/// The messages; cancels first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetMessagesResponse {
    /// Echoed.
    pub destination: InstanceId,
    /// Echoed.
    pub messages_request_id: Uuid,
    /// Empty when the poll ended without any.
    pub messages: Vec<Message>,
    /// The service's time, by which deadlines are judged. Our extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_time: Option<Timestamp>,
}

impl GetMessagesResponse {
    /// The answer to this poll, without the service's time.
    #[must_use]
    pub fn new(destination: InstanceId, id: Uuid, messages: Vec<Message>) -> Self {
        Self { destination, messages_request_id: id, messages, service_time: None }
    }
}

/// The agent has the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AcknowledgeMessageRequest {
    /// Which one.
    pub message_id: MessageId,
}

/// The agent says how a message's work stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendReplyRequest {
    /// Which message.
    pub message_id: MessageId,
    /// A JSON text, see [`ReplyPayload`](crate::message::ReplyPayload).
    pub payload: Payload,
    /// Names this reply; the same over retries.
    pub reply_id: ReplyId,
}

/// The agent cannot handle the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailMessageRequest {
    /// Which one.
    pub message_id: MessageId,
    /// Why.
    pub failure_type: FailureType,
}

/// Why an agent cannot handle a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureType {
    /// It knows nothing about such messages.
    NoHandlerExists,
    /// It could not read it.
    InternalHandlerException,
}

/// The message is not to be handed out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteMessageRequest {
    /// Which one.
    pub message_id: MessageId,
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn both_reasons_of_a_failed_message_have_the_agents_words_and_there_is_no_other() {
        for kind in [FailureType::NoHandlerExists, FailureType::InternalHandlerException] {
            assert_eq!(to_value(kind).unwrap(), json!(format!("{kind:?}")));
            assert_eq!(from_value::<FailureType>(to_value(kind).unwrap()).unwrap(), kind);
        }
        assert_eq!(to_value(FailureType::InternalHandlerException).unwrap(), json!("InternalHandlerException"));
        assert!(from_value::<FailureType>(json!("Other")).is_err());
    }

    #[test]
    fn a_call_with_an_id_of_another_form_is_not_read() {
        for id in ["", "aws.ssm.x", "aws.ssm.5c47e084-87ea-4467-8d32-d07c87ea60ae.web-1"] {
            assert!(from_value::<AcknowledgeMessageRequest>(json!({"MessageId": id})).is_err(), "{id:?}");
        }
        assert!(
            from_value::<GetMessagesRequest>(json!({"Destination": "web-1", "MessagesRequestId": Uuid::nil()}))
                .is_err()
        );
    }
}
