//! Describing and reading documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DocumentDescription, DocumentStatus, Hidden, reference, version};
use crate::api::ApiError;
use crate::document::{Document, Format};
use crate::ids::{DocumentReference, DocumentVersion, VersionName};
use crate::record::VersionSummary;
use crate::time::{Timestamp, epoch_seconds};

/// A version as a caller names it: by number or word, by name, or by both, which must agree. Neither: the default version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedVersion {
    /// The number, `$DEFAULT` or `$LATEST`.
    pub number: Option<DocumentVersion>,
    /// The name.
    pub name: Option<VersionName>,
}

impl WantedVersion {
    fn parse(document: &str, number: Option<&str>, name: Option<&str>) -> Result<Self, ApiError> {
        let invalid = |error: crate::ids::InvalidId| ApiError::validation(error.to_string());
        let unknown = || ApiError::no_document_version(&document, &number.unwrap_or_default());
        Ok(Self {
            number: number.map(|text| version(text, unknown)).transpose()?,
            name: name.map(str::parse).transpose().map_err(invalid)?,
        })
    }
}

impl From<DocumentVersion> for WantedVersion {
    fn from(version: DocumentVersion) -> Self {
        Self { number: Some(version), name: None }
    }
}

/// As an error tells it.
impl fmt::Display for WantedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.number, &self.name) {
            (Some(number), Some(name)) => write!(f, "{number} and version name {name}"),
            (None, Some(name)) => write!(f, "name {name}"),
            (number, None) => number.unwrap_or_default().fmt(f),
        }
    }
}

/// Tells of a document. Source: API reference, `DescribeDocument`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DescribeDocumentRequest {
    /// The name or ARN; required.
    pub name: String,
    /// `$DEFAULT` (the default), `$LATEST` or a number.
    pub document_version: Option<String>,
    /// The version's name. With `document_version` both must agree (our choice).
    pub version_name: Option<String>,
}

impl DescribeDocumentRequest {
    /// The default version of this document.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Document and version, read.
    ///
    /// # Errors
    /// `InvalidDocument` for what is no reference, `InvalidDocumentVersion` for a number that no version can have.
    pub fn parse(&self) -> Result<(DocumentReference, WantedVersion), ApiError> {
        let reference = reference(&self.name)?;
        let version = WantedVersion::parse(&self.name, self.document_version.as_deref(), self.version_name.as_deref())?;
        Ok((reference, version))
    }
}

/// What is told of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDocumentResponse {
    /// It.
    pub document: DocumentDescription,
}

/// Reads a document. Source: API reference, `GetDocument`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct GetDocumentRequest {
    /// The name or ARN; required.
    pub name: String,
    /// The version's name. With `document_version` both must agree (our choice).
    pub version_name: Option<String>,
    /// `$DEFAULT` (the default), `$LATEST` or a number.
    pub document_version: Option<String>,
    /// The format of the answer: `JSON`, the default, or `YAML`. A document that was stored in the other one is
    /// converted. `TEXT`: verbatim (our choice).
    pub document_format: Option<String>,
}

impl GetDocumentRequest {
    /// The default version of this document.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Document, version and format, read.
    ///
    /// # Errors
    /// `InvalidDocument` for what is no reference, `InvalidDocumentVersion` for a number that no version can have.
    pub fn parse(&self) -> Result<(DocumentReference, WantedVersion, ContentFormat), ApiError> {
        let reference = reference(&self.name)?;
        let version = WantedVersion::parse(&self.name, self.document_version.as_deref(), self.version_name.as_deref())?;
        let format = match self.document_format.as_deref() {
            Some("TEXT") => ContentFormat::Verbatim,
            Some("YAML") => ContentFormat::In(Format::Yaml),
            _ => ContentFormat::In(Format::Json),
        };
        Ok((reference, version, format))
    }
}

/// In which format a content is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentFormat {
    /// As it was stored: `TEXT`.
    Verbatim,
    /// In this one.
    In(Format),
}

/// A document with its content: verbatim in the format in which it was stored, else converted.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetDocumentResponse {
    /// The name; of what another account shares, the ARN.
    pub name: String,
    /// When this version was made.
    #[serde(with = "epoch_seconds")]
    pub created_date: Timestamp,
    /// What it is called for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// What its author calls this version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_name: Option<String>,
    /// The version that was read.
    pub document_version: String,
    /// Where it stands.
    pub status: DocumentStatus,
    /// As it was stored, or converted.
    pub content: String,
    /// `Command`.
    pub document_type: String,
    /// The format of `content`: `JSON`, `YAML`, or `TEXT` where that was asked for.
    pub document_format: String,
    /// Empty: no document has attachments.
    #[serde(default)]
    pub attachments_content: Vec<AttachmentContent>,
}

impl fmt::Debug for GetDocumentResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("GetDocumentResponse");
        shown.field("name", &self.name).field("document_version", &self.document_version);
        shown.field("document_format", &self.document_format).field("content", &Hidden(&self.content));
        shown.finish_non_exhaustive()
    }
}

/// A file beside a document. Source: API reference, `AttachmentContent`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AttachmentContent {
    /// Its name.
    pub name: Option<String>,
    /// Its size in bytes.
    pub size: Option<i64>,
    /// Its hash.
    pub hash: Option<String>,
    /// `Sha256`.
    pub hash_type: Option<String>,
    /// Where it is.
    pub url: Option<String>,
}

impl GetDocumentResponse {
    /// A version that can be used. `name` is as the caller is to see it.
    #[must_use]
    pub fn active(name: String, about: &VersionSummary, document: &Document, format: ContentFormat) -> Self {
        let (content, document_format) = match format {
            ContentFormat::Verbatim => (document.text().to_owned(), "TEXT".to_owned()),
            ContentFormat::In(format) => (document.text_in(format), format.to_string()),
        };
        Self {
            name,
            created_date: about.created_at,
            display_name: about.display_name.clone(),
            version_name: about.name.as_ref().map(ToString::to_string),
            document_version: about.number.to_string(),
            status: DocumentStatus::Active,
            content,
            document_type: "Command".to_owned(),
            document_format,
            attachments_content: Vec::new(),
        }
    }
}
