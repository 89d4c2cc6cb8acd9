//! Commands that have ended: listing them by their end, and removing them row by row.

use ssm_core::ids::{AccountId, CommandNumber};
use ssm_core::record::{Command, InvocationKey};
use ssm_core::time::Timestamp;

use super::apply;
use super::tables::{Tables, first_key};

impl Tables {
    pub(super) fn list_ended(&self, until: Timestamp, limit: usize) -> Vec<Command> {
        let old = self.ended.iter().take_while(|(at, ..)| *at <= until);
        old.filter_map(|(_, account, number)| self.command(account, *number)).take(limit).cloned().collect()
    }

    /// The first invocation of a command in this table of what belongs to invocations.
    fn first_of<V>(
        table: &std::collections::BTreeMap<InvocationKey, V>,
        account: &AccountId,
        number: CommandNumber,
    ) -> Option<InvocationKey> {
        let (key, _) = table.range(first_key(account, number)..).next()?;
        (key.account == *account && key.number == number).then(|| key.clone())
    }
}

/// Removes at most so many rows of the command: each loop takes the first row that is left, so an end in between leaves no gap.
pub(super) fn remove(tables: &mut Tables, account: &AccountId, number: CommandNumber, most: usize) {
    for _ in 0..most {
        if !remove_one(tables, account, number) {
            return;
        }
    }
}

/// Answers whether anything was left to remove.
fn remove_one(tables: &mut Tables, account: &AccountId, number: CommandNumber) -> bool {
    if let Some(key) = Tables::first_of(&tables.steps, account, number) {
        let steps = tables.steps.get_mut(&key);
        if steps.is_some_and(|steps| steps.pop_first().is_none() || steps.is_empty()) {
            tables.steps.remove(&key);
        }
        return true;
    }
    let all = (account.clone(), number, 0)..=(account.clone(), number, u64::MAX);
    if let Some(place) = tables.completions.range(all).next().map(|(place, _)| place.clone()) {
        tables.completions.remove(&place);
        return true;
    }
    if let Some(key) = Tables::first_of(&tables.invocations, account, number) {
        if let Some(invocation) = tables.invocations.remove(&key) {
            apply::index(tables, &invocation, false);
        }
        tables.requests.remove(&key);
        return true;
    }
    let Some((command, _)) = tables.commands.remove(&(account.clone(), number)) else { return false };
    tables.command_ids.remove(&(account.clone(), command.id));
    if let Some((_, at)) = command.ended {
        tables.ended.remove(&(at, account.clone(), number));
    }
    true
}
