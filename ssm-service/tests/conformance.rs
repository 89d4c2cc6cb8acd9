//! Each implementation of this crate against the conformance suite of its port.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ssm_core::testing::service::Service;
use ssm_core::testing::{FaultyStore, ManualClock, clock, delivery, ids, node_api, operator_api, store};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, RandomIds, ServiceClock, Settings};

/// A control plane over a memory store, called directly; its driver ends with the test's runtime.
async fn in_process() -> Service {
    let clock = Arc::new(ManualClock::default());
    let plane =
        ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).with_clock(Arc::clone(&clock) as _).build();
    let driver = plane.clone();
    tokio::spawn(async move { driver.run(std::future::pending()).await });
    let plane = Arc::new(plane);
    Service {
        operators: Arc::clone(&plane) as _,
        nodes: Arc::clone(&plane) as _,
        delivery: plane,
        clock,
        poll_time: Settings::default().poll_time,
    }
}

#[tokio::test]
async fn the_memory_store_keeps_the_store_contract() {
    store::suite(|| async { MemoryStore::new() }).await;
}

#[tokio::test]
async fn a_faulty_store_without_faults_keeps_the_store_contract_and_the_suite_asks_every_query() {
    let all = Arc::new(Mutex::new(Vec::new()));
    store::suite(|| async {
        let store = FaultyStore::new(Arc::new(MemoryStore::new()), 1);
        all.lock().unwrap().push(store.clone());
        store
    })
    .await;
    let all = all.lock().unwrap();
    for query in store::StoreQuery::ALL {
        assert!(all.iter().any(|store| store.asked(*query) > 0), "{query:?} is never asked");
    }
}

#[tokio::test]
async fn the_control_plane_keeps_the_contract_of_the_operator_api() {
    operator_api::suite(in_process).await;
}

#[tokio::test]
async fn the_control_plane_keeps_the_contract_of_the_node_api() {
    node_api::suite(in_process).await;
}

#[tokio::test]
async fn the_control_plane_keeps_the_contract_of_message_delivery() {
    delivery::suite(in_process).await;
}

#[tokio::test]
async fn the_service_clock_keeps_the_clock_contract() {
    clock::suite(|| async { ServiceClock::default() }).await;
    // Ahead of the wall clock it goes by monotonic time alone.
    let ahead = || async {
        let now = ssm_core::ports::Clock::now(&ServiceClock::default());
        ServiceClock::not_before(now + Duration::from_secs(3600))
    };
    clock::suite(ahead).await;
}

#[tokio::test]
async fn random_ids_keep_the_contract_of_id_sources() {
    ids::suite(|| async { RandomIds }).await;
}
