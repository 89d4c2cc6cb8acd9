//! A service that is reachable through its ports: what the suites of [`OperatorApi`], [`NodeApi`] and [`MessageDelivery`] run
//! against, in process or over any transport.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use indexmap::IndexMap;
use uuid::Uuid;

use super::clock::ManualClock;
use crate::api::{
    ApiError, Command, CommandInvocation, ErrorCode, GetCommandInvocationRequest, GetCommandInvocationResponse,
    GetMessagesRequest, ListCommandInvocationsRequest, ListCommandsRequest, SendCommandRequest, SendReplyRequest,
    UpdateInstanceInformationRequest,
};
use crate::document::StepStatus;
use crate::ids::{AccountId, CommandId, InstanceId, MessageId, ReplyId, RequestId};
use crate::message::{AdditionalInfo, Message, Payload, PluginResult, ReplyPayload};
use crate::ports::{
    CallerContext, Clock, MessageDelivery, NodeApi, NodeApiExt, OperatorApi, OperatorApiExt, Principal,
};

/// A service, as its callers have it. The implementer keeps it going: its driver and its transports run beside the suite, on a
/// runtime that the suite's own task shares with them (`#[tokio::test]` as it is).
///
/// Calls are made for the accounts 123456789012 and 210987654321, by the operator `suite` and by nodes with `mi-` ids; the
/// service must let all of them do everything that is their own. No agent may run.
#[derive(Debug)]
pub struct Service {
    /// The operators' end.
    pub operators: Arc<dyn OperatorApi>,
    /// The nodes' end.
    pub nodes: Arc<dyn NodeApi>,
    /// The nodes' messages.
    pub delivery: Arc<dyn MessageDelivery>,
    /// The clock by which the service decides; only the suite moves it.
    pub clock: Arc<ManualClock>,
    /// How long a poll without messages waits.
    pub poll_time: Duration,
}

/// Retries after a conflict wait at most this long; the suite lets such pauses pass.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a call is looked at before it is taken to wait for the clock.
const LOOKS: u32 = 200;
/// How often a call is looked at before it is taken to hang.
const MOST_LOOKS: u32 = 5_000_000;

pub(super) fn account() -> AccountId {
    "123456789012".parse().expect("a literal of the right form")
}

pub(super) fn other_account() -> AccountId {
    "210987654321".parse().expect("a literal of the right form")
}

pub(super) fn instance(which: u64) -> InstanceId {
    format!("mi-{which:017}").parse().expect("mi- and 17 digits make an instance id")
}

fn context(account: AccountId, principal: Principal) -> CallerContext {
    CallerContext::new(account, principal, RequestId::new(Uuid::from_u128(1)))
}

fn operator_name() -> Principal {
    Principal::Operator("suite".parse().expect("a literal of the right form"))
}

pub(super) fn operator() -> CallerContext {
    context(account(), operator_name())
}

pub(super) fn other_operator() -> CallerContext {
    context(other_account(), operator_name())
}

pub(super) fn node(which: u64) -> CallerContext {
    context(account(), Principal::Node(instance(which)))
}

/// A request that every registered Linux instance can take.
pub(super) fn script() -> SendCommandRequest {
    SendCommandRequest::new("AWS-RunShellScript").with_parameter("commands", ["true"])
}

/// That a call fails with this code.
pub(super) fn assert_code<T: std::fmt::Debug>(answer: Result<T, ApiError>, code: ErrorCode, what: &str) -> ApiError {
    match answer {
        Ok(answer) => panic!("{what} is refused with {}, but was answered: {answer:?}", code.as_str()),
        Err(error) => {
            assert_eq!(error.code(), code, "{what} is refused with {}, not with {error}", code.as_str());
            error
        }
    }
}

/// A reply that says this of the document and of its only step.
pub(super) fn reply_payload(status: StepStatus, output: &str) -> Payload {
    let result = PluginResult {
        status,
        code: i32::from(status != StepStatus::Success),
        name: "aws:runShellScript".parse().expect("a literal of the right form"),
        output: output.to_owned(),
        start_date_time: "2027-01-15T08:00:01.000Z".parse().expect("a literal of the right form"),
        end_date_time: "2027-01-15T08:00:02.500Z".parse().expect("a literal of the right form"),
        output_s3_bucket_name: String::new(),
        output_s3_key_prefix: String::new(),
        step_name: String::new(),
        standard_output: output.to_owned(),
        standard_error: String::new(),
    };
    let reply = ReplyPayload {
        additional_info: AdditionalInfo::default(),
        document_status: status,
        document_trace_output: String::new(),
        runtime_status: Some(IndexMap::from([("aws:runShellScript".to_owned(), result)])),
    };
    Payload::new(serde_json::to_string(&reply).expect("a reply of texts serializes"))
}

