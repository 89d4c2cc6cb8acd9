//! The port: each call by way of its faults.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use async_trait::async_trait;

use super::fault::Planned;
use super::{Fault, FaultyStore, StoreCall, unavailable};
use crate::engine::Batch;
use crate::ids::{AccountId, CommandId, CommandNumber, DocumentName, InstanceId, MessageId, VersionName};
use crate::message::Payload;
use crate::ports::{
    CommandQuery, CommitError, DocumentCounts, DocumentQuery, DueRows, InvocationQuery, NodeQuery, ShareQuery,
    SharedDocument, SharedDocumentQuery, Store, StoreError, VersionQuery,
};
use crate::record::{
    Addressed, Command, CompletionRow, DocumentRow, DocumentShare, DocumentVersionRow, Grantee, Invocation,
    InvocationKey, Mailbox, Node, SharedVersions, StepRow, VersionSummary,
};
use crate::testing::store::StoreQuery as Q;
use crate::time::Timestamp;

impl FaultyStore {
    /// One read. `key`: its arguments apart from the time, in which two askings of one query differ.
    async fn read<T: Clone + Send + 'static>(
        &self,
        query: Q,
        key: String,
        ask: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.live().await;
        let planned = {
            let mut state = self.lock();
            *state.asked.entry(query).or_default() += 1;
            let scripted = state.scripted(&StoreCall::Read(query));
            scripted.or_else(|| state.read_fault(query).map(Planned::Fault))
        };
        self.pause().await;
        match &planned {
            Some(Planned::Fault(Fault::Unavailable)) => return Err(unavailable()),
            Some(Planned::Fault(Fault::DieBefore)) => {
                self.die();
                self.live().await;
            }
            Some(Planned::Fault(Fault::Stale)) => {
                let state = self.lock();
                let known = state.last.get(&(query, key.clone())).and_then(|last| last.downcast_ref::<T>()).cloned();
                drop(state);
                if let Some(known) = known {
                    return Ok(known);
                }
            }
            _ => {}
        }
        let answer = ask.await?;
        self.lock().last.insert((query, key), Box::new(answer.clone()));
        match planned {
            Some(Planned::Fault(Fault::DieAfter)) => self.die(),
            // Already answered, so that what the caller gets is as old as the hold is long.
            Some(Planned::Held(held)) => held.wait().await,
            _ => {}
        }
        self.live().await;
        Ok(answer)
    }
}

