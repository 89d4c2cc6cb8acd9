//! How steps end, and what their ends mean for the steps behind them.

use super::*;

/// The per-step reports, and the final status; checks what all captures have in common.
fn check(document: &Value, answers: &[(PluginOutcome, &str, &str)], wanted: &[Row<'_>], last: StepStatus) {
    let mut run = run_of(document);
    let reports = drive(&mut run, answers);
    let (final_report, step_reports) = reports.split_last().unwrap();
    let rows: Vec<_> = step_reports.iter().map(|report| row(&report.results[0])).collect();
    assert_eq!(rows, wanted, "{document}");
    assert!(step_reports.iter().all(|report| report.document_status == InProgress && !report.is_final));
    assert_eq!(final_report.document_status, last, "{document}");
    let repeated = if wanted.len() == 1 { step_reports[0].results.clone() } else { Vec::new() };
    assert_eq!(final_report.results, repeated);
    assert_eq!(final_report.counts.values().sum::<u32>() as usize, wanted.len());
    let (mut keys, mut told): (Vec<_>, Vec<_>) = (run.results().map(|(name, _)| name).collect(), Vec::new());
    told.extend(rows.iter().map(|row| row.0.parse::<StepName>().unwrap()));
    keys.sort_unstable();
    told.sort_unstable();
    assert_eq!(keys, told);
    assert!(run.is_finished() && final_report.is_final);
}

#[test]
fn one_step_is_reported_as_the_stock_agent_does() {
    let shell = json!({"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": [{}]}}});
    let key = "aws:runShellScript";
    // Captures 10 and 12.
    check(
        &shell,
        &[(Exited(0), "hi\n", "err\n")],
        &[(key, Success, 0, "hi\n\n----------ERROR-------\nerr\n", "hi\n", "err\n")],
        Success,
    );
    let failure = "failed to run commands: exit status 7";
    let output = format!("before\n\n----------ERROR-------\n{failure}");
    check(&shell, &[(Exited(7), "before\n", "")], &[(key, Failed, 7, &output, "before\n", failure)], Failed);
}

/// Captures 15, 16 and 17.
#[test]
fn steps_that_cannot_run_say_why() {
    let shell = |name: &str| json!({"action": "aws:runShellScript", "name": name, "inputs": {}});
    let other = |action: &str, name: &str| json!({"action": action, "name": name, "inputs": {}});
    let unknown = |name: &str| {
        format!(
            "Plugin with name aws:noSuchPlugin is not supported by this version of ssm agent, please update to latest \
             version. Step name: {name}"
        )
    };
    let good = [(Exited(0), "good\n", "")];
    let good_row = ("good", Success, 0, "good\n", "good\n", "");
    check(
        &json!({"schemaVersion": "2.2", "mainSteps": [other("aws:noSuchPlugin", "bad"), shell("good")]}),
        &good,
        &[("bad", Failed, 1, &unknown("bad"), "", ""), good_row],
        Failed,
    );
    check(
        &json!({"schemaVersion": "1.2", "runtimeConfig": {"aws:noSuchPlugin": {"properties": [{}, {}]}}}),
        &[],
        &[("aws:noSuchPlugin", Failed, 1, &unknown("aws:noSuchPlugin"), "", "")],
        Failed,
    );
    let mut skipped = other("aws:runPowerShellScript", "ps");
    skipped["precondition"] = json!({"StringEquals": ["platformType", "Windows"]});
    let reason = "Step execution skipped due to unsatisfied preconditions: \
        '\"StringEquals\": [platformType, Windows]'. Step name: ps";
    check(
        &json!({"schemaVersion": "2.2", "mainSteps": [skipped, shell("good")]}),
        &good,
        &[("ps", Skipped, 0, reason, "", ""), good_row],
        Success,
    );
    let foreign = "Plugin aws:psModule is not for this platform. Step name: ps";
    let steps = json!([other("aws:psModule", "ps"), shell("good")]);
    let document = json!({"schemaVersion": "2.2", "mainSteps": steps});
    check(&document, &good, &[("ps", Skipped, 0, foreign, "", ""), good_row], Success);
    let missing = "Plugin with name aws:psModule not found. Step name: ps";
    let document = json!({"schemaVersion": "2.0", "mainSteps": steps});
    check(&document, &good, &[("ps", Failed, 1, missing, "", ""), good_row], Failed);
}

