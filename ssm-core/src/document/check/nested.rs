//! What an agent checks of a document that another document runs.

use serde_json::Value;

use super::{Document, ParameterError, Parameters, Rules, texts_of};
use crate::document::ParameterType;
use crate::document::error::excerpt;
use crate::document::parameter::is_store_reference;

impl Document {
    /// The agent's check of the values that a step of `aws:runDocument` gives to this document: what
    /// [`Document::check_as_agent`] checks, and all that the service checks of a command, since the service does not see
    /// them. Names without a value take the default, which is checked too.
    ///
    /// `minChars` and `maxChars` count characters (the stock agent counts bytes: our choice is to agree with the
    /// service) of a text, of each element of a list, and of the JSON of a map; `minItems` and `maxItems` count elements
    /// of a list and members of a map, not those of a map that is given as text; allowed values are compared as at the
    /// service. An `Integer` or `Boolean` takes no value but its default, written as number or text, and has no other
    /// rule. A value of another shape is refused where there is a rule for it.
    ///
    /// # Errors
    /// [`ParameterError`], of the first parameter whose pattern does not match, then of the first at fault otherwise,
    /// both in the document's order.
    ///
    /// Source: agent protocol 5.2.
    pub fn check_as_nested(&self, parameters: &Parameters) -> Result<(), ParameterError> {
        self.check_as_agent(parameters)?;
        self.parameters().iter().try_for_each(|(name, definition)| {
            let value = self.value(parameters, name).filter(|value| !value.is_null());
            Rules { name, definition }.check_nested(value)
        })
    }
}

impl Rules<'_> {
    fn check_nested(self, value: Option<&Value>) -> Result<(), ParameterError> {
        let definition = self.definition;
        let is_fixed = matches!(definition.kind, ParameterType::Integer | ParameterType::Boolean);
        let bounds = [definition.min_items, definition.max_items, definition.min_chars, definition.max_chars];
        let is_free = bounds.iter().all(Option::is_none) && definition.allowed_values().is_none_or(<[_]>::is_empty);
        match value {
            _ if is_free && !is_fixed => Ok(()),
            None => Err(ParameterError::Missing { name: excerpt(self.name) }),
            Some(value) if is_fixed => self.check_fixed(value),
            Some(value) => self.check_rules(value),
        }
    }

    fn check_fixed(self, value: &Value) -> Result<(), ParameterError> {
        let kind = &self.definition.kind;
        let value = kind.fit(value).ok_or_else(|| self.wrong_type())?;
        // A default in the parameter store has no value of its own to compare with.
        if matches!(self.definition.default_value(), Some(Value::String(text)) if is_store_reference(text)) {
            return Ok(());
        }
        if self.definition.default_value().and_then(|default| kind.fit(default)) == Some(value) {
            return Ok(());
        }
        Err(ParameterError::NotDefault { name: excerpt(self.name), kind: kind.to_string() })
    }

    fn check_rules(self, value: &Value) -> Result<(), ParameterError> {
        let texts = texts_of(value).ok_or_else(|| self.wrong_type())?;
        match value {
            _ if self.definition.kind.is_text() => {}
            Value::Array(items) => self.check_items(items.len())?,
            Value::Object(members) => self.check_items(members.len())?,
            _ => {}
        }
        texts.iter().try_for_each(|text| self.check_chars(text))?;
        self.check_allowed(texts.iter().map(AsRef::as_ref))
    }
}
