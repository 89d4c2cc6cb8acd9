//! The calls of message delivery, as values.

use async_trait::async_trait;
use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, ErrorCode, FailMessageRequest, GetMessagesRequest,
    GetMessagesResponse, SendReplyRequest,
};
use ssm_core::ports::{CallerContext, MessageDelivery};

use crate::DeliveryClient;

/// One call of message delivery.
#[derive(Debug, Clone)]
pub enum DeliveryCall {
    /// Poll.
    GetMessages(GetMessagesRequest),
    /// Acknowledge.
    AcknowledgeMessage(AcknowledgeMessageRequest),
    /// Reply.
    SendReply(SendReplyRequest),
    /// Fail.
    FailMessage(FailMessageRequest),
    /// Delete.
    DeleteMessage(DeleteMessageRequest),
}

impl DeliveryCall {
    /// The names of all calls, as in `X-Amz-Target`.
    pub const OPERATIONS: &[&str] = &["AcknowledgeMessage", "DeleteMessage", "FailMessage", "GetMessages", "SendReply"];

    /// The call's name.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::GetMessages(_) => "GetMessages",
            Self::AcknowledgeMessage(_) => "AcknowledgeMessage",
            Self::SendReply(_) => "SendReply",
            Self::FailMessage(_) => "FailMessage",
            Self::DeleteMessage(_) => "DeleteMessage",
        }
    }
}

/// Its answer.
#[derive(Debug, Clone)]
pub enum DeliveryAnswer {
    /// To a poll.
    Messages(GetMessagesResponse),
    /// To everything else.
    Done,
}

pub(crate) async fn carry_out(
    port: &dyn MessageDelivery,
    context: &CallerContext,
    call: DeliveryCall,
) -> Result<DeliveryAnswer, ApiError> {
    match call {
        DeliveryCall::GetMessages(request) => {
            return port.get_messages(context, request).await.map(DeliveryAnswer::Messages);
        }
        DeliveryCall::AcknowledgeMessage(request) => port.acknowledge_message(context, request).await?,
        DeliveryCall::SendReply(request) => port.send_reply(context, request).await?,
        DeliveryCall::FailMessage(request) => port.fail_message(context, request).await?,
        DeliveryCall::DeleteMessage(request) => port.delete_message(context, request).await?,
    }
    Ok(DeliveryAnswer::Done)
}

impl DeliveryClient {
    async fn tell(&self, context: &CallerContext, call: DeliveryCall) -> Result<DeliveryAnswer, ApiError> {
        self.ask(context, call.operation(), call).await
    }
}

#[async_trait]
impl MessageDelivery for DeliveryClient {
    async fn get_messages(
        &self,
        context: &CallerContext,
        request: GetMessagesRequest,
    ) -> Result<GetMessagesResponse, ApiError> {
        match self.tell(context, DeliveryCall::GetMessages(request)).await? {
            DeliveryAnswer::Messages(answer) => Ok(answer),
            DeliveryAnswer::Done => Err(ApiError::new(ErrorCode::InternalServerError, "a poll was answered with Done")),
        }
    }

    async fn acknowledge_message(
        &self,
        context: &CallerContext,
        request: AcknowledgeMessageRequest,
    ) -> Result<(), ApiError> {
        self.tell(context, DeliveryCall::AcknowledgeMessage(request)).await.map(drop)
    }

    async fn send_reply(&self, context: &CallerContext, request: SendReplyRequest) -> Result<(), ApiError> {
        self.tell(context, DeliveryCall::SendReply(request)).await.map(drop)
    }

    async fn fail_message(&self, context: &CallerContext, request: FailMessageRequest) -> Result<(), ApiError> {
        self.tell(context, DeliveryCall::FailMessage(request)).await.map(drop)
    }

    async fn delete_message(&self, context: &CallerContext, request: DeleteMessageRequest) -> Result<(), ApiError> {
        self.tell(context, DeliveryCall::DeleteMessage(request)).await.map(drop)
    }
}
