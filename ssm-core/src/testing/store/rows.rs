//! Rows to put into a store, and everything that can be read back.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use uuid::Uuid;

use crate::command::{InvocationOutcome, InvocationState, Tally};
use crate::document::{Format, Platform, SchemaVersion, StepResult, StepStatus};
use crate::engine::{Batch, Condition, Write};
use crate::ids::{AccountId, CommandId, CommandNumber, DocumentName, InstanceId, RequestId, VersionName};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::message::Payload;
use crate::ports::{CommitError, Store};
use crate::record::{
    Command, CommandOptions, Completion, DocumentRow, DocumentShare, DocumentVersionRow, Expansion, Grantee,
    Invocation, InvocationKey, Lease, Node, NodeInformation, Principal, Revision, SharedVersions, StepPlan, StepRow,
    SubmittedParameters, Targeting, UsedDocument, VersionSummary,
};
use crate::time::Timestamp;

/// When everything in these rows begins.
pub(super) const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

pub(super) fn after(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

pub(super) fn account(which: u64) -> AccountId {
    format!("{which:012}").parse().expect("12 digits make an account id")
}

pub(super) fn instance(which: u64) -> InstanceId {
    format!("mi-{which:017}").parse().expect("mi- and 17 digits make an instance id")
}

pub(super) fn number(which: u64) -> CommandNumber {
    CommandNumber::from_value(which)
}

pub(super) fn document_name(which: u64) -> DocumentName {
    format!("Document-{which}").parse().expect("letters, a hyphen and digits make a document name")
}

/// The id of the command of this number; another in each account.
pub(super) fn command_id(account: &AccountId, which: u64) -> CommandId {
    let digits: u128 = account.as_str().parse().expect("an account id is digits");
    CommandId::new(Uuid::from_u128(digits << 64 | u128::from(which)))
}

pub(super) fn sender() -> Principal {
    Principal::Operator("suite".parse().expect("a literal of the right form"))
}

/// A fresh command for three instances.
pub(super) fn command(account: &AccountId, which: u64) -> Command {
    let step = StepPlan {
        name: "step".parse().expect("a literal of the right form"),
        plugin: "test:plugin".parse().expect("a literal of the right form"),
    };
    Command {
        account: account.clone(),
        number: number(which),
        id: command_id(account, which),
        revision: Revision::NEW,
        sender: sender(),
        request: RequestId::new(Uuid::from_u128(which.into())),
        document: UsedDocument {
            name: document_name(1).into(),
            requested: crate::ids::DocumentVersion::Default,
            version: NonZeroU32::MIN,
        },
        steps: [step].into(),
        platforms: BTreeSet::new(),
        parameters: SubmittedParameters::from_iter([("name".to_owned(), vec!["value".to_owned()])]),
        comment: format!("the command {which}"),
        options: CommandOptions::default(),
        targeting: Targeting::Instances((1..=3).map(instance).collect()),
        requested_at: START,
        delivery_timeout: Duration::from_secs(600),
        delivery_deadline: after(600),
        expires_at: after(1200),
        max_concurrency: MaxConcurrency::default(),
        max_errors: MaxErrors::default(),
        expansion: Expansion::Done { targets: 3 },
        tally: Tally::default(),
        lease: Lease::default(),
        cancel_requested_at: None,
        stopped_at: None,
        ended: None,
    }
}

pub(super) fn payload(which: u64) -> Payload {
    Payload::new(format!("{{\"payload\": {which}}}"))
}

pub(super) fn insert(command: &Command) -> Write {
    Write::InsertCommand { command: Box::new(command.clone()), payload: payload(command.number.value()) }
}

/// An invocation of the command in this state.
pub(super) fn invocation(command: &Command, which: u64, state: InvocationState) -> Invocation {
    Invocation {
        key: InvocationKey { account: command.account.clone(), number: command.number, instance: instance(which) },
        command: command.id,
        revision: Revision::NEW,
        state,
        since: START,
        requested_at: START,
        delivery_deadline: command.delivery_deadline,
        expires_at: command.expires_at,
        waits_for_request: false,
        presence_check_pending: false,
        first_handed_out_at: None,
        hidden_until: None,
        journal: None,
        slot_is_counted: false,
        delivered: false,
        taken_at: None,
        answered: false,
        cancel: None,
        ended_at: None,
        ended_by_reply: false,
        trace: String::new(),
        instance_name: format!("host-{which}"),
        notification: None,
    }
}

pub(super) fn put(invocation: &Invocation) -> Write {
    Write::PutInvocation(Box::new(invocation.clone()))
}

pub(super) fn put_command(command: &Command) -> Write {
    Write::PutCommand(Box::new(command.clone()))
}

pub(super) fn node(account: &AccountId, which: u64) -> Node {
    Node {
        account: account.clone(),
        instance: instance(which),
        revision: Revision::NEW,
        registered_at: START,
        pinged_at: START,
        polled_at: None,
        information: NodeInformation { computer_name: format!("host-{which}"), ..NodeInformation::default() },
        tags: BTreeMap::from([("number".to_owned(), which.to_string())]),
    }
}

pub(super) fn put_node(node: &Node) -> Write {
    Write::PutNode(Box::new(node.clone()))
}

pub(super) fn note_poll(account: &AccountId, which: u64, at: Timestamp) -> Write {
    Write::NotePoll { account: account.clone(), instance: instance(which), at }
}

/// The instance asks for its invocation of the command of this number.
pub(super) fn add_request(account: &AccountId, command: u64, which: u64, at: Timestamp) -> Write {
    let key = InvocationKey { account: account.clone(), number: number(command), instance: instance(which) };
    Write::AddRequest { key, at }
}

pub(super) fn mark_cancelled(account: &AccountId, which: u64, at: Timestamp) -> Write {
    Write::MarkCancelled { account: account.clone(), number: number(which), at }
}

pub(super) fn advance(account: &AccountId, which: u64, revision: u64, recent: &[Timestamp]) -> Write {
    Write::AdvanceMailbox {
        account: account.clone(),
        instance: instance(which),
        revision: Revision::from_value(revision),
        recent_first_hand_outs: recent.to_vec(),
    }
}

pub(super) fn step(key: &InvocationKey, name: &str, status: StepStatus, output: &str) -> StepRow {
    let result = StepResult {
        status,
        code: 0,
        plugin: "test:plugin".parse().expect("a literal of the right form"),
        output: output.to_owned(),
        standard_output: output.to_owned(),
        standard_error: String::new(),
        started_at: START,
        ended_at: after(1),
    };
    StepRow { key: key.clone(), name: name.parse().expect("a short word makes a step name"), result, late: false }
}

pub(super) fn put_step(step: &StepRow) -> Write {
    Write::PutStep(Box::new(step.clone()))
}

pub(super) fn completion(key: &InvocationKey) -> Completion {
    let ended = Some(InvocationOutcome::Success);
    Completion { key: key.clone(), first_answer: true, gave_slot_back: true, delay: None, ended }
}

pub(super) fn version_number(which: u32) -> NonZeroU32 {
    NonZeroU32::new(which).expect("versions begin with 1")
}

pub(super) fn version_name(which: u32) -> VersionName {
    format!("name-{which}").parse().expect("letters, a hyphen and digits make a version name")
}

/// A version of this number, with a name.
pub(super) fn version(which: u32) -> VersionSummary {
    VersionSummary {
        number: version_number(which),
        name: Some(version_name(which)),
        display_name: Some(format!("version {which}")),
        target_type: Some("/".to_owned()),
        format: Format::default(),
        schema: SchemaVersion::V2_2,
        platforms: BTreeSet::from([Platform::Linux]),
        created_at: START,
    }
}

/// Of the document with this number, unless a test gives it another one.
pub(super) fn incarnation(which: u64) -> Uuid {
    Uuid::from_u128(which.into())
}

pub(super) fn document(account: &AccountId, which: u64) -> DocumentRow {
    let tags = BTreeMap::from([("number".to_owned(), which.to_string())]);
    DocumentRow::new(account.clone(), document_name(which), incarnation(which), version(1), tags)
}

pub(super) fn document_version(account: &AccountId, which: u64, version: u32) -> DocumentVersionRow {
    DocumentVersionRow {
        account: account.clone(),
        name: document_name(which),
        about: self::version(version),
        content: format!("{{\"version\": {version}}}").into(),
        sha256: "0".repeat(64),
    }
}

pub(super) fn put_document(document: &DocumentRow) -> Write {
    Write::PutDocument(Box::new(document.clone()))
}

pub(super) fn insert_version(version: &DocumentVersionRow) -> Write {
    Write::InsertDocumentVersion(Box::new(version.clone()))
}

pub(super) fn remove_version(account: &AccountId, which: u64, version: u32) -> Write {
    let number = version_number(version);
    Write::RemoveDocumentVersion { account: account.clone(), name: document_name(which), number }
}

pub(super) fn remove_document(account: &AccountId, which: u64, revision: u64) -> Write {
    let revision = Revision::from_value(revision);
    let incarnation = incarnation(which);
    Write::RemoveDocument { account: account.clone(), name: document_name(which), incarnation, revision }
}

pub(super) fn share(account: &AccountId, which: u64, grantee: Grantee, versions: SharedVersions) -> DocumentShare {
    DocumentShare { account: account.clone(), name: document_name(which), grantee, versions }
}

pub(super) fn remove_share(account: &AccountId, which: u64, grantee: Grantee) -> Write {
    Write::RemoveDocumentShare { account: account.clone(), name: document_name(which), grantee }
}

pub(super) fn not_cancelled(account: &AccountId, which: u64) -> Condition {
    Condition::NotCancelled { account: account.clone(), number: number(which) }
}

pub(super) fn open(account: &AccountId, which: u64) -> Condition {
    Condition::Open { account: account.clone(), number: number(which) }
}

pub(super) fn fence(account: &AccountId, which: u64, fence: u64) -> Condition {
    Condition::Fence { account: account.clone(), number: number(which), fence }
}

pub(super) fn remove_history(account: &AccountId, which: u64, most: usize) -> Write {
    Write::RemoveHistory { account: account.clone(), number: number(which), most }
}

pub(super) fn fewer_documents(account: &AccountId, than: u32) -> Condition {
    Condition::FewerDocuments { account: account.clone(), than }
}

pub(super) fn fewer_public_documents(account: &AccountId, than: u32) -> Condition {
    Condition::FewerPublicDocuments { account: account.clone(), than }
}

/// Commits writes that must pass.
pub(super) async fn commit(store: &dyn Store, writes: impl IntoIterator<Item = Write>) {
    let batch = self::writes(writes);
    let kinds: Vec<&str> = batch.writes.iter().map(kind).collect();
    let applied = store.commit(batch).await;
    assert!(applied.is_ok(), "a batch whose rows are as it names them is applied, but {kinds:?} were not: {applied:?}");
}

/// Whether a batch is refused as a conflict; any other failure breaks the contract.
pub(super) async fn conflicts(store: &dyn Store, batch: Batch) -> bool {
    match store.commit(batch).await {
        Ok(()) => false,
        Err(CommitError::Conflict) => true,
        Err(error) => panic!("a batch that does not fit is a conflict and nothing else: {error}"),
    }
}

pub(super) fn writes(writes: impl IntoIterator<Item = Write>) -> Batch {
    Batch { conditions: Vec::new(), writes: writes.into_iter().collect() }
}

/// The name of a write, for messages.
pub(super) use super::kinds::write_kind as kind;

/// Why reads must answer: nothing in a suite makes a store fail.
pub(super) const READS: &str = "a read of a store that works succeeds";
