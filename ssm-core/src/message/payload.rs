//! Payloads of messages to an agent.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::document::Parameters;
use crate::ids::{CommandId, MessageId};

/// What a send-command message carries.
///
/// Source: agent protocol 1.6. Its `Debug` shows neither parameters nor the document, since both may hold secrets.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendCommandPayload {
    /// Values by name, defaults merged in; placeholders still stand in the document.
    #[serde(default)]
    pub parameters: Parameters,
    /// The document, a JSON object, kept verbatim.
    pub document_content: Box<RawValue>,
    /// The command.
    pub command_id: CommandId,
    /// The document's name; an agent uses it in log group names only.
    #[serde(default)]
    pub document_name: String,
    /// `""`: no upload.
    #[serde(default)]
    pub output_s3_key_prefix: String,
    /// `""`: no upload.
    #[serde(default)]
    pub output_s3_bucket_name: String,
    /// `""`: no log group.
    #[serde(default)]
    pub cloud_watch_log_group_name: String,
    /// `"true"` or `"false"`, a text: the stock agent refuses a boolean.
    #[serde(default)]
    pub cloud_watch_output_enabled: String,
}

impl SendCommandPayload {
    /// A payload without any output destination.
    #[must_use]
    pub fn new(command: CommandId, document_name: String, document: Box<RawValue>, parameters: Parameters) -> Self {
        Self {
            parameters,
            document_content: document,
            command_id: command,
            document_name,
            output_s3_key_prefix: String::new(),
            output_s3_bucket_name: String::new(),
            cloud_watch_log_group_name: String::new(),
            cloud_watch_output_enabled: "false".to_owned(),
        }
    }
}

impl fmt::Debug for SendCommandPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendCommandPayload")
            .field("command_id", &self.command_id)
            .field("document_name", &self.document_name)
            .finish_non_exhaustive()
    }
}

/// What a cancel message carries: the id of the message to cancel, not of the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelPayload {
    /// The message that carried the command.
    pub cancel_message_id: MessageId,
}
