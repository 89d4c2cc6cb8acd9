//! Chunks of nodes that a command's targets may mean.

use std::collections::BTreeSet;

use super::given::{account, at, command, command_in, fresh, instance, invocations_in, node};
use crate::command::{CommandOutcome, CommandStatus, InvocationOutcome, InvocationState};
use crate::document::Platform;
use crate::engine::{self, Condition, Decision, DispatchView, Effect, Write, cancel_command, dispatch};
use crate::record::{Command, Expansion, Node, Revision, Target, Targeting};
use crate::time::Timestamp;

fn by_tag(key: &str) -> Command {
    command(0, |new| new.targeting = Targeting::Targets(vec![Target::TagKey(vec![key.to_owned()])]))
}

fn nodes(numbers: std::ops::RangeInclusive<usize>) -> Vec<Node> {
    numbers.map(|n| node(n, Some(0))).collect()
}

/// Judges nodes on all of which the sender may run.
fn expand(command: &Command, nodes: &[Node], last: bool, now: Timestamp) -> Decision {
    engine::expand(command, nodes, &BTreeSet::new(), last, now)
}

/// The command as the store has it after the decision.
fn then(decision: &Decision) -> Command {
    let mut command = command_in(&decision.batch).unwrap().clone();
    command.revision = command.revision.next();
    command
}

/// The command as the store has it after the operator's cancel.
fn cancelled(command: &Command, second: u64) -> Command {
    let batch = cancel_command(command, at(second)).batch;
    let [Write::MarkCancelled { at, .. }] = batch.writes[..] else { panic!("{batch:?}") };
    Command { cancel_requested_at: Some(at), revision: command.revision.next(), ..command.clone() }
}

#[test]
fn a_chunk_makes_an_invocation_of_every_match_and_moves_the_cursor() {
    let command = by_tag("odd");
    let decision = expand(&command, &nodes(1..=4), false, at(1));
    let made: Vec<_> = invocations_in(&decision.batch).into_iter().map(|it| it.key.instance.clone()).collect();
    assert_eq!(made, [instance(1), instance(3)]);
    let after = command_in(&decision.batch).unwrap();
    assert_eq!(after.expansion, Expansion::Pending { after: Some(instance(4)), found: 2 });
    assert_eq!(after.revision, command.revision, "the write is fenced by the revision that was read");
    assert_eq!(decision.batch.conditions, [Condition::NotCancelled { account: account(), number: command.number }]);
}

#[test]
fn the_last_chunk_tells_the_number_of_targets() {
    let first = then(&expand(&by_tag("odd"), &nodes(1..=4), false, at(1)));
    assert_eq!(first.targets(), None);
    let last = expand(&first, &nodes(5..=9), true, at(2));
    assert_eq!(then(&last).expansion, Expansion::Done { targets: 5 });
    assert_eq!(invocations_in(&last.batch).len(), 3);
    assert!(invocations_in(&last.batch).iter().all(|it| it.revision == Revision::NEW));
}

#[test]
fn an_empty_chunk_keeps_the_cursor_and_an_empty_last_one_ends_the_expansion() {
    let first = then(&expand(&by_tag("odd"), &nodes(1..=4), false, at(1)));
    let again = then(&expand(&first, &[], false, at(1)));
    assert_eq!(again.expansion, first.expansion);
    assert_eq!(then(&expand(&first, &[], true, at(1))).targets(), Some(2));
}

#[test]
fn a_node_is_judged_once_by_the_cursor_and_by_its_row() {
    let command = by_tag("fleet");
    let decision = expand(&command, &nodes(1..=2), false, at(1));
    // The row must be new, so a replica that judges the same chunk is refused by the store; and the command's revision differs.
    assert!(invocations_in(&decision.batch).iter().all(|it| it.revision == Revision::NEW));
    assert_ne!(then(&decision).revision, command.revision);
    assert_eq!(then(&decision).expansion, Expansion::Pending { after: Some(instance(2)), found: 2 });
}

#[test]
fn a_command_whose_targets_are_known_is_left_alone() {
    assert_eq!(expand(&command(2, |_| {}), &nodes(1..=4), true, at(1)), Decision::nothing());
    let done = then(&expand(&by_tag("odd"), &nodes(1..=4), true, at(1)));
    assert_eq!(expand(&done, &nodes(5..=6), true, at(1)), Decision::nothing());
}

