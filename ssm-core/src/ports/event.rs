//! Where changes of status are told.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::engine::Change;

/// Hears of every change of status.
///
/// # Contract
/// - Told after the change is durable; best effort: a change may be told twice, or never when the service ends in between.
/// - Changes may be told out of order, also of one invocation: compare their times and states.
/// - `publish` must be quick: the caller waits. A sink that sends further has a bounded queue of its own.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait EventSink: Debug + Send + Sync {
    /// Tells of a change.
    async fn publish(&self, change: &Change);
}

/// Hears and forgets.
#[derive(Debug, Clone, Copy, Default)]
pub struct NullEvents;

#[async_trait]
impl EventSink for NullEvents {
    async fn publish(&self, _change: &Change) {}
}

/// Keeps the latest changes in memory, for tests.
#[derive(Debug)]
pub struct MemoryEvents {
    most: usize,
    kept: Mutex<Vec<Change>>,
}

impl MemoryEvents {
    /// Keeps at most this many; older ones go.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// What is kept, oldest first.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EventSink for MemoryEvents {
    async fn publish(&self, change: &Change) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= self.most {
            kept.remove(0);
        }
        if self.most > 0 {
            kept.push(change.clone());
        }
    }
}
