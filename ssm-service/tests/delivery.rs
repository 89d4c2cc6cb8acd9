//! What agents get and say, in simulated time: slots, redelivery, cancels, replies out of order, waiting polls and what they cost.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::collections::BTreeSet;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{World, instance, script};
use futures::FutureExt;
use ssm_core::api::{
    CancelCommandRequest, FailMessageRequest, FailureType, GetMessagesRequest, GetMessagesResponse, SendReplyRequest,
};
use ssm_core::engine::Write;
use ssm_core::ids::{CommandId, JournalId, MessageId, ReplyId};
use ssm_core::message::{Message, Payload, Topic};
use ssm_core::ports::{
    CallerContext, IdSource, LocalWakeups, MessageDelivery, MockStore, OperatorApiExt, Store, WakeupKey, Wakeups,
};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, Settings};
use uuid::Uuid;

type Answer = Result<GetMessagesResponse, ssm_core::api::ApiError>;

/// Another control plane over this store, by the world's clock; nothing drives it unless the test does.
fn plane(world: &World, store: Arc<dyn Store>, wakeups: &Arc<LocalWakeups>, settings: Settings) -> ControlPlane {
    ControlPlane::builder()
        .with_store(store)
        .with_clock(Arc::clone(&world.clock) as _)
        .with_ids(Arc::clone(&world.ids) as _)
        .with_wakeups(Arc::clone(wakeups) as _)
        .with_settings(settings)
        .build()
}

/// Another control plane over the world's store, with the usual settings and a driver of its own.
fn driven(world: &World, wakeups: &Arc<LocalWakeups>) -> ControlPlane {
    let plane = plane(world, Arc::clone(&world.store) as _, wakeups, Settings::default());
    let driver = plane.clone();
    tokio::spawn(async move { driver.run(std::future::pending()).await });
    plane
}

fn stock_poll(world: &World, index: usize) -> GetMessagesRequest {
    GetMessagesRequest::new(instance(index), world.ids.uuid())
}

/// The answer, if the call ends while time stands.
async fn look(call: &mut Pin<&mut (impl Future<Output = Answer> + ?Sized)>) -> Option<Vec<Message>> {
    for _ in 0..1000 {
        if let Some(answer) = call.as_mut().now_or_never() {
            return Some(answer.unwrap().messages);
        }
        tokio::task::yield_now().await;
    }
    None
}

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.message_id.clone()).collect()
}

fn is_cancel(message: &Message) -> bool {
    Topic::of(&message.topic) == Some(Topic::CancelCommand)
}

/// A world whose first node polls, and what it has been sent.
async fn sent(commands: usize) -> (World, Vec<CommandId>) {
    let world = World::new();
    world.register(0..2).await;
    world.poll(0).await;
    world.poll(1).await;
    let mut sent = Vec::new();
    for _ in 0..commands {
        sent.push(world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(7200)).await);
    }
    world.settle().await;
    (world, sent)
}

async fn cancel(world: &World, id: CommandId) {
    world.plane.cancel_command(&world.operator(), CancelCommandRequest::new(id)).await.unwrap();
}

async fn reply(world: &World, message: &Message, payload: &str) {
    let request = SendReplyRequest {
        message_id: message.message_id.clone(),
        payload: Payload::new(payload),
        reply_id: ReplyId::new(world.ids.uuid()),
    };
    world.plane.send_reply(&world.node(0), request).await.unwrap();
}

async fn poll_under(world: &World, journal: Option<u128>) -> Vec<Message> {
    let mut request = stock_poll(world, 0);
    request.journal_id = journal.map(|id| JournalId::new(Uuid::from_u128(id)));
    world.plane.get_messages(&world.node(0), request).await.unwrap().messages
}

#[tokio::test]
async fn a_stock_agent_is_given_ten_commands_and_another_one_for_each_that_ends() {
    let (world, _) = sent(13).await;
    let first = world.poll_with(0, None).await;
    assert_eq!(first.len(), 10);
    assert!(world.poll_with(0, None).await.is_empty(), "it has no slot free");
    for (message, status) in first.iter().zip(["Success", "Failed"]) {
        world.acknowledge(0, message).await;
        world.finish(0, message, status, 0).await;
        assert_eq!(world.poll_with(0, None).await.len(), 1, "an end gives its slot back");
        assert!(world.poll_with(0, None).await.is_empty());
    }
    let request =
        FailMessageRequest { message_id: first[2].message_id.clone(), failure_type: FailureType::NoHandlerExists };
    world.plane.fail_message(&world.node(0), request).await.unwrap();
    assert_eq!(world.poll_with(0, None).await.len(), 1, "a failed message, too");
}

