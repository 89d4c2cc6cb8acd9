//! How a command's end follows from its invocations' ends.

use serde::{Deserialize, Serialize};

use super::{CommandStatus, InvocationOutcome};
use crate::record::{Completion, Delay};

/// How a command ended.
///
/// Source: user guide, "Understanding command statuses"; the order in which they are tested is in [`roll_up`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CommandOutcome {
    /// Every invocation ended well (or was of a kind that does not matter beside one that did).
    Success,
    /// Failures and execution timeouts reached MaxErrors, or nothing could run at all.
    Failed,
    /// Deliveries that timed out reached MaxErrors.
    DeliveryTimedOut,
    /// Something did not end well, without reaching MaxErrors.
    Incomplete,
    /// The operator cancelled the command.
    Cancelled,
    /// The targets matched no instance.
    NoInstancesInTag,
    /// The caller may not run on any of the targets.
    AccessDenied,
}

impl CommandOutcome {
    /// The API's `Status`. That Incomplete shows as `Failed` is our choice; the sources are silent.
    #[must_use]
    pub fn status(self) -> CommandStatus {
        match self {
            Self::Success | Self::NoInstancesInTag => CommandStatus::Success,
            Self::Failed | Self::Incomplete | Self::AccessDenied => CommandStatus::Failed,
            Self::DeliveryTimedOut => CommandStatus::TimedOut,
            Self::Cancelled => CommandStatus::Cancelled,
        }
    }

    /// The API's `StatusDetails`, as written on the wire.
    #[must_use]
    pub fn details(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::DeliveryTimedOut => "DeliveryTimedOut",
            Self::Incomplete => "Incomplete",
            Self::Cancelled => "Cancelled",
            Self::NoInstancesInTag => "NoInstancesInTag",
            Self::AccessDenied => "AccessDenied",
        }
    }
}

/// What a command's invocations have come to, counted once each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Invocations that hold a slot now.
    pub in_flight: u32,
    /// Invocations that are Delayed now. Below 0 for a while when one is released before the dispatcher has folded that it became so.
    pub delayed: i32,
    /// Invocations whose agent acknowledged or answered; the ramp-up grows with them.
    pub answered: u32,
    /// Invocations that ended, of any outcome.
    pub completed: u32,
    /// Of them: well.
    pub succeeded: u32,
    /// Of them: Failed.
    pub failed: u32,
    /// Of them: ExecutionTimedOut.
    pub execution_timed_out: u32,
    /// Of them: DeliveryTimedOut.
    pub delivery_timed_out: u32,
    /// Of them: Cancelled.
    pub cancelled: u32,
    /// Of them: AccessDenied.
    pub access_denied: u32,
}

impl Tally {
    /// The API's `ErrorCount`, which MaxErrors bounds: Failed and ExecutionTimedOut.
    #[must_use]
    pub fn errors(&self) -> u32 {
        self.failed + self.execution_timed_out
    }

    /// Takes in what happened to an invocation.
    pub fn fold(&mut self, completion: &Completion) {
        self.answered += u32::from(completion.first_answer);
        self.in_flight = self.in_flight.saturating_sub(u32::from(completion.gave_slot_back));
        self.delayed += match completion.delay {
            Some(Delay::Begun) => 1,
            Some(Delay::Over) => -1,
            None => 0,
        };
        if let Some(outcome) = completion.ended {
            self.count(outcome);
        }
    }

    /// Counts an end.
    pub fn count(&mut self, outcome: InvocationOutcome) {
        self.completed += 1;
        match outcome {
            InvocationOutcome::Success => self.succeeded += 1,
            InvocationOutcome::Failed => self.failed += 1,
            InvocationOutcome::ExecutionTimedOut => self.execution_timed_out += 1,
            InvocationOutcome::DeliveryTimedOut => self.delivery_timed_out += 1,
            InvocationOutcome::Cancelled => self.cancelled += 1,
            InvocationOutcome::AccessDenied => self.access_denied += 1,
            InvocationOutcome::Undeliverable | InvocationOutcome::Terminated | InvocationOutcome::InvalidPlatform => {}
        }
    }
}

/// How a command ended whose every invocation has ended. `max_errors` is resolved for its targets.
///
/// Tested in this order (our choice, where the sources disagree): no targets, unless a cancel kept them from being found; all
/// AccessDenied; cancelled, as a whole or every
/// invocation by name; errors reached
/// max(MaxErrors, 1); delivery timeouts reached it; nothing but kinds that could not run; anything not well; success.
#[must_use]
pub fn roll_up(tally: &Tally, targets: u32, max_errors: u32, cancelled: bool) -> CommandOutcome {
    let threshold = max_errors.max(1);
    let unwell = tally.errors() + tally.delivery_timed_out + tally.cancelled;
    if targets == 0 && !cancelled {
        CommandOutcome::NoInstancesInTag
    } else if targets > 0 && tally.access_denied == targets {
        CommandOutcome::AccessDenied
    } else if cancelled || (targets > 0 && tally.cancelled == targets) {
        CommandOutcome::Cancelled
    } else if tally.errors() >= threshold {
        CommandOutcome::Failed
    } else if tally.delivery_timed_out >= threshold {
        CommandOutcome::DeliveryTimedOut
    } else if unwell == 0 && tally.succeeded == 0 {
        CommandOutcome::Failed
    } else if unwell > 0 {
        CommandOutcome::Incomplete
    } else {
        CommandOutcome::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ends: &[(InvocationOutcome, u32)], max_errors: u32, cancelled: bool) -> &'static str {
        let mut tally = Tally::default();
        for &(end, times) in ends {
            (0..times).for_each(|_| tally.count(end));
        }
        roll_up(&tally, tally.completed, max_errors, cancelled).details()
    }

    #[test]
    fn a_command_ends_as_its_invocations_did() {
        use InvocationOutcome as O;
        for (ends, max_errors, cancelled, wanted) in [
            (&[(O::Success, 3)][..], 0, false, "Success"),
            (&[], 0, false, "NoInstancesInTag"),
            (&[], 0, true, "Cancelled"),
            (&[(O::Failed, 1)], 0, false, "Failed"),
            (&[(O::ExecutionTimedOut, 1)], 0, false, "Failed"),
            (&[(O::DeliveryTimedOut, 1)], 0, false, "DeliveryTimedOut"),
            (&[(O::Success, 4), (O::Failed, 1)], 2, false, "Incomplete"),
            (&[(O::Success, 4), (O::Failed, 2)], 2, false, "Failed"),
            (&[(O::Success, 1), (O::Undeliverable, 4)], 0, false, "Success"),
            (&[(O::Success, 1), (O::AccessDenied, 4)], 0, false, "Success"),
            (&[(O::AccessDenied, 4)], 0, false, "AccessDenied"),
            (&[(O::InvalidPlatform, 2), (O::Undeliverable, 1)], 0, false, "Failed"),
            (&[(O::Cancelled, 1), (O::Success, 1)], 0, false, "Incomplete"),
            (&[(O::Cancelled, 2)], 0, false, "Cancelled"),
            (&[(O::Cancelled, 1), (O::Failed, 1)], 0, true, "Cancelled"),
            (&[(O::Failed, 1), (O::Terminated, 9)], 0, false, "Failed"),
            (&[(O::DeliveryTimedOut, 2), (O::Failed, 1)], 2, false, "DeliveryTimedOut"),
        ] {
            assert_eq!(outcome(ends, max_errors, cancelled), wanted, "{ends:?}, MaxErrors {max_errors}");
        }
    }
}
