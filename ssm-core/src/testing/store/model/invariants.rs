//! What holds after every commit, whoever made it.

use std::collections::BTreeMap;

use super::super::rows::READS;
use super::client::THROTTLE;
use super::{Shared, lock};
use crate::command::{CommandOutcome, InvocationState, Tally};
use crate::ids::{CommandNumber, InstanceId};
use crate::ports::{CommandQuery, InvocationQuery, Store};
use crate::record::{Command, Invocation, InvocationKey};
use crate::time::Timestamp;

/// More rows than a run makes.
const ALL: usize = 10_000;

/// What was seen before.
#[derive(Default)]
pub(super) struct History {
    states: BTreeMap<InvocationKey, InvocationState>,
    hidden: BTreeMap<InvocationKey, Option<Timestamp>>,
    ended: BTreeMap<CommandNumber, (CommandOutcome, Timestamp)>,
}

/// Reads everything and compares it with what was there before.
///
/// # Panics
/// When an invariant is broken.
pub(super) async fn check(store: &dyn Store, world: &Shared) {
    let (account, seed) = {
        let world = lock(world);
        (world.account.clone(), world.seed)
    };
    let query = CommandQuery { limit: ALL, ..CommandQuery::default() };
    let commands = store.commands(&account, &query).await.expect(READS);
    let query = InvocationQuery { limit: ALL, ..InvocationQuery::default() };
    let all = store.invocations(&account, &query).await.expect(READS);
    for command in &commands {
        let own: Vec<&Invocation> = all.iter().filter(|row| row.key.number == command.number).collect();
        let completions = store.completions(&account, command.number, ALL).await.expect(READS);
        let mut folded = command.clone();
        completions.iter().for_each(|row| folded.fold(&row.completion));
        let counted = count(&own);
        assert_eq!(
            folded.tally, counted,
            "a command's tally and its unfolded completions agree with its invocations' states (seed {seed})"
        );
        if let Some(targets) = command.targets() {
            let most = command.max_concurrency.resolve(targets);
            assert!(counted.in_flight <= most, "no more than {most} invocations hold a slot at once (seed {seed})");
        }
        if command.ended.is_some() {
            let over = own.iter().all(|row| row.state.is_terminal());
            assert!(over, "a command has ended only when each of its invocations has (seed {seed})");
        }
        let mut world = lock(world);
        for row in own {
            progress(&mut world.history, command, row, seed);
        }
        if let Some(ended) = command.ended {
            let known = *world.history.ended.entry(command.number).or_insert(ended);
            assert_eq!(known, ended, "a command's end never changes (seed {seed})");
        }
    }
    throttled(&all, seed);
}

/// One invocation since it was seen last.
fn progress(history: &mut History, command: &Command, row: &Invocation, seed: u64) {
    let hidden = history.hidden.insert(row.key.clone(), row.hidden_until);
    if command.cancel_requested_at.is_some() && row.state == InvocationState::HandedOut {
        let again = hidden.is_some_and(|hidden| hidden != row.hidden_until);
        assert!(!again, "nothing of a cancelled command is handed out again (seed {seed})");
    }
    let before = history.states.insert(row.key.clone(), row.state);
    if before == Some(row.state) {
        return;
    }
    if let Some(before) = before {
        assert!(!before.is_terminal(), "a terminal state never changes: {before:?} to {:?} (seed {seed})", row.state);
    }
    if matches!(row.state, InvocationState::Released | InvocationState::HandedOut) {
        assert!(
            !command.is_closed(),
            "nothing of a command that is cancelled, stopped or over is {:?} any more (seed {seed})",
            row.state
        );
    }
}

fn count(invocations: &[&Invocation]) -> Tally {
    let mut tally = Tally::default();
    for row in invocations {
        tally.in_flight += u32::from(row.state.holds_slot());
        tally.answered += u32::from(row.answered);
        if let InvocationState::Ended(outcome) = row.state {
            tally.count(outcome);
        }
    }
    tally
}

/// First hand-outs of each instance, over all of its commands.
fn throttled(all: &[Invocation], seed: u64) {
    let mut by_instance: BTreeMap<&InstanceId, Vec<Timestamp>> = BTreeMap::new();
    for row in all {
        by_instance.entry(&row.key.instance).or_default().extend(row.first_handed_out_at);
    }
    for (instance, mut times) in by_instance {
        times.sort_unstable();
        for window in times.windows(THROTTLE.limit + 1) {
            let (first, last) = (window.first().copied(), window.last().copied());
            let span = last.zip(first).map(|(last, first)| last.since(first));
            assert!(
                span.is_none_or(|span| span >= THROTTLE.window),
                "{instance} gets at most {} first hand-outs in {:?} (seed {seed})",
                THROTTLE.limit,
                THROTTLE.window
            );
        }
    }
}

/// What both clients have drained.
///
/// # Panics
/// When something is left over.
pub(super) async fn everything_has_ended(store: &dyn Store, world: &Shared) {
    let (account, seed, sent) = {
        let world = lock(world);
        (world.account.clone(), world.seed, world.commands.len())
    };
    let query = CommandQuery { limit: ALL, ..CommandQuery::default() };
    let commands = store.commands(&account, &query).await.expect(READS);
    assert_eq!(commands.len(), sent, "every command that was answered is there, and no other (seed {seed})");
    for command in &commands {
        assert!(command.ended.is_some(), "every command ends when its service goes on (seed {seed}): {command:#?}");
        let left = store.completions(&account, command.number, ALL).await.expect(READS);
        assert_eq!(left, [], "a dispatcher that has nothing to do has folded everything (seed {seed})");
    }
    let unfinished = store.unfinished_commands(None, ALL).await.expect(READS);
    assert_eq!(unfinished.len(), 0, "what has ended is not unfinished (seed {seed})");
    let due = store.due(Timestamp::MAX, ALL).await.expect(READS);
    assert_eq!((due.invocations.len(), due.next_at), (0, None), "what has ended is never due (seed {seed})");
}
