//! What a request may hold, and what is said of one that holds something else.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::api::{ErrorCode, OperatorRequest};
use crate::document::Document;
use crate::engine::{Admission, DocumentHash, NewCommand, admit};
use crate::ids::{CommandId, MessageId};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::message::{Message, Payload};
use crate::record::{Node, NodeInformation, NotificationEvent, NotificationType, Revision, Target, Targeting};
use crate::time::Timestamp;

const ID: &str = "mi-0123456789abcdef0";

fn to_one() -> SendCommandRequest {
    SendCommandRequest::new("my-document").with_instance_ids([ID])
}

/// What a service does with a request first.
fn taken(request: SendCommandRequest) -> Result<NewCommand, ApiError> {
    OperatorRequest::SendCommand(request.clone()).check()?;
    NewCommand::try_from(request)
}

fn refused(request: SendCommandRequest) -> ApiError {
    taken(request).unwrap_err()
}

/// The request breaks exactly one constraint, which is told in this sentence.
#[track_caller]
fn breaks(request: SendCommandRequest, sentence: &str) {
    let error = refused(request);
    assert_eq!(error.code(), ErrorCode::ValidationException);
    let (value_at, member_must) = sentence.split_once(": ").unwrap();
    let told = format!("1 validation error detected: {value_at} failed to satisfy constraint: {member_must}");
    assert_eq!(error.message(), told);
}

#[test]
fn what_is_left_out_has_the_public_defaults() {
    let new = taken(to_one()).unwrap();
    assert_eq!((new.document.as_str(), new.document_version.to_string().as_str()), ("my-document", "$DEFAULT"));
    assert_eq!(new.delivery_timeout, None);
    assert_eq!((new.max_concurrency.to_string(), new.max_errors.to_string()), ("50".to_owned(), "0".to_owned()));
    assert_eq!((new.comment.as_str(), new.document_hash, new.parameters.is_empty()), ("", None, true));
    assert_eq!(new.targeting, Targeting::Instances(vec![ID.parse().unwrap()]));
}

#[test]
fn every_member_that_is_given_is_taken() {
    let mut request = to_one().with_limits("10%", "100%").with_timeout_seconds(30).with_comment("c");
    request.document_version = Some("7".to_owned());
    request.document_hash = Some("ABCDEF01".repeat(8));
    request.document_hash_type = Some("Sha256".to_owned());
    let new = taken(request.with_parameter("commands", ["a", "b"])).unwrap();
    assert_eq!(
        (new.document_version.to_string(), new.document_hash),
        ("7".to_owned(), Some(DocumentHash::sha256(&"abcdef01".repeat(8))))
    );
    assert_eq!((new.delivery_timeout, new.comment.as_str()), (Some(Duration::from_secs(30)), "c"));
    assert_eq!((new.max_concurrency, new.max_errors), (MaxConcurrency::Percent(10), MaxErrors::Percent(100)));
    assert_eq!(new.parameters["commands"], ["a", "b"]);
}

#[test]
fn each_bound_has_its_sentence_of_the_public_service() {
    let edited = |edit: fn(&mut SendCommandRequest)| {
        let mut request = to_one();
        edit(&mut request);
        request
    };
    breaks(edited(|it| it.document_name.clear()), "Value at 'documentName': Member must not be null");
    breaks(
        edited(|it| it.document_name = "a b".to_owned()),
        r"Value 'a b' at 'documentName': Member must satisfy regular expression pattern: ^[a-zA-Z0-9_\-.:/]{3,128}$",
    );
    // What the pattern lets pass may still mean no document.
    assert_eq!(refused(edited(|it| it.document_name = "a/b".to_owned())).code(), ErrorCode::InvalidDocument);
    breaks(
        edited(|it| it.document_version = Some("0".to_owned())),
        "Value '0' at 'documentVersion': \
         Member must satisfy regular expression pattern: ([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)",
    );
    breaks(
        edited(|it| it.document_hash_type = Some("Md5".to_owned())),
        "Value 'Md5' at 'documentHashType': Member must satisfy enum value set: [Sha256, Sha1]",
    );
    let hash = "f".repeat(257);
    breaks(
        edited(|it| it.document_hash = Some("f".repeat(257))),
        &format!("Value '{}' at 'documentHash': Member must have length less than or equal to 256", &hash[..256]),
    );
    let comment = "\u{e9}".repeat(101);
    breaks(
        edited(|it| it.comment = Some("\u{e9}".repeat(101))),
        &format!("Value '{comment}' at 'comment': Member must have length less than or equal to 100"),
    );
    for (seconds, rule) in [(29, "greater than or equal to 30"), (2_592_001, "less than or equal to 2592000")] {
        let sentence = format!("Value '{seconds}' at 'timeoutSeconds': Member must have value {rule}");
        breaks(to_one().with_timeout_seconds(seconds), &sentence);
    }
    assert!(taken(to_one().with_timeout_seconds(2_592_000)).is_ok());
    assert!(taken(to_one().with_comment("\u{e9}".repeat(100))).is_ok());
}

