//! Every query in one table: what it is asked, and how its answer is named. A query that is added does not compile before it has
//! its lines here, and is then held to its limit, to its account, and to what follows from a batch.

use std::num::NonZeroU32;

use super::StoreQuery as Q;
use super::commit::furnish;
use super::history::end;
use super::rows::{
    READS, account, after, command, command_id, commit, completion, document, document_name, document_version, insert,
    insert_version, instance, invocation, node, number, put, put_document, put_node, put_step, share, step,
    version_name,
};
use crate::command::InvocationState;
use crate::document::StepStatus;
use crate::engine::Write;
use crate::ids::{AccountId, MessageId};
use crate::ports::{
    CommandQuery, DocumentQuery, InvocationQuery, NodeQuery, ShareQuery, SharedDocumentQuery, Store, VersionQuery,
};
use crate::record::{Completion, Grantee, InvocationKey, Node, SharedVersions};

/// What a query answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// One row or none, or all of few.
    Rows,
    /// At most as many rows as its limit.
    Limited,
    /// The same, of all accounts.
    LimitedOfAll,
}

fn answer(query: Q) -> Answer {
    match query {
        Q::Command | Q::CommandByNumber | Q::Invocation | Q::Steps | Q::Addressed | Q::Node => Answer::Rows,
        Q::Document | Q::DocumentVersion | Q::Payloads => Answer::Rows,
        Q::DocumentVersionNamed | Q::DocumentCounts | Q::DocumentShare => Answer::Rows,
        Q::Commands | Q::Invocations | Q::Completions | Q::Candidates | Q::Mailbox | Q::Nodes => Answer::Limited,
        Q::DocumentVersions | Q::Documents | Q::DocumentShares => Answer::Limited,
        // Of what is shared with one account, in the other one's name: the same grantee asks in both.
        Q::SharedDocuments => Answer::LimitedOfAll,
        Q::UnfinishedCommands | Q::EndedCommands | Q::Due => Answer::LimitedOfAll,
    }
}

/// Asks for what the cases below write, in this account. Answers with a text a row.
async fn ask(store: &dyn Store, query: Q, account: &AccountId, limit: usize) -> Vec<String> {
    let now = after(60);
    let key = InvocationKey { account: account.clone(), number: number(1), instance: instance(1) };
    let texts: Vec<String> = match query {
        Q::Command => named(store.command(account, command_id(account, 1)).await.expect(READS)),
        Q::CommandByNumber => named(store.command_by_number(account, number(1)).await.expect(READS)),
        Q::Commands => {
            let query = CommandQuery { limit, ..CommandQuery::default() };
            named(store.commands(account, &query).await.expect(READS))
        }
        Q::UnfinishedCommands => named(store.unfinished_commands(None, limit).await.expect(READS)),
        Q::EndedCommands => named(store.ended_commands(after(10_000), limit).await.expect(READS)),
        Q::Invocation => named(store.invocation(&key).await.expect(READS)),
        Q::Invocations => {
            let query = InvocationQuery { limit, ..InvocationQuery::default() };
            named(store.invocations(account, &query).await.expect(READS))
        }
        Q::Steps => named(store.steps(&key).await.expect(READS)),
        Q::Completions => named(store.completions(account, number(1), limit).await.expect(READS)),
        Q::Candidates => named(store.candidates(account, number(1), now, limit).await.expect(READS)),
        Q::Mailbox => {
            let mailbox = store.mailbox(account, &instance(1), now, limit).await.expect(READS);
            named(mailbox.entries)
        }
        Q::Payloads => named(store.payloads(account, &[number(1)]).await.expect(READS)),
        Q::Addressed => {
            let message = MessageId::of_command(command_id(account, 1), instance(1));
            named(store.addressed(account, &message).await.expect(READS))
        }
        Q::Node => named(store.node(account, &instance(1)).await.expect(READS)),
        Q::Nodes => named(store.nodes(account, &NodeQuery { limit, ..NodeQuery::default() }).await.expect(READS)),
        Q::Document => named(store.document(account, &document_name(1)).await.expect(READS)),
        Q::DocumentVersion => {
            let found = store.document_version(account, &document_name(1), NonZeroU32::MIN).await;
            named(found.expect(READS))
        }
        Q::DocumentVersionNamed => {
            let found = store.document_version_named(account, &document_name(1), &version_name(1)).await;
            named(found.expect(READS))
        }
        Q::DocumentVersions => {
            let query = VersionQuery { before: None, limit };
            named(store.document_versions(account, &document_name(1), &query).await.expect(READS))
        }
        Q::Documents => named(store.documents(account, &DocumentQuery { after: None, limit }).await.expect(READS)),
        Q::DocumentCounts => named([store.document_counts(account).await.expect(READS)]),
        Q::DocumentShare => named(store.document_share(account, &document_name(1), &Grantee::All).await.expect(READS)),
        Q::DocumentShares => {
            let query = ShareQuery { after: None, limit };
            named(store.document_shares(account, &document_name(1), &query).await.expect(READS))
        }
        Q::SharedDocuments => {
            let query = SharedDocumentQuery { after: None, limit };
            named(store.shared_documents(&Grantee::All, &query).await.expect(READS))
        }
        Q::Due => named(store.due(after(10_000), limit).await.expect(READS).invocations),
    };
    texts
}

fn named<T: std::fmt::Debug>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    rows.into_iter().map(|row| format!("{row:?}")).collect()
}

