//! What requests of documents are read as, and what is told of a document.

use std::num::NonZeroU32;

use serde_json::json;

use super::*;
use crate::api::{ErrorCode, OperatorRequest, Tag};
use crate::document::Document;
use crate::record::{Grantee, SharedVersions, VersionSummary};
use crate::time::Timestamp;

#[test]
fn a_document_is_stored_under_a_name_of_its_own() {
    let new = CreateDocumentRequest::new("my-document", "{}").parse().unwrap();
    assert_eq!((new.name.as_str(), new.format, new.version_name), ("my-document", Format::Json, None));
    for name in ["AWS-RunShellScript", "amazon.x", "AmznThing", "awsome"] {
        let error = CreateDocumentRequest::new(name, "{}").parse().unwrap_err();
        assert_eq!(error.code(), ErrorCode::ValidationException, "{name:?}");
        assert!(error.message().contains("reserved prefix"), "{error}");
    }
}

#[test]
fn each_member_of_create_document_has_its_sentence() {
    let edited = |edit: fn(&mut CreateDocumentRequest)| {
        let mut request = CreateDocumentRequest::new("my-document", "{}");
        edit(&mut request);
        OperatorRequest::CreateDocument(request).check().unwrap_err().message().to_owned()
    };
    let told = |rest: &str| format!("1 validation error detected: {rest}");
    let at = |rest: &str| told(&format!("Value {rest}"));
    let null = "failed to satisfy constraint: Member must not be null";
    let like = "failed to satisfy constraint: Member must satisfy regular expression pattern:";
    for (told, wanted) in [
        (edited(|it| it.content.clear()), at(&format!("at 'content' {null}"))),
        (edited(|it| it.name.clear()), at(&format!("at 'name' {null}"))),
        (edited(|it| it.name = "ab".to_owned()), at(&format!("'ab' at 'name' {like} ^[a-zA-Z0-9_\\-.]{{3,128}}$"))),
        (
            edited(|it| it.document_format = Some("XML".to_owned())),
            at("'XML' at 'documentFormat' failed to satisfy constraint: Member must satisfy enum value set: \
                [YAML, JSON, TEXT]"),
        ),
        (
            edited(|it| it.version_name = Some("a b".to_owned())),
            at(&format!("'a b' at 'versionName' {like} ^[a-zA-Z0-9_\\-.]{{1,128}}$")),
        ),
        (
            edited(|it| it.target_type = Some("x".to_owned())),
            at(&format!("'x' at 'targetType' {like} ^\\/[\\w\\.\\-\\:\\/]*$")),
        ),
        (
            edited(|it| it.display_name = Some("a#b".to_owned())),
            at(&format!("'a#b' at 'displayName' {like} ^[\\w\\.\\-\\:\\/ ]*$")),
        ),
        (
            edited(|it| it.requires = Some(Vec::new())),
            at("at 'requires' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ),
        (
            edited(|it| it.tags = vec![Tag { key: String::new(), value: String::new() }]),
            at(&format!("at 'tags.1.member.key' {null}")),
        ),
        (
            edited(|it| it.attachments = vec![AttachmentsSource::default()]),
            "Attachments are not supported: this service keeps no files beside documents.".to_owned(),
        ),
        (
            edited(|it| it.requires = Some(vec![DocumentRequires { name: "abc".to_owned(), ..Default::default() }])),
            "Requires is not supported for document type Command.".to_owned(),
        ),
    ] {
        assert_eq!(told, wanted);
    }
}

#[test]
fn a_document_is_read_by_reference_and_version_and_by_default_in_its_default_version() {
    let parse = |name: &str, version: Option<&str>| {
        let mut request = GetDocumentRequest::new(name);
        request.document_version = version.map(ToOwned::to_owned);
        request.parse()
    };
    let version = |name, version| parse(name, version).unwrap().1.to_string();
    assert_eq!(version("AWS-RunShellScript", None), "$DEFAULT");
    assert_eq!(version("abc", Some("$LATEST")), "$LATEST");
    assert_eq!(version("arn:aws:ssm:us-east-1:123456789012:document/abc", Some("12")), "12");
    for (name, version, code) in [
        ("ab", None, ErrorCode::InvalidDocument),
        ("a:b:c", None, ErrorCode::InvalidDocument),
        ("abc", Some("99999999999"), ErrorCode::InvalidDocumentVersion),
    ] {
        assert_eq!(parse(name, version).unwrap_err().code(), code, "{name} {version:?}");
    }
}

#[test]
fn an_id_in_both_lists_of_a_change_of_shares_ends_removed() {
    let request = ModifyDocumentPermissionRequest::new("abc").adding(["ALL", "111111111111"]).removing(["all"]);
    let (name, change) = request.of_versions(SharedVersions::Latest).parse().unwrap();
    let one = Grantee::Account("111111111111".parse().unwrap());
    assert_eq!((name.as_str(), change.versions), ("abc", SharedVersions::Latest));
    assert_eq!((change.added, change.removed), ([one].into(), [Grantee::All].into()));
}

#[test]
fn no_debug_shows_a_content() {
    let content = json!({"schemaVersion": "2.2", "description": "hunter2", "parameters": {
        "key": {"type": "String", "default": "hunter2"},
    }, "mainSteps": [{"name": "s", "action": "aws:runShellScript", "inputs": {"runCommand": ["hunter2"]}}]});
    let content = content.to_string();
    let document = Document::parse(&content).unwrap();
    let about = VersionSummary::of(NonZeroU32::MIN, &document, Timestamp::MIN);
    let mut description =
        DocumentDescription::new("abc".to_owned(), "123456789012".to_owned(), &about, &document, document.sha256());
    description.description.clear();
    let row = crate::record::DocumentVersionRow {
        account: "123456789012".parse().unwrap(),
        name: "abc".parse().unwrap(),
        about: about.clone(),
        content: content.as_str().into(),
        sha256: document.sha256(),
    };
    for shown in [
        format!("{:?}", CreateDocumentRequest::new("abc", &content)),
        format!("{:?}", OperatorRequest::CreateDocument(CreateDocumentRequest::new("abc", &content))),
        format!("{:?}", UpdateDocumentRequest::new("abc", &content)),
        format!("{:?}", GetDocumentResponse::active("abc".to_owned(), &about, &document, ContentFormat::Verbatim)),
        format!("{description:?}"),
        format!("{document:?}"),
        format!("{row:?}"),
    ] {
        assert!(!shown.contains("hunter2"), "{shown}");
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
    let about = VersionSummary::of(NonZeroU32::MIN, &document, Timestamp::from_millis(1500));
    let (name, owner) = ("abc".to_owned(), "123456789012".to_owned());
    let description = DocumentDescription::new(name, owner, &about, &document, "ff".to_owned());
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
