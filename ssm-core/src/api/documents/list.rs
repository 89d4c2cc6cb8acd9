//! Listing documents and their versions.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{DocumentIdentifier, DocumentVersionInfo, reference};
use crate::api::{ApiError, ErrorCode};
use crate::document::Platform;
use crate::ids::{DocumentName, DocumentReference};
use crate::record::VersionSummary;

/// Lists the documents that the account can see. Source: API reference, `ListDocuments`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListDocumentsRequest {
    /// Filters of the older form; together with the newer ones all must hold (our choice).
    pub document_filter_list: Option<Vec<DocumentFilterShape>>,
    /// Filters: all must hold, and of each one any value.
    pub filters: Vec<DocumentKeyValuesFilter>,
    /// Most rows, 50 when absent.
    pub max_results: Option<i64>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

/// A filter of the older form, with members in lower case. Source: API reference, `DocumentFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentFilterShape {
    /// `Name`, `Owner`, `PlatformTypes` or `DocumentType`.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// A filter. Source: API reference, `DocumentKeyValuesFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DocumentKeyValuesFilter {
    /// `Name`, `Owner`, `PlatformTypes`, `DocumentType`, `TargetType`, `SearchKeyword`, or `tag:` with a tag's key.
    pub key: Option<String>,
    /// Any of these.
    pub values: Vec<String>,
}

impl DocumentKeyValuesFilter {
    /// Any of these values of this key.
    #[must_use]
    pub fn new<T: ToString>(key: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        Self { key: Some(key.into()), values: values.into_iter().map(|value| value.to_string()).collect() }
    }
}

impl ListDocumentsRequest {
    /// The same with this filter, beside earlier ones.
    #[must_use]
    pub fn with_filter<T: ToString>(mut self, key: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        self.filters.push(DocumentKeyValuesFilter::new(key, values));
        self
    }

    /// The same with at most so many rows, behind this token.
    #[must_use]
    pub fn page(mut self, most: i64, token: Option<String>) -> Self {
        self.max_results = Some(most);
        self.next_token = token;
        self
    }

    /// Filters and page size, read; what the table of constraints says is checked already.
    ///
    /// # Errors
    /// `InvalidFilterKey` for an unknown key or two keys of tags; `ValidationException` for a value that the key cannot have,
    /// or none at all (our choice).
    pub fn parse(&self) -> Result<(DocumentFilters, usize), ApiError> {
        let mut given: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for filter in self.document_filter_list.iter().flatten() {
            given.entry(&filter.key).or_default().insert(&filter.value);
        }
        for filter in &self.filters {
            let values = given.entry(filter.key.as_deref().unwrap_or_default()).or_default();
            values.extend(filter.values.iter().map(String::as_str));
        }
        let mut filters = DocumentFilters::default();
        for (key, values) in given {
            filters.add(key, &values)?;
        }
        Ok((filters, page_size(self.max_results)))
    }
}

/// Rows of a page; 50 when nothing is said (our choice).
fn page_size(asked: Option<i64>) -> usize {
    asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(50).clamp(1, 50)
}

/// Whose documents a listing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerFilter {
    /// Those that come with the service.
    Amazon,
    /// Those that other accounts share with this one.
    Private,
    /// Those that any account shares with all.
    Public,
    /// The account's own.
    Own,
    /// Those of vendors: there are none.
    ThirdParty,
}

/// Which documents a listing has. Empty: all that the account can see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilters {
    /// Whose.
    pub owner: Option<OwnerFilter>,
    names: Option<Vec<String>>,
    platforms: Option<BTreeSet<Platform>>,
    /// Whether documents of type `Command` are wanted: there are no others.
    no_commands: bool,
    target_types: Option<Vec<String>>,
    /// In lower case.
    keywords: Option<Vec<String>>,
    tag: Option<(String, Vec<String>)>,
}

