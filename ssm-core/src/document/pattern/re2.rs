//! Patterns of RE2 in the words of the `regex` crate.
//!
//! The two look alike and differ in much: what a backslash may stand before, what `[`, `-`, `&&` and `~~` mean inside a
//! class, which characters are digits and letters, where a brace is a brace, and how often a repetition may be
//! repeated. So a pattern is read by RE2's rules here, and written again in a form that means the same to both: every
//! sign that could mean something else is written as its number, and no group is captured.

mod class;
mod reader;

use reader::Reader;

/// Says a pattern of RE2 in the words of the `regex` crate; `None` when RE2 would not take it. One kind of
/// pattern that it would not take either (a class of letters that does not exist) is left for the crate to refuse.
///
/// Source: the syntax page of RE2, in the variant that stock agents use (the Go language's).
pub(super) fn translate(pattern: &str) -> Option<String> {
    let mut reader = Reader::new(pattern);
    let mut groups: Vec<Weights> = Vec::new();
    let mut now = Weights::default();
    while let Some(c) = reader.next() {
        match c {
            '(' => {
                if reader.group()? {
                    groups.push(now);
                    now = Weights::default();
                } else {
                    // A change of flags: nothing that could be repeated.
                    now.last = Last::None;
                }
            }
            ')' => {
                reader.plain.push(')');
                let inner = now.heaviest;
                now = groups.pop()?;
                now.add(inner);
            }
            '|' => {
                reader.plain.push('|');
                now.last = Last::None;
            }
            '*' | '+' | '?' => {
                now.repeat(1)?;
                reader.plain.push(c);
                reader.lazy();
            }
            '{' => match reader.counts() {
                Some(counts) => {
                    now.repeat(counts.weight()?)?;
                    counts.write(&mut reader.plain);
                    reader.lazy();
                }
                None => {
                    reader.literal('{');
                    now.add(1);
                }
            },
            '[' => {
                reader.class()?;
                now.add(1);
            }
            '\\' => {
                if let Some(quoted) = reader.rest.strip_prefix('Q') {
                    let (quoted, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                    reader.rest = rest;
                    for c in quoted.chars() {
                        reader.literal(c);
                        now.add(1);
                    }
                } else {
                    reader.escape()?;
                    now.add(1);
                }
            }
            '.' | '^' | '$' => {
                reader.plain.push(c);
                now.add(1);
            }
            other => {
                reader.literal(other);
                now.add(1);
            }
        }
    }
    groups.is_empty().then_some(reader.plain)
}

/// Most repetitions that `{n,m}` may ask for, and nested ones together. Source: RE2.
const MAX_REPEAT: u32 = 1000;

/// What was read of a group so far, as far as repetitions depend on it.
#[derive(Debug, Default)]
struct Weights {
    last: Last,
    /// The most repetitions on any way down from here.
    heaviest: u32,
}

/// What a quantifier would repeat.
#[derive(Debug, Default)]
enum Last {
    #[default]
    None,
    /// Something that has this many repetitions inside.
    Item(u32),
    /// Something with a quantifier already.
    Repeated,
}

impl Weights {
    fn add(&mut self, weight: u32) {
        let weight = weight.max(1);
        self.last = Last::Item(weight);
        self.heaviest = self.heaviest.max(weight);
    }

    /// `None` when there is nothing to repeat, when it is repeated already (`a**`, `a*+`), or too often.
    fn repeat(&mut self, times: u32) -> Option<()> {
        let Last::Item(weight) = self.last else { return None };
        let weight = weight.checked_mul(times.max(1)).filter(|weight| *weight <= MAX_REPEAT)?;
        self.heaviest = self.heaviest.max(weight);
        self.last = Last::Repeated;
        Some(())
    }
}
