//! Operations on managed instances.

mod groups;

use std::collections::BTreeMap;

use ssm_core::api::{
    AddTagsToResourceRequest, AddTagsToResourceResponse, ApiError, DescribeInstanceInformationRequest,
    DescribeInstanceInformationResponse, ErrorCode, InstanceInformation, UpdateInstanceInformationRequest,
    UpdateInstanceInformationResponse,
};
use ssm_core::engine::{Decision, Write};
use ssm_core::ids::InstanceId;
use ssm_core::ports::{Action, CallerContext, NodeQuery};
use ssm_core::record::{Node, NodeInformation, Revision};

use super::pages::Listing;
use super::{ControlPlane, unavailable};

impl ControlPlane {
    pub(super) async fn update_instance_information(
        &self,
        context: &CallerContext,
        request: UpdateInstanceInformationRequest,
    ) -> Result<UpdateInstanceInformationResponse, ApiError> {
        let instance = request.parse()?;
        self.authorize_node(context, "UpdateInstanceInformation", &instance).await?;
        let mut attempts = self.attempts();
        loop {
            let now = self.now();
            let known = self.0.store.node(&context.account, &instance).await.map_err(unavailable)?;
            let mut node = known.unwrap_or_else(|| Node {
                account: context.account.clone(),
                instance: instance.clone(),
                revision: Revision::NEW,
                registered_at: now,
                pinged_at: now,
                polled_at: None,
                information: NodeInformation::default(),
                tags: BTreeMap::new(),
            });
            node.information = request.onto(&node.information);
            node.pinged_at = now;
            let mut decision = Decision::nothing();
            decision.batch.write(Write::PutNode(Box::new(node)));
            if attempts.commit(decision).await? {
                return Ok(UpdateInstanceInformationResponse {});
            }
        }
    }

    pub(super) async fn describe_instance_information(
        &self,
        context: &CallerContext,
        request: DescribeInstanceInformationRequest,
    ) -> Result<DescribeInstanceInformationResponse, ApiError> {
        let limit = request.parse()?;
        self.authorize(context, Action::new("DescribeInstanceInformation")).await?;
        let listing = Listing::new("DescribeInstanceInformation", &context.account, &());
        let after: Option<InstanceId> = listing.cursor(request.next_token.as_deref())?;
        let query = NodeQuery { after, limit: limit + 1, ..NodeQuery::default() };
        let mut nodes = self.0.store.nodes(&context.account, &query).await.map_err(unavailable)?;
        let more = nodes.len() > limit;
        nodes.truncate(limit);
        let now = self.now();
        Ok(DescribeInstanceInformationResponse {
            next_token: nodes.last().filter(|_| more).map(|node| listing.token(&node.instance)),
            instance_information_list: nodes.iter().map(|node| InstanceInformation::of(node, now)).collect(),
        })
    }

    pub(super) async fn add_tags_to_resource(
        &self,
        context: &CallerContext,
        request: AddTagsToResourceRequest,
    ) -> Result<AddTagsToResourceResponse, ApiError> {
        let instance = request.parse()?;
        self.authorize(context, Action::new("AddTagsToResource").on_instances(vec![instance.clone()])).await?;
        let mut attempts = self.attempts();
        loop {
            let node = self.0.store.node(&context.account, &instance).await.map_err(unavailable)?;
            let Some(mut node) = node else {
                return Err(ApiError::new(ErrorCode::InvalidResourceId, format!("{instance} is not registered.")));
            };
            node.tags.extend(request.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
            if node.tags.len() > Node::MAX_TAGS {
                let text = format!("A resource has at most {} tags.", Node::MAX_TAGS);
                return Err(ApiError::new(ErrorCode::TooManyTagsError, text));
            }
            let mut decision = Decision::nothing();
            decision.batch.write(Write::PutNode(Box::new(node)));
            if attempts.commit(decision).await? {
                return Ok(AddTagsToResourceResponse {});
            }
        }
    }
}
