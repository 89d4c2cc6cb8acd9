//! From text to [`Document`]: one parser, strict for what people create, lenient for what an agent receives.

mod definition;
#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::{Map, Value};

use super::error::excerpt;
use super::model::{Body, MainStep, Precondition, RuntimePlugin};
use super::substitute::placeholders;
use super::{Document, DocumentError, ParameterDefinition, SchemaVersion, catalog};
use crate::ids::{PluginName, StepName};
use definition::definition;

/// How much is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// All that the service refuses.
    Strict,
    /// Only what has no meaning; the run tells the rest step by step.
    Lenient,
}

impl Document {
    /// Reads a document as the service does when one is created: JSON of schema 1.0, 1.2, 2.0 to 2.0.3 or 2.2. Unknown
    /// members are ignored; own plugins (names without the prefix `aws:`) are welcome.
    ///
    /// Refused by our choice: the parameter types `Integer`, `Boolean`, `MapList`, `StringMap` and those of AWS
    /// resources (not supported yet), parameter names other than letters and digits (no agent would see them), and two
    /// steps of one name.
    ///
    /// # Errors
    /// [`DocumentError`] with the public text where one is known: longer than [`Document::MAX_BYTES`], not JSON,
    /// another schema version, a missing or unknown part, an unknown plugin, a wrong parameter, a reference to none.
    ///
    /// Source: service specification 4.1 to 4.8.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        parse(text, Mode::Strict)
    }

    /// Reads a document as an agent does that received one: as [`Document::parse`], up to
    /// [`Document::MAX_LENIENT_BYTES`], and with unknown plugins, undeclared references, misplaced preconditions and
    /// any parameter type.
    ///
    /// # Errors
    /// [`DocumentError`] when there is nothing that could run.
    ///
    /// Source: agent protocol 5.1; the texts are those of the stock agent where known.
    pub fn parse_lenient(text: &str) -> Result<Self, DocumentError> {
        parse(text, Mode::Lenient)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: Option<Value>,
    description: Option<String>,
    parameters: Option<IndexMap<String, Value>>,
    runtime_config: Option<IndexMap<String, Value>>,
    main_steps: Option<Vec<Value>>,
}

fn parse(text: &str, mode: Mode) -> Result<Document, DocumentError> {
    let limit = if mode == Mode::Strict { Document::MAX_BYTES } else { Document::MAX_LENIENT_BYTES };
    if text.len() > limit {
        return Err(DocumentError::too_large(limit));
    }
    if !text.trim_start().starts_with('{') {
        // A list would do for serde, member by member.
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| not_json(&error))?;
        return Err(DocumentError::content("A document is a JSON object."));
    }
    let raw: Raw = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let schema = schema_version(raw.schema_version.as_ref())?;
    let parameters = raw.parameters.unwrap_or_default();
    if parameters.len() > Document::MAX_PARAMETERS {
        let most = Document::MAX_PARAMETERS;
        return Err(DocumentError::content(format!("A document has at most {most} parameters.")));
    }
    let parameters = parameters.into_iter();
    let parameters = parameters.map(|(name, value)| Ok((name.clone(), definition(&name, value, mode)?)));
    let parameters = parameters.collect::<Result<IndexMap<_, _>, _>>()?;
    let (foreign, foreign_name) = if schema.has_steps() {
        (raw.runtime_config.is_some(), "runtimeConfig")
    } else {
        (raw.main_steps.is_some(), "mainSteps")
    };
    if foreign && mode == Mode::Strict {
        return Err(DocumentError::content(format!("Unknown property \"{foreign_name}\".")));
    }
    let body = if schema.has_steps() {
        main_steps(raw.main_steps.unwrap_or_default(), schema, mode)?
    } else {
        runtime_config(raw.runtime_config.unwrap_or_default(), mode)?
    };
    if mode == Mode::Strict {
        check_references(&body, &parameters)?;
    }
    Ok(Document::new(text, schema, raw.description, parameters, body))
}

fn not_json(error: &serde_json::Error) -> DocumentError {
    DocumentError::content(match error.classify() {
        Category::Data => format!("The document has a wrong shape: {}", excerpt(&error.to_string())),
        Category::Syntax | Category::Eof | Category::Io => {
            format!("JSON not well-formed. at Line: {}, Column: {}", error.line(), error.column())
        }
    })
}

fn schema_version(value: Option<&Value>) -> Result<SchemaVersion, DocumentError> {
    let text = match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => return Err(DocumentError::schema("Missing \"schemaVersion\" in the document.")),
    };
    let known = value.is_some_and(Value::is_string).then(|| text.parse().ok()).flatten();
    known.ok_or_else(|| {
        DocumentError::schema(format!(
            "Document with schema version {} is not supported by this version of ssm agent, \
             please update to latest version",
            excerpt(&text)
        ))
    })
}

fn runtime_config(config: IndexMap<String, Value>, mode: Mode) -> Result<Body, DocumentError> {
    check_count(config.len(), "runtimeConfig", mode)?;
    let entry = |(name, value): (String, Value)| {
        let plugin = plugin_name(&name, mode)?;
        let key = step_name(plugin.as_str())?;
        let mut members = members(value, key.as_str())?;
        let precondition = precondition(members.remove("precondition"), &key)?;
        let properties = members.remove("properties").unwrap_or_default();
        Ok(RuntimePlugin { plugin, key, properties, precondition })
    };
    Ok(Body::RuntimeConfig(config.into_iter().map(entry).collect::<Result<_, _>>()?))
}

