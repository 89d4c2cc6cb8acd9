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
//!
//! # Faults
//! A [`FaultPlan`] says what happens to messages between a client and the server, by direction and kind: delay, loss, duplicates,
//! reordering, all chosen by a seed; a [`FaultHandle`] is one link under it, which a test cuts, heals, and asks what was done. A call
//! that gets no answer ends with `Unanswered` when its patience ends. Clients without a link take the direct way.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # async fn example(clock: Arc<dyn ssm_core::ports::Clock>, plane: Arc<dyn ssm_core::ports::MessageDelivery>) {
//! use ssm_transport_mem::{Direction, FaultPlan, Faults};
//!
//! let plan = FaultPlan::seeded(7, clock)
//!     .on_all(Direction::Request, Faults::none().with_delay(Duration::ZERO..=Duration::from_millis(200)))
//!     .on(Direction::Request, "AcknowledgeMessage", Faults::none().with_duplicates(100))
//!     .on(Direction::Answer, "SendReply", Faults::none().with_loss(50));
//! let (delivery, server) = ssm_transport_mem::message_delivery();
//! tokio::spawn(server.serve(plane));
//!
//! // One server, and a link of its own for each node.
//! let links: Vec<_> = (0..3).map(|node| plan.link(node)).collect();
//! let nodes: Vec<_> = links.iter().map(|link| delivery.clone().with_faults(link)).collect();
//! links[1].cut();
//! // ...
//! links[1].heal();
//! assert_eq!(links[1].counts().lost_answers, 0);
//! # let _ = nodes;
//! # }
//! ```
#![cfg_attr(
    feature = "testing",
    doc = "\n# Virtual time\nWith the feature `testing`, [`testing::VirtualTime`] runs a whole simulation as fast as it can be computed."
)]
#![forbid(unsafe_code)]

mod delivery;
mod faults;
mod link;
#[cfg(feature = "testing")]
pub mod testing;

use std::sync::Arc;

use async_trait::async_trait;
use ssm_core::api::{ApiError, NodeRequest, NodeResponse, OperatorRequest, OperatorResponse};
use ssm_core::ports::{CallerContext, MessageDelivery, NodeApi, OperatorApi};

pub use delivery::{DeliveryAnswer, DeliveryCall};
pub use faults::{Direction, FaultCounts, FaultHandle, FaultPlan, Faults};
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
        self.ask(context, request.operation(), request).await
    }
}

#[async_trait]
impl NodeApi for NodeClient {
    async fn call(&self, context: &CallerContext, request: NodeRequest) -> Result<NodeResponse, ApiError> {
        self.ask(context, request.operation(), request).await
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
