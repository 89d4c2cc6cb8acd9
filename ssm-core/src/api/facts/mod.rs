//! What the public model says of every member of every operation that is served: one table, from which requests are checked, and
//! beside it the errors of each operation. `docs/operations.md` shows both with the tests of each.
//!
//! A member that stands here is a member of the request's Rust type, and the other way round (a test compares them). Sources:
//! API reference, page of each operation; the public service model of `ssm` 2014-11-06.

mod check;
mod commands;
mod documents;
mod errors;
mod fleet;
mod pattern;
mod shapes;

pub use errors::{COMMON, ERRORS, Errors, NEVER, errors_of, may_answer, own_errors_of};
pub use pattern::Pattern;

/// An operation and the members of its input.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The name, as in `X-Amz-Target` behind the dot.
    pub name: &'static str,
    /// Every member of the input.
    pub input: &'static [Member],
}

/// A member of an input, or of a structure inside one.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// What it may hold.
    pub shape: Shape,
    /// What the service does with it.
    pub treatment: Treatment,
}

/// What the service does with a member that is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// What the API reference says.
    Served,
    /// It is taken and changes nothing; why that is right.
    Ignored(&'static str),
    /// It is refused with a `ValidationException` of this text, since taking it would promise what is not done.
    Refused(&'static str),
}

/// What a member may hold.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text.
    Text {
        /// Fewest characters.
        least: usize,
        /// Most characters.
        most: usize,
        /// What it must look like.
        pattern: Option<&'static Pattern>,
    },
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number in these bounds.
    Integer {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// `true` or `false`.
    Flag,
    /// A moment, in seconds.
    Time,
    /// A list.
    List {
        /// Fewest items.
        least: usize,
        /// Most items.
        most: usize,
        /// Each of them.
        of: &'static Shape,
    },
    /// A map from texts.
    Map {
        /// Each value.
        of: &'static Shape,
    },
    /// A structure.
    Structure(&'static [Member]),
}

impl Member {
    const fn new(name: &'static str, required: bool, shape: Shape) -> Self {
        Self { name, required, shape, treatment: Treatment::Served }
    }

    /// A member that may be absent.
    pub(super) const fn optional(name: &'static str, shape: Shape) -> Self {
        Self::new(name, false, shape)
    }

    /// A member that must be given; an empty text counts as absent.
    pub(super) const fn required(name: &'static str, shape: Shape) -> Self {
        Self::new(name, true, shape)
    }

    /// The same, taken without any effect.
    #[must_use]
    pub const fn ignored(mut self, why: &'static str) -> Self {
        self.treatment = Treatment::Ignored(why);
        self
    }

    /// The same, refused.
    #[must_use]
    pub const fn refused(mut self, text: &'static str) -> Self {
        self.treatment = Treatment::Refused(text);
        self
    }
}

impl Shape {
    /// Any text.
    pub(super) const TEXT: Self = Self::Text { least: 0, most: usize::MAX, pattern: None };

    /// A text of so many characters.
    pub(super) const fn text(least: usize, most: usize) -> Self {
        Self::Text { least, most, pattern: None }
    }

    /// A text of any length that looks like this.
    pub(super) const fn like(pattern: &'static Pattern) -> Self {
        Self::Text { least: 0, most: usize::MAX, pattern: Some(pattern) }
    }

    /// A text of so many characters that looks like this.
    pub(super) const fn text_like(least: usize, most: usize, pattern: &'static Pattern) -> Self {
        Self::Text { least, most, pattern: Some(pattern) }
    }

    /// A list of so many items.
    pub(super) const fn list(least: usize, most: usize, of: &'static Self) -> Self {
        Self::List { least, most, of }
    }
}

/// Every operation in the table, by family.
pub const OPERATIONS: &[&[Operation]] = &[commands::OPERATIONS, documents::OPERATIONS, fleet::OPERATIONS];

/// What is known of the operation of this name; `None` when it is not in the table.
#[must_use]
pub fn of(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().flat_map(|family| family.iter()).find(|operation| operation.name == name)
}
