//! Which history is removed, and in what portions.

use std::time::Duration;

use super::given::{at, command};
use crate::command::CommandOutcome;
use crate::engine::{Decision, RETIREMENT_ROWS, Write, retire};
use crate::ids::CommandNumber;
use crate::record::{Command, Expansion};

const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// A command of this number of targets and one step, which ended at that second.
fn ended(number: u64, targets: u32, second: u64) -> Command {
    Command {
        number: CommandNumber::from_value(number),
        expansion: Expansion::Done { targets },
        ended: Some((CommandOutcome::Success, at(second))),
        ..command(1, |_| {})
    }
}

/// What is removed at this second after the history's time: numbers and rows.
fn removed(commands: &[Command], second: u64) -> Vec<(u64, usize)> {
    let decision = retire(commands, KEPT, at(second) + KEPT);
    assert_eq!(decision.effects, []);
    let writes = decision.batch.writes.into_iter().map(|write| match write {
        Write::RemoveHistory { number, most, .. } => (number.value(), most),
        other => panic!("{other:?}"),
    });
    writes.collect()
}

#[test]
fn history_goes_when_its_time_has_passed_since_the_commands_end() {
    let commands = [ended(1, 1, 10), ended(2, 0, 20)];
    for (second, wanted) in [(9, vec![]), (10, vec![(1, 3)]), (19, vec![(1, 3)]), (20, vec![(1, 3), (2, 1)])] {
        assert_eq!(removed(&commands, second), wanted, "{second} s after its time");
    }
}

#[test]
fn a_command_that_has_not_ended_is_never_removed() {
    let live = Command { ended: None, ..ended(1, 1, 0) };
    let now = at(0) + KEPT * 100;
    let live = [live];
    assert_eq!(retire(&live, KEPT, now), Decision::nothing());
    assert_eq!(retire(&live, Duration::ZERO, now), Decision::nothing());
}

#[test]
fn one_commit_removes_no_more_than_its_rows_oldest_first() {
    // Each target has an invocation and a step.
    let commands = [ended(1, 100, 1), ended(2, 50, 2), ended(3, 1000, 3), ended(4, 1, 4)];
    let portions = removed(&commands, 100);
    assert_eq!(portions, [(1, 201), (2, 101), (3, 198)]);
    assert_eq!(portions.iter().map(|(_, rows)| rows).sum::<usize>(), RETIREMENT_ROWS);
    assert_eq!(removed(&[ended(3, u32::MAX, 3)], 100), [(3, RETIREMENT_ROWS)]);
}

#[test]
fn every_portion_gets_further() {
    for targets in [0, 1, 249, 250, 100_000] {
        let portions = removed(&[ended(1, targets, 0)], 0);
        assert!(portions[0].1 > 0, "{targets}");
    }
}
