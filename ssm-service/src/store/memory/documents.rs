//! Documents: their rows, versions and shares, with the indexes over them.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::ops::Bound;

use ssm_core::engine::Write;
use ssm_core::ids::{AccountId, DocumentName, VersionName};
use ssm_core::ports::{DocumentCounts, DocumentQuery, ShareQuery, SharedDocument, SharedDocumentQuery, VersionQuery};
use ssm_core::record::{
    DocumentRow, DocumentShare, DocumentVersionRow, Grantee, Revision, SharedVersions, VersionSummary,
};

/// A document of an account.
type Key = (AccountId, DocumentName);

#[derive(Debug, Default)]
pub(super) struct Documents {
    // Tables.
    rows: BTreeMap<Key, DocumentRow>,
    versions: BTreeMap<(Key, NonZeroU32), DocumentVersionRow>,
    shares: BTreeMap<(Key, Grantee), SharedVersions>,
    // Indexes.
    named: BTreeMap<(Key, VersionName), NonZeroU32>,
    /// What is shared with whom.
    shared: BTreeSet<(Grantee, Key)>,
    counts: BTreeMap<AccountId, DocumentCounts>,
}

impl Documents {
    /// Whether a write of documents fits; every other write does.
    pub(super) fn fits(&self, write: &Write) -> bool {
        // A revision alone would not tell a document from one of the same name that was deleted before.
        let same =
            |known: &DocumentRow, incarnation, revision| known.incarnation == incarnation && known.revision == revision;
        match write {
            Write::PutDocument(document) => match self.rows.get(&key(&document.account, &document.name)) {
                Some(known) => same(known, document.incarnation, document.revision),
                None => document.revision == Revision::NEW,
            },
            Write::InsertDocumentVersion(version) => {
                let key = key(&version.account, &version.name);
                // A name stands for one version, as a unique index would have it.
                let named = version.about.name.as_ref().map(|name| (key.clone(), name.clone()));
                !self.versions.contains_key(&(key, version.about.number))
                    && named.is_none_or(|named| !self.named.contains_key(&named))
            }
            Write::RemoveDocumentVersion { account, name, number } => {
                self.versions.contains_key(&(key(account, name), *number))
            }
            Write::RemoveDocument { account, name, incarnation, revision } => {
                self.rows.get(&key(account, name)).is_some_and(|known| same(known, *incarnation, *revision))
            }
            _ => true,
        }
    }

    /// Applies a write of documents that fits.
    pub(super) fn write(&mut self, write: Write) {
        match write {
            Write::PutDocument(mut document) => {
                document.revision = document.revision.next();
                let account = document.account.clone();
                self.rows.insert(key(&account, &document.name), *document);
                self.count(&account);
            }
            Write::InsertDocumentVersion(version) => {
                let key = key(&version.account, &version.name);
                if let Some(name) = &version.about.name {
                    self.named.insert((key.clone(), name.clone()), version.about.number);
                }
                self.versions.insert((key, version.about.number), *version);
            }
            Write::RemoveDocumentVersion { account, name, number } => self.remove_version(key(&account, &name), number),
            Write::RemoveDocument { account, name, .. } => {
                let key = key(&account, &name);
                self.rows.remove(&key);
                let numbers: Vec<NonZeroU32> = self.of(&key).map(|version| version.about.number).collect();
                numbers.into_iter().for_each(|number| self.remove_version(key.clone(), number));
                let grantees: Vec<Grantee> = self.grantees(&key, None).map(|(grantee, _)| grantee.clone()).collect();
                grantees.into_iter().for_each(|grantee| self.remove_share(key.clone(), grantee));
                self.count(&account);
            }
            Write::PutDocumentShare(share) => {
                let key = key(&share.account, &share.name);
                self.shared.insert((share.grantee.clone(), key.clone()));
                self.shares.insert((key, share.grantee), share.versions);
                self.count(&share.account);
            }
            Write::RemoveDocumentShare { account, name, grantee } => {
                self.remove_share(key(&account, &name), grantee);
                self.count(&account);
            }
            _ => {}
        }
    }

    fn remove_version(&mut self, key: Key, number: NonZeroU32) {
        if let Some(name) = self.versions.remove(&(key.clone(), number)).and_then(|version| version.about.name) {
            self.named.remove(&(key, name));
        }
    }

    fn remove_share(&mut self, key: Key, grantee: Grantee) {
        self.shares.remove(&(key.clone(), grantee.clone()));
        self.shared.remove(&(grantee, key));
    }

    /// Counts again what the account has: at most as many rows as a quota lets it have.
    fn count(&mut self, account: &AccountId) {
        let all = self.own(account, None).count();
        let public = self.behind(&Grantee::All, Some(account)).take_while(|key| key.0 == *account).count();
        let counts = DocumentCounts {
            all: u32::try_from(all).unwrap_or(u32::MAX),
            public: u32::try_from(public).unwrap_or(u32::MAX),
        };
        self.counts.insert(account.clone(), counts);
    }

    pub(super) fn counts(&self, account: &AccountId) -> DocumentCounts {
        self.counts.get(account).copied().unwrap_or_default()
    }

