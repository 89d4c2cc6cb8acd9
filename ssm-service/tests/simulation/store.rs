//! The store of one control plane's process: the shared memory store behind delays, refusals and crashes. Every commit that is
//! applied goes past the checker before anybody hears of it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ssm_core::engine::Batch;
use ssm_core::ids::{AccountId, CommandId, CommandNumber, DocumentName, InstanceId, MessageId};
use ssm_core::message::Payload;
use ssm_core::ports::{CommandQuery, CommitError, DueRows, InvocationQuery, NodeQuery, Store, StoreError};
use ssm_core::record::{
    Addressed, Command, CompletionRow, DocumentRow, DocumentVersionRow, Invocation, InvocationKey, Mailbox, Node,
    StepRow,
};
use ssm_core::time::Timestamp;
use tokio::sync::Notify;

use crate::chance::Chance;
use crate::world::World;

/// One process's way to the store.
pub(crate) struct PlaneStore {
    world: Arc<World>,
    name: String,
    chance: Chance,
    dead: AtomicBool,
    /// The process dies when so many more commits were applied.
    dies_in: AtomicU64,
    died: Notify,
}

impl std::fmt::Debug for PlaneStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

#[derive(Debug)]
struct MadeUp;

impl std::fmt::Display for MadeUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the simulation made this up")
    }
}

impl std::error::Error for MadeUp {}

fn unavailable() -> StoreError {
    StoreError::Unavailable { source: Arc::new(MadeUp) }
}

fn unknown() -> CommitError {
    CommitError::Unknown { source: Arc::new(MadeUp) }
}

impl PlaneStore {
    pub(crate) fn new(world: &Arc<World>, name: String, chance: Chance) -> Self {
        let (dead, dies_in, died) = (AtomicBool::new(false), AtomicU64::new(u64::MAX), Notify::new());
        Self { world: Arc::clone(world), name, chance, dead, dies_in, died }
    }

    /// From now on no call returns, so that nothing behind one is done.
    pub(crate) fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
        self.died.notify_one();
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// The process dies right behind a commit: it is applied, and nobody hears of it.
    pub(crate) fn die_after_commits(&self, commits: u64) {
        self.dies_in.store(commits, Ordering::Relaxed);
    }

    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    fn inner(&self) -> &dyn Store {
        &*self.world.store
    }

    async fn live(&self) {
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// A store takes its time: others come in between.
    async fn travel(&self) {
        self.live().await;
        if !self.world.is_calm() && self.chance.percent(30) {
            let most = if self.chance.percent(5) { 1500 } else { 30 };
            self.world.sleep(self.chance.millis(1, most)).await;
        }
        self.live().await;
    }

    fn fails(&self, per_thousand: u64, what: &'static str) -> bool {
        let fails = !self.world.is_calm() && self.chance.per_thousand(per_thousand);
        if fails {
            self.world.trace.count(what);
            self.world.trace.say(&self.name, what);
        }
        fails
    }

    async fn read<T>(&self, read: impl Future<Output = Result<T, StoreError>> + Send) -> Result<T, StoreError> {
        self.travel().await;
        if self.fails(10, "read unavailable") {
            return Err(unavailable());
        }
        let answer = read.await;
        self.travel().await;
        answer
    }

    /// Applies it, and has it checked.
    async fn apply(&self, batch: Batch) -> Result<(), CommitError> {
        let batch = match &self.world.planted {
            None => batch,
            Some(planted) => match planted.batch(batch, &self.world) {
                Some(batch) => batch,
                None => return Ok(()),
            },
        };
        self.inner().commit(batch.clone()).await?;
        self.world.applied(&self.name, &batch);
        let counts = self.dies_in.load(Ordering::Relaxed) != u64::MAX && !self.world.is_calm();
        if counts && self.dies_in.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.world.trace.count("crash right behind a commit");
            self.die();
        }
        self.live().await;
        Ok(())
    }
}

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

    async fn due(&self, now: Timestamp, limit: usize) -> Result<DueRows, StoreError> {
        let due = self.read(self.inner().due(now, limit)).await?;
        Ok(match &self.world.planted {
            None => due,
            Some(planted) => planted.due(due),
        })
    }
}

/// A pause in virtual time.
impl World {
    pub(crate) async fn sleep(&self, time: Duration) {
        use ssm_core::ports::Clock;
        self.clock.sleep_until(self.clock.now() + time).await;
    }
}
