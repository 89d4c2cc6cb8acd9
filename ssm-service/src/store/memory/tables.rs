//! Tables, the indexes over them, and the reads. An index holds keys only, and is kept by `apply`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use ssm_core::ids::{AccountId, CommandId, CommandNumber, InstanceId, MessageId, StepName};
use ssm_core::message::Payload;
use ssm_core::ports::DueRows;
use ssm_core::record::{Addressed, Command, Completion, Invocation, InvocationKey, MailKind, Node, Revision, StepRow};
use ssm_core::time::Timestamp;
use uuid::Uuid;

use super::documents::Documents;
use super::nodes::NodeIndex;

/// An instance of an account.
pub(super) type Place = (AccountId, InstanceId);

#[derive(Debug, Default)]
pub(super) struct Tables {
    // Tables.
    pub(super) commands: BTreeMap<(AccountId, CommandNumber), (Command, Payload)>,
    pub(super) invocations: BTreeMap<InvocationKey, Invocation>,
    pub(super) steps: BTreeMap<InvocationKey, BTreeMap<StepName, StepRow>>,
    pub(super) completions: BTreeMap<(AccountId, CommandNumber, u64), Completion>,
    pub(super) last_completion: u64,
    pub(super) throttles: BTreeMap<Place, (Revision, Vec<Timestamp>)>,
    pub(super) requests: BTreeMap<InvocationKey, Timestamp>,
    pub(super) nodes: BTreeMap<Place, Node>,
    pub(super) documents: Documents,
    // Indexes.
    pub(super) command_ids: BTreeMap<(AccountId, CommandId), CommandNumber>,
    pub(super) unfinished: BTreeSet<(CommandNumber, AccountId)>,
    /// By the time of their end.
    pub(super) ended: BTreeSet<(Timestamp, AccountId, CommandNumber)>,
    /// Invocations of an instance.
    pub(super) of_instance: BTreeSet<(Place, CommandNumber)>,
    /// Queued, and need not ask.
    pub(super) ready: BTreeSet<InvocationKey>,
    /// Queued or Delayed, by instance.
    pub(super) unreleased: BTreeSet<(Place, CommandNumber)>,
    /// To be handed out, by instance, kind, and the time from which it is visible.
    pub(super) mail: BTreeSet<(Place, MailKind, Timestamp, CommandNumber)>,
    /// Takes a slot of its agent until then.
    pub(super) slots: BTreeSet<(Place, Timestamp, CommandNumber)>,
    pub(super) cancels: BTreeMap<(Place, Uuid), CommandNumber>,
    pub(super) due: BTreeSet<(Timestamp, InvocationKey)>,
    pub(super) node_index: NodeIndex,
}

pub(super) const FIRST: CommandNumber = CommandNumber::from_value(0);
pub(super) const LAST: CommandNumber = CommandNumber::from_value(u64::MAX);

impl Tables {
    pub(super) fn command(&self, account: &AccountId, number: CommandNumber) -> Option<&Command> {
        self.commands.get(&(account.clone(), number)).map(|(command, _)| command)
    }

    pub(super) fn list_unfinished(&self, after: Option<(CommandNumber, AccountId)>, limit: usize) -> Vec<Command> {
        let numbers = self.unfinished.range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
        let commands = numbers.filter_map(|(number, account)| self.command(account, *number));
        commands.take(limit).cloned().collect()
    }

    pub(super) fn list_candidates(
        &self,
        account: &AccountId,
        number: CommandNumber,
        now: Timestamp,
        limit: usize,
    ) -> Vec<Invocation> {
        let polls = |key: &&InvocationKey| {
            self.nodes.get(&(key.account.clone(), key.instance.clone())).is_some_and(|node| node.polls(now))
        };
        let ready = self
            .ready
            .range(first_key(account, number)..)
            .take_while(|key| key.account == *account && key.number == number)
            .filter(polls)
            .take(limit)
            .cloned();
        let asking = self
            .requests
            .range(first_key(account, number)..)
            .take_while(|(key, _)| key.account == *account && key.number == number)
            .filter(|(_, asked_at)| counts(**asked_at, now))
            .take(limit)
            .map(|(key, _)| key.clone());
        let keys: BTreeSet<InvocationKey> = ready.chain(asking).collect();
        keys.iter().take(limit).filter_map(|key| self.invocations.get(key)).cloned().collect()
    }

    pub(super) fn find_addressed(&self, account: &AccountId, message: &MessageId) -> Option<Addressed> {
        let instance = message.instance();
        let invocation = |number: CommandNumber| {
            let key = InvocationKey { account: account.clone(), number, instance: instance.clone() };
            self.invocations.get(&key).cloned()
        };
        let of_command = self.command_ids.get(&(account.clone(), CommandId::new(message.uuid())));
        if let Some(found) = of_command.and_then(|number| invocation(*number)) {
            return Some(Addressed::Command(found));
        }
        let of_cancel = self.cancels.get(&((account.clone(), instance.clone()), message.uuid()));
        of_cancel.and_then(|number| invocation(*number)).map(Addressed::Cancel)
    }

    pub(super) fn list_due(&self, now: Timestamp, limit: usize) -> DueRows {
        let mut rows = DueRows::default();
        for (at, key) in &self.due {
            if *at > now || rows.invocations.len() == limit {
                rows.next_at = Some(*at);
                break;
            }
            rows.invocations.extend(self.invocations.get(key).cloned());
        }
        rows
    }
}

/// Whether a request still says that its node polls.
pub(super) fn counts(asked_at: Timestamp, now: Timestamp) -> bool {
    now.since(asked_at) <= Node::PRESENCE_TIME
}

/// A key that is not after any invocation of the command: instance ids begin with `i-` or `mi-`.
pub(super) fn first_key(account: &AccountId, number: CommandNumber) -> InvocationKey {
    InvocationKey { account: account.clone(), number, instance: least_instance() }
}

/// An id that is not after any other.
pub(super) fn least_instance() -> InstanceId {
    #[expect(clippy::expect_used, reason = "a literal of the right form")]
    "i-00000000".parse().expect("an instance id")
}
