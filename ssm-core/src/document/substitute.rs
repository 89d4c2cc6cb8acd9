//! `{{ name }}`: values put into a document's texts, in one pass.
//!
//! A text that is nothing but a placeholder becomes the value itself, with its type; elsewhere a value is put in as
//! text: a text as it is, all else as JSON. A declared parameter without a value is null. Names that are neither
//! declared nor supplied, and all other braces (`{{ssm:...}}` too), stay as they are. What was put in is not looked at
//! again.
//!
//! The stock agent turns `$$` in an embedded value into `$`. Here a value is inserted as it is: our choice.
//! Source: agent protocol 5.2.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Document, Parameters};

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

/// One pass of substitution over parts of a document; the limits hold for all of them together.
#[derive(Debug)]
pub(super) struct Substitution<'a> {
    document: &'a Document,
    parameters: &'a Parameters,
    room_bytes: usize,
}

impl<'a> Substitution<'a> {
    pub(super) fn new(document: &'a Document, parameters: &'a Parameters) -> Self {
        Self { document, parameters, room_bytes: LIMIT_BYTES }
    }

    /// The value with all its texts substituted; keys of maps stay.
    pub(super) fn value(&mut self, value: &Value) -> Result<Value, SubstitutionError> {
        self.nested(value, 0)
    }

    /// The text with every placeholder substituted as text, also one that is all of it.
    pub(super) fn text(&mut self, text: &str) -> Result<String, SubstitutionError> {
        let mut result = String::new();
        let mut done = 0;
        for placeholder in placeholders(text) {
            if let Some(value) = self.lookup(placeholder.name) {
                let inserted = as_text(value);
                self.spend(placeholder.start - done + inserted.len())?;
                result.push_str(&text[done..placeholder.start]);
                result.push_str(&inserted);
                done = placeholder.end;
            }
        }
        self.spend(text.len() - done)?;
        result.push_str(&text[done..]);
        Ok(result)
    }

    /// The value to put in for a name; `None` leaves the placeholder as it is.
    pub(super) fn lookup(&self, name: &str) -> Option<&'a Value> {
        match self.document.value(self.parameters, name) {
            None if self.document.parameters().contains_key(name) => Some(&Value::Null),
            value => value,
        }
    }

    fn nested(&mut self, value: &Value, depth: usize) -> Result<Value, SubstitutionError> {
        if depth > LIMIT_DEPTH {
            return Err(SubstitutionError::TooDeep);
        }
        Ok(match value {
            Value::String(text) => match self.whole(text) {
                Some(value) => {
                    self.measure(value, depth)?;
                    value.clone()
                }
                None => self.text(text)?.into(),
            },
            Value::Array(items) => {
                items.iter().map(|item| self.nested(item, depth + 1)).collect::<Result<Vec<_>, _>>()?.into()
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

    /// The value that replaces the text as a whole.
    fn whole(&self, text: &str) -> Option<&'a Value> {
        let placeholder = placeholders(text).next()?;
        if placeholder.is_all_of(text) { self.lookup(placeholder.name) } else { None }
    }

    /// Counts a value that is put in whole against the limits.
    fn measure(&mut self, value: &Value, depth: usize) -> Result<(), SubstitutionError> {
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

    fn spend(&mut self, bytes: usize) -> Result<(), SubstitutionError> {
        self.room_bytes = self.room_bytes.checked_sub(bytes).ok_or(SubstitutionError::TooLarge)?;
        Ok(())
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
    start: usize,
    end: usize,
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
        while let Some(found) = text[from..].find("{{") {
            let start = from + found;
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

fn as_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn document() -> Document {
        Document::parse_lenient(
            r#"{"schemaVersion": "2.2", "parameters": {
                "text": {"type": "String"}, "list": {"type": "StringList"}, "map": {"type": "StringMap"},
                "empty": {"type": "String"}, "preset": {"type": "String", "default": "d"},
                "under_score": {"type": "String", "default": "u"}},
              "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {}}]}"#,
        )
        .unwrap()
    }

    fn parameters() -> Parameters {
        serde_json::from_value(json!({
            "text": "a {{ list }} $$", "list": ["a", "b"], "map": {"k": 1}, "extra": true, "under_score": "ignored",
        }))
        .unwrap()
    }

    fn substitute(value: &Value) -> Result<Value, SubstitutionError> {
        Substitution::new(&document(), &parameters()).value(value)
    }

    #[test]
    fn values_keep_their_type_when_alone_and_become_text_elsewhere() {
        for (template, wanted) in [
            (json!("{{ list }}"), json!(["a", "b"])),
            (json!("{{list}}"), json!(["a", "b"])),
            (json!("{{   map }}"), json!({"k": 1})),
            (json!("{{ extra }}"), json!(true)),
            (json!("{{ empty }}"), json!(null)),
            (json!("{{ preset }}"), json!("d")),
            (json!(" {{ list }}"), json!(" [\"a\",\"b\"]")),
            (json!("{{ map }}{{ extra }}"), json!("{\"k\":1}true")),
            (json!("x{{ empty }}"), json!("xnull")),
            (json!("<{{ text }}>"), json!("<a {{ list }} $$>")),
            (json!("{{ under_score }}"), json!("u")),
            (json!([{"{{ text }}": ["{{ preset }}!"]}]), json!([{"{{ text }}": ["d!"]}])),
            (json!([1, null, true]), json!([1, null, true])),
        ] {
            assert_eq!(substitute(&template), Ok(wanted), "{template}");
        }
    }

    #[test]
    fn what_is_no_known_placeholder_stays() {
        for text in [
            "{{ nobody }}",
            "{{ }}",
            "{{}}",
            "{{",
            "}}",
            "{ preset }",
            "{{ preset }",
            "{{ ssm:preset }}",
            "{{ssm-secure:a}}",
            "{{ .preset }}",
            "{{ preset\t}}",
            "{{ pre set }}",
            "{{\u{e9}}}",
        ] {
            assert_eq!(substitute(&json!(text)), Ok(json!(text)));
        }
        assert_eq!(substitute(&json!("{{{ preset }}}")), Ok(json!("{d}")));
        assert_eq!(substitute(&json!("{{ preset {{ preset }}")), Ok(json!("{{ preset d")));
    }

    #[test]
    fn growth_is_bounded_in_bytes_and_in_depth() {
        let long = Parameters::from_iter([("text".to_owned(), json!("x".repeat(100_000)))]);
        let document = document();
        let mut substitution = Substitution::new(&document, &long);
        assert_eq!(substitution.value(&json!("{{ text }} ".repeat(11))), Err(SubstitutionError::TooLarge));
        let mut substitution = Substitution::new(&document, &long);
        assert_eq!(substitution.value(&json!(vec!["{{ text }}"; 11])), Err(SubstitutionError::TooLarge));
        let deep = (0..60).fold(json!("x"), |inner, _| json!([inner]));
        let nested = Parameters::from_iter([("list".to_owned(), deep.clone())]);
        let mut substitution = Substitution::new(&document, &nested);
        assert!(substitution.value(&json!("{{ list }}")).is_ok());
        assert_eq!(substitution.value(&json!([[[[["{{ list }}"]]]]])), Err(SubstitutionError::TooDeep));
        assert!(substitution.value(&deep).is_ok());
    }

    proptest! {
        #[test]
        fn texts_without_known_names_are_left_alone(text in "[{} a:b\u{e9}]{0,40}") {
            prop_assert_eq!(substitute(&json!(&text)), Ok(json!(&text)));
        }
    }
}
