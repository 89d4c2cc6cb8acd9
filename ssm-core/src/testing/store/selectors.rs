//! Nodes by what selects them: ids, a tag's values, keys of tags.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{READS, account, commit, instance, node, put_node};
use crate::ids::{AccountId, InstanceId};
use crate::ports::{NodeQuery, Store};
use crate::record::{Node, NodeSelector, Revision};

const NODES: u64 = 24;
const PAGE_SIZES: [usize; 4] = [1, 3, 7, 100];

fn texts(values: &[&str]) -> BTreeSet<String> {
    values.iter().map(ToString::to_string).collect()
}

fn tag(key: &str, values: &[&str]) -> NodeSelector {
    NodeSelector::Tag { key: key.to_owned(), values: texts(values) }
}

/// Tags by number: keys and values that begin alike, empty values, and nodes without any.
fn tagged(account: &AccountId, which: u64) -> Node {
    let mut tags = BTreeMap::new();
    let mut put = |key: &str, value: &str| tags.insert(key.to_owned(), value.to_owned());
    match which % 6 {
        0 => put("env", "prod"),
        1 => put("env", "production"),
        2 => put("env", ""),
        3 => put("environment", "prod"),
        4 => put("en", "vprod"),
        _ => None,
    };
    if which.is_multiple_of(4) {
        put("other", "prod");
    }
    Node { tags, ..node(account, which) }
}

async fn all_pages(store: &dyn Store, account: &AccountId, selector: &NodeSelector, limit: usize) -> Vec<InstanceId> {
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let query = NodeQuery { selector: selector.clone(), after, limit };
        let page = store.nodes(account, &query).await.expect(READS);
        assert!(page.len() <= limit, "a page of nodes holds no more than its limit of {limit}");
        after = page.last().map(|row| row.instance.clone());
        let full = page.len() == limit;
        listed.extend(page.into_iter().map(|row| row.instance));
        if !full {
            return listed;
        }
    }
}

pub(super) async fn selected_nodes_are_listed_by_id_over_pages(store: &dyn Store) {
    for owner in [account(1), account(2)] {
        // 5 and 25 have common divisors, 7 and 25 have none: every number comes once.
        for which in (1..=NODES).map(|step| step * 7 % 25) {
            if owner == account(1) || which.is_multiple_of(5) {
                commit(store, [put_node(&tagged(&owner, which))]).await;
            }
        }
    }
    let ids = |numbers: &[u64]| NodeSelector::Ids(numbers.iter().copied().map(instance).collect());
    for selector in [
        NodeSelector::All,
        ids(&[]),
        ids(&[7, 3, 10, 99]),
        tag("env", &["prod"]),
        tag("env", &["production", "", "prod", "none"]),
        tag("env", &[""]),
        tag("none", &[""]),
        tag("env", &[]),
        NodeSelector::TagKeys(texts(&["env"])),
        NodeSelector::TagKeys(texts(&["other", "env", "none"])),
        NodeSelector::TagKeys(texts(&[])),
    ] {
        for owner in [account(1), account(2), account(3)] {
            let rows = (1..=NODES).map(|which| tagged(&owner, which));
            let here = |which: u64| owner == account(1) || (owner == account(2) && which.is_multiple_of(5));
            let own = (1..=NODES).zip(rows).filter(|(which, _)| here(*which)).map(|(_, row)| row);
            let wanted: Vec<_> =
                own.filter(|row| selector.selects(&row.instance, &row.tags)).map(|row| row.instance).collect();
            for limit in PAGE_SIZES {
                let listed = all_pages(store, &owner, &selector, limit).await;
                assert_eq!(listed, wanted, "{selector:?} selects its account's nodes, by id, over pages of {limit}");
            }
        }
    }
}

pub(super) async fn a_node_is_selected_by_its_latest_tags(store: &dyn Store) {
    let account = account(1);
    let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    for (revision, pairs) in
        (0..).zip([&[("a", "1")][..], &[("a", "2"), ("b", "")], &[("b", ""), ("c", "1")], &[("b", "x")], &[]])
    {
        let row = Node { revision: Revision::from_value(revision), tags: tags(pairs), ..node(&account, 1) };
        commit(store, [put_node(&row)]).await;
        for selector in ["a", "b", "c"].into_iter().flat_map(|key| {
            let values = ["", "1", "2", "x"].map(|value| tag(key, &[value]));
            values.into_iter().chain([NodeSelector::TagKeys(texts(&[key]))])
        }) {
            let selected = !all_pages(store, &account, &selector, 10).await.is_empty();
            let wanted = selector.selects(&row.instance, &row.tags);
            assert_eq!(selected, wanted, "{selector:?} selects by the tags that were written last, {pairs:?}");
        }
    }
}

/// What is behind the cursor comes by its tags at that time; what lies before it never comes again.
pub(super) async fn tags_that_change_between_pages_repeat_nothing(store: &dyn Store) {
    let account = account(1);
    let with = |which: u64, value: &str, revision| Node {
        revision: Revision::from_value(revision),
        tags: BTreeMap::from([("env".to_owned(), value.to_owned())]),
        ..node(&account, which)
    };
    for which in 1..=6 {
        commit(store, [put_node(&with(which, if which % 2 == 1 { "a" } else { "c" }, 0))]).await;
    }
    let query = |after| NodeQuery { selector: tag("env", &["a", "b"]), after, limit: 2 };
    let ids = |page: Vec<Node>| page.into_iter().map(|row| row.instance).collect::<Vec<_>>();
    let first = ids(store.nodes(&account, &query(None)).await.expect(READS));
    assert_eq!(first, [instance(1), instance(3)], "the first page has what is selected first");
    let changes = [with(1, "b", 1), with(2, "a", 1), with(3, "b", 1), with(4, "b", 1), with(5, "c", 1)];
    commit(store, changes.iter().map(put_node)).await;
    let second = ids(store.nodes(&account, &query(first.last().cloned())).await.expect(READS));
    assert_eq!(second, [instance(4)], "a page goes on behind its cursor with the tags of now");
}
