//! A world from a seed: control planes, agents, operators, and what goes wrong; then faults stop, and everything must end.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::future::select;
use ssm_core::engine::Batch;
use ssm_core::ids::{AccountId, RequestId};
use ssm_core::ports::{CallerContext, Clock, IdSource, Principal};
use ssm_core::testing::{CountingIds, ManualClock};
use ssm_core::time::Timestamp;
use ssm_service::store::MemoryStore;
use ssm_transport_mem::testing::VirtualTime;
use ssm_transport_mem::{Direction, FaultHandle, FaultPlan, Faults};
use tokio::sync::Notify;

use crate::agents::Agent;
use crate::chance::Chance;
use crate::invariants::{Checker, Violation};
use crate::operators::{Operator, finish, prepare};
use crate::planes::{Ends, Plane};
use crate::planted::{Bug, Planted, RunsBack};
use crate::scenario::Scenario;
use crate::trace::{Counts, Trace};

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) violation: Option<Violation>,
    pub(crate) trace: Vec<String>,
    pub(crate) counts: Counts,
}

impl Outcome {
    /// Thousands of runs are kept at once: only a broken one's trace is looked at.
    pub(crate) fn without_needless_trace(mut self) -> Self {
        if self.violation.is_none() {
            self.trace = Vec::new();
        }
        self
    }
}

/// What all actors share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ids: Arc<CountingIds>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) planted: Option<Planted>,
    pub(crate) trace: Trace,
    pub(crate) scenario: Scenario,
    start: Timestamp,
    checker: Mutex<Checker>,
    planes: Vec<Arc<Plane>>,
    plan: FaultPlan,
    links: Mutex<Vec<FaultHandle>>,
    calm: AtomicBool,
    broken: Notify,
}

/// Runs one seed. `printed`: its trace is printed while it runs.
pub(crate) fn simulate(seed: u64, bug: Option<Bug>, printed: bool) -> Outcome {
    let clock = Arc::new(ManualClock::default());
    let scenario = Scenario::of(seed);
    let planes = (0..scenario.planes).map(|index| Arc::new(Plane::new(seed, index))).collect();
    let world = Arc::new(World {
        ids: Arc::new(CountingIds::new(seed)),
        store: Arc::new(MemoryStore::new()),
        planted: bug.map(Planted::new),
        trace: Trace::new(&clock, printed),
        checker: Mutex::default(),
        planes,
        plan: plan(seed, &clock, &scenario),
        links: Mutex::default(),
        calm: AtomicBool::new(false),
        broken: Notify::new(),
        start: clock.now(),
        scenario,
        clock,
    });
    VirtualTime::of(&world.clock).run(async {
        let broken = world.broken.notified();
        select(pin!(broken), pin!(run(seed, &world))).await;
    });
    world.count_faults();
    let violation = world.checker().violation().cloned();
    let (trace, counts) = world.trace.take();
    Outcome { violation, trace, counts }
}

/// What happens to messages.
fn plan(seed: u64, clock: &Arc<ManualClock>, scenario: &Scenario) -> FaultPlan {
    let loss = scenario.loss;
    let delay = Duration::ZERO..=Duration::from_millis(scenario.delay_millis);
    let faults = Faults::none().with_delay(delay).with_loss(loss);
    let held = Duration::from_secs(20);
    FaultPlan::seeded(seed, Arc::clone(clock) as _)
        .on_all(Direction::Request, faults.clone().with_duplicates(loss).with_holds(loss, held))
        // A copy of a send is a command of its own, which its sender never hears of.
        .on(Direction::Request, "SendCommand", faults.clone())
        .on_all(Direction::Answer, faults.with_holds(loss / 2, held))
}

