//! Conformance suites of the ports, and fakes: for tests of implementations, never for production.
//!
//! A suite is a plain async function, awaited on whatever runtime the implementation needs; it makes a fresh implementation for
//! each case, starts nothing, and never sleeps. It panics with a sentence that tells the rule that is broken.
//!
//! | Port | Suite |
//! |---|---|
//! | [`Store`](crate::ports::Store) | [`store::suite`] |
//! | [`OperatorApi`](crate::ports::OperatorApi) | [`operator_api::suite`], over a [`service::Service`] |
//! | [`NodeApi`](crate::ports::NodeApi) | [`node_api::suite`], over a [`service::Service`] |
//! | [`MessageDelivery`](crate::ports::MessageDelivery) | [`delivery::suite`], over a [`service::Service`] |
//! | [`Plugin`](crate::ports::Plugin) | [`plugin::suite`], over a [`plugin::PluginCase`] |
//! | [`DocumentSource`](crate::ports::DocumentSource) | [`documents::suite`] |
//! | [`Clock`](crate::ports::Clock) | [`clock::suite`] |
//! | [`IdSource`](crate::ports::IdSource) | [`ids::suite`] |
//! | [`Wakeups`](crate::ports::Wakeups) | [`wakeups::suite`] |
//! | [`Authenticator`](crate::ports::Authenticator) | [`authenticator::suite`] |
//! | [`Authorizer`](crate::ports::Authorizer) | [`authorizer::suite`] |
//! | [`OutputStore`](crate::ports::OutputStore) | [`output_store::suite`] |
//! | [`Fetch`](crate::ports::Fetch) | [`fetch::suite`] |
//! | [`ParameterSource`](crate::ports::ParameterSource) | [`parameters::suite`] |
//! | [`EventSink`](crate::ports::EventSink) | [`event_sink::suite`] |
//!
//! Fakes, for behaviour that a test chooses: [`ManualClock`] (time that stands until a test moves it), [`CountingIds`] (ids that
//! a test can foresee), [`SplitMix64`] (chance that can be had again), [`RecordingSink`] (keeps a step's output),
//! [`MemoryParameters`] (a parameter store that a test fills), [`FaultyStore`] (a store that fails, lags, waits and dies as a test
//! wants it to). Fakes that are also of use elsewhere stand beside their port:
//! [`MemoryCredentials`](crate::ports::MemoryCredentials), [`MemoryOutputs`](crate::ports::MemoryOutputs),
//! [`MemoryFetch`](crate::ports::MemoryFetch), [`MemoryDocuments`](crate::ports::MemoryDocuments),
//! [`MemoryEvents`](crate::ports::MemoryEvents). Mocks, for "the third call fails", are `crate::ports::Mock...`, one a
//! port. [`Invariants`] tells when a store holds what must never be.
//!
//! ```
//! # async fn example() {
//! use ssm_core::testing::{CountingIds, ids};
//!
//! // Three lines in a test of whoever implements a port.
//! ids::suite(|| async { CountingIds::new(7) }).await;
//! # }
//! ```

pub mod authenticator;
pub mod authorizer;
pub mod clock;
pub mod delivery;
pub mod documents;
pub mod event_sink;
mod faulty_store;
pub mod fetch;
pub mod ids;
mod invariants;
pub mod node_api;
pub mod operator_api;
pub mod output_store;
pub mod parameters;
pub mod plugin;
mod random;
pub mod service;
mod sink;
pub mod store;
pub mod wakeups;

pub use clock::ManualClock;
pub use faulty_store::{Fault, FaultRates, FaultyStore, Hold, LoggedCommit, Outcome, StoreCall};
pub use ids::CountingIds;
pub use invariants::{Broken, Invariants};
pub use parameters::MemoryParameters;
pub use random::SplitMix64;
pub use sink::RecordingSink;
