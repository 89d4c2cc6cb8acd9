//! What agents say of a run.

use ssm_core::command::InvocationOutcome;
use ssm_core::document::StepStatus;
use ssm_core::ids::CommandId;
use ssm_core::message::{AdditionalInfo, Payload, PluginResult, ReplyPayload};
use ssm_core::time::Timestamp;

/// How a run ended, step by step.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) command: CommandId,
    pub(crate) outcome: InvocationOutcome,
    pub(crate) steps: Vec<(String, PluginResult)>,
}

/// The steps of a payload: their keys in results.
pub(crate) fn steps_of(payload: &Payload) -> Vec<String> {
    let two = payload.as_str().contains("mainSteps");
    if two { vec!["first".to_owned(), "second".to_owned()] } else { vec!["aws:runShellScript".to_owned()] }
}

fn status(outcome: InvocationOutcome) -> (StepStatus, i32) {
    match outcome {
        InvocationOutcome::Success => (StepStatus::Success, 0),
        InvocationOutcome::ExecutionTimedOut => (StepStatus::TimedOut, 137),
        InvocationOutcome::Cancelled => (StepStatus::Cancelled, 137),
        _ => (StepStatus::Failed, 7),
    }
}

impl Report {
    /// All steps ended alike.
    pub(crate) fn new(
        command: CommandId,
        names: &[String],
        outcome: InvocationOutcome,
        who: &str,
        now: Timestamp,
    ) -> Self {
        let (status, code) = status(outcome);
        let result = |step: &String| PluginResult {
            status,
            code,
            name: "aws:runShellScript".parse().unwrap(),
            output: String::new(),
            start_date_time: now,
            end_date_time: now,
            output_s3_bucket_name: String::new(),
            output_s3_key_prefix: String::new(),
            step_name: String::new(),
            standard_output: format!("{who} {step} {status:?}"),
            standard_error: String::new(),
        };
        Self { command, outcome, steps: names.iter().map(|step| (step.clone(), result(step))).collect() }
    }

    /// What is said of one step when it ends.
    pub(crate) fn of_step(&self, index: usize) -> Payload {
        payload(StepStatus::InProgress, Some(self.steps[index..=index].to_vec()))
    }

    /// The last word; with results only when there is one step, as the stock agent says it.
    pub(crate) fn last(&self) -> Payload {
        let results = if self.steps.len() == 1 { self.steps.clone() } else { Vec::new() };
        payload(status(self.outcome).0, Some(results))
    }
}

/// Under way, as a document.
pub(crate) fn in_progress() -> Payload {
    payload(StepStatus::InProgress, None)
}

fn payload(status: StepStatus, results: Option<Vec<(String, PluginResult)>>) -> Payload {
    let reply = ReplyPayload {
        additional_info: AdditionalInfo::default(),
        document_status: status,
        document_trace_output: String::new(),
        runtime_status: results.map(|results| results.into_iter().collect()),
    };
    Payload::new(serde_json::to_string(&reply).unwrap())
}
