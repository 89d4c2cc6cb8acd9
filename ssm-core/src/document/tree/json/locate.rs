//! JSON: finding places.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::Places;
use super::super::ways::Ways;

/// Finds where the values on these ways begin, as far as they are there. Only values on a way are looked into, each
/// once.
pub(in super::super) fn locate(text: &str, ways: &mut Ways) -> Option<()> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    let mut open = vec![(Ways::root(), whole.get())];
    let mut found = Vec::new();
    while let Some((at, value)) = open.pop() {
        // A raw value is a piece of the text that it was read from.
        found.push(((value.as_ptr() as usize).saturating_sub(text.as_ptr() as usize), at));
        if ways.goes_on(at) {
            let into = Into { at, ways, open: &mut open };
            // What is neither a list nor a map is refused: no way goes on inside.
            let _ = into.deserialize(&mut serde_json::Deserializer::from_str(value));
        }
    }
    found.sort_unstable();
    let mut places = Places::of(text);
    for (offset, at) in found {
        ways.found(at, places.at(offset));
    }
    Some(())
}

/// A look into a list or a map for its values on a way.
struct Into<'a, 'de> {
    at: usize,
    ways: &'a Ways,
    open: &'a mut Vec<(usize, &'de str)>,
}

impl<'de> DeserializeSeed<'de> for Into<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Into<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a map")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for place in 0_usize.. {
            if let Some(next) = self.ways.next(self.at, &place.to_string()) {
                let Some(item) = items.next_element::<&RawValue>()? else { break };
                self.open.push((next, item.get()));
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            if let Some(next) = self.ways.next(self.at, &key) {
                self.open.push((next, members.next_value::<&RawValue>()?.get()));
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}
