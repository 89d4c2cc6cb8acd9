//! `GetCommandInvocation`.

use ssm_core::api::{ApiError, ErrorCode, GetCommandInvocationRequest, GetCommandInvocationResponse};
use ssm_core::document::StepStatus;
use ssm_core::ports::{Action, CallerContext};
use ssm_core::record::{Command, StepPlan};

use crate::control_plane::outputs::S3Output;
use crate::control_plane::{ControlPlane, unavailable, view};

impl ControlPlane {
    pub(in crate::control_plane) async fn get_command_invocation(
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
        if let Some(output) = S3Output::of(&command, &instance, plan, row) {
            (answer.standard_output_url, answer.standard_error_url) = output.urls(self.region());
        }
        match row.map(|row| &row.result).filter(|result| result.status.is_terminal() || state.is_terminal()) {
            Some(result) => {
                let silent = result.standard_output.is_empty() && result.standard_error.is_empty();
                answer.execution_start_date_time = Some(result.started_at.to_string());
                answer.execution_elapsed_time = Some(view::iso_duration(result.ended_at.since(result.started_at)));
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
    let found = match (name, &*command.steps) {
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
