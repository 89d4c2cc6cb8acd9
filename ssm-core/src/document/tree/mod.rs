//! A document's content as data, apart from its format: reading, printing, and finding places in the text.
//!
//! Nothing here knows what a document means. A tree holds no places: whoever finds a fault says where with a
//! [`Path`], and only then the text is looked at again to find line and column. So the common case costs nothing.

mod json;
mod path;

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

pub(super) use path::Path;
pub use path::{Pointer, Position};

/// The format of a document's text.
///
/// Source: API reference, `DocumentFormat` (`JSON`, `YAML`; `TEXT` is for other kinds of documents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// YAML, as far as it can say what JSON can.
    Yaml,
}

impl Format {
    /// The format that a text seems to have: JSON when its first character, blanks aside, is a brace.
    #[must_use]
    pub fn detect(text: &str) -> Self {
        if text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') { Self::Json } else { Self::Yaml }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
        })
    }
}

/// One value of a content, the members of maps in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Tree>),
    Map(IndexMap<String, Tree>),
}

impl Tree {
    pub(super) fn to_json(&self) -> String {
        String::new()
    }

    pub(super) fn to_yaml(&self) -> String {
        String::new()
    }

    /// The value without the order of its members.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(number) => Value::Number(number),
            Self::Text(text) => Value::String(text),
            Self::List(items) => items.into_iter().map(Self::into_value).collect(),
            Self::Map(members) => members.into_iter().map(|(key, item)| (key, item.into_value())).collect(),
        }
    }
}

/// Why a text is no content of its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadFault {
    pub(super) reason: ReadFaultReason,
    /// Where reading stopped.
    pub(super) position: Position,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReadFaultReason {
    /// Not of the format's grammar.
    NotWellFormed,
    /// Well formed, but more than is taken: a complete sentence.
    Refused(String),
}

/// Reads a text of this format, whole.
pub(super) fn read(text: &str, format: Format) -> Result<Tree, ReadFault> {
    match format {
        Format::Json => json::read(text),
        Format::Yaml => Err(ReadFault {
            reason: ReadFaultReason::Refused("YAML is not supported.".to_owned()),
            position: Position { line: 1, column: 1 },
        }),
    }
}

/// Where the value at `pointer` begins in a text that was read. `None` when there is no such value.
pub(super) fn locate(_text: &str, _format: Format, _pointer: &Pointer) -> Option<Position> {
    None
}