#[test]
fn an_unknown_plugin_is_no_failure_where_the_precondition_does_not_hold() {
    for (arguments, status) in [
        (json!(["platformType", "Windows"]), Skipped),
        (json!(["platformType", "Linux"]), Failed),
        (json!(["platformType"]), Failed),
    ] {
        let mut run = run_of(&json!({"schemaVersion": "2.2", "mainSteps": [{"action": "aws:noSuchPlugin", "name": "a",
            "inputs": {}, "precondition": {"StringEquals": arguments}}]}));
        assert_eq!(drive(&mut run, &[])[0].results[0].1.status, status, "{arguments}");
    }
}

/// Captures 22 to 25, and the rules of agent protocol 5.5 that they do not show.
#[test]
fn each_rule_of_flow_ends_as_it_was_seen_to() {
    let err = |code: i32| format!("failed to run commands: exit status {code}");
    let shown = |code: i32| format!("\n----------ERROR-------\n{}", err(code));
    let noted = |code: i32| format!("{}{EXIT_NOTE}", err(code));
    let skip = |name: &str| {
        format!("Plugin with name aws:runShellScript and id {name} skipped due to prior step with an exit condition")
    };
    let ok = (Exited(0), "x\n", "");
    let done = |name| (name, Success, 0, "x\n", "x\n", "");
    let none = json!({});
    check(
        &steps(&[none.clone(), none.clone(), none.clone()]),
        &[ok.clone(), (Exited(3), "", ""), ok.clone()],
        &[done("a"), ("b", Failed, 3, &shown(3), "", &err(3)), done("c")],
        Failed,
    );
    check(
        &steps(&[none.clone(), json!({"onFailure": "exit"}), none.clone()]),
        &[ok.clone(), (Exited(3), "", "")],
        &[done("a"), ("b", Failed, 3, &shown(3), EXIT_NOTE, &noted(3)), ("c", Skipped, 0, &skip("c"), "", "")],
        Failed,
    );
    check(
        &steps(&[json!({"onFailure": "successAndExit"}), none.clone()]),
        &[(Exited(3), "", "")],
        &[("a", Success, 168, &shown(3), EXIT_NOTE, &noted(3)), ("b", Skipped, 0, &skip("b"), "", "")],
        Success,
    );
    check(
        &steps(&[json!({"onFailure": "exit"}), none.clone(), json!({"finallyStep": true})]),
        &[(Exited(4), "", ""), ok.clone()],
        &[("a", Failed, 4, &shown(4), EXIT_NOTE, &noted(4)), ("b", Skipped, 0, &skip("b"), "", ""), done("c")],
        Failed,
    );
    check(
        &steps(&[json!({"onSuccess": "exit"}), json!({"finallyStep": true}), none.clone()]),
        std::slice::from_ref(&ok),
        &[done("a"), ("b", Skipped, 0, &skip("b"), "", ""), ("c", Skipped, 0, &skip("c"), "", "")],
        Success,
    );
    let note = |word: &str, code| {
        format!(
            "\nStep exited with code {code}. Therefore, marking step as {word}. Further document steps will be skipped."
        )
    };
    let success = format!("out{}", note("succeeded", 168));
    check(
        &steps(&[none.clone(), none.clone()]),
        &[(Exited(168), "out", "err")],
        &[("a", Success, 168, "out", &success, ""), ("b", Skipped, 0, &skip("b"), "", "")],
        Success,
    );
    let (out, both) = (format!("out{}", note("Failed", 169)), format!("err{}{}", err(169), note("Failed", 169)));
    let output = format!("out\n----------ERROR-------\nerr{}", err(169));
    check(
        &steps(&[json!({"onFailure": "successAndExit"}), none.clone()]),
        &[(Exited(169), "out", "err")],
        &[("a", Failed, 169, &output, &out, &both), ("b", Skipped, 0, &skip("b"), "", "")],
        Failed,
    );
    // Only a failure triggers onFailure, and a step that could not begin is one.
    check(
        &steps(&[json!({"onFailure": "exit"}), none.clone()]),
        &[(Exited(137), "x", ""), ok],
        &[("a", TimedOut, 137, "x", "x", ""), done("b")],
        TimedOut,
    );
    check(
        &steps(&[json!({"onFailure": "exit"}), none]),
        &[(Broken { code: 0, error: "no such directory".to_owned() }, "", "")],
        &[("a", Failed, 1, "no such directory", EXIT_NOTE, EXIT_NOTE), ("b", Skipped, 0, &skip("b"), "", "")],
        Failed,
    );
}

