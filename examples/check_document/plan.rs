//! What each step of a plan comes to, as far as that can be known before the run.

use ssm_core::document::{Plan, PlannedStep, Platform, PreconditionOutcome, SchemaVersion};
use ssm_core::ports::StepInputs;

/// A step of a plan, looked at.
#[derive(Debug)]
pub(super) struct Step<'a> {
    pub(super) planned: &'a PlannedStep,
    pub(super) outcome: Outcome,
    /// What a shell gets to run, where one does.
    pub(super) script: Option<Script>,
}

/// What happens when the step's turn comes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Runs,
    Skipped(String),
    Fails(String),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Script {
    pub(super) language: &'static str,
    /// The text of the script's file.
    pub(super) text: String,
}

/// The steps of a plan that was made for this platform.
pub(super) fn steps(plan: &Plan, platform: Platform) -> Vec<Step<'_>> {
    plan.steps().iter().map(|step| look(step, plan.schema(), platform)).collect()
}

/// The decision of the run machine before a step starts, as long as no earlier step ended the document.
///
/// Source: agent protocol 5.3.
fn look(planned: &PlannedStep, schema: SchemaVersion, platform: Platform) -> Step<'_> {
    let plugin = &planned.plugin;
    let mut script = None;
    let outcome = if planned.platforms().contains(&platform) {
        match &planned.precondition {
            PreconditionOutcome::NotSatisfied(reason) => Outcome::Skipped(reason.clone()),
            PreconditionOutcome::Unrecognised(reason) => Outcome::Fails(reason.clone()),
            PreconditionOutcome::Satisfied => match self::script(planned) {
                Ok(found) => {
                    script = found;
                    Outcome::Runs
                }
                Err(reason) => Outcome::Fails(reason),
            },
        }
    } else if schema.has_preconditions() {
        Outcome::Skipped(format!("{plugin} does not run on {platform}."))
    } else {
        Outcome::Fails(format!("{plugin} does not run on {platform}, and schema {schema} skips nothing."))
    };
    Step { planned, outcome, script }
}

/// The plugins that run the lines of `runCommand`, and the language of these.
const SCRIPTS: [(&str, &str); 3] =
    [("aws:runShellScript", "sh"), ("aws:runPowerShellScript", "powershell"), ("aws:psModule", "powershell")];

/// The script of a step: its lines joined with line feeds, and one at the end.
///
/// Source: agent protocol 5.6.
fn script(step: &PlannedStep) -> Result<Option<Script>, String> {
    let Some((_, language)) = SCRIPTS.iter().find(|(plugin, _)| *plugin == step.plugin.as_str()) else {
        return Ok(None);
    };
    let inputs = StepInputs::new(step.inputs.clone());
    if inputs.get("runCommand").is_none() {
        return Ok(None);
    }
    let lines = inputs.texts("runCommand").map_err(|error| error.to_string())?;
    Ok(Some(Script { language, text: lines.join("\n") + "\n" }))
}

/// Whether only agents that were given the plugin can run the step.
pub(super) fn is_own_plugin(step: &PlannedStep) -> bool {
    !step.plugin.as_str().starts_with("aws:")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use ssm_core::document::{Document, Parameters};

    use super::*;

    fn outcome(schema: &str, step: &Value, platform: Platform) -> (Outcome, Option<Script>) {
        let document = json!({"schemaVersion": schema, "mainSteps": [step]});
        let document = Document::parse_lenient(&document.to_string()).unwrap();
        let plan = document.plan(&Parameters::new(), platform).unwrap();
        let mut steps = steps(&plan, platform);
        let step = steps.remove(0);
        (step.outcome, step.script)
    }

    fn shell(lines: &Value) -> Value {
        json!({"action": "aws:runShellScript", "name": "x", "inputs": {"RunCommand": lines}})
    }

    #[test]
    fn a_script_is_its_lines_with_a_line_feed_behind_each() {
        let (outcome, script) = outcome("2.2", &shell(&json!(["#!/bin/bash", "echo a\necho b", ""])), Platform::Linux);
        assert_eq!(outcome, Outcome::Runs);
        assert_eq!(script, Some(Script { language: "sh", text: "#!/bin/bash\necho a\necho b\n\n".to_owned() }));
    }

    #[test]
    fn another_platform_skips_the_step_or_fails_it() {
        let (found, script) = outcome("2.2", &shell(&json!(["a"])), Platform::Windows);
        assert_eq!(found, Outcome::Skipped("aws:runShellScript does not run on Windows.".to_owned()));
        assert_eq!(script, None);
        let (found, _) = outcome("2.0", &shell(&json!(["a"])), Platform::Windows);
        let wanted = "aws:runShellScript does not run on Windows, and schema 2.0 skips nothing.";
        assert_eq!(found, Outcome::Fails(wanted.to_owned()));
    }

    #[test]
    fn lines_that_are_no_list_fail_the_step() {
        let (found, _) = outcome("2.2", &shell(&json!("echo")), Platform::Linux);
        assert_eq!(found, Outcome::Fails("Input \"runCommand\" must be a list of strings.".to_owned()));
    }

    #[test]
    fn an_own_plugin_runs_without_a_script() {
        let step = json!({"action": "acme:x", "name": "x", "inputs": {"runCommand": ["a"]}});
        assert_eq!(outcome("2.2", &step, Platform::Windows), (Outcome::Runs, None));
    }
}
