//! How long to wait before the next attempt.

use std::time::Duration;

use ssm_core::ports::{Clock, IdSource};

/// Full-jitter back-off: before attempt n any time from nothing to 2^n times 250 ms, at most 60 s; reset by success.
///
/// So an agent notices within a minute that a network has returned, and a fleet does not return all at once.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    const STEP: Duration = Duration::from_millis(250);
    const MOST: Duration = Duration::from_secs(60);

    /// The longest that the next wait can be.
    fn ceiling(&self) -> Duration {
        Self::STEP.saturating_mul(1 << self.failures.min(10)).min(Self::MOST)
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits after one more failure.
    pub(crate) async fn wait(&mut self, clock: &dyn Clock, ids: &dyn IdSource) {
        self.failures = self.failures.saturating_add(1);
        let most = self.ceiling().as_millis().max(1);
        let millis = u64::try_from(ids.uuid().as_u128() % most).unwrap_or_default();
        clock.sleep_until(clock.now() + Duration::from_millis(millis)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_start_again_after_success() {
        let mut backoff = Backoff { failures: 1 };
        assert_eq!(backoff.ceiling(), Duration::from_millis(500));
        backoff.failures = u32::MAX;
        assert_eq!(backoff.ceiling(), Duration::from_secs(60));
        backoff.reset();
        assert_eq!(backoff.ceiling(), Duration::from_millis(250));
    }
}
