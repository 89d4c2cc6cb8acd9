//! The suite of [`Journal`].

use ssm_core::ids::{InstanceId, MessageId};
use uuid::Uuid;

use crate::journal::{Journal, Taken};

/// Message ids that differ.
///
/// # Panics
/// Never: the instance's id is a literal.
#[must_use]
pub fn message_ids(count: u128) -> Vec<MessageId> {
    let instance: InstanceId = "mi-0123456789abcdef0".parse().expect("a literal of the right form");
    (0..count).map(|value| MessageId::new(Uuid::from_u128(value), instance.clone())).collect()
}

/// Checks the contract on fresh journals.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<J: Journal, F: Future<Output = J>>(make: impl Fn() -> F) {
    let ids = message_ids(3);
    let [first, second, third] = ids.as_slice() else { unreachable!("three were asked for") };

    let journal = make().await;
    assert_eq!(journal.id(), journal.id(), "the id never changes");
    assert_ne!(journal.id(), make().await.id(), "each journal has its own id");

    assert_eq!(journal.take(first).await, Ok(Taken::New));
    assert_eq!(journal.take(first).await, Ok(Taken::Known), "a command is taken once");
    journal.start(first).await.expect("a taken command starts");
    assert_eq!(journal.take(first).await, Ok(Taken::Known), "also when it has started");
    journal.finish(first).await.expect("a started command ends");
    assert_eq!(journal.take(first).await, Ok(Taken::Known), "also when it is over");

    journal.refuse(second).await.expect("an unknown command can be refused");
    assert_eq!(journal.take(second).await, Ok(Taken::Refused), "what was cancelled before it came never runs");
    assert_eq!(journal.take(second).await, Ok(Taken::Refused));

    assert_eq!(journal.take(third).await, Ok(Taken::New), "ids do not touch each other");
    journal.refuse(third).await.expect("a known command may be cancelled");
    assert_eq!(journal.take(third).await, Ok(Taken::Known), "a cancel does not make a known command unknown");
}
