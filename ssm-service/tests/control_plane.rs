//! The control plane in simulated time: spread, throttles, absent nodes, cancels, and a process that ends.

mod common;

use std::sync::Arc;

use async_trait::async_trait;
use common::{World, instance, script};
use futures::FutureExt;
use ssm_core::api::{CancelCommandRequest, ErrorCode};
use ssm_core::engine::Change;
use ssm_core::ports::{EventSink, OperatorApiExt};

#[tokio::test]
async fn a_command_for_an_absent_node_waits_is_delayed_and_times_out() {
    let world = World::new();
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(100)).await;
    world.settle().await;
    assert_eq!(world.details(id, 0).await, "Pending");
    world.pass(61).await;
    assert_eq!(world.details(id, 0).await, "Delayed");
    // The total timeout: 100 s for delivery and the default 3600 s for execution.
    world.pass(3638).await;
    assert_eq!(world.details(id, 0).await, "Delayed");
    world.pass(1).await;
    assert_eq!(world.details(id, 0).await, "DeliveryTimedOut");
    let command = world.command(id).await;
    assert_eq!((command.status.as_str(), command.status_details.as_str()), ("TimedOut", "DeliveryTimedOut"));
    assert_eq!((command.error_count, command.delivery_timed_out_count, command.completed_count), (0, 1, 1));
}

#[tokio::test]
async fn a_delayed_command_is_handed_out_when_its_node_returns() {
    let world = World::new();
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    world.pass(300).await;
    assert_eq!(world.details(id, 0).await, "Delayed");
    let message = world.fetch(0).await.remove(0);
    assert_eq!(world.details(id, 0).await, "InProgress");
    world.finish(0, &message, "Success", 0).await;
    assert_eq!(world.command(id).await.status_details, "Success");
}

#[tokio::test]
async fn nothing_is_handed_out_past_the_delivery_deadline() {
    let world = World::new();
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(30)).await;
    world.pass(30).await;
    for _ in 0..5 {
        assert!(world.poll(0).await.is_empty());
        world.settle().await;
    }
    assert_ne!(world.details(id, 0).await, "InProgress");
}

#[tokio::test]
async fn a_slot_that_nobody_fetches_passes_on() {
    let world = World::new();
    world.register(0..2).await;
    for index in 0..2 {
        world.poll(index).await;
    }
    let ids = [instance(0), instance(1)];
    let id = world.send(script().with_instance_ids(ids).with_limits("1", "0")).await;
    world.settle().await;
    assert!(world.poll(1).await.is_empty(), "the only slot is the first node's");
    world.pass(61).await;
    let message = world.fetch(1).await.remove(0);
    assert_eq!(world.details(id, 0).await, "Delayed");
    world.finish(1, &message, "Success", 0).await;
    let message = world.fetch(0).await.remove(0);
    world.finish(0, &message, "Success", 0).await;
    assert_eq!(world.command(id).await.status_details, "Success");
}

#[tokio::test]
async fn targets_are_resolved_in_chunks_and_each_node_is_judged_once() {
    let world = World::new();
    world.register(0..2300).await;
    for index in (0..2300).filter(|index| index % 2 == 0) {
        world.tag(index, "role", if index % 4 == 0 { "web" } else { "db" }).await;
    }
    let request = script().with_target("tag:role", ["web", "db"]).with_limits("100%", "0");
    let request = request.with_parameter("commands", ["true"]);
    let sent = world.plane.send_command(&world.operator(), request).await.unwrap().command;
    assert_eq!(sent.target_count, 0, "the answer does not wait for the targets");
    let id = sent.command_id;
    world.settle().await;
    assert_eq!(world.command(id).await.target_count, 1150);
    let both = script().with_target("tag:role", ["web"]).with_target("tag-key", ["role"]);
    let id = world.send(both).await;
    world.settle().await;
    assert_eq!(world.command(id).await.target_count, 575);
}

#[tokio::test]
async fn targets_that_match_nothing_end_well_at_once() {
    let world = World::new();
    world.register(0..3).await;
    let id = world.send(script().with_target("tag:role", ["none"])).await;
    world.settle().await;
    let command = world.command(id).await;
    assert_eq!((command.status.as_str(), command.status_details.as_str()), ("Success", "NoInstancesInTag"));
}

#[tokio::test]
async fn a_command_begins_with_one_node_and_grows_to_its_limit() {
    let world = World::new();
    world.register(0..12).await;
    for index in 0..12 {
        world.poll(index).await;
    }
    world.send(script().with_instance_ids((0..12).map(instance)).with_limits("5", "0")).await;
    let mut under_way = Vec::new();
    let mut seen = Vec::new();
    while seen.iter().sum::<usize>() < 12 {
        world.settle().await;
        let mut fetched = Vec::new();
        for index in 0..12 {
            fetched.extend(world.poll(index).await.into_iter().map(|message| (index, message)));
        }
        seen.push(fetched.len());
        under_way.extend(fetched);
        assert!(under_way.len() <= 5, "MaxConcurrency is exceeded");
        for (index, message) in &under_way {
            world.acknowledge(*index, message).await;
        }
        world.settle().await;
        for (index, message) in under_way.drain(..) {
            world.finish(index, &message, "Success", 0).await;
        }
    }
    assert_eq!(seen[..3], [1, 2, 5], "{seen:?}");
}

