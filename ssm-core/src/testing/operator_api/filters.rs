//! Filters of listings: what is shown is what is filtered by.

use std::time::Duration;

use crate::api::{
    CancelCommandRequest, Command, CommandInvocation, CreateDocumentRequest, ErrorCode, ListCommandInvocationsRequest,
    ListCommandsRequest, SendCommandRequest,
};
use crate::document::StepStatus;
use crate::ids::CommandId;
use crate::ports::{Clock, OperatorApiExt};
use crate::testing::service::{Service, assert_code, instance, operator, other_operator};

const WORDS: [&str; 8] =
    ["Pending", "InProgress", "Success", "Cancelled", "Failed", "TimedOut", "DeliveryTimedOut", "AccessDenied"];

async fn commands(service: &Service, mut request: ListCommandsRequest) -> Vec<Command> {
    let mut all = Vec::new();
    loop {
        let page = service.now(service.operators.list_commands(&operator(), request.clone())).await;
        let page = page.expect("commands can be listed");
        all.extend(page.commands);
        request.next_token = page.next_token;
        if request.next_token.is_none() {
            return all;
        }
    }
}

async fn invocations(service: &Service, mut request: ListCommandInvocationsRequest) -> Vec<CommandInvocation> {
    let mut all = Vec::new();
    loop {
        let page = service.now(service.operators.list_command_invocations(&operator(), request.clone())).await;
        let page = page.expect("invocations can be listed");
        all.extend(page.command_invocations);
        request.next_token = page.next_token;
        if request.next_token.is_none() {
            return all;
        }
    }
}

/// Commands a second apart in several states, of two documents, for one or two instances; newest first.
async fn fill(service: &Service) -> Vec<CommandId> {
    service.register([1, 2, 3]).await;
    let content = r#"{"schemaVersion": "2.2", "mainSteps": [
        {"action": "aws:runShellScript", "name": "only", "inputs": {"runCommand": ["true"]}}]}"#;
    let create = CreateDocumentRequest::new("My-Document", content);
    service.now(service.operators.create_document(&operator(), create)).await.expect("a good document is stored");
    let mut sent = Vec::new();
    for which in 0..6usize {
        let to = [vec![1], vec![1, 2], vec![1], vec![1, 2], vec![1], vec![2]][which].clone();
        let id = if which < 4 {
            service.send(to).await
        } else {
            let request = SendCommandRequest::new("My-Document").with_instance_ids(to.into_iter().map(instance));
            service.try_send(request).await.expect("a stored document can be sent").command_id
        };
        match which {
            0 | 1 => {
                let message = service.hand_out(id, 1).await;
                let status = if which == 0 { StepStatus::Success } else { StepStatus::Failed };
                service.reply(1, &message, status, "").await;
            }
            2 => {
                let cancel = CancelCommandRequest::new(id);
                service.now(service.operators.cancel_command(&operator(), cancel)).await.expect("it can be cancelled");
            }
            3 => drop(service.hand_out(id, 1).await),
            _ => {}
        }
        sent.insert(0, id);
        service.clock.advance(Duration::from_secs(1));
    }
    sent
}

pub(super) async fn a_filter_by_status_takes_what_is_shown(service: &Service) {
    fill(service).await;
    let all = commands(service, ListCommandsRequest::default()).await;
    let shown: Vec<_> = all.iter().map(|command| command.status.as_str()).collect();
    for wanted in ["Pending", "Success", "Cancelled"] {
        assert!(shown.contains(&wanted), "a command is {wanted} among {shown:?}");
    }
    for word in WORDS {
        let listed = commands(service, ListCommandsRequest::default().with_filter("Status", word)).await;
        let wanted: Vec<_> =
            all.iter().filter(|row| row.status.as_str() == word || row.status_details == word).cloned().collect();
        assert_eq!(listed, wanted, "commands that are shown as {word} are those listed as {word}");
    }
    for (stage, over) in [("Executing", false), ("Complete", true)] {
        let listed = commands(service, ListCommandsRequest::default().with_filter("ExecutionStage", stage)).await;
        let open = ["Pending", "InProgress", "Cancelling"];
        let wanted: Vec<_> = all.iter().filter(|row| open.contains(&row.status.as_str()) != over).cloned().collect();
        assert_eq!(listed, wanted, "commands that are {stage}");
    }
    let all = invocations(service, ListCommandInvocationsRequest::default()).await;
    for word in WORDS {
        let request = ListCommandInvocationsRequest::default().with_filter("Status", word);
        let listed = invocations(service, request).await;
        let wanted: Vec<_> =
            all.iter().filter(|row| row.status.as_str() == word || row.status_details == word).cloned().collect();
        assert_eq!(listed, wanted, "invocations that are shown as {word} are those listed as {word}");
    }
    assert!(all.iter().any(|row| row.status_details == "Cancelled"), "a cancelled invocation is among them");
}

