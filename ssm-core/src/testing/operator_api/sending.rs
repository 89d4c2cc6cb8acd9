//! What a send has done when it is answered.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{AddTagsToResourceRequest, CancelCommandRequest, Command, ListCommandsRequest, SendCommandRequest};
use crate::command::{CommandStatus, InvocationStatus};
use crate::ids::CommandId;
use crate::ports::{Clock, OperatorApiExt};
use crate::testing::service::{Service, instance, operator, script};

/// The command as it is listed by its id.
async fn listed(service: &Service, command: CommandId) -> Command {
    let request = ListCommandsRequest::of_command(command);
    let answer = service.now(service.operators.list_commands(&operator(), request)).await;
    let commands = answer.expect("a command can be listed by its id").commands;
    commands.into_iter().next().expect("a command that was answered is listed")
}

pub(super) async fn a_command_that_was_answered_can_be_read_at_once(service: &Service) {
    service.register([1, 2, 3]).await;
    let request = script().with_instance_ids([3, 1].map(instance)).with_limits("25%", "1").with_comment("why");
    let command = service.try_send(request).await.expect("a command for registered instances is accepted");
    let now = service.clock.now();
    assert_eq!(command.requested_date_time, now, "a command was requested when it was accepted");
    // One hour for the delivery, one for the script: the defaults of SendCommand and of the document.
    assert_eq!(command.expires_after, now + Duration::from_secs(7200), "ExpiresAfter is the end of both timeouts");
    assert_eq!((command.status, &*command.status_details), (CommandStatus::Pending, "Pending"), "it is Pending");
    let counts = (command.target_count, command.completed_count, command.error_count);
    assert_eq!(counts, (2, 0, 0), "explicit instances are counted at once");
    let told = (&*command.document_name, &*command.document_version, &*command.comment);
    assert_eq!(told, ("AWS-RunShellScript", "$DEFAULT", "why"), "what was submitted is echoed");
    let told = (&*command.max_concurrency, &*command.max_errors, command.timeout_seconds);
    assert_eq!(told, ("25%", "1", 3600), "limits are echoed, and the timeout has its default");
    assert_eq!(command.instance_ids, [3, 1].map(instance), "the instances are echoed in their order");
    assert_eq!(command.parameters.keys().collect::<Vec<_>>(), ["commands"], "parameters are echoed as submitted");

    let id = command.command_id;
    assert_eq!(listed(service, id).await, command, "a command that was answered is listed as it was answered");
    for which in [1, 3] {
        let got = service.invocation(id, which).await;
        assert_eq!((got.status, got.response_code), (InvocationStatus::Pending, -1), "an unsent invocation is Pending");
        let times = (&got.execution_start_date_time, &got.execution_elapsed_time, &*got.execution_end_date_time);
        assert_eq!(times, (&None, &None, ""), "what has not begun has no times");
        assert_eq!(got.standard_output_content, "", "what has not begun has no output");
        assert_eq!(got.plugin_name, "aws:runShellScript", "in schema 1.2 the step has its plugin's name");
    }
    let instances: Vec<_> = service.listed(id).await.into_iter().map(|row| row.instance_id).collect();
    assert_eq!(instances, [1, 3].map(instance), "each explicit instance has an invocation, listed by its id");
}

pub(super) async fn each_command_has_an_id_of_its_own(service: &Service) {
    service.register([1]).await;
    let mut ids = BTreeSet::new();
    for _ in 0..20 {
        let id = service.send([1]).await;
        assert_eq!(id.to_string().len(), 36, "a command's id is a UUID of 36 characters: {id}");
        assert_eq!(id.uuid().get_version_num(), 4, "a command's id is a random UUID: {id}");
        assert!(ids.insert(id), "two commands never have the same id: {id}");
    }
    assert_eq!(service.commands(&operator()).await.len(), 20, "each call sends a command of its own");
}

