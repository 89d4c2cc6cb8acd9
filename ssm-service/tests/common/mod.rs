//! A control plane in simulated time, with nodes that do what a test tells them.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]
#![allow(dead_code, reason = "each file of tests uses a part")]

use std::sync::Arc;
use std::time::Duration;

use ssm_core::api::{
    AcknowledgeMessageRequest, AddTagsToResourceRequest, Command, CommandInvocation, GetMessagesRequest,
    ListCommandInvocationsRequest, ListCommandsRequest, SendCommandRequest, SendReplyRequest,
    UpdateInstanceInformationRequest,
};
use ssm_core::ids::{AccountId, CommandId, InstanceId, ReplyId, RequestId};
use ssm_core::message::{Message, Payload};
use ssm_core::ports::{
    Action, Authorizer, CallerContext, Denied, EventSink, IdSource, MessageDelivery, NodeApiExt, NullEvents,
    OperatorApiExt, Principal, Store,
};
use ssm_core::testing::{CountingIds, ManualClock};
use ssm_core::time::Timestamp;
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, Settings};
use tokio::task::JoinHandle;

pub(crate) struct World {
    pub(crate) plane: ControlPlane,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) ids: Arc<CountingIds>,
    events: Arc<dyn EventSink>,
    pub(crate) settings: Settings,
    driver: JoinHandle<()>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_events(Arc::new(NullEvents))
    }

    pub(crate) fn with_events(events: Arc<dyn EventSink>) -> Self {
        Self::with(events, |_| {})
    }

    pub(crate) fn with_settings(change: impl FnOnce(&mut Settings)) -> Self {
        Self::with(Arc::new(NullEvents), change)
    }

    fn with(events: Arc<dyn EventSink>, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        settings.poll_time = Duration::ZERO;
        settings.hand_out.most_messages = 100;
        change(&mut settings);
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let store = Arc::new(MemoryStore::new());
        let ids = Arc::new(CountingIds::new(1));
        let (plane, driver) = start(&clock, &store, &ids, &events, &settings);
        Self { plane, clock, store, ids, events, settings, driver }
    }

    /// A second control plane over the same store, with a driver of its own. What is told to one is no hint for the other.
    pub(crate) fn replica(&self) -> Self {
        let (clock, store, ids) = (Arc::clone(&self.clock), Arc::clone(&self.store), Arc::clone(&self.ids));
        let (events, settings) = (Arc::clone(&self.events), self.settings.clone());
        let (plane, driver) = start(&clock, &store, &ids, &events, &settings);
        Self { plane, clock, store, ids, events, settings, driver }
    }

    /// The process ends at once.
    pub(crate) fn crash(&self) {
        self.driver.abort();
    }

    /// The process ends at once, and another one begins over the same store.
    pub(crate) fn restart(&mut self) {
        self.driver.abort();
        (self.plane, self.driver) = start(&self.clock, &self.store, &self.ids, &self.events, &self.settings);
    }

    pub(crate) fn operator(&self) -> CallerContext {
        self.context(Principal::Operator("tester".parse().unwrap()))
    }

    pub(crate) fn clerk(&self) -> CallerContext {
        self.context(Principal::Operator("clerk".parse().unwrap()))
    }

    pub(crate) fn node(&self, index: usize) -> CallerContext {
        self.context(Principal::Node(instance(index)))
    }

    fn context(&self, principal: Principal) -> CallerContext {
        let account: AccountId = "123456789012".parse().unwrap();
        CallerContext::new(account, principal, RequestId::new(self.ids.uuid()))
    }

    pub(crate) async fn register(&self, nodes: std::ops::Range<usize>) {
        for index in nodes {
            let request = UpdateInstanceInformationRequest::new(&instance(index));
            self.plane.update_instance_information(&self.node(index), request).await.unwrap();
        }
    }

    pub(crate) async fn tag(&self, index: usize, key: &str, value: &str) {
        let tags = [(key.to_owned(), value.to_owned())];
        let request = AddTagsToResourceRequest::of_instance(&instance(index), tags);
        self.plane.add_tags_to_resource(&self.operator(), request).await.unwrap();
    }

    pub(crate) async fn send(&self, request: SendCommandRequest) -> CommandId {
        let request = request.with_parameter("commands", ["true"]);
        self.plane.send_command(&self.operator(), request).await.unwrap().command.command_id
    }

    pub(crate) async fn command(&self, id: CommandId) -> Command {
        let request = ListCommandsRequest::of_command(id);
        self.plane.list_commands(&self.operator(), request).await.unwrap().commands.remove(0)
    }

    pub(crate) async fn invocation(&self, id: CommandId, index: usize) -> CommandInvocation {
        let mut request = ListCommandInvocationsRequest::detailed(id);
        request.instance_id = Some(instance(index).to_string());
        let answer = self.plane.list_command_invocations(&self.operator(), request).await.unwrap();
        answer.command_invocations.into_iter().next().unwrap()
    }

    /// Polls once, without waiting.
    pub(crate) async fn poll(&self, index: usize) -> Vec<Message> {
        self.poll_with(index, Some(100)).await
    }

    pub(crate) async fn poll_with(&self, index: usize, free_slots: Option<u32>) -> Vec<Message> {
        let mut request = GetMessagesRequest::new(instance(index), self.ids.uuid());
        request.free_slots = free_slots;
        self.plane.get_messages(&self.node(index), request).await.unwrap().messages
    }

    /// Polls until there is something; the driver gets its turns in between.
    pub(crate) async fn fetch(&self, index: usize) -> Vec<Message> {
        for _ in 0..1000 {
            let messages = self.poll(index).await;
            if !messages.is_empty() {
                return messages;
            }
            tokio::task::yield_now().await;
        }
        panic!("{} is given nothing", instance(index));
    }

    pub(crate) async fn acknowledge(&self, index: usize, message: &Message) {
        let request = AcknowledgeMessageRequest { message_id: message.message_id.clone() };
        self.plane.acknowledge_message(&self.node(index), request).await.unwrap();
    }

    /// Answers a command of one step with this status, as the last reply of an agent.
    pub(crate) async fn finish(&self, index: usize, message: &Message, status: &str, code: i32) {
        let payload = format!(
            r#"{{"documentStatus": "{status}", "runtimeStatus": {{"aws:runShellScript": {{"status": "{status}",
                "code": {code}, "name": "aws:runShellScript", "output": "o", "standardOutput": "out",
                "startDateTime": "2027-01-15T08:00:00.000Z", "endDateTime": "2027-01-15T08:00:01.500Z"}}}}}}"#
        );
        let request = SendReplyRequest {
            message_id: message.message_id.clone(),
            payload: Payload::new(payload),
            reply_id: ReplyId::new(self.ids.uuid()),
        };
        self.plane.send_reply(&self.node(index), request).await.unwrap();
    }

    /// Lets the driver do what there is to do now.
    pub(crate) async fn settle(&self) {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.settle().await;
    }

    pub(crate) async fn details(&self, id: CommandId, index: usize) -> String {
        self.invocation(id, index).await.status_details
    }
}

