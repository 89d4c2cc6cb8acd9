//! What one poll reads.

use uuid::Uuid;

use super::rows::{
    READS, START, account, advance, after, command, commit, insert, instance, invocation, node, note_poll, number,
    payload, put, put_command, put_node,
};
use crate::command::{InvocationOutcome, InvocationState};
use crate::ids::CommandNumber;
use crate::ports::Store;
use crate::record::{CancelDelivery, Command, Invocation, Mailbox, Revision};
use crate::time::Timestamp;

/// The mailbox of the first instance of the first account, with more room than is needed.
async fn read(store: &dyn Store, now: Timestamp) -> Mailbox {
    store.mailbox(&account(1), &instance(1), now, 100).await.expect(READS)
}

fn numbers(mailbox: &Mailbox) -> Vec<u64> {
    mailbox.entries.iter().map(|entry| entry.invocation.key.number.value()).collect()
}

fn own_command(which: u64) -> Command {
    command(&account(1), which)
}

/// A command of its own for each of these states of the first instance, numbered from 1.
async fn fill(store: &dyn Store, rows: impl IntoIterator<Item = Invocation>) {
    for row in rows {
        commit(store, [insert(&own_command(row.key.number.value())), put(&row)]).await;
    }
}

fn row(which: u64, state: InvocationState) -> Invocation {
    invocation(&own_command(which), 1, state)
}

fn cancelling(which: u64) -> Invocation {
    let cancel = Some(CancelDelivery::new(Uuid::from_u128(which.into())));
    Invocation { delivered: true, cancel, ..row(which, InvocationState::Cancelling) }
}

pub(super) async fn an_empty_mailbox_is_empty(store: &dyn Store) {
    assert_eq!(read(store, START).await, Mailbox::default(), "an unknown instance has an empty mailbox");
    commit(store, [put_node(&node(&account(1), 1)), note_poll(&account(1), 1, after(3))]).await;
    let wanted = Mailbox { registered: true, polled_at: Some(after(3)), ..Mailbox::default() };
    assert_eq!(read(store, START).await, wanted, "a mailbox tells of the poll that presence knows of");
}

pub(super) async fn a_mailbox_has_what_is_to_be_handed_out_now(store: &dyn Store) {
    use InvocationState as S;
    let delivered = |row: Invocation| Invocation { delivered: true, ..row };
    let taken = Some(CancelDelivery { delivered: true, ..CancelDelivery::new(Uuid::from_u128(90)) });
    let rows = [
        row(1, S::Queued),
        row(2, S::Delayed),
        row(3, S::Released),
        row(4, S::HandedOut),
        delivered(row(5, S::HandedOut)),
        row(6, S::Running),
        cancelling(7),
        Invocation { cancel: taken, ..row(8, S::Cancelling) },
        delivered(row(9, S::Ended(InvocationOutcome::Success))),
        row(10, S::Ended(InvocationOutcome::Cancelled)),
    ];
    fill(store, rows.clone()).await;
    commit(store, [put(&invocation(&own_command(3), 2, S::Released))]).await;
    let mailbox = read(store, START).await;
    let found = numbers(&mailbox);
    assert_eq!(found, [7, 4, 3], "a mailbox has cancels, what was handed out and not delivered, and what was released");
    for entry in &mailbox.entries {
        let which = entry.invocation.key.number.value();
        assert_eq!(
            entry.payload_bytes,
            payload(which).as_str().len(),
            "an entry has the size of its command's payload"
        );
        assert_eq!(entry.invocation.revision, Revision::NEW.next(), "an entry has the invocation as it was read");
    }
    // Each that is in the mailbox goes when it ends.
    for which in [7, 3, 4] {
        let ended = S::Ended(InvocationOutcome::Failed);
        let revision = Revision::NEW.next();
        commit(store, [put(&Invocation { revision, delivered: true, ..row(which, ended) })]).await;
        let found = numbers(&read(store, START).await);
        assert!(!found.contains(&which), "what has ended is not in the mailbox any more");
    }
}

