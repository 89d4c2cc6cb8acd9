//! From text to [`Document`]: one parser, strict for what people create, lenient for what an agent receives.

mod definition;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::catalog::{self, InputKind};
use super::error::{Fault, excerpt};
use super::model::{Body, MainStep, Precondition, RuntimePlugin};
use super::substitute::{placeholders, whole_placeholder};
use super::tree::{self, Format, Path, Pointer, ReadFault, ReadFaultReason, Tree};
use super::{Document, DocumentError, DocumentErrorKind, ParameterDefinition, SchemaVersion};
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
    /// Reads a document in JSON as the service does when one is created: schema 1.0, 1.2, 2.0 to 2.0.3 or 2.2. Unknown
    /// members are ignored; own plugins (names without the prefix `aws:`) are welcome.
    ///
    /// Refused by our choice: a parameter without a default whose name has other than letters and digits (agents drop
    /// its values), two steps of one name, a key twice in a map, and a `StringList` parameter as the whole of an input
    /// that takes one text.
    ///
    /// # Errors
    /// [`DocumentError`] with the public text where one is known: longer than [`Document::MAX_BYTES`], not JSON,
    /// another schema version, a missing or unknown part, an unknown plugin, a wrong parameter, a reference to none.
    ///
    /// Source: service specification 4.1 to 4.8.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        Self::parse_as(text, Format::Json)
    }

    /// As [`Document::parse`], of a text in this format. In YAML `schemaVersion` may be a number (`2.2`), which stock
    /// agents read as its text.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_as(text: &str, format: Format) -> Result<Self, DocumentError> {
        parse(text, format, Mode::Strict)
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
        Self::parse_lenient_as(text, Format::Json)
    }

    /// As [`Document::parse_lenient`], of a text in this format.
    ///
    /// # Errors
    /// As [`Document::parse_lenient`].
    pub fn parse_lenient_as(text: &str, format: Format) -> Result<Self, DocumentError> {
        parse(text, format, Mode::Lenient)
    }
}

fn parse(text: &str, format: Format, mode: Mode) -> Result<Document, DocumentError> {
    let limit = if mode == Mode::Strict { Document::MAX_BYTES } else { Document::MAX_LENIENT_BYTES };
    if text.len() > limit {
        let reason = format!("A document has at most {limit} bytes.");
        return Err(DocumentError::new(DocumentErrorKind::TooLarge, reason, Pointer::default(), None));
    }
    let tree = tree::read(text, format).map_err(|fault| unreadable(fault, format))?;
    let parts = parts(tree, format, mode).map_err(|fault| placed(fault, text, format))?;
    Ok(Document::new(text, format, parts))
}

fn unreadable(ReadFault { reason, position }: ReadFault, format: Format) -> DocumentError {
    let text = match reason {
        ReadFaultReason::NotWellFormed => format!("{format} not well-formed. at {position}"),
        ReadFaultReason::Refused(reason) => reason,
    };
    DocumentError::new(DocumentErrorKind::Content, text, Pointer::default(), Some(position))
}

fn placed(fault: Fault, text: &str, format: Format) -> DocumentError {
    let Fault { kind, text: reason, pointer, tells_place } = fault;
    let position = tree::locate(text, format, &pointer);
    let reason = match position {
        Some(position) if tells_place => format!("{reason} at {position}"),
        _ => reason,
    };
    DocumentError::new(kind, reason, pointer, position)
}

/// What a document is made of, apart from its text.
#[derive(Debug, PartialEq)]
pub(super) struct Parts {
    pub(super) schema: SchemaVersion,
    pub(super) description: Option<String>,
    pub(super) parameters: IndexMap<String, ParameterDefinition>,
    pub(super) body: Body,
}

fn parts(tree: Tree, format: Format, mode: Mode) -> Result<Parts, Fault> {
    let at = Path::ROOT;
    let Tree::Map(mut content) = tree else {
        let shape = if format == Format::Json { "JSON object" } else { "YAML map" };
        return Err(Fault::content(&at, format!("A document is a {shape}.")));
    };
    let schema = schema_version(content.swap_remove("schemaVersion"), format)?;
    let description = label(content.swap_remove("description"), &at.key("description"))?;
    let parameters = parameters(content.swap_remove("parameters"), mode)?;
    let (section, foreign) =
        if schema.has_steps() { ("mainSteps", "runtimeConfig") } else { ("runtimeConfig", "mainSteps") };
    if mode == Mode::Strict && content.get(foreign).is_some_and(|section| *section != Tree::Null) {
        return Err(Fault::content(&at.key(foreign), format!("Unknown property \"{foreign}\".")));
    }
    let (content, at_section) = (content.swap_remove(section).unwrap_or(Tree::Null), at.key(section));
    let body = if schema.has_steps() {
        main_steps(content, &at_section, schema, mode)?
    } else {
        runtime_config(content, &at_section, mode)?
    };
    if mode == Mode::Strict {
        check_references(&body, &parameters)?;
    }
    Ok(Parts { schema, description, parameters, body })
}

