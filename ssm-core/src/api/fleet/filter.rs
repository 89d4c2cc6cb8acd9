//! Filters over managed instances: read from a request, turned into what an index can answer, and asked of each node.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::FleetView;
use super::version::Version;
use crate::api::{ApiError, ErrorCode};
use crate::ids::InstanceId;
use crate::record::{Node, NodeKind, NodeSelector};

/// What is asked of nodes: each filter must hold. Without any, every node is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeFilters(Vec<NodeFilter>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct NodeFilter {
    field: Field,
    operator: Operator,
    values: BTreeSet<String>,
}

/// What of a node is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Instance,
    AgentVersion,
    PingStatus,
    Platform,
    ResourceType,
    SourceType,
    Tag(String),
    TagKey,
    /// What no node has: activations, roles and associations are not built.
    Absent,
}

/// How a value is compared. Source: API reference, `InstancePropertyStringFilter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    BeginWith,
    LessThan,
    GreaterThan,
}

/// One filter as it stands in a request that was checked against the table of facts.
pub(super) struct Given<'a> {
    pub(super) key: &'a str,
    pub(super) values: &'a [String],
    pub(super) operator: Option<&'a str>,
}

/// What the two operations with such filters do differently.
pub(super) struct Dialect {
    pub(super) unknown_key: fn(&str) -> ApiError,
    pub(super) bad_value: ErrorCode,
    pub(super) bad_activation: ErrorCode,
    /// Whether `DocumentName` is a key.
    pub(super) knows_documents: bool,
}

impl NodeFilters {
    /// Reads the filters of a request: those of the legacy style, or those of the newer one.
    ///
    /// # Errors
    /// `ValidationException` when both styles are used, or a filter of tags stands beside another kind; else as the dialect says
    /// for keys and values. A malformed instance id is `InvalidInstanceId`, a malformed name of a document `InvalidDocument`
    /// (our choice).
    pub(super) fn read<'a>(
        legacy: impl ExactSizeIterator<Item = Given<'a>>,
        filters: impl ExactSizeIterator<Item = Given<'a>>,
        dialect: &Dialect,
    ) -> Result<Self, ApiError> {
        if legacy.len() > 0 && filters.len() > 0 {
            return Err(ApiError::validation("Cannot use both legacy and new filter simultaneously."));
        }
        let read: Vec<NodeFilter> =
            legacy.chain(filters).map(|given| NodeFilter::read(&given, dialect)).collect::<Result<_, _>>()?;
        let of_tags = read.iter().filter(|filter| filter.is_of_tags()).count();
        if of_tags > 0 && of_tags < read.len() {
            return Err(ApiError::validation("Cannot mix tag or inventory filter with any other filter."));
        }
        Ok(Self(read))
    }

    /// What selects every node that is meant, by an index.
    #[must_use]
    pub fn selector(&self) -> NodeSelector {
        NodeSelector::narrowest(self.0.iter().map(NodeFilter::selector))
    }

    /// Whether the index alone tells who is meant, so that every node that it selects is.
    #[must_use]
    pub fn are_selective(&self) -> bool {
        self.0.len() <= 1 && (self.0.is_empty() || self.selector() != NodeSelector::All)
    }

    /// Whether a node is meant.
    #[must_use]
    pub fn hold(&self, node: &Node, view: &FleetView<'_>) -> bool {
        self.0.iter().all(|filter| filter.holds(node, view))
    }
}

impl NodeFilter {
    fn read(given: &Given<'_>, dialect: &Dialect) -> Result<Self, ApiError> {
        let field = Field::read(given.key, dialect).ok_or_else(|| (dialect.unknown_key)(&excerpt(given.key)))?;
        let operator = match given.operator {
            Some("NotEqual") => Operator::NotEqual,
            Some("BeginWith") => Operator::BeginWith,
            Some("LessThan") => Operator::LessThan,
            Some("GreaterThan") => Operator::GreaterThan,
            _ => Operator::Equal,
        };
        for value in given.values {
            check(given.key, &field, operator, value, dialect)?;
        }
        Ok(Self { field, operator, values: given.values.iter().cloned().collect() })
    }

    fn is_of_tags(&self) -> bool {
        matches!(self.field, Field::Tag(_) | Field::TagKey)
    }

    fn selector(&self) -> NodeSelector {
        match (&self.field, self.operator) {
            // What is no id is nobody's.
            (Field::Instance, Operator::Equal) => {
                NodeSelector::Ids(self.values.iter().filter_map(|id| id.parse().ok()).collect())
            }
            (Field::Tag(key), Operator::Equal) => NodeSelector::Tag { key: key.clone(), values: self.values.clone() },
            (Field::TagKey, Operator::Equal) => NodeSelector::TagKeys(self.values.clone()),
            (Field::Absent, operator) if operator != Operator::NotEqual => NodeSelector::Ids(BTreeSet::new()),
            _ => NodeSelector::All,
        }
    }

