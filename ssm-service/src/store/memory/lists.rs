//! Lists of commands and invocations.

use std::collections::BTreeSet;

use ssm_core::command::InvocationState;
use ssm_core::ids::{AccountId, CommandNumber, InstanceId};
use ssm_core::ports::{CommandQuery, InvocationQuery, Stage};
use ssm_core::record::{Command, Invocation, InvocationKey};

use super::tables::{FIRST, LAST, Place, Tables, first_key};

impl Tables {
    pub(super) fn list_commands(&self, account: &AccountId, query: &CommandQuery) -> Vec<Command> {
        let Some((oldest, newest)) = span(query.since, query.before) else { return Vec::new() };
        let limit = query.limit;
        match &query.instance {
            None => {
                let range = self.commands.range((account.clone(), oldest)..=(account.clone(), newest));
                range.rev().take(limit).map(|(_, (command, _))| command.clone()).collect()
            }
            Some(instance) => {
                let numbers = numbers_of(&self.of_instance, (account.clone(), instance.clone()), oldest, newest);
                numbers.filter_map(|number| self.command(account, number)).take(limit).cloned().collect()
            }
        }
    }

    pub(super) fn list_invocations(&self, account: &AccountId, query: &InvocationQuery) -> Vec<Invocation> {
        let Some((oldest, newest)) = span(query.since, query.before) else { return Vec::new() };
        let after = query.after.as_ref();
        // What is behind a place is of its command or of older ones.
        let newest = after.map_or(newest, |(number, _)| newest.min(*number));
        let wanted = |invocation: &&Invocation| {
            let key = &invocation.key;
            let behind = after.is_none_or(|(number, instance)| {
                key.number < *number || (key.number == *number && key.instance > *instance)
            });
            behind && is_in(query.stage, invocation.state)
        };
        let key = |number, instance: &InstanceId| InvocationKey {
            account: account.clone(),
            number,
            instance: instance.clone(),
        };
        let rows: Vec<&Invocation> = match (query.command, &query.instance) {
            (Some(number), _) if number < oldest || number > newest => Vec::new(),
            (Some(number), Some(instance)) => {
                self.invocations.get(&key(number, instance)).into_iter().filter(wanted).take(query.limit).collect()
            }
            (Some(number), None) => self.of_command(account, number, after).filter(wanted).take(query.limit).collect(),
            (None, Some(instance)) if oldest <= newest => {
                let numbers = numbers_of(&self.of_instance, (account.clone(), instance.clone()), oldest, newest);
                let rows = numbers.filter_map(|number| self.invocations.get(&key(number, instance)));
                rows.filter(wanted).take(query.limit).collect()
            }
            (None, Some(_)) => Vec::new(),
            (None, None) => {
                let numbers = std::iter::successors(self.with_invocations(account, newest), |number| {
                    number
                        .value()
                        .checked_sub(1)
                        .and_then(|below| self.with_invocations(account, CommandNumber::from_value(below)))
                });
                let numbers = numbers.take_while(|number| *number >= oldest);
                let rows = numbers.flat_map(|number| self.of_command(account, number, after));
                rows.filter(wanted).take(query.limit).collect()
            }
        };
        rows.into_iter().cloned().collect()
    }

    /// The newest command that has invocations, this one or an older one. Those without any are skipped at no cost.
    fn with_invocations(&self, account: &AccountId, newest: CommandNumber) -> Option<CommandNumber> {
        let first = first_key(account, FIRST);
        // Numbers have 63 bits, so there is always a next one.
        let end = first_key(account, CommandNumber::from_value(newest.value().saturating_add(1)));
        let below = self.invocations.range(first..end).next_back();
        below.map(|(key, _)| key.number)
    }

    /// The invocations of a command by instance id, from where `after` stands if that is in this command.
    fn of_command(
        &self,
        account: &AccountId,
        number: CommandNumber,
        after: Option<&(CommandNumber, InstanceId)>,
    ) -> impl Iterator<Item = &Invocation> {
        let mut start = first_key(account, number);
        if let Some((_, instance)) = after.filter(|(last, _)| *last == number) {
            start.instance.clone_from(instance);
        }
        let account = account.clone();
        self.invocations
            .range(start..)
            .take_while(move |(key, _)| key.account == account && key.number == number)
            .map(|(_, invocation)| invocation)
    }
}

/// The numbers of a range, both included; `None` when it is empty.
fn span(since: Option<CommandNumber>, before: Option<CommandNumber>) -> Option<(CommandNumber, CommandNumber)> {
    let newest = match before {
        Some(before) => CommandNumber::from_value(before.value().checked_sub(1)?),
        None => LAST,
    };
    let oldest = since.unwrap_or(FIRST);
    (oldest <= newest).then_some((oldest, newest))
}

/// The commands with an invocation on an instance, newest first.
fn numbers_of(
    index: &BTreeSet<(Place, CommandNumber)>,
    place: Place,
    oldest: CommandNumber,
    newest: CommandNumber,
) -> impl Iterator<Item = CommandNumber> {
    index.range((place.clone(), oldest)..=(place, newest)).rev().map(|(_, number)| *number)
}

fn is_in(stage: Stage, state: InvocationState) -> bool {
    match stage {
        Stage::Any => true,
        Stage::Unsent => state.is_unsent(),
        Stage::Cancellable => !state.is_terminal() && state != InvocationState::Cancelling,
    }
}
