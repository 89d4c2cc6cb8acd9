//! What happened, a line an event: virtual milliseconds, who, what. Nothing in it depends on the machine that ran it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex};

use ssm_core::ids::InstanceId;
use ssm_core::ports::Clock;
use ssm_core::testing::ManualClock;
use ssm_core::time::Timestamp;

/// The events of one run, and how often what happened.
#[derive(Debug)]
pub(crate) struct Trace {
    clock: Arc<ManualClock>,
    start: Timestamp,
    /// Lines are printed as they come.
    printed: bool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: Vec<String>,
    counts: Counts,
}

/// How often something happened, by name.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

impl Trace {
    pub(crate) fn new(clock: &Arc<ManualClock>, printed: bool) -> Self {
        Self { clock: Arc::clone(clock), start: clock.now(), printed, kept: Mutex::default() }
    }

    pub(crate) fn say(&self, who: impl Display, what: impl Display) {
        let millis = self.clock.now().since(self.start).as_millis();
        let line = format!("{millis:>9} {who:<4} {what}");
        if self.printed {
            println!("{line}");
        }
        self.kept.lock().unwrap().lines.push(line);
    }

    pub(crate) fn count(&self, what: &'static str) {
        self.count_many(what, 1);
    }

    pub(crate) fn count_many(&self, what: &'static str, times: u64) {
        *self.kept.lock().unwrap().counts.entry(what).or_default() += times;
    }

    pub(crate) fn take(&self) -> (Vec<String>, Counts) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap());
        (kept.lines, kept.counts)
    }
}

/// An instance as the trace names it.
pub(crate) fn short(instance: &InstanceId) -> String {
    format!("n{:02}", index_of(instance))
}

/// The instances of a world are numbered.
pub(crate) fn instance(index: usize) -> InstanceId {
    format!("mi-{index:017x}").parse().unwrap()
}

pub(crate) fn index_of(instance: &InstanceId) -> usize {
    usize::from_str_radix(&instance.as_str()[3..], 16).unwrap()
}