    fn holds(&self, node: &Node, view: &FleetView<'_>) -> bool {
        if self.field == Field::TagKey {
            let mut keys = node.tags.keys();
            return match self.operator {
                Operator::NotEqual => !keys.any(|key| self.values.contains(key)),
                Operator::BeginWith => keys.any(|key| self.values.iter().any(|value| key.starts_with(value))),
                _ => self.values.iter().any(|key| node.tags.contains_key(key)),
            };
        }
        // Whoever has no value has none that is equal (our choice).
        let Some(text) = self.field.of(node, view) else { return self.operator == Operator::NotEqual };
        let compares = |wanted| self.values.iter().any(|value| Version::compare(&text, value) == Some(wanted));
        match self.operator {
            Operator::Equal => self.values.contains(&*text),
            Operator::NotEqual => !self.values.contains(&*text),
            Operator::BeginWith => self.values.iter().any(|value| text.starts_with(value)),
            Operator::LessThan => compares(Ordering::Less),
            Operator::GreaterThan => compares(Ordering::Greater),
        }
    }
}

impl Field {
    fn read(key: &str, dialect: &Dialect) -> Option<Self> {
        Some(match key {
            // A source's id is the node's own: other sources (things, virtual machines of others) are not served.
            "InstanceIds" | "SourceIds" => Self::Instance,
            "AgentVersion" => Self::AgentVersion,
            "PingStatus" => Self::PingStatus,
            "PlatformType" | "PlatformTypes" => Self::Platform,
            "ResourceType" => Self::ResourceType,
            "SourceTypes" => Self::SourceType,
            "ActivationIds" | "IamRole" | "AssociationStatus" => Self::Absent,
            "DocumentName" if dialect.knows_documents => Self::Absent,
            "tag-key" => Self::TagKey,
            _ => Self::Tag(key.strip_prefix("tag:").filter(|key| !key.is_empty())?.to_owned()),
        })
    }

    fn of<'a>(&self, node: &'a Node, view: &FleetView<'_>) -> Option<Cow<'a, str>> {
        let kind = NodeKind::of(&node.instance);
        Some(match self {
            Self::Instance => node.instance.as_str().into(),
            Self::AgentVersion => node.information.agent_version.as_str().into(),
            Self::PingStatus => node.ping_status(view.presence, view.now).as_str().into(),
            Self::Platform => node.information.platform?.to_string().into(),
            Self::ResourceType => kind.resource_type().into(),
            Self::SourceType => kind.source_type().into(),
            Self::Tag(key) => node.tags.get(key)?.as_str().into(),
            Self::TagKey | Self::Absent => return None,
        })
    }
}

/// Checks a value by its key. What is compared by its beginning may be any text.
fn check(key: &str, field: &Field, operator: Operator, value: &str, dialect: &Dialect) -> Result<(), ApiError> {
    let bad =
        |code| Err(ApiError::new(code, format!("'{}' is not a value of filter {}.", excerpt(value), excerpt(key))));
    match operator {
        Operator::BeginWith => return Ok(()),
        Operator::LessThan | Operator::GreaterThan => {
            // Only versions have an order (our choice).
            let ordered = *field == Field::AgentVersion && Version::read(value).is_some();
            return if ordered { Ok(()) } else { bad(dialect.bad_value) };
        }
        Operator::Equal | Operator::NotEqual => {}
    }
    let words: &[&str] = match key {
        "InstanceIds" if value.parse::<InstanceId>().is_err() => return bad(ErrorCode::InvalidInstanceId),
        "ActivationIds" if !is_activation_id(value) => return bad(dialect.bad_activation),
        "DocumentName" if !is_document_name(value) => return bad(ErrorCode::InvalidDocument),
        "PingStatus" => &["Online", "ConnectionLost", "Inactive"],
        "PlatformType" | "PlatformTypes" => &["Windows", "Linux", "MacOS"],
        "ResourceType" => &["EC2Instance", "ManagedInstance"],
        "SourceTypes" => &["AWS::EC2::Instance", "AWS::IoT::Thing", "AWS::SSM::ManagedInstance"],
        "AssociationStatus" => &["Success", "Pending", "Failed"],
        _ => return Ok(()),
    };
    if words.contains(&value) { Ok(()) } else { bad(dialect.bad_value) }
}

fn is_activation_id(text: &str) -> bool {
    let lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
    lower && text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// A name, or an ARN.
fn is_document_name(text: &str) -> bool {
    (3..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests;
