//! Tags of resources.

use std::collections::BTreeMap;

use ssm_core::api::{
    AddTagsToResourceRequest, AddTagsToResourceResponse, ApiError, ErrorCode, ListTagsForResourceRequest,
    ListTagsForResourceResponse, RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse, TaggedResource,
};
use ssm_core::engine::{Decision, Write};
use ssm_core::ports::{Action, CallerContext};
use ssm_core::record::{DocumentRow, Node};

use super::super::{ControlPlane, unavailable};

type Tags = BTreeMap<String, String>;

/// A resource's row, as far as its tags go.
enum Tagged {
    Node(Box<Node>),
    Document(Box<DocumentRow>),
}

impl Tagged {
    fn tags(&self) -> &Tags {
        match self {
            Self::Node(node) => &node.tags,
            Self::Document(document) => &document.tags,
        }
    }

    /// What writes the resource with these tags.
    fn with(self, tags: Tags) -> Write {
        match self {
            Self::Node(node) => Write::PutNode(Box::new(Node { tags, ..*node })),
            Self::Document(document) => Write::PutDocument(Box::new(DocumentRow { tags, ..*document })),
        }
    }
}

impl ControlPlane {
    pub(in super::super) async fn add_tags_to_resource(
        &self,
        context: &CallerContext,
        request: AddTagsToResourceRequest,
    ) -> Result<AddTagsToResourceResponse, ApiError> {
        let (resource, added) = request.parse()?;
        self.authorize(context, on(&resource, "AddTagsToResource")).await?;
        self.change_tags(context, &resource, |tags| tags.extend(added.clone())).await?;
        Ok(AddTagsToResourceResponse {})
    }

    pub(in super::super) async fn remove_tags_from_resource(
        &self,
        context: &CallerContext,
        request: RemoveTagsFromResourceRequest,
    ) -> Result<RemoveTagsFromResourceResponse, ApiError> {
        let (resource, keys) = request.parse()?;
        self.authorize(context, on(&resource, "RemoveTagsFromResource")).await?;
        self.change_tags(context, &resource, |tags| {
            for key in keys {
                tags.remove(key);
            }
        })
        .await?;
        Ok(RemoveTagsFromResourceResponse {})
    }

    pub(in super::super) async fn list_tags_for_resource(
        &self,
        context: &CallerContext,
        request: ListTagsForResourceRequest,
    ) -> Result<ListTagsForResourceResponse, ApiError> {
        let resource = request.parse()?;
        self.authorize(context, on(&resource, "ListTagsForResource")).await?;
        Ok(ListTagsForResourceResponse::from(self.tagged(context, &resource).await?.tags()))
    }

    async fn change_tags(
        &self,
        context: &CallerContext,
        resource: &TaggedResource,
        change: impl Fn(&mut Tags) + Send + Sync,
    ) -> Result<(), ApiError> {
        let mut attempts = self.attempts_or_too_many_updates();
        loop {
            let tagged = self.tagged(context, resource).await?;
            let mut tags = tagged.tags().clone();
            change(&mut tags);
            if tags.len() > Node::MAX_TAGS {
                let text = format!("A resource has at most {} tags.", Node::MAX_TAGS);
                return Err(ApiError::new(ErrorCode::TooManyTagsError, text));
            }
            let mut decision = Decision::nothing();
            if tags != *tagged.tags() {
                decision.batch.write(tagged.with(tags));
            }
            if attempts.commit(decision).await? {
                return Ok(());
            }
        }
    }

    async fn tagged(&self, context: &CallerContext, resource: &TaggedResource) -> Result<Tagged, ApiError> {
        match resource {
            TaggedResource::Instance(instance) => {
                let node = self.0.store.node(&context.account, instance).await.map_err(unavailable)?;
                node.map(|node| Tagged::Node(Box::new(node))).ok_or_else(|| {
                    ApiError::new(ErrorCode::InvalidResourceId, format!("{instance} is not registered."))
                })
            }
            TaggedResource::Document(name) => {
                let document = self.0.store.document(&context.account, name).await.map_err(unavailable)?;
                document.map(|document| Tagged::Document(Box::new(document))).ok_or_else(|| {
                    let text = format!("Document {name} does not exist in your account.");
                    ApiError::new(ErrorCode::InvalidResourceId, text)
                })
            }
            _ => Err(ApiError::new(ErrorCode::InvalidResourceType, "Resources of this type have no tags here.")),
        }
    }
}

fn on(resource: &TaggedResource, operation: &'static str) -> Action {
    let action = Action::new(operation);
    match resource {
        TaggedResource::Instance(instance) => action.on_instances(vec![instance.clone()]),
        TaggedResource::Document(name) => action.on_document(name.clone()),
        _ => action,
    }
}
