//! The in-memory transport against the suites of the ports that it carries: a control plane behind it, the suite before it.

use std::sync::Arc;
use std::time::Duration;

use ssm_core::ports::Clock;
use ssm_core::testing::service::Service;
use ssm_core::testing::{ManualClock, delivery, node_api, operator_api};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, Settings};
use ssm_transport_mem::{Direction, FaultHandle, FaultPlan, Faults};

/// A control plane that only the transport can reach; both end with the test's runtime.
async fn over_channels() -> Service {
    let clock = Arc::new(ManualClock::default());
    behind(&clock, None)
}

/// The same over a link that delays every message. The way has a time of its own, which runs by itself: the suites look what
/// happens while the service's stands.
async fn over_a_slow_link() -> Service {
    let way = Arc::new(ManualClock::default());
    let delay = Faults::none().with_delay(Duration::ZERO..=Duration::from_millis(20));
    let link = FaultPlan::seeded(1, Arc::clone(&way) as _)
        .on_all(Direction::Request, delay.clone())
        .on_all(Direction::Answer, delay)
        .link(0);
    tokio::spawn(async move {
        loop {
            let next = way.next_deadline();
            // Not the ends of patience.
            if next.is_some_and(|at| at.since(way.now()) <= Duration::from_millis(20)) {
                way.advance_to_next();
            }
            tokio::task::yield_now().await;
        }
    });
    behind(&Arc::new(ManualClock::default()), Some(&link))
}

fn behind(clock: &Arc<ManualClock>, link: Option<&FaultHandle>) -> Service {
    let plane =
        ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).with_clock(Arc::clone(clock) as _).build();
    let driver = plane.clone();
    tokio::spawn(async move { driver.run(std::future::pending()).await });
    let (mut operators, server) = ssm_transport_mem::operator_api();
    tokio::spawn(server.serve(Arc::new(plane.clone())));
    let (mut nodes, server) = ssm_transport_mem::node_api();
    tokio::spawn(server.serve(Arc::new(plane.clone())));
    let (mut delivery, server) = ssm_transport_mem::message_delivery();
    tokio::spawn(server.serve(Arc::new(plane)));
    if let Some(link) = link {
        (operators, nodes) = (operators.with_faults(link), nodes.with_faults(link));
        delivery = delivery.with_faults(link);
    }
    Service {
        operators: Arc::new(operators),
        nodes: Arc::new(nodes),
        delivery: Arc::new(delivery),
        clock: Arc::clone(clock),
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

#[tokio::test]
async fn the_operator_api_over_a_slow_link_keeps_its_contract() {
    operator_api::suite(over_a_slow_link).await;
}

#[tokio::test]
async fn the_node_api_over_a_slow_link_keeps_its_contract() {
    node_api::suite(over_a_slow_link).await;
}

#[tokio::test]
async fn message_delivery_over_a_slow_link_keeps_its_contract() {
    delivery::suite(over_a_slow_link).await;
}
