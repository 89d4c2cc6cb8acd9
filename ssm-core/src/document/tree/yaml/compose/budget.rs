//! What a text may grow to when its aliases are written out.

use super::super::super::Tree;

/// Values, once aliases are written out and with the copies that anchors keep: more than the largest text that people
/// may create can hold without any alias, and some megabytes of memory.
const MAX_VALUES: usize = 50_000;

/// Bytes of texts and keys, counted likewise: sixteen times the largest text that people may create.
const MAX_TEXT_BYTES: usize = 1_048_576;

/// Aliases, whatever their size: each is a step of copying.
const MAX_ALIASES: usize = 1_000;

/// What a value takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    values: usize,
    bytes: usize,
    /// How many lists and maps are inside each other.
    pub(super) depth: usize,
}

impl Size {
    /// A value without content.
    pub(super) const ONE: Self = Self { values: 1, bytes: 0, depth: 0 };

    pub(super) fn of_text(text: &str) -> Self {
        Self { bytes: text.len(), ..Self::ONE }
    }

    pub(super) fn of(tree: &Tree) -> Self {
        match tree {
            Tree::Null | Tree::Bool(_) | Tree::Number(_) => Self::ONE,
            Tree::Text(text) => Self::of_text(text),
            Tree::List(items) => items.iter().map(Self::of).fold(Self::ONE.deeper(), Self::with_inner),
            Tree::Map(members) => members.iter().fold(Self::ONE.deeper(), |size, (key, item)| {
                size.with_inner(Self::of_text(key)).with_inner(Self::of(item))
            }),
        }
    }

    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    fn with_inner(self, inner: Self) -> Self {
        Self {
            values: self.values + inner.values,
            bytes: self.bytes + inner.bytes,
            depth: self.depth.max(inner.depth + 1),
        }
    }
}

/// What was spent so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    values: usize,
    bytes: usize,
    aliases: usize,
}

impl Budget {
    /// Counts one alias. The error is a sentence.
    pub(super) fn alias(&mut self) -> Result<(), String> {
        self.aliases += 1;
        if self.aliases > MAX_ALIASES {
            return Err(format!("A document has at most {MAX_ALIASES} aliases."));
        }
        Ok(())
    }

    /// Counts a value. The error is a sentence.
    pub(super) fn spend(&mut self, size: Size) -> Result<(), String> {
        self.values += size.values;
        self.bytes += size.bytes;
        if self.values > MAX_VALUES {
            return Err(format!("A document has at most {MAX_VALUES} values, with its aliases written out."));
        }
        if self.bytes > MAX_TEXT_BYTES {
            return Err(format!("A document has at most {MAX_TEXT_BYTES} bytes, with its aliases written out."));
        }
        Ok(())
    }
}