/// Several rows for every query: instance 1 has three released commands, command 1 has more instances and completions.
async fn furnish_more(store: &dyn Store) {
    furnish(store).await;
    let own = account(1);
    let key = InvocationKey { account: own.clone(), number: number(1), instance: instance(1) };
    commit(store, [3, 4].map(|which| put_node(&Node { polled_at: Some(after(30)), ..node(&own, which) }))).await;
    for which in 2..=4 {
        let command = command(&own, which);
        commit(store, [insert(&command), put(&invocation(&command, 1, InvocationState::Released))]).await;
    }
    for which in 5..=6 {
        end(store, &command(&own, which), after(which)).await;
    }
    for which in [3, 4] {
        let one = Grantee::Account(account(which));
        commit(
            store,
            [
                put_document(&document(&own, which)),
                insert_version(&document_version(&own, 1, u32::try_from(which).unwrap_or_default())),
                Write::PutDocumentShare(share(&own, which, Grantee::All, SharedVersions::All)),
                Write::PutDocumentShare(share(&own, 1, one, SharedVersions::All)),
            ],
        )
        .await;
    }
    let first = command(&own, 1);
    let rows = [3, 4].map(|which| put(&invocation(&first, which, InvocationState::Queued)));
    let more = [3, 4].map(|which| {
        let key = InvocationKey { instance: instance(which), ..key.clone() };
        Write::AddCompletion(Completion { first_answer: false, ..completion(&key) })
    });
    commit(store, rows.into_iter().chain(more).chain([put_step(&step(&key, "b", StepStatus::Success, ""))])).await;
}

pub(super) async fn every_limit_is_respected(store: &dyn Store) {
    furnish_more(store).await;
    for &query in Q::ALL {
        let all = ask(store, query, &account(1), 100).await;
        if answer(query) == Answer::Rows {
            assert!(!all.is_empty(), "{query:?} finds what was written");
            continue;
        }
        assert!(all.len() > 2, "{query:?} has something to be bounded, or the case shows nothing: {all:?}");
        for limit in [0, 1, all.len() - 1, all.len(), all.len() + 1] {
            let read = ask(store, query, &account(1), limit).await;
            let first: Vec<_> = all.iter().take(limit).cloned().collect();
            assert_eq!(read, first, "{query:?} with a limit of {limit} answers with the first {limit}, in its order");
        }
    }
}

pub(super) async fn every_query_keeps_to_its_account(store: &dyn Store) {
    let mut empty = Vec::new();
    for &query in Q::ALL {
        empty.push(ask(store, query, &account(2), 100).await);
    }
    furnish_more(store).await;
    for (&query, empty) in Q::ALL.iter().zip(&empty) {
        let (own, other) = (ask(store, query, &account(1), 100).await, ask(store, query, &account(2), 100).await);
        assert_ne!(own, *empty, "{query:?} finds the account's own rows");
        match answer(query) {
            Answer::LimitedOfAll => assert_eq!(own, other, "{query:?} is about all accounts"),
            Answer::Rows | Answer::Limited => assert_eq!(other, *empty, "{query:?} tells nothing of another account"),
        }
    }
}

/// Readers and a writer at once: whatever a store does in between, one read shows one batch or the other.
pub(super) async fn reads_see_whole_batches_only(store: &dyn Store) {
    const ROUNDS: u64 = 40;
    let own = account(1);
    let first = command(&own, 1);
    let released = |which, revision| {
        let row = invocation(&first, which, InvocationState::Released);
        put(&crate::record::Invocation { revision: crate::record::Revision::from_value(revision), ..row })
    };
    let batch = |revision| {
        let rows = (1..=5).map(move |which| released(which, revision));
        rows.chain([super::rows::advance(&own, 1, revision, &[after(revision)])]).collect::<Vec<_>>()
    };
    commit(store, [insert(&first)].into_iter().chain(batch(0))).await;
    let write = async {
        for revision in 1..ROUNDS {
            commit(store, batch(revision)).await;
            let_others().await;
        }
    };
    let read = async {
        for _ in 0..ROUNDS {
            let query = InvocationQuery { limit: 10, ..InvocationQuery::default() };
            let rows = store.invocations(&own, &query).await.expect(READS);
            let mut revisions: Vec<_> = rows.iter().map(|row| row.revision).collect();
            assert_eq!(revisions.len(), 5, "a list shows every row of a batch");
            revisions.dedup();
            assert_eq!(revisions.len(), 1, "a list shows rows of one moment");
            let mailbox = store.mailbox(&own, &instance(1), after(100), 10).await.expect(READS);
            let entries: Vec<_> = mailbox.entries.iter().map(|entry| entry.invocation.revision).collect();
            assert_eq!(entries, [mailbox.revision], "a mailbox is of one moment: its revision, and its entries");
            let due = store.due(after(10_000), 10).await.expect(READS).invocations;
            let mut revisions: Vec<_> = due.iter().map(|row| row.revision).collect();
            revisions.dedup();
            assert_eq!((due.len(), revisions.len()), (5, 1), "due rows are of one moment");
            let_others().await;
        }
    };
    futures::future::join(write, read).await;
}

/// One turn of whatever else waits in this task.
async fn let_others() {
    let mut first = true;
    std::future::poll_fn(|context| {
        if std::mem::take(&mut first) {
            context.waker().wake_by_ref();
            return std::task::Poll::Pending;
        }
        std::task::Poll::Ready(())
    })
    .await;
}
