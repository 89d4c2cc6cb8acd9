//! Operations on commands.

use std::collections::BTreeMap;

use ssm_core::api::{
    self, ApiError, CancelCommandRequest, CancelCommandResponse, ErrorCode, GetCommandInvocationRequest,
    GetCommandInvocationResponse, ListCommandInvocationsRequest, ListCommandInvocationsResponse, ListCommandsRequest,
    ListCommandsResponse, SendCommandRequest, SendCommandResponse,
};
use ssm_core::document::StepStatus;
use ssm_core::engine::{self, Admission, NewCommand};
use ssm_core::ids::{AccountId, CommandId, CommandNumber, InstanceId};
use ssm_core::ports::{Action, CallerContext, CommandQuery, InvocationQuery};
use ssm_core::record::{Command, Invocation, InvocationKey, StepPlan, Targeting};

use super::pages::Listing;
use super::{ControlPlane, unavailable, view};

/// Most completions that a read of a command adds to its tally. Beyond them it lags behind its dispatcher.
const UNFOLDED: usize = 1000;

impl ControlPlane {
    pub(super) async fn send_command(
        &self,
        context: &CallerContext,
        request: SendCommandRequest,
    ) -> Result<SendCommandResponse, ApiError> {
        let new = NewCommand::try_from(request)?;
        let (named, targets) = match &new.targeting {
            Targeting::Instances(instances) => (instances.clone(), Vec::new()),
            Targeting::Targets(targets) => (Vec::new(), targets.clone()),
        };
        let action = Action::new("SendCommand")
            .on_document(new.document.clone())
            .on_instances(named.clone())
            .on_targets(targets);
        self.authorize(context, action).await?;
        let mut attempts = self.attempts();
        loop {
            let document = self.resolve_document(&context.account, &new.document, new.document_version).await?;
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
                id: self.0.ids.uuid(),
                random: u64::try_from(random & u128::from(u64::MAX)).unwrap_or_default(),
            };
            let (decision, command) = engine::admit(new.clone(), &admission, self.now())?;
            if attempts.commit(decision).await? {
                tracing::debug!(command = %command.id, request = %context.request, "accepted");
                return Ok(SendCommandResponse { command: api::Command::from(&command) });
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

    async fn find_invocation(
        &self,
        account: &AccountId,
        number: CommandNumber,
        instance: &InstanceId,
    ) -> Result<Option<Invocation>, ApiError> {
        let key = InvocationKey { account: account.clone(), number, instance: instance.clone() };
        self.0.store.invocation(&key).await.map_err(unavailable)
    }

    /// The command with what its dispatcher has not folded yet, so that a reader never waits for it.
    async fn folded(&self, mut command: Command) -> Result<Command, ApiError> {
        if command.ended.is_some() {
            return Ok(command);
        }
        let (account, number) = (command.account.clone(), command.number);
        loop {
            let rows = self.0.store.completions(&account, number, UNFOLDED).await.map_err(unavailable)?;
            // The dispatcher may have folded some of them between the two reads, which would be neither here nor there.
            let again = self.0.store.command_by_number(&account, number).await.map_err(unavailable)?;
            match again {
                Some(again) if again.revision != command.revision && again.ended.is_none() => command = again,
                Some(again) if again.ended.is_some() => return Ok(again),
                _ => {
                    rows.iter().for_each(|row| command.fold(&row.completion));
                    command.ended = command.rolled_up().map(|outcome| (outcome, self.now()));
                    return Ok(command);
                }
            }
        }
    }

    pub(super) async fn list_commands(
        &self,
        context: &CallerContext,
        request: ListCommandsRequest,
    ) -> Result<ListCommandsResponse, ApiError> {
        let (id, instance, limit) = request.parse()?;
        self.authorize(context, Action::new("ListCommands")).await?;
        let listing = Listing::new("ListCommands", &context.account, &(&request.command_id, &request.instance_id));
        let before: Option<CommandNumber> = listing.cursor(request.next_token.as_deref())?;
        let rows = match id {
            Some(id) => self.one_command(&context.account, id, instance.as_ref()).await?,
            None => {
                let query = CommandQuery { instance, before, limit: limit + 1 };
                self.0.store.commands(&context.account, &query).await.map_err(unavailable)?
            }
        };
        let more = rows.len() > limit;
        let mut answer = ListCommandsResponse::default();
        let mut last = None;
        for row in rows.into_iter().take(limit) {
            last = Some(row.number);
            answer.commands.push(api::Command::from(&self.folded(row).await?));
        }
        answer.next_token = last.filter(|_| more).map(|number| listing.token(number));
        Ok(answer)
    }

    /// An unknown id is an empty list, as the public service answers.
    async fn one_command(
        &self,
        account: &AccountId,
        id: CommandId,
        instance: Option<&InstanceId>,
    ) -> Result<Vec<Command>, ApiError> {
        let Some(command) = self.0.store.command(account, id).await.map_err(unavailable)? else {
            return Ok(Vec::new());
        };
        if let Some(instance) = instance
            && self.find_invocation(account, command.number, instance).await?.is_none()
        {
            return Ok(Vec::new());
        }
        Ok(vec![command])
    }

    pub(super) async fn list_command_invocations(
        &self,
        context: &CallerContext,
        request: ListCommandInvocationsRequest,
    ) -> Result<ListCommandInvocationsResponse, ApiError> {
        let (id, instance, limit) = request.parse()?;
        self.authorize(context, Action::new("ListCommandInvocations")).await?;
        let filters = (&request.command_id, &request.instance_id);
        let listing = Listing::new("ListCommandInvocations", &context.account, &filters);
        let after: Option<(CommandNumber, InstanceId)> = listing.cursor(request.next_token.as_deref())?;
        let mut commands: BTreeMap<CommandNumber, Command> = BTreeMap::new();
        let number = match id {
            None => None,
            Some(id) => match self.0.store.command(&context.account, id).await.map_err(unavailable)? {
                None => return Ok(ListCommandInvocationsResponse::default()),
                Some(command) => {
                    let number = command.number;
                    commands.insert(number, command);
                    Some(number)
                }
            },
        };
        let query =
            InvocationQuery { command: number, instance, after, limit: limit + 1, ..InvocationQuery::default() };
        let mut rows = self.0.store.invocations(&context.account, &query).await.map_err(unavailable)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let mut answer = ListCommandInvocationsResponse::default();
        for row in &rows {
            let number = row.key.number;
            if !commands.contains_key(&number) {
                let command = self.0.store.command_by_number(&context.account, number).await.map_err(unavailable)?;
                commands.extend(command.map(|command| (number, command)));
            }
            let Some(command) = commands.get(&number) else { continue };
            let steps =
                if request.details { Some(self.0.store.steps(&row.key).await.map_err(unavailable)?) } else { None };
            answer.command_invocations.push(view::invocation(command, row, steps.as_deref()));
        }
        let last = rows.last().filter(|_| more);
        answer.next_token = last.map(|row| listing.token((row.key.number, &row.key.instance)));
        Ok(answer)
    }

    pub(super) async fn get_command_invocation(
        &self,
        context: &CallerContext,
        request: GetCommandInvocationRequest,
    ) -> Result<GetCommandInvocationResponse, ApiError> {
        let (id, instance) = request.parse()?;
        let action = Action::new("GetCommandInvocation").on_instances(vec![instance.clone()]);
        self.authorize(context, action).await?;
        let missing = || {
            let text = format!("Invocation not found for {id}, {instance}");
            ApiError::new(ErrorCode::InvocationDoesNotExist, text)
        };
        let command = self.0.store.command(&context.account, id).await.map_err(unavailable)?.ok_or_else(missing)?;
        let invocation =
            self.find_invocation(&context.account, command.number, &instance).await?.ok_or_else(missing)?;
        let plan = chosen_step(&command, request.plugin_name.as_deref())?;
        let steps = self.0.store.steps(&invocation.key).await.map_err(unavailable)?;
        let row = steps.iter().find(|row| row.name == plan.name);
        let state = invocation.visible_state(command.cancel_requested_at.is_some());
        let step = view::step(state, row);
        // Of the only step, the invocation's own status is shown, which never goes ahead of the terminal reply.
        let (status, details) = match request.plugin_name {
            None => (state.status(), state.details()),
            Some(_) => (step.status, step.details),
        };
        let mut answer = GetCommandInvocationResponse::new(&command, &invocation.key.instance, &plan.name);
        answer.status = status;
        details.clone_into(&mut answer.status_details);
        answer.response_code = step.code;
        match row.map(|row| &row.result).filter(|result| result.status.is_terminal() || state.is_terminal()) {
            Some(result) => {
                let silent = result.standard_output.is_empty() && result.standard_error.is_empty();
                answer.execution_start_date_time = result.started_at.to_string();
                answer.execution_elapsed_time = view::iso_duration(result.ended_at.since(result.started_at));
                answer.execution_end_date_time = result.ended_at.to_string();
                answer.standard_output_content.clone_from(&result.standard_output);
                answer.standard_error_content = view::standard_error(&result.standard_error);
                if !result.status.is_terminal() {
                    // Under way when the invocation ended: what was written stands before the reason.
                    answer.standard_error_content =
                        view::standard_error(&format!("{}{}", result.standard_error, invocation.trace));
                }
                // What never ran has no streams, only words: they are shown where an operator looks.
                if silent && result.status == StepStatus::Skipped {
                    answer.standard_output_content.clone_from(&result.output);
                } else if silent && result.status == StepStatus::Failed {
                    answer.standard_error_content = view::standard_error(&result.output);
                }
            }
            // Likewise a document that could not run at all.
            None => answer.standard_error_content.clone_from(&invocation.trace),
        }
        Ok(answer)
    }
}

/// The step that is meant: the named one, or the only one. For a document of one step its plugin's name is taken too.
fn chosen_step<'a>(command: &'a Command, name: Option<&str>) -> Result<&'a StepPlan, ApiError> {
    let found = match (name, command.steps.as_slice()) {
        (None, [only]) => Some(only),
        (None, _) => None,
        (Some(name), [only]) if only.plugin.as_str() == name => Some(only),
        (Some(name), steps) => steps.iter().find(|step| step.name.as_str() == name),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = command.steps.iter().take(20).map(|step| step.name.as_str()).collect();
        let text = format!("Give the name of one of the document's steps: {}", names.join(", "));
        ApiError::new(ErrorCode::InvalidPluginName, text)
    })
}
