//! From a document's content to the definition of one parameter.

#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Mode, check_required, label, map, text};
use crate::document::error::{Fault, excerpt};
use crate::document::parameter::Interpolation;
use crate::document::substitute::{as_text, is_plain_name};
use crate::document::tree::{Path, Tree};
use crate::document::{ParameterDefinition, ParameterType};

/// Reads one parameter. Members that it does not know are ignored.
///
/// In lenient mode any type is taken, and a default and bounds of any shape: a default that does not fit its type stays
/// as it is, and bounds that are no numbers do not bind. Bounds that contradict each other, and a default that breaks
/// the parameter's own rules, are taken always.
///
/// Source: service specification 4.3, 4.4 and 4.7; agent protocol 1.6.
pub(super) fn definition(name: &str, tree: Tree, at: &Path<'_>, mode: Mode) -> Result<ParameterDefinition, Fault> {
    let mut members = map(tree, at)?;
    if mode == Mode::Strict {
        check_required(&members, &["type"], at)?;
    }
    let kind = kind(&mut members, at, mode)?;
    let allowed_pattern = text_member(&mut members, "allowedPattern", at)?;
    let (default, default_text) = default(&mut members, &kind, allowed_pattern.as_deref(), at, mode)?;
    if mode == Mode::Strict && !is_plain_name(name) && default.is_none() {
        let name = excerpt(name);
        let reason = format!("The parameter name \"{name}\" has other than letters and digits, so it needs a default.");
        return Err(Fault::content(at, reason));
    }
    Ok(ParameterDefinition {
        default,
        default_text,
        allowed_values: allowed_values(&mut members, at, mode)?,
        allowed_pattern,
        min_items: bound(&mut members, "minItems", at, mode)?,
        max_items: bound(&mut members, "maxItems", at, mode)?,
        min_chars: bound(&mut members, "minChars", at, mode)?,
        max_chars: bound(&mut members, "maxChars", at, mode)?,
        description: label(members.swap_remove("description"), &at.key("description"))?,
        display_type: text_member(&mut members, "displayType", at)?,
        interpolation: interpolation(&mut members, &kind, at, mode)?,
        kind,
    })
}

type Members = IndexMap<String, Tree>;

fn text_member(members: &mut Members, name: &str, at: &Path<'_>) -> Result<Option<String>, Fault> {
    text(members.swap_remove(name), &at.key(name))
}

fn kind(members: &mut Members, at: &Path<'_>, mode: Mode) -> Result<ParameterType, Fault> {
    match ParameterType::new(&text_member(members, "type", at)?.unwrap_or_default()) {
        ParameterType::Other(word) if mode == Mode::Strict => {
            let word = excerpt(&word);
            Err(Fault::content(&at.key("type"), format!("Parameter type: {word} is invalid.")).telling_place())
        }
        kind => Ok(kind),
    }
}

/// The default as a value of the type, and as it is written.
fn default(
    members: &mut Members,
    kind: &ParameterType,
    pattern: Option<&str>,
    at: &Path<'_>,
    mode: Mode,
) -> Result<(Option<Value>, Option<String>), Fault> {
    let written = match members.swap_remove("default") {
        None | Some(Tree::Null) => return Ok((None, None)),
        Some(tree) => tree.into_value(),
    };
    let written_text = as_text(&written).into_owned();
    let value = match kind.fit(&written) {
        Some(_) if ParameterDefinition::stays_text(kind, pattern) => Value::from(written_text.as_str()),
        Some(value) => value,
        None if mode == Mode::Lenient => written,
        None => {
            let shown = match written {
                Value::String(text) => format!("\"{}\"", excerpt(&text)),
                _ => excerpt(&written_text),
            };
            return Err(Fault::content(
                &at.key("default"),
                format!("Wrong default value for a \"{kind}\" parameters, got {shown}."),
            )
            .telling_place());
        }
    };
    Ok((Some(value), Some(written_text)))
}

/// Texts, and numbers and booleans as their text. Of other elements the service has no use, our choice; an agent takes
/// their JSON.
fn allowed_values(members: &mut Members, at: &Path<'_>, mode: Mode) -> Result<Option<Vec<String>>, Fault> {
    let at = at.key("allowedValues");
    let values = match members.swap_remove("allowedValues") {
        None | Some(Tree::Null) => return Ok(None),
        Some(Tree::List(values)) => values,
        Some(_) => return Err(Fault::content(&at, "Member \"allowedValues\" must be a list.")),
    };
    let one = |(place, value): (usize, Tree)| match value {
        Tree::Text(text) => Ok(text),
        Tree::Null | Tree::List(_) | Tree::Map(_) if mode == Mode::Strict => Err(Fault::content(
            &at.index(place),
            "Member \"allowedValues\" must be a list of strings, numbers and booleans.",
        )),
        other => Ok(other.into_value().to_string()),
    };
    values.into_iter().enumerate().map(one).collect::<Result<_, _>>().map(Some)
}

/// A whole number from 0 on, or the text of one.
fn bound(members: &mut Members, name: &str, at: &Path<'_>, mode: Mode) -> Result<Option<u64>, Fault> {
    let bound = match members.swap_remove(name) {
        None | Some(Tree::Null) => return Ok(None),
        Some(Tree::Number(number)) => number.as_u64(),
        Some(Tree::Text(digits)) => digits.parse().ok(),
        Some(_) => None,
    };
    if bound.is_none() && mode == Mode::Strict {
        return Err(Fault::content(&at.key(name), format!("Member \"{name}\" must be a whole number.")));
    }
    // Agents leave bounds to the service.
    Ok(bound)
}

/// `ENV_VAR`, in any schema, for types whose value is one text: there is no text of a list that a script could count
/// on. Other words and types are refused, so that no author counts on a protection that is not there: our choice.
/// In lenient mode `ENV_VAR` holds for every type, so that no value becomes part of a script against its author's wish,
/// and another word means text, as with the stock agent.
///
/// Source: service specification 4.1 and 4.3; agent protocol 5.2.
fn interpolation(
    members: &mut Members,
    kind: &ParameterType,
    at: &Path<'_>,
    mode: Mode,
) -> Result<Interpolation, Fault> {
    let name = "interpolationType";
    let word = text_member(members, name, at)?;
    match word.as_deref() {
        None => Ok(Interpolation::Text),
        Some("ENV_VAR") if kind.is_text() || mode == Mode::Lenient => Ok(Interpolation::EnvironmentVariable),
        Some(_) if mode == Mode::Lenient => Ok(Interpolation::Text),
        Some("ENV_VAR") => {
            Err(Fault::content(&at.key(name), format!("ENV_VAR is for String parameters, and this one is a {kind}.")))
        }
        Some(_) => Err(Fault::content(&at.key(name), format!("Member \"{name}\" must be ENV_VAR."))),
    }
}
