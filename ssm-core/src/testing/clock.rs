//! The suite of [`Clock`], and a clock that stands until a test moves it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::join3;

use crate::ports::Clock;
use crate::time::Timestamp;

/// Checks the contract on fresh clocks that go by themselves. It waits a few milliseconds of such a clock.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<C: Clock, F: Future<Output = C>>(make: impl Fn() -> F) {
    suite_of_moved(make, |_, _| {}).await;
}

/// The same for clocks that stand until they are moved: `advance` moves one by that much.
///
/// # Panics
/// When the contract is broken.
pub async fn suite_of_moved<C: Clock, F: Future<Output = C>>(make: impl Fn() -> F, advance: impl Fn(&C, Duration)) {
    let clock = make().await;
    let mut last = clock.now();
    for _ in 0..1000 {
        advance(&clock, Duration::from_millis(1));
        let now = clock.now();
        assert!(now >= last, "the time never runs back: {now} after {last}");
        last = now;
    }

    let clock = make().await;
    let now = clock.now();
    for past in [now, now - Duration::from_millis(1), Timestamp::MIN] {
        let ended = clock.sleep_until(past).now_or_never();
        assert!(ended.is_some(), "a sleep until a moment that has passed ends at once");
    }

    let clock = make().await;
    let start = clock.now();
    let until = |millis| {
        let (clock, at) = (&clock, start + Duration::from_millis(millis));
        async move {
            clock.sleep_until(at).await;
            assert!(clock.now() >= at, "a sleep does not end before its moment");
        }
    };
    // Begun, and dropped before its moment: that is nothing to the others.
    assert!(
        clock.sleep_until(start + Duration::from_secs(3600)).now_or_never().is_none(),
        "a sleep until a moment that is to come waits"
    );
    let moved = async {
        for _ in 0..4 {
            advance(&clock, Duration::from_millis(1));
        }
    };
    // The last one is polled behind the sleeps, so that a clock that is moved finds them waiting.
    join3(until(3), until(1), moved).await;
}

/// Time that stands until a test moves it. Nothing that waits on it ever takes real time.
///
/// A simulation moves it whenever nothing else can happen, to the next moment that somebody waits for
/// ([`advance_to_next`](Self::advance_to_next)). With tokio that is the hook `on_thread_park` of a runtime of one thread
/// (`tokio::runtime::Builder::new_current_thread`): it is called when no task can run, so that nothing needs to yield and a month takes as long as the work
/// in it. `ssm_transport_mem::testing::VirtualTime` is that runtime.
///
/// ```
/// # use ssm_core::{ports::Clock, testing::ManualClock};
/// use std::time::Duration;
/// use futures::FutureExt;
///
/// let clock = ManualClock::default();
/// let mut sleep = clock.sleep_until(clock.now() + Duration::from_secs(5));
/// assert!((&mut sleep).now_or_never().is_none());
/// clock.advance(Duration::from_secs(5));
/// assert!((&mut sleep).now_or_never().is_some());
/// ```
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    next: u64,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
}

impl ManualClock {
    /// The clock at this moment.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { state: Mutex::new(State { now, next: 0, sleepers: BTreeMap::new() }) }
    }

    /// Moves the time, and wakes everybody whose moment has come: in the order of the moments, then of the registration. All of them
    /// find the time moved by the whole step; [`advance_to_next`](Self::advance_to_next) stops at each moment.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        state.now = state.now + by;
        let later = (state.now + Duration::from_millis(1), 0);
        let waiting = state.sleepers.split_off(&later);
        let come = std::mem::replace(&mut state.sleepers, waiting);
        drop(state);
        for sleeper in come.into_values() {
            // The sleeper may be gone.
            let _ = sleeper.send(());
        }
    }

    /// Moves the time to the earliest moment that somebody waits for, and wakes all who wait for it, in the order of their
    /// registration. Answers that moment, which is the new time; `None`, and nothing moves, when nobody waits.
    pub fn advance_to_next(&self) -> Option<Timestamp> {
        let next = self.next_deadline()?;
        self.advance(next.since(self.now()));
        Some(next)
    }

    /// The earliest moment that somebody waits for.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.lock().sleepers.keys().next().map(|(at, _)| *at)
    }

    /// How many wait.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    /// The clock at 2027-01-15T08:00:00Z.
    fn default() -> Self {
        Self::new(Timestamp::from_millis(1_800_000_000_000))
    }
}

/// Forgets a sleeper that was dropped.
struct Sleeper<'a> {
    clock: &'a ManualClock,
    key: (Timestamp, u64),
}

impl Drop for Sleeper<'_> {
    fn drop(&mut self) {
        self.clock.lock().sleepers.remove(&self.key);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    async fn sleep_until(&self, at: Timestamp) {
        let (woken, _sleeper) = {
            let mut state = self.lock();
            if at <= state.now {
                return;
            }
            state.next += 1;
            let key = (at, state.next);
            let (wake, woken) = oneshot::channel();
            state.sleepers.insert(key, wake);
            (woken, Sleeper { clock: self, key })
        };
        // The other end is kept until the moment comes, so this never ends early.
        let _ = woken.await;
    }
}
