//! Documents inside steps.

use super::*;

/// A step that runs the document at this path.
fn outer(path: &str, more: &Value) -> Value {
    let mut inputs = json!({"documentType": "LocalPath", "documentPath": path});
    inputs.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    inputs
}

/// A document of steps that run documents, with these names and inputs; inputs without a path are a shell step's.
fn document(entries: &[(&str, Value)]) -> Value {
    let step = |(name, inputs): &(&str, Value)| {
        let is_shell = inputs.get("documentPath").is_none();
        let action = if is_shell { "aws:runShellScript" } else { "aws:runDocument" };
        json!({"action": action, "name": name, "inputs": inputs})
    };
    json!({"schemaVersion": "2.2", "mainSteps": entries.iter().map(step).collect::<Vec<_>>()})
}

fn shell(name: &str) -> (&str, Value) {
    (name, json!({}))
}

type Answer<'a> = (PluginOutcome, &'a str, &'a str);

/// The rows of the reports of a run to its end, and its final status.
#[track_caller]
fn check(outermost: &Value, documents: &[(&str, Value)], answers: &[Answer<'_>], wanted: &[Row<'_>], last: StepStatus) {
    let mut run = run_of(outermost);
    let documents = documents.iter().cloned().collect();
    let reports = drive_nested(&mut run, &documents, answers);
    let (final_report, told) = reports.split_last().unwrap();
    let rows: Vec<_> = told.iter().map(|report| row(&report.results[0])).collect();
    assert_eq!(rows, wanted);
    assert!(final_report.is_final && run.is_finished());
    assert_eq!(final_report.document_status, last);
}

fn ok(out: &str) -> Answer<'_> {
    (Exited(0), out, "")
}

const FAILURE: &str = "failed to run commands: exit status 3";

#[test]
fn what_nested_steps_write_is_output_of_the_step_that_runs_their_document() {
    let outermost = document(&[shell("a"), ("doc", outer("d", &json!({}))), shell("z")]);
    check(
        &outermost,
        &[("d", document(&[shell("x"), shell("y")]))],
        &[ok("a"), (Exited(0), "x\n", "e\n"), ok("y\n"), ok("z")],
        &[
            ("a", Success, 0, "a", "a", ""),
            ("doc", Success, 0, "x\ny\n\n----------ERROR-------\ne\n", "x\ny\n", "e\n"),
            ("z", Success, 0, "z", "z", ""),
        ],
        Success,
    );
}

#[test]
fn the_worst_nested_step_decides_and_the_outer_steps_own_rules_follow() {
    let nested = |names: &[&str]| document(&names.iter().map(|name| shell(name)).collect::<Vec<_>>());
    let output = format!("x\n----------ERROR-------\n{FAILURE}");
    let skip = "Plugin with name aws:runShellScript and id z skipped due to prior step with an exit condition";
    let noted = format!("{FAILURE}{EXIT_NOTE}");
    let out_noted = format!("x{EXIT_NOTE}");
    let failed = ("doc", Failed, 1, output.as_str(), "x", FAILURE);
    for (inputs, middle, answers, row, z) in [
        (json!({}), ok(""), 3, failed, ("z", Success, 0, "z", "z", "")),
        (
            json!({"onFailure": "exit"}),
            ok(""),
            2,
            ("doc", Failed, 1, output.as_str(), out_noted.as_str(), noted.as_str()),
            ("z", Skipped, 0, skip, "", ""),
        ),
        (
            json!({"onFailure": "successAndExit"}),
            ok(""),
            2,
            ("doc", Success, 168, output.as_str(), out_noted.as_str(), noted.as_str()),
            ("z", Skipped, 0, skip, "", ""),
        ),
        // Only a failure triggers onFailure.
        (json!({"onFailure": "exit"}), (Exited(137), "", ""), 3, failed, ("z", Success, 0, "z", "z", "")),
    ] {
        let first = if middle.0 == Exited(137) { ok("x") } else { (Exited(3), "x", "") };
        let row = if middle.0 == Exited(137) { ("doc", TimedOut, 137, "x", "x", "") } else { row };
        let last = if row.1 == Success { Success } else { row.1 };
        check(
            &document(&[("doc", outer("d", &inputs)), shell("z")]),
            &[("d", nested(&["x", "y"]))],
            &[first, middle, ok("z")][..answers],
            &[row, z],
            last,
        );
    }
    check(
        &document(&[("doc", outer("d", &json!({"onSuccess": "exit"}))), shell("z")]),
        &[("d", nested(&["x"]))],
        &[ok("x")],
        &[("doc", Success, 0, "x", "x", ""), ("z", Skipped, 0, skip, "", "")],
        Success,
    );
}

