use std::time::Duration;

use serde_json::json;

use super::super::StoreValue;
use super::*;

fn plan(document: &Value, parameters: &Value) -> Result<Plan, PlanError> {
    let parameters = serde_json::from_value(parameters.clone()).unwrap();
    Document::parse_lenient(&document.to_string()).unwrap().plan(&parameters, Platform::Linux)
}

/// The document and parameters of capture 10.
#[test]
fn a_shell_document_becomes_one_step_with_typed_inputs() {
    let document = json!({
        "schemaVersion": "1.2",
        "parameters": {"commands": {"type": "StringList"}, "workingDirectory": {"type": "String", "default": ""},
            "executionTimeout": {"type": "String", "default": "3600"}},
        "runtimeConfig": {"aws:runShellScript": {"properties": [{"id": "0.aws:runShellScript",
            "runCommand": "{{ commands }}", "workingDirectory": "{{ workingDirectory }}",
            "timeoutSeconds": "{{ executionTimeout }}"}]}},
    });
    let plan = plan(&document, &json!({"commands": ["echo hi"], "executionTimeout": "60"})).unwrap();
    let [step] = plan.steps() else { panic!("{plan:?}") };
    assert_eq!((step.key.as_str(), step.id.as_str()), ("aws:runShellScript", "0.aws:runShellScript"));
    assert_eq!(step.timeout, Duration::from_secs(60));
    assert_eq!(step.inputs["runCommand"], json!(["echo hi"]));
    assert_eq!(step.inputs["workingDirectory"], json!(""));
}

#[test]
fn each_object_of_properties_is_a_step_of_its_plugin() {
    let document = json!({"schemaVersion": "1.2", "parameters": {"p": {"type": "String"}}, "runtimeConfig": {
        "z:list": {"properties": [{"id": "../shell", "onFailure": "exit"}, {"finallyStep": true}]},
        "a:object": {"properties": {"x": "y"}}, "m:empty": {"properties": []}, "b:none": {},
        "c:text": {"properties": "{{ p }}"}}});
    let document = Document::parse_lenient(&document.to_string()).unwrap();
    let plan = document.plan(&Parameters::from_iter([("p".to_owned(), json!("v"))]), Platform::Linux).unwrap();
    let mut names: Vec<_> = plan.steps().iter().map(|step| (step.key.as_str(), step.id.as_str())).collect();
    names.sort_unstable();
    let wanted = [
        ("a:object", "0.a:object"),
        ("b:none", "0.b:none"),
        ("c:text", "0.c:text"),
        ("m:empty", "0.m:empty"),
        ("z:list", "../shell"),
        ("z:list", "1.z:list"),
    ];
    assert_eq!(names, wanted);
    assert!(plan.steps().iter().all(|step| step.on_failure == OnFailure::Continue && !step.finally));
    let text_step = plan.steps().iter().find(|step| step.key.as_str() == "c:text").unwrap();
    assert_eq!(text_step.inputs["properties"], json!("v"));
}

#[test]
fn plugins_of_a_runtime_config_keep_the_documents_order() {
    let text = r#"{"schemaVersion": "1.2", "runtimeConfig": {"z:a": {}, "a:z": {}, "m:m": {}}}"#;
    let plan = Document::parse(text).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
    let keys: Vec<_> = plan.steps().iter().map(|step| step.key.as_str()).collect();
    assert_eq!(keys, ["z:a", "a:z", "m:m"]);
}

