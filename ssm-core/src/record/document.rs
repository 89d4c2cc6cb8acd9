//! The rows of a document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Revision;
use crate::document::{Document, Format, Platform, SchemaVersion};
use crate::ids::{AccountId, DocumentName, VersionName};
use crate::time::Timestamp;

/// A document of an account, apart from its contents. Every change of the document, its versions and its shares writes this row
/// too, so that its revision and its incarnation guard them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRow {
    /// The owner.
    pub account: AccountId,
    /// The name.
    pub name: DocumentName,
    /// Which document of this name it is: random, given at creation, never changed. A document that was deleted and created
    /// again has another one, though its revisions begin anew; so nobody who read the old document changes the new one.
    pub incarnation: Uuid,
    /// How often this row was written in this incarnation.
    pub revision: Revision,
    /// The version that `$DEFAULT` means.
    pub default: VersionSummary,
    /// The version that `$LATEST` means: the highest that is there.
    pub latest: VersionSummary,
    /// The highest number that any version ever had. No number is given twice.
    pub last_number: NonZeroU32,
    /// How many versions there are.
    pub versions: u32,
    /// With how many accounts it is shared by name.
    pub shared_with: u32,
    /// Whether it is shared with all accounts.
    pub public: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl DocumentRow {
    /// Most documents of an account. Source: API reference, `DocumentLimitExceeded`.
    pub const MAX_DOCUMENTS: u32 = 500;
    /// Most versions of a document. Source: API reference, `DocumentVersionLimitExceeded`.
    pub const MAX_VERSIONS: u32 = 1000;
    /// Most accounts with which a document is shared by name. Source: general reference, quotas.
    pub const MAX_SHARED_WITH: u32 = 1000;
    /// Most documents of an account that are shared with all. Source: API reference, `DocumentPermissionLimit`.
    pub const MAX_PUBLIC: u32 = 5;
    /// Most tags. Source: API reference, `TooManyTagsError`.
    pub const MAX_TAGS: usize = 50;

    /// A document with its first version. The incarnation must be one that no other document ever had.
    #[must_use]
    pub fn new(
        account: AccountId,
        name: DocumentName,
        incarnation: Uuid,
        first: VersionSummary,
        tags: BTreeMap<String, String>,
    ) -> Self {
        Self {
            account,
            name,
            incarnation,
            revision: Revision::NEW,
            last_number: first.number,
            default: first.clone(),
            latest: first,
            versions: 1,
            shared_with: 0,
            public: false,
            tags,
        }
    }

    /// Whether anybody but the owner may read it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.public || self.shared_with > 0
    }
}

/// A version of a document, apart from its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSummary {
    /// Its number.
    pub number: NonZeroU32,
    /// What its author calls it.
    pub name: Option<VersionName>,
    /// What the document is called in this version, for people.
    pub display_name: Option<String>,
    /// What kind of resource it is for.
    pub target_type: Option<String>,
    /// The format of the content.
    pub format: Format,
    /// The schema of the content.
    pub schema: SchemaVersion,
    /// Where it can run.
    pub platforms: BTreeSet<Platform>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl VersionSummary {
    /// A version of this number with this content, without names.
    #[must_use]
    pub fn of(number: NonZeroU32, document: &Document, created_at: Timestamp) -> Self {
        Self {
            number,
            name: None,
            display_name: None,
            target_type: None,
            format: document.format(),
            schema: document.schema(),
            platforms: document.platforms(),
            created_at,
        }
    }
}

/// One version of a document. Never changes once written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentVersionRow {
    /// The owner.
    pub account: AccountId,
    /// The document.
    pub name: DocumentName,
    /// All but the content.
    pub about: VersionSummary,
    /// The content, verbatim.
    pub content: Arc<str>,
    /// SHA-256 of the content, lower-case hexadecimal.
    pub sha256: String,
}

/// The content is not shown: it is its author's, and may hold secrets.
impl fmt::Debug for DocumentVersionRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("DocumentVersionRow");
        shown.field("account", &self.account).field("name", &self.name).field("about", &self.about);
        shown.field("content_bytes", &self.content.len()).field("sha256", &self.sha256).finish()
    }
}

/// With whom a document is shared. All accounts come before any one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Grantee {
    /// Every account.
    All,
    /// This account.
    Account(AccountId),
}

/// Which versions of a document are shared. Source: API reference, `SharedDocumentVersion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SharedVersions {
    /// The default version, whichever it is at the time.
    #[default]
    #[serde(rename = "$DEFAULT")]
    Default,
    /// The latest version, whichever it is at the time.
    #[serde(rename = "$LATEST")]
    Latest,
    /// Every version.
    #[serde(rename = "$ALL")]
    All,
}

impl SharedVersions {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "$DEFAULT",
            Self::Latest => "$LATEST",
            Self::All => "$ALL",
        }
    }

    /// What the word means; `None` for another one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Default, Self::Latest, Self::All].into_iter().find(|versions| versions.as_str() == word)
    }

    /// Whether this version of the document is among them.
    #[must_use]
    pub fn permit(self, document: &DocumentRow, number: NonZeroU32) -> bool {
        match self {
            Self::Default => number == document.default.number,
            Self::Latest => number == document.latest.number,
            Self::All => true,
        }
    }

    /// The version of the document that stands for it in a listing.
    #[must_use]
    pub fn shown(self, document: &DocumentRow) -> &VersionSummary {
        match self {
            Self::Default | Self::All => &document.default,
            Self::Latest => &document.latest,
        }
    }
}

/// That a document is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentShare {
    /// The owner.
    pub account: AccountId,
    /// The document.
    pub name: DocumentName,
    /// With whom.
    pub grantee: Grantee,
    /// Which of its versions.
    pub versions: SharedVersions,
}
