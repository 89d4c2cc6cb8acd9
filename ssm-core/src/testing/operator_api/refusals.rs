//! What is refused: with which code, in which words, and without a trace.

use crate::api::{
    AddTagsToResourceRequest, CancelCommandRequest, CreateDocumentRequest, ErrorCode, GetCommandInvocationRequest,
    SendCommandRequest, TargetShape,
};
use crate::document::StepStatus;
use crate::ids::CommandId;
use crate::ports::{OperatorApi, OperatorApiExt};
use crate::record::SubmittedParameters;
use crate::testing::service::{Service, assert_code, instance, operator, script};
use uuid::Uuid;

/// A send that must be refused, and leave nothing behind.
async fn refused(service: &Service, request: SendCommandRequest, code: ErrorCode, what: &str) -> String {
    let error = assert_code(service.try_send(request).await, code, what);
    assert_eq!(service.commands(&operator()).await, [], "a send that is refused has changed nothing: {what}");
    error.message().to_owned()
}

fn to_one() -> SendCommandRequest {
    script().with_instance_ids([instance(1)])
}

/// Changes a request that would be accepted.
fn with(change: impl FnOnce(&mut SendCommandRequest)) -> SendCommandRequest {
    let mut request = to_one();
    change(&mut request);
    request
}

pub(super) async fn a_request_that_breaks_a_constraint_is_told_which(service: &Service) {
    service.register([1]).await;
    let long = "x".repeat(101);
    let cases = [
        (
            to_one().with_limits("0", "0"),
            "Value '0' at 'maxConcurrency' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             ^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$",
        ),
        (
            to_one().with_limits("1", "101%"),
            "Value '101%' at 'maxErrors' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             ^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$",
        ),
        (
            to_one().with_timeout_seconds(29),
            "Value '29' at 'timeoutSeconds' failed to satisfy constraint: Member must have value greater than or equal \
             to 30",
        ),
        (
            to_one().with_timeout_seconds(2_592_001),
            "Value '2592001' at 'timeoutSeconds' failed to satisfy constraint: Member must have value less than or equal \
             to 2592000",
        ),
        (
            with(|request| request.document_name = String::new()),
            "Value at 'documentName' failed to satisfy constraint: Member must not be null",
        ),
        (
            with(|request| request.document_name = "a b".to_owned()),
            "Value 'a b' at 'documentName' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             ^[a-zA-Z0-9_\\-.:/]{3,128}$",
        ),
        (
            with(|request| request.document_version = Some("0".to_owned())),
            "Value '0' at 'documentVersion' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: ([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)",
        ),
        (
            with(|request| request.document_hash_type = Some("Md5".to_owned())),
            "Value 'Md5' at 'documentHashType' failed to satisfy constraint: Member must satisfy enum value set: [Sha256, Sha1]",
        ),
        (
            with(|request| request.instance_ids = vec!["i-1".to_owned()]),
            "Value '[i-1]' at 'instanceIds' failed to satisfy constraint: Member must satisfy constraint: [Member must \
             satisfy regular expression pattern: (^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)]",
        ),
        (
            script().with_instance_ids((1..=51).map(instance)),
            "Value at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to 50",
        ),
    ];
    for (request, sentence) in cases {
        let message = refused(service, request, ErrorCode::ValidationException, sentence).await;
        assert_eq!(message, format!("1 validation error detected: {sentence}"), "a broken constraint has its sentence");
    }
    let request = to_one().with_comment(&*long).with_limits("-1", "x");
    let message = refused(service, request, ErrorCode::ValidationException, "three broken constraints").await;
    assert!(message.starts_with("3 validation errors detected: Value 'xxx"), "all that is broken is told: {message}");
}

