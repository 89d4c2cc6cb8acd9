//! Documents: quotas, conflicts, rights and settings, which no suite of a port can arrange.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::sync::{Arc, Mutex};

use ssm_core::api::{
    AddTagsToResourceRequest, ApiError, CreateDocumentRequest, DeleteDocumentRequest, DescribeDocumentRequest,
    ErrorCode, GetDocumentRequest, ListDocumentVersionsRequest, ListDocumentsRequest, ModifyDocumentPermissionRequest,
    OperatorRequest, RemoveTagsFromResourceRequest, SendCommandRequest, Tag, UpdateDocumentDefaultVersionRequest,
    UpdateDocumentRequest,
};
use ssm_core::document::Document;
use ssm_core::engine::{Batch, Write};
use ssm_core::ids::{AccountId, RequestId};
use ssm_core::ports::{
    Action, Authorizer, CallerContext, CommitError, Denied, MockStore, OperatorApi, OperatorApiExt, Principal, Store,
    StoreError,
};
use ssm_core::record::{DocumentRow, DocumentShare, DocumentVersionRow, Grantee, SharedVersions, VersionSummary};
use ssm_core::time::Timestamp;
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, ControlPlaneBuilder, Settings, WithStore};
use uuid::Uuid;

fn saying(what: &str) -> String {
    format!(
        r#"{{"schemaVersion": "2.2", "mainSteps": [
            {{"name": "only", "action": "aws:runShellScript", "inputs": {{"runCommand": ["echo {what}"]}}}}]}}"#
    )
}

fn account(which: u64) -> AccountId {
    format!("{which:012}").parse().unwrap()
}

fn operator_of(which: u64) -> CallerContext {
    CallerContext::new(account(which), Principal::Operator("tester".parse().unwrap()), RequestId::new(Uuid::nil()))
}

fn operator() -> CallerContext {
    operator_of(1)
}

fn over(store: &Arc<MemoryStore>) -> ControlPlaneBuilder<WithStore> {
    ControlPlane::builder().with_store(Arc::clone(store) as Arc<dyn Store>)
}

fn fresh() -> (ControlPlane, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    (over(&store).build(), store)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, ApiError>, code: ErrorCode, text: &str) {
    let error = answer.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.message().contains(text), "{error}");
}

async fn create(plane: &ControlPlane, name: &str) -> Result<(), ApiError> {
    let request = CreateDocumentRequest::new(name, saying("one"));
    plane.create_document(&operator(), request).await.map(|_| ())
}

async fn share(plane: &ControlPlane, name: &str, with: &[String]) -> Result<(), ApiError> {
    let request = ModifyDocumentPermissionRequest::new(name).adding(with);
    plane.modify_document_permission(&operator(), request).await.map(|_| ())
}

#[tokio::test]
async fn an_account_has_five_hundred_documents_and_no_more() {
    let (plane, _) = fresh();
    for which in 0..500 {
        create(&plane, &format!("Doc-{which}")).await.unwrap();
    }
    refused(create(&plane, "One-More").await, ErrorCode::DocumentLimitExceeded, "at most 500 documents");
    refused(create(&plane, "Doc-1").await, ErrorCode::DocumentAlreadyExists, "already exists");
    let elsewhere = CreateDocumentRequest::new("Doc-1", saying("one"));
    plane.create_document(&operator_of(2), elsewhere).await.unwrap();
    plane.delete_document(&operator(), DeleteDocumentRequest::new("Doc-7")).await.unwrap();
    create(&plane, "One-More").await.unwrap();
}

