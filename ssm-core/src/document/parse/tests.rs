use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::document::Platform::{Linux, MacOS, Windows};
use crate::document::{DocumentErrorKind, ParameterType};

fn with_step(step: &Value) -> String {
    json!({"schemaVersion": "2.2", "mainSteps": [step]}).to_string()
}

fn with_parameter(parameter: &Value) -> String {
    json!({"schemaVersion": "1.2", "parameters": {"p": parameter}, "runtimeConfig": {"acme:x": {}}}).to_string()
}

fn check(text: &str, kind: DocumentErrorKind, wanted: &str) {
    let Err(error) = Document::parse(text) else { panic!("{text} was taken") };
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, wanted), "{text}");
}

#[test]
fn each_fault_has_its_public_text() {
    let shell = |name: &str| json!({"action": "aws:runShellScript", "name": name, "inputs": {"runCommand": []}});
    let document =
        |version: &str, section: &str, content: Value| json!({"schemaVersion": version, section: content}).to_string();
    for (text, wanted) in [
        ("not json".to_owned(), "JSON not well-formed. at Line: 1, Column: 2"),
        (String::new(), "JSON not well-formed. at Line: 1, Column: 1"),
        (r#"{"schemaVersion": "2.2"}"#.to_owned(), "Missing \"mainSteps\" in the document."),
        (document("2.2", "mainSteps", json!([])), "Missing \"mainSteps\" in the document."),
        (document("1.2", "runtimeConfig", json!({})), "Missing \"runtimeConfig\" in the document."),
        (document("1.2", "mainSteps", json!([shell("a")])), "Unknown property \"mainSteps\"."),
        (document("2.0", "runtimeConfig", json!({"acme:x": {}})), "Unknown property \"runtimeConfig\"."),
        (document("1.2", "runtimeConfig", json!({"aws:notAPlugin": {}})), "Unknown plugin name: aws:notAPlugin"),
        (
            with_step(&json!({"action": "AWS:runshellscript", "name": "a", "inputs": {}})),
            "Unknown plugin name: AWS:runshellscript",
        ),
        (with_step(&json!({"action": "no plugin", "name": "a", "inputs": {}})), "Unknown plugin name: no plugin"),
        (
            with_step(&json!({"action": "aws:runShellScript", "name": "a"})),
            "object has missing required properties ([\"inputs\"])",
        ),
        (with_step(&json!({})), "object has missing required properties ([\"action\",\"inputs\",\"name\"])"),
        (
            with_step(&json!({"action": "acme:x", "name": "a", "inputs": {"k": ["{{ X }}"]}})),
            "Parameter \"X\" is not declared.",
        ),
        (
            with_step(&json!({"action": "acme:x", "name": "a", "inputs": {},
            "precondition": {"StringEquals": ["{{X}}", "y"]}})),
            "Parameter \"X\" is not declared.",
        ),
        (
            document("2.0", "mainSteps", json!([{"action": "acme:x", "name": "a", "inputs": {}, "precondition": {}}])),
            "Unrecognized field \"precondition\". Precondition is supported only for Command and Policy document \
             types and for schema version 2.2 or higher. Step name: a",
        ),
        (
            document("2.2", "mainSteps", json!([shell("a"), shell("b"), shell("a")])),
            "More than one step has the name \"a\".",
        ),
        (with_parameter(&json!({"type": "Number"})), "Parameter type: Number is invalid. at Line: 1, Column: 28"),
        (with_parameter(&json!({})), "object has missing required properties ([\"type\"])"),
        (
            with_parameter(&json!({"type": "StringList", "default": "echo hello"})),
            "Wrong default value for a \"StringList\" parameters, got \"echo hello\". at Line: 1, Column: 31",
        ),
        (
            with_parameter(&json!({"type": "String", "default": ["a"]})),
            "Wrong default value for a \"String\" parameters, got [\"a\"]. at Line: 1, Column: 31",
        ),
        (with_parameter(&json!({"type": "String", "minChars": -1})), "Member \"minChars\" must be a whole number."),
        ("[\"1.2\"]".to_owned(), "A document is a JSON object."),
    ] {
        check(&text, DocumentErrorKind::Content, wanted);
    }
}

#[test]
fn other_schema_versions_are_told_apart() {
    for version in [json!("0.3"), json!("1.1"), json!("2.2.0"), json!(2.2), json!("9999.0")] {
        let shown = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
        let wanted = format!(
            "Document with schema version {shown} is not supported by this version of ssm agent, \
             please update to latest version"
        );
        check(&json!({"schemaVersion": version}).to_string(), DocumentErrorKind::SchemaVersion, &wanted);
    }
    check("{}", DocumentErrorKind::SchemaVersion, "Missing \"schemaVersion\" in the document.");
}

#[test]
fn a_document_has_at_most_64_kib_and_errors_quote_little_of_it() {
    let padded = |bytes: usize| {
        let text = with_step(&json!({"action": "acme:x", "name": "a", "inputs": {}}));
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    assert!(Document::parse(&padded(Document::MAX_BYTES)).is_ok());
    check(&padded(Document::MAX_BYTES + 1), DocumentErrorKind::TooLarge, "A document has at most 65536 bytes.");
    let long = "x".repeat(10_000);
    for text in [
        with_step(&json!({"action": format!("aws:{long}"), "name": "a", "inputs": {}})),
        with_step(&json!({"action": "acme:x", "name": long, "inputs": {}})),
        with_step(&json!({"action": "acme:x", "name": "a", "inputs": {"k": format!("{{{{ {long} }}}}")}})),
        with_parameter(&json!({"type": long})),
        with_parameter(&json!({"type": "StringList", "default": long})),
        json!({"schemaVersion": long}).to_string(),
        json!({"schemaVersion": "2.2", "mainSteps": long}).to_string(),
    ] {
        let error = Document::parse(&text).unwrap_err();
        assert!(error.to_string().len() < 300, "{error}");
    }
    let deep = format!(r#"{{"schemaVersion": "2.2", "mainSteps": {}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    assert!(Document::parse(&deep).is_err());
    let many = json!({"schemaVersion": "2.2", "mainSteps": vec![json!({}); 1001]}).to_string();
    check(&many, DocumentErrorKind::Content, "A document has at most 1000 steps.");
    let many = json!({"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {"properties": vec![json!({}); 1001]}}});
    check(&many.to_string(), DocumentErrorKind::Content, "A document has at most 1000 steps.");
    let parameters: Map<_, _> = (0..201).map(|at| (format!("p{at}"), json!({"type": "String"}))).collect();
    let many = json!({"schemaVersion": "2.2", "parameters": parameters}).to_string();
    check(&many, DocumentErrorKind::Content, "A document has at most 200 parameters.");
}

#[test]
fn dubious_things_that_the_public_service_takes_are_taken() {
    for text in [
        with_parameter(&json!({"type": "String", "default": "b", "allowedPattern": "^a$"})),
        with_parameter(&json!({"type": "String", "allowedPattern": "(?!a)"})),
        with_parameter(&json!({"type": "String", "maxChars": "10", "allowedValues": [true, 1, "x"]})),
        with_parameter(&json!({"type": "StringList", "default": "{{ssm:list}}"})),
        with_parameter(&json!({"type": "String", "displayType": "TEXT", "somethingNew": 1})),
        with_step(&json!({"action": "acme:x", "name": "a", "inputs": {"timeoutSeconds": "soon"}, "onFailure": "exit"})),
        with_step(&json!({"action": "acme:x", "name": "a", "inputs": {"format": "{{.Name}} {{ssm:a/b}} {{json .}}"}})),
        json!({"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript":
            {"properties": [{"precondition": {}, "id": "../shell", "runCommand": []}]}}})
        .to_string(),
        json!({"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": [{}]}}}).to_string(),
        json!({"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": []}}}).to_string(),
    ] {
        let document = Document::parse(&text);
        assert!(document.is_ok(), "{text}: {document:?}");
    }
}

