//! Rate control against a reference that says the rules as plainly as possible: over whatever fleets, limits, outcomes and delays,
//! both must come to the same at every step.

mod agents;
mod compare;
mod drive;
mod reference;

use proptest::prelude::*;
use proptest::sample::select;

use self::agents::Plan;
use self::drive::{Pair, Start};
use crate::document::StepStatus as S;

/// What happens next. Numbers name nodes, round and round.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Pass(u64),
    /// One turn of the dispatcher, which folds two completions at most.
    Turn,
    Dispatch,
    Poll(usize),
    PollAll,
    Act(usize),
    ActAll,
    Look(usize),
    LookAll,
    Online(usize, bool),
    Room(usize, bool),
    Cancel(usize),
    CancelAll,
    /// All of it, in this order: time, agents, dispatcher, polls, dispatcher.
    Round,
}

impl Pair {
    fn happen(&mut self, happening: Happening, fleet: usize) {
        let nth = |n: usize| 1 + n % fleet;
        match happening {
            Happening::Pass(seconds) => self.pass(seconds),
            Happening::Turn => {
                self.turn();
            }
            Happening::Dispatch => self.dispatch(),
            Happening::Poll(n) => self.poll(nth(n)),
            Happening::PollAll => self.poll_all(),
            Happening::Act(n) => self.act(nth(n)),
            Happening::ActAll => self.act_all(),
            Happening::Look(n) => self.look(nth(n)),
            Happening::LookAll => self.look_all(),
            Happening::Online(n, online) => self.set_online(nth(n), online),
            Happening::Room(n, has_room) => self.set_room(nth(n), has_room),
            Happening::Cancel(n) => self.cancel(nth(n)),
            Happening::CancelAll => self.cancel_all(),
            Happening::Round => self.round(),
        }
        self.compare();
    }
}

fn any_happening() -> impl Strategy<Value = Happening> {
    use Happening as H;
    let node = 0usize..40;
    prop_oneof![
        6 => select(vec![1, 5, 10, 30, 59, 60, 61, 120, 121, 300]).prop_map(H::Pass),
        9 => Just(H::Round),
        3 => Just(H::Turn),
        2 => Just(H::Dispatch),
        2 => node.clone().prop_map(H::Poll),
        2 => Just(H::PollAll),
        2 => node.clone().prop_map(H::Act),
        3 => Just(H::ActAll),
        1 => node.clone().prop_map(H::Look),
        1 => Just(H::LookAll),
        2 => (node.clone(), any::<bool>()).prop_map(|(n, online)| H::Online(n, online)),
        2 => (node.clone(), any::<bool>()).prop_map(|(n, has_room)| H::Room(n, has_room)),
        2 => node.prop_map(H::Cancel),
    ]
}

/// Happenings, with a cancel of the whole among them at times.
fn any_history() -> impl Strategy<Value = Vec<Happening>> {
    let cancel = proptest::option::weighted(0.2, any::<proptest::sample::Index>());
    (proptest::collection::vec(any_happening(), 0..40), cancel).prop_map(|(mut history, cancel)| {
        if let Some(index) = cancel {
            history.insert(index.index(history.len() + 1), Happening::CancelAll);
        }
        history
    })
}

/// What the nodes of a fleet are like: each fleet has its own share of what goes wrong, so that some run far and some stop early.
fn any_plan(trouble: u32) -> impl Strategy<Value = Plan> {
    let end = prop_oneof![
        10 => Just(Some(S::Success)),
        trouble => select(vec![Some(S::Failed), Some(S::TimedOut), Some(S::Failed), None]),
    ];
    let after = prop_oneof![8 => Just(Some(0)), 2 => select(vec![Some(5), Some(59), Some(61)]), 2 => Just(None)];
    let ends_after = prop_oneof![8 => Just(Some(0)), 4 => select(vec![Some(10), Some(90), Some(700)]), 1 => Just(None)];
    let bits = (proptest::bool::weighted(0.85), proptest::bool::weighted(0.05), any::<[bool; 3]>());
    (end, after, ends_after, bits).prop_map(
        |(end, acknowledges_after, ends_after, (online, foreign, [states_slots, in_words, obeys]))| Plan {
            online,
            foreign,
            states_slots,
            acknowledges_after,
            in_words,
            ends_after,
            end,
            obeys,
        },
    )
}

fn any_start() -> impl Strategy<Value = Start> {
    let concurrency = select(vec!["1", "2", "3", "5", "10", "50", "1%", "10%", "25%", "50%", "100%"]);
    let errors = select(vec!["0", "1", "2", "5", "1%", "5%", "10%", "25%", "50%", "100%"]);
    let plans = select(vec![1, 5, 20]).prop_flat_map(|trouble| proptest::collection::vec(any_plan(trouble), 1..=40));
    (plans, concurrency, errors, select(vec![120, 600, 3600]), any::<bool>()).prop_map(
        |(plans, max_concurrency, max_errors, delivery_timeout, by_tag)| Start {
            plans,
            max_concurrency,
            max_errors,
            delivery_timeout,
            by_tag,
        },
    )
}

proptest! {
    #[test]
    fn rate_control_is_what_a_plain_reading_of_its_rules_says(start in any_start(), history in any_history()) {
        let fleet = start.plans.len();
        let mut pair = Pair::new(&start);
        for happening in history {
            pair.happen(happening, fleet);
        }
        pair.run_out();
    }
}
