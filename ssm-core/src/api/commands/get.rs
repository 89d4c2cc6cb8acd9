//! `GetCommandInvocation`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CloudWatchOutputConfig, read};
use crate::api::ApiError;
use crate::command::InvocationStatus;
use crate::ids::{CommandId, InstanceId, StepName};

/// Asks for one invocation with its output. Source: API reference, `GetCommandInvocation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct GetCommandInvocationRequest {
    /// The command; required.
    pub command_id: String,
    /// The instance; required.
    pub instance_id: String,
    /// Which step; required when the document has several.
    pub plugin_name: Option<String>,
}

impl GetCommandInvocationRequest {
    /// Asks for the only step of the command on this instance.
    #[must_use]
    pub fn new(command: CommandId, instance: &InstanceId) -> Self {
        Self { command_id: command.to_string(), instance_id: instance.to_string(), plugin_name: None }
    }

    /// The same for this step.
    #[must_use]
    pub fn with_plugin_name(mut self, name: impl Into<String>) -> Self {
        self.plugin_name = Some(name.into());
        self
    }

    /// The ids, read.
    ///
    /// # Errors
    /// `ValidationException` for what is no id.
    pub fn parse(&self) -> Result<(CommandId, InstanceId), ApiError> {
        Ok((read("commandId", &self.command_id)?, read("instanceId", &self.instance_id)?))
    }
}

/// One invocation with its output, which its `Debug` does not show. Source: API reference, `GetCommandInvocation`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetCommandInvocationResponse {
    /// The command.
    pub command_id: CommandId,
    /// The instance.
    pub instance_id: InstanceId,
    /// The command's comment.
    pub comment: String,
    /// The document, as submitted.
    pub document_name: String,
    /// Its version, as submitted.
    pub document_version: String,
    /// The step: its name, in schema 1.2 the plugin's.
    pub plugin_name: String,
    /// The exit code; -1 until it is known.
    pub response_code: i32,
    /// When the step began, `YYYY-MM-DDTHH:MM:SS.mmmZ`; absent until it has ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution_start_date_time: Option<String>,
    /// How long it took, for example `PT0.091S`; absent until it has ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub execution_elapsed_time: Option<String>,
    /// When the step ended; `""` until known. The true end (the public service repeats the start).
    pub execution_end_date_time: String,
    /// The coarse status of the step named, or of the only one.
    pub status: InvocationStatus,
    /// The fine one.
    pub status_details: String,
    /// Standard output, at most 24,000 characters.
    pub standard_output_content: String,
    /// Where the whole of it is; `""`: nowhere.
    pub standard_output_url: String,
    /// Standard error, at most 8,000 characters.
    pub standard_error_content: String,
    /// Where the whole of it is; `""`: nowhere.
    pub standard_error_url: String,
    /// Whether output goes to a log group, as submitted.
    pub cloud_watch_output_config: CloudWatchOutputConfig,
}

impl fmt::Debug for GetCommandInvocationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetCommandInvocationResponse")
            .field("command_id", &self.command_id)
            .field("instance_id", &self.instance_id)
            .field("plugin_name", &self.plugin_name)
            .field("status_details", &self.status_details)
            .field("response_code", &self.response_code)
            .finish_non_exhaustive()
    }
}

impl GetCommandInvocationResponse {
    /// The members that follow from the command, for a step of which nothing is known yet.
    #[must_use]
    pub fn new(command: &crate::record::Command, instance: &InstanceId, step: &StepName) -> Self {
        Self {
            command_id: command.id,
            instance_id: instance.clone(),
            comment: command.comment.clone(),
            document_name: command.document.name.to_string(),
            document_version: command.document.requested.to_string(),
            plugin_name: step.to_string(),
            response_code: -1,
            execution_start_date_time: None,
            execution_elapsed_time: None,
            execution_end_date_time: String::new(),
            status: InvocationStatus::Pending,
            status_details: InvocationStatus::Pending.as_str().to_owned(),
            standard_output_content: String::new(),
            standard_output_url: String::new(),
            standard_error_content: String::new(),
            standard_error_url: String::new(),
            cloud_watch_output_config: CloudWatchOutputConfig::shown(&command.options),
        }
    }
}
