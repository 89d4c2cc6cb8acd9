//! Long times, in simulated time: nodes that are away for weeks, cancels in each state, and history that grows old.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::time::Duration;

use common::{World, instance, script};
use ssm_core::api::{
    CancelCommandRequest, Command, ErrorCode, GetCommandInvocationRequest, ListCommandInvocationsRequest,
    ListCommandsRequest,
};
use ssm_core::ids::CommandId;
use ssm_core::message::Message;
use ssm_core::ports::OperatorApiExt;

const DAY: u64 = 24 * 3600;
/// The longest `TimeoutSeconds`.
const THIRTY_DAYS: i64 = 2_592_000;

fn shown(command: &Command) -> String {
    format!("{}/{}", command.status.as_str(), command.status_details)
}

impl World {
    async fn cancel(&self, id: CommandId) {
        self.plane.cancel_command(&self.operator(), CancelCommandRequest::new(id)).await.unwrap();
        self.settle().await;
    }

    /// How many of these are known, by their ids: lists without one leave out what is older than 30 days.
    async fn known(&self, ids: &[CommandId]) -> usize {
        let mut known = 0;
        for id in ids {
            let request = ListCommandsRequest::of_command(*id);
            known += self.plane.list_commands(&self.operator(), request).await.unwrap().commands.len();
        }
        known
    }

    async fn listed(&self) -> usize {
        self.plane.list_commands(&self.operator(), ListCommandsRequest::default()).await.unwrap().commands.len()
    }
}

#[tokio::test]
async fn a_node_that_was_off_for_29_days_runs_its_command() {
    let world = World::new();
    world.register(0..1).await;
    let request = script().with_instance_ids([instance(0)]).with_timeout_seconds(THIRTY_DAYS);
    let id = world.send(request).await;
    world.pass(29 * DAY).await;
    assert_eq!(world.details(id, 0).await, "Delayed");
    assert_eq!(shown(&world.command(id).await), "Pending/Delayed");
    let message = world.fetch(0).await.remove(0);
    assert_eq!(shown(&world.command(id).await), "InProgress/InProgress");
    world.finish(0, &message, "Success", 0).await;
    world.settle().await;
    assert_eq!(shown(&world.command(id).await), "Success/Success");
}

#[tokio::test]
async fn a_queue_of_thirty_days_waits_to_its_last_second_and_no_longer() {
    let world = World::new();
    world.register(0..2).await;
    let request = script().with_instance_ids([instance(0), instance(1)]).with_timeout_seconds(THIRTY_DAYS);
    let id = world.send(request.with_limits("2", "0")).await;
    for day in 0..29 {
        world.pass(DAY).await;
        assert_eq!(world.details(id, 0).await, "Delayed", "day {day}");
    }
    world.pass(DAY - 1).await;
    let message = world.fetch(0).await.remove(0);
    world.finish(0, &message, "Success", 0).await;
    world.pass(1).await;
    for _ in 0..5 {
        assert!(world.poll(1).await.is_empty(), "its delivery timeout has come");
        world.settle().await;
    }
    // The total timeout: an hour for execution besides.
    world.pass(3599).await;
    assert_eq!(world.details(id, 1).await, "Delayed");
    world.pass(1).await;
    assert_eq!(world.details(id, 1).await, "DeliveryTimedOut");
    assert_eq!(shown(&world.command(id).await), "TimedOut/DeliveryTimedOut");
}

#[tokio::test]
async fn a_node_that_comes_back_past_the_delivery_timeout_is_given_nothing() {
    let world = World::new();
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(600)).await;
    world.pass(601).await;
    for _ in 0..5 {
        assert!(world.poll(0).await.is_empty());
        world.settle().await;
    }
    assert_eq!(world.details(id, 0).await, "Delayed", "it is told at the total timeout only");
    world.pass(3599).await;
    let command = world.command(id).await;
    assert_eq!(shown(&command), "TimedOut/DeliveryTimedOut");
    assert_eq!((command.error_count, command.delivery_timed_out_count, command.completed_count), (0, 1, 1));
    assert!(world.poll(0).await.is_empty());
}

