//! Operations on commands: sending and cancelling here, reading in a file an operation.

mod invocation;
mod invocations;
mod list;
mod scan;

use ssm_core::api::{
    self, ApiError, CancelCommandRequest, CancelCommandResponse, ErrorCode, SendCommandRequest, SendCommandResponse,
};
use ssm_core::engine::{self, Admission, NewCommand};
use ssm_core::ids::{AccountId, CommandNumber, InstanceId};
use ssm_core::ports::{Action, CallerContext};
use ssm_core::record::{Invocation, InvocationKey, Targeting};

use super::{ControlPlane, unavailable};

impl ControlPlane {
    pub(super) async fn send_command(
        &self,
        context: &CallerContext,
        request: SendCommandRequest,
    ) -> Result<SendCommandResponse, ApiError> {
        let mut new = NewCommand::try_from(request)?;
        let (named, targets) = match &new.targeting {
            Targeting::Instances(instances) => (instances.clone(), Vec::new()),
            Targeting::Targets(targets) => (Vec::new(), targets.clone()),
        };
        let action = Action::new("SendCommand")
            .on_document(self.document_of(&context.account, &new.document)?)
            .on_instances(named.clone())
            .on_targets(targets);
        self.authorize(context, action).await?;
        let mut attempts = self.attempts();
        loop {
            let document = self.resolve_document(&context.account, &new.document, &new.document_version.into()).await?;
            new = self.resolve_groups(&context.account, new)?;
            let mut nodes = Vec::with_capacity(named.len());
            for instance in &named {
                nodes.push(self.0.store.node(&context.account, instance).await.map_err(unavailable)?);
            }
            let random = self.0.ids.uuid().as_u128();
            let admission = Admission {
                account: &context.account,
                sender: &context.principal,
                request: context.request,
                document: &document.parsed,
                version: document.version,
                sha256: &document.sha256,
                nodes: &nodes,
                default_delivery_timeout: self.0.settings.default_delivery_timeout,
                id: self.0.ids.uuid(),
                random: u64::try_from(random & u128::from(u64::MAX)).unwrap_or_default(),
            };
            let (decision, command) = engine::admit(new.clone(), &admission, self.now())?;
            if attempts.commit(decision).await? {
                tracing::debug!(command = %command.id, request = %context.request, "accepted");
                return Ok(SendCommandResponse { command: api::Command::new(&command, self.region()) });
            }
        }
    }

    pub(super) async fn cancel_command(
        &self,
        context: &CallerContext,
        request: CancelCommandRequest,
    ) -> Result<CancelCommandResponse, ApiError> {
        let (id, instances) = request.parse()?;
        self.authorize(context, Action::new("CancelCommand").on_instances(instances.clone())).await?;
        let mut attempts = self.attempts();
        loop {
            let command = self.0.store.command(&context.account, id).await.map_err(unavailable)?;
            let Some(command) = command else {
                return Err(ApiError::new(ErrorCode::InvalidCommandId, format!("Command id {id} does not exist.")));
            };
            let decision = if instances.is_empty() {
                engine::cancel_command(&command, self.now())
            } else {
                let mut named = Vec::with_capacity(instances.len());
                for instance in &instances {
                    let invocation = self.find_invocation(&context.account, command.number, instance).await?;
                    named.push((instance.clone(), invocation));
                }
                engine::cancel_invocations(named, &mut || self.0.ids.uuid(), self.now())?
            };
            if attempts.commit(decision).await? {
                return Ok(CancelCommandResponse {});
            }
        }
    }

    fn region(&self) -> &str {
        &self.0.settings.hand_out.region
    }

    async fn find_invocation(
        &self,
        account: &AccountId,
        number: CommandNumber,
        instance: &InstanceId,
    ) -> Result<Option<Invocation>, ApiError> {
        let key = InvocationKey { account: account.clone(), number, instance: instance.clone() };
        self.0.store.invocation(&key).await.map_err(unavailable)
    }
}
