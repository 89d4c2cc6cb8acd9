//! What a stock agent and its service said to each other, read into our types and written again.
//!
//! The fixtures are the JSON bodies of recorded exchanges with amazon-ssm-agent 3.3, without headers: schema 1.2 with a
//! repeated delivery, schema 2.2, a script that exits with 7, and a cancel of a running one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ssm_core::api::{
    AcknowledgeMessageRequest, DeleteMessageRequest, FailMessageRequest, GetMessagesRequest, GetMessagesResponse,
    SendReplyRequest,
};
use ssm_core::document::{Document, StepStatus};
use ssm_core::ids::{InstanceId, JournalId};
use ssm_core::message::{
    AdditionalInfo, AgentInfo, CancelPayload, Message, PluginResult, ReplyPayload, SendCommandPayload, Topic,
    hex_sha256,
};
use ssm_core::time::Timestamp;

const FIXTURES: [(&str, &str); 4] = [
    ("schema-1.2", include_str!("fixtures/schema-1.2.json")),
    ("schema-2.2", include_str!("fixtures/schema-2.2.json")),
    ("exit-code-7", include_str!("fixtures/exit-code-7.json")),
    ("cancel-running", include_str!("fixtures/cancel-running.json")),
];

/// One call of an agent, and the answer where it has members.
struct Exchange {
    fixture: &'static str,
    operation: String,
    request: Value,
    response: Option<Value>,
}

fn exchanges() -> Vec<Exchange> {
    let mut all = Vec::new();
    for (fixture, text) in FIXTURES {
        let file: Value = serde_json::from_str(text).unwrap();
        for exchange in file["exchanges"].as_array().unwrap() {
            all.push(Exchange {
                fixture,
                operation: exchange["operation"].as_str().unwrap().to_owned(),
                request: exchange["request"].clone(),
                response: exchange.get("response").cloned(),
            });
        }
    }
    all
}

fn of_operation(operation: &str) -> Vec<Exchange> {
    let found: Vec<Exchange> = exchanges().into_iter().filter(|exchange| exchange.operation == operation).collect();
    assert!(!found.is_empty(), "no {operation} among the fixtures");
    found
}

fn messages() -> Vec<Message> {
    let answers = of_operation("GetMessages").into_iter().filter_map(|exchange| exchange.response);
    answers.flat_map(|answer| serde_json::from_value::<GetMessagesResponse>(answer).unwrap().messages).collect()
}

/// The payload texts of all replies.
fn reply_payloads() -> Vec<String> {
    let replies = of_operation("SendReply");
    replies.into_iter().map(|reply| reply.request["Payload"].as_str().unwrap().to_owned()).collect()
}

/// Reads and writes again: the same JSON value, and so it stays when it is read once more.
#[track_caller]
fn unchanged<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &Value) -> T {
    let read: T = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&read).unwrap(), value);
    assert_eq!(serde_json::from_value::<T>(serde_json::to_value(&read).unwrap()).unwrap(), read);
    read
}

#[test]
fn every_call_of_the_stock_agent_is_read_and_written_without_a_difference() {
    for exchange in exchanges() {
        match exchange.operation.as_str() {
            "GetMessages" => {
                let poll: GetMessagesRequest = unchanged(&exchange.request);
                assert_eq!(poll.visibility_timeout_in_seconds, 10);
                assert_eq!((poll.free_slots, poll.journal_id), (None, None));
            }
            "SendReply" => {
                unchanged::<SendReplyRequest>(&exchange.request);
            }
            "AcknowledgeMessage" => {
                unchanged::<AcknowledgeMessageRequest>(&exchange.request);
                unchanged::<DeleteMessageRequest>(&exchange.request);
            }
            other => panic!("{}: no type for {other}", exchange.fixture),
        }
    }
}

#[test]
fn every_answer_to_a_poll_is_read_and_written_without_a_difference() {
    for exchange in of_operation("GetMessages") {
        let answer: GetMessagesResponse = unchanged(exchange.response.as_ref().unwrap());
        let poll: GetMessagesRequest = serde_json::from_value(exchange.request).unwrap();
        assert_eq!(answer.destination, poll.destination);
        assert_eq!(answer.messages_request_id, poll.messages_request_id);
        assert_eq!(answer.service_time, None);
    }
}

#[test]
fn a_message_that_we_make_of_the_same_parts_is_the_recorded_one() {
    for message in messages() {
        assert_eq!(message.payload_digest, hex_sha256(message.payload.as_str().as_bytes()));
        let (id, payload) = (message.message_id.clone(), message.payload.clone());
        let topic = Topic::of(&message.topic).unwrap().in_region("us-east-1");
        assert_eq!(Message::new(id, topic, payload, message.created_date, None), message);
    }
}

