//! `{{ name }}` and `{{ssm:name}}`: values put into a document's texts, in one pass each.
//!
//! A text that is nothing but a placeholder becomes the value itself, with its type; elsewhere a value is put in as
//! text: a text as it is, all else as JSON. A declared parameter without a value is null. Names that are neither
//! declared nor supplied, and all other braces, stay as they are. What was put in is not looked at again, but for
//! references to the parameter store, which parameters may hold; what those give is not looked at at all.
//!
//! The stock agent turns `$$` in an embedded value into `$`. Here a value is inserted as it is: our choice.
//! Source: agent protocol 5.2.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::reference::{ReferenceKind, StoreReference, StoreValue, StoreValues, references};
use super::{Document, Interpolation, Parameters};

/// Most bytes of a document's texts after substitution. Our choice.
const LIMIT_BYTES: usize = 1 << 20;
/// Deepest nesting after substitution, so that what was built can be stored and read again. Our choice.
const LIMIT_DEPTH: usize = 64;

/// Why a substitution was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubstitutionError {
    /// The texts of the document with all values would have more than 1 MiB.
    #[error("with its parameters the document has more than {LIMIT_BYTES} bytes")]
    TooLarge,
    /// Lists and maps would be nested more than 64 deep.
    #[error("with its parameters the document is nested more than {LIMIT_DEPTH} deep")]
    TooDeep,
}

/// Why a value cannot be put in. Whoever asked for it knows in which step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Size(SubstitutionError),
    /// The value of a reference is not there.
    Missing(StoreReference),
    /// A list of the store would have to become text.
    ListInText(StoreReference),
    /// There are more references than are taken.
    TooManyReferences,
    /// A reference has more characters than are taken.
    LongReference,
}

impl From<SubstitutionError> for Fault {
    fn from(error: SubstitutionError) -> Self {
        Self::Size(error)
    }
}

/// What is done about references to the parameter store.
#[derive(Debug)]
pub(super) enum StoreUse<'a> {
    /// They are noted, and stay in the texts.
    Collect(BTreeSet<StoreReference>),
    /// They become these values.
    Resolve(&'a StoreValues),
}

/// One pass of substitution over parts of a document; the limits hold for all of them together.
#[derive(Debug)]
pub(super) struct Substitution<'a> {
    document: &'a Document,
    parameters: &'a Parameters,
    store: StoreUse<'a>,
    has_variables: bool,
    room_bytes: usize,
}

/// A part of a text whose placeholders were filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text, with all values that belong there.
    Text(String),
    /// The place of a parameter that scripts have as a variable.
    Variable(&'t str),
}

impl<'a> Substitution<'a> {
    pub(super) fn new(document: &'a Document, parameters: &'a Parameters, store: StoreUse<'a>) -> Self {
        let mut definitions = document.parameters().values();
        let has_variables =
            definitions.any(|definition| definition.interpolation() == Interpolation::EnvironmentVariable);
        Self { document, parameters, store, has_variables, room_bytes: LIMIT_BYTES }
    }

    /// The value with all its texts substituted and all references resolved; keys of maps stay.
    pub(super) fn value(&mut self, value: &Value) -> Result<Value, Fault> {
        self.nested(value, 0)
    }

    /// An element of a list, as [`Substitution::value`], put behind `list`: a list of the store comes element by
    /// element.
    pub(super) fn element(&mut self, item: &Value, depth: usize, list: &mut Vec<Value>) -> Result<(), Fault> {
        match item {
            Value::String(text) => {
                let filled = self.filled(text, depth)?;
                self.resolved_element(filled, list)
            }
            other => {
                list.push(self.nested(other, depth)?);
                Ok(())
            }
        }
    }

    /// The value of a parameter, with its references resolved.
    pub(super) fn parameter(&mut self, value: &Value) -> Result<Value, Fault> {
        self.measure(value, 0)?;
        self.resolved(value.clone())
    }

    /// The text with every placeholder substituted as text, also one that is all of it. References stay.
    pub(super) fn text(&mut self, text: &str) -> Result<String, SubstitutionError> {
        let mut result = String::with_capacity(text.len());
        let mut done = 0;
        for placeholder in placeholders(text) {
            if let Some(value) = self.lookup(placeholder.name) {
                self.insert(&text[done..placeholder.start], value, &mut result)?;
                done = placeholder.end;
            }
        }
        self.spend(text.len() - done)?;
        result.push_str(&text[done..]);
        Ok(result)
    }

