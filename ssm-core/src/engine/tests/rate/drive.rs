//! Drives the engine and the reference side by side, and compares them after every step.

use std::time::Duration;

use super::super::given::{at, document, instance, limits, new_command, node, poll, sent};
use super::super::world::World;
use super::agents::{Agent, Plan};
use super::reference::{Reference, Rules, What};
use crate::command::InvocationState as State;
use crate::document::Platform;
use crate::engine::{Content, Poll, cancel_command, cancel_invocations, due};
use crate::record::{Target, Targeting};

/// What a command is made of.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) plans: Vec<Plan>,
    pub(super) max_concurrency: &'static str,
    pub(super) max_errors: &'static str,
    pub(super) delivery_timeout: u64,
    pub(super) by_tag: bool,
}

/// One command, by the engine and by the reference.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) world: World,
    pub(super) reference: Reference,
    pub(super) agents: Vec<Agent>,
    pub(super) now: u64,
}

impl Pair {
    pub(super) fn new(start: &Start) -> Self {
        let fleet = start.plans.len();
        let foreign = |plan: &Plan| start.by_tag && plan.foreign;
        let nodes: Vec<_> = (1..=fleet)
            .map(|n| {
                let plan = &start.plans[n - 1];
                let mut node = node(n, plan.online.then_some(0));
                if foreign(plan) {
                    node.information.platform = Some(Platform::Windows);
                }
                node
            })
            .collect();
        let mut new = new_command(fleet);
        limits(&mut new, start.max_concurrency, start.max_errors);
        new.delivery_timeout = Some(Duration::from_secs(start.delivery_timeout));
        let mut named: Vec<_> = nodes.iter().cloned().map(Some).collect();
        if start.by_tag {
            new.targeting = Targeting::Targets(vec![Target::TagKey(vec!["fleet".to_owned()])]);
            named.clear();
        }
        let (decision, _) = sent(new, &named, &document(1)).unwrap();
        let rules = Rules {
            max_concurrency: start.max_concurrency,
            max_errors: start.max_errors,
            delivery_deadline: start.delivery_timeout,
            // The document's only step may take a minute.
            expires_at: start.delivery_timeout + 60,
        };
        let histories = start.plans.iter().map(|plan| (plan.online, Vec::new())).collect();
        let agent = |plan: &Plan| Agent::new(Plan { foreign: foreign(plan), ..plan.clone() });
        let mut pair = Self {
            world: World::new(nodes),
            reference: Reference { rules, histories, resolved: false, cancelled: false, stopped: false, over: false },
            agents: start.plans.iter().map(agent).collect(),
            now: 0,
        };
        pair.world.commit(&decision.batch).unwrap();
        pair.hear_of_dispatcher(&vec![None; fleet]);
        pair.compare();
        pair
    }

    pub(super) fn fleet(&self) -> usize {
        self.agents.len()
    }

    pub(super) fn pass(&mut self, seconds: u64) {
        self.now += seconds;
        self.world.now = at(self.now);
        self.compare();
    }

    pub(super) fn set_online(&mut self, n: usize, online: bool) {
        self.agents[n - 1].plan.online = online;
    }

    pub(super) fn set_room(&mut self, n: usize, has_room: bool) {
        self.agents[n - 1].has_room = has_room;
    }

    /// One turn of the dispatcher; whether it did something.
    pub(super) fn turn(&mut self) -> bool {
        let before = self.states();
        let decision = self.world.dispatch_decision();
        self.world.commit(&decision.batch).unwrap();
        self.hear_of_dispatcher(&before);
        self.compare();
        !decision.batch.is_empty()
    }

    /// What only the dispatcher decides, and whether the rules allow it.
    fn hear_of_dispatcher(&mut self, before: &[Option<State>]) {
        let command = self.world.command().clone();
        if command.stopped_at.is_some() && !self.reference.stopped {
            self.reference.stopped = true;
            self.reference.note_for_all(self.now, What::CommandStopped);
        }
        for (n, (before, after)) in (1..).zip(before.iter().zip(self.states())) {
            match (before, after) {
                (None, Some(_)) => {
                    let what = if self.agents[n - 1].plan.foreign { What::Refused } else { What::Queued };
                    self.reference.note(n, self.now, what);
                }
                (before, after) if *before == after => {}
                (_, Some(State::Released)) => {
                    let picture = self.reference.picture();
                    assert!(picture.may_be_released(n, self.now), "{n} was released, and must wait");
                    assert!(picture.free_slots(self.now) > 0, "{n} was released, and there is no room");
                    self.reference.note(n, self.now, What::Released);
                }
                _ => self.reference.note(n, self.now, What::EndedByDispatcher),
            }
        }
        self.reference.resolved = command.targets().is_some();
        self.reference.over = command.ended.is_some();
    }