#[test]
fn flow_members_count_inside_inputs_only() {
    let document = json!({"schemaVersion": "2.2", "mainSteps": [
        {"action": "acme:x", "name": "a", "onFailure": "exit", "onSuccess": "exit", "timeoutSeconds": 9,
            "inputs": {}},
        {"action": "acme:x", "name": "b", "inputs":
            {"onFailure": "successAndExit", "onSuccess": "exit", "timeoutSeconds": 9, "finallyStep": true}},
        {"action": "acme:x", "name": "c", "finallyStep": true,
            "inputs": {"onFailure": "exit", "finallyStep": "true"}},
    ]});
    let plan = plan(&document, &json!({})).unwrap();
    let flow: Vec<_> = plan.steps().iter().map(|step| (step.on_failure, step.on_success, step.finally)).collect();
    let wanted = [
        (OnFailure::Continue, OnSuccess::Continue, false),
        (OnFailure::SuccessAndExit, OnSuccess::Exit, false),
        (OnFailure::Exit, OnSuccess::Continue, true),
    ];
    assert_eq!(flow, wanted);
    assert_eq!(plan.steps()[0].timeout, Duration::from_secs(3600));
    assert_eq!(plan.steps()[1].timeout, Duration::from_secs(9));
}

#[test]
fn a_plan_keeps_its_bounds_and_shows_no_values() {
    let many = json!({"schemaVersion": "1.2", "parameters": {"p": {"type": "StringList"}},
        "runtimeConfig": {"acme:x": {"properties": "{{ p }}"}}});
    assert_eq!(plan(&many, &json!({"p": vec!["x"; 1001]})), Err(PlanError::TooManySteps));
    let full = plan(&many, &json!({"p": vec!["secret"; 1000]})).unwrap();
    assert!(!format!("{full:?}").contains("secret"));
    let text = serde_json::to_string(&full).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), full);
}

fn referring(inputs: &Value) -> Document {
    let text = json!({"schemaVersion": "2.2", "parameters": {"p": {"type": "String", "default": "{{ssm:preset}}"}},
        "mainSteps": [{"action": "acme:x", "name": "one", "inputs": inputs}]});
    Document::parse(&text.to_string()).unwrap()
}

#[test]
fn a_reference_to_the_parameter_store_is_never_run_as_text() {
    for (line, reference) in [
        ("{{ssm:a}}", Some("a")),
        ("x {{  ssm:/a/b:1 }} y", Some("/a/b:1")),
        ("{{ p }}", Some("preset")),
        ("{{ssm:", None),
        ("ssm:a", None),
        ("{{ssm-secure:a}}", None),
    ] {
        let seen = referring(&json!({"lines": [["echo", line]]})).plan(&Parameters::new(), Platform::Linux).map(drop);
        let step = "one".parse().unwrap();
        let wanted = reference
            .map(|reference| PlanError::StoreReference { step, reference: reference.parse().unwrap() })
            .map_or(Ok(()), Err);
        assert_eq!(seen, wanted, "{line}");
        if let Err(error) = seen {
            let told = error.to_string();
            assert!(told.contains("one") && told.contains(&format!("{{{{ssm:{}}}}}", reference.unwrap())), "{told}");
        }
    }
}

#[test]
fn a_document_tells_what_it_needs_of_the_store_and_gets_it() {
    let document =
        referring(&json!({"a": ["{{ssm:l}}", "{{ p }}"], "b": "{{ssm:x:1}} {{ssm:x:1}}", "c": "{{ssm-secure:s}}"}));
    for (supplied, names) in [(json!({}), ["l", "preset", "x:1"]), (json!({"p": "{{ssm:own}}"}), ["l", "own", "x:1"])] {
        let parameters: Parameters = serde_json::from_value(supplied).unwrap();
        let references = document.store_references(&parameters).unwrap();
        assert_eq!(references.iter().map(StoreReference::as_str).collect::<Vec<_>>(), names);
        let value = |reference: StoreReference| {
            let text = format!("<{reference}>");
            let is_list = reference.as_str() == "l";
            (
                reference,
                if is_list { StoreValue::List(vec!["1".to_owned(), "2".to_owned()]) } else { StoreValue::Text(text) },
            )
        };
        let store: StoreValues = references.into_iter().map(value).collect();
        let plan = document.plan_with(&parameters, Platform::Linux, &store).unwrap();
        let step = &plan.steps()[0];
        assert_eq!(step.inputs["a"], json!(["1", "2", format!("<{}>", names[1])]));
        assert_eq!(step.inputs["b"], "<x:1> <x:1>");
        assert_eq!(step.inputs["c"], "{{ssm-secure:s}}");
        assert_eq!(step.secure_references(), BTreeSet::from(["s".parse().unwrap()]));
    }
}

