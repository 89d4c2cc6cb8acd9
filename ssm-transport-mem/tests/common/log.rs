//! A log of lines with their times.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ssm_core::ports::Clock;
use ssm_core::testing::ManualClock;
use ssm_core::time::Timestamp;

/// A log of lines with their times.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    pub(crate) clock: Arc<ManualClock>,
    start: Timestamp,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        Self { start: clock.now(), clock, lines: Arc::default() }
    }

    pub(crate) fn write(&self, line: impl std::fmt::Display) {
        let millis = self.clock.now().since(self.start).as_millis();
        self.lines.lock().unwrap().push(format!("{millis} {line}"));
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    pub(crate) async fn sleep(&self, time: Duration) {
        self.clock.sleep_until(self.clock.now() + time).await;
    }
}
