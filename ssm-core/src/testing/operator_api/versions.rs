//! Versions of documents: numbers, names, the default, and what is deleted.

use crate::api::{
    ApiError, CreateDocumentRequest, DeleteDocumentRequest, DescribeDocumentRequest, DocumentDescription,
    DocumentStatus, ErrorCode, GetDocumentRequest, ListDocumentVersionsRequest, SendCommandRequest, Tag,
    UpdateDocumentDefaultVersionRequest, UpdateDocumentRequest,
};
use crate::ports::OperatorApiExt;
use crate::testing::service::{Service, assert_code, instance, operator};

/// A document that says this.
pub(super) fn saying(what: &str) -> String {
    format!(
        r#"{{"schemaVersion": "2.2", "description": "says {what}", "mainSteps": [
            {{"name": "only", "action": "aws:runShellScript", "inputs": {{"runCommand": ["echo {what}"]}}}}]}}"#
    )
}

const OLD_SCHEMA: &str =
    r#"{"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": [{"runCommand": ["true"]}]}}}"#;

pub(super) async fn create(service: &Service, name: &str, content: &str) -> DocumentDescription {
    let request = CreateDocumentRequest::new(name, content);
    let answer = service.now(service.operators.create_document(&operator(), request)).await;
    answer.expect("a good document is stored").document_description
}

async fn try_update(service: &Service, request: UpdateDocumentRequest) -> Result<DocumentDescription, ApiError> {
    let answer = service.now(service.operators.update_document(&operator(), request)).await;
    answer.map(|answer| answer.document_description)
}

pub(super) async fn update(service: &Service, name: &str, content: &str) -> DocumentDescription {
    try_update(service, UpdateDocumentRequest::new(name, content)).await.expect("a good new version is stored")
}

pub(super) async fn choose(service: &Service, name: &str, version: u32) {
    let request = UpdateDocumentDefaultVersionRequest::new(name, version.to_string());
    let answer = service.now(service.operators.update_document_default_version(&operator(), request)).await;
    let description = answer.expect("a version that exists can be the default").description;
    let wanted = (name.to_owned(), version.to_string());
    assert_eq!((description.name, description.default_version), wanted, "the answer tells the default version");
}

async fn try_delete(service: &Service, request: DeleteDocumentRequest) -> Result<(), ApiError> {
    service.now(service.operators.delete_document(&operator(), request)).await.map(|_| ())
}

async fn describe(service: &Service, request: DescribeDocumentRequest) -> Result<DocumentDescription, ApiError> {
    service.now(service.operators.describe_document(&operator(), request)).await.map(|answer| answer.document)
}

/// The version in question, the latest and the default one, as the answer tells them.
fn told(description: &DocumentDescription) -> [&str; 3] {
    [&description.document_version, &description.latest_version, &description.default_version]
}

/// The content of this version.
async fn read(service: &Service, name: &str, version: Option<&str>) -> Result<String, ApiError> {
    let mut request = GetDocumentRequest::new(name);
    request.document_version = version.map(str::to_owned);
    service.now(service.operators.get_document(&operator(), request)).await.map(|answer| answer.content)
}

pub(super) async fn a_new_version_becomes_the_latest_and_the_default_when_it_is_chosen(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    let second = update(service, "Doc", &saying("two")).await;
    assert_eq!(told(&second), ["2", "2", "1"], "an update makes the latest version, and leaves the default");
    assert_eq!(second.status, DocumentStatus::Updating, "the answer to an update shows Updating");
    let mut by_number = UpdateDocumentRequest::new("Doc", saying("three"));
    by_number.document_version = Some("2".to_owned());
    let third = try_update(service, by_number).await.expect("the latest version is named by its number too");
    assert_eq!(told(&third), ["3", "3", "1"]);
    for (version, wanted) in [(None, "one"), (Some("$DEFAULT"), "one"), (Some("2"), "two"), (Some("$LATEST"), "three")]
    {
        assert_eq!(read(service, "Doc", version).await.expect("it is there"), saying(wanted), "{version:?}");
    }
    choose(service, "Doc", 2).await;
    assert_eq!(read(service, "Doc", None).await.expect("it is there"), saying("two"), "the default is read by itself");
    service.register([1]).await;
    let request = SendCommandRequest::new("Doc").with_instance_ids([instance(1)]);
    let command = service.try_send(request).await.expect("the default version is sent");
    let messages = service.messages(1).await;
    let sent = messages.iter().any(|message| message.payload.as_str().contains("echo two"));
    assert!(sent, "a command of no version runs the default one: {command:?}");
    // What equals an older version than the latest is news.
    update(service, "Doc", &saying("one")).await;
}

