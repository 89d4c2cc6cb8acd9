//! The plan of a run: the steps of a document, flat, with every value put in.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::model::{Body, Precondition, RuntimePlugin};
use super::precondition::{self, PreconditionOutcome};
use super::substitute::{Substitution, SubstitutionError};
use super::{Document, Parameters, Platform, SchemaVersion, timeout};
use crate::ids::{PluginName, StepName};

/// What a document runs with these parameters on this platform, step by step. It holds all that the run needs: the
/// document is not looked at again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    schema: SchemaVersion,
    steps: Vec<PlannedStep>,
}

impl Plan {
    /// The schema version of the document; it decides how a plugin of another platform ends.
    #[must_use]
    pub fn schema(&self) -> SchemaVersion {
        self.schema
    }

    /// The steps in the order of the run.
    #[must_use]
    pub fn steps(&self) -> &[PlannedStep] {
        &self.steps
    }
}

/// One step of a plan. `Debug` shows the names of its inputs, not their values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlannedStep {
    /// The key of its result: the step's name in schema 2.x, the plugin's in 1.x. Steps with one key share one result.
    pub key: StepName,
    /// The plugin that runs it.
    pub plugin: PluginName,
    /// A hint for the name of its folder: the property `id` in schema 1.x, the step's name in 2.x. The document's
    /// author chose it, so it is never a path.
    pub id: String,
    /// The inputs after substitution.
    pub inputs: Map<String, Value>,
    /// Variables that the step's processes get besides those of the agent: the values of parameters whose
    /// interpolation is `ENV_VAR`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The execution timeout, 5 s to 172,800 s.
    pub timeout: Duration,
    /// What its failure means for later steps.
    pub on_failure: OnFailure,
    /// What its success means for later steps.
    pub on_success: OnSuccess,
    /// Whether it runs even behind a step that ended the document. Only ever true of the last step.
    pub finally: bool,
    /// Whether it is for this run.
    pub precondition: PreconditionOutcome,
}

impl fmt::Debug for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlannedStep")
            .field("key", &self.key)
            .field("plugin", &self.plugin)
            .field("id", &self.id)
            .field("inputs", &InputNames(&self.inputs))
            .field("environment", &self.environment.keys())
            .field("timeout", &self.timeout)
            .field("on_failure", &self.on_failure)
            .field("on_success", &self.on_success)
            .field("finally", &self.finally)
            .field("precondition", &self.precondition)
            .finish()
    }
}

/// What the failure of a step means for later ones. Only a failure counts, neither a timeout nor a cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OnFailure {
    /// They run.
    #[default]
    Continue,
    /// They are skipped, and the document fails.
    Exit,
    /// They are skipped, and the step counts as a success with code 168.
    SuccessAndExit,
}

/// What the success of a step means for later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum OnSuccess {
    /// They run.
    #[default]
    Continue,
    /// They are skipped.
    Exit,
}

/// Why a document cannot be planned with these parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// With the values put in it is too large.
    #[error("the parameters cannot be put into the document")]
    Substitution(#[from] SubstitutionError),
    /// An input refers to the parameter store, which cannot be asked yet. Running the reference itself would be worse.
    #[error("step {0} refers to the parameter store ({{{{ssm:...}}}}), which is not supported yet")]
    StoreReference(StepName),
    /// It has more than [`Document::MAX_STEPS`] steps.
    #[error("a document has at most {} steps", Document::MAX_STEPS)]
    TooManySteps,
}

impl Document {
    /// Plans a run: puts the values in, reads timeouts and flow members (only inside `inputs`, where stock agents read
    /// them too; schema 1.x has none), and evaluates preconditions.
    ///
    /// In schema 1.x each object of `properties` is a step; an empty list is one step without inputs (our choice), and
    /// what is not an object becomes the input `properties`.
    ///
    /// # Errors
    /// [`PlanError`] when the values make the document too large, or an input refers to the parameter store.
    ///
    /// Source: agent protocol 5.1 to 5.6.
    pub fn plan(&self, parameters: &Parameters, platform: Platform) -> Result<Plan, PlanError> {
        let mut substitution = Substitution::new(self, parameters);
        let mut steps = Vec::new();
        match self.body() {
            Body::RuntimeConfig(plugins) => {
                for entry in plugins {
                    self.plan_plugin(entry, platform, &mut substitution, &mut steps)?;
                }
            }
            Body::MainSteps(entries) => {
                for (index, step) in entries.iter().enumerate() {
                    let inputs = as_inputs(substitution.value(&step.inputs)?, "inputs");
                    let precondition = step.precondition.as_ref();
                    steps.push(PlannedStep {
                        key: step.name.clone(),
                        plugin: step.plugin.clone(),
                        id: step.name.to_string(),
                        environment: BTreeMap::new(),
                        timeout: timeout::of_step(&inputs),
                        on_failure: on_failure(&inputs),
                        on_success: on_success(&inputs),
                        finally: index + 1 == entries.len() && is_finally(&inputs),
                        precondition: self.evaluate(precondition, &step.name, platform, &mut substitution)?,
                        inputs,
                    });
                }
            }
        }
        if steps.len() > Self::MAX_STEPS {
            return Err(PlanError::TooManySteps);
        }
        if let Some(step) = steps.iter().find(|step| step.inputs.values().any(refers_to_store)) {
            return Err(PlanError::StoreReference(step.key.clone()));
        }
        Ok(Plan { schema: self.schema(), steps })
    }

