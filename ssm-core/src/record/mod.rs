//! What the service keeps: the rows of its store, in domain terms.
//!
//! Rows carry a [`Revision`]; a write names the revision that it was decided on, so that no update is ever lost. Read in this
//! order: [`Command`], [`Targeting`], [`Lease`], [`Invocation`], [`StepRow`], [`Mailbox`], [`Completion`], [`Node`], [`DocumentRow`].

mod command;
mod document;
mod invocation;
mod lease;
mod mailbox;
mod node;
mod options;
mod presence;
mod principal;
mod selector;
mod target;

use serde::{Deserialize, Serialize};

pub use command::{Command, Expansion, StepPlan, SubmittedParameters, UsedDocument};
pub use document::{DocumentRow, DocumentShare, DocumentVersionRow, Grantee, SharedVersions, VersionSummary};
pub use invocation::{CancelDelivery, Completion, CompletionRow, Delay, Invocation, InvocationKey, MailKind, StepRow};
pub use lease::Lease;
pub use mailbox::{Addressed, Mailbox, MailboxEntry};
pub use node::{Node, NodeInformation, NodeKind};
pub use options::{
    AlarmOptions, CloudWatchOutput, CommandOptions, InvocationNotification, Notification, NotificationEvent,
    NotificationType,
};
pub use presence::{PingStatus, PresenceRules};
pub use principal::Principal;
pub use selector::NodeSelector;
pub use target::{Target, Targeting};

/// How often a row was written. 0: not yet in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(u64);

impl Revision {
    /// The revision of a row that is not in the store.
    pub const NEW: Self = Self(0);

    /// The revision with this value, as a store kept it.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        Self(value)
    }

    /// The value, for a store's column.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }

    /// The revision after one more write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
