//! Tallies and ends, by brute force.

use ssm_core::command::{InvocationOutcome, InvocationState};
use ssm_core::record::{Command, CompletionRow};

use super::commits::count;
use super::rules::{most_errors, rolled_up};
use super::{Checker, Invariant as I};

impl Checker {
    /// What is folded, and what waits to be, is what the invocations say.
    pub(super) fn sums(&mut self, row: &Command, unfolded: &[CompletionRow]) {
        let mut all = row.clone();
        unfolded.iter().for_each(|completion| all.fold(&completion.completion));
        use InvocationOutcome as O;
        let ended = |outcome| count(self.of_command(row.number), |row| row.state == InvocationState::Ended(outcome));
        let counted = [
            count(self.of_command(row.number), |row| row.state.holds_slot()),
            count(self.of_command(row.number), |row| row.answered),
            count(self.of_command(row.number), |row| row.state.is_terminal()),
            ended(O::Success),
            ended(O::Failed),
            ended(O::ExecutionTimedOut),
            ended(O::DeliveryTimedOut),
            ended(O::Cancelled),
            ended(O::AccessDenied),
        ];
        let tally = &all.tally;
        let told = [
            tally.in_flight,
            tally.answered,
            tally.completed,
            tally.succeeded,
            tally.failed,
            tally.execution_timed_out,
            tally.delivery_timed_out,
            tally.cancelled,
            tally.access_denied,
        ];
        self.demand(counted == told, I::RollUp, |_| {
            format!("{}: its tally says {told:?}, its invocations {counted:?}", row.comment)
        });
    }

    pub(super) fn ended(&mut self, row: &Command, details: &str, unfolded: usize) {
        let ends: Vec<InvocationOutcome> = self
            .of_command(row.number)
            .filter_map(|row| match row.state {
                InvocationState::Ended(outcome) => Some(outcome),
                _ => None,
            })
            .collect();
        let all = self.of_command(row.number).count();
        self.demand(ends.len() == all && row.targets() == u32::try_from(all).ok(), I::RollUp, |_| {
            format!("{} ended with {} of {all} invocations ended", row.comment, ends.len())
        });
        let most = most_errors(row.max_errors, u32::try_from(all).unwrap_or(u32::MAX));
        let wanted = rolled_up(&ends, most, row.cancel_requested_at.is_some());
        self.demand(details == wanted, I::RollUp, |_| {
            format!("{} ended as {details}, by its invocations it is {wanted}: {ends:?}", row.comment)
        });
        self.demand(unfolded == 0, I::RollUp, |_| format!("{} ended with {unfolded} completions left", row.comment));
    }
}