#[tokio::test]
async fn redeliveries_and_cancels_need_no_slot() {
    let (world, sent) = sent(11).await;
    let first = world.poll_with(0, None).await;
    world.acknowledge(0, &first[0]).await;
    world.pass(10).await;
    let again = world.poll_with(0, None).await;
    assert_eq!(ids(&again), ids(&first[1..]), "what was not acknowledged comes again, and nothing new");
    cancel(&world, sent[0]).await;
    world.settle().await;
    let messages = world.poll_with(0, None).await;
    assert!(messages.len() == 1 && is_cancel(&messages[0]), "{messages:?}");
}

#[tokio::test]
async fn a_node_whose_results_are_lost_ten_times_still_gets_work() {
    let (world, sent) = sent(11).await;
    for message in world.poll_with(0, None).await {
        world.acknowledge(0, &message).await;
    }
    // A step takes an hour at most; a minute later the agent must have room.
    for _ in 0..60 {
        world.pass(60).await;
        assert!(world.poll_with(0, None).await.is_empty());
    }
    world.pass(59).await;
    assert!(world.poll_with(0, None).await.is_empty());
    world.pass(1).await;
    // It asks, since its slots are free now, and is given.
    world.poll_with(0, None).await;
    world.settle().await;
    let message = world.poll_with(0, None).await.remove(0);
    assert_eq!(message.message_id, MessageId::of_command(sent[10], instance(0)));
    assert_eq!(world.details(sent[0], 0).await, "InProgress", "its result may still come");
    world.finish(0, &message, "Success", 0).await;
    assert_eq!(world.details(sent[10], 0).await, "Success");
}

#[tokio::test]
async fn a_stock_agent_that_dies_with_ten_commands_gets_work_when_redelivery_has_ended() {
    let (world, sent) = sent(11).await;
    let first = world.poll_with(0, None).await;
    for _ in 0..24 {
        world.pass(60).await;
        assert_eq!(ids(&world.poll_with(0, None).await), ids(&first), "the same ones come again");
    }
    world.pass(60).await;
    let mut later = world.poll_with(0, None).await;
    world.settle().await;
    later.extend(world.poll_with(0, None).await);
    assert_eq!(ids(&later), [MessageId::of_command(sent[10], instance(0))], "25 minutes after the first hand-out");
    assert_eq!(world.details(sent[0], 0).await, "InProgress");
    world.pass(7200 + 3600).await;
    assert_eq!(world.details(sent[0], 0).await, "DeliveryTimedOut");
}

