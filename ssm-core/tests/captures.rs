//! Documents as a stock agent ran them: the same document and parameters through reading, checking, planning and
//! running, with what its plugins said, end in the same replies.
//!
//! The fixtures are the facts of recorded commands to amazon-ssm-agent 3.3: document, parameters, what the plugins did,
//! and the replies in their order. Left out are the first reply (`InProgress`, before anything was read), which an
//! agent makes by itself, the times, and what names the agent.
//!
//! Where we differ on purpose:
//! - A cut falls where a character ends, and what the run itself appends (an exit status, a note) stands behind the
//!   mark of the cut; the stock agent cuts bytes, and cuts those texts too. No capture shows it: all are ASCII and none
//!   of the long ones failed.
//! - Capture 27: the reason names the parameter and its pattern, cut at 64 characters, never the value, which may be a
//!   secret.
//! - Capture 19: the reason is the one of our JSON reader.
//!
//! Of capture 13 only the last reply was recorded.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Deserialize;
use serde_json::Value;
use ssm_core::document::{
    CapturedStream, Document, DocumentRun, Format, Parameters, Platform, PluginOutcome, PluginSupport, RunAction,
    RunEvent, RunReport, StepResult, StopReason,
};
use ssm_core::ids::{PluginName, StepName};
use ssm_core::message::{CancelPayload, PluginResult, SendCommandPayload, Topic};
use ssm_core::time::Timestamp;

/// A command that was run to its end.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ran {
    about: String,
    document: Value,
    parameters: Parameters,
    /// One each step that was started.
    answers: Vec<Answer>,
    /// How many replies came before those of the recording.
    #[serde(default)]
    not_recorded: usize,
    replies: Vec<Reply>,
}

/// What a plugin said.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// What happened while it ran.
    event: Option<Happened>,
    outcome: PluginOutcome,
    #[serde(default)]
    stdout: Text,
    #[serde(default)]
    stderr: Text,
}

#[derive(Deserialize, Clone, Copy)]
enum Happened {
    CancelRequested,
    TimeReached,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reply {
    document_status: String,
    runtime_status_counts: Value,
    runtime_status: Vec<StepReply>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StepReply {
    key: String,
    status: String,
    code: i32,
    name: String,
    output: Text,
    standard_output: Text,
    standard_error: Text,
}

/// A text, or pieces of one with how often each is repeated.
#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Repeated(Vec<(String, usize)>),
}

impl Default for Text {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.whole() == other.whole()
    }
}

impl Text {
    fn whole(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Repeated(pieces) => pieces.iter().map(|(piece, times)| piece.repeat(*times)).collect(),
        }
    }

    fn captured(&self) -> CapturedStream {
        let mut stream = CapturedStream::new();
        stream.push(self.whole().as_bytes());
        stream
    }
}

/// The report as a reply carries it.
fn reply(report: RunReport) -> Reply {
    let text = |value: Value| value.as_str().unwrap().to_owned();
    let step = |(key, result): (StepName, StepResult)| {
        let result = PluginResult::from(result);
        StepReply {
            key: key.to_string(),
            status: text(serde_json::to_value(result.status).unwrap()),
            code: result.code,
            name: result.name.to_string(),
            output: Text::Plain(result.output),
            standard_output: Text::Plain(result.standard_output),
            standard_error: Text::Plain(result.standard_error),
        }
    };
    Reply {
        document_status: text(serde_json::to_value(report.document_status).unwrap()),
        runtime_status_counts: serde_json::to_value(&report.counts).unwrap(),
        runtime_status: report.results.into_iter().map(step).collect(),
    }
}

