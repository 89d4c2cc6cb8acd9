//! Warnings: what a document may say, and its author probably did not mean.
//!
//! A warning never refuses anything: the service takes such documents, and agents run them. Each rule is here because
//! the document does something else than it seems to.

mod parameters;
mod script;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use super::Document;
use super::tree::{self, Path, Pointer, Position, Tree};

/// One warning about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentWarning {
    /// Which rule.
    pub kind: WarningKind,
    /// What happens instead of what was probably meant, as a sentence. What it quotes of the document is cut at 64
    /// characters.
    pub text: String,
    /// The value that the warning is about.
    pub pointer: Pointer,
    /// Where in the text that value begins.
    pub position: Option<Position>,
}

/// The rules of [`Document::warnings`]. `Display` is the rule's short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum WarningKind {
    /// A member at the level of a step that agents ignore there (`onFailure`, `timeoutSeconds`, ...).
    StepModifierIgnored,
    /// A member that no agent knows.
    UnknownMember,
    /// An input that the public plugin does not know.
    UnknownInput,
    /// An input's value that the public plugin refuses.
    InputValue,
    /// A text where the plugin takes a list, or the other way round.
    InputType,
    /// A script step without an execution timeout.
    NoTimeout,
    /// A timeout that agents do not take.
    TimeoutUnusable,
    /// A `finallyStep` that is not the last step.
    FinallyNotLast,
    /// Several plugins in `runtimeConfig`, which stock agents run in no certain order.
    OrderUncertain,
    /// A precondition that is of no known form, or can never hold.
    Precondition,
    /// A parameter that is spliced into a script as text, so that a value may become code.
    ScriptInjection,
    /// A list or map inside other text, where it becomes JSON.
    ValueAsJson,
    /// A reference to a variable where the script cannot expand it.
    VariableNotExpanded,
    /// `{{ssm-secure:...}}` where nothing resolves it.
    SecureReference,
    /// Text between double braces that is no reference.
    NotAReference,
    /// A parameter whose name agents do not take, so that it always has its default.
    ParameterName,
    /// A parameter to which nothing refers.
    UnusedParameter,
    /// A pattern that the agents' dialect cannot compile.
    PatternUnusable,
    /// A default that breaks the parameter's own rules.
    DefaultBreaksRules,
    /// Bounds that contradict each other, or that have no meaning for the type.
    Bounds,
}

impl WarningKind {
    /// The rule's short name, for example `script-injection`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StepModifierIgnored => "step-modifier-ignored",
            Self::UnknownMember => "unknown-member",
            Self::UnknownInput => "unknown-input",
            Self::InputValue => "input-value",
            Self::InputType => "input-type",
            Self::NoTimeout => "no-timeout",
            Self::TimeoutUnusable => "timeout-unusable",
            Self::FinallyNotLast => "finally-not-last",
            Self::OrderUncertain => "order-uncertain",
            Self::Precondition => "precondition",
            Self::ScriptInjection => "script-injection",
            Self::ValueAsJson => "value-as-json",
            Self::VariableNotExpanded => "variable-not-expanded",
            Self::SecureReference => "secure-reference",
            Self::NotAReference => "not-a-reference",
            Self::ParameterName => "parameter-name",
            Self::UnusedParameter => "unused-parameter",
            Self::PatternUnusable => "pattern-unusable",
            Self::DefaultBreaksRules => "default-breaks-rules",
            Self::Bounds => "bounds",
        }
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Document {
    /// Most warnings that [`Document::warnings`] gives; the author of more has enough to read. Our choice.
    pub const MAX_WARNINGS: usize = 200;

    /// What is taken, and does something else than it seems to: in the order of the text, at most the first
    /// [`Document::MAX_WARNINGS`]. None of them stops the document from running.
    ///
    /// Only some times as many warnings are looked for, so that a document made of nothing else costs no more; one with
    /// more than those may have earlier warnings that are not told.
    #[must_use]
    pub fn warnings(&self) -> Vec<DocumentWarning> {
        // It was read before, from this very text.
        let Ok(Tree::Map(content)) = tree::read(self.text(), self.format()) else { return Vec::new() };
        let mut lint = Lint { document: self, found: Vec::new(), may_become_code: BTreeMap::new() };
        lint.members(&content);
        lint.parameters(&content);
        lint.body(&content);
        let pointers: Vec<_> = lint.found.iter().map(|warning| warning.pointer.clone()).collect();
        let positions = tree::locate_all(self.text(), self.format(), &pointers);
        let mut warnings = lint.found;
        for (warning, position) in warnings.iter_mut().zip(positions) {
            warning.position = position;
        }
        warnings.sort_by_key(|warning| warning.position);
        warnings.truncate(Self::MAX_WARNINGS);
        warnings
    }
}

/// Most warnings that are kept before they are put in order, which is not the one they are found in.
const MAX_FOUND: usize = 800;

/// The warnings found so far, without their positions.
struct Lint<'a> {
    document: &'a Document,
    found: Vec<DocumentWarning>,
    /// Of the parameters that were looked at.
    may_become_code: BTreeMap<String, bool>,
}

impl Lint<'_> {
    fn warn(&mut self, kind: WarningKind, at: &Path<'_>, text: impl Into<String>) {
        if self.found.len() < MAX_FOUND {
            self.found.push(DocumentWarning { kind, text: text.into(), pointer: at.pointer(), position: None });
        }
    }
}
