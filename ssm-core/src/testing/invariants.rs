//! What holds of commands and invocations after every commit, whoever made it.

use std::collections::BTreeMap;

use crate::command::{CommandOutcome, InvocationState, Tally};
use crate::ids::{AccountId, CommandNumber, InstanceId};
use crate::ports::{CommandQuery, InvocationQuery, Store, StoreError};
use crate::record::{Command, Invocation, InvocationKey};
use crate::throttle::SlidingWindow;
use crate::time::Timestamp;

/// Reads an account after each commit, and compares it with what was there before.
///
/// It tells when more invocations hold a slot than MaxConcurrency allows, when a command's tally and its unfolded completions say
/// something else than its invocations, when a terminal state, a command's end or the time of a first hand-out changes, when a
/// command ends before its invocations, when something of a closed command is released or handed out, and when an instance is
/// handed out more than its throttle allows.
#[derive(Debug)]
pub struct Invariants {
    account: AccountId,
    throttle: SlidingWindow,
    rows: BTreeMap<InvocationKey, Seen>,
    ended: BTreeMap<CommandNumber, (CommandOutcome, Timestamp)>,
}

/// What is remembered of an invocation.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    state: InvocationState,
    hidden_until: Option<Timestamp>,
    first_handed_out_at: Option<Timestamp>,
}

/// A rule that does not hold, with the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// More rows than a run makes.
const ALL: usize = 100_000;

fn hold(rule: bool, told: impl FnOnce() -> String) -> Result<(), Broken> {
    if rule { Ok(()) } else { Err(Broken(told())) }
}

#[allow(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
fn unread(error: StoreError) -> Broken {
    Broken(format!("a read of a store that works succeeds: {error}"))
}

impl Invariants {
    /// Of this account; `throttle` is the rule of its hand-outs.
    #[must_use]
    pub fn new(account: AccountId, throttle: SlidingWindow) -> Self {
        Self { account, throttle, rows: BTreeMap::new(), ended: BTreeMap::new() }
    }

    /// Reads everything and compares it with what was there before. Call it after every commit.
    ///
    /// # Errors
    /// [`Broken`] when something does not hold.
    pub async fn check(&mut self, store: &dyn Store) -> Result<(), Broken> {
        let query = CommandQuery { limit: ALL, ..CommandQuery::default() };
        let commands = store.commands(&self.account, &query).await.map_err(unread)?;
        let query = InvocationQuery { limit: ALL, ..InvocationQuery::default() };
        let all = store.invocations(&self.account, &query).await.map_err(unread)?;
        for command in &commands {
            let own: Vec<&Invocation> = all.iter().filter(|row| row.key.number == command.number).collect();
            let completions = store.completions(&self.account, command.number, ALL).await.map_err(unread)?;
            let mut folded = command.clone();
            completions.iter().for_each(|row| folded.fold(&row.completion));
            self.check_command(command, folded.tally, &own)?;
        }
        self.check_throttle(&all)
    }

    fn check_command(&mut self, command: &Command, folded: Tally, own: &[&Invocation]) -> Result<(), Broken> {
        let (number, counted) = (command.number.value(), count(own));
        hold(folded == counted, || {
            format!(
                "a command's tally and its unfolded completions agree with its invocations' states, but command {number} says \
                 {folded:?} of {counted:?}"
            )
        })?;
        if let Some(targets) = command.targets() {
            let most = command.max_concurrency.resolve(targets);
            hold(counted.in_flight <= most, || {
                format!("no more than {most} invocations of command {number} hold a slot, but {}", counted.in_flight)
            })?;
        }
        for row in own {
            self.check_invocation(command, row)?;
        }
        if let Some(ended) = command.ended {
            let over = own.iter().all(|row| row.state.is_terminal());
            hold(over, || format!("command {number} has ended only when each of its invocations has"))?;
            let known = *self.ended.entry(command.number).or_insert(ended);
            hold(known == ended, || format!("the end of command {number} never changes: {known:?} to {ended:?}"))?;
        }
        Ok(())
    }