#[test]
fn a_document_refers_to_so_many_values_of_the_store_at_most() {
    let of = |count: usize| {
        let lines: Vec<String> = (0..count).map(|at| format!("{{{{ssm:a{at}}}}} {{{{ssm:a0}}}}")).collect();
        referring(&json!({"lines": lines})).store_references(&Parameters::new())
    };
    // The default of the parameter is one of them, though nothing refers to it.
    assert_eq!(of(StoreReference::MAX_COUNT - 1).unwrap().len(), StoreReference::MAX_COUNT);
    assert_eq!(of(StoreReference::MAX_COUNT), Err(PlanError::TooManyReferences));
    let long = json!({"a": format!("{{{{ssm:{}}}}}", "x".repeat(StoreReference::MAX_CHARS + 1))});
    let wanted = PlanError::LongReference { step: "one".parse().unwrap() };
    assert_eq!(referring(&long).store_references(&Parameters::new()), Err(wanted));
}

#[test]
fn secrets_that_a_plugin_may_look_up_are_told_but_not_those_in_scripts() {
    for (action, wanted) in [
        ("aws:downloadContent", &["a:1", "b", "c"][..]),
        ("aws:runShellScript", &["b", "c"]),
        ("acme:x", &["a:1", "b", "c"]),
    ] {
        let inputs = json!({"RunCommand": ["{{ssm-secure:a:1}}"], "m": {"k": ["x{{ ssm-secure:c }}{{ssm-secure:b}}"]},
            "sourceType": "S3", "sourceInfo": "{{ p }}"});
        let text = json!({"schemaVersion": "2.2", "parameters": {"p": {"type": "String", "default": "{{ssm-secure:b}}"}},
            "mainSteps": [{"action": action, "name": "one", "inputs": inputs}]});
        let plan = Document::parse(&text.to_string()).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
        let found = plan.steps()[0].secure_references();
        assert_eq!(found.iter().map(StoreReference::as_str).collect::<Vec<_>>(), wanted, "{action}");
        assert_eq!(plan.steps()[0].inputs["RunCommand"], json!(["{{ssm-secure:a:1}}"]));
    }
}

#[test]
fn settings_of_schema_1_become_an_input_of_each_step() {
    for (entry, wanted) in [
        (
            json!({"settings": {"startType": "{{ p }}"}, "properties": "text"}),
            vec![json!({"properties": "text", "settings": {"startType": "Enabled"}})],
        ),
        (
            json!({"settings": "{{ p }}", "properties": [{"a": 1}, {"Settings": "own"}, "b"]}),
            vec![
                json!({"a": 1, "settings": "Enabled"}),
                json!({"Settings": "own"}),
                json!({"properties": "b", "settings": "Enabled"}),
            ],
        ),
        (json!({"settings": {"a": 1}}), vec![json!({"settings": {"a": 1}})]),
        (json!({"settings": null, "properties": {"a": 1}}), vec![json!({"a": 1})]),
    ] {
        let document = json!({"schemaVersion": "1.2", "parameters": {"p": {"type": "String", "default": "Enabled"}},
            "runtimeConfig": {"aws:cloudWatch": entry}});
        let plan = plan(&document, &json!({})).unwrap();
        let inputs: Vec<Value> = plan.steps().iter().map(|step| step.inputs.clone().into()).collect();
        assert_eq!(inputs, wanted, "{document}");
        assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
    }
    let large = json!({"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {"settings": vec![""; 1000],
        "properties": vec![json!({}); 1000]}}});
    assert_eq!(plan(&large, &json!({})), Err(PlanError::Substitution(SubstitutionError::TooLarge)));
}

