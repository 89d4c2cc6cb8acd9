//! What an agent says of its messages.

use std::time::Duration;

use super::polls::{acknowledge, cancel, nothing_comes};
use crate::api::{DeleteMessageRequest, FailMessageRequest, FailureType};
use crate::document::StepStatus;
use crate::ids::{CommandId, MessageId};
use crate::message::Topic;
use crate::testing::service::{Service, node, operator};

/// What operators see of an invocation: status, code, output; as listed, too.
async fn shown(service: &Service, command: CommandId) -> (String, i32, String, String) {
    let got = service.invocation(command, 1).await;
    let listed = service.listed(command).await;
    let details = listed.first().map(|row| row.status_details.clone()).unwrap_or_default();
    (got.status_details, got.response_code, got.standard_output_content, details)
}

fn seen(details: &str, code: i32, output: &str) -> (String, i32, String, String) {
    (details.to_owned(), code, output.to_owned(), details.to_owned())
}

pub(super) async fn a_terminal_reply_ends_the_invocation_without_an_acknowledgement(service: &Service) {
    for (status, details, code) in [
        (StepStatus::Success, "Success", 0),
        (StepStatus::Failed, "Failed", 1),
        (StepStatus::TimedOut, "ExecutionTimedOut", 1),
        (StepStatus::Cancelled, "Cancelled", 1),
    ] {
        service.register([1]).await;
        let command = service.send([1]).await;
        let message = service.hand_out(command, 1).await;
        service.reply(1, &message, status, "the output").await;
        let wanted = seen(details, code, "the output");
        assert_eq!(shown(service, command).await, wanted, "a terminal reply of {status:?} ends its invocation");
        let got = service.invocation(command, 1).await;
        assert_eq!(got.execution_elapsed_time.as_deref(), Some("PT1.5S"), "the time of a step is the agent's");
        let why = "a terminal reply ends redelivery without an acknowledgement";
        nothing_comes(service, 1, Duration::from_secs(5), why).await;
        let commands = service.commands(&operator()).await;
        let counted = commands.iter().find(|row| row.command_id == command).map(|row| row.completed_count);
        assert_eq!(counted, Some(1), "a command counts an invocation that has ended");
    }
}

pub(super) async fn replies_that_come_twice_or_late_change_nothing(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    service.reply(1, &message, StepStatus::InProgress, "a part").await;
    service.reply(1, &message, StepStatus::Success, "the whole").await;
    let before = shown(service, command).await;
    assert_eq!(before, seen("Success", 0, "the whole"), "the last reply counts");
    for (status, output) in [
        (StepStatus::Success, "the whole"),
        (StepStatus::Success, "another"),
        (StepStatus::Failed, "failed"),
        (StepStatus::InProgress, "a part"),
        (StepStatus::Cancelled, ""),
    ] {
        service.reply(1, &message, status, output).await;
        assert_eq!(shown(service, command).await, before, "a terminal state never changes, whatever comes: {status:?}");
    }
    acknowledge(service, 1, &message).await;
    cancel(service, command).await;
    assert_eq!(shown(service, command).await, before, "nor by an acknowledgement or a cancel that come late");
}

pub(super) async fn a_reply_under_way_shows_progress_and_no_more(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    for _ in 0..2 {
        service.reply(1, &message, StepStatus::InProgress, "").await;
        assert_eq!(service.status(command, 1).await, "InProgress", "a reply under way leaves the command InProgress");
    }
}

pub(super) async fn a_message_that_an_agent_fails_ends_failed(service: &Service) {
    for failure_type in [FailureType::NoHandlerExists, FailureType::InternalHandlerException] {
        service.register([1]).await;
        let command = service.send([1]).await;
        let message = service.hand_out(command, 1).await;
        for _ in 0..2 {
            let request = FailMessageRequest { message_id: message.clone(), failure_type };
            let answer = service.now(service.delivery.fail_message(&node(1), request)).await;
            assert!(answer.is_ok(), "an agent may fail its message, and do so again: {answer:?}");
            let got = service.invocation(command, 1).await;
            let wanted = ("Failed", -1);
            assert_eq!((&*got.status_details, got.response_code), wanted, "a failed message ends Failed with code -1");
            assert!(!got.standard_error_content.is_empty(), "and its reason is kept");
        }
        nothing_comes(service, 1, Duration::from_secs(5), "a failed message comes no more").await;
    }
}

pub(super) async fn a_deleted_message_only_comes_no_more(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    for _ in 0..2 {
        let request = DeleteMessageRequest { message_id: message.clone() };
        let answer = service.now(service.delivery.delete_message(&node(1), request)).await;
        assert!(answer.is_ok(), "an agent may delete its message, and do so again: {answer:?}");
        assert_eq!(service.status(command, 1).await, "InProgress", "to delete a message ends redelivery only");
    }
    nothing_comes(service, 1, Duration::from_secs(5), "a deleted message comes no more").await;
    service.reply(1, &message, StepStatus::Success, "done").await;
    assert_eq!(service.status(command, 1).await, "Success", "a reply counts also when its message was deleted");
}

/// A command that runs and was cancelled, and the cancel message that came for it.
async fn cancelling(service: &Service) -> (CommandId, MessageId, MessageId) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    acknowledge(service, 1, &message).await;
    cancel(service, command).await;
    let messages = service.messages(1).await;
    let cancel = messages.into_iter().find(|message| Topic::of(&message.topic) == Some(Topic::CancelCommand));
    let cancel = cancel.expect("a node that runs a cancelled command gets a cancel message");
    (command, message, cancel.message_id)
}

pub(super) async fn a_cancel_that_is_taken_but_not_answered_ends_cancelled(service: &Service) {
    let (command, message, cancel) = cancelling(service).await;
    acknowledge(service, 1, &cancel).await;
    service.clock.advance(Duration::from_secs(59));
    let mut poll = service.poll(1);
    assert!(service.if_now(&mut poll.as_mut()).await.is_none(), "nothing is left to hand out");
    assert_eq!(service.status(command, 1).await, "Cancelling", "an agent has a minute to end what is cancelled");
    service.clock.advance(Duration::from_secs(2));
    // The service's own motion, not a call, ends it: look until it has.
    let mut status = String::new();
    for _ in 0..1000 {
        status = service.status(command, 1).await;
        if status != "Cancelling" {
            break;
        }
    }
    assert_eq!(status, "Cancelled", "a cancel that was taken but not answered ends Cancelled after a minute");
    service.reply(1, &message, StepStatus::Success, "late").await;
    assert_eq!(service.status(command, 1).await, "Cancelled", "a result that comes later does not change that");
}

pub(super) async fn a_result_that_overtakes_its_cancel_counts(service: &Service) {
    let (command, message, cancel) = cancelling(service).await;
    service.reply(1, &message, StepStatus::Success, "done").await;
    acknowledge(service, 1, &cancel).await;
    assert_eq!(service.status(command, 1).await, "Success", "a script that ended by itself keeps its result");
    nothing_comes(service, 1, Duration::from_secs(5), "what has ended has no cancel to hand out").await;
}