    fn plan_plugin(
        &self,
        entry: &RuntimePlugin,
        platform: Platform,
        substitution: &mut Substitution<'_>,
        steps: &mut Vec<PlannedStep>,
    ) -> Result<(), PlanError> {
        let precondition = self.evaluate(entry.precondition.as_ref(), &entry.key, platform, substitution)?;
        let items = match substitution.value(&entry.properties)? {
            Value::Array(items) if items.is_empty() => vec![Value::Null],
            Value::Array(items) => items,
            other => vec![other],
        };
        if steps.len() + items.len() > Self::MAX_STEPS {
            return Err(PlanError::TooManySteps);
        }
        for (index, item) in items.into_iter().enumerate() {
            let inputs = as_inputs(item, "properties");
            let id = inputs.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
            steps.push(PlannedStep {
                key: entry.key.clone(),
                plugin: entry.plugin.clone(),
                id: id.map_or_else(|| format!("{index}.{}", entry.plugin), str::to_owned),
                environment: BTreeMap::new(),
                timeout: timeout::of_step(&inputs),
                on_failure: OnFailure::Continue,
                on_success: OnSuccess::Continue,
                finally: false,
                precondition: precondition.clone(),
                inputs,
            });
        }
        Ok(())
    }

    fn evaluate(
        &self,
        precondition: Option<&Precondition>,
        step: &StepName,
        platform: Platform,
        substitution: &mut Substitution<'_>,
    ) -> Result<PreconditionOutcome, SubstitutionError> {
        precondition::evaluate(precondition, step, self.schema(), platform, substitution)
    }
}

/// The names in a map of inputs, for `Debug`: the values may be secrets.
pub(super) struct InputNames<'a>(pub(super) &'a Map<String, Value>);

impl fmt::Debug for InputNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The value as a map of inputs; what is no map stands under `name`.
fn as_inputs(value: Value, name: &str) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        other => Map::from_iter([(name.to_owned(), other)]),
    }
}

fn on_failure(inputs: &Map<String, Value>) -> OnFailure {
    match inputs.get("onFailure").and_then(Value::as_str) {
        Some("exit") => OnFailure::Exit,
        Some("successAndExit") => OnFailure::SuccessAndExit,
        _ => OnFailure::Continue,
    }
}

fn on_success(inputs: &Map<String, Value>) -> OnSuccess {
    match inputs.get("onSuccess").and_then(Value::as_str) {
        Some("exit") => OnSuccess::Exit,
        _ => OnSuccess::Continue,
    }
}