#[test]
fn notes_survive_the_cut_of_a_long_stream() {
    let long = "x".repeat(30_000);
    let mut run = run_of(&steps(&[json!({"onFailure": "exit"})]));
    let reports = drive(&mut run, &[(Exited(3), &long, &long)]);
    let result = &reports[0].results[0].1;
    assert!(result.standard_output.ends_with(&format!("--output truncated--{EXIT_NOTE}")));
    let tail = format!("--output truncated--failed to run commands: exit status 3{EXIT_NOTE}");
    assert!(result.standard_error.ends_with(&tail));
    assert_eq!(
        (result.standard_output.len(), result.standard_error.len(), result.output.len()),
        (24_000, 24_000, 2_500)
    );
}

#[test]
fn steps_of_one_key_share_one_result_in_which_the_worst_wins() {
    let list = |count: usize| {
        let properties = vec![json!({}); count];
        json!({"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {"properties": properties}}})
    };
    let err = "failed to run commands: exit status 3";
    let output = format!("onetwo\n----------ERROR-------\n{err}two");
    check(
        &list(2),
        &[(Exited(3), "one", ""), (Exited(0), "two", "two")],
        &[("acme:x", Failed, 3, &output, "onetwo", &format!("{err}two"))],
        Failed,
    );
    let note =
        "\nStep exited with code 168. Therefore, marking step as succeeded. Further document steps will be skipped.";
    check(
        &list(3),
        &[(Exited(168), "one", "")],
        &[("acme:x", Success, 168, "one", &format!("one{note}"), "")],
        Success,
    );
    let twice = |names: [&str; 3]| {
        json!({"schemaVersion": "2.2",
            "mainSteps": names.map(|name| json!({"action": "acme:x", "name": name, "inputs": {}}))})
    };
    let ok = |out| (Exited(0), out, "");
    check(
        &twice(["a", "b", "a"]),
        &[ok("1"), ok("2"), ok("3")],
        &[("b", Success, 0, "2", "2", ""), ("a", Success, 0, "13", "13", "")],
        Success,
    );
}

#[test]
fn a_running_step_shows_in_the_results_and_its_inputs_do_not_show_in_debug() {
    let mut run = run_of(&steps(&[json!({"runCommand": ["hunter2"]})]));
    run.handle(RunEvent::Start, at(2));
    let (name, result) = run.results().next().unwrap();
    assert_eq!((name.as_str(), result.status, run.awaited()), ("a", InProgress, Some(StepSerial(0))));
    let actions = drain(&mut run);
    assert!(!format!("{run:?} {actions:?}").contains("hunter2"));
    let RunAction::StartStep(start) = &actions[0] else { panic!("{actions:?}") };
    assert_eq!(start.inputs["runCommand"], json!(["hunter2"]));
}

#[test]
fn neither_ids_nor_outputs_are_shown() {
    let mut run = run_of(&json!({"schemaVersion": "1.2",
        "parameters": {"p": {"type": "String", "default": "hush"}},
        "runtimeConfig": {"aws:runShellScript": {"properties": [
            {"id": "{{ p }}", "runCommand": ["{{ p }}"]}, {"id": "{{ p }}", "runCommand": []}]}}}));
    run.handle(RunEvent::Start, at(0));
    let actions = drain(&mut run);
    let [RunAction::StartStep(start)] = actions.as_slice() else { panic!("{actions:?}") };
    assert_eq!(start.id, "hush");
    let (step, stdout, stderr) = (start.step, captured("hush"), captured("hush"));
    run.handle(RunEvent::StepEnded { step, outcome: Exited(169), stdout, stderr }, at(1));
    let reports = drain(&mut run);
    let (_, result) = run.results().next().unwrap();
    assert!(result.standard_output.contains("hush") && result.status == Failed);
    let shown = format!("{run:?} {actions:?} {reports:?} {result:?}");
    assert!(!shown.contains("hush") && shown.contains("standard_output_bytes"), "{shown}");
}
