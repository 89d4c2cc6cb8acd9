//! Describing and reading documents.

use ssm_core::api::{
    ApiError, DescribeDocumentRequest, DescribeDocumentResponse, DocumentDescription, GetDocumentRequest,
    GetDocumentResponse,
};
use ssm_core::ports::{Action, CallerContext};

use super::super::ControlPlane;
use super::find::Origin;
use super::shown;

impl ControlPlane {
    pub(in crate::control_plane) async fn describe_document(
        &self,
        context: &CallerContext,
        request: DescribeDocumentRequest,
    ) -> Result<DescribeDocumentResponse, ApiError> {
        let (reference, version) = request.parse()?;
        let document = self.document_of(&context.account, &reference)?;
        self.authorize(context, Action::new("DescribeDocument").on_document(document)).await?;
        let read = self.resolve_document(&context.account, &reference, &version).await?;
        let found = read.found;
        let mut description =
            DocumentDescription::new(found.shown_name, found.owner, &read.about, &read.parsed, read.sha256);
        match &found.origin {
            Origin::Predefined => {}
            Origin::Own(row) => {
                description = description.of_row(row);
                description.tags = shown(&row.tags);
            }
            Origin::Shared(row, _) => description = description.of_row(row),
        }
        description.category = Some(Vec::new());
        description.category_enum = Some(Vec::new());
        Ok(DescribeDocumentResponse { document: description })
    }

    pub(in crate::control_plane) async fn get_document(
        &self,
        context: &CallerContext,
        request: GetDocumentRequest,
    ) -> Result<GetDocumentResponse, ApiError> {
        let (reference, version, format) = request.parse()?;
        let document = self.document_of(&context.account, &reference)?;
        self.authorize(context, Action::new("GetDocument").on_document(document)).await?;
        let read = self.resolve_document(&context.account, &reference, &version).await?;
        Ok(GetDocumentResponse::active(read.found.shown_name, &read.about, &read.parsed, format))
    }
}
