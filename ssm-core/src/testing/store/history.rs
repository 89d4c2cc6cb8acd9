//! History: commands by their end, and their removal row by row.

use super::rows::{
    READS, account, advance, after, command, commit, completion, conflicts, insert, invocation, node, number, put,
    put_command, put_node, put_step, remove_history, step, writes,
};
use super::snapshot::Snapshot;
use crate::command::{CommandOutcome, InvocationOutcome, InvocationState};
use crate::document::StepStatus;
use crate::engine::Write;
use crate::ids::AccountId;
use crate::ports::{CommandQuery, InvocationQuery, Store};
use crate::record::{CancelDelivery, Command, Invocation, Revision};
use crate::time::Timestamp;
use uuid::Uuid;

const OVER: InvocationState = InvocationState::Ended(InvocationOutcome::Success);

/// Inserts a command and ends it then.
pub(super) async fn end(store: &dyn Store, command: &Command, at: Timestamp) {
    commit(store, [insert(command)]).await;
    let ended = Some((CommandOutcome::Success, at));
    commit(store, [put_command(&Command { revision: Revision::NEW.next(), ended, ..command.clone() })]).await;
}

pub(super) async fn ended_commands_come_by_their_end(store: &dyn Store) {
    // 20 commands of two accounts that end every ten seconds, written in no order; none of what is open is among them.
    let owner = |which: u64| account(which % 2 + 1);
    for which in (1..=20).map(|step| step * 8 % 21) {
        end(store, &command(&owner(which), which), after(which * 10)).await;
        commit(store, [insert(&command(&owner(which), which + 100))]).await;
    }
    // A row that is written again after its end stays where it is.
    let first = store.command_by_number(&owner(1), number(1)).await.expect(READS).expect("it was inserted");
    commit(store, [put_command(&Command { comment: "again".to_owned(), ..first })]).await;
    for (until, limit) in
        [(after(9), 5), (after(10), 5), (after(100), 0), (after(100), 3), (after(105), 100), (Timestamp::MAX, 100)]
    {
        let rows = store.ended_commands(until, limit).await.expect(READS);
        let read: Vec<_> = rows.iter().map(|row| row.number.value()).collect();
        let wanted: Vec<_> = (1..=20).filter(|which| after(which * 10) <= until).take(limit).collect();
        assert_eq!(read, wanted, "commands that ended by {until} come by their end, at most {limit}");
    }
}

pub(super) async fn history_is_removed_row_by_row(store: &dyn Store) {
    let account = account(1);
    let command = command(&account, 1);
    end(store, &command, after(1)).await;
    // Three invocations, of one, two and three steps, and a completion: with the command's own row, eleven rows.
    let all: Vec<Invocation> = (1..=3).map(|which| invocation(&command, which, OVER)).collect();
    commit(store, all.iter().map(put)).await;
    for (row, names) in all.iter().zip([&["a"][..], &["a", "b"], &["a", "b", "c"]]) {
        commit(store, names.iter().map(|name| put_step(&step(&row.key, name, StepStatus::Success, "")))).await;
    }
    commit(store, [Write::AddCompletion(completion(&all[0].key))]).await;
    let mut rows = count(store, &account).await;
    assert_eq!(rows, 11);
    for most in [0, 1, 3, 4, 2, 100, 100] {
        commit(store, [remove_history(&account, 1, most)]).await;
        let left = count(store, &account).await;
        assert_eq!(left, rows.saturating_sub(most), "a removal takes at most {most} rows, and as many as there are");
        // Nothing is left without what it belongs to, and what is left is found again.
        let command = store.command_by_number(&account, number(1)).await.expect(READS);
        let listed = store.ended_commands(Timestamp::MAX, 10).await.expect(READS).len();
        assert_eq!((command.is_some(), listed), (left > 0, usize::from(left > 0)), "the command's own row goes last");
        for row in &all {
            let known = store.invocation(&row.key).await.expect(READS).is_some();
            let steps = store.steps(&row.key).await.expect(READS).len();
            assert!(known || steps == 0, "steps go before their invocation");
        }
        rows = left;
    }
    assert_eq!(store.command(&account, command.id).await.expect(READS), None, "its id is unknown from then on");
    for row in &all {
        let addressed = store.addressed(&account, &row.message_id()).await.expect(READS);
        assert_eq!(addressed, None, "its messages stand for nothing any more");
    }
    let fresh = writes([insert(&command)]);
    assert!(!conflicts(store, fresh).await, "its number and its id are free again");
}

