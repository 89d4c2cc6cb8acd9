//! Pages of lists to which rows are added meanwhile: each row that was there comes once, and each that was added behind the page that
//! was read comes, too.

use super::StoreQuery as Q;
use super::rows::{
    READS, account, command, commit, document, document_name, document_version, insert, insert_version, instance,
    invocation, node, number, put, put_document, put_node, share,
};
use crate::command::InvocationState;
use crate::engine::Write;
use crate::ids::{CommandNumber, DocumentName, InstanceId};
use crate::ports::{
    CommandQuery, DocumentQuery, InvocationQuery, NodeQuery, ShareQuery, SharedDocumentQuery, Store, VersionQuery,
};
use crate::record::{DocumentRow, DocumentShare, Grantee, SharedVersions};
use std::num::NonZeroU32;

/// Whether a query gives pages, and where its list begins: with the greatest number, or with the least.
fn pages(query: Q) -> Option<Order> {
    match query {
        Q::Commands | Q::Invocations | Q::DocumentVersions => Some(Order::NewestFirst),
        Q::UnfinishedCommands | Q::Nodes | Q::Documents | Q::DocumentShares | Q::SharedDocuments => {
            Some(Order::LeastFirst)
        }
        // Bounded, but read again from the beginning: what was dealt with is gone by then.
        Q::Completions | Q::Candidates | Q::Mailbox | Q::Due | Q::EndedCommands => None,
        Q::Command | Q::CommandByNumber | Q::Invocation | Q::Steps | Q::Addressed | Q::Node => None,
        Q::Document | Q::DocumentVersion | Q::Payloads => None,
        Q::DocumentVersionNamed | Q::DocumentCounts | Q::DocumentShare => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    NewestFirst,
    LeastFirst,
}

/// The next page behind the row of this number, as numbers.
async fn page(store: &dyn Store, query: Q, behind: Option<u64>, limit: usize) -> Vec<u64> {
    let own = account(1);
    match query {
        Q::Commands => {
            let query = CommandQuery { before: behind.map(number), limit, ..CommandQuery::default() };
            let rows = store.commands(&own, &query).await.expect(READS);
            rows.iter().map(|row| row.number.value()).collect()
        }
        Q::UnfinishedCommands => {
            let rows = store.unfinished_commands(behind.map(|which| (number(which), own)), limit).await.expect(READS);
            rows.iter().map(|row| row.number.value()).collect()
        }
        Q::Invocations => {
            let after: Option<(CommandNumber, InstanceId)> = behind.map(|which| (number(which), instance(1)));
            let query = InvocationQuery { after, limit, ..InvocationQuery::default() };
            let rows = store.invocations(&own, &query).await.expect(READS);
            rows.iter().map(|row| row.key.number.value()).collect()
        }
        Q::Nodes => {
            let rows = store
                .nodes(&own, &NodeQuery { after: behind.map(instance), limit, ..NodeQuery::default() })
                .await
                .expect(READS);
            rows.iter().filter_map(|row| row.instance.as_str().trim_start_matches("mi-").parse().ok()).collect()
        }
        Q::DocumentVersions => {
            let before = behind.and_then(|which| NonZeroU32::new(u32::try_from(which).unwrap_or_default()));
            let query = VersionQuery { before, limit };
            let rows = store.document_versions(&own, &document_name(1), &query).await.expect(READS);
            rows.iter().map(|row| row.number.get().into()).collect()
        }
        Q::Documents => {
            let rows = store.documents(&own, &DocumentQuery { after: behind.map(padded), limit }).await.expect(READS);
            rows.iter().filter_map(|row| number_of(&row.name)).collect()
        }
        Q::DocumentShares => {
            let query = ShareQuery { after: behind.map(|which| Grantee::Account(account(which))), limit };
            let rows = store.document_shares(&own, &document_name(1), &query).await.expect(READS);
            let number = |grantee: &Grantee| match grantee {
                Grantee::Account(account) => account.as_str().parse().ok(),
                Grantee::All => None,
            };
            rows.iter().filter_map(|row| number(&row.grantee)).collect()
        }
        Q::SharedDocuments => {
            let after = behind.map(|which| (own.clone(), padded(which)));
            let query = SharedDocumentQuery { after, limit };
            let rows = store.shared_documents(&Grantee::All, &query).await.expect(READS);
            rows.iter().filter_map(|row| number_of(&row.document.name)).collect()
        }
        other => panic!("{other:?} has pages, so it needs its line here"),
    }
}

/// A name whose order is that of its number.
fn padded(which: u64) -> DocumentName {
    format!("Document-{which:05}").parse().expect("letters, a hyphen and digits make a document name")
}

fn number_of(name: &DocumentName) -> Option<u64> {
    name.as_str().trim_start_matches("Document-").parse().ok()
}

fn add(query: Q, which: u64) -> Vec<Write> {
    if query == Q::Nodes {
        return vec![put_node(&node(&account(1), which))];
    }
    let own = account(1);
    match query {
        Q::DocumentVersions => {
            return vec![insert_version(&document_version(&own, 1, u32::try_from(which).unwrap_or_default()))];
        }
        Q::DocumentShares => {
            let grantee = Grantee::Account(account(which));
            return vec![Write::PutDocumentShare(share(&own, 1, grantee, SharedVersions::All))];
        }
        Q::Documents | Q::SharedDocuments => {
            let row = DocumentRow { name: padded(which), ..document(&own, 1) };
            let share = DocumentShare { name: padded(which), ..share(&own, 1, Grantee::All, SharedVersions::All) };
            return vec![put_document(&row), Write::PutDocumentShare(share)];
        }
        _ => {}
    }
    let command = command(&own, which);
    vec![insert(&command), put(&invocation(&command, 1, InvocationState::Queued))]
}

pub(super) async fn pages_have_neither_gaps_nor_repetitions_while_rows_are_added<S: Store>(store: &S, query: Q) {
    let Some(order) = pages(query) else { return };
    // Every tenth number, so that there is room in between.
    let mut wanted: Vec<u64> = (1..=12).map(|which| which * 10).collect();
    for which in wanted.clone() {
        commit(store, add(query, which)).await;
    }
    let mut listed: Vec<u64> = Vec::new();
    // `free`: where a row may be added without coming upon one that is there.
    for (free, limit) in (1..10).zip([1, 3, 2, 4].into_iter().cycle()) {
        let read = page(store, query, listed.last().copied(), limit).await;
        assert!(read.len() <= limit, "{query:?} gives no more than its limit");
        let over = read.len() < limit;
        listed.extend(read);
        if over {
            break;
        }
        // One in front of what was read, and one behind it.
        let last = listed.last().copied().unwrap_or(60);
        for place in [10, 60, 110] {
            let which = place + free;
            commit(store, add(query, which)).await;
            let comes = match order {
                Order::NewestFirst => which < last,
                Order::LeastFirst => which > last,
            };
            wanted.extend(comes.then_some(which));
        }
    }
    loop {
        let read = page(store, query, listed.last().copied(), 5).await;
        if read.is_empty() {
            break;
        }
        listed.extend(read);
    }
    wanted.sort_unstable();
    if order == Order::NewestFirst {
        wanted.reverse();
    }
    assert_eq!(listed, wanted, "pages of {query:?} have neither gaps nor repetitions while rows are added");
}
