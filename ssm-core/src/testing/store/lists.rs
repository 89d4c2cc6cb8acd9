//! Lists: their order, their selections, and pages without gaps or repetitions.

use super::rows::{
    READS, account, command, commit, insert, instance, invocation, node, number, put, put_command, put_node,
};
use crate::command::{CommandOutcome, InvocationOutcome, InvocationState};
use crate::ids::{AccountId, CommandNumber, InstanceId};
use crate::ports::{CommandQuery, InvocationQuery, NodeQuery, Stage, Store};
use crate::record::{Command, Invocation, InvocationKey, Revision};
use crate::time::Timestamp;

const PAGE_SIZES: [usize; 4] = [1, 2, 3, 7];
/// More rows than there are.
const ALL: usize = 1000;
/// Commands of both accounts; odd numbers are the first's, even ones the second's.
pub(super) const COMMANDS: u64 = 40;
pub(super) const INSTANCES: u64 = 5;

pub(super) fn owner(which: u64) -> AccountId {
    account(2 - which % 2)
}

/// The state of the invocation of a command on an instance; `None`: there is none.
pub(super) fn state(command: u64, on: u64) -> Option<InvocationState> {
    use InvocationState as S;
    if (command / 2 + on).is_multiple_of(3) {
        return None;
    }
    let states = [
        S::Queued,
        S::Delayed,
        S::Released,
        S::HandedOut,
        S::Running,
        S::Cancelling,
        S::Ended(InvocationOutcome::Success),
        S::Ended(InvocationOutcome::Cancelled),
    ];
    let index = usize::try_from((command * 3 + on) % 8).unwrap_or_default();
    states.get(index).copied()
}

fn has_ended(which: u64) -> bool {
    (which / 2).is_multiple_of(4)
}

/// Commands in no particular order of writing, each with invocations, for two accounts.
pub(super) async fn fill(store: &dyn Store) {
    // 23 and 41 have no common divisor, so every number comes once.
    for which in (1..=COMMANDS).map(|step| step * 23 % 41) {
        let fresh = command(&owner(which), which);
        let rows: Vec<_> = (1..=INSTANCES)
            .filter_map(|on| state(which, on).map(|state| put(&invocation(&fresh, on, state))))
            .collect();
        commit(store, [insert(&fresh)].into_iter().chain(rows)).await;
        if has_ended(which) {
            let ended = Some((CommandOutcome::Success, Timestamp::MAX));
            commit(store, [put_command(&Command { revision: Revision::NEW.next(), ended, ..fresh })]).await;
        }
    }
}

/// The commands of an account that a list should have, newest first.
fn commands_of(account: &AccountId, wanted: impl Fn(u64) -> bool) -> Vec<CommandNumber> {
    (1..=COMMANDS).rev().filter(|&which| owner(which) == *account && wanted(which)).map(number).collect()
}

pub(super) async fn commands_are_listed_newest_first_over_pages(store: &dyn Store) {
    fill(store).await;
    for account in [account(1), account(2)] {
        for on in [None, Some(1), Some(4), Some(99)] {
            let wanted =
                commands_of(&account, |which| on.is_none_or(|on| on <= INSTANCES && state(which, on).is_some()));
            for limit in PAGE_SIZES.into_iter().chain([ALL]) {
                let mut query = CommandQuery { instance: on.map(instance), limit, ..CommandQuery::default() };
                let mut listed = Vec::new();
                loop {
                    let page = store.commands(&account, &query).await.expect(READS);
                    assert!(page.len() <= limit, "a page of commands holds no more than its limit of {limit}");
                    query.before = page.last().map(|row| row.number);
                    listed.extend(page.iter().map(|row| row.number));
                    if page.len() < limit {
                        break;
                    }
                }
                assert_eq!(
                    listed, wanted,
                    "commands come newest first, each once, over pages of {limit}, on instance {on:?}"
                );
            }
        }
    }
}

pub(super) async fn unfinished_commands_are_listed_oldest_first_over_pages(store: &dyn Store) {
    fill(store).await;
    let wanted: Vec<_> = (1..=COMMANDS).filter(|&which| !has_ended(which)).map(number).collect();
    for limit in PAGE_SIZES.into_iter().chain([ALL]) {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = store.unfinished_commands(after, limit).await.expect(READS);
            assert!(page.len() <= limit, "a page of unfinished commands holds no more than its limit of {limit}");
            after = page.last().map(|row| (row.number, row.account.clone()));
            listed.extend(page.iter().map(|row| row.number));
            if page.len() < limit {
                break;
            }
        }
        assert_eq!(listed, wanted, "unfinished commands of all accounts come oldest first, each once, by {limit}");
    }
}