#[test]
fn limits_that_are_none_are_told_with_the_models_patterns() {
    let pattern = "Member must satisfy regular expression pattern:";
    for text in ["0", "101%", "0%", "-1", "1.5", "ten"] {
        let sentence = format!("Value '{text}' at 'maxConcurrency': {pattern} {}", MaxConcurrency::PATTERN);
        breaks(to_one().with_limits(text, "0"), &sentence);
    }
    for text in ["-1", "101%", "01"] {
        let sentence = format!("Value '{text}' at 'maxErrors': {pattern} {}", MaxErrors::PATTERN);
        breaks(to_one().with_limits("1", text), &sentence);
    }
    breaks(
        to_one().with_limits("12345678", "0"),
        "Value '12345678' at 'maxConcurrency': Member must have length less than or equal to 7",
    );
    let both = refused(to_one().with_limits("1", ""));
    assert!(both.message().starts_with("2 validation errors detected: Value '' at 'maxErrors'"), "{both}");
}

#[test]
fn every_broken_constraint_is_told_at_once() {
    let request = to_one().with_limits("0", "-1").with_timeout_seconds(1).with_comment("x".repeat(101));
    let error = refused(SendCommandRequest { document_name: String::new(), ..request });
    assert!(error.message().starts_with("5 validation errors detected: Value at 'documentName'"), "{error}");
    assert_eq!(error.message().matches("; Value '").count(), 4);
}

#[test]
fn a_command_is_for_ids_or_for_targets_and_never_for_neither_or_both() {
    let neither = refused(SendCommandRequest::new("my-document"));
    assert_eq!(neither.code(), ErrorCode::ValidationException);
    let both = refused(to_one().with_target("tag:a", ["b"]));
    assert_eq!(both.code(), ErrorCode::ValidationException);
    assert_ne!(neither.message(), both.message());
    assert!(taken(SendCommandRequest::new("abc").with_target("tag:a", ["b"])).is_ok());
}

#[test]
fn fifty_ids_are_taken_and_more_are_not() {
    let ids = |count: usize| (0..count).map(|n| format!("i-{n:08}")).collect::<Vec<_>>();
    let send = |ids: Vec<String>| taken(SendCommandRequest::new("abc").with_instance_ids(ids));
    assert!(send(ids(50)).is_ok());
    breaks(
        SendCommandRequest::new("abc").with_instance_ids(ids(51)),
        "Value at 'instanceIds': Member must have length less than or equal to 50",
    );
    let foreign = send(vec!["web-1".to_owned()]).unwrap_err();
    assert!(foreign.message().contains("Value '[web-1]' at 'instanceIds'"), "{foreign}");
}

#[test]
fn each_kind_of_target_is_read_and_shown_again_as_it_came() {
    let request = SendCommandRequest::new("abc")
        .with_target("InstanceIds", [ID])
        .with_target("tag:Env", ["Prod", ""])
        .with_target("tag-key", ["A", "B"]);
    let shapes = request.targets.clone();
    let Targeting::Targets(targets) = taken(request).unwrap().targeting else { panic!() };
    let texts = |values: &[&str]| values.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        targets,
        [
            Target::InstanceIds(vec![ID.parse().unwrap()]),
            Target::Tag { key: "Env".to_owned(), values: texts(&["Prod", ""]) },
            Target::TagKey(texts(&["A", "B"])),
        ]
    );
    assert_eq!(targets.iter().map(TargetShape::from).collect::<Vec<_>>(), shapes);
}

