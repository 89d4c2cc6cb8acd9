//! The mark of a cancel: the one write of a command that needs no revision.

use super::rows::{
    READS, account, after, command, commit, conflicts, insert, invocation, mark_cancelled, not_cancelled, open, put,
    put_command, writes,
};
use crate::command::{CommandOutcome, InvocationState};
use crate::engine::Batch;
use crate::ids::AccountId;
use crate::ports::Store;
use crate::record::{Command, Revision};

async fn read(store: &dyn Store, account: &AccountId, which: u64) -> Command {
    let id = command(account, which).id;
    store.command(account, id).await.expect(READS).expect("a command that was inserted is there")
}

pub(super) async fn a_mark_cancels_what_is_neither_cancelled_nor_over(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let revision = Revision::NEW.next();
    let ended = Some((CommandOutcome::Success, after(2)));
    let fresh = |which| Command { revision, ..command(&own, which) };
    for (state, changed, marks) in [
        ("is open", fresh(1), true),
        ("was stopped by MaxErrors", Command { stopped_at: Some(after(1)), ..fresh(2) }, true),
        ("has ended", Command { ended, ..fresh(3) }, false),
        ("is cancelled already", Command { cancel_requested_at: Some(after(1)), ..fresh(4) }, false),
        ("was cancelled and has ended", Command { cancel_requested_at: Some(after(1)), ended, ..fresh(5) }, false),
    ] {
        let which = changed.number.value();
        commit(store, [insert(&command(&own, which)), insert(&command(&other, which + 10))]).await;
        commit(store, [put_command(&changed)]).await;
        let before = read(store, &own, which).await;
        // Nothing is refused: the second one, and the one of the other account's command, find nothing to do.
        for at in [after(5), after(9)] {
            commit(store, [mark_cancelled(&own, which, at), mark_cancelled(&own, which + 10, at)]).await;
        }
        let marked =
            Command { cancel_requested_at: Some(after(5)), revision: before.revision.next(), ..before.clone() };
        let wanted = if marks { marked } else { before };
        let found = read(store, &own, which).await;
        assert_eq!(found, wanted, "what a mark, and its repetition, make of a command that {state}");
        let foreign = read(store, &other, which + 10).await;
        let untouched = Command { revision, ..command(&other, which + 10) };
        assert_eq!(foreign, untouched, "a mark leaves the commands of other accounts alone");
    }
    commit(store, [mark_cancelled(&own, 99, after(5))]).await;
    let unknown = store.command_by_number(&own, command(&own, 99).number).await.expect(READS);
    assert_eq!(unknown, None, "a mark does not make a command known");
    commit(store, [insert(&command(&own, 99))]).await;
    let later = read(store, &own, 99).await.cancel_requested_at;
    assert_eq!(later, None, "a mark of an unknown command leaves nothing behind");
}

pub(super) async fn a_mark_needs_no_revision_and_gives_the_next_one(store: &dyn Store) {
    let account = account(1);
    commit(store, [insert(&command(&account, 1))]).await;
    let first = read(store, &account, 1).await;
    // A busy dispatcher writes between the operator's reading and the mark.
    commit(store, [put_command(&Command { comment: "second".to_owned(), ..first })]).await;
    let second = read(store, &account, 1).await;
    commit(store, [mark_cancelled(&account, 1, after(5))]).await;
    let stale = put_command(&Command { comment: "stale".to_owned(), ..second.clone() });
    assert!(
        conflicts(store, writes([stale])).await,
        "whoever read a command before it was cancelled must read it again before writing it"
    );
    let marked = read(store, &account, 1).await;
    let wanted = Command { cancel_requested_at: Some(after(5)), revision: second.revision.next(), ..second };
    assert_eq!(marked, wanted, "a mark gives the next revision, and changes nothing else");
    // A repetition changes nothing, so it stops nobody.
    commit(store, [mark_cancelled(&account, 1, after(6))]).await;
    let ended = Command { ended: Some((CommandOutcome::Cancelled, after(7))), ..marked };
    let refused = conflicts(store, writes([put_command(&ended)])).await;
    assert!(!refused, "a repeated mark gives no new revision");
    commit(store, [mark_cancelled(&account, 1, after(8))]).await;
    let wanted = Command { revision: ended.revision.next(), ..ended };
    assert_eq!(read(store, &account, 1).await, wanted, "a mark changes nothing of what is over");
    let unfinished = store.unfinished_commands(None, 10).await.expect(READS);
    assert_eq!(unfinished, [], "what is over stays over");
}

pub(super) async fn a_mark_is_seen_by_conditions_and_polls(store: &dyn Store) {
    let account = account(1);
    let command = command(&account, 1);
    let released = invocation(&command, 1, InvocationState::Released);
    commit(store, [insert(&command), put(&released)]).await;
    commit(store, [mark_cancelled(&account, 1, after(5))]).await;
    for condition in [not_cancelled(&account, 1), open(&account, 1)] {
        let batch = Batch { conditions: vec![condition.clone()], writes: Vec::new() };
        assert!(conflicts(store, batch).await, "{condition:?} does not hold for a command that is marked");
    }
    let mailbox = store.mailbox(&account, &released.key.instance, after(5), 10).await.expect(READS);
    let told: Vec<_> = mailbox.entries.iter().map(|entry| entry.command_cancelled).collect();
    assert_eq!(told, [true], "an entry tells that its command was marked");
}
