//! A command shows that it waits for nodes that are away.

use super::given::{at, document, limits, new_command, node, poll, sent};
use super::world::World;
use crate::engine::{Effect, acknowledge, cancel_command};
use crate::record::{Addressed, Node};

/// A command for three instances, the first `polling` of which polled at second 0.
fn world(polling: usize) -> World {
    let nodes: Vec<Node> = (1..=3).map(|n| node(n, (n <= polling).then_some(0))).collect();
    let mut new = new_command(3);
    limits(&mut new, "2", "100%");
    let named: Vec<_> = nodes.iter().cloned().map(Some).collect();
    let (decision, _) = sent(new, &named, &document(1)).unwrap();
    let mut world = World::new(nodes);
    world.commit(&decision.batch).unwrap();
    world.dispatch();
    world
}

fn status(world: &World) -> String {
    let (status, details) = world.command().status();
    format!("{}/{details} {}", status.as_str(), world.command().tally.delayed)
}

/// Time alone, to this second.
fn pass(world: &mut World, second: u64) {
    world.now = at(second);
    world.due();
    world.dispatch();
}

#[test]
fn a_command_whose_nodes_are_all_away_is_pending_and_delayed() {
    let mut world = world(0);
    assert_eq!(status(&world), "Pending/Pending 0");
    pass(&mut world, 59);
    assert_eq!(status(&world), "Pending/Pending 0");
    pass(&mut world, 60);
    assert_eq!(status(&world), "Pending/Delayed 3");
    // One comes back: it is released when it asks, and no more Delayed from then on.
    world.poll(&poll(2));
    world.dispatch();
    assert_eq!(status(&world), "InProgress/InProgress 2");
    let message = world.poll(&poll(2)).remove(0);
    let addressed = world.addressed(&message.message_id).unwrap();
    assert!(matches!(addressed, Addressed::Command(_)));
    let taken = acknowledge(addressed, world.now);
    world.commit(&taken.batch).unwrap();
    world.dispatch();
    assert_eq!(status(&world), "InProgress/InProgress 2", "something is under way");
}

#[test]
fn a_slot_that_nobody_fetches_makes_its_command_delayed_when_nothing_else_is_under_way() {
    let mut world = world(1);
    assert_eq!(status(&world), "InProgress/InProgress 0");
    pass(&mut world, 60);
    assert_eq!(status(&world), "Pending/Delayed 3", "nothing has reached a node");
}

#[test]
fn what_ends_is_delayed_no_more() {
    let mut world = world(0);
    pass(&mut world, 60);
    let cancel = cancel_command(world.command(), world.now);
    assert!(cancel.effects.iter().any(|effect| matches!(effect, Effect::Dispatch { .. })));
    world.commit(&cancel.batch).unwrap();
    assert_eq!(status(&world), "Cancelling/Cancelling 3", "a cancel is the news");
    world.dispatch();
    assert_eq!(status(&world), "Cancelled/Cancelled 0");
}
