//! How long parsing, checking and planning a document takes: what a SendCommand and an agent each do once a command.

use std::collections::BTreeMap;
use std::hint::black_box;

use ssm_benches::{Effort, Rounds};
use ssm_core::document::{Document, Platform, predefined};

fn main() {
    let effort = Effort::from_arguments();
    let times = if effort.quick { 10 } else { 2000 };
    let script = predefined::RUN_SHELL_SCRIPT.text;
    let steps: Vec<String> = (0..50)
        .map(|step| {
            format!(
                r#"{{"action": "aws:runShellScript", "name": "step{step}",
                     "inputs": {{"runCommand": ["echo {{{{ who }}}} {step}", "true"], "timeoutSeconds": "60"}}}}"#
            )
        })
        .collect();
    let fifty = format!(
        r#"{{"schemaVersion": "2.2", "parameters": {{"who": {{"type": "String", "allowedPattern": "[a-z]+"}}}},
            "mainSteps": [{}]}}"#,
        steps.join(",")
    );
    for (name, text, supplied) in
        [("AWS-RunShellScript", script, ("commands", "echo hi")), ("50 steps", fifty.as_str(), ("who", "you"))]
    {
        let supplied = BTreeMap::from([(supplied.0.to_owned(), vec![supplied.1.to_owned()])]);
        let document = Document::parse(text).expect("the bench's own document");
        let parameters = document.check_parameters(&supplied).expect("the bench's own parameters");
        let mut parse = Rounds::of(format!("parse {name} ({} bytes)", text.len()));
        let mut check = Rounds::of(format!("check parameters of {name}"));
        let mut plan = Rounds::of(format!("plan {name}"));
        for _ in 0..effort.rounds {
            parse.run(times, || drop(black_box(Document::parse(black_box(text)))));
            check.run(times, || drop(black_box(document.check_parameters(black_box(&supplied)))));
            plan.run(times, || drop(black_box(document.plan(black_box(&parameters), Platform::Linux))));
        }
        parse.print("documents", 1);
        check.print("documents", 1);
        plan.print("documents", 1);
    }
}
