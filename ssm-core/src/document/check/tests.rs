use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

fn document(parameters: &Value) -> Document {
    let text = json!({"schemaVersion": "1.2", "parameters": parameters, "runtimeConfig": {"acme:x": {}}});
    Document::parse_lenient(&text.to_string()).unwrap()
}

fn supplied(values: &Value) -> BTreeMap<String, Vec<String>> {
    serde_json::from_value(values.clone()).unwrap()
}

#[test]
fn each_rule_takes_what_keeps_it_and_names_what_does_not() {
    for (definition, good, bad, rule) in [
        (json!({"type": "String"}), json!(["a"]), json!(["a", "b"]), "Parameter \"p\" is not a String."),
        (json!({"type": "String"}), json!([""]), json!([]), "Parameter \"p\" is not a String."),
        (
            json!({"type": "String", "allowedValues": ["a", "b"]}),
            json!(["b"]),
            json!(["c"]),
            "Parameter \"p\" is not one of its allowed values.",
        ),
        (
            json!({"type": "StringList", "allowedValues": ["a", "b"]}),
            json!(["b", "a"]),
            json!(["a", "c"]),
            "Parameter \"p\" is not one of its allowed values.",
        ),
        (
            json!({"type": "String", "allowedPattern": "[a-z]+"}),
            json!(["ab"]),
            json!(["ab1"]),
            "Parameter \"p\" does not match its allowed pattern [a-z]+.",
        ),
        (
            json!({"type": "StringList", "allowedPattern": "a|b"}),
            json!(["a", "b"]),
            json!(["ab"]),
            "Parameter \"p\" does not match its allowed pattern a|b.",
        ),
        (
            json!({"type": "StringList", "minItems": 1}),
            json!(["a"]),
            json!([]),
            "Parameter \"p\" breaks its minItems of 1.",
        ),
        (
            json!({"type": "StringList", "maxItems": "2"}),
            json!([]),
            json!(["a", "b", "c"]),
            "Parameter \"p\" breaks its maxItems of 2.",
        ),
        (
            json!({"type": "String", "minChars": 2}),
            json!(["\u{e9}\u{e9}"]),
            json!(["\u{e9}"]),
            "Parameter \"p\" breaks its minChars of 2.",
        ),
        (
            json!({"type": "StringList", "maxChars": 1}),
            json!(["\u{e9}", "b"]),
            json!(["a", "bb"]),
            "Parameter \"p\" breaks its maxChars of 1.",
        ),
    ] {
        let document = document(&json!({"p": definition}));
        let taken = document.check_parameters(&supplied(&json!({"p": good})));
        assert!(taken.is_ok(), "{definition} {good}: {taken:?}");
        let error = document.check_parameters(&supplied(&json!({"p": bad}))).unwrap_err();
        assert_eq!(error.to_string(), rule, "{definition} {bad}");
    }
}

#[test]
fn names_have_to_be_declared_and_those_without_default_supplied() {
    let name: DocumentName = "my-doc".parse().unwrap();
    let generic = "Parameters provided in document are invalid or not supported.";
    let needed = document(&json!({"p": {"type": "String"}}));
    for (document, values, wanted) in [
        (&document(&json!({})), json!({"x": ["1"]}), "document my-doc does not support parameters.".to_owned()),
        (&needed, json!({"p": ["1"], "x": ["1"]}), format!("{generic} Parameter \"x\" is not declared.")),
        (&needed, json!({}), format!("{generic} Parameter \"p\" is required.")),
    ] {
        assert_eq!(document.check_parameters(&supplied(&values)).unwrap_err().text(&name), wanted);
    }
    let long = "x".repeat(9999);
    let error = needed.check_parameters(&supplied(&json!({long: ["1"]}))).unwrap_err();
    assert!(error.text(&name).len() < 200);
}

#[test]
fn the_values_of_a_run_are_the_supplied_ones_and_the_defaults_in_document_order() {
    let text = r#"{"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {}}, "parameters": {"z": {"type": "StringList"},
        "b": {"type": "String", "default": "d", "allowedPattern": "x"}, "a": {"type": "String", "default": "e"}}}"#;
    let document = Document::parse(text).unwrap();
    let parameters = document.check_parameters(&supplied(&json!({"a": ["s"], "z": ["1", "2"]}))).unwrap();
    assert_eq!(serde_json::to_string(&parameters).unwrap(), r#"{"z":["1","2"],"b":"d","a":"s"}"#);
    assert!(document.check_parameters(&supplied(&json!({"z": []}))).unwrap().get("z") == Some(&json!([])));
}

#[test]
fn a_pattern_of_another_dialect_is_an_error_only_when_its_parameter_is_given() {
    let document = document(&json!({"p": {"type": "String", "default": "d", "allowedPattern": "(?!a)b"}}));
    assert!(document.check_parameters(&BTreeMap::new()).is_ok());
    let unusable = ParameterError::UnusablePattern { name: "p".to_owned(), pattern: "(?!a)b".to_owned() };
    assert_eq!(document.check_parameters(&supplied(&json!({"p": ["b"]}))), Err(unusable.clone()));
    assert_eq!(document.check_as_agent(&Parameters::new()), Err(unusable));
}

#[test]
fn an_agent_looks_for_the_pattern_anywhere_in_each_value() {
    let check = |definition: Value, value: Value| {
        let parameters = serde_json::from_value(json!({"p": value})).unwrap();
        document(&json!({"p": definition})).check_as_agent(&parameters).is_ok()
    };
    let pattern = |kind: &str| json!({"type": kind, "allowedPattern": "[0-9]", "maxChars": 1, "allowedValues": []});
    for (kind, value, taken) in [
        ("String", json!("abc1"), true),
        ("String", json!("abc"), false),
        ("StringList", json!(["1", "x2"]), true),
        ("StringList", json!(["1", "x"]), false),
        ("StringMap", json!({"k": 1}), true),
        ("StringMap", json!({"k": "v"}), false),
        ("Integer", json!(1), false),
        ("Boolean", json!(true), false),
        ("String", json!(null), false),
    ] {
        assert_eq!(check(pattern(kind), value.clone()), taken, "{kind} {value}");
    }
    assert!(check(json!({"type": "String", "maxChars": 1}), json!("long")));
    let absent =
        document(&json!({"p": {"type": "String", "allowedPattern": "d", "default": "d"}, "q": {"type": "String"}}));
    assert_eq!(absent.check_as_agent(&Parameters::new()), Ok(()));
}

#[test]
fn no_error_and_no_debug_shows_a_value() {
    let secret = "hunter2";
    for definition in [
        json!({"type": "String", "allowedValues": ["a"]}),
        json!({"type": "String", "allowedPattern": "a"}),
        json!({"type": "String", "maxChars": 1}),
        json!({"type": "StringList", "maxItems": 0}),
    ] {
        let document = document(&json!({"p": definition}));
        let error = document.check_parameters(&supplied(&json!({"p": [secret]}))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(secret));
    }
    let pattern = document(&json!({"p": {"type": "String", "allowedPattern": "a"}}));
    let parameters: Parameters = serde_json::from_value(json!({"p": secret})).unwrap();
    let error = pattern.check_as_agent(&parameters).unwrap_err();
    assert!(!format!("{error} {error:?} {parameters:?}").contains(secret));
    assert_eq!(format!("{parameters:?}"), "Parameters{\"p\"}");
}
