//! The agent's time and ids.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use ssm_core::ports::{Clock, IdSource};
use ssm_core::time::Timestamp;
use tokio::time::Instant;
use uuid::Uuid;

/// The wall clock at its start, and monotonic time from there: durations of steps stay true when the wall clock is set.
#[derive(Debug)]
pub struct SystemClock {
    started: (Timestamp, Instant),
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the crate's one adapter of time")]
    fn default() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: (Timestamp::MIN + wall, Instant::now()) }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.started.0 + self.started.1.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the crate's one adapter of time")]
    async fn sleep_until(&self, at: Timestamp) {
        // A millisecond of service is finer than a timer, so the rest is waited for again.
        while let left @ 1.. = at.since(self.now()).as_millis() {
            tokio::time::sleep(Duration::from_millis(u64::try_from(left).unwrap_or(u64::MAX))).await;
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
