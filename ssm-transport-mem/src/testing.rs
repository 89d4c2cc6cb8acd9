//! Virtual time for whole simulations: services, agents and links in one thread, and time that passes when nothing else can.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;
use std::time::Duration;

use ssm_core::ports::Clock;
use ssm_core::testing::ManualClock;
use ssm_core::time::Timestamp;

/// Runs simulations on a runtime of one thread, with time that steps on whenever no task can run.
///
/// Everything that waits must wait on the same [`ManualClock`]. When no task can run (which tokio tells by
/// `Builder::on_thread_park`), the clock steps to the next moment that somebody waits for; so nothing needs to yield, nobody moves the time, and a
/// month passes in as long as its work takes. Time stands while any task can run.
///
/// Two runs of the same code give the same trace, byte by byte, as long as it asks nothing else for chance: sleepers wake in the order of their moments,
/// then of their registration, and tasks run in the order in which they were woken. Keep out what is not in the simulation's hands: hash maps,
/// `tokio::select!` without `biased;`, `tokio::sync::watch` with several receivers (it wakes them in a random order), threads, and `spawn_blocking` (time
/// would run on while it works). The runtime has neither timers nor input and output, so using those fails with tokio's own panic.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use ssm_core::{ports::Clock, testing::ManualClock};
/// use ssm_transport_mem::testing::VirtualTime;
///
/// let clock = Arc::new(ManualClock::default());
/// let start = clock.now();
/// let month = Duration::from_secs(30 * 24 * 3600);
/// VirtualTime::of(&clock).run(async {
///     clock.sleep_until(start + month).await;
/// });
/// assert_eq!(clock.now(), start + month);
/// ```
#[derive(Debug)]
pub struct VirtualTime {
    clock: Arc<ManualClock>,
    end: Timestamp,
}

/// How long a simulation may last when nothing else is said.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// Why a simulation cannot go on, and who must hear of it.
#[derive(Debug, Default)]
struct Standstill {
    reason: Option<String>,
    simulation: Option<Waker>,
}

impl VirtualTime {
    /// Time by this clock, for 366 days from now on at most.
    #[must_use]
    pub fn of(clock: &Arc<ManualClock>) -> Self {
        Self { end: clock.now() + LONGEST, clock: Arc::clone(clock) }
    }

    /// Sets the moment after which the simulation is taken to hang. Who waits periodically (a driver, an agent) keeps time
    /// going for ever, so a wait for what never comes shows only here.
    #[must_use]
    pub fn until(mut self, end: Timestamp) -> Self {
        self.end = end;
        self
    }

    /// Runs the simulation on a runtime of its own until this future ends; tasks that are still there are dropped then, time
    /// stops, and the clock stays where it is.
    ///
    /// Call it from a plain `#[test]`, not from inside a runtime.
    ///
    /// # Panics
    /// When nothing can run and nobody waits for a moment; when time would step beyond the end; when the future
    /// panics; when the system gives no runtime.
    pub fn run<F: Future>(&self, simulation: F) -> F::Output {
        let standstill = Arc::new(Mutex::new(Standstill::default()));
        let step = {
            let (clock, end, standstill) = (Arc::clone(&self.clock), self.end, Arc::clone(&standstill));
            move || {
                let reason = match clock.next_deadline() {
                    Some(next) if next <= end => {
                        clock.advance_to_next();
                        return;
                    }
                    Some(next) => format!("the simulation was to be over by {end}, and waits for {next}"),
                    None => format!("the simulation stands still at {}: nothing can run, nobody sleeps", clock.now()),
                };
                let mut standstill = standstill.lock().unwrap_or_else(PoisonError::into_inner);
                standstill.reason = Some(reason);
                // It panics in the simulation's own place: a panic in here would leave the runtime in pieces.
                if let Some(simulation) = standstill.simulation.take() {
                    simulation.wake();
                }
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().on_thread_park(step).build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime for a simulation: {error}"));
        let mut simulation = pin!(simulation);
        runtime.block_on(std::future::poll_fn(|context| {
            let reason = {
                let mut standstill = standstill.lock().unwrap_or_else(PoisonError::into_inner);
                standstill.simulation = Some(context.waker().clone());
                standstill.reason.take()
            };
            if let Some(reason) = reason {
                panic!("{reason}");
            }
            simulation.as_mut().poll(context)
        }))
    }
}
