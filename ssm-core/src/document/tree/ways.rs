//! The ways to all values that are looked for, so that a text is gone through once for all of them.

use std::collections::BTreeMap;

use super::{Pointer, Position};

/// A tree of ways, each step of them once, and what was found at its end.
#[derive(Debug)]
pub(super) struct Ways {
    /// The root first, each step behind the one before it.
    steps: Vec<Step>,
    /// The last step to each pointer.
    ends: Vec<usize>,
}

#[derive(Debug, Default)]
struct Step {
    before: usize,
    next: BTreeMap<String, usize>,
    found: Option<Position>,
}

impl Ways {
    /// The content itself, with which all ways begin.
    pub(super) fn root() -> usize {
        0
    }

    pub(super) fn of(pointers: &[Pointer]) -> Self {
        let mut ways = Self { steps: vec![Step::default()], ends: Vec::with_capacity(pointers.len()) };
        for pointer in pointers {
            let end = pointer.segments().fold(Self::root(), |at, segment| ways.extend(at, segment));
            ways.ends.push(end);
        }
        ways
    }

    fn extend(&mut self, at: usize, segment: String) -> usize {
        if let Some(known) = self.next(at, &segment) {
            return known;
        }
        let new = self.steps.len();
        self.steps[at].next.insert(segment, new);
        self.steps.push(Step { before: at, ..Step::default() });
        new
    }

    /// The step behind this one, to a member or an element, if any way goes there.
    pub(super) fn next(&self, at: usize, segment: &str) -> Option<usize> {
        self.steps[at].next.get(segment).copied()
    }

    /// Whether any way goes on behind this step.
    pub(super) fn goes_on(&self, at: usize) -> bool {
        !self.steps[at].next.is_empty()
    }

    /// This step's value is here.
    pub(super) fn found(&mut self, at: usize, position: Position) {
        self.steps[at].found = Some(position);
    }

    /// Where each pointer's value is, or the deepest on the way to it that is there, in the order of the pointers.
    pub(super) fn into_positions(mut self) -> Vec<Option<Position>> {
        for at in 1..self.steps.len() {
            let Step { before, found, .. } = self.steps[at];
            self.steps[at].found = found.or(self.steps[before].found);
        }
        self.ends.iter().map(|end| self.steps[*end].found).collect()
    }
}
