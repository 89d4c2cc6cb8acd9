//! Sharing documents between accounts.

use super::versions::{choose, create, saying, update};
use crate::api::{
    ApiError, DeleteDocumentRequest, DescribeDocumentPermissionRequest, DescribeDocumentRequest, ErrorCode,
    GetDocumentRequest, ListDocumentVersionsRequest, ListDocumentsRequest, ModifyDocumentPermissionRequest,
    SendCommandRequest,
};
use crate::ports::{CallerContext, OperatorApiExt};
use crate::record::SharedVersions;
use crate::testing::service::{Service, assert_code, instance, operator, other_operator};

async fn try_share(service: &Service, request: ModifyDocumentPermissionRequest) -> Result<(), ApiError> {
    service.now(service.operators.modify_document_permission(&operator(), request)).await.map(|_| ())
}

/// Shares the operator's document with the other account.
async fn share(service: &Service, name: &str, versions: SharedVersions) {
    let request = ModifyDocumentPermissionRequest::new(name).adding([other_operator().account]).of_versions(versions);
    try_share(service, request).await.expect("an owner may share");
}

async fn stop(service: &Service, name: &str) {
    let request = ModifyDocumentPermissionRequest::new(name).removing([other_operator().account]);
    try_share(service, request).await.expect("an owner may stop sharing");
}

/// The names of what this caller sees of these owners.
async fn listed(service: &Service, context: &CallerContext, owner: &str) -> Vec<String> {
    let request = ListDocumentsRequest::default().with_filter("Owner", [owner]);
    let answer = service.now(service.operators.list_documents(context, request)).await;
    answer.expect("documents can be listed").document_identifiers.into_iter().map(|row| row.name).collect()
}

async fn read(service: &Service, context: &CallerContext, name: &str, version: &str) -> Result<String, ApiError> {
    let mut request = GetDocumentRequest::new(name);
    request.document_version = Some(version.to_owned());
    service.now(service.operators.get_document(context, request)).await.map(|answer| answer.content)
}

pub(super) async fn what_is_shared_is_read_and_sent_by_its_arn_until_it_is_not(service: &Service) {
    let (owner, friend) = (operator(), other_operator());
    create(service, "Doc", &saying("one")).await;
    update(service, "Doc", &saying("two")).await;
    assert_eq!(listed(service, &friend, "Private").await, [""; 0], "nothing is shared by itself");
    share(service, "Doc", SharedVersions::Default).await;
    let arns = listed(service, &friend, "Private").await;
    let [arn] = arns.as_slice() else { panic!("one document is shared: {arns:?}") };
    assert!(arn.starts_with("arn:") && arn.ends_with(":123456789012:document/Doc"), "it is listed by its ARN: {arn}");
    assert_eq!(listed(service, &friend, "Public").await, [""; 0], "what is shared with one is not public");
    assert_eq!(read(service, &friend, arn, "$DEFAULT").await.expect("it is shared"), saying("one"));
    assert_code(read(service, &friend, "Doc", "1").await, ErrorCode::InvalidDocument, "a plain name of another's");
    assert!(read(service, &owner, arn, "2").await.is_ok(), "the owner may use the ARN as well");
    let request = DescribeDocumentRequest::new(arn);
    let described = service.now(service.operators.describe_document(&friend, request)).await;
    let described = described.expect("what is shared is described").document;
    assert_eq!((&described.name, &*described.owner), (arn, "123456789012"), "under its ARN, with its owner");
    // Sent on an own instance, with the ARN echoed.
    service.register([1]).await;
    let request = SendCommandRequest::new(arn).with_instance_ids([instance(1)]);
    let command = service.try_send(request).await.expect("a document is sent by its ARN");
    assert_eq!(&command.document_name, arn, "a document's name is told as it was submitted");
    for (service_call, what) in [
        (
            service
                .now(service.operators.delete_document(&friend, DeleteDocumentRequest::new("Doc")))
                .await
                .map(|_| ()),
            "delete",
        ),
        (
            service
                .now(service.operators.modify_document_permission(&friend, ModifyDocumentPermissionRequest::new("Doc")))
                .await
                .map(|_| ()),
            "share",
        ),
    ] {
        assert_code(service_call, ErrorCode::InvalidDocument, &format!("a grantee never may {what}"));
    }
    let deletion = service.now(service.operators.delete_document(&owner, DeleteDocumentRequest::new("Doc"))).await;
    assert_code(deletion, ErrorCode::InvalidDocumentOperation, "a document that is shared cannot be deleted");
    stop(service, "Doc").await;
    assert_eq!(listed(service, &friend, "Private").await, [""; 0], "what is shared no more is not listed");
    assert_code(read(service, &friend, arn, "$DEFAULT").await, ErrorCode::InvalidDocument, "nor read");
    let request = SendCommandRequest::new(arn).with_instance_ids([instance(1)]);
    let sent = service.now(service.operators.send_command(&friend, request)).await;
    assert_code(sent, ErrorCode::InvalidDocument, "nor sent");
    assert_eq!(service.status(command.command_id, 1).await, "Pending", "what was sent before goes on");
    let deletion = service.now(service.operators.delete_document(&owner, DeleteDocumentRequest::new("Doc"))).await;
    assert!(deletion.is_ok(), "a document that is shared no more can be deleted: {deletion:?}");
}