fn is_finally(inputs: &Map<String, Value>) -> bool {
    match inputs.get("finallyStep") {
        Some(Value::Bool(finally)) => *finally,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Whether a text in the value holds `{{ssm:...}}`. Source: agent protocol 5.2, which finds them in parameters' values too.
fn refers_to_store(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let end = text.rfind("}}").unwrap_or_default();
            let mut opened = text.match_indices("{{").map(|(at, _)| at).filter(|at| *at < end);
            opened.any(|at| text[at + 2..].trim_start_matches(' ').starts_with("ssm:"))
        }
        Value::Array(items) => items.iter().any(refers_to_store),
        Value::Object(map) => map.values().any(refers_to_store),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan(document: &Value, parameters: &Value) -> Result<Plan, PlanError> {
        let parameters = serde_json::from_value(parameters.clone()).unwrap();
        Document::parse_lenient(&document.to_string()).unwrap().plan(&parameters, Platform::Linux)
    }

    /// The document and parameters of capture 10.
    #[test]
    fn a_shell_document_becomes_one_step_with_typed_inputs() {
        let document = json!({
            "schemaVersion": "1.2",
            "parameters": {"commands": {"type": "StringList"}, "workingDirectory": {"type": "String", "default": ""},
                "executionTimeout": {"type": "String", "default": "3600"}},
            "runtimeConfig": {"aws:runShellScript": {"properties": [{"id": "0.aws:runShellScript",
                "runCommand": "{{ commands }}", "workingDirectory": "{{ workingDirectory }}",
                "timeoutSeconds": "{{ executionTimeout }}"}]}},
        });
        let plan = plan(&document, &json!({"commands": ["echo hi"], "executionTimeout": "60"})).unwrap();
        let [step] = plan.steps() else { panic!("{plan:?}") };
        assert_eq!((step.key.as_str(), step.id.as_str()), ("aws:runShellScript", "0.aws:runShellScript"));
        assert_eq!(step.timeout, Duration::from_secs(60));
        assert_eq!(step.inputs["runCommand"], json!(["echo hi"]));
        assert_eq!(step.inputs["workingDirectory"], json!(""));
    }

    #[test]
    fn a_reference_to_the_parameter_store_is_never_run_as_text() {
        let step = |line: &str| {
            let inputs = json!({"runCommand": [["echo", line]]});
            json!({"schemaVersion": "2.2", "parameters": {"p": {"type": "String"}},
                "mainSteps": [{"action": "acme:x", "name": "one", "inputs": inputs}]})
        };
        for (line, refused) in [
            ("{{ssm:a}}", true),
            ("x {{  ssm:/a/b:1 }} y", true),
            ("{{ p }}", true),
            ("{{ssm:", false),
            ("ssm:a", false),
        ] {
            let seen = plan(&step(line), &json!({"p": "{{ssm:secret}}"})).map(drop);
            let wanted = PlanError::StoreReference("one".parse().unwrap());
            assert_eq!(seen, if refused { Err(wanted) } else { Ok(()) }, "{line}");
        }
    }

    #[test]
    fn each_object_of_properties_is_a_step_of_its_plugin() {
        let document = json!({"schemaVersion": "1.2", "parameters": {"p": {"type": "String"}}, "runtimeConfig": {
            "z:list": {"properties": [{"id": "../shell", "onFailure": "exit"}, {"finallyStep": true}]},
            "a:object": {"properties": {"x": "y"}}, "m:empty": {"properties": []}, "b:none": {},
            "c:text": {"properties": "{{ p }}"}}});
        let document = Document::parse_lenient(&document.to_string()).unwrap();
        let plan = document.plan(&Parameters::from_iter([("p".to_owned(), json!("v"))]), Platform::Linux).unwrap();
        let mut names: Vec<_> = plan.steps().iter().map(|step| (step.key.as_str(), step.id.as_str())).collect();
        names.sort_unstable();
        let wanted = [
            ("a:object", "0.a:object"),
            ("b:none", "0.b:none"),
            ("c:text", "0.c:text"),
            ("m:empty", "0.m:empty"),
            ("z:list", "../shell"),
            ("z:list", "1.z:list"),
        ];
        assert_eq!(names, wanted);
        assert!(plan.steps().iter().all(|step| step.on_failure == OnFailure::Continue && !step.finally));
        let text_step = plan.steps().iter().find(|step| step.key.as_str() == "c:text").unwrap();
        assert_eq!(text_step.inputs["properties"], json!("v"));
    }

    #[test]
    fn plugins_of_a_runtime_config_keep_the_documents_order() {
        let text = r#"{"schemaVersion": "1.2", "runtimeConfig": {"z:a": {}, "a:z": {}, "m:m": {}}}"#;
        let plan = Document::parse(text).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
        let keys: Vec<_> = plan.steps().iter().map(|step| step.key.as_str()).collect();
        assert_eq!(keys, ["z:a", "a:z", "m:m"]);
    }

    #[test]
    fn flow_members_count_inside_inputs_only() {
        let document = json!({"schemaVersion": "2.2", "mainSteps": [
            {"action": "acme:x", "name": "a", "onFailure": "exit", "onSuccess": "exit", "timeoutSeconds": 9,
                "inputs": {}},
            {"action": "acme:x", "name": "b", "inputs":
                {"onFailure": "successAndExit", "onSuccess": "exit", "timeoutSeconds": 9, "finallyStep": true}},
            {"action": "acme:x", "name": "c", "finallyStep": true,
                "inputs": {"onFailure": "exit", "finallyStep": "true"}},
        ]});
        let plan = plan(&document, &json!({})).unwrap();
        let flow: Vec<_> = plan.steps().iter().map(|step| (step.on_failure, step.on_success, step.finally)).collect();
        let wanted = [
            (OnFailure::Continue, OnSuccess::Continue, false),
            (OnFailure::SuccessAndExit, OnSuccess::Exit, false),
            (OnFailure::Exit, OnSuccess::Continue, true),
        ];
        assert_eq!(flow, wanted);
        assert_eq!(plan.steps()[0].timeout, Duration::from_secs(3600));
        assert_eq!(plan.steps()[1].timeout, Duration::from_secs(9));
    }

    #[test]
    fn a_plan_keeps_its_bounds_and_shows_no_values() {
        let many = json!({"schemaVersion": "1.2", "parameters": {"p": {"type": "StringList"}},
            "runtimeConfig": {"acme:x": {"properties": "{{ p }}"}}});
        assert_eq!(plan(&many, &json!({"p": vec!["x"; 1001]})), Err(PlanError::TooManySteps));
        let full = plan(&many, &json!({"p": vec!["secret"; 1000]})).unwrap();
        assert!(!format!("{full:?}").contains("secret"));
        let text = serde_json::to_string(&full).unwrap();
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), full);
    }
}
