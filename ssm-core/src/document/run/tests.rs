use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::PluginOutcome::{Exited, Failed as Broken, Stopped};
use crate::document::StepStatus::{Cancelled, Failed, InProgress, Skipped, Success, SuccessAndReboot, TimedOut};
use crate::document::{Document, Parameters, Platform};

const EXIT_NOTE: &str = "\nStep was found to have onFailure property. Further document steps will be skipped.";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn captured(text: &str) -> CapturedStream {
    let mut stream = CapturedStream::new();
    stream.push(text.as_bytes());
    stream
}

fn support(plugin: &PluginName) -> PluginSupport {
    match plugin.as_str() {
        "aws:noSuchPlugin" => PluginSupport::Unknown,
        "aws:psModule" => PluginSupport::OtherPlatform,
        _ => PluginSupport::Supported,
    }
}

fn run_of(document: &Value) -> DocumentRun {
    let plan =
        Document::parse_lenient(&document.to_string()).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
    DocumentRun::new(plan, support)
}

/// A document of schema 2.2 with shell steps `a`, `b`, ... of these inputs.
fn steps(inputs: &[Value]) -> Value {
    let step = |(index, inputs): (usize, &Value)| {
        let name = char::from_digit(u32::try_from(index).unwrap() + 10, 36).unwrap().to_string();
        json!({"action": "aws:runShellScript", "name": name, "inputs": inputs})
    };
    json!({"schemaVersion": "2.2", "mainSteps": inputs.iter().enumerate().map(step).collect::<Vec<_>>()})
}

fn drain(run: &mut DocumentRun) -> Vec<RunAction> {
    std::iter::from_fn(|| run.poll_action()).collect()
}

/// Drives a run to its end, or to a reboot: each started step answers with the next of `answers`. Gives the reports.
fn drive(run: &mut DocumentRun, answers: &[(PluginOutcome, &str, &str)]) -> Vec<RunReport> {
    let (mut answers, mut reports) = (answers.iter(), Vec::new());
    run.handle(RunEvent::Start, at(0));
    loop {
        let mut started = None;
        for action in drain(run) {
            match action {
                RunAction::StartStep(start) => started = Some(start.step),
                RunAction::Report(report) => reports.push(report),
                RunAction::StopStep { .. } => {}
            }
        }
        let Some(step) = started else { return reports };
        let (outcome, out, err) = answers.next().expect("a step more than expected was started").clone();
        let (stdout, stderr) = (captured(out), captured(err));
        run.handle(RunEvent::StepEnded { step, outcome, stdout, stderr }, at(1));
    }
}

/// What a report says of its one result: key, status, code, output, both streams.
type Row<'a> = (&'a str, StepStatus, i32, &'a str, &'a str, &'a str);

fn row((name, result): &(StepName, StepResult)) -> Row<'_> {
    let StepResult { status, code, output, standard_output, standard_error, .. } = result;
    (name.as_str(), *status, *code, output, standard_output, standard_error)
}

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

/// Starts the first step at 0 s, stops it, answers at 6 s and gives the reports.
fn stopped(event: &RunEvent, outcome: PluginOutcome) -> Vec<RunReport> {
    let mut run = run_of(&steps(&[json!({"timeoutSeconds": 5}), json!({"finallyStep": true})]));
    run.handle(RunEvent::Start, at(0));
    drain(&mut run);
    assert_eq!(run.next_deadline(), Some(at(5)));
    run.handle(RunEvent::TimeReached, at(4));
    assert_eq!(drain(&mut run), []);
    let reason = if *event == RunEvent::TimeReached { StopReason::TimedOut } else { StopReason::Cancelled };
    for _ in 0..2 {
        run.handle(event.clone(), at(5));
    }
    assert_eq!(drain(&mut run), [RunAction::StopStep { step: StepIndex(0), reason }]);
    assert_eq!(run.next_deadline(), None);
    let (stdout, stderr) = (captured("a\n"), captured(""));
    run.handle(RunEvent::StepEnded { step: StepIndex(0), outcome, stdout, stderr }, at(6));
    let mut reports = Vec::new();
    for action in drain(&mut run) {
        match action {
            RunAction::Report(report) => reports.push(report),
            action => assert!(matches!(action, RunAction::StartStep(_)), "{action:?}"),
        }
    }
    reports
}

