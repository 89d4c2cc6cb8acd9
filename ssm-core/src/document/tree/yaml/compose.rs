//! YAML: reading.
//!
//! A text is composed from the parser's events, with a stack of what is still open. Aliases are written out, within a
//! budget that is spent before anything is copied.

mod budget;

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span};
use indexmap::IndexMap;

use super::super::{MAX_DEPTH, Places, Position, ReadFault, ReadFaultReason, Tree, duplicate, too_deep};
use super::scalar::resolve;
use crate::document::error::excerpt;
use budget::{Budget, Size};

/// Reads a text that holds one document of YAML, as far as JSON can say it too. Plain scalars are what `resolve` says,
/// all others are texts; keys are always texts. Merge keys are applied.
///
/// Refused by our choice: tags, a key twice in a map, null and everything but scalars as keys, and a merged member that
/// an earlier one stands against, because there the readers differ.
pub(in super::super) fn read(text: &str) -> Result<Tree, ReadFault> {
    check_characters(text)?;
    let mut composer = Composer { text, ..Composer::default() };
    for next in parser(text) {
        let (event, span) = next.map_err(|error| fault_of(&error))?;
        composer.take(event, span)?;
    }
    composer.root.ok_or_else(|| refused(Position { line: 1, column: 1 }, ONE_DOCUMENT.to_owned()))
}

/// The events of a text.
pub(super) fn parser(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Span), ScanError>> {
    let mut options = Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    // The composer has a sentence for these.
    options.emit_unresolved_aliases = true;
    Parser::new_from_str_with_options(text, options)
}

pub(super) fn position(marker: Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

const ONE_DOCUMENT: &str = "A text in YAML holds one document.";
const TEXT_AS_KEY: &str = "A key is a text. (In YAML, a reference like \"{{ name }}\" needs quotes.)";

fn refused(position: Position, reason: String) -> ReadFault {
    ReadFault { reason: ReadFaultReason::Refused(reason), position }
}

fn fault_of(error: &ScanError) -> ReadFault {
    let position = position(*error.marker());
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => refused(position, too_deep()),
        _ => ReadFault { reason: ReadFaultReason::NotWellFormed, position },
    }
}

/// Whether all characters are some that YAML has.
///
/// Source: YAML 1.1, 5.1; the stock agent's reader looks at them first too.
fn check_characters(text: &str) -> Result<(), ReadFault> {
    let strange = |c: char| match c {
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' => false,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => c < '\u{a0}',
    };
    match text.char_indices().find(|(_, c)| strange(*c)) {
        Some((offset, _)) => {
            Err(ReadFault { reason: ReadFaultReason::NotWellFormed, position: Places::of(text).at(offset) })
        }
        None => Ok(()),
    }
}

#[derive(Default)]
struct Composer<'a> {
    text: &'a str,
    /// What is open, the innermost last.
    open: Vec<Open>,
    /// What aliases mean: complete values only.
    anchored: BTreeMap<usize, Anchored>,
    budget: Budget,
    documents: usize,
    root: Option<Tree>,
}

struct Open {
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Tree>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    members: IndexMap<String, Tree>,
    /// The member that waits for its value.
    key: Option<Key>,
    /// Members that were merged in, and that the map's own may still replace.
    merged: BTreeSet<String>,
    has_merged: bool,
}

enum Key {
    Name(String),
    Merge(Position),
}

