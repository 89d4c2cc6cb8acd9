//! What a command says besides what is run where: where outputs go, who is told, and which alarms are watched.

use serde::{Deserialize, Serialize};

use crate::ids::DocumentReference;

/// The members of SendCommand that the service keeps and passes on. Empty texts are absent ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandOptions {
    /// `OutputS3BucketName`: agents upload whole outputs there.
    pub s3_bucket: String,
    /// `OutputS3KeyPrefix`.
    pub s3_key_prefix: String,
    /// `CloudWatchOutputConfig`.
    pub cloud_watch: CloudWatchOutput,
    /// `ServiceRoleArn`: as whom notifications are published.
    pub service_role: String,
    /// `NotificationConfig`.
    pub notification: Option<Notification>,
    /// `AlarmConfiguration`.
    pub alarms: AlarmOptions,
}

/// Whether agents send output to a log group, and to which. Source: API reference, `CloudWatchOutputConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudWatchOutput {
    /// As submitted; `""`: one that is named after the document.
    pub log_group: String,
    /// Whether.
    pub enabled: bool,
}

impl CloudWatchOutput {
    /// The log group: the given one, else `/aws/ssm/` and the document's name, with a dot for each character that no name of a log
    /// group may have.
    ///
    /// Source: API reference, `CloudWatchOutputConfig` `CloudWatchLogGroupName`; agent protocol 5.9.
    #[must_use]
    pub fn group_for(&self, document: &str) -> String {
        if !self.log_group.is_empty() {
            return self.log_group.clone();
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
        let name: String = document.chars().map(|c| if fits(c) { c } else { '.' }).collect();
        format!("/aws/ssm/{name}")
    }
}

/// Which changes are told to which topic. Source: API reference, `NotificationConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// `NotificationArn`.
    pub topic: String,
    /// Each once, in the order in which they were given.
    pub events: Vec<NotificationEvent>,
    /// Changes of what.
    pub of: NotificationType,
}

impl Notification {
    /// Whether a change to this `Status` is to be told. Pending, Delayed and Cancelling never are.
    ///
    /// Source: user guide, "Monitoring Systems Manager status changes using Amazon SNS notifications".
    #[must_use]
    pub fn wants(&self, status: &str) -> bool {
        let event = NotificationEvent::from_name(status).filter(|event| *event != NotificationEvent::All);
        event.is_some_and(|event| self.events.iter().any(|wanted| [NotificationEvent::All, event].contains(wanted)))
    }
}

/// How an invocation's changes are told; kept with it, since they are decided on without the command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvocationNotification {
    /// The command's document.
    pub document: DocumentReference,
    /// The command's `ServiceRoleArn`.
    pub service_role: String,
    /// What was asked for.
    pub notification: Notification,
}

/// The alarms of a command. Source: API reference, `AlarmConfiguration`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmOptions {
    /// `IgnorePollAlarmFailure`: the command runs although the alarm's state cannot be read.
    pub ignore_poll_failure: bool,
    /// Their names, at most one.
    pub names: Vec<String>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $($(#[$word_doc])* $word),+ }

        impl $name {
            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => stringify!($word)),+ }
            }

            /// The value of this word; `None` for another one.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($word) => Some(Self::$word),)+ _ => None }
            }
        }
    };
}

words! {
    /// Changes that can be told. Source: API reference, `NotificationEvent`.
    NotificationEvent {
        /// Each of the others.
        All,
        /// It went out.
        InProgress,
        /// It ended well.
        Success,
        /// Not delivered, or not done, in time.
        TimedOut,
        /// Cancelled.
        Cancelled,
        /// Failed.
        Failed,
    }
}

words! {
    /// Changes of what are told. Source: API reference, `NotificationType`.
    NotificationType {
        /// Of the command.
        Command,
        /// Of each of its invocations.
        Invocation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_group_is_the_given_one_or_is_named_after_the_document() {
        for (given, document, wanted) in [
            ("mine/x", "AWS-RunShellScript", "mine/x"),
            ("", "AWS-RunShellScript", "/aws/ssm/AWS-RunShellScript"),
            (
                "",
                "arn:aws:ssm:us-east-1:123456789012:document/My_Doc.1",
                "/aws/ssm/arn.aws.ssm.us-east-1.123456789012.document/My_Doc.1",
            ),
        ] {
            let output = CloudWatchOutput { log_group: given.to_owned(), enabled: true };
            assert_eq!(output.group_for(document), wanted);
        }
    }

    #[test]
    fn a_notification_is_for_the_changes_that_were_asked_for() {
        use NotificationEvent as E;
        let of = |events: &[E]| Notification {
            topic: String::new(),
            events: events.to_vec(),
            of: NotificationType::Command,
        };
        for (events, status, wanted) in [
            (&[E::All][..], "Success", true),
            (&[E::All], "InProgress", true),
            (&[E::All], "Pending", false),
            (&[E::All], "Cancelling", false),
            (&[E::All], "Delayed", false),
            (&[E::All], "All", false),
            (&[E::Failed, E::TimedOut], "TimedOut", true),
            (&[E::Failed, E::TimedOut], "Success", false),
            (&[], "Success", false),
        ] {
            assert_eq!(of(events).wants(status), wanted, "{events:?} and {status}");
        }
    }
}
