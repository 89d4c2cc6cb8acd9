//! What is left, from time to time and at the end.

use std::time::Duration;

use futures::FutureExt;
use ssm_core::command::InvocationState;
use ssm_core::ids::{AccountId, CommandId, InstanceId};
use ssm_core::ports::{InvocationQuery, Store};
use ssm_core::record::Invocation;
use ssm_core::time::Timestamp;

use super::rules::most_at_once;
use super::{Checker, Invariant as I};
use crate::trace::{Trace, index_of, short};

impl Checker {
    /// Everything that was accepted, oldest first.
    pub(crate) fn commands(&self) -> Vec<CommandId> {
        self.commands.values().map(|watched| watched.row.id).collect()
    }

    pub(crate) fn accepted_commands(&self) -> Vec<(CommandId, Vec<InstanceId>)> {
        self.accepted.iter().map(|(id, instances)| (*id, instances.clone())).collect()
    }

    pub(crate) fn instances(&self, id: CommandId) -> Vec<InstanceId> {
        let number = self.numbers.get(&id);
        number.into_iter().flat_map(|number| self.of_command(*number)).map(|row| row.key.instance.clone()).collect()
    }

    /// Until when something may be under way.
    pub(crate) fn last_end(&self) -> Option<Timestamp> {
        self.commands.values().filter(|watched| watched.row.ended.is_none()).map(|watched| watched.row.expires_at).max()
    }

    pub(crate) fn has_two_steps(&self, id: CommandId) -> bool {
        let number = self.numbers.get(&id);
        number.and_then(|number| self.commands.get(number)).is_some_and(|watched| watched.row.steps.len() > 1)
    }

    pub(crate) fn ends(&self) -> Vec<&'static str> {
        self.invocations.values().map(|row| row.state.details()).collect()
    }

    /// In which states cancels find their invocations.
    pub(crate) fn count_cancelled_states(&self, id: CommandId, named: &[InstanceId], trace: &Trace) {
        for instance in self.instances(id) {
            let meant = named.is_empty() || named.contains(&instance);
            if let Some(row) = self.row(id, &instance).filter(|_| meant) {
                trace.count(match row.state {
                    InvocationState::Queued => "cancel of a queued one",
                    InvocationState::Delayed => "cancel of a delayed one",
                    InvocationState::Released => "cancel of a released one",
                    InvocationState::HandedOut => "cancel of one handed out",
                    InvocationState::Running => "cancel of a running one",
                    InvocationState::Cancelling => "cancel of a cancelled one",
                    InvocationState::Ended(_) => "cancel of an ended one",
                });
            }
        }
    }

    /// At any moment: nothing is open long past its time.
    pub(crate) fn in_time(&mut self, now: Timestamp, slack: Duration) {
        let late =
            self.commands.values().find(|watched| watched.row.ended.is_none() && now > watched.row.expires_at + slack);
        let late = late.map(|watched| watched.row.comment.clone());
        self.demand(late.is_none(), I::EndsInTime, |_| format!("{late:?} is open past its ExpiresAfter"));
    }

    /// The store has what was committed.
    pub(crate) fn store_is_as_seen(&mut self, account: &AccountId, store: &dyn Store) {
        let numbers: Vec<_> = self.commands.keys().copied().collect();
        for number in numbers {
            let query = InvocationQuery { command: Some(number), limit: usize::MAX, ..InvocationQuery::default() };
            let read = store.invocations(account, &query).now_or_never().and_then(Result::ok).unwrap_or_default();
            let same = read.len() == self.of_command(number).count()
                && read.iter().zip(self.of_command(number)).all(|(read, seen)| same(read, seen));
            self.demand(same, I::AcceptedIsKept, |checker| {
                format!("{}: its invocations are not those that were committed", checker.name_of(number))
            });
        }
    }

    /// Without faults, and with these instances polling with room for a while: nothing waits for them that may run.
    pub(crate) fn nothing_stalls(&mut self, now: Timestamp, online: impl Fn(usize) -> bool) {
        let mut stalled = None;
        for watched in self.commands.values() {
            let row = &watched.row;
            let Some(targets) = row.targets() else {
                stalled.get_or_insert_with(|| format!("{}: its targets are not known", row.comment));
                continue;
            };
            if row.is_closed() || now >= row.delivery_deadline {
                continue;
            }
            let held = self.of_command(row.number).filter(|row| row.state.holds_slot()).count();
            let answered = self.of_command(row.number).filter(|row| row.answered).count();
            let room = (most_at_once(row.max_concurrency, targets) as usize).min((2 * answered).max(1));
            let waits = |row: &&Invocation| row.state.is_unsent() && online(index_of(&row.key.instance));
            if held < room
                && let Some(waiting) = self.of_command(row.number).find(waits)
            {
                let instance = short(&waiting.key.instance);
                let text = format!("{}: {held} of {room} under way, and {instance} waits", row.comment);
                stalled.get_or_insert(text);
            }
        }
        if let Some(text) = stalled {
            self.broken(I::NothingStalls, text);
        }
    }

    /// At the end: nothing is open, and nothing is left over.
    pub(crate) fn all_is_over(&mut self, account: &AccountId, store: &dyn Store, now: Timestamp) {
        let open = self.commands.values().find(|watched| watched.row.ended.is_none());
        let open = open.map(|watched| watched.row.comment.clone());
        self.demand(open.is_none(), I::EndsInTime, |_| format!("{open:?} never ends"));
        let open = self.invocations.iter().find(|(_, row)| !row.state.is_terminal()).map(|(key, _)| key.clone());
        self.demand(open.is_none(), I::EndsInTime, |checker| {
            format!("{} never ends", open.as_ref().map(|key| checker.named(key)).unwrap_or_default())
        });
        let instances: Vec<_> = self.invocations.keys().map(|(_, instance)| instance.clone()).collect();
        for instance in instances {
            let mailbox = store.mailbox(account, &instance, now, 100).now_or_never();
            let left = mailbox.and_then(Result::ok).is_none_or(|mailbox| {
                !mailbox.entries.is_empty() || !mailbox.unreleased.is_empty() || mailbox.next_visible_at.is_some()
            });
            self.demand(!left, I::EndsInTime, |_| format!("{} has mail left", short(&instance)));
        }
        self.store_is_as_seen(account, store);
    }

    /// What was read of an invocation's end, and of its step.
    pub(crate) fn result_read(
        &mut self,
        id: CommandId,
        instance: &InstanceId,
        step: &str,
        details: &str,
        output: &str,
    ) {
        let row = self.row(id, instance).map(|row| (row.state.details(), row.ended_by_reply));
        let name = format!("{}/{}", self.name(id), short(instance));
        self.demand(row.is_some_and(|row| row.0 == details), I::ResultsAreKept, |_| {
            format!("{name} reads {details}, and ended as {row:?}")
        });
        let taken = self.taken_steps.get(&(id, instance.clone(), step.to_owned())).cloned();
        self.demand(taken.as_ref().is_none_or(|taken| taken == output), I::ResultsAreKept, |_| {
            format!("{name}: the output of {step} is {output:?}, and {taken:?} was taken")
        });
    }
}

/// But for what a batch does not say.
fn same(read: &Invocation, seen: &Invocation) -> bool {
    let mut seen = seen.clone();
    seen.revision = read.revision;
    *read == seen
}
