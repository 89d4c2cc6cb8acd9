//! Documents: versions, shares and quotas.

use uuid::Uuid;

use super::rows::{
    READS, account, commit, conflicts, document, document_name, document_version, fewer_documents,
    fewer_public_documents, insert_version, put_document, remove_document, remove_share, remove_version, share,
    version_name, version_number, writes,
};
use super::snapshot::Snapshot;
use crate::engine::{Batch, Write};
use crate::ids::DocumentName;
use crate::ports::{DocumentCounts, DocumentQuery, ShareQuery, SharedDocumentQuery, Store, VersionQuery};
use crate::record::{DocumentRow, Grantee, SharedVersions};

/// Pages through what `page` gives, two rows a time.
async fn paged<T, C: Clone>(cursor_of: impl Fn(&T) -> C, mut page: impl AsyncFnMut(Option<C>) -> Vec<T>) -> Vec<T> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let rows = page(after.clone()).await;
        assert!(rows.len() <= 2, "no read returns more rows than its limit");
        let Some(last) = rows.last() else { return all };
        after = Some(cursor_of(last));
        all.extend(rows);
    }
}

pub(super) async fn versions_are_listed_newest_first_over_pages(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let numbers = [1, 2, 3, 5, 8];
    commit(store, numbers.map(|which| insert_version(&document_version(&own, 1, which)))).await;
    commit(store, [insert_version(&document_version(&own, 2, 4)), insert_version(&document_version(&other, 1, 9))])
        .await;
    let name = document_name(1);
    let listed = paged(
        |version: &crate::record::VersionSummary| version.number,
        async |before| store.document_versions(&own, &name, &VersionQuery { before, limit: 2 }).await.expect(READS),
    )
    .await;
    let listed: Vec<u32> = listed.iter().map(|version| version.number.get()).collect();
    assert_eq!(listed, [8, 5, 3, 2, 1], "versions of one document come newest first, without gaps");
}

pub(super) async fn a_versions_name_finds_its_number_until_it_goes(store: &dyn Store) {
    let (own, name) = (account(1), document_name(1));
    commit(store, [1, 2].map(|which| insert_version(&document_version(&own, 1, which)))).await;
    let named = async |which| store.document_version_named(&own, &name, &version_name(which)).await.expect(READS);
    assert_eq!(named(2).await, Some(version_number(2)), "a name finds its version");
    assert_eq!(named(3).await, None, "an unknown name finds none");
    let mut again = document_version(&own, 1, 3);
    again.about.name = Some(version_name(2));
    assert!(conflicts(store, writes([insert_version(&again)])).await, "a name stands for one version");
    let mut elsewhere = again.clone();
    elsewhere.name = document_name(2);
    commit(store, [insert_version(&elsewhere)]).await;
    commit(store, [remove_version(&own, 1, 2)]).await;
    assert_eq!(named(2).await, None, "a name goes with its version");
    let read = store.document_version(&own, &name, version_number(2)).await.expect(READS);
    assert_eq!(read, None, "a version that was removed is not there");
    commit(store, [insert_version(&again)]).await;
    assert_eq!(named(2).await, Some(version_number(3)), "a name that is free can be given again");
    let mut nameless = document_version(&own, 1, 4);
    nameless.about.name = None;
    let mut second = nameless.clone();
    second.about.number = version_number(5);
    commit(store, [insert_version(&nameless), insert_version(&second)]).await;
}

pub(super) async fn documents_are_listed_by_name_over_pages(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    for which in [3, 1, 5, 2, 4] {
        commit(store, [put_document(&document(&own, which))]).await;
    }
    commit(store, [put_document(&document(&other, 1)), put_document(&document(&account(0), 9))]).await;
    let listed = paged(
        |row: &DocumentRow| row.name.clone(),
        async |after| store.documents(&own, &DocumentQuery { after, limit: 2 }).await.expect(READS),
    )
    .await;
    let listed: Vec<DocumentName> = listed.into_iter().map(|row| row.name).collect();
    assert_eq!(listed, [1, 2, 3, 4, 5].map(document_name), "an account's documents come by name, without gaps");
}

pub(super) async fn a_document_goes_with_all_that_belongs_to_it(store: &dyn Store) {
    let own = account(1);
    let empty = Snapshot::of(store).await;
    let grantees = [Grantee::All, Grantee::Account(account(2))];
    commit(store, [put_document(&document(&own, 1))]).await;
    commit(store, [1, 2].map(|which| insert_version(&document_version(&own, 1, which)))).await;
    let shares = grantees.map(|grantee| Write::PutDocumentShare(share(&own, 1, grantee, SharedVersions::All)));
    commit(store, shares).await;
    commit(store, [remove_document(&own, 1, 1)]).await;
    assert_eq!(Snapshot::of(store).await, empty, "nothing is left of a document that was removed");
    assert!(conflicts(store, writes([remove_document(&own, 1, 1)])).await, "a document is removed once");
    commit(store, [put_document(&document(&own, 1)), insert_version(&document_version(&own, 1, 1))]).await;
}

