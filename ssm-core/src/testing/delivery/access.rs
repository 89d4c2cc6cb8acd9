//! Who may say something of a message, and of which.

use uuid::Uuid;

use crate::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, ErrorCode, FailMessageRequest, FailureType,
    GetMessagesRequest,
};
use crate::document::StepStatus;
use crate::ids::MessageId;
use crate::message::Payload;
use crate::ports::CallerContext;
use crate::testing::service::{Service, assert_code, instance, node, operator, other_account, reply_payload};

/// Everything that can be said of a message, by this caller.
async fn say_everything(
    service: &Service,
    context: &CallerContext,
    message: &MessageId,
) -> Vec<(&'static str, Result<(), ApiError>)> {
    let (delivery, message_id) = (&service.delivery, || message.clone());
    let acknowledge = AcknowledgeMessageRequest { message_id: message_id() };
    let fail = FailMessageRequest { message_id: message_id(), failure_type: FailureType::InternalHandlerException };
    let delete = DeleteMessageRequest { message_id: message_id() };
    vec![
        ("an acknowledgement", service.now(delivery.acknowledge_message(context, acknowledge)).await),
        ("a reply", service.try_reply(context, message, reply_payload(StepStatus::Failed, "forged")).await),
        ("a failure", service.now(delivery.fail_message(context, fail)).await),
        ("a deletion", service.now(delivery.delete_message(context, delete)).await),
    ]
}

pub(super) async fn a_node_reaches_its_own_messages_only(service: &Service) {
    service.register([1, 2]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    let unknown = MessageId::new(Uuid::from_u128(9), instance(1));
    for of_another in [&message, &unknown] {
        for (what, answer) in say_everything(service, &node(2), of_another).await {
            assert_code(answer, ErrorCode::AccessDeniedException, &format!("{what} of another node's message"));
        }
    }
    let request = GetMessagesRequest::new(instance(1), Uuid::from_u128(1));
    let answer = service.now(service.delivery.get_messages(&node(2), request)).await;
    assert_code(answer, ErrorCode::AccessDeniedException, "a poll of another node's mailbox");
    assert_eq!(service.status(command, 1).await, "InProgress", "what was refused has changed nothing");

    // The same node id in another account is another node: its message is unknown there.
    let namesake = CallerContext { account: other_account(), ..node(1) };
    for (what, answer) in say_everything(service, &namesake, &message).await {
        assert!(answer.is_ok(), "{what} of an own message that is unknown is answered well: {answer:?}");
    }
    assert_eq!(service.status(command, 1).await, "InProgress", "and changes nothing in the account that knows it");
}

pub(super) async fn an_operator_may_not_poll(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let request = GetMessagesRequest::new(instance(1), Uuid::from_u128(1));
    let answer = service.now(service.delivery.get_messages(&operator(), request)).await;
    assert_code(answer, ErrorCode::AccessDeniedException, "an operator's poll");
    let message = MessageId::of_command(command, instance(1));
    for (what, answer) in say_everything(service, &operator(), &message).await {
        assert_code(answer, ErrorCode::AccessDeniedException, &format!("an operator's call: {what}"));
    }
    assert_eq!(service.status(command, 1).await, "Pending", "what was refused has changed nothing");
}

pub(super) async fn what_is_unknown_or_over_is_answered_well(service: &Service) {
    service.register([1, 2]).await;
    let command = service.send([1]).await;
    // Not handed out yet, on no target, of no command, and of a node that nobody has heard of.
    for (message, which) in [
        (MessageId::of_command(command, instance(1)), 1),
        (MessageId::of_command(command, instance(2)), 2),
        (MessageId::new(Uuid::from_u128(9), instance(1)), 1),
        (MessageId::new(Uuid::from_u128(9), instance(8)), 8),
    ] {
        for (what, answer) in say_everything(service, &node(which), &message).await {
            assert!(answer.is_ok(), "{what} of an own message that is unknown is answered well: {answer:?}");
        }
        assert_eq!(service.status(command, 1).await, "Pending", "and changes nothing");
    }
    let message = service.hand_out(command, 1).await;
    service.reply(1, &message, StepStatus::Success, "done").await;
    let before = (service.invocation(command, 1).await, service.listed(command).await);
    for (what, answer) in say_everything(service, &node(1), &message).await {
        assert!(answer.is_ok(), "{what} of a message that is over is answered well: {answer:?}");
        let now = (service.invocation(command, 1).await, service.listed(command).await);
        assert_eq!(now, before, "{what} of a message that is over changes nothing");
    }
}

pub(super) async fn a_payload_that_is_no_reply_is_refused(service: &Service) {
    service.register([1, 2]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    for text in ["", "{}", "[]", "null", "{\"documentStatus\": \"Nonsense\"}", "not JSON"] {
        let answer = service.try_reply(&node(1), &message, Payload::new(text)).await;
        assert_code(answer, ErrorCode::ValidationException, &format!("the payload {text:?}"));
        let answer = service.try_reply(&node(2), &message, Payload::new(text)).await;
        assert_code(answer, ErrorCode::AccessDeniedException, &format!("another node's payload {text:?}, unread,"));
        assert_eq!(service.status(command, 1).await, "InProgress", "what was refused has changed nothing");
    }
}
