//! A store that fails, lags, waits and dies as a test wants it to.

mod fault;
mod hold;
mod log;
mod reads;

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures::channel::oneshot;

use self::fault::{Planned, Scripted};
use super::random::SplitMix64;
use super::store::StoreQuery;
use crate::engine::Batch;
use crate::ports::{CommitError, Store, StoreError};

pub use fault::{Fault, FaultRates, StoreCall};
pub use hold::Hold;
pub use log::{LoggedCommit, Outcome};

/// Stands between one process of a service and its store, and injects faults: by a script, by chance, or both.
///
/// All clones are one. Several that were made over one store are several processes. Everything follows from the seed, the script and the order of calls; it
/// waits for nothing but what a test holds, and needs no runtime.
///
/// - **Made up conflicts** apply nothing: the caller reads again, as if another one had been faster.
/// - **Unavailable** reads and commits apply nothing.
/// - **Unknown** commits are applied, or not, and the caller hears neither.
/// - **Stale reads** are answered with what the same query, apart from its time, was answered with before. Only queries of
///   [`FaultyStore::may_be_stale`] are, unless a script says otherwise: those whose decision is checked at its commit, and looked
///   at again when it comes to nothing. Each other one is owed its own writes (an agent that was handed a message is known to have
///   it; an operator sees the command that was sent), or its decision is not checked at all (the nodes of an expansion).
/// - **Pauses** let other tasks go first; a [`Hold`] keeps a chosen call until the test lets it go: a commit before it is applied, a
///   read after it was answered, so that the answer is old when the caller gets it.
/// - **Crashes** end the process: right before a commit, or after it was applied and before its caller hears of it. From then on
///   no call returns, so nothing behind it is done, and [`died`](Self::died) ends.
///
/// ```
/// # use ssm_core::{engine::Batch, ports::{MockStore, CommitError, Store}, testing::{Fault, FaultyStore, StoreCall}};
/// # use std::sync::Arc;
/// # use futures::FutureExt;
/// let store = FaultyStore::new(Arc::new(MockStore::new()), 7);
/// store.fault_on(|call| matches!(call, StoreCall::Commit { .. }), Fault::Conflict);
/// let answer = store.commit(Batch::default()).now_or_never();
/// assert!(matches!(answer, Some(Err(CommitError::Conflict))));
/// assert_eq!(store.log().len(), 1);
/// ```
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    state: Arc<Mutex<State>>,
}

type Observer = Arc<dyn Fn(&LoggedCommit) + Send + Sync>;

struct State {
    random: SplitMix64,
    rates: FaultRates,
    script: Vec<Scripted>,
    stale: BTreeSet<StoreQuery>,
    /// The last answer of each query, by its arguments apart from the time.
    last: BTreeMap<(StoreQuery, String), Box<dyn Any + Send>>,
    asked: BTreeMap<StoreQuery, u64>,
    log: Vec<LoggedCommit>,
    commits: u64,
    observer: Option<Observer>,
    dead: bool,
    mourners: Vec<oneshot::Sender<()>>,
}

