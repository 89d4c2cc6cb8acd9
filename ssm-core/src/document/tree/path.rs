//! Where in a content something is.

use std::fmt;

/// The way from a content's root to one of its values, kept on the stack while a document is read. It costs nothing
/// until a fault asks for its [`Pointer`].
#[derive(Debug, Clone, Copy)]
pub(in crate::document) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Segment<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The content itself.
    pub(in crate::document) const ROOT: Path<'static> = Path { parent: None, segment: Segment::Root };

    /// The member of this name.
    pub(in crate::document) fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Key(key) }
    }

    /// The element at this place, from 0.
    pub(in crate::document) fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index) }
    }

    /// The last name or place on the way; empty for the content itself.
    pub(in crate::document) fn name(&self) -> String {
        match self.segment {
            Segment::Root => String::new(),
            Segment::Key(key) => key.to_owned(),
            Segment::Index(index) => index.to_string(),
        }
    }

    /// The same, to keep.
    pub(in crate::document) fn pointer(&self) -> Pointer {
        let mut pointer = self.parent.map_or_else(Pointer::default, Path::pointer);
        match self.segment {
            Segment::Root => {}
            Segment::Key(key) => pointer.push(key),
            Segment::Index(index) => pointer.push(&index.to_string()),
        }
        pointer
    }
}

/// A JSON pointer: the way from a document's root to one of its values, for example `/mainSteps/0/name`; empty for the
/// document itself. `~` and `/` in names are written `~0` and `~1`.
///
/// Source: RFC 6901.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names and places on the way, in order, as they are in the document.
    pub fn segments(&self) -> impl Iterator<Item = String> + '_ {
        self.0.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~"))
    }

    fn push(&mut self, segment: &str) {
        self.0.push('/');
        self.0.push_str(&segment.replace('~', "~0").replace('/', "~1"));
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in a text. Both counts begin at 1; columns count characters, without a byte order mark before the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line: {}, Column: {}", self.line, self.column)
    }
}

/// The places at many bytes of a text, asked from its begin to its end, so that it is counted through once.
#[derive(Debug)]
pub(super) struct Places<'a> {
    text: &'a str,
    /// How far it was counted, and the place there.
    offset: usize,
    position: Position,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, offset: 0, position: Position { line: 1, column: 1 } }
    }

    /// The place at this many bytes from the begin of the text; not before the one that was asked for last.
    pub(super) fn at(&mut self, offset: usize) -> Position {
        let between = self.text.get(self.offset..offset).unwrap_or_default();
        if let Some(end) = between.rfind('\n') {
            self.position.line += between.bytes().filter(|byte| *byte == b'\n').count();
            self.position.column = 1 + between[end + 1..].chars().count();
        } else {
            self.position.column += between.chars().count();
        }
        self.offset += between.len();
        self.position
    }
}
