//! Ports: the traits that others implement. All are object-safe, `Send + Sync`, and held as `Arc<dyn Trait>`; the docs of each
//! are its contract, and `ssm_core::testing` (feature `testing`) has a conformance suite and a mock for each.
//!
//! - [`OperatorApi`], [`NodeApi`], [`MessageDelivery`]: what operators and agents call. A transport's client *is* such a port, its
//!   server *takes* one.
//! - [`Plugin`]: the code that runs a step. [`DocumentSource`]: the documents that run inside steps.
//! - [`Store`]: where the control plane keeps everything. [`Wakeups`]: hints between its parts.
//! - [`Authenticator`], [`Authorizer`]: who calls, and whether they may.
//! - [`ParameterSource`]: values of the parameter store.
//! - [`OutputStore`], [`Fetch`], [`EventSink`]: bytes and events that go beyond.
//! - [`Clock`], [`IdSource`]: time and fresh ids.

mod access;
mod calls;
mod clock;
mod context;
mod documents;
mod event;
mod fetch;
mod output;
mod parameters;
mod plugin;
mod store;
mod wakeups;

pub use access::{
    Action, AllowAll, Authenticator, Authorizer, Credential, Denied, MemoryCredentials, Secret, UnknownCredential,
};
#[cfg(feature = "testing")]
pub use access::{MockAuthenticator, MockAuthorizer};
pub use calls::{MessageDelivery, NodeApi, NodeApiExt, OperatorApi, OperatorApiExt};
#[cfg(feature = "testing")]
pub use calls::{MockMessageDelivery, MockNodeApi, MockOperatorApi};
pub use clock::{Clock, IdSource};
#[cfg(feature = "testing")]
pub use clock::{MockClock, MockIdSource};
pub use context::CallerContext;
#[cfg(feature = "testing")]
pub use documents::MockDocumentSource;
pub use documents::{DocumentSource, DocumentSourceError, MemoryDocuments, NoDocuments};
#[cfg(feature = "testing")]
pub use event::MockEventSink;
pub use event::{EventSink, MemoryEvents, NullEvents};
#[cfg(feature = "testing")]
pub use fetch::MockFetch;
pub use fetch::{Fetch, FetchError, MemoryFetch, NoFetch};
#[cfg(feature = "testing")]
pub use output::MockOutputStore;
pub use output::{MemoryOutputs, NullOutputs, OutputKey, OutputStore, OutputStoreError};
#[cfg(feature = "testing")]
pub use parameters::MockParameterSource;
pub use parameters::{NoParameters, ParameterSource, ParameterSourceError};
pub use plugin::{
    InvalidInputs, OutputSink, OutputStream, Plugin, StepContext, StepInputs, StopSignal, Stopper, stop_signal,
};
#[cfg(feature = "testing")]
pub use plugin::{MockOutputSink, MockPlugin};
#[cfg(feature = "testing")]
pub use store::MockStore;
pub use store::{
    CommandQuery, CommitError, DocumentCounts, DocumentQuery, DueRows, InvocationQuery, NodeQuery, ShareQuery,
    SharedDocument, SharedDocumentQuery, Stage, Store, StoreError, VersionQuery,
};
#[cfg(feature = "testing")]
pub use wakeups::MockWakeups;
pub use wakeups::{LocalWakeups, Waiter, WakeupKey, Wakeups};

pub use crate::record::Principal;
