//! Documents: stored and read verbatim.

use crate::api::{
    AddTagsToResourceRequest, AttachmentsSource, CreateDocumentRequest, DescribeDocumentRequest, DocumentStatus,
    ErrorCode, GetDocumentRequest, ListDocumentsRequest, ListTagsForResourceRequest, RemoveTagsFromResourceRequest,
    SendCommandRequest, Tag,
};
use crate::message::hex_sha256;
use crate::ports::OperatorApiExt;
use crate::testing::service::{Service, assert_code, instance, operator, other_operator};

/// With spaces and an order of its own, so that "verbatim" can be told from "equal".
const CONTENT: &str = "{ \"mainSteps\": [ {\"name\": \"only\", \"action\": \"aws:runShellScript\",\n  \
                       \"inputs\": {\"runCommand\": [\"echo \u{e9}\"]}} ],\n  \"schemaVersion\": \"2.2\", \
                       \"description\": \"says \u{e9}\" }\n";

pub(super) async fn a_document_is_read_as_it_was_stored(service: &Service) {
    let create = CreateDocumentRequest::new("My-Document", CONTENT);
    let answer = service.now(service.operators.create_document(&operator(), create)).await;
    let description = answer.expect("a good document is stored").document_description;
    assert_eq!(description.hash, hex_sha256(CONTENT.as_bytes()), "the hash is that of the content as it was given");
    let told = (&*description.name, &*description.owner, description.status, &*description.schema_version);
    let wanted = ("My-Document", "123456789012", DocumentStatus::Creating, "2.2");
    assert_eq!(told, wanted, "the answer to a creation shows Creating");
    let versions = [&*description.document_version, &*description.latest_version, &*description.default_version];
    assert_eq!(versions, ["1", "1", "1"], "the first version is 1, the latest and the default");
    for version in [None, Some("$DEFAULT"), Some("$LATEST"), Some("1")] {
        let mut request = GetDocumentRequest::new("My-Document");
        request.document_version = version.map(str::to_owned);
        let read = service.now(service.operators.get_document(&operator(), request)).await;
        let read = read.expect("a document that was stored can be read at once");
        assert_eq!((&*read.content, &*read.document_version), (CONTENT, "1"), "a document is read verbatim");
        assert_eq!(read.status, DocumentStatus::Active, "a document can be used at once");
    }
    service.register([1]).await;
    let mut request = SendCommandRequest::new("My-Document").with_instance_ids([instance(1)]);
    request.document_hash = Some(description.hash);
    let command = service.try_send(request).await.expect("a document that was stored can be sent at once, by its hash");
    assert_eq!(service.invocation(command.command_id, 1).await.plugin_name, "only", "a step has its own name");

    let elsewhere = GetDocumentRequest::new("My-Document");
    let answer = service.now(service.operators.get_document(&other_operator(), elsewhere)).await;
    assert_code(answer, ErrorCode::InvalidDocument, "a document of another account");
    let predefined = GetDocumentRequest::new("AWS-RunShellScript");
    let answer = service.now(service.operators.get_document(&other_operator(), predefined)).await;
    assert!(answer.is_ok(), "documents that come with the service can be read by everybody: {answer:?}");
}

