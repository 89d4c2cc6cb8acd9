//! How messages come.

use std::time::Duration;

use crate::api::{
    AcknowledgeMessageRequest, CancelCommandRequest, DeleteMessageRequest, FailMessageRequest, FailureType,
};
use crate::document::StepStatus;
use crate::ids::{CommandId, MessageId};
use crate::message::{CancelPayload, Message, SendCommandPayload, Topic, hex_sha256};
use crate::ports::{Clock, OperatorApiExt};
use crate::testing::service::{Service, instance, node, operator, script};

const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn cancel(service: &Service, command: CommandId) {
    let answer = service.now(service.operators.cancel_command(&operator(), CancelCommandRequest::new(command))).await;
    assert!(answer.is_ok(), "a command can be cancelled: {answer:?}");
}

pub(super) async fn acknowledge(service: &Service, which: u64, message: &MessageId) {
    let request = AcknowledgeMessageRequest { message_id: message.clone() };
    let answer = service.now(service.delivery.acknowledge_message(&node(which), request)).await;
    assert!(answer.is_ok(), "a well-formed acknowledgement of an own message is answered well: {answer:?}");
}

pub(super) fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.message_id.clone()).collect()
}

/// That nothing comes in this time. Polls end empty and begin anew meanwhile.
pub(super) async fn nothing_comes(service: &Service, which: u64, time: Duration, why: &str) {
    let end = service.clock.now() + time;
    while service.clock.now() < end {
        let messages = service.within(service.poll_time + SECOND, service.poll(which)).await;
        assert_eq!(ids(&messages.expect("a node may poll its own mailbox")), [], "{why}");
    }
}

pub(super) async fn a_poll_gets_what_was_sent(service: &Service) {
    service.register([1, 2]).await;
    let command = service.send([1]).await;
    let messages = service.messages(1).await;
    let [message] = messages.as_slice() else { panic!("one command is one message: {messages:?}") };
    assert_eq!(
        message.message_id,
        MessageId::of_command(command, instance(1)),
        "a message's id is made of the command's"
    );
    assert_eq!(message.destination, instance(1), "a message names its node");
    assert_eq!(Topic::of(&message.topic), Some(Topic::SendCommand), "a command comes by the topic sendCommand");
    assert_eq!(message.created_date, service.clock.now(), "a message is created with its first hand-out");
    let payload = message.payload.as_str();
    assert_eq!(message.payload_digest, hex_sha256(payload.as_bytes()), "the digest is that of the payload");
    let payload: SendCommandPayload = serde_json::from_str(payload).expect("the payload of a command can be read");
    assert_eq!(payload.command_id, command, "the payload names its command");
    assert_eq!(payload.document_name, "AWS-RunShellScript", "the payload names its document");
    assert_eq!(service.status(command, 1).await, "InProgress", "what was handed out is InProgress");
    let mut other = service.poll(2);
    assert!(service.if_now(&mut other.as_mut()).await.is_none(), "a poll of another node gets nothing of it");
}

pub(super) async fn a_waiting_poll_is_answered_when_something_comes(service: &Service) {
    service.register([1]).await;
    let mut waiting = service.poll(1);
    assert!(service.if_now(&mut waiting.as_mut()).await.is_none(), "a poll waits while there is nothing");
    let command = service.send([1]).await;
    let messages = service.now(waiting).await.expect("a node may poll its own mailbox");
    let wanted = [MessageId::of_command(command, instance(1))];
    assert_eq!(ids(&messages), wanted, "a poll that waits gets what comes meanwhile");
}

pub(super) async fn a_message_comes_again_after_its_visibility_until_it_is_taken(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    let created = service.clock.now();
    for time in 1..=3 {
        let mut poll = service.poll(1);
        let early = service.if_now(&mut poll.as_mut()).await;
        assert!(early.is_none(), "a message is hidden for its visibility time after its hand-out {time}: {early:?}");
        service.clock.advance(SECOND);
        let messages = service.now(poll).await.expect("a node may poll its own mailbox");
        assert_eq!(
            ids(&messages),
            std::slice::from_ref(&message),
            "what was not taken comes again after its visibility time"
        );
        let dates: Vec<_> = messages.iter().map(|message| message.created_date).collect();
        assert_eq!(dates, [created], "a message keeps the date of its first hand-out");
    }
    acknowledge(service, 1, &message).await;
    nothing_comes(service, 1, Duration::from_secs(30), "what was acknowledged does not come again").await;
    assert_eq!(service.status(command, 1).await, "InProgress", "an acknowledged command is InProgress");
}

pub(super) async fn what_is_taken_does_not_come_again(service: &Service) {
    service.register(1..=5).await;
    for how in ["reply under way", "reply at the end", "fail", "delete", "acknowledge"] {
        service.register([1]).await;
        let command = service.send([1]).await;
        let message = service.hand_out(command, 1).await;
        let (delivery, id) = (&service.delivery, message.clone());
        match how {
            "reply under way" => service.reply(1, &message, StepStatus::InProgress, "").await,
            "reply at the end" => service.reply(1, &message, StepStatus::Success, "").await,
            "fail" => {
                let failure_type = FailureType::NoHandlerExists;
                let request = FailMessageRequest { message_id: id, failure_type };
                service.now(delivery.fail_message(&node(1), request)).await.expect("a node may fail its message");
            }
            "delete" => {
                let request = DeleteMessageRequest { message_id: id };
                service.now(delivery.delete_message(&node(1), request)).await.expect("a node may delete its message");
            }
            _ => acknowledge(service, 1, &message).await,
        }
        nothing_comes(service, 1, Duration::from_secs(5), &format!("{how} ends the redelivery of a message")).await;
    }
}

