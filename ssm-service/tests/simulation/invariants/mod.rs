//! What must hold, whatever goes wrong. The checker keeps what it saw committed, what agents did and what operators were told, and
//! remembers the first thing that should not be.
//!
//! `commits` looks at every commit, `sums` at tallies, `agents` at what agents do, `reads` at what operators are told, `end` at what is left.

mod agents;
mod commits;
mod end;
mod reads;
mod rules;
mod sums;

use std::collections::{BTreeMap, BTreeSet};

use ssm_core::command::InvocationOutcome;
use ssm_core::engine::{Batch, Write};
use ssm_core::ids::{CommandId, CommandNumber, InstanceId};
use ssm_core::record::{Command, CompletionRow, Invocation};
use ssm_core::time::Timestamp;

use crate::trace::short;

pub(crate) use agents::cancelled_by;
pub(crate) use reads::{CommandSeen, InvocationSeen};

/// The first thing that should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    pub(crate) detail: String,
}

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// G1: what was answered is there.
    AcceptedIsKept,
    /// G1: a terminal state never changes, and others change along the edges only.
    States,
    /// G1: everything ends in time.
    EndsInTime,
    /// G1: nothing waits that could go on.
    NothingStalls,
    /// G2: an instance runs a command once.
    RunsOnce,
    /// G3: who was answered reads what was written, and what was read does not run back.
    ReadsFollowWrites,
    /// G4: a result that was taken is what is read.
    ResultsAreKept,
    /// G6: MaxConcurrency and the ramp-up.
    MaxConcurrency,
    /// G6: MaxErrors.
    MaxErrors,
    /// G6: 60 first hand-outs in any 60 seconds.
    Throttle,
    /// Nothing goes out past its delivery deadline, nor to an agent that may have forgotten it.
    Deadline,
    /// A cancel holds from its answer on, for what it names and nothing else.
    Cancel,
    /// Tallies are the sums of the invocations, and ends follow from them.
    RollUp,
    /// Errors are those of the specification.
    Errors,
}

/// A command as it was committed last.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) row: Command,
    pub(super) unfolded: Vec<CompletionRow>,
    /// When it had more errors than it may have.
    pub(super) exceeded_at: Option<Timestamp>,
}

/// Names an invocation across what is stored and what agents see.
pub(super) type Key = (CommandNumber, InstanceId);

/// Everything that was seen.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    violation: Option<Violation>,
    commands: BTreeMap<CommandNumber, Watched>,
    numbers: BTreeMap<CommandId, CommandNumber>,
    invocations: BTreeMap<Key, Invocation>,
    /// All first hand-outs of an instance within the last minute.
    first_hand_outs: BTreeMap<InstanceId, Vec<Timestamp>>,
    /// Whom somebody has tried to cancel; `None` is all.
    cancels: BTreeMap<CommandId, Vec<Option<BTreeSet<InstanceId>>>>,
    /// Whom a cancel was answered for.
    cancelled: BTreeSet<(CommandId, Option<InstanceId>)>,
    /// Commands that were answered, with the instances that they name.
    accepted: BTreeMap<CommandId, Vec<InstanceId>>,
    /// Comments of calls that failed in a way that changes nothing.
    refused: BTreeSet<String>,
    runs: BTreeSet<(CommandId, InstanceId)>,
    /// Messages that an agent has acknowledged or answered, or tried to.
    spoken_of: BTreeSet<(CommandId, InstanceId)>,
    produced: BTreeMap<(CommandId, InstanceId), BTreeSet<InvocationOutcome>>,
    /// Step results that the service has taken: their standard output.
    taken_steps: BTreeMap<(CommandId, InstanceId, String), String>,
    seen_commands: BTreeMap<CommandId, CommandSeen>,
    seen_invocations: BTreeMap<(CommandId, InstanceId), InvocationSeen>,
}

impl Checker {
    pub(crate) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// The first thing that should not be is kept: what follows from it says less.
    pub(crate) fn broken(&mut self, invariant: Invariant, detail: impl Into<String>) {
        self.violation.get_or_insert_with(|| Violation { invariant, detail: detail.into() });
    }

    fn demand(&mut self, holds: bool, invariant: Invariant, detail: impl FnOnce(&Self) -> String) {
        if !holds && self.violation.is_none() {
            let detail = detail(self);
            self.broken(invariant, detail);
        }
    }

    /// A command by the name that its sender gave it.
    pub(crate) fn name(&self, id: CommandId) -> String {
        self.numbers.get(&id).map_or_else(|| format!("command {id}"), |number| self.name_of(*number))
    }

    pub(crate) fn name_of(&self, number: CommandNumber) -> String {
        self.commands
            .get(&number)
            .map_or_else(|| format!("number {}", number.value()), |watched| watched.row.comment.clone())
    }

    fn named(&self, key: &Key) -> String {
        format!("{}/{}", self.name_of(key.0), short(&key.1))
    }

    fn of_command(&self, number: CommandNumber) -> impl Iterator<Item = &Invocation> {
        self.invocations.range((number, lowest())..).take_while(move |(key, _)| key.0 == number).map(|(_, row)| row)
    }

    fn row(&self, id: CommandId, instance: &InstanceId) -> Option<&Invocation> {
        self.invocations.get(&(*self.numbers.get(&id)?, instance.clone()))
    }

    fn cancel_tried(&self, id: CommandId, instance: &InstanceId) -> bool {
        self.cancels
            .get(&id)
            .is_some_and(|all| all.iter().any(|named| named.as_ref().is_none_or(|named| named.contains(instance))))
    }
}

impl Checker {
    /// Another invocation of the same command that no agent has.
    pub(crate) fn unsent_beside(&self, row: &Invocation) -> Option<Invocation> {
        let mut others = self.of_command(row.key.number).filter(|other| other.key != row.key);
        others.find(|other| other.state.is_unsent() && !self.cancel_tried(row.command, &other.key.instance)).cloned()
    }

    /// A commit as the trace tells it; `None` for one that says little.
    pub(crate) fn line(&self, batch: &Batch) -> Option<String> {
        let mut words = Vec::new();
        for write in &batch.writes {
            match write {
                Write::InsertCommand { command, .. } => words.push(format!("new {}", command.comment)),
                Write::PutCommand(command) => words.push(format!("{}={}", command.comment, command.status().1)),
                Write::PutInvocation(row) => {
                    let key = (row.key.number, row.key.instance.clone());
                    words.push(format!("{}={:?}", self.named(&key), row.state));
                }
                Write::MarkCancelled { number, .. } => words.push(format!("{} cancelled", self.name_of(*number))),
                Write::AddRequest { key, .. } => {
                    words.push(format!("{} asked for", self.named(&(key.number, key.instance.clone()))));
                }
                _ => {}
            }
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// Before every instance of a world.
fn lowest() -> InstanceId {
    crate::trace::instance(0)
}
