//! Message delivery: polls, acknowledgements, replies.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, FailMessageRequest, FailureType, GetMessagesRequest,
    GetMessagesResponse, SendReplyRequest,
};
use ssm_core::engine::{self, Decision, Poll};
use ssm_core::ids::{CommandNumber, MessageId};
use ssm_core::message::{Message, Payload, ReplyPayload};
use ssm_core::ports::{CallerContext, MessageDelivery, StoreError, WakeupKey};
use ssm_core::record::{Addressed, InvocationKey, StepRow};
use ssm_core::time::Timestamp;

use super::{ControlPlane, unavailable};

/// Most entries of a mailbox that a poll reads; an answer carries fewer.
const MAILBOX_ENTRIES: usize = 100;

#[async_trait]
impl MessageDelivery for ControlPlane {
    async fn get_messages(
        &self,
        context: &CallerContext,
        request: GetMessagesRequest,
    ) -> Result<GetMessagesResponse, ApiError> {
        self.authorize_node(context, "GetMessages", &request.destination).await?;
        let poll = Poll {
            account: context.account.clone(),
            instance: request.destination.clone(),
            free_slots: request.free_slots,
            journal: request.journal_id,
            visibility: Duration::from_secs(request.visibility_timeout_in_seconds.clamp(1, 600).into()),
        };
        let messages = self.wait_for_messages(&poll).await?;
        let mut answer = GetMessagesResponse::new(request.destination, request.messages_request_id, messages);
        answer.service_time = Some(self.now());
        Ok(answer)
    }

    async fn acknowledge_message(
        &self,
        context: &CallerContext,
        request: AcknowledgeMessageRequest,
    ) -> Result<(), ApiError> {
        self.hear(context, "AcknowledgeMessage", &request.message_id, || Ok(Saying::Acknowledged)).await
    }

    async fn send_reply(&self, context: &CallerContext, request: SendReplyRequest) -> Result<(), ApiError> {
        let read = || {
            let reply = serde_json::from_str(request.payload.as_str()).map_err(|error| {
                // The position and the kind of the fault; never the payload's own text.
                let at = format!("line {}, column {}", error.line(), error.column());
                ApiError::validation(format!("Payload is not the JSON text of a reply ({at})."))
            })?;
            Ok(Saying::Replied(Box::new(reply)))
        };
        self.hear(context, "SendReply", &request.message_id, read).await
    }

    async fn fail_message(&self, context: &CallerContext, request: FailMessageRequest) -> Result<(), ApiError> {
        let reason = match request.failure_type {
            FailureType::NoHandlerExists => "The agent has no handler for the message (NoHandlerExists).",
            FailureType::InternalHandlerException => {
                "The agent could not handle the message (InternalHandlerException)."
            }
        };
        self.hear(context, "FailMessage", &request.message_id, || Ok(Saying::Failed(reason))).await
    }

    async fn delete_message(&self, context: &CallerContext, request: DeleteMessageRequest) -> Result<(), ApiError> {
        self.hear(context, "DeleteMessage", &request.message_id, || Ok(Saying::Deleted)).await
    }
}

/// What an agent says of a message.
enum Saying {
    Acknowledged,
    Failed(&'static str),
    Deleted,
    Replied(Box<ReplyPayload>),
}

impl Saying {
    /// Whether the results that are kept so far have to be known: a reply about the document alone touches none.
    fn tells_of_steps(&self) -> bool {
        matches!(self, Self::Replied(reply) if reply.runtime_status.as_ref().is_some_and(|steps| !steps.is_empty()))
    }

    /// Whether it tells of a step that nothing is kept of.
    fn tells_of_others_than(&self, steps: &[StepRow]) -> bool {
        let Self::Replied(reply) = self else { return false };
        let known = |name: &String| steps.iter().any(|step| step.name.as_str() == name);
        reply.runtime_status.iter().flat_map(|results| results.keys()).any(|name| !known(name))
    }

