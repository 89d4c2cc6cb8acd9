//! Run Command's decisions as pure functions over values, and the ports around them.
//!
//! This crate decides; others do. It has no clock, no randomness, no file, no socket, no thread and no runtime: every
//! function that needs the time takes `now`, and ids are minted by the caller.
//!
//! Read in this order. Ground floor, plain and synchronous: [`ids`], [`time`], [`limit`], [`throttle`], [`document`] (what to
//! run), [`command`] (states and transitions), [`message`] (what agents and the service say), [`record`] (what is kept),
//! [`engine`] (inputs to changes and effects). First floor: [`api`] (shapes and errors), [`ports`] (traits that others
//! implement), and behind the feature `testing` the conformance suites and fakes for them.
//!
//! What it leaves to others: the control plane that drives the engine over a store (`ssm-service`), the agent
//! (`ssm-agent`), and the transports between them.
//!
//! ```
//! use ssm_core::command::{InvocationEvent, InvocationState};
//!
//! // One function changes an invocation's state, and what is terminal stays.
//! let queued = InvocationState::Queued;
//! let cancelled = queued.apply(InvocationEvent::CancelRequested)?;
//! assert_eq!(cancelled.details(), "Cancelled");
//! assert!(cancelled.apply(InvocationEvent::Released).is_err());
//! # Ok::<(), ssm_core::command::IllegalTransition>(())
//! ```
#![forbid(unsafe_code)]

pub mod api;
pub mod command;
pub mod document;
pub mod engine;
pub mod ids;
pub mod limit;
pub mod message;
pub mod ports;
pub mod record;
#[cfg(feature = "testing")]
pub mod testing;
pub mod throttle;
pub mod time;
