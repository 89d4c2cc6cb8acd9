//! Creating, updating and deleting documents.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{DocumentDescription, Hidden, format, name, version};
use crate::api::{ApiError, ErrorCode, Tag};
use crate::document::Format;
use crate::ids::{DocumentName, DocumentVersion, VersionName};
use crate::record::DocumentRow;

/// A file beside a document; refused, see [`CreateDocumentRequest::attachments`]. Source: API reference, `AttachmentsSource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AttachmentsSource {
    /// `SourceUrl`, `S3FileUrl` or `AttachmentReference`.
    pub key: Option<String>,
    /// Where it is.
    pub values: Option<Vec<String>>,
    /// Its name.
    pub name: Option<String>,
}

/// A document that another one needs; refused, see [`CreateDocumentRequest::requires`]. Source: API reference,
/// `DocumentRequires`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DocumentRequires {
    /// Its name or ARN.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// What it is needed for.
    pub require_type: Option<String>,
    /// The name of its version.
    pub version_name: Option<String>,
}

/// Stores a document under the account. Source: API reference, `CreateDocument`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct CreateDocumentRequest {
    /// The content; required, at most 64 KB.
    pub content: String,
    /// Documents that it needs. Only application configurations have them: refused.
    pub requires: Option<Vec<DocumentRequires>>,
    /// Files beside it: refused, since none are kept.
    pub attachments: Vec<AttachmentsSource>,
    /// The name; required, and not reserved for documents that come with the service.
    pub name: String,
    /// What it is called for people.
    pub display_name: Option<String>,
    /// What the first version is called.
    pub version_name: Option<String>,
    /// `Command`, the only type that is served; may be absent for schema 1.2.
    pub document_type: Option<String>,
    /// `JSON`, the default, or `YAML`.
    pub document_format: Option<String>,
    /// The kind of resource that it is for. It is told, and restricts nothing, as with the public service.
    pub target_type: Option<String>,
    /// Its tags, at most 50. Of equal keys the last one counts.
    pub tags: Vec<Tag>,
}

impl fmt::Debug for CreateDocumentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CreateDocumentRequest");
        shown.field("name", &self.name).field("content", &Hidden(&self.content));
        shown.field("document_format", &self.document_format).field("version_name", &self.version_name);
        shown.finish_non_exhaustive()
    }
}

impl CreateDocumentRequest {
    /// A command document of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, content: impl Into<String>) -> Self {
        let document_type = Some("Command".to_owned());
        Self { content: content.into(), name: name.into(), document_type, ..Self::default() }
    }

    /// Everything but the content, read; what the table of constraints says is checked already.
    ///
    /// # Errors
    /// `ValidationException` for reserved names, for types that are not served (our choice, as for the number of tags and
    /// reserved keys), `InvalidDocumentContent` for the format `TEXT`.
    pub fn parse(&self) -> Result<NewVersion, ApiError> {
        let name = name(&self.name)?;
        if name.is_reserved() {
            // Which code the public service gives here is not known; this is our choice.
            return Err(ApiError::validation(format!("Document name {name} begins with a reserved prefix.")));
        }
        if let Some(kind) = self.document_type.as_deref().filter(|kind| *kind != "Command") {
            return Err(ApiError::validation(format!("Documents of type {kind} are not served, only Command.")));
        }
        let tags: BTreeMap<_, _> = self.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        if let Some(key) = tags.keys().find(|key| key.to_ascii_lowercase().starts_with("aws:")) {
            return Err(ApiError::validation(format!("Tag key {key} begins with a reserved prefix.")));
        }
        if tags.len() > DocumentRow::MAX_TAGS {
            let text = format!("A document has at most {} tags.", DocumentRow::MAX_TAGS);
            return Err(ApiError::validation(text));
        }
        Ok(NewVersion {
            name,
            format: format(self.document_format.as_deref())?,
            version_name: version_name(self.version_name.as_deref())?,
            tags,
        })
    }
}

/// What a new document or version is, apart from its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVersion {
    /// The document.
    pub name: DocumentName,
    /// The format of the content.
    pub format: Format,
    /// What the version is called.
    pub version_name: Option<VersionName>,
    /// The document's tags; of a later version none.
    pub tags: BTreeMap<String, String>,
}

fn version_name(text: Option<&str>) -> Result<Option<VersionName>, ApiError> {
    text.map(str::parse).transpose().map_err(|error: crate::ids::InvalidId| ApiError::validation(error.to_string()))
}

/// The document that was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDocumentResponse {
    /// It.
    pub document_description: DocumentDescription,
}

/// Adds a version to a document. Source: API reference, `UpdateDocument`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct UpdateDocumentRequest {
    /// The content; required, at most 64 KB.
    pub content: String,
    /// Files beside it: refused, since none are kept.
    pub attachments: Vec<AttachmentsSource>,
    /// The name; required.
    pub name: String,
    /// What it is called for people; as in the latest version when absent.
    pub display_name: Option<String>,
    /// What the new version is called.
    pub version_name: Option<String>,
    /// The version that is replaced: the latest one's number, or `$LATEST`. The service demands it.
    pub document_version: Option<String>,
    /// `JSON`, the default, or `YAML`.
    pub document_format: Option<String>,
    /// The kind of resource that it is for; as in the latest version when absent (our choice).
    pub target_type: Option<String>,
}

impl fmt::Debug for UpdateDocumentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("UpdateDocumentRequest");
        shown.field("name", &self.name).field("content", &Hidden(&self.content));
        shown.field("document_version", &self.document_version).field("document_format", &self.document_format);
        shown.finish_non_exhaustive()
    }
}

