//! A transport of one's own: message delivery as lines of JSON over a byte pipe, checked by the conformance suite.
//!
//! ```text
//! cargo run --example custom_transport
//! ```
//!
//! A transport has two ends. Its client *is* the port, so agents cannot tell it from the service; its server *takes* a port. Here
//! the pipe is [`tokio::io::duplex`]; a socket, a serial line or a message queue would do as well. What a real transport adds is
//! authentication: this server believes the account and the node that stand in
//! each line. Nor have its queues a bound, which a transport for strangers must have.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, ErrorCode, FailMessageRequest, GetMessagesRequest,
    GetMessagesResponse, SendReplyRequest,
};
use ssm_core::ids::RequestId;
use ssm_core::ports::{CallerContext, MessageDelivery, Principal};
use ssm_core::testing::service::Service;
use ssm_core::testing::{CountingIds, ManualClock, delivery};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, Settings};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf, split};
use tokio::sync::{mpsc, oneshot};

/// The suite makes a fresh service for each of its cases, and moves its clock: nothing here takes real time.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    delivery::suite(|| async { service_behind_a_pipe() }).await;
    println!("the pipe keeps the contract of message delivery");
}

fn service_behind_a_pipe() -> Service {
    let clock = Arc::new(ManualClock::default());
    let settings = Settings::default();
    let poll_time = settings.poll_time;
    let plane = ControlPlane::builder()
        .with_store(Arc::new(MemoryStore::new()))
        .with_clock(Arc::clone(&clock) as _)
        .with_ids(Arc::new(CountingIds::new(1)))
        .with_settings(settings)
        .build();
    let driver = plane.clone();
    tokio::spawn(async move { driver.run(std::future::pending()).await });

    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(serve(far, Arc::new(plane.clone())));
    Service {
        operators: Arc::new(plane.clone()),
        nodes: Arc::new(plane),
        // What is being tried: everything that agents say and hear goes through the pipe.
        delivery: Arc::new(PipeClient::new(near)),
        clock,
        poll_time,
    }
}

type Answers = Arc<Mutex<BTreeMap<u64, oneshot::Sender<Value>>>>;

/// The agent's end: a line a call, and a table of the calls that wait for their answer.
#[derive(Debug)]
struct PipeClient {
    lines: mpsc::UnboundedSender<String>,
    waiting: Answers,
    next: AtomicU64,
}

impl PipeClient {
    fn new(pipe: DuplexStream) -> Self {
        let (reader, writer) = split(pipe);
        let (lines, outgoing) = mpsc::unbounded_channel();
        let waiting = Answers::default();
        let answers = Arc::clone(&waiting);
        tokio::spawn(async move {
            tokio::select! {
                () = write_lines(writer, outgoing) => {}
                () = take_answers(reader, Arc::clone(&answers)) => {}
            }
            // The receiver of lines is gone, so later calls fail at once; dropping the senders tells those that wait.
            answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        });
        Self { lines, waiting, next: AtomicU64::new(0) }
    }

    async fn ask(&self, context: &CallerContext, call: &str, body: Value) -> Result<Value, ApiError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(id, sender);
        let node = match &context.principal {
            Principal::Node(node) => json!(node),
            Principal::Operator(_) => Value::Null,
        };
        let line = json!({"id": id, "account": context.account, "node": node, "request": context.request,
            "call": call, "body": body});
        let sent = self.lines.send(line.to_string());
        let answer = if sent.is_ok() { answer.await.ok() } else { None };
        // Whatever happened, the caller must know that it does not know.
        let Some(mut answer) = answer else { return Err(unanswered("the pipe is closed")) };
        match answer["error"]["code"].as_str() {
            None => Ok(answer["ok"].take()),
            Some(code) => {
                let code = ErrorCode::from_name(code).unwrap_or(ErrorCode::InternalServerError);
                Err(ApiError::new(code, answer["error"]["message"].as_str().unwrap_or_default()))
            }
        }
    }
}

fn unanswered(why: &str) -> ApiError {
    ApiError::new(ErrorCode::Unanswered, why)
}