fn known(plugin: &PluginName) -> PluginSupport {
    match plugin.as_str() {
        "aws:runShellScript" | "aws:runPowerShellScript" => PluginSupport::Supported,
        _ => PluginSupport::Unknown,
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Runs a command as an agent on Linux does, and gives what it tells.
fn run(command: &Ran) -> Vec<Reply> {
    let document = Document::parse_lenient_as(&command.document.to_string(), Format::Json).unwrap();
    document.check_as_agent(&command.parameters).unwrap();
    let mut run = DocumentRun::new(document.plan(&command.parameters, Platform::Linux).unwrap(), known);
    let (mut answers, mut told, mut now) = (command.answers.iter(), Vec::new(), at(1000));
    run.handle(RunEvent::Start, now);
    loop {
        let mut started = None;
        while let Some(action) = run.poll_action() {
            match action {
                RunAction::StartStep(start) => started = Some(start.step),
                RunAction::Report(report) => told.push(reply(report)),
                other => panic!("{other:?} was not expected"),
            }
        }
        let Some(step) = started else { break };
        let answer = answers.next().expect("no more steps were started than the stock agent started");
        let due = run.next_deadline().unwrap();
        if let Some(event) = answer.event {
            let (event, reason) = match event {
                Happened::CancelRequested => (RunEvent::CancelRequested, StopReason::Cancelled),
                Happened::TimeReached => (RunEvent::TimeReached, StopReason::TimedOut),
            };
            now = if reason == StopReason::TimedOut { due } else { now };
            run.handle(event, now);
            assert_eq!(run.poll_action(), Some(RunAction::StopStep { step, reason }), "{}", command.about);
        }
        let (outcome, stdout, stderr) = (answer.outcome.clone(), answer.stdout.captured(), answer.stderr.captured());
        run.handle(RunEvent::StepEnded { step, outcome, stdout, stderr }, now);
    }
    assert!(run.is_finished() && answers.next().is_none(), "{}", command.about);
    told
}

#[test]
fn every_recorded_command_ends_in_the_replies_that_the_stock_agent_sent() {
    for (name, text) in RAN {
        let command: Ran = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = run(&command);
        let (unrecorded, told) = told.split_at(command.not_recorded);
        assert!(unrecorded.iter().all(|reply| reply.document_status == "InProgress"), "{name}");
        assert_eq!(told.len(), command.replies.len(), "{name}: {}", command.about);
        for (place, (told, wanted)) in told.iter().zip(&command.replies).enumerate() {
            let what = format!("{name}, reply {place}: {}", command.about);
            assert_eq!(told.document_status, wanted.document_status, "{what}");
            assert_eq!(told.runtime_status_counts, wanted.runtime_status_counts, "{what}");
            assert_eq!(told.runtime_status.len(), wanted.runtime_status.len(), "{what}");
            for (told, wanted) in told.runtime_status.iter().zip(&wanted.runtime_status) {
                let what = format!("{what} {}", wanted.key);
                assert_eq!((&told.key, &told.name), (&wanted.key, &wanted.name), "{what}");
                assert_eq!((&told.status, told.code), (&wanted.status, wanted.code), "{what}");
                assert_eq!(told.output, wanted.output, "{what}");
                assert_eq!(told.standard_output, wanted.standard_output, "{what}");
                assert_eq!(told.standard_error, wanted.standard_error, "{what}");
            }
        }
    }
}

/// Capture 26 ran into its timeout after the five seconds that its parameter says.
#[test]
fn a_timeout_is_that_of_the_parameters() {
    let command: Ran = serde_json::from_str(RAN[RAN.len() - 1].1).unwrap();
    let document = Document::parse_lenient(&command.document.to_string()).unwrap();
    let plan = document.plan(&command.parameters, Platform::Linux).unwrap();
    assert_eq!(plan.steps()[0].timeout.as_secs(), 5);
}

/// What was refused before anything ran.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    about: String,
    document: Option<Value>,
    parameters: Option<Parameters>,
    topic: Option<String>,
    payload: Option<String>,
    /// The status of the reply, with the text of its `documentTraceOutput`.
    status: Option<String>,
    trace: Option<String>,
    /// The `FailureType` of a `FailMessage`.
    failure: Option<String>,
}

#[test]
fn what_the_stock_agent_refused_is_refused_at_the_same_place() {
    let read = |text: &str| -> Refused { serde_json::from_str(text).unwrap() };

    let schema = read(include_str!("captures/18-unsupported-schema.json"));
    let error = Document::parse_lenient(&schema.document.unwrap().to_string()).unwrap_err();
    assert_eq!(Some(error.to_string()), schema.trace, "{}", schema.about);

    let value = read(include_str!("captures/27-parameter-validation-failed.json"));
    let document = Document::parse_lenient(&value.document.unwrap().to_string()).unwrap();
    let error = document.check_as_agent(&value.parameters.unwrap()).unwrap_err().to_string();
    let trace = value.trace.unwrap();
    for part in ["executionTimeout", "does not match", "allowed pattern", "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|"] {
        assert!(trace.contains(part) && error.contains(part), "{}: {part} in {error}", value.about);
    }
    assert!(trace.contains("/abc/") && !error.contains("abc"), "{}", value.about);

    let payload = read(include_str!("captures/19-payload-not-json.json"));
    assert_eq!(Topic::of(&payload.topic.unwrap()), Some(Topic::SendCommand));
    assert!(serde_json::from_str::<SendCommandPayload>(&payload.payload.unwrap()).is_err(), "{}", payload.about);
    assert!(payload.trace.unwrap().contains("parsing input"));

    for status in [schema.status, value.status, payload.status] {
        assert_eq!(status.as_deref(), Some("Failed"));
    }

    let topic = read(include_str!("captures/20-unknown-topic.json"));
    assert_eq!(Topic::of(&topic.topic.unwrap()), None, "{}", topic.about);

    let cancel = read(include_str!("captures/21-cancel-payload-not-json.json"));
    assert_eq!(Topic::of(&cancel.topic.unwrap()), Some(Topic::CancelCommand));
    assert!(serde_json::from_str::<CancelPayload>(&cancel.payload.unwrap()).is_err(), "{}", cancel.about);

    for failure in [topic.failure, cancel.failure] {
        assert_eq!(failure.as_deref(), Some("InternalHandlerException"));
    }
}

const RAN: [(&str, &str); 13] = [
    ("10", include_str!("captures/10-command-schema-1.2-echo.json")),
    ("11", include_str!("captures/11-command-schema-2.2-echo.json")),
    ("12", include_str!("captures/12-exit-code-7.json")),
    ("13", include_str!("captures/13-output-truncation.json")),
    ("14", include_str!("captures/14-cancel-running.json")),
    ("15", include_str!("captures/15-unknown-plugin-2.2.json")),
    ("16", include_str!("captures/16-unknown-plugin-1.2.json")),
    ("17", include_str!("captures/17-precondition-skipped.json")),
    ("22", include_str!("captures/22-three-steps-second-fails.json")),
    ("23", include_str!("captures/23-onfailure-exit.json")),
    ("24", include_str!("captures/24-onfailure-success-and-exit.json")),
    ("25", include_str!("captures/25-finally-step.json")),
    ("26", include_str!("captures/26-timed-out.json")),
];
