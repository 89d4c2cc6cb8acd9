//! Two clients: the first decides on what it read, the second commits, and then the first one's commit comes. Of every write and every
//! condition it is told what the second one may do; whatever must stop the first one stops the whole of its batch.

use super::commit::{Furniture, fitting, furnish};
use super::kinds::{CONDITIONS, WRITES, condition_kind, write_kind};
use super::rows::{
    account, add_request, after, command, commit, conflicts, document, fence, fewer_documents, fewer_public_documents,
    mark_cancelled, not_cancelled, note_poll, number, open, put_command, put_document, share, writes,
};
use super::snapshot::Snapshot;
use crate::engine::{Batch, Condition, Write};
use crate::ports::Store;
use crate::record::{Command, Grantee, Lease, Revision, SharedVersions};

/// What another client may write in between, so that this write comes too late. `None`: nothing makes it too late, since it names
/// neither a revision nor anything that must be there or not.
fn rivals(write: &Write) -> Option<Vec<Write>> {
    Some(match write {
        // The same again: the row is there then, has another revision, or is gone.
        Write::InsertCommand { .. }
        | Write::PutInvocation(_)
        | Write::AdvanceMailbox { .. }
        | Write::RemoveCompletion { .. }
        | Write::PutNode(_)
        | Write::PutDocument(_)
        | Write::InsertDocumentVersion(_)
        | Write::RemoveDocumentVersion { .. }
        | Write::RemoveDocument { .. } => vec![write.clone()],
        // A cancel also stops whoever read the command before it.
        Write::PutCommand(command) => {
            vec![write.clone(), mark_cancelled(&command.account, command.number.value(), after(7))]
        }
        Write::PutStep(_)
        | Write::AddCompletion(_)
        | Write::AddRequest { .. }
        | Write::MarkCancelled { .. }
        | Write::RemoveHistory { .. }
        | Write::NotePoll { .. }
        | Write::PutDocumentShare(_)
        | Write::RemoveDocumentShare { .. } => return None,
    })
}

/// What another client may write, so that a condition holds no more; the command is open before.
fn spoilers(condition: &Condition) -> Vec<Write> {
    let own = account(1);
    let first = Command { revision: Revision::NEW.next(), ..command(&own, 1) };
    let ended = Some((crate::command::CommandOutcome::Success, after(3)));
    let over = put_command(&Command { ended, ..first.clone() });
    let stopped = put_command(&Command { stopped_at: Some(after(3)), ..first.clone() });
    let taken = put_command(&Command { lease: Lease { fence: 1, ..Lease::default() }, ..first });
    match condition {
        Condition::NotCancelled { .. } => vec![mark_cancelled(&own, 1, after(3)), over],
        Condition::Open { .. } => vec![mark_cancelled(&own, 1, after(3)), over, stopped],
        Condition::Fence { .. } => vec![taken],
        Condition::FewerDocuments { .. } => vec![put_document(&document(&own, 3))],
        Condition::FewerPublicDocuments { .. } => {
            vec![Write::PutDocumentShare(share(&own, 2, Grantee::All, SharedVersions::All))]
        }
    }
}

/// Writes of other rows than any of the cases, which must not be seen when their batch is refused.
fn bystanders(furniture: &Furniture) -> Vec<Write> {
    let own = account(1);
    let key = &furniture.invocations[1].key;
    vec![
        super::rows::put_step(&super::rows::step(key, "by", crate::document::StepStatus::Success, "")),
        super::rows::advance(&own, 2, 0, &[after(9)]),
        note_poll(&own, 2, after(55)),
        add_request(&own, 1, 2, after(55)),
    ]
}

pub(super) async fn what_was_decided_on_old_rows_is_refused_whole<S: Store, F: Future<Output = S>>(
    make: impl Fn() -> F,
) {
    let sample = fitting(&furnish(&make().await).await);
    for kind in WRITES {
        let cases: Vec<usize> = (0..sample.len()).filter(|&index| write_kind(&sample[index]) == *kind).collect();
        assert!(!cases.is_empty(), "{kind} needs a case among those that fit");
        for index in cases {
            for rival in 0..rivals(&sample[index]).map_or(1, |rivals| rivals.len()) {
                let store = make().await;
                one_write(&store, index, rival).await;
            }
        }
    }
    // The furnished account has two documents, of which one is shared with all.
    let own = account(1);
    let conditions = [
        not_cancelled(&own, 1),
        open(&own, 1),
        fence(&own, 1, 0),
        fewer_documents(&own, 3),
        fewer_public_documents(&own, 2),
    ];
    for kind in CONDITIONS {
        let condition = conditions.iter().find(|condition| condition_kind(condition) == *kind);
        let condition = condition.unwrap_or_else(|| panic!("{kind} needs a case"));
        for spoiler in spoilers(condition) {
            let store = make().await;
            let furniture = furnish(&store).await;
            commit(&store, [spoiler]).await;
            let batch = Batch { conditions: vec![condition.clone()], writes: bystanders(&furniture) };
            refused_whole(&store, batch, kind).await;
        }
    }
}

async fn one_write(store: &dyn Store, index: usize, rival: usize) {
    let furniture = furnish(store).await;
    let write = fitting(&furniture).swap_remove(index);
    let kind = write_kind(&write);
    match rivals(&write) {
        Some(mut rivals) => {
            commit(store, [rivals.swap_remove(rival)]).await;
            // First, last, and in the middle of what would fit.
            for place in 0..=bystanders(&furniture).len() {
                let mut batch = writes(bystanders(&furniture));
                batch.writes.insert(place, write.clone());
                refused_whole(store, batch, kind).await;
            }
        }
        None => {
            for _ in 0..2 {
                assert!(!conflicts(store, writes([write.clone()])).await, "{kind} comes too late for nothing");
            }
        }
    }
}

async fn refused_whole(store: &dyn Store, batch: Batch, kind: &str) {
    let before = Snapshot::of(store).await;
    assert!(conflicts(store, batch).await, "a batch with {kind} is refused when another client was faster");
    assert_eq!(Snapshot::of(store).await, before, "nothing is seen of a batch that is refused for its {kind}");
}

/// All that fits in one batch, and one misfit among it: at each place the whole is refused, and without it the whole is applied.
pub(super) async fn a_long_batch_is_refused_wherever_its_misfit_stands(store: &dyn Store) {
    let furniture = furnish(store).await;
    // A batch never writes one row twice: the mark writes the command, and a share is removed that another write replaces.
    let twice = |write: &Write| matches!(write, Write::MarkCancelled { .. } | Write::RemoveDocumentShare { .. });
    let all = || fitting(&furniture).into_iter().filter(|write| !twice(write));
    let gone = furniture.first_completion + 1000;
    let misfit = Write::RemoveCompletion { account: account(1), number: number(1), sequence: gone };
    let before = Snapshot::of(store).await;
    for place in 0..=all().count() {
        let mut batch = writes(all());
        batch.writes.insert(place, misfit.clone());
        assert!(conflicts(store, batch).await, "a batch is refused when its write {place} does not fit");
        assert_eq!(Snapshot::of(store).await, before, "a batch whose write {place} does not fit leaves no trace");
    }
    commit(store, all()).await;
    assert_ne!(Snapshot::of(store).await, before, "without it the same batch is applied");
}
