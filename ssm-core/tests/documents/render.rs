//! A document as a text that people can read: what it says, what it runs on each platform, and what is odd about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;
use ssm_core::document::{
    Document, DocumentError, Format, Interpolation, OnFailure, OnSuccess, ParameterDefinition, Parameters, Plan,
    PlannedStep, Platform, PreconditionOutcome, StoreValue, StoreValues,
};

/// What a run of the document gets.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// Supplied by a caller.
    pub(crate) supplied: BTreeMap<String, Vec<String>>,
    /// As they reach an agent, for documents that no service takes.
    pub(crate) values: Parameters,
    pub(crate) store: StoreValues,
}

impl Given {
    /// From an entry of `given.json`.
    pub(crate) fn of(entry: &Value) -> Self {
        let members = |name: &str| entry[name].as_object().cloned().unwrap_or_default();
        let texts = |value: Value| serde_json::from_value::<Vec<String>>(value).unwrap();
        let mut store = StoreValues::new();
        for (reference, value) in members("store") {
            let value = match value {
                Value::String(text) => StoreValue::Text(text),
                list => StoreValue::List(texts(list)),
            };
            store.insert(reference.parse().unwrap(), value);
        }
        let supplied = members("parameters").into_iter().map(|(name, value)| (name, texts(value))).collect();
        Self { supplied, values: members("values").into_iter().collect(), store }
    }
}

/// A document, or why the service takes none and what an agent makes of it.
pub(crate) fn render(text: &str, format: Format, given: &Given) -> String {
    let mut out = String::new();
    match Document::parse_as(text, format) {
        Ok(document) => {
            describe(&mut out, &document);
            match document.check_parameters(&given.supplied) {
                Ok(values) => plans(&mut out, &document, &values, given),
                Err(error) => writeln!(out, "\nparameters refused: {error}").unwrap(),
            }
            warnings(&mut out, &document);
            conversion(&mut out, &document);
        }
        Err(error) => {
            refusal(&mut out, &error);
            let document = Document::parse_lenient_as(text, format).unwrap();
            writeln!(out, "\nas an agent reads it:").unwrap();
            describe(&mut out, &document);
            plans(&mut out, &document, &given.values, given);
        }
    }
    out
}

fn refusal(out: &mut String, error: &DocumentError) {
    writeln!(out, "refused: {}: {error}", error.kind().code()).unwrap();
    let place = error.position().map_or_else(|| "none".to_owned(), |position| position.to_string());
    writeln!(out, "  at {} ({place})", pointer(error.pointer().as_str())).unwrap();
}

fn describe(out: &mut String, document: &Document) {
    writeln!(out, "{} {}", document.format(), document.schema()).unwrap();
    writeln!(out, "description: {}", text(document.description())).unwrap();
    let platforms: Vec<String> = document.platforms().iter().map(ToString::to_string).collect();
    writeln!(out, "platforms: {}", platforms.join(", ")).unwrap();
    writeln!(out, "sha256: {}", document.sha256()).unwrap();
    writeln!(out, "sha1: {}", document.sha1()).unwrap();
    for (key, plugin) in document.result_keys() {
        writeln!(out, "result: {key} of {plugin}").unwrap();
    }
    for (name, definition) in document.parameters() {
        writeln!(out, "parameter {name}: {}", parameter(definition)).unwrap();
    }
}

fn parameter(definition: &ParameterDefinition) -> String {
    let mut said = vec![definition.kind().to_string()];
    let mut say = |name: &str, value: Option<String>| said.extend(value.map(|value| format!("{name} {value}")));
    say("default", definition.default_value().map(Value::to_string));
    say("written", definition.default_text().map(|text| format!("{text:?}")));
    say("allowedValues", definition.allowed_values().map(|values| format!("{values:?}")));
    say("allowedPattern", definition.allowed_pattern().map(str::to_owned));
    say("minItems", definition.min_items().map(|bound| bound.to_string()));
    say("maxItems", definition.max_items().map(|bound| bound.to_string()));
    say("minChars", definition.min_chars().map(|bound| bound.to_string()));
    say("maxChars", definition.max_chars().map(|bound| bound.to_string()));
    say("displayType", definition.display_type().map(str::to_owned));
    say("description", definition.description().map(|text| format!("{text:?}")));
    if definition.interpolation() == Interpolation::EnvironmentVariable {
        said.push("ENV_VAR".to_owned());
    }
    said.join(", ")
}

