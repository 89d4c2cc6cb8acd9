//! Steps that ask for a reboot.

use super::*;

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