/// An implementation may be built without YAML; then it refuses it.
pub(super) async fn a_document_in_yaml_is_kept_verbatim_and_answered_in_either_format(service: &Service) {
    let content = "schemaVersion: 2.2  # kept\nmainSteps:\n- action: aws:runShellScript\n  name: only\n  \
                   inputs: {runCommand: [id]}\n";
    let mut create = CreateDocumentRequest::new("My-Yaml", content);
    create.document_format = Some("YAML".to_owned());
    let description = match service.now(service.operators.create_document(&operator(), create)).await {
        Ok(answer) => answer.document_description,
        Err(error) => return assert_eq!(error.code(), ErrorCode::InvalidDocumentContent, "{error}"),
    };
    assert_eq!((&*description.document_format, &*description.schema_version), ("YAML", "2.2"), "as it was given");
    assert_eq!(description.hash, hex_sha256(content.as_bytes()), "the hash is that of the content as it was given");
    for (format, answered) in [(None, "JSON"), (Some("JSON"), "JSON"), (Some("YAML"), "YAML"), (Some("TEXT"), "TEXT")] {
        let mut request = GetDocumentRequest::new("My-Yaml");
        request.document_format = format.map(str::to_owned);
        let read = service.now(service.operators.get_document(&operator(), request)).await;
        let read = read.expect("a document that was stored can be read at once");
        assert_eq!(read.document_format, answered, "JSON is the default");
        if answered != "JSON" {
            assert_eq!(read.content, content, "a document is read verbatim in its own format");
        } else {
            let value: serde_json::Value = serde_json::from_str(&read.content).expect("what is converted is JSON");
            assert_eq!(value["mainSteps"][0]["inputs"]["runCommand"][0], "id", "it says the same");
        }
    }
    service.register([2]).await;
    let request = SendCommandRequest::new("My-Yaml").with_instance_ids([instance(2)]);
    let command = service.try_send(request).await.expect("a document in YAML can be sent");
    assert_eq!(service.invocation(command.command_id, 2).await.plugin_name, "only", "a step has its own name");
}

pub(super) async fn a_document_that_cannot_be_stored_is_refused_with_its_code(service: &Service) {
    let create = |name: &str, content: &str| CreateDocumentRequest::new(name, content);
    let large = format!("{{\"schemaVersion\": \"2.2\", \"description\": \"{}\"}}", "x".repeat(70_000));
    let mut yaml = create("My-Document", CONTENT);
    yaml.document_format = Some("XML".to_owned());
    let mut nonsense = create("My-Document", CONTENT);
    nonsense.document_type = Some("Nonsense".to_owned());
    let mut automation = create("My-Document", CONTENT);
    automation.document_type = Some("Automation".to_owned());
    let mut untyped = create("My-Document", CONTENT);
    untyped.document_type = None;
    let mut text = create("My-Document", CONTENT);
    text.document_format = Some("TEXT".to_owned());
    let mut attached = create("My-Document", CONTENT);
    attached.attachments = vec![AttachmentsSource::default()];
    let mut requiring = create("My-Document", CONTENT);
    requiring.requires = Some(Vec::new());
    let tagged = |tags: Vec<(String, &str)>| {
        let mut request = create("My-Document", CONTENT);
        request.tags = tags.into_iter().map(|(key, value)| Tag { key, value: value.to_owned() }).collect();
        request
    };
    let mut named = create("My-Document", CONTENT);
    named.version_name = Some("not a name".to_owned());
    let mut aimed = create("My-Document", CONTENT);
    aimed.target_type = Some("no slash".to_owned());
    let mut titled = create("My-Document", CONTENT);
    titled.display_name = Some("x".repeat(1025));
    for (request, code, what) in [
        (create("My-Document", "not JSON"), ErrorCode::InvalidDocumentContent, "a content that is no document"),
        (create("My-Document", "{}"), ErrorCode::InvalidDocumentSchemaVersion, "a document without a schema"),
        (
            create("My-Document", "{\"schemaVersion\": \"9.9\", \"mainSteps\": []}"),
            ErrorCode::InvalidDocumentSchemaVersion,
            "a schema that is not served",
        ),
        (create("My-Document", &large), ErrorCode::MaxDocumentSizeExceeded, "a document that is too large"),
        (create("AWS-Mine", CONTENT), ErrorCode::ValidationException, "a reserved name"),
        (create("a", CONTENT), ErrorCode::ValidationException, "a name that is too short"),
        (create("", ""), ErrorCode::ValidationException, "a document without a name and a content"),
        (yaml, ErrorCode::ValidationException, "a format that is not served"),
        (nonsense, ErrorCode::ValidationException, "a type that does not exist"),
        (automation, ErrorCode::ValidationException, "a type that is not served"),
        (untyped, ErrorCode::InvalidDocumentSchemaVersion, "a document of schema 2.x without a type"),
        (text, ErrorCode::InvalidDocumentContent, "a format that is for other types"),
        (attached, ErrorCode::ValidationException, "a document with attachments"),
        (requiring, ErrorCode::ValidationException, "a list of requirements without any"),
        (tagged(vec![("aws:mine".to_owned(), "x")]), ErrorCode::ValidationException, "a tag with a reserved key"),
        (
            tagged((0..51).map(|which| (which.to_string(), "x")).collect()),
            ErrorCode::ValidationException,
            "more tags than a document can have",
        ),
        (named, ErrorCode::ValidationException, "a version name of the wrong form"),
        (aimed, ErrorCode::ValidationException, "a target type of the wrong form"),
        (titled, ErrorCode::ValidationException, "a display name that is too long"),
    ] {
        assert_code(service.now(service.operators.create_document(&operator(), request)).await, code, what);
        let read =
            service.now(service.operators.get_document(&operator(), GetDocumentRequest::new("My-Document"))).await;
        assert_code(read, ErrorCode::InvalidDocument, "a document whose creation was refused");
    }
    let first = create("My-Document", CONTENT);
    service
        .now(service.operators.create_document(&operator(), first.clone()))
        .await
        .expect("a good document is stored");
    let again = service.now(service.operators.create_document(&operator(), first.clone())).await;
    let error = assert_code(again, ErrorCode::DocumentAlreadyExists, "a second document of one name");
    assert_eq!(error.message(), "Document with same name My-Document already exists");
    let elsewhere = service.now(service.operators.create_document(&other_operator(), first)).await;
    assert!(elsewhere.is_ok(), "a name is taken in its own account only: {elsewhere:?}");
    let mut unknown = GetDocumentRequest::new("My-Document");
    unknown.document_version = Some("2".to_owned());
    let answer = service.now(service.operators.get_document(&operator(), unknown)).await;
    assert_code(answer, ErrorCode::InvalidDocumentVersion, "a version that does not exist");
}