#[tokio::test]
async fn a_waiting_poll_wakes_when_a_slot_comes_back_by_a_reply_or_by_time() {
    let world = World::new();
    let wakeups = Arc::new(LocalWakeups::default());
    let plane = driven(&world, &wakeups);
    world.register(0..1).await;
    world.poll(0).await;
    let short = script().with_instance_ids([instance(0)]).with_parameter("executionTimeout", ["5"]);
    for _ in 0..12 {
        world.send(short.clone()).await;
    }
    world.settle().await;
    let context = world.node(0);
    let mut given = plane.get_messages(&context, stock_poll(&world, 0)).await.unwrap().messages;
    assert_eq!(given.len(), 10);
    for message in &given {
        world.acknowledge(0, message).await;
    }
    {
        let mut poll = pin!(plane.get_messages(&context, stock_poll(&world, 0)));
        assert_eq!(look(&mut poll).await, None, "no slot is free");
        let request = SendReplyRequest {
            message_id: given[0].message_id.clone(),
            payload: Payload::new(r#"{"documentStatus": "Success"}"#),
            reply_id: ReplyId::new(world.ids.uuid()),
        };
        plane.send_reply(&context, request).await.unwrap();
        given.extend(look(&mut poll).await.unwrap());
        assert_eq!(given.len(), 11, "the reply wakes the poll");
    }
    // Acknowledged at second 0, a step of 5 seconds and a minute: the other nine slots come back at second 65.
    world.acknowledge(0, &given[10]).await;
    world.pass(55).await;
    let mut poll = pin!(plane.get_messages(&context, stock_poll(&world, 0)));
    assert_eq!(look(&mut poll).await, None);
    // In two steps: at second 60 the twelfth command's slot came back unfetched, and whoever folded that has its lease for a moment.
    for millis in [9_000, 999] {
        world.clock.advance(Duration::from_millis(millis));
        assert_eq!(look(&mut poll).await, None);
    }
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(look(&mut poll).await.map(|messages| messages.len()), Some(1), "the time of the slot wakes the poll");
    assert_eq!(wakeups.waiters(), 0, "nothing is left of polls that ended");
}

#[tokio::test]
async fn the_newest_poll_gets_what_comes_and_nothing_is_given_to_the_older_one() {
    let world = World::new();
    let wakeups = Arc::new(LocalWakeups::default());
    let plane = driven(&world, &wakeups);
    world.register(0..1).await;
    world.poll(0).await;
    let contexts: Vec<CallerContext> = (0..50).map(|_| world.node(0)).collect();
    let mut polls: Vec<_> = contexts.iter().map(|context| plane.get_messages(context, stock_poll(&world, 0))).collect();
    let mut newest = polls.pop().unwrap();
    // Each has begun before the next one does.
    for poll in &mut polls {
        assert!(poll.as_mut().now_or_never().is_none());
    }
    assert!(newest.as_mut().now_or_never().is_none());
    for poll in &mut polls {
        assert_eq!(look(&mut poll.as_mut()).await, Some(Vec::new()), "it ends while time stands");
    }
    assert_eq!(wakeups.waiters(), 1, "one poll of the instance waits");
    world.send(script().with_instance_ids([instance(0)])).await;
    world.settle().await;
    wakeups.hint(&WakeupKey { account: contexts[0].account.clone(), instance: instance(0) });
    assert_eq!(look(&mut newest.as_mut()).await.unwrap().len(), 1);
    drop((polls, newest));
    assert_eq!(wakeups.waiters(), 0);
}

/// What a plane asks of its store; whatever is not told here is not expected, and fails the call.
#[derive(Debug, Default)]
struct Asked {
    mailboxes: usize,
    payloads: usize,
    commits: Vec<Vec<&'static str>>,
}

fn counting(store: &Arc<MemoryStore>) -> (Arc<MockStore>, Arc<Mutex<Asked>>) {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let mut counting = MockStore::new();
    let (inner, log) = (Arc::clone(store), Arc::clone(&asked));
    counting.expect_mailbox().returning(move |account, instance, now, limit| {
        log.lock().unwrap().mailboxes += 1;
        inner.mailbox(account, instance, now, limit).now_or_never().unwrap()
    });
    let (inner, log) = (Arc::clone(store), Arc::clone(&asked));
    counting.expect_payloads().returning(move |account, numbers| {
        log.lock().unwrap().payloads += numbers.len();
        inner.payloads(account, numbers).now_or_never().unwrap()
    });
    let (inner, log) = (Arc::clone(store), Arc::clone(&asked));
    counting.expect_commit().returning(move |batch| {
        let kind = |write: &Write| match write {
            Write::NotePoll { .. } => "presence",
            Write::AdvanceMailbox { .. } => "mailbox",
            Write::PutInvocation(_) => "invocation",
            other => panic!("a poll does not write {other:?}"),
        };
        log.lock().unwrap().commits.push(batch.writes.iter().map(kind).collect());
        inner.commit(batch).now_or_never().unwrap()
    });
    (Arc::new(counting), asked)
}

#[tokio::test]
async fn a_waiting_poll_touches_no_store_and_an_empty_one_writes_its_presence_once_in_thirty_seconds() {
    let world = World::new();
    world.register(0..1).await;
    let (store, asked) = counting(&world.store);
    let wakeups = Arc::new(LocalWakeups::default());
    let plane = plane(&world, store, &wakeups, Settings::default());
    let context = world.node(0);
    let count = || {
        let asked = asked.lock().unwrap();
        (asked.mailboxes, asked.commits.len())
    };
    for step in 0..20 {
        let mut poll = pin!(plane.get_messages(&context, stock_poll(&world, 0)));
        assert_eq!(look(&mut poll).await, None);
        let begun = count();
        // A poll waits 15 seconds: every second one notes that the node polls.
        assert_eq!(begun, (step + 1, step / 2 + 1));
        world.clock.advance(Duration::from_millis(14_999));
        assert_eq!(look(&mut poll).await, None);
        world.clock.advance(Duration::from_millis(1));
        assert_eq!(look(&mut poll).await, Some(Vec::new()));
        assert_eq!(count(), begun, "nothing is read or written while it waits and when it ends");
    }
    assert!(asked.lock().unwrap().commits.iter().all(|writes| writes == &["presence"]));

    // A hint makes it look once, whatever the hint was for.
    let key = WakeupKey { account: context.account.clone(), instance: instance(0) };
    let before = count();
    let mut poll = pin!(plane.get_messages(&context, stock_poll(&world, 0)));
    assert_eq!(look(&mut poll).await, None);
    wakeups.hint(&key);
    assert_eq!(look(&mut poll).await, None);
    assert_eq!(count(), (before.0 + 2, before.1 + 1), "one read at its begin, one for the hint");
}

#[tokio::test]
async fn a_waiting_poll_looks_again_when_what_is_hidden_becomes_visible() {
    let (world, _) = sent(1).await;
    let (store, asked) = counting(&world.store);
    let plane = plane(&world, store, &Arc::default(), Settings::default());
    let context = world.node(0);
    let first = plane.get_messages(&context, stock_poll(&world, 0)).await.unwrap().messages;
    let mut poll = pin!(plane.get_messages(&context, stock_poll(&world, 0)));
    assert_eq!(look(&mut poll).await, None);
    assert_eq!(asked.lock().unwrap().mailboxes, 2);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(look(&mut poll).await.as_deref().map(ids), Some(ids(&first)));
    assert_eq!(asked.lock().unwrap().mailboxes, 3);
}

#[tokio::test]
async fn a_payload_is_read_for_what_goes_out_and_for_nothing_else() {
    let (world, sent) = sent(12).await;
    let (store, asked) = counting(&world.store);
    let plane = plane(&world, store, &Arc::default(), Settings::default());
    let context = world.node(0);
    let mut request = stock_poll(&world, 0);
    request.free_slots = Some(3);
    let given = plane.get_messages(&context, request).await.unwrap().messages;
    assert_eq!((given.len(), asked.lock().unwrap().payloads), (3, 3));
    for (message, id) in given.iter().zip(&sent) {
        assert!(message.payload.as_str().contains(&id.to_string()), "each has its own command's payload");
    }
    cancel(&world, sent[0]).await;
    world.settle().await;
    let mut request = stock_poll(&world, 0);
    request.free_slots = Some(0);
    let given = plane.get_messages(&context, request).await.unwrap().messages;
    assert_eq!((given.len(), asked.lock().unwrap().payloads), (1, 3), "a cancel needs none");
}

#[tokio::test]
async fn what_does_not_fit_into_an_answer_comes_with_the_next_one() {
    let (world, sent) = sent(3).await;
    let mut settings = Settings::default();
    settings.hand_out.most_payload_bytes = 1;
    let plane = plane(&world, Arc::clone(&world.store) as _, &Arc::default(), settings);
    for id in sent {
        let given = plane.get_messages(&world.node(0), stock_poll(&world, 0)).await.unwrap().messages;
        assert_eq!(ids(&given), [MessageId::of_command(id, instance(0))]);
    }
}

#[tokio::test]
async fn an_instance_is_given_sixty_commands_a_minute_by_two_planes_together() {
    let (world, _) = sent(70).await;
    let mut settings = Settings::default();
    settings.poll_time = Duration::ZERO;
    settings.hand_out.most_messages = 7;
    let other = plane(&world, Arc::clone(&world.store) as _, &Arc::default(), settings);
    let mut given = BTreeSet::new();
    for _ in 0..20 {
        for plane in [&other, &world.plane, &other] {
            let mut request = stock_poll(&world, 0);
            request.free_slots = Some(4);
            let messages = plane.get_messages(&world.node(0), request).await.unwrap().messages;
            for message in messages {
                assert!(given.insert(message.message_id.clone()), "handed out once");
                world.finish(0, &message, "Success", 0).await;
            }
        }
    }
    assert_eq!(given.len(), 60);
    world.pass(59).await;
    assert!(other.get_messages(&world.node(0), stock_poll(&world, 0)).await.unwrap().messages.is_empty());
    world.pass(1).await;
    world.settle().await;
    assert!(!world.fetch(0).await.is_empty());
}

#[tokio::test]
async fn an_agent_with_a_new_journal_is_never_handed_what_went_to_the_old_one() {
    let (world, sent) = sent(1).await;
    assert_eq!(poll_under(&world, Some(1)).await.len(), 1);
    world.pass(10).await;
    for journal in [Some(2), None, Some(2)] {
        assert!(poll_under(&world, journal).await.is_empty(), "{journal:?}");
        world.pass(60).await;
    }
    // A cancel does go to it, so that the command ends before its time.
    cancel(&world, sent[0]).await;
    world.settle().await;
    let message = poll_under(&world, Some(2)).await.remove(0);
    assert!(is_cancel(&message));
    world.acknowledge(0, &message).await;
    world.pass(60).await;
    assert_eq!(world.details(sent[0], 0).await, "Cancelled");
}

#[tokio::test]
async fn with_the_same_journal_a_message_comes_again_until_its_delivery_deadline_and_without_one_for_25_minutes() {
    for (journal, minutes) in [(Some(1), 120), (None, 25)] {
        let (world, _) = sent(1).await;
        let first = poll_under(&world, journal).await;
        for minute in 1..=121 {
            world.pass(60).await;
            let again = poll_under(&world, journal).await;
            assert_eq!(again.len(), usize::from(minute < minutes), "{journal:?}, minute {minute}");
            let same = again.iter().all(|message| message.created_date == first[0].created_date);
            assert!(same, "of the age of its first hand-out");
        }
    }
}

#[tokio::test]
async fn a_cancelled_command_is_not_handed_out_again_and_its_cancel_is() {
    let (world, sent) = sent(1).await;
    let message = world.fetch(0).await.remove(0);
    world.pass(10).await;
    cancel(&world, sent[0]).await;
    // Whether its dispatcher has come to it or not.
    assert!(world.poll(0).await.iter().all(is_cancel));
    world.settle().await;
    world.poll(0).await;
    for _ in 0..3 {
        world.pass(10).await;
        let messages = world.poll(0).await;
        assert!(messages.len() == 1 && is_cancel(&messages[0]), "{messages:?}");
        assert!(messages[0].payload.as_str().contains(&message.message_id.to_string()));
    }
    world.pass(10).await;
    // An agent that had the command after all acknowledges it, and its cancel.
    world.acknowledge(0, &message).await;
    let cancel = world.poll(0).await.remove(0);
    world.acknowledge(0, &cancel).await;
    world.pass(30).await;
    assert!(world.poll(0).await.is_empty());
    world.finish(0, &message, "Cancelled", 137).await;
    assert_eq!(world.details(sent[0], 0).await, "Cancelled");
    let plugin = world.invocation(sent[0], 0).await.command_plugins.remove(0);
    assert_eq!((plugin.status_details.as_str(), plugin.response_code), ("Cancelled", 137));
}

#[tokio::test]
async fn a_cancel_of_one_instance_by_its_name_leaves_the_others_alone() {
    let world = World::new();
    world.register(0..2).await;
    for index in 0..2 {
        world.poll(index).await;
    }
    let id = world.send(script().with_instance_ids([instance(0), instance(1)])).await;
    let first = world.fetch(0).await.remove(0);
    world.acknowledge(0, &first).await;
    let second = world.fetch(1).await.remove(0);
    world.acknowledge(1, &second).await;
    let request = CancelCommandRequest::new(id).with_instance_ids([instance(0)]);
    world.plane.cancel_command(&world.operator(), request).await.unwrap();
    assert_eq!((world.details(id, 0).await, world.details(id, 1).await), ("Cancelling".into(), "InProgress".into()));
    let cancel = world.poll(0).await.remove(0);
    assert!(is_cancel(&cancel) && world.poll(1).await.is_empty());
    world.acknowledge(0, &cancel).await;
    world.pass(60).await;
    world.finish(1, &second, "Success", 0).await;
    world.settle().await;
    assert_eq!((world.details(id, 0).await, world.details(id, 1).await), ("Cancelled".into(), "Success".into()));
}

#[tokio::test]
async fn a_cancel_message_that_the_agent_fails_just_ends_and_the_command_ends_in_its_time() {
    let (world, sent) = sent(1).await;
    let message = world.fetch(0).await.remove(0);
    world.acknowledge(0, &message).await;
    cancel(&world, sent[0]).await;
    world.settle().await;
    let cancel = world.poll(0).await.remove(0);
    let request =
        FailMessageRequest { message_id: cancel.message_id, failure_type: FailureType::InternalHandlerException };
    world.plane.fail_message(&world.node(0), request).await.unwrap();
    world.pass(600).await;
    assert!(world.poll(0).await.is_empty(), "it does not come again");
    assert_eq!(world.details(sent[0], 0).await, "Cancelling");
    world.pass(7200 + 3600 - 600).await;
    assert_eq!(world.details(sent[0], 0).await, "DeliveryTimedOut");
}

#[tokio::test]
async fn a_steps_result_that_the_last_reply_has_overtaken_is_filled_in() {
    let (world, sent) = sent(1).await;
    let message = world.fetch(0).await.remove(0);
    reply(&world, &message, r#"{"documentStatus": "Success", "runtimeStatus": {}}"#).await;
    assert_eq!(world.details(sent[0], 0).await, "Success");
    reply(&world, &message, r#"{"documentStatus": "InProgress", "runtimeStatus": null}"#).await;
    let step = r#"{"documentStatus": "InProgress", "runtimeStatus": {"aws:runShellScript": {"status": "Success",
        "code": 0, "name": "aws:runShellScript", "output": "whole", "standardOutput": "whole",
        "startDateTime": "2027-01-15T08:00:00.000Z", "endDateTime": "2027-01-15T08:00:01.500Z"}}}"#;
    for _ in 0..2 {
        reply(&world, &message, step).await;
        world.acknowledge(0, &message).await;
        let seen = world.invocation(sent[0], 0).await;
        assert_eq!(seen.status_details, "Success");
        assert_eq!((&*seen.command_plugins[0].status_details, &*seen.command_plugins[0].output), ("Success", "whole"));
    }
    assert_eq!(world.command(sent[0]).await.completed_count, 1);
}

