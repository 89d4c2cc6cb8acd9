//! The suite of [`EventSink`].

use uuid::Uuid;

use crate::command::{CommandStatus, InvocationOutcome, InvocationState};
use crate::engine::Change;
use crate::ids::{AccountId, CommandId, InstanceId};
use crate::ports::EventSink;
use crate::time::Timestamp;

/// Checks the contract on fresh sinks: `seen` reads what a sink has passed on, oldest first; `None` when that cannot be read.
/// A sink may be given changes twice and must keep those of one invocation in order.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<S: EventSink, F: Future<Output = S>>(
    make: impl Fn() -> F,
    seen: impl AsyncFn(&S) -> Option<Vec<Change>>,
) {
    let sink = make().await;
    let changes = changes();
    for change in &changes {
        sink.publish(change).await;
        // Best effort may be more than once.
        sink.publish(change).await;
    }
    let Some(told) = seen(&sink).await else { return };
    for which in 0..=2 {
        let instance = instance(which);
        let of = |all: &[Change]| -> Vec<Change> {
            let mut own: Vec<_> = all.iter().filter(|change| instance_of(change) == Some(&instance)).cloned().collect();
            own.dedup();
            own
        };
        assert_eq!(of(&told), of(&changes), "changes of one invocation are told in their order, as they were");
    }
    let strange: Vec<_> = told.iter().filter(|change| !changes.contains(change)).collect();
    assert!(strange.is_empty(), "a sink tells of nothing that it was not told: {strange:?}");
}

fn instance(which: u64) -> InstanceId {
    format!("mi-{which:017}").parse().expect("mi- and 17 digits make an instance id")
}

fn instance_of(change: &Change) -> Option<&InstanceId> {
    match change {
        Change::Command { .. } => None,
        Change::Invocation { instance, .. } => Some(instance),
    }
}

/// A command on three instances, from its send to its end.
fn changes() -> Vec<Change> {
    use InvocationState as S;
    let account: AccountId = "123456789012".parse().expect("a literal of the right form");
    let command = CommandId::new(Uuid::from_u128(1));
    let at = Timestamp::from_millis(1_800_000_000_000);
    let of_command = |status: CommandStatus| Change::Command {
        account: account.clone(),
        command,
        document: "AWS-RunShellScript".parse().expect("a literal of the right form"),
        status,
        details: status.as_str(),
        at,
        notice: None,
    };
    let of_invocation = |which, state| Change::Invocation {
        account: account.clone(),
        command,
        instance: instance(which),
        state,
        at,
        notice: None,
    };
    let mut all = vec![of_command(CommandStatus::Pending)];
    for state in [S::Queued, S::HandedOut, S::Running, S::Ended(InvocationOutcome::Success)] {
        all.extend((0..3).map(|which| of_invocation(which, state)));
    }
    all.push(of_command(CommandStatus::Success));
    all
}
