//! A server that writes down what reaches it, and when.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod log;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
pub(crate) use log::Log;
use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, ErrorCode, FailMessageRequest, GetMessagesRequest,
    GetMessagesResponse, SendReplyRequest,
};
use ssm_core::ids::{CommandId, InstanceId, MessageId, ReplyId, RequestId};
use ssm_core::message::Payload;
use ssm_core::ports::{CallerContext, IdSource, MessageDelivery, Principal};
use ssm_core::testing::CountingIds;
use ssm_transport_mem::{DeliveryClient, FaultHandle};

/// Says what it was asked when it begins, and, of a poll, when it is done or dropped; a poll takes 15 s.
#[derive(Debug)]
pub(crate) struct Recorder(pub(crate) Log);

struct Polling(Log, bool);

impl Drop for Polling {
    fn drop(&mut self) {
        self.0.write(if self.1 { "polled" } else { "poll dropped" });
    }
}

#[async_trait]
impl MessageDelivery for Recorder {
    async fn get_messages(
        &self,
        _: &CallerContext,
        request: GetMessagesRequest,
    ) -> Result<GetMessagesResponse, ApiError> {
        self.0.write("poll");
        let mut polling = Polling(self.0.clone(), false);
        self.0.sleep(Duration::from_secs(15)).await;
        polling.1 = true;
        let GetMessagesRequest { destination, messages_request_id, .. } = request;
        Ok(GetMessagesResponse::new(destination, messages_request_id, Vec::new()))
    }

    async fn acknowledge_message(&self, _: &CallerContext, _: AcknowledgeMessageRequest) -> Result<(), ApiError> {
        self.0.write("acknowledged");
        Ok(())
    }

    async fn send_reply(&self, _: &CallerContext, request: SendReplyRequest) -> Result<(), ApiError> {
        self.0.write(format_args!("reply {}", request.payload.as_str()));
        Ok(())
    }

    async fn fail_message(&self, _: &CallerContext, _: FailMessageRequest) -> Result<(), ApiError> {
        Ok(())
    }

    async fn delete_message(&self, _: &CallerContext, _: DeleteMessageRequest) -> Result<(), ApiError> {
        self.0.write("deleted");
        Err(ApiError::new(ErrorCode::AccessDeniedException, "not yours"))
    }
}

/// A node that makes calls over a link, and writes down how they end.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) log: Log,
    client: DeliveryClient,
    context: CallerContext,
    instance: InstanceId,
    message: MessageId,
}

impl Node {
    /// With a recording server behind the link. Called inside of the simulation.
    pub(crate) fn over(link: &FaultHandle, log: &Log) -> Self {
        let (client, server) = ssm_transport_mem::message_delivery();
        tokio::spawn(server.serve(Arc::new(Recorder(log.clone()))));
        let instance: InstanceId = "mi-0123456789abcdef0".parse().unwrap();
        let principal = Principal::Node(instance.clone());
        let context = CallerContext::new(
            "123456789012".parse().unwrap(),
            principal,
            RequestId::new(CountingIds::default().uuid()),
        );
        let message = MessageId::of_command(CommandId::new(CountingIds::default().uuid()), instance.clone());
        Self { log: log.clone(), client: client.with_faults(link), context, instance, message }
    }

    /// The same node over another link to the same server.
    pub(crate) fn over_another(&self, link: &FaultHandle) -> Self {
        Self { client: self.client.clone().with_faults(link), ..self.clone() }
    }

    pub(crate) async fn poll(&self) -> Option<ErrorCode> {
        let request = GetMessagesRequest::new(self.instance.clone(), CountingIds::default().uuid());
        self.told("poll", self.client.get_messages(&self.context, request).await)
    }

    pub(crate) async fn acknowledge(&self) -> Option<ErrorCode> {
        let request = AcknowledgeMessageRequest { message_id: self.message.clone() };
        self.told("acknowledgement", self.client.acknowledge_message(&self.context, request).await)
    }

    pub(crate) async fn delete(&self) -> Option<ErrorCode> {
        let request = DeleteMessageRequest { message_id: self.message.clone() };
        self.told("delete", self.client.delete_message(&self.context, request).await)
    }

    pub(crate) async fn reply(&self, text: &str) -> Option<ErrorCode> {
        let request = SendReplyRequest {
            message_id: self.message.clone(),
            payload: Payload::new(text.to_owned()),
            reply_id: ReplyId::new(CountingIds::default().uuid()),
        };
        self.told(text, self.client.send_reply(&self.context, request).await)
    }

    fn told<T>(&self, what: &str, answer: Result<T, ApiError>) -> Option<ErrorCode> {
        let code = answer.err().map(|error| error.code());
        self.log.write(format_args!("{what}: {}", code.map_or("ok", |code| code.as_str())));
        code
    }
}