pub(super) async fn a_command_that_cannot_be_sent_is_refused_with_its_code(service: &Service) {
    service.register([1, 2]).await;
    let target = |key: &str, values: &[&str]| TargetShape {
        key: key.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let hash = |text: &str| Some(text.to_owned());
    let cases = [
        (script(), ErrorCode::ValidationException, "a command for nobody"),
        (to_one().with_target("tag:a", ["b"]), ErrorCode::ValidationException, "both instances and targets"),
        (
            script().with_instance_ids([1, 2, 1].map(instance)),
            ErrorCode::DuplicateInstanceId,
            "an instance that is named twice",
        ),
        (
            with(|request| request.document_name = "No-Such".to_owned()),
            ErrorCode::InvalidDocument,
            "an unknown document",
        ),
        (
            with(|request| request.document_version = Some("2".to_owned())),
            ErrorCode::InvalidDocumentVersion,
            "an unknown version",
        ),
        (
            with(|request| request.document_version = Some("99999999999".to_owned())),
            ErrorCode::InvalidDocumentVersion,
            "a version that no document can have",
        ),
        (with(|request| request.document_hash = hash("00")), ErrorCode::InvalidDocument, "a hash of something else"),
        (to_one().with_parameter("unknown", ["x"]), ErrorCode::InvalidParameters, "an unknown parameter"),
        (
            with(|request| request.parameters = SubmittedParameters::default()),
            ErrorCode::InvalidParameters,
            "a required parameter that is missing",
        ),
        (
            to_one().with_parameter("executionTimeout", ["soon"]),
            ErrorCode::InvalidParameters,
            "a parameter that breaks its pattern",
        ),
        (
            to_one().with_parameter("commands", ["x".repeat(100_000)]),
            ErrorCode::MaxDocumentSizeExceeded,
            "a command that is too large for a message",
        ),
        (
            with(|request| {
                request.instance_ids.clear();
                request.targets = vec![target("Name", &["x"])];
            }),
            ErrorCode::ValidationException,
            "a target's key that is not served",
        ),
        (
            with(|request| {
                request.instance_ids.clear();
                request.targets = vec![target("tag:x", &[])];
            }),
            ErrorCode::ValidationException,
            "a target without values",
        ),
    ];
    for (request, code, what) in cases {
        refused(service, request, code, what).await;
    }
    let request = script().with_instance_ids([7, 1, 8].map(instance));
    let message = refused(service, request, ErrorCode::InvalidInstanceId, "instances that are not registered").await;
    let unknown =
        format!("Instances [[{}, {}]] not in a valid state for account 123456789012", instance(7), instance(8));
    assert_eq!(message, unknown, "every instance that is not registered is named");
    // The same without any fault is accepted.
    service.try_send(to_one()).await.expect("a request without faults is accepted");
}

pub(super) async fn a_cancel_needs_a_command_and_its_targets(service: &Service) {
    service.register([1, 2]).await;
    let command = service.send([1]).await;
    let unknown = CommandId::new(Uuid::from_u128(1));
    let malformed = CancelCommandRequest { command_id: "no id".to_owned(), ..CancelCommandRequest::default() };
    for (request, code, what) in [
        (CancelCommandRequest::new(unknown), ErrorCode::InvalidCommandId, "a cancel of an unknown command"),
        (malformed, ErrorCode::ValidationException, "a cancel of what is no id"),
        (CancelCommandRequest::default(), ErrorCode::ValidationException, "a cancel of nothing"),
        (
            CancelCommandRequest::new(command).with_instance_ids([1, 2].map(instance)),
            ErrorCode::InvalidInstanceId,
            "a cancel of what is not a target",
        ),
        (
            CancelCommandRequest::new(command).with_instance_ids([1, 1].map(instance)),
            ErrorCode::DuplicateInstanceId,
            "a cancel of one instance twice",
        ),
    ] {
        assert_code(service.now(service.operators.cancel_command(&operator(), request)).await, code, what);
        assert_eq!(service.status(command, 1).await, "Pending", "a cancel that is refused has changed nothing: {what}");
    }
    let answer = service.now(service.operators.cancel_command(&operator(), CancelCommandRequest::new(unknown))).await;
    let error = assert_code(answer, ErrorCode::InvalidCommandId, "a cancel of an unknown command");
    let text = format!("Command id {unknown} does not exist.");
    assert_eq!(error.message(), text, "the text is that of the public service");
}

pub(super) async fn a_command_that_is_over_takes_a_cancel_without_effect(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let message = service.hand_out(command, 1).await;
    service.reply(1, &message, StepStatus::Success, "").await;
    let before = service.invocation(command, 1).await;
    assert_eq!(before.status_details, "Success", "a reply ends an invocation");
    for request in
        [CancelCommandRequest::new(command), CancelCommandRequest::new(command).with_instance_ids([instance(1)])]
    {
        let answer = service.now(service.operators.cancel_command(&operator(), request)).await;
        assert!(answer.is_ok(), "a cancel of what is over is answered well: {answer:?}");
        assert_eq!(service.invocation(command, 1).await, before, "and changes nothing");
        assert_eq!(service.commands(&operator()).await[0].status_details, "Success", "nor the command");
    }
}

/// A document of two steps, since only such ones need a step to be named.
const TWO_STEPS: &str = r#"{"schemaVersion": "2.2", "mainSteps": [
    {"action": "aws:runShellScript", "name": "first", "inputs": {"runCommand": ["true"]}},
    {"action": "aws:runShellScript", "name": "second", "inputs": {"runCommand": ["true"]}}]}"#;

