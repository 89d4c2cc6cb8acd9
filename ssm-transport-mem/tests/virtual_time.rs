//! Time that steps when nothing else can happen.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

#[path = "common/log.rs"]
mod log;

use std::time::Duration;

use log::Log;
use ssm_core::ports::Clock;
use ssm_core::testing::SplitMix64;
use ssm_transport_mem::testing::VirtualTime;

/// A task that sleeps and writes, a hundred times.
async fn worker(name: &'static str, seed: u64, log: Log) {
    let mut random = SplitMix64::new(seed);
    for round in 0..100 {
        log.sleep(Duration::from_millis(random.below(5))).await;
        tokio::task::yield_now().await;
        log.write(format_args!("{name} {round}"));
    }
}

fn trace(seed: u64) -> String {
    let log = Log::new();
    VirtualTime::of(&log.clock).run(async {
        let workers =
            ["a", "b"].map(|name| tokio::spawn(worker(name, seed ^ u64::from(name.as_bytes()[0]), log.clone())));
        for worker in workers {
            worker.await.unwrap();
        }
    });
    log.lines().join("\n")
}

#[test]
fn two_runs_of_two_tasks_give_one_trace_byte_by_byte() {
    let first = trace(1);
    assert_eq!(first.lines().count(), 200);
    for _ in 0..10 {
        assert_eq!(trace(1), first);
    }
    assert_ne!(trace(2), first);
}

#[test]
fn sleepers_of_one_moment_wake_in_the_order_in_which_they_lay_down() {
    let log = Log::new();
    VirtualTime::of(&log.clock).run(async {
        let tasks: Vec<_> = (0..50)
            .map(|index: u64| {
                let log = log.clone();
                tokio::spawn(async move {
                    // The later ones wait for the earlier moment.
                    log.sleep(Duration::from_secs(2 - index / 25)).await;
                    log.write(index);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let expected = (25..50).map(|index| format!("1000 {index}")).chain((0..25).map(|index| format!("2000 {index}")));
    assert_eq!(log.lines(), expected.collect::<Vec<_>>());
}

#[test]
fn a_month_of_seconds_passes_and_tasks_that_are_left_end_with_the_simulation() {
    let log = Log::new();
    let start = log.clock.now();
    let ticks = VirtualTime::of(&log.clock).run(async {
        let forever = log.clone();
        let ticker = tokio::spawn(async move {
            loop {
                forever.sleep(Duration::from_secs(60)).await;
            }
        });
        log.sleep(Duration::from_secs(30 * 24 * 3600)).await;
        assert!(!ticker.is_finished());
        log.clock.now().since(start).as_secs() / 60
    });
    assert_eq!((ticks, log.clock.sleepers()), (30 * 24 * 60, 0));
}

#[test]
fn time_stands_while_anything_can_run() {
    let log = Log::new();
    VirtualTime::of(&log.clock).run(async {
        let sleeper = log.clone();
        let task = tokio::spawn(async move { sleeper.sleep(Duration::from_millis(1)).await });
        // It wakes itself, so there is always something to run.
        let mut looks = 0;
        std::future::poll_fn(|context| {
            looks += 1;
            context.waker().wake_by_ref();
            if looks < 1000 { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
        })
        .await;
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert!(!task.is_finished());
    });
    assert_eq!(log.clock.now(), Log::new().clock.now());
}

#[test]
#[should_panic(expected = "stands still at 2027-01-15T08:00:01.000Z: nothing can run, nobody sleeps")]
fn a_simulation_in_which_nothing_can_happen_panics() {
    let log = Log::new();
    VirtualTime::of(&log.clock).run(async {
        log.sleep(Duration::from_secs(1)).await;
        std::future::pending::<()>().await;
    });
}

#[test]
#[should_panic(expected = "was to be over by 2027-01-15T08:01:00.000Z, and waits for 2027-01-15T08:01:10.000Z")]
fn a_simulation_that_goes_on_for_ever_panics_at_its_end() {
    let log = Log::new();
    VirtualTime::of(&log.clock).until(log.clock.now() + Duration::from_secs(60)).run(async {
        loop {
            log.sleep(Duration::from_secs(14)).await;
        }
    });
}

#[test]
#[should_panic(expected = "a task's own panic")]
fn the_simulations_own_panic_passes_through() {
    let log = Log::new();
    VirtualTime::of(&log.clock).run(async {
        let failed = tokio::spawn(async { panic!("a task's own panic") }).await.unwrap_err();
        std::panic::resume_unwind(failed.into_panic());
    });
}