impl DocumentFilters {
    /// The types of documents. Source: API reference, `DocumentType`.
    pub(in crate::api) const TYPES: &'static [&'static str] = &[
        "Command",
        "Policy",
        "Automation",
        "Session",
        "Package",
        "ApplicationConfiguration",
        "ApplicationConfigurationSchema",
        "DeploymentStrategy",
        "ChangeCalendar",
        "Automation.ChangeTemplate",
        "ProblemAnalysis",
        "ProblemAnalysisTemplate",
        "CloudFormation",
        "ConformancePackTemplate",
        "QuickSetup",
        "ManualApprovalPolicy",
        "AutoApprovalPolicy",
    ];

    fn add(&mut self, key: &str, values: &BTreeSet<&str>) -> Result<(), ApiError> {
        let texts = || Some(values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
        let wrong = |value: &str| ApiError::validation(format!("Filter {key} cannot have the value '{value}'."));
        match key {
            "Owner" => self.owner = Some(owner(values)?),
            "Name" => self.names = texts(),
            "PlatformTypes" => {
                let platforms = values.iter().map(|value| value.parse::<Platform>().map_err(|_| wrong(value)));
                self.platforms = Some(platforms.collect::<Result<_, _>>()?);
            }
            "DocumentType" => {
                if let Some(value) = values.iter().find(|value| !Self::TYPES.contains(*value)) {
                    return Err(wrong(value));
                }
                self.no_commands = !values.contains("Command");
            }
            "TargetType" => self.target_types = texts(),
            "SearchKeyword" => self.keywords = Some(values.iter().map(|value| value.to_lowercase()).collect()),
            _ => match key.strip_prefix("tag:") {
                Some(tag) if !tag.is_empty() && self.tag.is_none() => {
                    self.tag = Some((tag.to_owned(), texts().unwrap_or_default()));
                }
                Some(tag) if !tag.is_empty() => return Err(filter_key("Only one tag key can be given in a request.")),
                _ => return Err(filter_key(&format!("The filter key '{key}' is not valid."))),
            },
        }
        if values.is_empty() {
            return Err(ApiError::validation(format!("Filter {key} needs a value.")));
        }
        Ok(())
    }

    /// Whether nothing can pass, whatever there is.
    #[must_use]
    pub fn excludes_all(&self) -> bool {
        self.no_commands || self.owner == Some(OwnerFilter::ThirdParty)
    }

    /// Whether a document passes that is shown in this version. The owner is not looked at. `tags` are those that the caller
    /// can see.
    #[must_use]
    pub fn pass(&self, name: &DocumentName, shown: &VersionSummary, tags: &BTreeMap<String, String>) -> bool {
        let any = |wanted: &Option<Vec<String>>, is: &dyn Fn(&str) -> bool| {
            wanted.as_ref().is_none_or(|values| values.iter().any(|value| is(value)))
        };
        let title = shown.display_name.as_deref().unwrap_or_default().to_lowercase();
        let lower = name.as_str().to_ascii_lowercase();
        let target = shown.target_type.as_deref();
        !self.excludes_all()
            && any(&self.names, &|prefix| name.as_str().starts_with(prefix))
            && any(&self.target_types, &|wanted| target == Some(wanted))
            && any(&self.keywords, &|word| lower.contains(word) || title.contains(word))
            && self.platforms.as_ref().is_none_or(|wanted| !wanted.is_disjoint(&shown.platforms))
            && self.tag.as_ref().is_none_or(|(key, values)| tags.get(key).is_some_and(|value| values.contains(value)))
    }
}

fn filter_key(text: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidFilterKey, text)
}

fn owner(values: &BTreeSet<&str>) -> Result<OwnerFilter, ApiError> {
    let mut values = values.iter();
    let found = match (values.next().copied(), values.next()) {
        (Some("Amazon"), None) => Some(OwnerFilter::Amazon),
        (Some("Private"), None) => Some(OwnerFilter::Private),
        (Some("Public"), None) => Some(OwnerFilter::Public),
        (Some("Self"), None) => Some(OwnerFilter::Own),
        (Some("ThirdParty"), None) => Some(OwnerFilter::ThirdParty),
        _ => None,
    };
    let text = "Filter Owner takes exactly one of Amazon, Private, Public, Self, ThirdParty.";
    found.ok_or_else(|| ApiError::validation(text))
}

/// A page of documents: first those that come with the service, then the account's own, then those shared with it, then those
/// shared with all; each by owner and name (our choice).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDocumentsResponse {
    /// The rows.
    pub document_identifiers: Vec<DocumentIdentifier>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_token: Option<String>,
}

/// Lists the versions of a document, newest first. Source: API reference, `ListDocumentVersions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListDocumentVersionsRequest {
    /// The name or ARN; required.
    pub name: String,
    /// Most rows, 50 when absent.
    pub max_results: Option<i64>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

impl ListDocumentVersionsRequest {
    /// The first page of this document's versions.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same with at most so many rows, behind this token.
    #[must_use]
    pub fn page(mut self, most: i64, token: Option<String>) -> Self {
        self.max_results = Some(most);
        self.next_token = token;
        self
    }

    /// Document and page size, read.
    ///
    /// # Errors
    /// `InvalidDocument` for what is no reference.
    pub fn parse(&self) -> Result<(DocumentReference, usize), ApiError> {
        Ok((reference(&self.name)?, page_size(self.max_results)))
    }
}

/// A page of versions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDocumentVersionsResponse {
    /// The rows.
    pub document_versions: Vec<DocumentVersionInfo>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_token: Option<String>,
}

impl ListDocumentVersionsResponse {
    /// A page of the versions of the document that the caller sees under this name; one of them is the default.
    #[must_use]
    pub fn of<'a>(
        name: &str,
        versions: impl IntoIterator<Item = &'a VersionSummary>,
        default: NonZeroU32,
        next_token: Option<String>,
    ) -> Self {
        let info = |version: &VersionSummary| DocumentVersionInfo::new(name, version, version.number == default);
        Self { document_versions: versions.into_iter().map(info).collect(), next_token }
    }
}
