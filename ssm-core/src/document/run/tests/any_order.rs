//! Properties: whatever comes in whatever order, a run keeps its contract and ends.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A document of a few steps, some of which run documents.
pub(super) fn any_document() -> impl Strategy<Value = Value> {
    let flow = prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({"onFailure": "exit"})),
        1 => Just(json!({"onFailure": "successAndExit"})),
        1 => Just(json!({"onSuccess": "exit"})),
        1 => Just(json!({"finallyStep": true, "timeoutSeconds": 5})),
    ];
    let plugin = prop_oneof![
        4 => Just("acme:x"),
        3 => Just("aws:runDocument"),
        1 => Just("aws:noSuchPlugin"),
        1 => Just("aws:psModule"),
    ];
    let path = prop_oneof![5 => Just("d"), 1 => Just("AWS-Noop"), 1 => Just("")];
    let step = (plugin, path, "[ab]{1,2}", flow).prop_map(|(plugin, path, name, mut inputs)| {
        inputs["documentType"] = "SSMDocument".into();
        inputs["documentPath"] = path.into();
        json!({"action": plugin, "name": name, "inputs": inputs})
    });
    let version = prop_oneof![Just("2.0"), Just("2.2")];
    (version, vec(step, 1..6)).prop_map(|(version, steps)| json!({"schemaVersion": version, "mainSteps": steps}))
}

/// Which step an event is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    /// The one that is waited for.
    Awaited,
    /// Any other, or the same by chance.
    Number(u64),
}

#[derive(Debug, Clone)]
pub(super) enum AnyEvent {
    Start,
    Ended(Which, PluginOutcome, Vec<u8>),
    Loaded(Which, Option<Value>),
    Cancel,
    Time,
}

impl AnyEvent {
    pub(super) fn for_run(&self, run: &DocumentRun) -> RunEvent {
        let serial = |which: &Which| match which {
            Which::Awaited => run.awaited().unwrap_or(StepSerial(u64::MAX)),
            Which::Number(number) => StepSerial(*number),
        };
        match self {
            Self::Start => RunEvent::Start,
            Self::Cancel => RunEvent::CancelRequested,
            Self::Time => RunEvent::TimeReached,
            Self::Ended(which, outcome, bytes) => {
                let (mut stdout, outcome) = (CapturedStream::new(), outcome.clone());
                stdout.push(bytes);
                RunEvent::StepEnded { step: serial(which), outcome, stdout, stderr: captured("e") }
            }
            Self::Loaded(which, document) => {
                let plan = document.as_ref().map(plan_of).ok_or_else(|| "nothing is there".to_owned());
                RunEvent::DocumentLoaded { step: serial(which), plan }
            }
        }
    }
}

fn any_outcome() -> impl Strategy<Value = PluginOutcome> {
    let code = prop_oneof![Just(0), Just(3), Just(137), Just(168), Just(169), Just(194), any::<i32>()];
    let broken = any::<i32>().prop_map(|code| Broken { code, error: "broken".to_owned() });
    prop_oneof![4 => code.prop_map(Exited), 1 => broken, 1 => Just(Stopped)]
}

pub(super) fn any_event() -> impl Strategy<Value = AnyEvent> {
    let which = || prop_oneof![4 => Just(Which::Awaited), 1 => (0u64..12).prop_map(Which::Number)];
    let ended = (which(), any_outcome(), vec(any::<u8>(), 0..9)).prop_map(|(w, o, b)| AnyEvent::Ended(w, o, b));
    let loaded = (which(), proptest::option::weighted(0.8, any_document())).prop_map(|(w, d)| AnyEvent::Loaded(w, d));
    prop_oneof![
        3 => Just(AnyEvent::Start),
        8 => ended,
        5 => loaded,
        1 => Just(AnyEvent::Cancel),
        1 => Just(AnyEvent::Time),
    ]
}

/// Answers every started step, every load and every reboot, until the run is over.
pub(super) fn finish(run: &mut DocumentRun) -> Vec<RunAction> {
    let mut actions = drain(run);
    for _ in 0..5000 {
        if run.is_finished() {
            break;
        }
        match run.awaited() {
            None => run.handle(RunEvent::Start, at(50)),
            Some(step) => {
                let (stdout, stderr) = (captured("o"), captured(""));
                run.handle(RunEvent::StepEnded { step, outcome: Exited(0), stdout, stderr }, at(50));
                run.handle(RunEvent::DocumentLoaded { step, plan: Err("nothing is there".to_owned()) }, at(50));
            }
        }
        actions.extend(drain(run));
    }
    actions
}

