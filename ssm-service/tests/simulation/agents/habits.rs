//! What goes wrong with an agent, and when.

use std::time::Duration;

use ssm_core::time::Timestamp;

use crate::chance::Chance;
use crate::scenario::Scenario;

/// An agent's ways.
#[derive(Debug)]
pub(crate) struct Habits {
    /// Away in these spans.
    away: Vec<(Timestamp, Timestamp)>,
    /// Drops what it gets in these.
    deaf: Vec<(Timestamp, Timestamp)>,
    /// What it says does not come through in these.
    mute: Vec<(Timestamp, Timestamp)>,
    /// When its line is cut, and for how long.
    pub(crate) cuts: Vec<(Timestamp, Duration)>,
    /// Crashes so often, in the mean.
    crashes: Option<u64>,
    /// Its runs take up to so many seconds.
    pub(crate) longest_run: u64,
    /// So many of a hundred runs do not end well.
    pub(crate) failures: u64,
    /// The stock agent's replies change places so often.
    pub(crate) swaps: u64,
    /// Commands that run at once, in an agent of ours.
    pub(crate) slots: u32,
}

impl Habits {
    pub(crate) fn of(chance: &Chance, index: usize, scenario: &Scenario, start: Timestamp) -> Self {
        let busy = scenario.busy.as_secs();
        let (mut away, mut deaf, mut mute, mut cuts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let favourite = scenario.burst > 0 && index == 0;
        let reliable = favourite || scenario.mute == Some(index);
        let somewhere = |least: u64, most: u64| {
            let from = start + chance.seconds(0, busy);
            (from, from + chance.seconds(least, most))
        };
        if !reliable {
            if chance.percent(25) {
                away.push(somewhere(20, 400));
            }
            if chance.percent(6) {
                away.push((start + Duration::from_secs(1), start + scenario.busy));
            }
            if chance.percent(15) {
                deaf.push(somewhere(30, 240));
            }
            if chance.percent(15) {
                let (at, until) = somewhere(10, 90);
                cuts.push((at, until.since(at)));
            }
        }
        let quiet_ends = start + scenario.busy + scenario.quiet;
        if scenario.quiet > Duration::ZERO && scenario.mute != Some(index) && (scenario.long || index >= 4) {
            away.push((start + scenario.busy, quiet_ends - Duration::from_secs(120)));
        }
        if scenario.mute == Some(index) {
            mute.push((start + scenario.busy, quiet_ends));
        }
        Self {
            away,
            deaf,
            mute,
            cuts,
            crashes: (!reliable && chance.percent(25)).then(|| 30 + chance.below(300)),
            longest_run: if favourite { 0 } else { chance.one_of(&[1, 2, 5, 5, 30, 120]) },
            failures: chance.one_of(&[0, 2, 2, 10, 30]),
            swaps: chance.one_of(&[0, 30, 100]),
            slots: if favourite { 100 } else { chance.one_of(&[1, 5, 10]) },
        }
    }

    fn within(spans: &[(Timestamp, Timestamp)], now: Timestamp) -> Option<Timestamp> {
        spans.iter().filter(|(from, to)| *from <= now && now < *to).map(|(_, to)| *to).max()
    }

    pub(crate) fn away_until(&self, now: Timestamp) -> Option<Timestamp> {
        Self::within(&self.away, now)
    }

    pub(crate) fn is_deaf(&self, now: Timestamp) -> bool {
        Self::within(&self.deaf, now).is_some()
    }

    pub(crate) fn is_mute(&self, now: Timestamp) -> bool {
        Self::within(&self.mute, now).is_some()
    }

    /// When the process that begins now ends, by a crash or because its machine goes away.
    pub(crate) fn next_end(&self, chance: &Chance, now: Timestamp) -> Timestamp {
        let leaves = self.away.iter().map(|(from, _)| *from).filter(|from| *from > now).min();
        let crash = self.crashes.map(|mean| now + chance.seconds(1, 2 * mean));
        leaves.into_iter().chain(crash).min().unwrap_or(now + Duration::from_secs(3600 * 24 * 300))
    }
}
