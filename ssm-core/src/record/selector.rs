//! Which nodes a store reads: what an index can answer, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::InstanceId;

/// Nodes that a store finds by an index. Whoever asks judges each of them by everything that it wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NodeSelector {
    /// All of the account.
    #[default]
    All,
    /// Those with one of these ids.
    Ids(BTreeSet<InstanceId>),
    /// Those that have the tag with one of these values.
    Tag {
        /// The tag's key.
        key: String,
        /// The values; an empty one is a value like any other.
        values: BTreeSet<String>,
    },
    /// Those that have a tag with one of these keys.
    TagKeys(BTreeSet<String>),
}

impl NodeSelector {
    /// Whether it selects a node with this id and these tags.
    #[must_use]
    pub fn selects(&self, instance: &InstanceId, tags: &BTreeMap<String, String>) -> bool {
        match self {
            Self::All => true,
            Self::Ids(ids) => ids.contains(instance),
            Self::Tag { key, values } => tags.get(key).is_some_and(|value| values.contains(value)),
            Self::TagKeys(keys) => keys.iter().any(|key| tags.contains_key(key)),
        }
    }

    /// Of several that all must select a node, the one that is likely to select the fewest: ids before a tag's values, these
    /// before keys, everything last; the first of two of a kind. [`NodeSelector::All`] when there is none.
    #[must_use]
    pub fn narrowest(selectors: impl IntoIterator<Item = Self>) -> Self {
        selectors.into_iter().min_by_key(Self::rank).unwrap_or_default()
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Ids(_) => 0,
            Self::Tag { .. } => 1,
            Self::TagKeys(_) => 2,
            Self::All => 3,
        }
    }
}