pub(super) async fn an_update_that_cannot_be_is_refused_with_its_code_and_text(service: &Service) {
    create(service, "Old", OLD_SCHEMA).await;
    let mut first = CreateDocumentRequest::new("Doc", saying("one"));
    first.version_name = Some("v1".to_owned());
    service.now(service.operators.create_document(&operator(), first)).await.expect("a good document is stored");
    update(service, "Doc", &saying("two")).await;
    let with = |edit: fn(&mut UpdateDocumentRequest)| {
        let mut request = UpdateDocumentRequest::new("Doc", saying("three"));
        edit(&mut request);
        request
    };
    let must = "Document version for UpdateDocument must be number or $LATEST";
    let not_latest = "Version provided for document Doc is not latest. Please provide the latest version to update \
                      document Doc";
    for (request, code, text) in [
        (UpdateDocumentRequest::new("Unknown", saying("x")), ErrorCode::InvalidDocument, "Unknown does not exist"),
        (with(|it| it.document_version = None), ErrorCode::InvalidDocumentVersion, must),
        (with(|it| it.document_version = Some("$DEFAULT".to_owned())), ErrorCode::InvalidDocumentVersion, must),
        (with(|it| it.document_version = Some("1".to_owned())), ErrorCode::InvalidDocumentVersion, not_latest),
        (with(|it| it.document_version = Some("3".to_owned())), ErrorCode::InvalidDocumentVersion, not_latest),
        (
            with(|it| it.document_version = Some("99999999999".to_owned())),
            ErrorCode::InvalidDocumentVersion,
            not_latest,
        ),
        (with(|it| it.document_version = Some("0".to_owned())), ErrorCode::ValidationException, "'documentVersion'"),
        (
            with(|it| it.content = saying("two")),
            ErrorCode::DuplicateDocumentContent,
            "Document to be updated with name Doc has the same metadata and content as document version provided in \
             request",
        ),
        (
            with(|it| it.version_name = Some("v1".to_owned())),
            ErrorCode::DuplicateDocumentVersionName,
            "Document version name v1 has already been used for another version of this document",
        ),
        (UpdateDocumentRequest::new("Old", OLD_SCHEMA), ErrorCode::InvalidDocumentSchemaVersion, "1.2"),
        (UpdateDocumentRequest::new("Old", saying("x")), ErrorCode::InvalidDocumentSchemaVersion, "1.2"),
        (UpdateDocumentRequest::new("Doc", OLD_SCHEMA), ErrorCode::InvalidDocumentSchemaVersion, "1.2"),
        (with(|it| it.content = "{".to_owned()), ErrorCode::InvalidDocumentContent, "JSON not well-formed."),
        (with(|it| it.content = "x".repeat(70_000)), ErrorCode::MaxDocumentSizeExceeded, ""),
        (with(|it| it.attachments = vec![Default::default()]), ErrorCode::ValidationException, "Attachments"),
        (
            UpdateDocumentRequest::new("AWS-RunShellScript", saying("x")),
            ErrorCode::InvalidDocumentOperation,
            "owned by Amazon",
        ),
        (UpdateDocumentRequest::new("Doc", ""), ErrorCode::ValidationException, "'content'"),
        (UpdateDocumentRequest::new("a b", saying("x")), ErrorCode::ValidationException, "'name'"),
    ] {
        let what = format!("an update as {request:?}");
        let error = assert_code(try_update(service, request).await, code, &what);
        assert!(error.message().contains(text), "{what} is told: {error}");
    }
    let now = describe(service, DescribeDocumentRequest::new("Doc")).await.expect("it is there");
    assert_eq!(told(&now), ["1", "2", "1"], "an update that is refused changes nothing");
    // What the latest version was called otherwise is news.
    let titled = with(|it| {
        it.content = saying("two");
        it.display_name = Some("Two".to_owned());
    });
    try_update(service, titled).await.expect("another display name is another version");
    let third = update(service, "Doc", &saying("three")).await;
    assert_eq!(third.display_name.as_deref(), Some("Two"), "a display name stays when none is given");

    for (name, version, code, text) in [
        ("Unknown", "1", ErrorCode::InvalidDocument, "Document with name Unknown does not exist."),
        ("AWS-RunShellScript", "1", ErrorCode::InvalidDocument, "does not exist."),
        ("Doc", "999", ErrorCode::InvalidDocumentVersion, "Document with name Doc with version 999 does not exist."),
        ("Doc", "99999999999", ErrorCode::InvalidDocumentVersion, "with version 99999999999 does not exist."),
        ("Old", "1", ErrorCode::InvalidDocumentSchemaVersion, "only one version"),
        ("Doc", "$LATEST", ErrorCode::ValidationException, "(^[1-9][0-9]*$)"),
        ("Doc", "", ErrorCode::ValidationException, "'documentVersion'"),
    ] {
        let request = UpdateDocumentDefaultVersionRequest::new(name, version);
        let answer = service.now(service.operators.update_document_default_version(&operator(), request)).await;
        let what = format!("version {version} as the default of {name}");
        let error = assert_code(answer, code, &what);
        assert!(error.message().contains(text), "{what} is told: {error}");
    }
}

