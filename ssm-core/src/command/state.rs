//! The states of an invocation, finer than the API's, and the one function that changes them.

use serde::{Deserialize, Serialize};

use super::InvocationStatus;
use crate::document::StepStatus;

/// Where an invocation stands.
///
/// ```text
/// Queued ⇄ Delayed          waits without a slot; Delayed: its node was away
///    └──────┴─ Released      holds a slot of MaxConcurrency; waits to be fetched
///                └─ HandedOut    an agent has it; not yet acknowledged or answered
///                      └─ Running    acknowledged, or answered with InProgress
///                            └─ Cancelling   asked to stop; its real result still counts
///                                  └─ Ended   for ever
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InvocationState {
    /// Waits for the dispatcher.
    Queued,
    /// Waits for its node, which did not poll for 60 seconds.
    Delayed,
    /// The dispatcher let it go; it waits in the node's mailbox.
    Released,
    /// Given to an agent that has neither acknowledged nor answered.
    HandedOut,
    /// The agent has it for certain.
    Running,
    /// A cancel was asked for after the hand-out.
    Cancelling,
    /// Over: this never changes again.
    Ended(InvocationOutcome),
}

/// How an invocation ended.
///
/// Source: API reference, `CommandInvocation` `StatusDetails`; user guide, "Understanding command statuses".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum InvocationOutcome {
    /// Every step ended well.
    Success,
    /// A step failed, or the agent could not run the document.
    Failed,
    /// The agent stopped a step at its timeout.
    ExecutionTimedOut,
    /// No terminal reply came before the command's total timeout.
    DeliveryTimedOut,
    /// The operator cancelled it.
    Cancelled,
    /// The node is gone.
    Undeliverable,
    /// The command exceeded MaxErrors before this was sent.
    Terminated,
    /// The document is not for the node's platform.
    InvalidPlatform,
    /// The caller may not run on this node.
    AccessDenied,
}

/// What can happen to an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvocationEvent {
    /// Its node has not polled for 60 seconds.
    PollMissed,
    /// The dispatcher gave it a slot.
    Released,
    /// Nobody fetched it in 60 seconds, so its slot goes back. `polled`: the node did poll, but had no room.
    NotFetched {
        /// Whether the node polled meanwhile.
        polled: bool,
    },
    /// A poll's answer carries it for the first time.
    HandedOut,
    /// The agent acknowledged the message.
    Acknowledged,
    /// The agent answered that it is under way.
    Progressed,
    /// The agent answered with a terminal status.
    Finished(InvocationOutcome),
    /// The agent could not handle the message (FailMessage).
    DeliveryFailed,
    /// The operator cancels.
    CancelRequested,
    /// The cancel message was taken 60 seconds ago, and no terminal reply came.
    CancelUnanswered,
    /// The command exceeded MaxErrors.
    ErrorLimitExceeded,
    /// The command's total timeout has passed.
    Expired,
    /// The node was deregistered.
    NodeGone,
    /// The document is not for the node's platform.
    PlatformMismatch,
    /// The caller may not run on this node.
    AccessDenied,
}

/// An event that the state has no edge for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an invocation that is {from:?} takes no {event:?}")]
pub struct IllegalTransition {
    /// The state, unchanged.
    pub from: InvocationState,
    /// The event that was refused.
    pub event: InvocationEvent,
}

impl InvocationState {
    /// The one place where an invocation changes state: a line an edge, none for what cannot be.
    ///
    /// # Errors
    /// [`IllegalTransition`] when the state is terminal, or has no edge for the event.
    pub fn apply(self, event: InvocationEvent) -> Result<Self, IllegalTransition> {
        use InvocationEvent as E;
        use InvocationOutcome as O;
        use InvocationState as S;
        Ok(match (self, event) {
            (S::Queued, E::PollMissed) => S::Delayed,
            (S::Queued | S::Delayed, E::Released) => S::Released,
            (S::Released, E::NotFetched { polled: true }) => S::Queued,
            (S::Released, E::NotFetched { polled: false }) => S::Delayed,
            (S::Released, E::HandedOut) => S::HandedOut,
            (S::HandedOut, E::Acknowledged | E::Progressed) => S::Running,
            // A terminal reply may come before any acknowledgement, and a cancelled script may still end by itself.
            (S::HandedOut | S::Running | S::Cancelling, E::Finished(outcome)) => S::Ended(outcome),
            (S::HandedOut | S::Running | S::Cancelling, E::DeliveryFailed) => S::Ended(O::Failed),
            (S::Queued | S::Delayed | S::Released, E::CancelRequested) => S::Ended(O::Cancelled),
            (S::HandedOut | S::Running, E::CancelRequested) => S::Cancelling,
            (S::Cancelling, E::CancelUnanswered) => S::Ended(O::Cancelled),
            (S::Queued | S::Delayed | S::Released, E::ErrorLimitExceeded) => S::Ended(O::Terminated),
            (S::Queued | S::Delayed | S::Released, E::NodeGone) => S::Ended(O::Undeliverable),
            (S::Queued | S::Delayed, E::PlatformMismatch) => S::Ended(O::InvalidPlatform),
            (S::Queued | S::Delayed, E::AccessDenied) => S::Ended(O::AccessDenied),
            (state, E::Expired) if !state.is_terminal() => S::Ended(O::DeliveryTimedOut),
            (from, event) => return Err(IllegalTransition { from, event }),
        })
    }

