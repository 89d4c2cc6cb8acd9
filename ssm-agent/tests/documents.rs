//! What documents ask of an agent beyond scripts: other documents, values of the parameter store, variables. With real
//! processes.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use ssm_agent::{Agent, AgentParts, Settings};
use ssm_core::api::{
    AcknowledgeMessageRequest, ApiError, DeleteMessageRequest, FailMessageRequest, GetMessagesRequest,
    GetMessagesResponse, NodeResponse, SendReplyRequest, UpdateInstanceInformationResponse,
};
use ssm_core::document::{DocumentLocation, Parameters, StepStatus, StoreReference, StoreValues};
use ssm_core::ids::{CommandId, InstanceId, MessageId};
use ssm_core::message::{Message, Payload, PluginResult, ReplyPayload, SendCommandPayload, Topic};
use ssm_core::ports::{
    CallerContext, DocumentSource, DocumentSourceError, MemoryDocuments, MessageDelivery, MockNodeApi, NoDocuments,
    NoParameters, ParameterSource, ParameterSourceError,
};
use ssm_core::testing::MemoryParameters;
use ssm_core::time::Timestamp;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

const INSTANCE: &str = "mi-0123456789abcdef0";

/// Hands out what it is given, and passes every reply on.
#[derive(Debug)]
struct Channels {
    messages: Mutex<mpsc::UnboundedReceiver<Message>>,
    replies: mpsc::UnboundedSender<(MessageId, ReplyPayload)>,
}

#[async_trait]
impl MessageDelivery for Channels {
    async fn get_messages(
        &self,
        _context: &CallerContext,
        request: GetMessagesRequest,
    ) -> Result<GetMessagesResponse, ApiError> {
        let message = self.messages.lock().await.recv().await.unwrap();
        Ok(GetMessagesResponse::new(request.destination, request.messages_request_id, vec![message]))
    }

    async fn acknowledge_message(&self, _: &CallerContext, _: AcknowledgeMessageRequest) -> Result<(), ApiError> {
        Ok(())
    }

    async fn send_reply(&self, _: &CallerContext, request: SendReplyRequest) -> Result<(), ApiError> {
        let payload = serde_json::from_str(request.payload.as_str()).unwrap();
        self.replies.send((request.message_id, payload)).unwrap();
        Ok(())
    }

    async fn fail_message(&self, _: &CallerContext, request: FailMessageRequest) -> Result<(), ApiError> {
        panic!("{request:?}")
    }

    async fn delete_message(&self, _: &CallerContext, _: DeleteMessageRequest) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Where an agent gets what documents ask for.
struct Sources {
    documents: Arc<dyn DocumentSource>,
    parameters: Arc<dyn ParameterSource>,
}

impl From<Arc<dyn DocumentSource>> for Sources {
    fn from(documents: Arc<dyn DocumentSource>) -> Self {
        Self { documents, parameters: Arc::new(NoParameters) }
    }
}

/// Runs a document as a command, which is cancelled when `cancel` says so, and gives its final reply.
async fn run_until(document: &Value, sources: Sources, cancel: impl Future<Output = ()>) -> ReplyPayload {
    let instance: InstanceId = INSTANCE.parse().unwrap();
    let command = MessageId::of_command(CommandId::new(Uuid::from_u128(7)), instance.clone());
    let message = |id: &MessageId, topic: Topic, payload: String| {
        let created = Timestamp::from_millis(0);
        Message::new(id.clone(), topic.in_region("us-east-1"), Payload::new(payload), created, None)
    };
    let content = serde_json::value::to_raw_value(document).unwrap();
    let payload =
        SendCommandPayload::new(CommandId::new(command.uuid()), "Outer".to_owned(), content, Parameters::new());
    let (messages, taken) = mpsc::unbounded_channel();
    messages.send(message(&command, Topic::SendCommand, serde_json::to_string(&payload).unwrap())).unwrap();
    let (replies, mut told) = mpsc::unbounded_channel();
    let mut node_api = MockNodeApi::new();
    let pong = UpdateInstanceInformationResponse::default;
    node_api.expect_call().returning(move |_, _| Ok(NodeResponse::UpdateInstanceInformation(pong())));
    let directory = tempfile::tempdir().unwrap();
    let agent = Agent::builder(AgentParts {
        account: "123456789012".parse().unwrap(),
        instance: instance.clone(),
        delivery: Arc::new(Channels { messages: Mutex::new(taken), replies }),
        node_api: Arc::new(node_api),
        settings: Settings::new(directory.path().to_owned()),
    })
    .with_documents(sources.documents)
    .with_parameters(sources.parameters)
    .build();
    let agent = tokio::spawn(agent.run(std::future::pending()));
    let cancelling = async {
        cancel.await;
        let id = MessageId::new(Uuid::from_u128(8), instance.clone());
        let payload = json!({"CancelMessageId": command.to_string()}).to_string();
        messages.send(message(&id, Topic::CancelCommand, payload)).unwrap();
        std::future::pending::<()>().await;
    };
    let ending = async {
        loop {
            let (of, reply): (MessageId, ReplyPayload) = told.recv().await.unwrap();
            if of == command && reply.document_status.is_terminal() {
                return reply;
            }
        }
    };
    let ended = tokio::select! {
        ended = ending => ended,
        () = cancelling => unreachable!("it waits for ever"),
    };
    agent.abort();
    ended
}

/// The one result of a document, and its final status.
fn result(ended: ReplyPayload) -> (PluginResult, StepStatus) {
    let (_, result) = ended.runtime_status.unwrap().into_iter().next().unwrap();
    (result, ended.document_status)
}

async fn run(document: &Value, documents: Arc<dyn DocumentSource>) -> (PluginResult, StepStatus) {
    result(run_until(document, documents.into(), std::future::pending()).await)
}

async fn run_with_store(document: &Value, parameters: impl ParameterSource + 'static) -> ReplyPayload {
    let sources = Sources { documents: Arc::new(NoDocuments), parameters: Arc::new(parameters) };
    run_until(document, sources, std::future::pending()).await
}

fn script(name: &str, lines: &[&str]) -> Value {
    json!({"action": "aws:runShellScript", "name": name, "inputs": {"runCommand": lines}})
}

fn outer() -> Value {
    let inputs =
        json!({"documentType": "SSMDocument", "documentPath": "Inner:2", "documentParameters": {"who": "you"}});
    json!({"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runDocument", "name": "doc", "inputs": inputs}]})
}

