//! Parameters: what a document declares, and the values that a run gets.

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The type of a parameter.
///
/// Source: service specification 4.3.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterType {
    /// One text.
    String,
    /// Any number of texts.
    StringList,
    /// A whole number.
    Integer,
    /// True or false.
    Boolean,
    /// A map of texts.
    StringMap,
    /// Another word: a type that only agents' documents may have so far. Its values are passed through as they are.
    Other(String),
}

impl ParameterType {
    /// Whether a value is a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::StringList)
    }

    pub(super) fn new(word: &str) -> Self {
        match word {
            "String" => Self::String,
            "StringList" => Self::StringList,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::Integer => "Integer",
            Self::Boolean => "Boolean",
            Self::StringMap => "StringMap",
            Self::Other(word) => word,
        })
    }
}

/// What a document says of one parameter. Absent bounds do not bind.
///
/// Source: service specification 4.3.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterDefinition {
    pub(super) kind: ParameterType,
    pub(super) default: Option<Value>,
    pub(super) allowed_values: Option<Vec<String>>,
    pub(super) allowed_pattern: Option<String>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) min_chars: Option<u64>,
    pub(super) max_chars: Option<u64>,
    pub(super) description: Option<String>,
    pub(super) display_type: Option<String>,
    pub(super) interpolation: Interpolation,
}

/// How the values of a parameter reach a script.
///
/// Source: user guide, `interpolationType` (service specification 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Interpolation {
    /// As text, put in where the script refers to it.
    #[default]
    Text,
    /// `ENV_VAR`: as the environment variable `SSM_<name>`, to which the script refers.
    EnvironmentVariable,
}

impl ParameterDefinition {
    /// The type.
    #[must_use]
    pub fn kind(&self) -> &ParameterType {
        &self.kind
    }

    /// The value when none is supplied; without one, a caller has to supply it. Not checked against the rules.
    #[must_use]
    pub fn default_value(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// The closed list of values, if there is one.
    #[must_use]
    pub fn allowed_values(&self) -> Option<&[String]> {
        self.allowed_values.as_deref()
    }

    /// The regular expression that each value must match, if there is one. It may be one that cannot be compiled here.
    #[must_use]
    pub fn allowed_pattern(&self) -> Option<&str> {
        self.allowed_pattern.as_deref()
    }

    /// Fewest elements of a list.
    #[must_use]
    pub fn min_items(&self) -> Option<u64> {
        self.min_items
    }

    /// Most elements of a list.
    #[must_use]
    pub fn max_items(&self) -> Option<u64> {
        self.max_items
    }

    /// Fewest characters of a value; of each element, in a list.
    #[must_use]
    pub fn min_chars(&self) -> Option<u64> {
        self.min_chars
    }

    /// Most characters of a value; of each element, in a list.
    #[must_use]
    pub fn max_chars(&self) -> Option<u64> {
        self.max_chars
    }

    /// For people.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// How its values reach a script.
    #[must_use]
    pub fn interpolation(&self) -> Interpolation {
        self.interpolation
    }

    /// For user interfaces: `textfield` or `textarea`, not checked.
    #[must_use]
    pub fn display_type(&self) -> Option<&str> {
        self.display_type.as_deref()
    }
}

/// The values of a run, by name: what was supplied and the document's defaults, in the document's order.
///
/// Values may be secrets, so `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(IndexMap<String, Value>);

impl Parameters {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The values with their names, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, Value)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parameters")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}
