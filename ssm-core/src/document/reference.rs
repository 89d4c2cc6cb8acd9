//! References to the parameter store, `{{ssm:name}}`, and what the store answered.
//!
//! A reference is two braces, any blanks, `ssm:`, one or more of letters, digits and `_ / . : -`, any blanks, two
//! braces. `{{ssm-secure:name}}` has the same form and is not resolved here: the plugins that may do it themselves.
//!
//! Source: agent protocol 5.2, service specification 4.3.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::substitute::opening;

/// What stands in `{{ssm:...}}` behind the colon: the name of a parameter in the store, and perhaps its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreReference(String);

impl StoreReference {
    /// Most characters of a reference. Our choice, which is the public bound of a name with its path.
    pub const MAX_CHARS: usize = 2048;

    /// Most different references of one document with its parameters, each kind counted for itself. Our choice.
    pub const MAX_COUNT: usize = 100;

    /// All of it, as it is asked for: `name` or `name:version`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, or the ARN, of the parameter.
    #[must_use]
    pub fn name(&self) -> &str {
        self.parts().0
    }

    /// The version or the label, when one is asked for; else the latest is meant.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.parts().1
    }

    /// Names hold no colon, but ARNs do: the last piece of an ARN has a slash, which versions and labels have not.
    fn parts(&self) -> (&str, Option<&str>) {
        match self.0.rsplit_once(':') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() && !version.contains('/') => {
                (name, Some(version))
            }
            _ => (&self.0, None),
        }
    }
}

impl fmt::Display for StoreReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that refers to nothing in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reference has 1 to {} characters: letters, digits and _ / . : -", StoreReference::MAX_CHARS)]
pub struct InvalidStoreReference;

impl FromStr for StoreReference {
    type Err = InvalidStoreReference;

    fn from_str(text: &str) -> Result<Self, InvalidStoreReference> {
        let fits = (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(is_of_name);
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidStoreReference) }
    }
}

/// A value of the parameter store that documents may have. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreValue {
    /// Of a parameter of type `String`.
    Text(String),
    /// Of a parameter of type `StringList`, split at its commas.
    List(Vec<String>),
}

impl fmt::Debug for StoreValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(..)"),
            Self::List(items) => write!(f, "List({} elements)", items.len()),
        }
    }
}

/// Values of the parameter store, by what was asked. `Debug` shows the references only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StoreValues(BTreeMap<StoreReference, StoreValue>);

impl StoreValues {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value; one that the reference had goes.
    pub fn insert(&mut self, reference: StoreReference, value: StoreValue) {
        self.0.insert(reference, value);
    }

    /// The value of a reference.
    #[must_use]
    pub fn get(&self, reference: &StoreReference) -> Option<&StoreValue> {
        self.0.get(reference)
    }

    /// The references that have a value, in order.
    pub fn references(&self) -> impl Iterator<Item = &StoreReference> {
        self.0.keys()
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(StoreReference, StoreValue)> for StoreValues {
    fn from_iter<I: IntoIterator<Item = (StoreReference, StoreValue)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl fmt::Debug for StoreValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreValues")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Which kind of reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReferenceKind {
    /// `{{ssm:...}}`.
    Plain,
    /// `{{ssm-secure:...}}`.
    Secure,
}

/// Whether a text refers to the parameter store at all.
pub(super) fn refers_to_store(text: &str) -> bool {
    [ReferenceKind::Plain, ReferenceKind::Secure].into_iter().any(|kind| references(text, kind).next().is_some())
}

/// A reference in a text, from its first to behind its last brace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FoundReference<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What [`StoreReference`] is parsed from; it can only be too long.
    pub(super) text: &'a str,
}

impl FoundReference<'_> {
    /// Whether nothing else is in the text that it was found in.
    pub(super) fn is_all_of(&self, text: &str) -> bool {
        (self.start, self.end) == (0, text.len())
    }
}

