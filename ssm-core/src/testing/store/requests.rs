//! Requests: a node asks for an invocation of its own that waits without a slot.
//!
//! A request shows in two reads: its invocation is a candidate, and a mailbox need not tell of it as unreleased.

use std::time::Duration;

use uuid::Uuid;

use super::rows::{
    READS, START, account, add_request, after, command, commit, insert, instance, invocation, number, put,
};
use crate::command::{InvocationOutcome, InvocationState as S};
use crate::ids::AccountId;
use crate::ports::Store;
use crate::record::{CancelDelivery, Command, Invocation, Node, Revision};
use crate::time::Timestamp;

const MILLISECOND: Duration = Duration::from_millis(1);

async fn is_candidate(store: &dyn Store, (owner, command, on): (&AccountId, u64, u64), now: Timestamp) -> bool {
    let rows = store.candidates(owner, number(command), now, 100).await.expect(READS);
    rows.iter().any(|row| row.key.instance == instance(on))
}

async fn is_unreleased(store: &dyn Store, (owner, command, on): (&AccountId, u64, u64), now: Timestamp) -> bool {
    let mailbox = store.mailbox(owner, &instance(on), now, 100).await.expect(READS);
    mailbox.unreleased.contains(&number(command))
}

/// Whether there is a request that counts for an invocation that waits.
async fn is_asked_for(store: &dyn Store, place: (&AccountId, u64, u64), now: Timestamp) -> bool {
    let asked = is_candidate(store, place, now).await;
    let unreleased = is_unreleased(store, place, now).await;
    assert_ne!(asked, unreleased, "what waits and was asked for is a candidate, else its node may ask: {place:?}");
    asked
}

/// Waits for a request: its node was away, or did not fetch it.
fn waiting(command: &Command, on: u64, state: S) -> Invocation {
    Invocation { waits_for_request: true, ..invocation(command, on, state) }
}

pub(super) async fn a_request_is_for_one_invocation(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let mut all = Vec::new();
    for (owner, which) in [(&own, 1), (&own, 2), (&other, 3), (&other, 1)] {
        let command = command(owner, which);
        let rows = [1, 2].map(|on| put(&waiting(&command, on, S::Delayed)));
        commit(store, [insert(&command)].into_iter().chain(rows)).await;
        all.extend([(owner, which, 1), (owner, which, 2)]);
    }
    let mut asked = Vec::new();
    for place in [(&own, 2, 1), (&other, 1, 2), (&own, 1, 2)] {
        commit(store, [add_request(place.0, place.1, place.2, START)]).await;
        asked.push(place);
        for place in &all {
            let found = is_asked_for(store, *place, START).await;
            assert_eq!(found, asked.contains(place), "a request is for one invocation and no other: {place:?}");
        }
    }
}

pub(super) async fn a_request_counts_for_its_time_and_a_newer_one_replaces_it(store: &dyn Store) {
    let own = account(1);
    let command = command(&own, 1);
    let place = (&own, 1, 1);
    commit(store, [insert(&command), put(&waiting(&command, 1, S::Queued))]).await;
    assert!(!is_asked_for(store, place, START).await, "nothing is asked for before there is a request");
    for asked_at in [after(10), after(20), after(300)] {
        commit(store, [add_request(&own, 1, 1, asked_at)]).await;
        commit(store, [add_request(&own, 1, 1, asked_at)]).await;
        let last = asked_at + Node::PRESENCE_TIME;
        for (now, counts) in [(asked_at, true), (last, true), (last + MILLISECOND, false)] {
            let found = is_asked_for(store, place, now).await;
            assert_eq!(found, counts, "a request of {asked_at} counts until it is too old: {now}");
        }
    }
}

