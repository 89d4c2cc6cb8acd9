//! Hints between the parts of a control plane.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures::channel::oneshot;

use crate::ids::{AccountId, InstanceId};

/// Whom a hint is for: the poll of an instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WakeupKey {
    /// The account.
    pub account: AccountId,
    /// The managed instance.
    pub instance: InstanceId,
}

/// Carries hints that an instance's mailbox has something.
///
/// # Contract
/// - A hint may be lost, or come more than once or for nothing: losing one costs latency, never a command.
/// - A poll registers *before* it reads its mailbox, so that no hint falls between reading and waiting.
/// - A hint reaches every waiter that was registered before it was given.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait Wakeups: Debug + Send + Sync {
    /// Waits for the next hint for this key; dropping the waiter ends it.
    fn register(&self, key: &WakeupKey) -> Waiter;

    /// Gives a hint. Never waits.
    fn hint(&self, key: &WakeupKey);
}

/// A future that ends with the next hint.
pub struct Waiter {
    hint: oneshot::Receiver<()>,
    on_drop: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Waiter {
    /// Ends when the sender sends or goes away; `on_drop` runs when the waiter is dropped.
    #[must_use]
    pub fn new(hint: oneshot::Receiver<()>, on_drop: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { hint, on_drop: Some(Box::new(on_drop)) }
    }
}

impl Future for Waiter {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.hint).poll(context).map(|_| ())
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(on_drop) = self.on_drop.take() {
            on_drop();
        }
    }
}

impl Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiter")
    }
}

/// Hints within one process.
#[derive(Debug, Default)]
pub struct LocalWakeups {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    by_key: BTreeMap<(WakeupKey, u64), oneshot::Sender<()>>,
}

impl LocalWakeups {
    /// How many waiters there are.
    #[must_use]
    pub fn waiters(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).by_key.len()
    }
}

impl Wakeups for LocalWakeups {
    fn register(&self, key: &WakeupKey) -> Waiter {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.next += 1;
        let place = (key.clone(), waiting.next);
        waiting.by_key.insert(place.clone(), sender);
        let shared = Arc::clone(&self.waiting);
        Waiter::new(receiver, move || {
            shared.lock().unwrap_or_else(PoisonError::into_inner).by_key.remove(&place);
        })
    }

    fn hint(&self, key: &WakeupKey) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let all = (key.clone(), 0)..=(key.clone(), u64::MAX);
        let places: Vec<(WakeupKey, u64)> = waiting.by_key.range(all).map(|(place, _)| place.clone()).collect();
        for place in places {
            if let Some(sender) = waiting.by_key.remove(&place) {
                // The waiter may be gone.
                let _ = sender.send(());
            }
        }
    }
}
