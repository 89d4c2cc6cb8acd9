//! Reading managed instances: by id, or by an index of tags, always in the order of their ids.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;
use std::ops::Bound;

use ssm_core::ids::{AccountId, InstanceId};
use ssm_core::ports::NodeQuery;
use ssm_core::record::{Node, NodeSelector};

use super::tables::{Place, Tables, least_instance};

/// Who has which tags.
#[derive(Debug, Default)]
pub(super) struct NodeIndex {
    /// By key and value.
    values: BTreeSet<(AccountId, String, String, InstanceId)>,
    /// By key.
    keys: BTreeSet<(AccountId, String, InstanceId)>,
    rows_read: Cell<u64>,
}

impl NodeIndex {
    /// Brings the index from the tags that a node had to those that it has now.
    pub(super) fn retag(
        &mut self,
        (account, instance): &Place,
        known: Option<&BTreeMap<String, String>>,
        tags: &BTreeMap<String, String>,
    ) {
        let entry = |key: &String, value: &String| (account.clone(), key.clone(), value.clone(), instance.clone());
        for (key, value) in known.into_iter().flatten().filter(|(key, value)| tags.get(*key) != Some(*value)) {
            self.values.remove(&entry(key, value));
            self.keys.remove(&(account.clone(), key.clone(), instance.clone()));
        }
        for (key, value) in tags.iter().filter(|(key, value)| known.and_then(|known| known.get(*key)) != Some(*value)) {
            self.values.insert(entry(key, value));
            self.keys.insert((account.clone(), key.clone(), instance.clone()));
        }
    }

    pub(super) fn rows_read(&self) -> u64 {
        self.rows_read.get()
    }

    fn of_value<'a>(
        &'a self,
        account: &AccountId,
        key: &'a str,
        value: &'a str,
        from: &Bound<InstanceId>,
    ) -> impl Iterator<Item = &'a InstanceId> + use<'a> {
        let owner = account.clone();
        let start = from.clone().map(|id| (account.clone(), key.to_owned(), value.to_owned(), id));
        let entries = self.values.range((start, Bound::Unbounded));
        entries.take_while(move |entry| entry.0 == owner && entry.1 == key && entry.2 == value).map(|entry| &entry.3)
    }

    fn of_key<'a>(
        &'a self,
        account: &AccountId,
        key: &'a str,
        from: &Bound<InstanceId>,
    ) -> impl Iterator<Item = &'a InstanceId> + use<'a> {
        let owner = account.clone();
        let start = from.clone().map(|id| (account.clone(), key.to_owned(), id));
        let entries = self.keys.range((start, Bound::Unbounded));
        entries.take_while(move |entry| entry.0 == owner && entry.1 == key).map(|entry| &entry.2)
    }
}

impl Tables {
    pub(super) fn list_nodes(&self, account: &AccountId, query: &NodeQuery) -> Vec<Node> {
        let from = query.after.clone().map_or_else(|| Bound::Included(least_instance()), Bound::Excluded);
        let ids: Box<dyn Iterator<Item = &InstanceId> + '_> = match &query.selector {
            NodeSelector::All => {
                let start = from.map(|id| (account.clone(), id));
                let own = self.nodes.range((start, Bound::Unbounded)).take_while(|((owner, _), _)| owner == account);
                Box::new(own.map(|((_, instance), _)| instance))
            }
            NodeSelector::Ids(ids) => Box::new(ids.range((from, Bound::Unbounded))),
            NodeSelector::Tag { key, values } => {
                let lists = values.iter().map(|value| self.node_index.of_value(account, key, value, &from));
                Box::new(merged(lists))
            }
            NodeSelector::TagKeys(keys) => {
                Box::new(merged(keys.iter().map(|key| self.node_index.of_key(account, key, &from))))
            }
        };
        let rows = ids.filter_map(|instance| self.nodes.get(&(account.clone(), instance.clone())));
        let read: Vec<Node> = rows.take(query.limit).cloned().collect();
        let count = u64::try_from(read.len()).unwrap_or(u64::MAX);
        self.node_index.rows_read.set(self.node_index.rows_read.get().saturating_add(count));
        read
    }
}

/// The ids of several ordered lists in one order, each once. Holds one id of each list.
fn merged<'a, I: Iterator<Item = &'a InstanceId>>(
    lists: impl Iterator<Item = I>,
) -> impl Iterator<Item = &'a InstanceId> {
    let mut lists: Vec<Peekable<I>> = lists.map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let next = *lists.iter_mut().filter_map(Peekable::peek).min()?;
        for list in &mut lists {
            list.next_if(|id| **id == *next);
        }
        Some(next)
    })
}
