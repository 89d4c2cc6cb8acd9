//! Where outputs go, who is told, which alarms are watched: kept, shown everywhere, and passed on to agents.

use serde_json::{Value, json};

use crate::api::{
    AlarmConfiguration, CloudWatchOutputConfig, ErrorCode, GetCommandInvocationRequest, NotificationConfig,
    SendCommandRequest,
};
use crate::document::StepStatus;
use crate::message::SendCommandPayload;
use crate::ports::OperatorApiExt;
use crate::testing::service::{Service, assert_code, instance, operator, script};

const ROLE: &str = "arn:aws:iam::123456789012:role/Notify";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:done";

fn to_one() -> SendCommandRequest {
    script().with_instance_ids([instance(1)])
}

fn with_all_options() -> SendCommandRequest {
    let mut request =
        to_one().with_output_in("my-bucket", "team/a").with_notification(ROLE, NotificationConfig::new(TOPIC));
    request.output_s3_region = Some("eu-north-9".to_owned());
    request.cloud_watch_output_config = Some(CloudWatchOutputConfig::to_group("my/group"));
    request.alarm_configuration = Some(AlarmConfiguration::of_alarm("errors", true));
    request
}

pub(super) async fn a_command_without_options_has_every_member(service: &Service) {
    service.register([1]).await;
    let command = service.try_send(to_one()).await.expect("a command for a registered instance is accepted");
    let shown = serde_json::to_value(&command).expect("an answer serializes");
    let wanted = json!({
        "DocumentName": "AWS-RunShellScript", "DocumentVersion": "$DEFAULT", "Comment": "",
        "Parameters": {"commands": ["true"]}, "InstanceIds": [instance(1)], "Targets": [],
        "Status": "Pending", "StatusDetails": "Pending", "MaxConcurrency": "50", "MaxErrors": "0",
        "TargetCount": 1, "CompletedCount": 0, "ErrorCount": 0, "DeliveryTimedOutCount": 0, "TimeoutSeconds": 3600,
        "OutputS3BucketName": "", "OutputS3KeyPrefix": "", "ServiceRole": "",
        "NotificationConfig": {"NotificationArn": "", "NotificationEvents": [], "NotificationType": ""},
        "CloudWatchOutputConfig": {"CloudWatchLogGroupName": "", "CloudWatchOutputEnabled": false},
        "AlarmConfiguration": {"IgnorePollAlarmFailure": false, "Alarms": []}, "TriggeredAlarms": [],
    });
    for (member, value) in wanted.as_object().into_iter().flatten() {
        assert_eq!(shown.get(member), Some(value), "{member} of the answer to SendCommand, sent with no options");
    }
    for member in ["CommandId", "RequestedDateTime", "ExpiresAfter", "OutputS3Region"] {
        assert!(shown.get(member).is_some(), "{member} is in the answer to SendCommand");
    }
    let row = service.listed(command.command_id).await.remove(0);
    let shown = serde_json::to_value(&row).expect("an answer serializes");
    for member in ["StandardOutputUrl", "StandardErrorUrl", "ServiceRole", "TraceOutput"] {
        assert_eq!(shown.get(member), Some(&Value::from("")), "{member} of an invocation without options");
    }
    for member in ["NotificationConfig", "CloudWatchOutputConfig"] {
        assert_eq!(shown.get(member), wanted.get(member), "{member} of an invocation without options");
    }
    assert_eq!(shown.get("CommandPlugins"), Some(&json!([])), "of an unsent invocation no step is shown");
}

