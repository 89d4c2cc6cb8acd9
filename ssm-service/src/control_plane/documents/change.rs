//! Creating, updating and deleting documents.

use std::num::NonZeroU32;

use ssm_core::api::{
    ApiError, CreateDocumentRequest, CreateDocumentResponse, DeleteDocumentRequest, DeleteDocumentResponse,
    DocumentDefaultVersionDescription, DocumentDescription, DocumentStatus, ErrorCode, NewVersion,
    UpdateDocumentDefaultVersionRequest, UpdateDocumentDefaultVersionResponse, UpdateDocumentRequest,
    UpdateDocumentResponse, WantedVersion,
};
use ssm_core::document::{Document, DocumentErrorKind};
use ssm_core::engine::{Condition, Decision, NewCommand, Write};
use ssm_core::ids::DocumentName;
use ssm_core::ports::{Action, CallerContext, VersionQuery};
use ssm_core::record::{DocumentRow, DocumentVersionRow, VersionSummary};

use super::super::{ControlPlane, unavailable};
use super::shown;

impl ControlPlane {
    pub(in crate::control_plane) async fn create_document(
        &self,
        context: &CallerContext,
        request: CreateDocumentRequest,
    ) -> Result<CreateDocumentResponse, ApiError> {
        let new = request.parse()?;
        self.authorize(context, Action::new("CreateDocument").on_document(new.name.clone())).await?;
        let document = parsed(&new, &request.content)?;
        if document.schema().has_steps() && request.document_type.is_none() {
            let text = format!("Document type is required for schema version {}", document.schema());
            return Err(ApiError::new(ErrorCode::InvalidDocumentSchemaVersion, text));
        }
        let (account, store) = (&context.account, &self.0.store);
        let mut attempts = self.attempts_or_too_many_updates();
        loop {
            if store.document(account, &new.name).await.map_err(unavailable)?.is_some() {
                let text = format!("Document with same name {} already exists", new.name);
                return Err(ApiError::new(ErrorCode::DocumentAlreadyExists, text));
            }
            if store.document_counts(account).await.map_err(unavailable)?.all >= DocumentRow::MAX_DOCUMENTS {
                let text = format!("An account has at most {} documents.", DocumentRow::MAX_DOCUMENTS);
                return Err(ApiError::new(ErrorCode::DocumentLimitExceeded, text));
            }
            let mut about = VersionSummary::of(NonZeroU32::MIN, &document, self.now());
            about.name = new.version_name.clone();
            about.display_name.clone_from(&request.display_name);
            about.target_type.clone_from(&request.target_type);
            let incarnation = self.0.ids.uuid();
            let row = DocumentRow::new(account.clone(), new.name.clone(), incarnation, about.clone(), new.tags.clone());
            let mut decision = Decision::nothing();
            decision
                .batch
                .require(Condition::FewerDocuments { account: account.clone(), than: DocumentRow::MAX_DOCUMENTS });
            let version = version_row(&row, about, &document);
            let mut description = described(&row, &version, &document);
            decision.batch.write(Write::PutDocument(Box::new(row)));
            decision.batch.write(Write::InsertDocumentVersion(Box::new(version)));
            if attempts.commit(decision).await? {
                description.status = DocumentStatus::Creating;
                return Ok(CreateDocumentResponse { document_description: description });
            }
        }
    }

    pub(in crate::control_plane) async fn update_document(
        &self,
        context: &CallerContext,
        request: UpdateDocumentRequest,
    ) -> Result<UpdateDocumentResponse, ApiError> {
        let (new, replaced) = request.parse()?;
        self.authorize(context, Action::new("UpdateDocument").on_document(new.name.clone())).await?;
        let document = parsed(&new, &request.content)?;
        let mut attempts = self.attempts_or_too_many_updates();
        loop {
            let mut row = self.own_document(&context.account, &new.name).await?;
            same_family(&row, &document)?;
            if replaced.is_some_and(|replaced| replaced != row.latest.number) {
                return Err(UpdateDocumentRequest::not_latest(&new.name));
            }
            let number = row.last_number.checked_add(1).filter(|_| row.versions < DocumentRow::MAX_VERSIONS);
            let number = number.ok_or_else(|| {
                let text = format!("A document has at most {} versions.", DocumentRow::MAX_VERSIONS);
                ApiError::new(ErrorCode::DocumentVersionLimitExceeded, text)
            })?;
            let mut about = VersionSummary::of(number, &document, self.now());
            about.name = new.version_name.clone();
            about.display_name = request.display_name.clone().or_else(|| row.latest.display_name.clone());
            about.target_type = request.target_type.clone().or_else(|| row.latest.target_type.clone());
            self.require_news(&row, &about, &document).await?;
            row.latest = about.clone();
            row.last_number = number;
            row.versions += 1;
            let version = version_row(&row, about, &document);
            let mut description = described(&row, &version, &document);
            let mut decision = Decision::nothing();
            decision.batch.write(Write::PutDocument(Box::new(row)));
            decision.batch.write(Write::InsertDocumentVersion(Box::new(version)));
            if attempts.commit(decision).await? {
                description.status = DocumentStatus::Updating;
                return Ok(UpdateDocumentResponse { document_description: description });
            }
        }
    }

