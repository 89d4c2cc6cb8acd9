use serde_json::{Value, json};

use super::*;
use crate::document::Format;

/// The rules that warn about a document, each with the value that it is about.
fn warnings(document: &Value) -> Vec<(&'static str, String)> {
    let document = Document::parse(&document.to_string()).unwrap();
    document.warnings().iter().map(|warning| (warning.kind.as_str(), warning.pointer.to_string())).collect()
}

fn check(document: &Value, wanted: &[(&'static str, &str)]) {
    let mut found = warnings(document);
    found.sort();
    let mut wanted: Vec<_> = wanted.iter().map(|(rule, pointer)| (*rule, (*pointer).to_owned())).collect();
    wanted.sort();
    assert_eq!(found, wanted, "{document}");
}

fn shell(inputs: &Value) -> Value {
    json!({"action": "aws:runShellScript", "name": "s", "inputs": inputs})
}

fn with_steps(steps: &[Value]) -> Value {
    json!({"schemaVersion": "2.2", "mainSteps": steps})
}

/// A document with one parameter, and a script of this one line.
fn with_line(parameter: &Value, line: &str) -> Value {
    json!({"schemaVersion": "2.2", "parameters": {"p": parameter},
        "mainSteps": [shell(&json!({"runCommand": [line], "timeoutSeconds": 60}))]})
}

const SCRIPT: &str = "/mainSteps/0/inputs/runCommand/0";

#[test]
fn a_careful_document_has_no_warnings() {
    let document = json!({
        "schemaVersion": "2.2",
        "$schema": "https://example.com/schema",
        "description": "d",
        "parameters": {
            "number": {"type": "String", "allowedPattern": "^[0-9]+$", "default": "1"},
            "text": {"type": "String", "interpolationType": "ENV_VAR"},
            "lines": {"type": "StringList", "minItems": 1},
        },
        "mainSteps": [
            {"action": "aws:runShellScript", "name": "a", "precondition": {"StringEquals": ["platformType", "Linux"]},
                "inputs": {"runCommand": ["echo {{ number }} {{ text }}", "go '{{.Name}}'"], "timeoutSeconds": "60",
                    "onFailure": "exit"}},
            {"action": "acme:own", "name": "c", "inputs": {"anything": 1, "onSuccess": "exit"}},
            {"action": "aws:runShellScript", "name": "b",
                "inputs": {"runCommand": "{{ lines }}", "timeoutSeconds": "{{ number }}", "finallyStep": true}},
        ],
    });
    check(&document, &[]);
}

#[test]
fn members_that_do_nothing_are_told() {
    let mut step = shell(&json!({"runCommand": [], "timeoutSeconds": 60}));
    for (name, value) in
        [("onFailure", json!("exit")), ("timeoutSeconds", json!(5)), ("isEnd", json!(true)), ("x", json!(1))]
    {
        step[name] = value;
    }
    let mut document = with_steps(&[step]);
    document["assumeRole"] = json!("");
    document["comment"] = json!("");
    check(
        &document,
        &[
            ("step-modifier-ignored", "/mainSteps/0/onFailure"),
            ("step-modifier-ignored", "/mainSteps/0/timeoutSeconds"),
            ("step-modifier-ignored", "/mainSteps/0/isEnd"),
            ("unknown-member", "/mainSteps/0/x"),
            ("unknown-member", "/assumeRole"),
            ("unknown-member", "/comment"),
        ],
    );
}

#[test]
fn inputs_that_a_public_plugin_does_not_take_are_told() {
    let inputs = "/mainSteps/0/inputs";
    for (given, rule, name) in [
        (json!({"runCommand": [], "timeoutSeconds": 60, "commands": []}), "unknown-input", "/commands"),
        (json!({"runCommand": "echo hi", "timeoutSeconds": 60}), "input-type", "/runCommand"),
        (json!({"runCommand": [], "timeoutSeconds": 60, "workingDirectory": ["a"]}), "input-type", "/workingDirectory"),
        (json!({"runCommand": [], "timeoutSeconds": 60, "onFailure": "abort"}), "input-value", "/onFailure"),
        (json!({"runCommand": []}), "no-timeout", ""),
        (json!({"runCommand": [], "timeoutSeconds": 4}), "timeout-unusable", "/timeoutSeconds"),
        (json!({"runCommand": [], "timeoutSeconds": "soon"}), "timeout-unusable", "/timeoutSeconds"),
        (json!({"RUNCOMMAND": [], "TimeoutSeconds": "172800"}), "", ""),
    ] {
        let wanted = if rule.is_empty() { vec![] } else { vec![(rule, format!("{inputs}{name}"))] };
        assert_eq!(warnings(&with_steps(&[shell(&given)])), wanted, "{given}");
    }
    for (input, value, rule) in [
        ("onFailure", json!("abort"), "input-value"),
        ("onfailure", json!("exit"), "step-modifier-ignored"),
        ("finallyStep", json!("yes"), "input-value"),
    ] {
        let inputs = json!({input: value});
        let pointer = format!("/mainSteps/0/inputs/{input}");
        check(&with_steps(&[json!({"action": "acme:x", "name": "d", "inputs": inputs})]), &[(rule, &pointer)]);
    }
    let early = json!({"action": "acme:x", "name": "d", "inputs": {"finallyStep": true}});
    let late = json!({"action": "acme:x", "name": "e", "inputs": {}});
    check(&with_steps(&[early, late]), &[("finally-not-last", "/mainSteps/0/inputs/finallyStep")]);
    let action = json!({"action": "aws:configureDocker", "name": "d", "inputs": {"action": "Update"}});
    check(&with_steps(&[action]), &[("input-value", "/mainSteps/0/inputs/action")]);
}

#[test]
fn a_value_that_may_become_code_is_told_unless_its_rules_keep_it_tame() {
    let injection: &[(&str, &str)] = &[("script-injection", SCRIPT)];
    for (parameter, line, wanted) in [
        (json!({"type": "String"}), "echo {{ p }}", injection),
        (json!({"type": "String"}), "echo '{{p}}' {{ p }}", injection),
        (json!({"type": "String", "allowedPattern": "^.*$"}), "echo {{ p }}", injection),
        (json!({"type": "String", "allowedPattern": "[^ ]+"}), "echo {{ p }}", injection),
        (json!({"type": "String", "allowedPattern": "^[a-z;]*$"}), "echo {{ p }}", injection),
        (json!({"type": "String", "allowedPattern": "^[a-zA-Z0-9_./-]{1,64}$"}), "echo {{ p }}", &[]),
        (json!({"type": "String", "allowedPattern": "^(on|off)$"}), "echo {{ p }}", &[]),
        (json!({"type": "String", "allowedPattern": "(on|off)"}), "echo {{ p }}", injection),
        (json!({"type": "String", "allowedPattern": ""}), "echo {{ p }}", injection),
        (json!({"type": "String", "allowedValues": []}), "echo {{ p }}", injection),
        (json!({"type": "String", "allowedValues": ["a"]}), "echo {{ p }}", &[]),
        (json!({"type": "String", "interpolationType": "ENV_VAR"}), "echo {{ p }}", &[]),
        // A whole line is meant to be code.
        (json!({"type": "String"}), "{{ p }}", &[]),
        (json!({"type": "StringList"}), "echo {{ p }}", &[("script-injection", SCRIPT), ("value-as-json", SCRIPT)]),
    ] {
        check(&with_line(&parameter, line), wanted);
    }
}

#[test]
fn a_variable_that_does_not_become_its_value_is_told() {
    let variable = json!({"type": "String", "interpolationType": "ENV_VAR"});
    for (plugin, lines, wanted) in [
        ("aws:runShellScript", json!(["echo \"{{ p }}\" '{{ p }}'", "# {{ p }}"]), None),
        ("aws:runShellScript", json!(["cat <<E", "{{ p }}", "E"]), None),
        ("aws:runShellScript", json!(["cat <<'E'", "{{ p }}", "E"]), Some(("variable-not-expanded", "/1"))),
        ("aws:runShellScript", json!(["echo $(( {{ p }} ))"]), Some(("script-injection", "/0"))),
        (
            "aws:runShellScript",
            json!(["#!/usr/bin/python3", "print('{{ p }}')"]),
            Some(("variable-not-expanded", "/1")),
        ),
        ("aws:runShellScript", json!(["(( y = {{ p }} ))"]), Some(("script-injection", "/0"))),
        ("aws:runShellScript", json!(["if [[ {{ p }} -eq 1 ]]; then :; fi"]), Some(("script-injection", "/0"))),
        ("aws:runShellScript", json!(["eval {{ p }}"]), Some(("script-injection", "/0"))),
        ("aws:runShellScript", json!(["echo x | awk '{print \"{{ p }}\"}'"]), Some(("script-injection", "/0"))),
        ("aws:runShellScript", json!(["ssh host 'rm {{ p }}'"]), Some(("script-injection", "/0"))),
        ("aws:runShellScript", json!(["ssh host; bash -c {{ p }}"]), Some(("script-injection", "/0"))),
        ("aws:runShellScript", json!("{{ p }}"), Some(("variable-not-expanded", ""))),
        ("aws:runPowerShellScript", json!(["Write-Output {{ p }} \"{{ p }}\""]), None),
        ("aws:runPowerShellScript", json!(["Write-Output '{{ p }}'"]), Some(("variable-not-expanded", "/0"))),
    ] {
        let inputs = json!({"runCommand": lines, "timeoutSeconds": 60});
        let document = json!({"schemaVersion": "2.2", "parameters": {"p": &variable},
            "mainSteps": [{"action": plugin, "name": "s", "inputs": inputs}]});
        let found = warnings(&document);
        let found: Vec<_> = found.iter().filter(|(rule, _)| *rule != "input-type").cloned().collect();
        let wanted = wanted.map(|(rule, place)| (rule, format!("/mainSteps/0/inputs/runCommand{place}")));
        assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{document}");
    }
}

#[test]
fn a_reference_inside_the_text_of_a_map_is_told() {
    let parameter = json!({"type": "String", "interpolationType": "ENV_VAR"});
    for (value, is_told) in [
        (json!("{\"commands\": [\"{{ p }}\"]}"), true),
        (json!("{{ p }}"), false),
        (json!({"commands": ["{{ p }}"]}), false),
    ] {
        let inputs = json!({"documentType": "LocalPath", "documentPath": "a", "documentParameters": value});
        let document = json!({"schemaVersion": "2.2", "parameters": {"p": &parameter},
            "mainSteps": [{"action": "aws:runDocument", "name": "s", "inputs": inputs}]});
        let wanted: &[_] = &[("script-injection", "/mainSteps/0/inputs/documentParameters")];
        check(&document, if is_told { wanted } else { &[] });
    }
}

#[test]
fn a_name_that_agents_do_not_take_is_told() {
    let document = json!({"schemaVersion": "2.2", "parameters": {"a_b": {"type": "String", "default": "x"}},
        "mainSteps": [{"action": "acme:x", "name": "s", "inputs": {"k": "{{ a_b }}"}}]});
    check(&document, &[("parameter-name", "/parameters/a_b")]);
}

#[test]
fn references_that_are_none_are_told() {
    let parameter = json!({"type": "String", "allowedValues": ["a"]});
    for (line, rule) in [
        ("{{ p }} {{ my-param }}", Some("not-a-reference")),
        ("{{ p }} {{\tp}}", Some("not-a-reference")),
        ("{{ p }} {{ssm-secure:a}}", Some("secure-reference")),
        ("{{ p }} {{ssm:a}} {{ .Name }} {{ json . }} {{}}", None),
        ("nothing", Some("unused-parameter")),
    ] {
        let pointer = if rule == Some("unused-parameter") { "/parameters/p" } else { SCRIPT };
        let wanted: Vec<_> = rule.map(|rule| (rule, pointer)).into_iter().collect();
        check(&with_line(&parameter, line), &wanted);
    }
}

#[test]
fn declarations_that_cannot_be_met_are_told() {
    for (parameter, rule, member) in [
        (json!({"type": "String", "allowedPattern": "^(?!a)b"}), "pattern-unusable", "/allowedPattern"),
        (json!({"type": "String", "allowedPattern": "^a$", "default": "b"}), "default-breaks-rules", "/default"),
        (json!({"type": "String", "allowedValues": ["a"], "default": "b"}), "default-breaks-rules", "/default"),
        (json!({"type": "String", "minChars": 3, "maxChars": 2}), "bounds", "/minChars"),
        (json!({"type": "String", "minItems": 1}), "bounds", "/minItems"),
        (json!({"type": "String", "Default": "a"}), "unknown-member", "/Default"),
    ] {
        let document = with_line(&parameter, "{{ p }}");
        check(&document, &[(rule, &format!("/parameters/p{member}"))]);
    }
}

#[test]
fn preconditions_that_cannot_hold_are_told() {
    for (arguments, is_told) in [
        (json!(["platformType", "Linux"]), false),
        (json!(["MacOS", "platformType"]), false),
        (json!(["platformType", "Windows"]), true),
        (json!(["platformType", "Ubuntu"]), true),
        (json!(["platformType"]), true),
        (json!(["a", "b"]), true),
        (json!(["{{ p }}", "b"]), false),
        (json!(["platformType", "{{ p }}"]), true),
        (json!(["platformType", "platformType"]), true),
        (json!(["{{ p }}", "{{ssm:a}}"]), true),
    ] {
        let mut document = with_line(&json!({"type": "String"}), "{{ p }}");
        document["mainSteps"][0]["precondition"] = json!({"StringEquals": arguments});
        let wanted: &[_] = &[("precondition", "/mainSteps/0/precondition/StringEquals")];
        check(&document, if is_told { wanted } else { &[] });
        document["mainSteps"][0]["precondition"] = json!({"StringLike": arguments});
        check(&document, &[("precondition", "/mainSteps/0/precondition/StringLike")]);
    }
}

#[test]
fn several_plugins_of_schema_1_2_have_no_certain_order() {
    let document = json!({"schemaVersion": "1.2", "runtimeConfig": {
        "aws:runShellScript": {"properties": [{"runCommand": [], "timeoutSeconds": 5}]}, "acme:x": {}}});
    check(&document, &[("order-uncertain", "/runtimeConfig")]);
}

#[test]
fn warnings_are_bounded_in_number_and_in_what_they_quote() {
    let long = "x".repeat(1000);
    let mut step = shell(&json!({"runCommand": [format!("{{{{ {long}-y }}}}")], "timeoutSeconds": 5}));
    for at in 0..300 {
        step[format!("{long}{at}").get(900..).unwrap()] = json!(1);
    }
    let mut document = with_steps(&[step]);
    document["parameters"] = json!({&long: {"type": "StringList"}});
    let line = format!("{{{{ {long} }}}} x");
    document["mainSteps"][0]["inputs"]["runCommand"] = json!([line, line]);
    document["mainSteps"][0]["inputs"]["workingDirectory"] = json!(line);
    let document = Document::parse(&document.to_string()).unwrap();
    let warnings = document.warnings();
    assert_eq!(warnings.len(), Document::MAX_WARNINGS);
    assert!(warnings.iter().all(|warning| warning.text.len() < 300));
}

#[test]
fn of_many_warnings_the_first_of_the_text_are_told_each_with_its_place() {
    let mut step = shell(&json!({"runCommand": [], "timeoutSeconds": 5}));
    for at in 0..150 {
        step[format!("own{at}")] = json!({"a": [at]});
    }
    let declared: serde_json::Map<_, _> = (0..200).map(|at| (format!("p{at}"), json!({"type": "String"}))).collect();
    // Parameters are looked at first, and are the last here.
    let (steps, declared) = (json!([step]), Value::Object(declared));
    let text = format!("{{\"schemaVersion\": \"2.2\",\n \"mainSteps\": {steps:#},\n \"parameters\": {declared:#}}}");
    let document = Document::parse(&text).unwrap();
    let mut texts = vec![(text, Format::Json)];
    if cfg!(feature = "yaml") {
        texts.push((document.text_in(Format::Yaml), Format::Yaml));
    }
    for (text, format) in texts {
        let warnings = Document::parse_as(&text, format).unwrap().warnings();
        assert_eq!(warnings.len(), Document::MAX_WARNINGS);
        assert!(warnings.is_sorted_by_key(|warning| warning.position));
        for (at, warning) in warnings.iter().enumerate() {
            let kind = if at < 150 { WarningKind::UnknownMember } else { WarningKind::UnusedParameter };
            assert_eq!(warning.kind, kind, "{}", warning.pointer);
            assert!(warning.position.is_some());
            assert_eq!(warning.position, tree::locate(&text, format, &warning.pointer), "{}", warning.pointer);
        }
    }
}
