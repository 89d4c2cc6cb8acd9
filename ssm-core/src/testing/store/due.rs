//! What time alone will change.

use std::time::Duration;

use super::rows::{READS, account, after, command, commit, insert, invocation, number, put};
use crate::command::{InvocationOutcome, InvocationState};
use crate::ports::Store;
use crate::record::{CancelDelivery, Command, Invocation, InvocationKey, Revision};
use crate::time::Timestamp;
use uuid::Uuid;

/// An invocation of the first account's command 1 that expires then.
fn expiring(which: u64, at: Timestamp) -> Invocation {
    let command = Command { expires_at: at, ..command(&account(which % 2 + 1), which % 2 + 1) };
    invocation(&command, which, InvocationState::Running)
}

pub(super) async fn due_rows_come_earliest_first(store: &dyn Store) {
    commit(store, [insert(&command(&account(1), 1)), insert(&command(&account(2), 2))]).await;
    // 20 rows of two accounts that come due every ten seconds, written in no order.
    let all: Vec<Invocation> = (1..=20).map(|which| expiring(which, after(which * 10))).collect();
    for index in (1..=20).map(|step| step * 8 % 21) {
        commit(store, [put(&expiring(index, after(index * 10)))]).await;
    }
    for (now, limit) in [
        (after(9), 5),
        (after(10), 5),
        (after(100), 0),
        (after(100), 3),
        (after(100), 10),
        (after(100), 11),
        (after(199), 100),
        (after(200), 100),
        (after(200), 20),
        (Timestamp::MAX, 7),
    ] {
        let rows = store.due(now, limit).await.expect(READS);
        let come = all.iter().filter(|row| row.expires_at <= now).count().min(limit);
        let keys: Vec<&InvocationKey> = rows.invocations.iter().map(|row| &row.key).collect();
        let wanted: Vec<_> = all.iter().take(come).map(|row| &row.key).collect();
        assert_eq!(keys, wanted, "due rows of all accounts come earliest first, at most {limit}, at {now}");
        let next = all.get(come).map(|row| row.expires_at);
        assert_eq!(rows.next_at, next, "next_at is when the earliest row that is not in the list comes due, at {now}");
    }
}

pub(super) async fn what_has_ended_is_never_due(store: &dyn Store) {
    let command = command(&account(1), 1);
    commit(store, [insert(&command)]).await;
    let running = invocation(&command, 1, InvocationState::Running);
    let ended = invocation(&command, 2, InvocationState::Ended(InvocationOutcome::Success));
    commit(store, [put(&running), put(&ended)]).await;
    let rows = store.due(Timestamp::MAX, 10).await.expect(READS);
    let keys: Vec<_> = rows.invocations.iter().map(|row| row.key.clone()).collect();
    assert_eq!((keys, rows.next_at), (vec![running.key.clone()], None), "what has ended is never due");
    let over = InvocationState::Ended(InvocationOutcome::Failed);
    commit(store, [put(&Invocation { revision: Revision::NEW.next(), state: over, ..running })]).await;
    let rows = store.due(Timestamp::MAX, 10).await.expect(READS);
    assert_eq!((rows.invocations.len(), rows.next_at), (0, None), "what ends is not due any more");
}

/// The same invocation through its states: at each write the store finds it due at the row's own time, and never before.
pub(super) async fn a_row_is_due_by_its_latest_write(store: &dyn Store) {
    use InvocationState as S;
    let command = command(&account(1), 1);
    commit(store, [insert(&command)]).await;
    let answered = CancelDelivery { answered_at: Some(after(300)), ..CancelDelivery::new(Uuid::from_u128(1)) };
    let base = |state| invocation(&command, 1, state);
    let stages = [
        Invocation { presence_check_pending: true, ..base(S::Queued) },
        base(S::Queued),
        Invocation { since: after(100), ..base(S::Released) },
        Invocation { since: after(400), ..base(S::Released) },
        base(S::Delayed),
        base(S::HandedOut),
        Invocation { cancel: Some(CancelDelivery::new(Uuid::from_u128(1))), ..base(S::Cancelling) },
        Invocation { cancel: Some(answered), ..base(S::Cancelling) },
    ];
    for (revision, stage) in (0..).zip(stages) {
        let row = Invocation { revision: Revision::from_value(revision), ..stage };
        commit(store, [put(&row)]).await;
        let at = row.due_at().expect("what has not ended comes due");
        let early = store.due(at - Duration::from_millis(1), 10).await.expect(READS);
        let found = (early.invocations.len(), early.next_at);
        assert_eq!(found, (0, Some(at)), "a row that is {:?} is not due before its time", row.state);
        let rows = store.due(at, 10).await.expect(READS);
        let revisions: Vec<_> = rows.invocations.iter().map(|row| (row.key.number, row.revision)).collect();
        assert_eq!(revisions, [(number(1), row.revision.next())], "a row that is {:?} is due at its time", row.state);
    }
}