pub(super) async fn an_invocation_is_read_by_its_command_instance_and_step(service: &Service) {
    service.register([1, 2]).await;
    let operators: &dyn OperatorApi = service.operators.as_ref();
    let document = CreateDocumentRequest::new("Two-Steps", TWO_STEPS);
    service.now(operators.create_document(&operator(), document)).await.expect("a good document is stored");
    let request = SendCommandRequest::new("Two-Steps").with_instance_ids([instance(1)]);
    let two = service.try_send(request).await.expect("a stored document can be sent").command_id;
    let one = service.send([1]).await;
    let of = |command, which| GetCommandInvocationRequest::new(command, &instance(which));
    let mut malformed = of(one, 1);
    malformed.instance_id = "me".to_owned();
    let unknown = CommandId::new(Uuid::from_u128(1));
    for (request, code, what) in [
        (of(unknown, 1), ErrorCode::InvocationDoesNotExist, "an invocation of an unknown command"),
        (of(one, 2), ErrorCode::InvocationDoesNotExist, "an invocation on what is not a target"),
        (of(one, 9), ErrorCode::InvocationDoesNotExist, "an invocation on what is not registered"),
        (malformed, ErrorCode::ValidationException, "an instance id of the wrong form"),
        (of(two, 1), ErrorCode::InvalidPluginName, "one of two steps without its name"),
        (of(two, 1).with_plugin_name("third"), ErrorCode::InvalidPluginName, "a step that the document does not have"),
        (of(one, 1).with_plugin_name("first"), ErrorCode::InvalidPluginName, "a step of another document"),
        (of(one, 1).with_plugin_name("abc"), ErrorCode::ValidationException, "a plugin's name that is too short"),
    ] {
        assert_code(service.now(operators.get_command_invocation(&operator(), request)).await, code, what);
    }
    let answer = service.now(operators.get_command_invocation(&operator(), of(unknown, 1))).await;
    let error = assert_code(answer, ErrorCode::InvocationDoesNotExist, "an invocation of an unknown command");
    let text = format!("Invocation not found for {unknown}, {}", instance(1));
    assert_eq!(error.message(), text, "the text is that of the public service");
    for (request, name) in [
        (of(two, 1).with_plugin_name("first"), "first"),
        (of(two, 1).with_plugin_name("second"), "second"),
        (of(one, 1).with_plugin_name("aws:runShellScript"), "aws:runShellScript"),
        (of(one, 1), "aws:runShellScript"),
    ] {
        let got = service.now(operators.get_command_invocation(&operator(), request)).await;
        let got = got.expect("a step can be read from the answer to the send on");
        assert_eq!((&*got.plugin_name, &*got.status_details), (name, "Pending"), "a step is read by its name");
    }
}

pub(super) async fn tags_need_a_managed_instance(service: &Service) {
    service.register([1]).await;
    let tag = |key: &str| [(key.to_owned(), String::new())];
    let of = |which, key| AddTagsToResourceRequest::of_instance(&instance(which), tag(key));
    let mut other_type = of(1, "a");
    other_type.resource_type = "Parameter".to_owned();
    let mut no_id = of(1, "a");
    no_id.resource_id = "somebody".to_owned();
    let many = (0..51).map(|which| (format!("key-{which}"), String::new()));
    for (request, code, what) in [
        (of(9, "a"), ErrorCode::InvalidResourceId, "a tag on what is not registered"),
        (no_id, ErrorCode::InvalidResourceId, "a tag on what is no instance id"),
        (other_type, ErrorCode::InvalidResourceType, "a tag on another type of resource"),
        (of(1, "aws:mine"), ErrorCode::ValidationException, "a tag with a reserved key"),
        (of(1, ""), ErrorCode::ValidationException, "a tag without a key"),
        (
            AddTagsToResourceRequest::of_instance(&instance(1), many),
            ErrorCode::TooManyTagsError,
            "more tags than a resource can have",
        ),
    ] {
        assert_code(service.now(service.operators.add_tags_to_resource(&operator(), request)).await, code, what);
    }
}
