//! Sharing documents between accounts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::name;
use crate::api::{ApiError, ErrorCode};
use crate::ids::DocumentName;
use crate::record::{DocumentShare, Grantee, SharedVersions};

/// Tells with whom a document is shared. Source: API reference, `DescribeDocumentPermission`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DescribeDocumentPermissionRequest {
    /// The name; required.
    pub name: String,
    /// `Share`; required.
    pub permission_type: String,
    /// Most rows, 200 when absent (our choice).
    pub max_results: Option<i64>,
    /// Where the page begins.
    pub next_token: Option<String>,
}

impl DescribeDocumentPermissionRequest {
    /// The first page of those with whom this document is shared.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), permission_type: SHARE.to_owned(), ..Self::default() }
    }

    /// The same with at most so many rows, behind this token.
    #[must_use]
    pub fn page(mut self, most: i64, token: Option<String>) -> Self {
        self.max_results = Some(most);
        self.next_token = token;
        self
    }

    /// Name and page size, read.
    ///
    /// # Errors
    /// `InvalidPermissionType` for another type, `InvalidDocumentOperation` for a document that comes with the service.
    pub fn parse(&self) -> Result<(DocumentName, usize), ApiError> {
        permission_type(&self.permission_type)?;
        let name = name(&self.name)?;
        if name.is_reserved() {
            let text =
                format!("Document {name} is owned by Amazon; only the owner of a document sees its permissions.");
            return Err(ApiError::new(ErrorCode::InvalidDocumentOperation, text));
        }
        let most = self.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(200);
        Ok((name, most.clamp(1, 200)))
    }
}

/// The only type of permission.
const SHARE: &str = "Share";

/// The model has it as an enum, and the operation an error of its own for it; that one is what callers are told.
fn permission_type(word: &str) -> Result<(), ApiError> {
    if word == SHARE {
        return Ok(());
    }
    let text = "The permission type is not supported. The only permission type is Share.";
    Err(ApiError::new(ErrorCode::InvalidPermissionType, text))
}

/// With whom a document is shared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDocumentPermissionResponse {
    /// Account ids, or `all`.
    pub account_ids: Vec<String>,
    /// The same with the versions.
    pub account_sharing_info_list: Vec<AccountSharingInfo>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_token: Option<String>,
}

/// What is shared with one account. Source: API reference, `AccountSharingInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountSharingInfo {
    /// The account, or `all`.
    pub account_id: String,
    /// `$DEFAULT`, `$LATEST` or `$ALL`.
    pub shared_document_version: SharedVersions,
}

impl DescribeDocumentPermissionResponse {
    /// A page of a document's shares.
    #[must_use]
    pub fn of<'a>(shares: impl IntoIterator<Item = &'a DocumentShare>, next_token: Option<String>) -> Self {
        let info = |share: &DocumentShare| AccountSharingInfo {
            account_id: match &share.grantee {
                Grantee::All => "all".to_owned(),
                Grantee::Account(account) => account.to_string(),
            },
            shared_document_version: share.versions,
        };
        let account_sharing_info_list: Vec<_> = shares.into_iter().map(info).collect();
        let account_ids = account_sharing_info_list.iter().map(|info| info.account_id.clone()).collect();
        Self { account_ids, account_sharing_info_list, next_token }
    }
}

/// Shares a document, or stops sharing it. Source: API reference, `ModifyDocumentPermission`.
///
/// A document whose ARN would have more than [`DocumentReference::MAX_CHARS`](crate::ids::DocumentReference::MAX_CHARS)
/// characters cannot be shared: `InvalidDocumentOperation` (our choice), as nobody could name it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ModifyDocumentPermissionRequest {
    /// The name; required.
    pub name: String,
    /// `Share`; required.
    pub permission_type: String,
    /// Account ids, or `all` in any case; at most 20. One that has a share already gets the versions named here.
    pub account_ids_to_add: Vec<String>,
    /// Likewise. An id in both lists ends removed.
    pub account_ids_to_remove: Vec<String>,
    /// `$DEFAULT` (the default), `$LATEST` or `$ALL`.
    pub shared_document_version: Option<String>,
}

impl ModifyDocumentPermissionRequest {
    /// No change of this document's shares yet.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), permission_type: SHARE.to_owned(), ..Self::default() }
    }

    /// The same, shared with these accounts.
    #[must_use]
    pub fn adding<T: ToString>(mut self, accounts: impl IntoIterator<Item = T>) -> Self {
        self.account_ids_to_add.extend(accounts.into_iter().map(|account| account.to_string()));
        self
    }

    /// The same, shared no more with these accounts.
    #[must_use]
    pub fn removing<T: ToString>(mut self, accounts: impl IntoIterator<Item = T>) -> Self {
        self.account_ids_to_remove.extend(accounts.into_iter().map(|account| account.to_string()));
        self
    }

    /// The same for these versions.
    #[must_use]
    pub fn of_versions(mut self, versions: SharedVersions) -> Self {
        self.shared_document_version = Some(versions.as_str().to_owned());
        self
    }

    /// The name and what changes, read; what the table of constraints says is checked already.
    ///
    /// # Errors
    /// `InvalidPermissionType` for another type; `InvalidDocument` for a document that comes with the service.
    pub fn parse(&self) -> Result<(DocumentName, PermissionChange), ApiError> {
        permission_type(&self.permission_type)?;
        let name = name(&self.name)?;
        if name.is_reserved() {
            return Err(ApiError::no_document(&name));
        }
        let removed: BTreeSet<Grantee> = grantees(&self.account_ids_to_remove)?;
        let added = grantees(&self.account_ids_to_add)?.difference(&removed).cloned().collect();
        let versions = self.shared_document_version.as_deref().and_then(SharedVersions::from_word).unwrap_or_default();
        Ok((name, PermissionChange { added, removed, versions }))
    }
}

fn grantees(ids: &[String]) -> Result<BTreeSet<Grantee>, ApiError> {
    let grantee = |id: &String| {
        if id.eq_ignore_ascii_case("all") {
            return Ok(Grantee::All);
        }
        let account = id.parse().map_err(|error: crate::ids::InvalidId| ApiError::validation(error.to_string()))?;
        Ok(Grantee::Account(account))
    };
    ids.iter().map(grantee).collect()
}

/// A change of a document's shares. No grantee is in both sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionChange {
    /// With whom it is shared now.
    pub added: BTreeSet<Grantee>,
    /// With whom no more.
    pub removed: BTreeSet<Grantee>,
    /// Which versions are shared with those added.
    pub versions: SharedVersions,
}

/// It is done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyDocumentPermissionResponse {}
