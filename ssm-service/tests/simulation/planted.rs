//! Bugs that are planted on purpose, to see that the simulator finds them: each breaks one rule, in a wrapper around a port.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use ssm_core::command::{InvocationOutcome, InvocationState};
use ssm_core::engine::{Batch, Write};
use ssm_core::ports::{Clock, DueRows, InvocationQuery, Stage, Store};
use ssm_core::record::{Invocation, Mailbox};
use ssm_core::testing::ManualClock;
use ssm_core::time::Timestamp;

use crate::invariants::Invariant;
use crate::world::World;

/// A rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Polls neither see that a command was cancelled, nor is that a condition of their commits, and its dispatcher takes its time.
    CancelsUnseen,
    /// A command is written whatever revision it was decided on.
    NoFence,
    /// Now and then what happened to an invocation is not told to its command.
    CompletionsLost,
    /// The times of first hand-outs are not kept.
    ThrottleForgotten,
    /// What an agent without a journal was handed goes out to it as if for the first time.
    RedeliveredForEver,
    /// Now and then a command is answered, and not written.
    AcceptedAndLost,
    /// Nothing ever comes due.
    NothingIsDue,
    /// What is written of an invocation that has ended makes it a success.
    EndsOverwritten,
    /// A cancel of some instances is one of the next one, too.
    CancelsTooMany,
    /// The clock of the control planes is a minute behind that of the store's rows once in a while.
    ClockRunsBack,
    /// Now and then a reply is answered, and not written.
    RepliesLost,
    /// Requests of polls are not kept.
    RequestsLost,
}

impl Bug {
    /// Each with the invariants that it may be found by.
    pub(crate) const ALL: &[(Self, &[Invariant])] = &[
        (Self::CancelsUnseen, &[Invariant::Cancel]),
        (Self::NoFence, &[Invariant::RollUp, Invariant::MaxConcurrency, Invariant::States]),
        (Self::CompletionsLost, &[Invariant::RollUp]),
        (Self::ThrottleForgotten, &[Invariant::Throttle]),
        (Self::RedeliveredForEver, &[Invariant::RunsOnce, Invariant::Deadline]),
        (Self::AcceptedAndLost, &[Invariant::AcceptedIsKept]),
        (Self::NothingIsDue, &[Invariant::EndsInTime]),
        (Self::EndsOverwritten, &[Invariant::States]),
        (Self::CancelsTooMany, &[Invariant::Cancel]),
        (Self::ClockRunsBack, &[Invariant::Deadline]),
        (Self::RepliesLost, &[Invariant::ResultsAreKept]),
        (Self::RequestsLost, &[Invariant::NothingStalls]),
    ];
}

/// A bug in a world.
#[derive(Debug)]
pub(crate) struct Planted {
    pub(crate) bug: Bug,
    calls: AtomicU64,
}

impl Planted {
    pub(crate) fn new(bug: Bug) -> Self {
        Self { bug, calls: AtomicU64::new(0) }
    }

    /// Every so many times.
    fn each(&self, times: u64) -> bool {
        self.calls.fetch_add(1, Ordering::Relaxed) % times == times - 1
    }

    /// What is applied instead; `None`: nothing, but the commit is answered well.
    pub(crate) fn batch(&self, mut batch: Batch, world: &World) -> Option<Batch> {
        match self.bug {
            Bug::CancelsUnseen => batch.conditions.clear(),
            Bug::NoFence => batch.writes.iter_mut().for_each(|write| unfenced(write, world)),
            Bug::CompletionsLost => {
                batch.writes.retain(|write| !matches!(write, Write::AddCompletion(_)) || !self.each(9));
            }
            Bug::ThrottleForgotten => {
                for write in &mut batch.writes {
                    if let Write::AdvanceMailbox { recent_first_hand_outs, .. } = write {
                        recent_first_hand_outs.clear();
                    }
                }
            }
            Bug::RedeliveredForEver => {
                if batch.writes.iter().any(|write| matches!(write, Write::AdvanceMailbox { .. })) {
                    batch.writes.iter_mut().for_each(|write| as_if_first(write, world.clock.now()));
                }
            }
            Bug::AcceptedAndLost => {
                let inserts = batch.writes.iter().any(|write| matches!(write, Write::InsertCommand { .. }));
                if inserts && self.each(4) {
                    return None;
                }
            }
            Bug::EndsOverwritten => batch.writes.iter_mut().for_each(|write| overwritten(write, world)),
            Bug::RepliesLost => {
                let ended = |write: &Write| matches!(write, Write::PutInvocation(row) if row.ended_by_reply);
                if batch.writes.iter().any(ended) && self.each(10) {
                    return None;
                }
            }
            Bug::CancelsTooMany => self.cancelled_too(&mut batch, world),
            Bug::RequestsLost => batch.writes.retain(|write| !matches!(write, Write::AddRequest { .. })),
            Bug::NothingIsDue | Bug::ClockRunsBack => {}
        }
        Some(batch)
    }

