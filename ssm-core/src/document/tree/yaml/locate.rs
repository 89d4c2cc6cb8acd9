//! YAML: finding places.

use granit_parser::{Event, Span};

use super::super::Position;
use super::compose::{parser, position, without_mark};

/// Where the value at the end of this way begins, or the deepest on the way that is there.
pub(in super::super) fn locate(text: &str, way: &[String]) -> Option<Position> {
    let mut walk = Walk { way, ..Walk::default() };
    for next in parser(without_mark(text)) {
        let (event, span) = next.ok()?;
        if walk.take(&event, span) {
            break;
        }
    }
    walk.found
}

/// Follows the events to the end of a way.
#[derive(Default)]
struct Walk<'a> {
    /// What is still to be gone.
    way: &'a [String],
    /// Where the last value on the way begins.
    found: Option<Position>,
    /// Inside that value, a list or a map: which member or element comes next.
    next: Next,
    /// Lists and maps that are open beside the way.
    beside: usize,
}

#[derive(Default)]
enum Next {
    #[default]
    Root,
    Element(usize),
    Key,
    /// The value of a key, and whether it is on the way.
    Member(bool),
}

impl Walk<'_> {
    /// Whether there is nothing more to find.
    fn take(&mut self, event: &Event<'_>, span: Span) -> bool {
        let is_end = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        if !is_end && !event.is_node() {
            return false;
        }
        let is_begin = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        if self.beside > 0 {
            self.beside = if is_begin { self.beside + 1 } else { self.beside - usize::from(is_end) };
            return false;
        }
        if is_end {
            return true;
        }
        let wanted = self.way.first();
        let (on_the_way, next) = match self.next {
            Next::Root => (true, Next::Root),
            Next::Element(place) => {
                (wanted.is_some_and(|wanted| *wanted == place.to_string()), Next::Element(place + 1))
            }
            Next::Key => {
                (false, Next::Member(event.scalar().is_some_and(|(key, _)| wanted.is_some_and(|wanted| wanted == key))))
            }
            Next::Member(on_the_way) => (on_the_way, Next::Key),
        };
        if !on_the_way {
            self.next = next;
            self.beside = usize::from(is_begin);
            return false;
        }
        if !matches!(self.next, Next::Root) {
            self.way = self.way.get(1..).unwrap_or_default();
        }
        self.found = Some(position(span.start));
        match event {
            Event::SequenceStart(..) => self.next = Next::Element(0),
            Event::MappingStart(..) => self.next = Next::Key,
            _ => return true,
        }
        self.way.is_empty()
    }
}