/// The arguments of a query as a text.
macro_rules! key {
    ($($part:expr),*) => { format!("{:?}", ($(&$part,)*)) };
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for FaultyStore {
    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        self.commit_with_faults(batch).await
    }

    async fn command(&self, account: &AccountId, id: CommandId) -> Result<Option<Command>, StoreError> {
        self.read(Q::Command, key!(account, id), self.inner.command(account, id)).await
    }

    async fn command_by_number(
        &self,
        account: &AccountId,
        number: CommandNumber,
    ) -> Result<Option<Command>, StoreError> {
        self.read(Q::CommandByNumber, key!(account, number), self.inner.command_by_number(account, number)).await
    }

    async fn commands(&self, account: &AccountId, query: &CommandQuery) -> Result<Vec<Command>, StoreError> {
        self.read(Q::Commands, key!(account, query), self.inner.commands(account, query)).await
    }

    async fn unfinished_commands(
        &self,
        after: Option<(CommandNumber, AccountId)>,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError> {
        let key = key!(after, limit);
        self.read(Q::UnfinishedCommands, key, self.inner.unfinished_commands(after, limit)).await
    }

    async fn ended_commands(&self, until: Timestamp, limit: usize) -> Result<Vec<Command>, StoreError> {
        self.read(Q::EndedCommands, key!(limit), self.inner.ended_commands(until, limit)).await
    }

    async fn invocation(&self, key: &InvocationKey) -> Result<Option<Invocation>, StoreError> {
        self.read(Q::Invocation, key!(key), self.inner.invocation(key)).await
    }

    async fn invocations(&self, account: &AccountId, query: &InvocationQuery) -> Result<Vec<Invocation>, StoreError> {
        self.read(Q::Invocations, key!(account, query), self.inner.invocations(account, query)).await
    }

    async fn steps(&self, key: &InvocationKey) -> Result<Vec<StepRow>, StoreError> {
        self.read(Q::Steps, key!(key), self.inner.steps(key)).await
    }

    async fn completions(
        &self,
        account: &AccountId,
        number: CommandNumber,
        limit: usize,
    ) -> Result<Vec<CompletionRow>, StoreError> {
        let ask = self.inner.completions(account, number, limit);
        self.read(Q::Completions, key!(account, number, limit), ask).await
    }

    async fn candidates(
        &self,
        account: &AccountId,
        number: CommandNumber,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Invocation>, StoreError> {
        let ask = self.inner.candidates(account, number, now, limit);
        self.read(Q::Candidates, key!(account, number, limit), ask).await
    }

    async fn mailbox(
        &self,
        account: &AccountId,
        instance: &InstanceId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Mailbox, StoreError> {
        let ask = self.inner.mailbox(account, instance, now, limit);
        self.read(Q::Mailbox, key!(account, instance, limit), ask).await
    }

    async fn payloads(
        &self,
        account: &AccountId,
        numbers: &[CommandNumber],
    ) -> Result<BTreeMap<CommandNumber, Payload>, StoreError> {
        self.read(Q::Payloads, key!(account, numbers), self.inner.payloads(account, numbers)).await
    }

    async fn addressed(&self, account: &AccountId, message: &MessageId) -> Result<Option<Addressed>, StoreError> {
        self.read(Q::Addressed, key!(account, message), self.inner.addressed(account, message)).await
    }

    async fn node(&self, account: &AccountId, instance: &InstanceId) -> Result<Option<Node>, StoreError> {
        self.read(Q::Node, key!(account, instance), self.inner.node(account, instance)).await
    }

    async fn nodes(&self, account: &AccountId, query: &NodeQuery) -> Result<Vec<Node>, StoreError> {
        self.read(Q::Nodes, key!(account, query), self.inner.nodes(account, query)).await
    }

    async fn document(&self, account: &AccountId, name: &DocumentName) -> Result<Option<DocumentRow>, StoreError> {
        self.read(Q::Document, key!(account, name), self.inner.document(account, name)).await
    }

    async fn document_version(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: NonZeroU32,
    ) -> Result<Option<DocumentVersionRow>, StoreError> {
        let ask = self.inner.document_version(account, name, version);
        self.read(Q::DocumentVersion, key!(account, name, version), ask).await
    }

    async fn document_version_named(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: &VersionName,
    ) -> Result<Option<NonZeroU32>, StoreError> {
        let ask = self.inner.document_version_named(account, name, version);
        self.read(Q::DocumentVersionNamed, key!(account, name, version), ask).await
    }

    async fn document_versions(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &VersionQuery,
    ) -> Result<Vec<VersionSummary>, StoreError> {
        let ask = self.inner.document_versions(account, name, query);
        self.read(Q::DocumentVersions, key!(account, name, query), ask).await
    }

    async fn documents(&self, account: &AccountId, query: &DocumentQuery) -> Result<Vec<DocumentRow>, StoreError> {
        self.read(Q::Documents, key!(account, query), self.inner.documents(account, query)).await
    }

    async fn document_counts(&self, account: &AccountId) -> Result<DocumentCounts, StoreError> {
        self.read(Q::DocumentCounts, key!(account), self.inner.document_counts(account)).await
    }

    async fn document_share(
        &self,
        account: &AccountId,
        name: &DocumentName,
        grantee: &Grantee,
    ) -> Result<Option<SharedVersions>, StoreError> {
        let ask = self.inner.document_share(account, name, grantee);
        self.read(Q::DocumentShare, key!(account, name, grantee), ask).await
    }

    async fn document_shares(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &ShareQuery,
    ) -> Result<Vec<DocumentShare>, StoreError> {
        let ask = self.inner.document_shares(account, name, query);
        self.read(Q::DocumentShares, key!(account, name, query), ask).await
    }

    async fn shared_documents(
        &self,
        grantee: &Grantee,
        query: &SharedDocumentQuery,
    ) -> Result<Vec<SharedDocument>, StoreError> {
        self.read(Q::SharedDocuments, key!(grantee, query), self.inner.shared_documents(grantee, query)).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<DueRows, StoreError> {
        self.read(Q::Due, key!(limit), self.inner.due(now, limit)).await
    }
}
