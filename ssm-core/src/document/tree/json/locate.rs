//! JSON: finding places.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::super::Position;

/// Where the value at the end of this way begins, or the deepest on the way that is there.
pub(in super::super) fn locate(text: &str, way: &[String]) -> Option<Position> {
    let mut found: &str = serde_json::from_str::<&RawValue>(text).ok()?.get();
    for segment in way {
        let step = Step { segment };
        match step.deserialize(&mut serde_json::Deserializer::from_str(found)) {
            Ok(Some(inner)) => found = inner.get(),
            Ok(None) | Err(_) => break,
        }
    }
    // A raw value is a piece of the text that it was read from.
    Some(Position::at(text, (found.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)))
}

/// One step on the way: into a map by its key, into a list by its place.
struct Step<'a> {
    segment: &'a str,
}

impl<'de> DeserializeSeed<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A value that is neither a list nor a map ends as an error: there is no step into it. What stands behind the value is
/// read too, as the reader asks.
impl<'de> Visitor<'de> for Step<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or a map")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let (place, mut found) = (self.segment.parse().unwrap_or(usize::MAX), None);
        for at in 0.. {
            if at == place {
                found = items.next_element()?;
            } else if items.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = members.next_key::<String>()? {
            if key == self.segment {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
