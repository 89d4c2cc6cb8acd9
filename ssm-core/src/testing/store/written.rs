//! What was written is read back, by whom it belongs to.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::rows::{
    READS, account, add_request, advance, after, command, commit, completion, document, document_name,
    document_version, insert, instance, invocation, node, note_poll, number, payload, put, put_node, put_step, step,
};
use super::snapshot::Snapshot;
use crate::command::InvocationState;
use crate::document::StepStatus;
use crate::engine::Write;
use crate::ids::{JournalId, MessageId};
use crate::ports::Store;
use crate::record::{CancelDelivery, Invocation, Revision};
use uuid::Uuid;

const WRITTEN: Revision = Revision::NEW.next();

pub(super) async fn what_was_written_is_read_back(store: &dyn Store) {
    let account = account(1);
    let mut command = command(&account, 1);
    let mut invocation = Invocation {
        waits_for_request: true,
        presence_check_pending: true,
        first_handed_out_at: Some(after(1)),
        hidden_until: Some(after(2)),
        journal: Some(JournalId::new(Uuid::from_u128(5))),
        answered: true,
        cancel: Some(CancelDelivery { answered_at: Some(after(3)), ..CancelDelivery::new(Uuid::from_u128(6)) }),
        trace: "words \u{e9}\u{0}\n'\"".to_owned(),
        ..invocation(&command, 1, InvocationState::HandedOut)
    };
    let (mut node, mut document) = (node(&account, 1), document(&account, 1));
    let version = document_version(&account, 1, 1);
    let step = step(&invocation.key, "step", StepStatus::Success, "out\u{e9}\n");
    commit(
        store,
        [
            insert(&command),
            put(&invocation),
            put_step(&step),
            put_node(&node),
            Write::PutDocument(Box::new(document.clone())),
            Write::InsertDocumentVersion(Box::new(version.clone())),
        ],
    )
    .await;
    command.revision = WRITTEN;
    invocation.revision = WRITTEN;
    node.revision = WRITTEN;
    document.revision = WRITTEN;

    let by_id = store.command(&account, command.id).await.expect(READS);
    assert_eq!(by_id.as_ref(), Some(&command), "a command is read by its id as it was written");
    let by_number = store.command_by_number(&account, command.number).await.expect(READS);
    assert_eq!(by_number.as_ref(), Some(&command), "a command is read by its number as it was written");
    let read = store.invocation(&invocation.key).await.expect(READS);
    assert_eq!(read.as_ref(), Some(&invocation), "an invocation is read as it was written");
    let steps = store.steps(&invocation.key).await.expect(READS);
    assert_eq!(steps, [step], "a step's result is read as it was written");
    let read = store.node(&account, &node.instance).await.expect(READS);
    assert_eq!(read.as_ref(), Some(&node), "a node is read as it was written");
    let read = store.document(&account, &document.name).await.expect(READS);
    assert_eq!(read.as_ref(), Some(&document), "a document is read as it was written");
    let read = store.document_version(&account, &version.name, version.about.number).await.expect(READS);
    assert_eq!(read.as_ref(), Some(&version), "a document's version is read as it was written");
    let unknown = NonZeroU32::MIN.saturating_add(7);
    let read = store.document_version(&account, &version.name, unknown).await.expect(READS);
    assert_eq!(read, None, "a version that was never written is not there");
    let mailbox = store.mailbox(&account, &instance(1), after(2), 10).await.expect(READS);
    let sizes: Vec<_> = mailbox.entries.into_iter().map(|entry| entry.payload_bytes).collect();
    assert_eq!(sizes, [payload(1).as_str().len()], "an entry tells the size of the payload that came with the command");
    let payloads = store.payloads(&account, &[number(1)]).await.expect(READS);
    assert_eq!(payloads, BTreeMap::from([(number(1), payload(1))]), "and the payload is read as it was written");
}

