//! `ENV_VAR` interpolation: scripts get the values of parameters as variables, and refer to those.
//!
//! Where the sources are silent this is our choice:
//! - Every parameter of the document with this interpolation and a value is the variable `SSM_<name>` of each step that
//!   runs a script, whether the script refers to it or not: authors test whether it is set.
//! - In the script `{{ name }}` becomes a reference to the variable, never the value. So no value is ever read as a
//!   program, however the script quotes it: all that is put in is a constant text. It is written for the place where
//!   it stands (see [`shell`] and [`powershell`]), so that the value arrives whole and literal, as one word.
//! - Nothing protects a script that has its own text read again (`eval`, `sh -c "..."`), arithmetic of a shell (`$((..))`,
//!   `((..))`, `let`, `[[ .. -eq .. ]]`, subscripts of arrays, `test -v`), which evaluates values and runs what is in
//!   them, or a program that takes a value with a leading dash for an option.
//! - A parameter without a value (null) is no variable, and the reference to it is empty.
//! - An input `runCommand` that is nothing but `{{ name }}` is no script that refers to a parameter: the parameter is the
//!   script, and becomes it as without `ENV_VAR`. In all other inputs, and with other plugins, the value is put in as
//!   text: only a script can refer to variables.
//! - A script that names another interpreter in its first line (`#!/usr/bin/python3`) gets the plain text `${SSM_<name>}`:
//!   it has to read the variable in its own language.
//!
//! Source: agent protocol 5.2, service specification 4.3.

mod powershell;
pub(super) mod shell;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::excerpt;
use super::substitute::{Fault, Piece, Substitution, as_text, placeholders, whole_placeholder};
use super::{Document, PlanError, Platform};
use crate::ids::StepName;
use powershell::PowerShell;
use shell::Shell;

/// Most bytes of a variable: name, `=`, value, and the NUL that ends it.
///
/// Source: Linux, `MAX_ARG_STRLEN`; that it holds everywhere is our choice.
pub(super) const MAX_VARIABLE_BYTES: usize = 131_072;

/// The input that holds a script.
const SCRIPT: &str = "runCommand";

/// The language of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// That of POSIX shells, with what bash, ksh and zsh add.
    Shell,
    /// PowerShell.
    PowerShell,
    /// Another, of which nothing is known.
    Other,
}

impl Language {
    /// The language of the scripts of a plugin; `None` when it runs none.
    pub(super) fn of_plugin(plugin: &str) -> Option<Self> {
        match plugin {
            "aws:runShellScript" => Some(Self::Shell),
            "aws:runPowerShellScript" | "aws:psModule" => Some(Self::PowerShell),
            _ => None,
        }
    }

    /// The language of a shell's script that begins with this text: its first line may name an interpreter.
    fn of_script(start: &str) -> Self {
        let Some(line) = start.strip_prefix("#!") else { return Self::Shell };
        let line = line.split('\n').next().unwrap_or_default();
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut words = line.split_ascii_whitespace();
        let mut program = words.next().map(base).unwrap_or_default();
        if program == "env" {
            program = words.find(|word| !word.starts_with('-') && !word.contains('=')).map(base).unwrap_or_default();
        }
        match program.as_str() {
            "sh" | "ash" | "bash" | "busybox" | "dash" | "ksh" | "ksh93" | "lksh" | "mksh" | "rbash" | "yash"
            | "zsh" => Self::Shell,
            "pwsh" | "powershell" => Self::PowerShell,
            _ => Self::Other,
        }
    }
}

/// Where in a script a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Among words: it needs quotes of its own.
    Word,
    /// Inside quotes, or a here-document, in which variables expand.
    Expanding,
    /// In an arithmetic expression: the value is evaluated.
    Arithmetic,
    /// Inside quotes that can be left and entered again.
    SingleQuotes,
    /// The same, in quotes that begin with `$'`.
    DollarQuotes,
    /// Where no variable expands: the reference stays as text.
    Literal,
    /// In a comment.
    Comment,
}

/// Follows a script to tell where a reference stands. Its lines come one by one, each in pieces.
#[derive(Debug)]
pub(super) enum Tracker {
    /// Nothing has come; the language is that of the plugin.
    Start(Language),
    Shell(Box<Shell>),
    PowerShell(PowerShell),
    Other,
}

impl Tracker {
    pub(super) fn new(language: Language) -> Self {
        Self::Start(language)
    }

    /// Goes over a piece of text.
    pub(super) fn pass(&mut self, text: &str) {
        match self.begun(text) {
            Self::Shell(shell) => shell.pass(text),
            Self::PowerShell(powershell) => powershell.pass(text),
            Self::Start(_) | Self::Other => {}
        }
    }

