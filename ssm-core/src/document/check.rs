//! Checks of a run's parameters: at the service when a command is sent, and again on the agent.
//!
//! Values may be secrets: no error holds one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::error::excerpt;
use super::pattern::{self, Match};
use super::{Document, ParameterDefinition, ParameterType, Parameters};
use crate::ids::DocumentName;

/// Why parameters were refused. It names the parameter (the first 64 characters of it) and the rule, never a value.
///
/// Source: service specification 4.4; our own words, but for the sentences of [`ParameterError::text`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// The document takes no parameters, and some were supplied.
    #[error("The document does not support parameters.")]
    NotSupported,
    /// The document does not declare it.
    #[error("Parameter \"{name}\" is not declared.")]
    Unknown {
        /// The parameter.
        name: String,
    },
    /// It has no default and was not supplied.
    #[error("Parameter \"{name}\" is required.")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// The value is not of the parameter's type: a `String` takes exactly one element.
    #[error("Parameter \"{name}\" is not a {kind}.")]
    WrongType {
        /// The parameter.
        name: String,
        /// The type as the document says it.
        kind: String,
    },
    /// A value is not in the closed list.
    #[error("Parameter \"{name}\" is not one of its allowed values.")]
    NotAllowed {
        /// The parameter.
        name: String,
    },
    /// A value does not match the pattern.
    #[error("Parameter \"{name}\" does not match its allowed pattern {pattern}.")]
    PatternMismatch {
        /// The parameter.
        name: String,
        /// The first 64 characters of the pattern.
        pattern: String,
    },
    /// The pattern is no regular expression of the RE2 dialect, or a very large one.
    #[error("Parameter \"{name}\" has an allowed pattern that cannot be used: {pattern}.")]
    UnusablePattern {
        /// The parameter.
        name: String,
        /// The first 64 characters of the pattern.
        pattern: String,
    },
    /// Too few or too many elements or characters.
    #[error("Parameter \"{name}\" breaks its {rule} of {bound}.")]
    OutOfBounds {
        /// The parameter.
        name: String,
        /// `minItems`, `maxItems`, `minChars` or `maxChars`.
        rule: &'static str,
        /// The bound.
        bound: u64,
    },
}

impl ParameterError {
    /// The text of the API's `InvalidParameters`: the public sentence, then the reason.
    ///
    /// Source: service specification 2.2.1 and 4.4.
    #[must_use]
    pub fn text(&self, document: &DocumentName) -> String {
        match self {
            Self::NotSupported => format!("document {document} does not support parameters."),
            reason => format!("Parameters provided in document are invalid or not supported. {reason}"),
        }
    }
}

impl Document {
    /// The service's check of what a caller supplied, and the values of the run: supplied ones and defaults. That
    /// defaults are merged in is our choice, so that an agent that checks again sees the same values.
    ///
    /// # Errors
    /// [`ParameterError`], of the first parameter at fault: those supplied but not declared first, then in the
    /// document's order. Patterns have to match the whole value. Defaults are not checked.
    pub fn check_parameters(&self, supplied: &BTreeMap<String, Vec<String>>) -> Result<Parameters, ParameterError> {
        let declared = self.parameters();
        if declared.is_empty() && !supplied.is_empty() {
            return Err(ParameterError::NotSupported);
        }
        if let Some(name) = supplied.keys().find(|name| !declared.contains_key(*name)) {
            return Err(ParameterError::Unknown { name: excerpt(name) });
        }
        let value = |(name, definition): (&String, &ParameterDefinition)| {
            let value = match (supplied.get(name), &definition.default) {
                (Some(texts), _) => check_supplied(name, definition, texts)?,
                (None, Some(default)) => default.clone(),
                (None, None) => return Err(ParameterError::Missing { name: excerpt(name) }),
            };
            Ok((name.clone(), value))
        };
        declared.iter().map(value).collect::<Result<IndexMap<_, _>, _>>().map(|values| values.into_iter().collect())
    }

