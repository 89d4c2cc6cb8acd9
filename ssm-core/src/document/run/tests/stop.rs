//! Timeouts and cancels.

use super::*;

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
    assert_eq!(drain(&mut run), [RunAction::StopStep { step: StepSerial(0), reason }]);
    assert_eq!(run.next_deadline(), None);
    let (stdout, stderr) = (captured("a\n"), captured(""));
    run.handle(RunEvent::StepEnded { step: StepSerial(0), outcome, stdout, stderr }, at(6));
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

/// Agent protocol 1.8.
#[test]
fn the_final_status_is_that_of_the_worst_step() {
    for (first, second, is_cancelled, wanted) in [
        (Exited(0), Exited(0), false, Success),
        (Exited(137), Exited(0), false, TimedOut),
        (Exited(137), Exited(3), false, Failed),
        (Exited(3), Exited(137), false, Failed),
        (Exited(0), Stopped, true, Cancelled),
        (Exited(137), Stopped, true, TimedOut),
        (Exited(3), Stopped, true, Failed),
        (Exited(0), Exited(0), true, Success),
    ] {
        let mut run = run_of(&steps(&[json!({}), json!({})]));
        run.handle(RunEvent::Start, at(0));
        let end = |serial, outcome: &PluginOutcome| {
            let (step, outcome) = (StepSerial(serial), outcome.clone());
            RunEvent::StepEnded { step, outcome, stdout: captured(""), stderr: captured("") }
        };
        run.handle(end(0, &first), at(1));
        if is_cancelled {
            run.handle(RunEvent::CancelRequested, at(2));
        }
        run.handle(end(1, &second), at(3));
        let Some(RunAction::Report(last)) = drain(&mut run).pop() else { panic!("the run has not ended") };
        assert_eq!((last.document_status, last.is_final), (wanted, true), "{first:?} {second:?} {is_cancelled}");
    }
    let elsewhere = json!({"action": "aws:psModule", "name": "a", "inputs": {}});
    let mut run = run_of(&json!({"schemaVersion": "2.2", "mainSteps": [elsewhere]}));
    assert_eq!(drive(&mut run, &[]).pop().unwrap().document_status, Success);
}