#[tokio::test]
async fn too_many_errors_stop_the_spread_and_end_the_rest_unsent() {
    let world = World::new();
    world.register(0..20).await;
    for index in 0..20 {
        world.poll(index).await;
    }
    let id = world.send(script().with_instance_ids((0..20).map(instance)).with_limits("1", "10%")).await;
    // 10 % of 20 may fail; the third failure stops it.
    for index in 0..3 {
        let message = world.fetch(index).await.remove(0);
        world.finish(index, &message, "Failed", 1).await;
    }
    world.settle().await;
    let command = world.command(id).await;
    assert_eq!((command.status_details.as_str(), command.error_count, command.completed_count), ("Failed", 3, 20));
    assert_eq!(world.details(id, 3).await, "Terminated");
    assert!(world.poll(3).await.is_empty());
}

#[tokio::test]
async fn an_instance_is_given_sixty_commands_a_minute_and_no_more() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    for _ in 0..70 {
        world.send(script().with_instance_ids([instance(0)])).await;
    }
    let mut given = 0;
    for _ in 0..20 {
        world.settle().await;
        for message in world.poll(0).await {
            given += 1;
            world.finish(0, &message, "Success", 0).await;
        }
    }
    assert_eq!(given, 60);
    world.pass(59).await;
    assert!(world.poll(0).await.is_empty());
    world.pass(1).await;
    for _ in 0..20 {
        world.settle().await;
        for message in world.poll(0).await {
            given += 1;
            world.finish(0, &message, "Success", 0).await;
        }
    }
    assert_eq!(given, 70);
}

#[tokio::test]
async fn what_was_under_way_goes_on_after_a_restart() {
    let mut world = World::new();
    world.register(0..4).await;
    for index in 0..4 {
        world.poll(index).await;
    }
    let id = world.send(script().with_instance_ids((0..4).map(instance)).with_limits("1", "0")).await;
    // The process ends before its driver has had a turn, then again in the middle.
    world.restart();
    for index in 0..4 {
        let message = world.fetch(index).await.remove(0);
        world.restart();
        world.finish(index, &message, "Success", 0).await;
        world.restart();
        // The new process is another dispatcher: it waits for the lease of the one that it was.
        world.pass(5).await;
    }
    let command = world.command(id).await;
    assert_eq!((command.status_details.as_str(), command.completed_count), ("Success", 4));
}

#[tokio::test]
async fn a_message_that_is_not_acknowledged_comes_again_after_its_visibility() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    world.send(script().with_instance_ids([instance(0)])).await;
    let first = world.fetch(0).await.remove(0);
    assert!(world.poll(0).await.is_empty(), "it is hidden");
    world.pass(10).await;
    let again = world.poll(0).await.remove(0);
    assert_eq!((&again.message_id, again.created_date), (&first.message_id, first.created_date));
    world.acknowledge(0, &again).await;
    world.pass(60).await;
    assert!(world.poll(0).await.is_empty(), "an acknowledged message never comes again");
}

#[tokio::test]
async fn a_cancel_that_the_agent_took_but_did_not_answer_ends_after_a_minute() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    let message = world.fetch(0).await.remove(0);
    world.acknowledge(0, &message).await;
    world.plane.cancel_command(&world.operator(), CancelCommandRequest::new(id)).await.unwrap();
    let cancel = world.fetch(0).await.remove(0);
    assert_ne!(cancel.message_id, message.message_id);
    assert!(cancel.payload.as_str().contains(&message.message_id.to_string()));
    assert_eq!(world.details(id, 0).await, "Cancelling");
    world.acknowledge(0, &cancel).await;
    world.pass(59).await;
    assert_eq!(world.details(id, 0).await, "Cancelling");
    world.pass(1).await;
    assert_eq!(world.details(id, 0).await, "Cancelled");
    assert_eq!(world.command(id).await.status_details, "Cancelled");
}

#[tokio::test]
async fn a_cancelled_command_shows_unsent_invocations_as_cancelled_at_once() {
    let world = World::new();
    world.register(0..3).await;
    let id = world.send(script().with_instance_ids((0..3).map(instance))).await;
    world.plane.cancel_command(&world.operator(), CancelCommandRequest::new(id)).await.unwrap();
    // The driver has had no turn yet.
    assert_eq!(world.details(id, 2).await, "Cancelled");
    world.settle().await;
    let command = world.command(id).await;
    assert_eq!((command.status_details.as_str(), command.completed_count), ("Cancelled", 3));
    assert!(world.poll(0).await.is_empty());
}

