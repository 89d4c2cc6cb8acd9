//! Any declaration of one parameter with any values for it: `declaration`, a line `---`, then a value a line.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use ssm_core::document::Document;

fuzz_target!(|text: &str| {
    let (declaration, values) = text.split_once("\n---\n").unwrap_or((text, ""));
    let document = format!(
        r#"{{"schemaVersion": "2.2", "parameters": {{"p": {declaration}}}, "mainSteps": [
            {{"action": "aws:runShellScript", "name": "s", "inputs": {{"runCommand": ["echo {{{{ p }}}}", "{{{{ p }}}}"]}}}},
            {{"action": "acme:x", "name": "x", "inputs": {{"a": "{{{{ p }}}}", "b": ["<{{{{p}}}}>"]}},
              "precondition": {{"StringEquals": ["{{{{ p }}}}", "a"]}}}}]}}"#
    );
    let Ok(document) = Document::parse_lenient(&document) else { return };
    let supplied = BTreeMap::from([("p".to_owned(), values.lines().map(str::to_owned).collect::<Vec<_>>())]);
    let _ = document.warnings();
    for supplied in [BTreeMap::new(), supplied] {
        match document.check_parameters(&supplied) {
            Ok(parameters) => ssm_fuzz::values(&document, &parameters),
            Err(error) => assert!(error.to_string().len() < 1000, "a short reason"),
        }
    }
});