struct Anchored {
    tree: Tree,
    size: Size,
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ReadFault> {
        let at = position(span.start);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(refused(at, ONE_DOCUMENT.to_owned()));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.is_some(), span)?;
                self.scalar(&text, style, anchor, at)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.is_some(), span)?;
                self.begin(Open { anchor, content: Content::List(Vec::new()) }, at)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.is_some(), span)?;
                self.begin(Open { anchor, content: Content::Map(OpenMap::default()) }, at)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { anchor, content: Content::List(items) }) => self.end(Tree::List(items), anchor, at),
                Some(Open { anchor, content: Content::Map(map) }) => self.end(Tree::Map(map.members), anchor, at),
                None => Ok(()),
            },
            Event::Alias(anchor) => self.alias(anchor, span, at),
            Event::UnresolvedAlias(name) => Err(refused(at, format!("Unknown anchor \"{}\".", excerpt(&name)))),
            _ => Ok(()),
        }
    }

    fn check_tag(&self, is_tagged: bool, span: Span) -> Result<(), ReadFault> {
        if !is_tagged {
            return Ok(());
        }
        let tag = span.tag_span().unwrap_or(span);
        let name = excerpt(tag.slice(self.text).unwrap_or_default());
        Err(refused(position(tag.start), format!("The tag \"{name}\" is not supported.")))
    }

    fn begin(&mut self, open: Open, at: Position) -> Result<(), ReadFault> {
        if self.awaits_key() {
            return Err(refused(at, TEXT_AS_KEY.to_owned()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(refused(at, too_deep()));
        }
        self.spend(Size::ONE, at)?;
        self.open.push(open);
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, at: Position) -> Result<(), ReadFault> {
        self.spend(Size::of_text(text), at)?;
        let is_plain = style == ScalarStyle::Plain;
        let tree = if is_plain { resolve(text) } else { Some(Tree::Text(text.to_owned())) };
        if !self.awaits_key() {
            let tree =
                tree.ok_or_else(|| refused(at, format!("The number \"{}\" has no form in JSON.", excerpt(text))))?;
            return self.end(tree, anchor, at);
        }
        if tree == Some(Tree::Null) {
            return Err(refused(at, TEXT_AS_KEY.to_owned()));
        }
        if let Some(tree) = tree {
            self.keep(&tree, anchor, at)?;
        }
        self.key(if is_plain && text == "<<" { Key::Merge(at) } else { Key::Name(text.to_owned()) }, at)
    }

    fn alias(&mut self, anchor: usize, span: Span, at: Position) -> Result<(), ReadFault> {
        let Some(Anchored { tree, size }) = self.anchored.get(&anchor) else {
            let name = span.slice(self.text).unwrap_or_default().trim_start_matches('*');
            return Err(refused(at, format!("The anchor \"{}\" is used inside itself.", excerpt(name))));
        };
        if self.open.len() + size.depth > MAX_DEPTH {
            return Err(refused(at, too_deep()));
        }
        self.budget.alias().and_then(|()| self.budget.spend(*size)).map_err(|reason| refused(at, reason))?;
        let tree = tree.clone();
        match tree {
            Tree::Text(text) if self.awaits_key() => self.key(Key::Name(text), at),
            _ if self.awaits_key() => Err(refused(at, TEXT_AS_KEY.to_owned())),
            _ => self.end(tree, 0, at),
        }
    }

    /// Whether the next value is a key.
    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Content::Map(OpenMap { key: None, .. }), .. }))
    }

    fn key(&mut self, key: Key, at: Position) -> Result<(), ReadFault> {
        let Some(Open { content: Content::Map(map), .. }) = self.open.last_mut() else { return Ok(()) };
        match &key {
            Key::Name(name) if map.members.contains_key(name) && !map.merged.remove(name) => {
                return Err(refused(at, duplicate(name)));
            }
            Key::Merge(_) if map.has_merged => return Err(refused(at, duplicate("<<"))),
            Key::Name(_) | Key::Merge(_) => {}
        }
        map.key = Some(key);
        Ok(())
    }

    /// A value is complete.
    fn end(&mut self, tree: Tree, anchor: usize, at: Position) -> Result<(), ReadFault> {
        self.keep(&tree, anchor, at)?;
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(tree),
            Some(Content::List(items)) => items.push(tree),
            Some(Content::Map(map)) => match map.key.take() {
                Some(Key::Name(name)) => {
                    map.members.insert(name, tree);
                }
                Some(Key::Merge(at)) => map.merge(tree).map_err(|reason| refused(at, reason))?,
                None => return Err(refused(at, TEXT_AS_KEY.to_owned())),
            },
        }
        Ok(())
    }

    /// Keeps what has an anchor; the copy is paid for.
    fn keep(&mut self, tree: &Tree, anchor: usize, at: Position) -> Result<(), ReadFault> {
        if anchor != 0 {
            let size = Size::of(tree);
            self.spend(size, at)?;
            self.anchored.insert(anchor, Anchored { tree: tree.clone(), size });
        }
        Ok(())
    }

    fn spend(&mut self, size: Size, at: Position) -> Result<(), ReadFault> {
        self.budget.spend(size).map_err(|reason| refused(at, reason))
    }
}

impl OpenMap {
    /// Takes the members of a map, or of a list of maps of which the earlier ones win.
    ///
    /// Source: yaml.v2, but there a merged member replaces one that the map had before; YAML 1.1 says otherwise.
    fn merge(&mut self, tree: Tree) -> Result<(), String> {
        self.has_merged = true;
        let sources = match tree {
            Tree::Map(_) => vec![tree],
            Tree::List(items) => items,
            _ => Vec::new(),
        };
        if sources.is_empty() || !sources.iter().all(|source| matches!(source, Tree::Map(_))) {
            return Err("A merge key takes a map or a list of maps.".to_owned());
        }
        for (name, tree) in sources.into_iter().filter_map(Tree::into_members).flatten() {
            if self.merged.contains(&name) {
                continue;
            }
            if self.members.contains_key(&name) {
                return Err(format!("Key \"{}\" must stand behind \"<<\", which gives it too.", excerpt(&name)));
            }
            self.merged.insert(name.clone());
            self.members.insert(name, tree);
        }
        Ok(())
    }
}

impl Tree {
    fn into_members(self) -> Option<IndexMap<String, Tree>> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }
}
