//! Whom a command is for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{NodeKind, NodeSelector};
use crate::ids::InstanceId;

/// Whom a command is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Targeting {
    /// These instances, 1 to 50, each once.
    Instances(Vec<InstanceId>),
    /// The instances that match every one of these, 1 to 5.
    Targets(Vec<Target>),
}

impl Targeting {
    /// Whether an instance with this id and these tags is meant.
    #[must_use]
    pub fn means(&self, instance: &InstanceId, tags: &BTreeMap<String, String>) -> bool {
        match self {
            Self::Instances(ids) => ids.contains(instance),
            Self::Targets(targets) => targets.iter().all(|target| target.matches(instance, tags)),
        }
    }

    /// What selects every node that is meant, by an index, and as few others as can be told beforehand. The same at every call,
    /// so that a cursor of one chunk holds for the next.
    #[must_use]
    pub fn selector(&self) -> NodeSelector {
        match self {
            Self::Instances(ids) => NodeSelector::Ids(ids.iter().cloned().collect()),
            Self::Targets(targets) => NodeSelector::narrowest(targets.iter().map(Target::selector)),
        }
    }
}

/// A tag or id expression that selects instances; its values are alternatives.
///
/// Source: API reference, `Target`; user guide, "Using targets and rate controls".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// `InstanceIds`: one of these.
    InstanceIds(Vec<InstanceId>),
    /// `tag:KEY`: has the tag with one of these values. An empty value means an explicitly empty one only.
    Tag {
        /// The tag's key.
        key: String,
        /// The values.
        values: Vec<String>,
    },
    /// `tag-key`: has a tag with one of these keys.
    TagKey(Vec<String>),
    /// `resource-groups:Name`: is a member of the group.
    Group {
        /// The group's name or ARN, as submitted.
        name: String,
        /// What the group meant when the command was sent: a member matches all of these. Nobody is a member of a group
        /// without any (our choice). A later change of the group changes nothing for the command (our choice, since later
        /// changes of tags do not either).
        members: Vec<Target>,
    },
    /// `resource-groups:ResourceTypeFilters`: is a resource of one of these types, such as `AWS::EC2::Instance`. Types that
    /// are no managed instances mean none.
    ResourceTypes(Vec<String>),
}

impl Target {
    /// Whether an instance with this id and these tags is meant.
    #[must_use]
    pub fn matches(&self, instance: &InstanceId, tags: &BTreeMap<String, String>) -> bool {
        match self {
            Self::InstanceIds(ids) => ids.contains(instance),
            Self::Tag { key, values } => tags.get(key).is_some_and(|value| values.contains(value)),
            Self::TagKey(keys) => keys.iter().any(|key| tags.contains_key(key)),
            Self::Group { members, .. } => {
                !members.is_empty() && members.iter().all(|target| target.matches(instance, tags))
            }
            Self::ResourceTypes(types) => {
                let own = NodeKind::of(instance).source_type();
                types.iter().any(|name| name == own)
            }
        }
    }

    /// What selects every node that matches, by an index.
    #[must_use]
    pub fn selector(&self) -> NodeSelector {
        match self {
            Self::InstanceIds(ids) => NodeSelector::Ids(ids.iter().cloned().collect()),
            Self::Tag { key, values } => {
                NodeSelector::Tag { key: key.clone(), values: values.iter().cloned().collect() }
            }
            Self::TagKey(keys) => NodeSelector::TagKeys(keys.iter().cloned().collect()),
            Self::Group { members, .. } if members.is_empty() => NodeSelector::Ids(BTreeSet::new()),
            Self::Group { members, .. } => NodeSelector::narrowest(members.iter().map(Self::selector)),
            Self::ResourceTypes(_) => NodeSelector::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, tags: &[(&str, &str)]) -> (InstanceId, BTreeMap<String, String>) {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        (id.parse().unwrap(), tags)
    }

    fn texts(values: &[&str]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }

    fn tag(key: &str, values: &[&str]) -> Target {
        Target::Tag { key: key.to_owned(), values: texts(values) }
    }

    fn group(members: Vec<Target>) -> Target {
        Target::Group { name: "web".to_owned(), members }
    }

    #[test]
    fn each_target_means_its_nodes_and_its_selector_selects_all_of_them() {
        let nodes = [
            node("i-00000001", &[("env", "prod"), ("empty", "")]),
            node("i-00000002", &[("env", "test"), ("other", "x")]),
            node("mi-00000000000000003", &[("env", "")]),
            node("mi-00000000000000004", &[("other", "prod")]),
        ];
        let (ec2, hybrid) = ("AWS::EC2::Instance", "AWS::SSM::ManagedInstance");
        for (targets, wanted) in [
            (vec![tag("env", &["prod"])], vec![0]),
            (vec![tag("env", &["prod", "test"])], vec![0, 1]),
            (vec![tag("env", &[""])], vec![2]),
            (vec![tag("empty", &[""])], vec![0]),
            (vec![tag("none", &[""])], vec![]),
            (vec![Target::TagKey(texts(&["other", "empty"]))], vec![0, 1, 3]),
            (vec![Target::TagKey(texts(&["other"])), tag("env", &["prod", "test"])], vec![1]),
            (vec![Target::InstanceIds(vec![nodes[3].0.clone(), "i-0000000f".parse().unwrap()])], vec![3]),
            (vec![group(vec![])], vec![]),
            (vec![group(vec![tag("env", &["prod", ""])])], vec![0, 2]),
            (vec![group(vec![tag("env", &["prod", ""]), Target::TagKey(texts(&["empty"]))])], vec![0]),
            (vec![group(vec![tag("env", &["prod", ""])]), Target::ResourceTypes(texts(&[hybrid]))], vec![2]),
            (vec![group(vec![tag("env", &["prod", ""])]), Target::ResourceTypes(texts(&[ec2, "AWS::X"]))], vec![0]),
            (vec![Target::ResourceTypes(texts(&[ec2, hybrid])), group(vec![tag("env", &["test"])])], vec![1]),
        ] {
            let targeting = Targeting::Targets(targets.clone());
            let selector = targeting.selector();
            assert_ne!(selector, NodeSelector::All, "{targets:?}");
            for (index, (instance, tags)) in nodes.iter().enumerate() {
                assert_eq!(targeting.means(instance, tags), wanted.contains(&index), "{targets:?} and {instance}");
                assert!(selector.selects(instance, tags) || !wanted.contains(&index), "{targets:?}: {selector:?}");
            }
        }
    }

    #[test]
    fn the_selector_of_several_targets_is_the_one_that_selects_the_fewest() {
        let ids = Target::InstanceIds(vec!["i-00000001".parse().unwrap()]);
        let (value, key) = (tag("a", &["b"]), Target::TagKey(texts(&["c"])));
        for (targets, wanted) in [
            (vec![key.clone(), value.clone(), ids.clone()], &ids),
            (vec![key.clone(), value.clone()], &value),
            (vec![Target::ResourceTypes(texts(&["x"])), group(vec![key.clone()])], &key),
            (vec![value.clone(), tag("z", &["y"])], &value),
        ] {
            assert_eq!(Targeting::Targets(targets.clone()).selector(), wanted.selector(), "{targets:?}");
        }
        assert_eq!(NodeSelector::narrowest([]), NodeSelector::All);
    }
}