pub(super) async fn an_unsent_command_shows_its_cancel_at_once(service: &Service) {
    service.register([1, 2]).await;
    let command = service.send([1, 2]).await;
    let cancel = CancelCommandRequest::new(command).with_instance_ids([instance(1)]);
    service.now(service.operators.cancel_command(&operator(), cancel)).await.expect("a named target can be cancelled");
    let statuses = (service.status(command, 1).await, service.status(command, 2).await);
    assert_eq!(statuses, ("Cancelled".to_owned(), "Pending".to_owned()), "a cancel by name ends what it names");
    for _ in 0..2 {
        let cancel = CancelCommandRequest::new(command);
        let answer = service.now(service.operators.cancel_command(&operator(), cancel)).await;
        assert!(answer.is_ok(), "a command can be cancelled, and again: {answer:?}");
        assert_eq!(service.status(command, 2).await, "Cancelled", "what no agent has shows its cancel at once");
        let details: Vec<_> = service.listed(command).await.into_iter().map(|row| row.status_details).collect();
        assert_eq!(details, ["Cancelled", "Cancelled"], "also in a list");
    }
    let ended = ended(service, command).await;
    assert_eq!((ended.status, ended.completed_count), (CommandStatus::Cancelled, 2), "then the command ends Cancelled");
}

/// The command when it has ended. The service's own motion ends it: looked for until it has.
async fn ended(service: &Service, command: CommandId) -> Command {
    for _ in 0..1000 {
        let command = listed(service, command).await;
        let open = [CommandStatus::Pending, CommandStatus::InProgress, CommandStatus::Cancelling];
        if !open.contains(&command.status) {
            return command;
        }
    }
    panic!("a command whose every invocation has ended ends: {:?}", listed(service, command).await);
}

pub(super) async fn a_command_for_targets_reaches_those_that_match(service: &Service) {
    service.register(1..=4).await;
    for (which, tier) in [(1, "web"), (2, "db"), (3, "web")] {
        let tags = [("tier".to_owned(), tier.to_owned()), ("any".to_owned(), String::new())];
        let request = AddTagsToResourceRequest::of_instance(&instance(which), tags);
        let answer = service.now(service.operators.add_tags_to_resource(&operator(), request)).await;
        assert!(answer.is_ok(), "a registered instance can be tagged: {answer:?}");
    }
    for (request, wanted) in [
        (script().with_target("tag:tier", ["web"]), vec![1, 3]),
        (script().with_target("tag:tier", ["web", "db"]), vec![1, 2, 3]),
        (script().with_target("tag-key", ["any"]), vec![1, 2, 3]),
        (script().with_target("InstanceIds", [instance(2), instance(4)]), vec![2, 4]),
        (script().with_target("tag:tier", ["web"]).with_target("InstanceIds", [instance(3), instance(2)]), vec![3]),
    ] {
        let targets = request.targets.clone();
        let command = service.try_send(request).await.expect("a command for targets is accepted");
        assert_eq!((command.target_count, &command.targets), (0, &targets), "targets are resolved after the answer");
        let mut resolved = command.clone();
        for _ in 0..1000 {
            resolved = listed(service, command.command_id).await;
            if resolved.target_count > 0 {
                break;
            }
        }
        assert_eq!(resolved.target_count as usize, wanted.len(), "the targets are counted when they are resolved");
        let rows = service.listed(command.command_id).await;
        let instances: Vec<_> = rows.into_iter().map(|row| row.instance_id).collect();
        let wanted: Vec<_> = wanted.into_iter().map(instance).collect();
        assert_eq!(instances, wanted, "a command reaches the instances that match every target: {targets:?}");
    }
}

pub(super) async fn a_command_without_a_match_ends_at_once(service: &Service) {
    service.register([1]).await;
    let request: SendCommandRequest = script().with_target("tag:none", ["such"]);
    let command = service.try_send(request).await.expect("a command for targets is accepted, whoever matches");
    let ended = ended(service, command.command_id).await;
    let shown = (ended.status, &*ended.status_details, ended.target_count);
    assert_eq!(shown, (CommandStatus::Success, "NoInstancesInTag", 0), "a command without a match ends at once");
}