#[test]
fn all_targets_must_match_and_one_of_each_ones_values() {
    let target = |key: &str, values: &[&str]| Target::Tag {
        key: key.to_owned(),
        values: values.iter().map(ToString::to_string).collect(),
    };
    for (targets, wanted) in [
        (vec![target("fleet", &["a"])], vec![1, 2, 3, 4]),
        (vec![target("fleet", &["b", "a"]), target("odd", &["yes"])], vec![1, 3]),
        (vec![target("fleet", &["b"])], vec![]),
        (vec![target("odd", &[""])], vec![]),
        (vec![Target::TagKey(vec!["none".to_owned(), "odd".to_owned()])], vec![1, 3]),
        (vec![Target::InstanceIds(vec![instance(2), instance(9)])], vec![2]),
        (vec![Target::InstanceIds(vec![instance(2)]), target("odd", &["yes"])], vec![]),
    ] {
        let command = command(0, |new| new.targeting = Targeting::Targets(targets.clone()));
        let decision = expand(&command, &nodes(1..=4), true, at(1));
        let made: Vec<_> = invocations_in(&decision.batch).into_iter().map(|it| it.key.instance.clone()).collect();
        assert_eq!(made, wanted.into_iter().map(instance).collect::<Vec<_>>(), "{targets:?}");
    }
}

#[test]
fn an_instance_of_another_platform_ends_as_invalid_platform_and_is_counted_at_once() {
    let mut nodes = nodes(1..=2);
    nodes[0].information.platform = Some(Platform::Windows);
    let decision = expand(&by_tag("fleet"), &nodes, true, at(1));
    let states: Vec<_> = invocations_in(&decision.batch).into_iter().map(|it| it.state).collect();
    assert_eq!(states, [InvocationState::Ended(InvocationOutcome::InvalidPlatform), InvocationState::Queued]);
    let command = then(&decision);
    assert_eq!((command.tally.completed, command.tally.errors(), command.targets()), (1, 0, Some(2)));
    assert!(!decision.batch.writes.iter().any(|write| matches!(write, Write::AddCompletion(_))), "not counted twice");
    let published = decision.effects.iter().filter(|effect| matches!(effect, Effect::Publish(_))).count();
    assert_eq!(published, 1);
}

fn dispatched(command: &Command) -> Command {
    let view = DispatchView { command, completions: &[], to_end: &[], candidates: &[] };
    then(&dispatch(&view, &mut fresh(), at(2)))
}

#[test]
fn no_targets_at_all_end_the_command_well_as_no_instances_in_tag() {
    let command = dispatched(&then(&expand(&by_tag("none"), &nodes(1..=4), true, at(1))));
    assert_eq!(command.ended, Some((CommandOutcome::NoInstancesInTag, at(2))));
    assert_eq!(command.status(), (CommandStatus::Success, "NoInstancesInTag"));
}

#[test]
fn a_command_that_no_instances_platform_fits_ends_failed() {
    let mut nodes = nodes(1..=2);
    nodes.iter_mut().for_each(|node| node.information.platform = Some(Platform::Windows));
    let command = dispatched(&then(&expand(&by_tag("fleet"), &nodes, true, at(1))));
    assert_eq!(command.status(), (CommandStatus::Failed, "Failed"));
}

#[test]
fn an_instance_on_which_the_sender_may_not_run_is_a_target_whose_invocation_ends_as_access_denied() {
    let mut nodes = nodes(1..=3);
    // Who may not run there does not hear of its platform.
    nodes[0].information.platform = Some(Platform::Windows);
    let denied = [1, 2, 9].map(instance).into();
    let decision = engine::expand(&by_tag("fleet"), &nodes, &denied, true, at(1));
    let states: Vec<_> = invocations_in(&decision.batch).into_iter().map(|it| it.state).collect();
    let refused = InvocationState::Ended(InvocationOutcome::AccessDenied);
    assert_eq!(states, [refused, refused, InvocationState::Queued]);
    let command = then(&decision);
    assert_eq!((command.targets(), command.tally.access_denied, command.tally.completed), (Some(3), 2, 2));
}

#[test]
fn a_cancelled_expansion_ends_with_the_targets_that_it_has() {
    let first = then(&expand(&by_tag("odd"), &nodes(1..=4), false, at(1)));
    let decision = expand(&cancelled(&first, 2), &nodes(5..=9), false, at(3));
    assert!(invocations_in(&decision.batch).is_empty());
    assert_eq!(then(&decision).expansion, Expansion::Done { targets: 2 });
    let nobody = cancelled(&by_tag("none"), 1);
    let nobody = dispatched(&then(&expand(&nobody, &[], false, at(1))));
    assert_eq!(nobody.status(), (CommandStatus::Cancelled, "Cancelled"));
}

#[test]
fn a_command_is_neither_released_nor_over_while_it_is_expanded() {
    let pending = then(&expand(&by_tag("fleet"), &nodes(1..=2), false, at(1)));
    assert_eq!(engine::room_to_release(&pending, &[], at(1)), 0);
    let view = DispatchView { command: &pending, completions: &[], to_end: &[], candidates: &[] };
    assert_eq!(dispatch(&view, &mut fresh(), at(2)), Decision::nothing());
}