#[tokio::test]
async fn a_document_has_a_thousand_versions_and_no_more() {
    let (plane, store) = fresh();
    create(&plane, "Doc").await.unwrap();
    let mut row = store.document(&account(1), &"Doc".parse().unwrap()).await.unwrap().unwrap();
    row.versions = 999;
    store.commit(Batch { conditions: vec![], writes: vec![Write::PutDocument(Box::new(row))] }).await.unwrap();
    let update = async |what: &str| {
        let answer = plane.update_document(&operator(), UpdateDocumentRequest::new("Doc", saying(what))).await;
        answer.map(|_| ())
    };
    update("two").await.unwrap();
    refused(update("three").await, ErrorCode::DocumentVersionLimitExceeded, "at most 1000 versions");
    plane.delete_document(&operator(), DeleteDocumentRequest::new("Doc").with_version("$LATEST")).await.unwrap();
    update("three").await.unwrap();
}

#[tokio::test]
async fn a_document_is_shared_with_a_thousand_accounts_and_no_more() {
    let (plane, _) = fresh();
    create(&plane, "Doc").await.unwrap();
    let accounts: Vec<String> = (100..1100).map(|which| account(which).to_string()).collect();
    for twenty in accounts.chunks(20) {
        share(&plane, "Doc", twenty).await.unwrap();
    }
    let more = [account(9999).to_string()];
    refused(share(&plane, "Doc", &more).await, ErrorCode::DocumentPermissionLimit, "at most 1000 accounts");
    share(&plane, "Doc", &accounts[..20]).await.unwrap();
    let exchange = ModifyDocumentPermissionRequest::new("Doc").adding(&more).removing(&accounts[..1]);
    plane.modify_document_permission(&operator(), exchange).await.unwrap();
}

#[tokio::test]
async fn an_account_shares_five_documents_with_all_and_no_more() {
    let (plane, _) = fresh();
    let all = ["all".to_owned()];
    for which in 1..=6 {
        create(&plane, &format!("Doc-{which}")).await.unwrap();
    }
    for which in 1..=5 {
        share(&plane, &format!("Doc-{which}"), &all).await.unwrap();
    }
    refused(share(&plane, "Doc-6", &all).await, ErrorCode::DocumentLimitExceeded, "at most 5 documents");
    // Other versions of what is public already need no more room.
    let again = ModifyDocumentPermissionRequest::new("Doc-1").adding(&all).of_versions(SharedVersions::All);
    plane.modify_document_permission(&operator(), again).await.unwrap();
}

#[tokio::test]
async fn a_document_whose_arn_no_request_can_name_is_not_shared() {
    let (plane, store) = fresh();
    let (short, long) = ("a".repeat(84), "a".repeat(85));
    let friend = account(2).to_string();
    for name in [&short, &long] {
        create(&plane, name).await.unwrap();
    }
    share(&plane, &short, std::slice::from_ref(&friend)).await.unwrap();
    let arn = format!("arn:aws:ssm:us-east-1:{}:document/{short}", account(1));
    plane.get_document(&operator_of(2), GetDocumentRequest::new(arn)).await.unwrap();
    let own = &account(1);
    let before = store.document(own, &long.parse().unwrap()).await.unwrap();
    for with in [&friend, "all"] {
        let text = "would have 129 characters, and a request can name a document with at most 128";
        refused(share(&plane, &long, &[with.to_owned()]).await, ErrorCode::InvalidDocumentOperation, text);
    }
    assert_eq!(store.document(own, &long.parse().unwrap()).await.unwrap(), before, "what is refused changes nothing");
    // A share can be taken back, whatever the name.
    let removal = ModifyDocumentPermissionRequest::new(&long).removing([&friend]);
    plane.modify_document_permission(&operator(), removal).await.unwrap();
}

#[tokio::test]
async fn public_sharing_can_be_blocked() {
    let store = Arc::new(MemoryStore::new());
    let mut settings = Settings::default();
    settings.public_documents = false;
    let plane = over(&store).with_settings(settings).build();
    create(&plane, "Doc").await.unwrap();
    let all = share(&plane, "Doc", &["all".to_owned()]).await;
    refused(all, ErrorCode::DocumentPermissionLimit, "public sharing is blocked");
    share(&plane, "Doc", &[account(2).to_string()]).await.unwrap();
}

