//! Batches apply whole or not at all, and only onto the rows that they were decided on.

use super::rows::{READS, START};
use super::rows::{
    account, add_request, advance, after, command, command_id, commit, completion, conflicts, document,
    document_version, fewer_documents, fewer_public_documents, incarnation, insert, invocation, kind, mark_cancelled,
    node, not_cancelled, note_poll, number, open, put, put_command, put_node, put_step, remove_document,
    remove_history, remove_share, remove_version, share, step, version, version_name, writes,
};
use super::snapshot::Snapshot;
use crate::command::InvocationState;
use crate::document::StepStatus;
use crate::engine::{Batch, Write};
use crate::ids::CommandId;
use crate::ports::Store;
use crate::record::{CancelDelivery, Command, Grantee, Invocation, Node, Revision, SharedVersions};
use uuid::Uuid;

/// What the furnished store holds, as it was written first.
pub(super) struct Furniture {
    pub(super) command: Command,
    pub(super) invocations: [Invocation; 2],
    pub(super) nodes: [Node; 2],
    pub(super) first_completion: u64,
}

/// Puts a row of each kind into an empty store.
pub(super) async fn furnish(store: &dyn Store) -> Furniture {
    let account = account(1);
    let command = command(&account, 1);
    let invocations = [1, 2].map(|which| invocation(&command, which, InvocationState::Queued));
    let nodes = [1, 2].map(|which| node(&account, which));
    let key = &invocations[0].key;
    commit(
        store,
        [
            insert(&command),
            put(&invocations[0]),
            put(&invocations[1]),
            put_step(&step(key, "step", StepStatus::InProgress, "some")),
            Write::AddCompletion(completion(key)),
            Write::AddCompletion(completion(&invocations[1].key)),
            put_node(&nodes[0]),
            put_node(&nodes[1]),
            note_poll(&account, 1, after(30)),
            advance(&account, 1, 0, &[START]),
            add_request(&account, 1, 2, START - Node::PRESENCE_TIME),
            Write::PutDocument(Box::new(document(&account, 1))),
            Write::PutDocument(Box::new(document(&account, 2))),
            Write::InsertDocumentVersion(Box::new(document_version(&account, 1, 1))),
            Write::PutDocumentShare(share(&account, 1, Grantee::All, SharedVersions::Default)),
        ],
    )
    .await;
    super::history::end(store, &super::rows::command(&account, 7), after(7)).await;
    let rows = store.completions(&account, command.number, 1).await.expect(READS);
    let first_completion = rows.first().expect("a completion that was added can be read").sequence;
    Furniture { command, invocations, nodes, first_completion }
}

/// A write of each kind that fits the furnished store, and changes something also behind those before it.
pub(super) fn fitting(furniture: &Furniture) -> Vec<Write> {
    let account = account(1);
    let (first, second) = (Revision::NEW.next(), Revision::NEW);
    let released = Invocation {
        revision: first,
        state: InvocationState::Cancelling,
        cancel: Some(CancelDelivery::new(Uuid::from_u128(2))),
        ..furniture.invocations[0].clone()
    };
    let changed = Command { revision: first, stopped_at: Some(after(1)), ..furniture.command.clone() };
    let pinged = Node { revision: first, pinged_at: after(5), ..furniture.nodes[0].clone() };
    let mut renewed = document(&account, 1);
    renewed.revision = first;
    renewed.latest = version(2);
    let key = &furniture.invocations[0].key;
    vec![
        insert(&command(&account, 2)),
        put_command(&changed),
        mark_cancelled(&account, 1, after(2)),
        put(&released),
        put(&Invocation { revision: second, ..invocation(&furniture.command, 3, InvocationState::Released) }),
        put_step(&step(key, "step", StepStatus::Success, "all")),
        put_step(&step(key, "another", StepStatus::Success, "more")),
        advance(&account, 1, 1, &[START, after(1)]),
        advance(&account, 3, 0, &[START]),
        Write::AddCompletion(completion(key)),
        Write::RemoveCompletion { account: account.clone(), number: number(1), sequence: furniture.first_completion },
        add_request(&account, 1, 2, after(50)),
        remove_history(&account, 7, 5),
        note_poll(&account, 2, after(40)),
        put_node(&pinged),
        put_node(&node(&account, 3)),
        Write::PutDocument(Box::new(renewed)),
        Write::PutDocument(Box::new(document(&account, 3))),
        Write::InsertDocumentVersion(Box::new(document_version(&account, 1, 2))),
        remove_version(&account, 1, 1),
        Write::PutDocumentShare(share(&account, 1, Grantee::All, SharedVersions::All)),
        Write::PutDocumentShare(share(&account, 1, Grantee::Account(self::account(2)), SharedVersions::Latest)),
        remove_share(&account, 1, Grantee::All),
        remove_document(&account, 2, 1),
    ]
}

