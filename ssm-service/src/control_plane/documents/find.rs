//! From a reference to a document that the caller may read, and to one of its versions.

use std::num::NonZeroU32;
use std::sync::Arc;

use ssm_core::api::{ApiError, ErrorCode, WantedVersion};
use ssm_core::document::Document;
use ssm_core::ids::{AccountId, DocumentName, DocumentOwner, DocumentReference, DocumentVersion};
use ssm_core::record::{DocumentRow, Grantee, SharedVersions, VersionSummary};

use super::super::{ControlPlane, unavailable};

/// A document that the caller may read.
pub(super) struct Found {
    pub(super) name: DocumentName,
    pub(super) origin: Origin,
    /// The name as the caller is to see it: of what another account shares, the ARN.
    pub(super) shown_name: String,
    /// The owner as the API shows it.
    pub(super) owner: String,
}

pub(super) enum Origin {
    /// It comes with the service.
    Predefined,
    /// It is the caller's own.
    Own(Box<DocumentRow>),
    /// Another account shares these versions of it.
    Shared(Box<DocumentRow>, SharedVersions),
}

/// One version of a document that the caller may read.
pub(in crate::control_plane) struct ResolvedDocument {
    pub(in crate::control_plane) parsed: Document,
    pub(in crate::control_plane) version: NonZeroU32,
    pub(in crate::control_plane) sha256: String,
    pub(super) about: VersionSummary,
    pub(super) found: Found,
}

impl Found {
    pub(super) fn row(&self) -> Option<&DocumentRow> {
        match &self.origin {
            Origin::Predefined => None,
            Origin::Own(row) | Origin::Shared(row, _) => Some(row),
        }
    }
}

impl ControlPlane {
    /// The reference as rules name the document.
    ///
    /// # Errors
    /// `InvalidDocument` for an ARN of another Region or partition.
    pub(in crate::control_plane) fn document_of(
        &self,
        account: &AccountId,
        reference: &DocumentReference,
    ) -> Result<DocumentReference, ApiError> {
        if reference.is_in(&self.0.settings.hand_out.region) {
            Ok(reference.as_seen_by(account))
        } else {
            Err(ApiError::no_document(reference))
        }
    }

    /// Finds a document and a version of it: one that comes with the service, the account's own, or one that is shared with it.
    ///
    /// # Errors
    /// `InvalidDocument` for what is unknown or not shared, `InvalidDocumentVersion` for a version that is unknown or not shared.
    pub(in crate::control_plane) async fn resolve_document(
        &self,
        account: &AccountId,
        reference: &DocumentReference,
        wanted: &WantedVersion,
    ) -> Result<ResolvedDocument, ApiError> {
        let found = self.find_document(account, reference).await?;
        self.version_of(reference, found, wanted).await
    }

    pub(super) async fn find_document(
        &self,
        account: &AccountId,
        reference: &DocumentReference,
    ) -> Result<Found, ApiError> {
        let unknown = || ApiError::no_document(reference);
        self.document_of(account, reference)?;
        let name = reference.name().clone();
        let owner = match reference.owner(account) {
            DocumentOwner::Amazon if self.0.predefined.contains_key(&name) => {
                let (shown_name, owner) = (name.to_string(), "Amazon".to_owned());
                return Ok(Found { name, origin: Origin::Predefined, shown_name, owner });
            }
            DocumentOwner::Amazon => return Err(unknown()),
            DocumentOwner::Account(owner) => owner,
        };
        let row = self.0.store.document(&owner, &name).await.map_err(unavailable)?.ok_or_else(unknown)?;
        if owner == *account {
            let (shown_name, owner) = (name.to_string(), owner.to_string());
            return Ok(Found { name, origin: Origin::Own(Box::new(row)), shown_name, owner });
        }
        for grantee in [Grantee::Account(account.clone()), Grantee::All] {
            let versions = self.0.store.document_share(&owner, &name, &grantee).await.map_err(unavailable)?;
            if let Some(versions) = versions {
                let shown_name = self.arn_of(&row).to_string();
                let origin = Origin::Shared(Box::new(row), versions);
                return Ok(Found { name, origin, shown_name, owner: owner.to_string() });
            }
        }
        Err(unknown())
    }

    /// The full ARN of a stored document.
    pub(super) fn arn_of(&self, row: &DocumentRow) -> DocumentReference {
        DocumentReference::arn(&self.0.settings.hand_out.region, &row.account, &row.name)
    }

    async fn version_of(
        &self,
        reference: &DocumentReference,
        found: Found,
        wanted: &WantedVersion,
    ) -> Result<ResolvedDocument, ApiError> {
        let unknown = || ApiError::no_document_version(reference, wanted);
        let Some(row) = found.row() else {
            let known = self.0.predefined.get(&found.name).ok_or_else(|| ApiError::no_document(reference))?;
            let first = |version| match version {
                DocumentVersion::Number(number) => number == NonZeroU32::MIN,
                _ => true,
            };
            if wanted.name.is_some() || !wanted.number.is_none_or(first) {
                return Err(unknown());
            }
            return Ok(ResolvedDocument {
                parsed: known.document.clone(),
                version: known.about.number,
                sha256: known.sha256.clone(),
                about: known.about.clone(),
                found,
            });
        };
        let number = self.number_of(row, wanted).await?.ok_or_else(unknown)?;
        if let Origin::Shared(row, versions) = &found.origin
            && !versions.permit(row, number)
        {
            return Err(unknown());
        }
        let stored = self.0.store.document_version(&row.account, &row.name, number).await.map_err(unavailable)?;
        let stored = stored.ok_or_else(unknown)?;
        let parsed = Document::parse_as(&stored.content, stored.about.format).map_err(|error| {
            // It was parsed when it was stored, so rules have grown stricter since. What is wrong is the owner's to know.
            let text = format!("Document {reference} breaks the rules of documents.");
            ApiError::new(ErrorCode::InvalidDocument, text).caused_by(Arc::new(error))
        })?;
        Ok(ResolvedDocument { parsed, version: number, sha256: stored.sha256, about: stored.about, found })
    }

    /// The number that is wanted, if number and name agree; whether there is such a version is not looked at.
    pub(super) async fn number_of(
        &self,
        row: &DocumentRow,
        wanted: &WantedVersion,
    ) -> Result<Option<NonZeroU32>, ApiError> {
        let number = wanted.number.map(|version| match version {
            DocumentVersion::Default => row.default.number,
            DocumentVersion::Latest => row.latest.number,
            DocumentVersion::Number(number) => number,
        });
        let Some(name) = &wanted.name else { return Ok(Some(number.unwrap_or(row.default.number))) };
        let store = &self.0.store;
        let named = store.document_version_named(&row.account, &row.name, name).await.map_err(unavailable)?;
        Ok(named.filter(|named| number.is_none_or(|number| number == *named)))
    }
}
