//! YAML: finding places.

use granit_parser::{Event, Span};

use super::super::ways::Ways;
use super::compose::{parser, position};

/// Finds where the values on these ways begin, as far as they are there, in one pass over the events.
pub(in super::super) fn locate(text: &str, ways: &mut Ways) -> Option<()> {
    let mut walk = Walk { ways, open: Vec::new(), beside: 0 };
    for next in parser(text) {
        let (event, span) = next.ok()?;
        walk.take(&event, span);
    }
    Some(())
}

/// Follows the events along the ways.
struct Walk<'a> {
    ways: &'a mut Ways,
    /// The lists and maps that are open on a way, the innermost last.
    open: Vec<Open>,
    /// Lists and maps that are open inside of those, beside any way.
    beside: usize,
}

/// A list or a map, and which member or element of it comes next.
struct Open {
    at: usize,
    next: Next,
}

enum Next {
    Element(usize),
    Key,
    /// The value of a key, with the step to it if it is on a way.
    Member(Option<usize>),
}

impl Walk<'_> {
    fn take(&mut self, event: &Event<'_>, span: Span) {
        let is_end = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        if !is_end && !event.is_node() {
            return;
        }
        let is_begin = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        if self.beside > 0 {
            self.beside = if is_begin { self.beside + 1 } else { self.beside - usize::from(is_end) };
            return;
        }
        if is_end {
            self.open.pop();
            return;
        }
        let Some(at) = self.step(event) else {
            self.beside = usize::from(is_begin);
            return;
        };
        self.ways.found(at, position(span.start));
        match event {
            _ if is_begin && !self.ways.goes_on(at) => self.beside = 1,
            Event::SequenceStart(..) => self.open.push(Open { at, next: Next::Element(0) }),
            Event::MappingStart(..) => self.open.push(Open { at, next: Next::Key }),
            _ => {}
        }
    }

    /// The step to the value that begins with this event, if it is on a way.
    fn step(&mut self, event: &Event<'_>) -> Option<usize> {
        let Some(Open { at, next }) = self.open.last_mut() else { return Some(Ways::root()) };
        let (step, behind) = match *next {
            Next::Element(place) => (self.ways.next(*at, &place.to_string()), Next::Element(place + 1)),
            Next::Key => (None, Next::Member(event.scalar().and_then(|(key, _)| self.ways.next(*at, key.as_ref())))),
            Next::Member(step) => (step, Next::Key),
        };
        *next = behind;
        step
    }
}