impl FaultyStore {
    /// Without any fault, until there are rates or a script.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, seed: u64) -> Self {
        Self {
            inner,
            state: Arc::new(Mutex::new(State {
                random: SplitMix64::new(seed),
                rates: FaultRates::default(),
                script: Vec::new(),
                stale: Self::may_be_stale().into_iter().collect(),
                last: BTreeMap::new(),
                asked: BTreeMap::new(),
                log: Vec::new(),
                commits: 0,
                observer: None,
                dead: false,
                mourners: Vec::new(),
            })),
        }
    }

    /// The queries that an engine must survive stale answers of: what a dispatcher, a poll and the watch over due times read.
    #[must_use]
    pub fn may_be_stale() -> Vec<StoreQuery> {
        use StoreQuery as Q;
        vec![Q::CommandByNumber, Q::UnfinishedCommands, Q::Completions, Q::Candidates, Q::Mailbox, Q::Due]
    }

    /// Faults by chance from now on; [`FaultRates::default`] ends them.
    pub fn set_rates(&self, rates: FaultRates) {
        self.lock().rates = rates;
    }

    /// Other queries that may be answered stale by chance.
    pub fn set_stale(&self, queries: impl IntoIterator<Item = StoreQuery>) {
        self.lock().stale = queries.into_iter().collect();
    }

    /// The next call that matches has this fault, once. What is planned first goes first.
    pub fn fault_on(&self, matches: impl Fn(&StoreCall<'_>) -> bool + Send + 'static, fault: Fault) {
        self.lock().script.push(Scripted { matches: Box::new(matches), planned: Planned::Fault(fault) });
    }

    /// The next call that matches is held until the [`Hold`] lets it go or is dropped.
    pub fn hold_on(&self, matches: impl Fn(&StoreCall<'_>) -> bool + Send + 'static) -> Hold {
        let (hold, held) = hold::pair();
        self.lock().script.push(Scripted { matches: Box::new(matches), planned: Planned::Held(held) });
        hold
    }

    /// The process ends right before this commit, counted from 1 over all that come to this store from now on.
    pub fn die_before_commit(&self, which: u64) {
        let at = self.lock().commits + which;
        self.fault_on(move |call| call.commit_number() == Some(at), Fault::DieBefore);
    }

    /// The process ends when this commit is applied, before its caller hears of it; counted as for
    /// [`die_before_commit`](Self::die_before_commit).
    pub fn die_after_commit(&self, which: u64) {
        let at = self.lock().commits + which;
        self.fault_on(move |call| call.commit_number() == Some(at), Fault::DieAfter);
    }

    /// The process ends now.
    pub fn die(&self) {
        let mut state = self.lock();
        state.dead = true;
        for mourner in state.mourners.drain(..) {
            // Whoever waited may be gone.
            let _ = mourner.send(());
        }
    }

    /// Whether the process has ended.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.lock().dead
    }

    /// Ends when the process has.
    pub async fn died(&self) {
        let waiting = {
            let mut state = self.lock();
            if state.dead {
                return;
            }
            let (mourner, waiting) = oneshot::channel();
            state.mourners.push(mourner);
            waiting
        };
        let _ = waiting.await;
    }

    /// Is told of every commit as soon as it was applied, before its caller hears of it and before anything else happens.
    pub fn when_applied(&self, tell: impl Fn(&LoggedCommit) + Send + Sync + 'static) {
        self.lock().observer = Some(Arc::new(tell));
    }

    /// Every commit that came, in the order of coming.
    #[must_use]
    pub fn log(&self) -> Vec<LoggedCommit> {
        self.lock().log.clone()
    }

    /// How many commits came.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.lock().commits
    }

    /// How often this query was asked.
    #[must_use]
    pub fn asked(&self, query: StoreQuery) -> u64 {
        self.lock().asked.get(&query).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Never returns once the process has ended.
    async fn live(&self) {
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// Lets other tasks go first, as often as chance wants.
    async fn pause(&self) {
        let mut left = self.lock().pauses();
        poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.live().await;
    }

    async fn commit_with_faults(&self, batch: Batch) -> Result<(), CommitError> {
        self.live().await;
        let (index, planned) = {
            let mut state = self.lock();
            state.commits += 1;
            let number = state.commits;
            state.log.push(LoggedCommit::new(&batch));
            let scripted = state.scripted(&StoreCall::Commit { batch: &batch, number });
            (state.log.len() - 1, scripted.or_else(|| state.commit_fault().map(Planned::Fault)))
        };
        self.pause().await;
        match planned {
            None | Some(Planned::Fault(Fault::Stale)) => {}
            Some(Planned::Held(held)) => held.wait().await,
            Some(Planned::Fault(fault)) => return self.commit_with(fault, index, batch).await,
        }
        self.live().await;
        let answer = self.apply(index, batch).await;
        self.live().await;
        answer
    }

    async fn commit_with(&self, fault: Fault, index: usize, batch: Batch) -> Result<(), CommitError> {
        match fault {
            Fault::Conflict => return self.refuse(index, CommitError::Conflict),
            Fault::Unavailable => return self.refuse(index, CommitError::Store(unavailable())),
            Fault::UnknownAndLost => return self.refuse(index, unknown()),
            Fault::DieBefore => self.die(),
            // When the store refuses it, it is not applied, and the caller hears neither.
            Fault::UnknownAndApplied | Fault::DieAfter | Fault::Stale => drop(self.apply(index, batch).await),
        }
        if fault == Fault::DieAfter {
            self.die();
        }
        self.live().await;
        Err(unknown())
    }

    fn refuse(&self, index: usize, error: CommitError) -> Result<(), CommitError> {
        self.noted(index, Outcome::MadeUp);
        Err(error)
    }

    async fn apply(&self, index: usize, batch: Batch) -> Result<(), CommitError> {
        let answer = self.inner.commit(batch).await;
        let outcome = if answer.is_ok() { Outcome::Applied } else { Outcome::Refused };
        let (logged, observer) = self.noted(index, outcome);
        if let (Outcome::Applied, Some(tell), Some(logged)) = (outcome, observer, logged) {
            tell(&logged);
        }
        answer
    }

    fn noted(&self, index: usize, outcome: Outcome) -> (Option<LoggedCommit>, Option<Observer>) {
        let mut state = self.lock();
        let logged = state.log.get_mut(index).map(|logged| {
            logged.outcome = outcome;
            logged.clone()
        });
        (logged, state.observer.clone())
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { source: Arc::new(MadeUp) }
}

fn unknown() -> CommitError {
    CommitError::Unknown { source: Arc::new(MadeUp) }
}

/// The cause of a fault that a test asked for.
#[derive(Debug, thiserror::Error)]
#[error("a test made this up")]
struct MadeUp;

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("FaultyStore")
            .field("rates", &state.rates)
            .field("commits", &state.commits)
            .field("dead", &state.dead)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
