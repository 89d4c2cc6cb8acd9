//! What the service and agents say to each other: the messages of the delivery service and what stands in their payloads.
//!
//! Read in this order: [`Message`] (the envelope), [`SendCommandPayload`] and [`CancelPayload`] (to the agent),
//! [`ReplyPayload`] (from it). Member names and forms are those of the stock agent's wire; unknown members are ignored.

mod payload;
mod reply;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use payload::{CancelPayload, SendCommandPayload};
pub use reply::{AdditionalInfo, AgentInfo, PluginResult, ReplyPayload};

use crate::ids::{InstanceId, MessageId};
use crate::time::Timestamp;

/// One message of the delivery service.
///
/// Source: agent protocol 1.2. All members are mandatory: the stock agent drops a message that lacks one, without a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// The first hand-out; the stock agent drops messages that are older than two days.
    pub created_date: Timestamp,
    /// Whom it is for.
    pub destination: InstanceId,
    /// Its id.
    pub message_id: MessageId,
    /// A JSON text, read by topic.
    pub payload: Payload,
    /// SHA-256 of the payload, lower-case hexadecimal.
    pub payload_digest: String,
    /// What kind of message it is.
    pub topic: String,
    /// No run may begin from here on. Our extension: other agents ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_deadline: Option<Timestamp>,
}

/// The text of a payload, shared between all that carry it. Its `Debug` shows the size only: it may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(Arc<str>);

impl Payload {
    /// This text.
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

/// The two kinds of messages. Only the prefix of a topic counts; what follows is the Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Run a command.
    SendCommand,
    /// Cancel one.
    CancelCommand,
}

impl Topic {
    const SEND: &str = "aws.ssm.sendCommand";
    const CANCEL: &str = "aws.ssm.cancelCommand";

    /// The kind that a topic's text names; `None` for an unknown one.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if text.starts_with(Self::SEND) {
            Some(Self::SendCommand)
        } else if text.starts_with(Self::CANCEL) {
            Some(Self::CancelCommand)
        } else {
            None
        }
    }

    /// The topic's text in a Region, for example `aws.ssm.sendCommand.us-east-1.1`.
    #[must_use]
    pub fn in_region(self, region: &str) -> String {
        let prefix = match self {
            Self::SendCommand => Self::SEND,
            Self::CancelCommand => Self::CANCEL,
        };
        format!("{prefix}.{region}.1")
    }
}

impl Message {
    /// A message with this payload; the digest is made here.
    #[must_use]
    pub fn new(
        id: MessageId,
        topic: String,
        payload: Payload,
        created: Timestamp,
        deadline: Option<Timestamp>,
    ) -> Self {
        Self {
            created_date: created,
            destination: id.instance().clone(),
            message_id: id,
            payload_digest: hex_sha256(payload.as_str().as_bytes()),
            payload,
            topic,
            delivery_deadline: deadline,
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_prefix_of_a_topic_counts() {
        for topic in ["aws.ssm.sendCommand.us.east.1.1", "aws.ssm.sendCommand", "aws.ssm.sendCommand.us-east-1.1"] {
            assert_eq!(Topic::of(topic), Some(Topic::SendCommand), "{topic}");
        }
        assert_eq!(Topic::of("aws.ssm.cancelCommand.x"), Some(Topic::CancelCommand));
        assert_eq!(Topic::of("aws.ssm.offlineCommand"), None);
        assert_eq!(Topic::CancelCommand.in_region("eu-west-1"), "aws.ssm.cancelCommand.eu-west-1.1");
    }

    #[test]
    fn what_a_payload_says_is_not_shown_by_debug() {
        let id: MessageId = "aws.ssm.5c47e084-87ea-4467-8d32-d07c87ea60ae.mi-0123456789abcdef0".parse().unwrap();
        let message = Message::new(id, "t".to_owned(), Payload::new("hunter2"), Timestamp::MIN, None);
        assert_eq!(message.destination.as_str(), "mi-0123456789abcdef0");
        let text = format!("{message:?}");
        assert!(text.contains("Payload(7 bytes)") && !text.contains("hunter2"), "{text}");
    }

    /// A reply of the right shape whose values are of any kind, and texts that are no JSON at all.
    fn any_text() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            "null",
            "-?[0-9]{1,20}(\\.[0-9]{1,3})?",
            "\"\\PC{0,12}\"",
            "\\[\\]",
            "\\{\\}",
            "\"2026-1[0-9]-[0-9]{2}T.{0,9}\""
        ];
        let reply = proptest::collection::vec(value, 5).prop_map(|values| {
            let [status, trace, code, name, start] = values.as_slice() else { return String::new() };
            format!(
                r#"{{"documentStatus": {status}, "documentTraceOutput": {trace}, "runtimeStatus": {{"s": {{"status": {status},
                    "code": {code}, "name": {name}, "startDateTime": {start}, "endDateTime": {start}}}}},
                    "CancelMessageId": {name}, "CommandId": {name}, "DocumentContent": {trace}, "Parameters": {start}}}"#
            )
        });
        prop_oneof![1 => "\\PC{0,60}", 3 => reply]
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_a_payload_panic(text in any_text()) {
            let _ = serde_json::from_str::<ReplyPayload>(&text);
            let _ = serde_json::from_str::<CancelPayload>(&text);
            let _ = serde_json::from_str::<SendCommandPayload>(&text);
            let _ = serde_json::from_str::<Message>(&text);
        }
    }

    #[test]
    fn the_digest_is_sha256_in_lower_case_hexadecimal() {
        assert_eq!(hex_sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex_sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