#[cfg(feature = "yaml")]
#[tokio::test]
async fn a_document_that_could_never_be_sent_is_refused_when_it_is_stored() {
    let (plane, _) = fresh();
    // Quotes take one byte here and two in JSON.
    let large = |quotes: usize| {
        format!(
            "schemaVersion: '2.2'\ndescription: |-\n  {}\nmainSteps:\n- action: aws:runShellScript\n  name: only\n  \
             inputs: {{runCommand: [id]}}\n",
            "\"".repeat(quotes)
        )
    };
    let yaml = |quotes| {
        let mut request = CreateDocumentRequest::new("Doc", large(quotes));
        request.document_format = Some("YAML".to_owned());
        request
    };
    let stored = plane.create_document(&operator(), yaml(60_000)).await;
    refused(stored, ErrorCode::MaxDocumentSizeExceeded, "could never be sent: as JSON it takes");
    refused(
        plane.get_document(&operator(), GetDocumentRequest::new("Doc")).await,
        ErrorCode::InvalidDocument,
        "does not exist",
    );
    plane.create_document(&operator(), yaml(40_000)).await.unwrap();
    let mut update = UpdateDocumentRequest::new("Doc", large(60_000));
    update.document_format = Some("YAML".to_owned());
    refused(
        plane.update_document(&operator(), update).await,
        ErrorCode::MaxDocumentSizeExceeded,
        "could never be sent",
    );
}

fn rows(about: &VersionSummary) -> (DocumentRow, DocumentVersionRow) {
    let tags = [("a".to_owned(), "b".to_owned())].into();
    let row = DocumentRow::new(account(1), "Doc".parse().unwrap(), Uuid::nil(), about.clone(), tags);
    let (content, sha256) = (saying("one").into(), String::new());
    (row.clone(), DocumentVersionRow { account: row.account, name: row.name, about: about.clone(), content, sha256 })
}

/// A store of one document that somebody else always changes first.
fn contested() -> MockStore {
    let document = Document::parse(&saying("one")).unwrap();
    let mut about = VersionSummary::of(std::num::NonZeroU32::MIN, &document, Timestamp::MIN);
    let mut store = MockStore::new();
    let (row, version) = rows(&about);
    about.number = about.number.saturating_add(1);
    store.expect_document().returning(move |_, name| Ok(Some(row.clone()).filter(|row| row.name == *name)));
    store.expect_document_version().returning(move |_, _, _| Ok(Some(version.clone())));
    store.expect_document_counts().returning(|_| Ok(Default::default()));
    store.expect_document_share().returning(|_, _, _| Ok(None));
    store.expect_commit().returning(|_| Err(CommitError::Conflict));
    store
}

#[tokio::test(start_paused = true)]
async fn a_document_that_others_keep_changing_has_too_many_updates() {
    let plane = ControlPlane::builder().with_store(Arc::new(contested())).build();
    let content = saying("two");
    let mut add = AddTagsToResourceRequest::default();
    (add.resource_type, add.resource_id) = ("Document".to_owned(), "Doc".to_owned());
    add.tags = Some(vec![Tag { key: "c".to_owned(), value: String::new() }]);
    let mut remove = RemoveTagsFromResourceRequest::default();
    (remove.resource_type, remove.resource_id) = ("Document".to_owned(), "Doc".to_owned());
    remove.tag_keys = Some(vec!["a".to_owned()]);
    for request in [
        OperatorRequest::CreateDocument(CreateDocumentRequest::new("New", &content)),
        OperatorRequest::UpdateDocument(UpdateDocumentRequest::new("Doc", &content)),
        OperatorRequest::UpdateDocumentDefaultVersion(UpdateDocumentDefaultVersionRequest::new("Doc", "1")),
        OperatorRequest::DeleteDocument(DeleteDocumentRequest::new("Doc")),
        OperatorRequest::ModifyDocumentPermission(ModifyDocumentPermissionRequest::new("Doc").adding([account(2)])),
        OperatorRequest::AddTagsToResource(add),
        OperatorRequest::RemoveTagsFromResource(remove),
    ] {
        let operation = request.operation();
        let error = plane.call(&operator(), request).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::TooManyUpdates, "{operation}");
        assert!(error.is_retryable(), "{operation}");
    }
}