impl UpdateDocumentRequest {
    /// A new version in place of the latest one.
    #[must_use]
    pub fn new(name: impl Into<String>, content: impl Into<String>) -> Self {
        let document_version = Some("$LATEST".to_owned());
        Self { content: content.into(), name: name.into(), document_version, ..Self::default() }
    }

    /// Everything but the content, read, with the number of the version that must be the latest; `None` for `$LATEST`.
    ///
    /// # Errors
    /// `InvalidDocumentOperation` for a document that comes with the service, `InvalidDocumentVersion` for a version that is
    /// neither a number nor `$LATEST`, `InvalidDocumentContent` for the format `TEXT`.
    pub fn parse(&self) -> Result<(NewVersion, Option<NonZeroU32>), ApiError> {
        let name = changeable(&self.name)?;
        let replaced = match self.document_version.as_deref() {
            None | Some("$DEFAULT") => {
                let text = "Document version for UpdateDocument must be number or $LATEST";
                return Err(ApiError::new(ErrorCode::InvalidDocumentVersion, text));
            }
            Some(text) => version(text, || not_latest(&name))?,
        };
        let replaced = match replaced {
            DocumentVersion::Number(number) => Some(number),
            _ => None,
        };
        let version_name = version_name(self.version_name.as_deref())?;
        let format = format(self.document_format.as_deref())?;
        Ok((NewVersion { name, format, version_name, tags: BTreeMap::new() }, replaced))
    }
}

impl UpdateDocumentRequest {
    /// The version that was to be replaced is not the latest.
    #[must_use]
    pub fn not_latest(name: &DocumentName) -> ApiError {
        not_latest(name)
    }
}

fn not_latest(name: &DocumentName) -> ApiError {
    let text = format!(
        "Version provided for document {name} is not latest. Please provide the latest version to update document {name}"
    );
    ApiError::new(ErrorCode::InvalidDocumentVersion, text)
}

/// A name whose document its account may change.
fn changeable(text: &str) -> Result<DocumentName, ApiError> {
    let name = name(text)?;
    if name.is_reserved() {
        let text = format!("Document {name} is owned by Amazon and cannot be changed.");
        return Err(ApiError::new(ErrorCode::InvalidDocumentOperation, text));
    }
    Ok(name)
}

/// The version that was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateDocumentResponse {
    /// It.
    pub document_description: DocumentDescription,
}

/// Chooses the version that `$DEFAULT` means. Source: API reference, `UpdateDocumentDefaultVersion`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct UpdateDocumentDefaultVersionRequest {
    /// The name; required.
    pub name: String,
    /// The version's number; required.
    pub document_version: String,
}

impl UpdateDocumentDefaultVersionRequest {
    /// This version of this document.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self { name: name.into(), document_version: version.into() }
    }

    /// Name and number, read.
    ///
    /// # Errors
    /// `InvalidDocumentVersion` for a number that no version can have.
    pub fn parse(&self) -> Result<(DocumentName, NonZeroU32), ApiError> {
        let name = name(&self.name)?;
        let unknown = || ApiError::no_document_version(&name, &self.document_version);
        match version(&self.document_version, unknown)? {
            DocumentVersion::Number(number) => Ok((name, number)),
            _ => Err(unknown()),
        }
    }
}

/// The default version now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateDocumentDefaultVersionResponse {
    /// It.
    pub description: DocumentDefaultVersionDescription,
}

/// A document's default version. Source: API reference, `DocumentDefaultVersionDescription`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DocumentDefaultVersionDescription {
    /// The document.
    pub name: String,
    /// The version's number.
    pub default_version: String,
    /// What its author calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub default_version_name: Option<String>,
}

impl DocumentDefaultVersionDescription {
    /// The default version of this row.
    #[must_use]
    pub fn of(row: &DocumentRow) -> Self {
        Self {
            name: row.name.to_string(),
            default_version: row.default.number.to_string(),
            default_version_name: row.default.name.as_ref().map(ToString::to_string),
        }
    }
}

/// Deletes a document, or one of its versions. Source: API reference, `DeleteDocument`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DeleteDocumentRequest {
    /// The name; required.
    pub name: String,
    /// Only this version: a number or `$LATEST`. The whole document when this and `version_name` are absent.
    pub document_version: Option<String>,
    /// Only the version of this name.
    pub version_name: Option<String>,
    /// Has a meaning for documents of type `ApplicationConfigurationSchema` only: changes nothing.
    pub force: Option<bool>,
}

impl DeleteDocumentRequest {
    /// The whole document.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Only this version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.document_version = Some(version.into());
        self
    }

    /// The name, read, and which version; `None` for the whole document.
    ///
    /// # Errors
    /// `InvalidDocumentOperation` for a document that comes with the service, `InvalidDocument` for a version that cannot be.
    pub fn parse(&self) -> Result<(DocumentName, Option<super::WantedVersion>), ApiError> {
        let name = changeable(&self.name)?;
        if self.document_version.is_none() && self.version_name.is_none() {
            return Ok((name, None));
        }
        let unknown = || {
            let told = self.document_version.as_deref().unwrap_or_default();
            ApiError::new(ErrorCode::InvalidDocument, ApiError::no_document_version(&name, &told).message())
        };
        let wanted = super::WantedVersion {
            number: self.document_version.as_deref().map(|text| version(text, unknown)).transpose()?,
            name: version_name(self.version_name.as_deref())?,
        };
        Ok((name, Some(wanted)))
    }
}

/// It is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDocumentResponse {}
