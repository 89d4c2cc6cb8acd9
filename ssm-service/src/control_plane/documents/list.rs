//! Listing documents and their versions.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use ssm_core::api::{
    ApiError, DocumentFilters, DocumentIdentifier, ListDocumentVersionsRequest, ListDocumentVersionsResponse,
    ListDocumentsRequest, ListDocumentsResponse, OwnerFilter,
};
use ssm_core::ids::{AccountId, DocumentName};
use ssm_core::ports::{Action, CallerContext, DocumentQuery, SharedDocument, SharedDocumentQuery, VersionQuery};
use ssm_core::record::{DocumentRow, Grantee, SharedVersions, VersionSummary};

use super::super::pages::Listing;
use super::super::{ControlPlane, unavailable};
use super::find::Origin;
use super::shown;

/// Rows that are read at once.
const CHUNK: usize = 100;
/// Rows that are looked at for one page. Behind them a page may end early, even without a row, and goes on by its token. Our
/// choice; more than an account can have of its own.
const MOST_LOOKED_AT: usize = 1000;

/// A part of the listing; they come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Section {
    Amazon,
    Own,
    Private,
    Public,
}

/// Where a listing stands: behind this document.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    section: Section,
    /// Of what other accounts share.
    owner: Option<AccountId>,
    name: DocumentName,
}

/// A row that was read: a document that may be in the listing.
struct Candidate {
    place: Place,
    /// Whether another section has it, so that this one passes over it.
    elsewhere: bool,
    shown_name: String,
    owner: String,
    version: VersionSummary,
    tags: BTreeMap<String, String>,
}

/// A page that is being filled: one row more than it may have, to know whether there is a next one.
struct Page {
    limit: usize,
    rows: Vec<(Place, DocumentIdentifier)>,
    looked_at: usize,
    behind: Option<Place>,
}

impl Page {
    fn is_full(&self) -> bool {
        self.rows.len() > self.limit
    }

    fn is_tired(&self) -> bool {
        self.looked_at >= MOST_LOOKED_AT
    }
}

impl ControlPlane {
    pub(in crate::control_plane) async fn list_documents(
        &self,
        context: &CallerContext,
        request: ListDocumentsRequest,
    ) -> Result<ListDocumentsResponse, ApiError> {
        let (filters, limit) = request.parse()?;
        self.authorize(context, Action::new("ListDocuments")).await?;
        let told = (&request.document_filter_list, &request.filters);
        let listing = Listing::of_caller("ListDocuments", context, &told);
        let behind: Option<Place> = listing.cursor(request.next_token.as_deref())?;
        let start = behind.as_ref().map_or(Section::Amazon, |place| place.section);
        let mut page = Page { limit, rows: Vec::new(), looked_at: 0, behind };
        let mut ended = true;
        if !filters.excludes_all() {
            for section in sections(&filters).iter().copied().filter(|section| *section >= start) {
                ended = self.fill(&context.account, section, &filters, &mut page).await?;
                if !ended {
                    break;
                }
            }
        }
        let next = if page.is_full() {
            page.rows.truncate(limit);
            page.rows.last().map(|(place, _)| place.clone())
        } else {
            page.behind.filter(|_| !ended)
        };
        Ok(ListDocumentsResponse {
            next_token: next.map(|place| listing.token(place)),
            document_identifiers: page.rows.into_iter().map(|(_, row)| row).collect(),
        })
    }

    /// Adds what passes of a section. `false`: the page ends here.
    async fn fill(
        &self,
        account: &AccountId,
        section: Section,
        filters: &DocumentFilters,
        page: &mut Page,
    ) -> Result<bool, ApiError> {
        loop {
            let after = page.behind.as_ref().filter(|place| place.section == section);
            let candidates = self.candidates(account, section, after, filters).await?;
            let read = candidates.len();
            page.looked_at += read;
            for candidate in candidates {
                // Behind whatever was read, listed or not: else the same rows would be read for ever.
                page.behind = Some(candidate.place.clone());
                if !candidate.elsewhere && filters.pass(&candidate.place.name, &candidate.version, &candidate.tags) {
                    let mut row = DocumentIdentifier::new(candidate.shown_name, candidate.owner, &candidate.version);
                    row.tags = shown(&candidate.tags);
                    page.rows.push((candidate.place, row));
                }
                if page.is_full() {
                    return Ok(false);
                }
            }
            if read < CHUNK {
                return Ok(true);
            }
            if page.is_tired() {
                return Ok(false);
            }
        }
    }