    /// One invocation since it was seen last.
    fn check_invocation(&mut self, command: &Command, row: &Invocation) -> Result<(), Broken> {
        let (key, state) = (&row.key, row.state);
        let name = || format!("{}/{}", key.number.value(), key.instance);
        let now = Seen { state, hidden_until: row.hidden_until, first_handed_out_at: row.first_handed_out_at };
        let before = self.rows.insert(key.clone(), now);
        if let Some(before) = &before {
            let kept = !before.state.is_terminal() || before.state == state;
            hold(kept, || format!("a terminal state never changes: {:?} to {state:?} of {}", before.state, name()))?;
            let kept = before.first_handed_out_at.is_none() || before.first_handed_out_at == row.first_handed_out_at;
            hold(kept, || format!("an invocation is handed out for the first time once, and {} was again", name()))?;
            let again = state == InvocationState::HandedOut && before.hidden_until != row.hidden_until;
            hold(!again || command.cancel_requested_at.is_none(), || {
                format!("nothing of a cancelled command is handed out again, and {} was", name())
            })?;
        }
        let moved = before.is_none_or(|before| before.state != state);
        let goes_out = matches!(state, InvocationState::Released | InvocationState::HandedOut);
        hold(!moved || !goes_out || !command.is_closed(), || {
            format!("nothing of a command that is cancelled, stopped or over becomes {state:?}, and {} did", name())
        })
    }

    /// First hand-outs of each instance, over all of its commands.
    fn check_throttle(&self, all: &[Invocation]) -> Result<(), Broken> {
        let SlidingWindow { limit, window } = self.throttle;
        let mut by_instance: BTreeMap<&InstanceId, Vec<Timestamp>> = BTreeMap::new();
        for row in all {
            by_instance.entry(&row.key.instance).or_default().extend(row.first_handed_out_at);
        }
        for (instance, mut times) in by_instance {
            times.sort_unstable();
            for span in times.windows(limit + 1) {
                let span = span.last().zip(span.first()).map(|(last, first)| last.since(*first));
                hold(span.is_none_or(|span| span >= window), || {
                    format!("{instance} gets at most {limit} first hand-outs in {window:?}")
                })?;
            }
        }
        Ok(())
    }

    /// What a service that has had its time leaves behind: every command has ended, and nothing waits for anybody. Answers how many
    /// commands there are.
    ///
    /// # Errors
    /// [`Broken`] when something is left over.
    pub async fn everything_has_ended(&self, store: &dyn Store) -> Result<usize, Broken> {
        let query = CommandQuery { limit: ALL, ..CommandQuery::default() };
        let commands = store.commands(&self.account, &query).await.map_err(unread)?;
        for command in &commands {
            hold(command.ended.is_some(), || {
                format!("every command ends when its service goes on, and this one did not: {command:#?}")
            })?;
            let left = store.completions(&self.account, command.number, ALL).await.map_err(unread)?;
            hold(left.is_empty(), || {
                format!("a dispatcher that has nothing to do has folded everything, but left {left:?}")
            })?;
        }
        let unfinished = store.unfinished_commands(None, ALL).await.map_err(unread)?;
        hold(unfinished.is_empty(), || "what has ended is not unfinished".to_owned())?;
        let due = store.due(Timestamp::MAX, ALL).await.map_err(unread)?;
        hold(due.invocations.is_empty() && due.next_at.is_none(), || "what has ended is never due".to_owned())?;
        Ok(commands.len())
    }
}

fn count(invocations: &[&Invocation]) -> Tally {
    let mut tally = Tally::default();
    for row in invocations {
        tally.in_flight += u32::from(row.state.holds_slot());
        tally.delayed += i32::from(row.state == InvocationState::Delayed);
        tally.answered += u32::from(row.answered);
        if let InvocationState::Ended(outcome) = row.state {
            tally.count(outcome);
        }
    }
    tally
}
