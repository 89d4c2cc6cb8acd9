//! Several control planes over one store: who does a command's work, and what happens when one goes away. And many commands at once.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use common::{World, instance, script};
use ssm_core::api::CancelCommandRequest;
use ssm_core::command::CommandStatus;
use ssm_core::engine::Change;
use ssm_core::ids::CommandId;
use ssm_core::ports::{EventSink, OperatorApiExt, Store};
use ssm_core::record::{Command, Expansion};

impl World {
    async fn row(&self, id: CommandId) -> Command {
        self.store.command(&self.operator().account, id).await.unwrap().unwrap()
    }

    async fn tagged(&self, nodes: std::ops::Range<usize>) {
        self.register(nodes.clone()).await;
        for index in nodes {
            self.tag(index, "role", "web").await;
        }
    }
}

/// Hears for ever of the first change of an invocation, and of all others at once.
#[derive(Debug, Default)]
struct StuckOnce(AtomicBool);

#[async_trait]
impl EventSink for StuckOnce {
    async fn publish(&self, change: &Change) {
        if matches!(change, Change::Invocation { .. }) && !self.0.swap(true, Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

#[tokio::test]
async fn another_control_plane_takes_a_command_over_when_the_lease_of_a_dead_one_ends() {
    let first = World::with_events(Arc::new(StuckOnce::default()));
    first.tagged(0..4500).await;
    // The clerk may not run on half of the nodes, so the first chunk has changes to tell.
    let request = script().with_target("tag:role", ["web"]).with_parameter("commands", ["true"]);
    let id = first.plane.send_command(&first.clerk(), request).await.unwrap().command.command_id;
    first.settle().await;
    // The process dies between two chunks.
    first.crash();
    first.settle().await;
    let left = first.row(id).await;
    assert!(matches!(left.expansion, Expansion::Pending { .. }), "there is more to do: {:?}", left.expansion);
    let second = first.replica();
    second.pass(4).await;
    assert_eq!(second.row(id).await, left, "a lease is respected as long as it runs");
    second.pass(1).await;
    let taken = second.row(id).await;
    assert_eq!(taken.targets(), Some(4500), "every target once");
    assert_eq!(taken.lease.fence, left.lease.fence + 1);
    assert_ne!(taken.lease.holder, left.lease.holder);
    assert_eq!(second.command(id).await.target_count, 4500);
}

#[tokio::test]
async fn two_control_planes_share_the_work_and_nothing_is_done_twice() {
    let first = World::new();
    let second = first.replica();
    first.tagged(0..40).await;
    for index in 0..40 {
        first.poll(index).await;
    }
    let id = first.send(script().with_target("tag:role", ["web"]).with_limits("10", "0")).await;
    let mut given = vec![0; 40];
    // Agents poll one of them, and answer to the other.
    for round in 0..200 {
        first.settle().await;
        let (here, there) = if round % 2 == 0 { (&first, &second) } else { (&second, &first) };
        for (index, given) in given.iter_mut().enumerate() {
            for message in here.poll(index).await {
                *given += 1;
                there.acknowledge(index, &message).await;
                there.finish(index, &message, "Success", 0).await;
            }
        }
        assert!(first.row(id).await.tally.in_flight <= 10);
        first.clock.advance(Duration::from_millis(100));
    }
    let command = second.command(id).await;
    assert_eq!((command.status_details.as_str(), command.completed_count), ("Success", 40));
    assert_eq!(given, [1; 40], "each invocation is handed out once");
}

#[tokio::test]
async fn an_idle_command_is_soon_free_for_the_one_that_hears_of_it() {
    let first = World::new();
    let second = first.replica();
    first.register(0..2).await;
    for index in 0..2 {
        first.poll(index).await;
    }
    let id = first.send(script().with_instance_ids([instance(0), instance(1)]).with_limits("1", "0")).await;
    let message = first.fetch(0).await.remove(0);
    let holder = first.row(id).await.lease.holder;
    second.finish(0, &message, "Success", 0).await;
    second.settle().await;
    assert_eq!(second.row(id).await.tally.completed, 0, "the other one has it just now");
    assert_eq!(second.command(id).await.completed_count, 1, "a reader does not wait for it");
    second.clock.advance(Duration::from_millis(250));
    second.settle().await;
    let row = second.row(id).await;
    assert_eq!((row.tally.completed, row.tally.in_flight), (1, 1), "folded, and the next one is released");
    assert_ne!(row.lease.holder, holder);
}

#[tokio::test]
async fn a_cancel_needs_no_lease() {
    let first = World::new();
    first.register(0..1).await;
    first.poll(0).await;
    let id = first.send(script().with_instance_ids([instance(0)])).await;
    let message = first.fetch(0).await.remove(0);
    let second = first.replica();
    second.plane.cancel_command(&second.operator(), CancelCommandRequest::new(id)).await.unwrap();
    assert_eq!(second.command(id).await.status_details, "Cancelling", "it is marked at once");
    second.clock.advance(Duration::from_millis(250));
    second.settle().await;
    let cancel = second.fetch(0).await.remove(0);
    assert!(cancel.payload.as_str().contains(&message.message_id.to_string()));
}

/// Hears for ever that a command is InProgress: whoever commits that waits.
#[derive(Debug)]
struct Slow;

#[async_trait]
impl EventSink for Slow {
    async fn publish(&self, change: &Change) {
        if matches!(change, Change::Command { status: CommandStatus::InProgress, .. }) {
            std::future::pending::<()>().await;
        }
    }
}

#[tokio::test]
async fn commands_have_their_turns_side_by_side_sixty_four_at_once() {
    let world = World::with_events(Arc::new(Slow));
    world.register(0..70).await;
    for index in 0..70 {
        world.poll(index).await;
        world.send(script().with_instance_ids([instance(index)])).await;
    }
    world.settle().await;
    let mut given = 0;
    for index in 0..70 {
        given += world.poll(index).await.len();
    }
    assert_eq!(given, 64, "the first ones' commits take for ever, and the others do not wait for them");
    // What the clock does goes on beside them.
    world.register(70..71).await;
    let waits = world.send(script().with_instance_ids([instance(70)])).await;
    world.pass(61).await;
    assert_eq!(world.details(waits, 70).await, "Delayed");
}

#[tokio::test]
async fn what_a_dead_control_plane_accepted_comes_due_at_another_one() {
    let first = World::new();
    first.register(0..1).await;
    let second = first.replica();
    // It has looked, and knows of nothing that comes due.
    second.settle().await;
    let id = first.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(30)).await;
    first.crash();
    for _ in 0..3 {
        second.pass(60).await;
    }
    assert_eq!(second.details(id, 0).await, "Delayed");
    second.pass(3600).await;
    assert_eq!(second.details(id, 0).await, "DeliveryTimedOut");
    assert_eq!(second.command(id).await.status_details, "DeliveryTimedOut");
}
