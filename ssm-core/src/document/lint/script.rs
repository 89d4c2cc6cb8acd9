//! Warnings about scripts and about references in texts.

use super::{Lint, WarningKind};
use crate::document::environment::{Language, Place, Tracker};
use crate::document::error::excerpt;
use crate::document::pattern;
use crate::document::reference::{ReferenceKind, references};
use crate::document::substitute::{placeholders, whole_placeholder};
use crate::document::tree::{Path, Tree};
use crate::document::{Interpolation, ParameterDefinition, ParameterType};

impl Lint<'_> {
    /// Looks at a script: a list of lines, or a reference to one.
    pub(super) fn script(&mut self, plugin: &str, script: &Tree, at: &Path<'_>) {
        let mut tracker = Tracker::new(Language::of_plugin(plugin).unwrap_or(Language::Other));
        match script {
            Tree::List(lines) => {
                for (place, line) in lines.iter().enumerate() {
                    let at = at.index(place);
                    if let Tree::Text(line) = line {
                        if place > 0 {
                            tracker.pass("\n");
                        }
                        self.line(line, &mut tracker, &at);
                    }
                    self.values(line, &at);
                }
            }
            other => {
                if let Tree::Text(text) = other
                    && let Some(placeholder) = whole_placeholder(text)
                    && self.is_variable(placeholder.name)
                {
                    let text = "Here the parameter is the script itself, and \"ENV_VAR\" has no effect.";
                    self.warn(WarningKind::VariableNotExpanded, at, text);
                }
                self.values(other, at);
            }
        }
    }

    /// Whether a value of the parameter can hold what a shell takes for more than text. Found out once a parameter, since
    /// patterns cost.
    fn may_become_code(&mut self, name: &str) -> bool {
        if let Some(known) = self.may_become_code.get(name) {
            return *known;
        }
        let may = self.document.parameters().get(name).is_some_and(may_become_code);
        self.may_become_code.insert(name.to_owned(), may);
        may
    }

    fn is_variable(&self, name: &str) -> bool {
        let definition = self.document.parameters().get(name);
        definition.is_some_and(|definition| definition.interpolation() == Interpolation::EnvironmentVariable)
    }

    fn line(&mut self, line: &str, tracker: &mut Tracker, at: &Path<'_>) {
        let (mut told, mut done): (Vec<&str>, usize) = (Vec::new(), 0);
        let readers = Readers::of(line);
        for placeholder in placeholders(line) {
            let name = placeholder.name;
            let Some(definition) = self.document.parameters().get(name) else { continue };
            let shown = excerpt(name);
            if self.is_variable(name) {
                tracker.pass(&line[done..placeholder.start]);
                let place = tracker.refer(name, &mut line[done..placeholder.start].to_owned());
                done = placeholder.end;
                self.variable(name, if readers.reads(place) { Place::Arithmetic } else { place }, at);
            } else if !told.contains(&name) && !placeholder.is_all_of(line) && self.may_become_code(name) {
                // A parameter that is the whole line is meant to be code.
                told.push(name);
                let remedy = if definition.kind().is_text() {
                    "\"interpolationType\": \"ENV_VAR\""
                } else {
                    "\"allowedValues\""
                };
                let text = format!(
                    "A value of parameter \"{shown}\" can become code here. {remedy} or a narrow \"allowedPattern\", from ^ to $, prevents it."
                );
                self.warn(WarningKind::ScriptInjection, at, text);
            }
        }
        tracker.pass(&line[done..]);
        if references(line, ReferenceKind::Secure).next().is_some() {
            let text = "Nothing resolves {{ssm-secure:...}} in a script; it stays as it is.";
            self.warn(WarningKind::SecureReference, at, text);
        }
    }

    /// Tells of a reference to a variable that does not become its value where it stands.
    fn variable(&mut self, name: &str, place: Place, at: &Path<'_>) {
        let name = excerpt(name);
        match place {
            Place::Literal => {
                let text = format!("Nothing expands here, so the script sees the name of the variable SSM_{name}.");
                self.warn(WarningKind::VariableNotExpanded, at, text);
            }
            Place::Arithmetic => {
                let text =
                    format!("What stands here is evaluated, so a value of parameter \"{name}\" can become code.");
                self.warn(WarningKind::ScriptInjection, at, text);
            }
            Place::Word | Place::Expanding | Place::SingleQuotes | Place::DollarQuotes | Place::Comment => {}
        }
    }

    /// Looks at the references in all texts of a value.
    pub(super) fn values(&mut self, value: &Tree, at: &Path<'_>) {
        match value {
            Tree::Text(text) => self.references(text, at),
            Tree::List(items) => {
                items.iter().enumerate().for_each(|(place, item)| self.values(item, &at.index(place)));
            }
            Tree::Map(members) => members.iter().for_each(|(name, item)| self.values(item, &at.key(name))),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) => {}
        }
    }

    fn references(&mut self, text: &str, at: &Path<'_>) {
        for placeholder in placeholders(text) {
            let name = placeholder.name;
            let Some(definition) = self.document.parameters().get(name) else { continue };
            let is_compound = definition.kind().is_list() || *definition.kind() == ParameterType::StringMap;
            if is_compound && !placeholder.is_all_of(text) {
                let name = excerpt(name);
                let text = format!("Parameter \"{name}\" is put in as JSON here, for example [\"a\",\"b\"].");
                self.warn(WarningKind::ValueAsJson, at, text);
            }
        }
        if let Some(name) = almost_a_reference(text) {
            let text = format!("\"{{{{{}}}}}\" is no reference to a parameter; it stays as it is.", excerpt(name));
            self.warn(WarningKind::NotAReference, at, text);
        }
    }
}