    /// Whether the state never changes again.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Ended(_))
    }

    /// Whether the invocation holds one of its command's MaxConcurrency slots.
    #[must_use]
    pub fn holds_slot(self) -> bool {
        matches!(self, Self::Released | Self::HandedOut | Self::Running | Self::Cancelling)
    }

    /// Whether no agent has been given it yet, so that it can be ended without telling one.
    #[must_use]
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Queued | Self::Delayed | Self::Released)
    }

    /// The API's `Status`.
    #[must_use]
    pub fn status(self) -> InvocationStatus {
        match self {
            Self::Queued | Self::Released => InvocationStatus::Pending,
            Self::Delayed => InvocationStatus::Delayed,
            Self::HandedOut | Self::Running => InvocationStatus::InProgress,
            Self::Cancelling => InvocationStatus::Cancelling,
            Self::Ended(outcome) => outcome.status(),
        }
    }

    /// The API's `StatusDetails`, as written on the wire (without spaces).
    #[must_use]
    pub fn details(self) -> &'static str {
        match self {
            Self::Ended(outcome) => outcome.details(),
            other => other.status().as_str(),
        }
    }
}

impl InvocationOutcome {
    /// The API's `Status`. That InvalidPlatform and AccessDenied show as `Failed` is our choice; the sources are silent.
    #[must_use]
    pub fn status(self) -> InvocationStatus {
        match self {
            Self::Success => InvocationStatus::Success,
            Self::ExecutionTimedOut | Self::DeliveryTimedOut => InvocationStatus::TimedOut,
            Self::Cancelled => InvocationStatus::Cancelled,
            Self::Failed | Self::Undeliverable | Self::Terminated | Self::InvalidPlatform | Self::AccessDenied => {
                InvocationStatus::Failed
            }
        }
    }

