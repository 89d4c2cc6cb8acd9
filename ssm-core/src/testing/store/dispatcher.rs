//! What a command's dispatcher reads: completions, and candidates for release.

use std::time::Duration;

use super::rows::{
    READS, account, add_request, after, command, commit, completion, insert, instance, invocation, node, note_poll,
    number, put, put_node,
};
use crate::command::{InvocationOutcome, InvocationState};
use crate::engine::Write;
use crate::ids::AccountId;
use crate::ports::Store;
use crate::record::{Command, Completion, Invocation, Node, Revision};
use crate::time::Timestamp;

pub(super) async fn completions_come_in_the_order_of_writing(store: &dyn Store) {
    let (account, other) = (account(1), account(2));
    let (command, neighbour, foreign) = (command(&account, 2), command(&account, 3), command(&other, 4));
    let mut wanted: Vec<Completion> = Vec::new();
    for round in 0..7 {
        // Later ones have smaller instance ids, so that the order is not that of keys.
        for which in [9 - round, 20 - round] {
            let of = |command| invocation(command, which, InvocationState::Running).key;
            let own = Completion { first_answer: round % 2 == 0, ..completion(&of(&command)) };
            let add = [&completion(&of(&neighbour)), &own, &completion(&of(&foreign))];
            commit(store, add.map(|completion| Write::AddCompletion(completion.clone()))).await;
            wanted.push(own);
        }
    }
    for limit in [1, 3, 14, 100] {
        let rows = store.completions(&account, number(2), limit).await.expect(READS);
        assert!(rows.is_sorted_by(|a, b| a.sequence < b.sequence), "the sequence grows with every completion");
        let read: Vec<_> = rows.into_iter().map(|row| row.completion).collect();
        let first: Vec<_> = wanted.iter().take(limit).cloned().collect();
        assert_eq!(read, first, "completions of one command come in the order of writing, at most {limit}");
    }

    let rows = store.completions(&account, number(2), 100).await.expect(READS);
    let odd = rows.iter().map(|row| row.sequence).skip(1).step_by(2);
    let remove = |sequence| Write::RemoveCompletion { account: account.clone(), number: number(2), sequence };
    commit(store, odd.map(remove)).await;
    let read = store.completions(&account, number(2), 100).await.expect(READS);
    let left: Vec<_> = rows.iter().step_by(2).cloned().collect();
    assert_eq!(read, left, "what was folded is gone, and the rest stays as it was");
    commit(store, [Write::AddCompletion(completion(&wanted[0].key))]).await;
    let read = store.completions(&account, number(2), 100).await.expect(READS);
    let (last, before) = (read.last().map(|row| row.sequence), rows.last().map(|row| row.sequence));
    assert!(last > before, "the place of a removed completion is not given again: {last:?} after {before:?}");
}

async fn candidates(store: &dyn Store, account: &AccountId, command: u64, now: Timestamp) -> Vec<u64> {
    let rows = store.candidates(account, number(command), now, 100).await.expect(READS);
    rows.iter().map(which).collect()
}

/// The number of an instance that these rows named.
fn which(invocation: &Invocation) -> u64 {
    invocation.key.instance.as_str().trim_start_matches("mi-").parse().expect("these ids are numbered")
}

