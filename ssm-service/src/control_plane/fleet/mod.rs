//! Operations on managed instances.

mod groups;
mod listing;
mod tags;

use ssm_core::api::{
    ApiError, GetConnectionStatusRequest, GetConnectionStatusResponse, UpdateInstanceInformationRequest,
    UpdateInstanceInformationResponse,
};
use ssm_core::engine::{Decision, Write};
use ssm_core::ports::{Action, CallerContext};
use ssm_core::record::Node;

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
            let mut node = known.unwrap_or_else(|| Node::registered(context.account.clone(), instance.clone(), now));
            let mut decision = Decision::nothing();
            if node.ping(request.onto(&node.information), now) {
                decision.batch.write(Write::PutNode(Box::new(node)));
            }
            if attempts.commit(decision).await? {
                return Ok(UpdateInstanceInformationResponse {});
            }
        }
    }

    pub(super) async fn get_connection_status(
        &self,
        context: &CallerContext,
        request: GetConnectionStatusRequest,
    ) -> Result<GetConnectionStatusResponse, ApiError> {
        let instance = request.instance();
        let action = Action::new("GetConnectionStatus").on_instances(instance.iter().cloned().collect());
        self.authorize(context, action).await?;
        let node = match &instance {
            Some(instance) => self.0.store.node(&context.account, instance).await.map_err(unavailable)?,
            None => None,
        };
        Ok(GetConnectionStatusResponse::of(request.target, node.as_ref(), self.now()))
    }
}
