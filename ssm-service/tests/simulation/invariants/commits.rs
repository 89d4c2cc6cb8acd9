//! After every commit.

use std::collections::BTreeSet;

use futures::FutureExt;
use ssm_core::command::{InvocationOutcome, InvocationState};
use ssm_core::engine::{Batch, Write};
use ssm_core::ids::{AccountId, CommandNumber};
use ssm_core::ports::Store;
use ssm_core::record::{Command, Expansion, Invocation};
use ssm_core::time::Timestamp;

use super::rules::{MINUTE, MOST_A_MINUTE, REDELIVERY, may_follow, most_at_once, most_errors};
use super::{Checker, Invariant as I, Watched};

/// How long MaxErrors may be exceeded before nothing goes out any more, faults included: a dispatcher may have died.
const STOP_SLACK: std::time::Duration = std::time::Duration::from_secs(150);

/// How long a commit may take: it is decided by the time before it.
const STORE_SLACK: std::time::Duration = std::time::Duration::from_secs(5);

impl Checker {
    /// A batch was applied.
    pub(crate) fn applied(&mut self, batch: &Batch, now: Timestamp, store: &dyn Store) {
        let mut touched = BTreeSet::new();
        let mut released = BTreeSet::new();
        for write in &batch.writes {
            match write {
                Write::InsertCommand { command, .. } => {
                    self.inserted(command, store);
                    touched.insert(command.number);
                }
                Write::PutCommand(command) => {
                    touched.insert(command.number);
                }
                Write::MarkCancelled { number, .. } | Write::RemoveCompletion { number, .. } => {
                    touched.insert(*number);
                }
                Write::AddCompletion(completion) => {
                    touched.insert(completion.key.number);
                }
                _ => {}
            }
        }
        for write in &batch.writes {
            if let Write::PutInvocation(row) = write {
                touched.insert(row.key.number);
                if self.put(row, now) {
                    released.insert(row.key.number);
                }
            }
        }
        for number in touched {
            self.after(number, released.contains(&number), now, store);
        }
    }

    fn inserted(&mut self, command: &Command, store: &dyn Store) {
        let again = self.commands.contains_key(&command.number) || self.numbers.contains_key(&command.id);
        self.demand(!again, I::States, |_| format!("{} was inserted twice", command.comment));
        let refused = self.refused.contains(&command.comment);
        self.demand(!refused, I::Errors, |_| format!("{} was refused, and inserted", command.comment));
        self.numbers.insert(command.id, command.number);
        let row = stored(store, &command.account, command.number).unwrap_or_else(|| command.clone());
        self.commands.insert(command.number, Watched { row, unfolded: Vec::new(), exceeded_at: None });
    }

    /// Answers whether it was released.
    fn put(&mut self, row: &Invocation, now: Timestamp) -> bool {
        let key = (row.key.number, row.key.instance.clone());
        let before = self.invocations.insert(key.clone(), row.clone());
        let (from, to) = (before.as_ref().map(|before| before.state), row.state);
        let fresh = before.is_none();
        if let Some(before) = &before {
            let same = from == Some(to) || !before.state.is_terminal();
            self.demand(same, I::States, |checker| {
                format!("{} ended as {:?}, and became {to:?}", checker.named(&key), before.state)
            });
            self.demand(may_follow(before.state, to), I::States, |checker| {
                format!("{} went from {:?} to {to:?}", checker.named(&key), before.state)
            });
            let kept = before.answered <= row.answered && before.delivered <= row.delivered;
            self.demand(kept, I::States, |checker| format!("{} lost what was known of it", checker.named(&key)));
            if row.answered && !before.answered {
                let spoken = self.spoken_of.contains(&(row.command, key.1.clone()));
                let silent_since = if before.state == InvocationState::HandedOut { Some(before.since) } else { None };
                let waited = silent_since.or(row.first_handed_out_at).is_some_and(|at| now.since(at) >= MINUTE);
                self.demand(spoken || waited, I::MaxConcurrency, |checker| {
                    format!("{} counts as answered, and nobody has", checker.named(&key))
                });
            }
        }
        if from == Some(to) && before.as_ref().is_some_and(|before| before.hidden_until == row.hidden_until) {
            return false;
        }
        let handed_out = to == InvocationState::HandedOut;
        let first_before = before.as_ref().and_then(|before| before.first_handed_out_at);
        if handed_out {
            self.handed_out(row, first_before.is_none(), now);
        }
        self.cause(&key, row, from, now);
        to == InvocationState::Released && (fresh || from != Some(to))
    }