pub(super) async fn filters_by_time_document_and_instance_are_joined(service: &Service) {
    let sent = fill(service).await;
    let all = commands(service, ListCommandsRequest::default()).await;
    assert_eq!(all.iter().map(|row| row.command_id).collect::<Vec<_>>(), sent, "without filters all are listed");
    let ids = |rows: &[Command]| rows.iter().map(|row| row.command_id).collect::<Vec<_>>();
    for from in 0..all.len() {
        // A moment in the form without a fraction is the beginning of its second.
        let at = all[from].requested_date_time;
        let after = ListCommandsRequest::default().with_filter("InvokedAfter", at.to_string());
        assert_eq!(ids(&commands(service, after).await), sent[..=from], "InvokedAfter has its own moment");
        let before = ListCommandsRequest::default().with_filter("InvokedBefore", at.to_string());
        assert_eq!(ids(&commands(service, before).await), sent[from + 1..], "InvokedBefore has not");
        for size in [1, 2, 50] {
            let mut request = ListCommandInvocationsRequest::default()
                .with_filter("InvokedBefore", at.to_string())
                .with_filter("DocumentName", "AWS-RunShellScript")
                .with_filter("InvokedAfter", all[sent.len() - 1].requested_date_time.to_string());
            request.max_results = Some(size);
            let listed: Vec<_> = invocations(service, request).await.iter().map(|row| row.command_id).collect();
            let rows = all[from + 1..].iter().filter(|row| row.document_name == "AWS-RunShellScript");
            let wanted: Vec<_> = rows.flat_map(|row| row.instance_ids.iter().map(|_| row.command_id)).collect();
            assert_eq!(listed, wanted, "filters of invocations are joined, by pages of {size}");
        }
    }
    let mut request = ListCommandsRequest::default().with_filter("DocumentName", "My-Document");
    assert_eq!(ids(&commands(service, request.clone()).await), sent[..2], "commands of a document");
    request.instance_id = Some(instance(2).to_string());
    assert_eq!(ids(&commands(service, request.clone()).await), sent[..1], "of a document on an instance");
    request.command_id = Some(sent[1].to_string());
    assert_eq!(ids(&commands(service, request).await), [], "a command that is not on the instance");
    let one = ListCommandsRequest::of_command(sent[1]);
    assert_eq!(ids(&commands(service, one.clone()).await), [sent[1]], "a command by its id");
    let other = one.with_filter("DocumentName", "AWS-RunShellScript");
    assert_eq!(ids(&commands(service, other).await), [], "a command by its id must pass the filters");
}

pub(super) async fn what_is_older_than_thirty_days_is_not_listed(service: &Service) {
    let start = service.clock.now();
    service.register([1]).await;
    let old = service.send([1]).await;
    service.clock.advance(Duration::from_secs(30 * 24 * 3600));
    let listed = commands(service, ListCommandsRequest::default()).await;
    assert!(listed.iter().any(|row| row.command_id == old), "thirty days are listed");
    service.clock.advance(Duration::from_secs(1));
    let young = service.send([1]).await;
    let everything = ListCommandsRequest::default().with_filter("InvokedAfter", start.to_string());
    let listed: Vec<_> = commands(service, everything).await.iter().map(|row| row.command_id).collect();
    assert_eq!(listed, [young], "what is older than thirty days is not listed");
    let listed = invocations(service, ListCommandInvocationsRequest::default()).await;
    assert_eq!(listed.iter().map(|row| row.command_id).collect::<Vec<_>>(), [young], "nor are its invocations");
}

