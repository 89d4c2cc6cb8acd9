//! Shared pieces of the benches: rounds, medians, a table, and documents of a wanted size.
//!
//! Each bench is a program that prints one line a measurement: the median of its rounds, with the least and the most. This
//! suits machines whose speed drifts: what is to be compared is measured in turns within one run.

pub mod documents;

use std::time::{Duration, Instant};

/// How much a bench does.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Rounds of each measurement.
    pub rounds: usize,
    /// Small inputs, to see that the bench works.
    pub quick: bool,
}

impl Effort {
    /// Reads the program's arguments: `--quick` is for a check that the bench runs; its figures mean nothing.
    #[must_use]
    pub fn from_arguments() -> Self {
        let quick = std::env::args().any(|argument| argument == "--quick");
        Self { rounds: if quick { 1 } else { 5 }, quick }
    }
}

/// The times of the rounds of one measurement.
#[derive(Debug, Clone)]
pub struct Rounds {
    what: String,
    times: Vec<Duration>,
}

impl Rounds {
    /// No round yet of this measurement.
    #[must_use]
    pub fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), times: Vec::new() }
    }

    /// Adds a round.
    pub fn add(&mut self, time: Duration) {
        self.times.push(time);
    }

    /// Runs the work this often as one round.
    #[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
    pub fn run(&mut self, times: u32, mut work: impl FnMut()) {
        let start = Instant::now();
        for _ in 0..times {
            work();
        }
        self.add(start.elapsed() / times);
    }

    /// Prints the median with the least and the most, and how many there are of `units` in a second.
    pub fn print(mut self, units: &str, count: u32) {
        self.times.sort();
        let (Some(&least), Some(&most)) = (self.times.first(), self.times.last()) else { return };
        let median = self.times[self.times.len() / 2];
        let rate = f64::from(count) / median.as_secs_f64();
        println!("{:<44} {median:>10.2?} [{least:.2?} - {most:.2?}]   {rate:>12.0} {units}/s", self.what);
    }
}
