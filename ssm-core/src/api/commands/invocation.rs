//! An invocation and its steps, as they are listed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CloudWatchOutputConfig, NotificationConfig};
use crate::command::{CommandPluginStatus, InvocationState, InvocationStatus};
use crate::document::StepResult;
use crate::ids::{CommandId, InstanceId, StepName};
use crate::record::Invocation;
use crate::time::{Timestamp, epoch_seconds};

/// An invocation as the API lists it; its `Debug` shows no output. Source: API reference, `CommandInvocation`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CommandInvocation {
    /// The command.
    pub command_id: CommandId,
    /// The instance.
    pub instance_id: InstanceId,
    /// Its host name.
    pub instance_name: String,
    /// The command's comment.
    pub comment: String,
    /// The document, as submitted.
    pub document_name: String,
    /// Its version, as submitted.
    pub document_version: String,
    /// When the command went out to this instance.
    #[serde(with = "epoch_seconds")]
    pub requested_date_time: Timestamp,
    /// The coarse status.
    pub status: InvocationStatus,
    /// The fine one.
    pub status_details: String,
    /// The agent's words on a document that it could not run.
    pub trace_output: String,
    /// The steps that have reported; empty unless details were asked for.
    pub command_plugins: Vec<CommandPlugin>,
    /// Where the whole standard output of a command with a single step is; `""`: nowhere.
    pub standard_output_url: String,
    /// Likewise for standard error.
    pub standard_error_url: String,
    /// The role that notifications are published as; `""`: none.
    pub service_role: String,
    /// Who is told of changes; `""` and `[]` when nobody is.
    pub notification_config: NotificationConfig,
    /// Whether output goes to a log group, as submitted.
    pub cloud_watch_output_config: CloudWatchOutputConfig,
}

impl CommandInvocation {
    /// An invocation of the command that shows as `state`, with these steps.
    #[must_use]
    pub fn new(
        command: &crate::record::Command,
        invocation: &Invocation,
        state: InvocationState,
        command_plugins: Vec<CommandPlugin>,
    ) -> Self {
        Self {
            command_id: command.id,
            instance_id: invocation.key.instance.clone(),
            instance_name: invocation.instance_name.clone(),
            comment: command.comment.clone(),
            document_name: command.document.name.to_string(),
            document_version: command.document.requested.to_string(),
            requested_date_time: invocation.requested_at,
            status: state.status(),
            status_details: state.details().to_owned(),
            trace_output: invocation.trace.clone(),
            command_plugins,
            standard_output_url: String::new(),
            standard_error_url: String::new(),
            service_role: command.options.service_role.clone(),
            notification_config: NotificationConfig::shown(&command.options),
            cloud_watch_output_config: CloudWatchOutputConfig::shown(&command.options),
        }
    }
}

/// A step as the API lists it; its `Debug` shows no output. Source: API reference, `CommandPlugin`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CommandPlugin {
    /// The step's name, in schema 1.2 the plugin's.
    pub name: String,
    /// The coarse status.
    pub status: CommandPluginStatus,
    /// The fine one.
    pub status_details: String,
    /// The exit code; -1 until it is known.
    pub response_code: i32,
    /// When the step began; absent until known.
    #[serde(with = "epoch_seconds::option", skip_serializing_if = "Option::is_none", default)]
    pub response_start_date_time: Option<Timestamp>,
    /// When it ended; absent until known.
    #[serde(with = "epoch_seconds::option", skip_serializing_if = "Option::is_none", default)]
    pub response_finish_date_time: Option<Timestamp>,
    /// Both streams, at most 2,500 characters.
    pub output: String,
    /// Where the whole of standard output is; `""`: nowhere.
    pub standard_output_url: String,
    /// Where the whole of standard error is; `""`: nowhere.
    pub standard_error_url: String,
    /// The service's Region.
    #[serde(rename = "OutputS3Region")]
    pub output_s3_region: String,
    /// Where the whole outputs are; `""`: nowhere.
    #[serde(rename = "OutputS3BucketName")]
    pub output_s3_bucket_name: String,
    /// What the keys of this step's outputs begin with.
    #[serde(rename = "OutputS3KeyPrefix")]
    pub output_s3_key_prefix: String,
}

impl fmt::Debug for CommandInvocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandInvocation")
            .field("command_id", &self.command_id)
            .field("instance_id", &self.instance_id)
            .field("status_details", &self.status_details)
            .field("command_plugins", &self.command_plugins)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CommandPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandPlugin")
            .field("name", &self.name)
            .field("status_details", &self.status_details)
            .field("response_code", &self.response_code)
            .finish_non_exhaustive()
    }
}

impl CommandPlugin {
    /// A step with this status and code, and its result if it has one.
    #[must_use]
    pub fn new(
        name: &StepName,
        status: CommandPluginStatus,
        details: &str,
        code: i32,
        result: Option<&StepResult>,
    ) -> Self {
        Self {
            name: name.to_string(),
            status,
            status_details: details.to_owned(),
            response_code: code,
            response_start_date_time: result.map(|result| result.started_at),
            response_finish_date_time: result
                .filter(|result| result.status.is_terminal())
                .map(|result| result.ended_at),
            output: result.map(|result| result.output.clone()).unwrap_or_default(),
            standard_output_url: String::new(),
            standard_error_url: String::new(),
            output_s3_region: String::new(),
            output_s3_bucket_name: String::new(),
            output_s3_key_prefix: String::new(),
        }
    }
}