pub(super) async fn a_candidate_is_ready_where_its_node_polls_or_has_asked(store: &dyn Store) {
    use InvocationState as S;
    let (account, other) = (account(1), account(2));
    let command = command(&account, 2);
    let now = after(1000);
    let polling = now - Duration::from_secs(60);
    let asked = Some(now - Duration::from_secs(100));
    // Each: the state, whether it must ask, the node's poll, when it asked; and whether it is a candidate.
    let cases = [
        (S::Queued, false, Some(polling), None, true),
        (S::Queued, false, None, None, false),
        (S::Queued, false, None, asked, true),
        (S::Queued, false, Some(polling), asked, true),
        (S::Queued, true, Some(polling), None, false),
        (S::Queued, true, Some(polling), asked, true),
        (S::Queued, true, None, asked, true),
        (S::Delayed, true, Some(polling), None, false),
        (S::Delayed, true, Some(polling), asked, true),
        (S::Delayed, true, None, asked, true),
        (S::Released, false, Some(polling), asked, false),
        (S::HandedOut, false, Some(polling), asked, false),
        (S::Running, false, Some(polling), asked, false),
        (S::Cancelling, false, Some(polling), asked, false),
        (S::Ended(InvocationOutcome::Success), false, Some(polling), asked, false),
        // Presence and requests end after their time, to the millisecond.
        (S::Queued, false, Some(now - Node::PRESENCE_TIME), None, true),
        (S::Queued, false, Some(now - Node::PRESENCE_TIME - Duration::from_millis(1)), None, false),
        (S::Queued, true, None, Some(now - Node::PRESENCE_TIME), true),
        (S::Delayed, true, Some(polling), Some(now - Node::PRESENCE_TIME - Duration::from_millis(1)), false),
    ];
    let (mut writes, mut requests, mut wanted) = (vec![insert(&command)], Vec::new(), Vec::new());
    for (which, (state, waits_for_request, polled_at, asked_at, is_candidate)) in (1..).zip(cases) {
        writes.push(put(&Invocation { waits_for_request, ..invocation(&command, which, state) }));
        writes.push(put_node(&Node { polled_at, ..node(&account, which) }));
        // The other account's node of the same id polls and asks: that is nothing to this one.
        writes.push(put_node(&Node { polled_at: Some(now), ..node(&other, which) }));
        requests.push(add_request(&other, 2, which, now));
        requests.extend(asked_at.map(|at| add_request(&account, 2, which, at)));
        wanted.extend(is_candidate.then_some(which));
    }
    // An instance that is not registered, of another command, and of another account.
    writes.push(put(&invocation(&command, 90, S::Queued)));
    let neighbour = super::rows::command(&account, 3);
    writes.extend([insert(&neighbour), put(&invocation(&neighbour, 1, S::Queued))]);
    commit(store, writes).await;
    commit(store, requests).await;
    let read = candidates(store, &account, 2, now).await;
    assert_eq!(read, wanted, "candidates are those Queued whose node polls, and those waiting that were asked for");
    assert_eq!(candidates(store, &account, 3, now).await, [1], "each command has candidates of its own");
    assert_eq!(candidates(store, &other, 2, now).await, [0; 0], "an account has no candidates of another's");

    let later = now + Duration::from_secs(30);
    let read = candidates(store, &account, 2, later).await;
    assert_eq!(read, [1, 4], "a request that is too old makes no candidate any more");
    commit(store, [note_poll(&account, 2, later), note_poll(&account, 8, later)]).await;
    let read = candidates(store, &account, 2, later).await;
    assert_eq!(read, [1, 2, 4], "a poll that was noted makes a candidate of what need not ask");
    let late = candidates(store, &account, 2, later + Node::PRESENCE_TIME + Duration::from_secs(1)).await;
    assert_eq!(late, [0; 0], "a node that polls no more makes no candidate");
}

pub(super) async fn candidates_are_bounded_and_ordered(store: &dyn Store) {
    let account = account(1);
    let command = command(&account, 2);
    commit(store, [insert(&command)]).await;
    for which in (1..=20).map(|step| step * 8 % 21) {
        // Every other one is ready by its node's poll, the rest by a request.
        let (polled_at, asks) = if which % 2 == 0 { (Some(after(1)), false) } else { (None, true) };
        let row = put(&invocation(&command, which, InvocationState::Queued));
        commit(store, [row, put_node(&Node { polled_at, ..node(&account, which) })]).await;
        commit(store, asks.then(|| add_request(&account, 2, which, after(1)))).await;
    }
    for limit in [0, 1, 2, 7, 20, 100] {
        let rows = store.candidates(&account, number(2), after(2), limit).await.expect(READS);
        let read: Vec<_> = rows.iter().map(which).collect();
        let wanted: Vec<_> = (1..=20).take(limit).collect();
        assert_eq!(read, wanted, "candidates come by instance id, the first {limit}");
    }
    let released = Invocation {
        revision: Revision::NEW.next(),
        ..invocation(&Command { ..command.clone() }, 1, InvocationState::Released)
    };
    commit(store, [put(&released)]).await;
    let rows = store.candidates(&account, number(2), after(2), 1).await.expect(READS);
    let read: Vec<_> = rows.into_iter().map(|row| row.key.instance).collect();
    assert_eq!(read, [instance(2)], "what was released is no candidate any more");
}
