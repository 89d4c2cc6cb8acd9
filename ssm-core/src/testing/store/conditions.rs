//! What a batch requires of commands besides revisions.

use super::rows::{
    READS, START, account, after, command, commit, conflicts, fence, insert, invocation, not_cancelled, open, put,
    put_command,
};
use crate::command::{CommandOutcome, InvocationState};
use crate::engine::{Batch, Condition};
use crate::ids::DispatcherId;
use crate::ports::Store;
use crate::record::{Command, Lease, Revision};
use uuid::Uuid;

/// A command in each state, and whether each condition holds there.
fn states() -> Vec<(&'static str, Command, bool, bool)> {
    let fresh = |which| command(&account(1), which);
    let cancelled = Some(after(1));
    let ended = Some((CommandOutcome::Success, after(2)));
    vec![
        ("is open", fresh(1), true, true),
        ("is cancelled", Command { cancel_requested_at: cancelled, ..fresh(2) }, false, false),
        ("was stopped by MaxErrors", Command { stopped_at: Some(after(1)), ..fresh(3) }, true, false),
        ("has ended", Command { ended, ..fresh(4) }, false, false),
        ("was cancelled and has ended", Command { cancel_requested_at: cancelled, ended, ..fresh(5) }, false, false),
        ("was stopped and has ended", Command { stopped_at: Some(after(1)), ended, ..fresh(6) }, false, false),
    ]
}

async fn holds(store: &dyn Store, condition: Condition) -> bool {
    !conflicts(store, Batch { conditions: vec![condition], writes: Vec::new() }).await
}

pub(super) async fn conditions_hold_by_the_state_of_their_command(store: &dyn Store) {
    let account = account(1);
    for (state, command, is_not_cancelled, is_open) in states() {
        let which = command.number.value();
        // As commands come to their states: inserted first, then changed.
        commit(store, [insert(&self::command(&account, which))]).await;
        assert!(holds(store, open(&account, which)).await, "a command that was just inserted is open");
        commit(store, [put_command(&Command { revision: Revision::NEW.next(), ..command })]).await;
        let found = holds(store, not_cancelled(&account, which)).await;
        assert_eq!(found, is_not_cancelled, "whether NotCancelled holds for a command that {state}");
        let found = holds(store, open(&account, which)).await;
        assert_eq!(found, is_open, "whether Open holds for a command that {state}");
    }
    for condition in [not_cancelled(&account, 99), open(&account, 99)] {
        assert!(!holds(store, condition).await, "no condition holds for a command that is unknown");
    }
    for condition in [not_cancelled(&super::rows::account(2), 1), open(&super::rows::account(2), 1)] {
        assert!(!holds(store, condition).await, "no condition holds for a command of another account");
    }
}

pub(super) async fn a_fence_is_that_of_the_commands_lease(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    commit(store, [insert(&command(&own, 1)), insert(&command(&other, 2))]).await;
    assert!(holds(store, fence(&own, 1, 0)).await, "a fresh command was in nobody's hands");
    let lease = Lease { holder: Some(DispatcherId::new(Uuid::from_u128(1))), until: after(5), fence: 7 };
    let leased = Command { revision: Revision::NEW.next(), lease, ..command(&own, 1) };
    commit(store, [put_command(&leased)]).await;
    let read = store.command_by_number(&own, leased.number).await.expect(READS);
    assert_eq!(read.map(|command| command.lease), Some(lease), "a lease is read as it was written");
    for (number, holds_now) in [(0, false), (6, false), (7, true), (8, false)] {
        assert_eq!(
            holds(store, fence(&own, 1, number)).await,
            holds_now,
            "whether the fence {number} is the 7 of the row"
        );
    }
    assert!(!holds(store, fence(&own, 2, 0)).await, "no condition holds for a command of another account");
    // It is checked against what was there before the batch's own writes.
    let next = Lease { fence: 8, ..lease };
    let takes = put_command(&Command { revision: leased.revision.next(), lease: next, ..leased });
    let stale = Batch { conditions: vec![fence(&own, 1, 8)], writes: vec![takes.clone()] };
    assert!(conflicts(store, stale).await, "a batch is checked before its own writes");
    let taken = Batch { conditions: vec![fence(&own, 1, 7)], writes: vec![takes] };
    assert!(!conflicts(store, taken).await, "a batch that passes the old fence writes the new one");
    assert!(holds(store, fence(&own, 1, 8)).await, "the new fence is the one that holds");
}

pub(super) async fn a_condition_stops_a_batch_that_would_fit(store: &dyn Store) {
    let account = account(1);
    let [open_one, cancelled] = [1, 2].map(|which| command(&account, which));
    commit(store, [insert(&open_one), insert(&cancelled)]).await;
    let cancelled = Command { revision: Revision::NEW.next(), cancel_requested_at: Some(START), ..cancelled };
    commit(store, [put_command(&cancelled)]).await;
    let released = invocation(&open_one, 1, InvocationState::Released);
    for conditions in [
        vec![open(&account, 2)],
        vec![open(&account, 1), not_cancelled(&account, 2)],
        vec![not_cancelled(&account, 2), open(&account, 1)],
    ] {
        let batch = Batch { conditions: conditions.clone(), writes: vec![put(&released)] };
        assert!(conflicts(store, batch).await, "every condition of a batch must hold: {conditions:?}");
        let read = store.invocation(&released.key).await.expect(READS);
        assert_eq!(read, None, "a batch whose condition does not hold leaves no trace");
    }
    let conditions = vec![open(&account, 1), not_cancelled(&account, 1), open(&account, 1)];
    let batch = Batch { conditions, writes: vec![put(&released)] };
    assert!(!conflicts(store, batch).await, "a batch whose conditions hold is applied; the same one may stand twice");
}
