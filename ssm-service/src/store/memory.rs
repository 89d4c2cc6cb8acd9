//! The memory store: every table and index of the contract, without a disk. What ends with the process is lost, so it is for
//! tests, simulations and embeddings that say so.

mod apply;
mod documents;
mod history;
mod lists;
mod mailbox;
mod nodes;
mod tables;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use ssm_core::engine::Batch;
use ssm_core::ids::{AccountId, CommandId, CommandNumber, DocumentName, InstanceId, MessageId, VersionName};
use ssm_core::message::Payload;
use ssm_core::ports::{
    CommandQuery, CommitError, DocumentCounts, DocumentQuery, DueRows, InvocationQuery, NodeQuery, ShareQuery,
    SharedDocument, SharedDocumentQuery, Store, StoreError, VersionQuery,
};
use ssm_core::record::{
    Addressed, Command, CompletionRow, DocumentRow, DocumentShare, DocumentVersionRow, Grantee, Invocation,
    InvocationKey, Mailbox, Node, SharedVersions, StepRow, VersionSummary,
};
use ssm_core::time::Timestamp;

use tables::Tables;

/// Keeps everything in memory, behind one lock that is never held over a wait.
#[derive(Debug, Default)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rows of managed instances [`Store::nodes`] has read since the store was made, so that the cost of a listing or of
    /// a command's targets can be seen.
    #[must_use]
    pub fn nodes_read(&self) -> u64 {
        self.tables().node_index.rows_read()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A batch is checked before its first write and the writes cannot fail, so a panic elsewhere leaves whole batches.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        let mut tables = self.tables();
        if !apply::holds(&tables, &batch) {
            return Err(CommitError::Conflict);
        }
        batch.writes.into_iter().for_each(|write| apply::write(&mut tables, write));
        Ok(())
    }

    async fn command(&self, account: &AccountId, id: CommandId) -> Result<Option<Command>, StoreError> {
        let tables = self.tables();
        let number = tables.command_ids.get(&(account.clone(), id)).copied();
        Ok(number.and_then(|number| tables.command(account, number)).cloned())
    }

    async fn command_by_number(
        &self,
        account: &AccountId,
        number: CommandNumber,
    ) -> Result<Option<Command>, StoreError> {
        Ok(self.tables().command(account, number).cloned())
    }

    async fn commands(&self, account: &AccountId, query: &CommandQuery) -> Result<Vec<Command>, StoreError> {
        Ok(self.tables().list_commands(account, query))
    }

    async fn unfinished_commands(
        &self,
        after: Option<(CommandNumber, AccountId)>,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError> {
        Ok(self.tables().list_unfinished(after, limit))
    }

    async fn ended_commands(&self, until: Timestamp, limit: usize) -> Result<Vec<Command>, StoreError> {
        Ok(self.tables().list_ended(until, limit))
    }

    async fn invocation(&self, key: &InvocationKey) -> Result<Option<Invocation>, StoreError> {
        Ok(self.tables().invocations.get(key).cloned())
    }

    async fn invocations(&self, account: &AccountId, query: &InvocationQuery) -> Result<Vec<Invocation>, StoreError> {
        Ok(self.tables().list_invocations(account, query))
    }

    async fn steps(&self, key: &InvocationKey) -> Result<Vec<StepRow>, StoreError> {
        Ok(self.tables().steps.get(key).map(|steps| steps.values().cloned().collect()).unwrap_or_default())
    }

    async fn completions(
        &self,
        account: &AccountId,
        number: CommandNumber,
        limit: usize,
    ) -> Result<Vec<CompletionRow>, StoreError> {
        let tables = self.tables();
        let all = (account.clone(), number, 0)..=(account.clone(), number, u64::MAX);
        let rows = tables.completions.range(all).take(limit);
        Ok(rows
            .map(|((_, _, sequence), completion)| CompletionRow { sequence: *sequence, completion: completion.clone() })
            .collect())
    }

    async fn candidates(
        &self,
        account: &AccountId,
        number: CommandNumber,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Invocation>, StoreError> {
        Ok(self.tables().list_candidates(account, number, now, limit))
    }

    async fn mailbox(
        &self,
        account: &AccountId,
        instance: &InstanceId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Mailbox, StoreError> {
        Ok(self.tables().read_mailbox(account, instance, now, limit))
    }

    async fn payloads(
        &self,
        account: &AccountId,
        numbers: &[CommandNumber],
    ) -> Result<BTreeMap<CommandNumber, Payload>, StoreError> {
        let tables = self.tables();
        let row = |number: &CommandNumber| {
            tables.commands.get(&(account.clone(), *number)).map(|(_, payload)| (*number, payload.clone()))
        };
        Ok(numbers.iter().filter_map(row).collect())
    }

    async fn addressed(&self, account: &AccountId, message: &MessageId) -> Result<Option<Addressed>, StoreError> {
        Ok(self.tables().find_addressed(account, message))
    }

    async fn node(&self, account: &AccountId, instance: &InstanceId) -> Result<Option<Node>, StoreError> {
        Ok(self.tables().nodes.get(&(account.clone(), instance.clone())).cloned())
    }

    async fn nodes(&self, account: &AccountId, query: &NodeQuery) -> Result<Vec<Node>, StoreError> {
        Ok(self.tables().list_nodes(account, query))
    }

    async fn document(&self, account: &AccountId, name: &DocumentName) -> Result<Option<DocumentRow>, StoreError> {
        Ok(self.tables().documents.row(account, name))
    }

    async fn document_version(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: NonZeroU32,
    ) -> Result<Option<DocumentVersionRow>, StoreError> {
        Ok(self.tables().documents.version(account, name, version))
    }

    async fn document_version_named(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: &VersionName,
    ) -> Result<Option<NonZeroU32>, StoreError> {
        Ok(self.tables().documents.version_named(account, name, version))
    }

    async fn document_versions(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &VersionQuery,
    ) -> Result<Vec<VersionSummary>, StoreError> {
        Ok(self.tables().documents.list_versions(account, name, query))
    }

    async fn documents(&self, account: &AccountId, query: &DocumentQuery) -> Result<Vec<DocumentRow>, StoreError> {
        Ok(self.tables().documents.list(account, query))
    }

    async fn document_counts(&self, account: &AccountId) -> Result<DocumentCounts, StoreError> {
        Ok(self.tables().documents.counts(account))
    }

    async fn document_share(
        &self,
        account: &AccountId,
        name: &DocumentName,
        grantee: &Grantee,
    ) -> Result<Option<SharedVersions>, StoreError> {
        Ok(self.tables().documents.share(account, name, grantee))
    }

    async fn document_shares(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &ShareQuery,
    ) -> Result<Vec<DocumentShare>, StoreError> {
        Ok(self.tables().documents.list_shares(account, name, query))
    }

    async fn shared_documents(
        &self,
        grantee: &Grantee,
        query: &SharedDocumentQuery,
    ) -> Result<Vec<SharedDocument>, StoreError> {
        Ok(self.tables().documents.list_shared(grantee, query))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<DueRows, StoreError> {
        Ok(self.tables().list_due(now, limit))
    }
}
