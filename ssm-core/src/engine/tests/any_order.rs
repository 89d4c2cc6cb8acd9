//! Whatever the order and repetition of one agent's acknowledgements and replies: the same readable result.

use proptest::prelude::*;
use proptest::sample::Index;

use super::given::{at, document, new_command, node, poll, result, said, sent};
use super::world::World;
use crate::command::{InvocationState, Tally};
use crate::document::StepStatus;
use crate::engine::{Content, acknowledge, cancel_command, cancel_invocations, reply};
use crate::ids::MessageId;
use crate::message::{PluginResult, ReplyPayload};
use crate::record::StepRow;

/// What an agent says of the command's message.
#[derive(Debug, Clone)]
enum Said {
    Acknowledged,
    Replied(Box<ReplyPayload>),
}

fn replied(payload: ReplyPayload) -> Said {
    Said::Replied(Box::new(payload))
}

/// What may happen between two of them.
#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    Poll,
    Dispatch,
    CancelCommand,
    CancelNamed,
    Due,
}

/// What operators can read in the end.
#[derive(Debug, PartialEq)]
struct Outcome {
    state: InvocationState,
    trace: String,
    steps: Vec<StepRow>,
    tally: Tally,
}

/// One run of a document whose steps come to these, in the agent's own order. Like the stock agent's, the last reply has the
/// only step's result once more, or an empty object.
fn run(statuses: &[StepStatus]) -> Vec<Said> {
    let mut all = vec![replied(said(StepStatus::InProgress, None)), Said::Acknowledged];
    let result_of = |(index, &status): (usize, &StepStatus)| {
        let code = if status == StepStatus::Success { 0 } else { 7 };
        (format!("s{}", index + 1), result(status, code))
    };
    let results: Vec<_> = statuses.iter().enumerate().map(result_of).collect();
    // Our own agent tells of output while a step runs.
    let begun = |(name, _): &(String, PluginResult)| (name.clone(), result(StepStatus::InProgress, 0));
    all.extend(results.iter().map(|one| replied(said(StepStatus::InProgress, Some(vec![begun(one)])))));
    all.extend(results.iter().map(|one| replied(said(StepStatus::InProgress, Some(vec![one.clone()])))));
    let order = [StepStatus::Failed, StepStatus::TimedOut, StepStatus::Cancelled];
    let end = order.into_iter().find(|status| statuses.contains(status)).unwrap_or(StepStatus::Success);
    let last = if results.len() == 1 { results } else { Vec::new() };
    let mut last = said(end, Some(last));
    last.document_trace_output = format!("{end:?} in the end");
    all.push(replied(last));
    all
}

impl World {
    fn hear(&mut self, message: &MessageId, what: &Said) {
        let Some(addressed) = self.addressed(message) else { return };
        let decision = match what {
            Said::Acknowledged => acknowledge(addressed, self.now),
            Said::Replied(payload) => {
                let steps: Vec<StepRow> = self.steps.values().cloned().collect();
                reply(addressed, &steps, ReplyPayload::clone(payload), self.now)
            }
        };
        self.commit(&decision.batch).unwrap();
    }

    fn let_happen(&mut self, between: Between) {
        match between {
            Between::Nothing => {}
            Between::Poll => {
                for message in self.poll(&poll(1)) {
                    let id = message.message_id;
                    if matches!(message.content, Content::Cancel { .. }) {
                        self.hear(&id, &replied(said(StepStatus::InProgress, None)));
                        self.hear(&id, &Said::Acknowledged);
                    }
                }
            }
            Between::Dispatch => self.dispatch(),
            Between::CancelCommand => {
                let decision = cancel_command(self.command(), self.now);
                self.commit(&decision.batch).unwrap();
            }
            Between::CancelNamed => {
                let named = self.invocation(1).cloned().unwrap();
                let (key, now) = (named.key.instance.clone(), self.now);
                let decision = cancel_invocations(vec![(key, Some(named))], &mut || self.mint(), now).unwrap();
                self.commit(&decision.batch).unwrap();
            }
            Between::Due => self.due(),
        }
    }
}

/// Sends a command of these steps to one instance, hands it out, and lets this happen, a second apart.
fn outcome(steps: usize, events: &[(Between, Said)]) -> Outcome {
    let mut world = World::new([node(1, Some(0))]);
    let (decision, _) = sent(new_command(1), &[Some(node(1, Some(0)))], &document(steps)).unwrap();
    world.commit(&decision.batch).unwrap();
    world.dispatch();
    let message = world.poll(&poll(1)).remove(0).message_id;
    for (index, (between, said)) in events.iter().enumerate() {
        world.now = at(1 + index as u64);
        world.let_happen(*between);
        world.hear(&message, said);
    }
    world.dispatch();
    assert!(world.completions.is_empty(), "everything is folded");
    assert!(world.command().ended.is_some());
    let invocation = world.invocation(1).unwrap();
    Outcome {
        state: invocation.state,
        trace: invocation.trace.clone(),
        steps: world.steps.values().cloned().collect(),
        tally: world.command().tally,
    }
}

fn any_status() -> impl Strategy<Value = StepStatus> {
    use StepStatus as S;
    proptest::sample::select(vec![S::Success, S::Success, S::Failed, S::TimedOut, S::Cancelled, S::Skipped])
}

fn any_between() -> impl Strategy<Value = Between> {
    use Between as B;
    proptest::sample::select(vec![
        B::Nothing,
        B::Nothing,
        B::Poll,
        B::Poll,
        B::Dispatch,
        B::CancelCommand,
        B::CancelNamed,
        B::Due,
    ])
}

/// A run, and the same in any order, with repetitions, and with other things between.
fn any_history() -> impl Strategy<Value = (Vec<StepStatus>, Vec<(Between, Said)>)> {
    let statuses = proptest::collection::vec(any_status(), 1..=4);
    (statuses, proptest::collection::vec(any::<Index>(), 0..6)).prop_flat_map(|(statuses, repeated)| {
        let mut said = run(&statuses);
        let again: Vec<Said> = repeated.iter().map(|index| said[index.index(said.len())].clone()).collect();
        said.extend(again);
        let between = proptest::collection::vec(any_between(), said.len());
        let history = (between, Just(said).prop_shuffle());
        (Just(statuses), history.prop_map(|(between, said)| between.into_iter().zip(said).collect()))
    })
}

proptest! {

    #[test]
    fn replies_in_any_order_and_repetition_end_in_the_same_readable_result((statuses, history) in any_history()) {
        let straight: Vec<_> = run(&statuses).into_iter().map(|said| (Between::Nothing, said)).collect();
        let wanted = outcome(statuses.len(), &straight);
        prop_assert_eq!((wanted.tally.answered, wanted.tally.completed, wanted.tally.in_flight), (1, 1, 0));
        prop_assert_eq!(wanted.steps.len(), statuses.len());
        prop_assert_eq!(outcome(statuses.len(), &history), wanted);
    }
}