async fn run(seed: u64, world: &Arc<World>) {
    for plane in &world.planes {
        tokio::spawn(Arc::clone(plane).lead(Arc::clone(world)));
    }
    world.sleep(Duration::from_millis(1)).await;
    let agents: Vec<Arc<Agent>> = (0..world.scenario.agents).map(|index| Agent::new(seed, index, world)).collect();
    prepare(world, &agents).await;
    for agent in &agents {
        tokio::spawn(Arc::clone(agent).exist(Arc::clone(world)));
    }
    let operators: Vec<_> = (0..3).map(|index| Arc::new(Operator::new(seed, index, world))).collect();
    for operator in &operators {
        tokio::spawn(Arc::clone(operator).work(Arc::clone(world)));
    }
    world.pass(world.scenario.busy).await;
    world.trace.say("sim", "the busy time is over");
    world.pass(world.scenario.quiet).await;

    world.calm.store(true, Ordering::Relaxed);
    world.links.lock().unwrap().iter().for_each(FaultHandle::calm);
    world.trace.say("sim", "faults stop");
    agents.iter().for_each(|agent| agent.cure());
    world.pass(world.scenario.calm).await;
    let online = |index: usize| agents[index].is_reliable();
    world.checker().nothing_stalls(world.clock.now(), online);
    world.checked();

    agents.iter().for_each(|agent| agent.leave());
    world.trace.say("sim", "agents leave");
    let slack = Duration::from_secs(120);
    loop {
        let last = world.check(|checker| checker.last_end());
        let Some(end) = last.filter(|end| world.clock.now() <= *end + slack) else { break };
        world.pass(Duration::from_secs(30).max(end.since(world.clock.now()) / 4)).await;
    }
    world.checker().in_time(world.clock.now(), slack);
    world.checker().all_is_over(&world.account(), &*world.store, world.clock.now());
    world.checked();
    finish(world).await;
    let ends = world.checker().ends();
    ends.into_iter().for_each(|details| world.trace.count(details));
}

impl World {
    pub(crate) fn checker(&self) -> MutexGuard<'_, Checker> {
        self.checker.lock().unwrap()
    }

    /// Does something with the checker, and stops the run if something is broken.
    pub(crate) fn check<T>(&self, check: impl FnOnce(&mut Checker) -> T) -> T {
        let checked = check(&mut self.checker());
        self.checked();
        checked
    }

    fn checked(&self) {
        if self.checker().violation().is_some() {
            self.broken.notify_one();
        }
    }

    /// Time passes, with a look at everything in between.
    async fn pass(&self, time: Duration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            let step = end.since(self.clock.now()).min(Duration::from_secs(60).max(time / 20));
            self.sleep(step).await;
            let slack = Duration::from_secs(if self.is_calm() { 300 } else { 900 });
            let (now, account) = (self.clock.now(), self.account());
            self.check(|checker| {
                checker.in_time(now, slack);
                checker.store_is_as_seen(&account, &*self.store);
            });
        }
    }

    pub(crate) fn applied(&self, who: &str, batch: &Batch) {
        let line = self.check(|checker| {
            checker.applied(batch, self.clock.now(), &*self.store);
            checker.line(batch)
        });
        if let Some(line) = line {
            self.trace.say(who, line);
        }
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// Whether the busy time is over, and faults go on.
    pub(crate) fn is_quiet(&self) -> bool {
        self.clock.now().since(self.start) > self.scenario.busy && !self.is_calm()
    }

    pub(crate) fn clock_of_planes(&self) -> Arc<dyn Clock> {
        match &self.planted {
            Some(planted) if planted.bug == Bug::ClockRunsBack => Arc::new(RunsBack(Arc::clone(&self.clock))),
            _ => Arc::clone(&self.clock) as _,
        }
    }

    pub(crate) fn account(&self) -> AccountId {
        "123456789012".parse().unwrap()
    }

    pub(crate) fn context(&self, principal: Principal) -> CallerContext {
        CallerContext::new(self.account(), principal, RequestId::new(self.ids.uuid()))
    }

    /// A faulty way of this actor, which ends being faulty with the others.
    pub(crate) fn link(&self, number: u64) -> FaultHandle {
        let link = self.plan.link(number);
        self.links.lock().unwrap().push(link.clone());
        link
    }

    /// Ends of a plane that runs, by chance; waits for one.
    pub(crate) async fn reach(&self, chance: &Chance) -> Ends {
        loop {
            let plane = &self.planes[chance.index(self.planes.len())];
            if let Some(ends) = plane.ends() {
                return ends;
            }
            self.sleep(chance.seconds(1, 3)).await;
        }
    }

    fn count_faults(&self) {
        for link in self.links.lock().unwrap().iter() {
            let counts = link.counts();
            self.trace.count_many("request lost", counts.lost_requests + counts.cut_requests);
            self.trace.count_many("answer lost", counts.lost_answers + counts.cut_answers);
            self.trace.count_many("request duplicated", counts.duplicated);
            self.trace.count_many("message held back", counts.held);
        }
    }
}