#[tokio::test]
async fn nothing_stays_queued_for_more_than_31_days_whatever_the_service_is_set_to() {
    let world = World::with_settings(|settings| settings.default_delivery_timeout = Duration::from_secs(365 * DAY));
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    assert_eq!(u64::from(world.command(id).await.timeout_seconds), 31 * DAY);
    world.pass(31 * DAY - 1).await;
    assert_eq!(world.fetch(0).await.len(), 1, "in its last second it goes out");
    let late = world.send(script().with_instance_ids([instance(0)]).with_limits("1", "0")).await;
    world.register(1..2).await;
    let other = world.send(script().with_instance_ids([instance(1)])).await;
    world.pass(31 * DAY).await;
    world.settle().await;
    assert!(world.poll(1).await.is_empty());
    world.pass(3600).await;
    for id in [late, other] {
        assert_eq!(world.command(id).await.status_details, "DeliveryTimedOut");
    }
}

#[tokio::test]
async fn a_cancel_ends_an_invocation_from_each_of_its_states() {
    // Each: the state, and what is seen after the cancel, after the agent's own reply, and a minute after it took the cancel.
    for (state, after, replied, unanswered) in [
        ("Queued", "Cancelled", "Cancelled", "Cancelled"),
        ("Delayed", "Cancelled", "Cancelled", "Cancelled"),
        ("Released", "Cancelled", "Cancelled", "Cancelled"),
        ("HandedOut", "Cancelling", "Success", "Cancelled"),
        ("Running", "Cancelling", "Success", "Cancelled"),
        ("Cancelling", "Cancelling", "Success", "Cancelled"),
        ("Ended", "Success", "Success", "Success"),
    ] {
        for (replies, wanted) in [(true, replied), (false, unanswered)] {
            let world = World::new();
            world.register(0..1).await;
            let (id, message) = in_state(&world, state).await;
            let before = world.details(id, 0).await;
            world.cancel(id).await;
            assert_eq!(world.details(id, 0).await, after, "{state} ({before})");
            let cancels = world.poll(0).await;
            assert_eq!(cancels.len(), usize::from(after == "Cancelling"), "{state}: only an agent that has it is told");
            for cancel in &cancels {
                world.acknowledge(0, cancel).await;
            }
            if let Some(message) = message.as_ref().filter(|_| replies) {
                world.finish(0, message, "Success", 0).await;
            }
            world.pass(60).await;
            assert_eq!(world.details(id, 0).await, wanted, "{state}, replies: {replies}");
            let command = if state == "Ended" { "Success/Success" } else { "Cancelled/Cancelled" };
            assert_eq!(shown(&world.command(id).await), command, "{state}, replies: {replies}");
            // Nothing of it comes again, and a second cancel is nothing to do.
            world.pass(600).await;
            assert!(world.poll(0).await.is_empty(), "{state}");
            world.cancel(id).await;
            assert_eq!(world.details(id, 0).await, wanted, "{state}");
        }
    }
}

/// A command for the first node in this state, and its message if an agent has it.
async fn in_state(world: &World, state: &str) -> (CommandId, Option<Message>) {
    let polls = !matches!(state, "Queued" | "Delayed");
    if polls {
        world.poll(0).await;
    }
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    world.settle().await;
    let mut message = None;
    match state {
        "Queued" | "Released" => {}
        "Delayed" => world.pass(61).await,
        _ => message = Some(world.fetch(0).await.remove(0)),
    }
    if let Some(message) = message.as_ref().filter(|_| state != "HandedOut") {
        world.acknowledge(0, message).await;
        match state {
            "Cancelling" => world.cancel(id).await,
            "Ended" => world.finish(0, message, "Success", 0).await,
            _ => {}
        }
    }
    world.settle().await;
    (id, message)
}

