//! Shapes around documents.
//!
//! Read in this order: `description` (what is told of documents), `change` (create, update, default version, delete), `read`
//! (describe, get), `list` (documents and versions), `share` (permissions).

mod change;
mod description;
mod list;
mod read;
mod share;

use std::fmt;

pub use change::{
    AttachmentsSource, CreateDocumentRequest, CreateDocumentResponse, DeleteDocumentRequest, DeleteDocumentResponse,
    DocumentDefaultVersionDescription, DocumentRequires, NewVersion, UpdateDocumentDefaultVersionRequest,
    UpdateDocumentDefaultVersionResponse, UpdateDocumentRequest, UpdateDocumentResponse,
};
pub use description::{
    DocumentDescription, DocumentIdentifier, DocumentParameter, DocumentStatus, DocumentVersionInfo,
};
pub use list::{
    DocumentFilterShape, DocumentFilters, DocumentKeyValuesFilter, ListDocumentVersionsRequest,
    ListDocumentVersionsResponse, ListDocumentsRequest, ListDocumentsResponse, OwnerFilter,
};
pub use read::{
    AttachmentContent, ContentFormat, DescribeDocumentRequest, DescribeDocumentResponse, GetDocumentRequest,
    GetDocumentResponse, WantedVersion,
};
pub use share::{
    AccountSharingInfo, DescribeDocumentPermissionRequest, DescribeDocumentPermissionResponse,
    ModifyDocumentPermissionRequest, ModifyDocumentPermissionResponse, PermissionChange,
};

use super::{ApiError, ErrorCode};
use crate::document::Format;
use crate::ids::{DocumentName, DocumentReference, DocumentVersion};

/// The length of a content, which is shown in its place: it is its author's, and may hold secrets.
struct Hidden<'a>(&'a str);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

/// The name of a request that was checked against the table.
fn name(text: &str) -> Result<DocumentName, ApiError> {
    text.parse().map_err(|error: crate::ids::InvalidId| ApiError::validation(error.to_string()))
}

/// A reference: the table's pattern lets more pass than what can mean a document.
fn reference(text: &str) -> Result<DocumentReference, ApiError> {
    text.parse().map_err(|_| ApiError::no_document(&text))
}

/// A version of the table's pattern; `unknown` for a number that is larger than any version's.
fn version(text: &str, unknown: impl FnOnce() -> ApiError) -> Result<DocumentVersion, ApiError> {
    text.parse().map_err(|_| unknown())
}

/// The format of a content. `TEXT` is for documents of other types; which error the public service gives is not known.
fn format(word: Option<&str>) -> Result<Format, ApiError> {
    match word {
        None | Some("JSON") => Ok(Format::Json),
        Some("YAML") => Ok(Format::Yaml),
        Some(other) => {
            let text = format!("Document format {other} is not supported for document type Command.");
            Err(ApiError::new(ErrorCode::InvalidDocumentContent, text))
        }
    }
}

impl ApiError {
    /// There is no such document, or the caller may not know of it.
    #[must_use]
    pub fn no_document(document: &impl fmt::Display) -> Self {
        Self::new(ErrorCode::InvalidDocument, format!("Document with name {document} does not exist."))
    }

    /// The document has no such version, or the caller may not know of it.
    #[must_use]
    pub fn no_document_version(document: &impl fmt::Display, version: &impl fmt::Display) -> Self {
        let text = format!("Document with name {document} with version {version} does not exist.");
        Self::new(ErrorCode::InvalidDocumentVersion, text)
    }
}

#[cfg(test)]
mod tests;
