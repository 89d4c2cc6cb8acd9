//! From JSON to the definition of one parameter.

use serde_json::Value;

use super::{Mode, check_required, map, text};
use crate::document::error::{Fault, excerpt};
use crate::document::parameter::Interpolation;
use crate::document::substitute::is_plain_name;
use crate::document::tree::{Path, Tree};
use crate::document::{ParameterDefinition, ParameterType};

/// Reads one parameter. Bounds that are no numbers are refused, or do not bind in lenient mode.
pub(super) fn definition(name: &str, tree: Tree, at: &Path<'_>, mode: Mode) -> Result<ParameterDefinition, Fault> {
    let mut definition = map(tree, at)?;
    if mode == Mode::Strict {
        check_required(&definition, &["type"], at)?;
        if !is_plain_name(name) {
            let name = excerpt(name);
            return Err(Fault::content(
                at,
                format!("The parameter name \"{name}\" has other than letters and digits."),
            ));
        }
    }
    let kind = ParameterType::new(&text(definition.swap_remove("type"), &at.key("type"))?.unwrap_or_default());
    let default = definition.swap_remove("default").map(Tree::into_value).filter(|default| !default.is_null());
    if mode == Mode::Strict {
        check_type(&kind, default.as_ref(), at)?;
    }
    let mut bound = |member: &str| match definition.swap_remove(member) {
        None | Some(Tree::Null) => Ok(None),
        Some(Tree::Number(number)) if number.is_u64() => Ok(number.as_u64()),
        Some(Tree::Text(digits)) if digits.parse::<u64>().is_ok() => Ok(digits.parse().ok()),
        // Agents leave bounds to the service.
        Some(_) if mode == Mode::Lenient => Ok(None),
        Some(_) => Err(Fault::content(&at.key(member), format!("Member \"{member}\" must be a whole number."))),
    };
    let (min_items, max_items) = (bound("minItems")?, bound("maxItems")?);
    let (min_chars, max_chars) = (bound("minChars")?, bound("maxChars")?);
    let allowed_values = match definition.swap_remove("allowedValues") {
        None | Some(Tree::Null) => None,
        Some(Tree::List(values)) => Some(values.into_iter().map(|value| plain_text(value.into_value())).collect()),
        Some(_) => return Err(Fault::content(&at.key("allowedValues"), "Member \"allowedValues\" must be a list.")),
    };
    let allowed_pattern = text(definition.swap_remove("allowedPattern"), &at.key("allowedPattern"))?;
    let description = text(definition.swap_remove("description"), &at.key("description"))?;
    let display_type = text(definition.swap_remove("displayType"), &at.key("displayType"))?;
    let interpolation = text(definition.swap_remove("interpolationType"), &at.key("interpolationType"))?;
    let interpolation = match interpolation.as_deref() {
        Some("ENV_VAR") => Interpolation::EnvironmentVariable,
        _ => Interpolation::Text,
    };
    Ok(ParameterDefinition {
        kind,
        default,
        allowed_values,
        allowed_pattern,
        min_items,
        max_items,
        min_chars,
        max_chars,
        description,
        display_type,
        interpolation,
    })
}

fn check_type(kind: &ParameterType, default: Option<&Value>, at: &Path<'_>) -> Result<(), Fault> {
    if let ParameterType::Other(word) = kind {
        let word = excerpt(word);
        let known = ["Integer", "Boolean", "MapList", "StringMap"].contains(&word.as_str());
        return Err(Fault::content(
            &at.key("type"),
            if known || word.starts_with("AWS::") || word.starts_with("List<AWS::") {
                format!("Parameter type {word} is not supported yet.")
            } else {
                format!("Parameter type: {word} is invalid.")
            },
        )
        .telling_place());
    }
    let fits = match default {
        None => true,
        Some(Value::String(text)) => *kind == ParameterType::String || is_store_reference(text),
        Some(Value::Array(items)) => *kind == ParameterType::StringList && items.iter().all(Value::is_string),
        Some(_) => false,
    };
    if let (false, Some(default)) = (fits, default) {
        let shown = match default {
            Value::String(text) => format!("\"{}\"", excerpt(text)),
            other => excerpt(&other.to_string()),
        };
        return Err(Fault::content(
            &at.key("default"),
            format!("Wrong default value for a \"{kind}\" parameters, got {shown}."),
        )
        .telling_place());
    }
    Ok(())
}

/// `{{ssm:name}}`: the value comes from the parameter store, so its type is not known here.
fn is_store_reference(text: &str) -> bool {
    text.strip_prefix("{{").is_some_and(|rest| rest.trim_start().starts_with("ssm:") && rest.ends_with("}}"))
}

fn plain_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
