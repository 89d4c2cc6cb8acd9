//! At most one waiting poll an instance.
//!
//! An agent polls once at a time, so an older poll is one whose connection broke without a word, or whose agent was started
//! anew: messages given to it would be lost until they are visible again. This holds within one process; between processes
//! the mailbox's revision decides who hands out, and visibility brings back what was lost.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::channel::oneshot;
use ssm_core::ports::WakeupKey;

/// The polls that are under way here: one an instance, forgotten when it ends or is dropped.
#[derive(Debug, Default)]
pub(super) struct Polls {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    /// The newest poll of each instance. Its end is dropped when a newer one comes.
    newest: BTreeMap<WakeupKey, (u64, oneshot::Sender<Infallible>)>,
}

impl Polls {
    /// Begins a poll, and ends the one before it.
    pub(super) fn begin(&self, key: &WakeupKey) -> Turn<'_> {
        let (sender, newer) = oneshot::channel();
        let mut state = self.state();
        state.last += 1;
        let number = state.last;
        state.newest.insert(key.clone(), (number, sender));
        Turn { polls: self, key: key.clone(), number, newer }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A poll's time as the newest one of its instance.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    polls: &'a Polls,
    key: WakeupKey,
    number: u64,
    newer: oneshot::Receiver<Infallible>,
}

impl Turn<'_> {
    /// Whether a newer poll has come.
    pub(super) fn is_over(&mut self) -> bool {
        self.newer.try_recv().is_err()
    }

    /// Waits for a newer poll.
    pub(super) async fn over(&mut self) {
        // Nothing is ever sent: the other end goes away.
        let _ = (&mut self.newer).await;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.polls.state();
        if state.newest.get(&self.key).is_some_and(|(number, _)| *number == self.number) {
            state.newest.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn key(which: usize) -> WakeupKey {
        let instance = format!("mi-{which:017x}").parse().unwrap();
        WakeupKey { account: "123456789012".parse().unwrap(), instance }
    }

    #[test]
    fn the_newest_poll_of_an_instance_ends_the_older_one_and_nobody_elses() {
        let polls = Polls::default();
        let (mut first, mut other) = (polls.begin(&key(1)), polls.begin(&key(2)));
        assert!(!first.is_over() && first.over().now_or_never().is_none());
        let mut second = polls.begin(&key(1));
        assert!(first.is_over() && first.over().now_or_never().is_some() && first.is_over());
        assert!(!second.is_over() && !other.is_over());
        drop(first);
        assert!(!second.is_over(), "an older poll that goes away is nothing to the newer one");
        assert_eq!(polls.state().newest.len(), 2);
    }

    #[test]
    fn nothing_is_kept_of_polls_that_have_gone_in_whatever_order() {
        let polls = Polls::default();
        for newest_first in [false, true] {
            let mut turns: Vec<_> = (0..1000).map(|step| polls.begin(&key(step % 10))).collect();
            assert_eq!(polls.state().newest.len(), 10);
            if newest_first {
                turns.reverse();
            }
            turns.into_iter().for_each(drop);
            assert_eq!(polls.state().newest.len(), 0);
        }
    }
}