#[test]
fn every_command_payload_is_read_and_written_without_a_difference() {
    let mut documents = 0;
    for message in messages().iter().filter(|message| Topic::of(&message.topic) == Some(Topic::SendCommand)) {
        let text = message.payload.as_str();
        let payload: SendCommandPayload = serde_json::from_str(text).unwrap();
        let wanted: Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&payload).unwrap(), wanted);
        assert_eq!(payload.command_id.uuid(), message.message_id.uuid());
        assert!(text.contains(payload.document_content.get()), "the document's text is not verbatim");
        assert!(Document::parse(payload.document_content.get()).is_ok());
        documents += 1;
    }
    assert_eq!(documents, 5);
}

#[test]
fn the_cancel_payload_names_the_message_of_the_command() {
    let messages = messages();
    let cancel = messages.iter().find(|message| Topic::of(&message.topic) == Some(Topic::CancelCommand)).unwrap();
    let payload: CancelPayload = unchanged(&serde_json::from_str(cancel.payload.as_str()).unwrap());
    assert_ne!(payload.cancel_message_id, cancel.message_id);
    assert!(messages.iter().any(|message| message.message_id == payload.cancel_message_id));
}

#[test]
fn every_reply_payload_is_written_again_byte_by_byte() {
    let payloads = reply_payloads();
    assert_eq!(payloads.len(), 14);
    for text in payloads {
        // Go escapes <, > and & in texts; where it had to, the value is equal but not the text.
        let escaped = ["\\u003c", "\\u003e", "\\u0026"].iter().any(|escape| text.contains(escape));
        let payload: ReplyPayload = unchanged(&serde_json::from_str(&text).unwrap());
        assert!(escaped || serde_json::to_string(&payload).unwrap() == text, "{text}");
    }
}

#[test]
fn escapes_of_go_are_read_as_what_they_stand_for() {
    let text = reply_payloads().into_iter().find(|text| text.contains("ERROR")).unwrap();
    let escaped = text.replace("hi\\n", "\\u003chi\\u003e \\u0026 \\u2028\\n");
    let payload: ReplyPayload = serde_json::from_str(&escaped).unwrap();
    let result = payload.runtime_status.unwrap().into_values().next().unwrap();
    assert_eq!(result.standard_output, "<hi> & \u{2028}\n");
    let ours: ReplyPayload = serde_json::from_str(&text).unwrap();
    assert_eq!(ours.runtime_status.unwrap()[0].standard_output, "hi\n");
}

#[test]
fn the_replies_of_a_cancelled_script_tell_137() {
    let last = reply_payloads().pop().unwrap();
    let payload: ReplyPayload = serde_json::from_str(&last).unwrap();
    let result: &PluginResult = &payload.runtime_status.as_ref().unwrap()["aws:runShellScript"];
    assert_eq!(
        (payload.document_status, result.status, result.code),
        (StepStatus::Cancelled, StepStatus::Cancelled, 137)
    );
}

