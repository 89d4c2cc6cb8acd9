//! Shapes around documents.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::ApiError;
use super::constraints::{Constraints, pattern};
use crate::document::{Document, Format, ParameterDefinition, Platform};
use crate::ids::{DocumentName, DocumentVersion};
use crate::time::{Timestamp, epoch_seconds};

/// Stores a document under the account. Source: API reference, `CreateDocument`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct CreateDocumentRequest {
    /// The content; required, at most 64 KB.
    pub content: String,
    /// The name; required.
    pub name: String,
    /// `Command`, the only type that is served; may be absent for schema 1.2.
    pub document_type: Option<String>,
    /// `JSON`, the default, or `YAML`.
    pub document_format: Option<String>,
}

impl CreateDocumentRequest {
    /// A command document of this name.
    #[must_use]
    pub fn new(name: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            name: name.into(),
            document_type: Some("Command".to_owned()),
            document_format: None,
        }
    }

    /// Name and format, read; everything that can be said without the content is checked.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints and reserved names.
    pub fn parse(&self) -> Result<(DocumentName, Format), ApiError> {
        let mut broken = Constraints::default();
        broken.required("content", &self.content);
        broken.required("name", &self.name);
        let name: Option<DocumentName> =
            if self.name.is_empty() { None } else { broken.parsed("name", &self.name, pattern::DOCUMENT_NAME) };
        broken.one_of("documentType", self.document_type.as_deref().unwrap_or("Command"), &["Command"]);
        let format = format(&mut broken, self.document_format.as_deref());
        broken.finish()?;
        let name = name.ok_or_else(|| ApiError::validation("name"))?;
        if name.is_reserved() {
            // Which code the public service gives here is not known; this is our choice.
            return Err(ApiError::validation(format!("Document name {name} begins with a reserved prefix.")));
        }
        Ok((name, format))
    }
}

fn format(broken: &mut Constraints, format: Option<&str>) -> Format {
    let format = format.unwrap_or("JSON");
    broken.one_of("documentFormat", format, &["JSON", "YAML"]);
    if format == "YAML" { Format::Yaml } else { Format::Json }
}

/// The document that was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDocumentResponse {
    /// It.
    pub document_description: DocumentDescription,
}

/// A document without its content. Source: API reference, `DocumentDescription`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DocumentDescription {
    /// SHA-256 of the content, lower-case hexadecimal.
    pub hash: String,
    /// `Sha256`.
    pub hash_type: String,
    /// The name.
    pub name: String,
    /// The account, or `Amazon` for documents that come with the service.
    pub owner: String,
    /// When this version was made.
    #[serde(with = "epoch_seconds")]
    pub created_date: Timestamp,
    /// `Active`: a stored document can be used at once.
    pub status: String,
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
}

impl DocumentDescription {
    /// The first version of a document that was just stored.
    #[must_use]
    pub fn first_version(name: &DocumentName, owner: &str, document: &Document, sha256: String, at: Timestamp) -> Self {
        let version = NonZeroU32::MIN.to_string();
        Self {
            hash: sha256,
            hash_type: "Sha256".to_owned(),
            name: name.to_string(),
            owner: owner.to_owned(),
            created_date: at,
            status: "Active".to_owned(),
            document_version: version.clone(),
            description: document.description().unwrap_or_default().to_owned(),
            parameters: document.parameters().iter().map(|(name, it)| DocumentParameter::new(name, it)).collect(),
            platform_types: document.platforms().into_iter().collect(),
            document_type: "Command".to_owned(),
            schema_version: document.schema().to_string(),
            latest_version: version.clone(),
            default_version: version,
            document_format: document.format().to_string(),
        }
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

/// A parameter of a document. Source: API reference, `DocumentParameter`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// Reads a document. Source: API reference, `GetDocument`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct GetDocumentRequest {
    /// The name; required.
    pub name: String,
    /// `$DEFAULT` (the default), `$LATEST` or a number.
    pub document_version: Option<String>,
    /// The format of the answer: `JSON`, the default, or `YAML`. A document that was stored in the other one is
    /// converted.
    pub document_format: Option<String>,
}

impl GetDocumentRequest {
    /// The default version of this document.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), document_version: None, document_format: None }
    }

