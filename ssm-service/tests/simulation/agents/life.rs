//! One process of an agent, with its way to a control plane.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, ErrorCode, GetMessagesRequest, GetMessagesResponse, SendReplyRequest,
    UpdateInstanceInformationRequest,
};
use ssm_core::command::InvocationOutcome;
use ssm_core::ids::{CommandId, JournalId, MessageId, ReplyId};
use ssm_core::message::Payload;
use ssm_core::ports::{Clock, IdSource, MessageDelivery, NodeApiExt};
use ssm_core::time::Timestamp;
use tokio::task::JoinSet;

use super::Agent;
use super::report::{Report, steps_of};
use crate::planes::Ends;
use crate::world::World;

/// A process. All that it does ends with it.
#[derive(Debug)]
pub(super) struct Life {
    pub(super) world: Arc<World>,
    pub(super) agent: Arc<Agent>,
    ends: Mutex<Ends>,
    tasks: Mutex<JoinSet<()>>,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.tasks.lock().unwrap().abort_all();
    }
}

/// What a task of a life holds: it must not keep the life going.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    pub(super) world: Arc<World>,
    pub(super) agent: Arc<Agent>,
    life: std::sync::Weak<Life>,
}

impl Life {
    pub(super) async fn begin(agent: &Arc<Agent>, world: &Arc<World>) -> Arc<Self> {
        let ends = Mutex::new(world.reach(&agent.chance).await);
        Arc::new(Self { world: Arc::clone(world), agent: Arc::clone(agent), ends, tasks: Mutex::default() })
    }

    pub(super) fn voice(self: &Arc<Self>) -> Voice {
        let (world, agent) = (Arc::clone(&self.world), Arc::clone(&self.agent));
        Voice { world, agent, life: Arc::downgrade(self) }
    }

    /// Polls without end; `state` says what is stated of slots and the journal, `take` handles what comes.
    pub(super) async fn poll<F: Future<Output = ()>>(
        self: &Arc<Self>,
        state: impl Fn() -> (Option<u32>, Option<JournalId>),
        take: impl Fn(GetMessagesResponse) -> F,
    ) {
        let voice = self.voice();
        let mut ping_at = Timestamp::MIN;
        loop {
            let begun = self.world.clock.now();
            if begun >= ping_at {
                let ping = UpdateInstanceInformationRequest::new(&self.agent.instance);
                let nodes = self.ends.lock().unwrap().nodes.clone().with_faults(&self.agent.link);
                match nodes.update_instance_information(&self.agent.context, ping).await {
                    Ok(_) => ping_at = begun + Duration::from_secs(300),
                    Err(error) => voice.failed("a ping", &error).await,
                }
            }
            let mut request = GetMessagesRequest::new(self.agent.instance.clone(), self.world.ids.uuid());
            (request.free_slots, request.journal_id) = state();
            let delivery = voice.delivery();
            match delivery.get_messages(&self.agent.context, request).await {
                Err(error) => voice.failed("a poll", &error).await,
                Ok(answer) if self.agent.habits.is_deaf(self.world.clock.now()) && !self.world.is_calm() => {
                    self.world.trace.count_many("message dropped", answer.messages.len() as u64);
                }
                Ok(answer) => {
                    for message in &answer.messages {
                        self.world.check(|checker| checker.received(&self.agent.instance, message));
                    }
                    take(answer).await;
                }
            }
            let took = self.world.clock.now().since(begun);
            if took < Duration::from_secs(1) {
                let stated = state().1.is_some();
                let pause = if stated { (1, 50) } else { (2000, 2500) };
                self.world.sleep(self.agent.chance.millis(pause.0, pause.1)).await;
            }
        }
    }
}

impl Voice {
    /// Does something beside the poll, for as long as the process lives.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(life) = self.life.upgrade() {
            let mut tasks = life.tasks.lock().unwrap();
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    pub(super) fn say(&self, what: impl std::fmt::Display) {
        self.world.trace.say(&self.agent.name, what);
    }

    pub(super) fn name(&self, id: CommandId) -> String {
        self.world.checker().name(id)
    }

    fn delivery(&self) -> Arc<dyn MessageDelivery> {
        let life = self.life.upgrade();
        let client = life.map(|life| life.ends.lock().unwrap().delivery.clone()).unwrap();
        Arc::new(client.with_faults(&self.agent.link))
    }

