//! `CancelCommand`.

use serde::{Deserialize, Serialize};

use super::read;
use crate::api::{ApiError, ErrorCode};
use crate::ids::{CommandId, InstanceId};

/// Ends a command as far as it has not ended by itself; best effort. Source: API reference, `CancelCommand`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct CancelCommandRequest {
    /// The command; required.
    pub command_id: String,
    /// Only these of its instances, at most 50; all when empty.
    pub instance_ids: Vec<String>,
}

impl CancelCommandRequest {
    /// Cancels the command everywhere.
    #[must_use]
    pub fn new(command: CommandId) -> Self {
        Self { command_id: command.to_string(), instance_ids: Vec::new() }
    }

    /// Only on these instances.
    #[must_use]
    pub fn with_instance_ids<T: ToString>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.instance_ids = ids.into_iter().map(|id| id.to_string()).collect();
        self
    }

    /// The ids, read.
    ///
    /// # Errors
    /// `ValidationException` for what is no id, `DuplicateInstanceId`.
    pub fn parse(&self) -> Result<(CommandId, Vec<InstanceId>), ApiError> {
        let command = read("commandId", &self.command_id)?;
        let mut instances: Vec<InstanceId> = Vec::with_capacity(self.instance_ids.len().min(50));
        for id in &self.instance_ids {
            let id = read("instanceIds", id)?;
            if instances.contains(&id) {
                return Err(ApiError::new(ErrorCode::DuplicateInstanceId, format!("{id} occurs twice.")));
            }
            instances.push(id);
        }
        Ok((command, instances))
    }
}

/// Nothing to say: the cancel is on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelCommandResponse {}
