//! One command on a small fleet: whatever agents, operators and time do, and whoever is faster.
//!
//! What may never be is checked at every commit, in [`super::world`].

use std::time::Duration;

use proptest::prelude::*;

use super::given::{account, document, instance, limits, new_command, node, poll, result, rules, said, sent};
use super::world::{Conflict, World};
use crate::command::{CommandOutcome, InvocationOutcome, InvocationState};
use crate::document::StepStatus;
use crate::engine::{
    Decision, Poll, acknowledge, cancel_command, cancel_invocations, delete, due, fail, hand_out, reply,
};
use crate::ids::{JournalId, MessageId};
use crate::record::{Addressed, StepRow, Target, Targeting};

/// One input, of which a decision is made. Numbers name instances.
#[derive(Debug, Clone, Copy)]
enum Input {
    Dispatch,
    Poll { of: usize, free_slots: Option<u32>, journal: bool },
    Acknowledge(usize),
    AcknowledgeCancel(usize),
    Reply(usize, StepStatus),
    Fail(usize),
    Delete(usize),
    CancelCommand,
    CancelNamed(usize),
    Due(usize),
}

/// What happens.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Alone(Input),
    /// Both are decided on the same rows, and then committed one after the other.
    Race(Input, Input),
    Time(u64),
}

impl World {
    fn decide(&mut self, input: Input) -> Decision {
        match input {
            Input::Dispatch => self.dispatch_decision(),
            Input::Poll { of, free_slots, journal } => {
                let journal = journal.then(|| JournalId::new(uuid::Uuid::from_u128(of as u128)));
                let poll = Poll { free_slots, journal, ..poll(of) };
                hand_out(&poll, &self.mailbox(&poll.instance), &rules(), self.now).decision
            }
            Input::Acknowledge(n) => self.of_command(n).map_or_else(Decision::nothing, |it| acknowledge(it, self.now)),
            Input::AcknowledgeCancel(n) => {
                self.of_cancel(n).map_or_else(Decision::nothing, |it| acknowledge(it, self.now))
            }
            Input::Reply(n, status) => {
                let steps: Vec<StepRow> =
                    self.steps.values().filter(|step| step.key.instance == instance(n)).cloned().collect();
                let payload = said(status, Some(vec![("s1".to_owned(), result(status, 0))]));
                self.of_command(n).map_or_else(Decision::nothing, |it| reply(it, &steps, payload, self.now))
            }
            Input::Fail(n) => self.of_command(n).map_or_else(Decision::nothing, |it| fail(it, "no handler", self.now)),
            Input::Delete(n) => self.of_command(n).map_or_else(Decision::nothing, |it| delete(it, self.now)),
            Input::CancelCommand => cancel_command(self.command(), self.now),
            Input::CancelNamed(n) => {
                let (named, now) = (vec![(instance(n), self.invocation(n).cloned())], self.now);
                cancel_invocations(named, &mut || self.mint(), now).unwrap_or_default()
            }
            Input::Due(n) => match self.invocation(n) {
                Some(invocation) => due(invocation, self.nodes.get(&instance(n)), self.now),
                None => Decision::nothing(),
            },
        }
    }

    fn of_command(&self, n: usize) -> Option<Addressed> {
        self.addressed(&MessageId::of_command(self.command().id, instance(n)))
    }

    fn of_cancel(&self, n: usize) -> Option<Addressed> {
        self.invocation(n).filter(|it| it.cancel.is_some()).cloned().map(Addressed::Cancel)
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Alone(input) => {
                let decision = self.decide(input);
                self.commit(&decision.batch).unwrap();
            }
            Happening::Race(first, second) => {
                let (first, second) = (self.decide(first), self.decide(second));
                self.commit(&first.batch).unwrap();
                // Whether the second passes depends on what both touch; if it does, the checks of the commit hold still.
                let _ = self.commit(&second.batch);
            }
            Happening::Time(seconds) => self.now = self.now + Duration::from_secs(seconds),
        }
    }

    /// Time passes, and nobody but the service moves any more.
    fn run_out(&mut self) {
        for _ in 0..3 {
            self.dispatch();
            self.due();
            self.now = self.now.max(self.command().expires_at);
        }
        self.due();
        self.dispatch();
    }
}

fn sent_world(fleet: usize, max_concurrency: &str, max_errors: &str, by_tag: bool) -> World {
    let nodes: Vec<_> = (1..=fleet).map(|n| node(n, (n != 3).then_some(0))).collect();
    let mut new = new_command(fleet);
    limits(&mut new, max_concurrency, max_errors);
    new.delivery_timeout = Some(Duration::from_secs(600));
    let mut named: Vec<_> = nodes.iter().cloned().map(Some).collect();
    if by_tag {
        new.targeting = Targeting::Targets(vec![Target::TagKey(vec!["fleet".to_owned()])]);
        named.clear();
    }
    let (decision, _) = sent(new, &named, &document(1)).unwrap();
    let mut world = World::new(nodes);
    world.commit(&decision.batch).unwrap();
    world
}

fn any_input() -> impl Strategy<Value = Input> {
    use StepStatus as S;
    let status = proptest::sample::select(vec![
        S::InProgress,
        S::Success,
        S::Success,
        S::Failed,
        S::TimedOut,
        S::Cancelled,
        S::SuccessAndReboot,
    ]);
    let slots = proptest::sample::select(vec![None, Some(0), Some(1)]);
    let poll = (1usize..=6, slots, any::<bool>());
    prop_oneof![
        6 => Just(Input::Dispatch),
        8 => poll.prop_map(|(of, free_slots, journal)| Input::Poll { of, free_slots, journal }),
        3 => (1usize..=6).prop_map(Input::Acknowledge),
        2 => (1usize..=6).prop_map(Input::AcknowledgeCancel),
        5 => (1usize..=6, status).prop_map(|(n, status)| Input::Reply(n, status)),
        1 => (1usize..=6).prop_map(Input::Fail),
        1 => (1usize..=6).prop_map(Input::Delete),
        1 => (1usize..=6).prop_map(Input::CancelNamed),
        1 => Just(Input::CancelCommand),
        3 => (1usize..=6).prop_map(Input::Due),
    ]
}

