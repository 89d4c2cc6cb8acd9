//! Sharing documents between accounts.

use ssm_core::api::{
    ApiError, DescribeDocumentPermissionRequest, DescribeDocumentPermissionResponse, ErrorCode,
    ModifyDocumentPermissionRequest, ModifyDocumentPermissionResponse, PermissionChange,
};
use ssm_core::engine::{Condition, Decision, Write};
use ssm_core::ids::DocumentReference;
use ssm_core::ports::{Action, CallerContext, ShareQuery};
use ssm_core::record::{DocumentRow, DocumentShare, Grantee};

use super::super::pages::Listing;
use super::super::{ControlPlane, unavailable};

impl ControlPlane {
    pub(in crate::control_plane) async fn describe_document_permission(
        &self,
        context: &CallerContext,
        request: DescribeDocumentPermissionRequest,
    ) -> Result<DescribeDocumentPermissionResponse, ApiError> {
        let (name, limit) = request.parse()?;
        let account = &context.account;
        self.authorize(context, Action::new("DescribeDocumentPermission").on_document(name.clone())).await?;
        let listing = Listing::of_caller("DescribeDocumentPermission", context, &name);
        let after: Option<Grantee> = listing.cursor(request.next_token.as_deref())?;
        self.own_document(account, &name).await?;
        let query = ShareQuery { after, limit: limit + 1 };
        let mut shares = self.0.store.document_shares(account, &name, &query).await.map_err(unavailable)?;
        let more = shares.len() > limit;
        shares.truncate(limit);
        let token = shares.last().filter(|_| more).map(|share| listing.token(&share.grantee));
        Ok(DescribeDocumentPermissionResponse::of(&shares, token))
    }

    pub(in crate::control_plane) async fn modify_document_permission(
        &self,
        context: &CallerContext,
        request: ModifyDocumentPermissionRequest,
    ) -> Result<ModifyDocumentPermissionResponse, ApiError> {
        let (name, change) = request.parse()?;
        self.authorize(context, Action::new("ModifyDocumentPermission").on_document(name.clone())).await?;
        if change.added.contains(&Grantee::All) && !self.0.settings.public_documents {
            let text = "Documents cannot be shared with all accounts: public sharing is blocked.";
            return Err(limit(text));
        }
        let mut attempts = self.attempts_or_too_many_updates();
        loop {
            let row = self.own_document(&context.account, &name).await?;
            if !change.added.is_empty() {
                self.require_readable_arn(&row)?;
            }
            let decision = self.shared(row, &change).await?;
            if attempts.commit(decision).await? {
                return Ok(ModifyDocumentPermissionResponse {});
            }
        }
    }

    /// Others reach a document by its ARN alone, so one whose ARN no request can have would be shared for nothing. That it is
    /// refused is our choice.
    fn require_readable_arn(&self, row: &DocumentRow) -> Result<(), ApiError> {
        let arn = self.arn_of(row);
        if arn.is_readable() {
            return Ok(());
        }
        let text = format!(
            "Document {} cannot be shared: its ARN {arn} would have {} characters, and a request can name a document with at \
             most {}. Create it again with a shorter name.",
            row.name,
            arn.as_str().len(),
            DocumentReference::MAX_CHARS
        );
        Err(ApiError::new(ErrorCode::InvalidDocumentOperation, text))
    }

    /// The document with its shares changed.
    async fn shared(&self, mut row: DocumentRow, change: &PermissionChange) -> Result<Decision, ApiError> {
        let mut decision = Decision::nothing();
        let store = &self.0.store;
        for grantee in &change.removed {
            let known = store.document_share(&row.account, &row.name, grantee).await.map_err(unavailable)?;
            if known.is_none() {
                continue;
            }
            match grantee {
                Grantee::All => row.public = false,
                Grantee::Account(_) => row.shared_with = row.shared_with.saturating_sub(1),
            }
            let (account, name, grantee) = (row.account.clone(), row.name.clone(), grantee.clone());
            decision.batch.write(Write::RemoveDocumentShare { account, name, grantee });
        }
        for grantee in &change.added {
            let known = store.document_share(&row.account, &row.name, grantee).await.map_err(unavailable)?;
            if known == Some(change.versions) {
                continue;
            }
            match (grantee, known) {
                (Grantee::All, None) => {
                    row.public = true;
                    self.require_public_room(&row, &mut decision).await?;
                }
                (Grantee::Account(_), None) => row.shared_with += 1,
                (_, Some(_)) => {}
            }
            let (account, name, grantee) = (row.account.clone(), row.name.clone(), grantee.clone());
            let share = DocumentShare { account, name, grantee, versions: change.versions };
            decision.batch.write(Write::PutDocumentShare(share));
        }
        if row.public && row.shared_with > 0 {
            return Err(limit("Accounts can either be all or a group of AWS accounts"));
        }
        if row.shared_with > DocumentRow::MAX_SHARED_WITH {
            let text = format!("A document is shared with at most {} accounts.", DocumentRow::MAX_SHARED_WITH);
            return Err(limit(&text));
        }
        if !decision.batch.is_empty() {
            decision.batch.write(Write::PutDocument(Box::new(row)));
        }
        Ok(decision)
    }

    async fn require_public_room(&self, row: &DocumentRow, decision: &mut Decision) -> Result<(), ApiError> {
        let counts = self.0.store.document_counts(&row.account).await.map_err(unavailable)?;
        if counts.public >= DocumentRow::MAX_PUBLIC {
            let text = format!("An account shares at most {} documents with all accounts.", DocumentRow::MAX_PUBLIC);
            return Err(ApiError::new(ErrorCode::DocumentLimitExceeded, text));
        }
        let condition = Condition::FewerPublicDocuments { account: row.account.clone(), than: DocumentRow::MAX_PUBLIC };
        decision.batch.require(condition);
        Ok(())
    }
}

fn limit(text: &str) -> ApiError {
    ApiError::new(ErrorCode::DocumentPermissionLimit, text)
}
