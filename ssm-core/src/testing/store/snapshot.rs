//! Everything that can be read of the accounts of these cases, to compare before and after.

use std::num::NonZeroU32;

use uuid::Uuid;

use super::rows::{READS, account, after, command_id, document_name, instance, number, version_name};
use crate::ids::MessageId;
use crate::ports::{
    CommandQuery, DocumentCounts, DocumentQuery, DueRows, InvocationQuery, NodeQuery, ShareQuery, SharedDocument,
    SharedDocumentQuery, Store, VersionQuery,
};
use crate::record::{
    Addressed, Command, CompletionRow, DocumentRow, DocumentShare, DocumentVersionRow, Grantee, Invocation,
    InvocationKey, Mailbox, Node, SharedVersions, StepRow, VersionSummary,
};

/// The commands, instances and documents that the cases use are numbered from 1 to this.
const MOST: u64 = 3;
/// More rows than there are.
const ALL: usize = 100;

/// With whom the cases share documents.
fn grantees() -> [Grantee; 3] {
    [Grantee::All, Grantee::Account(account(1)), Grantee::Account(account(2))]
}

/// What two accounts look like from outside.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot {
    commands: Vec<Command>,
    by_id: Vec<Option<Command>>,
    unfinished: Vec<Command>,
    invocations: Vec<Invocation>,
    steps: Vec<Vec<StepRow>>,
    completions: Vec<Vec<CompletionRow>>,
    candidates: Vec<Vec<Invocation>>,
    mailboxes: Vec<Mailbox>,
    addressed: Vec<Option<Addressed>>,
    nodes: Vec<Node>,
    documents: Vec<Option<DocumentRow>>,
    versions: Vec<Option<DocumentVersionRow>>,
    documents_listed: Vec<DocumentRow>,
    document_counts: Vec<DocumentCounts>,
    versions_listed: Vec<Vec<VersionSummary>>,
    versions_named: Vec<Option<NonZeroU32>>,
    shares: Vec<Vec<DocumentShare>>,
    shared_with_one: Vec<Option<SharedVersions>>,
    shared: Vec<Vec<SharedDocument>>,
    due: DueRows,
}

impl Snapshot {
    pub(super) async fn of(store: &dyn Store) -> Self {
        let now = after(60);
        let mut shared = Vec::new();
        for grantee in grantees() {
            let query = SharedDocumentQuery { after: None, limit: ALL };
            shared.push(store.shared_documents(&grantee, &query).await.expect(READS));
        }
        let mut all = Self {
            commands: Vec::new(),
            by_id: Vec::new(),
            unfinished: store.unfinished_commands(None, ALL).await.expect(READS),
            invocations: Vec::new(),
            steps: Vec::new(),
            completions: Vec::new(),
            candidates: Vec::new(),
            mailboxes: Vec::new(),
            addressed: Vec::new(),
            nodes: Vec::new(),
            documents: Vec::new(),
            versions: Vec::new(),
            documents_listed: Vec::new(),
            document_counts: Vec::new(),
            versions_listed: Vec::new(),
            versions_named: Vec::new(),
            shares: Vec::new(),
            shared_with_one: Vec::new(),
            shared,
            due: store.due(after(10_000), ALL).await.expect(READS),
        };
        for account in [account(1), account(2)] {
            let query = CommandQuery { limit: ALL, ..CommandQuery::default() };
            all.commands.extend(store.commands(&account, &query).await.expect(READS));
            let query = InvocationQuery { limit: ALL, ..InvocationQuery::default() };
            all.invocations.extend(store.invocations(&account, &query).await.expect(READS));
            let query = NodeQuery { limit: ALL, ..NodeQuery::default() };
            all.nodes.extend(store.nodes(&account, &query).await.expect(READS));
            let query = DocumentQuery { after: None, limit: ALL };
            all.documents_listed.extend(store.documents(&account, &query).await.expect(READS));
            all.document_counts.push(store.document_counts(&account).await.expect(READS));
            for which in 1..=MOST {
                let id = command_id(&account, which);
                all.by_id.push(store.command(&account, id).await.expect(READS));
                all.completions.push(store.completions(&account, number(which), ALL).await.expect(READS));
                all.candidates.push(store.candidates(&account, number(which), now, ALL).await.expect(READS));
                all.mailboxes.push(store.mailbox(&account, &instance(which), now, ALL).await.expect(READS));
                let name = document_name(which);
                all.documents.push(store.document(&account, &name).await.expect(READS));
                for version in [NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(1)] {
                    all.versions.push(store.document_version(&account, &name, version).await.expect(READS));
                    let named = version_name(version.get());
                    all.versions_named.push(store.document_version_named(&account, &name, &named).await.expect(READS));
                }
                let query = VersionQuery { before: None, limit: ALL };
                all.versions_listed.push(store.document_versions(&account, &name, &query).await.expect(READS));
                let query = ShareQuery { after: None, limit: ALL };
                all.shares.push(store.document_shares(&account, &name, &query).await.expect(READS));
                for grantee in grantees() {
                    all.shared_with_one.push(store.document_share(&account, &name, &grantee).await.expect(READS));
                }
                for target in 1..=MOST {
                    let instance = instance(target);
                    let message = MessageId::of_command(id, instance.clone());
                    all.addressed.push(store.addressed(&account, &message).await.expect(READS));
                    let message = MessageId::new(Uuid::from_u128(which.into()), instance.clone());
                    all.addressed.push(store.addressed(&account, &message).await.expect(READS));
                    let key = InvocationKey { account: account.clone(), number: number(which), instance };
                    all.steps.push(store.steps(&key).await.expect(READS));
                }
            }
        }
        all
    }
}
