//! Time and fresh ids, as ports, so that both can be simulated.

use std::fmt::Debug;

use async_trait::async_trait;
use uuid::Uuid;

use crate::time::Timestamp;

/// Tells the time, and waits. Everything that waits goes through it, so that time can be virtual.
///
/// # Contract
/// - `now` never runs back within a process.
/// - `sleep_until` ends when `now` has reached the moment, not before; at once for a moment that has passed. Dropping it is safe.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Waits until then.
    async fn sleep_until(&self, at: Timestamp);
}

/// Makes fresh ids.
///
/// # Contract
/// Every answer is new and cannot be guessed; a simulated one may be predictable, but never repeats itself.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait IdSource: Debug + Send + Sync {
    /// A random UUID (version 4).
    fn uuid(&self) -> Uuid;
}
