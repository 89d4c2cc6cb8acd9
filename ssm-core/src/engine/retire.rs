//! Input: history grows old.

use std::time::Duration;

use super::{Decision, Write};
use crate::record::Command;
use crate::time::Timestamp;

/// Most rows that are removed in one commit. Our choice.
pub const RETIREMENT_ROWS: usize = 500;

/// Removes the oldest history: a portion of the rows of commands that ended at least `kept` ago, at most [`RETIREMENT_ROWS`]. `ended`
/// are such commands, those that ended first in front; one that has not ended, or not for so long, stays whole. A command's own row
/// goes last, so that what is left of one is found again: call until nothing is decided.
///
/// That `kept` counts from the command's end is our choice; the public service says that it keeps history for 30 days.
#[must_use]
pub fn retire(ended: &[Command], kept: Duration, now: Timestamp) -> Decision {
    let mut decision = Decision::nothing();
    let mut left = RETIREMENT_ROWS;
    for command in ended {
        let is_old = command.ended.is_some_and(|(_, at)| at + kept <= now);
        if !is_old || left == 0 {
            continue;
        }
        let most = rows(command).min(left);
        left -= most;
        let (account, number) = (command.account.clone(), command.number);
        decision.batch.write(Write::RemoveHistory { account, number, most });
    }
    decision
}

/// How many rows the command has, as far as it tells: its own, and those of each invocation with all steps. Where it has more, the
/// rest goes with the next portion.
fn rows(command: &Command) -> usize {
    let targets = command.targets().unwrap_or_default() as usize;
    targets.saturating_mul(1 + command.steps.len()).saturating_add(1)
}
