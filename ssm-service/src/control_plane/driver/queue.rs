//! Whose turn it is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ssm_core::time::Timestamp;

use super::Key;
use super::turn::Turn;

/// The commands that have work, each once. They have turns in the order in which they came; who has had one, and has more work,
/// stands behind all others, so that a large command does not hold up small ones.
#[derive(Debug, Default)]
pub(super) struct Queue {
    known: BTreeMap<Key, Place>,
    waiting: VecDeque<Key>,
    later: BTreeSet<(Timestamp, Key)>,
    under_way: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Waiting,
    /// `again`: it was heard of meanwhile, so its turn may have been too early.
    UnderWay {
        again: bool,
    },
    /// Until then it has no turn, whatever is heard.
    Later,
}

impl Queue {
    /// Hears that a command has work.
    pub(super) fn add(&mut self, key: Key) {
        match self.known.get_mut(&key) {
            None => self.wait(key),
            Some(Place::UnderWay { again }) => *again = true,
            Some(Place::Waiting | Place::Later) => {}
        }
    }

    /// Whose turn it is now. [`done`](Self::done) ends it.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Key> {
        while self.later.first().is_some_and(|(at, _)| *at <= now) {
            let (_, key) = self.later.pop_first()?;
            self.wait(key);
        }
        let key = self.waiting.pop_front()?;
        self.known.insert(key.clone(), Place::UnderWay { again: false });
        self.under_way += 1;
        Some(key)
    }

    pub(super) fn done(&mut self, key: Key, turn: Turn) {
        self.under_way -= 1;
        match (turn, self.known.get(&key)) {
            (Turn::Later(at), _) => {
                self.known.insert(key.clone(), Place::Later);
                self.later.insert((at, key));
            }
            (Turn::More, _) | (Turn::Idle, Some(Place::UnderWay { again: true })) => self.wait(key),
            (Turn::Idle, _) => {
                self.known.remove(&key);
            }
        }
    }

    fn wait(&mut self, key: Key) {
        self.known.insert(key.clone(), Place::Waiting);
        self.waiting.push_back(key);
    }

    /// When the first of those comes that wait for a time.
    pub(super) fn later(&self) -> Option<Timestamp> {
        self.later.first().map(|(at, _)| *at)
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    /// How many have a turn, or wait for others to have theirs.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.under_way
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ssm_core::ids::CommandNumber;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn key(number: u64) -> Key {
        ("123456789012".parse().unwrap(), CommandNumber::from_value(number))
    }

    fn next(queue: &mut Queue, now: Timestamp) -> Option<u64> {
        queue.next(now).map(|(_, number)| number.value())
    }

    #[test]
    fn a_command_with_more_work_stands_behind_those_that_wait() {
        let mut queue = Queue::default();
        [3, 1, 2, 3].into_iter().for_each(|number| queue.add(key(number)));
        assert_eq!((next(&mut queue, NOW), queue.under_way(), queue.len()), (Some(3), 1, 3));
        queue.done(key(3), Turn::More);
        let order: Vec<_> = std::iter::from_fn(|| next(&mut queue, NOW)).collect();
        assert_eq!(order, [1, 2, 3]);
        for number in order {
            queue.done(key(number), Turn::Idle);
        }
        assert_eq!((queue.under_way(), queue.len()), (0, 0));
    }

    #[test]
    fn what_is_heard_of_during_a_turn_makes_another_one_and_never_two_at_once() {
        let mut queue = Queue::default();
        queue.add(key(1));
        assert_eq!(next(&mut queue, NOW), Some(1));
        queue.add(key(1));
        queue.add(key(1));
        assert_eq!(next(&mut queue, NOW), None, "it has its turn");
        queue.done(key(1), Turn::Idle);
        assert_eq!(next(&mut queue, NOW), Some(1));
        queue.done(key(1), Turn::Idle);
        assert_eq!(next(&mut queue, NOW), None);
    }

    #[test]
    fn a_command_that_waits_for_a_time_has_no_turn_before() {
        let mut queue = Queue::default();
        queue.add(key(1));
        assert_eq!(next(&mut queue, NOW), Some(1));
        let at = NOW + Duration::from_secs(5);
        queue.done(key(1), Turn::Later(at));
        queue.add(key(1));
        assert_eq!((next(&mut queue, at - Duration::from_millis(1)), queue.later()), (None, Some(at)));
        assert_eq!((next(&mut queue, at), queue.later()), (Some(1), None));
    }
}
