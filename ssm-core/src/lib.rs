//! Run Command's decisions as pure functions over values, and the ports around them.
//!
//! This crate decides; others do. It has no clock, no randomness, no file, no socket, no thread and no runtime: every
//! function that needs the time takes `now`, and ids are minted by the caller.
//!
//! Read in this order: [`ids`], [`time`], [`limit`], [`document`] (what to run).
#![forbid(unsafe_code)]

pub mod document;
pub mod ids;
pub mod limit;
pub mod ports;
pub mod time;
