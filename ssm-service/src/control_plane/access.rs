//! Who may call what.

use ssm_core::api::{ApiError, ErrorCode};
use ssm_core::ids::InstanceId;
use ssm_core::ports::{Action, CallerContext, Principal};

use super::ControlPlane;

/// Operators only: a node never reaches their operations, whatever the authorizer says.
pub(super) fn require_operator(context: &CallerContext, operation: &str) -> Result<(), ApiError> {
    match context.principal {
        Principal::Operator(_) => Ok(()),
        Principal::Node(_) => Err(denied(context, operation)),
    }
}

fn denied(context: &CallerContext, operation: &str) -> ApiError {
    let text = format!("User: {} is not authorized to perform: ssm:{operation}", context.principal);
    ApiError::new(ErrorCode::AccessDeniedException, text)
}

impl ControlPlane {
    /// Asks the authorizer.
    pub(super) async fn authorize(&self, context: &CallerContext, action: Action) -> Result<(), ApiError> {
        self.0.authorizer.authorize(context, &action).await.map_err(|reason| {
            tracing::info!(principal = %context.principal, operation = action.operation, %reason, "denied");
            denied(context, action.operation)
        })
    }

    /// The node itself only: its own mailbox and information, and the authorizer must agree.
    pub(super) async fn authorize_node(
        &self,
        context: &CallerContext,
        operation: &'static str,
        instance: &InstanceId,
    ) -> Result<(), ApiError> {
        match &context.principal {
            Principal::Node(node) if node == instance => {}
            _ => return Err(denied(context, operation)),
        }
        self.authorize(context, Action::new(operation).on_instances(vec![instance.clone()])).await
    }
}
