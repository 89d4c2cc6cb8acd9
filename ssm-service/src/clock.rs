//! The service's time and ids.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use ssm_core::ports::{Clock, IdSource};
use ssm_core::time::Timestamp;
use uuid::Uuid;

/// Longest sleep before the time is looked at again.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);

/// Service time: the wall clock, but never running back.
///
/// It is the later of the wall clock and the last value plus the monotonic time that has passed since, and begins no earlier than
/// the moment it was made with (for a store on a disk, the latest time in it). So a wall clock that is set back never opens a
/// window or a deadline again.
#[derive(Debug)]
pub struct ServiceClock {
    /// A moment of service time, and the monotonic clock then.
    base: Mutex<(Timestamp, Instant)>,
}

impl ServiceClock {
    /// The clock, not before this moment.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the crate's one adapter of time")]
    pub fn not_before(earliest: Timestamp) -> Self {
        Self { base: Mutex::new((earliest, Instant::now())) }
    }
}

impl Default for ServiceClock {
    fn default() -> Self {
        Self::not_before(Timestamp::MIN)
    }
}

#[async_trait]
impl Clock for ServiceClock {
    #[expect(clippy::disallowed_methods, reason = "the crate's one adapter of time")]
    fn now(&self) -> Timestamp {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = Timestamp::MIN + wall;
        let mut base = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let instant = Instant::now();
        let monotonic = base.0 + instant.saturating_duration_since(base.1);
        if wall > monotonic {
            *base = (wall, instant);
        }
        wall.max(monotonic)
    }

    #[expect(clippy::disallowed_methods, reason = "the crate's one adapter of time")]
    async fn sleep_until(&self, at: Timestamp) {
        loop {
            let left = at.since(self.now());
            if left == Duration::ZERO {
                return;
            }
            // The wall clock may be set forward, or the machine suspended, and neither moves the timer.
            tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

/// Random ids from the operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}
