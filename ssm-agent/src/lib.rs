//! The agent of Run Command as a library: it pulls an instance's commands, runs each once, and sends back output and results.
//!
//! [`Agent`] puts the parts together: ports to the service (message delivery and the node API), a [`Journal`](journal::Journal)
//! of what was taken, and the plugins that it may run. Read in this order: [`Agent`], [`journal`], [`plugins`], [`process`].
//! Nothing here knows a wire or a server: transports come as ports.
//!
//! It leaves to its embedder: where the ports come from, who the instance is, and which user it runs as.
#![deny(unsafe_code)]

mod agent;
mod backoff;
mod clock;
mod documents;
mod host;
pub mod journal;
mod output;
pub mod plugins;
pub mod process;
mod registry;
mod replies;
mod runner;
#[cfg(feature = "testing")]
pub mod testing;

pub use agent::{Agent, AgentBuilder, AgentParts, Settings};
pub use clock::{RandomIds, SystemClock};
pub use host::describe_host;
pub use registry::PluginRegistry;
