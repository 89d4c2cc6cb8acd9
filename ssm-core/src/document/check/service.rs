//! What the service checks when a command is sent.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Budget, Document, Match, ParameterDefinition, ParameterError, Parameters, Rules};
use crate::document::ParameterType;
use crate::document::error::excerpt;
use crate::document::parameter::is_store_reference;
use crate::document::substitute::as_text;

impl Document {
    /// The service's check of what a caller supplied, and the values of the run: supplied ones and defaults. That
    /// defaults are merged in is our choice, so that an agent that checks again sees the same values.
    ///
    /// A value gets its parameter's type: `String` and the names of resources are one text, lists of them texts; an
    /// `Integer` is a JSON number, a `Boolean` a JSON boolean, a `StringMap` an object, and a `MapList` objects, each
    /// supplied as JSON. So does the stock agent expect them, except that it cannot match a number or boolean with an
    /// allowed pattern: with one, they stay texts.
    ///
    /// The rules: one element where the type is no list; `minItems` and `maxItems` count the elements of a list and the
    /// members of a map; `minChars` and `maxChars` count characters of each element; the pattern has to match the whole
    /// of each element. A map's text is its JSON without blanks, its members in alphabetical order, as the agent sees
    /// it. Numbers and booleans count as they were supplied.
    ///
    /// A text, or an element of a list of texts, that is nothing but `{{ssm:name}}` passes without these rules, and so
    /// does the number of elements of its list: only the agent knows the value, and checks the pattern then.
    ///
    /// # Errors
    /// [`ParameterError`], of the first parameter at fault: those supplied but not declared first, then in the
    /// document's order; of one parameter in the order of the rules above, allowed values before the pattern. Defaults
    /// are not checked.
    ///
    /// Source: service specification 4.4; agent protocol 1.6 and 5.2; else our choice.
    pub fn check_parameters(&self, supplied: &BTreeMap<String, Vec<String>>) -> Result<Parameters, ParameterError> {
        let declared = self.parameters();
        if declared.is_empty() && !supplied.is_empty() {
            return Err(ParameterError::NotSupported);
        }
        if let Some(name) = supplied.keys().find(|name| !declared.contains_key(*name)) {
            return Err(ParameterError::Unknown { name: excerpt(name) });
        }
        let mut budget = Budget::of_document();
        let value = |(name, definition): (&String, &ParameterDefinition)| {
            let value = match (supplied.get(name), definition.default_value()) {
                (Some(texts), _) => Rules { name, definition }.check_supplied(texts, &mut budget)?,
                (None, Some(default)) => default.clone(),
                (None, None) => return Err(ParameterError::Missing { name: excerpt(name) }),
            };
            Ok((name.clone(), value))
        };
        declared.iter().map(value).collect::<Result<IndexMap<_, _>, _>>().map(|values| values.into_iter().collect())
    }
}

impl Rules<'_> {
    /// The value that was supplied, with its type.
    fn check_supplied(self, supplied: &[String], budget: &mut Budget) -> Result<Value, ParameterError> {
        let kind = &self.definition.kind;
        let is_single = !kind.is_list();
        if matches!(kind, ParameterType::Other(_)) || (is_single && supplied.len() != 1) {
            return Err(self.wrong_type());
        }
        let elements = supplied.iter().map(|text| kind.read(text));
        let elements: Vec<Value> = elements.collect::<Option<_>>().ok_or_else(|| self.wrong_type())?;
        let shown: Vec<String> = supplied.iter().zip(&elements).map(|(text, element)| shown(text, element)).collect();
        let known = shown.iter().map(String::as_str);
        let known: Vec<&str> = known.filter(|text| !(kind.holds_texts() && is_store_reference(text))).collect();
        match elements.as_slice() {
            [Value::Object(members)] if is_single => self.check_items(members.len())?,
            _ if is_single || known.len() < shown.len() => {}
            items => self.check_items(items.len())?,
        }
        known.iter().try_for_each(|text| self.check_chars(text))?;
        self.check_allowed(known.iter().copied())?;
        if let Some(matcher) = self.matcher(Match::Whole, budget)?
            && !known.iter().all(|text| matcher.is_match(text))
        {
            return Err(self.mismatch());
        }
        if !is_single {
            return Ok(Value::Array(elements));
        }
        let element = elements.into_iter().next().unwrap_or_default();
        let stays_text = ParameterDefinition::stays_text(kind, self.definition.pattern());
        Ok(if stays_text { shown.concat().into() } else { element })
    }
}

impl ParameterDefinition {
    /// Whether the default breaks the parameter's own rules, which nobody checks when a command is sent.
    pub(in crate::document) fn default_breaks_rules(&self, budget: &mut Budget) -> bool {
        let text = |value: &Value| as_text(value).into_owned();
        // Of a reference only the agent knows the value.
        if matches!(self.default_value(), Some(Value::String(text)) if is_store_reference(text)) {
            return false;
        }
        let supplied = match self.default_value() {
            None => return false,
            Some(Value::Array(items)) => items.iter().map(text).collect(),
            Some(single) => vec![text(single)],
        };
        Rules { name: "", definition: self }.check_supplied(&supplied, budget).is_err()
    }
}

/// The text that rules are about.
fn shown(supplied: &str, element: &Value) -> String {
    if element.is_object() { element.to_string() } else { supplied.to_owned() }
}