pub(super) async fn a_version_is_found_by_its_number_and_its_name_which_must_agree(service: &Service) {
    let mut first = CreateDocumentRequest::new("Doc", saying("one"));
    first.version_name = Some("v1".to_owned());
    service.now(service.operators.create_document(&operator(), first)).await.expect("a good document is stored");
    let mut second = UpdateDocumentRequest::new("Doc", saying("two"));
    second.version_name = Some("v2".to_owned());
    let second = try_update(service, second).await.expect("a good new version is stored");
    assert_eq!(second.version_name.as_deref(), Some("v2"));
    let wanted = |version: Option<&str>, name: Option<&str>| {
        let mut request = DescribeDocumentRequest::new("Doc");
        request.document_version = version.map(str::to_owned);
        request.version_name = name.map(str::to_owned);
        request
    };
    for (version, name, found) in [
        (None, None, Some("1")),
        (None, Some("v2"), Some("2")),
        (Some("2"), Some("v2"), Some("2")),
        (Some("$LATEST"), Some("v2"), Some("2")),
        (Some("$DEFAULT"), Some("v1"), Some("1")),
        (Some("1"), Some("v2"), None),
        (Some("$LATEST"), Some("v1"), None),
        (None, Some("v3"), None),
        (Some("3"), None, None),
        (Some("99999999999"), None, None),
    ] {
        let request = wanted(version, name);
        let mut get = GetDocumentRequest::new("Doc");
        get.document_version.clone_from(&request.document_version);
        get.version_name.clone_from(&request.version_name);
        let described = describe(service, request).await;
        let got = service.now(service.operators.get_document(&operator(), get)).await;
        let what = format!("version {version:?} of name {name:?}");
        match found {
            Some(found) => {
                let (described, got) = (described.expect("it is there"), got.expect("it is there"));
                assert_eq!((&*described.document_version, &*got.document_version), (found, found), "{what}");
                assert_eq!(got.version_name, described.version_name, "{what}");
            }
            None => {
                let error = assert_code(described, ErrorCode::InvalidDocumentVersion, &what);
                assert!(error.message().ends_with("does not exist."), "{what} is told: {error}");
                assert_code(got, ErrorCode::InvalidDocumentVersion, &what);
            }
        }
    }
    for request in [wanted(Some("0"), None), wanted(None, Some("a b"))] {
        assert_code(describe(service, request).await, ErrorCode::ValidationException, "what is no version");
    }
    let unknown = describe(service, DescribeDocumentRequest::new("Unknown")).await;
    let error = assert_code(unknown, ErrorCode::InvalidDocument, "an unknown document");
    assert_eq!(error.message(), "Document with name Unknown does not exist.");
}