    /// The text in pieces: variables stay apart, all else is put in and resolved.
    pub(super) fn pieces<'t>(&mut self, text: &'t str) -> Result<Vec<Piece<'t>>, Fault> {
        let (mut pieces, mut current) = (Vec::new(), String::new());
        let mut done = 0;
        for placeholder in placeholders(text) {
            let before = &text[done..placeholder.start];
            if self.is_variable(placeholder.name) {
                self.spend(before.len() + placeholder.name.len() + SCALAR_BYTES)?;
                current.push_str(before);
                pieces.push(Piece::Text(self.resolved_text(std::mem::take(&mut current))?));
                pieces.push(Piece::Variable(placeholder.name));
            } else if let Some(value) = self.lookup(placeholder.name) {
                self.insert(before, value, &mut current)?;
            } else {
                continue;
            }
            done = placeholder.end;
        }
        self.spend(text.len() - done)?;
        current.push_str(&text[done..]);
        pieces.push(Piece::Text(self.resolved_text(current)?));
        Ok(pieces)
    }

    /// Whether the document may have such parameters at all; most have none.
    pub(super) fn has_variables(&self) -> bool {
        self.has_variables
    }

    /// Whether scripts have this parameter as a variable. A name that agents do not take cannot be one: its value is
    /// the author's own, the default.
    pub(super) fn is_variable(&self, name: &str) -> bool {
        let definition = self.document.parameters().get(name);
        definition.is_some_and(|definition| definition.interpolation() == Interpolation::EnvironmentVariable)
            && is_plain_name(name)
    }

    /// The value to put in for a name; `None` leaves the placeholder as it is.
    pub(super) fn lookup(&self, name: &str) -> Option<&'a Value> {
        match self.document.value(self.parameters, name) {
            None if self.document.parameters().contains_key(name) => Some(&Value::Null),
            value => value,
        }
    }

    /// Counts a copy of this text against the limit.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), SubstitutionError> {
        self.room_bytes = self.room_bytes.checked_sub(bytes).ok_or(SubstitutionError::TooLarge)?;
        Ok(())
    }

    /// The references that were noted.
    pub(super) fn into_references(self) -> BTreeSet<StoreReference> {
        match self.store {
            StoreUse::Collect(noted) => noted,
            StoreUse::Resolve(_) => BTreeSet::new(),
        }
    }

    /// As [`Substitution::value`], at this depth of what is built.
    pub(super) fn nested(&mut self, value: &Value, depth: usize) -> Result<Value, Fault> {
        if depth > LIMIT_DEPTH {
            return Err(SubstitutionError::TooDeep.into());
        }
        Ok(match value {
            Value::String(text) => {
                let filled = self.filled(text, depth)?;
                self.resolved(filled)?
            }
            Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                items.iter().try_for_each(|item| self.element(item, depth + 1, &mut list))?;
                list.into()
            }
            Value::Object(map) => {
                let mut result = Map::new();
                for (key, item) in map {
                    self.spend(key.len())?;
                    result.insert(key.clone(), self.nested(item, depth + 1)?);
                }
                result.into()
            }
            other => other.clone(),
        })
    }

    /// The text with its placeholders filled, or the value that replaces it as a whole.
    fn filled(&mut self, text: &str, depth: usize) -> Result<Value, SubstitutionError> {
        match self.whole(text) {
            Some(value) => {
                self.measure(value, depth)?;
                Ok(value.clone())
            }
            None => self.text(text).map(Value::from),
        }
    }

    /// The value that replaces the text as a whole.
    fn whole(&self, text: &str) -> Option<&'a Value> {
        let placeholder = whole_placeholder(text)?;
        self.lookup(placeholder.name)
    }

    /// Puts a value as text behind `result`, and what stands before it.
    fn insert(&mut self, before: &str, value: &Value, result: &mut String) -> Result<(), SubstitutionError> {
        let inserted = as_text(value);
        self.spend(before.len() + inserted.len())?;
        result.push_str(before);
        result.push_str(&inserted);
        Ok(())
    }

    /// The value with its references resolved. It is no deeper than the limit: it was measured.
    fn resolved(&mut self, value: Value) -> Result<Value, Fault> {
        Ok(match value {
            Value::String(text) => self.resolved_text(text)?.into(),
            Value::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                items.into_iter().try_for_each(|item| self.resolved_element(item, &mut list))?;
                list.into()
            }
            Value::Object(map) => {
                let members = map.into_iter().map(|(key, item)| Ok((key, self.resolved(item)?)));
                Value::Object(members.collect::<Result<_, Fault>>()?)
            }
            other => other,
        })
    }

    fn resolved_element(&mut self, item: Value, list: &mut Vec<Value>) -> Result<(), Fault> {
        if let (Value::String(text), StoreUse::Resolve(values)) = (&item, &self.store)
            && text.starts_with("{{")
            && let Some(found) = references(text, ReferenceKind::Plain).next()
            && found.is_all_of(text)
            && let Some(StoreValue::List(elements)) = values.get(&reference(found.text)?)
        {
            for element in elements {
                self.spend(element.len() + SCALAR_BYTES)?;
                list.push(element.as_str().into());
            }
        } else {
            list.push(self.resolved(item)?);
        }
        Ok(())
    }

    fn resolved_text(&mut self, text: String) -> Result<String, Fault> {
        if !text.contains("ssm:") {
            return Ok(text);
        }
        let (mut result, mut done) = (String::new(), 0);
        for found in references(&text, ReferenceKind::Plain) {
            let reference = reference(found.text)?;
            match &mut self.store {
                StoreUse::Collect(noted) => {
                    noted.insert(reference);
                    if noted.len() > StoreReference::MAX_COUNT {
                        return Err(Fault::TooManyReferences);
                    }
                }
                StoreUse::Resolve(values) => match values.get(&reference) {
                    Some(StoreValue::Text(value)) => {
                        self.spend(value.len())?;
                        result.push_str(&text[done..found.start]);
                        result.push_str(value);
                        done = found.end;
                    }
                    Some(StoreValue::List(_)) => return Err(Fault::ListInText(reference)),
                    None => return Err(Fault::Missing(reference)),
                },
            }
        }
        result.push_str(&text[done..]);
        Ok(result)
    }

    /// Counts a value that is put in whole against the limits.
    pub(super) fn measure(&mut self, value: &Value, depth: usize) -> Result<(), SubstitutionError> {
        if depth > LIMIT_DEPTH {
            return Err(SubstitutionError::TooDeep);
        }
        match value {
            Value::String(text) => self.spend(text.len()),
            Value::Array(items) => items.iter().try_for_each(|item| {
                self.spend(SCALAR_BYTES)?;
                self.measure(item, depth + 1)
            }),
            Value::Object(map) => map.iter().try_for_each(|(key, item)| {
                self.spend(key.len() + SCALAR_BYTES)?;
                self.measure(item, depth + 1)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.spend(SCALAR_BYTES),
        }
    }
}

/// What a number, or the place of an element, counts.
const SCALAR_BYTES: usize = 8;

impl Document {
    /// The value of a parameter in a run: the one that came with it, else the default. Stock agents ignore names that
    /// are not letters and digits, and so does this.
    pub(super) fn value<'a>(&'a self, parameters: &'a Parameters, name: &str) -> Option<&'a Value> {
        let supplied = if is_plain_name(name) { parameters.get(name) } else { None };
        supplied.or_else(|| self.parameters().get(name)?.default_value())
    }
}

/// Whether agents take a parameter of this name: letters and digits only.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `{{ name }}` in a text, from its first to behind its last brace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placeholder<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) name: &'a str,
}

