//! The control plane under faults, in virtual time: from one seed come control planes that crash, agents of two kinds that crash,
//! forget and are away, operators who send and cancel, and a network and a store that fail. After every commit, and at every
//! answer, what the service promises is checked; then faults stop, and everything must end.
//!
//! `SIMULATION_SEED=17 cargo test -p ssm-service --test simulation` runs one seed and prints its trace;
//! `SIMULATION_SEEDS=5000` runs so many.
//!
//! Read in this order: `scenario` (what kinds of runs there are), `world` (how one goes), `planes`, `store`, `agents`, `operators`,
//! `invariants` (what is checked), `planted` (bugs that must be found), `trace`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what cannot be had fails the test")]

mod agents;
mod chance;
mod invariants;
mod operators;
mod planes;
mod planted;
mod scenario;
mod store;
mod trace;
mod world;

use std::collections::BTreeMap;
use std::thread;

use planted::Bug;
use world::{Outcome, simulate};

/// How many seeds are run when nothing else is said.
const SEEDS: u64 = 50;
/// How much of a trace a failure shows.
const LAST_LINES: usize = 60;

/// What happens at least so often over all seeds: a simulation in which nothing goes wrong shows nothing.
const LEAST: &[(&str, u64)] = &[
    ("Cancelled", 150),
    ("DeliveryTimedOut", 300),
    ("ExecutionTimedOut", 30),
    ("Failed", 100),
    ("Success", 1500),
    ("Terminated", 200),
    ("agent away", 300),
    ("answer lost", 500),
    ("cancel message", 25),
    ("cancel of a delayed one", 10),
    ("cancel of a queued one", 100),
    ("cancel of a released one", 5),
    ("cancel of a running one", 20),
    ("cancel of an ended one", 200),
    ("cancel of one handed out", 5),
    ("commit refused", 150),
    ("commit unavailable", 150),
    ("commit unknown and applied", 80),
    ("commit unknown and lost", 80),
    ("conflict", 300),
    ("crash of a control plane", 100),
    ("crash of an agent", 300),
    ("crash right behind a commit", 15),
    ("line cut", 100),
    ("message dropped", 100),
    ("message held back", 800),
    ("read unavailable", 800),
    ("redelivery", 80),
    ("replies swapped", 150),
    ("reply lost by a mute agent", 100),
    ("reply repeated", 300),
    ("request duplicated", 500),
    ("request lost", 500),
    ("run", 1500),
    ("run cut off by a crash", 25),
];

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Several seeds at once, each in a thread of its own; outcomes in the order of the seeds.
fn simulate_all(seeds: std::ops::Range<u64>, bug: Option<Bug>) -> Vec<(u64, Outcome)> {
    let seeds: Vec<u64> = seeds.collect();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(seeds.len().max(1));
    thread::scope(|scope| {
        let begin = |first: usize| {
            let seeds = &seeds;
            scope.spawn(move || {
                let mine = seeds.iter().skip(first).step_by(threads);
                mine.map(|seed| (*seed, simulate(*seed, bug, false).without_needless_trace())).collect::<Vec<_>>()
            })
        };
        let running: Vec<_> = (0..threads).map(begin).collect();
        let mut all: Vec<_> = running.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        all.sort_by_key(|(seed, _)| *seed);
        all
    })
}

fn assert_holds(seed: u64, outcome: &Outcome) {
    if let Some(violation) = &outcome.violation {
        let from = outcome.trace.len().saturating_sub(LAST_LINES);
        let last = outcome.trace[from..].join("\n");
        panic!(
            "SIMULATION_SEED={seed}: {:?} is broken: {}\n\n{last}\n\nSIMULATION_SEED={seed} shows the whole trace",
            violation.invariant, violation.detail
        );
    }
}

#[test]
fn every_promise_holds_under_faults_and_everything_ends_when_they_stop() {
    if let Some(seed) = number("SIMULATION_SEED") {
        let outcome = simulate(seed, None, true);
        println!("{:#?}", outcome.counts);
        return assert_holds(seed, &outcome);
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (seed, outcome) in simulate_all(0..number("SIMULATION_SEEDS").unwrap_or(SEEDS), None) {
        assert_holds(seed, &outcome);
        for (what, times) in outcome.counts {
            *counts.entry(what).or_default() += times;
        }
    }
    println!("{counts:#?}");
    for (what, least) in LEAST {
        let times = counts.get(what).copied().unwrap_or_default();
        assert!(times >= *least, "{what}: {times} times only, so the simulation does not simulate it any more");
    }
}

/// The same seeds with each bug, until one finds it.
fn seeds_until_found(bug: Bug) -> Option<(u64, Outcome)> {
    let seeds: Vec<u64> = (0..SEEDS).collect();
    seeds.chunks(2).find_map(|chunk| {
        let outcomes = simulate_all(chunk[0]..chunk[chunk.len() - 1] + 1, Some(bug));
        outcomes.into_iter().find(|(_, outcome)| outcome.violation.is_some())
    })
}

#[test]
fn every_planted_bug_is_found_and_named_by_its_invariant() {
    let mut missed = Vec::new();
    for (bug, invariants) in Bug::ALL {
        let found = seeds_until_found(*bug);
        let violation = found.as_ref().and_then(|(_, outcome)| outcome.violation.as_ref());
        println!("{bug:?}: seed {:?}: {violation:?}", found.as_ref().map(|(seed, _)| seed));
        if !violation.is_some_and(|violation| invariants.contains(&violation.invariant)) {
            missed.push((bug, violation.cloned()));
        }
    }
    assert!(missed.is_empty(), "not found, or as something else: {missed:?}");
}

#[test]
fn one_seed_gives_one_trace() {
    for seed in [0, 3, 6] {
        let (first, second) = (simulate(seed, None, false), simulate(seed, None, false));
        let differs = first.trace.iter().zip(&second.trace).find(|(first, second)| first != second);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!((first.trace.len(), &first.counts), (second.trace.len(), &second.counts), "seed {seed}");
    }
    assert_ne!(simulate(3, None, false).trace, simulate(11, None, false).trace);
}