/// Fills one account, with the other's ids wherever an id is not the account's own, and looks at the other.
pub(super) async fn accounts_never_see_each_others_rows(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let empty = Snapshot::of(store).await;
    let command = command(&own, 1);
    let queued = invocation(&command, 1, InvocationState::Queued);
    let cancel = Some(CancelDelivery::new(Uuid::from_u128(1)));
    let cancelling = Invocation { cancel, ..invocation(&command, 2, InvocationState::Cancelling) };
    commit(
        store,
        [
            insert(&command),
            put(&queued),
            put(&cancelling),
            put_step(&step(&queued.key, "step", StepStatus::Success, "")),
            Write::AddCompletion(completion(&queued.key)),
            put_node(&node(&own, 1)),
            note_poll(&own, 1, after(1)),
            note_poll(&other, 1, after(1)),
            advance(&own, 1, 0, &[after(1)]),
            add_request(&own, 1, 1, after(1)),
            add_request(&other, 1, 1, after(1)),
            Write::PutDocument(Box::new(document(&own, 1))),
            Write::InsertDocumentVersion(Box::new(document_version(&own, 1, 1))),
        ],
    )
    .await;
    assert_ne!(Snapshot::of(store).await, empty, "the account itself sees its rows");

    let rule = "an account never sees another's rows";
    let commands = crate::ports::CommandQuery { limit: 10, ..Default::default() };
    let of_instance = crate::ports::CommandQuery { instance: Some(instance(1)), limit: 10, ..Default::default() };
    let invocations = crate::ports::InvocationQuery { limit: 10, ..Default::default() };
    let of_command = crate::ports::InvocationQuery { command: Some(number(1)), limit: 10, ..Default::default() };
    let on_instance = crate::ports::InvocationQuery { instance: Some(instance(1)), limit: 10, ..Default::default() };
    for query in [commands, of_instance] {
        assert_eq!(store.commands(&other, &query).await.expect(READS), [], "{rule}: {query:?}");
    }
    for query in [invocations, of_command, on_instance] {
        assert_eq!(store.invocations(&other, &query).await.expect(READS), [], "{rule}: {query:?}");
    }
    assert_eq!(store.command(&other, command.id).await.expect(READS), None, "{rule}: a command by id");
    assert_eq!(store.command_by_number(&other, number(1)).await.expect(READS), None, "{rule}: a command by number");
    let key = crate::record::InvocationKey { account: other.clone(), ..queued.key.clone() };
    assert_eq!(store.invocation(&key).await.expect(READS), None, "{rule}: an invocation");
    assert_eq!(store.steps(&key).await.expect(READS), [], "{rule}: steps");
    assert_eq!(store.completions(&other, number(1), 10).await.expect(READS), [], "{rule}: completions");
    assert_eq!(store.candidates(&other, number(1), after(2), 10).await.expect(READS), [], "{rule}: candidates");
    for which in [1, 2] {
        let mailbox = store.mailbox(&other, &instance(which), after(2), 10).await.expect(READS);
        assert_eq!(mailbox, crate::record::Mailbox::default(), "{rule}: the mailbox of an instance of the same id");
    }
    assert!(store.payloads(&other, &[number(1)]).await.expect(READS).is_empty(), "{rule}: a payload");
    for message in [queued.message_id(), MessageId::new(Uuid::from_u128(1), instance(2))] {
        assert_eq!(store.addressed(&other, &message).await.expect(READS), None, "{rule}: a message id");
    }
    assert_eq!(store.node(&other, &instance(1)).await.expect(READS), None, "{rule}: a node");
    let query = crate::ports::NodeQuery { limit: 10, ..Default::default() };
    assert_eq!(store.nodes(&other, &query).await.expect(READS), [], "{rule}: nodes");
    assert_eq!(store.document(&other, &document_name(1)).await.expect(READS), None, "{rule}: a document");
    let version = store.document_version(&other, &document_name(1), NonZeroU32::MIN).await.expect(READS);
    assert_eq!(version, None, "{rule}: a document's version");

    // The same names in the other account are new rows there.
    commit(
        store,
        [
            put_node(&node(&other, 1)),
            Write::PutDocument(Box::new(document(&other, 1))),
            Write::InsertDocumentVersion(Box::new(document_version(&other, 1, 1))),
            advance(&other, 1, 0, &[]),
        ],
    )
    .await;
    let mailbox = store.mailbox(&own, &instance(1), after(2), 10).await.expect(READS);
    assert_eq!(mailbox.recent_first_hand_outs, [after(1)], "what one account writes leaves the other's rows alone");
    let read = store.node(&own, &instance(1)).await.expect(READS).and_then(|node| node.polled_at);
    assert_eq!(read, Some(after(1)), "what one account writes leaves the other's rows alone");
}

pub(super) async fn a_steps_result_is_replaced(store: &dyn Store) {
    let command = command(&account(1), 1);
    let (one, two) =
        (invocation(&command, 1, InvocationState::Running), invocation(&command, 2, InvocationState::Running));
    commit(store, [insert(&command), put(&one), put(&two)]).await;
    assert_eq!(store.steps(&one.key).await.expect(READS), [], "an invocation without results has none");
    let names = ["b", "a", "c", "B"];
    let first = names.map(|name| step(&one.key, name, StepStatus::InProgress, name));
    let other = step(&two.key, "a", StepStatus::Failed, "other");
    commit(store, first.iter().chain([&other]).map(put_step)).await;
    let second = step(&one.key, "a", StepStatus::Success, "second");
    commit(store, [put_step(&second)]).await;
    let read = store.steps(&one.key).await.expect(READS);
    let [b, _, c, upper] = first;
    assert_eq!(read, [upper, second, b, c], "results come by name, and a newer one replaces the one of its step");
    assert_eq!(store.steps(&two.key).await.expect(READS), [other], "another invocation's results are its own");
}
