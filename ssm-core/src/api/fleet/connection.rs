//! Whether an instance is connected.

use serde::{Deserialize, Serialize};

use crate::ids::InstanceId;
use crate::record::Node;
use crate::time::Timestamp;

/// Asks whether an instance is connected. Source: API reference, `GetConnectionStatus`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct GetConnectionStatusRequest {
    /// The instance's id, 1 to 400 characters; required. Of what is no id, and of an unknown one, nobody is connected.
    pub target: String,
}

impl GetConnectionStatusRequest {
    /// Asks about this instance.
    #[must_use]
    pub fn new(target: impl Into<String>) -> Self {
        Self { target: target.into() }
    }

    /// The instance; `None` for what is no id.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.target.parse().ok()
    }
}

/// Whether an instance is connected. Source: API reference, `ConnectionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionStatus {
    /// It polls for messages: it waits in one now, or has polled within [`Node::PRESENCE_TIME`] (our choice). This is of the
    /// message channel, and apart from `PingStatus`.
    Connected,
    /// It does not, or nobody knows it.
    NotConnected,
}

/// Whether the instance is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetConnectionStatusResponse {
    /// As in the request.
    pub target: String,
    /// Whether it is.
    pub status: ConnectionStatus,
}

impl GetConnectionStatusResponse {
    /// What is known of the node, if anything is.
    #[must_use]
    pub fn of(target: String, node: Option<&Node>, now: Timestamp) -> Self {
        let connected = node.is_some_and(|node| node.polls(now));
        let status = if connected { ConnectionStatus::Connected } else { ConnectionStatus::NotConnected };
        Self { target, status }
    }
}
