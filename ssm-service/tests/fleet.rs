//! The fleet in simulated time: what targets cost, and what changes while they are resolved.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use common::{World, instance, script};
use ssm_core::api::{
    DescribeInstanceInformationRequest, DescribeInstancePropertiesRequest, ErrorCode, PingStatus,
    UpdateInstanceInformationRequest,
};
use ssm_core::engine::{Batch, Write};
use ssm_core::ids::AccountId;
use ssm_core::ports::{Clock, NodeApiExt, OperatorApiExt, Store};
use ssm_core::record::{Expansion, Node, Target};

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

/// Writes nodes past the API, since these are many.
async fn fill(world: &World, count: usize, tags: impl Fn(usize) -> Option<(&'static str, &'static str)>) {
    for chunk in (0..count).collect::<Vec<_>>().chunks(1000) {
        let mut batch = Batch::default();
        for &index in chunk {
            let now = world.clock.now();
            let mut node = Node::registered(account(), instance(index), now);
            node.tags = tags(index).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            batch.write(Write::PutNode(Box::new(node)));
        }
        world.store.commit(batch).await.unwrap();
    }
}

#[tokio::test]
async fn targets_read_the_nodes_that_they_select_and_no_others() {
    let world = World::new();
    fill(&world, 100_000, |index| index.is_multiple_of(10_000).then_some(("role", "rare"))).await;
    let read = world.store.nodes_read();
    let id = world.send(script().with_target("tag:role", ["rare", "none"])).await;
    world.settle().await;
    assert_eq!(world.command(id).await.target_count, 10);
    assert_eq!(world.store.nodes_read() - read, 10, "of 100,000 nodes those with the tag are read, each once");
    let id = world.send(script().with_target("tag-key", ["role"]).with_target("InstanceIds", [instance(0)])).await;
    world.settle().await;
    assert_eq!(world.command(id).await.target_count, 1);
    assert_eq!(world.store.nodes_read() - read, 11, "of two targets the one that selects fewer is read");
}

