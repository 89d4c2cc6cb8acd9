//! A document's content as data, apart from its format: reading, printing, and finding places in the text.
//!
//! Nothing here knows what a document means. A tree holds no places: whoever finds a fault says where with a
//! [`Path`], and only then the text is looked at again to find line and column. So the common case costs nothing.

mod json;
mod path;
#[cfg(test)]
mod tests;
mod ways;
mod yaml;

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

pub(super) use path::Path;
use path::Places;
pub use path::{Pointer, Position};
use ways::Ways;

/// Lists and maps inside each other, in either format: deeper than any document that is meant to be read, and shallow
/// enough to walk by recursion.
const MAX_DEPTH: usize = 64;

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
    /// The format that a text seems to have: JSON when its first character, a byte order mark and blanks aside, is a
    /// brace.
    #[must_use]
    pub fn detect(text: &str) -> Self {
        let text = without_mark(text).trim_start_matches([' ', '\t', '\n', '\r']);
        if text.starts_with('{') { Self::Json } else { Self::Yaml }
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

    /// Pretty JSON: two blanks a level, members in their order, a line break at the end.
    pub(super) fn to_json(&self) -> String {
        json::print(self)
    }

    /// JSON in one line, without blanks between its parts, members in their order.
    pub(super) fn to_json_compact(&self) -> String {
        json::print_compact(self)
    }

    /// YAML in block style without a line `---`, members in their order. Texts are plain only where readers of YAML 1.1
    /// and of 1.2 agree that they are texts.
    pub(super) fn to_yaml(&self) -> String {
        yaml::print(self)
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

/// Reads a text of this format, whole. A byte order mark before it is no part of it, in either format (our choice for
/// JSON): editors put it there unseen.
pub(super) fn read(text: &str, format: Format) -> Result<Tree, ReadFault> {
    let text = without_mark(text);
    match format {
        Format::Json => json::read(text),
        Format::Yaml => yaml::read(text),
    }
}

/// Where the value at `pointer` begins in a text that was read, or the deepest value on the way to it that is there:
/// what a missing member is missing in. In YAML a value behind an alias is where the alias is, and a merged member
/// where the map is that it was merged into. `None` when the text cannot be read.
///
/// The text is read anew, so this is for faults only; for many values there is [`locate_all`].
pub(super) fn locate(text: &str, format: Format, pointer: &Pointer) -> Option<Position> {
    locate_all(text, format, std::slice::from_ref(pointer)).pop().flatten()
}

/// As [`locate`], of many values in their order, for which the text is read once.
pub(super) fn locate_all(text: &str, format: Format, pointers: &[Pointer]) -> Vec<Option<Position>> {
    let text = without_mark(text);
    let mut ways = Ways::of(pointers);
    let is_read = match format {
        Format::Json => json::locate(text, &mut ways),
        Format::Yaml => yaml::locate(text, &mut ways),
    };
    match is_read {
        Some(()) => ways.into_positions(),
        None => vec![None; pointers.len()],
    }
}

/// A text without the mark that tells its encoding. It has no width: the places behind it are counted without it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What is said of a text nested deeper than [`MAX_DEPTH`].
fn too_deep() -> String {
    format!("A document is nested at most {MAX_DEPTH} deep.")
}

/// What is said of a key that its map has already.
fn duplicate(key: &str) -> String {
    format!("Duplicate key \"{}\".", super::error::excerpt(key))
}
