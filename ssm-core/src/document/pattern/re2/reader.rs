//! Reading a pattern from its start to its end, and writing it again: signs, groups, counts.

use std::collections::BTreeSet;

use super::MAX_REPEAT;

/// What is left of a pattern, and what was written of it.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a str,
    pub(super) plain: String,
    /// The names of groups so far.
    names: BTreeSet<&'a str>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(pattern: &'a str) -> Self {
        Self { rest: pattern, plain: String::with_capacity(2 * pattern.len()), names: BTreeSet::new() }
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    pub(super) fn take(&mut self, prefix: &str) -> bool {
        let rest = self.rest.strip_prefix(prefix);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn take_while(&mut self, is_part: impl Fn(u8) -> bool) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.bytes().take_while(|byte| is_part(*byte)).count());
        self.rest = rest;
        taken
    }

    pub(super) fn lazy(&mut self) {
        if self.take("?") {
            self.plain.push('?');
        }
    }

    pub(super) fn literal(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.plain.push(c);
        } else {
            self.plain.push_str(&format!(r"\x{{{:x}}}", u32::from(c)));
        }
    }

    /// Behind a `(`. Whether a group begins; else it was a change of flags.
    pub(super) fn group(&mut self) -> Option<bool> {
        if !self.take("?") {
            self.plain.push_str("(?:");
            return Some(true);
        }
        if self.take("P<") || self.take("<") {
            let name = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            self.plain.push_str("(?:");
            // No two groups have one name.
            return (!name.is_empty() && self.names.insert(name) && self.take(">")).then_some(true);
        }
        let flags = self.take_while(|byte| matches!(byte, b'i' | b'm' | b's' | b'U' | b'-'));
        // Nothing switched on or off, or `-` twice or with nothing behind it.
        if flags.ends_with('-') || flags.matches('-').count() > 1 {
            return None;
        }
        let begins = match self.next()? {
            ':' => true,
            ')' if !flags.is_empty() => false,
            _ => return None,
        };
        let end = if begins { ":" } else { ")" };
        self.plain.push_str("(?");
        self.plain.push_str(flags);
        self.plain.push_str(end);
        Some(begins)
    }

    /// Behind a `{`. `None` when it is only a brace; then nothing is read.
    pub(super) fn counts(&mut self) -> Option<Counts> {
        let before = self.rest;
        let counts = self.read_counts();
        if counts.is_none() {
            self.rest = before;
        }
        counts
    }

    fn read_counts(&mut self) -> Option<Counts> {
        let least = self.number()?;
        let most = match self.take(",") {
            false => Some(least),
            true if self.rest.starts_with('}') => None,
            true => Some(self.number()?),
        };
        self.take("}").then_some(Counts { least, most })
    }

    /// Digits without a leading zero; a number that is too large for anything is the largest one.
    fn number(&mut self) -> Option<u32> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
            return None;
        }
        Some(digits.parse().unwrap_or(u32::MAX))
    }
}

/// `{n}`, `{n,}` or `{n,m}`.
#[derive(Debug)]
pub(super) struct Counts {
    least: u32,
    /// `None` when there is no upper bound.
    most: Option<u32>,
}

impl Counts {
    /// How often is repeated at most, or at least where there is no end; `None` when RE2 refuses the counts.
    pub(super) fn weight(&self) -> Option<u32> {
        let most = self.most.unwrap_or(self.least);
        (self.least <= most && most <= MAX_REPEAT).then_some(most)
    }

    pub(super) fn write(&self, plain: &mut String) {
        plain.push('{');
        plain.push_str(&self.least.to_string());
        plain.push(',');
        if let Some(most) = self.most {
            plain.push_str(&most.to_string());
        }
        plain.push('}');
    }
}
