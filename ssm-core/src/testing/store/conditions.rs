//! What a batch requires of commands besides revisions.

use super::rows::{
    READS, START, account, after, command, commit, conflicts, insert, invocation, not_cancelled, open, put, put_command,
};
use crate::command::{CommandOutcome, InvocationState};
use crate::engine::{Batch, Condition};
use crate::ports::Store;
use crate::record::{Command, Revision};

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
