//! What kind of a run a seed makes.

use std::time::Duration;

use crate::chance::Chance;

/// The shape of a run.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    /// Agents.
    pub(crate) agents: usize,
    /// Control planes over the one store.
    pub(crate) planes: usize,
    /// How many of a thousand messages are lost; as many are duplicated, and held back.
    pub(crate) loss: u16,
    /// Messages take up to this long.
    pub(crate) delay_millis: u64,
    /// How long operators work.
    pub(crate) busy: Duration,
    /// How long it goes on behind that, with most agents off.
    pub(crate) quiet: Duration,
    /// How long everything works before the end.
    pub(crate) calm: Duration,
    /// Commands that operators send.
    pub(crate) commands: u64,
    /// How many commands an operator sends to one instance at once.
    pub(crate) burst: usize,
    /// The stock agent whose replies do not come through in the quiet time.
    pub(crate) mute: Option<usize>,
    /// Commands wait for days.
    pub(crate) long: bool,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Scenario {
    pub(crate) fn of(seed: u64) -> Self {
        let chance = Chance::of(seed, 1);
        let kind = seed % 8;
        Self {
            agents: 50,
            planes: 1 + usize::from(chance.percent(60)),
            loss: chance.one_of(&[0, 5, 20, 60]),
            delay_millis: chance.one_of(&[20, 300, 3000]),
            busy: MINUTE * 10,
            quiet: match kind {
                1 => MINUTE * 45,
                2 => MINUTE * 60 * if seed % 16 == 2 { 60 } else { 20 },
                3 => MINUTE * 60 * 2,
                _ => Duration::ZERO,
            },
            calm: MINUTE * 4,
            commands: 12 + chance.below(10),
            burst: if kind == 0 { 75 } else { 0 },
            mute: (kind == 1).then_some(3),
            long: kind == 2,
        }
    }
}