/// Lets the tasks that are ready go once.
async fn one_turn() {
    let mut gone = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut gone, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn tell(world: &World, index: usize, version: &str) {
    let mut request = UpdateInstanceInformationRequest::new(&instance(index));
    request.agent_version = Some(version.to_owned());
    world.plane.update_instance_information(&world.node(index), request).await.unwrap();
}

/// Gives a node other tags.
async fn retag(world: &World, index: usize, tags: &[(&str, &str)]) {
    let mut node = world.store.node(&account(), &instance(index)).await.unwrap().unwrap();
    node.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut batch = Batch::default();
    batch.write(Write::PutNode(Box::new(node)));
    world.store.commit(batch).await.unwrap();
}

#[tokio::test]
async fn tags_that_change_between_two_chunks_make_nobody_a_target_twice() {
    // A task of its own takes turns with the driver; the test's own future waits for many turns at once.
    tokio::spawn(change_tags_between_two_chunks()).await.unwrap();
}

async fn change_tags_between_two_chunks() {
    let world = World::new();
    fill(&world, 3000, |index| (index != 2999).then_some(("role", if index % 2 == 0 { "a" } else { "b" }))).await;
    let id = world.send(script().with_target("tag:role", ["a", "b"])).await;
    // The driver does a chunk a turn; this gets its own turns in between.
    loop {
        one_turn().await;
        let command = world.store.command(&account(), id).await.unwrap().unwrap();
        match command.expansion {
            Expansion::Pending { found: 0, .. } => {}
            Expansion::Pending { found, after } => {
                assert_eq!((found, after), (1000, Some(instance(999))), "the first chunk");
                break;
            }
            Expansion::Done { .. } => panic!("all chunks at once"),
        }
    }
    // Judged already: another value, none, and new again.
    retag(&world, 10, &[("role", "b")]).await;
    retag(&world, 11, &[]).await;
    // Still to be judged: one goes, one changes to what is not meant, one comes.
    retag(&world, 2000, &[]).await;
    retag(&world, 2001, &[("role", "c")]).await;
    retag(&world, 2999, &[("role", "a")]).await;
    world.settle().await;
    assert_eq!(world.command(id).await.target_count, 2998);
    for (index, is_target) in [(10, true), (11, true), (2000, false), (2001, false), (2002, true), (2999, true)] {
        let request = ssm_core::api::GetCommandInvocationRequest::new(id, &instance(index));
        let found = world.plane.get_command_invocation(&world.operator(), request).await;
        assert_eq!(found.is_ok(), is_target, "{index}");
    }
}

fn with_groups() -> World {
    let tag = |key: &str, value: &str| Target::Tag { key: key.to_owned(), values: vec![value.to_owned()] };
    World::with_settings(|settings| {
        settings.groups = BTreeMap::from([
            ("web".to_owned(), vec![tag("role", "web")]),
            ("web-prod".to_owned(), vec![tag("role", "web"), tag("env", "prod")]),
            ("nobody".to_owned(), Vec::new()),
        ]);
    })
}

#[tokio::test]
async fn a_resource_group_is_a_named_query_of_the_settings() {
    let world = with_groups();
    world.register(0..4).await;
    for (index, key, value) in [(0, "role", "web"), (1, "role", "web"), (1, "env", "prod"), (2, "env", "prod")] {
        world.tag(index, key, value).await;
    }
    let (name, types) = ("resource-groups:Name", "resource-groups:ResourceTypeFilters");
    let arn = "arn:aws:resource-groups:us-east-1:123456789012:group/web";
    for (request, wanted) in [
        (script().with_target(name, ["web"]), 2),
        (script().with_target(name, [arn]), 2),
        (script().with_target(name, ["web-prod"]), 1),
        (script().with_target(name, ["nobody"]), 0),
        (script().with_target(name, ["web"]).with_target(types, ["AWS::SSM::ManagedInstance"]), 2),
        (script().with_target(types, ["AWS::EC2::Instance", "AWS::X::Y"]).with_target(name, ["web"]), 0),
    ] {
        let shown = request.targets.clone();
        let id = world.send(request).await;
        world.settle().await;
        let command = world.command(id).await;
        assert_eq!((command.target_count, &command.targets), (wanted, &shown), "targets are shown as submitted");
    }
    for unknown in ["Web", "other", "arn:aws:resource-groups:us-east-1:210987654321:group/web", "arn:aws:s3:::web"] {
        let request = script().with_parameter("commands", ["true"]).with_target(name, [unknown]);
        let error = world.plane.send_command(&world.operator(), request).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ValidationException);
        assert_eq!(error.message(), format!("Resource group '{}' does not exist.", &unknown[..unknown.len().min(64)]));
    }
}

#[tokio::test]
async fn a_group_that_changes_after_the_send_changes_nothing_for_the_command() {
    let mut world = with_groups();
    world.register(0..2).await;
    world.tag(0, "role", "web").await;
    let id = world.send(script().with_target("resource-groups:Name", ["web"])).await;
    world.settings.groups.clear();
    world.restart();
    world.settle().await;
    assert_eq!(world.command(id).await.target_count, 1);
}

