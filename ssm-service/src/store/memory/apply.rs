//! Checking a batch, and writing it with its indexes.

use ssm_core::command::InvocationState;
use ssm_core::engine::{Batch, Condition, Write};
use ssm_core::record::{Invocation, Node, Revision};

use super::history;
use super::tables::Tables;

/// Whether everything that the batch was decided on still holds.
pub(super) fn holds(tables: &Tables, batch: &Batch) -> bool {
    batch.conditions.iter().all(|condition| condition_holds(tables, condition))
        && batch.writes.iter().all(|write| write_fits(tables, write))
}

fn condition_holds(tables: &Tables, condition: &Condition) -> bool {
    match condition {
        Condition::NotCancelled { account, number } => tables
            .command(account, *number)
            .is_some_and(|command| command.cancel_requested_at.is_none() && command.ended.is_none()),
        Condition::Open { account, number } => {
            tables.command(account, *number).is_some_and(|command| !command.is_closed())
        }
        Condition::Fence { account, number, fence } => {
            tables.command(account, *number).is_some_and(|command| command.lease.fence == *fence)
        }
        Condition::FewerDocuments { account, than } => tables.documents.counts(account).all < *than,
        Condition::FewerPublicDocuments { account, than } => tables.documents.counts(account).public < *than,
    }
}

fn write_fits(tables: &Tables, write: &Write) -> bool {
    let current = |known: Option<Revision>, decided: Revision| known.unwrap_or(Revision::NEW) == decided;
    match write {
        Write::InsertCommand { command, .. } => {
            tables.command(&command.account, command.number).is_none()
                && !tables.command_ids.contains_key(&(command.account.clone(), command.id))
        }
        Write::PutCommand(command) => {
            tables.command(&command.account, command.number).is_some_and(|known| known.revision == command.revision)
        }
        Write::PutInvocation(invocation) => {
            current(tables.invocations.get(&invocation.key).map(|known| known.revision), invocation.revision)
        }
        Write::AdvanceMailbox { account, instance, revision, .. } => {
            let known = tables.throttles.get(&(account.clone(), instance.clone()));
            current(known.map(|(revision, _)| *revision), *revision)
        }
        Write::PutNode(node) => {
            let known = tables.nodes.get(&(node.account.clone(), node.instance.clone()));
            current(known.map(|known| known.revision), node.revision)
        }
        Write::PutDocument(_)
        | Write::InsertDocumentVersion(_)
        | Write::RemoveDocumentVersion { .. }
        | Write::RemoveDocument { .. }
        | Write::PutDocumentShare(_)
        | Write::RemoveDocumentShare { .. } => tables.documents.fits(write),
        Write::RemoveCompletion { account, number, sequence } => {
            tables.completions.contains_key(&(account.clone(), *number, *sequence))
        }
        Write::RemoveHistory { account, number, .. } => {
            tables.command(account, *number).is_none_or(|command| command.ended.is_some())
        }
        Write::PutStep(_)
        | Write::AddCompletion(_)
        | Write::AddRequest { .. }
        | Write::MarkCancelled { .. }
        | Write::NotePoll { .. } => true,
    }
}

