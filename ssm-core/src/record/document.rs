//! The rows of a document.

use std::num::NonZeroU32;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Revision;
use crate::document::Format;
use crate::ids::{AccountId, DocumentName};
use crate::time::Timestamp;

/// A document of an account, apart from its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRow {
    /// The owner.
    pub account: AccountId,
    /// The name.
    pub name: DocumentName,
    /// How often this row was written.
    pub revision: Revision,
    /// The version that `$DEFAULT` means.
    pub default_version: NonZeroU32,
    /// The version that `$LATEST` means.
    pub latest_version: NonZeroU32,
    /// When the first version was made.
    pub created_at: Timestamp,
}

/// One version of a document. Never changes once written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVersionRow {
    /// The owner.
    pub account: AccountId,
    /// The document.
    pub name: DocumentName,
    /// The version.
    pub version: NonZeroU32,
    /// The format of the content.
    #[serde(default)]
    pub format: Format,
    /// The content, verbatim.
    pub content: Arc<str>,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
    /// When this version was made.
    pub created_at: Timestamp,
}