fn plans(out: &mut String, document: &Document, values: &Parameters, given: &Given) {
    let timeout = document.execution_timeout(&given.supplied).as_secs();
    writeln!(out, "\nexecution timeout: {timeout} s").unwrap();
    for (name, value) in values.iter() {
        writeln!(out, "value {name}: {value}").unwrap();
    }
    match document.store_references(values) {
        Ok(references) => list(out, "store references", references.iter()),
        Err(error) => writeln!(out, "store references: {error}").unwrap(),
    }
    match document.resolve_parameters(values, &given.store).map(|values| document.check_as_agent(&values)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) => writeln!(out, "refused by the agent: {error}").unwrap(),
        Err(error) => writeln!(out, "refused by the agent: {error}").unwrap(),
    }
    let mut known: BTreeMap<String, Platform> = BTreeMap::new();
    for platform in [Platform::Linux, Platform::MacOS, Platform::Windows] {
        let planned = match document.plan_with(values, platform, &given.store) {
            Ok(plan) => steps(&plan),
            Err(error) => format!("  no plan: {error}\n"),
        };
        match known.get(&planned) {
            Some(other) => writeln!(out, "\non {platform}: as on {other}").unwrap(),
            None => {
                write!(out, "\non {platform}:\n{planned}").unwrap();
                known.insert(planned, platform);
            }
        }
    }
}

fn steps(plan: &Plan) -> String {
    let mut out = String::new();
    for step in plan.steps() {
        write!(out, "  {} ({}, {}), {} s", step.key, step.plugin, step.id, step.timeout.as_secs()).unwrap();
        out.push_str(&flow(step));
        out.push('\n');
        match &step.precondition {
            PreconditionOutcome::Satisfied => {}
            PreconditionOutcome::NotSatisfied(reason) => writeln!(out, "    skipped: {reason}").unwrap(),
            PreconditionOutcome::Unrecognised(reason) => writeln!(out, "    fails: {reason}").unwrap(),
        }
        for (name, value) in &step.environment {
            writeln!(out, "    {name}={value:?}").unwrap();
        }
        for (name, value) in &step.inputs {
            match value.as_array().filter(|items| !items.is_empty()) {
                Some(items) => {
                    writeln!(out, "    {name}:").unwrap();
                    items.iter().for_each(|item| writeln!(out, "      - {item}").unwrap());
                }
                None => writeln!(out, "    {name}: {value}").unwrap(),
            }
        }
        list(&mut out, "    secrets", step.secure_references().iter());
    }
    out
}

fn flow(step: &PlannedStep) -> String {
    let on_failure = match step.on_failure {
        OnFailure::Continue => "",
        OnFailure::Exit => ", exit on failure",
        OnFailure::SuccessAndExit => ", success and exit on failure",
    };
    let on_success = match step.on_success {
        OnSuccess::Continue => "",
        OnSuccess::Exit => ", exit on success",
    };
    format!("{on_failure}{on_success}{}", if step.finally { ", finally" } else { "" })
}

fn warnings(out: &mut String, document: &Document) {
    out.push('\n');
    for warning in document.warnings() {
        let place = warning.position.map_or_else(|| "none".to_owned(), |place| place.to_string());
        writeln!(out, "warning {} at {} ({place})", warning.kind, pointer(warning.pointer.as_str())).unwrap();
        writeln!(out, "  {}", warning.text).unwrap();
    }
}

fn conversion(out: &mut String, document: &Document) {
    let other = if document.format() == Format::Json { Format::Yaml } else { Format::Json };
    writeln!(out, "\nin {other}:").unwrap();
    for line in document.text_in(other).lines() {
        // A literal block that keeps its last line breaks has lines without anything.
        writeln!(out, "{}", format!("  | {line}").trim_end()).unwrap();
    }
}

fn pointer(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}

fn text(text: Option<&str>) -> String {
    text.map_or_else(|| "none".to_owned(), |text| format!("{text:?}"))
}

fn list<T: ToString>(out: &mut String, what: &str, items: impl Iterator<Item = T>) {
    let items: BTreeSet<String> = items.map(|item| item.to_string()).collect();
    if !items.is_empty() {
        let items: Vec<String> = items.into_iter().collect();
        writeln!(out, "{what}: {}", items.join(", ")).unwrap();
    }
}