fn main_steps(entries: Vec<Value>, schema: SchemaVersion, mode: Mode) -> Result<Body, DocumentError> {
    check_count(entries.len(), "mainSteps", mode)?;
    let mut steps: Vec<MainStep> = Vec::with_capacity(entries.len());
    for entry in entries {
        let step = main_step(members(entry, "mainSteps")?, mode)?;
        if mode == Mode::Strict {
            check_step(&step, schema)?;
        }
        steps.push(step);
    }
    let mut names: Vec<_> = steps.iter().map(|step| &step.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) if mode == Mode::Strict => {
            Err(DocumentError::content(format!("More than one step has the name \"{}\".", excerpt(pair[0].as_str()))))
        }
        _ => Ok(Body::MainSteps(steps)),
    }
}

fn main_step(mut step: Map<String, Value>, mode: Mode) -> Result<MainStep, DocumentError> {
    let needed: &[&str] = if mode == Mode::Strict { &["action", "inputs", "name"] } else { &["action", "name"] };
    check_required(&step, needed)?;
    let action = text(step.remove("action"), "action")?.unwrap_or_default();
    let name = step_name(&text(step.remove("name"), "name")?.unwrap_or_default())?;
    let precondition = precondition(step.remove("precondition"), &name)?;
    let inputs = step.remove("inputs").unwrap_or_default();
    Ok(MainStep { plugin: plugin_name(&action, mode)?, name, inputs, precondition })
}

fn check_step(step: &MainStep, schema: SchemaVersion) -> Result<(), DocumentError> {
    let name = excerpt(step.name.as_str());
    if !step.inputs.is_object() {
        return Err(DocumentError::content(format!("The \"inputs\" of step \"{name}\" must be an object.")));
    }
    if step.precondition.is_some() && !schema.has_preconditions() {
        return Err(DocumentError::content(format!(
            "Unrecognized field \"precondition\". Precondition is supported only for Command and Policy document \
             types and for schema version 2.2 or higher. Step name: {name}"
        )));
    }
    Ok(())
}

fn check_count(count: usize, section: &str, mode: Mode) -> Result<(), DocumentError> {
    if count > Document::MAX_STEPS {
        return Err(DocumentError::content(format!("A document has at most {} steps.", Document::MAX_STEPS)));
    }
    match (count, mode) {
        (0, Mode::Strict) => Err(DocumentError::content(format!("Missing \"{section}\" in the document."))),
        (0, Mode::Lenient) => Err(DocumentError::content("Unsupported schema format")),
        _ => Ok(()),
    }
}

fn check_references(body: &Body, declared: &IndexMap<String, ParameterDefinition>) -> Result<(), DocumentError> {
    let check = |value: &Value, precondition: Option<&Precondition>| {
        check_texts(value, declared)?;
        let mut arguments = precondition.into_iter().flat_map(IndexMap::values).flatten();
        arguments.try_for_each(|argument| check_text(argument, declared))
    };
    match body {
        Body::RuntimeConfig(plugins) => {
            plugins.iter().try_for_each(|entry| check(&entry.properties, entry.precondition.as_ref()))
        }
        Body::MainSteps(steps) => steps.iter().try_for_each(|step| check(&step.inputs, step.precondition.as_ref())),
    }
}

fn check_texts(value: &Value, declared: &IndexMap<String, ParameterDefinition>) -> Result<(), DocumentError> {
    match value {
        Value::String(text) => check_text(text, declared),
        Value::Array(items) => items.iter().try_for_each(|item| check_texts(item, declared)),
        Value::Object(map) => map.values().try_for_each(|item| check_texts(item, declared)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_text(text: &str, declared: &IndexMap<String, ParameterDefinition>) -> Result<(), DocumentError> {
    match placeholders(text).find(|placeholder| !declared.contains_key(placeholder.name)) {
        Some(placeholder) => {
            Err(DocumentError::content(format!("Parameter \"{}\" is not declared.", excerpt(placeholder.name))))
        }
        None => Ok(()),
    }
}

fn plugin_name(name: &str, mode: Mode) -> Result<PluginName, DocumentError> {
    let unknown = || DocumentError::content(format!("Unknown plugin name: {}", excerpt(name)));
    if mode == Mode::Strict && !catalog::may_be_named(name) {
        return Err(unknown());
    }
    name.parse().map_err(|_| unknown())
}

fn step_name(name: &str) -> Result<StepName, DocumentError> {
    name.parse().map_err(|error| DocumentError::content(format!("{error}.")))
}

fn precondition(value: Option<Value>, step: &StepName) -> Result<Option<Precondition>, DocumentError> {
    value.filter(|value| !value.is_null()).map(serde_json::from_value).transpose().map_err(|_| {
        let step = excerpt(step.as_str());
        DocumentError::content(format!("A precondition maps an operator to a list of strings. Step name: {step}"))
    })
}

/// The members of an object; of nothing, none.
fn members(value: Value, whose: &str) -> Result<Map<String, Value>, DocumentError> {
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(DocumentError::content(format!("\"{}\" must have an object.", excerpt(whose)))),
    }
}

fn check_required(map: &Map<String, Value>, names: &[&str]) -> Result<(), DocumentError> {
    let missing: Vec<_> = names.iter().filter(|name| map.get(**name).is_none_or(Value::is_null)).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(DocumentError::content(format!("object has missing required properties ([\"{}\"])", missing.join("\",\""))))
}

fn text(value: Option<Value>, member: &str) -> Result<Option<String>, DocumentError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(DocumentError::content(format!("Member \"{member}\" must be a string."))),
    }
}
