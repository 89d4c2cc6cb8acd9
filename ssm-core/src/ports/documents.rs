//! Documents that run inside steps of others.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::path::Path;

use async_trait::async_trait;

use crate::document::DocumentLocation;

/// Reads the documents that steps of `aws:runDocument` name.
///
/// # Contract
/// - The text is given as it is, in JSON or YAML; who asked reads and checks it. One longer than
///   [`Document::MAX_LENIENT_BYTES`](crate::document::Document::MAX_LENIENT_BYTES) need not be given whole:
///   [`DocumentSourceError::TooLarge`] is the better answer.
/// - A relative [`DocumentLocation::LocalPath`] begins in `downloads`, the folder into which earlier steps of the same
///   command download. A document's author chose the path, so that a source which must not read everything that its
///   process can has to look at it.
/// - Loading changes nothing, and the same document may be asked for twice. It may be another one by then, also of one
///   version of one name.
/// - It may take its time: the step's execution timeout and a cancel drop the future.
/// - Credentials are the implementation's own affair. No error holds one, nor the location.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait DocumentSource: Debug + Send + Sync {
    /// The text of the document at this place.
    async fn load(&self, location: &DocumentLocation, downloads: &Path) -> Result<String, DocumentSourceError>;
}

/// Why there is no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentSourceError {
    /// There is no source at all.
    #[error("this agent has no source of documents")]
    NoSource,
    /// The source has no documents of this kind of location.
    #[error("documents of this kind are not served")]
    Unsupported,
    /// No such document or version, or nobody here may read it.
    #[error("there is no such document")]
    NotFound,
    /// It is longer than a document may be.
    #[error("the document is too long")]
    TooLarge,
    /// It could not be reached or read now.
    #[error("the document could not be read: {reason}")]
    Unreadable {
        /// Why, without secrets.
        reason: String,
    },
}

impl DocumentSourceError {
    /// Whether the same question may have an answer later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unreadable { .. } => true,
            Self::NoSource | Self::Unsupported | Self::NotFound | Self::TooLarge => false,
        }
    }
}

/// Has no document.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDocuments;

#[async_trait]
impl DocumentSource for NoDocuments {
    async fn load(&self, _location: &DocumentLocation, _downloads: &Path) -> Result<String, DocumentSourceError> {
        Err(DocumentSourceError::NoSource)
    }
}

/// Has the documents that it was given, for tests and bundled documents: by the path as the step writes it, by a name
/// (its default version), or by `name:version`, which has nothing to do with the default one. Its `Debug` shows how many.
#[derive(Clone, Default)]
pub struct MemoryDocuments(BTreeMap<String, String>);

impl MemoryDocuments {
    /// These texts under these names.
    #[must_use]
    pub fn new(documents: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(documents.into_iter().collect())
    }
}

impl Debug for MemoryDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryDocuments({})", self.0.len())
    }
}

#[async_trait]
impl DocumentSource for MemoryDocuments {
    async fn load(&self, location: &DocumentLocation, _downloads: &Path) -> Result<String, DocumentSourceError> {
        let text = match location {
            DocumentLocation::LocalPath(path) => self.0.get(path),
            DocumentLocation::SsmDocument { name, version: None } => self.0.get(name),
            DocumentLocation::SsmDocument { name, version: Some(version) } => self.0.get(&format!("{name}:{version}")),
        };
        text.cloned().ok_or(DocumentSourceError::NotFound)
    }
}