pub(super) async fn a_document_is_described_with_all_that_is_known_of_it(service: &Service) {
    let mut request = CreateDocumentRequest::new("Doc", saying("one"));
    request.display_name = Some("A document: the first".to_owned());
    request.target_type = Some("/AWS::EC2::Instance".to_owned());
    request.version_name = Some("v1".to_owned());
    let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
    request.tags = vec![tag("team", "web"), tag("stage", "test"), tag("team", "core")];
    let answer = service.now(service.operators.create_document(&operator(), request)).await;
    let created = answer.expect("a good document is stored").document_description;
    let described = describe(service, DescribeDocumentRequest::new("Doc")).await.expect("it is there");
    assert_eq!(described.tags, [tag("stage", "test"), tag("team", "core")], "of equal keys the last one counts");
    assert_eq!(described.display_name.as_deref(), Some("A document: the first"));
    assert_eq!(described.target_type.as_deref(), Some("/AWS::EC2::Instance"));
    assert_eq!((&*described.description, &*described.document_type), ("says one", "Command"));
    assert_eq!((described.category.as_deref(), described.category_enum.as_deref()), (Some(&[][..]), Some(&[][..])));
    let mut as_created = described.clone();
    as_created.status = DocumentStatus::Creating;
    (as_created.category, as_created.category_enum) = (None, None);
    assert_eq!(as_created, created, "a creation is answered with what is described afterwards");
    let predefined = describe(service, DescribeDocumentRequest::new("AWS-InstallApplication")).await;
    let predefined = predefined.expect("documents that come with the service are described too");
    assert_eq!(predefined.owner, "Amazon");
    let platforms: Vec<String> = predefined.platform_types.iter().map(ToString::to_string).collect();
    assert_eq!(platforms, ["Windows"], "for the platforms for which it is published");
}

pub(super) async fn deleting_the_latest_version_rolls_back_and_no_number_is_given_twice(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    let mut second = UpdateDocumentRequest::new("Doc", saying("two"));
    second.version_name = Some("v2".to_owned());
    try_update(service, second).await.expect("a good new version is stored");
    update(service, "Doc", &saying("three")).await;
    update(service, "Doc", &saying("four")).await;
    // In the middle, by its name; then the latest, by its word and by its number.
    let named = DeleteDocumentRequest { version_name: Some("v2".to_owned()), ..DeleteDocumentRequest::new("Doc") };
    try_delete(service, named).await.expect("a version goes by its name");
    assert_code(read(service, "Doc", Some("2")).await, ErrorCode::InvalidDocumentVersion, "a deleted version");
    for (version, latest) in [("$LATEST", "3"), ("3", "1")] {
        let request = DeleteDocumentRequest::new("Doc").with_version(version);
        try_delete(service, request).await.expect("a version that is not the default goes");
        let now = describe(service, DescribeDocumentRequest::new("Doc")).await.expect("it is there");
        assert_eq!(told(&now), ["1", latest, "1"], "the latest version is the highest that is there");
    }
    let mut fifth = UpdateDocumentRequest::new("Doc", saying("five"));
    fifth.version_name = Some("v2".to_owned());
    let fifth = try_update(service, fifth).await.expect("the name of a version that is gone is free");
    assert_eq!(told(&fifth), ["5", "5", "1"], "no number is given twice");
    choose(service, "Doc", 5).await;
    try_delete(service, DeleteDocumentRequest::new("Doc").with_version("1")).await.expect("it is the default no more");
    try_delete(service, DeleteDocumentRequest::new("Doc")).await.expect("a document goes with all its versions");
    for version in [None, Some("5")] {
        assert_code(read(service, "Doc", version).await, ErrorCode::InvalidDocument, "a deleted document");
    }
    let again = create(service, "Doc", &saying("anew")).await;
    assert_eq!(told(&again), ["1", "1", "1"], "a name is free when its document is gone");
}

