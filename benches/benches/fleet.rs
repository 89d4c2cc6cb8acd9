//! One command to 10,000 simulated agents in memory: from SendCommand to the command's end, over the in-memory transport and
//! the memory store. The agents do what a real one does on the wire (poll, acknowledge, a reply a step, a final reply), and run
//! nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ssm_benches::{Effort, Rounds};
use ssm_core::api::{
    AcknowledgeMessageRequest, AddTagsToResourceRequest, GetMessagesRequest, ListCommandsRequest, SendCommandRequest,
    SendReplyRequest, UpdateInstanceInformationRequest,
};
use ssm_core::engine::Change;
use ssm_core::ids::{AccountId, InstanceId, ReplyId, RequestId};
use ssm_core::message::{Message, Payload};
use ssm_core::ports::{CallerContext, EventSink, IdSource, MessageDelivery, NodeApiExt, OperatorApiExt, Principal};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, RandomIds};
use tokio::sync::mpsc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let effort = Effort::from_arguments();
    let agents: u32 = if effort.quick { 200 } else { 10_000 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for concurrency in ["100%", "50"] {
        let mut rounds = Rounds::of(format!("{agents} agents, MaxConcurrency {concurrency}"));
        for _ in 0..effort.rounds {
            rounds.add(runtime.block_on(one_command(agents, concurrency))?);
        }
        rounds.print("invocations", agents);
    }
    Ok(())
}

#[derive(Debug)]
struct Ends(mpsc::UnboundedSender<()>);

#[async_trait]
impl EventSink for Ends {
    async fn publish(&self, change: &Change) {
        if matches!(change, Change::Command { details, .. } if !["Pending", "InProgress"].contains(details)) {
            let _ = self.0.send(());
        }
    }
}

async fn one_command(agents: u32, concurrency: &str) -> Result<Duration, Failure> {
    let account: AccountId = "123456789012".parse()?;
    let (ended, mut end) = mpsc::unbounded_channel();
    let plane =
        ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).with_events(Arc::new(Ends(ended))).build();
    let (operators, operator_server) = ssm_transport_mem::operator_api();
    let (node_api, node_server) = ssm_transport_mem::node_api();
    let (delivery, delivery_server) = ssm_transport_mem::message_delivery();
    let mut service = tokio::task::JoinSet::new();
    service.spawn(operator_server.serve(Arc::new(plane.clone())));
    service.spawn(node_server.serve(Arc::new(plane.clone())));
    service.spawn(delivery_server.serve(Arc::new(plane.clone())));
    service.spawn(async move { plane.run(std::future::pending()).await });

    let operator = CallerContext::new(account.clone(), Principal::Operator("bench".parse()?), request());
    let mut fleet = tokio::task::JoinSet::new();
    for index in 0..agents {
        let instance: InstanceId = format!("mi-{index:017x}").parse()?;
        let context = CallerContext::new(account.clone(), Principal::Node(instance.clone()), request());
        node_api.update_instance_information(&context, UpdateInstanceInformationRequest::new(&instance)).await?;
        let tags = [("fleet".to_owned(), "bench".to_owned())];
        let request = AddTagsToResourceRequest::of_instance(&instance, tags);
        operators.add_tags_to_resource(&operator, request).await?;
        let delivery = delivery.clone();
        fleet.spawn(async move { live(&delivery, &context, instance).await });
    }

    let start = Instant::now();
    let request = SendCommandRequest::new("AWS-RunShellScript")
        .with_target("tag:fleet", ["bench"])
        .with_parameter("commands", ["true"])
        .with_limits(concurrency, "0");
    let command = operators.send_command(&operator, request).await?.command;
    end.recv().await.ok_or("the service ended before the command")?;
    let time = start.elapsed();

    let request = ListCommandsRequest::of_command(command.command_id);
    let seen = operators.list_commands(&operator, request).await?.commands;
    let seen = seen.first().ok_or("the command is gone")?;
    if seen.status_details != "Success" || seen.completed_count != agents {
        return Err(
            format!("the command ended {} with {} of {agents}", seen.status_details, seen.completed_count).into()
        );
    }
    Ok(time)
}

fn request() -> RequestId {
    RequestId::new(RandomIds.uuid())
}

/// What an agent does on the wire, without running anything.
async fn live(delivery: &impl MessageDelivery, context: &CallerContext, instance: InstanceId) -> Result<(), Failure> {
    loop {
        let mut poll = GetMessagesRequest::new(instance.clone(), RandomIds.uuid());
        poll.free_slots = Some(5);
        for message in delivery.get_messages(context, poll).await?.messages {
            let request = AcknowledgeMessageRequest { message_id: message.message_id.clone() };
            delivery.acknowledge_message(context, request).await?;
            for (status, result) in [("InProgress", RESULT), ("Success", RESULT)] {
                delivery.send_reply(context, reply(&message, status, result)).await?;
            }
        }
    }
}

const RESULT: &str = r#"{"aws:runShellScript": {"status": "Success", "code": 0, "name": "aws:runShellScript",
    "output": "", "startDateTime": "2026-01-01T00:00:00.000Z", "endDateTime": "2026-01-01T00:00:00.010Z",
    "standardOutput": "", "standardError": ""}}"#;

fn reply(message: &Message, status: &str, result: &str) -> SendReplyRequest {
    let payload = format!(r#"{{"documentStatus": "{status}", "runtimeStatus": {result}}}"#);
    SendReplyRequest {
        message_id: message.message_id.clone(),
        payload: Payload::new(payload),
        reply_id: ReplyId::new(RandomIds.uuid()),
    }
}
