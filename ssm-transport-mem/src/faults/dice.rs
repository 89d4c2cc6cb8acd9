//! Chance that can be had again.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The draws of one message. They depend on what the message is, not on what was drawn before: a fault more or less elsewhere
/// leaves them.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(what: [u64; 4]) -> Self {
        Self(what.into_iter().fold(0, |state, part| mixed(state ^ mixed(part))))
    }

    pub(super) fn per_thousand(&mut self, chance: u16) -> bool {
        self.next() % 1000 < u64::from(chance)
    }

    /// A duration of the range, in whole milliseconds; zero without a range.
    pub(super) fn between(&mut self, range: Option<&RangeInclusive<Duration>>) -> Duration {
        let drawn = self.next();
        let Some(range) = range else { return Duration::ZERO };
        let millis = |duration: &Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX - 1);
        let (least, most) = (millis(range.start()), millis(range.end()));
        Duration::from_millis(least + drawn % (most.saturating_sub(least) + 1))
    }

    fn next(&mut self) -> u64 {
        self.0 = mixed(self.0);
        self.0
    }
}

/// A step of SplitMix64.
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_come_as_often_as_they_say_and_ranges_are_used_from_end_to_end() {
        let range = Duration::from_millis(3)..=Duration::from_millis(5);
        let (mut hits, mut seen) = (0, [0; 3]);
        for call in 0..10_000 {
            let mut dice = Dice::of([7, 0, call, 1]);
            hits += u32::from(dice.per_thousand(250));
            seen[usize::try_from(dice.between(Some(&range)).as_millis()).unwrap() - 3] += 1;
            assert!(!dice.per_thousand(0) && dice.per_thousand(1000));
        }
        assert!((2300..2700).contains(&hits), "{hits}");
        assert!(seen.iter().all(|count| (3000..3700).contains(count)), "{seen:?}");
    }

    #[test]
    fn a_range_that_is_empty_or_endless_is_no_trouble() {
        let second = Duration::from_secs(1);
        let mut dice = Dice::of([0; 4]);
        assert_eq!(dice.between(Some(&(second..=Duration::ZERO))), second);
        assert_eq!(dice.between(Some(&(second..=second))), second);
        assert!(dice.between(Some(&(Duration::ZERO..=Duration::MAX))) <= Duration::MAX);
    }
}
