//! Tests of the machine by topic; here is what they share.

mod any_order;
mod flow;
mod nested;
mod reboot;
mod stop;
mod stored;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::document::PluginOutcome::{Exited, Failed as Broken, Stopped};
use crate::document::StepStatus::{Cancelled, Failed, InProgress, Skipped, Success, SuccessAndReboot, TimedOut};
use crate::document::{CapturedStream, Document, Parameters, Platform, PluginOutcome, StepResult, StepStatus};
use crate::ids::StepName;

const EXIT_NOTE: &str = "\nStep was found to have onFailure property. Further document steps will be skipped.";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn captured(text: &str) -> CapturedStream {
    let mut stream = CapturedStream::new();
    stream.push(text.as_bytes());
    stream
}

fn support(plugin: &PluginName) -> PluginSupport {
    match plugin.as_str() {
        "aws:noSuchPlugin" => PluginSupport::Unknown,
        "aws:psModule" => PluginSupport::OtherPlatform,
        _ => PluginSupport::Supported,
    }
}

fn plan_of(document: &Value) -> LoadedPlan {
    let document = Document::parse_lenient(&document.to_string()).unwrap();
    LoadedPlan::new(document.plan(&Parameters::new(), Platform::Linux).unwrap(), support)
}

fn run_of(document: &Value) -> DocumentRun {
    DocumentRun::new(plan_of(document).plan, support)
}

/// A document of schema 2.2 with shell steps `a`, `b`, ... of these inputs.
fn steps(inputs: &[Value]) -> Value {
    let step = |(index, inputs): (usize, &Value)| {
        let name = char::from_digit(u32::try_from(index).unwrap() + 10, 36).unwrap().to_string();
        json!({"action": "aws:runShellScript", "name": name, "inputs": inputs})
    };
    json!({"schemaVersion": "2.2", "mainSteps": inputs.iter().enumerate().map(step).collect::<Vec<_>>()})
}

fn drain(run: &mut DocumentRun) -> Vec<RunAction> {
    std::iter::from_fn(|| run.poll_action()).collect()
}

/// Drives a run to its end, or to a reboot: each started step answers with the next of `answers`. Gives the reports.
fn drive(run: &mut DocumentRun, answers: &[(PluginOutcome, &str, &str)]) -> Vec<RunReport> {
    drive_nested(run, &BTreeMap::new(), answers)
}

/// The same with nested documents, by the path or name by which they are asked for.
fn drive_nested(
    run: &mut DocumentRun,
    documents: &BTreeMap<&str, Value>,
    answers: &[(PluginOutcome, &str, &str)],
) -> Vec<RunReport> {
    let (mut answers, mut reports) = (answers.iter(), Vec::new());
    run.handle(RunEvent::Start, at(0));
    loop {
        let mut answer = None;
        for action in drain(run) {
            match action {
                RunAction::StartStep(start) => {
                    let next = answers.next().unwrap_or_else(|| panic!("{start:?} is a step more than expected"));
                    let (outcome, out, err) = next.clone();
                    let (stdout, stderr) = (captured(out), captured(err));
                    answer = Some(RunEvent::StepEnded { step: start.step, outcome, stdout, stderr });
                }
                RunAction::LoadDocument(load) => {
                    let path = match &load.location {
                        DocumentLocation::LocalPath(path) => path,
                        DocumentLocation::SsmDocument { name, .. } => name,
                    };
                    let plan = documents.get(path.as_str()).map(plan_of).ok_or(format!("no document {path}"));
                    answer = Some(RunEvent::DocumentLoaded { step: load.step, plan });
                }
                RunAction::Report(report) => reports.push(report),
                RunAction::StopStep { .. } => {}
            }
        }
        let Some(answer) = answer else {
            assert_eq!(answers.next(), None, "a step less than expected was started");
            return reports;
        };
        run.handle(answer, at(1));
    }
}

/// What a report says of its one result: key, status, code, output, both streams.
type Row<'a> = (&'a str, StepStatus, i32, &'a str, &'a str, &'a str);

fn row((name, result): &(StepName, StepResult)) -> Row<'_> {
    let StepResult { status, code, output, standard_output, standard_error, .. } = result;
    (name.as_str(), *status, *code, output, standard_output, standard_error)
}
