//! What is told of documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::Tag;
use crate::document::{Document, ParameterDefinition, Platform};
use crate::record::{DocumentRow, VersionSummary};
use crate::time::{Timestamp, epoch_seconds};

/// Where a document stands. Source: API reference, `DocumentStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DocumentStatus {
    /// What the answer to a creation shows, as the public service does; the document can be used already.
    Creating,
    /// It can be used.
    Active,
    /// What the answer to an update shows; the new version can be used already.
    Updating,
    /// It is going.
    Deleting,
    /// It could not be made.
    Failed,
}

/// A document without its content. Source: API reference, `DocumentDescription`.
///
/// Members that only other types of documents have are left out: attachments, requirements, reviews, author.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DocumentDescription {
    /// SHA-256 of the content, lower-case hexadecimal.
    pub hash: String,
    /// `Sha256`.
    pub hash_type: String,
    /// The name; of what another account shares, the ARN.
    pub name: String,
    /// What it is called for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// What its author calls this version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_name: Option<String>,
    /// The account, or `Amazon` for documents that come with the service.
    pub owner: String,
    /// When this version was made.
    #[serde(with = "epoch_seconds")]
    pub created_date: Timestamp,
    /// Where it stands.
    pub status: DocumentStatus,
    /// This version.
    pub document_version: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// What it can be given.
    pub parameters: Vec<DocumentParameter>,
    /// Where it can run.
    pub platform_types: Vec<Platform>,
    /// `Command`.
    pub document_type: String,
    /// Its schema.
    pub schema_version: String,
    /// The highest version.
    pub latest_version: String,
    /// The version that runs when none is named.
    pub default_version: String,
    /// `JSON` or `YAML`.
    pub document_format: String,
    /// The kind of resource that it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_type: Option<String>,
    /// Its tags; of a document of another owner none (our choice).
    pub tags: Vec<Tag>,
    /// Empty in the answer of `DescribeDocument`, absent in others, as the public service sends it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category: Option<Vec<String>>,
    /// As `category`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub category_enum: Option<Vec<String>>,
}

impl DocumentDescription {
    /// A version of a document, `Active` and without tags. `name` and `owner` are as the caller is to see them.
    #[must_use]
    pub fn new(name: String, owner: String, about: &VersionSummary, document: &Document, sha256: String) -> Self {
        let version = about.number.to_string();
        Self {
            hash: sha256,
            hash_type: "Sha256".to_owned(),
            name,
            display_name: about.display_name.clone(),
            version_name: about.name.as_ref().map(ToString::to_string),
            owner,
            created_date: about.created_at,
            status: DocumentStatus::Active,
            latest_version: version.clone(),
            default_version: version.clone(),
            document_version: version,
            description: document.description().unwrap_or_default().to_owned(),
            parameters: document.parameters().iter().map(|(name, it)| DocumentParameter::new(name, it)).collect(),
            platform_types: document.platforms().into_iter().collect(),
            document_type: "Command".to_owned(),
            schema_version: document.schema().to_string(),
            document_format: document.format().to_string(),
            target_type: about.target_type.clone(),
            tags: Vec::new(),
            category: None,
            category_enum: None,
        }
    }

    /// The same with what the document's row says of all versions.
    #[must_use]
    pub fn of_row(mut self, row: &DocumentRow) -> Self {
        self.latest_version = row.latest.number.to_string();
        self.default_version = row.default.number.to_string();
        self
    }
}

/// A parameter of a document. Source: API reference, `DocumentParameter`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentParameter {
    /// Its name.
    pub name: String,
    /// `String` or `StringList`, the only words that the API has: a parameter of a list type is the latter, of every other
    /// type the former (our choice).
    #[serde(rename = "Type")]
    pub kind: String,
    /// What it is for; absent when the author does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// Its default as text, as it is written there, else its JSON; absent when it must be given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub default_value: Option<String>,
}

/// A default is a value, which may be a secret: it is not shown.
impl fmt::Debug for DocumentParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DocumentParameter");
        shown.field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl DocumentParameter {
    fn new(name: &str, definition: &ParameterDefinition) -> Self {
        Self {
            name: name.to_owned(),
            kind: if definition.kind().is_list() { "StringList" } else { "String" }.to_owned(),
            description: definition.description().map(ToOwned::to_owned),
            default_value: definition.default_text().map(ToOwned::to_owned),
        }
    }
}

/// A document in a listing. Source: API reference, `DocumentIdentifier`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DocumentIdentifier {
    /// The name; of what another account shares, the ARN.
    pub name: String,
    /// When the version was made that is shown.
    #[serde(with = "epoch_seconds")]
    pub created_date: Timestamp,
    /// What it is called for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// The account, or `Amazon`.
    pub owner: String,
    /// What its author calls the version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_name: Option<String>,
    /// Where it can run.
    pub platform_types: Vec<Platform>,
    /// The default version; of a document of which only the latest is shared, that one (our choice).
    pub document_version: String,
    /// `Command`.
    pub document_type: String,
    /// Its schema.
    pub schema_version: String,
    /// `JSON` or `YAML`.
    pub document_format: String,
    /// The kind of resource that it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target_type: Option<String>,
    /// Its tags; of a document of another owner none (our choice).
    pub tags: Vec<Tag>,
}

impl DocumentIdentifier {
    /// A document with the version that is shown, without tags. `name` and `owner` are as the caller is to see them.
    #[must_use]
    pub fn new(name: String, owner: String, shown: &VersionSummary) -> Self {
        Self {
            name,
            created_date: shown.created_at,
            display_name: shown.display_name.clone(),
            owner,
            version_name: shown.name.as_ref().map(ToString::to_string),
            platform_types: shown.platforms.iter().copied().collect(),
            document_version: shown.number.to_string(),
            document_type: "Command".to_owned(),
            schema_version: shown.schema.to_string(),
            document_format: shown.format.to_string(),
            target_type: shown.target_type.clone(),
            tags: Vec::new(),
        }
    }
}

/// A version in a listing. Source: API reference, `DocumentVersionInfo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DocumentVersionInfo {
    /// The document's name; of what another account shares, the ARN, so that it means the same document in every request (our
    /// choice).
    pub name: String,
    /// What it is called for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display_name: Option<String>,
    /// The version.
    pub document_version: String,
    /// What its author calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version_name: Option<String>,
    /// When it was made.
    #[serde(with = "epoch_seconds")]
    pub created_date: Timestamp,
    /// Whether it runs when none is named.
    pub is_default_version: bool,
    /// `JSON` or `YAML`.
    pub document_format: String,
    /// Where it stands.
    pub status: DocumentStatus,
}

impl DocumentVersionInfo {
    /// A version of the document that the caller sees under this name.
    #[must_use]
    pub fn new(name: &str, version: &VersionSummary, is_default: bool) -> Self {
        Self {
            name: name.to_owned(),
            display_name: version.display_name.clone(),
            document_version: version.number.to_string(),
            version_name: version.name.as_ref().map(ToString::to_string),
            created_date: version.created_at,
            is_default_version: is_default,
            document_format: version.format.to_string(),
            status: DocumentStatus::Active,
        }
    }
}