#[test]
fn an_exit_condition_inside_skips_later_steps_of_its_own_document_only() {
    let note =
        "\nStep exited with code 168. Therefore, marking step as succeeded. Further document steps will be skipped.";
    let noted = format!("x{note}");
    let last = json!({"finallyStep": true});
    let with_last = format!("{noted}f");
    let outermost = document(&[("doc", outer("d", &json!({}))), shell("z")]);
    let z = ("z", Success, 0, "z", "z", "");
    check(
        &outermost,
        &[("d", document(&[shell("x"), shell("y"), ("f", last)]))],
        &[(Exited(168), "x", "e"), ok("f"), ok("z")],
        &[("doc", Success, 0, &with_last, &with_last, ""), z],
        Success,
    );
    check(
        &outermost,
        &[("d", document(&[shell("x"), shell("y")]))],
        &[(Exited(168), "x", "e"), ok("z")],
        &[("doc", Success, 0, &noted, &noted, ""), z],
        Success,
    );
}

#[test]
fn errors_of_nested_steps_stand_in_the_error_stream() {
    let bad = json!({"schemaVersion": "2.2", "mainSteps": [
        {"action": "aws:runShellScript", "name": "x", "inputs": {}},
        {"action": "aws:noSuchPlugin", "name": "bad", "inputs": {}},
        {"action": "aws:psModule", "name": "elsewhere", "inputs": {}},
    ]});
    let reason = "Plugin with name aws:noSuchPlugin is not supported by this version of ssm agent, please update to \
                  latest version. Step name: bad";
    let (err, output) = (format!("e\n{reason}"), format!("x\n----------ERROR-------\ne\n{reason}"));
    check(
        &document(&[("doc", outer("d", &json!({})))]),
        &[("d", bad)],
        &[(Exited(0), "x", "e")],
        &[("doc", Failed, 1, &output, "x", &err)],
        Failed,
    );
}

#[test]
fn documents_nest_three_deep_and_no_deeper() {
    let inner = |path: &str| document(&[shell("s"), ("doc", outer(path, &json!({})))]);
    let deep = "Documents are nested at most 3 deep.";
    check(
        &inner("1"),
        &[("1", inner("2")), ("2", inner("3")), ("3", document(&[shell("s")]))],
        &[ok("0"), ok("1"), ok("2"), ok("3")],
        &[("s", Success, 0, "0", "0", ""), ("doc", Success, 0, "123", "123", "")],
        Success,
    );
    check(
        &inner("1"),
        &[("1", inner("2")), ("2", inner("3")), ("3", inner("4")), ("4", document(&[shell("s")]))],
        &[ok("0"), ok("1"), ok("2"), ok("3")],
        &[
            ("s", Success, 0, "0", "0", ""),
            ("doc", Failed, 1, &format!("123\n----------ERROR-------\n{deep}"), "123", deep),
        ],
        Failed,
    );
}

