//! The plan of a run: the steps of a document, flat, with every value put in.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::environment::{Language, is_script, script_inputs};
use super::error::excerpt;
use super::model::{Body, Precondition, RuntimePlugin};
use super::precondition::{self, PreconditionOutcome};
use super::reference::{ReferenceKind, StoreReference, StoreValues, references};
use super::substitute::{Fault, StoreUse, Substitution, SubstitutionError};
use super::{Document, Parameters, Platform, SchemaVersion, catalog, timeout};
use crate::ids::{PluginName, StepName};

/// What a document runs with these parameters on this platform, step by step. It holds all that the run needs: the
/// document is not looked at again.
///
/// One that is read back may have been changed by anybody: what no document is planned to is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredPlan")]
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

/// The stored form of a [`Plan`], before it is checked.
#[derive(Deserialize)]
struct StoredPlan {
    schema: SchemaVersion,
    steps: Vec<PlannedStep>,
}

/// A stored plan to which no document is planned: too many steps, a final one in the middle, a timeout out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stored plan")]
struct InvalidPlan;

impl TryFrom<StoredPlan> for Plan {
    type Error = InvalidPlan;

    fn try_from(StoredPlan { schema, steps }: StoredPlan) -> Result<Self, InvalidPlan> {
        let last = steps.len().saturating_sub(1);
        let is_possible =
            |(at, step): (usize, &PlannedStep)| (at == last || !step.finally) && timeout::is_of_step(step.timeout);
        let holds = steps.len() <= Document::MAX_STEPS && steps.iter().enumerate().all(is_possible);
        holds.then_some(Self { schema, steps }).ok_or(InvalidPlan)
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
    /// The inputs after substitution: in schema 2.x `inputs`, in 1.x an object of `properties` and, as the input
    /// `settings`, the plugin's `settings`.
    pub inputs: Map<String, Value>,
    /// Variables that the step's processes get besides those of the agent: `SSM_<name>` for each parameter of the
    /// document whose interpolation is `ENV_VAR` and that has a value, where the plugin runs scripts.
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

/// Why a document cannot be planned with these parameters. Parameters are named by their first 64 characters; no value
/// is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// With the values put in it is too large.
    #[error(transparent)]
    Substitution(#[from] SubstitutionError),
    /// The value of a reference to the parameter store is not there. Running the reference itself would be worse.
    #[error("step {step} refers to {{{{ssm:{reference}}}}} in the parameter store, and its value was not looked up")]
    StoreReference {
        /// The step.
        step: StepName,
        /// What it refers to.
        reference: StoreReference,
    },
    /// A list of the parameter store is referred to inside a text, or where no list can be.
    #[error(
        "step {step} refers to {{{{ssm:{reference}}}}}, which is a list: it can only be an element of a list, by itself"
    )]
    ListInText {
        /// The step.
        step: StepName,
        /// What it refers to.
        reference: StoreReference,
    },
    /// A reference to the parameter store is too long.
    #[error("step {step} refers to the parameter store with more than {} characters", StoreReference::MAX_CHARS)]
    LongReference {
        /// The step.
        step: StepName,
    },
    /// It refers to more than [`StoreReference::MAX_COUNT`] values of the parameter store.
    #[error("a document refers to at most {} values of the parameter store", StoreReference::MAX_COUNT)]
    TooManyReferences,
    /// A parameter's value refers to the parameter store, and the reference cannot be resolved.
    #[error(
        "parameter \"{parameter}\" refers to the parameter store, and has no value there that can stand in its place"
    )]
    ParameterReference {
        /// The parameter.
        parameter: String,
    },
    /// A value that scripts get as a variable holds a NUL character.
    #[error("parameter \"{parameter}\" cannot be an environment variable: its value holds a NUL character")]
    VariableWithNul {
        /// The parameter.
        parameter: String,
    },
    /// A value that scripts get as a variable makes it longer than 128 KiB.
    #[error("parameter \"{parameter}\" cannot be an environment variable: its value is too long")]
    VariableTooLong {
        /// The parameter.
        parameter: String,
    },
    /// Two parameters would be one variable on Windows, where case does not count.
    #[error("parameter \"{parameter}\" cannot be an environment variable: another one has this name in another case")]
    SameVariable {
        /// The later one.
        parameter: String,
    },
    /// It has more than [`Document::MAX_STEPS`] steps.
    #[error("a document has at most {} steps", Document::MAX_STEPS)]
    TooManySteps,
}