#[tokio::test]
async fn a_store_that_fails_is_told_by_its_code_and_never_in_detail() {
    let gone = || StoreError::Unavailable { source: Arc::new(std::io::Error::other("secret")) };
    let damaged = || StoreError::Damaged { what: "secret".to_owned() };
    let lost = || CommitError::Unknown { source: Arc::new(std::io::Error::other("secret")) };
    for (read, commit, code) in [
        (Some(gone()), None, ErrorCode::ServiceUnavailable),
        (Some(damaged()), None, ErrorCode::InternalServerError),
        (None, Some(CommitError::Store(gone())), ErrorCode::ServiceUnavailable),
        (None, Some(lost()), ErrorCode::InternalServerError),
    ] {
        let mut store = MockStore::new();
        store.expect_document().returning(move |_, _| read.clone().map_or(Ok(None), Err));
        store.expect_document_counts().returning(|_| Ok(Default::default()));
        store.expect_commit().returning(move |_| commit.clone().map_or(Ok(()), Err));
        let plane = ControlPlane::builder().with_store(Arc::new(store)).build();
        let error = create(&plane, "New").await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.message().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn of_two_control_planes_that_change_a_document_at_once_both_succeed_one_after_the_other() {
    let store = Arc::new(MemoryStore::new());
    let planes = [over(&store).build(), over(&store).build()];
    create(&planes[0], "Doc").await.unwrap();
    let update = |plane: ControlPlane, what: &'static str| async move {
        let request = UpdateDocumentRequest::new("Doc", saying(what));
        plane.update_document(&operator(), request).await.unwrap().document_description.document_version
    };
    let [first, second] = planes;
    let (one, other) = tokio::join!(tokio::spawn(update(first.clone(), "two")), tokio::spawn(update(second, "three")),);
    let mut numbers = [one.unwrap(), other.unwrap()];
    numbers.sort();
    assert_eq!(numbers, ["2", "3"], "no number is given twice, and no version is lost");
    let request = DescribeDocumentRequest::new("Doc");
    assert_eq!(first.describe_document(&operator(), request).await.unwrap().document.latest_version, "3");
}

#[tokio::test]
async fn a_change_of_a_document_that_was_deleted_does_not_land_on_one_that_was_created_again() {
    let (plane, store) = fresh();
    create(&plane, "Doc").await.unwrap();
    let (own, name) = (account(1), "Doc".parse().unwrap());
    let row = store.document(&own, &name).await.unwrap().unwrap();
    plane.delete_document(&operator(), DeleteDocumentRequest::new("Doc")).await.unwrap();
    create(&plane, "Doc").await.unwrap();
    let again = store.document(&own, &name).await.unwrap().unwrap();
    assert_eq!(again.revision, row.revision);
    let removal = Write::RemoveDocument {
        account: own.clone(),
        name: name.clone(),
        incarnation: row.incarnation,
        revision: row.revision,
    };
    for write in [Write::PutDocument(Box::new(row)), removal] {
        let answer = store.commit(Batch { conditions: vec![], writes: vec![write] }).await;
        assert!(matches!(answer, Err(CommitError::Conflict)), "{answer:?}");
    }
    assert_eq!(store.document(&own, &name).await.unwrap(), Some(again));
}

/// Lets everybody use the document `Doc` and no other, and keeps what was asked.
#[derive(Debug, Default)]
struct OnlyDoc(Mutex<Vec<(&'static str, Option<String>)>>);

#[async_trait::async_trait]
impl Authorizer for OnlyDoc {
    async fn authorize(&self, _: &CallerContext, action: &Action) -> Result<(), Denied> {
        let document = action.document.as_ref().map(ToString::to_string);
        let allowed = document.as_deref().is_none_or(|name| name == "Doc");
        self.0.lock().unwrap().push((action.operation, document));
        if allowed { Ok(()) } else { Err(Denied("not this document".to_owned())) }
    }
}

#[tokio::test]
async fn a_rule_about_an_own_document_never_lets_anothers_of_the_same_name_pass() {
    let store = Arc::new(MemoryStore::new());
    let owner = over(&store).build();
    create(&owner, "Doc").await.unwrap();
    share(&owner, "Doc", &["all".to_owned()]).await.unwrap();
    let strict = over(&store).with_authorizer(Arc::new(OnlyDoc::default())).build();
    let arn = "arn:aws:ssm:us-east-1:000000000001:document/Doc";
    let own = |name: &str| GetDocumentRequest::new(name);
    strict.get_document(&operator(), own("Doc")).await.unwrap();
    strict.get_document(&operator(), own(arn)).await.unwrap();
    let friend = operator_of(2);
    refused(strict.get_document(&friend, own(arn)).await, ErrorCode::AccessDeniedException, "ssm:GetDocument");
    let send = SendCommandRequest::new(arn).with_target("tag:a", ["b"]);
    refused(strict.send_command(&friend, send).await, ErrorCode::AccessDeniedException, "ssm:SendCommand");
    owner.get_document(&friend, own(arn)).await.unwrap();
}

/// With a plain name, what the caller takes from one answer and puts into the next request would mean a document of its own.
#[tokio::test]
async fn the_versions_of_anothers_document_are_listed_under_its_arn() {
    let (plane, _) = fresh();
    let friend = operator_of(2);
    create(&plane, "Doc").await.unwrap();
    let own = CreateDocumentRequest::new("Doc", saying("something else"));
    plane.create_document(&friend, own).await.unwrap();
    let arn = "arn:aws:ssm:us-east-1:000000000001:document/Doc";
    for versions in [SharedVersions::Default, SharedVersions::Latest, SharedVersions::All] {
        let sharing = ModifyDocumentPermissionRequest::new("Doc").adding([account(2)]).of_versions(versions);
        plane.modify_document_permission(&operator(), sharing).await.unwrap();
        for (context, asked, wanted) in
            [(&friend, arn, arn), (&friend, "Doc", "Doc"), (&operator(), "Doc", "Doc"), (&operator(), arn, "Doc")]
        {
            let listed = plane.list_document_versions(context, ListDocumentVersionsRequest::new(asked)).await.unwrap();
            let names: Vec<String> = listed.document_versions.into_iter().map(|row| row.name).collect();
            assert_eq!(names, [wanted], "{asked} {versions:?}");
            let read = |name: &str| plane.get_document(context, GetDocumentRequest::new(name));
            assert_eq!(read(asked).await.unwrap().content, read(&names[0]).await.unwrap().content);
        }
    }
}

#[tokio::test]
async fn every_operation_on_a_document_asks_about_that_document() {
    let store = Arc::new(MemoryStore::new());
    let asked = Arc::new(OnlyDoc::default());
    let plane = over(&store).with_authorizer(Arc::clone(&asked) as _).build();
    let other = "Other";
    for request in [
        OperatorRequest::CreateDocument(CreateDocumentRequest::new(other, saying("one"))),
        OperatorRequest::UpdateDocument(UpdateDocumentRequest::new(other, saying("one"))),
        OperatorRequest::UpdateDocumentDefaultVersion(UpdateDocumentDefaultVersionRequest::new(other, "1")),
        OperatorRequest::DeleteDocument(DeleteDocumentRequest::new(other)),
        OperatorRequest::DescribeDocument(DescribeDocumentRequest::new(other)),
        OperatorRequest::GetDocument(GetDocumentRequest::new(other)),
        OperatorRequest::ListDocumentVersions(ListDocumentVersionsRequest::new(other)),
        OperatorRequest::ModifyDocumentPermission(ModifyDocumentPermissionRequest::new(other)),
        OperatorRequest::DescribeDocumentPermission(ssm_core::api::DescribeDocumentPermissionRequest::new(other)),
    ] {
        let operation = request.operation();
        refused(plane.call(&operator(), request).await.map(|_| ()), ErrorCode::AccessDeniedException, operation);
        assert_eq!(asked.0.lock().unwrap().pop(), Some((operation, Some(other.to_owned()))));
    }
    plane.list_documents(&operator(), ListDocumentsRequest::default()).await.unwrap();
    assert_eq!(asked.0.lock().unwrap().pop(), Some(("ListDocuments", None)));
}

/// An account may share with itself; what it shares so is its own, not something that is shared with it.
#[tokio::test]
async fn a_listing_passes_over_many_own_documents_that_are_shared_with_oneself() {
    let (plane, _) = fresh();
    let create = async |owner, name: &str| {
        let request = CreateDocumentRequest::new(name, saying("one"));
        plane.create_document(&operator_of(owner), request).await.unwrap();
        let request = ModifyDocumentPermissionRequest::new(name).adding([account(1)]);
        plane.modify_document_permission(&operator_of(owner), request).await.unwrap();
    };
    let own: Vec<String> = (0..250).map(|which| format!("Doc-{which:03}")).collect();
    for name in &own {
        create(1, name).await;
    }
    create(2, "Doc-Of-Another").await;
    let others = vec![format!("arn:aws:ssm:us-east-1:{}:document/Doc-Of-Another", account(2))];
    let all: Vec<String> = own.iter().chain(&others).cloned().collect();
    let request = ListDocumentsRequest::default().with_filter("Name", ["Doc-"]);
    for (request, wanted, most) in [
        (request.clone(), &all, 50),
        (request.clone(), &all, 7),
        (request.with_filter("Owner", ["Private"]), &others, 50),
    ] {
        let (mut found, mut token) = (Vec::new(), None);
        for _ in 0..50 {
            let page = plane.list_documents(&operator(), request.clone().page(most, token)).await.unwrap();
            found.extend(page.document_identifiers.into_iter().map(|row| row.name));
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        assert_eq!((&found, token), (wanted, None), "{request:?}");
    }
}

/// More documents are shared with one account than are looked at for a page.
#[tokio::test]
async fn a_listing_of_very_many_shared_documents_goes_on_over_pages_that_end_early() {
    let (plane, store) = fresh();
    let document = Document::parse(&saying("one")).unwrap();
    let about = VersionSummary::of(std::num::NonZeroU32::MIN, &document, Timestamp::MIN);
    for owner in 100..110 {
        for which in 0..250 {
            let name: ssm_core::ids::DocumentName = format!("Doc-{which:03}").parse().unwrap();
            let row = DocumentRow::new(account(owner), name.clone(), Uuid::nil(), about.clone(), [].into());
            let grantee = Grantee::Account(account(1));
            let share = DocumentShare { account: account(owner), name, grantee, versions: SharedVersions::Default };
            let writes = vec![Write::PutDocument(Box::new(row)), Write::PutDocumentShare(share)];
            store.commit(Batch { conditions: vec![], writes }).await.unwrap();
        }
    }
    let (mut found, mut token, mut pages) = (Vec::new(), None, 0);
    loop {
        let request = ListDocumentsRequest::default().with_filter("Name", ["Doc-249"]).page(50, token);
        let page = plane.list_documents(&operator(), request).await.unwrap();
        found.extend(page.document_identifiers.into_iter().map(|row| row.name));
        pages += 1;
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let wanted: Vec<String> =
        (100..110).map(|owner| format!("arn:aws:ssm:us-east-1:{}:document/Doc-249", account(owner))).collect();
    assert_eq!((found, pages), (wanted, 3), "2,500 documents are looked at 1,000 at a time");
}
