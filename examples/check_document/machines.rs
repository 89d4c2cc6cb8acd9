//! The report for machines: one JSON object a file, as the module's docs say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};
use ssm_core::document::{Document, OnFailure, OnSuccess, Platform, StoreReference};

use super::Ending;
use super::check::{Finding, Report};
use super::plan::{Outcome, Step, steps};
use super::printable::is_hidden;

/// The report as one line of JSON. Characters that a terminal would not show as themselves are escaped.
pub(super) fn line(report: &Report<'_>) -> String {
    let planned = report.plan.as_ref().map(|it| steps(&it.plan, it.platform));
    let object = FileReport {
        file: &report.file,
        ok: report.ending() == Ending::Fine,
        error: report.error.as_ref().map(|error| ErrorReport { code: error.code, place: PlaceReport::of(error) }),
        warnings: report
            .warnings
            .iter()
            .map(|warning| WarningReport { rule: warning.code, place: PlaceReport::of(warning) })
            .collect(),
        document: report.document.as_ref().map(|document| DocumentReport::of(document, report)),
        plan: planned.as_ref().map(|steps| steps.iter().map(StepReport::of).collect()),
        store_references: report
            .plan
            .as_ref()
            .map(|it| it.store_references.iter().map(StoreReference::as_str).collect()),
    };
    // Texts, numbers and maps with texts as keys are all JSON.
    let json = serde_json::to_string(&object).unwrap_or_default();
    escaped(&json) + "\n"
}

/// JSON has such characters in its texts alone, where each can be written as UTF-16 escapes.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string never fails.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileReport<'a> {
    file: &'a str,
    ok: bool,
    error: Option<ErrorReport<'a>>,
    warnings: Vec<WarningReport<'a>>,
    document: Option<DocumentReport<'a>>,
    plan: Option<Vec<StepReport<'a>>>,
    store_references: Option<Vec<&'a str>>,
}

#[derive(Serialize)]
struct ErrorReport<'a> {
    code: &'static str,
    #[serde(flatten)]
    place: PlaceReport<'a>,
}

#[derive(Serialize)]
struct WarningReport<'a> {
    rule: &'static str,
    #[serde(flatten)]
    place: PlaceReport<'a>,
}

#[derive(Serialize)]
struct PlaceReport<'a> {
    text: &'a str,
    pointer: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> PlaceReport<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            text: &finding.text,
            pointer: finding.pointer.as_deref(),
            line: finding.position.map(|position| position.line),
            column: finding.position.map(|position| position.column),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DocumentReport<'a> {
    format: String,
    schema: &'static str,
    platforms: Vec<Platform>,
    parameters: Vec<ParameterReport<'a>>,
    steps: usize,
    sha256: String,
    execution_timeout_seconds: u64,
}

#[derive(Serialize)]
struct ParameterReport<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    default: Option<&'a Value>,
    description: Option<&'a str>,
}

impl<'a> DocumentReport<'a> {
    fn of(document: &'a Document, report: &Report<'_>) -> Self {
        let parameters = document.parameters().iter().map(|(name, definition)| ParameterReport {
            name,
            kind: definition.kind().to_string(),
            required: definition.default_value().is_none(),
            default: definition.default_value(),
            description: definition.description(),
        });
        Self {
            format: document.format().to_string(),
            schema: document.schema().as_str(),
            platforms: document.platforms().into_iter().collect(),
            parameters: parameters.collect(),
            steps: document.plugins().count(),
            sha256: document.sha256(),
            execution_timeout_seconds: report.execution_timeout_seconds(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepReport<'a> {
    name: &'a str,
    plugin: &'a str,
    id: &'a str,
    outcome: &'static str,
    reason: Option<&'a str>,
    timeout_seconds: u64,
    on_failure: &'static str,
    on_success: &'static str,
    finally: bool,
    environment: &'a BTreeMap<String, String>,
    inputs: &'a Map<String, Value>,
    script: Option<&'a str>,
}

impl<'a> StepReport<'a> {
    fn of(step: &'a Step<'a>) -> Self {
        let planned = step.planned;
        let (outcome, reason) = match &step.outcome {
            Outcome::Runs => ("runs", None),
            Outcome::Skipped(reason) => ("skipped", Some(reason.as_str())),
            Outcome::Fails(reason) => ("fails", Some(reason.as_str())),
        };
        Self {
            name: planned.key.as_str(),
            plugin: planned.plugin.as_str(),
            id: &planned.id,
            outcome,
            reason,
            timeout_seconds: planned.timeout.as_secs(),
            on_failure: match planned.on_failure {
                OnFailure::Continue => "continue",
                OnFailure::Exit => "exit",
                OnFailure::SuccessAndExit => "successAndExit",
            },
            on_success: match planned.on_success {
                OnSuccess::Continue => "continue",
                OnSuccess::Exit => "exit",
            },
            finally: planned.finally,
            environment: &planned.environment,
            inputs: &planned.inputs,
            script: step.script.as_ref().map(|script| script.text.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped_and_mean_the_same() {
        let text = "a\u{9b}\u{7f}\u{202e}\u{e0041}漢\u{1b}\n";
        let json = escaped(&serde_json::to_string(text).unwrap());
        assert_eq!(json, r#""a\u009b\u007f\u202e\udb40\udc41漢\u001b\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