    /// A new version says something else than the latest one, and has a name of its own. A new name alone is no news (our
    /// choice).
    async fn require_news(&self, row: &DocumentRow, new: &VersionSummary, document: &Document) -> Result<(), ApiError> {
        let store = &self.0.store;
        let latest = store.document_version(&row.account, &row.name, row.latest.number).await.map_err(unavailable)?;
        let same = |latest: &DocumentVersionRow| {
            let metadata =
                |about: &VersionSummary| (about.format, about.display_name.clone(), about.target_type.clone());
            *latest.content == *document.text() && metadata(&latest.about) == metadata(new)
        };
        if latest.is_some_and(|latest| same(&latest)) {
            let text = format!(
                "Document to be updated with name {} has the same metadata and content as document version provided in \
                 request",
                row.name
            );
            return Err(ApiError::new(ErrorCode::DuplicateDocumentContent, text));
        }
        if let Some(name) = &new.name
            && store.document_version_named(&row.account, &row.name, name).await.map_err(unavailable)?.is_some()
        {
            let text =
                format!("Document version name {name} has already been used for another version of this document");
            return Err(ApiError::new(ErrorCode::DuplicateDocumentVersionName, text));
        }
        Ok(())
    }

    pub(in crate::control_plane) async fn update_document_default_version(
        &self,
        context: &CallerContext,
        request: UpdateDocumentDefaultVersionRequest,
    ) -> Result<UpdateDocumentDefaultVersionResponse, ApiError> {
        let (name, number) = request.parse()?;
        self.authorize(context, Action::new("UpdateDocumentDefaultVersion").on_document(name.clone())).await?;
        let mut attempts = self.attempts_or_too_many_updates();
        loop {
            let mut row = self.own_document(&context.account, &name).await?;
            if !row.default.schema.has_steps() {
                return Err(only_one_version(&row));
            }
            let version = self.0.store.document_version(&context.account, &name, number).await.map_err(unavailable)?;
            row.default = version.ok_or_else(|| ApiError::no_document_version(&name, &number))?.about;
            let description = DocumentDefaultVersionDescription::of(&row);
            let mut decision = Decision::nothing();
            decision.batch.write(Write::PutDocument(Box::new(row)));
            if attempts.commit(decision).await? {
                return Ok(UpdateDocumentDefaultVersionResponse { description });
            }
        }
    }

    pub(in crate::control_plane) async fn delete_document(
        &self,
        context: &CallerContext,
        request: DeleteDocumentRequest,
    ) -> Result<DeleteDocumentResponse, ApiError> {
        let (name, wanted) = request.parse()?;
        self.authorize(context, Action::new("DeleteDocument").on_document(name.clone())).await?;
        let mut attempts = self.attempts_or_too_many_updates();
        loop {
            let row = self.0.store.document(&context.account, &name).await.map_err(unavailable)?;
            let row = row.ok_or_else(|| {
                ApiError::new(ErrorCode::InvalidDocument, format!("Document {name} does not exist in your account"))
            })?;
            let decision = match &wanted {
                Some(wanted) => self.without_version(row, wanted).await?,
                None => without_document(row)?,
            };
            if attempts.commit(decision).await? {
                return Ok(DeleteDocumentResponse {});
            }
        }
    }

