//! Several control planes over one store, which alone connects them: their hints do not cross. Conflicts, stale reads, failures and
//! commits of unknown outcome by chance; processes that end between any commit and its effects; decisions that are held open while
//! the other one writes.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod agent;
mod crashes;
mod held;
mod schedules;
mod world;