#[test]
fn a_step_that_loads_nothing_is_settled_before_anything_is_asked_for() {
    let needs = |what: &str| match what {
        "path" => "Input \"documentPath\" must name a document.",
        _ => "Input \"documentType\" must be SSMDocument or LocalPath.",
    };
    let step = |inputs: Value, more: Value| {
        let mut step = json!({"action": "aws:runDocument", "name": "doc", "inputs": inputs});
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"schemaVersion": "2.2", "mainSteps": [step]})
    };
    let noop = |path: &str| json!({"documentType": "SSMDocument", "documentPath": path});
    let skipped = json!({"precondition": {"StringEquals": ["platformType", "Windows"]}});
    let reason = "Step execution skipped due to unsatisfied preconditions: \
        '\"StringEquals\": [platformType, Windows]'. Step name: doc";
    for (document, status, code, output) in [
        (step(noop("AWS-Noop"), json!({})), Success, 0, ""),
        (step(noop("AWS-Noop:1"), json!({})), Success, 0, ""),
        (step(json!({}), json!({})), Failed, 1, needs("path")),
        (step(json!({"documentType": "Other", "documentPath": "x"}), json!({})), Failed, 1, needs("type")),
        (step(noop("x"), skipped), Skipped, 0, reason),
    ] {
        check(&document, &[], &[], &[("doc", status, code, output, "", "")], status_of_document(status));
    }
    // A file may have the name of the document that does nothing.
    let local = step(json!({"documentType": "LocalPath", "documentPath": "AWS-Noop"}), json!({}));
    check(&local, &[], &[], &[("doc", Failed, 1, "no document AWS-Noop", "", "")], Failed);
}

fn status_of_document(step: StepStatus) -> StepStatus {
    if step == Skipped { Success } else { step }
}

#[test]
fn an_agent_that_may_not_run_nested_documents_treats_the_plugin_like_any_other() {
    let plan = plan_of(&document(&[("doc", outer("d", &json!({})))])).plan;
    for (support, status) in [(PluginSupport::Unknown, Failed), (PluginSupport::OtherPlatform, Skipped)] {
        let mut run = DocumentRun::new(plan.clone(), |_| support);
        let reports = drive(&mut run, &[]);
        assert_eq!(reports[0].results[0].1.status, status);
    }
}

#[test]
fn what_is_asked_for_has_place_parameters_and_depth() {
    let inputs =
        json!({"documentType": "SSMDocument", "documentPath": "Acme:2", "documentParameters": {"p": "hunter2"}});
    let mut run = run_of(&document(&[("doc", inputs)]));
    run.handle(RunEvent::Start, at(0));
    let actions = drain(&mut run);
    let [RunAction::LoadDocument(load)] = &actions[..] else { panic!("{actions:?}") };
    let location = DocumentLocation::SsmDocument { name: "Acme".to_owned(), version: Some("2".to_owned()) };
    assert_eq!((load.step, &load.location, load.depth), (StepSerial(0), &location, 1));
    assert_eq!(load.parameters.get("p"), Some(&json!("hunter2")));
    assert!(!format!("{run:?} {actions:?}").contains("hunter2"));
    // What is asked for again, after a restart of the driver, is the same.
    run.handle(RunEvent::Start, at(1));
    run.handle(RunEvent::Start, at(2));
    assert_eq!(drain(&mut run), actions);
    let (name, result) = run.results().next().unwrap();
    assert_eq!((name.as_str(), result.status, run.awaited()), ("doc", InProgress, Some(StepSerial(0))));
}

#[test]
fn a_load_that_is_not_waited_for_any_longer_changes_nothing() {
    for (event, status) in [(RunEvent::CancelRequested, Cancelled), (RunEvent::TimeReached, TimedOut)] {
        let mut run = run_of(&document(&[("doc", outer("d", &json!({"timeoutSeconds": 9})))]));
        run.handle(RunEvent::Start, at(0));
        drain(&mut run);
        assert_eq!(run.next_deadline(), Some(at(9)));
        run.handle(RunEvent::TimeReached, at(8));
        assert_eq!(drain(&mut run), []);
        run.handle(event, at(9));
        let actions = drain(&mut run);
        let [RunAction::Report(step), RunAction::Report(last)] = &actions[..] else { panic!("{actions:?}") };
        assert_eq!(row(&step.results[0]), ("doc", status, 137, "", "", ""));
        assert_eq!((last.document_status, run.awaited()), (status, None));
        let plan = Ok(plan_of(&document(&[shell("x")])));
        run.handle(RunEvent::DocumentLoaded { step: StepSerial(0), plan }, at(10));
        assert_eq!(drain(&mut run), []);
    }
}