pub(super) async fn filters_that_do_not_go_together_are_refused(service: &Service) {
    service.register([1]).await;
    service.send([1]).await;
    let of = |filters: &[(&str, &str)]| {
        filters.iter().fold(ListCommandsRequest::default(), |it, (key, value)| it.with_filter(*key, *value))
    };
    let mut pending = of(&[("Status", "Pending")]);
    let pending_instance = Some(instance(1).to_string());
    pending.instance_id.clone_from(&pending_instance);
    let unknown =
        |which: u64| ListCommandsRequest { instance_id: Some(instance(which).to_string()), ..Default::default() };
    for (request, code, what) in [
        (of(&[("Status", "Failed"), ("Status", "Success")]), ErrorCode::InvalidFilterKey, "a key that is given twice"),
        (pending, ErrorCode::InvalidFilterKey, "an instance and Pending"),
        (of(&[("Status", "Nonsense")]), ErrorCode::ValidationException, "a status that is none"),
        (of(&[("InvokedAfter", "today")]), ErrorCode::ValidationException, "a time that is none"),
        (of(&[("Nonsense", "x")]), ErrorCode::ValidationException, "a key that is none"),
        (unknown(9), ErrorCode::InvalidInstanceId, "an instance that is not registered"),
        (
            ListCommandsRequest { instance_id: Some("web-1".to_owned()), ..Default::default() },
            ErrorCode::ValidationException,
            "an instance id of the wrong form",
        ),
        (
            ListCommandsRequest { filters: Some(Vec::new()), ..Default::default() },
            ErrorCode::ValidationException,
            "a list of filters without any",
        ),
    ] {
        let invocations = ListCommandInvocationsRequest {
            filters: request.filters.clone(),
            instance_id: request.instance_id.clone(),
            ..ListCommandInvocationsRequest::default()
        };
        let beside_an_instance = request.instance_id == pending_instance && request.filters.is_some();
        assert_code(service.now(service.operators.list_commands(&operator(), request)).await, code, what);
        if beside_an_instance {
            // That rule is of ListCommands alone.
            continue;
        }
        let answer = service.now(service.operators.list_command_invocations(&operator(), invocations)).await;
        assert_code(answer, code, what);
    }
    let malformed = ListCommandsRequest { command_id: Some("x".to_owned()), ..Default::default() };
    let answer = service.now(service.operators.list_commands(&operator(), malformed)).await;
    assert_code(answer, ErrorCode::ValidationException, "a command id of the wrong form");
    let stage = ListCommandInvocationsRequest::default().with_filter("ExecutionStage", "Complete");
    let answer = service.now(service.operators.list_command_invocations(&operator(), stage)).await;
    assert_code(answer, ErrorCode::InvalidFilterKey, "a stage of invocations");
    let answer = service.now(service.operators.list_commands(&other_operator(), unknown(1))).await;
    assert_code(answer, ErrorCode::InvalidInstanceId, "an instance of another account");
}

pub(super) async fn pages_go_on_while_new_commands_come(service: &Service) {
    let sent = fill(service).await;
    let wanted = invocations(service, ListCommandInvocationsRequest::default()).await;
    let wanted: Vec<_> = wanted.into_iter().map(|row| (row.command_id, row.instance_id)).collect();
    let first = sent.len();
    for size in 1..=7 {
        for filtered in [false, true] {
            let known = commands(service, ListCommandsRequest::default()).await;
            let (mut request, mut seen) = (ListCommandsRequest::default(), Vec::new());
            if filtered {
                request = request.with_filter("DocumentName", "AWS-RunShellScript");
            }
            request.max_results = Some(size);
            loop {
                let page = service.now(service.operators.list_commands(&operator(), request.clone())).await;
                let page = page.expect("a listing goes on with the token that it gave");
                seen.extend(page.commands.into_iter().map(|row| row.command_id));
                request.next_token = page.next_token;
                if request.next_token.is_none() {
                    break;
                }
                service.send([3]).await;
                service.clock.advance(Duration::from_millis(1));
            }
            let rows = known.iter().filter(|row| !filtered || row.document_name == "AWS-RunShellScript");
            let known: Vec<_> = rows.map(|row| row.command_id).collect();
            assert_eq!(seen, known, "pages of {size} have what there was at the first page, each once");
        }
        let (mut request, mut seen) = (ListCommandInvocationsRequest::default(), Vec::new());
        request.instance_id = Some(instance(1).to_string());
        request.max_results = Some(size);
        loop {
            let page = service.now(service.operators.list_command_invocations(&operator(), request.clone())).await;
            let page = page.expect("a listing goes on with the token that it gave");
            seen.extend(page.command_invocations.into_iter().map(|row| (row.command_id, row.instance_id)));
            request = request.after(page.next_token);
            if request.next_token.is_none() {
                break;
            }
            service.send([3]).await;
            service.clock.advance(Duration::from_millis(1));
        }
        let known: Vec<_> = wanted.iter().filter(|(_, on)| *on == instance(1)).cloned().collect();
        assert_eq!(seen, known, "pages of {size} of invocations, likewise");
    }
    assert!(first < commands(service, ListCommandsRequest::default()).await.len(), "new ones have come");
}