/// Applies a write that fits.
pub(super) fn write(tables: &mut Tables, write: Write) {
    match write {
        Write::InsertCommand { mut command, payload } => {
            command.revision = command.revision.next();
            tables.command_ids.insert((command.account.clone(), command.id), command.number);
            match command.ended {
                Some((_, at)) => tables.ended.insert((at, command.account.clone(), command.number)),
                None => tables.unfinished.insert((command.number, command.account.clone())),
            };
            tables.commands.insert((command.account.clone(), command.number), (*command, payload));
        }
        Write::PutCommand(mut command) => {
            command.revision = command.revision.next();
            if let Some((_, at)) = command.ended {
                tables.unfinished.remove(&(command.number, command.account.clone()));
                tables.ended.insert((at, command.account.clone(), command.number));
            }
            if let Some((known, _)) = tables.commands.get_mut(&(command.account.clone(), command.number)) {
                *known = *command;
            }
        }
        Write::PutInvocation(mut invocation) => {
            invocation.revision = invocation.revision.next();
            if let Some(known) = tables.invocations.remove(&invocation.key) {
                index(tables, &known, false);
            }
            index(tables, &invocation, true);
            tables.invocations.insert(invocation.key.clone(), *invocation);
        }
        Write::PutStep(step) => {
            tables.steps.entry(step.key.clone()).or_default().insert(step.name.clone(), *step);
        }
        Write::AdvanceMailbox { account, instance, revision, recent_first_hand_outs } => {
            tables.throttles.insert((account, instance), (revision.next(), recent_first_hand_outs));
        }
        Write::AddCompletion(completion) => {
            tables.last_completion += 1;
            let place = (completion.key.account.clone(), completion.key.number, tables.last_completion);
            tables.completions.insert(place, completion);
        }
        Write::RemoveCompletion { account, number, sequence } => {
            tables.completions.remove(&(account, number, sequence));
        }
        Write::AddRequest { key, at } => {
            let place = (key.account.clone(), key.instance.clone());
            if tables.unreleased.contains(&(place, key.number)) {
                tables.requests.insert(key, at);
            }
        }
        Write::MarkCancelled { account, number, at } => {
            if let Some((command, _)) = tables.commands.get_mut(&(account, number))
                && command.cancel_requested_at.is_none()
                && command.ended.is_none()
            {
                command.cancel_requested_at = Some(at);
                command.revision = command.revision.next();
            }
        }
        Write::RemoveHistory { account, number, most } => history::remove(tables, &account, number, most),
        Write::NotePoll { account, instance, at } => {
            if let Some(node) = tables.nodes.get_mut(&(account, instance)) {
                node.polled_at = node.polled_at.max(Some(at));
            }
        }
        Write::PutNode(node) => {
            let place = (node.account.clone(), node.instance.clone());
            // Polls are noted without a revision, so a later one than was read stays.
            let known = tables.nodes.get(&place);
            let polled_at = known.and_then(|known| known.polled_at).max(node.polled_at);
            tables.node_index.retag(&place, known.map(|known| &known.tags), &node.tags);
            tables.nodes.insert(place, Node { revision: node.revision.next(), polled_at, ..*node });
        }
        write @ (Write::PutDocument(_)
        | Write::InsertDocumentVersion(_)
        | Write::RemoveDocumentVersion { .. }
        | Write::RemoveDocument { .. }
        | Write::PutDocumentShare(_)
        | Write::RemoveDocumentShare { .. }) => tables.documents.write(write),
    }
}

/// Adds an invocation to the indexes that its state puts it into, or takes it out of them.
pub(super) fn index(tables: &mut Tables, invocation: &Invocation, add: bool) {
    let key = &invocation.key;
    let place = (key.account.clone(), key.instance.clone());
    let waits = matches!(invocation.state, InvocationState::Queued | InvocationState::Delayed);
    set(&mut tables.of_instance, (place.clone(), key.number), add);
    if waits {
        set(&mut tables.unreleased, (place.clone(), key.number), add);
    } else if add {
        tables.requests.remove(key);
    }
    if invocation.state == InvocationState::Queued && !invocation.waits_for_request {
        set(&mut tables.ready, key.clone(), add);
    }
    if let Some(kind) = invocation.mail() {
        set(&mut tables.mail, (place.clone(), kind, invocation.visible_at(), key.number), add);
    }
    if let Some(until) = invocation.slot_until() {
        set(&mut tables.slots, (place.clone(), until, key.number), add);
    }
    if let Some(at) = invocation.due_at() {
        set(&mut tables.due, (at, key.clone()), add);
    }
    if let Some(cancel) = &invocation.cancel {
        if add {
            tables.cancels.insert((place, cancel.uuid), key.number);
        } else {
            tables.cancels.remove(&(place, cancel.uuid));
        }
    }
}

fn set<T: Ord>(index: &mut std::collections::BTreeSet<T>, entry: T, add: bool) {
    if add {
        index.insert(entry);
    } else {
        index.remove(&entry);
    }
}
