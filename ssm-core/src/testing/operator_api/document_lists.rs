//! Listing documents.

use super::versions::{create, saying};
use crate::api::{
    ApiError, CreateDocumentRequest, DocumentFilterShape, DocumentKeyValuesFilter, ErrorCode, ListDocumentsRequest, Tag,
};
use crate::document::predefined;
use crate::ports::OperatorApiExt;
use crate::testing::service::{Service, assert_code, operator, other_operator};

type Page = (Vec<String>, Option<String>);

async fn list(service: &Service, request: ListDocumentsRequest) -> Result<Page, ApiError> {
    let answer = service.now(service.operators.list_documents(&operator(), request)).await?;
    Ok((answer.document_identifiers.into_iter().map(|row| row.name).collect(), answer.next_token))
}

pub(super) async fn documents_are_listed_in_pages_without_gaps(service: &Service) {
    for which in 1..=5 {
        create(service, &format!("Doc-{which}"), &saying("one")).await;
    }
    let (all, token) = list(service, ListDocumentsRequest::default()).await.expect("documents can be listed");
    assert_eq!(token, None);
    let mut wanted: Vec<String> = predefined::all().iter().map(|known| known.name.to_owned()).collect();
    wanted.extend((1..=5).map(|which| format!("Doc-{which}")));
    assert_eq!(all, wanted, "documents of the service come first, then own ones, by name");
    for size in [1, 3, 12, 17] {
        let (mut listed, mut token) = (Vec::new(), None);
        loop {
            let page = list(service, ListDocumentsRequest::default().page(size, token)).await;
            let (rows, next) = page.expect("a listing goes on with its token");
            let full = i64::try_from(rows.len()).ok() == Some(size);
            assert!(full || next.is_none(), "a page that is not the last is full");
            listed.extend(rows);
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(listed, all, "pages of {size} have all, once");
    }
    let (_, token) = list(service, ListDocumentsRequest::default().page(2, None)).await.expect("a first page");
    let filtered = ListDocumentsRequest::default().with_filter("Owner", ["Self"]);
    for (request, code, what) in [
        (filtered.page(2, token.clone()), ErrorCode::InvalidNextToken, "a token with other filters"),
        (ListDocumentsRequest::default().page(2, Some("x".to_owned())), ErrorCode::InvalidNextToken, "no token"),
        (ListDocumentsRequest::default().page(0, None), ErrorCode::ValidationException, "a page without rows"),
        (ListDocumentsRequest::default().page(51, None), ErrorCode::ValidationException, "a page too large"),
    ] {
        assert_code(list(service, request).await, code, what);
    }
    let elsewhere = ListDocumentsRequest::default().page(2, token);
    let answer = service.now(service.operators.list_documents(&other_operator(), elsewhere)).await;
    assert_code(answer, ErrorCode::InvalidNextToken, "a token of another account");
}

pub(super) async fn every_filter_of_documents_selects(service: &Service) {
    let windows = saying("one").replace("aws:runShellScript", "aws:applications");
    let windows = windows.replace(r#""runCommand": ["echo one"]"#, r#""source": "x", "action": "Install""#);
    for (name, content, title, target, tag) in [
        ("Deploy-Web", saying("one"), Some("Roll out"), Some("/AWS::EC2::Instance"), Some(("team", "web"))),
        ("Deploy-Core", saying("one"), None, Some("/"), Some(("team", "core"))),
        ("Setup", windows, Some("For WINDOWS only"), None, Some(("stage", "web"))),
    ] {
        let mut request = CreateDocumentRequest::new(name, content);
        request.display_name = title.map(str::to_owned);
        request.target_type = target.map(str::to_owned);
        request.tags =
            tag.map(|(key, value)| Tag { key: key.to_owned(), value: value.to_owned() }).into_iter().collect();
        service.now(service.operators.create_document(&operator(), request)).await.expect("a good document is stored");
    }
    let (core, web, setup) = ("Deploy-Core", "Deploy-Web", "Setup");
    let own = &[core, web, setup][..];
    for (filters, wanted) in [
        (&[("Owner", &["Self"][..])][..], own),
        (&[("Owner", &["ThirdParty"])], &[]),
        (&[("Owner", &["Private"])], &[]),
        (&[("Owner", &["Self"]), ("Name", &["Deploy"])], &[core, web]),
        (&[("Owner", &["Self"]), ("Name", &["deploy"])], &[]),
        (&[("Name", &["Deploy-W", "Set"])], &[web, setup]),
        (&[("Owner", &["Self"]), ("PlatformTypes", &["Windows"])], &[setup]),
        (&[("Owner", &["Self"]), ("PlatformTypes", &["Linux", "Windows"])], own),
        (&[("Owner", &["Self"]), ("DocumentType", &["Command"])], own),
        (&[("DocumentType", &["Automation", "Session"])], &[]),
        (&[("TargetType", &["/AWS::EC2::Instance", "/other"])], &[web]),
        (&[("Owner", &["Self"]), ("SearchKeyword", &["OUT", "windows"])], &[web, setup]),
        (&[("Owner", &["Self"]), ("SearchKeyword", &["core"])], &[core]),
        (&[("tag:team", &["web", "other"])], &[web]),
        (&[("tag:team", &["web", "core"]), ("Name", &["Deploy-C"])], &[core]),
        (&[("Name", &["Deploy-C"]), ("Name", &["Set"])], &[core, setup]),
        (
            &[("Owner", &["Amazon"]), ("Name", &["AWS-RunShell", "AWS-RunPower"])],
            &["AWS-RunPowerShellScript", "AWS-RunShellScript"],
        ),
        (&[("Owner", &["Amazon"]), ("Name", &["AWS-Install"]), ("PlatformTypes", &["Linux"])], &[]),
    ] {
        let request = ListDocumentsRequest {
            filters: filters.iter().map(|(key, values)| DocumentKeyValuesFilter::new(*key, *values)).collect(),
            ..ListDocumentsRequest::default()
        };
        let (rows, token) = list(service, request).await.expect("documents can be listed");
        assert_eq!((rows, token), (wanted.iter().map(|name| (*name).to_owned()).collect(), None), "{filters:?}");
    }
    let old = |filters: &[(&str, &str)]| {
        let filter =
            |(key, value): &(&str, &str)| DocumentFilterShape { key: (*key).to_owned(), value: (*value).to_owned() };
        ListDocumentsRequest {
            document_filter_list: Some(filters.iter().map(filter).collect()),
            ..ListDocumentsRequest::default()
        }
    };
    for (request, wanted) in [
        (old(&[("Owner", "Self"), ("Name", "Deploy")]), &[core, web][..]),
        (old(&[("PlatformTypes", "Windows"), ("Name", "Set")]), &[setup]),
        (old(&[("Owner", "Self")]).with_filter("Name", ["Set"]), &[setup]),
        (old(&[("DocumentType", "Automation")]), &[]),
    ] {
        let what = format!("{request:?}");
        let (rows, _) = list(service, request).await.expect("filters of the older form select too");
        assert_eq!(rows, wanted, "{what}");
    }
    let request = ListDocumentsRequest::default().with_filter("Name", ["Deploy-Web"]);
    let answer = service.now(service.operators.list_documents(&operator(), request)).await;
    let row = answer.expect("documents can be listed").document_identifiers.remove(0);
    assert_eq!((&*row.owner, &*row.document_version, &*row.document_type), ("123456789012", "1", "Command"));
    assert_eq!((&*row.schema_version, &*row.document_format, row.tags.len()), ("2.2", "JSON", 1));
    assert_eq!(
        (row.display_name.as_deref(), row.target_type.as_deref()),
        (Some("Roll out"), Some("/AWS::EC2::Instance"))
    );
}

pub(super) async fn a_filter_that_cannot_be_is_refused_with_its_code(service: &Service) {
    let all = ListDocumentsRequest::default;
    let empty_list = ListDocumentsRequest { document_filter_list: Some(Vec::new()), ..all() };
    let wrong_key = DocumentFilterShape { key: "TargetType".to_owned(), value: "x".to_owned() };
    let wrong_key = ListDocumentsRequest { document_filter_list: Some(vec![wrong_key]), ..all() };
    let no_key = DocumentKeyValuesFilter { key: None, values: vec!["x".to_owned()] };
    let no_key = ListDocumentsRequest { filters: vec![no_key], ..all() };
    let many = (0..7).fold(all(), |request, _| request.with_filter("Name", ["x"]));
    for (request, code, what) in [
        (all().with_filter("Colour", ["red"]), ErrorCode::InvalidFilterKey, "an unknown key"),
        (all().with_filter("name", ["red"]), ErrorCode::InvalidFilterKey, "a key of another case"),
        (all().with_filter("tag:", ["red"]), ErrorCode::InvalidFilterKey, "a tag without a key"),
        (
            all().with_filter("tag:a", ["x"]).with_filter("tag:b", ["x"]),
            ErrorCode::InvalidFilterKey,
            "two keys of tags",
        ),
        (no_key, ErrorCode::InvalidFilterKey, "a filter without a key"),
        (all().with_filter("Owner", ["Self", "Amazon"]), ErrorCode::ValidationException, "two owners"),
        (all().with_filter("Owner", ["me"]), ErrorCode::ValidationException, "an unknown owner"),
        (all().with_filter("PlatformTypes", ["BeOS"]), ErrorCode::ValidationException, "an unknown platform"),
        (all().with_filter("DocumentType", ["Novel"]), ErrorCode::ValidationException, "an unknown type"),
        (all().with_filter("Name", [""; 0]), ErrorCode::ValidationException, "a filter without values"),
        (all().with_filter("Name", [""]), ErrorCode::ValidationException, "a value without characters"),
        (all().with_filter("x".repeat(129), ["x"]), ErrorCode::ValidationException, "a key that is too long"),
        (all().with_filter("Name", ["x".repeat(257)]), ErrorCode::ValidationException, "a value that is too long"),
        (many, ErrorCode::ValidationException, "seven filters"),
        (empty_list, ErrorCode::ValidationException, "a list of filters without any"),
        (wrong_key, ErrorCode::ValidationException, "a key that the older form does not have"),
    ] {
        assert_code(list(service, request).await, code, what);
    }
}
