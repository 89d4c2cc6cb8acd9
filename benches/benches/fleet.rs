//! One command to 10,000 and to 100,000 simulated agents in memory: from SendCommand to the command's end, over the in-memory
//! transport and the memory store, with the ramp-up on. The agents do what a real one does on the wire (poll, acknowledge, a
//! reply a step, a final reply), and run nothing.
//!
//! Each round is a process of its own, so that its greatest memory is its own: `--one AGENTS MAX_CONCURRENCY` is one round.

use std::process::{Command, Stdio};
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
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--one") {
        let agents = arguments.get(at + 1).ok_or("how many agents?")?.parse()?;
        let concurrency = arguments.get(at + 2).ok_or("which MaxConcurrency?")?;
        return one_round(agents, concurrency);
    }
    let effort = Effort::from_arguments();
    let sizes: &[(u32, usize)] = if effort.quick { &[(200, 1)] } else { &[(10_000, 5), (100_000, 3)] };
    for &(agents, rounds) in sizes {
        for concurrency in ["100%", "50"] {
            let mut times = Rounds::of(format!("{agents} agents, MaxConcurrency {concurrency}"));
            let mut most_memory = None;
            for _ in 0..rounds {
                let (time, memory) = round_apart(agents, concurrency)?;
                times.add(time);
                most_memory = most_memory.max(memory);
            }
            times.print("invocations", agents);
            if let Some(kibibytes) = most_memory {
                let each = kibibytes * 1024 / u64::from(agents);
                println!("{:44} {:>7} MiB at most, {each} bytes an agent", "", kibibytes / 1024);
            }
        }
    }
    Ok(())
}

/// One round in a process of its own: its time, and the most memory that the process held, in KiB, where the system tells.
fn round_apart(agents: u32, concurrency: &str) -> Result<(Duration, Option<u64>), Failure> {
    let output = Command::new(std::env::current_exe()?)
        .args(["--one", &agents.to_string(), concurrency])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace().map(str::parse::<u64>);
    let micros = words.next().ok_or("the round told no time")??;
    Ok((Duration::from_micros(micros), words.next().transpose()?))
}

/// Prints microseconds and KiB.
fn one_round(agents: u32, concurrency: &str) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let time = runtime.block_on(one_command(agents, concurrency))?;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|line| line.split_whitespace().next()).unwrap_or_default();
    println!("{} {most}", time.as_micros());
    Ok(())
}

#[derive(Debug)]
struct Ends(mpsc::UnboundedSender<()>);

#[async_trait]
impl EventSink for Ends {
    async fn publish(&self, change: &Change) {
        if matches!(change, Change::Command { details, .. } if !["Pending", "InProgress", "Delayed"].contains(details))
        {
            let _ = self.0.send(());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
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
