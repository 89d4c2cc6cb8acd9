//! Warnings about the declarations of parameters.

use indexmap::IndexMap;

use super::{Lint, WarningKind};
use crate::document::error::excerpt;
use crate::document::pattern::{self, Budget, Match};
use crate::document::substitute::{is_plain_name, placeholders};
use crate::document::tree::{Path, Tree};
use crate::document::{ParameterDefinition, ParameterType};

const MEMBERS: &[&str] = &[
    "type",
    "description",
    "default",
    "allowedValues",
    "allowedPattern",
    "minItems",
    "maxItems",
    "minChars",
    "maxChars",
    "displayType",
    "interpolationType",
];

impl Lint<'_> {
    pub(super) fn parameters(&mut self, content: &IndexMap<String, Tree>) {
        let root = Path::ROOT;
        let at = root.key("parameters");
        let Some(Tree::Map(declared)) = content.get("parameters") else { return };
        let used = Used::of(content);
        let mut budget = Budget::of_document();
        for (name, written) in declared {
            let at = at.key(name);
            let (Tree::Map(members), Some(definition)) = (written, self.document.parameters().get(name)) else {
                continue;
            };
            if !used.0.contains(&name.as_str()) {
                let text = format!("Nothing refers to parameter \"{}\".", excerpt(name));
                self.warn(WarningKind::UnusedParameter, &at, text);
            }
            for member in members.keys().filter(|member| !MEMBERS.contains(&member.as_str())) {
                let text = format!("\"{}\" has no meaning in a parameter.", excerpt(member));
                self.warn(WarningKind::UnknownMember, &at.key(member), text);
            }
            if !is_plain_name(name) {
                let text = "Agents drop values for names with other than letters and digits, and take the default.";
                self.warn(WarningKind::ParameterName, &at, text);
            }
            self.definition(definition, &mut budget, &at);
        }
    }

    fn definition(&mut self, definition: &ParameterDefinition, budget: &mut Budget, at: &Path<'_>) {
        if definition.allowed_pattern().is_some_and(|pattern| pattern::compile(pattern, Match::Whole, budget).is_none())
        {
            let text =
                "Agents cannot use this pattern (RE2 has no look-around and no back-references); every command fails.";
            self.warn(WarningKind::PatternUnusable, &at.key("allowedPattern"), text);
        } else if definition.default_breaks_rules(&mut Budget::of_document()) {
            let text = "The default breaks the parameter's own rules; commands that rely on it fail on the instance.";
            self.warn(WarningKind::DefaultBreaksRules, &at.key("default"), text);
        }
        let contradict =
            |least: Option<u64>, most: Option<u64>| least.zip(most).is_some_and(|(least, most)| least > most);
        for (least, most, name) in [
            (definition.min_items(), definition.max_items(), "minItems"),
            (definition.min_chars(), definition.max_chars(), "minChars"),
        ] {
            if contradict(least, most) {
                self.warn(WarningKind::Bounds, &at.key(name), "No value can keep both bounds.");
            }
        }
        let bounds_items = definition.min_items().is_some() || definition.max_items().is_some();
        if bounds_items && !definition.kind().is_list() && *definition.kind() != ParameterType::StringMap {
            let name = if definition.min_items().is_some() { "minItems" } else { "maxItems" };
            self.warn(WarningKind::Bounds, &at.key(name), format!("\"{name}\" binds lists and maps only."));
        }
    }
}

/// The names to which the content refers anywhere outside `parameters`.
struct Used<'a>(Vec<&'a str>);

impl<'a> Used<'a> {
    fn of(content: &'a IndexMap<String, Tree>) -> Self {
        let mut used = Self(Vec::new());
        for (name, value) in content {
            if name != "parameters" {
                used.add(value);
            }
        }
        used.0.sort_unstable();
        used.0.dedup();
        used
    }

    fn add(&mut self, value: &'a Tree) {
        match value {
            Tree::Text(text) => self.0.extend(placeholders(text).map(|placeholder| placeholder.name)),
            Tree::List(items) => items.iter().for_each(|item| self.add(item)),
            Tree::Map(members) => members.values().for_each(|item| self.add(item)),
            Tree::Null | Tree::Bool(_) | Tree::Number(_) => {}
        }
    }
}
