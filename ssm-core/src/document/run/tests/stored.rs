//! Stored runs that somebody has changed.

use proptest::collection::vec;
use proptest::prelude::*;

use super::any_order::{any_document, any_event, finish};
use super::*;

/// A run in the middle of a nested document, as it is stored.
fn stored_in_the_middle() -> Value {
    let nested = steps(&[json!({}), json!({})]);
    let mut run = run_of(&json!({"schemaVersion": "2.2", "mainSteps": [
        {"action": "aws:runShellScript", "name": "a", "inputs": {}},
        {"action": "aws:runDocument", "name": "doc", "inputs": {"documentType": "LocalPath", "documentPath": "d"}},
        {"action": "aws:runShellScript", "name": "z", "inputs": {"finallyStep": true}},
    ]}));
    run.handle(RunEvent::Start, at(0));
    let (outcome, stdout, stderr) = (Exited(3), captured("o"), captured("e"));
    run.handle(RunEvent::StepEnded { step: StepSerial(0), outcome, stdout, stderr }, at(1));
    run.handle(RunEvent::DocumentLoaded { step: StepSerial(1), plan: Ok(plan_of(&nested)) }, at(2));
    drain(&mut run);
    serde_json::to_value(&run).unwrap()
}

#[test]
fn a_stored_run_to_which_no_run_can_have_come_is_refused() {
    let valid = stored_in_the_middle();
    serde_json::from_value::<DocumentRun>(valid.clone()).unwrap();
    let phase = |name: &str, body: Value| ("/phase", json!({name: body}));
    for (pointer, value) in [
        ("/outermost/current", json!(0)),
        ("/outermost/current", json!(3)),
        ("/outermost/current", json!(9)),
        ("/nested", json!([])),
        ("/nested/0/current", json!(1)),
        ("/outermost/steps/1/key", json!(7)),
        ("/outermost/steps/1/key", json!(0)),
        ("/outermost/keys/0/steps", json!([])),
        ("/outermost/keys/0/steps", json!([5])),
        ("/outermost/keys", json!([])),
        ("/outermost/steps", json!([])),
        ("/outermost/steps/0/status", json!("NotStarted")),
        ("/outermost/steps/0/status", json!("TestPass")),
        ("/outermost/steps/2/status", json!("Success")),
        ("/outermost/steps/1/support", json!("Unknown")),
        ("/outermost/steps/0/reboots", json!(16)),
        ("/outermost/steps/0/error", json!("x".repeat(2501))),
        ("/outermost/keys/0/stderr/note", json!("a note of nobody")),
        ("/outermost/keys/0/stderr/failure", json!("failed to run commands: exit status x")),
        ("/outermost/plan/steps/0/finally", json!(true)),
        ("/outermost/plan/steps/0/timeout", json!({"secs": 4, "nanos": 0})),
        ("/outermost/plan/steps/1/plugin", json!("aws:runShellScript")),
        ("/outermost/plan/steps/1/inputs/documentPath", json!("")),
        ("/planned", json!(4)),
        ("/planned", json!(1001)),
        ("/next_serial", json!(2)),
        ("/cancelled", json!(true)),
        ("/phase", json!("NotStarted")),
        ("/phase", json!("Rebooting")),
        ("/phase", json!("Finished")),
        phase("Loading", json!({"step": 2, "deadline": 0})),
        phase("Running", json!({"step": 3, "deadline": 0, "stop": null})),
        ("/version", json!(2)),
        ("/actions", json!([{"StopStep": {"step": 3, "reason": "Cancelled"}}])),
    ] {
        let mut changed = valid.clone();
        *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not there")) = value.clone();
        assert!(serde_json::from_value::<DocumentRun>(changed).is_err(), "{pointer} {value}");
    }
}