pub(super) async fn a_poll_without_messages_ends_empty_after_its_time(service: &Service) {
    service.register([1]).await;
    let start = service.clock.now();
    let mut poll = service.poll(1);
    assert!(service.if_now(&mut poll.as_mut()).await.is_none(), "a poll waits while there is nothing");
    service.clock.advance(service.poll_time - Duration::from_millis(1));
    assert!(service.if_now(&mut poll.as_mut()).await.is_none(), "a poll waits for its whole time");
    service.clock.advance(Duration::from_millis(1));
    let messages = service.now(poll).await.expect("a poll that ends without messages is answered well");
    assert_eq!(ids(&messages), [], "a poll without messages ends empty");
    assert_eq!(service.clock.now().since(start), service.poll_time, "a poll ends after the service's poll time");
}

pub(super) async fn cancels_come_before_all_others(service: &Service) {
    service.register([1]).await;
    let first = service.send([1]).await;
    let carried = service.hand_out(first, 1).await;
    acknowledge(service, 1, &carried).await;
    // Two more wait in the mailbox, one of them handed out before; then the first is cancelled.
    service.clock.advance(SECOND);
    let second = service.send([1]).await;
    let handed_out = service.hand_out(second, 1).await;
    service.clock.advance(SECOND);
    let mut cancels = Vec::new();
    cancel(service, first).await;
    for _ in 0..10 {
        service.clock.advance(SECOND);
        let messages = service.messages(1).await;
        let topics: Vec<_> = messages.iter().map(|message| Topic::of(&message.topic)).collect();
        let rule = "cancel messages come before all others";
        assert!(topics.is_sorted_by_key(|topic| *topic != Some(Topic::CancelCommand)), "{rule}: {topics:?}");
        let known = messages
            .iter()
            .all(|message| Topic::of(&message.topic) == Some(Topic::CancelCommand) || message.message_id == handed_out);
        assert!(known, "a cancelled command comes no more, but for its cancel: {:?}", ids(&messages));
        cancels.extend(messages.into_iter().filter(|message| Topic::of(&message.topic) == Some(Topic::CancelCommand)));
        if !cancels.is_empty() {
            break;
        }
    }
    let message = cancels.first().expect("a node that runs a cancelled command gets a cancel message");
    assert_ne!(message.message_id, carried, "a cancel message has an id of its own");
    let payload: CancelPayload = serde_json::from_str(message.payload.as_str()).expect("its payload can be read");
    assert_eq!(payload.cancel_message_id, carried, "a cancel message names the message that it cancels");
    assert_eq!(service.status(first, 1).await, "Cancelling", "what runs and is to end is Cancelling");
    // A cancel message comes again like any other, until it is taken.
    service.clock.advance(SECOND);
    assert!(ids(&service.messages(1).await).contains(&message.message_id), "a cancel that is not taken comes again");
    acknowledge(service, 1, &message.message_id).await;
    service.clock.advance(SECOND);
    let messages = ids(&service.messages(1).await);
    assert!(!messages.contains(&message.message_id), "a cancel that was acknowledged comes no more: {messages:?}");
}

pub(super) async fn nothing_is_handed_out_past_the_delivery_deadline(service: &Service) {
    service.register([1, 2]).await;
    let request = script().with_timeout_seconds(60).with_instance_ids([instance(1), instance(2)]);
    let command = service.try_send(request).await.expect("a command for registered instances is accepted").command_id;
    service.hand_out(command, 1).await;
    service.clock.advance(Duration::from_secs(60));
    for which in [1, 2] {
        let why = "nothing of a command comes past its delivery deadline, neither again nor for the first time";
        nothing_comes(service, which, Duration::from_secs(20), why).await;
    }
}

pub(super) async fn a_dropped_poll_loses_nothing(service: &Service) {
    service.register([1]).await;
    for _ in 0..3 {
        let mut poll = service.poll(1);
        assert!(service.if_now(&mut poll.as_mut()).await.is_none(), "a poll waits while there is nothing");
    }
    let command = service.send([1]).await;
    // Dropped somewhere between asking and the answer.
    for looks in 0..5 {
        let mut poll = service.poll(1);
        for _ in 0..looks {
            let _ = futures::FutureExt::now_or_never(&mut poll);
        }
    }
    let messages = service.within(Duration::from_secs(10), service.poll(1)).await;
    let messages = ids(&messages.expect("a node may poll its own mailbox"));
    let wanted = [MessageId::of_command(command, instance(1))];
    assert_eq!(messages, wanted, "what a dropped poll may have been handed comes again");
}

pub(super) async fn the_newest_poll_ends_the_older_one(service: &Service) {
    service.register([1, 2]).await;
    let (mut older, mut other) = (service.poll(1), service.poll(2));
    for waiting in [&mut older, &mut other] {
        assert!(service.if_now(&mut waiting.as_mut()).await.is_none(), "a poll waits while there is nothing");
    }
    let mut newer = service.poll(1);
    assert!(service.if_now(&mut newer.as_mut()).await.is_none(), "the newest poll waits");
    let ended = service.now(older).await.expect("a poll that a newer one ends is answered well");
    assert_eq!(ids(&ended), [], "a newer poll of the same node ends the older one at once, and empty");
    let command = service.send([1]).await;
    let messages = service.now(newer).await.expect("a node may poll its own mailbox");
    let wanted = [MessageId::of_command(command, instance(1))];
    assert_eq!(ids(&messages), wanted, "the newest poll gets what comes");
    assert!(service.if_now(&mut other.as_mut()).await.is_none(), "another node's poll is nothing to it");
}
