//! What an operator wanted to be told, and where.

use crate::command::InvocationState;
use crate::ids::{DocumentReference, InstanceId};
use crate::record::{Command, Invocation, InvocationNotification, Notification, NotificationType};
use crate::time::Timestamp;

/// Stands with a change that the command's `NotificationConfig` asks for: all that a message about it holds, so that a sink can
/// deliver it without asking back.
///
/// Source: user guide, "Monitoring Systems Manager status changes using Amazon SNS notifications".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// `NotificationArn`: where to.
    pub topic: String,
    /// `ServiceRoleArn`: as whom.
    pub service_role: String,
    /// The command's document.
    pub document: DocumentReference,
    /// The instance of an invocation, or the explicit ones of a command; empty for a command with targets.
    pub instances: Vec<InstanceId>,
    /// When the command was accepted, or went out to the instance.
    pub requested_at: Timestamp,
    /// `ExpiresAfter`.
    pub expires_at: Timestamp,
    /// `OutputS3BucketName`; `""` when there is none, and for an invocation.
    pub output_s3_bucket_name: String,
    /// `OutputS3KeyPrefix`; likewise.
    pub output_s3_key_prefix: String,
}

impl Notice {
    fn new(notification: &Notification, service_role: &str, document: &DocumentReference) -> Self {
        Self {
            topic: notification.topic.clone(),
            service_role: service_role.to_owned(),
            document: document.clone(),
            instances: Vec::new(),
            requested_at: Timestamp::MIN,
            expires_at: Timestamp::MIN,
            output_s3_bucket_name: String::new(),
            output_s3_key_prefix: String::new(),
        }
    }

    /// For a change of the command, when its status now is one to be told.
    pub(super) fn of_command(command: &Command) -> Option<Box<Self>> {
        let options = &command.options;
        let wanted = options
            .notification
            .as_ref()
            .filter(|wanted| wanted.of == NotificationType::Command && wanted.wants(command.status().0.as_str()))?;
        let mut notice = Self::new(wanted, &options.service_role, &command.document.name);
        if let crate::record::Targeting::Instances(instances) = &command.targeting {
            notice.instances.clone_from(instances);
        }
        (notice.requested_at, notice.expires_at) = (command.requested_at, command.expires_at);
        notice.output_s3_bucket_name.clone_from(&options.s3_bucket);
        notice.output_s3_key_prefix.clone_from(&options.s3_key_prefix);
        Some(Box::new(notice))
    }

    /// For a change of the invocation, when its status now is one to be told. That it runs was told when it was handed out.
    pub(super) fn of_invocation(invocation: &Invocation) -> Option<Box<Self>> {
        let InvocationNotification { document, service_role, notification } = invocation.notification.as_deref()?;
        if invocation.state == InvocationState::Running || !notification.wants(invocation.state.status().as_str()) {
            return None;
        }
        let mut notice = Self::new(notification, service_role, document);
        notice.instances.push(invocation.key.instance.clone());
        (notice.requested_at, notice.expires_at) = (invocation.requested_at, invocation.expires_at);
        Some(Box::new(notice))
    }
}