#[test]
fn targets_that_mean_nothing_are_refused() {
    let targets = |key: &str, values: &[&str]| SendCommandRequest::new("abc").with_target(key, values);
    for request in [
        targets("tag:", &["a"]),
        targets("resource-groups:Names", &["a"]),
        targets("", &["a"]),
        targets("tag:a", &[]),
        targets("InstanceIds", &["web-1"]),
    ] {
        assert_eq!(refused(request).code(), ErrorCode::ValidationException);
    }
    let six = (0..6).fold(SendCommandRequest::new("abc"), |it, n| it.with_target(format!("tag:{n}"), ["a"]));
    breaks(six, "Value at 'targets': Member must have length less than or equal to 5");
    breaks(
        targets("tag:a", &["b"]).with_target("tag:c", vec!["d"; 51]),
        "Value at 'targets.2.member.values': Member must have length less than or equal to 50",
    );
}

#[test]
fn a_cancel_names_a_command_and_at_most_fifty_instances_once_each() {
    let command: CommandId = "5c47e084-87ea-4467-8d32-d07c87ea60ae".parse().unwrap();
    let cancel = CancelCommandRequest::new(command);
    assert_eq!(cancel.parse().unwrap(), (command, vec![]));
    assert_eq!(cancel.clone().with_instance_ids([ID]).parse().unwrap().1.len(), 1);
    let twice = cancel.clone().with_instance_ids([ID, ID]).parse().unwrap_err();
    assert_eq!(twice.code(), ErrorCode::DuplicateInstanceId);
    let many = cancel.with_instance_ids((0..51).map(|n| format!("i-{n:08}")));
    let many = OperatorRequest::CancelCommand(many).check().unwrap_err();
    assert_eq!(many.code(), ErrorCode::ValidationException);
    for id in ["", "5C47E084-87EA-4467-8D32-D07C87EA60AE", "x"] {
        let request = CancelCommandRequest { command_id: id.to_owned(), instance_ids: Vec::new() };
        assert_eq!(request.parse().unwrap_err().code(), ErrorCode::ValidationException, "{id:?}");
    }
}

#[test]
fn lists_take_pages_of_one_to_fifty() {
    for (size, wanted) in
        [(None, Some(50)), (Some(1), Some(1)), (Some(50), Some(50)), (Some(0), None), (Some(51), None)]
    {
        let commands = ListCommandsRequest { max_results: size, ..ListCommandsRequest::default() };
        let checked = OperatorRequest::ListCommands(commands.clone()).check();
        assert_eq!(checked.ok().map(|()| commands.parse().unwrap().limit), wanted, "{size:?}");
        let invocations = ListCommandInvocationsRequest { max_results: size, ..Default::default() };
        let checked = OperatorRequest::ListCommandInvocations(invocations.clone()).check();
        assert_eq!(checked.ok().map(|()| invocations.parse().unwrap().limit), wanted, "{size:?}");
    }
}

