//! Structures inside a command: where outputs go, who is told, which alarms are watched.

use serde::{Deserialize, Serialize};

use crate::record::{
    AlarmOptions, CloudWatchOutput, CommandOptions, Notification, NotificationEvent, NotificationType,
};

/// Who is told of a command's changes. Source: API reference, `NotificationConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NotificationConfig {
    /// The ARN of a topic.
    pub notification_arn: Option<String>,
    /// `All` (the default), `InProgress`, `Success`, `TimedOut`, `Cancelled`, `Failed`.
    pub notification_events: Vec<String>,
    /// `Command`, the default, or `Invocation`.
    pub notification_type: Option<String>,
}

/// Whether agents send output to a log group. Source: API reference, `CloudWatchOutputConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CloudWatchOutputConfig {
    /// The log group; absent or `""`: one that is named after the document.
    pub cloud_watch_log_group_name: Option<String>,
    /// Default false.
    pub cloud_watch_output_enabled: bool,
}

/// The alarms of a command. Source: API reference, `AlarmConfiguration`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AlarmConfiguration {
    /// Whether the command runs although an alarm's state cannot be read; default false. There is no source of alarms here, so a
    /// command with an alarm needs it.
    pub ignore_poll_alarm_failure: bool,
    /// Exactly one in a request; none in the answer to a request without any.
    pub alarms: Option<Vec<Alarm>>,
}

/// An alarm by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Alarm {
    /// 1 to 255 characters, not all of them blank.
    pub name: String,
}

/// An alarm that stopped a command. Source: API reference, `AlarmStateInformation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AlarmStateInformation {
    /// Its name.
    pub name: String,
    /// `ALARM` or `UNKNOWN`.
    pub state: String,
}

impl NotificationConfig {
    /// Tells this topic of all changes of the command.
    #[must_use]
    pub fn new(notification_arn: impl Into<String>) -> Self {
        Self { notification_arn: Some(notification_arn.into()), ..Self::default() }
    }

    /// What is meant; `None` when nothing is given. An event that is given twice counts once.
    pub(super) fn parse(self) -> Option<Notification> {
        let Self { notification_arn, notification_events, notification_type } = self;
        let topic = notification_arn.unwrap_or_default();
        if topic.is_empty() && notification_events.is_empty() && notification_type.is_none() {
            return None;
        }
        let mut events = Vec::new();
        for event in notification_events.iter().filter_map(|event| NotificationEvent::from_name(event)) {
            if !events.contains(&event) {
                events.push(event);
            }
        }
        if events.is_empty() {
            events.push(NotificationEvent::All);
        }
        let of = notification_type.as_deref().and_then(NotificationType::from_name);
        Some(Notification { topic, events, of: of.unwrap_or(NotificationType::Command) })
    }

    /// As it is shown: empty texts and lists where nothing was given.
    pub(super) fn shown(options: &CommandOptions) -> Self {
        let given = options.notification.as_ref();
        let events = given.iter().flat_map(|given| &given.events).map(|event| event.as_str().to_owned());
        Self {
            notification_arn: Some(given.map(|given| given.topic.clone()).unwrap_or_default()),
            notification_events: events.collect(),
            notification_type: Some(given.map(|given| given.of.as_str().to_owned()).unwrap_or_default()),
        }
    }
}

impl CloudWatchOutputConfig {
    /// Sends output to this log group.
    #[must_use]
    pub fn to_group(name: impl Into<String>) -> Self {
        Self { cloud_watch_log_group_name: Some(name.into()), cloud_watch_output_enabled: true }
    }

    pub(super) fn parse(self) -> CloudWatchOutput {
        let Self { cloud_watch_log_group_name, cloud_watch_output_enabled: enabled } = self;
        CloudWatchOutput { log_group: cloud_watch_log_group_name.unwrap_or_default(), enabled }
    }

    /// As it was submitted.
    pub(super) fn shown(options: &CommandOptions) -> Self {
        Self {
            cloud_watch_log_group_name: Some(options.cloud_watch.log_group.clone()),
            cloud_watch_output_enabled: options.cloud_watch.enabled,
        }
    }
}

impl AlarmConfiguration {
    /// Watches this alarm.
    #[must_use]
    pub fn of_alarm(name: impl Into<String>, ignore_poll_alarm_failure: bool) -> Self {
        Self { ignore_poll_alarm_failure, alarms: Some(vec![Alarm { name: name.into() }]) }
    }

    pub(super) fn parse(self) -> AlarmOptions {
        let names = self.alarms.into_iter().flatten().map(|alarm| alarm.name);
        AlarmOptions { ignore_poll_failure: self.ignore_poll_alarm_failure, names: names.collect() }
    }

    /// As it was submitted.
    pub(super) fn shown(options: &CommandOptions) -> Self {
        let alarms = options.alarms.names.iter().map(|name| Alarm { name: name.clone() });
        Self { ignore_poll_alarm_failure: options.alarms.ignore_poll_failure, alarms: Some(alarms.collect()) }
    }
}