/// The references of a text, in order.
pub(super) fn references(text: &str, kind: ReferenceKind) -> impl Iterator<Item = FoundReference<'_>> {
    let prefix = match kind {
        ReferenceKind::Plain => "ssm:",
        ReferenceKind::Secure => "ssm-secure:",
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(start) = opening(text, from) {
            // The second brace may be the first one of a reference.
            from = start + 1;
            let Some(inner) = text[start + 2..].trim_start_matches(' ').strip_prefix(prefix) else { continue };
            let (name, rest) = inner.split_at(inner.bytes().take_while(|&byte| is_of_name(byte)).count());
            if let Some(rest) = rest.trim_start_matches(' ').strip_prefix("}}")
                && !name.is_empty()
            {
                from = text.len() - rest.len();
                return Some(FoundReference { start, end: from, text: name });
            }
        }
        None
    })
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_/.:-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_a_name_and_perhaps_a_version() {
        for (text, name, version) in [
            ("a", "a", None),
            ("/a/b.c-d_e", "/a/b.c-d_e", None),
            ("/a/b:3", "/a/b", Some("3")),
            ("a:prod", "a", Some("prod")),
            ("arn:aws:ssm:us-east-1:123456789012:parameter/a", "arn:aws:ssm:us-east-1:123456789012:parameter/a", None),
            (
                "arn:aws:ssm:us-east-1:123456789012:parameter/a:3",
                "arn:aws:ssm:us-east-1:123456789012:parameter/a",
                Some("3"),
            ),
            (":", ":", None),
            ("a:", "a:", None),
            (":3", ":3", None),
        ] {
            let reference: StoreReference = text.parse().unwrap();
            assert_eq!((reference.name(), reference.version()), (name, version), "{text}");
            assert_eq!(reference.to_string(), text);
        }
        let long = "x".repeat(StoreReference::MAX_CHARS);
        assert!(long.parse::<StoreReference>().is_ok());
        for text in ["", "a b", "\u{e9}", "a}", "{a", &format!("{long}x")] {
            assert_eq!(text.parse::<StoreReference>(), Err(InvalidStoreReference), "{text}");
        }
    }

    #[test]
    fn references_are_found_where_agents_find_them() {
        for (text, plain, secure) in [
            ("{{ssm:a}}", &["a"][..], &[][..]),
            ("x{{  ssm:/a/b:1 }}y{{ssm:c}}", &["/a/b:1", "c"], &[]),
            ("{{{ssm:a}}}", &["a"], &[]),
            ("{{ {{ssm:a}} }}", &["a"], &[]),
            ("{{ssm-secure:a}} {{ ssm-secure:b:2 }}", &[], &["a", "b:2"]),
            ("{{ssm: a}} {{ssm:}} {{ssm:a} } {{ssm:a\n}} {{ssm:\u{e9}}} {{SSM:a}} ssm:a {{ssm:", &[], &[]),
            ("{{ssm:a$}} {{ssm:{{ssm:b}}", &["b"], &[]),
        ] {
            let found = |kind| references(text, kind).map(|found| found.text).collect::<Vec<_>>();
            assert_eq!(
                (found(ReferenceKind::Plain), found(ReferenceKind::Secure)),
                (plain.to_vec(), secure.to_vec()),
                "{text}"
            );
        }
    }

    #[test]
    fn values_of_the_store_are_not_shown() {
        let values = StoreValues::from_iter([
            ("a".parse().unwrap(), StoreValue::Text("hush".to_owned())),
            ("b".parse().unwrap(), StoreValue::List(vec!["hush".to_owned()])),
        ]);
        let shown =
            format!("{values:?} {:?} {:?}", values.get(&"a".parse().unwrap()), values.get(&"b".parse().unwrap()));
        assert!(!shown.contains("hush"), "{shown}");
        assert_eq!(values.references().map(StoreReference::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }
}