#[test]
fn filters_stand_in_lower_case_on_the_wire_and_each_key_has_its_values() {
    let read: ListCommandsRequest =
        serde_json::from_value(json!({"Filters": [{"key": "Status", "value": "Success"}]})).unwrap();
    assert_eq!(read, ListCommandsRequest::default().with_filter("Status", "Success"));
    // What commands answer, what invocations answer: `None` when they take it.
    use ErrorCode::{InvalidFilterKey as Key, ValidationException as Value};
    for (filters, commands, invocations) in [
        (&[("Status", "Success")][..], None, None),
        (&[("Status", "Cancelling")], None, None),
        (&[("Status", "Incomplete")], None, Some(Value)),
        (&[("Status", "LimitExceeded")], None, Some(Value)),
        (&[("Status", "NoInstancesInTag")], None, Some(Value)),
        (&[("Status", "Delayed")], Some(Value), None),
        (&[("Status", "Undeliverable")], Some(Value), None),
        (&[("Status", "InvalidPlatform")], Some(Value), None),
        (&[("Status", "Terminated")], Some(Value), None),
        (&[("Status", "success")], Some(Value), Some(Value)),
        (&[("Status", "Success"), ("Status", "Failed")], Some(Key), Some(Key)),
        (&[("ExecutionStage", "Executing")], None, Some(Key)),
        (&[("ExecutionStage", "Complete")], None, Some(Key)),
        (&[("ExecutionStage", "Done")], Some(Value), Some(Key)),
        (&[("InvokedAfter", "2024-07-07T00:00:00Z"), ("InvokedBefore", "2024-07-08T00:00:00.5Z")], None, None),
        (&[("InvokedAfter", "yesterday")], Some(Value), Some(Value)),
        (&[("InvokedBefore", "2024-07-07")], Some(Value), Some(Value)),
        (&[("DocumentName", "any text at all")], None, None),
        (&[("DocumentName", "")], Some(Value), Some(Value)),
        (&[("Document", "x")], Some(Value), Some(Value)),
        (&[], Some(Value), Some(Value)),
    ] {
        let filters: Vec<_> = filters.iter().map(|(key, value)| CommandFilter::new(*key, *value)).collect();
        let request = ListCommandsRequest { filters: Some(filters.clone()), ..Default::default() };
        let answer = OperatorRequest::ListCommands(request.clone()).check().and_then(|()| request.parse());
        assert_eq!(answer.err().map(|error| error.code()), commands, "commands, {filters:?}");
        let request = ListCommandInvocationsRequest { filters: Some(filters.clone()), ..Default::default() };
        let answer = OperatorRequest::ListCommandInvocations(request.clone()).check().and_then(|()| request.parse());
        assert_eq!(answer.err().map(|error| error.code()), invocations, "invocations, {filters:?}");
    }
    let six = (0..6).fold(ListCommandsRequest::default(), |it, _| it.with_filter("Status", "Success"));
    let error = OperatorRequest::ListCommands(six).check().unwrap_err();
    assert!(error.message().contains("Value at 'filters' failed to satisfy constraint: Member must have length"));
}

#[test]
fn an_instance_and_the_status_pending_do_not_go_together() {
    let commands = ListCommandsRequest { instance_id: Some(ID.to_owned()), ..Default::default() };
    assert!(commands.clone().with_filter("Status", "InProgress").parse().is_ok());
    let error = commands.with_filter("Status", "Pending").parse().unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidFilterKey);
    let invocations = ListCommandInvocationsRequest { instance_id: Some(ID.to_owned()), ..Default::default() };
    assert!(invocations.with_filter("Status", "Pending").parse().is_ok(), "the rule is of ListCommands");
}

#[test]
fn a_filtered_status_is_one_of_either_vocabulary() {
    let filters = |word| CommandFilters::of_commands(&[CommandFilter::new("Status", word)]).unwrap();
    for (word, status, details, taken) in [
        ("TimedOut", "TimedOut", "DeliveryTimedOut", true),
        ("DeliveryTimedOut", "TimedOut", "DeliveryTimedOut", true),
        ("ExecutionTimedOut", "TimedOut", "DeliveryTimedOut", false),
        ("Failed", "Failed", "Incomplete", true),
        ("Incomplete", "Failed", "Incomplete", true),
        ("Success", "Success", "NoInstancesInTag", true),
        ("LimitExceeded", "Failed", "RateExceeded", true),
        ("LimitExceeded", "Failed", "Failed", false),
    ] {
        assert_eq!(filters(word).takes_status(status, details), taken, "{word} and {status}/{details}");
    }
}

#[test]
fn options_are_read_with_their_defaults_and_none_is_none() {
    let options = |request: SendCommandRequest| taken(request).unwrap().options;
    assert_eq!(options(to_one()), Default::default());
    // Everything about it is absent.
    let request = SendCommandRequest { notification_config: Some(NotificationConfig::default()), ..to_one() };
    assert_eq!(options(request).notification, None);
    let read = options(to_one().with_notification("role", NotificationConfig::new("topic")));
    let notification = read.notification.unwrap();
    assert_eq!((&*read.service_role, &*notification.topic), ("role", "topic"));
    assert_eq!((notification.events, notification.of), (vec![NotificationEvent::All], NotificationType::Command));
    let given = NotificationConfig {
        notification_events: ["Failed", "Success", "Failed"].map(str::to_owned).to_vec(),
        notification_type: Some("Invocation".to_owned()),
        ..NotificationConfig::new("topic")
    };
    let notification = options(to_one().with_notification("role", given)).notification.unwrap();
    let events = vec![NotificationEvent::Failed, NotificationEvent::Success];
    assert_eq!((notification.events, notification.of), (events, NotificationType::Invocation), "each event once");
}