#[test]
fn an_agent_takes_what_the_service_refuses_for_its_content() {
    for text in [
        with_step(&json!({"action": "aws:noSuchPlugin", "name": "a", "inputs": {"k": "{{ X }}"}})),
        with_step(&json!({"action": "acme:x", "name": "a"})),
        with_parameter(&json!({"type": "Number", "default": 1, "minChars": "few"})),
        with_parameter(&json!({})),
        json!({"schemaVersion": "2.0", "runtimeConfig": {}, "mainSteps": [
            {"action": "acme:x", "name": "a", "precondition": {"StringEquals": ["platformType", "Linux"]}},
            {"action": "acme:x", "name": "a"}]})
        .to_string(),
    ] {
        assert!(Document::parse(&text).is_err(), "{text}");
        let document = Document::parse_lenient(&text);
        assert!(document.is_ok(), "{text}: {document:?}");
    }
    for text in [r#"{"schemaVersion": "2.2", "mainSteps": []}"#, r#"{"schemaVersion": "1.2"}"#] {
        assert_eq!(Document::parse_lenient(text).unwrap_err().to_string(), "Unsupported schema format");
    }
}

#[test]
fn a_parsed_document_keeps_its_text_and_its_order() {
    let text = r#" {"schemaVersion": "1.2",  "description": "d", "parameters":
        {"z": {"type": "String"}, "a": {"type": "StringList"}},
        "runtimeConfig": {"z:last": {"properties": "{{ z }}"}, "aws:runShellScript": {}, "a:first": {}}}"#;
    let document = Document::parse(text).unwrap();
    assert_eq!((document.text(), document.description()), (text, Some("d")));
    assert_eq!(document.parameters().keys().collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(document.parameters()["a"].kind(), &ParameterType::StringList);
    let plugins: Vec<_> = document.plugins().map(PluginName::as_str).collect();
    assert_eq!(plugins, ["z:last", "aws:runShellScript", "a:first"]);
}

