//! The options of a new command, checked.

use super::Refusal;
use crate::message::SendCommandPayload;
use crate::record::{CloudWatchOutput, CommandOptions};

/// Most bytes of a role's ARN. Source: IAM, quotas of ARNs.
const MAX_ROLE_BYTES: usize = 2048;
/// Most bytes of a topic's name. Source: SNS API reference, `CreateTopic` `Name`.
const MAX_TOPIC_BYTES: usize = 256;

/// Finds what cannot be done.
///
/// There is no source of alarms, so an alarm's state can never be read; by the API that refuses the command unless
/// `IgnorePollAlarmFailure` is set. That a bucket exists is for the agent to find out, when it writes.
pub(super) fn check(options: &CommandOptions) -> Result<(), Refusal> {
    let CommandOptions { service_role, notification, s3_bucket, alarms, .. } = options;
    if service_role.is_empty() && notification.is_some() {
        return Err(Refusal::NoRole);
    }
    if !service_role.is_empty() && !is_role(service_role) {
        return Err(Refusal::Role);
    }
    if notification.as_ref().is_some_and(|notification| !is_topic(&notification.topic)) {
        return Err(Refusal::Notification);
    }
    // What no bucket can be named.
    if !s3_bucket.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) {
        return Err(Refusal::OutputFolder);
    }
    match alarms.names.first() {
        Some(_) if !alarms.ignore_poll_failure => Err(Refusal::Alarm),
        _ => Ok(()),
    }
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, "iam", "", account, role] = parts.as_slice() else { return false };
    let name = role.strip_prefix("role/").unwrap_or_default();
    arn.len() <= MAX_ROLE_BYTES
        && is_partition(partition)
        && is_account(account)
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte))
}

/// `arn:PARTITION:sns:REGION:ACCOUNT:NAME`.
fn is_topic(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let &["arn", partition, "sns", region, account, name] = parts.as_slice() else { return false };
    let letters = name.strip_suffix(".fifo").unwrap_or(name);
    is_partition(partition)
        && is_partition(region)
        && is_account(account)
        && !letters.is_empty()
        && name.len() <= MAX_TOPIC_BYTES
        && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Also the form of a Region.
fn is_partition(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells agents where outputs go: they upload by themselves.
pub(super) fn tell(payload: &mut SendCommandPayload, options: &CommandOptions) {
    let CommandOptions { s3_bucket, s3_key_prefix, cloud_watch, .. } = options;
    payload.output_s3_bucket_name.clone_from(s3_bucket);
    payload.output_s3_key_prefix.clone_from(s3_key_prefix);
    let CloudWatchOutput { log_group, enabled } = cloud_watch;
    payload.cloud_watch_output_enabled = enabled.to_string();
    payload.cloud_watch_log_group_name =
        if *enabled { cloud_watch.group_for(&payload.document_name) } else { log_group.clone() };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_and_topics_are_told_by_their_form() {
        for (arn, role, topic) in [
            ("arn:aws:iam::123456789012:role/Notify", true, false),
            ("arn:aws-cn:iam::123456789012:role/team/Notify+1", true, false),
            ("arn:aws:iam::123456789012:user/Notify", false, false),
            ("arn:aws:iam::123456789012:role/", false, false),
            ("arn:aws:iam::123456789012:role/a b", false, false),
            ("arn:aws:iam::1234:role/Notify", false, false),
            ("Notify", false, false),
            ("", false, false),
            ("arn:aws:sns:us-east-1:123456789012:done", false, true),
            ("arn:aws:sns:us-east-1:123456789012:done.fifo", false, true),
            ("arn:aws:sns::123456789012:done", false, false),
            ("arn:aws:sns:us-east-1:123456789012:", false, false),
            ("arn:aws:sns:us-east-1:123456789012:a:b", false, false),
            ("arn:aws:sqs:us-east-1:123456789012:done", false, false),
        ] {
            assert_eq!((is_role(arn), is_topic(arn)), (role, topic), "{arn}");
        }
        assert!(!is_topic(&format!("arn:aws:sns:us-east-1:123456789012:{}", "a".repeat(257))));
        assert!(!is_role(&format!("arn:aws:iam::123456789012:role/{}", "a".repeat(2048))));
    }
}
