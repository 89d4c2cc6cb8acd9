//! Commands through service, transport and agent, with real processes.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{TestSite, running};
use serde_json::json;
use ssm_core::api::{CancelCommandRequest, ErrorCode, GetCommandInvocationRequest, SendCommandRequest};
use ssm_core::ports::OperatorApiExt;
use ssm_core::testing::ManualClock;

/// Three steps with parameters; the second fails, the third runs all the same.
fn three_steps() -> serde_json::Value {
    json!({
        "schemaVersion": "2.2",
        "description": "Three steps, the second of which fails",
        "parameters": {
            "who": {"type": "String", "default": "world", "allowedPattern": "[a-z ]+"},
            "lines": {"type": "StringList"},
            "code": {"type": "String", "default": "7"}
        },
        "mainSteps": [
            {"action": "aws:runShellScript", "name": "greet", "inputs": {"runCommand": ["echo hello {{ who }}"]}},
            {"action": "aws:runShellScript", "name": "fail", "inputs": {"runCommand": ["echo no >&2", "exit {{ code }}"]}},
            {"action": "aws:runShellScript", "name": "list", "inputs": {"runCommand": "{{ lines }}"}}
        ]
    })
}

#[tokio::test]
async fn a_script_gives_both_streams_and_its_exit_code() {
    let mut site = TestSite::open().await;
    let command = site.send_script(&["echo out", "echo err >&2", "exit 3"]).await;
    let ended = site.wait_for_end(command).await;
    assert_eq!((ended.status.as_str(), ended.status_details.as_str()), ("Failed", "Failed"));
    assert_eq!((ended.target_count, ended.completed_count, ended.error_count), (1, 1, 1));
    let step = site.step(command, None).await;
    assert_eq!((step.status_details.as_str(), step.response_code), ("Failed", 3));
    assert_eq!(step.plugin_name, "aws:runShellScript");
    assert_eq!(step.standard_output_content, "out\n");
    assert_eq!(step.standard_error_content, "err\nfailed to run commands: exit status 3");
    let elapsed = step.execution_elapsed_time.as_deref().unwrap_or_default();
    assert!(elapsed.starts_with("PT"), "{elapsed}");
}

#[tokio::test]
async fn a_script_that_ends_well_is_a_success() {
    let mut site = TestSite::open().await;
    let command = site.send_script(&["echo $SSM_COMMAND_ID $AWS_SSM_INSTANCE_ID; pwd"]).await;
    let ended = site.wait_for_end(command).await;
    assert_eq!((ended.status_details.as_str(), ended.error_count), ("Success", 0));
    let step = site.step(command, None).await;
    assert_eq!((step.status_details.as_str(), step.response_code), ("Success", 0));
    assert!(step.standard_output_content.starts_with(&format!("{command} {}\n", site.site.instance)));
    site.site.stop_agent().await;
    let left: Vec<_> = std::fs::read_dir(site.directory.path()).unwrap().collect();
    assert!(left.is_empty(), "the agent left {left:?} behind");
}

#[tokio::test]
async fn a_failing_step_fails_the_document_and_later_steps_still_run() {
    let mut site = TestSite::open().await;
    site.create_document("three-steps", &three_steps()).await;
    let request = SendCommandRequest::new("three-steps")
        .with_parameter("who", ["you"])
        .with_parameter("lines", ["echo one", "echo two"]);
    let command = site.send(request).await;
    let ended = site.wait_for_end(command).await;
    assert_eq!((ended.status_details.as_str(), ended.error_count), ("Failed", 1));

    let seen = site.invocation(command).await;
    let steps: Vec<_> = seen
        .command_plugins
        .iter()
        .map(|step| (step.name.as_str(), step.status_details.as_str(), step.response_code, step.output.as_str()))
        .collect();
    let failure = "\n----------ERROR-------\nno\nfailed to run commands: exit status 7";
    assert_eq!(
        steps,
        [("greet", "Success", 0, "hello you\n"), ("fail", "Failed", 7, failure), ("list", "Success", 0, "one\ntwo\n")]
    );
    assert_eq!(site.step(command, Some("greet")).await.status_details, "Success");
    assert_eq!(site.step(command, Some("fail")).await.response_code, 7);
}

#[tokio::test]
async fn a_step_of_several_must_be_named() {
    let mut site = TestSite::open().await;
    site.create_document("three-steps", &three_steps()).await;
    let command = site.send(SendCommandRequest::new("three-steps").with_parameter("lines", ["true"])).await;
    site.wait_for_end(command).await;
    let request = GetCommandInvocationRequest::new(command, &site.site.instance);
    let context = site.site.context().unwrap();
    let error = site.site.operators.get_command_invocation(&context, request).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidPluginName);
    assert!(error.message().ends_with("greet, fail, list"), "{error}");
}

#[tokio::test]
async fn parameters_that_break_the_documents_rules_are_refused_and_nothing_is_sent() {
    let site = TestSite::open().await;
    site.create_document("three-steps", &three_steps()).await;
    for (name, values) in [("who", vec!["NO"]), ("who", vec!["a", "b"]), ("unknown", vec!["x"])] {
        let request = SendCommandRequest::new("three-steps")
            .with_parameter("lines", ["true"])
            .with_parameter(name, values)
            .with_instance_ids([&site.site.instance]);
        let context = site.site.context().unwrap();
        let error = site.site.operators.send_command(&context, request).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidParameters, "{name}");
        let sentence = "Parameters provided in document are invalid or not supported.";
        assert!(error.message().starts_with(sentence), "{error}");
        assert!(error.message().contains(name), "{error}");
    }
    let listed = site.site.operators.list_commands(&site.site.context().unwrap(), Default::default()).await.unwrap();
    assert!(listed.commands.is_empty());
}

