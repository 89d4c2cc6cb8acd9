//! Operations on documents.
//!
//! A document's row is written by every change of the document, its versions and its shares, so its revision guards all of them:
//! of two changes at once one is decided again. Its incarnation guards a document from changes that were decided about one of the
//! same name that was deleted.

mod change;
mod find;
mod list;
mod read;
mod share;

use std::collections::BTreeMap;

use ssm_core::api::{ApiError, Tag};
use ssm_core::document::{Document, predefined};
use ssm_core::ids::{AccountId, DocumentName};
use ssm_core::record::{DocumentRow, VersionSummary};
use ssm_core::time::Timestamp;
use std::num::NonZeroU32;

use super::{ControlPlane, unavailable};

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
    /// A document of the account, which alone may change it.
    async fn own_document(&self, account: &AccountId, name: &DocumentName) -> Result<DocumentRow, ApiError> {
        let row = self.0.store.document(account, name).await.map_err(unavailable)?;
        row.ok_or_else(|| ApiError::no_document(name))
    }
}

/// Tags as the API shows them.
fn shown(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
