//! The report for people.

use std::fmt::Write as _;

use annotate_snippets::Level;
use annotate_snippets::renderer::{AnsiColor, Style};
use serde_json::Value;
use ssm_core::document::{Document, OnFailure, OnSuccess};

use super::Ending;
use super::arguments::{Arguments, Color};
use super::check::{Planned, Report};
use super::plan::{Outcome, Step, is_own_plugin, steps};
use super::printable::{many_lines, one_line};
use super::snippet;

/// What has been written so far, and how to write.
#[derive(Debug)]
pub(super) struct Page {
    colours: bool,
    is_terminal: bool,
    /// Errors only.
    quiet: bool,
    /// Whether the last file had more than one line; `None` before the first one.
    was_long: Option<bool>,
}

impl Page {
    pub(super) fn new(arguments: &Arguments, is_terminal: bool, no_color: bool) -> Self {
        let colours = match arguments.color {
            Color::Auto => is_terminal && !no_color,
            Color::Always => true,
            Color::Never => false,
        };
        Self { colours, is_terminal, quiet: arguments.quiet, was_long: None }
    }

    /// The text on one more file.
    pub(super) fn add(&mut self, report: &Report<'_>) -> String {
        let text = self.tell(report);
        if text.is_empty() {
            return text;
        }
        let is_long = text.lines().nth(1).is_some();
        let apart = self.was_long.replace(is_long).is_some_and(|was_long| was_long || is_long);
        if apart { format!("\n{text}") } else { text }
    }

    fn tell(&self, report: &Report<'_>) -> String {
        let mut parts = Vec::new();
        let denied = report.request.deny_warnings;
        if denied || !self.quiet {
            let level = || if denied { Level::ERROR } else { Level::WARNING };
            parts.extend(report.warnings.iter().map(|warning| (warning, level())));
        }
        parts.extend(report.error.iter().map(|error| (error, Level::ERROR)));
        let write = |(finding, level)| snippet::render(finding, level, &report.file, &report.text, self.colours) + "\n";
        let mut parts: Vec<String> = parts.into_iter().map(write).collect();
        if !self.quiet {
            parts.extend(self.plan(report));
            parts.push(self.summary(report));
        }
        parts.join("\n")
    }

    /// The last line on a file.
    fn summary(&self, report: &Report<'_>) -> String {
        let file = self.paint(BOLD, &one_line(&report.file));
        let mut facts: Vec<String> = Vec::new();
        match &report.document {
            Some(document) => {
                facts.extend([format!("schema {}", document.schema()), size(document), platforms(document)]);
                facts.extend(report.error.as_ref().map(|_| self.paint(RED, "1 error")));
                facts.push(match (report.warnings.len(), report.request.deny_warnings) {
                    (0, _) => "no warnings".to_owned(),
                    (count, denied) => self.paint(if denied { RED } else { YELLOW }, &counted(count, "warning")),
                });
            }
            None if report.ending() == Ending::Unusable => facts.push(self.paint(RED, "not read")),
            None => facts.push(self.paint(RED, "refused")),
        }
        format!("{file}: {}\n", facts.join(", "))
    }

    /// What would run, if that is known: a part for each step.
    fn plan(&self, report: &Report<'_>) -> Vec<String> {
        let Some(Planned { plan, platform, store_references }) = &report.plan else { return Vec::new() };
        let seconds = report.execution_timeout_seconds();
        let heading = self.paint(BOLD, &format!("Plan for {platform}"));
        let mut parts = vec![format!("{heading}, execution timeout {seconds} s\n")];
        for reference in store_references {
            let _ = writeln!(parts[0], "  {{{{ssm:{reference}}}}} is looked up in the parameter store when it runs");
        }
        let steps = steps(plan, *platform);
        let count = steps.len();
        parts.extend(steps.iter().enumerate().map(|(place, step)| self.step(step, place + 1, count)));
        parts
    }

