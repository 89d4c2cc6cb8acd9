//! The control plane's own motion: dispatch, what time alone changes, and what grows old.

mod due;
mod queue;
mod retire;
mod turn;

use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use ssm_core::api::ApiError;
use ssm_core::ids::{AccountId, CommandNumber};
use ssm_core::time::Timestamp;

use self::queue::Queue;
use self::turn::Turn;
use super::{ControlPlane, unavailable};

/// Most rows of a portion: completions, endings and due invocations of one commit or read, and open commands of one look.
const PORTION: usize = 500;
/// Commands that have a turn at once, and due invocations that are looked at at once.
const TURNS: usize = 64;
/// How long the driver waits before it tries again what failed.
const RETRY: Duration = Duration::from_secs(1);
/// How often all open commands and due times are looked at, whether or not a hint came, and how often old history is looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// A command.
type Key = (AccountId, CommandNumber);

/// What the driver had under way and is over.
enum Done {
    /// A page of open commands, if there are any behind the last one.
    Swept(Result<Vec<Key>, ApiError>),
    /// What was due; when the next one's time comes.
    Due(Result<Option<Timestamp>, ApiError>),
    Retired(Result<(), ApiError>),
    Turn(Key, Result<Turn, ApiError>),
}

/// What the driver does by the clock. `None`: under way.
struct Agenda {
    sweep: Option<Timestamp>,
    /// Where the sweep goes on; at the beginning when there is none.
    swept: Option<Key>,
    retire: Option<Timestamp>,
    due_under_way: bool,
}

impl ControlPlane {
    /// Dispatches commands, watches due times and removes old history until `stop` ends. Run it once a process, beside the ports.
    ///
    /// Whatever was under way when an earlier process ended is found in the store and taken up again; so is, once a minute, what
    /// a lost hint has left lying. What fails is logged, holds up nothing else, and is tried again after a second.
    ///
    /// Several control planes may run over one store. The work of a command is done by the one that holds its
    /// [`Lease`](ssm_core::record::Lease). Leases that are held when this ends are not given up: they run out, within 5 seconds.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        let mut queue = Queue::default();
        let mut under_way = FuturesUnordered::new();
        let now = self.now();
        let mut agenda = Agenda { sweep: Some(now), swept: None, retire: Some(now), due_under_way: false };
        self.0.work.expect_at(now);
        loop {
            self.0.work.take_commands().into_iter().for_each(|key| queue.add(key));
            let next_at = self.begin(&mut agenda, &mut queue, &mut under_way);
            tokio::select! {
                // The order decides nothing but what is looked at first: a stop ends all, the others mean another look.
                biased;
                () = &mut stop => return,
                Some(done) = under_way.next() => self.note(done, &mut agenda, &mut queue),
                () = self.0.work.news.notified() => {}
                () = self.0.clock.sleep_until(next_at) => {}
            }
        }
    }

    /// Begins what may be begun. Answers when there is more by the clock alone.
    fn begin<'a>(
        &'a self,
        agenda: &mut Agenda,
        queue: &mut Queue,
        under_way: &mut FuturesUnordered<BoxFuture<'a, Done>>,
    ) -> Timestamp {
        let now = self.now();
        // The next page waits until most commands of the last one have had their turn.
        if agenda.sweep.is_some_and(|at| at <= now) && queue.len() < PORTION {
            agenda.sweep = None;
            let after = agenda.swept.clone();
            under_way.push(Box::pin(async move { Done::Swept(self.sweep(after).await) }));
        }
        if agenda.retire.is_some_and(|at| at <= now) {
            agenda.retire = None;
            under_way.push(Box::pin(async move { Done::Retired(self.retire().await) }));
        }
        if !agenda.due_under_way && self.0.work.earliest().is_some_and(|at| at <= now) {
            agenda.due_under_way = true;
            // Taken before the store is read: what is heard of meanwhile counts afterwards.
            self.0.work.take_wake_at();
            under_way.push(Box::pin(async move { Done::Due(self.all_due().await) }));
        }
        while queue.under_way() < TURNS
            && let Some(key) = queue.next(now)
        {
            under_way.push(Box::pin(async move {
                let turn = self.turn(&key.0, key.1).await;
                Done::Turn(key, turn)
            }));
        }
        let due_at = if agenda.due_under_way { None } else { self.0.work.earliest() };
        // What could be begun now and is not waits for something under way, whose end is heard of.
        let times = [agenda.sweep, agenda.retire, due_at, queue.later()];
        times.into_iter().flatten().filter(|at| *at > now).min().unwrap_or(now + SWEEP)
    }

    fn note(&self, done: Done, agenda: &mut Agenda, queue: &mut Queue) {
        let now = self.now();
        match done {
            Done::Swept(page) => {
                let well = told(&page, "open commands were not read");
                let page = page.unwrap_or_default();
                let full = page.len() == PORTION;
                agenda.swept = if full { page.last().cloned() } else { agenda.swept.take().filter(|_| !well) };
                agenda.sweep = Some(if full { now } else { now + if well { SWEEP } else { RETRY } });
                page.into_iter().for_each(|key| queue.add(key));
            }
            Done::Retired(retired) => {
                let well = told(&retired, "old history was not removed");
                agenda.retire = Some(now + if well { SWEEP } else { RETRY });
            }
            Done::Due(due) => {
                agenda.due_under_way = false;
                told(&due, "what is due was not read");
                // Also without a due time that is known here: another control plane's may come, and an effect may be lost.
                let next = due.unwrap_or(Some(now + RETRY)).map_or(now + SWEEP, |at| at.min(now + SWEEP));
                self.0.work.expect_at(next);
            }
            Done::Turn(key, turn) => {
                let turn = turn.unwrap_or_else(|error| {
                    tracing::error!(number = key.1.value(), %error, "a command was not dispatched");
                    Turn::Later(now + RETRY)
                });
                queue.done(key, turn);
            }
        }
    }

    /// A page of the commands that have not ended.
    async fn sweep(&self, after: Option<Key>) -> Result<Vec<Key>, ApiError> {
        let after = after.map(|(account, number)| (number, account));
        let commands = self.0.store.unfinished_commands(after, PORTION).await.map_err(unavailable)?;
        Ok(commands.into_iter().map(|command| (command.account, command.number)).collect())
    }
}

/// Logs a failure. Answers whether all went well.
fn told<T>(result: &Result<T, ApiError>, what: &str) -> bool {
    if let Err(error) = result {
        tracing::error!(error = error as &dyn std::error::Error, "{what}");
    }
    result.is_ok()
}
