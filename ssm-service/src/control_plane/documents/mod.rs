//! Operations on documents.
//!
//! A document's row is written by every change of the document, its versions and its shares, so its revision guards all of them:
//! of two changes at once one is decided again.

mod change;
mod find;
mod list;
mod read;
mod share;

use std::collections::BTreeMap;

use ssm_core::api::{ApiError, ErrorCode, Tag};
use ssm_core::document::{Document, predefined};
use ssm_core::engine::{Decision, Write};
use ssm_core::ids::{AccountId, DocumentName};
use ssm_core::record::{DocumentRow, VersionSummary};
use ssm_core::time::Timestamp;
use std::num::NonZeroU32;

use super::{Attempts, ControlPlane, unavailable};

/// A document that comes with the service.
#[derive(Debug)]
pub(super) struct Predefined {
    document: Document,
    about: VersionSummary,
    sha256: String,
}

/// All documents that come with the service, parsed once.
pub(super) fn predefined_documents() -> BTreeMap<DocumentName, Predefined> {
    let parsed = predefined::all().iter().filter_map(|known| {
        // Tests of ssm-core parse each of them.
        let document = known.parse().ok()?;
        let about = VersionSummary::of(NonZeroU32::MIN, &document, Timestamp::MIN);
        Some((known.name.parse().ok()?, Predefined { sha256: document.sha256(), about, document }))
    });
    parsed.collect()
}

impl ControlPlane {
    /// Attempts of a change that others may be making too.
    fn document_attempts(&self) -> Attempts<'_> {
        let mut attempts = self.attempts();
        attempts.exhausted = ErrorCode::TooManyUpdates;
        attempts
    }

    /// A document of the account, which alone may change it.
    async fn own_document(&self, account: &AccountId, name: &DocumentName) -> Result<DocumentRow, ApiError> {
        let row = self.0.store.document(account, name).await.map_err(unavailable)?;
        row.ok_or_else(|| ApiError::no_document(name))
    }

    /// The tags of an account's document; `None` when it has no such document.
    #[expect(dead_code, reason = "the operations on tags serve managed instances only so far")]
    pub(super) async fn document_tags(
        &self,
        account: &AccountId,
        name: &DocumentName,
    ) -> Result<Option<BTreeMap<String, String>>, ApiError> {
        let row = self.0.store.document(account, name).await.map_err(unavailable)?;
        Ok(row.map(|row| row.tags))
    }

    /// Changes the tags of an account's document. `change` may be called again when somebody else changes the document at the
    /// same time. `false` when the account has no such document.
    #[expect(dead_code, reason = "the operations on tags serve managed instances only so far")]
    pub(super) async fn change_document_tags(
        &self,
        account: &AccountId,
        name: &DocumentName,
        change: impl Fn(&mut BTreeMap<String, String>) -> Result<(), ApiError>,
    ) -> Result<bool, ApiError> {
        let mut attempts = self.document_attempts();
        loop {
            let Some(mut row) = self.0.store.document(account, name).await.map_err(unavailable)? else {
                return Ok(false);
            };
            change(&mut row.tags)?;
            let mut decision = Decision::nothing();
            decision.batch.write(Write::PutDocument(Box::new(row)));
            if attempts.commit(decision).await? {
                return Ok(true);
            }
        }
    }
}

/// Tags as the API shows them.
fn shown(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