#[tokio::test]
async fn the_steps_of_a_nested_document_run_inside_the_step_that_names_it() {
    let inner = json!({
        "schemaVersion": "2.2",
        "parameters": {"who": {"type": "String", "allowedPattern": "^[a-z]+$"}},
        "mainSteps": [script("doc", &["echo hello {{ who }}"]), script("two", &["echo two", "echo aside >&2"])],
    });
    let documents = MemoryDocuments::new([("Inner:2".to_owned(), inner.to_string())]);
    let (result, status) = run(&outer(), Arc::new(documents)).await;
    assert_eq!((status, result.status, result.code), (StepStatus::Success, StepStatus::Success, 0));
    assert_eq!((result.standard_output.as_str(), result.standard_error.as_str()), ("hello you\ntwo\n", "aside\n"));
    assert_eq!(result.name.as_str(), "aws:runDocument");
}

#[tokio::test]
async fn a_document_that_cannot_be_had_fails_the_step_with_the_reason() {
    let pattern = json!({"schemaVersion": "2.2", "parameters": {"who": {"type": "String", "allowedPattern": "^[0-9]+$"}},
        "mainSteps": [script("one", &["true"])]});
    let texts = |text: &str| -> Arc<dyn DocumentSource> {
        Arc::new(MemoryDocuments::new([("Inner:2".to_owned(), text.to_owned())]))
    };
    for (documents, reason) in [
        (Arc::new(NoDocuments) as Arc<dyn DocumentSource>, "this agent has no source of documents"),
        (Arc::new(MemoryDocuments::default()), "there is no such document"),
        (texts(&pattern.to_string()), "Parameter \"who\" does not match its allowed pattern ^[0-9]+$."),
        (texts("{\"schemaVersion\": \"9.9\"}"), "Document with schema version 9.9 is not supported"),
    ] {
        let (result, status) = run(&outer(), documents).await;
        assert_eq!((status, result.status, result.code), (StepStatus::Failed, StepStatus::Failed, 1), "{reason}");
        assert!(result.output.starts_with(reason), "{}", result.output);
    }
}

/// Never gives a document, and tells when it is asked and when it need not go on.
#[derive(Debug)]
struct Endless {
    asked: std::sync::Mutex<Option<oneshot::Sender<()>>>,
    dropped: Arc<()>,
}

