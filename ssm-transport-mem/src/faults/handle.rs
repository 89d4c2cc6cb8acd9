//! One link under a plan: its cut, its counts, and how a message gets over it.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::dice::Dice;
use super::plan::{Direction, Fate, FaultPlan, Rule};

/// What was done to the messages of a link until now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultCounts {
    /// Calls that were begun.
    pub calls: u64,
    /// Messages that took time.
    pub delayed: u64,
    /// Requests that were lost by chance.
    pub lost_requests: u64,
    /// Answers that were lost by chance.
    pub lost_answers: u64,
    /// Requests that came to the server twice.
    pub duplicated: u64,
    /// Messages that were held back.
    pub held: u64,
    /// Requests that were lost by a cut.
    pub cut_requests: u64,
    /// Answers that were lost by a cut.
    pub cut_answers: u64,
    /// Calls that waited in vain until their patience had ended.
    pub out_of_patience: u64,
}

/// One link between clients and their server, in a test's hands: it cuts and heals it, ends its faults, and sees what was done.
///
/// Made by [`FaultPlan::link`], put before a client by [`Client::with_faults`](crate::Client::with_faults); several clients may share one,
/// and are then cut together. Cheap to clone; clones are the same link.
#[derive(Debug, Clone)]
pub struct FaultHandle(Arc<Link>);

#[derive(Debug)]
struct Link {
    plan: FaultPlan,
    number: u64,
    state: Mutex<State>,
    cut: Notify,
    passed: [Notify; 2],
}

#[derive(Debug, Default)]
struct State {
    counts: FaultCounts,
    calm: bool,
    cut: [bool; 2],
    /// How often each direction was cut: what was under way at a cut is lost.
    cuts: [u64; 2],
    passed: [u64; 2],
    harmed: BTreeMap<Rule, u64>,
    /// Calls that a client has left while the server could not hear of it.
    unheard: Vec<Box<dyn Waiting>>,
}

/// The client's end of a call, kept open.
pub(crate) trait Waiting: Debug + Send {
    /// Whether the server has done with the call.
    fn is_over(&mut self) -> bool;
}

/// A call under way: its number on the link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number(u64);

impl FaultHandle {
    pub(super) fn new(plan: FaultPlan, number: u64) -> Self {
        let (cut, passed) = (Notify::new(), [Notify::new(), Notify::new()]);
        Self(Arc::new(Link { plan, number, state: Mutex::default(), cut, passed }))
    }

    /// Cuts both directions until [`heal`](Self::heal): nothing passes, and what is under way is lost. The server does not hear
    /// that clients have gone away meanwhile.
    pub fn cut(&self) {
        self.cut_these(&[Direction::Request, Direction::Answer]);
    }

    /// Cuts one direction until [`heal`](Self::heal).
    pub fn cut_one(&self, direction: Direction) {
        self.cut_these(&[direction]);
    }

    fn cut_these(&self, directions: &[Direction]) {
        let mut state = self.lock();
        for direction in directions {
            state.cut[direction.index()] = true;
            state.cuts[direction.index()] += 1;
        }
        drop(state);
        self.0.cut.notify_waiters();
    }

