//! Values for parameters, as the AWS CLI takes them: JSON, or `name=value1,value2`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use serde_json::Value;

/// Most bytes of a file with values: more than a command's payload can hold.
const LIMIT_BYTES: u64 = 1 << 20;

/// Values by name, as the API takes them.
pub(super) type Supplied = BTreeMap<String, Vec<String>>;

/// Why a text gives no values. It quotes names only: values may be secrets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidParameters(String);

impl std::fmt::Display for InvalidParameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&super::printable::one_line(&self.0))
    }
}

/// Reads what was given with each `--parameters`: the values themselves, or `@file` or `file://path` that holds them.
pub(super) fn read(given: &[String]) -> Result<Supplied, InvalidParameters> {
    let mut supplied = Supplied::new();
    for text in given {
        let values = match text.strip_prefix('@').or_else(|| text.strip_prefix("file://")) {
            Some(path) => parse(&file(path)?)?,
            None => parse(text)?,
        };
        for (name, values) in values {
            add(&mut supplied, name, values)?;
        }
    }
    Ok(supplied)
}

fn file(path: &str) -> Result<String, InvalidParameters> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(LIMIT_BYTES).read_to_string(&mut text));
    read.map(|_| text).map_err(|error| InvalidParameters(format!("{path}: {error}")))
}

fn parse(text: &str) -> Result<Vec<(String, Vec<String>)>, InvalidParameters> {
    if text.trim_start().starts_with('{') { json(text) } else { shorthand(text.trim()) }
}

fn json(text: &str) -> Result<Vec<(String, Vec<String>)>, InvalidParameters> {
    let members: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|error| InvalidParameters(format!("not JSON: {error}")))?;
    let member = |(name, value)| {
        let values = match value {
            Value::String(text) => Some(vec![text]),
            Value::Array(items) => items.into_iter().map(text_of).collect(),
            _ => None,
        };
        match values {
            Some(values) => Ok((name, values)),
            None => Err(InvalidParameters(format!("\"{name}\" must be a text or a list of texts"))),
        }
    };
    members.into_iter().map(member).collect()
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Reads `name=value1,value2,other=value`. A value can stand in quotes, and all values of a name in brackets; then commas and
/// equal signs are part of them.
fn shorthand(text: &str) -> Result<Vec<(String, Vec<String>)>, InvalidParameters> {
    let mut supplied: Vec<(String, Vec<String>)> = Vec::new();
    for piece in pieces(text)? {
        let (name, value) = match (piece.split_once('='), supplied.last_mut()) {
            (Some((name, value)), _) if is_name(name.trim()) => (name.trim().to_owned(), value.trim()),
            (_, Some((_, values))) => {
                values.push(unquoted(piece.trim()));
                continue;
            }
            _ => return Err(InvalidParameters("neither a JSON object nor name=value".to_owned())),
        };
        let values = match value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) if inner.trim().is_empty() => Vec::new(),
            Some(inner) => pieces(inner)?.into_iter().map(|item| unquoted(item.trim())).collect(),
            None => vec![unquoted(value)],
        };
        supplied.push((name, values));
    }
    Ok(supplied)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The text cut at its commas, except for those in quotes or brackets. Quotes begin a value; elsewhere they are characters.
fn pieces(text: &str) -> Result<Vec<&str>, InvalidParameters> {
    let (mut pieces, mut start, mut quote, mut in_brackets, mut at_start) = (Vec::new(), 0, None, false, true);
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => drop(characters.next()),
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') if at_start => quote = Some(character),
            (None, '[') if at_start && !in_brackets => in_brackets = true,
            (None, ']') => in_brackets = false,
            (None, ',') if !in_brackets => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        at_start = quote.is_none() && matches!(character, '=' | ',' | '[') || (at_start && character == ' ');
    }
    if quote.is_some() || in_brackets {
        return Err(InvalidParameters("a quote or bracket is not closed".to_owned()));
    }
    pieces.push(&text[start..]);
    Ok(pieces)
}

/// The text without the quotes around it, and without the backslashes that guard quotes and backslashes in them.
fn unquoted(text: &str) -> String {
    let inner = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).map(|inner| (inner, quote));
    let Some((inner, quote)) = inner('"').or_else(|| inner('\'')) else { return text.to_owned() };
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars().peekable();
    while let Some(character) = characters.next() {
        let guarded = character == '\\' && characters.peek().is_some_and(|next| *next == quote || *next == '\\');
        plain.extend(if guarded { characters.next() } else { Some(character) });
    }
    plain
}

fn add(supplied: &mut Supplied, name: String, values: Vec<String>) -> Result<(), InvalidParameters> {
    if supplied.contains_key(&name) {
        return Err(InvalidParameters(format!("\"{name}\" is given twice")));
    }
    supplied.insert(name, values);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        let supplied = read(&[text.to_owned()]).map_err(|error| error.0)?;
        Ok(supplied.into_iter().collect())
    }

    #[test]
    fn each_form_gives_its_values() {
        for (text, wanted) in [
            (r#"{"a": ["x", "y"], "b": "z"}"#, vec![("a", vec!["x", "y"]), ("b", vec!["z"])]),
            (" {}", vec![]),
            ("a=x", vec![("a", vec!["x"])]),
            ("a=", vec![("a", vec![""])]),
            ("a=x,y,b=z", vec![("a", vec!["x", "y"]), ("b", vec!["z"])]),
            ("a='x,y',\"b=z\"", vec![("a", vec!["x,y", "b=z"])]),
            (r#"a=["echo a, b","x\"y"],b=1"#, vec![("a", vec!["echo a, b", "x\"y"]), ("b", vec!["1"])]),
            ("a=[]", vec![("a", vec![])]),
            ("a=[x, y]", vec![("a", vec!["x", "y"])]),
            ("a=it's,so", vec![("a", vec!["it's", "so"])]),
            ("a=echo $((1 == 1)), b = 2", vec![("a", vec!["echo $((1 == 1))"]), ("b", vec!["2"])]),
        ] {
            let wanted = wanted
                .into_iter()
                .map(|(name, values)| (name.to_owned(), values.into_iter().map(str::to_owned).collect::<Vec<_>>()));
            assert_eq!(given(text), Ok(wanted.collect()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_the_value() {
        for (text, wanted) in [
            ("secret", "neither a JSON object nor name=value"),
            ("", "neither a JSON object nor name=value"),
            ("a='secret", "a quote or bracket is not closed"),
            ("a=[secret", "a quote or bracket is not closed"),
            ("a=secret,a=other", "\"a\" is given twice"),
            (r#"{"a": 5}"#, "\"a\" must be a text or a list of texts"),
            (r#"{"a": ["secret", {}]}"#, "\"a\" must be a text or a list of texts"),
            (r#"{"a": "secret""#, "not JSON: EOF while parsing an object at line 1 column 14"),
        ] {
            assert_eq!(given(text), Err(wanted.to_owned()), "{text}");
        }
        assert!(given("@/no/such/file").unwrap_err().starts_with("/no/such/file: "));
    }

    #[test]
    fn values_can_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"a": "x"}"#).unwrap();
        for prefix in ["@", "file://"] {
            let given = given(&format!("{prefix}{}", file.path().display()));
            assert_eq!(given, Ok(vec![("a".to_owned(), vec!["x".to_owned()])]));
        }
    }
}
