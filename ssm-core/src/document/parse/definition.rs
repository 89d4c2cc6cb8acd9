//! From JSON to the definition of one parameter.

use serde_json::Value;

use super::{Mode, check_required, members, text};
use crate::document::error::excerpt;
use crate::document::substitute::is_plain_name;
use crate::document::{DocumentError, ParameterDefinition, ParameterType};

/// Reads one parameter. Bounds that are no numbers are refused, or do not bind in lenient mode.
pub(super) fn definition(name: &str, value: Value, mode: Mode) -> Result<ParameterDefinition, DocumentError> {
    let mut definition = members(value, name)?;
    if mode == Mode::Strict {
        check_required(&definition, &["type"])?;
        if !is_plain_name(name) {
            let name = excerpt(name);
            return Err(DocumentError::content(format!(
                "The parameter name \"{name}\" has other than letters and digits."
            )));
        }
    }
    let kind = ParameterType::new(&text(definition.remove("type"), "type")?.unwrap_or_default());
    let default = definition.remove("default").filter(|default| !default.is_null());
    if mode == Mode::Strict {
        check_type(&kind, default.as_ref())?;
    }
    let mut bound = |member: &str| match definition.remove(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) if number.is_u64() => Ok(number.as_u64()),
        Some(Value::String(digits)) if digits.parse::<u64>().is_ok() => Ok(digits.parse().ok()),
        // Agents leave bounds to the service.
        Some(_) if mode == Mode::Lenient => Ok(None),
        Some(_) => Err(DocumentError::content(format!("Member \"{member}\" must be a whole number."))),
    };
    let (min_items, max_items) = (bound("minItems")?, bound("maxItems")?);
    let (min_chars, max_chars) = (bound("minChars")?, bound("maxChars")?);
    let allowed_values = match definition.remove("allowedValues") {
        None | Some(Value::Null) => None,
        Some(Value::Array(values)) => Some(values.into_iter().map(plain_text).collect()),
        Some(_) => return Err(DocumentError::content("Member \"allowedValues\" must be a list.")),
    };
    let allowed_pattern = text(definition.remove("allowedPattern"), "allowedPattern")?;
    let description = text(definition.remove("description"), "description")?;
    let display_type = text(definition.remove("displayType"), "displayType")?;
    let interpolation = text(definition.remove("interpolationType"), "interpolationType")?;
    if mode == Mode::Strict && interpolation.is_some_and(|kind| kind == "ENV_VAR") {
        // Its author counts on the value never becoming text of the script, so taking it as text would be a trap.
        return Err(DocumentError::content("Member \"interpolationType\" with ENV_VAR is not supported yet."));
    }
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
    })
}

fn check_type(kind: &ParameterType, default: Option<&Value>) -> Result<(), DocumentError> {
    if let ParameterType::Other(word) = kind {
        let word = excerpt(word);
        let known = ["Integer", "Boolean", "MapList", "StringMap"].contains(&word.as_str());
        return Err(DocumentError::content(if known || word.starts_with("AWS::") || word.starts_with("List<AWS::") {
            format!("Parameter type {word} is not supported yet.")
        } else {
            format!("Parameter type: {word} is invalid.")
        }));
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
        return Err(DocumentError::content(format!("Wrong default value for a \"{kind}\" parameters, got {shown}.")));
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
