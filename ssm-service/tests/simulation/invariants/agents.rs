//! What agents get and do.

use ssm_core::command::{InvocationOutcome, InvocationState};
use ssm_core::ids::{CommandId, InstanceId};
use ssm_core::message::{CancelPayload, Message, Topic};

use super::{Checker, Invariant as I};
use crate::trace::short;

impl Checker {
    /// A poll of this instance was answered with this.
    pub(crate) fn received(&mut self, instance: &InstanceId, message: &Message) {
        let whose = message.destination == *instance && message.message_id.instance() == instance;
        self.demand(whose, I::Errors, |_| format!("{} got another one's message", short(instance)));
        let id = CommandId::new(message.message_id.uuid());
        match Topic::of(&message.topic) {
            Some(Topic::SendCommand) => {
                let row = self.row(id, instance);
                let first = row.and_then(|row| row.first_handed_out_at);
                let written = first.is_some_and(|first| message.created_date <= first);
                self.demand(written, I::AcceptedIsKept, |checker| {
                    format!("{} got {}, which was not written as handed out", short(instance), checker.name(id))
                });
            }
            Some(Topic::CancelCommand) => {
                let Some(target) = cancelled_by(message) else {
                    return self.broken(I::Errors, format!("{} got a cancel of nothing", short(instance)));
                };
                let tried = self.cancel_tried(target, instance);
                self.demand(tried, I::Cancel, |checker| {
                    format!("{} got a cancel of {}, which nobody wanted", short(instance), checker.name(target))
                });
            }
            None => self.broken(I::Errors, format!("{} got a message of no kind", short(instance))),
        }
    }

    /// A process begins.
    pub(crate) fn run_begins(&mut self, instance: &InstanceId, id: CommandId) {
        let first = self.runs.insert((id, instance.clone()));
        self.demand(first, I::RunsOnce, |checker| {
            format!("{} runs {} a second time", short(instance), checker.name(id))
        });
    }

    /// The agent is about to say something of the message.
    pub(crate) fn speaks_of(&mut self, instance: &InstanceId, id: CommandId) {
        self.spoken_of.insert((id, instance.clone()));
    }

    /// The run has come to this.
    pub(crate) fn produced(&mut self, instance: &InstanceId, id: CommandId, outcome: InvocationOutcome) {
        self.produced.entry((id, instance.clone())).or_default().insert(outcome);
    }

    /// The service has answered a terminal reply well: it has ended, by this reply or by what came before.
    pub(crate) fn result_was_taken(&mut self, instance: &InstanceId, id: CommandId, outcome: InvocationOutcome) {
        let state = self.row(id, instance).map(|row| row.state);
        let ended = matches!(state, Some(InvocationState::Ended(_)));
        self.demand(ended, I::ResultsAreKept, |checker| {
            format!("{} of {} was taken as {outcome:?}, and is {state:?}", short(instance), checker.name(id))
        });
    }

    /// The service has answered a reply with this step well.
    pub(crate) fn step_was_taken(&mut self, instance: &InstanceId, id: CommandId, step: &str, output: &str) {
        let key = (id, instance.clone(), step.to_owned());
        self.taken_steps.entry(key).or_insert_with(|| output.to_owned());
    }
}

/// The command that a cancel message names.
pub(crate) fn cancelled_by(message: &Message) -> Option<CommandId> {
    let payload: CancelPayload = serde_json::from_str(message.payload.as_str()).ok()?;
    Some(CommandId::new(payload.cancel_message_id.uuid()))
}
