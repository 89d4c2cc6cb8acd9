mod agent;
mod nested;
mod properties;
mod service;

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

fn parameters(values: &Value) -> Parameters {
    serde_json::from_value(values.clone()).unwrap()
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
        (&needed, json!({"p": []}), format!("{generic} Parameter \"p\" is not of type String.")),
    ] {
        assert_eq!(document.check_parameters(&supplied(&values)).unwrap_err().text(&name), wanted);
    }
    assert!(document(&json!({})).check_parameters(&BTreeMap::new()).unwrap().is_empty());
    let long = "x".repeat(9999);
    for error in [
        needed.check_parameters(&supplied(&json!({&long: ["1"]}))).unwrap_err(),
        document(&json!({&long: {"type": "String"}})).check_parameters(&BTreeMap::new()).unwrap_err(),
        document(&json!({&long: {"type": &long}})).check_parameters(&supplied(&json!({&long: ["1"]}))).unwrap_err(),
        document(&json!({&long: {"type": "String", "allowedPattern": &long}}))
            .check_parameters(&supplied(&json!({&long: ["1"]})))
            .unwrap_err(),
    ] {
        assert!(error.text(&name).len() < 300, "{error}");
    }
}

#[test]
fn no_error_and_no_debug_shows_a_value() {
    let secret = "hunter2";
    for definition in [
        json!({"type": "String", "allowedValues": ["a"]}),
        json!({"type": "String", "allowedPattern": "a"}),
        json!({"type": "String", "maxChars": 1}),
        json!({"type": "StringList", "maxItems": 0}),
        json!({"type": "Integer"}),
        json!({"type": "Boolean"}),
        json!({"type": "StringMap"}),
        json!({"type": "MapList"}),
    ] {
        let document = document(&json!({"p": definition}));
        let error = document.check_parameters(&supplied(&json!({"p": [secret]}))).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(secret));
    }
    for definition in [
        json!({"type": "String", "allowedPattern": "a"}),
        json!({"type": "String", "allowedValues": ["a"]}),
        json!({"type": "String", "maxChars": 1}),
        json!({"type": "Integer", "default": 1}),
    ] {
        let values = parameters(&json!({"p": secret}));
        let error = document(&json!({"p": definition})).check_as_nested(&values).unwrap_err();
        assert!(!format!("{error} {error:?} {values:?}").contains(secret));
        assert_eq!(format!("{values:?}"), "Parameters{\"p\"}");
    }
}
