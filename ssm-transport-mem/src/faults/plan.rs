//! What may happen to messages: the plan, which holds no state.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use ssm_core::api::{NodeRequest, OperatorRequest};
use ssm_core::ports::Clock;

use super::dice::Dice;
use crate::{DeliveryCall, FaultHandle};

/// How long a call waits for its answer when the plan does not say. Longer than a poll of the service's default.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Answer,
}

impl Direction {
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Request => 0,
            Self::Answer => 1,
        }
    }
}

/// What may happen to the messages of a rule. Chances are in parts per thousand; more than 1000 counts as 1000.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    delay: Option<RangeInclusive<Duration>>,
    loss: u16,
    duplicates: u16,
    holds: u16,
    held_at_most: Duration,
    most: Option<u64>,
}

impl Faults {
    /// Nothing happens.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every message takes a random time of this range, in whole milliseconds. Messages overtake each other by it.
    #[must_use]
    pub const fn with_delay(mut self, delay: RangeInclusive<Duration>) -> Self {
        self.delay = Some(delay);
        self
    }

    /// So many of a thousand messages are lost. The server never sees a lost request; of a lost answer the server has done the
    /// work, and the client does not know.
    #[must_use]
    pub const fn with_loss(mut self, per_thousand: u16) -> Self {
        self.loss = per_thousand;
        self
    }

    /// So many of a thousand requests arrive twice, the copy after a delay of its own behind the first. The server carries out
    /// both, and the client gets the first one's answer. A copy of an answer would be seen by nobody, so on answers it means nothing.
    #[must_use]
    pub const fn with_duplicates(mut self, per_thousand: u16) -> Self {
        self.duplicates = per_thousand;
        self
    }

    /// So many of a thousand messages are held back until another one has passed the link in their direction, but for no longer
    /// than `at_most`.
    #[must_use]
    pub const fn with_holds(mut self, per_thousand: u16, at_most: Duration) -> Self {
        self.holds = per_thousand;
        self.held_at_most = at_most;
        self
    }

    /// After so many messages of a link that were lost, duplicated or held back, the rule does nothing more to this link than to
    /// delay. Unbounded by default.
    #[must_use]
    pub const fn with_most(mut self, messages: u64) -> Self {
        self.most = Some(messages);
        self
    }

    pub(super) fn most(&self) -> Option<u64> {
        self.most
    }

    /// What happens to one message. The same draws are made whatever the chances are, so that changing one leaves the others.
    pub(super) fn draw(&self, dice: &mut Dice) -> Fate {
        let delay = dice.between(self.delay.as_ref());
        let lost = dice.per_thousand(self.loss);
        let twice = dice.per_thousand(self.duplicates);
        let behind = dice.between(self.delay.as_ref());
        let held = dice.per_thousand(self.holds);
        Fate { delay, lost, copy_behind: twice.then_some(behind), held: held.then_some(self.held_at_most) }
    }
}

/// What happens to one message.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fate {
    pub(crate) delay: Duration,
    pub(crate) lost: bool,
    /// The copy arrives so much later than the message itself.
    pub(crate) copy_behind: Option<Duration>,
    /// For how long at most.
    pub(crate) held: Option<Duration>,
}

impl Fate {
    pub(super) const fn is_harm(&self) -> bool {
        self.lost || self.copy_behind.is_some() || self.held.is_some()
    }

    /// Without what is worse than a delay.
    pub(super) const fn spared(self) -> Self {
        Self { delay: self.delay, lost: false, copy_behind: None, held: None }
    }
}

/// What may happen on the way between clients and their server: chosen by a seed, so that every run can be had again.
///
/// A plan holds no state. [`link`](Self::link) makes the way of one client (or of all clients of one node) under it, with a stream
/// of chance, a cut and counts of its own. The same seed, the same link number and the same order of calls give the same faults;
/// the order of calls is the same in a single-threaded runtime that nothing outside disturbs (`testing::VirtualTime`).
///
/// Rules are by direction and kind of message, which is the operation's name (`SendCommand`, `GetMessages`, ...). Of the rules for a
/// message the one that names its kind counts alone; the last one given for the same messages replaces those before.
#[derive(Debug, Clone)]
pub struct FaultPlan {
    pub(super) seed: u64,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) patience: Duration,
    pub(super) cuts_are_seen: bool,
    rules: BTreeMap<Rule, Faults>,
}

/// For which messages: `None` is all kinds that have no rule of their own.
pub(super) type Rule = (Direction, Option<&'static str>);

impl FaultPlan {
    /// A plan without faults yet, with its chances from this seed. Delays and patience are waited for on this clock.
    #[must_use]
    pub fn seeded(seed: u64, clock: Arc<dyn Clock>) -> Self {
        Self { seed, clock, patience: PATIENCE, cuts_are_seen: false, rules: BTreeMap::new() }
    }

    /// What happens to messages of this kind.
    ///
    /// # Panics
    /// When no operation of the ports has this name: a rule that never applies would make a test say more than it shows.
    #[must_use]
    pub fn on(mut self, direction: Direction, kind: &str, faults: Faults) -> Self {
        let mut kinds =
            DeliveryCall::OPERATIONS.iter().chain(NodeRequest::OPERATIONS).chain(OperatorRequest::OPERATIONS);
        let Some(kind) = kinds.find(|known| **known == kind) else { panic!("no operation is called {kind}") };
        self.rules.insert((direction, Some(kind)), faults);
        self
    }

    /// What happens to messages of every kind without a rule of its own.
    #[must_use]
    pub fn on_all(mut self, direction: Direction, faults: Faults) -> Self {
        self.rules.insert((direction, None), faults);
        self
    }

    /// Sets how long a call waits before it ends with `Unanswered`, faults or none. Default 30 s. Source: our choice; it must be longer
    /// than the service's poll time, or no poll ends well.
    #[must_use]
    pub const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Makes cuts visible: calls end with `Unanswered` at once while the link is cut in any direction, as with a connection that was
    /// reset. By default a cut is silent, and calls wait out their patience.
    #[must_use]
    pub const fn with_visible_cuts(mut self) -> Self {
        self.cuts_are_seen = true;
        self
    }

    /// A link under this plan. Give each client or node another number, so that not all meet the same chances.
    #[must_use]
    pub fn link(&self, number: u64) -> FaultHandle {
        FaultHandle::new(self.clone(), number)
    }

    pub(super) fn rule(&self, direction: Direction, kind: &'static str) -> Option<(Rule, &Faults)> {
        let own = (direction, Some(kind));
        let rule = if self.rules.contains_key(&own) { own } else { (direction, None) };
        self.rules.get(&rule).map(|faults| (rule, faults))
    }
}