#[test]
fn a_stored_plan_to_which_no_document_is_planned_is_refused() {
    let valid = serde_json::to_value(plan_of(&steps(&[json!({}), json!({"finallyStep": true})])).plan).unwrap();
    assert!(serde_json::from_value::<Plan>(valid.clone()).is_ok());
    let many = vec![valid["steps"][0].clone(); Document::MAX_STEPS + 1];
    for (pointer, value) in [
        ("/schema", json!("9.9")),
        ("/steps", json!(many)),
        ("/steps", json!([])),
        ("/steps/0/finally", json!(true)),
        ("/steps/0/key", json!("")),
        ("/steps/0/timeout", json!({"secs": 172_801, "nanos": 0})),
        ("/steps/0/timeout", json!({"secs": 5, "nanos": 1})),
    ] {
        let mut changed = valid.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(serde_json::from_value::<Plan>(changed).is_err(), "{pointer}");
    }
}

#[test]
fn a_stored_run_of_another_version_is_told_apart() {
    let valid = stored_in_the_middle();
    assert_eq!(valid["version"], json!(1));
    for version in [json!(0), json!(2), json!(null), json!("1"), json!(1.5)] {
        let mut changed = valid.clone();
        changed["version"] = version.clone();
        assert!(serde_json::from_value::<DocumentRun>(changed).is_err(), "{version}");
    }
    // Whatever else a later form has.
    let error = serde_json::from_str::<DocumentRun>(r#"{"version": 2, "phase": {"Later": {}}}"#).unwrap_err();
    assert!(error.to_string().starts_with("a stored run of version 2, where only version 1 is read"), "{error}");
}

#[test]
fn a_stored_step_has_no_variables_but_those_of_parameters() {
    let plan = plan_of(&steps(&[json!({}), json!({})])).plan;
    let mut run = DocumentRun::new(plan.clone(), support);
    run.handle(RunEvent::Start, at(0));
    let (plan, run) = (serde_json::to_value(plan).unwrap(), serde_json::to_value(run).unwrap());
    // Name, `=`, value and NUL.
    let most = 131_072 - "SSM_a".len() - 2;
    let many: serde_json::Map<_, _> =
        (0..=Document::MAX_PARAMETERS).map(|at| (format!("SSM_{at}"), json!(""))).collect();
    for (plugin, environment, taken) in [
        ("aws:runShellScript", json!({}), true),
        ("aws:runShellScript", json!({"SSM_a1": "any \u{e9}\n", "SSM_B": ""}), true),
        ("aws:runPowerShellScript", json!({"SSM_a": "x".repeat(most)}), true),
        ("aws:runShellScript", json!({"SSM_a": "x".repeat(most + 1)}), false),
        ("aws:runShellScript", json!({"SSM_a": "a\0b"}), false),
        ("aws:runShellScript", json!({"LD_PRELOAD": "/x.so"}), false),
        ("aws:runShellScript", json!({"SSM_a": "", "PATH": ""}), false),
        ("aws:runShellScript", json!({"ssm_a": ""}), false),
        ("aws:runShellScript", json!({"SSM_": ""}), false),
        ("aws:runShellScript", json!({"SSM_a=b": ""}), false),
        ("aws:runShellScript", json!({"SSM_a_b": ""}), false),
        ("aws:runShellScript", json!({"SSM_\u{e9}": ""}), false),
        ("aws:runShellScript", json!({"": ""}), false),
        ("aws:runShellScript", json!(many), false),
        ("acme:x", json!({"SSM_a": ""}), false),
        ("acme:x", json!({}), true),
    ] {
        let changed = |stored: &Value, pointer: &str| {
            let mut changed = stored.clone();
            let step = changed.pointer_mut(pointer).unwrap();
            (step["plugin"], step["environment"]) = (json!(plugin), environment.clone());
            changed
        };
        let as_plan = serde_json::from_value::<Plan>(changed(&plan, "/steps/1"));
        let as_action = serde_json::from_value::<DocumentRun>(changed(&run, "/actions/0/StartStep"));
        let shown: String = environment.to_string().chars().take(80).collect();
        assert_eq!((as_plan.is_ok(), as_action.is_ok()), (taken, taken), "{plugin} {shown}");
    }
}

#[test]
fn members_that_are_missing_or_there_twice_are_refused() {
    let valid = stored_in_the_middle();
    for member in valid.as_object().unwrap().keys() {
        let mut changed = valid.clone();
        changed.as_object_mut().unwrap().remove(member);
        // Runs were stored without a version before.
        let is_needed = member != "version";
        assert_eq!(serde_json::from_value::<DocumentRun>(changed).is_err(), is_needed, "without {member}");
        let text = valid.to_string();
        let twice = format!("{{\"{member}\":{},{}", valid[member], &text[1..]);
        assert!(serde_json::from_str::<DocumentRun>(&twice).is_err(), "with {member} twice");
    }
}

#[test]
fn documents_that_are_nested_too_deep_are_refused() {
    let mut stored = stored_in_the_middle();
    let outer = stored["outermost"].clone();
    let nested = stored["nested"].as_array_mut().unwrap();
    for deep in 2..=4 {
        nested.insert(0, outer.clone());
        assert_eq!(nested.len(), deep);
    }
    stored["planned"] = json!(100);
    assert!(serde_json::from_value::<DocumentRun>(stored.clone()).is_err());
    stored["nested"].as_array_mut().unwrap().remove(0);
    let mut run: DocumentRun = serde_json::from_value(stored).unwrap();
    finish(&mut run);
    assert!(run.is_finished());
}

/// A change of one value somewhere.
#[derive(Debug, Clone)]
enum Edit {
    Put(Value),
    Remove,
    Double,
    Add(i64),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let word = prop_oneof![
        Just("NotStarted"),
        Just("InProgress"),
        Just("Success"),
        Just("SuccessAndReboot"),
        Just("Failed"),
        Just("Rebooting"),
        Just("Finished"),
        Just("Supported"),
        Just("aws:runDocument"),
        Just("x"),
    ];
    let value = prop_oneof![
        2 => word.prop_map(Value::from),
        2 => (0u64..6).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!([])),
        1 => Just(json!({})),
    ];
    prop_oneof![6 => value.prop_map(Edit::Put), 1 => Just(Edit::Remove), 1 => Just(Edit::Double),
        2 => (-2i64..3).prop_map(Edit::Add)]
}

