//! Warnings about members, steps and inputs.

use indexmap::IndexMap;

use super::{Lint, WarningKind};
use crate::document::Platform;
use crate::document::catalog::{self, InputFacts, InputKind, PluginFacts};
use crate::document::environment::Language;
use crate::document::error::excerpt;
use crate::document::reference::refers_to_store;
use crate::document::substitute::{placeholders, whole_placeholder};
use crate::document::timeout::{DEFAULT_STEP_TIMEOUT, MAX_STEP_TIMEOUT, MIN_STEP_TIMEOUT};
use crate::document::tree::{Path, Tree};

type Members = IndexMap<String, Tree>;

/// Members of a content that have a meaning, or that authors write for their editors.
const CONTENT: &[&str] =
    &["schemaVersion", "description", "parameters", "runtimeConfig", "mainSteps", "files", "$schema"];
/// Members of a content that belong to Automation runbooks.
const OF_RUNBOOKS: &[&str] = &["assumeRole", "outputs", "variables"];
/// Members of a plugin in `runtimeConfig`.
const OF_PLUGINS: &[&str] = &["settings", "properties", "description"];
const OF_STEPS: &[&str] = &["action", "name", "inputs", "precondition", "settings", "description"];
/// Members of a step that agents read inside `inputs` alone. Source: agent protocol 5.1, 5.5.
const INSIDE_INPUTS: &[&str] = &["onFailure", "onSuccess", "finallyStep", "timeoutSeconds"];
/// Members of a step that agents never act on. Source: agent protocol 5.1.
const WITHOUT_EFFECT: &[&str] = &["maxAttempts", "isEnd", "isCritical", "nextStep", "onCancel", "outputs"];

