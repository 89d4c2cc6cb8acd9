//! The ramp-up over a fleet whose agents fetch their messages and then are silent, and what waits without a slot then.

use super::given::{at, document, fresh, instance, limits, new_command, node, poll, sent};
use super::world::{Conflict, World};
use crate::command::InvocationState;
use crate::engine::{acknowledge, cancel_command, cancel_invocations, fail};
use crate::ids::MessageId;
use crate::record::{Invocation, Node};

/// A command for so many instances, each of which polled at second 0 if it is one of the first `polling`.
fn world(fleet: usize, polling: usize, max_concurrency: &str) -> World {
    let nodes: Vec<Node> = (1..=fleet).map(|n| node(n, (n <= polling).then_some(0))).collect();
    let mut new = new_command(fleet);
    limits(&mut new, max_concurrency, "100%");
    let named: Vec<_> = nodes.iter().cloned().map(Some).collect();
    let (decision, _) = sent(new, &named, &document(1)).unwrap();
    let mut world = World::new(nodes);
    world.commit(&decision.batch).unwrap();
    world
}

impl World {
    /// Everything that happens in this second, when these instances poll.
    fn tick(&mut self, second: u64, polling: impl IntoIterator<Item = usize>) {
        self.now = at(second);
        self.due();
        self.dispatch();
        for n in polling {
            self.poll(&poll(n));
        }
        self.dispatch();
    }

    fn count(&self, wanted: InvocationState) -> usize {
        self.invocations.values().filter(|invocation| invocation.state == wanted).count()
    }
}

#[test]
fn silent_agents_hold_up_the_ramp_by_a_minute_a_step_and_not_for_ever() {
    let mut world = world(8, 8, "100%");
    let mut handed_out = Vec::new();
    for second in (0..=240).step_by(10) {
        world.tick(second, 1..=8);
        if second % 60 == 50 {
            handed_out.push(world.count(InvocationState::HandedOut));
        }
    }
    assert_eq!(handed_out, [1, 2, 4, 8]);
    assert!(world.invocations.values().all(Invocation::in_mailbox), "all of them still go out again");
    let message = MessageId::of_command(world.command().id, instance(1));
    let late = acknowledge(world.addressed(&message).unwrap(), world.now);
    world.commit(&late.batch).unwrap();
    world.dispatch();
    assert_eq!(world.command().tally.answered, 8, "whoever answers late is not counted twice");
}

#[test]
fn a_request_from_a_time_without_room_is_answered_when_there_is_some_unless_it_is_too_old() {
    for (ends_at, wanted) in [(219, InvocationState::Released), (221, InvocationState::Delayed)] {
        let mut world = world(2, 1, "1");
        world.tick(0, [1]);
        // The other node was away, shows as Delayed, and comes back while the first one holds the only slot.
        world.tick(60, []);
        assert_eq!(world.invocation(2).unwrap().state, InvocationState::Delayed);
        world.tick(99, [2]);
        assert_eq!(world.mailbox(&instance(2)).unreleased, [], "it has asked, and need not ask again");
        assert_eq!(world.invocation(2).unwrap().state, InvocationState::Delayed);
        world.now = at(ends_at);
        let first = MessageId::of_command(world.command().id, instance(1));
        let ended = fail(world.addressed(&first).unwrap(), "no handler", world.now);
        world.commit(&ended.batch).unwrap();
        world.dispatch();
        assert_eq!(world.invocation(2).unwrap().state, wanted, "asked at 99, there is room at {ends_at}");
        world.tick(ends_at + 1, [2]);
        assert_eq!(world.poll(&poll(2)).len(), usize::from(wanted == InvocationState::Delayed), "its poll asks again");
        assert_eq!(world.invocation(2).unwrap().state, InvocationState::HandedOut);
    }
}

#[test]
fn a_dispatcher_that_passes_a_slot_on_loses_to_a_cancel() {
    let mut world = world(2, 2, "1");
    world.tick(0, []);
    assert_eq!(world.invocation(1).unwrap().state, InvocationState::Released);
    // The first one is not fetched, and gives its slot back to the second one.
    world.now = at(60);
    world.due();
    let passes_on = world.dispatch_decision();
    let cancel = cancel_command(world.command(), world.now);
    world.commit(&cancel.batch).unwrap();
    assert_eq!(world.commit(&passes_on.batch), Err(Conflict));
}

#[test]
fn a_silent_agent_whose_invocation_is_cancelled_by_name_does_not_hold_up_the_ramp_either() {
    let mut world = world(2, 2, "100%");
    world.tick(0, [1, 2]);
    let named = world.invocation(1).cloned().unwrap();
    let cancel = cancel_invocations(vec![(instance(1), Some(named))], &mut fresh(), at(5)).unwrap();
    world.commit(&cancel.batch).unwrap();
    for second in (10..=600).step_by(10) {
        world.tick(second, [2]);
    }
    assert_eq!(world.invocation(2).unwrap().state, InvocationState::HandedOut);
}