/// All rows of the account's command 1.
async fn count(store: &dyn Store, account: &AccountId) -> usize {
    let query = InvocationQuery { command: Some(number(1)), limit: 100, ..InvocationQuery::default() };
    let invocations = store.invocations(account, &query).await.expect(READS);
    let mut rows = usize::from(store.command_by_number(account, number(1)).await.expect(READS).is_some());
    rows += store.completions(account, number(1), 100).await.expect(READS).len();
    for which in 1..=3 {
        let key = invocation(&command(account, 1), which, OVER).key;
        rows += store.steps(&key).await.expect(READS).len();
    }
    rows + invocations.len()
}

pub(super) async fn what_has_not_ended_is_never_removed(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let live = command(&own, 1);
    commit(store, [insert(&live), put(&invocation(&live, 1, InvocationState::Running))]).await;
    let before = Snapshot::of(store).await;
    assert!(conflicts(store, writes([remove_history(&own, 1, 100)])).await, "a removal of a live command is refused");
    let together = writes([put_node(&node(&own, 1)), remove_history(&own, 1, 1)]);
    assert!(conflicts(store, together).await, "and so is the batch that it stands in");
    // What is not there is nothing to do: another control plane was faster.
    commit(store, [remove_history(&own, 9, 100), remove_history(&other, 1, 100)]).await;
    assert_eq!(Snapshot::of(store).await, before, "neither leaves a trace");
}

pub(super) async fn a_removal_leaves_everything_else_alone(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    // What is removed has the neighbours of every key: the numbers beside it, the other account, the same instances.
    let kept = [command(&own, 1), command(&own, 3), command(&other, 2)];
    for command in &kept {
        end(store, command, after(1)).await;
        let row = invocation(command, 1, OVER);
        commit(store, [put(&row), put_step(&step(&row.key, "step", StepStatus::Success, ""))]).await;
        commit(store, [Write::AddCompletion(completion(&row.key))]).await;
    }
    commit(store, [put_node(&node(&own, 1)), advance(&own, 1, 0, &[after(1)])]).await;
    let before = Snapshot::of(store).await;
    let gone = command(&own, 2);
    end(store, &gone, after(1)).await;
    let cancel = Some(CancelDelivery::new(Uuid::from_u128(3)));
    let rows = [invocation(&gone, 1, OVER), Invocation { cancel, ..invocation(&gone, 2, OVER) }];
    commit(store, rows.iter().map(put)).await;
    commit(store, rows.iter().map(|row| put_step(&step(&row.key, "step", StepStatus::Success, "")))).await;
    assert_ne!(Snapshot::of(store).await, before, "it can be seen");
    commit(store, [remove_history(&own, 2, 100)]).await;
    assert_eq!(Snapshot::of(store).await, before, "nothing is left of it, and everything else is as it was");
    for instance in [1, 2].map(super::rows::instance) {
        let query = CommandQuery { instance: Some(instance.clone()), limit: 10, ..CommandQuery::default() };
        let numbers: Vec<_> =
            store.commands(&own, &query).await.expect(READS).iter().map(|row| row.number.value()).collect();
        let wanted: &[u64] = if instance == super::rows::instance(1) { &[3, 1] } else { &[] };
        assert_eq!(numbers, wanted, "an instance's commands are those that are left");
    }
}