/// Batches of one misfit each, with the rule that it breaks.
fn misfits(furniture: &Furniture) -> Vec<(&'static str, Batch)> {
    let account = account(1);
    let same_number = Command { id: command_id(&account, 9), ..furniture.command.clone() };
    let same_id = Command { number: number(9), ..furniture.command.clone() };
    let unknown = command(&account, 9);
    let mut missing = document(&account, 9);
    missing.revision = Revision::NEW.next();
    let mut another = document(&account, 1);
    (another.incarnation, another.revision) = (incarnation(9), Revision::NEW.next());
    let mut same_name = document_version(&account, 1, 9);
    same_name.about.name = Some(version_name(1));
    let gone = furniture.first_completion + 1000;
    let condition = |condition| Batch { conditions: vec![condition], writes: Vec::new() };
    vec![
        ("a number exists already", writes([insert(&same_number)])),
        ("an id exists already", writes([insert(&same_id)])),
        ("a command's revision is stale", writes([put_command(&furniture.command)])),
        ("a changed command is unknown", writes([put_command(&unknown)])),
        ("a new invocation is there already", writes([put(&furniture.invocations[1])])),
        ("a mailbox's revision is stale", writes([advance(&account, 1, 0, &[])])),
        ("a new node is there already", writes([put_node(&furniture.nodes[1])])),
        ("a new document is there already", writes([Write::PutDocument(Box::new(document(&account, 1)))])),
        ("a changed document is unknown", writes([Write::PutDocument(Box::new(missing))])),
        ("a changed document is another one", writes([Write::PutDocument(Box::new(another))])),
        (
            "a document's version exists already",
            writes([Write::InsertDocumentVersion(Box::new(document_version(&account, 1, 1)))]),
        ),
        ("a document's version to be removed is not there", writes([remove_version(&account, 1, 9)])),
        ("a document to be removed is not there", writes([remove_document(&account, 9, 1)])),
        ("a document to be removed has another revision", writes([remove_document(&account, 1, 9)])),
        ("a name stands for another version already", writes([Write::InsertDocumentVersion(Box::new(same_name))])),
        ("an account has no room for a document", condition(fewer_documents(&account, 1))),
        ("an account has no room for a public document", condition(fewer_public_documents(&account, 1))),
        (
            "a completion is not there",
            writes([Write::RemoveCompletion { account: account.clone(), number: number(1), sequence: gone }]),
        ),
        ("a command that must not be cancelled is unknown", condition(not_cancelled(&account, 9))),
        ("a command that must be open is unknown", condition(open(&account, 9))),
    ]
}

pub(super) async fn a_batch_with_one_misfit_leaves_no_trace(store: &dyn Store) {
    let furniture = furnish(store).await;
    let before = Snapshot::of(store).await;
    for (rule, misfit) in misfits(&furniture) {
        assert!(conflicts(store, misfit.clone()).await, "a batch is refused when {rule}");
        for write in fitting(&furniture) {
            let kind = kind(&write);
            let mut behind = misfit.clone();
            behind.writes.insert(0, write.clone());
            let mut ahead = misfit.clone();
            ahead.writes.push(write);
            for batch in [behind, ahead] {
                assert!(conflicts(store, batch).await, "a batch of {kind} and a misfit is refused when {rule}");
            }
        }
        assert_eq!(Snapshot::of(store).await, before, "a batch that is refused since {rule} leaves no trace");
    }
}

pub(super) async fn every_write_that_fits_is_applied(store: &dyn Store) {
    let furniture = furnish(store).await;
    for write in fitting(&furniture) {
        let before = Snapshot::of(store).await;
        let kind = kind(&write);
        commit(store, [write]).await;
        assert_ne!(Snapshot::of(store).await, before, "{kind} that fits is applied and can be read at once");
    }
}

