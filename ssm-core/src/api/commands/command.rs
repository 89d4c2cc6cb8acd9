//! A command, as it is shown.

use serde::{Deserialize, Serialize};

use super::{AlarmConfiguration, AlarmStateInformation, CloudWatchOutputConfig, NotificationConfig, TargetShape};
use crate::command::CommandStatus;
use crate::ids::{CommandId, InstanceId};
use crate::record::{self, SubmittedParameters, Targeting};
use crate::time::{Timestamp, epoch_seconds};

/// A command as the API shows it. Source: API reference, `Command`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Command {
    /// Its id.
    pub command_id: CommandId,
    /// The document, as submitted.
    pub document_name: String,
    /// Its version as submitted, `$DEFAULT` when none was given.
    pub document_version: String,
    /// The operator's comment.
    pub comment: String,
    /// When everything that has not ended ends as DeliveryTimedOut.
    #[serde(with = "epoch_seconds")]
    pub expires_after: Timestamp,
    /// As submitted.
    pub parameters: SubmittedParameters,
    /// Explicit instances; empty for targets.
    pub instance_ids: Vec<InstanceId>,
    /// Targets; empty for explicit instances.
    pub targets: Vec<TargetShape>,
    /// When it was accepted.
    #[serde(with = "epoch_seconds")]
    pub requested_date_time: Timestamp,
    /// The coarse status.
    pub status: CommandStatus,
    /// The fine one.
    pub status_details: String,
    /// A count or a percentage.
    pub max_concurrency: String,
    /// A count or a percentage.
    pub max_errors: String,
    /// How many instances; 0 until the targets are resolved.
    pub target_count: u32,
    /// How many invocations have ended.
    pub completed_count: u32,
    /// How many of them Failed or ExecutionTimedOut.
    pub error_count: u32,
    /// How many of them DeliveryTimedOut.
    pub delivery_timed_out_count: u32,
    /// The delivery timeout.
    pub timeout_seconds: u32,
    /// The service's Region, whatever was submitted.
    #[serde(rename = "OutputS3Region")]
    pub output_s3_region: String,
    /// Where agents upload whole outputs; `""`: nowhere.
    #[serde(rename = "OutputS3BucketName")]
    pub output_s3_bucket_name: String,
    /// What the keys there begin with.
    #[serde(rename = "OutputS3KeyPrefix")]
    pub output_s3_key_prefix: String,
    /// The role that notifications are published as; `""`: none.
    pub service_role: String,
    /// Who is told of changes; `""` and `[]` when nobody is.
    pub notification_config: NotificationConfig,
    /// Whether agents send output to a log group.
    pub cloud_watch_output_config: CloudWatchOutputConfig,
    /// The alarms that were submitted.
    pub alarm_configuration: AlarmConfiguration,
    /// The alarms that stopped it: none, since there is no source of alarms.
    pub triggered_alarms: Vec<AlarmStateInformation>,
}

impl Command {
    /// The command as a service of this Region shows it.
    #[must_use]
    pub fn new(command: &record::Command, region: &str) -> Self {
        let options = &command.options;
        let (status, details) = command.status();
        let (instance_ids, targets) = match &command.targeting {
            Targeting::Instances(ids) => (ids.clone(), Vec::new()),
            Targeting::Targets(targets) => (Vec::new(), targets.iter().map(TargetShape::from).collect()),
        };
        Self {
            command_id: command.id,
            document_name: command.document.name.to_string(),
            document_version: command.document.requested.to_string(),
            comment: command.comment.clone(),
            expires_after: command.expires_at,
            parameters: command.parameters.clone(),
            instance_ids,
            targets,
            requested_date_time: command.requested_at,
            status,
            status_details: details.to_owned(),
            max_concurrency: command.max_concurrency.to_string(),
            max_errors: command.max_errors.to_string(),
            target_count: command.targets().unwrap_or(0),
            completed_count: command.tally.completed,
            error_count: command.tally.errors(),
            delivery_timed_out_count: command.tally.delivery_timed_out,
            timeout_seconds: u32::try_from(command.delivery_timeout.as_secs()).unwrap_or(u32::MAX),
            output_s3_region: region.to_owned(),
            output_s3_bucket_name: options.s3_bucket.clone(),
            output_s3_key_prefix: options.s3_key_prefix.clone(),
            service_role: options.service_role.clone(),
            notification_config: NotificationConfig::shown(options),
            cloud_watch_output_config: CloudWatchOutputConfig::shown(options),
            alarm_configuration: AlarmConfiguration::shown(options),
            triggered_alarms: Vec::new(),
        }
    }
}
