//! `allowedPattern`: regular expressions of the RE2 dialect, in bounded time and memory.
//!
//! The public service reads a pattern with Java's rules and the stock agent with those of RE2, so a document works
//! everywhere only with what both know. RE2's rules are kept here, since they are the narrower ones: what RE2 does not
//! know (look-around, back-references, possessive quantifiers, `\Z`, `\h`, intersections of classes) cannot be compiled.
//! Source: service specification 4.3 and 4.4; agent protocol 5.2.

mod re2;
#[cfg(test)]
mod tests;

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// How much of a value a pattern has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// All of it, as at the service.
    Whole,
    /// Any part, as on the agent.
    Anywhere,
}

/// Most bytes of a pattern. Our choice, far above the published ones.
const MAX_PATTERN_BYTES: usize = 4096;
/// Most bytes of a compiled pattern; the bound of the published patterns is far below.
const SIZE_LIMIT_BYTES: usize = 1 << 20;
const NEST_LIMIT: u32 = 50;
/// Most that the patterns of a document may cost together, in ranges of characters to compile. A document of common
/// patterns costs some thousands; this is a few tenths of a second at worst. Our choice.
const MAX_COST: u64 = 400_000;
/// What a class of Unicode costs at least, which has to be looked up before it can be counted.
const UNICODE_CLASS_COST: u64 = 2600;

/// What the patterns of one document may still cost. Authors are strangers, and a pattern of a few bytes can take
/// milliseconds to compile.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
}

impl Budget {
    /// The budget of a document.
    pub(super) fn of_document() -> Self {
        Self { left: MAX_COST }
    }

    fn spend(&mut self, cost: u64) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }
}

/// The pattern, ready to match; `None` when it is not of the dialect, too large, or beyond the budget.
pub(super) fn compile(pattern: &str, how: Match, budget: &mut Budget) -> Option<Regex> {
    let (plain, hir) = read(pattern, budget)?;
    budget.spend(cost(&hir))?;
    let plain = match how {
        Match::Anywhere => plain,
        // The translation has its parentheses in pairs, so none of them closes the group that anchors it.
        Match::Whole => format!(r"\A(?:{plain})\z"),
    };
    RegexBuilder::new(&plain)
        .size_limit(SIZE_LIMIT_BYTES)
        .dfa_size_limit(SIZE_LIMIT_BYTES)
        .nest_limit(NEST_LIMIT)
        .build()
        .ok()
}

/// The pattern in the words of the `regex` crate, and what it means there.
fn read(pattern: &str, budget: &mut Budget) -> Option<(String, Hir)> {
    if pattern.len() > MAX_PATTERN_BYTES {
        return None;
    }
    let plain = re2::translate(pattern)?;
    let classes = plain.matches(r"\p").count() + plain.matches(r"\P").count();
    budget.spend(UNICODE_CLASS_COST.saturating_mul(classes as u64))?;
    let hir = ParserBuilder::new().nest_limit(NEST_LIMIT).build().parse(&plain).ok()?;
    Some((plain, hir))
}

/// What it costs to compile a pattern: its ranges of characters, those of repetitions as often as they are repeated.
/// It is no deeper than the parser's bound.
fn cost(hir: &Hir) -> u64 {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(Class::Unicode(class)) => {
            // A range beyond ASCII becomes several ranges of bytes.
            class.iter().map(|range| if range.end().is_ascii() { 1 } else { 4 }).sum()
        }
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64,
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            cost(&repetition.sub).saturating_mul(times.into())
        }
        HirKind::Capture(capture) => cost(&capture.sub).saturating_add(1),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().map(cost).fold(1, u64::saturating_add),
    }
}

/// Whether a text can hold one of these characters and pass: agents look for a match anywhere, so a pattern keeps
/// nothing off that is not anchored at both ends. Patterns that cannot be read may let everything through.
pub(super) fn may_let_through(pattern: &str, characters: &str) -> bool {
    let Some((_, hir)) = read(pattern, &mut Budget::of_document()) else { return true };
    let looks = hir.properties();
    if !looks.look_set_prefix().contains(Look::Start) || !looks.look_set_suffix().contains(Look::End) {
        return true;
    }
    let mut parts = vec![&hir];
    while let Some(part) = parts.pop() {
        let holds = |holds: &dyn Fn(char) -> bool| characters.chars().any(holds);
        let found = match part.kind() {
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => holds(&|character| text.contains(character)),
                Err(_) => true,
            },
            HirKind::Class(Class::Unicode(class)) => {
                holds(&|character| class.iter().any(|range| (range.start()..=range.end()).contains(&character)))
            }
            HirKind::Class(Class::Bytes(_)) => true,
            HirKind::Repetition(repetition) => {
                parts.push(&repetition.sub);
                false
            }
            HirKind::Capture(capture) => {
                parts.push(&capture.sub);
                false
            }
            HirKind::Concat(subs) | HirKind::Alternation(subs) => {
                parts.extend(subs);
                false
            }
            HirKind::Empty | HirKind::Look(_) => false,
        };
        if found {
            return true;
        }
    }
    false
}
