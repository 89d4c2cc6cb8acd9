//! What a message id stands for.

use uuid::Uuid;

use super::rows::{READS, account, command, commit, insert, instance, invocation, put};
use crate::command::{InvocationOutcome, InvocationState};
use crate::ids::MessageId;
use crate::ports::Store;
use crate::record::{Addressed, CancelDelivery, Invocation, Revision};

pub(super) async fn a_message_id_finds_its_command_or_its_cancel(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let command = command(&own, 1);
    let uuid = Uuid::from_u128(4242);
    let cancel = MessageId::new(uuid, instance(1));
    let mut first = invocation(&command, 1, InvocationState::Running);
    let second = invocation(&command, 2, InvocationState::Queued);
    commit(store, [insert(&command), put(&first), put(&second)]).await;
    first.revision = Revision::NEW.next();
    let found = store.addressed(&own, &first.message_id()).await.expect(READS);
    assert_eq!(found, Some(Addressed::Command(first.clone())), "a command's id finds the invocation on its instance");
    assert_eq!(store.addressed(&own, &cancel).await.expect(READS), None, "a cancel is found once it is written");

    // Through the cancel's life, and beyond the invocation's end.
    for state in
        [InvocationState::Cancelling, InvocationState::Cancelling, InvocationState::Ended(InvocationOutcome::Cancelled)]
    {
        first = Invocation { state, cancel: Some(CancelDelivery::new(uuid)), ..first };
        commit(store, [put(&first)]).await;
        first.revision = first.revision.next();
        let found = store.addressed(&own, &cancel).await.expect(READS);
        assert_eq!(
            found,
            Some(Addressed::Cancel(first.clone())),
            "a cancel's own UUID finds its invocation: {state:?}"
        );
        let found = store.addressed(&own, &first.message_id()).await.expect(READS);
        let wanted = Some(Addressed::Command(first.clone()));
        assert_eq!(found, wanted, "the command's id still finds the invocation: {state:?}");
    }
    for (message, rule) in [
        (MessageId::new(Uuid::from_u128(1), instance(1)), "an unknown id"),
        (MessageId::new(uuid, instance(2)), "a cancel's id on another instance"),
        (MessageId::of_command(command.id, instance(3)), "a command's id on an instance that is not its target"),
    ] {
        assert_eq!(store.addressed(&own, &message).await.expect(READS), None, "{rule} stands for nothing");
    }
    for message in [first.message_id(), cancel] {
        let found = store.addressed(&other, &message).await.expect(READS);
        assert_eq!(found, None, "a message id of another account stands for nothing");
    }
}
