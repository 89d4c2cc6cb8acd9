//! Why a text is not a document.

/// Which error of the API a refused document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentErrorKind {
    /// `InvalidDocumentContent`.
    Content,
    /// `InvalidDocumentSchemaVersion`.
    SchemaVersion,
    /// `MaxDocumentSizeExceeded`.
    TooLarge,
}

/// A text that is not a document. The text is the public one where that is known, else our own; what it quotes of the
/// document is cut at 64 characters.
///
/// Source: service specification 4.7.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct DocumentError {
    kind: DocumentErrorKind,
    text: String,
}

impl DocumentError {
    pub(super) fn content(text: impl Into<String>) -> Self {
        Self { kind: DocumentErrorKind::Content, text: text.into() }
    }

    pub(super) fn schema(text: impl Into<String>) -> Self {
        Self { kind: DocumentErrorKind::SchemaVersion, text: text.into() }
    }

    pub(super) fn too_large(limit_bytes: usize) -> Self {
        Self { kind: DocumentErrorKind::TooLarge, text: format!("A document has at most {limit_bytes} bytes.") }
    }

    /// Which error of the API this is.
    #[must_use]
    pub fn kind(&self) -> DocumentErrorKind {
        self.kind
    }
}

/// The first 64 characters of a text that a stranger chose, marked where it goes on.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
