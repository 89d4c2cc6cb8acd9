//! What the fuzz targets share: how a document that was taken, and a run that was read back, is put through all that
//! could go wrong with it.

use std::collections::BTreeMap;

use ssm_core::document::{
    CapturedStream, Document, DocumentRun, Format, LoadedPlan, Parameters, Plan, Platform, PluginOutcome,
    PluginSupport, RunEvent, StoreReference, StoreValue, StoreValues,
};
use ssm_core::ids::PluginName;
use ssm_core::time::Timestamp;

/// Reads a text as a document in this format, both as the service and as an agent, and checks what must hold of every
/// document that is taken.
///
/// # Panics
/// When something does not hold: that is a find.
pub fn document(text: &str, format: Format) {
    if let Err(error) = Document::parse_as(text, format) {
        assert!(error.to_string().len() < 1000, "a short reason");
        if let Some(position) = error.position() {
            // In YAML a carriage return ends a line too.
            let ends = text.chars().filter(|character| matches!(character, '\n' | '\r')).count();
            assert!(position.line <= ends + 1, "a place in the text: {position}");
        }
    }
    let Ok(document) = Document::parse_lenient_as(text, format) else { return };
    assert_eq!(document.text(), text);
    for other in [Format::Json, Format::Yaml] {
        let converted = document.text_in(other);
        match Document::parse_lenient_as(&converted, other) {
            Ok(again) => assert!(again.means_the_same(&document), "{converted}"),
            // Escapes make a text longer.
            Err(error) => assert!(converted.len() > Document::MAX_LENIENT_BYTES, "{error}: {converted}"),
        }
    }
    let warnings = document.warnings();
    assert!(warnings.len() <= Document::MAX_WARNINGS);
    assert!(warnings.iter().all(|warning| warning.position.is_some()), "each warning has a place");
    let supplied = document.parameters().keys().map(|name| (name.clone(), vec!["{{ x }}$(id)\u{0}".to_owned()]));
    let supplied: BTreeMap<_, _> = supplied.collect();
    for supplied in [&BTreeMap::new(), &supplied] {
        if let Ok(parameters) = document.check_parameters(supplied) {
            values(&document, &parameters);
        }
    }
    let _ = document.execution_timeout(&supplied);
}

/// Puts these values into a document by every way that an agent goes: its checks, the parameter store, the plan.
///
/// # Panics
/// When something does not hold: that is a find.
pub fn values(document: &Document, parameters: &Parameters) {
    for error in
        [document.check_as_agent(parameters), document.check_as_nested(parameters)].into_iter().flat_map(Result::err)
    {
        assert!(error.to_string().len() < 1000, "a short reason");
    }
    let asked = document.store_references(parameters);
    let mut stores = vec![StoreValues::new()];
    if let Ok(asked) = &asked {
        assert!(asked.len() <= StoreReference::MAX_COUNT);
        let text = |_| StoreValue::Text("{{ x }}{{ssm:x}}$(id)\u{0}".to_owned());
        let list = |_| StoreValue::List(vec![String::new(), "{{ssm:x}}".to_owned()]);
        stores.push(asked.iter().map(|reference| (reference.clone(), text(()))).collect());
        stores.push(asked.iter().map(|reference| (reference.clone(), list(()))).collect());
    }
    for store in &stores {
        if let Ok(resolved) = document.resolve_parameters(parameters, store) {
            let _ = document.check_as_agent(&resolved);
            let _ = document.check_as_nested(&resolved);
        }
        for platform in [Platform::Linux, Platform::Windows] {
            match document.plan_with(parameters, platform, store) {
                Ok(plan) => {
                    assert!(plan.steps().len() <= Document::MAX_STEPS);
                    stored_plan(&plan);
                }
                Err(error) => assert!(error.to_string().len() < 1000, "a short reason"),
            }
        }
    }
}

fn stored_plan(plan: &Plan) {
    let text = serde_json::to_string(plan).expect("a plan is JSON");
    let again: Plan = serde_json::from_str(&text).expect("what was stored is read back");
    assert_eq!(&again, plan);
}

/// Reads a text as a stored run, and, if it is one, brings it to its end, as a driver would after a restart: once
/// straight on, once with a reboot, a nested document and a timeout on the way, once cancelled.
///
/// # Panics
/// When something does not hold: that is a find.
pub fn stored_run(text: &str) {
    let Ok(run) = serde_json::from_str::<DocumentRun>(text) else { return };
    store(&run);
    for manner in [Manner::Straight, Manner::Winding, Manner::Cancelled] {
        drive(run.clone(), manner);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Straight,
    Winding,
    Cancelled,
}

fn drive(mut run: DocumentRun, manner: Manner) {
    let now = Timestamp::from_millis(50_000);
    if manner == Manner::Cancelled {
        run.handle(RunEvent::CancelRequested, now);
    }
    // Each turn ends a step, or makes one run again; both are bounded.
    for turn in 0..20_000_usize {
        if turn < 8 {
            run = store(&run);
        }
        while run.poll_action().is_some() {}
        if run.is_finished() {
            run.handle(RunEvent::Start, now);
            assert!(run.poll_action().is_none(), "nothing comes behind the end");
            return;
        }
        let Some(step) = run.awaited() else {
            run.handle(RunEvent::Start, now);
            continue;
        };
        let turn = if manner == Manner::Winding { turn } else { usize::MAX };
        if turn == 2
            && let Some(deadline) = run.next_deadline()
        {
            run.handle(RunEvent::TimeReached, deadline);
        }
        let outcome = PluginOutcome::Exited(if turn == 0 { 194 } else { 0 });
        let (stdout, stderr) = (captured("o\n"), captured("e"));
        run.handle(RunEvent::StepEnded { step, outcome, stdout, stderr }, now);
        let plan = if turn < 4 { Ok(nested()) } else { Err("nothing is there".to_owned()) };
        run.handle(RunEvent::DocumentLoaded { step, plan }, now);
    }
    panic!("a run comes to its end");
}

fn store(run: &DocumentRun) -> DocumentRun {
    let text = serde_json::to_string(run).expect("a run is JSON");
    let again: DocumentRun = serde_json::from_str(&text).expect("what was stored is read back");
    assert_eq!(&again, run);
    again
}

fn captured(text: &str) -> CapturedStream {
    let mut stream = CapturedStream::new();
    stream.push(text.as_bytes());
    stream
}

/// A document of two steps, to be run inside a step.
fn nested() -> LoadedPlan {
    let text = r#"{"schemaVersion": "2.2", "mainSteps": [{"action": "acme:x", "name": "a"},
        {"action": "aws:runDocument", "name": "b", "inputs": {"documentType": "LocalPath", "documentPath": "d"}}]}"#;
    let document = Document::parse_lenient(text).expect("a document");
    let plan = document.plan(&Parameters::new(), Platform::Linux).expect("a plan");
    LoadedPlan::new(plan, |_: &PluginName| PluginSupport::Supported)
}