pub(super) async fn unfinished_commands_of_one_number_are_told_apart_by_account(store: &dyn Store) {
    // Numbers are drawn by the caller, and nobody compares those of two accounts.
    let accounts: Vec<_> = (1..=5).map(account).collect();
    for which in [2, 1] {
        for account in accounts.iter().rev() {
            commit(store, [insert(&command(account, which))]).await;
        }
    }
    let wanted: Vec<_> =
        [1, 2].into_iter().flat_map(|which| accounts.iter().map(move |it| (number(which), it.clone()))).collect();
    for limit in PAGE_SIZES {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = store.unfinished_commands(after, limit).await.expect(READS);
            after = page.last().map(|row| (row.number, row.account.clone()));
            listed.extend(page.iter().map(|row| (row.number, row.account.clone())));
            if page.len() < limit {
                break;
            }
        }
        assert_eq!(
            listed, wanted,
            "a page that ends between two accounts' commands of one number loses none, by {limit}"
        );
    }
}

fn is_in(stage: Stage, state: InvocationState) -> bool {
    match stage {
        Stage::Any => true,
        Stage::Unsent => state.is_unsent(),
        Stage::Cancellable => !state.is_terminal() && state != InvocationState::Cancelling,
    }
}

pub(super) async fn invocations_are_listed_newest_command_first_over_pages(store: &dyn Store) {
    fill(store).await;
    for account in [account(1), account(2)] {
        for command in [None, Some(9), Some(10), Some(99)] {
            for on in [None, Some(2), Some(3), Some(99)] {
                for stage in [Stage::Any, Stage::Unsent, Stage::Cancellable] {
                    let wanted = invocations_of(&account, command, on, stage);
                    for limit in PAGE_SIZES.into_iter().chain([ALL]) {
                        let query = InvocationQuery {
                            command: command.map(number),
                            instance: on.map(instance),
                            stage,
                            limit,
                            ..InvocationQuery::default()
                        };
                        assert_eq!(
                            all_pages(store, &account, query.clone()).await,
                            wanted,
                            "invocations come newest command first, then by instance, each once: {query:?}"
                        );
                    }
                }
            }
        }
    }
}

fn invocations_of(
    account: &AccountId,
    command: Option<u64>,
    on: Option<u64>,
    stage: Stage,
) -> Vec<(CommandNumber, InstanceId)> {
    let commands = (1..=COMMANDS).rev().filter(|&which| owner(which) == *account);
    commands
        .filter(|which| command.is_none_or(|command| command == *which))
        .flat_map(|which| (1..=INSTANCES).map(move |target| (which, target)))
        .filter(|(_, target)| on.is_none_or(|on| on == *target))
        .filter(|&(which, target)| state(which, target).is_some_and(|state| is_in(stage, state)))
        .map(|(which, target)| (number(which), instance(target)))
        .collect()
}

async fn all_pages(
    store: &dyn Store,
    account: &AccountId,
    mut query: InvocationQuery,
) -> Vec<(CommandNumber, InstanceId)> {
    let mut listed = Vec::new();
    loop {
        let page: Vec<Invocation> = store.invocations(account, &query).await.expect(READS);
        assert!(page.len() <= query.limit, "a page of invocations holds no more than its limit of {}", query.limit);
        let full = page.len() == query.limit;
        listed.extend(page.into_iter().map(|row| {
            let InvocationKey { number, instance, .. } = row.key;
            (number, instance)
        }));
        query.after = listed.last().cloned();
        if !full {
            return listed;
        }
    }
}

pub(super) async fn nodes_are_listed_by_id_over_pages(store: &dyn Store) {
    const NODES: u64 = 22;
    let owned = |which: u64| if which.is_multiple_of(3) { account(1) } else { account(2) };
    for which in (1..=NODES).map(|step| step * 5 % 23) {
        commit(store, [put_node(&node(&owned(which), which))]).await;
    }
    // The other kind of id comes first: ids are ordered as texts.
    let least: InstanceId = "i-0123456789abcdef0".parse().expect("a literal of the right form");
    let mut other_kind = node(&account(1), 1);
    other_kind.instance = least.clone();
    commit(store, [put_node(&other_kind)]).await;
    for account in [account(1), account(2)] {
        let hybrid = (1..=NODES).filter(|&which| owned(which) == account).map(instance);
        let wanted: Vec<_> = [least.clone()].into_iter().filter(|_| account == owned(3)).chain(hybrid).collect();
        for limit in PAGE_SIZES.into_iter().chain([ALL]) {
            let (mut listed, mut after) = (Vec::new(), None);
            loop {
                let query = NodeQuery { after, limit, ..NodeQuery::default() };
                let page = store.nodes(&account, &query).await.expect(READS);
                assert!(page.len() <= limit, "a page of nodes holds no more than its limit of {limit}");
                after = page.last().map(|row| row.instance.clone());
                listed.extend(page.iter().map(|row| row.instance.clone()));
                if page.len() < limit {
                    break;
                }
            }
            assert_eq!(listed, wanted, "nodes come by id, each once, over pages of {limit}");
        }
    }
}
