//! What a decision writes: a closed set of conditions and writes, in domain terms.

use std::num::NonZeroU32;

use uuid::Uuid;

use crate::ids::{AccountId, CommandNumber, DocumentName, InstanceId};
use crate::message::Payload;
use crate::record::{
    Command, Completion, DocumentRow, DocumentShare, DocumentVersionRow, Grantee, Invocation, InvocationKey, Node,
    Revision, StepRow,
};
use crate::time::Timestamp;

/// Conditions and writes that a store applies whole, or refuses without a trace.
///
/// Every row written by [`Write`] with a revision must still have that revision in the store ([`Revision::NEW`]: must not be
/// there), and gets the next one. Conditions and revisions are checked before the batch's first write, so a batch never writes
/// one row twice. A document that is changed or removed must also have the incarnation that the write names: after a removal
/// its revisions begin anew.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// What must hold besides the revisions.
    pub conditions: Vec<Condition>,
    /// What is written, in this order.
    pub writes: Vec<Write>,
}

/// What must hold at the moment of the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The command was not cancelled as a whole, nor has it ended.
    NotCancelled {
        /// Its account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
    },
    /// As [`NotCancelled`](Self::NotCancelled), and MaxErrors did not stop it.
    Open {
        /// Its account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
    },
    /// The command's [`Lease`](crate::record::Lease) has this fence: nobody else has taken it since it was read.
    Fence {
        /// Its account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
        /// What was read.
        fence: u64,
    },
    /// The account has fewer documents than this.
    FewerDocuments {
        /// The account.
        account: AccountId,
        /// The number.
        than: u32,
    },
    /// Fewer documents of the account than this are shared with all.
    FewerPublicDocuments {
        /// The account.
        account: AccountId,
        /// The number.
        than: u32,
    },
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new command with the payload of its messages; refused when its number or id exists.
    InsertCommand {
        /// The command, of revision [`Revision::NEW`].
        command: Box<Command>,
        /// A JSON text, stored once for all its invocations.
        payload: Payload,
    },
    /// A changed command, of the revision that it was read with.
    PutCommand(Box<Command>),
    /// A new or changed invocation.
    PutInvocation(Box<Invocation>),
    /// A step's result; replaces one that is there.
    PutStep(Box<StepRow>),
    /// A hand-out: advances the mailbox, which must have this revision, and keeps the throttle's state.
    AdvanceMailbox {
        /// The account.
        account: AccountId,
        /// Whose mailbox.
        instance: InstanceId,
        /// The revision that was read.
        revision: Revision,
        /// The latest first hand-outs, oldest first.
        recent_first_hand_outs: Vec<Timestamp>,
    },
    /// Something for a command's dispatcher.
    AddCompletion(Completion),
    /// The dispatcher has folded it; refused when it is not there (another dispatcher was faster).
    RemoveCompletion {
        /// The account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
        /// The row.
        sequence: u64,
    },
    /// The instance polls with room and finds this invocation without a slot; replaces an older request. It goes by itself when
    /// the invocation is released or ends, and counts for [`Node::PRESENCE_TIME`] only.
    AddRequest {
        /// Whose invocation.
        key: InvocationKey,
        /// When.
        at: Timestamp,
    },
    /// The operator cancels the command as a whole, if it is neither cancelled nor over; else nothing happens. Needs no revision,
    /// so that a cancel never loses against a busy dispatcher, which then has to read again.
    MarkCancelled {
        /// The account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
        /// When.
        at: Timestamp,
    },
    /// Removes at most so many rows of a command that has ended: of its steps, then of its completions, then its invocations, and at
    /// last its own with the payload. Refused while the command has not ended; one that is not there is nothing to do. Needs no
    /// revision: repeated, it goes on.
    RemoveHistory {
        /// The account.
        account: AccountId,
        /// The command.
        number: CommandNumber,
        /// Most rows.
        most: usize,
    },
    /// Notes a poll, if the instance is known and no later one is noted. Needs no revision: a repetition changes nothing.
    NotePoll {
        /// The account.
        account: AccountId,
        /// Who polled.
        instance: InstanceId,
        /// When.
        at: Timestamp,
    },
    /// A new or changed managed instance.
    PutNode(Box<Node>),
    /// A new or changed document. A changed one must have its incarnation in the store besides its revision.
    PutDocument(Box<DocumentRow>),
    /// A new version of a document; refused when it exists.
    InsertDocumentVersion(Box<DocumentVersionRow>),
    /// A version of a document goes, with its content; refused when it is not there.
    RemoveDocumentVersion {
        /// The owner.
        account: AccountId,
        /// The document.
        name: DocumentName,
        /// The version.
        number: NonZeroU32,
    },
    /// A document goes, with its versions and shares, of which there are at most [`DocumentRow::MAX_VERSIONS`] and
    /// [`DocumentRow::MAX_SHARED_WITH`].
    RemoveDocument {
        /// The owner.
        account: AccountId,
        /// The document.
        name: DocumentName,
        /// The incarnation that was read.
        incarnation: Uuid,
        /// The revision that was read.
        revision: Revision,
    },
    /// A document is shared; replaces what was shared with the same grantee. Needs no revision: the document's row is written
    /// in the same batch.
    PutDocumentShare(DocumentShare),
    /// A document is shared no more with this grantee, if it was.
    RemoveDocumentShare {
        /// The owner.
        account: AccountId,
        /// The document.
        name: DocumentName,
        /// With whom it was shared.
        grantee: Grantee,
    },
}

impl Batch {
    /// Whether a commit would do nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Adds a write.
    pub fn write(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Adds a condition.
    pub fn require(&mut self, condition: Condition) {
        self.conditions.push(condition);
    }
}