    pub(super) fn row(&self, account: &AccountId, name: &DocumentName) -> Option<DocumentRow> {
        self.rows.get(&key(account, name)).cloned()
    }

    pub(super) fn version(
        &self,
        account: &AccountId,
        name: &DocumentName,
        number: NonZeroU32,
    ) -> Option<DocumentVersionRow> {
        self.versions.get(&(key(account, name), number)).cloned()
    }

    pub(super) fn version_named(
        &self,
        account: &AccountId,
        name: &DocumentName,
        version: &VersionName,
    ) -> Option<NonZeroU32> {
        self.named.get(&(key(account, name), version.clone())).copied()
    }

    pub(super) fn list_versions(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &VersionQuery,
    ) -> Vec<VersionSummary> {
        let key = key(account, name);
        let end = match query.before {
            Some(number) => Bound::Excluded((key.clone(), number)),
            None => Bound::Included((key.clone(), NonZeroU32::MAX)),
        };
        let versions = self.versions.range((Bound::Included((key, NonZeroU32::MIN)), end)).rev();
        versions.take(query.limit).map(|(_, version)| version.about.clone()).collect()
    }

    fn of(&self, key: &Key) -> impl Iterator<Item = &DocumentVersionRow> {
        let all = (key.clone(), NonZeroU32::MIN)..=(key.clone(), NonZeroU32::MAX);
        self.versions.range(all).map(|(_, version)| version)
    }

    fn own(&self, account: &AccountId, after: Option<&DocumentName>) -> impl Iterator<Item = &DocumentRow> {
        let start = match after {
            Some(name) => Bound::Excluded(key(account, name)),
            None => Bound::Included(key(account, &least_name())),
        };
        let account = account.clone();
        self.rows.range((start, Bound::Unbounded)).take_while(move |(key, _)| key.0 == account).map(|(_, row)| row)
    }

    pub(super) fn list(&self, account: &AccountId, query: &DocumentQuery) -> Vec<DocumentRow> {
        self.own(account, query.after.as_ref()).take(query.limit).cloned().collect()
    }

    pub(super) fn share(&self, account: &AccountId, name: &DocumentName, grantee: &Grantee) -> Option<SharedVersions> {
        self.shares.get(&(key(account, name), grantee.clone())).copied()
    }

    fn grantees(&self, key: &Key, after: Option<&Grantee>) -> impl Iterator<Item = (&Grantee, SharedVersions)> {
        let start = match after {
            Some(grantee) => Bound::Excluded((key.clone(), grantee.clone())),
            None => Bound::Included((key.clone(), Grantee::All)),
        };
        let key = key.clone();
        let shares = self.shares.range((start, Bound::Unbounded)).take_while(move |((of, _), _)| *of == key);
        shares.map(|((_, grantee), versions)| (grantee, *versions))
    }

    pub(super) fn list_shares(
        &self,
        account: &AccountId,
        name: &DocumentName,
        query: &ShareQuery,
    ) -> Vec<DocumentShare> {
        let key = key(account, name);
        let shares = self.grantees(&key, query.after.as_ref()).take(query.limit);
        let share = |(grantee, versions): (&Grantee, SharedVersions)| DocumentShare {
            account: account.clone(),
            name: name.clone(),
            grantee: grantee.clone(),
            versions,
        };
        shares.map(share).collect()
    }

    /// What is shared with the grantee, from this owner's first document on.
    fn behind(&self, grantee: &Grantee, owner: Option<&AccountId>) -> impl Iterator<Item = &Key> {
        let owner = owner.cloned().unwrap_or_else(least_account);
        let start = Bound::Included((grantee.clone(), (owner, least_name())));
        self.shared_from(grantee, start)
    }

    fn shared_from(&self, grantee: &Grantee, start: Bound<(Grantee, Key)>) -> impl Iterator<Item = &Key> {
        let grantee = grantee.clone();
        let all = self.shared.range((start, Bound::Unbounded));
        all.take_while(move |(with, _)| *with == grantee).map(|(_, key)| key)
    }

    pub(super) fn list_shared(&self, grantee: &Grantee, query: &SharedDocumentQuery) -> Vec<SharedDocument> {
        let start = match &query.after {
            Some(key) => Bound::Excluded((grantee.clone(), key.clone())),
            None => Bound::Included((grantee.clone(), (least_account(), least_name()))),
        };
        let found = self.shared_from(grantee, start).filter_map(|key| {
            let versions = self.shares.get(&(key.clone(), grantee.clone()))?;
            Some(SharedDocument { document: self.rows.get(key)?.clone(), versions: *versions })
        });
        found.take(query.limit).collect()
    }
}

fn key(account: &AccountId, name: &DocumentName) -> Key {
    (account.clone(), name.clone())
}

/// A name that no other one comes before.
fn least_name() -> DocumentName {
    #[expect(clippy::expect_used, reason = "a literal of the right form")]
    "---".parse().expect("a document's name")
}

/// An account that no other one comes before.
fn least_account() -> AccountId {
    #[expect(clippy::expect_used, reason = "a literal of the right form")]
    "000000000000".parse().expect("an account id")
}