pub(super) async fn only_the_versions_that_are_shared_can_be_read(service: &Service) {
    let friend = other_operator();
    create(service, "Doc", &saying("one")).await;
    update(service, "Doc", &saying("two")).await;
    update(service, "Doc", &saying("three")).await;
    choose(service, "Doc", 2).await;
    for (versions, readable, shown) in [
        (SharedVersions::Default, &["2"][..], "2"),
        (SharedVersions::Latest, &["3"][..], "3"),
        (SharedVersions::All, &["3", "2", "1"][..], "2"),
        (SharedVersions::Default, &["2"][..], "2"),
    ] {
        share(service, "Doc", versions).await;
        let arn = listed(service, &friend, "Private").await.remove(0);
        for version in ["1", "2", "3", "4"] {
            let read = read(service, &friend, &arn, version).await;
            let what = format!("version {version} while {versions:?} are shared");
            if readable.contains(&version) {
                assert!(read.is_ok(), "{what}: {read:?}");
            } else {
                assert_code(read, ErrorCode::InvalidDocumentVersion, &what);
            }
        }
        let request = ListDocumentVersionsRequest::new(&arn);
        let listed = service.now(service.operators.list_document_versions(&friend, request)).await;
        let listed = listed.expect("versions that are shared are listed").document_versions;
        let listed: Vec<&str> = listed.iter().map(|row| &*row.document_version).collect();
        assert_eq!(listed, readable, "no other versions are listed while {versions:?} are shared");
        let request = ListDocumentsRequest::default().with_filter("Owner", ["Private"]);
        let rows = service.now(service.operators.list_documents(&friend, request)).await;
        let row = rows.expect("documents can be listed").document_identifiers.remove(0);
        assert_eq!(row.document_version, shown, "a version that can be read is shown while {versions:?} are shared");
    }
    choose(service, "Doc", 3).await;
    let arn = listed(service, &friend, "Private").await.remove(0);
    assert!(read(service, &friend, &arn, "3").await.is_ok(), "the default version is the one at the time");
    assert_code(read(service, &friend, &arn, "2").await, ErrorCode::InvalidDocumentVersion, "and no other");
}