#[tokio::test]
async fn a_listing_looks_at_a_thousand_nodes_a_call_and_goes_on_with_its_token() {
    let world = World::new();
    fill(&world, 3500, |index| (index % 1000 == 999).then_some(("role", "web"))).await;
    let lost = DescribeInstanceInformationRequest::default().with_filter("PingStatus", ["ConnectionLost"]);
    let (mut calls, mut token) = (0, None);
    loop {
        let read = world.store.nodes_read();
        let request = lost.clone().after(token);
        let page = world.plane.describe_instance_information(&world.operator(), request).await.unwrap();
        assert!(world.store.nodes_read() - read <= 1000, "no call looks at more");
        assert!(page.instance_information_list.is_empty(), "all of them are Online");
        calls += 1;
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(calls, 4);
    // What an index serves costs what it answers, wherever it lies.
    for (request, wanted) in [
        (DescribeInstanceInformationRequest::default().with_filter("tag:role", ["web"]), vec![999, 1999, 2999]),
        (DescribeInstanceInformationRequest::default().with_filter("tag-key", ["role"]), vec![999, 1999, 2999]),
        (
            DescribeInstanceInformationRequest::default()
                .with_filter("InstanceIds", [instance(3499).as_str(), instance(7).as_str()])
                .with_filter("PingStatus", ["Online"]),
            vec![7, 3499],
        ),
    ] {
        let read = world.store.nodes_read();
        let page = world.plane.describe_instance_information(&world.operator(), request).await.unwrap();
        let found: Vec<_> = page.instance_information_list.into_iter().map(|row| row.instance_id).collect();
        assert_eq!(found, wanted.iter().copied().map(instance).collect::<Vec<_>>());
        let read = world.store.nodes_read() - read;
        assert_eq!(read, u64::try_from(wanted.len()).unwrap(), "only those that are found are read");
    }
}

#[tokio::test]
async fn filtered_pages_have_no_gaps_and_no_repetitions() {
    let world = World::new();
    fill(&world, 2600, |index| index.is_multiple_of(7).then_some(("role", "web"))).await;
    let wanted: Vec<_> = (0..2600).filter(|index| index % 7 != 0).map(instance).collect();
    let filter = DescribeInstancePropertiesRequest::default().with_filter("tag:role", Some("NotEqual"), ["web"]);
    for size in [50, 1000] {
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let mut request = filter.clone();
            (request.max_results, request.next_token) = (Some(size), token);
            let page = world.plane.describe_instance_properties(&world.operator(), request).await.unwrap();
            assert!(page.instance_properties.len() <= usize::try_from(size).unwrap());
            found.extend(page.instance_properties.into_iter().map(|row| row.instance_id));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(found, wanted, "by pages of {size}");
    }
}

#[tokio::test]
async fn pings_that_tell_nothing_new_are_written_once_in_thirty_seconds() {
    let world = World::new();
    let node = async || world.store.node(&account(), &instance(0)).await.unwrap().unwrap();
    world.register(0..1).await;
    let first = node().await;
    world.clock.advance(Duration::from_secs(29));
    world.register(0..1).await;
    assert_eq!(node().await, first, "nothing is new");
    world.clock.advance(Duration::from_secs(1));
    world.register(0..1).await;
    let second = node().await;
    assert_eq!((second.revision, second.pinged_at), (first.revision.next(), world.clock.now()));
    tell(&world, 0, "3.3.40.0").await;
    let third = node().await;
    assert_eq!(third.revision, second.revision.next(), "what is new is written at once");
    assert_eq!(third.information.agent_version, "3.3.40.0");
    // Showing a node as lost writes nothing.
    world.clock.advance(Duration::from_secs(40 * 86_400));
    let request = DescribeInstanceInformationRequest::default();
    let page = world.plane.describe_instance_information(&world.operator(), request).await.unwrap();
    assert_eq!(page.instance_information_list[0].ping_status, PingStatus::Inactive);
    assert_eq!(node().await, third);
}

#[tokio::test]
async fn presence_and_the_latest_version_are_settings() {
    let world = World::with_settings(|settings| {
        settings.presence.connection_lost_after = Duration::from_secs(60);
        settings.presence.inactive_after = Duration::from_secs(120);
        settings.latest_agent_version = Some("3.3.40".to_owned());
    });
    tell(&world, 0, "3.3.5.0").await;
    for (seconds, wanted) in [(0, PingStatus::Online), (61, PingStatus::ConnectionLost), (60, PingStatus::Inactive)] {
        world.clock.advance(Duration::from_secs(seconds));
        let request = DescribeInstanceInformationRequest::default();
        let page = world.plane.describe_instance_information(&world.operator(), request).await.unwrap();
        let shown = &page.instance_information_list[0];
        assert_eq!((shown.ping_status, shown.is_latest_version), (wanted, Some(false)));
    }
    tell(&world, 0, "3.3.40.0").await;
    let request = DescribeInstanceInformationRequest::default();
    let page = world.plane.describe_instance_information(&world.operator(), request).await.unwrap();
    assert_eq!(page.instance_information_list[0].is_latest_version, Some(true));
}