/// What may close the command, or an invocation of it, beside a poll.
fn any_closing() -> impl Strategy<Value = Input> {
    let named = (1usize..=6).prop_map(Input::CancelNamed);
    prop_oneof![4 => Just(Input::Dispatch), 1 => Just(Input::CancelCommand), 1 => named]
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => any_input().prop_map(Happening::Alone),
        3 => (any_input(), any_input()).prop_map(|(first, second)| Happening::Race(first, second)),
        3 => (any_closing(), 1usize..=6).prop_map(|(first, of)| {
            Happening::Race(first, Input::Poll { of, free_slots: None, journal: false })
        }),
        2 => proptest::sample::select(vec![1, 10, 30, 60, 61, 300]).prop_map(Happening::Time),
    ]
}

fn any_sent() -> impl Strategy<Value = World> {
    let concurrency = proptest::sample::select(vec!["1", "2", "50", "50%", "100%"]);
    let errors = proptest::sample::select(vec!["0", "1", "50%", "100%"]);
    (1usize..=6, concurrency, errors, any::<bool>())
        .prop_map(|(fleet, concurrency, errors, by_tag)| sent_world(fleet, concurrency, errors, by_tag))
}

proptest! {

    #[test]
    fn whatever_happens_a_command_keeps_its_bounds_and_ends(
        mut world in any_sent(), history in proptest::collection::vec(any_happening(), 0..80),
    ) {
        for happening in history {
            world.happen(happening);
        }
        world.run_out();
        prop_assert!(world.invocations.values().all(|invocation| invocation.state.is_terminal()));
        prop_assert!(world.completions.is_empty());
        let command = world.command();
        prop_assert!(command.ended.is_some(), "{command:?}");
        prop_assert_eq!(command.targets(), Some(u32::try_from(world.invocations.len()).unwrap()));
        prop_assert_eq!(command.tally.in_flight, 0);
    }

    #[test]
    fn agents_that_poll_and_answer_bring_every_command_to_its_own_end(
        fleet in 1usize..=6, failing in 0usize..=6, max_errors in 0usize..=6,
    ) {
        let mut world = sent_world(fleet, "100%", &max_errors.to_string(), false);
        for second in 0..30 {
            world.now = super::given::at(second);
            world.dispatch();
            for n in 1..=fleet {
                let status = if n <= failing { StepStatus::Failed } else { StepStatus::Success };
                for message in world.poll(&poll(n)) {
                    assert_eq!(*message.message_id.instance(), instance(n));
                    world.happen(Happening::Alone(Input::Acknowledge(n)));
                    world.happen(Happening::Alone(Input::Reply(n, status)));
                }
            }
        }
        world.dispatch();
        let states = world.invocations.values().map(|invocation| invocation.state);
        let of = |outcome| states.clone().filter(|state| *state == InvocationState::Ended(outcome)).count();
        let (failed, wanted) = (of(InvocationOutcome::Failed), failing.min(fleet));
        let stopped = failed > max_errors;
        prop_assert_eq!(failed + of(InvocationOutcome::Success) + of(InvocationOutcome::Terminated), fleet);
        prop_assert!(stopped || failed == wanted);
        prop_assert!(failed <= wanted);
        let end = world.command().ended.unwrap().0;
        let expected = match failed {
            0 => CommandOutcome::Success,
            failed if failed >= max_errors.max(1) => CommandOutcome::Failed,
            _ => CommandOutcome::Incomplete,
        };
        prop_assert_eq!(end, expected);
        prop_assert_eq!(world.command().account.clone(), account());
    }
}

#[test]
fn a_poll_that_read_before_a_stop_or_a_cancel_hands_nothing_out_after_it() {
    let to = |of| Input::Poll { of, free_slots: None, journal: false };
    for closing in [Input::Dispatch, Input::CancelCommand, Input::CancelNamed(2)] {
        let mut world = sent_world(2, "100%", "0", false);
        // The first one runs and fails, the second one waits to be fetched.
        for input in
            [Input::Dispatch, to(1), Input::Acknowledge(1), Input::Dispatch, Input::Reply(1, StepStatus::Failed)]
        {
            world.happen(Happening::Alone(input));
        }
        assert_eq!(world.invocation(2).unwrap().state, InvocationState::Released);
        let (closes, polls) = (world.decide(closing), world.decide(to(2)));
        assert!(!polls.batch.is_empty());
        world.commit(&closes.batch).unwrap();
        assert_eq!(world.commit(&polls.batch), Err(Conflict), "{closing:?}");
        assert!(world.invocation(2).unwrap().first_handed_out_at.is_none());
        world.dispatch();
        assert!(world.command().ended.is_some());
    }
}

#[test]
fn of_two_polls_or_two_dispatchers_that_read_the_same_one_is_refused() {
    let poll = Input::Poll { of: 1, free_slots: None, journal: true };
    for (before, twice) in [(None, Input::Dispatch), (Some(Input::Dispatch), poll)] {
        let mut world = sent_world(2, "1", "0", false);
        before.into_iter().for_each(|input| world.happen(Happening::Alone(input)));
        let decisions = (world.decide(twice), world.decide(twice));
        world.commit(&decisions.0.batch).unwrap();
        assert_eq!(world.commit(&decisions.1.batch), Err(Conflict), "{twice:?}");
    }
}
