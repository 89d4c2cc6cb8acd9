//! Two processes with faults by chance, agents that call either, and operators who send and cancel: whatever happens, after every
//! commit everything holds, and when the faults stop every command ends.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join;
use ssm_core::api::{CancelCommandRequest, ListCommandsRequest};
use ssm_core::ids::{CommandId, JournalId};
use ssm_core::ports::OperatorApiExt;
use ssm_core::testing::{FaultRates, Outcome, SplitMix64, StoreCall};
use uuid::Uuid;

use super::agent::{Agent, Manner, say};
use super::world::{World, instance, script};

const SEEDS: u64 = 200;
const STEPS: u32 = 70;
/// The last one never polls.
const NODES: usize = 5;
/// Half a minute each: more than any deadline needs.
const ROUNDS: u32 = 60;

#[test]
fn whatever_two_planes_do_to_each_other_every_command_keeps_its_bounds_and_ends() {
    let mut seen = BTreeMap::new();
    for seed in 0..SEEDS {
        // Each has a runtime of its own, so that nothing of one run is left in the next.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (what, times) in runtime.block_on(Schedule::new(seed).run()) {
            *seen.entry(what).or_insert(0) += times;
        }
    }
    // The runs would show nothing if the planes never met, or nothing ever went wrong.
    for what in ["applied", "refused by the store", "refused by a fault", "commands", "run"] {
        assert!(seen.get(what).is_some_and(|times| *times > SEEDS), "too little happens: {seen:?}");
    }
}

