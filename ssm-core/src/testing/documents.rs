//! The suite of [`DocumentSource`].

use std::path::PathBuf;

use crate::document::DocumentLocation;
use crate::ports::{DocumentSource, DocumentSourceError};

/// What an implementation was made to find.
#[derive(Debug, Clone, Default)]
pub struct DocumentSourceCase {
    /// Places, and the texts that are there while the suite runs.
    pub there: Vec<(DocumentLocation, String)>,
    /// Places of a kind that is served, where nothing is.
    pub missing: Vec<DocumentLocation>,
    /// Places of a kind that is not served.
    pub unsupported: Vec<DocumentLocation>,
    /// Where relative paths begin.
    pub downloads: PathBuf,
}

/// Checks the contract on a fresh implementation. Not checked: that errors hold no secret, and what is too long.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<I: DocumentSource, F: Future<Output = I>>(make: impl Fn() -> F, case: &DocumentSourceCase) {
    let source = make().await;
    for _ in 0..2 {
        for (location, text) in &case.there {
            let found = source.load(location, &case.downloads).await;
            assert_eq!(found.as_ref(), Ok(text), "what is there is given as it is, as often as it is asked for");
        }
        for location in &case.missing {
            let answer = source.load(location, &case.downloads).await;
            assert_eq!(answer, Err(DocumentSourceError::NotFound), "where nothing is, nothing is found");
        }
        for location in &case.unsupported {
            let answer = source.load(location, &case.downloads).await;
            let is_told = matches!(answer, Err(DocumentSourceError::Unsupported | DocumentSourceError::NoSource));
            assert!(is_told, "a place of another kind is not served: {answer:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::ports::{MemoryDocuments, NoDocuments};

    fn document(name: &str, version: Option<&str>) -> DocumentLocation {
        DocumentLocation::SsmDocument { name: name.to_owned(), version: version.map(str::to_owned) }
    }

    #[test]
    fn memory_and_no_documents_keep_the_contract() {
        let local = |path: &str| DocumentLocation::LocalPath(path.to_owned());
        let texts = [("a/b.json", "local"), ("Doc", "default"), ("Doc:2", "second")];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let case = DocumentSourceCase {
            there: vec![
                (local("a/b.json"), "local".to_owned()),
                (document("Doc", None), "default".to_owned()),
                (document("Doc", Some("2")), "second".to_owned()),
            ],
            missing: vec![local("a/c.json"), document("Other", Some("2")), document("Doc", Some("1"))],
            ..DocumentSourceCase::default()
        };
        suite(|| async { MemoryDocuments::new(texts.clone()) }, &case).now_or_never().unwrap();
        let unsupported = vec![local("a/b.json"), document("Doc", None)];
        let case = DocumentSourceCase { unsupported, ..DocumentSourceCase::default() };
        suite(|| async { NoDocuments }, &case).now_or_never().unwrap();
    }

    #[test]
    fn only_what_could_not_be_read_now_may_be_there_later() {
        let unreadable = DocumentSourceError::Unreadable { reason: "the disk is gone".to_owned() };
        for (error, retryable) in [
            (unreadable, true),
            (DocumentSourceError::NoSource, false),
            (DocumentSourceError::Unsupported, false),
            (DocumentSourceError::NotFound, false),
            (DocumentSourceError::TooLarge, false),
        ] {
            assert_eq!(error.is_retryable(), retryable, "{error}");
        }
    }
}