    /// Name, version and format, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints.
    pub fn parse(&self) -> Result<(DocumentName, DocumentVersion, Format), ApiError> {
        let mut broken = Constraints::default();
        broken.required("name", &self.name);
        let name = if self.name.is_empty() { None } else { broken.parsed("name", &self.name, pattern::DOCUMENT_NAME) };
        let version = self.document_version.as_deref().unwrap_or("$DEFAULT");
        let version = broken.parsed("documentVersion", version, pattern::DOCUMENT_VERSION);
        let format = format(&mut broken, self.document_format.as_deref());
        broken.finish()?;
        name.zip(version).map(|(name, version)| (name, version, format)).ok_or_else(|| ApiError::validation("name"))
    }
}

/// A document with its content: verbatim in the format in which it was stored, else converted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetDocumentResponse {
    /// The name.
    pub name: String,
    /// When this version was made.
    #[serde(with = "epoch_seconds")]
    pub created_date: Timestamp,
    /// The version that was read.
    pub document_version: String,
    /// `Active`.
    pub status: String,
    /// As it was stored, or converted.
    pub content: String,
    /// `Command`.
    pub document_type: String,
    /// `JSON` or `YAML`: the format of `content`.
    pub document_format: String,
}

impl GetDocumentResponse {
    /// A version that can be used.
    #[must_use]
    pub fn active(
        name: &DocumentName,
        version: NonZeroU32,
        document: &Document,
        format: Format,
        created: Timestamp,
    ) -> Self {
        Self {
            name: name.to_string(),
            created_date: created,
            document_version: version.to_string(),
            status: "Active".to_owned(),
            content: document.text_in(format),
            document_type: "Command".to_owned(),
            document_format: format.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::ErrorCode;

    #[test]
    fn a_document_is_stored_under_a_name_of_its_own() {
        let (name, format) = CreateDocumentRequest::new("my-document", "{}").parse().unwrap();
        assert_eq!((name.as_str(), format), ("my-document", Format::Json));
        for name in ["", "ab", "a b c", "AWS-RunShellScript", "amazon.x", "AmznThing", "awsome"] {
            let error = CreateDocumentRequest::new(name, "{}").parse().unwrap_err();
            assert_eq!(error.code(), ErrorCode::ValidationException, "{name:?}");
        }
    }

    #[test]
    fn each_member_of_create_document_has_its_sentence() {
        let edited = |edit: fn(&mut CreateDocumentRequest)| {
            let mut request = CreateDocumentRequest::new("my-document", "{}");
            edit(&mut request);
            request.parse().unwrap_err().message().to_owned()
        };
        let told = |rest: &str| format!("1 validation error detected: {rest}");
        assert_eq!(
            edited(|it| it.content.clear()),
            told("Value at 'content' failed to satisfy constraint: Member must not be null")
        );
        assert_eq!(
            edited(|it| it.name.clear()),
            told("Value at 'name' failed to satisfy constraint: Member must not be null")
        );
        assert_eq!(
            edited(|it| it.document_type = Some("Automation".to_owned())),
            told(
                "Value 'Automation' at 'documentType' failed to satisfy constraint: \
                  Member must satisfy enum value set: [Command]"
            )
        );
        assert_eq!(
            edited(|it| it.document_format = Some("TEXT".to_owned())),
            told(
                "Value 'TEXT' at 'documentFormat' failed to satisfy constraint: \
                  Member must satisfy enum value set: [JSON, YAML]"
            )
        );
    }

    #[test]
    fn a_document_is_read_by_name_and_version_and_by_default_in_its_default_version() {
        let parse = |name: &str, version: Option<&str>| {
            GetDocumentRequest {
                name: name.to_owned(),
                document_version: version.map(ToOwned::to_owned),
                ..GetDocumentRequest::default()
            }
            .parse()
        };
        assert_eq!(parse("AWS-RunShellScript", None).unwrap().1.to_string(), "$DEFAULT");
        assert_eq!(parse("abc", Some("$LATEST")).unwrap().1.to_string(), "$LATEST");
        assert_eq!(parse("abc", Some("12")).unwrap().1.to_string(), "12");
        for (name, version) in [("", None), ("ab", None), ("abc", Some("0")), ("abc", Some("latest"))] {
            assert_eq!(parse(name, version).unwrap_err().code(), ErrorCode::ValidationException, "{name} {version:?}");
        }
    }

    #[test]
    fn a_description_shows_defaults_as_text_and_leaves_out_what_there_is_not() {
        let text = json!({"schemaVersion": "2.2", "description": "d", "parameters": {
            "one": {"type": "String", "default": "x", "description": "first"},
            "list": {"type": "StringList", "default": ["a"]},
            "none": {"type": "String"},
            "number": {"type": "Integer", "default": "05"},
            "flag": {"type": "Boolean", "default": true},
            "map": {"type": "StringMap", "default": "{ }"},
            "maps": {"type": "MapList", "default": [{"a": 1}]},
            "bucket": {"type": "AWS::S3::Bucket::Name"},
            "nodes": {"type": "List<AWS::EC2::Instance::Id>", "default": "{{ssm:nodes}}"},
        }, "mainSteps": [{"name": "s", "action": "aws:runShellScript", "inputs": {"runCommand": ["true"]}}]});
        let document = Document::parse(&text.to_string()).unwrap();
        let (name, at) = ("abc".parse().unwrap(), Timestamp::from_millis(1500));
        let description = DocumentDescription::first_version(&name, "123456789012", &document, "ff".to_owned(), at);
        let shown = serde_json::to_value(&description).unwrap();
        let of = |wanted: &str| {
            let parameters = shown["Parameters"].as_array().unwrap();
            parameters.iter().find(|parameter| parameter["Name"] == wanted).unwrap().clone()
        };
        assert_eq!(of("one"), json!({"Name": "one", "Type": "String", "Description": "first", "DefaultValue": "x"}));
        assert_eq!(of("list"), json!({"Name": "list", "Type": "StringList", "DefaultValue": "[\"a\"]"}));
        assert_eq!(of("none"), json!({"Name": "none", "Type": "String"}));
        assert_eq!(of("number"), json!({"Name": "number", "Type": "String", "DefaultValue": "05"}));
        assert_eq!(of("flag"), json!({"Name": "flag", "Type": "String", "DefaultValue": "true"}));
        assert_eq!(of("map"), json!({"Name": "map", "Type": "String", "DefaultValue": "{ }"}));
        assert_eq!(of("maps"), json!({"Name": "maps", "Type": "StringList", "DefaultValue": "[{\"a\":1}]"}));
        assert_eq!(of("bucket"), json!({"Name": "bucket", "Type": "String"}));
        assert_eq!(of("nodes"), json!({"Name": "nodes", "Type": "StringList", "DefaultValue": "{{ssm:nodes}}"}));
        for (member, wanted) in [
            ("HashType", json!("Sha256")),
            ("Status", json!("Active")),
            ("DocumentVersion", json!("1")),
            ("LatestVersion", json!("1")),
            ("DefaultVersion", json!("1")),
            ("SchemaVersion", json!("2.2")),
            ("PlatformTypes", json!(["Linux", "MacOS"])),
            ("CreatedDate", json!(1.5)),
            ("DocumentFormat", json!("JSON")),
        ] {
            assert_eq!(shown[member], wanted, "{member}");
        }
    }
}