pub(super) async fn what_is_shared_with_all_is_shared_with_everybody(service: &Service) {
    let friend = other_operator();
    create(service, "Doc", &saying("one")).await;
    try_share(service, ModifyDocumentPermissionRequest::new("Doc").adding(["aLL"])).await.expect("an owner may");
    let arns = listed(service, &friend, "Public").await;
    let [arn] = arns.as_slice() else { panic!("one document is public: {arns:?}") };
    assert!(read(service, &friend, arn, "1").await.is_ok(), "everybody may read what is public");
    assert_eq!(listed(service, &friend, "Private").await, [""; 0], "what is public is not shared with one");
    assert_eq!(listed(service, &operator(), "Public").await, ["Doc"], "an own document that is public is public");
    let request = ListDocumentsRequest::default().with_filter("Name", ["Doc"]);
    let mine = service.now(service.operators.list_documents(&operator(), request)).await;
    assert_eq!(mine.expect("documents can be listed").document_identifiers.len(), 1, "and listed once");
    try_share(service, ModifyDocumentPermissionRequest::new("Doc").removing(["all"])).await.expect("an owner may");
    assert_eq!(listed(service, &friend, "Public").await, [""; 0], "until it is not");
}

pub(super) async fn a_change_of_shares_that_cannot_be_is_refused_with_its_code(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    let of = || ModifyDocumentPermissionRequest::new("Doc");
    let (one, two) = ("111111111111", "222222222222");
    let many = |count: u64| (0..count).map(|which| format!("{which:012}"));
    let mut other_type = of();
    other_type.permission_type = "Use".to_owned();
    let mut no_type = of();
    no_type.permission_type = String::new();
    let mut other_versions = of();
    other_versions.shared_document_version = Some("1".to_owned());
    let either = "Accounts can either be all or a group of AWS accounts";
    for (request, code, text) in [
        (ModifyDocumentPermissionRequest::new("Unknown").adding([one]), ErrorCode::InvalidDocument, "does not exist."),
        (
            ModifyDocumentPermissionRequest::new("AWS-RunShellScript").adding([one]),
            ErrorCode::InvalidDocument,
            "does not exist.",
        ),
        (other_type, ErrorCode::InvalidPermissionType, "Share"),
        (no_type, ErrorCode::ValidationException, "'permissionType'"),
        (other_versions, ErrorCode::ValidationException, "'sharedDocumentVersion'"),
        (of().adding(["12345"]), ErrorCode::ValidationException, "'accountIdsToAdd'"),
        (of().adding(many(21)), ErrorCode::ValidationException, "'accountIdsToAdd'"),
        (of().removing(many(21)), ErrorCode::ValidationException, "'accountIdsToRemove'"),
        (of().adding(["all", one]), ErrorCode::DocumentPermissionLimit, either),
    ] {
        let what = format!("a change as {request:?}");
        let error = assert_code(try_share(service, request).await, code, &what);
        assert!(error.message().contains(text), "{what} is told: {error}");
    }
    assert_eq!(shares(service, None).await.expect("an owner sees them").0, [""; 0], "what is refused changes nothing");
    try_share(service, of().adding([one, two])).await.expect("accounts may be many");
    let all = try_share(service, of().adding(["all"])).await;
    assert_code(all, ErrorCode::DocumentPermissionLimit, "all beside some");
    try_share(service, of().adding(["all"]).removing([one, two])).await.expect("all instead of some");
    let some = try_share(service, of().adding([one])).await;
    assert_code(some, ErrorCode::DocumentPermissionLimit, "some beside all");
    try_share(service, of().adding([one, two]).removing([two, "ALL"])).await.expect("some instead of all");
    let left = shares(service, None).await.expect("an owner sees them").0;
    assert_eq!(left, [one], "what is in both lists ends removed");
    try_share(service, of().removing([two])).await.expect("removing what is not there changes nothing");
}

