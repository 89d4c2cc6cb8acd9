//! Parameters: what a document declares, and the values that a run gets.

mod kind;

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use kind::ParameterType;
pub(super) use kind::is_store_reference;

/// What a document says of one parameter. Absent bounds do not bind.
///
/// Source: service specification 4.3.
#[derive(Debug, Clone, PartialEq)]
pub struct ParameterDefinition {
    pub(super) kind: ParameterType,
    pub(super) default: Option<Value>,
    pub(super) default_text: Option<String>,
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

    /// The value when none is supplied, in the form in which a run gets it; without one, a caller has to supply it.
    /// Not checked against the rules.
    ///
    /// A default that was written as text is turned into a value of the parameter's type, as a supplied text is: `"5"`
    /// of an `Integer` is 5, `"{}"` of a `StringMap` is a map, and `{{ssm:name}}` of a `StringList` is a list with it. So a
    /// run sees one type, supplied or not. (The stock agent puts in a default as it is written, but it gets all values
    /// with the command, since the service adds the defaults.) Our choice.
    ///
    /// An `Integer` or `Boolean` with an allowed pattern stays text: the stock agent matches patterns with texts only.
    #[must_use]
    pub fn default_value(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// The default as text: a text as it is written, all else as JSON. This is the `DefaultValue` of the API.
    ///
    /// Source: service specification 2.2.11.
    #[must_use]
    pub fn default_text(&self) -> Option<&str> {
        self.default_text.as_deref()
    }

    /// The closed list of values, if there is one: numbers and booleans as text. An empty one does not bind, as on the
    /// stock agent.
    #[must_use]
    pub fn allowed_values(&self) -> Option<&[String]> {
        self.allowed_values.as_deref()
    }

    /// The regular expression that each value must match, if there is one. It may be one that cannot be compiled here;
    /// an empty one does not bind, as on the stock agent.
    #[must_use]
    pub fn allowed_pattern(&self) -> Option<&str> {
        self.allowed_pattern.as_deref()
    }

    /// Fewest elements of a list, or members of a `StringMap`. Other types are not bound.
    #[must_use]
    pub fn min_items(&self) -> Option<u64> {
        self.min_items
    }

    /// Most elements of a list, or members of a `StringMap`. Other types are not bound.
    #[must_use]
    pub fn max_items(&self) -> Option<u64> {
        self.max_items
    }

    /// Fewest characters of a value; of each element, in a list. A map's are those of its JSON.
    #[must_use]
    pub fn min_chars(&self) -> Option<u64> {
        self.min_chars
    }

    /// Most characters of a value; of each element, in a list. A map's are those of its JSON.
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

    /// For user interfaces: `textfield` or `textarea`. Any other word is taken too, since nothing here depends on it: our
    /// choice.
    #[must_use]
    pub fn display_type(&self) -> Option<&str> {
        self.display_type.as_deref()
    }

    /// The pattern that binds.
    pub(super) fn pattern(&self) -> Option<&str> {
        self.allowed_pattern().filter(|pattern| !pattern.is_empty())
    }

    /// Whether a number or boolean is kept as text, so that stock agents can match it with the pattern.
    pub(super) fn stays_text(kind: &ParameterType, pattern: Option<&str>) -> bool {
        matches!(kind, ParameterType::Integer | ParameterType::Boolean) && pattern.is_some_and(|text| !text.is_empty())
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