/// What stands between double braces and reads like the name of a parameter, but is none: it has a hyphen, a dot or
/// other blanks than spaces.
fn almost_a_reference(text: &str) -> Option<&str> {
    let inner = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}").map(|(inner, _)| inner));
    inner.into_iter().find(|inner| {
        let name = inner.trim();
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let begins_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_like_a_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        begins_well && is_like_a_name && (!is_name(name) || inner.trim_matches(' ') != name)
    })
}

/// Whether a value of the parameter can hold what a shell takes for more than text.
fn may_become_code(definition: &ParameterDefinition) -> bool {
    let is_closed = definition.allowed_values().is_some_and(|values| !values.is_empty());
    if definition.interpolation() == Interpolation::EnvironmentVariable || is_closed {
        return false;
    }
    match definition.kind() {
        ParameterType::Integer | ParameterType::Boolean => false,
        _ => definition.pattern().is_none_or(|pattern| pattern::may_let_through(pattern, SPECIAL)),
    }
}

/// What in a line seems to have values evaluated: a word that does so in a shell or PowerShell.
struct Readers {
    of_everything: bool,
    /// Programs that are given in quotes.
    of_quotes: bool,
}

impl Readers {
    fn of(line: &str) -> Self {
        let has = |words: &[&str]| line.split([' ', '\t', ';', '(', '|', '&']).any(|word| words.contains(&word));
        let compares = has(&["[["]) && has(&["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v"]);
        let tests = has(&["test", "["]) && has(&["-v"]);
        let shells = has(&["sh", "bash", "dash", "ksh", "zsh", "su", "pwsh"]) && has(&["-c", "-Command"]);
        let evaluates = has(&["eval", "let", "iex", "Invoke-Expression", "ssh"]);
        Self {
            of_everything: evaluates || compares || tests || shells,
            of_quotes: has(&["awk", "gawk", "sed", "perl", "python", "python3", "ruby", "node", "jq"]),
        }
    }

    fn reads(&self, place: Place) -> bool {
        self.of_everything || (self.of_quotes && place == Place::SingleQuotes)
    }
}

/// Characters that shells take for more than text, wherever they stand.
const SPECIAL: &str = "\n\"'`$&|;<>()\\";