fn stored(run: &DocumentRun) -> DocumentRun {
    serde_json::from_str(&serde_json::to_string(run).unwrap()).unwrap()
}

/// Whether steps come one after the other, each with a serial of its own.
fn check_serials(open: &mut Option<StepSerial>, used: &mut BTreeSet<StepSerial>, event: &RunEvent, new: &[RunAction]) {
    match event {
        RunEvent::StepEnded { step, .. } if *open == Some(*step) => *open = None,
        _ => {}
    }
    for action in new {
        match action {
            RunAction::StartStep(start) => {
                assert_eq!(open.replace(start.step), None, "a step began while another was running");
                assert!(used.insert(start.step), "a serial was used twice");
                assert!(start.depth <= DocumentRun::MAX_DEPTH);
            }
            RunAction::LoadDocument(load) => {
                let is_new = used.insert(load.step);
                assert!(is_new || *event == RunEvent::Start, "a document was asked for again without need");
                assert!((1..=DocumentRun::MAX_DEPTH).contains(&load.depth) && open.is_none());
            }
            RunAction::StopStep { step, .. } => assert_eq!(*open, Some(*step), "a step was stopped that does not run"),
            RunAction::Report(_) => {}
        }
    }
}

/// Whether each key was reported with the result that it has at the end, and with no other that is terminal; and then,
/// once and last, the document.
fn check_reports(run: &DocumentRun, actions: &[RunAction]) {
    let reports: Vec<_> = actions
        .iter()
        .filter_map(|action| if let RunAction::Report(report) = action { Some(report) } else { None })
        .collect();
    assert_eq!(reports.iter().filter(|report| report.is_final).count(), 1);
    let last = reports.last().unwrap();
    assert!(last.is_final && last.document_status.is_terminal());
    assert_eq!(last.counts.values().sum::<u32>() as usize, run.results().count());
    for (name, result) in run.results() {
        assert!(result.status.is_terminal());
        let told = reports.iter().filter(|report| !report.is_final && report.document_status == InProgress);
        let told = told.flat_map(|report| &report.results).filter(|(key, _)| *key == name);
        let told: Vec<_> = told.map(|(_, result)| result).filter(|result| result.status.is_terminal()).collect();
        assert_eq!(told, [&result]);
    }
}

proptest! {
    #[test]
    fn any_events_lead_to_an_end_after_which_nothing_more_comes(
        document in any_document(),
        events in vec((any_event(), 0i64..9000), 0..25),
    ) {
        let mut run = run_of(&document);
        let (mut actions, mut open, mut used) = (Vec::new(), None, BTreeSet::new());
        for (event, seconds) in &events {
            let event = event.for_run(&run);
            run.handle(event.clone(), at(*seconds));
            let new = drain(&mut run);
            check_serials(&mut open, &mut used, &event, &new);
            actions.extend(new);
        }
        actions.extend(finish(&mut run));
        prop_assert!(run.is_finished());
        check_reports(&run, &actions);
        for (event, seconds) in events {
            run.handle(event.for_run(&run), at(seconds));
            prop_assert_eq!(run.poll_action(), None);
        }
    }

    #[test]
    fn a_run_that_is_stored_after_every_event_goes_on_as_one_that_never_was(
        document in any_document(),
        events in vec((any_event(), 0i64..9000), 0..25),
        stores_before_polling in any::<bool>(),
    ) {
        let (mut kept, mut read_back) = (run_of(&document), stored(&run_of(&document)));
        for (event, seconds) in events {
            let event = event.for_run(&kept);
            kept.handle(event.clone(), at(seconds));
            read_back.handle(event, at(seconds));
            if stores_before_polling {
                read_back = stored(&read_back);
            }
            prop_assert_eq!(drain(&mut kept), drain(&mut read_back));
            read_back = stored(&read_back);
            prop_assert_eq!(&kept, &read_back);
        }
        prop_assert_eq!(finish(&mut kept), finish(&mut read_back));
        prop_assert_eq!(kept, read_back);
    }
}