/// Captures 14 and 26.
#[test]
fn a_stopped_step_says_why_and_one_that_ended_by_itself_keeps_its_outcome() {
    for (event, outcome, status, code) in [
        (RunEvent::TimeReached, Stopped, TimedOut, 137),
        (RunEvent::TimeReached, Exited(137), TimedOut, 137),
        (RunEvent::TimeReached, Exited(0), Success, 0),
        (RunEvent::TimeReached, Exited(3), Failed, 3),
        (RunEvent::CancelRequested, Stopped, Cancelled, 137),
        (RunEvent::CancelRequested, Exited(137), Cancelled, 137),
        (RunEvent::CancelRequested, Exited(0), Success, 0),
        (RunEvent::CancelRequested, Exited(-1), Failed, -1),
        (RunEvent::CancelRequested, Exited(194), Cancelled, 194),
    ] {
        let reports = stopped(&event, outcome.clone());
        let result = &reports[0].results[0].1;
        assert_eq!((result.status, result.code), (status, code), "{event:?} {outcome:?}");
        assert_eq!((result.started_at, result.ended_at), (at(0), at(6)));
        assert!(result.standard_output == "a\n" && result.output.starts_with("a\n"));
        if event == RunEvent::CancelRequested {
            let later = &reports[1].results[0].1;
            assert_eq!((later.status, later.code), (Cancelled, 1), "a final step does not run after a cancel either");
            let worst = if status == Failed { Failed } else { Cancelled };
            assert_eq!(reports[2].document_status, worst);
        } else {
            assert_eq!(reports.len(), 1, "the next step runs after a timeout");
        }
    }
}

#[test]
fn a_cancel_before_the_start_ends_every_step() {
    let mut run = run_of(&steps(&[json!({}), json!({})]));
    run.handle(RunEvent::CancelRequested, at(3));
    let actions = drain(&mut run);
    let [RunAction::Report(_), RunAction::Report(_), RunAction::Report(last)] = &actions[..] else {
        panic!("{actions:?}")
    };
    assert_eq!((last.document_status, &last.counts), (Cancelled, &BTreeMap::from([(Cancelled, 2)])));
    assert!(run.results().all(|(_, result)| (result.status, result.code) == (Cancelled, 1)));
    run.handle(RunEvent::Start, at(4));
    assert_eq!(drain(&mut run), []);
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
fn a_reboot_ends_the_loop_and_the_same_step_runs_again() {
    let mut run = run_of(&steps(&[json!({}), json!({}), json!({})]));
    let reports = drive(&mut run, &[(Exited(0), "a", ""), (Exited(194), "before ", "")]);
    let [_, step, last] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(row(&step.results[0]), ("b", SuccessAndReboot, 194, "before ", "before ", ""));
    assert_eq!((last.document_status, last.is_final), (SuccessAndReboot, false));
    assert_eq!(last.counts, BTreeMap::from([(Success, 1), (SuccessAndReboot, 1)]));
    assert!(run.awaits_reboot() && !run.is_finished());
    let stored = serde_json::to_string(&run).unwrap();
    let mut run: DocumentRun = serde_json::from_str(&stored).unwrap();
    let reports = drive(&mut run, &[(Exited(0), "after", ""), (Exited(0), "c", "")]);
    let rows: Vec<_> = reports.iter().flat_map(|report| &report.results).map(row).collect();
    assert_eq!(rows, [("b", Success, 0, "before after", "before after", ""), ("c", Success, 0, "c", "c", "")]);
    assert_eq!(reports[2].counts, BTreeMap::from([(Success, 3)]));
}

#[test]
fn a_step_is_run_again_at_most_fifteen_times() {
    let mut run = run_of(&steps(&[json!({})]));
    for _ in 0..=DocumentRun::MAX_REBOOTS {
        assert!(!run.is_finished());
        drive(&mut run, &[(Exited(194), "", "")]);
    }
    assert!(run.is_finished());
    let (_, result) = run.results().next().unwrap();
    assert_eq!((result.status, result.code), (Failed, 194));
}

#[test]
fn a_cancel_while_waiting_for_a_reboot_ends_the_run() {
    let mut run = run_of(&steps(&[json!({}), json!({})]));
    drive(&mut run, &[(Exited(194), "x", "")]);
    run.handle(RunEvent::CancelRequested, at(9));
    drain(&mut run);
    let results: Vec<_> =
        run.results().map(|(_, result)| (result.status, result.code, result.standard_output)).collect();
    assert_eq!(results, [(Cancelled, 1, "x".to_owned()), (Cancelled, 1, String::new())]);
    assert!(run.is_finished());
}

#[test]
fn a_running_step_shows_in_the_results_and_its_inputs_do_not_show_in_debug() {
    let mut run = run_of(&steps(&[json!({"runCommand": ["hunter2"]})]));
    run.handle(RunEvent::Start, at(2));
    let (name, result) = run.results().next().unwrap();
    assert_eq!((name.as_str(), result.status, run.running()), ("a", InProgress, Some(StepIndex(0))));
    let actions = drain(&mut run);
    assert!(!format!("{run:?} {actions:?}").contains("hunter2"));
    let RunAction::StartStep(start) = &actions[0] else { panic!("{actions:?}") };
    assert_eq!(start.inputs["runCommand"], json!(["hunter2"]));
}

fn any_document() -> impl Strategy<Value = Value> {
    let flow = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({"onFailure": "exit"})),
        1 => Just(json!({"onFailure": "successAndExit"})),
        1 => Just(json!({"onSuccess": "exit"})),
        1 => Just(json!({"finallyStep": true, "timeoutSeconds": 5})),
    ];
    let plugin = prop_oneof![4 => Just("acme:x"), 1 => Just("aws:noSuchPlugin"), 1 => Just("aws:psModule")];
    let step = (plugin, "[ab]{1,2}", flow)
        .prop_map(|(plugin, name, inputs)| json!({"action": plugin, "name": name, "inputs": inputs}));
    let version = prop_oneof![Just("2.0"), Just("2.2")];
    (version, vec(step, 1..6)).prop_map(|(version, steps)| json!({"schemaVersion": version, "mainSteps": steps}))
}

