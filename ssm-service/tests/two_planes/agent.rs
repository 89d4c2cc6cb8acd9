//! A simulated agent: what it was given, what it has to say of it, and how often it ran what.

use std::collections::{BTreeMap, VecDeque};

use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, FailMessageRequest, FailureType, GetMessagesRequest,
    SendReplyRequest,
};
use ssm_core::ids::{InstanceId, JournalId, MessageId, ReplyId};
use ssm_core::message::{CancelPayload, Message, Payload};
use ssm_core::ports::{CallerContext, IdSource, MessageDelivery};
use ssm_service::ControlPlane;
use uuid::Uuid;

/// What an agent makes of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Succeeds,
    Fails,
    /// Runs until it is cancelled, and tells so.
    Obeys,
    /// Runs on, whatever is asked of it.
    Ignores,
    /// Cannot take it.
    Refuses,
    /// Takes it, and never says anything.
    Drops,
}

/// What an agent has to say of a message; it says it until it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Acknowledge,
    Reply(&'static str),
    Fail,
    Delete,
}

#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) index: usize,
    pub(crate) instance: InstanceId,
    journal: Option<JournalId>,
    /// What it will say, in order.
    words: VecDeque<(MessageId, Word)>,
    /// Every message that came, and how often.
    pub(crate) came: BTreeMap<MessageId, u32>,
    /// What was asked to stop, by how many different messages.
    pub(crate) cancels: BTreeMap<MessageId, u32>,
}

impl Agent {
    pub(crate) fn new(index: usize, journal: Option<JournalId>) -> Self {
        let instance = super::world::instance(index);
        let (words, came, cancels) = (VecDeque::new(), BTreeMap::new(), BTreeMap::new());
        Self { index, instance, journal, words, came, cancels }
    }

    pub(crate) async fn poll(
        &self,
        service: &ControlPlane,
        context: &CallerContext,
        ids: &impl IdSource,
    ) -> Result<Vec<Message>, ApiError> {
        let mut request = GetMessagesRequest::new(self.instance.clone(), ids.uuid());
        request.journal_id = self.journal;
        request.free_slots = self.journal.map(|_| 2);
        service.get_messages(context, request).await.map(|answer| answer.messages)
    }

    /// Takes messages in. One that came before is acknowledged and not run again.
    pub(crate) fn take(&mut self, messages: Vec<Message>, manner: impl Fn(Uuid) -> Manner) {
        for message in messages {
            let id = message.message_id;
            let times = self.came.entry(id.clone()).or_default();
            *times += 1;
            let again = *times > 1;
            if message.topic.contains("cancelCommand") {
                let cancel: CancelPayload = serde_json::from_str(message.payload.as_str()).unwrap();
                let of = cancel.cancel_message_id;
                self.words.push_back((id, Word::Acknowledge));
                if !again {
                    *self.cancels.entry(of.clone()).or_default() += 1;
                    if self.came.contains_key(&of) && manner(of.uuid()) == Manner::Obeys {
                        self.words.push_back((of, Word::Reply("Cancelled")));
                    }
                }
                continue;
            }
            let manner = manner(id.uuid());
            let say: &[Word] = match manner {
                Manner::Drops => &[],
                _ if again => &[Word::Acknowledge],
                Manner::Succeeds => &[Word::Acknowledge, Word::Reply("InProgress"), Word::Reply("Success")],
                Manner::Fails => &[Word::Acknowledge, Word::Reply("Failed")],
                Manner::Obeys => &[Word::Acknowledge, Word::Reply("InProgress")],
                Manner::Ignores => &[Word::Acknowledge],
                Manner::Refuses => &[Word::Fail, Word::Delete],
            };
            self.words.extend(say.iter().map(|word| (id.clone(), *word)));
        }
    }

    pub(crate) fn next(&self) -> Option<(MessageId, Word)> {
        self.words.front().cloned()
    }

    /// The first word was heard; a test may want it said again.
    pub(crate) fn heard(&mut self) {
        self.words.pop_front();
    }
}

/// Says one word.
pub(crate) async fn say(
    service: &ControlPlane,
    context: &CallerContext,
    ids: &impl IdSource,
    (message_id, word): (MessageId, Word),
) -> Result<(), ApiError> {
    match word {
        Word::Acknowledge => service.acknowledge_message(context, AcknowledgeMessageRequest { message_id }).await,
        Word::Delete => service.delete_message(context, DeleteMessageRequest { message_id }).await,
        Word::Fail => {
            let failure_type = FailureType::NoHandlerExists;
            service.fail_message(context, FailMessageRequest { message_id, failure_type }).await
        }
        Word::Reply(status) => {
            let step = format!(
                r#"{{"status": "{status}", "code": 0, "name": "aws:runShellScript", "output": "o",
                    "standardOutput": "out", "startDateTime": "2027-01-15T08:00:00.000Z",
                    "endDateTime": "2027-01-15T08:00:01.500Z"}}"#
            );
            let text =
                format!(r#"{{"documentStatus": "{status}", "runtimeStatus": {{"aws:runShellScript": {step}}}}}"#);
            let reply_id = ReplyId::new(ids.uuid());
            service.send_reply(context, SendReplyRequest { message_id, payload: Payload::new(text), reply_id }).await
        }
    }
}
