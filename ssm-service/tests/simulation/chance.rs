//! Chance from a seed.

use std::sync::Mutex;
use std::time::Duration;

use ssm_core::testing::SplitMix64;

/// A stream of chance, shared by what belongs to one actor.
#[derive(Debug)]
pub(crate) struct Chance(Mutex<SplitMix64>);

impl Chance {
    /// The stream of this actor in the run of this seed: others draw from others, so that one more draw here changes little there.
    pub(crate) fn of(seed: u64, actor: u64) -> Self {
        let mut mixed = SplitMix64::new(seed.wrapping_mul(0x9E37_79B9).wrapping_add(actor));
        let start = mixed.next() ^ actor.rotate_left(32);
        Self(Mutex::new(SplitMix64::new(start)))
    }

    /// From 0 to under `bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.lock().unwrap().below(bound)
    }

    pub(crate) fn index(&self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap()
    }

    pub(crate) fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn per_thousand(&self, chance: u64) -> bool {
        self.below(1000) < chance
    }

    pub(crate) fn millis(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from + 1))
    }

    pub(crate) fn seconds(&self, from: u64, to: u64) -> Duration {
        self.millis(from * 1000, to * 1000)
    }

    pub(crate) fn one_of<T: Clone>(&self, among: &[T]) -> T {
        among[self.index(among.len())].clone()
    }
}