/// The digest was made by `sha256sum`.
#[test]
fn the_hash_is_the_sha_256_of_the_text() {
    let document = Document::parse(r#"{"schemaVersion":"1.2","runtimeConfig":{"acme:x":{}}}"#).unwrap();
    assert_eq!(document.sha256(), "c81733dce008cc6e149e6491e621cd0182aa80361a8d464abb3c8012098ac685");
}

#[test]
fn platforms_are_those_of_all_plugins_together() {
    for (plugins, wanted) in [
        (vec!["aws:runShellScript"], vec![Linux, MacOS]),
        (vec!["aws:psModule"], vec![Windows]),
        (vec!["aws:psModule", "aws:runShellScript"], vec![Linux, MacOS, Windows]),
        (vec!["aws:downloadContent"], vec![Linux, Windows]),
        (vec!["acme:hello"], vec![Linux, MacOS, Windows]),
    ] {
        let config: Map<_, _> = plugins.iter().map(|plugin| ((*plugin).to_owned(), json!({}))).collect();
        let document = Document::parse(&json!({"schemaVersion": "1.2", "runtimeConfig": config}).to_string()).unwrap();
        assert_eq!(document.platforms(), BTreeSet::from_iter(wanted), "{plugins:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}|[{}\\[\\]\":,a0 ]{0,60}") {
        let _ = (Document::parse(&text), Document::parse_lenient(&text));
    }

    #[test]
    fn what_the_service_takes_an_agent_takes_alike(
        version in prop_oneof![Just("1.2"), Just("2.0"), Just("2.2")],
        action in "(aws:runShellScript|acme:[a-z]{1,3}|aws:x)",
        input in "(\\{\\{ ?[pq] ?\\}\\}|[a-z{} ]{0,8})",
        list in any::<bool>(),
    ) {
        let step = json!({"action": &action, "name": "n", "inputs": {"k": &input}});
        let text = json!({
            "schemaVersion": version,
            "parameters": {"p": {"type": if list { "StringList" } else { "String" }}},
            "mainSteps": [step], "runtimeConfig": {action: {"properties": [{"k": input}]}},
        });
        let mut text = text;
        text.as_object_mut().unwrap().remove(if version == "1.2" { "mainSteps" } else { "runtimeConfig" });
        let text = text.to_string();
        if let Ok(document) = Document::parse(&text) {
            prop_assert_eq!(Document::parse_lenient(&text), Ok(document));
        }
    }
}
