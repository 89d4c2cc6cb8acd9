//! JSON: reading and printing.

mod locate;

use std::fmt;

use indexmap::IndexMap;
use indexmap::map::Entry;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::Number;
use serde_json::error::Category;

use super::{MAX_DEPTH, Position, ReadFault, ReadFaultReason, Tree, duplicate, too_deep};
pub(super) use locate::locate;

/// Reads one value of JSON. Refused by our choice: a key twice in a map, and what is nested too deep.
pub(super) fn read(text: &str) -> Result<Tree, ReadFault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let tree = TreeSeed { depth: 0 }.deserialize(&mut deserializer);
    tree.and_then(|tree| deserializer.end().map(|()| tree)).map_err(|error| fault(text, &error))
}

/// Pretty JSON with a line break at the end.
pub(super) fn print(tree: &Tree) -> String {
    // Keys are texts, numbers are finite, and a string takes all that is written: nothing here can fail.
    let mut text = serde_json::to_string_pretty(tree).expect("a tree is JSON");
    text.push('\n');
    text
}

/// JSON in one line.
pub(super) fn print_compact(tree: &Tree) -> String {
    // As above.
    serde_json::to_string(tree).expect("a tree is JSON")
}

fn fault(text: &str, error: &serde_json::Error) -> ReadFault {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = error.to_string();
    let said = said.strip_suffix(&place).unwrap_or(&said);
    let reason = match error.classify() {
        // Only what is said below is of this kind.
        Category::Data => ReadFaultReason::Refused(said.to_owned()),
        Category::Syntax if said == "number out of range" => {
            ReadFaultReason::Refused("A number is too large.".to_owned())
        }
        Category::Syntax | Category::Eof | Category::Io => ReadFaultReason::NotWellFormed,
    };
    ReadFault { reason, position: position(text, error) }
}

/// The reader counts bytes in a line, a [`Position`] counts characters.
fn position(text: &str, error: &serde_json::Error) -> Position {
    let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let after = line.char_indices().filter(|(begin, _)| *begin < error.column()).count();
    // A fault may be told behind the line's last character, and behind a line break at column 0.
    let column = after + error.column().saturating_sub(line.len());
    Position { line: error.line(), column: column.max(1) }
}

/// One value inside of so many lists and maps.
struct TreeSeed {
    depth: usize,
}

impl TreeSeed {
    fn inner<E: Error>(&self) -> Result<Self, E> {
        if self.depth < MAX_DEPTH { Ok(Self { depth: self.depth + 1 }) } else { Err(E::custom(too_deep())) }
    }
}

impl<'de> DeserializeSeed<'de> for TreeSeed {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TreeSeed {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Ok(Number::from_f64(value).map_or(Tree::Null, Tree::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Tree, E> {
        Ok(Tree::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self { ..inner })? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let inner = self.inner()?;
        let mut map = IndexMap::new();
        while let Some(key) = members.next_key::<String>()? {
            match map.entry(key) {
                Entry::Vacant(place) => place.insert(members.next_value_seed(Self { ..inner })?),
                // Before the value is read, so that the fault is at the key.
                Entry::Occupied(known) => return Err(A::Error::custom(duplicate(known.key()))),
            };
        }
        Ok(Tree::Map(map))
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(members) => serializer.collect_map(members),
        }
    }
}