pub(super) async fn a_deletion_that_cannot_be_is_refused_with_its_code_and_text(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    update(service, "Doc", &saying("two")).await;
    let of = |version: &str| DeleteDocumentRequest::new("Doc").with_version(version);
    let named =
        |name: &str| DeleteDocumentRequest { version_name: Some(name.to_owned()), ..DeleteDocumentRequest::new("Doc") };
    let default = "Default version of the document can't be deleted.";
    for (request, code, text) in [
        (
            DeleteDocumentRequest::new("Unknown"),
            ErrorCode::InvalidDocument,
            "Document Unknown does not exist in your account",
        ),
        (of("1"), ErrorCode::InvalidDocumentOperation, default),
        (of("$DEFAULT"), ErrorCode::InvalidDocumentOperation, default),
        (of("3"), ErrorCode::InvalidDocument, "does not exist."),
        (of("99999999999"), ErrorCode::InvalidDocument, "does not exist."),
        (named("v9"), ErrorCode::InvalidDocument, "does not exist."),
        (of("0"), ErrorCode::ValidationException, "'documentVersion'"),
        (DeleteDocumentRequest::new("AWS-RunShellScript"), ErrorCode::InvalidDocumentOperation, "owned by Amazon"),
        (DeleteDocumentRequest::default(), ErrorCode::ValidationException, "'name'"),
    ] {
        let what = format!("a deletion as {request:?}");
        let error = assert_code(try_delete(service, request).await, code, &what);
        assert!(error.message().contains(text), "{what} is told: {error}");
    }
    for version in ["1", "2"] {
        assert!(read(service, "Doc", Some(version)).await.is_ok(), "a deletion that is refused changes nothing");
    }
    let forced = DeleteDocumentRequest { force: Some(true), ..of("2") };
    try_delete(service, forced).await.expect("force is taken and changes nothing");
}

pub(super) async fn versions_are_listed_newest_first_in_pages(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    for what in ["two", "three", "four"] {
        update(service, "Doc", &saying(what)).await;
    }
    choose(service, "Doc", 2).await;
    try_delete(service, DeleteDocumentRequest::new("Doc").with_version("3")).await.expect("it is not the default");
    let page = async |name: &str, size: i64, token: Option<String>| {
        let request = ListDocumentVersionsRequest::new(name).page(size, token);
        service.now(service.operators.list_document_versions(&operator(), request)).await
    };
    let all = page("Doc", 50, None).await.expect("versions can be listed");
    let rows: Vec<_> =
        all.document_versions.iter().map(|row| (&*row.document_version, row.is_default_version)).collect();
    assert_eq!(rows, [("4", false), ("2", true), ("1", false)], "newest first, and one is the default");
    assert_eq!(all.next_token, None);
    let first = page("Doc", 2, None).await.expect("versions can be listed");
    assert_eq!(first.document_versions[..], all.document_versions[..2]);
    let rest = page("Doc", 2, first.next_token.clone()).await.expect("a listing goes on with its token");
    assert_eq!((&rest.document_versions[..], &rest.next_token), (&all.document_versions[2..], &None));
    let predefined = page("AWS-RunShellScript", 1, None).await.expect("so can those of documents of the service");
    assert_eq!((predefined.document_versions.len(), predefined.next_token), (1, None));
    create(service, "Another", &saying("one")).await;
    for (answer, code, what) in [
        (page("Another", 2, first.next_token).await, ErrorCode::InvalidNextToken, "a token of another document"),
        (page("Doc", 2, Some("x".to_owned())).await, ErrorCode::InvalidNextToken, "what is no token"),
        (page("Unknown", 2, None).await, ErrorCode::InvalidDocument, "an unknown document"),
        (page("Doc", 0, None).await, ErrorCode::ValidationException, "a page without rows"),
        (page("Doc", 51, None).await, ErrorCode::ValidationException, "a page that is too large"),
    ] {
        assert_code(answer, code, what);
    }
}