pub(super) async fn a_document_that_was_created_again_is_another_one(store: &dyn Store) {
    let own = account(1);
    let put = |row: &DocumentRow| writes([put_document(row)]);
    commit(store, [put_document(&document(&own, 1))]).await;
    let read = async || store.document(&own, &document_name(1)).await.expect(READS).expect("it is there");
    let first = read().await;
    commit(store, [remove_document(&own, 1, 1)]).await;
    assert!(conflicts(store, put(&first)).await, "what was deleted is not changed");
    let again = DocumentRow { incarnation: Uuid::from_u128(77), ..document(&own, 1) };
    commit(store, [put_document(&again)]).await;
    let second = read().await;
    assert_eq!(second.incarnation, again.incarnation, "an incarnation is kept");
    assert_eq!(second.revision, first.revision, "revisions begin anew");
    assert!(conflicts(store, put(&first)).await, "who read the old document does not change the new one");
    assert!(conflicts(store, writes([remove_document(&own, 1, 1)])).await, "nor removes it");
    assert_eq!(read().await, second, "what is refused changes nothing");
    commit(store, [put_document(&second)]).await;
    let removal = Write::RemoveDocument {
        account: own.clone(),
        name: document_name(1),
        incarnation: again.incarnation,
        revision: second.revision.next(),
    };
    commit(store, [removal]).await;
}

pub(super) async fn shares_are_found_from_both_sides_over_pages(store: &dyn Store) {
    let (own, other, friend) = (account(1), account(2), Grantee::Account(account(7)));
    for (owner, which) in [(&own, 1), (&own, 2), (&other, 1), (&other, 3)] {
        commit(store, [put_document(&document(owner, which))]).await;
        let share = share(owner, which, friend.clone(), SharedVersions::Latest);
        commit(store, [Write::PutDocumentShare(share)]).await;
    }
    let more = [Grantee::Account(account(3)), Grantee::All, Grantee::Account(account(5))];
    commit(store, more.clone().map(|with| Write::PutDocumentShare(share(&own, 1, with, SharedVersions::Default))))
        .await;
    let name = document_name(1);
    let listed = paged(
        |share: &crate::record::DocumentShare| share.grantee.clone(),
        async |after| store.document_shares(&own, &name, &ShareQuery { after, limit: 2 }).await.expect(READS),
    )
    .await;
    let listed: Vec<Grantee> = listed.into_iter().map(|share| share.grantee).collect();
    let [third, all, fifth] = more;
    assert_eq!(listed, [all.clone(), third, fifth, friend.clone()], "grantees come in their order, all accounts first");

    let with = async |grantee: &Grantee| {
        let rows = paged(
            |row: &crate::ports::SharedDocument| (row.document.account.clone(), row.document.name.clone()),
            async |after| {
                let query = SharedDocumentQuery { after, limit: 2 };
                store.shared_documents(grantee, &query).await.expect(READS)
            },
        )
        .await;
        rows.into_iter().map(|row| (row.document.account, row.document.name, row.versions)).collect::<Vec<_>>()
    };
    let latest = SharedVersions::Latest;
    let wanted = [(&own, 1), (&own, 2), (&other, 1), (&other, 3)];
    let wanted = wanted.map(|(owner, which)| (owner.clone(), document_name(which), latest));
    assert_eq!(with(&friend).await, wanted, "what is shared with an account comes by owner and name");
    assert_eq!(
        with(&all).await.len(),
        1,
        "what is shared with all is not listed as shared with one, nor the other way"
    );
    commit(store, [Write::PutDocumentShare(share(&own, 1, friend.clone(), SharedVersions::All))]).await;
    let one = store.document_share(&own, &name, &friend).await.expect(READS);
    assert_eq!(one, Some(SharedVersions::All), "a share is replaced");
    assert_eq!(with(&friend).await.len(), 4, "and is not there twice");
    commit(store, [remove_share(&own, 1, friend.clone())]).await;
    let one = store.document_share(&own, &name, &friend).await.expect(READS);
    assert_eq!((one, with(&friend).await.len()), (None, 3), "a share that was removed is not there");
}

pub(super) async fn quotas_of_documents_are_conditions(store: &dyn Store) {
    let (own, other) = (account(1), account(2));
    let counts = async || store.document_counts(&own).await.expect(READS);
    assert_eq!(counts().await, DocumentCounts::default(), "an account begins without documents");
    let holds = async |condition| {
        let batch = Batch { conditions: vec![condition], writes: Vec::new() };
        !conflicts(store, batch).await
    };
    assert!(holds(fewer_documents(&own, 1)).await && holds(fewer_public_documents(&own, 1)).await);
    commit(store, [1, 2].map(|which| put_document(&document(&own, which)))).await;
    commit(store, [put_document(&document(&other, 1))]).await;
    let one = Grantee::Account(account(7));
    commit(store, [Write::PutDocumentShare(share(&own, 1, one, SharedVersions::All))]).await;
    assert_eq!(counts().await, DocumentCounts { all: 2, public: 0 }, "a share with one account makes nothing public");
    commit(store, [1, 2].map(|n| Write::PutDocumentShare(share(&own, n, Grantee::All, SharedVersions::All)))).await;
    assert_eq!(counts().await, DocumentCounts { all: 2, public: 2 }, "a share with all does");
    assert!(!holds(fewer_documents(&own, 2)).await, "an account with two documents has not fewer than two");
    assert!(holds(fewer_documents(&own, 3)).await, "but fewer than three");
    assert!(!holds(fewer_public_documents(&own, 2)).await && holds(fewer_public_documents(&own, 3)).await);
    commit(store, [remove_share(&own, 1, Grantee::All)]).await;
    assert_eq!(counts().await, DocumentCounts { all: 2, public: 1 }, "what is shared no more does not count");
    commit(store, [remove_document(&own, 2, 1)]).await;
    assert_eq!(counts().await, DocumentCounts { all: 1, public: 0 }, "nor does what was removed");
    assert!(holds(fewer_documents(&own, 2)).await, "a document that went makes room");
}