    /// Lets messages pass again in both directions. The server now hears of the clients that have gone away during the cut, and
    /// drops their calls.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.cut = [false; 2];
        let unheard = std::mem::take(&mut state.unheard);
        drop(state);
        drop(unheard);
    }

    /// Ends all faults for good: heals, and lets every message that departs from now on pass at once.
    pub fn calm(&self) {
        self.lock().calm = true;
        self.heal();
    }

    /// Whether any direction is cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.lock().cut != [false; 2]
    }

    /// What was done until now.
    #[must_use]
    pub fn counts(&self) -> FaultCounts {
        self.lock().counts
    }

    pub(crate) fn begin(&self) -> Number {
        let counts = &mut self.lock().counts;
        counts.calls += 1;
        Number(counts.calls)
    }

    /// What happens to a message that departs now.
    pub(crate) fn fate(&self, call: Number, direction: Direction, kind: &'static str) -> Fate {
        let plan = &self.0.plan;
        let mut state = self.lock();
        let Some((rule, faults)) = plan.rule(direction, kind).filter(|_| !state.calm) else { return Fate::default() };
        let way = u64::from(direction == Direction::Answer);
        let mut fate = faults.draw(&mut Dice::of([plan.seed, self.0.number, call.0, way]));
        if direction == Direction::Answer {
            fate.copy_behind = None;
        }
        if fate.is_harm() {
            let harmed = state.harmed.entry(rule).or_default();
            if faults.most().is_some_and(|most| *harmed >= most) {
                return fate.spared();
            }
            *harmed += 1;
        }
        fate
    }

    /// Brings a message over the link. Answers whether it arrives; who sends it on says so with [`arrived`](Self::arrived).
    pub(crate) async fn travel(&self, direction: Direction, fate: Fate) -> bool {
        let Some(cuts) = self.depart(direction, fate) else { return false };
        if let Some(at_most) = fate.held {
            self.hold(direction, at_most).await;
        }
        if fate.delay > Duration::ZERO {
            let clock = &self.0.plan.clock;
            clock.sleep_until(clock.now() + fate.delay).await;
        }
        let mut state = self.lock();
        let cut = state.cut[direction.index()] || state.cuts[direction.index()] != cuts;
        if cut {
            count_cut(&mut state, direction);
        }
        !cut
    }

    /// Counts what happens to the message. Answers how often the direction was cut before, or `None` if the message is lost at once.
    fn depart(&self, direction: Direction, fate: Fate) -> Option<u64> {
        let mut state = self.lock();
        if state.cut[direction.index()] {
            count_cut(&mut state, direction);
            return None;
        }
        let counts = &mut state.counts;
        match direction {
            _ if !fate.lost => {}
            Direction::Request => counts.lost_requests += 1,
            Direction::Answer => counts.lost_answers += 1,
        }
        if fate.lost {
            return None;
        }
        counts.delayed += u64::from(fate.delay > Duration::ZERO);
        counts.held += u64::from(fate.held.is_some());
        Some(state.cuts[direction.index()])
    }

    async fn hold(&self, direction: Direction, at_most: Duration) {
        let seen = self.lock().passed[direction.index()];
        let another = async {
            loop {
                // Made before the look, so that nothing is missed in between.
                let passed = self.0.passed[direction.index()].notified();
                if self.lock().passed[direction.index()] != seen {
                    return;
                }
                passed.await;
            }
        };
        let clock = &self.0.plan.clock;
        tokio::select! {
            biased;
            () = another => {}
            () = clock.sleep_until(clock.now() + at_most) => {}
        }
    }

    /// A message has arrived: what was held back for it may follow.
    pub(crate) fn arrived(&self, direction: Direction) {
        self.lock().passed[direction.index()] += 1;
        self.0.passed[direction.index()].notify_waiters();
    }

    /// Brings the copy of a request over the link that has just arrived.
    pub(crate) async fn travel_behind(self, delay: Duration) -> bool {
        let arrives = self.travel(Direction::Request, Fate { delay, ..Fate::default() }).await;
        if arrives {
            self.lock().counts.duplicated += 1;
            self.arrived(Direction::Request);
        }
        arrives
    }

    /// Waits for as long as a call may take.
    pub(crate) async fn patience(&self) {
        let plan = &self.0.plan;
        plan.clock.sleep_until(plan.clock.now() + plan.patience).await;
        self.lock().counts.out_of_patience += 1;
    }

    /// Waits until clients see that the link is cut; for ever when cuts are silent.
    pub(crate) async fn seen_cut(&self) {
        if !self.0.plan.cuts_are_seen {
            return std::future::pending().await;
        }
        loop {
            let cut = self.0.cut.notified();
            if self.is_cut() {
                return;
            }
            cut.await;
        }
    }

    /// A client goes away from a call. While the link is cut the server must not hear of it.
    pub(crate) fn leave(&self, mut call: impl Waiting + 'static) {
        let mut state = self.lock();
        state.unheard.retain_mut(|call| !call.is_over());
        if state.cut != [false; 2] && !call.is_over() {
            state.unheard.push(Box::new(call));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count_cut(state: &mut State, direction: Direction) {
    match direction {
        Direction::Request => state.counts.cut_requests += 1,
        Direction::Answer => state.counts.cut_answers += 1,
    }
}
