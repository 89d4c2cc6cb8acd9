//! One process has read and decided; the other one reads, decides and commits; then the first one's commit comes.

use std::time::Duration;

use futures::future::join;
use ssm_core::api::{CancelCommandRequest, ListCommandsRequest};
use ssm_core::engine::Write;
use ssm_core::ids::JournalId;
use ssm_core::ports::OperatorApiExt;
use uuid::Uuid;

use super::agent::{Agent, Manner};
use super::world::{World, instance, script};

async fn one_node() -> (World, Agent) {
    let world = World::new(2, 1);
    world.register(0, None).await;
    (world, Agent::new(0, Some(JournalId::new(Uuid::from_u128(1)))))
}

async fn poll(world: &World, which: usize, agent: &Agent) -> usize {
    let context = world.node(agent.index);
    let service = &world.planes[which].service;
    world.done(which, agent.poll(service, &context, &*world.ids)).await.len()
}

#[tokio::test]
async fn of_two_polls_at_two_planes_one_gets_the_message_whoever_read_first() {
    let (world, agent) = one_node().await;
    poll(&world, 0, &agent).await;
    let service = &world.planes[0].service;
    world.done(0, service.send_command(&world.operator(), script().with_instance_ids([instance(0)]))).await;
    world.turns(100).await;
    let hands_out =
        |call: &ssm_core::testing::StoreCall<'_>| call.writes(|write| matches!(write, Write::AdvanceMailbox { .. }));
    let mut hold = world.planes[0].store.hold_on(hands_out);
    let (slow, fast) = join(poll(&world, 0, &agent), async {
        hold.reached().await;
        let fast = poll(&world, 1, &agent).await;
        hold.release();
        fast
    })
    .await;
    assert_eq!((slow, fast), (0, 1));
    world.check();
}

#[tokio::test]
async fn a_hand_out_that_was_decided_before_a_cancel_at_the_other_plane_is_refused() {
    let (world, agent) = one_node().await;
    poll(&world, 0, &agent).await;
    let service = &world.planes[0].service;
    let sent = world.done(0, service.send_command(&world.operator(), script().with_instance_ids([instance(0)]))).await;
    let id = sent.command.command_id;
    world.turns(100).await;
    let hands_out =
        |call: &ssm_core::testing::StoreCall<'_>| call.writes(|write| matches!(write, Write::AdvanceMailbox { .. }));
    let mut hold = world.planes[0].store.hold_on(hands_out);
    let (got, ()) = join(poll(&world, 0, &agent), async {
        hold.reached().await;
        let other = &world.planes[1].service;
        world.done(1, other.cancel_command(&world.operator(), CancelCommandRequest::new(id))).await;
        hold.release();
    })
    .await;
    assert_eq!(got, 0);
    world.pass(Duration::from_secs(61)).await;
    assert_eq!(world.all_ended(), 1);
    let listed = world
        .done(1, world.planes[1].service.list_commands(&world.operator(), ListCommandsRequest::of_command(id)))
        .await;
    assert_eq!(listed.commands[0].status_details, "Cancelled");
}

#[tokio::test]
async fn two_planes_that_both_saw_room_for_one_release_one() {
    let world = World::new(2, 1);
    let mut agents: Vec<Agent> = (0..4).map(|index| Agent::new(index, None)).collect();
    for agent in &agents {
        world.register(agent.index, None).await;
        poll(&world, 1, agent).await;
    }
    let releases = |call: &ssm_core::testing::StoreCall<'_>| {
        call.writes(|write| matches!(write, Write::PutInvocation(row) if row.state == ssm_core::command::InvocationState::Released))
    };
    let mut hold = world.planes[0].store.hold_on(releases);
    let service = &world.planes[0].service;
    let request = script().with_instance_ids((0..4).map(instance)).with_limits("1", "0");
    world.done(0, service.send_command(&world.operator(), request)).await;
    for _ in 0..200 {
        world.turns(1).await;
    }
    hold.reached().await;
    // The other plane finds the command when it looks at all that are open.
    world.pass(Duration::from_secs(61)).await;
    hold.release();
    world.turns(200).await;
    let mut got = 0;
    for agent in &mut agents {
        let context = world.node(agent.index);
        let messages = world.done(1, agent.poll(&world.planes[1].service, &context, &*world.ids)).await;
        got += messages.len();
        agent.take(messages, |_| Manner::Succeeds);
    }
    assert_eq!(got, 1, "MaxConcurrency is one, whoever releases");
    world.check();
}