pub(super) async fn options_are_shown_and_told_to_the_agent(service: &Service) {
    service.register([1]).await;
    let command = service.try_send(with_all_options()).await.expect("a command with every option is accepted");
    let told = (&*command.output_s3_bucket_name, &*command.output_s3_key_prefix, &*command.service_role);
    assert_eq!(told, ("my-bucket", "team/a", ROLE), "the bucket and the role are echoed");
    assert_ne!(command.output_s3_region, "eu-north-9", "the Region is the service's, not the one submitted");
    let shown = serde_json::to_value(&command).expect("an answer serializes");
    let notification = json!({"NotificationArn": TOPIC, "NotificationEvents": ["All"], "NotificationType": "Command"});
    let log_group = json!({"CloudWatchLogGroupName": "my/group", "CloudWatchOutputEnabled": true});
    let alarms = json!({"IgnorePollAlarmFailure": true, "Alarms": [{"Name": "errors"}]});
    for (member, value) in
        [("NotificationConfig", &notification), ("CloudWatchOutputConfig", &log_group), ("AlarmConfiguration", &alarms)]
    {
        assert_eq!(shown.get(member), Some(value), "{member} is echoed with its defaults");
    }
    let listed = service.commands(&operator()).await;
    assert_eq!(listed, std::slice::from_ref(&command), "a list shows the options as the answer did");

    let id = command.command_id;
    let message = service.messages(1).await.remove(0);
    let payload: SendCommandPayload = serde_json::from_str(message.payload.as_str()).expect("a payload is JSON");
    let told = (&*payload.output_s3_bucket_name, &*payload.output_s3_key_prefix);
    assert_eq!(told, ("my-bucket", "team/a"), "the agent is told of the bucket");
    let told = (&*payload.cloud_watch_log_group_name, &*payload.cloud_watch_output_enabled);
    assert_eq!(told, ("my/group", "true"), "the agent is told of the log group, and a flag is a text");

    let row = service.listed(id).await.remove(0);
    let step = row.command_plugins.first().expect("the only step shows once it was handed out");
    assert_eq!((&*step.status_details, step.response_code), ("InProgress", -1), "it is under way from the hand-out on");
    let told = (&*step.output_s3_bucket_name, &*step.output_s3_region, &*step.standard_output_url);
    assert_eq!(told, ("my-bucket", &*command.output_s3_region, ""), "until a step has ended its output is nowhere");
    let got = service.invocation(id, 1).await;
    assert_eq!((&*got.standard_output_url, &*got.execution_end_date_time), ("", ""), "of what runs there is no output");
    assert_eq!((got.execution_start_date_time, got.execution_elapsed_time), (None, None), "nor a time");

    service.reply(1, &message.message_id, StepStatus::Success, "out").await;
    let (got, row) = (service.invocation(id, 1).await, service.listed(id).await.remove(0));
    let step = row.command_plugins.first().expect("a step that has ended shows");
    let prefix = format!("team/a/{id}/{}/awsrunShellScript", instance(1));
    assert_eq!(step.output_s3_key_prefix, prefix, "a step's prefix ends with its plugin, without colons");
    let region = &command.output_s3_region;
    let url = format!("https://s3.{region}.amazonaws.com/my-bucket/{prefix}/0.awsrunShellScript/stdout");
    for shown in [&step.standard_output_url, &row.standard_output_url, &got.standard_output_url] {
        assert_eq!(*shown, url, "the place of whole outputs");
    }
    let url = url.replace("/stdout", "/stderr");
    for shown in [&step.standard_error_url, &row.standard_error_url, &got.standard_error_url] {
        assert_eq!(*shown, url, "the place of whole errors");
    }
    assert_eq!(serde_json::to_value(&got.cloud_watch_output_config).ok(), Some(log_group.clone()), "also here");
    assert_eq!(serde_json::to_value(&row.cloud_watch_output_config).ok(), Some(log_group), "and here");
    assert_eq!(serde_json::to_value(&row.notification_config).ok(), Some(notification), "and who is told");
    assert_eq!(row.service_role, ROLE, "and as whom");
}

pub(super) async fn a_log_group_without_a_name_is_named_after_the_document(service: &Service) {
    service.register([1]).await;
    let mut request = to_one();
    request.cloud_watch_output_config =
        Some(CloudWatchOutputConfig { cloud_watch_output_enabled: true, ..CloudWatchOutputConfig::default() });
    let command = service.try_send(request).await.expect("a command with a log group is accepted");
    let shown = command.cloud_watch_output_config.cloud_watch_log_group_name;
    assert_eq!(shown.as_deref(), Some(""), "what was submitted is echoed");
    let message = service.messages(1).await.remove(0);
    let payload: SendCommandPayload = serde_json::from_str(message.payload.as_str()).expect("a payload is JSON");
    assert_eq!(payload.cloud_watch_log_group_name, "/aws/ssm/AWS-RunShellScript", "the agent is told of the group");
}

