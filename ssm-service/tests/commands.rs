//! Operations on commands, as far as one needs the control plane itself for it: what event sinks are told, and long lists.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]
mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{World, instance, script};
use ssm_core::api::{
    CancelCommandRequest, ListCommandInvocationsRequest, ListCommandsRequest, NotificationConfig, SendCommandRequest,
};
use ssm_core::engine::{Change, Notice};
use ssm_core::ids::CommandId;
use ssm_core::ports::{MemoryEvents, OperatorApiExt};

const ROLE: &str = "arn:aws:iam::123456789012:role/Notify";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:done";

fn notices(events: &MemoryEvents) -> Vec<(String, Notice)> {
    let told = |change: Change| match change {
        Change::Command { status, notice, .. } => notice.map(|notice| (status.as_str().to_owned(), *notice)),
        Change::Invocation { state, notice, .. } => notice.map(|notice| (state.status().as_str().to_owned(), *notice)),
        _ => None,
    };
    events.changes().into_iter().filter_map(told).collect()
}

fn statuses(events: &MemoryEvents) -> Vec<String> {
    notices(events).into_iter().map(|(status, _)| status).collect()
}

fn notified(kind: &str, wanted: &[&str]) -> SendCommandRequest {
    let config = NotificationConfig {
        notification_arn: Some(TOPIC.to_owned()),
        notification_events: wanted.iter().map(|&event| event.to_owned()).collect(),
        notification_type: Some(kind.to_owned()),
    };
    script().with_instance_ids([instance(0)]).with_notification(ROLE, config).with_output_in("my-bucket", "prefix")
}

async fn world() -> (World, Arc<MemoryEvents>) {
    let events = Arc::new(MemoryEvents::new(1000));
    let world = World::with_events(Arc::clone(&events) as _);
    world.register(0..1).await;
    world.poll(0).await;
    (world, events)
}

async fn run(world: &World, request: SendCommandRequest) -> CommandId {
    let id = world.send(request).await;
    let message = world.fetch(0).await.remove(0);
    world.acknowledge(0, &message).await;
    world.finish(0, &message, "Success", 0).await;
    world.settle().await;
    id
}

#[tokio::test]
async fn a_commands_changes_come_to_event_sinks_with_all_that_a_message_needs() {
    let (world, events) = world().await;
    let id = run(&world, notified("Command", &[])).await;
    let command = world.command(id).await;
    let told = notices(&events);
    assert_eq!(statuses(&events), ["InProgress", "Success"], "each change but Pending, once");
    for (_, notice) in told {
        assert_eq!((&*notice.topic, &*notice.service_role), (TOPIC, ROLE));
        assert_eq!((notice.document.to_string(), notice.instances), (command.document_name.clone(), vec![instance(0)]));
        let times = (notice.requested_at, notice.expires_at);
        assert_eq!(times, (command.requested_date_time, command.expires_after));
        let place = (&*notice.output_s3_bucket_name, &*notice.output_s3_key_prefix);
        assert_eq!(place, ("my-bucket", "prefix"));
    }
}

#[tokio::test]
async fn an_invocations_changes_are_told_when_those_are_asked_for() {
    let (world, events) = world().await;
    run(&world, notified("Invocation", &["All"])).await;
    assert_eq!(statuses(&events), ["InProgress", "Success"], "that it runs is told once");
    let (_, notice) = notices(&events).remove(1);
    assert_eq!((&*notice.topic, &*notice.service_role, notice.instances), (TOPIC, ROLE, vec![instance(0)]));
}

#[tokio::test]
async fn only_the_changes_that_are_asked_for_are_told() {
    for (kind, wanted, told) in [
        ("Command", &["Success"][..], &["Success"][..]),
        ("Invocation", &["Success", "Failed"], &["Success"]),
        ("Command", &["Failed", "TimedOut"], &[]),
        ("Invocation", &["InProgress"], &["InProgress"]),
    ] {
        let (world, events) = world().await;
        run(&world, notified(kind, wanted)).await;
        assert_eq!(statuses(&events), told, "{kind} {wanted:?}");
        assert!(events.changes().len() > told.len(), "the others are told without a notice");
    }
    let (world, events) = world().await;
    let id = world.send(notified("Command", &[])).await;
    world.plane.cancel_command(&world.operator(), CancelCommandRequest::new(id)).await.unwrap();
    world.settle().await;
    assert_eq!(statuses(&events).last().map(String::as_str), Some("Cancelled"), "a cancel's end is told");
    assert!(!statuses(&events).contains(&"Cancelling".to_owned()), "that it is under way is not");
}

#[tokio::test]
async fn a_filter_that_no_row_passes_costs_a_bounded_number_of_rows_a_call() {
    let world = World::new();
    world.register(0..2).await;
    let rare = world.send(script().with_instance_ids([instance(1)]).with_comment("the oldest")).await;
    for _ in 0..2300 {
        world.clock.advance(Duration::from_millis(1));
        world.send(script().with_instance_ids([instance(0)])).await;
    }
    world.plane.cancel_command(&world.operator(), CancelCommandRequest::new(rare)).await.unwrap();
    world.settle().await;
    let mut request = ListCommandsRequest::default().with_filter("Status", "Cancelled");
    let mut pages = Vec::new();
    loop {
        let page = world.plane.list_commands(&world.operator(), request.clone()).await.unwrap();
        pages.push(page.commands.iter().map(|row| row.command_id).collect::<Vec<_>>());
        request.next_token = page.next_token;
        if request.next_token.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![], vec![], vec![rare]], "a thousand rows a call, and the only one in the end");
    let mut request = ListCommandInvocationsRequest::default().with_filter("Status", "Cancelled");
    let (mut calls, mut found) = (0, Vec::new());
    loop {
        let page = world.plane.list_command_invocations(&world.operator(), request.clone()).await.unwrap();
        calls += 1;
        found.extend(page.command_invocations.iter().map(|row| row.command_id));
        request = request.after(page.next_token);
        if request.next_token.is_none() {
            break;
        }
    }
    assert_eq!(found, [rare]);
    // Each row here needs its command too.
    assert_eq!(calls, 5, "five hundred invocations and their commands a call");
}

#[tokio::test]
async fn a_large_command_of_another_document_is_passed_over_at_once() {
    let world = World::new();
    world.register(0..1500).await;
    for index in 0..1500 {
        world.tag(index, "role", "web").await;
    }
    let small = world.send(script().with_instance_ids([instance(7)])).await;
    world.clock.advance(Duration::from_millis(1));
    let large = SendCommandRequest::new("AWS-RunPowerShellScript").with_target("tag:role", ["web"]);
    world.send(large).await;
    world.settle().await;
    let request = ListCommandInvocationsRequest::default().with_filter("DocumentName", "AWS-RunShellScript");
    let page = world.plane.list_command_invocations(&world.operator(), request).await.unwrap();
    let found: Vec<_> = page.command_invocations.iter().map(|row| row.command_id).collect();
    assert_eq!((found, page.next_token), (vec![small], None));
}