    fn step(&self, step: &Step<'_>, number: usize, count: usize) -> String {
        let planned = step.planned;
        let key = planned.key.as_str();
        let mut name =
            if key == planned.plugin.as_str() { key.to_owned() } else { format!("{key} ({})", planned.plugin) };
        if planned.id != key {
            let _ = write!(name, ", id {}", Value::from(planned.id.as_str()));
        }
        let outcome = match &step.outcome {
            Outcome::Runs => self.paint(GREEN, "runs"),
            Outcome::Skipped(reason) => format!("{}: {}", self.paint(YELLOW, "is skipped"), one_line(reason)),
            Outcome::Fails(reason) => format!("{}: {}", self.paint(RED, "fails"), one_line(reason)),
        };
        let heading = self.paint(BOLD, &format!("step {number} of {count}: {}", one_line(&name)));
        let mut text = format!("{heading} {outcome}\n");
        if step.outcome != Outcome::Runs {
            return text;
        }
        for (label, fact) in facts(step) {
            let _ = writeln!(text, "  {label:<11}  {}", one_line(&fact));
        }
        if let Some(script) = &step.script {
            let shown = if self.is_terminal { many_lines(&script.text) } else { script.text.as_str().into() };
            if shown != script.text {
                let _ = writeln!(
                    text,
                    "  {:<11}  control characters are written as \\u{{..}}; --json has them all",
                    "note"
                );
            }
            let fence = fence(&shown);
            let _ = writeln!(text, "{fence}{}\n{shown}{fence}", script.language);
        }
        text
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colours { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::BrightRed.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// All but the script of a step that runs: labels and what they stand for.
fn facts(step: &Step<'_>) -> Vec<(&'static str, String)> {
    let planned = step.planned;
    let mut facts = Vec::new();
    if is_own_plugin(planned) {
        facts.push(("note", format!("fails on agents that do not have the plugin {}", planned.plugin)));
    }
    facts.push(("timeout", format!("{} s", planned.timeout.as_secs())));
    match planned.on_failure {
        OnFailure::Continue => {}
        OnFailure::Exit => facts.push(("on failure", "the document ends, failed".to_owned())),
        OnFailure::SuccessAndExit => {
            facts.push(("on failure", "the document ends, and the step counts as good".to_owned()));
        }
    }
    match planned.on_success {
        OnSuccess::Continue => {}
        OnSuccess::Exit => facts.push(("on success", "the document ends".to_owned())),
    }
    if planned.finally {
        facts.push(("finally", "runs even behind a step that ended the document".to_owned()));
    }
    let environment = planned.environment.iter();
    facts.extend(environment.map(|(name, value)| ("environment", format!("{name}={}", Value::from(value.as_str())))));
    let is_told = |name: &str| {
        let is = |told: &&str| name.eq_ignore_ascii_case(told);
        FLOW.iter().any(is) || (step.script.is_some() && is(&"runCommand"))
    };
    let inputs = planned.inputs.iter().filter(|(name, _)| !is_told(name));
    facts.extend(inputs.map(|(name, value)| ("input", format!("{name}: {value}"))));
    facts
}

/// Inputs that a plan has read.
const FLOW: [&str; 4] = ["timeoutSeconds", "onFailure", "onSuccess", "finallyStep"];

/// Backticks that do not occur in the text: three, or one more than the text has in a row.
fn fence(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    "`".repeat((longest + 1).max(3))
}

fn size(document: &Document) -> String {
    counted(document.plugins().count(), if document.schema().has_steps() { "step" } else { "plugin" })
}

/// `Linux, MacOS and Windows`.
fn platforms(document: &Document) -> String {
    let names: Vec<String> = document.platforms().iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "no platform".to_owned(),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use ssm_core::document::PlannedStep;

    use super::super::plan::Script;
    use super::*;

    #[test]
    fn a_fence_does_not_occur_in_what_it_holds() {
        for (text, wanted) in [("", "```"), ("echo `date`", "```"), ("```sh\n", "````"), ("a `````", "``````")] {
            assert_eq!(fence(text), wanted, "{text}");
        }
    }

    #[test]
    fn all_that_a_plan_says_of_a_step_is_told() {
        let planned: PlannedStep = serde_json::from_value(json!({
            "key": "x", "plugin": "aws:runShellScript", "id": "x",
            "inputs": {"RunCommand": ["echo $SSM_who"], "TimeoutSeconds": 5, "onFailure": "successAndExit", "odd": [1]},
            "environment": {"SSM_who": "a \"b\"\n"},
            "timeout": {"secs": 5, "nanos": 0},
            "on_failure": "SuccessAndExit", "on_success": "Exit", "finally": true, "precondition": "Satisfied",
        }))
        .unwrap();
        let script = Some(Script { language: "sh", text: "echo $SSM_who\n".to_owned() });
        let told = facts(&Step { planned: &planned, outcome: Outcome::Runs, script });
        let told: Vec<_> = told.iter().map(|(label, fact)| (*label, fact.as_str())).collect();
        let wanted = [
            ("timeout", "5 s"),
            ("on failure", "the document ends, and the step counts as good"),
            ("on success", "the document ends"),
            ("finally", "runs even behind a step that ended the document"),
            ("environment", r#"SSM_who="a \"b\"\n""#),
            ("input", "odd: [1]"),
        ];
        assert_eq!(told, wanted);
    }
}
