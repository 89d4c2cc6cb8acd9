//! Throttles as pure functions over storable state.

use std::time::Duration;

use crate::time::Timestamp;

/// An exact sliding window: at most `limit` events in any span of `window`.
///
/// Its state is the times of the latest events, so it can be stored, and shared between replicas that decide by one clock.
/// Neither a fixed window nor a leaky bucket with a burst would hold "at most 60 in any 60 seconds".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlidingWindow {
    /// Most events in a window; 0 lets none pass, ever.
    pub limit: usize,
    /// The window's length.
    pub window: Duration,
}

impl SlidingWindow {
    /// First hand-outs of commands to an instance: 60 a minute. Source: founding requirement FT-24.
    pub const HAND_OUTS: Self = Self { limit: 60, window: Duration::from_secs(60) };

    /// Forgets events that no longer matter at `now`. `recent` is oldest first.
    pub fn prune(&self, recent: &mut Vec<Timestamp>, now: Timestamp) {
        let surplus = recent.len().saturating_sub(self.limit);
        recent.drain(..surplus);
        recent.retain(|&at| at + self.window > now);
    }

    /// How many events may happen at `now`, given the earlier ones.
    #[must_use]
    pub fn room(&self, recent: &[Timestamp], now: Timestamp) -> usize {
        self.limit.saturating_sub(recent.iter().filter(|&&at| at + self.window > now).count())
    }

    /// When there will be room again; `None` when there is room at `now`, [`Timestamp::MAX`] when there never will be.
    #[must_use]
    pub fn opens_at(&self, recent: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
        if self.room(recent, now) > 0 {
            return None;
        }
        if self.limit == 0 {
            return Some(Timestamp::MAX);
        }
        // Full: the event that is `limit` back from the end leaves the window first.
        recent.len().checked_sub(self.limit).and_then(|at| recent.get(at)).map(|&at| at + self.window)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_limit_of_nothing_never_opens() {
        let window = SlidingWindow { limit: 0, window: Duration::from_secs(60) };
        let now = Timestamp::from_millis(1_000_000);
        for mut recent in [vec![], vec![now - Duration::from_secs(61)], vec![now]] {
            assert_eq!((window.room(&recent, now), window.opens_at(&recent, now)), (0, Some(Timestamp::MAX)));
            window.prune(&mut recent, now);
            assert_eq!((recent.len(), window.opens_at(&recent, now)), (0, Some(Timestamp::MAX)));
        }
    }

    proptest! {
        #[test]
        fn no_span_of_the_window_holds_more_events_than_the_limit(
            steps in proptest::collection::vec(0u64..400, 1..200), limit in 1usize..6,
        ) {
            let window = SlidingWindow { limit, window: Duration::from_millis(1000) };
            let (mut now, mut recent, mut all) = (Timestamp::from_millis(1_000_000), Vec::new(), Vec::new());
            for step in steps {
                now = now + Duration::from_millis(step);
                window.prune(&mut recent, now);
                if window.room(&recent, now) > 0 {
                    recent.push(now);
                    all.push(now);
                } else {
                    let opens = window.opens_at(&recent, now).unwrap();
                    prop_assert!(opens > now);
                    prop_assert!(window.room(&recent, opens) > 0);
                    prop_assert_eq!(window.room(&recent, opens - Duration::from_millis(1)), 0);
                }
                prop_assert!(recent.len() <= limit);
            }
            for (index, &first) in all.iter().enumerate() {
                let inside = all[index..].iter().take_while(|&&at| at < first + window.window).count();
                prop_assert!(inside <= limit);
            }
        }
    }
}