#[tokio::test]
async fn a_result_that_comes_too_late_changes_no_state_but_its_output_is_kept() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    let id = world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(30)).await;
    let message = world.fetch(0).await.remove(0);
    world.acknowledge(0, &message).await;
    world.pass(3630).await;
    assert_eq!(world.details(id, 0).await, "DeliveryTimedOut");
    let before = world.command(id).await;
    world.finish(0, &message, "Success", 0).await;
    world.settle().await;
    assert_eq!(world.command(id).await, before);
    let seen = world.invocation(id, 0).await;
    assert_eq!(seen.status_details, "DeliveryTimedOut");
    assert_eq!(seen.command_plugins[0].status_details, "DeliveryTimedOut");
    assert_eq!(seen.command_plugins[0].output, "o");
}

/// Hears of the first change for ever.
#[derive(Debug)]
struct Stuck;

#[async_trait]
impl EventSink for Stuck {
    async fn publish(&self, _change: &Change) {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_take_the_effects_of_its_call_along() {
    // The driver's own changes are not told, so that it is not held up as well.
    let world = World::with_events(Arc::new(Stuck));
    world.register(0..1).await;
    world.tag(0, "role", "web").await;
    let request = script().with_target("tag:role", ["none"]).with_parameter("commands", ["true"]);
    let context = world.operator();
    let mut call = Box::pin(world.plane.send_command(&context, request));
    for _ in 0..100 {
        assert!((&mut call).now_or_never().is_none(), "the sink holds it up");
        tokio::task::yield_now().await;
    }
    drop(call);
    let listed = world.plane.list_commands(&world.operator(), Default::default()).await.unwrap();
    assert_eq!(listed.commands[0].status_details, "NoInstancesInTag", "its targets are resolved all the same");
}

/// Panics at each change.
#[derive(Debug)]
struct Panicking;

#[async_trait]
impl EventSink for Panicking {
    async fn publish(&self, _change: &Change) {
        panic!("a sink of somebody's own")
    }
}

#[tokio::test]
async fn a_sink_that_panics_stops_nothing() {
    let world = World::with_events(Arc::new(Panicking));
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    let message = world.fetch(0).await.remove(0);
    world.finish(0, &message, "Success", 0).await;
    world.settle().await;
    assert_eq!(world.command(id).await.status_details, "Success");
}

#[tokio::test]
async fn commands_that_came_too_late_for_a_node_do_not_hide_the_others() {
    let world = World::new();
    world.register(0..1).await;
    for _ in 0..120 {
        world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(30)).await;
    }
    world.pass(100).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    world.pass(100).await;
    assert_eq!(world.details(id, 0).await, "Delayed");
    assert_eq!(world.fetch(0).await.len(), 1);
    assert_eq!(world.details(id, 0).await, "InProgress");
}

#[tokio::test]
async fn messages_that_can_never_go_again_do_not_hide_the_others() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    for _ in 0..120 {
        world.send(script().with_instance_ids([instance(0)])).await;
    }
    // An agent without a journal takes all of them, over two minutes, and dies.
    let mut taken = std::collections::BTreeSet::new();
    while taken.len() < 120 {
        taken.extend(world.poll(0).await.into_iter().map(|message| message.message_id));
        world.pass(1).await;
    }
    world.pass(26 * 60).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    assert_eq!(world.fetch(0).await.len(), 1);
    assert_eq!(world.details(id, 0).await, "InProgress");
}

#[tokio::test]
async fn one_silent_agent_does_not_hold_up_a_rollout() {
    let world = World::new();
    world.register(0..3).await;
    for index in 0..3 {
        world.poll(index).await;
    }
    let id = world.send(script().with_instance_ids((0..3).map(instance))).await;
    world.fetch(0).await;
    world.settle().await;
    assert!(world.poll(1).await.is_empty(), "the first one has the only slot of the ramp-up");
    world.pass(60).await;
    let message = world.fetch(1).await.remove(0);
    world.finish(1, &message, "Success", 0).await;
    assert_eq!(world.details(id, 0).await, "InProgress");
}

#[tokio::test]
async fn a_repeated_cancel_is_as_good_as_the_first() {
    let world = World::new();
    world.register(0..1).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    for _ in 0..2 {
        world.plane.cancel_command(&world.operator(), CancelCommandRequest::new(id)).await.unwrap();
    }
    world.settle().await;
    assert_eq!(world.command(id).await.status_details, "Cancelled");
}

#[tokio::test]
async fn a_target_on_which_the_sender_may_not_run_is_told_and_not_sent_to() {
    let world = World::new();
    world.register(0..2).await;
    for index in 0..2 {
        world.tag(index, "role", "web").await;
        world.poll(index).await;
    }
    let request = script().with_parameter("commands", ["true"]);
    let named = request.clone().with_instance_ids([instance(0), instance(1)]);
    let refused = world.plane.send_command(&world.clerk(), named).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::AccessDeniedException);
    let by_tag = request.with_target("tag:role", ["web"]).with_limits("100%", "0");
    let id = world.plane.send_command(&world.clerk(), by_tag).await.unwrap().command.command_id;
    world.settle().await;
    assert_eq!(world.details(id, 1).await, "AccessDenied");
    assert!(world.poll(1).await.is_empty());
    let message = world.fetch(0).await.remove(0);
    world.finish(0, &message, "Success", 0).await;
    world.settle().await;
    let command = world.command(id).await;
    assert_eq!((command.status_details.as_str(), command.target_count), ("Success", 2));
}