    /// The API's `StatusDetails`.
    #[must_use]
    pub fn details(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::Failed => "Failed",
            Self::ExecutionTimedOut => "ExecutionTimedOut",
            Self::DeliveryTimedOut => "DeliveryTimedOut",
            Self::Cancelled => "Cancelled",
            Self::Undeliverable => "Undeliverable",
            Self::Terminated => "Terminated",
            Self::InvalidPlatform => "InvalidPlatform",
            Self::AccessDenied => "AccessDenied",
        }
    }

    /// Whether it counts toward MaxErrors: a failure and an execution timeout do, nothing else does.
    #[must_use]
    pub fn is_error(self) -> bool {
        matches!(self, Self::Failed | Self::ExecutionTimedOut)
    }

    /// The outcome that an agent's document status stands for; `None` while it is under way (also across a reboot).
    ///
    /// Source: agent protocol 1.8.
    #[must_use]
    pub fn of_document(status: StepStatus) -> Option<Self> {
        match status {
            StepStatus::Success | StepStatus::Skipped | StepStatus::TestPass => Some(Self::Success),
            StepStatus::Failed | StepStatus::TestFailure => Some(Self::Failed),
            StepStatus::TimedOut => Some(Self::ExecutionTimedOut),
            StepStatus::Cancelled => Some(Self::Cancelled),
            StepStatus::NotStarted
            | StepStatus::InProgress
            | StepStatus::SuccessAndReboot
            | StepStatus::PassedAndReboot => None,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) const OUTCOMES: [InvocationOutcome; 9] = [
        InvocationOutcome::Success,
        InvocationOutcome::Failed,
        InvocationOutcome::ExecutionTimedOut,
        InvocationOutcome::DeliveryTimedOut,
        InvocationOutcome::Cancelled,
        InvocationOutcome::Undeliverable,
        InvocationOutcome::Terminated,
        InvocationOutcome::InvalidPlatform,
        InvocationOutcome::AccessDenied,
    ];

    fn states() -> Vec<InvocationState> {
        use InvocationState as S;
        let open = [S::Queued, S::Delayed, S::Released, S::HandedOut, S::Running, S::Cancelling];
        open.into_iter().chain(OUTCOMES.map(S::Ended)).collect()
    }

    fn events() -> Vec<InvocationEvent> {
        use InvocationEvent as E;
        vec![
            E::PollMissed,
            E::Released,
            E::NotFetched { polled: true },
            E::NotFetched { polled: false },
            E::HandedOut,
            E::Acknowledged,
            E::Progressed,
            E::Finished(InvocationOutcome::Success),
            E::DeliveryFailed,
            E::CancelRequested,
            E::CancelUnanswered,
            E::ErrorLimitExceeded,
            E::Expired,
            E::NodeGone,
            E::PlatformMismatch,
            E::AccessDenied,
        ]
    }

    /// The whole table, a row a state, a column an event in the order of `events()`: the next state's letter, `-` where
    /// there is no edge. q Queued, d Delayed, r Released, h HandedOut, R Running, C Cancelling; ended: s Success, f Failed,
    /// t DeliveryTimedOut, c Cancelled, u Undeliverable, x Terminated, p InvalidPlatform, a AccessDenied.
    #[test]
    fn every_pair_of_state_and_event_is_an_edge_or_refused() {
        let table = [
            ("Queued", "d r - - - - - - - c - x t u p a"),
            ("Delayed", "- r - - - - - - - c - x t u p a"),
            ("Released", "- - q d h - - - - c - x t u - -"),
            ("HandedOut", "- - - - - R R s f C - - t - - -"),
            ("Running", "- - - - - - - s f C - - t - - -"),
            ("Cancelling", "- - - - - - - s f - c - t - - -"),
        ];
        let letter = |state: InvocationState| match state {
            InvocationState::Queued => "q",
            InvocationState::Delayed => "d",
            InvocationState::Released => "r",
            InvocationState::HandedOut => "h",
            InvocationState::Running => "R",
            InvocationState::Cancelling => "C",
            InvocationState::Ended(outcome) => match outcome {
                InvocationOutcome::Success => "s",
                InvocationOutcome::Failed => "f",
                InvocationOutcome::ExecutionTimedOut => "e",
                InvocationOutcome::DeliveryTimedOut => "t",
                InvocationOutcome::Cancelled => "c",
                InvocationOutcome::Undeliverable => "u",
                InvocationOutcome::Terminated => "x",
                InvocationOutcome::InvalidPlatform => "p",
                InvocationOutcome::AccessDenied => "a",
            },
        };
        for (index, state) in states().into_iter().enumerate() {
            let row: Vec<&str> = events().into_iter().map(|event| state.apply(event).map_or("-", letter)).collect();
            let wanted = table.get(index).map_or_else(|| vec!["-"; 16].join(" "), |(_, row)| (*row).to_owned());
            assert_eq!(row.join(" "), wanted, "{state:?}");
        }
    }

    #[test]
    fn a_refused_event_names_itself_and_the_state() {
        let error = InvocationState::Queued.apply(InvocationEvent::Acknowledged).unwrap_err();
        assert_eq!(error.to_string(), "an invocation that is Queued takes no Acknowledged");
    }

    #[test]
    fn details_stand_on_the_wire_without_spaces_and_fit_their_status() {
        let seen: Vec<String> =
            states().into_iter().map(|state| format!("{}/{}", state.status().as_str(), state.details())).collect();
        assert_eq!(
            seen.join(" "),
            "Pending/Pending Delayed/Delayed Pending/Pending InProgress/InProgress InProgress/InProgress \
             Cancelling/Cancelling Success/Success Failed/Failed TimedOut/ExecutionTimedOut TimedOut/DeliveryTimedOut \
             Cancelled/Cancelled Failed/Undeliverable Failed/Terminated Failed/InvalidPlatform Failed/AccessDenied"
        );
    }

    pub(crate) fn any_event() -> impl Strategy<Value = InvocationEvent> {
        let finished = proptest::sample::select(&OUTCOMES[..5]).prop_map(InvocationEvent::Finished);
        prop_oneof![3 => proptest::sample::select(events()), 1 => finished]
    }

    proptest! {
        #[test]
        fn a_terminal_invocation_never_changes(events in proptest::collection::vec(any_event(), 0..40)) {
            let mut state = InvocationState::Queued;
            for event in events {
                let next = state.apply(event);
                prop_assert!(!(state.is_terminal() && next.is_ok()), "{state:?} took {event:?}");
                state = next.unwrap_or(state);
            }
        }

        #[test]
        fn an_invocation_that_an_agent_has_never_goes_back_to_waiting(
            events in proptest::collection::vec(any_event(), 0..40),
        ) {
            let mut state = InvocationState::HandedOut;
            for event in events {
                state = state.apply(event).unwrap_or(state);
                prop_assert!(!state.is_unsent());
            }
        }
    }
}