/// Applies an edit to the `place`th value, counted through the whole tree.
fn apply(tree: &mut Value, place: &mut usize, edit: &Edit) -> bool {
    if *place == 0 {
        match (edit, tree) {
            (Edit::Put(value), tree) => *tree = value.clone(),
            (Edit::Remove, Value::Array(items)) => drop(items.pop()),
            (Edit::Double, Value::Array(items)) => items.extend(items.last().cloned()),
            (Edit::Add(more), tree) => {
                if let Some(number) = tree.as_i64() {
                    *tree = number.saturating_add(*more).into();
                }
            }
            (Edit::Remove | Edit::Double, _) => {}
        }
        return true;
    }
    *place -= 1;
    match tree {
        Value::Array(items) => items.iter_mut().any(|item| apply(item, place, edit)),
        Value::Object(members) => members.values_mut().any(|item| apply(item, place, edit)),
        _ => false,
    }
}

fn count(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

proptest! {
    #[test]
    fn a_changed_stored_run_is_refused_or_runs_on_to_its_end(
        document in any_document(),
        before in vec((any_event(), 0i64..9000), 0..12),
        polled in any::<bool>(),
        edits in vec((any::<proptest::sample::Index>(), any_edit()), 1..3),
        after in vec((any_event(), 0i64..9000), 0..12),
    ) {
        let mut run = run_of(&document);
        for (event, seconds) in before {
            run.handle(event.for_run(&run), at(seconds));
            if polled {
                drain(&mut run);
            }
        }
        let mut tree = serde_json::to_value(&run).unwrap();
        for (place, edit) in edits {
            let mut place = place.index(count(&tree));
            apply(&mut tree, &mut place, &edit);
        }
        let Ok(mut run) = serde_json::from_value::<DocumentRun>(tree) else { return Ok(()) };
        for (event, seconds) in after {
            run.handle(event.for_run(&run), at(seconds));
            // What was read once can be stored and read again.
            let text = serde_json::to_string(&run).unwrap();
            prop_assert_eq!(&serde_json::from_str::<DocumentRun>(&text).unwrap(), &run);
        }
        finish(&mut run);
        prop_assert!(run.is_finished());
    }
}
