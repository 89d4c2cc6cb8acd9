//! Other people's documents: each one parses and plans, or is refused for a reason that the specification gives.
//!
//! They are not part of this repository. The test looks into the directory that `SSM_DOCUMENT_CORPUS` names, else into
//! `shared/corpus/documents` beside the checkout, and has nothing to say where there is none.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use ssm_core::document::{Document, Format, ParameterDefinition, ParameterType, Parameters, PlanError, Platform};

/// How the reasons begin that service specification 4.1, 4.5 and 4.7 give for refusing a document.
const REASONS: [&str; 19] = [
    "JSON not well-formed. at Line: ",
    "YAML not well-formed. at Line: ",
    "Missing \"schemaVersion\" in the document.",
    "Missing \"mainSteps\" in the document.",
    "Missing \"runtimeConfig\" in the document.",
    "Unknown property \"mainSteps\".",
    "Unknown property \"runtimeConfig\".",
    "Unknown plugin name: ",
    "Parameter type: ",
    "Wrong default value for a ",
    "Parameter \"",
    // Agent protocol 5.2: values for such names are dropped; variables are for String parameters.
    "The parameter name ",
    "ENV_VAR is for String parameters",
    "object has missing required properties (",
    "Unrecognized field \"precondition\". ",
    "Document with schema version ",
    "A document has at most 65536 bytes.",
    "Duplicate key ",
    "More than one step has the name ",
];

#[test]
fn documents_of_other_people_parse_and_plan_or_are_refused_for_a_reason_of_the_specification() {
    let Some(directory) = corpus() else {
        println!("there is no corpus here: nothing was checked");
        return;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| is_document(file)) {
        let name = file.file_name().unwrap().to_string_lossy();
        let text = fs::read_to_string(file).unwrap();
        let format = Format::detect(&text);
        // An agent takes whatever can run at all, and must not fall over the rest.
        let _ = Document::parse_lenient_as(&text, format);
        match Document::parse_as(&text, format) {
            Ok(document) => {
                plans_everywhere(&name, &document);
                converts(&name, &document);
                println!("{name}: taken, {} warnings", document.warnings().len());
            }
            Err(error) => {
                let reason = error.to_string();
                let of_parameter = !reason.starts_with("Parameter \"")
                    || reason.ends_with("\" is not declared.")
                    || reason.contains("\" is a list, and input \"");
                let is_known = REASONS.iter().any(|known| reason.starts_with(known)) && of_parameter;
                assert!(is_known, "{name}: {reason}");
                println!("{name}: {}: {reason}", error.kind().code());
            }
        }
    }
}

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/documents");
    let directory = env::var_os("SSM_DOCUMENT_CORPUS").map_or_else(beside, PathBuf::from);
    directory.is_dir().then_some(directory)
}

fn is_document(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "json" || extension == "yaml" || extension == "yml")
}

fn plans_everywhere(name: &str, document: &Document) {
    let supplied: BTreeMap<_, _> = document
        .parameters()
        .iter()
        .filter(|(_, definition)| definition.default_value().is_none())
        .map(|(name, definition)| (name.clone(), vec![made_up(definition)]))
        .collect();
    let parameters = document.check_parameters(&supplied);
    // A value that keeps an unusual pattern cannot be made up here; the plan does not ask for one.
    let parameters = parameters.unwrap_or_else(|_| {
        let values = document.parameters().keys().map(|name| (name.clone(), "made up".into()));
        values.collect::<Parameters>()
    });
    for platform in [Platform::Linux, Platform::MacOS, Platform::Windows] {
        match document.plan(&parameters, platform) {
            Ok(plan) => assert!(!plan.steps().is_empty(), "{name}"),
            // The reference is found and named; its value is not to be had here.
            Err(PlanError::StoreReference { .. }) => {
                assert!(!document.store_references(&parameters).unwrap().is_empty(), "{name}");
            }
            Err(error) => panic!("{name} on {platform}: {error}"),
        }
    }
}

fn made_up(definition: &ParameterDefinition) -> String {
    if let Some(allowed) = definition.allowed_values().and_then(<[String]>::first) {
        return allowed.clone();
    }
    match definition.kind() {
        ParameterType::Integer => "1".to_owned(),
        ParameterType::Boolean => "true".to_owned(),
        ParameterType::StringMap | ParameterType::MapList => "{}".to_owned(),
        _ => "a".to_owned(),
    }
}

fn converts(name: &str, document: &Document) {
    for format in [Format::Json, Format::Yaml] {
        let text = document.text_in(format);
        let again = Document::parse_lenient_as(&text, format);
        assert!(again.is_ok_and(|again| again.means_the_same(document)), "{name} as {format}");
    }
}
