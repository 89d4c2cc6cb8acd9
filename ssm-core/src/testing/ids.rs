//! The suite of [`IdSource`], and ids that a test can foresee.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use uuid::{Uuid, Variant};

use super::random::SplitMix64;
use crate::ports::IdSource;

/// How many ids the suite draws.
const DRAWN: usize = 1000;

/// Checks the contract on fresh sources: ids are UUIDs of version 4 and never come twice.
///
/// That they cannot be guessed cannot be checked from outside.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<I: IdSource, F: Future<Output = I>>(make: impl Fn() -> F) {
    let source = make().await;
    let mut seen = BTreeSet::new();
    for _ in 0..DRAWN {
        let id = source.uuid();
        assert_eq!(id.get_version_num(), 4, "an id is a UUID of version 4, and {id} is not");
        assert_eq!(id.get_variant(), Variant::RFC4122, "an id is a UUID of the common variant, and {id} is not");
        assert!(seen.insert(id), "an id source never repeats itself, and {id} came twice");
    }
}

/// Ids of the form of version 4 from a seed: the same seed gives the same ids in the same order, and none comes twice.
///
/// Two seeds give different ids. For tests and simulations only: whoever knows the seed knows every id.
#[derive(Debug)]
pub struct CountingIds {
    state: Mutex<(u64, SplitMix64)>,
}

impl CountingIds {
    /// The ids of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: Mutex::new((0, SplitMix64::new(seed))) }
    }
}

impl Default for CountingIds {
    /// The ids of the seed 0.
    fn default() -> Self {
        Self::new(0)
    }
}

impl IdSource for CountingIds {
    fn uuid(&self) -> Uuid {
        let (count, random) = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        // The lowest 48 bits count, so that no id comes twice; those above look random, so that nothing relies on order.
        let value = random.wide() & !0xFFFF_FFFF_FFFF | u128::from(*count & 0xFFFF_FFFF_FFFF);
        uuid::Builder::from_random_bytes(value.to_be_bytes()).into_uuid()
    }
}