#[test]
fn every_option_has_its_bounds() {
    let request = |value: serde_json::Value| -> SendCommandRequest { serde_json::from_value(value).unwrap() };
    for (member, path) in [
        (json!({"OutputS3Region": "us"}), "outputS3Region"),
        (json!({"OutputS3BucketName": "ab"}), "outputS3BucketName"),
        (json!({"OutputS3BucketName": "a".repeat(64)}), "outputS3BucketName"),
        (json!({"OutputS3KeyPrefix": "a".repeat(501)}), "outputS3KeyPrefix"),
        (json!({"NotificationConfig": {"NotificationType": ""}}), "notificationConfig.notificationType"),
        (json!({"NotificationConfig": {"NotificationEvents": ["Pending"]}}), "notificationConfig.notificationEvents"),
        (
            json!({"CloudWatchOutputConfig": {"CloudWatchLogGroupName": "a b"}}),
            "cloudWatchOutputConfig.cloudWatchLogGroupName",
        ),
        (json!({"AlarmConfiguration": {}}), "alarmConfiguration.alarms"),
        (json!({"AlarmConfiguration": {"Alarms": []}}), "alarmConfiguration.alarms"),
        (json!({"AlarmConfiguration": {"Alarms": [{"Name": "a"}, {"Name": "b"}]}}), "alarmConfiguration.alarms"),
        (json!({"AlarmConfiguration": {"Alarms": [{"Name": " "}]}}), "alarmConfiguration.alarms.1.member.name"),
    ] {
        let mut all = json!({"DocumentName": "my-document", "InstanceIds": [ID]});
        all.as_object_mut().unwrap().extend(member.as_object().unwrap().clone());
        let error = refused(request(all));
        assert!(error.message().contains(&format!(" at '{path}' failed")), "{member}: {error}");
        assert!(error.message().starts_with("1 validation error"), "{member}: {error}");
    }
}

#[test]
fn debug_of_whatever_carries_a_parameter_never_shows_its_value() {
    const SECRET: &str = "hunter2";
    let request = to_one().with_parameter("commands", [SECRET]);
    let new = NewCommand::try_from(request.clone()).unwrap();
    let document = Document::parse(crate::document::predefined::RUN_SHELL_SCRIPT.text).unwrap();
    let (account, now) = ("123456789012".parse().unwrap(), Timestamp::from_millis(1_795_318_754_000));
    let node = Node {
        account: "123456789012".parse().unwrap(),
        instance: ID.parse().unwrap(),
        revision: Revision::NEW,
        registered_at: now,
        pinged_at: now,
        polled_at: Some(now),
        information: NodeInformation::default(),
        tags: BTreeMap::new(),
    };
    let sender = crate::record::Principal::Operator("tester".parse().unwrap());
    let admission = Admission {
        account: &account,
        sender: &sender,
        request: crate::ids::RequestId::new(Uuid::from_u128(3)),
        document: &document,
        version: NonZeroU32::MIN,
        sha256: "",
        nodes: &[Some(node)],
        default_delivery_timeout: NewCommand::DEFAULT_DELIVERY_TIMEOUT,
        id: Uuid::from_u128(1),
        random: 1,
    };
    let (decision, command) = admit(new.clone(), &admission, now).unwrap();
    let crate::engine::Write::InsertCommand { payload, .. } = &decision.batch.writes[0] else { panic!() };
    assert!(payload.as_str().contains(SECRET), "the secret is there to be found");
    let read: crate::message::SendCommandPayload = serde_json::from_str(payload.as_str()).unwrap();
    let id = MessageId::of_command(command.id, ID.parse().unwrap());
    let message = Message::new(id, "topic".to_owned(), Payload::new(payload.as_str()), now, None);
    let shown = SendCommandResponse { command: Command::new(&command, "us-east-1") };
    for text in [
        format!("{request:?}"),
        format!("{:?}", OperatorRequest::SendCommand(request.clone())),
        format!("{new:?}"),
        format!("{command:?}"),
        format!("{shown:?}"),
        format!("{message:?}"),
        format!("{read:?}"),
        format!("{:?}", read.parameters),
        format!("{:?}", decision.batch),
        format!("{decision:#?}"),
    ] {
        assert!(!text.contains(SECRET), "{text}");
    }
}
