//! `allowedPattern`: regular expressions of the RE2 dialect, in bounded time and memory.

use regex::{Regex, RegexBuilder};

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
pub(super) const NEST_LIMIT: u32 = 50;

/// The pattern, ready to match; `None` when it is not of the dialect (look-around, back-references) or too large.
pub(super) fn compile(pattern: &str, how: Match) -> Option<Regex> {
    let plain = translate(pattern);
    let build = |text: &str| {
        RegexBuilder::new(text)
            .size_limit(SIZE_LIMIT_BYTES)
            .dfa_size_limit(SIZE_LIMIT_BYTES)
            .nest_limit(NEST_LIMIT)
            .build()
            .ok()
    };
    // Compiled alone first: a stray parenthesis must not close the group that anchors it.
    let anywhere = build(&plain)?;
    match how {
        Match::Anywhere => Some(anywhere),
        Match::Whole => build(&format!(r"\A(?:{plain})\z")),
    }
}

/// Says a pattern of RE2 in the words of the `regex` crate, where the two differ: `\d`, `\w`, `\s` are ASCII in RE2,
/// and inside a class `[`, `&&` and `~~` mean themselves.
pub(super) fn translate(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => plain.push_str("[[:digit:]]"),
                Some('D') => plain.push_str("[[:^digit:]]"),
                Some('w') => plain.push_str("[[:word:]]"),
                Some('W') => plain.push_str("[[:^word:]]"),
                Some('s') => plain.push_str(r"[\t\n\f\r\x20]"),
                Some('S') => plain.push_str(r"[^\t\n\f\r\x20]"),
                Some(other) => plain.extend(['\\', other]),
                None => plain.push('\\'),
            },
            '[' if !in_class => {
                in_class = true;
                plain.push('[');
                plain.extend(chars.next_if_eq(&'^'));
                // The first bracket in a class means itself.
                if chars.next_if_eq(&']').is_some() {
                    plain.push_str(r"\]");
                }
            }
            '[' if chars.peek() == Some(&':') => {
                // A named class such as [:alpha:]: taken over up to its end.
                plain.push('[');
                for c in chars.by_ref() {
                    plain.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' | '&' | '~' if in_class => plain.extend(['\\', c]),
            ']' => {
                in_class = false;
                plain.push(']');
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMEOUT: &str = "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)";

    #[test]
    fn patterns_match_the_whole_value_at_the_service_and_a_part_on_the_agent() {
        for (pattern, value, whole, anywhere) in [
            ("a|b", "ab", false, true),
            ("a|b", "b", true, true),
            (TIMEOUT, "172800", true, true),
            (TIMEOUT, "172801", false, true),
            (TIMEOUT, "abc", false, false),
            (r"^[a-zA-Z0-9/:.\-_]{1,128}$", "a:b", true, true),
            (r"^[^']*$", "it's", false, false),
            (r"^[a-zA-Z0-9_\-\\\/]*$", r"a\b/c", true, true),
            ("a", "a\n", false, true),
            ("^a$", "a\n", false, false),
            ("", "x", false, true),
        ] {
            for (how, wanted) in [(Match::Whole, whole), (Match::Anywhere, anywhere)] {
                let Some(matcher) = compile(pattern, how) else { panic!("{pattern} was refused") };
                assert_eq!(matcher.is_match(value), wanted, "{pattern} {how:?} {value}");
            }
        }
    }

    #[test]
    fn classes_are_those_of_re2() {
        for (pattern, good, bad) in [
            (r"\w+", "aZ_9", "\u{e9}"),
            (r"\d", "7", "\u{663}"),
            (r"[\w.-]+", "a.b-c", "a b"),
            (r"\W", "\u{e9}", "a"),
            (r"\s", " ", "\u{a0}"),
            (r"[[a]", "[", "b"),
            (r"[a&&b]+", "a&b", "c"),
            (r"[]a]+", "]a", "b"),
            (r"[^]a]", "b", "]"),
            (r"[[:alpha:]~]+", "a~", "1"),
        ] {
            let Some(matcher) = compile(pattern, Match::Whole) else { panic!("{pattern} was refused") };
            assert!(matcher.is_match(good) && !matcher.is_match(bad), "{pattern}");
        }
    }

    #[test]
    fn what_is_not_of_the_dialect_or_too_large_is_refused() {
        let deep = "(".repeat(60) + &")".repeat(60);
        for pattern in ["(?!a)", r"(a)\1", "a)|(b", "[", "(", r"\", "((a{1000}){1000}){1000}", deep.as_str()] {
            for how in [Match::Whole, Match::Anywhere] {
                assert!(compile(pattern, how).is_none(), "{pattern} was taken");
            }
        }
    }

    proptest! {
        #[test]
        fn no_pattern_makes_the_compiler_panic(pattern in r"[\[\]\\^a-z:&~(){}|*+?.0-9dwsDWS-]{0,24}") {
            let _ = compile(&pattern, Match::Whole);
        }
    }
}
