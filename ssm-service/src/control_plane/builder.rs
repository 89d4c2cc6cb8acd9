//! Putting a control plane together. The builder has no `build` until it has a store.

use std::sync::Arc;

use ssm_core::ids::DispatcherId;
use ssm_core::ports::{AllowAll, Authorizer, Clock, EventSink, IdSource, LocalWakeups, NullEvents, Store, Wakeups};

use super::documents::predefined_documents;
use super::polls::Polls;
use super::{ControlPlane, Inner, Settings, Work};
use crate::clock::{RandomIds, ServiceClock};

/// A builder's state: no store yet.
#[derive(Debug)]
pub struct NoStore(());

/// A builder's state: ready.
#[derive(Debug)]
pub struct WithStore(Arc<dyn Store>);

/// Collects the parts of a [`ControlPlane`].
#[derive(Debug)]
pub struct ControlPlaneBuilder<S> {
    store: S,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    wakeups: Arc<dyn Wakeups>,
    authorizer: Arc<dyn Authorizer>,
    events: Arc<dyn EventSink>,
    settings: Settings,
}

impl ControlPlaneBuilder<NoStore> {
    pub(super) fn new() -> Self {
        Self {
            store: NoStore(()),
            clock: Arc::new(ServiceClock::default()),
            ids: Arc::new(RandomIds),
            wakeups: Arc::new(LocalWakeups::default()),
            authorizer: Arc::new(AllowAll),
            events: Arc::new(NullEvents),
            settings: Settings::default(),
        }
    }
}

impl<S> ControlPlaneBuilder<S> {
    /// Where everything is kept.
    pub fn with_store(self, store: Arc<dyn Store>) -> ControlPlaneBuilder<WithStore> {
        let Self { store: _, clock, ids, wakeups, authorizer, events, settings } = self;
        ControlPlaneBuilder { store: WithStore(store), clock, ids, wakeups, authorizer, events, settings }
    }

    /// The service's time; [`ServiceClock`] by default.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Fresh ids; [`RandomIds`] by default.
    #[must_use]
    pub fn with_ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Hints; within this process by default.
    #[must_use]
    pub fn with_wakeups(mut self, wakeups: Arc<dyn Wakeups>) -> Self {
        self.wakeups = wakeups;
        self
    }

    /// Who may do what. By default everything passes, since whoever embeds the service and hands it calls has made their
    /// contexts; a transport that serves strangers must be given something stricter.
    #[must_use]
    pub fn with_authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.authorizer = authorizer;
        self
    }

    /// Who hears of changes; nobody by default.
    #[must_use]
    pub fn with_events(mut self, events: Arc<dyn EventSink>) -> Self {
        self.events = events;
        self
    }

    /// Other settings.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }
}

impl ControlPlaneBuilder<WithStore> {
    /// The control plane. [`ControlPlane::run`] makes it dispatch.
    #[must_use]
    pub fn build(self) -> ControlPlane {
        let dispatcher = DispatcherId::new(self.ids.uuid());
        ControlPlane(Arc::new(Inner {
            store: self.store.0,
            clock: self.clock,
            ids: self.ids,
            wakeups: self.wakeups,
            authorizer: self.authorizer,
            events: self.events,
            settings: self.settings,
            dispatcher,
            predefined: predefined_documents(),
            polls: Polls::default(),
            work: Work::default(),
        }))
    }
}
