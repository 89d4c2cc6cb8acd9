//! What operators and agents call.

use std::fmt::Debug;

use async_trait::async_trait;

use super::CallerContext;
use crate::api::operations::{node_operations, operator_operations};
use crate::api::{
    AcknowledgeMessageRequest, AddTagsToResourceRequest, AddTagsToResourceResponse, ApiError, CancelCommandRequest,
    CancelCommandResponse, CreateDocumentRequest, CreateDocumentResponse, DeleteDocumentRequest,
    DeleteDocumentResponse, DeleteMessageRequest, DescribeDocumentPermissionRequest,
    DescribeDocumentPermissionResponse, DescribeDocumentRequest, DescribeDocumentResponse,
    DescribeInstanceInformationRequest, DescribeInstanceInformationResponse, DescribeInstancePropertiesRequest,
    DescribeInstancePropertiesResponse, ErrorCode, FailMessageRequest, GetCommandInvocationRequest,
    GetCommandInvocationResponse, GetConnectionStatusRequest, GetConnectionStatusResponse, GetDocumentRequest,
    GetDocumentResponse, GetMessagesRequest, GetMessagesResponse, ListCommandInvocationsRequest,
    ListCommandInvocationsResponse, ListCommandsRequest, ListCommandsResponse, ListDocumentVersionsRequest,
    ListDocumentVersionsResponse, ListDocumentsRequest, ListDocumentsResponse, ListTagsForResourceRequest,
    ListTagsForResourceResponse, ModifyDocumentPermissionRequest, ModifyDocumentPermissionResponse, NodeRequest,
    NodeResponse, OperatorRequest, OperatorResponse, RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse,
    SendCommandRequest, SendCommandResponse, SendReplyRequest, UpdateDocumentDefaultVersionRequest,
    UpdateDocumentDefaultVersionResponse, UpdateDocumentRequest, UpdateDocumentResponse,
    UpdateInstanceInformationRequest, UpdateInstanceInformationResponse,
};

/// What operators ask: commands, documents, fleet.
///
/// # Contract
/// - One method, so that a wrapper is ten lines and a new operation breaks nobody; [`OperatorApiExt`] has the typed methods.
/// - The response is of the request's name.
/// - A call that fails with a code other than `Unanswered` and `InternalServerError` has changed nothing.
/// - A command that was answered is durable, and its explicit invocations can be read at once.
/// - Dropping the future leaves open whether the call has its effect; a repetition is a new call.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait OperatorApi: Debug + Send + Sync {
    /// Answers a request.
    async fn call(&self, context: &CallerContext, request: OperatorRequest) -> Result<OperatorResponse, ApiError>;
}

/// What an agent asks besides messages; apart from the operators' so that a node never reaches those.
///
/// # Contract
/// As [`OperatorApi`]. A caller that is not a node, or asks for another node, gets `AccessDeniedException`.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait NodeApi: Debug + Send + Sync {
    /// Answers a request.
    async fn call(&self, context: &CallerContext, request: NodeRequest) -> Result<NodeResponse, ApiError>;
}

/// How messages reach an agent, and its replies come back.
///
/// # Contract
/// - Delivery is at least once: what is handed out and not acknowledged in its visibility time is handed out again. Every hand-out is
///   durable before it is answered.
/// - Cancel messages come before all others; there is no other order.
/// - A well-formed call for an own message that is unknown or over answers well and changes nothing. A call for another
///   node's is `AccessDeniedException`.
/// - Replies may come in any order, late, and more than once.
/// - [`get_messages`](Self::get_messages) waits, up to the service's poll time, until there is something; it answers an empty list
///   then. Dropping it is safe: what was handed out meanwhile is handed out again. A node polls once at a time: a newer poll ends
///   an older one at once, empty.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait MessageDelivery: Debug + Send + Sync {
    /// Polls for messages.
    async fn get_messages(
        &self,
        context: &CallerContext,
        request: GetMessagesRequest,
    ) -> Result<GetMessagesResponse, ApiError>;

    /// Says that the agent has a message.
    async fn acknowledge_message(
        &self,
        context: &CallerContext,
        request: AcknowledgeMessageRequest,
    ) -> Result<(), ApiError>;

    /// Says how a message's work stands.
    async fn send_reply(&self, context: &CallerContext, request: SendReplyRequest) -> Result<(), ApiError>;

    /// Says that the agent cannot handle a message.
    async fn fail_message(&self, context: &CallerContext, request: FailMessageRequest) -> Result<(), ApiError>;

    /// Ends the redelivery of a message.
    async fn delete_message(&self, context: &CallerContext, request: DeleteMessageRequest) -> Result<(), ApiError>;
}

macro_rules! typed_methods {
    ($trait_name:ident, $port:ident, $request:ident, $response:ident;
     $($(#[$doc:meta])* $name:ident($input:ident) -> $output:ident, $method:ident;)+) => {
        #[doc = concat!("The operations of [`", stringify!($port), "`], a typed method each.")]
        #[async_trait]
        pub trait $trait_name: $port {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// What the operation's page of the API reference lists, and `InternalServerError` when the answer is of
                /// another operation.
                async fn $method(&self, context: &CallerContext, request: $input) -> Result<$output, ApiError> {
                    match self.call(context, $request::$name(request)).await? {
                        $response::$name(response) => Ok(response),
                        #[allow(unreachable_patterns, reason = "reachable as soon as a port has two operations")]
                        other => Err(wrong_answer(&other)),
                    }
                }
            )+
        }

        impl<T: $port + ?Sized> $trait_name for T {}
    };
}

fn wrong_answer(answer: &dyn Debug) -> ApiError {
    // The name of the variant only: the rest may hold an operator's data.
    let name: String = format!("{answer:?}").chars().take_while(char::is_ascii_alphanumeric).collect();
    ApiError::new(ErrorCode::InternalServerError, format!("the answer is one of {name}"))
}

macro_rules! operator_methods {
    ($($table:tt)+) => { typed_methods! { OperatorApiExt, OperatorApi, OperatorRequest, OperatorResponse; $($table)+ } };
}
macro_rules! node_methods {
    ($($table:tt)+) => { typed_methods! { NodeApiExt, NodeApi, NodeRequest, NodeResponse; $($table)+ } };
}
operator_operations!(operator_methods);
node_operations!(node_methods);
