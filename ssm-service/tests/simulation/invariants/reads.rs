//! What operators are told.

use ssm_core::api::{Command, CommandInvocation, ErrorCode, GetCommandInvocationResponse};
use ssm_core::ids::{CommandId, InstanceId};

use super::{Checker, Invariant as I};
use crate::trace::short;

/// The furthest that anybody was told of a command.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommandSeen {
    targets: u32,
    completed: u32,
    errors: u32,
    timed_out: u32,
    ended: Option<String>,
}

/// How an invocation was told to have ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct InvocationSeen {
    ended: Option<String>,
}

const COMMAND_DETAILS: &[(&str, &[&str])] = &[
    ("Pending", &["Pending", "Delayed"]),
    ("InProgress", &["InProgress", "Delayed"]),
    ("Cancelling", &["Cancelling"]),
    ("Success", &["Success", "NoInstancesInTag"]),
    ("Cancelled", &["Cancelled"]),
    ("Failed", &["Failed", "Incomplete", "AccessDenied", "RateExceeded"]),
    ("TimedOut", &["DeliveryTimedOut"]),
];

const INVOCATION_DETAILS: &[(&str, &[&str])] = &[
    ("Pending", &["Pending"]),
    ("Delayed", &["Delayed"]),
    ("InProgress", &["InProgress"]),
    ("Cancelling", &["Cancelling"]),
    ("Success", &["Success"]),
    ("Cancelled", &["Cancelled"]),
    ("Failed", &["Failed", "Undeliverable", "Terminated", "InvalidPlatform", "AccessDenied"]),
    ("TimedOut", &["DeliveryTimedOut", "ExecutionTimedOut"]),
];

fn is_legal(table: &[(&str, &[&str])], status: &str, details: &str) -> bool {
    table.iter().any(|(word, all)| *word == status && all.contains(&details))
}

fn is_terminal(status: &str) -> bool {
    matches!(status, "Success" | "Cancelled" | "Failed" | "TimedOut")
}

impl Checker {
    /// A command was answered.
    pub(crate) fn accepted(&mut self, id: CommandId, comment: &str, instances: Vec<InstanceId>) {
        let there = self.numbers.contains_key(&id);
        self.demand(there, I::AcceptedIsKept, |_| format!("{comment} was answered, and is not there"));
        self.accepted.insert(id, instances);
    }

    /// A command was refused with this code.
    pub(crate) fn refused(&mut self, comment: &str, code: ErrorCode) {
        if !matches!(code, ErrorCode::Unanswered | ErrorCode::InternalServerError) {
            let there = self.commands.values().any(|watched| watched.row.comment == comment);
            self.demand(!there, I::Errors, |_| format!("{comment} was refused with {}, and is there", code.as_str()));
            self.refused.insert(comment.to_owned());
        }
    }

    /// An error that a call may end with while the service has its troubles.
    pub(crate) fn trouble(&mut self, what: &str, code: ErrorCode) {
        use ErrorCode as C;
        let known = matches!(code, C::Unanswered | C::InternalServerError | C::ServiceUnavailable);
        self.demand(known, I::Errors, |_| format!("{what} ended with {}", code.as_str()));
    }

    /// Somebody is about to cancel.
    pub(crate) fn cancel_begins(&mut self, id: CommandId, instances: &[InstanceId]) {
        let named = (!instances.is_empty()).then(|| instances.iter().cloned().collect());
        self.cancels.entry(id).or_default().push(named);
    }

    /// The cancel was answered: it holds from now on.
    pub(crate) fn cancel_answered(&mut self, id: CommandId, instances: &[InstanceId]) {
        if instances.is_empty() {
            self.cancelled.insert((id, None));
        }
        self.cancelled.extend(instances.iter().map(|instance| (id, Some(instance.clone()))));
    }

    /// What is known of a command before it is read.
    pub(crate) fn command_seen(&self, id: CommandId) -> CommandSeen {
        self.seen_commands.get(&id).cloned().unwrap_or_default()
    }

    pub(crate) fn invocation_seen(&self, id: CommandId, instance: &InstanceId) -> InvocationSeen {
        self.seen_invocations.get(&(id, instance.clone())).cloned().unwrap_or_default()
    }

    /// A command was read; `before`: what was known when the read began.
    pub(crate) fn command_read(&mut self, before: &CommandSeen, read: &Command) {
        let (name, status, details) = (&read.comment, read.status.as_str(), read.status_details.as_str());
        let told = format!(
            "{name} is {status}/{details}, {} of {} completed, {} errors, {} not delivered",
            read.completed_count, read.target_count, read.error_count, read.delivery_timed_out_count
        );
        self.demand(is_legal(COMMAND_DETAILS, status, details), I::States, |_| told.clone());
        let follows = read.completed_count >= before.completed
            && read.error_count >= before.errors
            && read.delivery_timed_out_count >= before.timed_out
            && (before.targets == 0 || read.target_count == before.targets)
            && (read.target_count == 0 || read.completed_count <= read.target_count)
            && before.ended.as_ref().is_none_or(|ended| ended == details);
        self.demand(follows, I::ReadsFollowWrites, |_| format!("{told}; known before: {before:?}"));
        let seen = self.seen_commands.entry(read.command_id).or_default();
        seen.targets = seen.targets.max(read.target_count);
        seen.completed = seen.completed.max(read.completed_count);
        seen.errors = seen.errors.max(read.error_count);
        seen.timed_out = seen.timed_out.max(read.delivery_timed_out_count);
        if is_terminal(status) {
            seen.ended.get_or_insert_with(|| details.to_owned());
        }
    }

    pub(crate) fn invocation_read(&mut self, before: &InvocationSeen, read: &CommandInvocation) {
        let words = (read.status.as_str(), read.status_details.as_str());
        self.invocation_told(before, read.command_id, &read.instance_id, words);
    }

    pub(crate) fn invocation_got(&mut self, before: &InvocationSeen, read: &GetCommandInvocationResponse) {
        let words = (read.status.as_str(), read.status_details.as_str());
        self.invocation_told(before, read.command_id, &read.instance_id, words);
    }

    fn invocation_told(
        &mut self,
        before: &InvocationSeen,
        id: CommandId,
        instance: &InstanceId,
        (status, details): (&str, &str),
    ) {
        let name = format!("{}/{}", self.name(id), short(instance));
        self.demand(is_legal(INVOCATION_DETAILS, status, details), I::States, |_| {
            format!("{name} is {status}/{details}")
        });
        let follows = before.ended.as_ref().is_none_or(|ended| ended == details);
        self.demand(follows, I::ReadsFollowWrites, |_| {
            format!("{name} is {status}/{details}, and was told to have ended as {:?}", before.ended)
        });
        if is_terminal(status) {
            let seen = self.seen_invocations.entry((id, instance.clone())).or_default();
            seen.ended.get_or_insert_with(|| details.to_owned());
        }
    }
}
