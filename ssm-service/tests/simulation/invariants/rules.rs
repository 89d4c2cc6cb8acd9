//! The rules, written a second time and as plainly as can be.

use std::time::Duration;

use ssm_core::command::{InvocationOutcome as O, InvocationState as S};
use ssm_core::limit::{MaxConcurrency, MaxErrors};

/// Most first hand-outs to an instance in a minute.
pub(super) const MOST_A_MINUTE: usize = 60;
pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// The stock agent forgets ids after 30 minutes.
pub(super) const REDELIVERY: Duration = Duration::from_secs(25 * 60);

/// Whether an invocation may go from one state to another in one commit.
pub(super) fn may_follow(from: S, to: S) -> bool {
    let unsent = |outcome| matches!(outcome, O::Cancelled | O::Terminated | O::DeliveryTimedOut | O::Undeliverable);
    let told = |outcome| matches!(outcome, O::Success | O::Failed | O::ExecutionTimedOut | O::Cancelled);
    match (from, to) {
        (from, to) if from == to => true,
        (S::Queued, S::Delayed | S::Released) | (S::Delayed, S::Released) => true,
        (S::Queued | S::Delayed, S::Ended(O::AccessDenied | O::InvalidPlatform)) => true,
        (S::Released, S::Queued | S::Delayed | S::HandedOut) => true,
        (S::Queued | S::Delayed | S::Released, S::Ended(outcome)) => unsent(outcome),
        (S::HandedOut, S::Running | S::Cancelling) | (S::Running, S::Cancelling) => true,
        (S::HandedOut | S::Running | S::Cancelling, S::Ended(outcome)) => {
            told(outcome) || outcome == O::DeliveryTimedOut
        }
        _ => false,
    }
}

/// Service API 3.5: a percentage of the targets, at least one.
pub(super) fn most_at_once(limit: MaxConcurrency, targets: u32) -> u32 {
    match limit {
        MaxConcurrency::Count(count) => count.get(),
        MaxConcurrency::Percent(percent) => share(targets, percent).max(1),
    }
}

pub(super) fn most_errors(limit: MaxErrors, targets: u32) -> u32 {
    match limit {
        MaxErrors::Count(count) => count,
        MaxErrors::Percent(percent) => share(targets, percent),
    }
}

fn share(targets: u32, percent: u8) -> u32 {
    u32::try_from(u64::from(targets) * u64::from(percent) / 100).unwrap()
}

/// Service API 3.4, in its order.
pub(super) fn rolled_up(ends: &[O], max_errors: u32, cancelled: bool) -> &'static str {
    let count = |wanted: &[O]| ends.iter().filter(|end| wanted.contains(end)).count();
    let threshold = max_errors.max(1) as usize;
    let cancelled_ones = count(&[O::Cancelled]);
    if ends.is_empty() && !cancelled {
        "NoInstancesInTag"
    } else if !ends.is_empty() && count(&[O::AccessDenied]) == ends.len() {
        "AccessDenied"
    } else if cancelled || (!ends.is_empty() && cancelled_ones == ends.len()) {
        "Cancelled"
    } else if count(&[O::Failed, O::ExecutionTimedOut]) >= threshold {
        "Failed"
    } else if count(&[O::DeliveryTimedOut]) >= threshold {
        "DeliveryTimedOut"
    } else if count(&[O::Undeliverable, O::InvalidPlatform, O::AccessDenied, O::Terminated]) == ends.len() {
        "Failed"
    } else if count(&[O::Failed, O::ExecutionTimedOut, O::DeliveryTimedOut, O::Cancelled]) > 0 {
        "Incomplete"
    } else {
        "Success"
    }
}
