//! Documents and parameters that are refused: each with its exact code, place and sentence.
//!
//! The cases are in `malformed/documents.txt` and `malformed/parameters.txt`: a line `=== name`, what it is and what is
//! said of it, a line `---`, and the text. With `UPDATE_SNAPSHOTS=1` in the environment what is said is written anew:
//! read the difference before it is kept. Texts that are too long, too deep or too odd for a file are made in
//! `malformed/made.rs`, plans that cannot be made are in `malformed/plans.rs`.
// Half of the cases are in YAML.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "malformed/made.rs"]
mod made;
#[path = "malformed/plans.rs"]
mod plans;

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};
use ssm_core::document::{Document, DocumentError, Format, ParameterError};

/// One case of a file.
struct Case {
    name: String,
    /// What it is, and with what.
    head: String,
    /// What is said of it, line by line.
    said: Vec<String>,
    text: String,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/malformed").join(name)
}

fn cases(name: &str) -> Vec<Case> {
    let text = fs::read_to_string(file(name)).unwrap();
    let one = |case: &str| {
        let (head, text) = case.split_once("\n---\n").unwrap_or_else(|| panic!("no line --- in {case}"));
        let mut head = head.lines().map(str::to_owned);
        Case { name: head.next().unwrap(), head: head.next().unwrap(), said: head.collect(), text: text.to_owned() }
    };
    format!("\n{}", text.trim_end_matches('\n')).split("\n=== ").skip(1).map(one).collect()
}

/// Compares what is said with what is kept, or keeps it.
fn check(name: &str, say: impl Fn(&Case) -> Vec<String>) {
    let mut cases = cases(name);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        cases.iter_mut().for_each(|case| case.said = say(case));
        let shown = cases.iter().map(|Case { name, head, said, text }| {
            let said: String = said.iter().map(|line| format!("{line}\n")).collect();
            format!("=== {name}\n{head}\n{said}---\n{text}\n")
        });
        fs::write(file(name), shown.collect::<String>()).unwrap();
    }
    for case in cases {
        assert_eq!(say(&case), case.said, "{}", case.name);
    }
}

/// Code, place and sentence.
fn told(error: &DocumentError) -> Vec<String> {
    let place =
        error.position().map_or_else(|| "nowhere".to_owned(), |place| format!("{}:{}", place.line, place.column));
    vec![
        error.kind().code().to_owned(),
        format!("at {place} {}", error.pointer()).trim_end().to_owned(),
        error.to_string(),
    ]
}

fn refused(case: &Case) -> DocumentError {
    let (format, mode) = case.head.split_once(' ').unwrap_or((&case.head, ""));
    let format = if format == "yaml" { Format::Yaml } else { Format::Json };
    let text = format!("{}\n", case.text);
    let parsed =
        if mode == "lenient" { Document::parse_lenient_as(&text, format) } else { Document::parse_as(&text, format) };
    match parsed {
        Ok(_) => panic!("{} is taken", case.name),
        Err(error) => error,
    }
}

#[test]
fn each_document_is_refused_with_its_code_place_and_sentence() {
    check("documents.txt", |case| told(&refused(case)));
}

/// A document with these declarations, and what a caller or an agent gives to it.
fn refused_parameters(case: &Case) -> (ParameterError, Value) {
    let (side, given) = case.head.split_once(' ').unwrap();
    let given: Value = serde_json::from_str(given).unwrap();
    let document = format!(
        "{{\"schemaVersion\": \"2.2\", \"parameters\": {}, \"mainSteps\": {}}}",
        case.text,
        json!([{"action": "acme:x", "name": "x", "inputs": {}}])
    );
    let document = Document::parse_lenient(&document).unwrap();
    let values = || given.as_object().unwrap().clone().into_iter().collect();
    let checked = match side {
        "service" => document.check_parameters(&serde_json::from_value(given.clone()).unwrap()).map(|_| ()),
        "agent" => document.check_as_agent(&values()),
        _ => document.check_as_nested(&values()),
    };
    (checked.expect_err(&case.name), given)
}

#[test]
fn each_set_of_parameters_is_refused_with_its_sentence() {
    let name = "Acme-Document".parse().unwrap();
    check("parameters.txt", |case| vec![refused_parameters(case).0.text(&name)]);
}

#[test]
fn no_sentence_is_long_and_none_tells_a_supplied_value() {
    let name = "Acme-Document".parse().unwrap();
    for case in cases("parameters.txt") {
        let (error, given) = refused_parameters(&case);
        for said in [error.text(&name), error.to_string(), format!("{error:?}")] {
            assert!(said.len() < 1000, "{}: {said}", case.name);
            for value in texts(&given).into_iter().filter(|value| value.len() > 3) {
                assert!(!said.contains(&value), "{}: {said} tells {value}", case.name);
            }
        }
    }
    for error in documents_refused() {
        assert!(error.to_string().len() < 1000, "{error}");
    }
}

/// Every text and number of what was given, and the words in them.
fn texts(given: &Value) -> Vec<String> {
    match given {
        Value::String(text) => text.split(['"', '{', '}', ':', ' ', ',', '\n', ';']).map(str::to_owned).collect(),
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

fn documents_refused() -> Vec<DocumentError> {
    let listed = cases("documents.txt").iter().map(refused).collect::<Vec<_>>();
    let made = made::cases().into_iter().map(|case| case.error());
    listed.into_iter().chain(made).collect()
}

#[test]
fn each_place_is_one_of_the_text() {
    for case in cases("documents.txt") {
        let place = refused(&case).position().unwrap();
        // A fault may be told behind the last character of a line, or on the line behind the last one.
        let text = format!("{}\n", case.text);
        let line = text.split('\n').nth(place.line.checked_sub(1).unwrap());
        let line = line.unwrap_or_else(|| panic!("{}: line {}", case.name, place.line));
        let length = line.chars().count();
        assert!((1..=length + 1).contains(&place.column), "{}: {place} of a line of {length}", case.name);
    }
}

#[test]
fn the_table_is_long_enough_and_no_case_is_there_twice() {
    let listed = ["documents.txt", "parameters.txt"].map(cases);
    let mut names: Vec<&str> = listed.iter().flatten().map(|case| case.name.as_str()).collect();
    let count = names.len() + made::cases().len() + plans::count();
    assert!(count >= 150, "{count}");
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all, "a name is there twice");
}