/// Adds an unknown member to every object inside.
fn with_strangers(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(with_strangers);
            members.insert("fromTheFuture".to_owned(), json!({"deep": [1, null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(with_strangers),
        _ => {}
    }
}

#[test]
fn unknown_members_of_messages_and_calls_are_ignored() {
    fn ignores<T: Serialize + DeserializeOwned>(value: &Value) {
        let mut strange = value.clone();
        with_strangers(&mut strange);
        assert_ne!(&strange, value);
        let read: T = serde_json::from_value(strange).unwrap();
        assert_eq!(&serde_json::to_value(&read).unwrap(), value);
    }
    for exchange in exchanges() {
        match exchange.operation.as_str() {
            "GetMessages" => {
                ignores::<GetMessagesRequest>(&exchange.request);
                ignores::<GetMessagesResponse>(exchange.response.as_ref().unwrap());
            }
            "SendReply" => ignores::<SendReplyRequest>(&exchange.request),
            _ => ignores::<AcknowledgeMessageRequest>(&exchange.request),
        }
    }
    ignores::<FailMessageRequest>(&json!({
        "MessageId": "aws.ssm.4894b86a-49db-40fb-a7d2-e78b776646f0.mi-0a1b2c3d4e5f60718",
        "FailureType": "InternalHandlerException",
    }));
}

#[test]
fn unknown_members_of_a_reply_payload_are_ignored() {
    for text in reply_payloads() {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let wanted: ReplyPayload = serde_json::from_str(&text).unwrap();
        // Keys of these two are not members: statuses and step names.
        let counts = value["additionalInfo"]["runtimeStatusCounts"].take();
        let steps = value["runtimeStatus"].take();
        with_strangers(&mut value);
        value["additionalInfo"]["runtimeStatusCounts"] = counts;
        value["runtimeStatus"] = steps;
        if let Some(steps) = value["runtimeStatus"].as_object_mut() {
            steps.values_mut().for_each(with_strangers);
        }
        assert_eq!(serde_json::from_value::<ReplyPayload>(value).unwrap(), wanted);
    }
}

#[test]
fn null_stands_for_an_absent_member_wherever_a_reply_may_lack_one() {
    let sparse = r#"{"documentStatus":"InProgress"}"#;
    let nulls =
        r#"{"additionalInfo":null,"documentStatus":"InProgress","documentTraceOutput":null,"runtimeStatus":null}"#;
    let wanted = ReplyPayload {
        additional_info: AdditionalInfo::default(),
        document_status: StepStatus::InProgress,
        document_trace_output: String::new(),
        runtime_status: None,
    };
    assert_eq!(serde_json::from_str::<ReplyPayload>(sparse).unwrap(), wanted);
    assert_eq!(serde_json::from_str::<ReplyPayload>(nulls).unwrap(), wanted);

    let agent = json!({"agent": {"lang": null, "name": null, "os": null, "osver": null, "ver": null},
        "dateTime": null, "runId": null, "runtimeStatusCounts": null, "ableToOpenMGSConnection": null});
    assert_eq!(serde_json::from_value::<AdditionalInfo>(agent).unwrap(), AdditionalInfo::default());
    assert_eq!(serde_json::from_value::<AgentInfo>(json!({})).unwrap(), AgentInfo::default());

    let result = json!({"status": "Success", "name": "aws:runShellScript", "output": null,
        "startDateTime": "2026-11-22T03:39:14.546Z", "endDateTime": "2026-11-22T03:39:14.600Z",
        "outputS3BucketName": null, "outputS3KeyPrefix": null, "stepName": null,
        "standardOutput": null, "standardError": null});
    let result: PluginResult = serde_json::from_value(result).unwrap();
    assert_eq!((result.code, result.output.as_str(), result.standard_output.as_str()), (0, "", ""));
}

#[test]
fn a_last_reply_of_several_steps_keeps_its_empty_object() {
    let single = reply_payloads().remove(2);
    let mut payload: ReplyPayload = serde_json::from_str(&single).unwrap();
    payload.runtime_status.as_mut().unwrap().clear();
    let text = serde_json::to_string(&payload).unwrap();
    assert!(text.ends_with(r#""documentTraceOutput":"","runtimeStatus":{}}"#), "{text}");
    assert_eq!(serde_json::from_str::<ReplyPayload>(&text).unwrap(), payload);
}

#[test]
fn our_extensions_are_absent_unless_they_are_set() {
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let exchange = of_operation("GetMessages").remove(0);
    let mut poll: GetMessagesRequest = serde_json::from_value(exchange.request).unwrap();
    let mut answer: GetMessagesResponse = serde_json::from_value(exchange.response.unwrap()).unwrap();
    let plain = (serde_json::to_value(&poll).unwrap(), serde_json::to_value(&answer).unwrap());
    assert_eq!(members(&plain.0), "Destination MessagesRequestId VisibilityTimeoutInSeconds");
    assert_eq!(members(&plain.1), "Destination Messages MessagesRequestId");
    assert_eq!(members(&plain.1["Messages"][0]), "CreatedDate Destination MessageId Payload PayloadDigest Topic");

    let at = Timestamp::from_millis(1_795_318_754_523);
    poll.free_slots = Some(3);
    poll.journal_id = Some(JournalId::new(poll.messages_request_id));
    answer.service_time = Some(at);
    answer.messages[0].delivery_deadline = Some(at);
    let extended = (serde_json::to_value(&poll).unwrap(), serde_json::to_value(&answer).unwrap());
    assert_eq!(extended.0["FreeSlots"], 3);
    assert_eq!(extended.0["JournalId"], extended.0["MessagesRequestId"]);
    assert_eq!(extended.1["ServiceTime"], at.to_string());
    assert_eq!(extended.1["Messages"][0]["DeliveryDeadline"], at.to_string());
    assert_eq!(serde_json::from_value::<GetMessagesRequest>(extended.0).unwrap(), poll);
    assert_eq!(serde_json::from_value::<GetMessagesResponse>(extended.1).unwrap(), answer);
}

#[test]
fn a_poll_that_states_no_visibility_hides_for_ten_seconds() {
    let exchange = of_operation("GetMessages").remove(0);
    let mut request = exchange.request;
    request.as_object_mut().unwrap().remove("VisibilityTimeoutInSeconds");
    let poll: GetMessagesRequest = serde_json::from_value(request).unwrap();
    let destination: InstanceId = poll.destination.clone();
    assert_eq!(poll, GetMessagesRequest::new(destination, poll.messages_request_id));
    assert_eq!(poll.visibility_timeout_in_seconds, 10);
}
