//! The fleet in simulated time: what targets cost, and what changes while they are resolved.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

use common::{World, instance, script};
use ssm_core::api::ErrorCode;
use ssm_core::engine::{Batch, Write};
use ssm_core::ids::AccountId;
use ssm_core::ports::{Clock, OperatorApiExt, Store};
use ssm_core::record::{Expansion, Node, NodeInformation, Revision, Target};

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

/// Writes nodes past the API, since these are many.
async fn fill(world: &World, count: usize, tags: impl Fn(usize) -> Option<(&'static str, &'static str)>) {
    for chunk in (0..count).collect::<Vec<_>>().chunks(1000) {
        let mut batch = Batch::default();
        for &index in chunk {
            let now = world.clock.now();
            batch.write(Write::PutNode(Box::new(Node {
                account: account(),
                instance: instance(index),
                revision: Revision::NEW,
                registered_at: now,
                pinged_at: now,
                polled_at: None,
                information: NodeInformation::default(),
                tags: tags(index).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            })));
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