fn schema_version(version: Option<Tree>, format: Format) -> Result<SchemaVersion, Fault> {
    let root = Path::ROOT;
    let at = root.key("schemaVersion");
    let (text, plain) = match version {
        Some(Tree::Text(text)) => (text, true),
        Some(Tree::Number(number)) => (number.to_string(), format == Format::Yaml),
        None | Some(Tree::Null) => return Err(Fault::schema(&root, "Missing \"schemaVersion\" in the document.")),
        Some(other) => (other.into_value().to_string(), false),
    };
    let known = if plain { text.parse().ok() } else { None };
    known.ok_or_else(|| {
        let text = excerpt(&text);
        Fault::schema(
            &at,
            format!(
                "Document with schema version {text} is not supported by this version of ssm agent, \
                 please update to latest version"
            ),
        )
    })
}

fn parameters(section: Option<Tree>, mode: Mode) -> Result<IndexMap<String, ParameterDefinition>, Fault> {
    let root = Path::ROOT;
    let at = root.key("parameters");
    let declared = map(section.unwrap_or(Tree::Null), &at)?;
    if declared.len() > Document::MAX_PARAMETERS {
        let most = Document::MAX_PARAMETERS;
        return Err(Fault::content(&at, format!("A document has at most {most} parameters.")));
    }
    let one = |(name, tree): (String, Tree)| {
        let definition = definition(&name, tree, &at.key(&name), mode)?;
        Ok((name, definition))
    };
    declared.into_iter().map(one).collect()
}

fn runtime_config(section: Tree, at: &Path<'_>, mode: Mode) -> Result<Body, Fault> {
    let config = map(section, at)?;
    check_count(config.len(), at, "runtimeConfig", mode)?;
    let entry = |(name, entry): (String, Tree)| {
        let at = at.key(&name);
        let plugin = plugin_name(&name, &at, mode)?;
        let key = step_name(plugin.as_str(), &at)?;
        let mut members = map(entry, &at)?;
        let precondition = precondition(members.swap_remove("precondition"), &at.key("precondition"), &key)?;
        let settings = members.swap_remove("settings").unwrap_or(Tree::Null).into_value();
        let properties = members.swap_remove("properties").unwrap_or(Tree::Null).into_value();
        if mode == Mode::Strict {
            check_properties(&plugin, &properties, &at.key("properties"))?;
        }
        Ok(RuntimePlugin { plugin, key, settings, properties, precondition })
    };
    let plugins = config.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let steps = plugins.iter().map(|plugin| plugin.properties.as_array().map_or(1, |items| items.len().max(1))).sum();
    if mode == Mode::Strict {
        check_count(steps, at, "runtimeConfig", mode)?;
    }
    Ok(Body::RuntimeConfig(plugins))
}

/// Empty properties, and properties that a parameter will fill, are left to the run.
fn check_properties(plugin: &PluginName, properties: &Value, at: &Path<'_>) -> Result<(), Fault> {
    let check = |item: &Value, at: &Path<'_>| match item {
        Value::Object(inputs) if !inputs.is_empty() => check_inputs(plugin, inputs, at),
        _ => Ok(()),
    };
    match properties {
        Value::Array(items) => items.iter().enumerate().try_for_each(|(place, item)| check(item, &at.index(place))),
        single => check(single, at),
    }
}

fn main_steps(section: Tree, at: &Path<'_>, schema: SchemaVersion, mode: Mode) -> Result<Body, Fault> {
    let entries = match section {
        Tree::Null => Vec::new(),
        Tree::List(entries) => entries,
        _ => return Err(Fault::content(at, "Member \"mainSteps\" must be a list.")),
    };
    check_count(entries.len(), at, "mainSteps", mode)?;
    let mut names = BTreeSet::new();
    let mut steps: Vec<MainStep> = Vec::with_capacity(entries.len());
    for (place, entry) in entries.into_iter().enumerate() {
        let at = at.index(place);
        let step = main_step(entry, &at, mode)?;
        if mode == Mode::Strict {
            check_step(&step, &at, schema)?;
            if !names.insert(step.name.clone()) {
                let name = excerpt(step.name.as_str());
                return Err(Fault::content(&at.key("name"), format!("More than one step has the name \"{name}\".")));
            }
        }
        steps.push(step);
    }
    Ok(Body::MainSteps(steps))
}