impl Lint<'_> {
    pub(super) fn members(&mut self, content: &Members) {
        let root = Path::ROOT;
        for name in content.keys() {
            let at = root.key(name);
            if OF_RUNBOOKS.contains(&name.as_str()) {
                let text =
                    format!("\"{name}\" belongs to Automation runbooks; it has no effect in a command document.");
                self.warn(WarningKind::UnknownMember, &at, text);
            } else if !CONTENT.contains(&name.as_str()) {
                let name = excerpt(name);
                self.warn(WarningKind::UnknownMember, &at, format!("\"{name}\" has no meaning in a document."));
            }
        }
    }

    pub(super) fn body(&mut self, content: &Members) {
        let root = Path::ROOT;
        if self.document.schema().has_steps() {
            let at = root.key("mainSteps");
            let Some(Tree::List(steps)) = content.get("mainSteps") else { return };
            for (place, step) in steps.iter().enumerate() {
                if let Tree::Map(step) = step {
                    self.step(step, &at.index(place), place + 1 == steps.len());
                }
            }
        } else if let Some(Tree::Map(config)) = content.get("runtimeConfig") {
            let at = root.key("runtimeConfig");
            if config.len() > 1 {
                let text =
                    "Stock agents run the plugins of \"runtimeConfig\" in no certain order; schema 2.2 keeps it.";
                self.warn(WarningKind::OrderUncertain, &at, text);
            }
            for (plugin, entry) in config {
                if let Tree::Map(entry) = entry {
                    self.runtime_plugin(plugin, entry, &at.key(plugin));
                }
            }
        }
    }

    fn runtime_plugin(&mut self, plugin: &str, entry: &Members, at: &Path<'_>) {
        for name in entry.keys().filter(|name| !OF_PLUGINS.contains(&name.as_str())) {
            let at = at.key(name);
            if name == "precondition" {
                let text = "Preconditions need schema version 2.2; agents fail the plugin.";
                self.warn(WarningKind::Precondition, &at, text);
            } else {
                let text = format!("\"{}\" has no meaning here.", excerpt(name));
                self.warn(WarningKind::UnknownMember, &at, text);
            }
        }
        if let Some(settings) = entry.get("settings") {
            self.values(settings, &at.key("settings"));
        }
        let at = at.key("properties");
        match entry.get("properties") {
            Some(Tree::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.inputs(plugin, item, &at.index(place), None);
                }
            }
            Some(single) => self.inputs(plugin, single, &at, None),
            None => {}
        }
    }

    fn step(&mut self, step: &Members, at: &Path<'_>, is_last: bool) {
        for name in step.keys() {
            let at = at.key(name);
            if INSIDE_INPUTS.contains(&name.as_str()) {
                let text = format!("\"{name}\" has no effect beside \"inputs\"; agents read it inside of \"inputs\".");
                self.warn(WarningKind::StepModifierIgnored, &at, text);
            } else if WITHOUT_EFFECT.contains(&name.as_str()) {
                let text = format!("\"{name}\" has no effect in a command document.");
                self.warn(WarningKind::StepModifierIgnored, &at, text);
            } else if !OF_STEPS.contains(&name.as_str()) {
                let text = format!("\"{}\" has no meaning in a step.", excerpt(name));
                self.warn(WarningKind::UnknownMember, &at, text);
            }
        }
        let plugin = text_of(step.get("action")).unwrap_or_default();
        if let Some(Tree::Map(operators)) = step.get("precondition") {
            self.precondition(plugin, operators, &at.key("precondition"));
        }
        if let Some(inputs) = step.get("inputs") {
            self.inputs(plugin, inputs, &at.key("inputs"), Some(is_last));
        }
    }

    fn precondition(&mut self, plugin: &str, operators: &Members, at: &Path<'_>) {
        for (operator, arguments) in operators {
            let at = at.key(operator);
            let Tree::List(arguments) = arguments else { continue };
            let texts: Vec<&str> = arguments.iter().filter_map(|argument| text_of(Some(argument))).collect();
            if texts.iter().any(|text| refers_to_store(text)) {
                let text = "Agents do not look up the parameter store in preconditions; the step fails.";
                self.warn(WarningKind::Precondition, &at, text);
                continue;
            }
            let ([left, right], "StringEquals") = (texts.as_slice(), operator.as_str()) else {
                let text = "Agents know only \"StringEquals\" with two arguments; the step fails.";
                self.warn(WarningKind::Precondition, &at, text);
                continue;
            };
            if left == right {
                let text = "Both sides are the same text, which agents do not take; the step fails.";
                self.warn(WarningKind::Precondition, &at, text);
                continue;
            }
            let platform = match (*left, *right) {
                ("platformType", other) | (other, "platformType") => Some(other),
                _ => None,
            };
            match platform {
                None if (placeholders(left).next(), placeholders(right).next()) == (None, None) => {
                    let text = "Agents compare the platform, or a parameter, with something else; the step fails.";
                    self.warn(WarningKind::Precondition, &at, text);
                }
                None => {}
                Some(word) if placeholders(word).next().is_some() => {
                    let text = "Agents do not compare the platform with a parameter; the step fails.";
                    self.warn(WarningKind::Precondition, &at, text);
                }
                Some(word) => match word.parse::<Platform>() {
                    Err(_) => {
                        let text = format!(
                            "\"{}\" is no platform (Linux, MacOS, Windows); the step is always skipped.",
                            excerpt(word)
                        );
                        self.warn(WarningKind::Precondition, &at, text);
                    }
                    Ok(platform) if !catalog::platforms(plugin).contains(&platform) => {
                        let text = format!("{plugin} does not run on {platform}; the step is always skipped.");
                        self.warn(WarningKind::Precondition, &at, text);
                    }
                    Ok(_) => {}
                },
            }
        }
    }

    /// `is_last` is `None` in schema 1.x, which has no flow members.
    fn inputs(&mut self, plugin: &str, inputs: &Tree, at: &Path<'_>, is_last: Option<bool>) {
        let facts = catalog::find(plugin);
        let Tree::Map(members) = inputs else {
            self.values(inputs, at);
            return;
        };
        for (name, value) in members {
            let at = at.key(name);
            if is_last.is_none() && matches!(name.as_str(), "onFailure" | "onSuccess" | "finallyStep") {
                let text = format!("\"{name}\" has no effect in schema 1.x.");
                self.warn(WarningKind::StepModifierIgnored, &at, text);
                continue;
            }
            match facts.map_or_else(|| catalog::flow(name), |facts| facts.input(name)) {
                Some(input) => self.input(input, value, &at),
                None if let Some(flow) = catalog::flow_in_another_case(name) => {
                    let text =
                        format!("Agents read \"{flow}\" by this very name; \"{}\" has no effect.", excerpt(name));
                    self.warn(WarningKind::StepModifierIgnored, &at, text);
                }
                None if facts.is_some_and(|facts| !facts.open) => {
                    let text = format!("{plugin} has no input \"{}\".", excerpt(name));
                    self.warn(WarningKind::UnknownInput, &at, text);
                }
                None => {}
            }
            if name == "finallyStep" && is_last == Some(false) {
                let text = "Only the last step can be a finally step; here it has no effect.";
                self.warn(WarningKind::FinallyNotLast, &at, text);
            }
            if !(is_script(plugin) && name.eq_ignore_ascii_case("runCommand")) {
                self.values(value, &at);
            }
        }
        if let (true, Some(facts)) = (is_script(plugin), facts) {
            self.script_step(facts, members, at);
        }
    }

    fn script_step(&mut self, facts: &PluginFacts, members: &Members, at: &Path<'_>) {
        let named = |wanted: &str| members.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        if let Some((name, script)) = named("runCommand") {
            self.script(facts.name, script, &at.key(name));
        }
        let default = DEFAULT_STEP_TIMEOUT.as_secs();
        match named("timeoutSeconds") {
            None | Some((_, Tree::Null)) => {
                let text = format!("Without \"timeoutSeconds\" the step may run for {default} seconds.");
                self.warn(WarningKind::NoTimeout, at, text);
            }
            Some((name, value)) if !is_usable_timeout(value) => {
                let text = format!(
                    "Agents take {} to {} seconds; this step may run for {default}.",
                    MIN_STEP_TIMEOUT.as_secs(),
                    MAX_STEP_TIMEOUT.as_secs()
                );
                self.warn(WarningKind::TimeoutUnusable, &at.key(name), text);
            }
            Some(_) => {}
        }
    }

    fn input(&mut self, input: &InputFacts, value: &Tree, at: &Path<'_>) {
        let reference = text_of(Some(value)).and_then(|text| {
            let placeholder = placeholders(text).next()?;
            Some((placeholder.name, placeholder.is_all_of(text)))
        });
        let name = input.name;
        match (input.kind, value, reference) {
            (InputKind::List, Tree::Text(_), Some((parameter, true))) => {
                let declared = self.document.parameters().get(parameter);
                if declared.is_some_and(|definition| !definition.kind().is_list()) {
                    let parameter = excerpt(parameter);
                    let text =
                        format!("\"{name}\" takes a list, and parameter \"{parameter}\" is one value; the step fails.");
                    self.warn(WarningKind::InputType, at, text);
                }
            }
            (InputKind::List, Tree::Text(_) | Tree::Map(_) | Tree::Number(_) | Tree::Bool(_), _) => {
                self.warn(WarningKind::InputType, at, format!("\"{name}\" takes a list of texts; the step fails."));
            }
            (InputKind::Map, Tree::Text(text), Some((parameter, false))) if may_be_json(text) => {
                let parameter = excerpt(parameter);
                let text = format!(
                    "A value of parameter \"{parameter}\" can change what this JSON says; write a map, not its text."
                );
                self.warn(WarningKind::ScriptInjection, at, text);
            }
            (InputKind::List, Tree::List(items), _) => {
                for (place, item) in items.iter().enumerate() {
                    let at = at.index(place);
                    match item {
                        Tree::Text(text) if self.is_whole_list(text) => {
                            let text =
                                "A list cannot be an element of this list; refer to it in place of the whole list.";
                            self.warn(WarningKind::InputType, &at, text);
                        }
                        Tree::Text(_) => {}
                        _ => self.warn(WarningKind::InputType, &at, format!("\"{name}\" takes texts; the step fails.")),
                    }
                }
            }
            (InputKind::Text, Tree::List(_) | Tree::Map(_), _) => {
                self.warn(WarningKind::InputType, at, format!("\"{name}\" takes one text; the step fails."));
            }
            (InputKind::Text, Tree::Text(text), None)
                if !input.values.is_empty() && !input.values.contains(&text.as_str()) =>
            {
                let (text, values) = (excerpt(text), input.values.join(", "));
                self.warn(WarningKind::InputValue, at, format!("\"{name}\" is one of {values}, not \"{text}\"."));
            }
            _ => {}
        }
    }
}

impl Lint<'_> {
    /// Whether a text is nothing but a reference to a parameter that is a list.
    fn is_whole_list(&self, text: &str) -> bool {
        whole_placeholder(text).is_some_and(|placeholder| {
            let declared = self.document.parameters().get(placeholder.name);
            declared.is_some_and(|definition| definition.kind().is_list())
        })
    }
}

fn may_be_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// The plugins of which `runCommand` becomes a script.
pub(super) fn is_script(plugin: &str) -> bool {
    Language::of_plugin(plugin).is_some()
}

fn text_of(tree: Option<&Tree>) -> Option<&str> {
    match tree {
        Some(Tree::Text(text)) => Some(text),
        _ => None,
    }
}

fn is_usable_timeout(value: &Tree) -> bool {
    let seconds = match value {
        Tree::Number(number) => number.as_f64(),
        Tree::Text(text) if placeholders(text).next().is_some() => return true,
        Tree::Text(text) => text.parse::<u64>().ok().and_then(|_| text.parse().ok()),
        _ => None,
    };
    seconds.is_some_and(|seconds| {
        (MIN_STEP_TIMEOUT.as_secs_f64()..MAX_STEP_TIMEOUT.as_secs_f64() + 1.0).contains(&seconds)
    })
}