    /// Goes over a reference, and writes it. The text that was passed last is the end of `script`.
    pub(super) fn refer(&mut self, name: &str, script: &mut String) -> Place {
        match self.begun("") {
            Self::Shell(shell) => shell.refer(name, script),
            Self::PowerShell(powershell) => powershell.refer(name, script),
            Self::Start(_) | Self::Other => {
                script.push_str(&format!("${{SSM_{name}}}"));
                Place::Literal
            }
        }
    }

    /// The same, in the language that the script turns out to have.
    fn begun(&mut self, text: &str) -> &mut Self {
        if let Self::Start(language) = *self {
            let language = if language == Language::Shell { Language::of_script(text) } else { language };
            *self = match language {
                Language::Shell => Self::Shell(Box::default()),
                Language::PowerShell => Self::PowerShell(PowerShell::default()),
                Language::Other => Self::Other,
            };
        }
        self
    }
}

/// The inputs of a step whose plugin runs scripts, substituted at this depth, its scripts with references to variables.
pub(super) fn script_inputs(
    inputs: &Value,
    depth: usize,
    language: Language,
    substitution: &mut Substitution<'_>,
) -> Result<Value, Fault> {
    let members = match inputs {
        Value::Object(members) if substitution.has_variables() => members,
        _ => return substitution.nested(inputs, depth),
    };
    let mut filled = Map::new();
    for (name, value) in members {
        substitution.spend(name.len())?;
        let value = match value {
            Value::Array(lines) if is_script(name) => script(lines, depth + 2, language, substitution)?.into(),
            // Plugins refuse a single text; still no value gets into it.
            Value::String(line) if is_script(name) && whole_placeholder(line).is_none() => {
                script_line(line, &mut Tracker::new(language), substitution)?.into()
            }
            other => substitution.nested(other, depth + 1)?,
        };
        filled.insert(name.clone(), value);
    }
    Ok(filled.into())
}

/// Inputs are matched in any case.
pub(super) fn is_script(input: &str) -> bool {
    input.eq_ignore_ascii_case(SCRIPT)
}

fn script(
    lines: &[Value],
    depth: usize,
    language: Language,
    substitution: &mut Substitution<'_>,
) -> Result<Vec<Value>, Fault> {
    let mut tracker = Tracker::new(language);
    let mut script: Vec<Value> = Vec::with_capacity(lines.len());
    for line in lines {
        match line {
            Value::String(text) if placeholders(text).any(|found| substitution.is_variable(found.name)) => {
                if !script.is_empty() {
                    tracker.pass("\n");
                }
                script.push(script_line(text, &mut tracker, substitution)?.into());
            }
            other => {
                let known = script.len();
                substitution.element(other, depth, &mut script)?;
                for (at, line) in script.iter().enumerate().skip(known) {
                    if at > 0 {
                        tracker.pass("\n");
                    }
                    // What is no text is no script either: plugins refuse it.
                    tracker.pass(line.as_str().unwrap_or_default());
                }
            }
        }
    }
    Ok(script)
}

fn script_line(text: &str, tracker: &mut Tracker, substitution: &mut Substitution<'_>) -> Result<String, Fault> {
    let mut line = String::with_capacity(text.len());
    for piece in substitution.pieces(text)? {
        match piece {
            Piece::Text(text) => {
                tracker.pass(&text);
                line.push_str(&text);
            }
            Piece::Variable(name) => {
                tracker.refer(name, &mut line);
            }
        }
    }
    Ok(line)
}

impl Document {
    /// The variables that each step with a script gets.
    pub(super) fn variables(
        &self,
        step: &StepName,
        platform: Platform,
        substitution: &mut Substitution<'_>,
    ) -> Result<BTreeMap<String, String>, PlanError> {
        let mut variables = BTreeMap::new();
        for name in self.parameters().keys() {
            let value = if substitution.is_variable(name) { substitution.lookup(name) } else { None };
            let Some(value) = value.filter(|value| !value.is_null()) else { continue };
            let value = substitution.parameter(value).map_err(|fault| PlanError::of(fault, step))?;
            let (variable, value) = (format!("SSM_{name}"), as_text(&value).into_owned());
            if value.contains('\0') {
                return Err(PlanError::VariableWithNul { parameter: excerpt(name) });
            }
            if variable.len() + value.len() + 2 > MAX_VARIABLE_BYTES {
                return Err(PlanError::VariableTooLong { parameter: excerpt(name) });
            }
            let known = |known: &String| known.eq_ignore_ascii_case(&variable);
            if platform == Platform::Windows && variables.keys().any(known) {
                return Err(PlanError::SameVariable { parameter: excerpt(name) });
            }
            variables.insert(variable, value);
        }
        Ok(variables)
    }
}