    fn handed_out(&mut self, row: &Invocation, first: bool, now: Timestamp) {
        let key = (row.key.number, row.key.instance.clone());
        self.demand(now < row.delivery_deadline + STORE_SLACK, I::Deadline, |checker| {
            format!("{} was handed out past its delivery deadline", checker.named(&key))
        });
        let since = row.first_handed_out_at.map(|at| now.since(at)).unwrap_or_default();
        self.demand(row.journal.is_some() || since <= REDELIVERY + STORE_SLACK, I::Deadline, |checker| {
            format!("{} was handed out again {} s after the first time", checker.named(&key), since.as_secs())
        });
        let Some(watched) = self.commands.get(&row.key.number) else { return };
        let (cancelled, stopped) = (watched.row.cancel_requested_at.is_some(), watched.row.stopped_at.is_some());
        let late = watched.exceeded_at.is_some_and(|at| now.since(at) > STOP_SLACK);
        let all = self.cancelled.contains(&(row.command, None));
        let this = self.cancelled.contains(&(row.command, Some(row.key.instance.clone())));
        self.demand(!(cancelled || all || this), I::Cancel, |checker| {
            format!("{} was handed out behind its cancel", checker.named(&key))
        });
        if !first {
            return;
        }
        self.demand(!stopped && !late, I::MaxErrors, |checker| {
            format!("{} was handed out first though MaxErrors was exceeded", checker.named(&key))
        });
        // By the time of the decision, which agents are told: a commit may take longer than the one before it.
        let at = row.first_handed_out_at.unwrap_or(now);
        let times = self.first_hand_outs.entry(row.key.instance.clone()).or_default();
        times.retain(|earlier| at.since(*earlier) < MINUTE);
        times.push(at);
        let count = times.len();
        self.demand(count <= MOST_A_MINUTE, I::Throttle, |checker| {
            format!("{} is first hand-out {count} of its minute", checker.named(&key))
        });
    }

    /// Whether something that happened explains the new state.
    fn cause(&mut self, key: &super::Key, row: &Invocation, from: Option<InvocationState>, now: Timestamp) {
        let Some(watched) = self.commands.get(&key.0) else { return };
        let stopped = watched.row.stopped_at.is_some();
        if from == Some(row.state) {
            return;
        }
        let told = (row.command, key.1.clone());
        match row.state {
            InvocationState::Cancelling => {
                let tried = self.cancel_tried(row.command, &key.1);
                self.demand(tried, I::Cancel, |checker| format!("{} is cancelled by nobody", checker.named(key)));
            }
            InvocationState::Ended(outcome) if row.ended_by_reply => {
                let said = self.produced.get(&told).is_some_and(|produced| produced.contains(&outcome));
                self.demand(said, I::ResultsAreKept, |checker| {
                    format!("{} ended as {outcome:?}, which its agent never said", checker.named(key))
                });
            }
            InvocationState::Ended(InvocationOutcome::Cancelled) => {
                let tried = self.cancel_tried(row.command, &key.1);
                self.demand(tried, I::Cancel, |checker| format!("{} is cancelled by nobody", checker.named(key)));
            }
            InvocationState::Ended(InvocationOutcome::DeliveryTimedOut) => {
                self.demand(now >= row.expires_at, I::EndsInTime, |checker| {
                    format!("{} timed out before its time", checker.named(key))
                });
            }
            // The mark is set by the same commit at the earliest, which is seen afterwards.
            InvocationState::Ended(InvocationOutcome::Terminated) if !stopped => {
                let errors = self.errors_of(key.0);
                let most = self.commands[&key.0].row.max_errors;
                let targets = self.of_command(key.0).count();
                let over = errors > most_errors(most, u32::try_from(targets).unwrap_or(u32::MAX));
                self.demand(over, I::MaxErrors, |checker| format!("{} was stopped by nothing", checker.named(key)));
            }
            _ => {}
        }
    }