    pub(crate) fn mailbox(&self, mut mailbox: Mailbox) -> Mailbox {
        if self.bug == Bug::CancelsUnseen {
            mailbox.entries.iter_mut().for_each(|entry| entry.command_cancelled = false);
        }
        mailbox
    }

    pub(crate) fn invocations(&self, query: &InvocationQuery, rows: Vec<Invocation>) -> Vec<Invocation> {
        let hidden = self.bug == Bug::CancelsUnseen && query.stage == Stage::Cancellable && !self.each(8);
        if hidden { Vec::new() } else { rows }
    }

    pub(crate) fn due(&self, due: DueRows) -> DueRows {
        if self.bug == Bug::NothingIsDue { DueRows::default() } else { due }
    }

    /// A named instance is cancelled: so is another one of the command.
    fn cancelled_too(&self, batch: &mut Batch, world: &World) {
        let alone = batch.writes.iter().all(|write| !matches!(write, Write::PutCommand(_)));
        let cancelled = batch.writes.iter().find_map(|write| match write {
            Write::PutInvocation(row) if row.state == InvocationState::Ended(InvocationOutcome::Cancelled) => {
                Some(row.clone())
            }
            _ => None,
        });
        let Some(row) = cancelled.filter(|row| alone && !row.ended_by_reply) else { return };
        let other = world.checker().unsent_beside(&row);
        if let Some(mut other) = other {
            let read = world.store.invocation(&other.key).now_or_never();
            let Some(Ok(Some(current))) = read else { return };
            other.revision = current.revision;
            if let Ok(completion) = other.apply(ssm_core::command::InvocationEvent::CancelRequested, world.clock.now())
            {
                batch.writes.push(Write::PutInvocation(Box::new(other)));
                batch.writes.extend(completion.map(Write::AddCompletion));
            }
        }
    }
}

fn unfenced(write: &mut Write, world: &World) {
    if let Write::PutCommand(command) = write {
        let current = world.store.command_by_number(&command.account, command.number).now_or_never();
        if let Some(Ok(Some(current))) = current {
            command.revision = current.revision;
        }
    }
}

/// A hand-out again is written as the first.
fn as_if_first(write: &mut Write, now: Timestamp) {
    if let Write::PutInvocation(row) = write
        && row.state == InvocationState::HandedOut
        && row.journal.is_none()
    {
        row.first_handed_out_at = Some(now);
    }
}

fn overwritten(write: &mut Write, world: &World) {
    if let Write::PutInvocation(row) = write {
        let current = world.store.invocation(&row.key).now_or_never();
        if let Some(Ok(Some(current))) = current
            && current.state.is_terminal()
        {
            row.state = InvocationState::Ended(InvocationOutcome::Success);
        }
    }
}

/// A clock that is a minute behind in every third minute.
#[derive(Debug)]
pub(crate) struct RunsBack(pub(crate) Arc<ManualClock>);

#[async_trait]
impl Clock for RunsBack {
    fn now(&self) -> Timestamp {
        let now = self.0.now();
        let minute = now.since(Timestamp::MIN).as_secs() / 60;
        if minute % 3 == 2 { now - Duration::from_secs(60) } else { now }
    }

    async fn sleep_until(&self, at: Timestamp) {
        while self.now() < at {
            self.0.sleep_until(at.max(self.0.now() + Duration::from_secs(1))).await;
        }
    }
}
