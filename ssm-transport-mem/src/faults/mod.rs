//! Faults between a client and its server, chosen by a seed.
//!
//! In reading order: `plan` (what may happen), `dice` (chance that can be had again), `handle` (one link: its cut, its counts, how a
//! message gets over it). How a call is made over such a link is in `link.rs`, beside the one without.

mod dice;
mod handle;
mod plan;

pub(crate) use handle::Waiting;
pub use handle::{FaultCounts, FaultHandle};
pub use plan::{Direction, FaultPlan, Faults};