pub(super) async fn a_row_is_written_by_its_current_revision_only(store: &dyn Store) {
    let furniture = furnish(store).await;
    let account = account(1);
    // Each row is at revision 1 now.
    for current in 1..4 {
        for wrong in [current - 1, current + 1, current + 100] {
            let revision = Revision::from_value(wrong);
            for write in revisioned(&furniture, revision) {
                let kind = kind(&write);
                assert!(
                    conflicts(store, writes([write])).await,
                    "{kind} of revision {wrong} is refused while the row has revision {current}"
                );
            }
        }
        commit(store, revisioned(&furniture, Revision::from_value(current))).await;
        let command = store.command(&account, furniture.command.id).await.expect(READS);
        let invocation = store.invocation(&furniture.invocations[0].key).await.expect(READS);
        let mailbox = store.mailbox(&account, &furniture.nodes[0].instance, START, 1).await.expect(READS);
        let node = store.node(&account, &furniture.nodes[0].instance).await.expect(READS);
        let document = store.document(&account, furniture.command.document.name.name()).await.expect(READS);
        let revisions = [
            command.map(|row| row.revision),
            invocation.map(|row| row.revision),
            Some(mailbox.revision),
            node.map(|row| row.revision),
            document.map(|row| row.revision),
        ];
        let next = Some(Revision::from_value(current).next());
        assert_eq!(revisions, [next; 5], "a write advances the revision of its row by one");
    }
}

/// A write of every row that has a revision.
fn revisioned(furniture: &Furniture, revision: Revision) -> Vec<Write> {
    let account = account(1);
    let mut document = document(&account, 1);
    document.revision = revision;
    vec![
        put_command(&Command { revision, ..furniture.command.clone() }),
        put(&Invocation { revision, ..furniture.invocations[0].clone() }),
        advance(&account, 1, revision.value(), &[]),
        put_node(&Node { revision, ..furniture.nodes[0].clone() }),
        Write::PutDocument(Box::new(document)),
    ]
}

/// Two writes of one new row: the second would fit only if the first were not checked against the same moment.
pub(super) async fn a_batch_is_checked_before_its_first_write(store: &dyn Store) {
    let furniture = furnish(store).await;
    let before = Snapshot::of(store).await;
    // Fits only behind the write before it, which has not happened when the batch is checked.
    let chained = [1, 2].map(|revision| {
        let revision = Revision::from_value(revision);
        put(&Invocation { revision, ..furniture.invocations[0].clone() })
    });
    assert!(conflicts(store, writes(chained)).await, "revisions are checked before the batch's first write");
    let marked = Command { revision: Revision::from_value(1), ended: None, ..command(&account(1), 2) };
    let batch = writes([insert(&command(&account(1), 2)), put_command(&marked)]);
    assert!(conflicts(store, batch).await, "a command that the batch itself inserts was not there when it was checked");
    assert_eq!(Snapshot::of(store).await, before, "a batch that is refused leaves no trace");
    // Cancelled by the batch itself, but not when it is checked.
    let cancelled =
        Command { revision: Revision::from_value(1), cancel_requested_at: Some(START), ..furniture.command.clone() };
    let batch = Batch { conditions: vec![open(&account(1), 1)], writes: vec![put_command(&cancelled)] };
    assert!(!conflicts(store, batch).await, "conditions are checked before the batch's first write");
}

pub(super) async fn what_was_removed_or_inserted_once_is_not_again(store: &dyn Store) {
    let furniture = furnish(store).await;
    let account = account(1);
    let remove =
        Write::RemoveCompletion { account: account.clone(), number: number(1), sequence: furniture.first_completion };
    commit(store, [remove.clone()]).await;
    assert!(conflicts(store, writes([remove])).await, "a completion is folded once: removing it again is refused");
    let elsewhere = Write::RemoveCompletion {
        account: self::account(2),
        number: number(1),
        sequence: furniture.first_completion + 1,
    };
    assert!(conflicts(store, writes([elsewhere])).await, "a completion is not that of another account");

    // These need no revision: whatever is there, none is refused.
    for repeated in [
        add_request(&account, 1, 1, after(1)),
        add_request(&account, 1, 9, after(1)),
        mark_cancelled(&account, 1, after(1)),
        mark_cancelled(&account, 9, after(1)),
        note_poll(&account, 1, after(30)),
        note_poll(&account, 9, after(30)),
        remove_share(&account, 1, Grantee::All),
        remove_share(&account, 9, Grantee::All),
    ] {
        for _ in 0..2 {
            let kind = kind(&repeated);
            assert!(!conflicts(store, writes([repeated.clone()])).await, "a repetition of {kind} is not refused");
        }
    }
    let fresh = Command { id: CommandId::new(Uuid::from_u128(77)), ..command(&account, 2) };
    commit(store, [insert(&fresh)]).await;
    assert!(conflicts(store, writes([insert(&fresh)])).await, "a command is inserted once");
    assert!(!conflicts(store, Batch::default()).await, "an empty batch is applied");
}
