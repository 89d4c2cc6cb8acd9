//! A store, the processes over it, and a clock that stands unless something waits for it.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, select};
use ssm_core::api::{AddTagsToResourceRequest, ApiError, SendCommandRequest, UpdateInstanceInformationRequest};
use ssm_core::ids::{AccountId, InstanceId, RequestId};
use ssm_core::ports::{CallerContext, IdSource, NodeApiExt, OperatorApiExt, Principal, Store};
use ssm_core::testing::{CountingIds, FaultyStore, Invariants, ManualClock};
use ssm_core::throttle::SlidingWindow;
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, Settings};
use tokio::task::{JoinHandle, yield_now};

/// Tighter than the default, so that short runs come upon it.
const THROTTLE: SlidingWindow = SlidingWindow { limit: 3, window: Duration::from_secs(20) };

/// One process.
pub(crate) struct Plane {
    pub(crate) service: ControlPlane,
    pub(crate) store: Arc<FaultyStore>,
    driver: JoinHandle<()>,
}

impl Drop for Plane {
    fn drop(&mut self) {
        self.store.die();
        self.driver.abort();
    }
}

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    /// The store itself, without faults.
    pub(crate) truth: Arc<MemoryStore>,
    pub(crate) ids: Arc<CountingIds>,
    pub(crate) planes: Vec<Plane>,
    invariants: Arc<Mutex<Invariants>>,
    broken: Arc<Mutex<Option<String>>>,
    watched: Arc<AtomicBool>,
    started: u64,
    pub(crate) seed: u64,
}

impl World {
    /// This many processes.
    pub(crate) fn new(planes: usize, seed: u64) -> Self {
        let invariants = Invariants::new(account(), THROTTLE);
        let mut world = Self {
            clock: Arc::new(ManualClock::default()),
            truth: Arc::new(MemoryStore::new()),
            ids: Arc::new(CountingIds::new(seed)),
            planes: Vec::new(),
            invariants: Arc::new(Mutex::new(invariants)),
            broken: Arc::default(),
            watched: Arc::new(AtomicBool::new(true)),
            started: 0,
            seed,
        };
        for _ in 0..planes {
            let plane = world.start();
            world.planes.push(plane);
        }
        world
    }

    /// A process: a driver, hints and a way to the store of its own.
    fn start(&mut self) -> Plane {
        self.started += 1;
        let store = Arc::new(FaultyStore::new(
            Arc::clone(&self.truth) as Arc<dyn Store>,
            self.seed.wrapping_mul(100).wrapping_add(self.started),
        ));
        let (truth, invariants, broken) =
            (Arc::clone(&self.truth), Arc::clone(&self.invariants), Arc::clone(&self.broken));
        let watched = Arc::clone(&self.watched);
        store.when_applied(move |_| {
            if !watched.load(Ordering::Relaxed) {
                return;
            }
            let checked = invariants.lock().unwrap().check(&*truth).now_or_never().unwrap();
            if let Err(error) = checked {
                broken.lock().unwrap().get_or_insert_with(|| error.to_string());
            }
        });
        let mut settings = Settings::default();
        settings.poll_time = Duration::ZERO;
        settings.hand_out.throttle = THROTTLE;
        let service = ControlPlane::builder()
            .with_store(Arc::clone(&store) as _)
            .with_clock(Arc::clone(&self.clock) as _)
            .with_ids(Arc::clone(&self.ids) as _)
            .with_settings(settings)
            .build();
        let driven = service.clone();
        let driver = tokio::spawn(async move { driven.run(std::future::pending()).await });
        Plane { service, store, driver }
    }

    /// The invariants are looked at no more after each commit.
    pub(crate) fn stop_watching(&self) {
        self.watched.store(false, Ordering::Relaxed);
    }

    /// The process ends, wherever it is, and another one begins in its place.
    pub(crate) fn restart(&mut self, which: usize) {
        self.planes[which] = self.start();
    }

    /// Waits for a call. `None`: its process has ended. Time passes while nothing else can bring it on.
    pub(crate) async fn call<T>(
        &self,
        which: usize,
        call: impl Future<Output = Result<T, ApiError>>,
    ) -> Option<Result<T, ApiError>> {
        let store = Arc::clone(&self.planes[which].store);
        let (call, died) = (pin!(call), pin!(store.died()));
        let mut either = select(call, died);
        for turn in 1..100_000 {
            match (&mut either).now_or_never() {
                Some(Either::Left((answer, _))) => return Some(answer),
                Some(Either::Right(_)) => return None,
                None => {}
            }
            yield_now().await;
            if turn % 40 == 0 {
                self.clock.advance(Duration::from_millis(1));
            }
        }
        panic!("a call hangs (seed {})", self.seed);
    }

    /// Waits for a call of a process that lives and of a store that works.
    pub(crate) async fn done<T>(&self, which: usize, call: impl Future<Output = Result<T, ApiError>>) -> T {
        self.call(which, call).await.unwrap().unwrap()
    }

    /// Gives every task this many turns.
    pub(crate) async fn turns(&self, turns: u64) {
        for _ in 0..turns {
            yield_now().await;
        }
        self.check();
    }

    pub(crate) async fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.turns(60).await;
    }

    /// # Panics
    /// When an invariant was broken after any commit.
    pub(crate) fn check(&self) {
        let broken = self.broken.lock().unwrap().clone();
        assert_eq!(broken, None, "(seed {})", self.seed);
    }

    /// How many commands there are, each of them over.
    pub(crate) fn all_ended(&self) -> usize {
        let ended = self.invariants.lock().unwrap().everything_has_ended(&*self.truth).now_or_never().unwrap();
        ended.unwrap_or_else(|error| panic!("{error} (seed {})", self.seed))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.invariants.lock().unwrap().everything_has_ended(&*self.truth).now_or_never().unwrap().is_ok()
    }

    pub(crate) fn operator(&self) -> CallerContext {
        self.context(Principal::Operator("tester".parse().unwrap()))
    }

    pub(crate) fn node(&self, index: usize) -> CallerContext {
        self.context(Principal::Node(instance(index)))
    }

    fn context(&self, principal: Principal) -> CallerContext {
        CallerContext::new(account(), principal, RequestId::new(self.ids.uuid()))
    }

    pub(crate) async fn register(&self, index: usize, group: Option<&str>) {
        let service = &self.planes[0].service;
        let request = UpdateInstanceInformationRequest::new(&instance(index));
        self.done(0, service.update_instance_information(&self.node(index), request)).await;
        if let Some(group) = group {
            let tags = [("group".to_owned(), group.to_owned())];
            let request = AddTagsToResourceRequest::of_instance(&instance(index), tags);
            self.done(0, service.add_tags_to_resource(&self.operator(), request)).await;
        }
    }
}

pub(crate) fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

pub(crate) fn instance(index: usize) -> InstanceId {
    format!("mi-{index:017x}").parse().unwrap()
}

/// A script that takes a minute at most.
pub(crate) fn script() -> SendCommandRequest {
    SendCommandRequest::new("AWS-RunShellScript")
        .with_parameter("commands", ["true"])
        .with_parameter("executionTimeout", ["60"])
}