pub(super) async fn what_is_hidden_comes_again(store: &dyn Store) {
    use InvocationState as S;
    let hidden = |until, row: Invocation| Invocation { hidden_until: Some(until), ..row };
    let hidden_cancel = CancelDelivery { hidden_until: Some(after(25)), ..CancelDelivery::new(Uuid::from_u128(9)) };
    let cancel = Invocation { cancel: Some(hidden_cancel), delivered: true, ..row(3, S::Cancelling) };
    // The command's own hiding is nothing to its cancel message.
    let cancel_of_hidden = Invocation { hidden_until: Some(after(900)), ..cancelling(4) };
    let rows =
        [hidden(after(10), row(1, S::HandedOut)), hidden(after(20), row(2, S::HandedOut)), cancel, cancel_of_hidden];
    fill(store, rows).await;
    for (now, visible, next) in [
        (START, vec![4], Some(after(10))),
        (after(9), vec![4], Some(after(10))),
        (after(10), vec![4, 1], Some(after(20))),
        (after(20), vec![4, 1, 2], Some(after(25))),
        (after(25), vec![4, 3, 1, 2], None),
    ] {
        let mailbox = read(store, now).await;
        let found = (numbers(&mailbox), mailbox.next_visible_at);
        assert_eq!(found, (visible, next), "what was handed out is hidden until its time, and comes again then: {now}");
    }
    let again = Invocation { revision: Revision::NEW.next(), ..hidden(after(50), row(1, S::HandedOut)) };
    commit(store, [put(&again)]).await;
    let mailbox = read(store, after(25)).await;
    let found = (numbers(&mailbox), mailbox.next_visible_at);
    assert_eq!(found, (vec![4, 3, 2], Some(after(50))), "what was handed out again is hidden again");
}

pub(super) async fn entries_are_ordered_and_bounded(store: &dyn Store) {
    // Numbers in no order of writing; every third is a cancel; those handed out before were hidden, later ones for less long.
    let order = (1..=20).map(|step| step * 8 % 21);
    let rows = order.map(|which| match which % 3 {
        0 => cancelling(which),
        1 => row(which, InvocationState::Released),
        _ => Invocation { hidden_until: Some(after(100 - which)), ..row(which, InvocationState::HandedOut) },
    });
    fill(store, rows).await;
    let of = |kind| (1..=20).filter(move |which| which % 3 == kind);
    let wanted: Vec<u64> = of(0).chain(of(2).rev()).chain(of(1)).collect();
    for limit in [0, 1, 6, 7, 20, 100] {
        let mailbox = store.mailbox(&account(1), &instance(1), after(100), limit).await.expect(READS);
        let first: Vec<_> = wanted.iter().copied().take(limit).collect();
        assert_eq!(
            numbers(&mailbox),
            first,
            "cancels come first, then what became visible again, then what is new: at most {limit}"
        );
    }
}

pub(super) async fn payloads_are_read_for_the_commands_that_are_named(store: &dyn Store) {
    for which in [1, 2, 3] {
        commit(store, [insert(&own_command(which))]).await;
    }
    for wanted in [vec![], vec![2], vec![3, 1], vec![1, 2, 3]] {
        let unknown = number(9);
        let named: Vec<_> = wanted.iter().copied().map(number).chain([unknown]).collect();
        let found = store.payloads(&account(1), &named).await.expect(READS);
        let wanted = wanted.into_iter().map(|which| (number(which), payload(which))).collect();
        assert_eq!(found, wanted, "the payloads of the named commands are read, and of those that are there");
    }
}

