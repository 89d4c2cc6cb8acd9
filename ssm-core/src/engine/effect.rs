//! What a decision comes to.

use super::{Batch, Notice};
use crate::command::{CommandStatus, InvocationState};
use crate::ids::{AccountId, CommandId, CommandNumber, DocumentReference, InstanceId};
use crate::record::{Command, Invocation};
use crate::time::Timestamp;

/// What to write, and what to do when it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// To be committed first.
    pub batch: Batch,
    /// To be carried out after the commit, in this order.
    pub effects: Vec<Effect>,
}

/// What the engine wants done after the commit. Effects are hints: they may be lost or repeated. What must not be lost (a
/// message, a completion) is a row in the commit itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Effect {
    /// The instance's mailbox has something: wake its poll, if it is here.
    Hint {
        /// The account.
        account: AccountId,
        /// Whose mailbox.
        instance: InstanceId,
    },
    /// The command has work for its dispatcher.
    Dispatch {
        /// The account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
    },
    /// Look for due rows at this time, at the latest.
    WakeAt(Timestamp),
    /// A status changed: tell whoever listens. Best effort, as EventBridge is.
    Publish(Change),
}

/// A change of status that is told to event sinks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A command's status changed, or it was accepted.
    Command {
        /// The account.
        account: AccountId,
        /// The command.
        command: CommandId,
        /// Its document, as it was submitted.
        document: DocumentReference,
        /// `Status` now.
        status: CommandStatus,
        /// `StatusDetails` now.
        details: &'static str,
        /// When.
        at: Timestamp,
        /// Whom the operator wanted to be told, if of this change.
        notice: Option<Box<Notice>>,
    },
    /// An invocation's state changed.
    Invocation {
        /// The account.
        account: AccountId,
        /// The command.
        command: CommandId,
        /// The managed instance.
        instance: InstanceId,
        /// The state now; its `Status` and `StatusDetails` are projections.
        state: InvocationState,
        /// When.
        at: Timestamp,
        /// Whom the operator wanted to be told, if of this change.
        notice: Option<Box<Notice>>,
    },
}

impl Decision {
    /// A decision to change nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Both decisions as one. They must not write the same row.
    pub fn append(&mut self, mut other: Self) {
        self.batch.conditions.append(&mut other.batch.conditions);
        self.batch.writes.append(&mut other.batch.writes);
        self.effects.append(&mut other.effects);
    }

    pub(super) fn hint(&mut self, account: &AccountId, instance: &InstanceId) {
        self.effects.push(Effect::Hint { account: account.clone(), instance: instance.clone() });
    }

    pub(super) fn dispatch(&mut self, account: &AccountId, number: CommandNumber) {
        self.effects.push(Effect::Dispatch { account: account.clone(), number });
    }

    pub(super) fn wake_at(&mut self, at: Option<Timestamp>) {
        self.effects.extend(at.map(Effect::WakeAt));
    }

    pub(super) fn publish_command(&mut self, command: &Command, at: Timestamp) {
        let (status, details) = command.status();
        self.effects.push(Effect::Publish(Change::Command {
            account: command.account.clone(),
            command: command.id,
            document: command.document.name.clone(),
            status,
            details,
            at,
            notice: Notice::of_command(command),
        }));
    }

    pub(super) fn publish_invocation(&mut self, invocation: &Invocation, at: Timestamp) {
        self.effects.push(Effect::Publish(Change::Invocation {
            account: invocation.key.account.clone(),
            command: invocation.command,
            instance: invocation.key.instance.clone(),
            state: invocation.state,
            at,
            notice: Notice::of_invocation(invocation),
        }));
    }
}
