//! Every kind of write, condition and query by name. Each list and its `match` are one, so that whatever is added has a name here, and
//! the cases of this suite that go through a list demand a case for it.

use crate::engine::{Condition, Write};

macro_rules! kinds {
    ($(#[$doc:meta])* $list:ident, $of:ident($type:ident): $($name:ident),* $(,)?) => {
        $(#[$doc])*
        pub(crate) const $list: &[&str] = &[$(stringify!($name)),*];

        /// The name of its kind, for messages and traces.
        pub(crate) fn $of(value: &$type) -> &'static str {
            match value {
                $($type::$name { .. } => stringify!($name),)*
            }
        }
    };
}

kinds! {
    /// Every kind of write.
    WRITES, write_kind(Write):
    InsertCommand,
    PutCommand,
    PutInvocation,
    PutStep,
    AdvanceMailbox,
    AddCompletion,
    RemoveCompletion,
    AddRequest,
    MarkCancelled,
    RemoveHistory,
    NotePoll,
    PutNode,
    PutDocument,
    InsertDocumentVersion,
    RemoveDocumentVersion,
    RemoveDocument,
    PutDocumentShare,
    RemoveDocumentShare,
}

kinds! {
    /// Every kind of condition.
    CONDITIONS, condition_kind(Condition):
    NotCancelled,
    Open,
    Fence,
    FewerDocuments,
    FewerPublicDocuments,
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// A read of [`Store`](crate::ports::Store), by the name of its method.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum StoreQuery {
            $($(#[$doc])* $name,)*
        }

        impl StoreQuery {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

queries! {
    /// `command`.
    Command,
    /// `command_by_number`.
    CommandByNumber,
    /// `commands`.
    Commands,
    /// `unfinished_commands`.
    UnfinishedCommands,
    /// `ended_commands`.
    EndedCommands,
    /// `invocation`.
    Invocation,
    /// `invocations`.
    Invocations,
    /// `steps`.
    Steps,
    /// `completions`.
    Completions,
    /// `candidates`.
    Candidates,
    /// `mailbox`.
    Mailbox,
    /// `payloads`.
    Payloads,
    /// `addressed`.
    Addressed,
    /// `node`.
    Node,
    /// `nodes`.
    Nodes,
    /// `document`.
    Document,
    /// `document_version`.
    DocumentVersion,
    /// `document_version_named`.
    DocumentVersionNamed,
    /// `document_versions`.
    DocumentVersions,
    /// `documents`.
    Documents,
    /// `document_counts`.
    DocumentCounts,
    /// `document_share`.
    DocumentShare,
    /// `document_shares`.
    DocumentShares,
    /// `shared_documents`.
    SharedDocuments,
    /// `due`.
    Due,
}
