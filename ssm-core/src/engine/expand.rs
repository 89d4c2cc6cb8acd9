//! Input: a chunk of the nodes that a command's targets may mean.

use std::collections::BTreeSet;

use super::{Condition, Decision, Write};
use crate::command::{InvocationEvent, InvocationState};
use crate::ids::InstanceId;
use crate::record::{Command, Expansion, Node};
use crate::time::Timestamp;

/// Most nodes that are judged in one commit.
pub const EXPANSION_CHUNK: usize = 1000;

/// Judges the next nodes, in the order of their ids behind the command's cursor, each once. `last`: no more follow. A cancelled
/// command's expansion ends with the targets that it has. An instance of a platform that the document is not for gets
/// an invocation that ends as InvalidPlatform; one in `denied`, on which the sender may not run, one that ends as AccessDenied.
///
/// Nothing is decided for a command whose targets are known already.
#[must_use]
pub fn expand(
    command: &Command,
    nodes: &[Node],
    denied: &BTreeSet<InstanceId>,
    last: bool,
    now: Timestamp,
) -> Decision {
    let mut decision = Decision::nothing();
    let Expansion::Pending { after, found } = &command.expansion else {
        return decision;
    };
    let mut after_expansion = command.clone();
    let mut matched = *found;
    if command.cancel_requested_at.is_some() {
        after_expansion.expansion = Expansion::Done { targets: matched };
    } else {
        let condition = Condition::NotCancelled { account: command.account.clone(), number: command.number };
        decision.batch.require(condition);
        for node in nodes.iter().filter(|node| command.means(&node.instance, &node.tags)) {
            matched = matched.saturating_add(1);
            let mut invocation = super::admit::queued(command, node, now);
            let foreign = node.information.platform.is_some_and(|platform| !command.platforms.contains(&platform));
            let refusal = if denied.contains(&node.instance) {
                Some(InvocationEvent::AccessDenied)
            } else {
                foreign.then_some(InvocationEvent::PlatformMismatch)
            };
            if let Some(refusal) = refusal
                && let Ok(Some(completion)) = invocation.apply(refusal, now)
            {
                after_expansion.fold(&completion);
            }
            decision.wake_at(invocation.due_at());
            if invocation.state != InvocationState::Queued {
                decision.publish_invocation(&invocation, now);
            }
            decision.batch.write(Write::PutInvocation(Box::new(invocation)));
        }
        after_expansion.expansion = if last {
            Expansion::Done { targets: matched }
        } else {
            let cursor = nodes.last().map(|node| node.instance.clone()).or_else(|| after.clone());
            Expansion::Pending { after: cursor, found: matched }
        };
    }
    decision.batch.write(Write::PutCommand(Box::new(after_expansion)));
    decision
}