fn main_step(entry: Tree, at: &Path<'_>, mode: Mode) -> Result<MainStep, Fault> {
    if !matches!(entry, Tree::Map(_) | Tree::Null) {
        return Err(Fault::content(at, "A step must be an object."));
    }
    let mut step = map(entry, at)?;
    let needed: &[&str] = if mode == Mode::Strict { &["action", "inputs", "name"] } else { &["action", "name"] };
    check_required(&step, needed, at)?;
    let (at_action, at_name) = (at.key("action"), at.key("name"));
    let action = text(step.swap_remove("action"), &at_action)?.unwrap_or_default();
    let name = step_name(&text(step.swap_remove("name"), &at_name)?.unwrap_or_default(), &at_name)?;
    let precondition = precondition(step.swap_remove("precondition"), &at.key("precondition"), &name)?;
    let inputs = step.swap_remove("inputs").unwrap_or(Tree::Null).into_value();
    Ok(MainStep { plugin: plugin_name(&action, &at_action, mode)?, name, inputs, precondition })
}

fn check_step(step: &MainStep, at: &Path<'_>, schema: SchemaVersion) -> Result<(), Fault> {
    let name = excerpt(step.name.as_str());
    let Value::Object(inputs) = &step.inputs else {
        return Err(Fault::content(&at.key("inputs"), format!("The \"inputs\" of step \"{name}\" must be an object.")));
    };
    if step.precondition.is_some() && !schema.has_preconditions() {
        return Err(Fault::content(
            &at.key("precondition"),
            format!(
                "Unrecognized field \"precondition\". Precondition is supported only for Command and Policy document \
                 types and for schema version 2.2 or higher. Step name: {name}"
            ),
        ));
    }
    check_inputs(&step.plugin, inputs, &at.key("inputs"))
}

/// Whether a public plugin has the inputs that it needs.
fn check_inputs(plugin: &PluginName, inputs: &serde_json::Map<String, Value>, at: &Path<'_>) -> Result<(), Fault> {
    let Some(facts) = catalog::find(plugin.as_str()) else { return Ok(()) };
    let is_given = |name: &str| {
        let mut given = inputs.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        given.any(|(_, value)| !value.is_null())
    };
    let missing: Vec<_> = facts.inputs.iter().filter(|input| input.required && !is_given(input.name)).collect();
    missing_properties(missing.into_iter().map(|input| input.name), at)
}

fn check_count(count: usize, at: &Path<'_>, section: &str, mode: Mode) -> Result<(), Fault> {
    if count > Document::MAX_STEPS {
        return Err(Fault::content(at, format!("A document has at most {} steps.", Document::MAX_STEPS)));
    }
    match (count, mode) {
        (0, Mode::Strict) => Err(Fault::content(&Path::ROOT, format!("Missing \"{section}\" in the document."))),
        (0, Mode::Lenient) => Err(Fault::content(&Path::ROOT, "Unsupported schema format")),
        _ => Ok(()),
    }
}

/// Whether every reference is to a declared parameter, and none of a list is the whole of an input that takes one text.
fn check_references(body: &Body, declared: &IndexMap<String, ParameterDefinition>) -> Result<(), Fault> {
    let root = Path::ROOT;
    match body {
        Body::RuntimeConfig(plugins) => {
            let section = root.key("runtimeConfig");
            for entry in plugins {
                let at = section.key(entry.plugin.as_str());
                check_values(&entry.settings, &at.key("settings"), declared)?;
                let at_properties = at.key("properties");
                check_values(&entry.properties, &at_properties, declared)?;
                match &entry.properties {
                    Value::Array(items) => items.iter().enumerate().try_for_each(|(place, item)| {
                        check_agreement(&entry.plugin, item, &at_properties.index(place), declared)
                    })?,
                    single => check_agreement(&entry.plugin, single, &at_properties, declared)?,
                }
                check_arguments(entry.precondition.as_ref(), &at.key("precondition"), declared)?;
            }
        }
        Body::MainSteps(steps) => {
            let section = root.key("mainSteps");
            for (place, step) in steps.iter().enumerate() {
                let at = section.index(place);
                let at_inputs = at.key("inputs");
                check_values(&step.inputs, &at_inputs, declared)?;
                check_agreement(&step.plugin, &step.inputs, &at_inputs, declared)?;
                check_arguments(step.precondition.as_ref(), &at.key("precondition"), declared)?;
            }
        }
    }
    Ok(())
}