#[async_trait]
impl DocumentSource for Endless {
    async fn load(&self, _: &DocumentLocation, _: &Path) -> Result<String, DocumentSourceError> {
        let _held = Arc::clone(&self.dropped);
        self.asked.lock().unwrap().take().unwrap().send(()).unwrap();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_cancel_does_not_wait_for_a_document() {
    let (asked, is_asked) = oneshot::channel();
    let dropped = Arc::new(());
    let source = Arc::new(Endless { asked: std::sync::Mutex::new(Some(asked)), dropped: Arc::clone(&dropped) });
    let sources = Sources::from(Arc::clone(&source) as Arc<dyn DocumentSource>);
    let ended = run_until(&outer(), sources, async { is_asked.await.unwrap() }).await;
    let (result, status) = result(ended);
    assert_eq!((status, result.status, result.code), (StepStatus::Cancelled, StepStatus::Cancelled, 137));
    assert_eq!(Arc::strong_count(&dropped), 2, "the load goes on though nobody waits for it");
}

fn shell(parameter: &Value, lines: &[&str]) -> Value {
    json!({"schemaVersion": "2.2", "parameters": {"p": parameter}, "mainSteps": [script("s", lines)]})
}

#[tokio::test]
async fn values_of_the_parameter_store_are_put_in_before_a_script_runs_and_never_looked_at_again() {
    let store = MemoryParameters::new().with_text("/app/name", "{{ p }} {{ssm:other}}").with_list("words", "one,two");
    let document = shell(
        &json!({"type": "String", "default": "{{ssm:/app/name}}"}),
        &["printf '%s\\n' '{{ p }}' '{{ssm:/app/name}}'"],
    );
    let (one, status) = result(run_with_store(&document, store).await);
    assert_eq!(status, StepStatus::Success);
    assert_eq!(one.standard_output, "{{ p }} {{ssm:other}}\n{{ p }} {{ssm:other}}\n");
}

#[tokio::test]
async fn a_pattern_is_matched_with_the_value_that_the_store_has() {
    let document = shell(
        &json!({"type": "String", "default": "{{ssm:version}}", "allowedPattern": "^[0-9.]+$"}),
        &["echo {{ p }}"],
    );
    let good = run_with_store(&document, MemoryParameters::new().with_text("version", "1.2")).await;
    assert_eq!(result(good).0.standard_output, "1.2\n");
    let bad = run_with_store(&document, MemoryParameters::new().with_text("version", "1; id")).await;
    assert_eq!((bad.document_status, bad.runtime_status.is_none()), (StepStatus::Failed, true));
    assert_eq!(bad.document_trace_output, "Parameter \"p\" does not match its allowed pattern ^[0-9.]+$.");
}

#[tokio::test]
async fn a_command_that_needs_a_value_which_cannot_be_had_fails_with_the_reason() {
    let document = shell(&json!({"type": "String", "default": ""}), &["echo {{ssm:secret}}"]);
    for (store, reason) in [
        (Arc::new(NoParameters) as Arc<dyn ParameterSource>, "the parameter store cannot be asked: none is set up"),
        (Arc::new(MemoryParameters::new()), "the parameter store has no parameter secret"),
        (
            Arc::new(MemoryParameters::new().with_secure("secret")),
            "the parameter secret is a SecureString, which documents cannot refer to with {{ssm:...}}",
        ),
    ] {
        let sources = Sources { documents: Arc::new(NoDocuments), parameters: store };
        let ended = run_until(&document, sources, std::future::pending()).await;
        assert_eq!((ended.document_status, ended.document_trace_output.as_str()), (StepStatus::Failed, reason));
    }
}

/// Never gives a value, and tells when it is asked.
#[derive(Debug)]
struct Silent(std::sync::Mutex<Option<oneshot::Sender<()>>>);

#[async_trait]
impl ParameterSource for Silent {
    async fn get(&self, references: &[StoreReference]) -> Result<StoreValues, ParameterSourceError> {
        assert_eq!(references.len(), 1);
        self.0.lock().unwrap().take().unwrap().send(()).unwrap();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_cancel_does_not_wait_for_the_parameter_store() {
    let (asked, is_asked) = oneshot::channel();
    let sources =
        Sources { documents: Arc::new(NoDocuments), parameters: Arc::new(Silent(std::sync::Mutex::new(Some(asked)))) };
    let document = shell(&json!({"type": "String", "default": ""}), &["echo {{ssm:a}}"]);
    let ended = run_until(&document, sources, async { is_asked.await.unwrap() }).await;
    assert_eq!(ended.document_status, StepStatus::Cancelled);
    assert_eq!(ended.document_trace_output, "cancelled before the first step");
}

#[tokio::test]
async fn a_value_that_is_a_variable_reaches_the_script_whole_and_never_as_code() {
    let hostile = "a'b\"; touch pwned; echo $(id) `id` \\ *\n--";
    let document = shell(
        &json!({"type": "String", "default": hostile, "interpolationType": "ENV_VAR"}),
        &[
            "printf '%s|' {{ p }} \"{{ p }}\" '{{ p }}' \"$(printf %s {{ p }})\"",
            "if [ -z \"${SSM_p+x}\" ]; then SSM_p=\"{{ p }}\"; fi",
            "cat <<E",
            "{{ p }}",
            "E",
            "[ -e pwned ] || echo safe",
        ],
    );
    let (one, status) = result(run_with_store(&document, NoParameters).await);
    assert_eq!((status, one.standard_error.as_str()), (StepStatus::Success, ""));
    assert_eq!(one.standard_output, format!("{hostile}|{hostile}|{hostile}|{hostile}|{hostile}\nsafe\n"));
}