#[tokio::test]
async fn a_stop_by_max_errors_lets_what_runs_end_and_terminates_what_waits() {
    let world = World::new();
    world.register(0..10).await;
    for index in 0..10 {
        world.poll(index).await;
    }
    let id = world.send(script().with_instance_ids((0..10).map(instance)).with_limits("2", "1")).await;
    // One ends well; then two run at once, each of which fails: one more than is borne.
    let first = world.fetch(0).await.remove(0);
    world.finish(0, &first, "Success", 0).await;
    let (second, third) = (world.fetch(1).await.remove(0), world.fetch(2).await.remove(0));
    world.acknowledge(1, &second).await;
    world.acknowledge(2, &third).await;
    world.finish(1, &second, "Failed", 7).await;
    let fourth = world.fetch(3).await.remove(0);
    world.finish(2, &third, "TimedOut", 137).await;
    world.settle().await;
    for index in 4..10 {
        assert_eq!(world.details(id, index).await, "Terminated");
        assert!(world.poll(index).await.is_empty());
    }
    let command = world.command(id).await;
    assert_eq!((shown(&command).as_str(), command.error_count), ("InProgress/InProgress", 2));
    world.finish(3, &fourth, "Success", 0).await;
    world.settle().await;
    let command = world.command(id).await;
    assert_eq!((shown(&command).as_str(), command.completed_count, command.error_count), ("Failed/Failed", 10, 2));
}

#[tokio::test]
async fn history_is_removed_thirty_days_after_the_commands_end() {
    let world = World::new();
    world.register(0..2).await;
    world.poll(0).await;
    let over = world.send(script().with_instance_ids([instance(0)])).await;
    let message = world.fetch(0).await.remove(0);
    world.pass(1000).await;
    world.finish(0, &message, "Success", 0).await;
    world.settle().await;
    // Sent before the other one's end, and still under way when that is removed.
    let live = world.send(script().with_instance_ids([instance(1)]).with_timeout_seconds(THIRTY_DAYS)).await;
    world.pass(30 * DAY - 1).await;
    assert_eq!((world.known(&[over, live]).await, world.details(over, 0).await.as_str()), (2, "Success"));
    // Old history is looked for once a minute.
    world.pass(61).await;
    assert_eq!(world.known(&[over, live]).await, 1);
    assert_eq!(world.details(live, 1).await, "Delayed", "what is live is never removed");
    let invocations = ListCommandInvocationsRequest::detailed(over);
    let invocations = world.plane.list_command_invocations(&world.operator(), invocations).await.unwrap();
    assert_eq!(invocations.command_invocations.len(), 0);
    let request = GetCommandInvocationRequest::new(over, &instance(0));
    let refused = world.plane.get_command_invocation(&world.operator(), request).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvocationDoesNotExist);
    // What agents still say of it is answered well, and changes nothing.
    world.acknowledge(0, &message).await;
    world.finish(0, &message, "Failed", 1).await;
    world.settle().await;
    assert_eq!(world.known(&[over, live]).await, 1);
    // The live one goes in its turn.
    world.pass(DAY).await;
    assert_eq!(world.details(live, 1).await, "DeliveryTimedOut");
    world.pass(30 * DAY + 60).await;
    assert_eq!(world.known(&[over, live]).await, 0);
}

#[tokio::test]
async fn history_of_more_than_a_portion_goes_whole_and_a_service_may_keep_it_for_less() {
    let world = World::with_settings(|settings| settings.history = Duration::from_secs(DAY));
    world.register(0..700).await;
    for index in 0..700 {
        world.tag(index, "role", "web").await;
    }
    let id = world.send(script().with_target("tag:role", ["web"])).await;
    for _ in 0..60 {
        world.send(script().with_target("tag:role", ["none"])).await;
    }
    world.settle().await;
    world.cancel(id).await;
    assert_eq!(world.command(id).await.completed_count, 700);
    assert_eq!(world.listed().await, 50, "a page");
    world.pass(DAY + 60).await;
    assert_eq!(world.listed().await, 0);
    let sent = world.send(script().with_instance_ids([instance(0)])).await;
    assert_eq!(world.command(sent).await.target_count, 1, "the nodes are still there");
}