fn start(
    clock: &Arc<ManualClock>,
    store: &Arc<MemoryStore>,
    ids: &Arc<CountingIds>,
    events: &Arc<dyn EventSink>,
    settings: &Settings,
) -> (ControlPlane, JoinHandle<()>) {
    let plane = ControlPlane::builder()
        .with_store(Arc::clone(store) as Arc<dyn Store>)
        .with_clock(Arc::clone(clock) as _)
        .with_ids(Arc::clone(ids) as _)
        .with_events(Arc::clone(events))
        .with_authorizer(Arc::new(NoMarked))
        .with_settings(settings.clone())
        .build();
    let driven = plane.clone();
    let driver = tokio::spawn(async move { driven.run(std::future::pending()).await });
    (plane, driver)
}

/// Lets the clerk send to instances with an even last digit only, and everybody else do everything.
#[derive(Debug)]
struct NoMarked;

#[async_trait::async_trait]
impl Authorizer for NoMarked {
    async fn authorize(&self, context: &CallerContext, action: &Action) -> Result<(), Denied> {
        let clerk = context.principal == Principal::Operator("clerk".parse().unwrap());
        let marked = action.instances.iter().any(|instance| instance.as_str().ends_with(['1', '3', '5', '7', '9']));
        if clerk && action.operation == "SendCommand" && marked { Err(Denied("not yours".to_owned())) } else { Ok(()) }
    }
}

pub(crate) fn instance(index: usize) -> InstanceId {
    format!("mi-{index:017x}").parse().unwrap()
}

pub(crate) fn script() -> SendCommandRequest {
    SendCommandRequest::new("AWS-RunShellScript")
}