    /// The next rows of a section; fewer than [`CHUNK`] are the last ones.
    async fn candidates(
        &self,
        account: &AccountId,
        section: Section,
        after: Option<&Place>,
        filters: &DocumentFilters,
    ) -> Result<Vec<Candidate>, ApiError> {
        let store = &self.0.store;
        match section {
            Section::Amazon => {
                let start = after.map_or(Bound::Unbounded, |place| Bound::Excluded(&place.name));
                let known = self.0.predefined.range::<DocumentName, _>((start, Bound::Unbounded)).take(CHUNK);
                Ok(known.map(|(name, known)| predefined(name, &known.about)).collect())
            }
            Section::Own => {
                let query = DocumentQuery { after: after.map(|place| place.name.clone()), limit: CHUNK };
                let rows = store.documents(account, &query).await.map_err(unavailable)?;
                Ok(rows.into_iter().map(|row| own(section, row)).collect())
            }
            Section::Private | Section::Public => {
                let grantee = match section {
                    Section::Public => Grantee::All,
                    _ => Grantee::Account(account.clone()),
                };
                let after = after.and_then(|place| Some((place.owner.clone()?, place.name.clone())));
                let query = SharedDocumentQuery { after, limit: CHUNK };
                let rows = store.shared_documents(&grantee, &query).await.map_err(unavailable)?;
                // An account's own documents have their section; asked for public ones alone, those of them are public too.
                let own_too = section == Section::Public && filters.owner == Some(OwnerFilter::Public);
                let found = rows.into_iter().map(|row| {
                    if row.document.account == *account {
                        Candidate { elsewhere: !own_too, ..own(section, row.document) }
                    } else {
                        self.shared_candidate(section, row)
                    }
                });
                Ok(found.collect())
            }
        }
    }

    fn shared_candidate(&self, section: Section, shared: SharedDocument) -> Candidate {
        let SharedDocument { document: row, versions } = shared;
        Candidate {
            elsewhere: false,
            shown_name: self.arn_of(&row).to_string(),
            owner: row.account.to_string(),
            version: versions.shown(&row).clone(),
            place: Place { section, owner: Some(row.account), name: row.name },
            tags: BTreeMap::new(),
        }
    }

    pub(in crate::control_plane) async fn list_document_versions(
        &self,
        context: &CallerContext,
        request: ListDocumentVersionsRequest,
    ) -> Result<ListDocumentVersionsResponse, ApiError> {
        let (reference, limit) = request.parse()?;
        let document = self.document_of(&context.account, &reference)?;
        self.authorize(context, Action::new("ListDocumentVersions").on_document(document.clone())).await?;
        let listing = Listing::of_caller("ListDocumentVersions", context, &document);
        let before: Option<NonZeroU32> = listing.cursor(request.next_token.as_deref())?;
        let found = self.find_document(&context.account, &reference).await?;
        let one = |version: &VersionSummary| {
            let wanted = before.is_none_or(|before| version.number < before);
            wanted.then(|| version.clone()).into_iter().collect::<Vec<_>>()
        };
        let (mut versions, default) = match &found.origin {
            Origin::Predefined => {
                let known = self.0.predefined.get(&found.name).map(|known| one(&known.about));
                (known.unwrap_or_default(), NonZeroU32::MIN)
            }
            Origin::Shared(row, SharedVersions::Default) => (one(&row.default), row.default.number),
            Origin::Shared(row, SharedVersions::Latest) => (one(&row.latest), row.default.number),
            Origin::Own(row) | Origin::Shared(row, SharedVersions::All) => {
                let query = VersionQuery { before, limit: limit + 1 };
                let store = &self.0.store;
                let versions = store.document_versions(&row.account, &row.name, &query).await.map_err(unavailable)?;
                (versions, row.default.number)
            }
        };
        let more = versions.len() > limit;
        versions.truncate(limit);
        let token = versions.last().filter(|_| more).map(|version| listing.token(version.number));
        Ok(ListDocumentVersionsResponse::of(&found.shown_name, &versions, default, token))
    }
}

/// The parts that can have what passes.
fn sections(filters: &DocumentFilters) -> &'static [Section] {
    match filters.owner {
        None => &[Section::Amazon, Section::Own, Section::Private, Section::Public],
        Some(OwnerFilter::Amazon) => &[Section::Amazon],
        Some(OwnerFilter::Own) => &[Section::Own],
        Some(OwnerFilter::Private) => &[Section::Private],
        Some(OwnerFilter::Public) => &[Section::Public],
        Some(OwnerFilter::ThirdParty) => &[],
    }
}

fn predefined(name: &DocumentName, about: &VersionSummary) -> Candidate {
    Candidate {
        place: Place { section: Section::Amazon, owner: None, name: name.clone() },
        elsewhere: false,
        shown_name: name.to_string(),
        owner: "Amazon".to_owned(),
        version: about.clone(),
        tags: BTreeMap::new(),
    }
}

fn own(section: Section, row: DocumentRow) -> Candidate {
    Candidate {
        elsewhere: false,
        shown_name: row.name.to_string(),
        owner: row.account.to_string(),
        version: row.default,
        place: Place { section, owner: Some(row.account), name: row.name },
        tags: row.tags,
    }
}
