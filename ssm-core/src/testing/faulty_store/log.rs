//! What was committed, in domain terms and without contents.

use std::fmt;

use crate::engine::{Batch, Condition, Write};
use crate::testing::store::{condition_kind, write_kind};

/// A commit that came to a store: what it required and wrote, never what stood in the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedCommit {
    /// What it required.
    pub conditions: Vec<String>,
    /// What it wrote, in order: the kind, and the row's key.
    pub writes: Vec<String>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It never reached the store, or its answer has not come yet.
    Open,
    /// It was applied.
    Applied,
    /// The store refused it.
    Refused,
    /// A fault refused it; it was not applied.
    MadeUp,
}

impl LoggedCommit {
    pub(super) fn new(batch: &Batch) -> Self {
        Self {
            conditions: batch.conditions.iter().map(condition).collect(),
            writes: batch.writes.iter().map(write).collect(),
            outcome: Outcome::Open,
        }
    }

    /// Whether it has a write of this kind, such as `PutCommand`.
    #[must_use]
    pub fn has(&self, kind: &str) -> bool {
        self.writes.iter().any(|write| write.split(' ').next() == Some(kind))
    }
}

impl fmt::Display for LoggedCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.outcome, self.writes.join(", "))?;
        if self.conditions.is_empty() { Ok(()) } else { write!(f, " if {}", self.conditions.join(", ")) }
    }
}

fn condition(condition: &Condition) -> String {
    let kind = condition_kind(condition);
    match condition {
        Condition::NotCancelled { number, .. } | Condition::Open { number, .. } | Condition::Fence { number, .. } => {
            format!("{kind} {}", number.value())
        }
        Condition::FewerDocuments { than, .. } | Condition::FewerPublicDocuments { than, .. } => {
            format!("{kind} {than}")
        }
    }
}

/// The kind, with the key and the state of its row where it has one.
fn write(write: &Write) -> String {
    let kind = write_kind(write);
    match write {
        Write::InsertCommand { command, .. } => format!("{kind} {}", command.number.value()),
        Write::PutCommand(command) => {
            let (_, details) = command.status();
            format!("{kind} {} {details}", command.number.value())
        }
        Write::PutInvocation(row) => format!("{kind} {}/{} {:?}", row.key.number.value(), row.key.instance, row.state),
        Write::PutStep(row) => format!("{kind} {}/{}/{}", row.key.number.value(), row.key.instance, row.name),
        Write::AddCompletion(row) => format!("{kind} {}/{}", row.key.number.value(), row.key.instance),
        Write::RemoveCompletion { number, sequence, .. } => format!("{kind} {}/{sequence}", number.value()),
        Write::AddRequest { key, .. } => format!("{kind} {}/{}", key.number.value(), key.instance),
        Write::MarkCancelled { number, .. } | Write::RemoveHistory { number, .. } => {
            format!("{kind} {}", number.value())
        }
        Write::AdvanceMailbox { instance, .. } | Write::NotePoll { instance, .. } => format!("{kind} {instance}"),
        Write::PutNode(node) => format!("{kind} {}", node.instance),
        #[allow(clippy::match_wildcard_for_single_variants, reason = "whatever comes later has its kind at least")]
        _ => kind.to_owned(),
    }
}
