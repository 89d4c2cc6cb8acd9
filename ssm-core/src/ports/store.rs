//! Where the control plane keeps everything.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;

use crate::engine::Batch;
use crate::ids::{AccountId, CommandId, CommandNumber, DocumentName, InstanceId, MessageId, VersionName};
use crate::message::Payload;
use crate::record::{
    Addressed, Command, CompletionRow, DocumentRow, DocumentShare, DocumentVersionRow, Grantee, Invocation,
    InvocationKey, Mailbox, Node, NodeSelector, SharedVersions, StepRow, VersionSummary,
};
use crate::time::Timestamp;

/// Keeps rows, and changes them by whole batches.
///
/// # Contract
/// - **Atomic.** [`commit`](Self::commit) applies a batch whole or leaves no trace. It answers only when the batch is as durable
///   as the store ever makes it: for a store on a disk, flushed.
/// - **Checked.** A row that is written must have the revision that the batch names (a document also the incarnation),
///   every condition must hold, what is inserted must be new, and a completion that is removed must be there; else
///   [`CommitError::Conflict`], and nothing is changed. Written rows get the next revision.
/// - **Read your writes.** A read that begins after a commit was answered sees it. Reads see whole batches only.
/// - **Ordered.** Lists come in the order that is stated, without gaps and without repetitions over pages.
/// - **Bounded.** No call returns more than its limit, and each uses an index: its cost grows with the answer, not with the store.
/// - Accounts never see each other's rows.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Store: Debug + Send + Sync {
    /// Applies a batch.
    async fn commit(&self, batch: Batch) -> Result<(), CommitError>;

    /// A command by its public id.
    async fn command(&self, account: &AccountId, id: CommandId) -> Result<Option<Command>, StoreError>;

    /// A command by its number.
    async fn command_by_number(
        &self,
        account: &AccountId,
        number: CommandNumber,
    ) -> Result<Option<Command>, StoreError>;

    /// Commands, newest first.
    async fn commands(&self, account: &AccountId, query: &CommandQuery) -> Result<Vec<Command>, StoreError>;

    /// Commands of all accounts that have not ended, oldest first, those of one number by account, behind `after`: what a service
    /// looks after when it starts. Numbers are unique within an account only.
    async fn unfinished_commands(
        &self,
        after: Option<(CommandNumber, AccountId)>,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError>;

    /// Commands of all accounts that ended at `until` or before, those that ended first in front: what retention removes.
    async fn ended_commands(&self, until: Timestamp, limit: usize) -> Result<Vec<Command>, StoreError>;

    /// One invocation.
    async fn invocation(&self, key: &InvocationKey) -> Result<Option<Invocation>, StoreError>;

    /// Invocations: newest command first, within a command by instance id.
    async fn invocations(&self, account: &AccountId, query: &InvocationQuery) -> Result<Vec<Invocation>, StoreError>;

    /// The results of an invocation's steps, by name.
    async fn steps(&self, key: &InvocationKey) -> Result<Vec<StepRow>, StoreError>;

    /// What waits to be folded into a command, in the order of writing.
    async fn completions(
        &self,
        account: &AccountId,
        number: CommandNumber,
        limit: usize,
    ) -> Result<Vec<CompletionRow>, StoreError>;

    /// Invocations of a command that may be released at `now`: those Queued without having to ask whose node polls, and those
    /// Queued or Delayed with a request that is at most [`Node::PRESENCE_TIME`] old. By instance id.
    async fn candidates(
        &self,
        account: &AccountId,
        number: CommandNumber,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Invocation>, StoreError>;

    /// What a poll of the instance needs at `now`, with at most `limit` visible entries, unreleased commands, and times of slots.
    async fn mailbox(
        &self,
        account: &AccountId,
        instance: &InstanceId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Mailbox, StoreError>;

    /// The payloads of these commands, as many as a poll's answer carries; a command that is not there is left out. A payload
    /// never changes.
    async fn payloads(
        &self,
        account: &AccountId,
        numbers: &[CommandNumber],
    ) -> Result<BTreeMap<CommandNumber, Payload>, StoreError>;

    /// What a message id stands for; `None` for an unknown one.
    async fn addressed(&self, account: &AccountId, message: &MessageId) -> Result<Option<Addressed>, StoreError>;

    /// A managed instance.
    async fn node(&self, account: &AccountId, instance: &InstanceId) -> Result<Option<Node>, StoreError>;

    /// Managed instances, in the order of their ids, each once. Reads those that the selector selects and no others: the cost of a
    /// page does not grow with what lies before it, nor with nodes that are not selected.
    async fn nodes(&self, account: &AccountId, query: &NodeQuery) -> Result<Vec<Node>, StoreError>;

    /// A document without its content.
    async fn document(&self, account: &AccountId, name: &DocumentName) -> Result<Option<DocumentRow>, StoreError>;

    /// One version of a document.
    async fn document_version(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: NonZeroU32,
    ) -> Result<Option<DocumentVersionRow>, StoreError>;

    /// The number of a document's version of this name.
    async fn document_version_named(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: &VersionName,
    ) -> Result<Option<NonZeroU32>, StoreError>;

    /// The versions of a document without their contents, newest first.
    async fn document_versions(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &VersionQuery,
    ) -> Result<Vec<VersionSummary>, StoreError>;

    /// The account's own documents, by name.
    async fn documents(&self, account: &AccountId, query: &DocumentQuery) -> Result<Vec<DocumentRow>, StoreError>;

    /// How many documents the account has.
    async fn document_counts(&self, account: &AccountId) -> Result<DocumentCounts, StoreError>;

    /// What of a document is shared with exactly this grantee.
    async fn document_share(
        &self,
        account: &AccountId,
        name: &DocumentName,
        grantee: &Grantee,
    ) -> Result<Option<SharedVersions>, StoreError>;

    /// With whom a document is shared, in the order of grantees.
    async fn document_shares(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &ShareQuery,
    ) -> Result<Vec<DocumentShare>, StoreError>;

    /// The documents of all accounts that are shared with exactly this grantee, by owner and name.
    async fn shared_documents(
        &self,
        grantee: &Grantee,
        query: &SharedDocumentQuery,
    ) -> Result<Vec<SharedDocument>, StoreError>;

    /// Invocations of all accounts whose time has come, earliest first, and when the next one's comes.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<DueRows, StoreError>;
}

/// What is due.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DueRows {
    /// At most the limit, earliest first.
    pub invocations: Vec<Invocation>,
    /// When the earliest one that is not in the list comes due; it may have passed when the list is full.
    pub next_at: Option<Timestamp>,
}

/// Which commands to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandQuery {
    /// Only those with an invocation on this instance.
    pub instance: Option<InstanceId>,
    /// Only this one and newer ones.
    pub since: Option<CommandNumber>,
    /// Only those older than this one.
    pub before: Option<CommandNumber>,
    /// Most rows.
    pub limit: usize,
}

