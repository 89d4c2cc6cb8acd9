//! The store of one control plane's process: the shared memory store behind delays, refusals and crashes. Every commit that is
//! applied goes past the checker before anybody hears of it. `port` has its calls.

mod port;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ssm_core::engine::Batch;
use ssm_core::ports::{CommitError, Store, StoreError};
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

/// A pause in virtual time.
impl World {
    pub(crate) async fn sleep(&self, time: Duration) {
        use ssm_core::ports::Clock;
        self.clock.sleep_until(self.clock.now() + time).await;
    }
}