impl PlanError {
    /// What went wrong with the inputs of this step.
    pub(super) fn of(fault: Fault, step: &StepName) -> Self {
        let step = step.clone();
        match fault {
            Fault::Size(error) => Self::Substitution(error),
            Fault::Missing(reference) => Self::StoreReference { step, reference },
            Fault::ListInText(reference) => Self::ListInText { step, reference },
            Fault::LongReference => Self::LongReference { step },
            Fault::TooManyReferences => Self::TooManyReferences,
        }
    }
}

impl Document {
    /// Plans a run that needs nothing of the parameter store: [`Document::plan_with`] without any of its values.
    ///
    /// # Errors
    /// As [`Document::plan_with`]; so a reference to the store is [`PlanError::StoreReference`].
    pub fn plan(&self, parameters: &Parameters, platform: Platform) -> Result<Plan, PlanError> {
        self.plan_with(parameters, platform, &StoreValues::new())
    }

    /// Plans a run: puts the values of parameters in, then those of the store, reads timeouts and flow members (only
    /// inside `inputs`, where stock agents read them too; schema 1.x has none), and evaluates preconditions.
    ///
    /// - In schema 1.x each object of `properties` is a step; an empty list is one step without inputs (our choice), and
    ///   what is not an object becomes the input `properties`. The plugin's `settings` become the input `settings` of
    ///   each, unless a property has that name (our choice).
    /// - Scripts get parameters of the interpolation `ENV_VAR` as variables ([`PlannedStep::environment`]) and refer to them.
    /// - `{{ssm:...}}` becomes the value of the store, in the texts of the document and in values of parameters. A list
    ///   can only be an element of a list, by itself, and becomes so many elements. Values of the store are not looked
    ///   at again. [`Document::store_references`] tells what to look up.
    ///
    /// # Errors
    /// [`PlanError`] when the values make the document too large, a value of the store is missing or of the wrong form,
    /// or a parameter cannot be a variable.
    ///
    /// Source: agent protocol 5.1 to 5.6.
    pub fn plan_with(
        &self,
        parameters: &Parameters,
        platform: Platform,
        store: &StoreValues,
    ) -> Result<Plan, PlanError> {
        let mut substitution = Substitution::new(self, parameters, StoreUse::Resolve(store));
        let steps = self.planned_steps(platform, &mut substitution)?;
        Ok(Plan { schema: self.schema(), steps })
    }

    /// What [`Document::plan_with`] needs of the parameter store: each `{{ssm:...}}` in the texts that the document runs
    /// with, and in the values of its parameters. The references of all steps are among them, whether they
    /// are for this run or not, as with stock agents.
    ///
    /// # Errors
    /// [`PlanError`] when there are more than [`StoreReference::MAX_COUNT`], or no plan can be made with any values.
    ///
    /// Source: agent protocol 5.2.
    pub fn store_references(&self, parameters: &Parameters) -> Result<BTreeSet<StoreReference>, PlanError> {
        let mut substitution = Substitution::new(self, parameters, StoreUse::Collect(BTreeSet::new()));
        // The platform decides about preconditions, which cannot refer to the store.
        self.planned_steps(Platform::Linux, &mut substitution)?;
        self.resolved(parameters, &mut substitution)?;
        Ok(substitution.into_references())
    }

    /// The values of a run with those of the store put in, for the agent's checks of parameters: patterns are matched
    /// with what a value comes to. Plan with the values as they came, so that nothing is put in twice.
    ///
    /// # Errors
    /// [`PlanError`] when a value is too large, or a reference in it cannot be resolved.
    ///
    /// Source: agent protocol 5.2.
    pub fn resolve_parameters(&self, parameters: &Parameters, store: &StoreValues) -> Result<Parameters, PlanError> {
        self.resolved(parameters, &mut Substitution::new(self, parameters, StoreUse::Resolve(store)))
    }