/// Which invocations to list. At least one of command and instance is given by callers that have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvocationQuery {
    /// Only of this command.
    pub command: Option<CommandNumber>,
    /// Only on this instance.
    pub instance: Option<InstanceId>,
    /// Only in this stage.
    pub stage: Stage,
    /// Only of this command and newer ones.
    pub since: Option<CommandNumber>,
    /// Only of commands older than this one.
    pub before: Option<CommandNumber>,
    /// Only behind this place in the order of the list, whether or not there is an invocation, and whatever else is asked for.
    pub after: Option<(CommandNumber, InstanceId)>,
    /// Most rows.
    pub limit: usize,
}

/// A selection of states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Any state.
    #[default]
    Any,
    /// Queued, Delayed or Released.
    Unsent,
    /// Neither ended nor Cancelling.
    Cancellable,
}

/// Which managed instances to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeQuery {
    /// Only those that it selects; by an index of ids, or of tags.
    pub selector: NodeSelector,
    /// Only behind this id.
    pub after: Option<InstanceId>,
    /// Most rows.
    pub limit: usize,
}

/// Which of an account's documents to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Only behind this name.
    pub after: Option<DocumentName>,
    /// Most rows.
    pub limit: usize,
}

/// Which versions of a document to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionQuery {
    /// Only below this number.
    pub before: Option<NonZeroU32>,
    /// Most rows.
    pub limit: usize,
}

/// Which shares of a document to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShareQuery {
    /// Only behind this grantee.
    pub after: Option<Grantee>,
    /// Most rows.
    pub limit: usize,
}

/// Which of the documents that are shared with somebody to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedDocumentQuery {
    /// Only behind this owner's document of this name.
    pub after: Option<(AccountId, DocumentName)>,
    /// Most rows.
    pub limit: usize,
}

/// A document with what of it is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDocument {
    /// The document.
    pub document: DocumentRow,
    /// Which of its versions.
    pub versions: SharedVersions,
}

/// How many documents an account has; at most [`DocumentRow::MAX_DOCUMENTS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DocumentCounts {
    /// All of them.
    pub all: u32,
    /// Those that are shared with all accounts.
    pub public: u32,
}

/// The store cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It does not answer now; the same call may succeed later.
    #[error("the store does not answer")]
    Unavailable {
        /// Why.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// A row cannot be understood.
    #[error("the store holds a damaged row: {what}")]
    Damaged {
        /// Which, and what is wrong.
        what: String,
    },
}

/// A batch was not applied.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError {
    /// A row has changed since it was read: read again, and decide again.
    #[error("a row has changed since it was read")]
    Conflict,
    /// The store could not take it: nothing is changed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whether the batch is applied is not known, for example because the connection broke in the flush.
    #[error("it is not known whether the batch was applied")]
    Unknown {
        /// What happened.
        #[source]
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
}