fn any_outcome() -> impl Strategy<Value = PluginOutcome> {
    let code = prop_oneof![Just(0), Just(3), Just(137), Just(168), Just(169), Just(194), any::<i32>()];
    let broken = any::<i32>().prop_map(|code| Broken { code, error: "broken".to_owned() });
    prop_oneof![4 => code.prop_map(Exited), 1 => broken, 1 => Just(Stopped)]
}

fn any_event() -> impl Strategy<Value = RunEvent> {
    let ended = (0usize..6, any_outcome(), vec(any::<u8>(), 0..9)).prop_map(|(step, outcome, bytes)| {
        let mut stdout = CapturedStream::new();
        stdout.push(&bytes);
        RunEvent::StepEnded { step: StepIndex(step), outcome, stdout, stderr: captured("e") }
    });
    prop_oneof![
        2 => Just(RunEvent::Start),
        8 => ended,
        1 => Just(RunEvent::CancelRequested),
        1 => Just(RunEvent::TimeReached),
    ]
}

/// Answers every started step, and every reboot, until the run is over.
fn finish(run: &mut DocumentRun) -> Vec<RunAction> {
    let mut actions = drain(run);
    for _ in 0..200 {
        if run.is_finished() {
            break;
        }
        let ended =
            |step| RunEvent::StepEnded { step, outcome: Exited(0), stdout: captured("o"), stderr: captured("") };
        run.handle(run.running().map_or(RunEvent::Start, ended), at(50));
        actions.extend(drain(run));
    }
    actions
}

proptest! {
    #[test]
    fn any_events_lead_to_an_end_after_which_nothing_more_comes(
        document in any_document(),
        events in vec((any_event(), 0i64..9000), 0..30),
    ) {
        let mut run = run_of(&document);
        let mut actions = Vec::new();
        for (event, seconds) in &events {
            let was_running = run.running();
            run.handle(event.clone(), at(*seconds));
            let new = drain(&mut run);
            let starts = new.iter().filter(|action| matches!(action, RunAction::StartStep(_))).count();
            prop_assert!(starts <= 1 && (starts == 0 || run.running().is_some()));
            let ended = matches!(event, RunEvent::StepEnded { .. });
            prop_assert!(was_running.is_none() || starts == 0 || ended);
            actions.extend(new);
        }
        actions.extend(finish(&mut run));
        prop_assert!(run.is_finished());
        let reports: Vec<_> = actions.iter().filter_map(|action| match action {
            RunAction::Report(report) => Some(report),
            _ => None,
        }).collect();
        prop_assert_eq!(reports.iter().filter(|report| report.is_final).count(), 1);
        let last = reports.last().unwrap();
        prop_assert!(last.is_final && last.document_status.is_terminal());
        let keys = run.results().count();
        prop_assert_eq!(last.counts.values().sum::<u32>() as usize, keys);
        prop_assert!(run.results().all(|(_, result)| result.status.is_terminal()));
        // Each key was reported with the result that it has at the end, and with no other that is terminal.
        for (name, result) in run.results() {
            let told = reports.iter().filter(|report| !report.is_final && report.document_status == InProgress);
            let told = told.flat_map(|report| &report.results).filter(|(key, _)| *key == name);
            let told: Vec<_> = told.filter(|(_, result)| result.status.is_terminal()).collect();
            prop_assert_eq!(told.len(), 1);
            prop_assert_eq!(&told[0].1, &result);
        }
        for (event, seconds) in events {
            run.handle(event, at(seconds));
            prop_assert_eq!(run.poll_action(), None);
        }
    }

    #[test]
    fn a_stored_run_goes_on_as_if_it_had_not_been(
        document in any_document(),
        events in vec((any_event(), 0i64..9000), 0..30),
        store_at in 0usize..30,
    ) {
        let (mut kept, mut stored) = (run_of(&document), run_of(&document));
        for (index, (event, seconds)) in events.into_iter().enumerate() {
            kept.handle(event.clone(), at(seconds));
            stored.handle(event, at(seconds));
            if index == store_at {
                let text = serde_json::to_string(&stored).unwrap();
                stored = serde_json::from_str(&text).unwrap();
            }
            prop_assert_eq!(drain(&mut kept), drain(&mut stored));
        }
        prop_assert_eq!(finish(&mut kept), finish(&mut stored));
        prop_assert_eq!(kept, stored);
    }
}
