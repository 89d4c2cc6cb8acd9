//! The suite of [`Wakeups`].

use futures::FutureExt;

use crate::ports::{WakeupKey, Wakeups};

/// Checks the contract on fresh implementations.
///
/// A hint across processes takes its time, so a waiter that is to end is waited for; one that is not to end is looked at once.
///
/// # Panics
/// When the contract is broken. A waiter that is never woken makes the suite wait for ever.
pub async fn suite<W: Wakeups, F: Future<Output = W>>(make: impl Fn() -> F) {
    let [first, second] = ["mi-0123456789abcdef0", "mi-0123456789abcdef1"].map(|instance| WakeupKey {
        account: "123456789012".parse().expect("a literal of the right form"),
        instance: instance.parse().expect("a literal of the right form"),
    });
    let namesake = WakeupKey { account: "210987654321".parse().expect("a literal of the right form"), ..first.clone() };

    let wakeups = make().await;
    wakeups.hint(&first);
    let mut waiter = wakeups.register(&first);
    assert!((&mut waiter).now_or_never().is_none(), "a waiter waits until a hint is given after its registration");
    wakeups.hint(&first);
    waiter.await;

    // A hint that comes while nobody looks is kept for whoever has registered.
    let waiter = wakeups.register(&first);
    wakeups.hint(&first);
    wakeups.hint(&first);
    waiter.await;

    let wakeups = make().await;
    let waiters: Vec<_> = (0..3).map(|_| wakeups.register(&first)).collect();
    let mut others = [&second, &namesake].map(|key| wakeups.register(key));
    wakeups.hint(&first);
    for waiter in waiters {
        // Every one of them ends, or the suite waits for ever.
        waiter.await;
    }
    for other in &mut others {
        assert!(other.now_or_never().is_none(), "a hint for one instance does not wake the polls of another");
    }
    wakeups.hint(&namesake);
    let [other, namesakes] = others;
    namesakes.await;

    // Who has gone is nothing to those who stay, nor to those who come.
    let wakeups = make().await;
    let stays = wakeups.register(&first);
    drop(wakeups.register(&first));
    drop(other);
    wakeups.hint(&first);
    stays.await;
    wakeups.hint(&first);
    let mut comes = wakeups.register(&first);
    assert!((&mut comes).now_or_never().is_none(), "an old hint does not end a new waiter");
    wakeups.hint(&first);
    comes.await;
}
