//! Several dispatchers over one command: who may decide, until when, and whose commit passes.

use std::time::Duration;

use uuid::Uuid;

use super::given::{account, at, command, command_in, fresh, invocations_in, queued};
use crate::command::{CommandOutcome, InvocationOutcome, InvocationState};
use crate::engine::{Batch, Condition, Decision, DispatchView, Write, claim, dispatch};
use crate::ids::DispatcherId;
use crate::record::{Command, Completion, CompletionRow, Lease};
use crate::time::Timestamp;

fn dispatcher(n: u128) -> DispatcherId {
    DispatcherId::new(Uuid::from_u128(n))
}

/// What the dispatcher of this number decides about one candidate, or until when it has to wait.
fn decide(command: &Command, by: u128, more: bool, now: Timestamp) -> Result<Decision, Timestamp> {
    let claim = claim(command, dispatcher(by), now)?;
    let candidates = [queued(command, 1)];
    let view = DispatchView { command, completions: &[], to_end: &[], candidates: &candidates };
    Ok(claim.fenced(dispatch(&view, &mut fresh(), now), more, now))
}

/// The command as the store has it after the batch, if it passes: by the revision, and by the fence.
fn commit(store: &Command, batch: &Batch) -> Result<Command, &'static str> {
    for condition in &batch.conditions {
        let Condition::Fence { fence, .. } = condition else { panic!("{condition:?}") };
        if *fence != store.lease.fence {
            return Err("fence");
        }
    }
    let written = command_in(batch).unwrap();
    if written.revision != store.revision {
        return Err("revision");
    }
    Ok(Command { revision: written.revision.next(), ..written.clone() })
}

#[test]
fn the_lease_is_taken_by_the_commit_that_does_the_work() {
    let command = command(3, |_| {});
    assert_eq!(command.lease, Lease::default(), "a fresh command is nobody's");
    for (more, until) in [(true, at(10) + Lease::TIME), (false, at(10) + Lease::IDLE_TIME)] {
        let batch = decide(&command, 1, more, at(10)).unwrap().batch;
        assert_eq!(invocations_in(&batch).len(), 1);
        let fence = Condition::Fence { account: account(), number: command.number, fence: 0 };
        assert_eq!(batch.conditions, [fence], "it passes under the fence that was read");
        let lease = Lease { holder: Some(dispatcher(1)), until, fence: 1 };
        assert_eq!(command_in(&batch).unwrap().lease, lease);
    }
}

#[test]
fn nothing_to_do_takes_no_lease() {
    let command = command(1, |_| {});
    let claim = claim(&command, dispatcher(1), at(1)).unwrap();
    assert_eq!(claim.fenced(Decision::nothing(), true, at(1)), Decision::nothing());
}

#[test]
fn a_foreign_lease_is_respected_until_it_ends() {
    let lease = Lease { holder: Some(dispatcher(1)), until: at(15), fence: 4 };
    let held = Command { lease, ..command(3, |_| {}) };
    for (now, wanted) in [(at(10), Err(at(15))), (at(15) - Duration::from_millis(1), Err(at(15))), (at(15), Ok(5))] {
        let found = decide(&held, 2, true, now).map(|decision| command_in(&decision.batch).unwrap().lease.fence);
        assert_eq!(found, wanted, "the other one at {now}");
    }
    for now in [at(10), at(15), at(99)] {
        let lease = command_in(&decide(&held, 1, true, now).unwrap().batch).unwrap().lease;
        assert_eq!((lease.fence, lease.until), (4, now + Lease::TIME), "the holder goes on, and the fence stays");
    }
}

#[test]
fn a_holder_that_wakes_up_after_its_lease_was_taken_writes_nothing() {
    let mut store = command(9, |_| {});
    store.tally.answered = 9;
    let first = commit(&store, &decide(&store, 1, true, at(0)).unwrap().batch).unwrap();
    // The first one decides, and sleeps before its commit. Its lease ends, and another one takes over.
    let stale = decide(&first, 1, true, at(4)).unwrap();
    assert_eq!(decide(&first, 2, true, at(4)).unwrap_err(), at(5));
    let taken = commit(&first, &decide(&first, 2, true, at(5)).unwrap().batch).unwrap();
    assert_eq!((taken.lease.holder, taken.lease.fence), (Some(dispatcher(2)), 2));
    assert_eq!(commit(&taken, &stale.batch), Err("fence"));
    // Both guards hold alone: the revision too, for whoever has the same fence.
    let one = decide(&taken, 2, true, at(6)).unwrap();
    let other = decide(&taken, 2, true, at(6)).unwrap();
    let then = commit(&taken, &one.batch).unwrap();
    assert_eq!(commit(&then, &other.batch), Err("revision"));
    // Having read again, it sees that it is not its turn.
    assert_eq!(decide(&then, 1, true, at(7)).unwrap_err(), at(11));
}

#[test]
fn a_restarted_process_is_another_dispatcher_and_waits_for_the_lease_of_the_one_it_was() {
    let store = command(3, |_| {});
    let crashed = commit(&store, &decide(&store, 1, true, at(0)).unwrap().batch).unwrap();
    let idle = commit(&store, &decide(&store, 1, false, at(0)).unwrap().batch).unwrap();
    assert_eq!(decide(&crashed, 2, true, at(0)).unwrap_err(), at(5));
    assert_eq!(decide(&idle, 2, true, at(0)).unwrap_err(), at(0) + Lease::IDLE_TIME);
    assert!(decide(&idle, 2, true, at(1)).is_ok());
}

#[test]
fn a_command_that_ends_is_given_up() {
    let command = command(1, |_| {});
    let key = queued(&command, 1).key;
    let ended = Some(InvocationOutcome::Success);
    let completion = Completion { key, first_answer: true, gave_slot_back: true, delay: None, ended };
    let completions = [CompletionRow { sequence: 1, completion }];
    let view = DispatchView { command: &command, completions: &completions, to_end: &[], candidates: &[] };
    let claim = claim(&command, dispatcher(1), at(3)).unwrap();
    let decision = claim.fenced(dispatch(&view, &mut fresh(), at(3)), true, at(3));
    let written = command_in(&decision.batch).unwrap();
    assert_eq!(written.ended, Some((CommandOutcome::Success, at(3))));
    assert_eq!(written.lease.holder, None);
}

#[test]
fn a_batch_without_the_commands_row_gets_it() {
    let command = command(1, |_| {});
    let mut decision = Decision::nothing();
    let (account, number) = (account(), command.number);
    decision.batch.write(Write::RemoveCompletion { account, number, sequence: 1 });
    let fenced = claim(&command, dispatcher(1), at(0)).unwrap().fenced(decision, false, at(0));
    let written = command_in(&fenced.batch).unwrap();
    assert_eq!((written.revision, written.lease.fence), (command.revision, 1));
    assert_eq!(queued(written, 1).state, InvocationState::Queued);
}