async fn write_lines(mut pipe: WriteHalf<DuplexStream>, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if pipe.write_all(format!("{line}\n").as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn take_answers(pipe: ReadHalf<DuplexStream>, waiting: Answers) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(answer) = serde_json::from_str::<Value>(&line) else { continue };
        let caller = answer["id"].as_u64();
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = caller.and_then(|id| waiting.remove(&id)) {
            // The caller may have gone.
            let _ = sender.send(answer);
        }
    }
}

#[async_trait]
impl MessageDelivery for PipeClient {
    async fn get_messages(
        &self,
        context: &CallerContext,
        request: GetMessagesRequest,
    ) -> Result<GetMessagesResponse, ApiError> {
        let answer = self.ask(context, "GetMessages", json!(request)).await?;
        serde_json::from_value(answer).map_err(|error| unanswered("an answer that is none").caused_by(error))
    }

    async fn acknowledge_message(
        &self,
        context: &CallerContext,
        request: AcknowledgeMessageRequest,
    ) -> Result<(), ApiError> {
        self.ask(context, "AcknowledgeMessage", json!(request)).await.map(drop)
    }

    async fn send_reply(&self, context: &CallerContext, request: SendReplyRequest) -> Result<(), ApiError> {
        self.ask(context, "SendReply", json!(request)).await.map(drop)
    }

    async fn fail_message(&self, context: &CallerContext, request: FailMessageRequest) -> Result<(), ApiError> {
        self.ask(context, "FailMessage", json!(request)).await.map(drop)
    }

    async fn delete_message(&self, context: &CallerContext, request: DeleteMessageRequest) -> Result<(), ApiError> {
        self.ask(context, "DeleteMessage", json!(request)).await.map(drop)
    }
}

/// The service's end: each line in a task of its own, since a poll waits.
async fn serve(pipe: DuplexStream, port: Arc<dyn MessageDelivery>) {
    let (reader, writer) = split(pipe);
    let (answers, outgoing) = mpsc::unbounded_channel();
    tokio::spawn(write_lines(writer, outgoing));
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let (port, answers) = (Arc::clone(&port), answers.clone());
        tokio::spawn(async move {
            let Ok(mut call) = serde_json::from_str::<Value>(&line) else { return };
            let answer = match carry_out(port.as_ref(), &mut call).await {
                Ok(body) => json!({"id": call["id"], "ok": body}),
                Err(error) => json!({"id": call["id"],
                    "error": {"code": error.code().as_str(), "message": error.message()}}),
            };
            // The client may have hung up.
            let _ = answers.send(answer.to_string());
        });
    }
}

async fn carry_out(port: &dyn MessageDelivery, call: &mut Value) -> Result<Value, ApiError> {
    let context = context(call).map_err(|error| ApiError::validation(error.to_string()))?;
    let body = call["body"].take();
    match call["call"].as_str().unwrap_or_default() {
        "GetMessages" => port.get_messages(&context, read(body)?).await.map(|answer| json!(answer)),
        "AcknowledgeMessage" => port.acknowledge_message(&context, read(body)?).await.map(|()| Value::Null),
        "SendReply" => port.send_reply(&context, read(body)?).await.map(|()| Value::Null),
        "FailMessage" => port.fail_message(&context, read(body)?).await.map(|()| Value::Null),
        "DeleteMessage" => port.delete_message(&context, read(body)?).await.map(|()| Value::Null),
        other => Err(ApiError::new(ErrorCode::UnknownOperationException, other)),
    }
}

fn context(call: &Value) -> Result<CallerContext, serde_json::Error> {
    let principal = match &call["node"] {
        Value::Null => Principal::Operator(serde_json::from_value(json!("operator"))?),
        node => Principal::Node(serde_json::from_value(node.clone())?),
    };
    let account = serde_json::from_value(call["account"].clone())?;
    let request: RequestId = serde_json::from_value(call["request"].clone())?;
    Ok(CallerContext::new(account, principal, request))
}

fn read<T: serde::de::DeserializeOwned>(body: Value) -> Result<T, ApiError> {
    serde_json::from_value(body).map_err(|error| ApiError::validation(error.to_string()))
}
