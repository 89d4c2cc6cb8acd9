//! How inputs are found by their names.

use serde_json::{Map, Value};

/// The input of this name, in any case, the exact one first; `None` when absent or null.
///
/// Source: agent protocol 5.2.
pub(crate) fn find<'a>(inputs: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let in_any_case = || inputs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    inputs.get(name).or_else(in_any_case).filter(|value| !value.is_null())
}