    fn errors_of(&self, number: CommandNumber) -> u32 {
        count(self.of_command(number), |row| {
            use InvocationOutcome as O;
            matches!(row.state, InvocationState::Ended(O::Failed | O::ExecutionTimedOut))
        })
    }

    /// What must hold of a command after a commit that touched it.
    fn after(&mut self, number: CommandNumber, released: bool, now: Timestamp, store: &dyn Store) {
        let Some(watched) = self.commands.get(&number) else {
            return self.broken(I::AcceptedIsKept, format!("something was written of number {}", number.value()));
        };
        let old = watched.row.clone();
        let Some(row) = stored(store, &old.account, number) else {
            return self.broken(I::AcceptedIsKept, format!("{} is not in the store", old.comment));
        };
        let read = store.completions(&old.account, number, usize::MAX).now_or_never();
        let unfolded = read.and_then(Result::ok).unwrap_or_default();
        self.changed(&old, &row);
        self.sums(&row, &unfolded);
        let targets = row.targets().unwrap_or(0);
        let held = count(self.of_command(number), |row| row.state.holds_slot());
        let most = most_at_once(row.max_concurrency, targets);
        self.demand(held <= most || targets == 0, I::MaxConcurrency, |_| {
            format!("{} is under way on {held}, and may be on {most}", row.comment)
        });
        let exceeded = row.targets().is_some() && self.errors_of(number) > most_errors(row.max_errors, targets);
        if released {
            let answered = count(self.of_command(number), |row| row.answered);
            let ramp = answered.saturating_mul(2).max(1);
            self.demand(held <= ramp, I::MaxConcurrency, |_| {
                format!("{} is under way on {held} though {answered} have answered", row.comment)
            });
            let folded = row.tally.errors() <= most_errors(row.max_errors, targets);
            self.demand(folded && row.stopped_at.is_none(), I::MaxErrors, |_| {
                format!("{} was released though MaxErrors was exceeded", row.comment)
            });
            self.demand(row.cancel_requested_at.is_none(), I::Cancel, |_| {
                format!("{} was released behind its cancel", row.comment)
            });
            self.demand(now < row.delivery_deadline + STORE_SLACK, I::Deadline, |_| {
                format!("{} was released past its delivery deadline", row.comment)
            });
        }
        if let Some((outcome, _)) = row.ended {
            self.ended(&row, outcome.details(), unfolded.len());
        }
        if let Some(watched) = self.commands.get_mut(&number) {
            watched.exceeded_at = watched.exceeded_at.or(exceeded.then_some(now));
            watched.row = row;
            watched.unfolded = unfolded;
        }
    }

    fn changed(&mut self, old: &Command, row: &Command) {
        let name = &row.comment;
        self.demand(old.ended.is_none() || old.ended == row.ended, I::States, |_| {
            format!("{name} ended as {:?}, and changed to {:?}", old.ended, row.ended)
        });
        let kept = |old: Option<Timestamp>, new: Option<Timestamp>| old.is_none() || old == new;
        let marks = kept(old.cancel_requested_at, row.cancel_requested_at) && kept(old.stopped_at, row.stopped_at);
        self.demand(marks, I::States, |_| format!("{name} lost the mark of its cancel or of its stop"));
        let done = matches!(old.expansion, Expansion::Done { .. });
        self.demand(!done || old.expansion == row.expansion, I::States, |_| format!("{name}: TargetCount changed"));
        if old.cancel_requested_at.is_none() && row.cancel_requested_at.is_some() {
            let tried = self.cancels.get(&row.id).is_some_and(|all| all.contains(&None));
            self.demand(tried, I::Cancel, |_| format!("{name} was cancelled by nobody"));
        }
    }
}

pub(super) fn count<'a>(rows: impl Iterator<Item = &'a Invocation>, wanted: impl Fn(&Invocation) -> bool) -> u32 {
    u32::try_from(rows.filter(|row| wanted(row)).count()).unwrap_or(u32::MAX)
}

/// The memory store answers at once.
fn stored(store: &dyn Store, account: &AccountId, number: CommandNumber) -> Option<Command> {
    store.command_by_number(account, number).now_or_never()?.ok()?
}