fn check_values(value: &Value, at: &Path<'_>, declared: &IndexMap<String, ParameterDefinition>) -> Result<(), Fault> {
    match value {
        Value::String(text) => check_text(text, at, declared),
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(place, item)| check_values(item, &at.index(place), declared))
        }
        Value::Object(map) => map.iter().try_for_each(|(key, item)| check_values(item, &at.key(key), declared)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn check_arguments(
    precondition: Option<&Precondition>,
    at: &Path<'_>,
    declared: &IndexMap<String, ParameterDefinition>,
) -> Result<(), Fault> {
    for (operator, arguments) in precondition.into_iter().flatten() {
        let at = at.key(operator);
        for (place, argument) in arguments.iter().enumerate() {
            check_text(argument, &at.index(place), declared)?;
        }
    }
    Ok(())
}

fn check_text(text: &str, at: &Path<'_>, declared: &IndexMap<String, ParameterDefinition>) -> Result<(), Fault> {
    match placeholders(text).find(|placeholder| !declared.contains_key(placeholder.name)) {
        Some(placeholder) => {
            Err(Fault::content(at, format!("Parameter \"{}\" is not declared.", excerpt(placeholder.name))))
        }
        None => Ok(()),
    }
}

/// Source: the user guide's rule that types of references and inputs agree (service specification 4.3). The text is
/// our own. A single text for an input that takes a list is left to the run.
fn check_agreement(
    plugin: &PluginName,
    inputs: &Value,
    at: &Path<'_>,
    declared: &IndexMap<String, ParameterDefinition>,
) -> Result<(), Fault> {
    let (Some(facts), Value::Object(inputs)) = (catalog::find(plugin.as_str()), inputs) else { return Ok(()) };
    for (name, value) in inputs {
        let (Some(input), Some(text)) = (facts.input(name), value.as_str()) else { continue };
        let Some(reference) = whole_placeholder(text) else { continue };
        let is_list = declared.get(reference.name).is_some_and(|definition| definition.kind().is_list());
        if is_list && input.kind == InputKind::Text {
            let (parameter, input) = (excerpt(reference.name), input.name);
            return Err(Fault::content(
                &at.key(name),
                format!("Parameter \"{parameter}\" is a list, and input \"{input}\" takes one text."),
            ));
        }
    }
    Ok(())
}

fn plugin_name(name: &str, at: &Path<'_>, mode: Mode) -> Result<PluginName, Fault> {
    let unknown = || Fault::content(at, format!("Unknown plugin name: {}", excerpt(name)));
    if mode == Mode::Strict && !catalog::may_be_named(name) {
        return Err(unknown());
    }
    name.parse().map_err(|_| unknown())
}

fn step_name(name: &str, at: &Path<'_>) -> Result<StepName, Fault> {
    name.parse().map_err(|error| Fault::content(at, format!("{error}.")))
}

fn precondition(tree: Option<Tree>, at: &Path<'_>, step: &StepName) -> Result<Option<Precondition>, Fault> {
    let wrong = || {
        let step = excerpt(step.as_str());
        Fault::content(at, format!("A precondition maps an operator to a list of strings. Step name: {step}"))
    };
    let operators = match tree {
        None | Some(Tree::Null) => return Ok(None),
        Some(Tree::Map(operators)) => operators,
        Some(_) => return Err(wrong()),
    };
    let argument = |tree| match tree {
        Tree::Text(text) => Ok(text),
        _ => Err(wrong()),
    };
    let operator = |(name, arguments): (String, Tree)| match arguments {
        Tree::List(arguments) => Ok((name, arguments.into_iter().map(argument).collect::<Result<_, _>>()?)),
        _ => Err(wrong()),
    };
    operators.into_iter().map(operator).collect::<Result<_, _>>().map(Some)
}

/// The members of a map; of nothing, none.
fn map(tree: Tree, at: &Path<'_>) -> Result<IndexMap<String, Tree>, Fault> {
    match tree {
        Tree::Map(map) => Ok(map),
        Tree::Null => Ok(IndexMap::new()),
        _ => Err(Fault::content(at, format!("\"{}\" must have an object.", excerpt(&at.name())))),
    }
}

fn check_required(map: &IndexMap<String, Tree>, names: &[&str], at: &Path<'_>) -> Result<(), Fault> {
    let is_missing = |name: &&&str| map.get(**name).is_none_or(|value| *value == Tree::Null);
    missing_properties(names.iter().filter(is_missing).copied(), at)
}

fn missing_properties<'n>(names: impl Iterator<Item = &'n str>, at: &Path<'_>) -> Result<(), Fault> {
    let names: Vec<_> = names.collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(Fault::content(at, format!("object has missing required properties ([\"{}\"])", names.join("\",\""))))
}

/// A text for people. A number or a boolean is taken as its text, since YAML's authors leave quotes out: our choice.
fn label(tree: Option<Tree>, at: &Path<'_>) -> Result<Option<String>, Fault> {
    match tree {
        Some(Tree::Number(number)) => Ok(Some(number.to_string())),
        Some(Tree::Bool(value)) => Ok(Some(value.to_string())),
        other => text(other, at),
    }
}

fn text(tree: Option<Tree>, at: &Path<'_>) -> Result<Option<String>, Fault> {
    match tree {
        None | Some(Tree::Null) => Ok(None),
        Some(Tree::Text(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::content(at, format!("Member \"{}\" must be a string.", at.name()))),
    }
}
