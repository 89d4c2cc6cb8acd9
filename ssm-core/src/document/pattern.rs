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
use regex_syntax::hir::{Class, HirKind, Look};

/// How much of a value a pattern has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// All of it, as at the service.
    Whole,
    /// Any part, as on the agent.
    Anywhere,
}

/// Most bytes of a compiled pattern; the bound of the published patterns is far below.
const SIZE_LIMIT_BYTES: usize = 1 << 20;
const NEST_LIMIT: u32 = 50;

/// The pattern, ready to match; `None` when it is not of the dialect or too large.
pub(super) fn compile(pattern: &str, how: Match) -> Option<Regex> {
    let plain = re2::translate(pattern)?;
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

/// Whether a text can hold one of these characters and pass: agents look for a match anywhere, so a pattern keeps
/// nothing off that is not anchored at both ends. Patterns that cannot be read may let everything through.
pub(super) fn may_let_through(pattern: &str, characters: &str) -> bool {
    let Some(plain) = re2::translate(pattern) else { return true };
    let mut parser = regex_syntax::ParserBuilder::new().nest_limit(NEST_LIMIT).build();
    let Ok(hir) = parser.parse(&plain) else { return true };
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