#[tokio::test]
async fn a_reply_with_made_up_steps_and_odd_times_still_counts_for_the_steps_that_there_are() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    let id = world.send(script().with_instance_ids([instance(0)])).await;
    let message = world.fetch(0).await.remove(0);
    let step = |status: &str, code: i32, from: &str| {
        format!(
            r#"{{"status": "{status}", "code": {code}, "name": "aws:runShellScript", "startDateTime": {from},
                "standardOutput": "out"}}"#
        )
    };
    let made_up: Vec<String> =
        (0..1500).map(|index| format!(r#""made{index}": {}"#, step("Success", 0, "null"))).collect();
    let under_way = step("InProgress", 0, r#""0001-01-01T00:00:00Z""#);
    let first = format!(
        r#"{{"documentStatus": "InProgress", "runtimeStatus": {{{}, "aws:runShellScript": {under_way}}}}}"#,
        made_up.join(", ")
    );
    reply(&world, &message, &first).await;
    let shown = &world.invocation(id, 0).await.command_plugins;
    assert_eq!(shown.len(), 1);
    assert_eq!(
        (shown[0].status_details.as_str(), shown[0].response_code),
        ("InProgress", -1),
        "no code before the end"
    );
    assert_eq!(shown[0].response_finish_date_time, None);
    let ended = step("Failed", 7, r#""yesterday""#);
    let last = format!(r#"{{"documentStatus": "Failed", "runtimeStatus": {{"aws:runShellScript": {ended}}}}}"#);
    reply(&world, &message, &last).await;
    let shown = world.invocation(id, 0).await;
    assert_eq!((shown.status_details.as_str(), shown.command_plugins[0].response_code), ("Failed", 7));
}

#[tokio::test]
async fn a_code_that_comes_too_late_is_not_shown_and_a_success_without_steps_has_the_code_0() {
    let world = World::new();
    world.register(0..1).await;
    world.poll(0).await;
    let late = world.send(script().with_instance_ids([instance(0)]).with_timeout_seconds(30)).await;
    let message = world.fetch(0).await.remove(0);
    world.pass(7300).await;
    world.finish(0, &message, "Success", 0).await;
    let shown = world.invocation(late, 0).await;
    let code = shown.command_plugins[0].response_code;
    assert_eq!((shown.status_details.as_str(), code), ("DeliveryTimedOut", -1));

    world.poll(0).await;
    let bare = world.send(script().with_instance_ids([instance(0)])).await;
    let message = world.fetch(0).await.remove(0);
    reply(&world, &message, r#"{"documentStatus": "Success"}"#).await;
    let shown = world.invocation(bare, 0).await;
    assert_eq!((shown.status_details.as_str(), shown.command_plugins[0].response_code), ("Success", 0));
}