type Shares = (Vec<String>, Vec<&'static str>, Option<String>);

async fn shares(service: &Service, page: Option<(i64, Option<String>)>) -> Result<Shares, ApiError> {
    let mut request = DescribeDocumentPermissionRequest::new("Doc");
    if let Some((size, token)) = page {
        request = request.page(size, token);
    }
    let answer = service.now(service.operators.describe_document_permission(&operator(), request)).await?;
    let listed: Vec<&String> = answer.account_sharing_info_list.iter().map(|info| &info.account_id).collect();
    assert_eq!(listed, answer.account_ids.iter().collect::<Vec<_>>(), "both lists tell the same accounts");
    let versions = answer.account_sharing_info_list.iter().map(|info| info.shared_document_version.as_str());
    Ok((answer.account_ids.clone(), versions.collect(), answer.next_token))
}

pub(super) async fn shares_are_told_to_the_owner_in_pages(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    let ids = ["111111111111", "222222222222", "333333333333"];
    let of = || ModifyDocumentPermissionRequest::new("Doc");
    try_share(service, of().adding(ids)).await.expect("an owner may share");
    try_share(service, of().adding([ids[1]]).of_versions(SharedVersions::All)).await.expect("and again");
    let (accounts, versions, token) = shares(service, None).await.expect("an owner sees them");
    assert_eq!((accounts, token), (ids.map(str::to_owned).to_vec(), None));
    assert_eq!(versions, ["$DEFAULT", "$ALL", "$DEFAULT"], "adding an account again replaces its versions");
    let (first, _, token) = shares(service, Some((2, None))).await.expect("an owner sees them");
    let (rest, _, end) = shares(service, Some((2, token.clone()))).await.expect("a listing goes on with its token");
    assert_eq!(
        (&first[..], &rest[..], end),
        (&[ids[0].to_owned(), ids[1].to_owned()][..], &[ids[2].to_owned()][..], None)
    );
    for (size, token, code) in [
        (0, None, ErrorCode::ValidationException),
        (201, None, ErrorCode::ValidationException),
        (2, Some("x".to_owned()), ErrorCode::InvalidNextToken),
    ] {
        assert_code(shares(service, Some((size, token))).await, code, "a page that cannot be");
    }
    try_share(service, of().removing(ids).adding(["all"])).await.expect("all instead of some");
    let (accounts, _, _) = shares(service, None).await.expect("an owner sees them");
    assert_eq!(accounts, ["all"], "all accounts are told in one word");
    let mut other_type = DescribeDocumentPermissionRequest::new("Doc");
    other_type.permission_type = "Use".to_owned();
    for (context, request, code, what) in [
        (operator(), other_type, ErrorCode::InvalidPermissionType, "another type of permission"),
        (
            operator(),
            DescribeDocumentPermissionRequest::new("AWS-RunShellScript"),
            ErrorCode::InvalidDocumentOperation,
            "the shares of a document that comes with the service",
        ),
        (
            other_operator(),
            DescribeDocumentPermissionRequest::new("Doc"),
            ErrorCode::InvalidDocument,
            "the shares of another's document",
        ),
    ] {
        assert_code(service.now(service.operators.describe_document_permission(&context, request)).await, code, what);
    }
}

pub(super) async fn a_reference_elsewhere_means_no_document(service: &Service) {
    create(service, "Doc", &saying("one")).await;
    share(service, "Doc", SharedVersions::All).await;
    let friend = other_operator();
    let arn = listed(service, &friend, "Private").await.remove(0);
    let parts: Vec<&str> = arn.split(':').collect();
    let with = |index: usize, part: &str| {
        let mut parts = parts.clone();
        parts[index] = part;
        parts.join(":")
    };
    let predefined = with(4, "").replace("document/Doc", "document/AWS-RunShellScript");
    assert!(
        read(service, &friend, &predefined, "1").await.is_ok(),
        "documents of the service have ARNs without account"
    );
    for (name, what) in [
        (with(1, "aws-elsewhere"), "another partition"),
        (with(2, "s3"), "another service"),
        (with(3, "elsewhere-1"), "another Region"),
        (with(4, "999999999999"), "another account"),
        (with(4, ""), "a document of the service that there is not"),
        (with(5, "parameter/Doc"), "another resource"),
        (predefined.replace("::", ":123456789012:"), "a document of the service in an account"),
        ("a/b/c".to_owned(), "what is neither name nor ARN"),
    ] {
        assert_code(read(service, &friend, &name, "1").await, ErrorCode::InvalidDocument, what);
        let request = SendCommandRequest::new(&name).with_instance_ids([instance(1)]);
        let sent = service.now(service.operators.send_command(&friend, request)).await;
        assert_code(sent, ErrorCode::InvalidDocument, what);
    }
}
