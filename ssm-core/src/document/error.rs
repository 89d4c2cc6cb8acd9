//! Why a text is not a document.

use super::tree::{Path, Pointer, Position};

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

impl DocumentErrorKind {
    /// The error's code in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Content => "InvalidDocumentContent",
            Self::SchemaVersion => "InvalidDocumentSchemaVersion",
            Self::TooLarge => "MaxDocumentSizeExceeded",
        }
    }
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
    pointer: Pointer,
    position: Option<Position>,
}

impl DocumentError {
    pub(super) fn new(kind: DocumentErrorKind, text: String, pointer: Pointer, position: Option<Position>) -> Self {
        Self { kind, text, pointer, position }
    }

    /// Which error of the API this is.
    #[must_use]
    pub fn kind(&self) -> DocumentErrorKind {
        self.kind
    }

    /// The value at fault; the document itself when no other is.
    #[must_use]
    pub fn pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// Where in the text the value at fault begins, or where reading stopped; `None` when the text was not read at all.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.position
    }
}

/// Something wrong with a document that was read: a [`DocumentError`] of which line and column are not known yet.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) kind: DocumentErrorKind,
    pub(super) text: String,
    pub(super) pointer: Pointer,
    /// Whether the public text ends with the place.
    pub(super) tells_place: bool,
}

impl Fault {
    /// An `InvalidDocumentContent` with this text, at this value.
    pub(super) fn content(at: &Path<'_>, text: impl Into<String>) -> Self {
        Self { kind: DocumentErrorKind::Content, text: text.into(), pointer: at.pointer(), tells_place: false }
    }

    /// An `InvalidDocumentSchemaVersion` with this text, at this value.
    pub(super) fn schema(at: &Path<'_>, text: impl Into<String>) -> Self {
        Self { kind: DocumentErrorKind::SchemaVersion, ..Self::content(at, text) }
    }

    /// The same, with ` at Line: L, Column: C` behind its text.
    pub(super) fn telling_place(self) -> Self {
        Self { tells_place: true, ..self }
    }
}

/// The first 64 characters of a text that a stranger chose, marked where it goes on.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
