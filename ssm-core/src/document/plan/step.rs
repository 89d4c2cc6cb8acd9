//! One step of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::environment::{Language, MAX_VARIABLE_BYTES, is_script};
use crate::document::reference::{ReferenceKind, StoreReference, references};
use crate::document::substitute::is_plain_name;
use crate::document::{Document, Platform, PreconditionOutcome, catalog, timeout};
use crate::ids::{PluginName, StepName};

/// One step of a plan. `Debug` shows the names of its inputs and variables, not their values, and no `id`: in schema
/// 1.x it is an input.
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
    /// The inputs after substitution: in schema 2.x `inputs`, in 1.x an object of `properties` and, as the input
    /// `settings`, the plugin's `settings`.
    pub inputs: Map<String, Value>,
    /// Variables that the step's processes get besides those of the agent: `SSM_<name>` for each parameter of the
    /// document whose interpolation is `ENV_VAR` and that has a value, where the plugin runs scripts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
    /// The execution timeout, from [`MIN_STEP_TIMEOUT`](crate::document::MIN_STEP_TIMEOUT) to
    /// [`MAX_STEP_TIMEOUT`](crate::document::MAX_STEP_TIMEOUT) in whole seconds.
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
            .field("inputs", &InputNames(&self.inputs))
            .field("environment", &self.environment.keys())
            .field("timeout", &self.timeout)
            .field("on_failure", &self.on_failure)
            .field("on_success", &self.on_success)
            .field("finally", &self.finally)
            .field("precondition", &self.precondition)
            .finish_non_exhaustive()
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

impl PlannedStep {
    /// Where its plugin can run; everywhere, for all that is known here, when the plugin is not a public one.
    ///
    /// Source: service specification 4.8, agent protocol 5.7.
    #[must_use]
    pub fn platforms(&self) -> &'static [Platform] {
        catalog::platforms(self.plugin.as_str())
    }

    /// What the inputs ask of the parameter store with `{{ssm-secure:...}}`, each once, in order. The references are
    /// still in the inputs: a plugin that may know such values resolves them when it runs, and all others leave them as
    /// text. Those in scripts are not told, since scripts never get such values. References of more than
    /// [`StoreReference::MAX_CHARS`] characters are left out.
    ///
    /// Source: service specification 4.3, agent protocol 3.4.
    #[must_use]
    pub fn secure_references(&self) -> BTreeSet<StoreReference> {
        let runs_script = Language::of_plugin(self.plugin.as_str()).is_some();
        let mut found = BTreeSet::new();
        for (name, value) in &self.inputs {
            if !(runs_script && is_script(name)) {
                collect_secure(value, &mut found);
            }
        }
        found
    }
}

impl PlannedStep {
    /// Whether a document can be planned to this step, as far as bounds go.
    pub(super) fn is_possible(&self) -> bool {
        timeout::is_of_step(self.timeout) && are_variables_of(&self.plugin, &self.environment)
    }
}

/// Whether a step of this plugin can have these variables: only scripts get any, they are those of parameters, and the
/// system takes them.
pub(in crate::document) fn are_variables_of(plugin: &PluginName, variables: &BTreeMap<String, String>) -> bool {
    let is_variable = |(name, value): (&String, &String)| {
        // Each is followed by `=` or a NUL.
        let bytes = name.len().saturating_add(value.len()).saturating_add(2);
        let is_named = name.strip_prefix("SSM_").is_some_and(is_plain_name);
        is_named && !value.contains('\0') && bytes <= MAX_VARIABLE_BYTES
    };
    let is_given = variables.is_empty() || Language::of_plugin(plugin.as_str()).is_some();
    is_given && variables.len() <= Document::MAX_PARAMETERS && variables.iter().all(is_variable)
}

fn collect_secure(value: &Value, found: &mut BTreeSet<StoreReference>) {
    match value {
        Value::String(text) => {
            found.extend(references(text, ReferenceKind::Secure).filter_map(|reference| reference.text.parse().ok()));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_secure(item, found)),
        Value::Object(map) => map.values().for_each(|item| collect_secure(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The names in a map of inputs, for `Debug`: the values may be secrets.
pub(in crate::document) struct InputNames<'a>(pub(in crate::document) &'a Map<String, Value>);

impl fmt::Debug for InputNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
