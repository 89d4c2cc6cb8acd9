//! Agents that say what their plans have them say.

use super::super::given::{at, instance, said};
use super::drive::Pair;
use super::reference::What;
use crate::command::InvocationOutcome as End;
use crate::document::StepStatus;
use crate::engine::{acknowledge, fail, reply};
use crate::ids::MessageId;

/// What an agent will do.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) online: bool,
    /// Not of the document's platform; for targets only.
    pub(super) foreign: bool,
    pub(super) states_slots: bool,
    /// So many seconds after it fetched the message; `None`: never.
    pub(super) acknowledges_after: Option<u64>,
    /// As an InProgress reply.
    pub(super) in_words: bool,
    pub(super) ends_after: Option<u64>,
    /// Ends with this; `None`: it could not handle the message.
    pub(super) end: Option<StepStatus>,
    /// Answers to a cancel.
    pub(super) obeys: bool,
}

#[derive(Debug)]
pub(super) struct Agent {
    pub(super) plan: Plan,
    pub(super) has_room: bool,
    pub(super) fetched_at: Option<u64>,
    acknowledged: bool,
    answered: bool,
    pub(super) cancel: Option<MessageId>,
}

impl Agent {
    pub(super) fn new(plan: Plan) -> Self {
        Self { plan, has_room: true, fetched_at: None, acknowledged: false, answered: false, cancel: None }
    }
}

impl Pair {
    /// What the agent's plan has it say by now.
    pub(super) fn act(&mut self, n: usize) {
        let (now, agent) = (self.now, &mut self.agents[n - 1]);
        let Some(fetched_at) = agent.fetched_at.filter(|_| agent.plan.online) else { return };
        let is_time = |after: Option<u64>| after.is_some_and(|after| now >= fetched_at + after);
        let acknowledges = !agent.acknowledged && is_time(agent.plan.acknowledges_after);
        let cancel = agent.cancel.take().filter(|_| acknowledges || agent.acknowledged);
        let obeys = cancel.is_some() && agent.plan.obeys;
        let answers = !agent.answered && (obeys || is_time(agent.plan.ends_after));
        agent.acknowledged |= acknowledges;
        agent.answered |= answers;
        let plan = agent.plan.clone();
        if acknowledges {
            self.say(n, plan.in_words.then_some(StepStatus::InProgress));
            self.reference.note(n, now, What::Acknowledged);
        }
        if let Some(addressed) = cancel.and_then(|cancel| self.world.addressed(&cancel)) {
            self.world.commit(&acknowledge(addressed, at(now)).batch).unwrap();
            self.reference.note(n, now, What::CancelTaken);
        }
        let end = if obeys { Some(StepStatus::Cancelled) } else { plan.end };
        match end.filter(|_| answers) {
            Some(status) => {
                self.say(n, Some(status));
                let end = match status {
                    StepStatus::Success => End::Success,
                    StepStatus::TimedOut => End::ExecutionTimedOut,
                    StepStatus::Cancelled => End::Cancelled,
                    _ => End::Failed,
                };
                self.reference.note(n, now, What::Answered(end));
            }
            None if answers => {
                let addressed = self.world.addressed(&self.message(n)).unwrap();
                self.world.commit(&fail(addressed, "no handler", at(now)).batch).unwrap();
                self.reference.note(n, now, What::Answered(End::Failed));
            }
            None => {}
        }
    }

    fn message(&self, n: usize) -> MessageId {
        MessageId::of_command(self.world.command().id, instance(n))
    }

    /// A reply, or else an acknowledgement.
    fn say(&mut self, n: usize, status: Option<StepStatus>) {
        let addressed = self.world.addressed(&self.message(n)).unwrap();
        let decision = match status {
            Some(status) => reply(addressed, &[], said(status, None), at(self.now)),
            None => acknowledge(addressed, at(self.now)),
        };
        self.world.commit(&decision.batch).unwrap();
    }
}