pub(super) async fn a_mailbox_tells_until_when_slots_are_taken(store: &dyn Store) {
    use InvocationState as S;
    let counted = |first, row| Invocation { first_handed_out_at: Some(after(first)), slot_is_counted: true, ..row };
    // Every command's delivery deadline is at 600 s, and its steps take 600 s.
    let rows = [
        row(1, S::Released),
        counted(20, row(2, S::HandedOut)),
        Invocation { taken_at: Some(after(30)), delivered: true, ..counted(20, row(3, S::Running)) },
        Invocation { taken_at: Some(after(10)), delivered: true, ..counted(0, cancelling(4)) },
        Invocation { slot_is_counted: false, ..counted(0, row(5, S::HandedOut)) },
        counted(0, row(6, S::Ended(InvocationOutcome::Failed))),
        Invocation { delivered: true, ..counted(25, row(7, S::HandedOut)) },
    ];
    fill(store, rows.clone()).await;
    commit(
        store,
        [put(&Invocation { first_handed_out_at: Some(START), ..invocation(&own_command(2), 2, S::HandedOut) })],
    )
    .await;
    let all = [600, 600, 670, 690].map(after);
    for (now, passed) in [(0, 0), (599, 0), (600, 2), (669, 2), (670, 3), (690, 4), (10_000, 4)] {
        let found = read(store, after(now)).await.slots_until;
        assert_eq!(found, all[passed..], "slots are told until they come back, earliest first: at {now} s");
    }
    for limit in 0..=5 {
        let found = store.mailbox(&account(1), &instance(1), START, limit).await.expect(READS).slots_until;
        assert_eq!(found, all[..limit.min(4)], "at most {limit} times of slots are told, the earliest ones");
    }
    let ended = S::Ended(InvocationOutcome::Success);
    commit(store, [put(&Invocation { state: ended, revision: Revision::NEW.next(), ..rows[2].clone() })]).await;
    let found = read(store, START).await.slots_until;
    assert_eq!(found, [600, 600, 670].map(after), "what has ended takes no slot any more");
}

pub(super) async fn a_mailbox_tells_what_waits_without_a_slot(store: &dyn Store) {
    use InvocationState as S;
    let waits = |row: Invocation| Invocation { waits_for_request: true, ..row };
    let rows = [
        waits(row(5, S::Delayed)),
        row(4, S::Queued),
        waits(row(3, S::Queued)),
        row(2, S::Released),
        row(1, S::Ended(InvocationOutcome::Success)),
    ];
    fill(store, rows).await;
    commit(store, [insert(&own_command(6)), put(&invocation(&own_command(6), 2, S::Queued))]).await;
    let mailbox = read(store, START).await;
    let mut waiting: Vec<CommandNumber> = mailbox.unreleased;
    waiting.sort_unstable();
    assert_eq!(
        waiting,
        [3, 4, 5].map(number),
        "a mailbox tells the commands that wait for the instance without a slot"
    );
    for limit in [0, 1, 2] {
        let mut bounded = store.mailbox(&account(1), &instance(1), START, limit).await.expect(READS).unreleased;
        bounded.sort_unstable();
        let oldest: Vec<_> = [3, 4].map(number).into_iter().take(limit).collect();
        assert_eq!(bounded, oldest, "of the waiting commands the oldest are told, at most {limit}");
    }
}

pub(super) async fn a_mailbox_keeps_its_revision_and_the_latest_hand_outs(store: &dyn Store) {
    for revision in 0..4 {
        let times: Vec<Timestamp> = (0..=revision).map(after).collect();
        commit(store, [advance(&account(1), 1, revision, &times)]).await;
        let mailbox = read(store, START).await;
        assert_eq!(mailbox.revision, Revision::from_value(revision + 1), "each hand-out advances the mailbox by one");
        assert_eq!(
            mailbox.recent_first_hand_outs, times,
            "the throttle's state is kept as it was written, in its order"
        );
    }
    let other = store.mailbox(&account(1), &instance(2), START, 1).await.expect(READS);
    assert_eq!(other, Mailbox::default(), "another instance's mailbox does not advance");
}

pub(super) async fn entries_tell_of_cancelled_and_stopped_commands(store: &dyn Store) {
    fill(store, [1, 2, 3].map(|which| row(which, InvocationState::Released))).await;
    let revision = Revision::NEW.next();
    let cancelled = Command { revision, cancel_requested_at: Some(after(1)), ..own_command(2) };
    let stopped = Command { revision, stopped_at: Some(after(1)), ..own_command(3) };
    commit(store, [put_command(&cancelled), put_command(&stopped)]).await;
    let mailbox = read(store, START).await;
    let told: Vec<_> = mailbox.entries.iter().map(|entry| (entry.command_cancelled, entry.command_stopped)).collect();
    assert_eq!(told, [(false, false), (true, false), (false, true)], "an entry tells whether its command is marked");
}
