//! Operations on documents.

use std::num::NonZeroU32;

use ssm_core::api::{
    ApiError, CreateDocumentRequest, CreateDocumentResponse, DocumentDescription, ErrorCode, GetDocumentRequest,
    GetDocumentResponse,
};
use ssm_core::document::{Document, DocumentErrorKind};
use ssm_core::engine::{Decision, Write};
use ssm_core::ids::{AccountId, DocumentName, DocumentVersion};
use ssm_core::ports::{Action, CallerContext};
use ssm_core::record::{DocumentRow, DocumentVersionRow, Revision};
use ssm_core::time::Timestamp;

use super::{ControlPlane, unavailable};

/// A document that a request's name and version stand for.
pub(super) struct ResolvedDocument {
    pub(super) parsed: Document,
    pub(super) version: NonZeroU32,
    pub(super) sha256: String,
    pub(super) created_at: Timestamp,
}

impl ControlPlane {
    /// Finds a document: one that comes with the service, or the account's own.
    ///
    /// # Errors
    /// `InvalidDocument` for an unknown name, `InvalidDocumentVersion` for an unknown version.
    pub(super) async fn resolve_document(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: DocumentVersion,
    ) -> Result<ResolvedDocument, ApiError> {
        let no_version = || {
            let text = format!("Document with name {name} with version {version} does not exist.");
            ApiError::new(ErrorCode::InvalidDocumentVersion, text)
        };
        if let Some(parsed) = self.0.predefined.get(name) {
            return match version {
                DocumentVersion::Number(number) if number != NonZeroU32::MIN => Err(no_version()),
                _ => Ok(ResolvedDocument {
                    sha256: parsed.sha256(),
                    parsed: parsed.clone(),
                    version: NonZeroU32::MIN,
                    created_at: Timestamp::MIN,
                }),
            };
        }
        let row = self.0.store.document(account, name).await.map_err(unavailable)?.ok_or_else(|| {
            ApiError::new(ErrorCode::InvalidDocument, format!("Document with name {name} does not exist."))
        })?;
        let number = match version {
            DocumentVersion::Default => row.default_version,
            DocumentVersion::Latest => row.latest_version,
            DocumentVersion::Number(number) => number,
        };
        let stored = self.0.store.document_version(account, name, number).await.map_err(unavailable)?;
        let stored = stored.ok_or_else(no_version)?;
        let parsed = Document::parse_as(&stored.content, stored.format).map_err(|error| {
            // It was parsed when it was stored, so rules have grown stricter since.
            ApiError::new(ErrorCode::InvalidDocument, error.to_string()).caused_by(error)
        })?;
        Ok(ResolvedDocument { parsed, version: number, sha256: stored.sha256, created_at: stored.created_at })
    }

    pub(super) async fn create_document(
        &self,
        context: &CallerContext,
        request: CreateDocumentRequest,
    ) -> Result<CreateDocumentResponse, ApiError> {
        let (name, format) = request.parse()?;
        self.authorize(context, Action::new("CreateDocument").on_document(name.clone())).await?;
        let document = Document::parse_as(&request.content, format).map_err(|error| {
            let code = match error.kind() {
                DocumentErrorKind::SchemaVersion => ErrorCode::InvalidDocumentSchemaVersion,
                DocumentErrorKind::TooLarge => ErrorCode::MaxDocumentSizeExceeded,
                DocumentErrorKind::Content => ErrorCode::InvalidDocumentContent,
            };
            ApiError::new(code, error.to_string())
        })?;
        if document.schema().has_steps() && request.document_type.is_none() {
            let text = format!("Document type is required for schema version {}", document.schema());
            return Err(ApiError::new(ErrorCode::InvalidDocumentSchemaVersion, text));
        }
        let mut attempts = self.attempts();
        loop {
            if self.0.store.document(&context.account, &name).await.map_err(unavailable)?.is_some() {
                let text = format!("Document with same name {name} already exists");
                return Err(ApiError::new(ErrorCode::DocumentAlreadyExists, text));
            }
            let now = self.now();
            let version = NonZeroU32::MIN;
            let sha256 = document.sha256();
            let mut decision = Decision::nothing();
            decision.batch.write(Write::PutDocument(Box::new(DocumentRow {
                account: context.account.clone(),
                name: name.clone(),
                revision: Revision::NEW,
                default_version: version,
                latest_version: version,
                created_at: now,
            })));
            decision.batch.write(Write::InsertDocumentVersion(Box::new(DocumentVersionRow {
                account: context.account.clone(),
                name: name.clone(),
                version,
                format,
                content: document.text().into(),
                sha256: sha256.clone(),
                created_at: now,
            })));
            if attempts.commit(decision).await? {
                let description =
                    DocumentDescription::first_version(&name, context.account.as_str(), &document, sha256, now);
                return Ok(CreateDocumentResponse { document_description: description });
            }
        }
    }

    pub(super) async fn get_document(
        &self,
        context: &CallerContext,
        request: GetDocumentRequest,
    ) -> Result<GetDocumentResponse, ApiError> {
        let (name, version, format) = request.parse()?;
        self.authorize(context, Action::new("GetDocument").on_document(name.clone())).await?;
        let document = self.resolve_document(&context.account, &name, version).await?;
        Ok(GetDocumentResponse::active(&name, document.version, &document.parsed, format, document.created_at))
    }
}
