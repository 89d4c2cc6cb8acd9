//! What operators see of the rows.

use std::time::Duration;

use ssm_core::api;
use ssm_core::command::{CommandPluginStatus, InvocationOutcome, InvocationState, InvocationStatus};
use ssm_core::document::StepStatus;
use ssm_core::ids::InstanceId;
use ssm_core::record::{Command, Invocation, StepPlan, StepRow};

use super::outputs::S3Output;

/// Status, details, and code of one step of an invocation.
pub(super) struct StepView {
    pub(super) status: InvocationStatus,
    pub(super) details: &'static str,
    pub(super) code: i32,
}

/// What is shown of a step. A result tells its own status, unless it came after the service had ended the invocation; without
/// one the step stands where the invocation stands.
pub(super) fn step(state: InvocationState, row: Option<&StepRow>) -> StepView {
    // An exit code is known when the step has ended, and counts when the service had not ended it before.
    let code = if state == InvocationState::Ended(InvocationOutcome::Success) { 0 } else { -1 };
    match row {
        // A step that was under way when the invocation ended is over with it.
        Some(row) if !row.late && (row.result.status.is_terminal() || !state.is_terminal()) => {
            let (status, details) = step_words(row.result.status);
            let code = if row.result.status.is_terminal() { row.result.code } else { -1 };
            StepView { status, details, code }
        }
        // A step knows no Cancelling: it still runs.
        _ if state == InvocationState::Cancelling => {
            StepView { status: InvocationStatus::InProgress, details: InvocationStatus::InProgress.as_str(), code }
        }
        _ => StepView { status: state.status(), details: state.details(), code },
    }
}

/// A skipped step shows as Success. Source: agent protocol 5.3; the public form is our choice.
fn step_words(status: StepStatus) -> (InvocationStatus, &'static str) {
    match status {
        StepStatus::Success | StepStatus::Skipped | StepStatus::TestPass => (InvocationStatus::Success, "Success"),
        StepStatus::Failed | StepStatus::TestFailure => (InvocationStatus::Failed, "Failed"),
        StepStatus::Cancelled => (InvocationStatus::Cancelled, "Cancelled"),
        StepStatus::TimedOut => (InvocationStatus::TimedOut, "ExecutionTimedOut"),
        StepStatus::NotStarted => (InvocationStatus::Pending, "Pending"),
        StepStatus::InProgress | StepStatus::SuccessAndReboot | StepStatus::PassedAndReboot => {
            (InvocationStatus::InProgress, "InProgress")
        }
    }
}

fn plugin_status(status: InvocationStatus) -> CommandPluginStatus {
    match status {
        InvocationStatus::Pending | InvocationStatus::Delayed => CommandPluginStatus::Pending,
        InvocationStatus::InProgress | InvocationStatus::Cancelling => CommandPluginStatus::InProgress,
        InvocationStatus::Success => CommandPluginStatus::Success,
        InvocationStatus::Cancelled => CommandPluginStatus::Cancelled,
        InvocationStatus::TimedOut => CommandPluginStatus::TimedOut,
        InvocationStatus::Failed => CommandPluginStatus::Failed,
    }
}

/// Whether the command has a single step whose whole output is kept: its invocations are listed with the places.
pub(super) fn has_one_output(command: &Command) -> bool {
    command.steps.len() == 1 && !command.options.s3_bucket.is_empty()
}

/// An invocation as it is listed, with its steps when details were asked for.
pub(super) fn invocation(
    command: &Command,
    invocation: &Invocation,
    steps: &[StepRow],
    details: bool,
    region: &str,
) -> api::CommandInvocation {
    let state = invocation.visible_state(command.cancel_requested_at.is_some());
    let row = |plan: &StepPlan| steps.iter().find(|row| row.name == plan.name);
    // Of several steps those show that have reported; a single one at once, and all of them in the end.
    let shown = |plan: &&StepPlan| {
        row(plan).is_some() || state.is_terminal() || (command.steps.len() == 1 && !state.is_unsent())
    };
    let instance = &invocation.key.instance;
    let mut plugins = Vec::new();
    if details {
        plugins.extend(
            command.steps.iter().filter(shown).map(|plan| plugin(command, instance, state, plan, row(plan), region)),
        );
    }
    let mut answer = api::CommandInvocation::new(command, invocation, state, plugins);
    if let [only] = &*command.steps
        && let Some(output) = S3Output::of(command, instance, only, row(only))
    {
        (answer.standard_output_url, answer.standard_error_url) = output.urls(region);
    }
    answer
}

fn plugin(
    command: &Command,
    instance: &InstanceId,
    state: InvocationState,
    plan: &StepPlan,
    row: Option<&StepRow>,
    region: &str,
) -> api::CommandPlugin {
    let view = step(state, row);
    let result = row.map(|row| &row.result);
    let mut answer = api::CommandPlugin::new(&plan.name, plugin_status(view.status), view.details, view.code, result);
    region.clone_into(&mut answer.output_s3_region);
    if let Some(output) = S3Output::planned(command, instance, plan) {
        output.bucket.clone_into(&mut answer.output_s3_bucket_name);
        answer.output_s3_key_prefix = output.key_prefix;
    }
    if let Some(output) = S3Output::of(command, instance, plan, row) {
        (answer.standard_output_url, answer.standard_error_url) = output.urls(region);
    }
    answer
}

/// An ISO 8601 duration such as `PT1M30.5S` or `PT0.091S`.
pub(super) fn iso_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let (hours, minutes, seconds, rest) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000);
    let mut text = "PT".to_owned();
    if hours > 0 {
        text += &format!("{hours}H");
    }
    if minutes > 0 {
        text += &format!("{minutes}M");
    }
    if rest > 0 {
        text += format!("{seconds}.{rest:03}").trim_end_matches('0');
        text.push('S');
    } else if seconds > 0 || millis == 0 || text == "PT" {
        text += &format!("{seconds}S");
    }
    text
}

/// Standard error as the API shows it: 8,000 characters with the mark of a cut. Source: API reference,
/// `GetCommandInvocation` `StandardErrorContent`.
pub(super) fn standard_error(text: &str) -> String {
    const MOST: usize = 8000;
    const MARK: &str = "--output truncated--";
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - MARK.len()).collect::<String>() + MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_the_public_service_does() {
        for (millis, text) in [
            (0, "PT0S"),
            (91, "PT0.091S"),
            (500, "PT0.5S"),
            (90_500, "PT1M30.5S"),
            (60_000, "PT1M"),
            (3_600_000, "PT1H"),
            (3_661_001, "PT1H1M1.001S"),
        ] {
            assert_eq!(iso_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn long_standard_error_is_cut_with_a_mark() {
        let text = standard_error(&"\u{e9}".repeat(9000));
        assert_eq!(text.chars().count(), 8000);
        assert!(text.ends_with("--output truncated--"));
        assert_eq!(standard_error("short"), "short");
    }
}