/// As written before steps had an environment.
#[test]
fn a_plan_without_the_newer_members_is_still_read() {
    let document = json!({"schemaVersion": "2.2", "mainSteps": [{"action": "acme:x", "name": "a", "inputs": {}}]});
    let plan = plan(&document, &json!({})).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains("environment"));
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
}

#[test]
fn patterns_are_matched_with_what_the_store_has_and_nothing_is_put_in_twice() {
    let text = json!({"schemaVersion": "2.2", "parameters": {
            "p": {"type": "String", "default": "<{{ssm:a}}>", "allowedPattern": "^<x>$"},
            "list": {"type": "StringList", "default": ["{{ssm:l}}"], "allowedPattern": "^[a-z]$"}},
        "mainSteps": [{"action": "acme:x", "name": "one", "inputs": {"k": "{{ p }}"}}]});
    let document = Document::parse(&text.to_string()).unwrap();
    let store = |a: &str| {
        StoreValues::from_iter([
            ("a".parse().unwrap(), StoreValue::Text(a.to_owned())),
            ("l".parse().unwrap(), StoreValue::List(vec!["a".to_owned(), "b".to_owned()])),
        ])
    };
    let parameters = Parameters::new();
    let wanted: Vec<StoreReference> = ["a", "l"].map(|name| name.parse().unwrap()).into();
    assert_eq!(document.store_references(&parameters).unwrap().into_iter().collect::<Vec<_>>(), wanted);
    let good = document.resolve_parameters(&parameters, &store("x")).unwrap();
    assert_eq!(good.get("list"), Some(&json!(["a", "b"])));
    assert_eq!(document.check_as_agent(&good), Ok(()));
    let bad = document.resolve_parameters(&parameters, &store("{{ssm:a}}")).unwrap();
    assert_eq!(bad.get("p"), Some(&json!("<{{ssm:a}}>")));
    assert!(document.check_as_agent(&bad).is_err());
    let missing = document.resolve_parameters(&parameters, &StoreValues::new());
    let reason = ReferenceProblem::Missing("l".parse().unwrap());
    assert_eq!(missing, Err(PlanError::ParameterReference { parameter: "list".to_owned(), reason }));
}

#[test]
fn a_parameter_whose_reference_cannot_be_resolved_is_told_with_the_reason() {
    let store = StoreValues::from_iter([("l".parse().unwrap(), StoreValue::List(vec!["hush".to_owned()]))]);
    let long = format!("{{{{ssm:{}}}}}", "x".repeat(3000));
    for (value, wanted) in [
        ("{{ssm:a}}", "parameter \"p\" refers to {{ssm:a}} in the parameter store, and its value was not looked up"),
        (
            "<{{ssm:l}}>",
            "parameter \"p\" refers to {{ssm:l}}, which is a list: it can only be an element of a list, by itself",
        ),
        (&long, "parameter \"p\" refers to the parameter store with more than 2048 characters"),
    ] {
        let parameters = Parameters::from_iter([("p".to_owned(), json!(value))]);
        let error = referring(&json!({})).resolve_parameters(&parameters, &store).unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
}

#[test]
fn an_id_that_a_parameter_gave_is_not_shown() {
    let document = json!({"schemaVersion": "1.2", "parameters": {"p": {"type": "String"}},
        "runtimeConfig": {"aws:runShellScript": {"properties": [{"id": "{{ p }}", "runCommand": ["{{ p }}"]}]}}});
    let plan = plan(&document, &json!({"p": "hush"})).unwrap();
    assert_eq!(plan.steps()[0].id, "hush");
    let shown = format!("{plan:?}");
    assert!(!shown.contains("hush") && shown.contains("runCommand"), "{shown}");
}