impl Service {
    /// Waits for a call while time stands, but for the short pauses between retries.
    pub(super) async fn now<T>(&self, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        let mut looks = 0;
        poll_fn(|context| {
            // Whatever moves the service goes first, so that asking again and again finds what it has done.
            if looks > 0
                && let Poll::Ready(answer) = call.as_mut().poll(context)
            {
                return Poll::Ready(answer);
            }
            looks += 1;
            assert!(looks < MOST_LOOKS, "a call that has something to answer ends while time stands");
            self.pass_pauses();
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    fn pass_pauses(&self) {
        let pause = self.clock.next_deadline().map(|at| at.since(self.clock.now()));
        if let Some(pause) = pause.filter(|pause| *pause <= PAUSE) {
            self.clock.advance(pause);
        }
    }

    /// The answer, if the call ends while time stands.
    pub(super) async fn if_now<T>(&self, call: &mut Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Option<T> {
        let mut looks = 0;
        poll_fn(|context| {
            if let Poll::Ready(answer) = call.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            looks += 1;
            if looks > LOOKS {
                return Poll::Ready(None);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    /// Waits for a call while time passes, a second at a time, for this long at most.
    pub(super) async fn within<T>(&self, most: Duration, call: impl Future<Output = T>) -> T {
        let mut call = pin!(call);
        let start = self.clock.now();
        loop {
            if let Some(answer) = self.if_now(&mut call).await {
                return answer;
            }
            assert!(self.clock.now().since(start) <= most, "a call ends within {most:?}");
            self.clock.advance(Duration::from_secs(1));
        }
    }

    pub(super) async fn register(&self, instances: impl IntoIterator<Item = u64>) {
        for which in instances {
            let mut request = UpdateInstanceInformationRequest::new(&instance(which));
            request.platform_type = Some("Linux".to_owned());
            let answer = self.now(self.nodes.update_instance_information(&node(which), request)).await;
            assert!(answer.is_ok(), "a node registers by UpdateInstanceInformation: {answer:?}");
        }
    }

    pub(super) async fn try_send(&self, request: SendCommandRequest) -> Result<Command, ApiError> {
        self.now(self.operators.send_command(&operator(), request)).await.map(|answer| answer.command)
    }

    /// Sends a script to these instances.
    pub(super) async fn send(&self, instances: impl IntoIterator<Item = u64>) -> CommandId {
        let request = script().with_instance_ids(instances.into_iter().map(instance));
        self.try_send(request).await.expect("a command for registered instances is accepted").command_id
    }

    pub(super) async fn invocation(&self, command: CommandId, which: u64) -> GetCommandInvocationResponse {
        let request = GetCommandInvocationRequest::new(command, &instance(which));
        let answer = self.now(self.operators.get_command_invocation(&operator(), request)).await;
        answer.expect("an invocation of a command can be read from its answer on")
    }

    /// `StatusDetails` of an invocation.
    pub(super) async fn status(&self, command: CommandId, which: u64) -> String {
        self.invocation(command, which).await.status_details
    }

    pub(super) async fn listed(&self, command: CommandId) -> Vec<CommandInvocation> {
        let request = ListCommandInvocationsRequest::detailed(command);
        let answer = self.now(self.operators.list_command_invocations(&operator(), request)).await;
        answer.expect("the invocations of a command can be listed").command_invocations
    }

    pub(super) async fn commands(&self, context: &CallerContext) -> Vec<Command> {
        let answer = self.now(self.operators.list_commands(context, ListCommandsRequest::default())).await;
        answer.expect("commands can be listed").commands
    }

    /// A poll that hides what it gets for a second. Its future borrows the service, so that it can wait beside other calls.
    pub(super) fn poll(&self, which: u64) -> Pin<Box<dyn Future<Output = Result<Vec<Message>, ApiError>> + '_>> {
        Box::pin(async move {
            let mut request = GetMessagesRequest::new(instance(which), Uuid::from_u128(2));
            request.visibility_timeout_in_seconds = 1;
            let answer = self.delivery.get_messages(&node(which), request).await?;
            assert_eq!(answer.destination, instance(which), "a poll's answer echoes whose it is");
            assert_eq!(answer.messages_request_id, Uuid::from_u128(2), "a poll's answer echoes the poll's id");
            Ok(answer.messages)
        })
    }

    /// What a poll gets without time passing: there must be something.
    pub(super) async fn messages(&self, which: u64) -> Vec<Message> {
        let messages = self.now(self.poll(which)).await.expect("a node may poll its own mailbox");
        assert!(!messages.is_empty(), "a poll of a mailbox that has something ends with messages");
        messages
    }

    /// Polls until the message of the command is handed out.
    pub(super) async fn hand_out(&self, command: CommandId, which: u64) -> MessageId {
        let wanted = MessageId::of_command(command, instance(which));
        let messages = self.messages(which).await;
        let ids: Vec<_> = messages.iter().map(|message| &message.message_id).collect();
        assert!(ids.contains(&&wanted), "a poll of a node gets the command that was sent to it, not {ids:?}");
        wanted
    }

    pub(super) async fn try_reply(
        &self,
        context: &CallerContext,
        message: &MessageId,
        payload: Payload,
    ) -> Result<(), ApiError> {
        let reply_id = ReplyId::new(Uuid::from_u128(3));
        let request = SendReplyRequest { message_id: message.clone(), payload, reply_id };
        self.now(self.delivery.send_reply(context, request)).await
    }

    pub(super) async fn reply(&self, which: u64, message: &MessageId, status: StepStatus, output: &str) {
        let answer = self.try_reply(&node(which), message, reply_payload(status, output)).await;
        assert!(answer.is_ok(), "a well-formed reply for an own message is answered well: {answer:?}");
    }
}