    async fn without_version(&self, mut row: DocumentRow, wanted: &WantedVersion) -> Result<Decision, ApiError> {
        // The operation has no error for an unknown version but this one.
        let unknown = || {
            let text = ApiError::no_document_version(&row.name, wanted).message().to_owned();
            ApiError::new(ErrorCode::InvalidDocument, text)
        };
        let number = self.number_of(&row, wanted).await?.ok_or_else(unknown)?;
        let store = &self.0.store;
        if number == row.default.number {
            let text = "Default version of the document can't be deleted.";
            return Err(ApiError::new(ErrorCode::InvalidDocumentOperation, text));
        }
        store.document_version(&row.account, &row.name, number).await.map_err(unavailable)?.ok_or_else(unknown)?;
        if number == row.latest.number {
            // There is one below it: the default version is another, and not above it.
            let query = VersionQuery { before: Some(number), limit: 1 };
            let below = store.document_versions(&row.account, &row.name, &query).await.map_err(unavailable)?;
            row.latest = below.into_iter().next().unwrap_or_else(|| row.default.clone());
        }
        row.versions = row.versions.saturating_sub(1);
        let mut decision = Decision::nothing();
        let (account, name) = (row.account.clone(), row.name.clone());
        decision.batch.write(Write::PutDocument(Box::new(row)));
        decision.batch.write(Write::RemoveDocumentVersion { account, name, number });
        Ok(decision)
    }
}

fn without_document(row: DocumentRow) -> Result<Decision, ApiError> {
    if row.is_shared() {
        let text = format!("Document {} is shared. Stop sharing it before it is deleted.", row.name);
        return Err(ApiError::new(ErrorCode::InvalidDocumentOperation, text));
    }
    let mut decision = Decision::nothing();
    let DocumentRow { account, name, incarnation, revision, .. } = row;
    decision.batch.write(Write::RemoveDocument { account, name, incarnation, revision });
    Ok(decision)
}

/// Reads a content, which must be one that can be sent.
fn parsed(new: &NewVersion, content: &str) -> Result<Document, ApiError> {
    let document = Document::parse_as(content, new.format).map_err(|error| {
        let code = match error.kind() {
            DocumentErrorKind::SchemaVersion => ErrorCode::InvalidDocumentSchemaVersion,
            DocumentErrorKind::TooLarge => ErrorCode::MaxDocumentSizeExceeded,
            DocumentErrorKind::Content => ErrorCode::InvalidDocumentContent,
        };
        ApiError::new(code, error.to_string())
    })?;
    let bytes = NewCommand::least_payload_bytes(&new.name, &document);
    if bytes > NewCommand::MAX_PAYLOAD_BYTES {
        let text = format!(
            "Document {} could never be sent: as JSON it takes {bytes} bytes of a message, which has at most {}.",
            new.name,
            NewCommand::MAX_PAYLOAD_BYTES
        );
        return Err(ApiError::new(ErrorCode::MaxDocumentSizeExceeded, text));
    }
    Ok(document)
}

/// Documents of schema 1.x have one version, and none becomes one of them.
fn same_family(row: &DocumentRow, document: &Document) -> Result<(), ApiError> {
    if !row.latest.schema.has_steps() {
        return Err(only_one_version(row));
    }
    if document.schema().has_steps() {
        return Ok(());
    }
    let (from, to) = (row.latest.schema, document.schema());
    let text = format!("Document {} of schema version {from} cannot be updated to schema version {to}.", row.name);
    Err(ApiError::new(ErrorCode::InvalidDocumentSchemaVersion, text))
}

fn only_one_version(row: &DocumentRow) -> ApiError {
    let text = format!("Document {} of schema version {} has only one version.", row.name, row.latest.schema);
    ApiError::new(ErrorCode::InvalidDocumentSchemaVersion, text)
}

fn version_row(row: &DocumentRow, about: VersionSummary, document: &Document) -> DocumentVersionRow {
    DocumentVersionRow {
        account: row.account.clone(),
        name: row.name.clone(),
        about,
        content: document.text().into(),
        sha256: document.sha256(),
    }
}

fn described(row: &DocumentRow, version: &DocumentVersionRow, document: &Document) -> DocumentDescription {
    let (name, owner): (&DocumentName, _) = (&row.name, row.account.to_string());
    let description =
        DocumentDescription::new(name.to_string(), owner, &version.about, document, version.sha256.clone());
    let mut description = description.of_row(row);
    description.tags = shown(&row.tags);
    description
}
