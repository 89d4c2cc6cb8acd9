//! The plan of a run: the steps of a document, flat, with every value put in.

mod error;
mod step;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::environment::{Language, script_inputs};
use super::model::{Body, Precondition, RuntimePlugin};
use super::precondition::{self, PreconditionOutcome};
use super::reference::{StoreReference, StoreValues};
use super::substitute::{Fault, StoreUse, Substitution, SubstitutionError};
use super::{Document, Parameters, Platform, SchemaVersion, timeout};
use crate::ids::{PluginName, StepName};
pub use error::{PlanError, ReferenceProblem};
pub(super) use step::{InputNames, are_variables_of};
pub use step::{OnFailure, OnSuccess, PlannedStep};

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

/// A stored plan to which no document is planned: no steps or too many, a final one in the middle, a timeout out of
/// bounds, variables that no script gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stored plan")]
struct InvalidPlan;

impl TryFrom<StoredPlan> for Plan {
    type Error = InvalidPlan;

    fn try_from(StoredPlan { schema, steps }: StoredPlan) -> Result<Self, InvalidPlan> {
        let last = steps.len().saturating_sub(1);
        let is_possible = |(at, step): (usize, &PlannedStep)| (at == last || !step.finally) && step.is_possible();
        let holds = (1..=Document::MAX_STEPS).contains(&steps.len()) && steps.iter().enumerate().all(is_possible);
        holds.then_some(Self { schema, steps }).ok_or(InvalidPlan)
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
            let resolved = substitution.parameter(value);
            let resolved = resolved.map_err(|fault| PlanError::of_parameter(fault, name));
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