    fn decide(&self, addressed: Addressed, steps: &[StepRow], now: Timestamp) -> Decision {
        match self {
            Self::Acknowledged => engine::acknowledge(addressed, now),
            Self::Failed(reason) => engine::fail(addressed, reason, now),
            Self::Deleted => engine::delete(addressed, now),
            Self::Replied(reply) => engine::reply(addressed, steps, ReplyPayload::clone(reply), now),
        }
    }
}

impl ControlPlane {
    /// Registers a waiter, *then* reads the mailbox, then waits without touching the store until a hint, the next time at
    /// which there may be more, or the poll's end. A newer poll of the instance ends it at once, empty: its agent does not
    /// listen any more, so it must not be handed anything.
    async fn wait_for_messages(&self, poll: &Poll) -> Result<Vec<Message>, ApiError> {
        let key = WakeupKey { account: poll.account.clone(), instance: poll.instance.clone() };
        let rules = &self.0.settings.hand_out;
        let entries = MAILBOX_ENTRIES.max(rules.stock_slots);
        let mut turn = self.0.polls.begin(&key);
        let end = self.now() + self.0.settings.poll_time;
        let mut attempts = self.attempts();
        loop {
            let waiter = self.0.wakeups.register(&key);
            let now = self.now();
            let mailbox =
                self.0.store.mailbox(&poll.account, &poll.instance, now, entries).await.map_err(unavailable)?;
            let answer = engine::hand_out(poll, &mailbox, rules, now);
            let next_at = answer.next_at;
            let payloads = self.payloads(poll, &answer.payloads_needed()).await?;
            let region = rules.region.as_str();
            let built: Option<Vec<Message>> =
                answer.messages.into_iter().map(|carried| carried.into_message(&payloads, region)).collect();
            let what = || "a command without its payload".to_owned();
            let messages = built.ok_or_else(|| unavailable(StoreError::Damaged { what: what() }))?;
            if turn.is_over() {
                return Ok(Vec::new());
            }
            if !attempts.commit(answer.decision).await? {
                continue;
            }
            if !messages.is_empty() || now >= end {
                return Ok(messages);
            }
            let until = next_at.map_or(end, |at| at.min(end));
            tokio::select! {
                biased;
                () = turn.over() => return Ok(messages),
                () = waiter => {}
                () = self.0.clock.sleep_until(until) => if until == end {
                    // The agent's next poll reads the mailbox anyway.
                    return Ok(messages);
                },
            }
            attempts = self.attempts();
        }
    }

    /// Payloads are read before the commit: they never change, and what cannot be read must not count as handed out.
    async fn payloads(
        &self,
        poll: &Poll,
        numbers: &[CommandNumber],
    ) -> Result<BTreeMap<CommandNumber, Payload>, ApiError> {
        if numbers.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.0.store.payloads(&poll.account, numbers).await.map_err(unavailable)
    }

    /// Drops the results of steps that the command does not have, so that what an agent makes up is not kept.
    async fn keep_to_plan(&self, saying: &mut Saying, key: &InvocationKey) -> Result<(), ApiError> {
        let Saying::Replied(reply) = saying else { return Ok(()) };
        let command = self.0.store.command_by_number(&key.account, key.number).await.map_err(unavailable)?;
        let plan = command.map(|command| command.steps).unwrap_or_default();
        if let Some(results) = &mut reply.runtime_status {
            results.retain(|name, _| plan.iter().any(|step| step.name.as_str() == name));
        }
        Ok(())
    }

    /// What agents say of a message, all in one way: only the node itself may, then the call is read, and only then the store.
    /// What is unknown changes nothing.
    async fn hear(
        &self,
        context: &CallerContext,
        operation: &'static str,
        message: &MessageId,
        read: impl FnOnce() -> Result<Saying, ApiError> + Send,
    ) -> Result<(), ApiError> {
        self.authorize_node(context, operation, message.instance()).await?;
        let mut saying = read()?;
        let mut attempts = self.attempts();
        loop {
            let addressed = self.0.store.addressed(&context.account, message).await.map_err(unavailable)?;
            let Some(addressed) = addressed else {
                tracing::debug!(%message, operation, "unknown message");
                return Ok(());
            };
            let steps = match &addressed {
                Addressed::Command(invocation) if saying.tells_of_steps() => {
                    let steps = self.0.store.steps(&invocation.key).await.map_err(unavailable)?;
                    if saying.tells_of_others_than(&steps) {
                        self.keep_to_plan(&mut saying, &invocation.key).await?;
                    }
                    steps
                }
                _ => Vec::new(),
            };
            if attempts.commit(saying.decide(addressed, &steps, self.now())).await? {
                return Ok(());
            }
        }
    }
}