    /// The agent's check of the values that came with a command: every parameter with a pattern must match it,
    /// somewhere in the value (the stock agent does not anchor patterns). Elements of lists one by one, maps as JSON
    /// text; other values, and none at all, do not match. Names without a value take the default.
    ///
    /// # Errors
    /// [`ParameterError`], of the first parameter at fault in the document's order.
    ///
    /// Source: agent protocol 5.2.
    pub fn check_as_agent(&self, parameters: &Parameters) -> Result<(), ParameterError> {
        for (name, definition) in self.parameters() {
            let Some(pattern) = &definition.allowed_pattern else { continue };
            let matcher = pattern::compile(pattern, Match::Anywhere).ok_or_else(|| unusable(name, pattern))?;
            let matches = match self.value(parameters, name) {
                Some(Value::String(text)) => matcher.is_match(text),
                Some(Value::Array(items)) => items.iter().all(|item| match item {
                    Value::String(text) => matcher.is_match(text),
                    other => matcher.is_match(&other.to_string()),
                }),
                Some(map @ Value::Object(_)) => matcher.is_match(&map.to_string()),
                Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => false,
            };
            if !matches {
                return Err(mismatch(name, pattern));
            }
        }
        Ok(())
    }
}

fn check_supplied(name: &str, definition: &ParameterDefinition, texts: &[String]) -> Result<Value, ParameterError> {
    let value = match (&definition.kind, texts) {
        (ParameterType::String, [text]) => Value::from(text.as_str()),
        (ParameterType::StringList, texts) => Value::from(texts.to_vec()),
        (kind, _) => return Err(ParameterError::WrongType { name: excerpt(name), kind: excerpt(&kind.to_string()) }),
    };
    let bound = |rule, bound: Option<u64>, breaks: &dyn Fn(u64) -> bool| match bound {
        Some(bound) if breaks(bound) => Err(ParameterError::OutOfBounds { name: excerpt(name), rule, bound }),
        _ => Ok(()),
    };
    if definition.kind == ParameterType::StringList {
        let items = texts.len() as u64;
        bound("minItems", definition.min_items, &|least| items < least)?;
        bound("maxItems", definition.max_items, &|most| items > most)?;
    }
    let chars = |text: &String| text.chars().count() as u64;
    bound("minChars", definition.min_chars, &|least| texts.iter().any(|text| chars(text) < least))?;
    bound("maxChars", definition.max_chars, &|most| texts.iter().any(|text| chars(text) > most))?;
    if let Some(allowed) = &definition.allowed_values {
        // A set, since both lists can be long.
        let allowed: BTreeSet<&str> = allowed.iter().map(String::as_str).collect();
        if !texts.iter().all(|text| allowed.contains(text.as_str())) {
            return Err(ParameterError::NotAllowed { name: excerpt(name) });
        }
    }
    if let Some(pattern) = &definition.allowed_pattern {
        let matcher = pattern::compile(pattern, Match::Whole).ok_or_else(|| unusable(name, pattern))?;
        if !texts.iter().all(|text| matcher.is_match(text)) {
            return Err(mismatch(name, pattern));
        }
    }
    Ok(value)
}

impl ParameterDefinition {
    /// Whether the default breaks the parameter's own rules.
    pub(super) fn default_breaks_rules(&self) -> bool {
        let texts: Vec<String> = match &self.default {
            Some(Value::String(text)) => vec![text.clone()],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => return false,
        };
        check_supplied("", self, &texts).is_err()
    }
}

fn mismatch(name: &str, pattern: &str) -> ParameterError {
    ParameterError::PatternMismatch { name: excerpt(name), pattern: excerpt(pattern) }
}

fn unusable(name: &str, pattern: &str) -> ParameterError {
    ParameterError::UnusablePattern { name: excerpt(name), pattern: excerpt(pattern) }
}
