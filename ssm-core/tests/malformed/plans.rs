//! Plans that cannot be made.

use serde_json::{Value, json};
use ssm_core::document::{Document, Platform, StoreReference, StoreValue, StoreValues};

/// What a plan is made of, and why there is none.
struct Case {
    name: &'static str,
    parameters: Value,
    steps: Value,
    given: Value,
    said: String,
}

const SECRET: &str = "hunter2";

fn case(name: &'static str, parameters: Value, steps: Value, given: Value, said: &str) -> Case {
    Case { name, parameters, steps, given, said: said.to_owned() }
}

/// One step of a plugin of its own.
fn step(inputs: &Value) -> Value {
    json!([{"action": "acme:x", "name": "only", "inputs": inputs}])
}

fn script(line: &str) -> Value {
    json!([{"action": "aws:runShellScript", "name": "only", "inputs": {"runCommand": [line]}}])
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(SECRET), |inner, _| json!([inner]))
}

fn cases() -> Vec<Case> {
    let variable =
        |default: Value| json!({"a": {"type": "String", "interpolationType": "ENV_VAR", "default": default}});
    let long = "x".repeat(StoreReference::MAX_CHARS + 1);
    let many: Vec<String> = (0..=StoreReference::MAX_COUNT).map(|at| format!("{{{{ssm:p{at}}}}}")).collect();
    let size = "with its parameters the document has more than 1048576 bytes";
    vec![
        case(
            "too large by one value",
            json!({}),
            step(&json!({"t": "{{ a }}"})),
            json!({"a": SECRET.repeat(200_000)}),
            size,
        ),
        case(
            "too large by many references",
            json!({}),
            step(&json!({"t": "{{ a }}".repeat(2_000)})),
            json!({"a": SECRET.repeat(1_000)}),
            size,
        ),
        case(
            "too large by many elements",
            json!({}),
            step(&json!({"t": "{{ a }}"})),
            json!({"a": vec![0; 200_000]}),
            size,
        ),
        case(
            "too large by variables",
            variable(json!("")),
            json!(
                (0..20)
                    .map(|at| json!({"action": "aws:runShellScript",
            "name": at.to_string(), "inputs": {"runCommand": ["date"]}}))
                    .collect::<Vec<_>>()
            ),
            json!({"a": SECRET.repeat(10_000)}),
            size,
        ),
        case(
            "too deep",
            json!({}),
            step(&json!({"t": {"t": "{{ a }}"}})),
            json!({"a": nested(64)}),
            "with its parameters the document is nested more than 64 deep",
        ),
        case(
            "a value of the store that was not looked up",
            json!({}),
            step(&json!({"t": "{{ssm:/a/b:3}}"})),
            json!({}),
            "step only refers to {{ssm:/a/b:3}} in the parameter store, and its value was not looked up",
        ),
        case(
            "the same, brought by a value",
            json!({}),
            script("{{ a }}"),
            json!({"a": "hunter2 {{ssm:/a/b}}"}),
            "step only refers to {{ssm:/a/b}} in the parameter store, and its value was not looked up",
        ),
        case(
            "a list of the store inside text",
            json!({}),
            step(&json!({"t": "x {{ssm:list}}"})),
            json!({}),
            "step only refers to {{ssm:list}}, which is a list: it can only be an element of a list, by itself",
        ),
        case(
            "a list of the store as a whole input",
            json!({}),
            step(&json!({"t": "{{ssm:list}}"})),
            json!({}),
            "step only refers to {{ssm:list}}, which is a list: it can only be an element of a list, by itself",
        ),
        case(
            "a list of the store as a variable",
            variable(json!("{{ssm:list}}")),
            script("echo {{ a }}"),
            json!({}),
            "step only refers to {{ssm:list}}, which is a list: it can only be an element of a list, by itself",
        ),
        case(
            "a long reference",
            json!({}),
            step(&json!({"t": format!("{{{{ssm:{long}}}}}")})),
            json!({}),
            "step only refers to the parameter store with more than 2048 characters",
        ),
        case(
            "many references",
            json!({}),
            step(&json!({"t": many})),
            json!({}),
            "step only refers to {{ssm:p0}} in the parameter store, and its value was not looked up",
        ),
        case(
            "a variable with NUL",
            variable(json!("")),
            script("echo {{ a }}"),
            json!({"a": "hunter2\0"}),
            "parameter \"a\" cannot be an environment variable: its value holds a NUL character",
        ),
        case(
            "a variable that is too long",
            variable(json!("")),
            script("date"),
            json!({"a": SECRET.repeat(20_000)}),
            "parameter \"a\" cannot be an environment variable: its value is too long",
        ),
        case(
            "two variables that Windows takes for one",
            json!({"a": {"type": "String", "interpolationType": "ENV_VAR"}, "A": {"type": "String", "interpolationType": "ENV_VAR"}}),
            json!([{"action": "aws:runPowerShellScript", "name": "only", "inputs": {"runCommand": ["date"]}}]),
            json!({"a": SECRET, "A": SECRET}),
            "parameter \"a\" cannot be an environment variable: another one has this name in another case",
        ),
    ]
}

