//! The calls of the port.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

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

use super::{PlaneStore, unavailable, unknown};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Store for PlaneStore {
    async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        self.travel().await;
        if self.fails(10, "commit refused") {
            return Err(CommitError::Conflict);
        }
        if self.fails(10, "commit unavailable") {
            return Err(CommitError::Store(unavailable()));
        }
        if self.fails(5, "commit unknown and lost") {
            return Err(unknown());
        }
        if self.fails(5, "commit unknown and applied") {
            let _ = self.apply(batch).await;
            return Err(unknown());
        }
        let answer = self.apply(batch).await;
        if matches!(answer, Err(CommitError::Conflict)) {
            self.world.trace.count("conflict");
        }
        self.travel().await;
        answer
    }

    async fn command(&self, account: &AccountId, id: CommandId) -> Result<Option<Command>, StoreError> {
        self.read(self.inner().command(account, id)).await
    }

    async fn command_by_number(
        &self,
        account: &AccountId,
        number: CommandNumber,
    ) -> Result<Option<Command>, StoreError> {
        self.read(self.inner().command_by_number(account, number)).await
    }

    async fn commands(&self, account: &AccountId, query: &CommandQuery) -> Result<Vec<Command>, StoreError> {
        self.read(self.inner().commands(account, query)).await
    }

    async fn unfinished_commands(
        &self,
        after: Option<(CommandNumber, AccountId)>,
        limit: usize,
    ) -> Result<Vec<Command>, StoreError> {
        self.read(self.inner().unfinished_commands(after, limit)).await
    }

    async fn ended_commands(&self, until: Timestamp, limit: usize) -> Result<Vec<Command>, StoreError> {
        self.read(self.inner().ended_commands(until, limit)).await
    }

    async fn invocation(&self, key: &InvocationKey) -> Result<Option<Invocation>, StoreError> {
        self.read(self.inner().invocation(key)).await
    }

    async fn invocations(&self, account: &AccountId, query: &InvocationQuery) -> Result<Vec<Invocation>, StoreError> {
        let rows = self.read(self.inner().invocations(account, query)).await?;
        Ok(match &self.world.planted {
            None => rows,
            Some(planted) => planted.invocations(query, rows),
        })
    }

    async fn steps(&self, key: &InvocationKey) -> Result<Vec<StepRow>, StoreError> {
        self.read(self.inner().steps(key)).await
    }

    async fn completions(
        &self,
        account: &AccountId,
        number: CommandNumber,
        limit: usize,
    ) -> Result<Vec<CompletionRow>, StoreError> {
        self.read(self.inner().completions(account, number, limit)).await
    }

    async fn candidates(
        &self,
        account: &AccountId,
        number: CommandNumber,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Invocation>, StoreError> {
        self.read(self.inner().candidates(account, number, now, limit)).await
    }

    async fn mailbox(
        &self,
        account: &AccountId,
        instance: &InstanceId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Mailbox, StoreError> {
        let mailbox = self.read(self.inner().mailbox(account, instance, now, limit)).await?;
        Ok(match &self.world.planted {
            None => mailbox,
            Some(planted) => planted.mailbox(mailbox),
        })
    }

    async fn payloads(
        &self,
        account: &AccountId,
        numbers: &[CommandNumber],
    ) -> Result<BTreeMap<CommandNumber, Payload>, StoreError> {
        self.read(self.inner().payloads(account, numbers)).await
    }

    async fn addressed(&self, account: &AccountId, message: &MessageId) -> Result<Option<Addressed>, StoreError> {
        self.read(self.inner().addressed(account, message)).await
    }

    async fn node(&self, account: &AccountId, instance: &InstanceId) -> Result<Option<Node>, StoreError> {
        self.read(self.inner().node(account, instance)).await
    }

    async fn nodes(&self, account: &AccountId, query: &NodeQuery) -> Result<Vec<Node>, StoreError> {
        self.read(self.inner().nodes(account, query)).await
    }

    async fn document(&self, account: &AccountId, name: &DocumentName) -> Result<Option<DocumentRow>, StoreError> {
        self.read(self.inner().document(account, name)).await
    }

    async fn document_version(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: NonZeroU32,
    ) -> Result<Option<DocumentVersionRow>, StoreError> {
        self.read(self.inner().document_version(account, name, version)).await
    }

    async fn document_version_named(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: &VersionName,
    ) -> Result<Option<NonZeroU32>, StoreError> {
        self.read(self.inner().document_version_named(account, name, version)).await
    }

    async fn document_versions(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &VersionQuery,
    ) -> Result<Vec<VersionSummary>, StoreError> {
        self.read(self.inner().document_versions(account, name, query)).await
    }

    async fn documents(&self, account: &AccountId, query: &DocumentQuery) -> Result<Vec<DocumentRow>, StoreError> {
        self.read(self.inner().documents(account, query)).await
    }

    async fn document_counts(&self, account: &AccountId) -> Result<DocumentCounts, StoreError> {
        self.read(self.inner().document_counts(account)).await
    }

    async fn document_share(
        &self,
        account: &AccountId,
        name: &DocumentName,
        grantee: &Grantee,
    ) -> Result<Option<SharedVersions>, StoreError> {
        self.read(self.inner().document_share(account, name, grantee)).await
    }

    async fn document_shares(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &ShareQuery,
    ) -> Result<Vec<DocumentShare>, StoreError> {
        self.read(self.inner().document_shares(account, name, query)).await
    }

    async fn shared_documents(
        &self,
        grantee: &Grantee,
        query: &SharedDocumentQuery,
    ) -> Result<Vec<SharedDocument>, StoreError> {
        self.read(self.inner().shared_documents(grantee, query)).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<DueRows, StoreError> {
        let due = self.read(self.inner().due(now, limit)).await?;
        Ok(match &self.world.planted {
            None => due,
            Some(planted) => planted.due(due),
        })
    }
}
