//! Run Command's ports over channels, in one process.
//!
//! [`operator_api`], [`node_api`] and [`message_delivery`] each give both ends: a client that *is* the port, and a [`Server`] that
//! *takes* one. What runs over them cannot tell them from the service itself or from another transport. A call whose client goes
//! away is dropped at the server, as a closed connection would do; a server that goes away leaves its clients with
//! `Unanswered`.
//!
//! ```
//! # async fn example(plane: std::sync::Arc<dyn ssm_core::ports::OperatorApi>) {
//! let (client, server) = ssm_transport_mem::operator_api();
//! tokio::spawn(server.serve(plane));
//! let operators: std::sync::Arc<dyn ssm_core::ports::OperatorApi> = std::sync::Arc::new(client);
//! # let _ = operators;
//! # }
//! ```
#![forbid(unsafe_code)]

mod delivery;
mod link;

use std::sync::Arc;

use async_trait::async_trait;
use ssm_core::api::{ApiError, NodeRequest, NodeResponse, OperatorRequest, OperatorResponse};
use ssm_core::ports::{CallerContext, MessageDelivery, NodeApi, OperatorApi};

pub use delivery::{DeliveryAnswer, DeliveryCall};
pub use link::{Client, Server};

/// A client of the operator API.
pub type OperatorClient = Client<OperatorRequest, OperatorResponse>;
/// A client of the node API.
pub type NodeClient = Client<NodeRequest, NodeResponse>;
/// A client of message delivery.
pub type DeliveryClient = Client<DeliveryCall, DeliveryAnswer>;

/// Both ends of the operator API.
#[must_use]
pub fn operator_api() -> (OperatorClient, Server<OperatorRequest, OperatorResponse>) {
    link::pair()
}

/// Both ends of the node API.
#[must_use]
pub fn node_api() -> (NodeClient, Server<NodeRequest, NodeResponse>) {
    link::pair()
}

/// Both ends of message delivery.
#[must_use]
pub fn message_delivery() -> (DeliveryClient, Server<DeliveryCall, DeliveryAnswer>) {
    link::pair()
}

#[async_trait]
impl OperatorApi for OperatorClient {
    async fn call(&self, context: &CallerContext, request: OperatorRequest) -> Result<OperatorResponse, ApiError> {
        self.ask(context, request).await
    }
}

#[async_trait]
impl NodeApi for NodeClient {
    async fn call(&self, context: &CallerContext, request: NodeRequest) -> Result<NodeResponse, ApiError> {
        self.ask(context, request).await
    }
}

impl Server<OperatorRequest, OperatorResponse> {
    /// Serves this port until every client is gone. Dropping the future ends all calls under way.
    pub async fn serve(self, port: Arc<dyn OperatorApi>) {
        self.answer_with(move |context, request| {
            let port = Arc::clone(&port);
            async move { port.call(&context, request).await }
        })
        .await;
    }
}

impl Server<NodeRequest, NodeResponse> {
    /// Serves this port until every client is gone. Dropping the future ends all calls under way.
    pub async fn serve(self, port: Arc<dyn NodeApi>) {
        self.answer_with(move |context, request| {
            let port = Arc::clone(&port);
            async move { port.call(&context, request).await }
        })
        .await;
    }
}

impl Server<DeliveryCall, DeliveryAnswer> {
    /// Serves this port until every client is gone. Dropping the future ends all calls under way.
    pub async fn serve(self, port: Arc<dyn MessageDelivery>) {
        self.answer_with(move |context, call| {
            let port = Arc::clone(&port);
            async move { delivery::carry_out(port.as_ref(), &context, call).await }
        })
        .await;
    }
}