    /// A call has failed: perhaps another control plane does better.
    async fn failed(&self, what: &str, error: &ApiError) {
        self.world.check(|checker| checker.trouble(what, error.code()));
        let ends = self.world.reach(&self.agent.chance).await;
        if let Some(life) = self.life.upgrade() {
            *life.ends.lock().unwrap() = ends;
        }
        self.world.sleep(self.agent.chance.millis(200, 3000)).await;
    }

    async fn mute(&self) -> Result<(), ApiError> {
        if self.agent.habits.is_mute(self.world.clock.now()) && !self.world.is_calm() {
            self.world.trace.count("reply lost by a mute agent");
            self.world.sleep(Duration::from_secs(5)).await;
            return Err(ApiError::new(ErrorCode::Unanswered, "mute"));
        }
        Ok(())
    }

    /// One try.
    pub(super) async fn acknowledge(&self, message: &MessageId) -> Result<(), ApiError> {
        self.mute().await?;
        let id = CommandId::new(message.uuid());
        self.world.check(|checker| checker.speaks_of(&self.agent.instance, id));
        let request = AcknowledgeMessageRequest { message_id: message.clone() };
        let answer = self.delivery().acknowledge_message(&self.agent.context, request).await;
        self.told("an acknowledgement", &answer);
        answer
    }

    /// One try.
    pub(super) async fn reply(&self, message: &MessageId, reply: ReplyId, payload: &Payload) -> Result<(), ApiError> {
        self.mute().await?;
        let id = CommandId::new(message.uuid());
        self.world.check(|checker| checker.speaks_of(&self.agent.instance, id));
        let request = SendReplyRequest { message_id: message.clone(), payload: payload.clone(), reply_id: reply };
        let answer = self.delivery().send_reply(&self.agent.context, request).await;
        self.told("a reply", &answer);
        answer
    }

    fn told(&self, what: &str, answer: &Result<(), ApiError>) {
        if let Err(error) = answer {
            self.world.check(|checker| checker.trouble(what, error.code()));
        }
    }

    /// The last word was taken.
    pub(super) fn result_was_taken(&self, report: &Report) {
        let (instance, id, outcome) = (&self.agent.instance, report.command, report.outcome);
        self.say(format_args!("{} is taken as {outcome:?}", self.name(id)));
        self.world.check(|checker| {
            checker.result_was_taken(instance, id, outcome);
            if let [(step, result)] = report.steps.as_slice() {
                checker.step_was_taken(instance, id, step, &result.standard_output);
            }
        });
    }

    pub(super) fn step_was_taken(&self, report: &Report, index: usize) {
        let (step, result) = &report.steps[index];
        self.world.check(|checker| {
            checker.step_was_taken(&self.agent.instance, report.command, step, &result.standard_output);
        });
    }

    /// How a run that begins now shall end by itself, and when.
    pub(super) fn plan_run(&self, command: CommandId, payload: &Payload) -> (Duration, Report) {
        let chance = &self.agent.chance;
        let outcome = if chance.percent(self.agent.habits.failures) {
            chance.one_of(&[InvocationOutcome::Failed, InvocationOutcome::Failed, InvocationOutcome::ExecutionTimedOut])
        } else {
            InvocationOutcome::Success
        };
        (chance.millis(0, self.agent.habits.longest_run * 1000), self.report(command, &steps_of(payload), outcome))
    }

    pub(super) fn report(&self, command: CommandId, steps: &[String], outcome: InvocationOutcome) -> Report {
        Report::new(command, steps, outcome, &self.agent.name, self.world.clock.now())
    }

    /// A process begins.
    pub(super) fn begin_run(&self, command: CommandId) {
        self.say(format_args!("runs {}", self.name(command)));
        self.world.trace.count("run");
        self.world.check(|checker| checker.run_begins(&self.agent.instance, command));
    }

    /// It is over: the result is on the disk.
    pub(super) fn end_run(&self, report: &Report) {
        self.say(format_args!("{} ended as {:?}", self.name(report.command), report.outcome));
        self.world.check(|checker| checker.produced(&self.agent.instance, report.command, report.outcome));
    }

    pub(super) fn fresh_reply(&self) -> ReplyId {
        ReplyId::new(self.world.ids.uuid())
    }
}