    /// Turns until there is nothing to do. Then the rules must leave nothing to do, either.
    pub(super) fn dispatch(&mut self) {
        // Two nodes, or two completions, a turn.
        let bound = 3 * self.fleet() + 10;
        assert!((0..bound).any(|_| !self.turn()), "the dispatcher finds no end");
        assert!(self.reference.resolved && self.world.completions.is_empty());
        let picture = self.reference.picture();
        let room = picture.room(self.now);
        let waiting = (1..=self.fleet()).find(|&n| picture.may_be_released(n, self.now));
        assert!(room == 0 || waiting.is_none(), "room for {room}, and {waiting:?} could run: the command stalls");
        let unsent = |state: &State| state.is_unsent();
        assert!(!self.reference.stopped || !self.states().iter().flatten().any(unsent), "stopped, and not terminated");
        let open = |state: &State| !state.is_terminal() && *state != State::Cancelling;
        assert!(!self.reference.cancelled || !self.states().iter().flatten().any(open), "cancelled, and not told");
        assert_eq!(self.world.command().ended.map(|(outcome, _)| outcome), picture.roll_up());
    }

    /// A poll, if the node is online.
    pub(super) fn poll(&mut self, n: usize) {
        let agent = &self.agents[n - 1];
        if !agent.plan.online {
            return;
        }
        let free_slots = match (agent.has_room, agent.plan.states_slots) {
            (false, _) => Some(0),
            (true, true) => Some(1),
            (true, false) => None,
        };
        self.reference.note(n, self.now, What::Polled { room: agent.has_room });
        for message in self.world.poll(&Poll { free_slots, ..poll(n) }) {
            match message.content {
                Content::Cancel { .. } => self.agents[n - 1].cancel = Some(message.message_id),
                Content::Command { .. } => {
                    self.agents[n - 1].fetched_at.get_or_insert(self.now);
                }
            }
        }
    }

    pub(super) fn poll_all(&mut self) {
        (1..=self.fleet()).for_each(|n| self.poll(n));
        self.compare();
    }

    pub(super) fn act_all(&mut self) {
        (1..=self.fleet()).for_each(|n| self.act(n));
        self.compare();
    }

    /// Looks at what time alone does to one.
    pub(super) fn look(&mut self, n: usize) {
        let Some(invocation) = self.world.invocation(n) else { return };
        let decision = due(invocation, self.world.nodes.get(&instance(n)), at(self.now));
        self.world.commit(&decision.batch).unwrap();
        self.reference.note(n, self.now, What::Looked);
    }

    pub(super) fn look_all(&mut self) {
        self.world.due();
        self.reference.note_for_all(self.now, What::Looked);
        self.compare();
    }

    pub(super) fn cancel(&mut self, n: usize) {
        let Some(invocation) = self.world.invocation(n).cloned() else { return };
        let named = vec![(instance(n), Some(invocation))];
        let now = at(self.now);
        let decision = cancel_invocations(named, &mut || self.world.mint(), now).unwrap();
        self.world.commit(&decision.batch).unwrap();
        self.reference.note(n, self.now, What::CancelledByName);
    }

    pub(super) fn cancel_all(&mut self) {
        let decision = cancel_command(self.world.command(), at(self.now));
        self.world.commit(&decision.batch).unwrap();
        if !self.reference.over && !self.reference.cancelled {
            self.reference.cancelled = true;
            self.reference.note_for_all(self.now, What::CommandCancelled);
        }
        self.compare();
    }

    /// Everything that a moment can bring. Whoever is online and has room must have a slot then, if there is one.
    pub(super) fn round(&mut self) {
        self.look_all();
        self.act_all();
        self.dispatch();
        self.poll_all();
        self.dispatch();
        let states = self.states();
        let ready = |n: &usize| self.agents[n - 1].plan.online && self.agents[n - 1].has_room;
        let waits = |n: &usize| matches!(states[n - 1], Some(State::Queued | State::Delayed));
        let stuck = (1..=self.fleet()).find(|n| ready(n) && waits(n));
        assert!(stuck.is_none() || self.reference.picture().room(self.now) == 0, "{stuck:?} waits for ever");
        self.poll_all();
    }

    /// Time passes until everything is over.
    pub(super) fn run_out(&mut self) {
        self.round();
        self.pass(self.reference.rules.expires_at.saturating_sub(self.now));
        self.look_all();
        self.dispatch();
        assert!(self.reference.over, "{:?}", self.world.command());
        assert_eq!(self.world.command().tally.in_flight, 0);
        assert_eq!(self.world.command().tally.delayed, 0);
    }

    pub(super) fn states(&self) -> Vec<Option<State>> {
        let mut states = vec![None; self.fleet()];
        for invocation in self.world.invocations.values() {
            let n: usize = invocation.key.instance.as_str().trim_start_matches("i-").parse().unwrap();
            states[n - 1] = Some(invocation.state);
        }
        states
    }
}
