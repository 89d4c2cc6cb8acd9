//! `ListCommands` and `ListCommandInvocations`.

use serde::{Deserialize, Serialize};

use super::{Command, CommandFilter, CommandFilters, CommandInvocation, read};
use crate::api::{ApiError, ErrorCode};
use crate::ids::{CommandId, InstanceId};

/// Lists commands, newest first. Source: API reference, `ListCommands`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListCommandsRequest {
    /// Only this one.
    pub command_id: Option<String>,
    /// Only those with an invocation on this instance.
    pub instance_id: Option<String>,
    /// Page size, 1 to 50; default 50.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// 1 to 5 filters, all of which a row must pass.
    pub filters: Option<Vec<CommandFilter>>,
}

impl ListCommandsRequest {
    /// Only this command.
    #[must_use]
    pub fn of_command(command: CommandId) -> Self {
        Self { command_id: Some(command.to_string()), ..Self::default() }
    }

    /// The same with this filter, beside earlier ones.
    #[must_use]
    pub fn with_filter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.filters.get_or_insert_default().push(CommandFilter::new(key, value));
        self
    }

    /// What is meant.
    ///
    /// # Errors
    /// `ValidationException` for a value that is none, `InvalidFilterKey` for keys that do not go together.
    pub fn parse(&self) -> Result<CommandListing, ApiError> {
        let filters = CommandFilters::of_commands(self.filters.as_deref().unwrap_or_default())?;
        if self.instance_id.is_some() && filters.status == Some("Pending") {
            let text = "InstanceId cannot be given together with the filter Status=Pending.";
            return Err(ApiError::new(ErrorCode::InvalidFilterKey, text));
        }
        listing(self.command_id.as_deref(), self.instance_id.as_deref(), self.max_results, filters)
    }
}

/// A page of commands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListCommandsResponse {
    /// The commands.
    pub commands: Vec<Command>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Lists invocations. Source: API reference, `ListCommandInvocations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListCommandInvocationsRequest {
    /// Only of this command.
    pub command_id: Option<String>,
    /// Only on this instance.
    pub instance_id: Option<String>,
    /// Page size, 1 to 50; default 50.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// 1 to 5 filters, all of which a row must pass.
    pub filters: Option<Vec<CommandFilter>>,
    /// Whether to show the steps; default false.
    pub details: bool,
}

impl ListCommandInvocationsRequest {
    /// Of this command, with the steps.
    #[must_use]
    pub fn detailed(command: CommandId) -> Self {
        Self { command_id: Some(command.to_string()), details: true, ..Self::default() }
    }

    /// The next page.
    #[must_use]
    pub fn after(mut self, next_token: Option<String>) -> Self {
        self.next_token = next_token;
        self
    }

    /// The same with this filter, beside earlier ones.
    #[must_use]
    pub fn with_filter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.filters.get_or_insert_default().push(CommandFilter::new(key, value));
        self
    }

    /// What is meant.
    ///
    /// # Errors
    /// `ValidationException` for a value that is none, `InvalidFilterKey` for keys that do not go together.
    pub fn parse(&self) -> Result<CommandListing, ApiError> {
        let filters = CommandFilters::of_invocations(self.filters.as_deref().unwrap_or_default())?;
        listing(self.command_id.as_deref(), self.instance_id.as_deref(), self.max_results, filters)
    }
}

/// A page of invocations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListCommandInvocationsResponse {
    /// The invocations.
    pub command_invocations: Vec<CommandInvocation>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A request to list commands or invocations, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandListing {
    /// Only this command.
    pub command: Option<CommandId>,
    /// Only this instance.
    pub instance: Option<InstanceId>,
    /// Rows of a page, 1 to 50.
    pub limit: usize,
    /// What rows must pass.
    pub filters: CommandFilters,
}

/// Rows of a page when no number is asked for, and at most. Source: API reference, `ListCommands` `MaxResults`.
const PAGE: usize = 50;

fn listing(
    command: Option<&str>,
    instance: Option<&str>,
    max_results: Option<i64>,
    filters: CommandFilters,
) -> Result<CommandListing, ApiError> {
    Ok(CommandListing {
        command: command.map(|text| read("commandId", text)).transpose()?,
        instance: instance.map(|text| read("instanceId", text)).transpose()?,
        limit: max_results.and_then(|size| usize::try_from(size).ok()).map_or(PAGE, |size| size.clamp(1, PAGE)),
        filters,
    })
}
