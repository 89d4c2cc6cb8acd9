//! Nodes and their presence.

use super::rows::{READS, account, after, commit, conflicts, instance, node, note_poll, put_node, writes};
use crate::ids::AccountId;
use crate::ports::Store;
use crate::record::{Node, Revision};
use crate::time::Timestamp;

async fn polled_at(store: &dyn Store, account: &AccountId) -> Option<Timestamp> {
    let node = store.node(account, &instance(1)).await.expect(READS).expect("a node that was written is there");
    let mailbox = store.mailbox(account, &instance(1), after(0), 1).await.expect(READS);
    assert_eq!(mailbox.polled_at, node.polled_at, "a mailbox tells the poll that the node's row tells");
    node.polled_at
}

pub(super) async fn a_poll_is_noted_for_known_nodes_and_never_goes_back(store: &dyn Store) {
    let account = account(1);
    commit(store, [note_poll(&account, 1, after(1))]).await;
    let unknown = store.node(&account, &instance(1)).await.expect(READS);
    assert_eq!(unknown, None, "a poll does not make a node known");
    commit(store, [put_node(&node(&account, 1))]).await;
    assert_eq!(polled_at(store, &account).await, None, "a poll before the node was known is not noted");
    for (noted, wanted) in [(10, 10), (10, 10), (30, 30), (20, 30), (31, 31)] {
        commit(store, [note_poll(&account, 1, after(noted))]).await;
        let read = polled_at(store, &account).await;
        assert_eq!(read, Some(after(wanted)), "the noted poll is the latest one, after a note of {noted} s");
    }
}

pub(super) async fn writing_a_node_keeps_a_later_poll(store: &dyn Store) {
    let account = account(1);
    commit(store, [put_node(&Node { polled_at: Some(after(5)), ..node(&account, 1) })]).await;
    assert_eq!(polled_at(store, &account).await, Some(after(5)), "a node is written with its poll");
    let read = store.node(&account, &instance(1)).await.expect(READS).expect("a node that was written is there");
    // A poll comes between reading and writing.
    commit(store, [note_poll(&account, 1, after(20))]).await;
    let written = put_node(&Node { pinged_at: after(21), ..read.clone() });
    let refused = conflicts(store, writes([written])).await;
    assert!(!refused, "a noted poll does not stop whoever read the node before: it needs no revision");
    assert_eq!(polled_at(store, &account).await, Some(after(20)), "writing a node keeps a poll that is later");
    let node = store.node(&account, &instance(1)).await.expect(READS).expect("a node that was written is there");
    let told = (node.revision, node.pinged_at);
    assert_eq!(told, (Revision::from_value(2), after(21)), "everything else is as it was written");
    commit(store, [put_node(&Node { polled_at: Some(after(30)), ..node })]).await;
    assert_eq!(polled_at(store, &account).await, Some(after(30)), "a later poll is written with the node");
}
