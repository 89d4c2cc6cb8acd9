//! What must hold at every moment.

use super::super::given::at;
use super::drive::Pair;
use super::reference::{Picture, Standing};
use crate::command::{InvocationOutcome as End, InvocationState as State, Tally};
use crate::engine::room_to_release;
use crate::record::CompletionRow;

impl Pair {
    /// Compares the engine's rows with the reference.
    pub(super) fn compare(&self) {
        let picture = self.reference.picture();
        let wanted: Vec<Option<State>> = picture.nodes.iter().map(|it| it.state).collect();
        assert_eq!(self.states(), wanted, "states at {}", self.now);

        let (command, resolved) = (self.world.command(), self.reference.resolved);
        let under_way = picture.count(Standing::holds_slot);
        assert!(!resolved || under_way <= picture.most_under_way(), "{under_way} are under way");

        let unheard = self
            .world
            .completions
            .values()
            .filter(|it| matches!(it.ended, Some(End::Failed | End::ExecutionTimedOut)))
            .count();
        let heard = picture.errors() - unheard;
        assert_eq!(command.stopped_at.is_some(), resolved && heard > picture.most_errors(), "{heard} errors are known");

        let rows = self.world.completions.iter();
        let rows: Vec<CompletionRow> =
            rows.map(|(&sequence, completion)| CompletionRow { sequence, completion: completion.clone() }).collect();
        assert_eq!(room_to_release(command, &rows, at(self.now)), picture.room(self.now), "at {}", self.now);
        if rows.is_empty() {
            assert_eq!(command.tally, tally(&picture), "counters at {}", self.now);
        }
    }
}

fn tally(picture: &Picture<'_>) -> Tally {
    let count = |wanted: fn(&Standing) -> bool| u32::try_from(picture.count(wanted)).unwrap();
    let ended = |end| u32::try_from(picture.count(|it| it.end() == Some(end))).unwrap();
    Tally {
        in_flight: count(Standing::holds_slot),
        delayed: i32::try_from(picture.count(|it| it.state == Some(State::Delayed))).unwrap(),
        answered: count(|it| it.answered),
        completed: count(|it| it.end().is_some()),
        succeeded: ended(End::Success),
        failed: ended(End::Failed),
        execution_timed_out: ended(End::ExecutionTimedOut),
        delivery_timed_out: ended(End::DeliveryTimedOut),
        cancelled: ended(End::Cancelled),
        access_denied: ended(End::AccessDenied),
    }
}