impl Placeholder<'_> {
    /// Whether nothing else is in the text that it was found in.
    pub(super) fn is_all_of(&self, text: &str) -> bool {
        (self.start, self.end) == (0, text.len())
    }
}

/// The placeholders of a text in order: two braces, any blanks, a name of letters, digits and `_`, any blanks, two
/// braces.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(start) = opening(text, from) {
            let inner = text[start + 2..].trim_start_matches(' ');
            let name_bytes = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (name, rest) = inner.split_at(name_bytes);
            if let Some(rest) = rest.trim_start_matches(' ').strip_prefix("}}")
                && !name.is_empty()
            {
                from = text.len() - rest.len();
                return Some(Placeholder { start, end: from, name });
            }
            // The second brace may be the first one of a placeholder.
            from = start + 1;
        }
        None
    })
}

/// The placeholder that a text consists of. Most texts do not begin with one, and need not be searched.
pub(super) fn whole_placeholder(text: &str) -> Option<Placeholder<'_>> {
    let first = if text.starts_with("{{") { placeholders(text).next() } else { None };
    first.filter(|placeholder| placeholder.is_all_of(text))
}

/// Where the next two braces begin, from here on. Much faster than to look for both at once: most texts have none.
pub(super) fn opening(text: &str, mut from: usize) -> Option<usize> {
    loop {
        let start = from + text[from..].find('{')?;
        from = start + 1;
        if text[from..].starts_with('{') {
            return Some(start);
        }
    }
}

fn reference(text: &str) -> Result<StoreReference, Fault> {
    text.parse().map_err(|_| Fault::LongReference)
}

/// A value as it stands inside a text.
pub(super) fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}