    fn resolved(&self, parameters: &Parameters, substitution: &mut Substitution<'_>) -> Result<Parameters, PlanError> {
        let resolved = |name: &String| {
            let value = self.value(parameters, name)?;
            let resolved = substitution.parameter(value).map_err(|fault| match fault {
                Fault::Size(error) => PlanError::Substitution(error),
                Fault::TooManyReferences => PlanError::TooManyReferences,
                Fault::Missing(_) | Fault::ListInText(_) | Fault::LongReference => {
                    PlanError::ParameterReference { parameter: excerpt(name) }
                }
            });
            Some(resolved.map(|value| (name.clone(), value)))
        };
        self.parameters().keys().filter_map(resolved).collect()
    }

    fn planned_steps(
        &self,
        platform: Platform,
        substitution: &mut Substitution<'_>,
    ) -> Result<Vec<PlannedStep>, PlanError> {
        let mut steps = Vec::new();
        match self.body() {
            Body::RuntimeConfig(plugins) => {
                for entry in plugins {
                    self.plan_plugin(entry, platform, substitution, &mut steps)?;
                }
            }
            Body::MainSteps(entries) => {
                for (index, step) in entries.iter().enumerate() {
                    let filled = filled(&step.inputs, 0, &step.plugin, substitution);
                    let inputs = as_inputs(filled.map_err(|fault| PlanError::of(fault, &step.name))?, "inputs");
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
                        precondition: self.evaluate(precondition, &step.name, platform, substitution)?,
                        inputs,
                    });
                }
            }
        }
        if steps.len() > Self::MAX_STEPS {
            return Err(PlanError::TooManySteps);
        }
        self.give_variables(&mut steps, platform, substitution)?;
        Ok(steps)
    }

    fn plan_plugin(
        &self,
        entry: &RuntimePlugin,
        platform: Platform,
        substitution: &mut Substitution<'_>,
        steps: &mut Vec<PlannedStep>,
    ) -> Result<(), PlanError> {
        let fault = |fault| PlanError::of(fault, &entry.key);
        let precondition = self.evaluate(entry.precondition.as_ref(), &entry.key, platform, substitution)?;
        let settings = substitution.value(&entry.settings).map_err(fault)?;
        for (index, item) in property_items(entry, substitution).map_err(fault)?.into_iter().enumerate() {
            if steps.len() >= Self::MAX_STEPS {
                return Err(PlanError::TooManySteps);
            }
            let mut inputs = as_inputs(item, "properties");
            if !settings.is_null() && !inputs.keys().any(|name| name.eq_ignore_ascii_case(SETTINGS)) {
                substitution.measure(&settings, 0)?;
                inputs.insert(SETTINGS.to_owned(), settings.clone());
            }
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

    /// Gives each step that runs a script the variables of the document. They count for each of these steps.
    fn give_variables(
        &self,
        steps: &mut [PlannedStep],
        platform: Platform,
        substitution: &mut Substitution<'_>,
    ) -> Result<(), PlanError> {
        let mut with_script = steps.iter_mut().filter(|step| Language::of_plugin(step.plugin.as_str()).is_some());
        let Some(first) = with_script.next() else { return Ok(()) };
        let variables = self.variables(&first.key, platform, substitution)?;
        for step in with_script {
            for (name, value) in &variables {
                substitution.spend(name.len() + value.len())?;
            }
            step.environment.clone_from(&variables);
        }
        first.environment = variables;
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

/// The input that holds the `settings` of schema 1.x.
const SETTINGS: &str = "settings";

/// Inputs with all values put in, at this depth.
fn filled(
    inputs: &Value,
    depth: usize,
    plugin: &PluginName,
    substitution: &mut Substitution<'_>,
) -> Result<Value, Fault> {
    match Language::of_plugin(plugin.as_str()) {
        Some(language) => script_inputs(inputs, depth, language, substitution),
        None => substitution.nested(inputs, depth),
    }
}

/// The properties of a plugin one by one, with all values put in.
fn property_items(entry: &RuntimePlugin, substitution: &mut Substitution<'_>) -> Result<Vec<Value>, Fault> {
    let mut filled_items = Vec::new();
    match &entry.properties {
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(_) => filled_items.push(filled(item, 1, &entry.plugin, substitution)?),
                    other => substitution.element(other, 1, &mut filled_items)?,
                }
            }
        }
        single => match filled(single, 0, &entry.plugin, substitution)? {
            Value::Array(items) => filled_items = items,
            other => filled_items.push(other),
        },
    }
    if filled_items.is_empty() {
        filled_items.push(Value::Null);
    }
    Ok(filled_items)
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
