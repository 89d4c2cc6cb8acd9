//! `SendCommand`.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::targets::targeting;
use super::{AlarmConfiguration, CloudWatchOutputConfig, Command, NotificationConfig, TargetShape, read};
use crate::api::ApiError;
use crate::api::constraints::Constraints;
use crate::engine::{DocumentHash, NewCommand};
use crate::ids::DocumentVersion;
use crate::record::{CommandOptions, SubmittedParameters};

/// Sends a command. Source: API reference, `SendCommand`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct SendCommandRequest {
    /// The document's name; required.
    pub document_name: String,
    /// `$DEFAULT` (the default), `$LATEST` or a number.
    pub document_version: Option<String>,
    /// The hash that the content must have.
    pub document_hash: Option<String>,
    /// `Sha256`, the default, or `Sha1`.
    pub document_hash_type: Option<String>,
    /// Explicit instances, 1 to 50; or else `targets`.
    pub instance_ids: Vec<String>,
    /// 1 to 5 expressions, all of which an instance must match; or else `instance_ids`.
    pub targets: Vec<TargetShape>,
    /// Values by parameter; a String has one, a StringList any number.
    pub parameters: SubmittedParameters,
    /// The delivery timeout in seconds: 30 to 2,592,000, default 3600.
    pub timeout_seconds: Option<i64>,
    /// At most 100 characters.
    pub comment: Option<String>,
    /// A count or a percentage, default `50`.
    pub max_concurrency: Option<String>,
    /// A count or a percentage, default `0`.
    pub max_errors: Option<String>,
    /// Deprecated and without effect: the answer carries the service's Region.
    #[serde(rename = "OutputS3Region")]
    pub output_s3_region: Option<String>,
    /// The bucket to which agents upload whole outputs, 3 to 63 characters. They write as their node, so the service does not look
    /// whether it exists.
    #[serde(rename = "OutputS3BucketName")]
    pub output_s3_bucket_name: Option<String>,
    /// What the keys in it begin with, at most 500 characters.
    #[serde(rename = "OutputS3KeyPrefix")]
    pub output_s3_key_prefix: Option<String>,
    /// The ARN of the role that notifications are published as; required for them.
    pub service_role_arn: Option<String>,
    /// Who is told of changes.
    pub notification_config: Option<NotificationConfig>,
    /// Whether agents send output to a log group.
    pub cloud_watch_output_config: Option<CloudWatchOutputConfig>,
    /// The alarm that stops the command.
    pub alarm_configuration: Option<AlarmConfiguration>,
}

impl SendCommandRequest {
    /// A command that runs this document, for nobody yet.
    #[must_use]
    pub fn new(document_name: impl Into<String>) -> Self {
        Self { document_name: document_name.into(), ..Self::default() }
    }

    /// The same for these instances.
    #[must_use]
    pub fn with_instance_ids<T: ToString>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.instance_ids = ids.into_iter().map(|id| id.to_string()).collect();
        self
    }

    /// The same for the instances that match this key and one of its values, beside earlier targets.
    #[must_use]
    pub fn with_target<T: ToString>(mut self, key: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(|value| value.to_string()).collect();
        self.targets.push(TargetShape { key: key.into(), values });
        self
    }

    /// The same with this parameter.
    #[must_use]
    pub fn with_parameter<T: ToString>(mut self, name: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        self.parameters.insert(name.into(), values.into_iter().map(|value| value.to_string()).collect());
        self
    }

    /// The same with these throttles, each a count or a percentage.
    #[must_use]
    pub fn with_limits(mut self, max_concurrency: impl Into<String>, max_errors: impl Into<String>) -> Self {
        self.max_concurrency = Some(max_concurrency.into());
        self.max_errors = Some(max_errors.into());
        self
    }

    /// The same with this delivery timeout.
    #[must_use]
    pub fn with_timeout_seconds(mut self, seconds: i64) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// The same with this comment.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// The same with whole outputs in this bucket, under keys that begin with this prefix (`""`: none).
    #[must_use]
    pub fn with_output_in(mut self, bucket: impl Into<String>, key_prefix: impl Into<String>) -> Self {
        self.output_s3_bucket_name = Some(bucket.into());
        self.output_s3_key_prefix = Some(key_prefix.into());
        self
    }

    /// The same with notifications, published as this role.
    #[must_use]
    pub fn with_notification(mut self, service_role_arn: impl Into<String>, config: NotificationConfig) -> Self {
        self.service_role_arn = Some(service_role_arn.into());
        self.notification_config = Some(config);
        self
    }
}

impl TryFrom<SendCommandRequest> for NewCommand {
    type Error = ApiError;

    /// Reads a request that keeps the constraints of its members
    /// ([`OperatorRequest::check`](crate::api::OperatorRequest::check) has told all that are broken).
    ///
    /// # Errors
    /// `InvalidDocument` for what is neither a name nor an ARN, `InvalidDocumentVersion` for a number that no version can have,
    /// `ValidationException` for what is not of its form, and for instances and targets together, or neither.
    fn try_from(request: SendCommandRequest) -> Result<Self, ApiError> {
        let mut broken = Constraints::default();
        let targeting = targeting(&request.instance_ids, &request.targets, &mut broken);
        broken.finish()?;
        let hash = request.document_hash.map(|hash| match request.document_hash_type.as_deref() {
            Some("Sha1") => DocumentHash::sha1(&hash),
            _ => DocumentHash::sha256(&hash),
        });
        let seconds = request.timeout_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        Ok(Self {
            // What the pattern lets pass may still mean no document.
            document: request.document_name.parse().map_err(|_| ApiError::no_document(&request.document_name))?,
            document_version: version(&request.document_name, request.document_version.as_deref())?,
            document_hash: hash,
            targeting: targeting?,
            parameters: request.parameters,
            comment: request.comment.unwrap_or_default(),
            delivery_timeout: seconds.map(Duration::from_secs),
            max_concurrency: given("maxConcurrency", request.max_concurrency.as_deref())?,
            max_errors: given("maxErrors", request.max_errors.as_deref())?,
            options: CommandOptions {
                s3_bucket: request.output_s3_bucket_name.unwrap_or_default(),
                s3_key_prefix: request.output_s3_key_prefix.unwrap_or_default(),
                cloud_watch: request.cloud_watch_output_config.unwrap_or_default().parse(),
                service_role: request.service_role_arn.unwrap_or_default(),
                notification: request.notification_config.unwrap_or_default().parse(),
                alarms: request.alarm_configuration.unwrap_or_default().parse(),
            },
        })
    }
}

/// A number that no version can have is of the pattern.
fn version(document: &str, text: Option<&str>) -> Result<DocumentVersion, ApiError> {
    let Some(text) = text else { return Ok(DocumentVersion::Default) };
    text.parse().map_err(|_| ApiError::no_document_version(&document, &text))
}

/// An absent member has its default.
fn given<T: FromStr + Default>(path: &str, text: Option<&str>) -> Result<T, ApiError> {
    text.map_or_else(|| Ok(T::default()), |text| read(path, text))
}

/// The command that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendCommandResponse {
    /// It.
    pub command: Command,
}
