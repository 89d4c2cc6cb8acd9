//! Ranges of lists: times stand in the numbers of commands.

use super::lists::{COMMANDS, INSTANCES, fill, owner, state};
use super::rows::{READS, account, instance, number};
use crate::ids::{CommandNumber, InstanceId};
use crate::ports::{CommandQuery, InvocationQuery, Store};

/// Bounds in and beyond the numbers that there are, also the wrong way round.
const BOUNDS: [Option<u64>; 6] = [None, Some(0), Some(7), Some(8), Some(30), Some(1000)];

fn in_range(which: u64, since: Option<u64>, before: Option<u64>) -> bool {
    since.is_none_or(|since| which >= since) && before.is_none_or(|before| which < before)
}

pub(super) async fn lists_keep_to_a_range_of_commands(store: &dyn Store) {
    fill(store).await;
    let own = account(1);
    for since in BOUNDS {
        for before in BOUNDS {
            for on in [None, Some(2)] {
                let commands =
                    (1..=COMMANDS).rev().filter(|&which| owner(which) == own && in_range(which, since, before));
                let query = CommandQuery {
                    instance: on.map(instance),
                    since: since.map(number),
                    before: before.map(number),
                    limit: 100,
                };
                let listed = store.commands(&own, &query).await.expect(READS);
                let listed: Vec<CommandNumber> = listed.iter().map(|row| row.number).collect();
                let with = commands.clone().filter(|&which| on.is_none_or(|on| state(which, on).is_some()));
                assert_eq!(listed, with.map(number).collect::<Vec<_>>(), "commands are in the range of {query:?}");

                for command in [None, Some(7), Some(29)] {
                    let query = InvocationQuery {
                        command: command.map(number),
                        instance: on.map(instance),
                        since: since.map(number),
                        before: before.map(number),
                        limit: 1000,
                        ..InvocationQuery::default()
                    };
                    let wanted = commands.clone().filter(|which| command.is_none_or(|command| command == *which));
                    let wanted = rows(wanted, on);
                    assert_eq!(keys(store, &query).await, wanted, "invocations are in the range of {query:?}");
                }
            }
        }
    }
}

pub(super) async fn a_list_goes_on_behind_any_place(store: &dyn Store) {
    fill(store).await;
    let own = account(1);
    let all = (1..=COMMANDS).rev().filter(|&which| owner(which) == own);
    for after in [(0, 1), (7, 0), (7, 2), (8, 3), (9, 99), (1000, 1)] {
        for command in [None, Some(7), Some(9)] {
            for on in [None, Some(2), Some(3)] {
                let after = (number(after.0), instance(after.1));
                let query = InvocationQuery {
                    command: command.map(number),
                    instance: on.map(instance),
                    after: Some(after.clone()),
                    limit: 1000,
                    ..InvocationQuery::default()
                };
                let wanted = rows(all.clone().filter(|which| command.is_none_or(|command| command == *which)), on);
                let behind = |(command, on): &(CommandNumber, InstanceId)| {
                    *command < after.0 || (*command == after.0 && *on > after.1)
                };
                let wanted: Vec<_> = wanted.into_iter().filter(behind).collect();
                assert_eq!(keys(store, &query).await, wanted, "what is behind the place in {query:?}");
            }
        }
    }
}

fn rows(commands: impl Iterator<Item = u64>, on: Option<u64>) -> Vec<(CommandNumber, InstanceId)> {
    let all = commands.flat_map(|which| (1..=INSTANCES).map(move |target| (which, target)));
    let wanted = all.filter(|&(which, target)| on.is_none_or(|on| on == target) && state(which, target).is_some());
    wanted.map(|(which, target)| (number(which), instance(target))).collect()
}

async fn keys(store: &dyn Store, query: &InvocationQuery) -> Vec<(CommandNumber, InstanceId)> {
    let listed = store.invocations(&account(1), query).await.expect(READS);
    listed.into_iter().map(|row| (row.key.number, row.key.instance)).collect()
}
