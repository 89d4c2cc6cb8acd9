//! What may go wrong, when, and how often.

use std::fmt;

use super::State;
use super::hold::Held;
use crate::engine::{Batch, Write};
use crate::testing::store::StoreQuery;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// A commit is refused as a conflict, and not applied. Nothing for reads.
    Conflict,
    /// The store does not answer; nothing is applied.
    Unavailable,
    /// The outcome of a commit is not known, and it was applied. Nothing for reads.
    UnknownAndApplied,
    /// The outcome of a commit is not known, and it was not applied. Nothing for reads.
    UnknownAndLost,
    /// A read is answered as it was before, when it was asked before. Nothing for commits.
    Stale,
    /// The process ends, and the call never reaches the store.
    DieBefore,
    /// The store does it, and the process ends before its caller hears of it.
    DieAfter,
}

/// A call of a store, for a script to choose by.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum StoreCall<'a> {
    /// A commit.
    Commit {
        /// What is to be written.
        batch: &'a Batch,
        /// Its place among all that came to this store, from 1.
        number: u64,
    },
    /// A read.
    Read(StoreQuery),
}

impl StoreCall<'_> {
    /// Whether it is a commit with such a write.
    #[must_use]
    pub fn writes(&self, wanted: impl Fn(&Write) -> bool) -> bool {
        matches!(self, Self::Commit { batch, .. } if batch.writes.iter().any(wanted))
    }

    /// Whether it is this read.
    #[must_use]
    pub fn reads(&self, query: StoreQuery) -> bool {
        matches!(self, Self::Read(asked) if *asked == query)
    }

    /// A commit's place among all that came to this store, from 1.
    #[must_use]
    pub fn commit_number(&self) -> Option<u64> {
        match self {
            Self::Commit { number, .. } => Some(*number),
            Self::Read(_) => None,
        }
    }
}

impl fmt::Debug for StoreCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { batch, number } => write!(f, "commit {number} of {} writes", batch.writes.len()),
            Self::Read(query) => write!(f, "{query:?}"),
        }
    }
}

/// How many of a thousand calls go wrong by chance, each kind for itself; 0 by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultRates {
    /// Commits that are refused as a conflict.
    pub conflicts: u16,
    /// Commits that the store does not take.
    pub unavailable_commits: u16,
    /// Commits whose outcome is not known; every other one is applied.
    pub unknown: u16,
    /// Reads that the store does not answer.
    pub unavailable_reads: u16,
    /// Reads that are answered as before.
    pub stale: u16,
    /// Calls that let other tasks go first, up to eight times.
    pub pauses: u16,
}

impl FaultRates {
    /// All of them, each this often.
    #[must_use]
    pub fn all(of_a_thousand: u16) -> Self {
        let rate = of_a_thousand;
        Self {
            conflicts: rate,
            unavailable_commits: rate,
            unknown: rate,
            unavailable_reads: rate,
            stale: rate,
            pauses: rate,
        }
    }
}

/// What happens to a call: a fault, or a test holds it.
pub(super) enum Planned {
    Fault(Fault),
    Held(Held),
}

pub(super) struct Scripted {
    pub(super) matches: Box<dyn Fn(&StoreCall<'_>) -> bool + Send>,
    pub(super) planned: Planned,
}

impl State {
    /// Takes the first planned fault that is for this call.
    pub(super) fn scripted(&mut self, call: &StoreCall<'_>) -> Option<Planned> {
        let at = self.script.iter().position(|scripted| (scripted.matches)(call))?;
        Some(self.script.remove(at).planned)
    }

    fn happens(&mut self, of_a_thousand: u16) -> bool {
        of_a_thousand > 0 && self.random.below(1000) < u64::from(of_a_thousand)
    }

    pub(super) fn commit_fault(&mut self) -> Option<Fault> {
        let rates = self.rates;
        if self.happens(rates.conflicts) {
            return Some(Fault::Conflict);
        }
        if self.happens(rates.unavailable_commits) {
            return Some(Fault::Unavailable);
        }
        if self.happens(rates.unknown) {
            let applied = self.random.below(2) == 0;
            return Some(if applied { Fault::UnknownAndApplied } else { Fault::UnknownAndLost });
        }
        None
    }

    pub(super) fn read_fault(&mut self, query: StoreQuery) -> Option<Fault> {
        let rates = self.rates;
        if self.happens(rates.unavailable_reads) {
            return Some(Fault::Unavailable);
        }
        (self.stale.contains(&query) && self.happens(rates.stale)).then_some(Fault::Stale)
    }

    pub(super) fn pauses(&mut self) -> u64 {
        let rate = self.rates.pauses;
        if self.happens(rate) { self.random.below(8) + 1 } else { 0 }
    }
}