pub(super) async fn options_that_cannot_be_are_refused_in_their_order(service: &Service) {
    service.register([1]).await;
    use ErrorCode as E;
    let told = |role: Option<&str>, topic: Option<&str>| {
        let mut request = to_one();
        request.service_role_arn = role.map(str::to_owned);
        request.notification_config = Some(NotificationConfig {
            notification_arn: topic.map(str::to_owned),
            notification_events: vec!["Failed".to_owned()],
            notification_type: None,
        });
        request
    };
    let mut unread_alarm = to_one();
    unread_alarm.alarm_configuration = Some(AlarmConfiguration::of_alarm("errors", false));
    let mut no_role = to_one();
    no_role.service_role_arn = Some("Notify".to_owned());
    let all_wrong = || {
        let mut request = told(None, Some("done")).with_output_in("no bucket", "");
        request.alarm_configuration = Some(AlarmConfiguration::of_alarm("errors", false));
        request
    };
    let with = |change: &dyn Fn(&mut SendCommandRequest)| {
        let mut request = all_wrong();
        change(&mut request);
        request
    };
    for (request, code, text) in [
        (told(None, Some(TOPIC)), E::InvalidRole, "ServiceRoleArn is a required parameter to enable notification."),
        (no_role, E::InvalidRole, ""),
        (told(Some("arn:aws:iam::123456789012:user/me"), Some(TOPIC)), E::InvalidRole, ""),
        (told(Some(ROLE), Some("done")), E::InvalidNotificationConfig, ""),
        (told(Some(ROLE), None), E::InvalidNotificationConfig, ""),
        (to_one().with_output_in("no/bucket", ""), E::InvalidOutputFolder, ""),
        (unread_alarm, E::ValidationException, "The state of the alarm cannot be read. "),
        // Of several faults the first in the order of checks is told.
        (with(&|it| it.timeout_seconds = Some(1)), E::ValidationException, "1 validation error detected"),
        (with(&|it| it.document_name = "No-Such".to_owned()), E::InvalidDocument, ""),
        (with(&|it| it.document_version = Some("9".to_owned())), E::InvalidDocumentVersion, ""),
        (with(&|it| it.document_hash = Some("00".to_owned())), E::InvalidDocument, ""),
        (with(&|it| it.parameters = Default::default()), E::InvalidParameters, ""),
        (with(&|it| it.instance_ids = vec![instance(1).to_string(); 2]), E::DuplicateInstanceId, ""),
        (with(&|it| it.instance_ids = vec![instance(9).to_string()]), E::InvalidInstanceId, ""),
        (all_wrong(), E::InvalidRole, ""),
        (with(&|it| it.service_role_arn = Some(ROLE.to_owned())), E::InvalidNotificationConfig, ""),
        (with(&|it| it.notification_config = None), E::InvalidOutputFolder, ""),
        (
            with(&|it| (it.notification_config, it.output_s3_bucket_name) = (None, None))
                .with_parameter("commands", ["x".repeat(100_000)]),
            E::ValidationException,
            "The state of the alarm cannot be read. ",
        ),
    ] {
        let error = assert_code(service.try_send(request.clone()).await, code, &format!("{request:?}"));
        assert!(error.message().starts_with(text), "{error} begins with {text:?}");
        assert_eq!(service.commands(&operator()).await, [], "a send that is refused has changed nothing: {error}");
    }
    let mut request = to_one();
    request.service_role_arn = Some(ROLE.to_owned());
    service.try_send(request).await.expect("a role without notifications is accepted");
}

/// Two steps, so that results come one by one.
const TWO_STEPS: &str = r#"{"schemaVersion": "2.2", "mainSteps": [
    {"action": "aws:runShellScript", "name": "first", "inputs": {"runCommand": ["true"]}},
    {"action": "aws:runShellScript", "name": "second", "inputs": {"runCommand": ["true"]}}]}"#;

pub(super) async fn of_several_steps_those_show_that_have_reported_and_all_in_the_end(service: &Service) {
    service.register([1]).await;
    let document = crate::api::CreateDocumentRequest::new("Two-Steps", TWO_STEPS);
    service.now(service.operators.create_document(&operator(), document)).await.expect("a good document is stored");
    let request = SendCommandRequest::new("Two-Steps").with_instance_ids([instance(1)]).with_output_in("my-bucket", "");
    let id = service.try_send(request).await.expect("a stored document can be sent").command_id;
    let message = service.hand_out(id, 1).await;
    assert_eq!(service.listed(id).await[0].command_plugins, [], "until the agent reports, no step shows");
    let reply = |status: &str, steps: Value| json!({"documentStatus": status, "runtimeStatus": steps}).to_string();
    let result = json!({"status": "Success", "code": 0, "name": "aws:runShellScript", "output": "o", "standardOutput": "o",
        "startDateTime": "2027-01-15T08:00:01.000Z", "endDateTime": "2027-01-15T08:00:02.500Z"});
    let payload = crate::message::Payload::new(reply("InProgress", json!({"first": result})));
    service.try_reply(&crate::testing::service::node(1), &message, payload).await.expect("a reply is taken");
    let row = service.listed(id).await.remove(0);
    let names: Vec<_> = row.command_plugins.iter().map(|step| &*step.name).collect();
    assert_eq!((names, &*row.status_details), (vec!["first"], "InProgress"), "a step shows when it has reported");
    let url = &row.command_plugins[0].standard_output_url;
    let place = format!("/my-bucket/{id}/{}/awsrunShellScript/first/stdout", instance(1));
    assert!(url.ends_with(&place), "without a prefix the key begins with the command: {url}");
    assert_eq!(row.standard_output_url, "", "the invocation of several steps has no place of its own");
    let payload = crate::message::Payload::new(reply("Failed", json!({})));
    service.try_reply(&crate::testing::service::node(1), &message, payload).await.expect("a reply is taken");
    let row = service.listed(id).await.remove(0);
    let shown: Vec<_> =
        row.command_plugins.iter().map(|step| (&*step.name, &*step.status_details, step.response_code)).collect();
    assert_eq!(shown, [("first", "Success", 0), ("second", "Failed", -1)], "what never ran stands as the invocation");
    assert_eq!(row.command_plugins[1].standard_output_url, "", "what never ran has no output");
    let request = GetCommandInvocationRequest::new(id, &instance(1)).with_plugin_name("second");
    let got =
        service.now(service.operators.get_command_invocation(&operator(), request)).await.expect("a step is read");
    assert_eq!((&*got.status_details, got.response_code, &*got.standard_output_url), ("Failed", -1, ""), "likewise");
}