pub(super) async fn a_documents_tags_are_changed_and_shown_to_its_owner(service: &Service) {
    let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
    let mut create = CreateDocumentRequest::new("My-Document", CONTENT);
    create.tags = vec![tag("team", "web")];
    service.now(service.operators.create_document(&operator(), create)).await.expect("a good document is stored");
    let add = |name: &str| {
        let mut request = AddTagsToResourceRequest::default();
        (request.resource_type, request.resource_id) = ("Document".to_owned(), name.to_owned());
        request.tags = Some(vec![tag("stage", "test"), tag("team", "core")]);
        request
    };
    service.now(service.operators.add_tags_to_resource(&operator(), add("My-Document"))).await.expect("an owner may");
    let both = vec![tag("stage", "test"), tag("team", "core")];
    let mut list = ListTagsForResourceRequest::default();
    (list.resource_type, list.resource_id) = ("Document".to_owned(), "My-Document".to_owned());
    let listed = service.now(service.operators.list_tags_for_resource(&operator(), list)).await;
    assert_eq!(listed.expect("an owner may").tag_list, both, "tags of a document are listed");
    let find = ListDocumentsRequest::default().with_filter("tag:team", ["core"]);
    let found = service.now(service.operators.list_documents(&operator(), find)).await;
    let found = found.expect("documents can be listed").document_identifiers;
    assert_eq!(found.first().map(|row| &row.tags), Some(&both), "found by a tag, and shown with all");
    let mut remove = RemoveTagsFromResourceRequest::default();
    (remove.resource_type, remove.resource_id) = ("Document".to_owned(), "My-Document".to_owned());
    remove.tag_keys = Some(vec!["team".to_owned()]);
    service.now(service.operators.remove_tags_from_resource(&operator(), remove)).await.expect("an owner may");
    let describe = DescribeDocumentRequest::new("My-Document");
    let described = service.now(service.operators.describe_document(&operator(), describe)).await;
    assert_eq!(described.expect("it is there").document.tags, [tag("stage", "test")], "what was removed is gone");
    for (context, name) in
        [(operator(), "Unknown"), (operator(), "AWS-RunShellScript"), (other_operator(), "My-Document")]
    {
        let answer = service.now(service.operators.add_tags_to_resource(&context, add(name))).await;
        assert_code(answer, ErrorCode::InvalidResourceId, "tags on a document that is not the account's own");
    }
}