pub(super) async fn a_request_goes_when_its_invocation_waits_no_more(store: &dyn Store) {
    let own = account(1);
    let command = command(&own, 1);
    let place = (&own, 1, 1);
    commit(store, [insert(&command)]).await;
    let mut revision = Revision::NEW;
    let mut write = |state| {
        let row = Invocation { revision, ..waiting(&command, 1, state) };
        revision = revision.next();
        put(&row)
    };
    commit(store, [write(S::Queued)]).await;
    commit(store, [add_request(&own, 1, 1, START)]).await;
    for state in [S::Delayed, S::Queued] {
        commit(store, [write(state)]).await;
        assert!(is_asked_for(store, place, START).await, "a request stays while its invocation waits: {state:?}");
    }
    commit(store, [write(S::Released)]).await;
    let found = (is_candidate(store, place, START).await, is_unreleased(store, place, START).await);
    assert_eq!(found, (false, false), "what was released waits no more");
    // Not fetched: it waits again.
    commit(store, [write(S::Delayed)]).await;
    assert!(!is_asked_for(store, place, START).await, "a release has answered the request");
    commit(store, [add_request(&own, 1, 1, after(1))]).await;
    assert!(is_asked_for(store, place, after(1)).await, "it can be asked for again");
    commit(store, [write(S::Ended(InvocationOutcome::Cancelled))]).await;
    let found = (is_candidate(store, place, after(1)).await, is_unreleased(store, place, after(1)).await);
    assert_eq!(found, (false, false), "what has ended waits no more");
}

pub(super) async fn only_what_waits_is_asked_for(store: &dyn Store) {
    let own = account(1);
    let command = command(&own, 1);
    commit(store, [insert(&command)]).await;
    let cancel = Some(CancelDelivery::new(Uuid::from_u128(1)));
    let ended = S::Ended(InvocationOutcome::Success);
    let states = [S::Released, S::HandedOut, S::Running, S::Cancelling, ended];
    for (on, state) in (1..).zip(states) {
        let cancel = cancel.clone().filter(|_| state == S::Cancelling);
        commit(store, [put(&Invocation { cancel, ..invocation(&command, on, state) })]).await;
        commit(store, [add_request(&own, 1, on, START)]).await;
        let place = (&own, 1, on);
        let found = (is_candidate(store, place, START).await, is_unreleased(store, place, START).await);
        assert_eq!(found, (false, false), "what is {state:?} is not asked for");
    }
    // The released one comes back unfetched, and there is an invocation where there was none.
    commit(store, [add_request(&own, 1, 9, START)]).await;
    let back = Invocation { revision: Revision::NEW.next(), ..waiting(&command, 1, S::Queued) };
    commit(store, [put(&back), put(&waiting(&command, 9, S::Queued))]).await;
    for on in [1, 9] {
        let found = is_asked_for(store, (&own, 1, on), START).await;
        assert!(!found, "a request for what does not wait is not kept for later");
    }
}

pub(super) async fn a_mailbox_leaves_out_what_is_past_its_deadline(store: &dyn Store) {
    let own = account(1);
    for (which, state) in [(1, S::Queued), (2, S::Delayed)] {
        let command = command(&own, which);
        let deadline = command.delivery_deadline;
        commit(store, [insert(&command), put(&waiting(&command, 1, state))]).await;
        for (now, told) in [(START, true), (deadline - MILLISECOND, true), (deadline, false), (Timestamp::MAX, false)] {
            let found = is_unreleased(store, (&own, which, 1), now).await;
            assert_eq!(found, told, "a command waits until its delivery deadline, and not from it on: {now}");
        }
    }
}

/// A poll reads a bounded number of commands: whatever it could not get anyway must not use them up.
pub(super) async fn what_is_left_out_hides_nothing_behind_it(store: &dyn Store) {
    const LEFT_OUT: u64 = 120;
    let own = account(1);
    for which in 1..=LEFT_OUT + 2 {
        let mut command = command(&own, which);
        // Every other one of the older commands has expired, the rest is asked for.
        if which <= LEFT_OUT && which % 2 == 0 {
            command.delivery_deadline = after(1);
        }
        commit(store, [insert(&command), put(&waiting(&command, 1, S::Delayed))]).await;
        if which <= LEFT_OUT && which % 2 == 1 {
            commit(store, [add_request(&own, which, 1, START)]).await;
        }
    }
    for limit in [1, 2, 100] {
        let mailbox = store.mailbox(&own, &instance(1), after(60), limit).await.expect(READS);
        let told: Vec<_> = mailbox.unreleased.iter().map(|number| number.value()).collect();
        let wanted: Vec<_> = [LEFT_OUT + 1, LEFT_OUT + 2].into_iter().take(limit).collect();
        assert_eq!(told, wanted, "commands past their deadline, or asked for, take no place of one that waits");
    }
}