#[tokio::test]
async fn a_cancel_in_mid_run_kills_the_script_and_keeps_what_it_wrote() {
    let mut site = TestSite::open().await;
    let command = site.send_script(&["echo started", "sleep 300", "echo never"]).await;
    site.wait_for(command, running).await;
    let context = site.site.context().unwrap();
    site.site.operators.cancel_command(&context, CancelCommandRequest::new(command)).await.unwrap();
    let ended = site.wait_for_end(command).await;
    assert_eq!((ended.status.as_str(), ended.status_details.as_str()), ("Cancelled", "Cancelled"));
    assert_eq!((ended.completed_count, ended.error_count), (1, 0));
    let step = site.step(command, Some("aws:runShellScript")).await;
    assert_eq!((step.status_details.as_str(), step.response_code), ("Cancelled", 137));
    assert!(!step.standard_output_content.contains("never"));
}

#[tokio::test]
async fn a_cancel_of_one_named_instance_cancels_it() {
    let mut site = TestSite::open().await;
    let command = site.send_script(&["sleep 300"]).await;
    site.wait_for(command, running).await;
    let request = CancelCommandRequest::new(command).with_instance_ids([&site.site.instance]);
    site.site.operators.cancel_command(&site.site.context().unwrap(), request).await.unwrap();
    assert_eq!(site.wait_for_end(command).await.status_details, "Cancelled");
}

#[tokio::test]
async fn a_cancel_of_what_is_over_changes_nothing() {
    let mut site = TestSite::open().await;
    let command = site.send_script(&["true"]).await;
    site.wait_for_end(command).await;
    let before = site.invocation(command).await;
    site.site
        .operators
        .cancel_command(&site.site.context().unwrap(), CancelCommandRequest::new(command))
        .await
        .unwrap();
    assert_eq!(site.invocation(command).await, before);
    assert_eq!(site.command(command).await.status_details, "Success");
}

#[tokio::test]
async fn a_script_that_outlasts_its_execution_timeout_is_stopped() {
    let clock = Arc::new(ManualClock::default());
    let mut site = TestSite::with_agent_clock(Arc::clone(&clock) as _).await;
    let mark = site.directory.path().join("mark");
    // 5 seconds is the least that an agent honours.
    let request = SendCommandRequest::new("AWS-RunShellScript")
        .with_parameter("commands", ["echo started", &format!(": > {}", mark.display()), "sleep 300"])
        .with_parameter("executionTimeout", ["5"]);
    let command = site.send(request).await;
    while !mark.exists() {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(5));
    let ended = site.wait_for_end(command).await;
    assert_eq!((ended.status.as_str(), ended.status_details.as_str()), ("Failed", "Failed"));
    assert_eq!(ended.error_count, 1);
    let seen = site.invocation(command).await;
    assert_eq!((seen.status.as_str(), seen.status_details.as_str()), ("TimedOut", "ExecutionTimedOut"));
    let step = site.step(command, None).await;
    assert_eq!((step.response_code, step.standard_output_content.as_str()), (137, "started\n"));
}

#[tokio::test]
async fn a_step_that_never_ran_tells_why_where_an_operator_looks() {
    let mut site = TestSite::open().await;
    let request = SendCommandRequest::new("AWS-RunShellScript")
        .with_parameter("commands", ["true"])
        .with_parameter("workingDirectory", ["/no/such/directory"]);
    let command = site.send(request).await;
    assert_eq!(site.wait_for_end(command).await.status_details, "Failed");
    let step = site.step(command, None).await;
    assert_eq!((step.response_code, step.standard_output_content.as_str()), (1, ""));
    assert!(step.standard_error_content.contains("no such file or directory"), "{}", step.standard_error_content);
}

#[tokio::test]
async fn a_step_that_asks_for_a_reboot_fails_with_a_word() {
    let mut site = TestSite::open().await;
    let command = site.send_script(&["echo before", "exit 194"]).await;
    assert_eq!(site.wait_for_end(command).await.status_details, "Failed");
    let step = site.step(command, None).await;
    assert!(step.standard_error_content.contains("asked for a reboot"), "{}", step.standard_error_content);
    assert_eq!((step.status_details.as_str(), step.standard_output_content.as_str()), ("Failed", "before\n"));
}

#[tokio::test]
async fn more_commands_than_workers_all_run_once() {
    let site = TestSite::open().await;
    let marks = site.directory.path().join("marks");
    std::fs::create_dir(&marks).unwrap();
    let mut commands = Vec::new();
    for _ in 0..12 {
        let line = format!("echo run >> {}/$SSM_COMMAND_ID", marks.display());
        commands.push(site.send_script(&[&line]).await);
    }
    for command in commands {
        while site.command(command).await.status_details != "Success" {
            tokio::task::yield_now().await;
        }
        assert_eq!(std::fs::read_to_string(marks.join(command.to_string())).unwrap(), "run\n");
    }
    // Nothing waits for a change any more.
    drop(site);
}

#[tokio::test]
async fn an_agent_that_stops_ends_its_scripts_and_says_so() {
    let mut site = TestSite::open().await;
    let pid_file = site.directory.path().join("pid");
    let lines = [format!("echo $$ > {}", pid_file.display()), "sleep 300".to_owned()];
    let command = site.send_script(&[&lines[0], &lines[1]]).await;
    site.wait_for(command, running).await;
    site.site.stop_agent().await;
    let seen = site.invocation(command).await;
    assert_eq!(seen.status_details, "Failed");
    assert_eq!(seen.trace_output, "interrupted: the agent was stopped");
}
