//! The in-memory transport against the suites of the ports that it carries: a control plane behind it, the suite before it.

use std::sync::Arc;

use ssm_core::testing::service::Service;
use ssm_core::testing::{ManualClock, delivery, node_api, operator_api};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, Settings};

/// A control plane that only the transport can reach; both end with the test's runtime.
async fn over_channels() -> Service {
    let clock = Arc::new(ManualClock::default());
    let plane =
        ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).with_clock(Arc::clone(&clock) as _).build();
    let driver = plane.clone();
    tokio::spawn(async move { driver.run(std::future::pending()).await });
    let (operators, server) = ssm_transport_mem::operator_api();
    tokio::spawn(server.serve(Arc::new(plane.clone())));
    let (nodes, server) = ssm_transport_mem::node_api();
    tokio::spawn(server.serve(Arc::new(plane.clone())));
    let (delivery, server) = ssm_transport_mem::message_delivery();
    tokio::spawn(server.serve(Arc::new(plane)));
    Service {
        operators: Arc::new(operators),
        nodes: Arc::new(nodes),
        delivery: Arc::new(delivery),
        clock,
        poll_time: Settings::default().poll_time,
    }
}

#[tokio::test]
async fn the_operator_api_over_channels_keeps_its_contract() {
    operator_api::suite(over_channels).await;
}

#[tokio::test]
async fn the_node_api_over_channels_keeps_its_contract() {
    node_api::suite(over_channels).await;
}

#[tokio::test]
async fn message_delivery_over_channels_keeps_its_contract() {
    delivery::suite(over_channels).await;
}