struct Schedule {
    world: World,
    random: SplitMix64,
    agents: Vec<Agent>,
    accepted: Vec<CommandId>,
    unheard: usize,
    logs: BTreeMap<&'static str, u64>,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        let agent = |index: usize| {
            let journal = index.is_multiple_of(2).then(|| JournalId::new(Uuid::from_u128(1)));
            Agent::new(index, journal)
        };
        Self {
            world: World::new(0, seed),
            random: SplitMix64::new(seed),
            agents: (0..NODES).map(agent).collect(),
            accepted: Vec::new(),
            unheard: 0,
            logs: BTreeMap::new(),
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.random.below(bound as u64)).unwrap()
    }

    async fn run(mut self) -> BTreeMap<&'static str, u64> {
        // Begun here, inside the runtime.
        self.world = World::new(2, self.world.seed);
        for index in 0..NODES {
            self.world.register(index, Some(if index.is_multiple_of(2) { "even" } else { "odd" })).await;
        }
        self.set_rates(true);
        for _ in 0..STEPS {
            self.step().await;
            let turns = self.random.below(30);
            self.world.turns(turns).await;
        }
        self.set_rates(false);
        for _ in 0..ROUNDS {
            for index in 0..NODES - 1 {
                self.poll(index).await;
                while self.say(index).await {}
            }
            self.world.pass(Duration::from_secs(30)).await;
            if self.world.is_over() {
                break;
            }
        }
        self.finish().await
    }

    fn set_rates(&self, faulty: bool) {
        for plane in &self.world.planes {
            let mut rates = FaultRates::default();
            if faulty {
                (rates.conflicts, rates.unavailable_commits, rates.unknown) = (60, 20, 60);
                (rates.unavailable_reads, rates.stale, rates.pauses) = (10, 80, 300);
            }
            plane.store.set_rates(rates);
        }
    }

    async fn step(&mut self) {
        let index = self.below(NODES - 1);
        match self.below(24) {
            0..3 => self.send().await,
            3 => self.cancel().await,
            4..11 => self.poll(index).await,
            11..18 => drop(self.say(index).await),
            18 => self.poll_both(index).await,
            19 | 20 => self.hold().await,
            21 => self.restart(),
            _ => {
                let by = Duration::from_millis(self.random.below(25_000));
                self.world.clock.advance(by);
            }
        }
    }

    async fn send(&mut self) {
        let concurrency = (self.below(3) + 1).to_string();
        let errors = self.below(3).to_string();
        let timeout = i64::try_from(self.below(200) + 30).unwrap();
        let request = script().with_limits(concurrency, errors).with_timeout_seconds(timeout);
        let request = match self.below(3) {
            0 => request.with_target("tag:group", ["even"]),
            1 => request.with_target("tag-key", ["group"]),
            _ => {
                let left_out = self.below(NODES);
                request.with_instance_ids((0..NODES).filter(|index| *index != left_out).map(instance))
            }
        };
        let which = self.below(2);
        let (service, context) = (self.world.planes[which].service.clone(), self.world.operator());
        match self.world.call(which, service.send_command(&context, request)).await.unwrap() {
            Ok(sent) => self.accepted.push(sent.command.command_id),
            Err(_) => self.unheard += 1,
        }
    }

    async fn cancel(&mut self) {
        let Some(id) = self.random.choose(&self.accepted).copied() else { return };
        let mut request = CancelCommandRequest::new(id);
        if self.below(2) == 0 {
            request = request.with_instance_ids([instance(self.below(NODES))]);
        }
        let which = self.below(2);
        let (service, context) = (self.world.planes[which].service.clone(), self.world.operator());
        // It may be refused, since not every instance is a target.
        let _ = self.world.call(which, service.cancel_command(&context, request)).await.unwrap();
    }

    async fn poll(&mut self, index: usize) {
        let which = self.below(2);
        let (service, context) = (self.world.planes[which].service.clone(), self.world.node(index));
        let poll = self.agents[index].poll(&service, &context, &*self.world.ids);
        if let Ok(messages) = self.world.call(which, poll).await.unwrap() {
            self.agents[index].take(messages, manner);
        }
    }

    /// A clone of an instance, or one whose first poll was cut off: both planes answer it at once.
    async fn poll_both(&mut self, index: usize) {
        let context = self.world.node(index);
        let agent = &self.agents[index];
        let [first, second] = [0, 1].map(|which| {
            let poll = agent.poll(&self.world.planes[which].service, &context, &*self.world.ids);
            self.world.call(which, poll)
        });
        let (first, second) = join(first, second).await;
        for messages in [first.unwrap(), second.unwrap()].into_iter().flatten() {
            self.agents[index].take(messages, manner);
        }
    }

    /// The next commit of one plane waits until the other has had some turns of its own.
    async fn hold(&mut self) {
        let which = self.below(2);
        let hold = self.world.planes[which].store.hold_on(|call| matches!(call, StoreCall::Commit { .. }));
        let index = self.below(NODES - 1);
        let context = self.world.node(index);
        let [held, free] = [which, 1 - which].map(|which| self.world.planes[which].service.clone());
        let agent = &self.agents[index];
        let word = agent.next();
        let turns = self.random.below(60);
        let slow = self.world.call(which, agent.poll(&held, &context, &*self.world.ids));
        let fast = async {
            let polled = self.world.call(1 - which, agent.poll(&free, &context, &*self.world.ids)).await;
            if let Some(word) = word {
                let _ = self.world.call(1 - which, say(&free, &context, &*self.world.ids, word)).await;
            }
            self.world.turns(turns).await;
            hold.release();
            polled
        };
        let (slow, fast) = join(slow, fast).await;
        for messages in [slow.unwrap(), fast.unwrap()].into_iter().flatten() {
            self.agents[index].take(messages, manner);
        }
    }

    /// Says the agent's next word, and keeps it until it was heard. Answers whether there was one.
    async fn say(&mut self, index: usize) -> bool {
        let Some(word) = self.agents[index].next() else { return false };
        let which = self.below(2);
        let (service, context) = (self.world.planes[which].service.clone(), self.world.node(index));
        let heard = self.world.call(which, say(&service, &context, &*self.world.ids, word)).await.unwrap();
        // Now and then the answer is lost, and it is said again.
        if heard.is_ok() && self.below(10) > 0 {
            self.agents[index].heard();
        }
        true
    }

    fn restart(&mut self) {
        let which = self.below(2);
        self.count_log(which);
        self.world.restart(which);
        self.set_rates(true);
    }

    fn count_log(&mut self, which: usize) {
        for logged in self.world.planes[which].store.log() {
            let what = match logged.outcome {
                Outcome::Applied => "applied",
                Outcome::Refused => "refused by the store",
                Outcome::MadeUp => "refused by a fault",
                _ => "open",
            };
            *self.logs.entry(what).or_default() += 1;
        }
    }

    async fn finish(mut self) -> BTreeMap<&'static str, u64> {
        self.world.check();
        let ended = self.world.all_ended();
        let (least, most) = (self.accepted.len(), self.accepted.len() + self.unheard);
        assert!((least..=most).contains(&ended), "{least} were accepted and {ended} are there");
        for id in self.accepted.clone() {
            let context = self.world.operator();
            let mut told = Vec::new();
            for (which, plane) in self.world.planes.iter().enumerate() {
                let request = ListCommandsRequest::of_command(id);
                let listed = self.world.done(which, plane.service.list_commands(&context, request)).await;
                told.push(format!("{:?}", listed.commands));
            }
            assert_eq!(told[0], told[1], "both planes tell the same");
        }
        (0..2).for_each(|which| self.count_log(which));
        self.logs.insert("commands", ended as u64);
        self.logs.insert("run", self.agents.iter().map(|agent| agent.came.len() as u64).sum());
        self.logs
    }
}

/// Every command has its manner, and keeps it.
fn manner(command: Uuid) -> Manner {
    use Manner as M;
    let all = [M::Succeeds, M::Succeeds, M::Succeeds, M::Fails, M::Obeys, M::Ignores, M::Refuses, M::Drops];
    all[usize::from(command.as_bytes()[0]) % all.len()]
}
