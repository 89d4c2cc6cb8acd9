//! The suite of [`ParameterSource`], and a parameter store in memory.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use crate::document::{StoreReference, StoreValue, StoreValues};
use crate::ports::{ParameterSource, ParameterSourceError};

/// What an implementation was made to find. What is left empty is not checked.
#[derive(Debug, Clone, Default)]
pub struct ParametersCase {
    /// References, and the values that are there while the suite runs: fewer than [`StoreReference::MAX_COUNT`]. Texts of
    /// six characters and more must not be shown.
    pub there: Vec<(StoreReference, StoreValue)>,
    /// References to what is not there: names, or versions.
    pub missing: Vec<StoreReference>,
    /// References to secrets.
    pub secure: Vec<StoreReference>,
    /// References to what this caller may not have.
    pub denied: Vec<StoreReference>,
}

/// Checks the contract on fresh implementations.
///
/// Not checked: that nothing is logged, and what happens when the store cannot be asked.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<I: ParameterSource, F: Future<Output = I>>(make: impl Fn() -> F, case: &ParametersCase) {
    let source = make().await;
    let all: Vec<StoreReference> = case.there.iter().map(|(reference, _)| reference.clone()).collect();
    assert!(all.len() < StoreReference::MAX_COUNT, "a case has fewer references than can be asked at once");
    assert_eq!(source.get(&[]).await, Ok(StoreValues::new()), "to ask for nothing is to get nothing");
    for (reference, value) in &case.there {
        let wanted = StoreValues::from_iter([(reference.clone(), value.clone())]);
        // Twice: to ask changes nothing.
        for _ in 0..2 {
            let found = source.get(std::slice::from_ref(reference)).await;
            check(found.as_ref(), &wanted, reference);
        }
        let found = source.get(&[reference.clone(), reference.clone()]).await;
        check(found.as_ref(), &wanted, reference);
    }
    let found = source.get(&all).await;
    let wanted: StoreValues = case.there.iter().cloned().collect();
    assert!(found.as_ref() == Ok(&wanted), "each reference that was asked has its value, and no others: {found:?}");
    // As many as may be asked at once: a store that takes fewer has to be asked several times.
    let most: Vec<StoreReference> = all.iter().cycle().take(StoreReference::MAX_COUNT).cloned().collect();
    let found = source.get(&most).await;
    assert!(found.as_ref() == Ok(&wanted), "{} references at once have their values: {found:?}", most.len());
    let missing = case.missing.iter().cloned().map(ParameterSourceError::NotFound);
    let secure = case.secure.iter().cloned().map(ParameterSourceError::SecureString);
    let denied = case.denied.iter().cloned().map(ParameterSourceError::AccessDenied);
    let references = case.missing.iter().chain(&case.secure).chain(&case.denied);
    for (reference, wanted) in references.zip(missing.chain(secure).chain(denied)) {
        let alone = source.get(std::slice::from_ref(reference)).await;
        assert_eq!(alone.as_ref(), Err(&wanted), "the error says why there is no value, and of which reference");
        let mut among = all.clone();
        among.insert(all.len() / 2, reference.clone());
        let answer = source.get(&among).await;
        assert_eq!(answer, Err(wanted), "one reference without a value leaves none with one");
    }
    shows_no_values(&source, case);
}

fn check(found: Result<&StoreValues, &ParameterSourceError>, wanted: &StoreValues, reference: &StoreReference) {
    // The values themselves are not shown, since a suite may run against a true store.
    assert!(found == Ok(wanted), "the value of {reference} is the one that is there, in its type: {found:?}");
}

fn shows_no_values(source: &impl ParameterSource, case: &ParametersCase) {
    let shown = format!("{source:?}");
    for (reference, value) in &case.there {
        let texts = match value {
            StoreValue::Text(text) => std::slice::from_ref(text),
            StoreValue::List(items) => items.as_slice(),
        };
        let is_shown = texts.iter().any(|text| text.chars().count() >= 6 && shown.contains(text.as_str()));
        assert!(!is_shown, "a source does not show the value of {reference}");
    }
}

/// A parameter store in memory, for tests. Names are what it is asked for: `name` and `name:version` are two.
#[derive(Clone, Default)]
pub struct MemoryParameters(BTreeMap<String, Entry>);

#[derive(Clone)]
enum Entry {
    Value(StoreValue),
    Secure,
    Denied,
}

impl MemoryParameters {
    /// A store with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a `String` of this name.
    #[must_use]
    pub fn with_text(self, name: &str, text: &str) -> Self {
        self.with(name, Entry::Value(StoreValue::Text(text.to_owned())))
    }

    /// The same with a `StringList` of this name, its elements separated by commas, as the store keeps it.
    #[must_use]
    pub fn with_list(self, name: &str, elements: &str) -> Self {
        self.with(name, Entry::Value(StoreValue::List(elements.split(',').map(str::to_owned).collect())))
    }

    /// The same with a `SecureString` of this name. Its value is never needed.
    #[must_use]
    pub fn with_secure(self, name: &str) -> Self {
        self.with(name, Entry::Secure)
    }

    /// The same with a parameter of this name that callers may not have.
    #[must_use]
    pub fn with_denied(self, name: &str) -> Self {
        self.with(name, Entry::Denied)
    }

    fn with(mut self, name: &str, entry: Entry) -> Self {
        self.0.insert(name.to_owned(), entry);
        self
    }
}

impl fmt::Debug for MemoryParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryParameters")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[async_trait]
impl ParameterSource for MemoryParameters {
    async fn get(&self, references: &[StoreReference]) -> Result<StoreValues, ParameterSourceError> {
        let value = |reference: &StoreReference| match self.0.get(reference.as_str()) {
            Some(Entry::Value(value)) => Ok((reference.clone(), value.clone())),
            Some(Entry::Secure) => Err(ParameterSourceError::SecureString(reference.clone())),
            Some(Entry::Denied) => Err(ParameterSourceError::AccessDenied(reference.clone())),
            None => Err(ParameterSourceError::NotFound(reference.clone())),
        };
        references.iter().map(value).collect()
    }
}
