//! Checks of a run's parameters: at the service when a command is sent, again on the agent, and there once more for a
//! document that another one runs.
//!
//! Values may be secrets: no error holds one. What a check costs is bounded by [`Document::MAX_PARAMETERS`], by the
//! bounds on patterns, and by the size of the values together, which whoever takes them in has to bound.

mod agent;
mod nested;
mod service;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::error::excerpt;
use super::pattern::{self, Budget, Match};
use super::substitute::as_text;
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
    /// The value is not of the parameter's type: a `String` takes exactly one element, an `Integer` one that is a number.
    #[error("Parameter \"{name}\" is not of type {kind}.")]
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
    /// In a document that another one runs, an `Integer` or `Boolean` is not what the document says as its default.
    #[error("Parameter \"{name}\" is not its default, which is the only value of type {kind} that is taken here.")]
    NotDefault {
        /// The parameter.
        name: String,
        /// The type as the document says it.
        kind: String,
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

/// A parameter by its name: what the rules have in common on both sides.
#[derive(Debug, Clone, Copy)]
struct Rules<'a> {
    name: &'a str,
    definition: &'a ParameterDefinition,
}

impl Rules<'_> {
    fn check_items(self, items: usize) -> Result<(), ParameterError> {
        let ParameterDefinition { min_items, max_items, .. } = self.definition;
        self.check_bounds(items, ("minItems", *min_items), ("maxItems", *max_items))
    }

    fn check_chars(self, text: &str) -> Result<(), ParameterError> {
        let ParameterDefinition { min_chars, max_chars, .. } = self.definition;
        if min_chars.is_none() && max_chars.is_none() {
            return Ok(());
        }
        self.check_bounds(text.chars().count(), ("minChars", *min_chars), ("maxChars", *max_chars))
    }

    fn check_bounds(
        self,
        count: usize,
        (least_rule, least): (&'static str, Option<u64>),
        (most_rule, most): (&'static str, Option<u64>),
    ) -> Result<(), ParameterError> {
        let count = count as u64;
        let out_of = |rule, bound| ParameterError::OutOfBounds { name: excerpt(self.name), rule, bound };
        match (least, most) {
            (Some(least), _) if count < least => Err(out_of(least_rule, least)),
            (_, Some(most)) if count > most => Err(out_of(most_rule, most)),
            _ => Ok(()),
        }
    }

    /// Whether each text is in the closed list. Maps, numbers and booleans are compared by what they say, not by how
    /// they are written: our choice.
    fn check_allowed<'t>(self, texts: impl IntoIterator<Item = &'t str>) -> Result<(), ParameterError> {
        let Some(allowed) = self.definition.allowed_values().filter(|values| !values.is_empty()) else {
            return Ok(());
        };
        let plain = |text| plain_text(&self.definition.kind, text);
        // A set, since both lists can be long.
        let allowed: BTreeSet<Cow<'_, str>> = allowed.iter().map(|value| plain(value.as_str())).collect();
        if texts.into_iter().all(|text| allowed.contains(&plain_text(&self.definition.kind, text))) {
            Ok(())
        } else {
            Err(ParameterError::NotAllowed { name: excerpt(self.name) })
        }
    }

    /// The pattern, compiled; `None` when there is none that binds.
    fn matcher(self, how: Match, budget: &mut Budget) -> Result<Option<Regex>, ParameterError> {
        let compiled = |text: &str| {
            pattern::compile(text, how, budget)
                .ok_or_else(|| ParameterError::UnusablePattern { name: excerpt(self.name), pattern: excerpt(text) })
        };
        self.definition.pattern().map(compiled).transpose()
    }

    fn mismatch(self) -> ParameterError {
        let pattern = self.definition.pattern().unwrap_or_default();
        ParameterError::PatternMismatch { name: excerpt(self.name), pattern: excerpt(pattern) }
    }

    fn wrong_type(self) -> ParameterError {
        ParameterError::WrongType { name: excerpt(self.name), kind: excerpt(&self.definition.kind.to_string()) }
    }
}

/// One way of writing a value of this type: a text as it is, what reads as another value as its JSON.
fn plain_text<'t>(kind: &ParameterType, text: &'t str) -> Cow<'t, str> {
    match kind.read(text) {
        Some(Value::String(_)) | None => text.into(),
        Some(other) => other.to_string().into(),
    }
}

/// The texts that rules are about: of a list each element, of a map its JSON. `None` of a number, a boolean and null,
/// of which the stock agent knows no text.
///
/// Source: agent protocol 5.2.
fn texts_of(value: &Value) -> Option<Vec<Cow<'_, str>>> {
    match value {
        Value::Array(items) => Some(items.iter().map(as_text).collect()),
        Value::String(_) | Value::Object(_) => Some(vec![as_text(value)]),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