#[test]
fn a_cancel_ends_the_running_nested_step_and_everything_behind_it() {
    let mut run = run_of(&document(&[("doc", outer("d", &json!({}))), shell("z")]));
    run.handle(RunEvent::Start, at(0));
    let plan = Ok(plan_of(&document(&[shell("x"), shell("y")])));
    run.handle(RunEvent::DocumentLoaded { step: StepSerial(0), plan }, at(0));
    drain(&mut run);
    run.handle(RunEvent::CancelRequested, at(1));
    let step = StepSerial(1);
    assert_eq!(drain(&mut run), [RunAction::StopStep { step, reason: StopReason::Cancelled }]);
    let (outcome, stdout, stderr) = (Stopped, captured("x"), captured(""));
    run.handle(RunEvent::StepEnded { step, outcome, stdout, stderr }, at(2));
    let results: Vec<_> = run.results().collect();
    let rows: Vec<_> = results.iter().map(row).collect();
    assert_eq!(rows, [("doc", Cancelled, 137, "x", "x", ""), ("z", Cancelled, 1, "", "", "")]);
    assert!(run.is_finished());
}

#[test]
fn a_reboot_inside_goes_on_inside() {
    let documents = BTreeMap::from([
        ("1", document(&[shell("x"), ("doc", outer("2", &json!({}))), shell("y")])),
        ("2", document(&[shell("r"), shell("s")])),
    ]);
    let mut run = run_of(&document(&[("doc", outer("1", &json!({}))), shell("z")]));
    let reports = drive_nested(&mut run, &documents, &[ok("x"), (Exited(194), "before ", "")]);
    let [step, last] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(row(&step.results[0]), ("doc", SuccessAndReboot, 194, "xbefore ", "xbefore ", ""));
    assert_eq!((last.document_status, last.is_final, run.awaits_reboot()), (SuccessAndReboot, false, true));
    let mut run: DocumentRun = serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap();
    let reports = drive_nested(&mut run, &documents, &[ok("after"), ok("s"), ok("y"), ok("z")]);
    let rows: Vec<_> = reports.iter().flat_map(|report| &report.results).map(row).collect();
    let all = "xbefore aftersy";
    assert_eq!(rows, [("doc", Success, 0, all, all, ""), ("z", Success, 0, "z", "z", "")]);
    assert!(run.is_finished());
}

#[test]
fn all_documents_together_have_at_most_as_many_steps_as_one_may() {
    let many = |count: usize| {
        let properties = vec![json!({}); count];
        json!({"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {"properties": properties}}})
    };
    let outermost = document(&[("a", outer("big", &json!({}))), ("b", outer("big", &json!({})))]);
    let too_many = "All documents together have at most 1000 steps.";
    for (count, wanted) in [(499, None), (500, Some(too_many))] {
        let answers = vec![ok(""); if wanted.is_some() { count } else { 2 * count }];
        let last = ("b", if wanted.is_some() { Failed } else { Success }, i32::from(wanted.is_some()));
        check(
            &outermost,
            &[("big", many(count))],
            &answers,
            &[("a", Success, 0, "", "", ""), (last.0, last.1, last.2, wanted.unwrap_or_default(), "", "")],
            last.1,
        );
    }
}

#[test]
fn a_cut_is_marked_once_however_many_documents_the_output_went_through() {
    let documents = BTreeMap::from([
        ("1", document(&[("doc", outer("2", &json!({})))])),
        ("2", document(&[shell("x"), shell("y")])),
    ]);
    let long = "x".repeat(20_000);
    let mut run = run_of(&document(&[("doc", outer("1", &json!({})))]));
    let reports = drive_nested(&mut run, &documents, &[ok(&long), (Exited(3), &long, "")]);
    let result = &reports[0].results[0].1;
    assert_eq!(result.standard_output, "x".repeat(23_980) + "--output truncated--");
    assert_eq!((result.standard_error.as_str(), result.output.len()), (FAILURE, 2_500));
}