/// How many there are.
pub(crate) fn count() -> usize {
    cases().len()
}

#[test]
fn each_plan_that_cannot_be_made_says_why_and_tells_no_value() {
    let mut store = StoreValues::new();
    store.insert("list".parse().unwrap(), StoreValue::List(vec![SECRET.to_owned()]));
    for Case { name, parameters, steps, given, said } in cases() {
        let content = json!({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": steps});
        let document = Document::parse_lenient(&content.to_string()).unwrap();
        let values = given.as_object().unwrap().clone().into_iter().collect();
        let error = document.plan_with(&values, Platform::Windows, &store).expect_err(name);
        assert_eq!(error.to_string(), said, "{name}");
        assert!(!format!("{error}{error:?}").contains(SECRET) && said.len() < 1000, "{name}");
    }
}

#[test]
fn a_value_that_cannot_be_resolved_is_told_by_its_parameter() {
    let mut store = StoreValues::new();
    store.insert("list".parse().unwrap(), StoreValue::List(vec![SECRET.to_owned()]));
    let parameters = json!({"a": {"type": "String"}, "b": {"type": "StringList"}});
    let content = json!({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": step(&json!({}))});
    let document = Document::parse(&content.to_string()).unwrap();
    for (given, said) in [
        (
            json!({"a": "hunter2 {{ssm:absent}}"}),
            "parameter \"a\" refers to {{ssm:absent}} in the parameter store, and its value was not looked up",
        ),
        (
            json!({"a": "{{ssm:list}}"}),
            "parameter \"a\" refers to {{ssm:list}}, which is a list: it can only be an element of a list, by itself",
        ),
        (
            json!({"a": "x", "b": ["{{ssm:list}}", "hunter2{{ssm:list}}"]}),
            "parameter \"b\" refers to {{ssm:list}}, which is a list: it can only be an element of a list, by itself",
        ),
        (
            json!({"a": format!("{{{{ssm:{}}}}}", "x".repeat(StoreReference::MAX_CHARS + 1))}),
            "parameter \"a\" refers to the parameter store with more than 2048 characters",
        ),
    ] {
        let values = given.as_object().unwrap().clone().into_iter().collect();
        let error = document.resolve_parameters(&values, &store).unwrap_err();
        assert_eq!(error.to_string(), said, "{given}");
        assert!(!format!("{error:?}").contains(SECRET));
    }
}

#[test]
fn more_references_than_are_looked_up_are_refused_before_anything_is_asked() {
    let many: Vec<String> = (0..=StoreReference::MAX_COUNT).map(|at| format!("{{{{ssm:p{at}}}}}")).collect();
    let content = json!({"schemaVersion": "2.2", "mainSteps": step(&json!({"t": many}))});
    let document = Document::parse(&content.to_string()).unwrap();
    let error = document.store_references(&[].into_iter().collect()).unwrap_err();
    assert_eq!(error.to_string(), "a document refers to at most 100 values of the parameter store");
}

#[test]
fn a_plan_of_more_steps_than_a_document_has_is_refused() {
    let content = json!({"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {"properties": vec![json!({}); 1001]}}});
    let document = Document::parse_lenient(&content.to_string()).unwrap();
    let error = document.plan(&[].into_iter().collect(), Platform::Linux).unwrap_err();
    assert_eq!(error.to_string(), "a document has at most 1000 steps");
}
