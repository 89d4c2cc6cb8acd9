//! `docs/operations.md` says what the table of facts says, and names tests that there are.
//!
//! `UPDATE_OPERATIONS=1` writes the page again; what stands in its columns of tests is kept, and new rows get an empty cell.
#![allow(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use ssm_core::api::facts::{self, Member, Operation, Shape, Treatment};

/// The cell that names tests, by section and the row's first cell.
type Tests = BTreeMap<(String, String), String>;

const COMMON: &str = "Every operation";

#[test]
fn the_page_of_operations_says_what_the_facts_say() {
    let path = root().join("docs/operations.md");
    let page = fs::read_to_string(&path).unwrap_or_default();
    let wanted = page_with(&tests_of(&page));
    if std::env::var_os("UPDATE_OPERATIONS").is_some() {
        fs::write(&path, &wanted).unwrap();
        return;
    }
    for (line, (is, wanted)) in page.lines().zip(wanted.lines()).enumerate() {
        assert_eq!(is, wanted, "line {} of docs/operations.md; UPDATE_OPERATIONS=1 writes it again", line + 1);
    }
    assert_eq!(page, wanted, "docs/operations.md ends early or late; UPDATE_OPERATIONS=1 writes it again");
}

#[test]
fn every_row_of_the_page_names_tests_that_there_are() {
    let mut functions = BTreeSet::new();
    for package in ["ssm-core", "ssm-service", "ssm-transport-http"] {
        collect(&root().join(package).join("src"), &mut functions);
        collect(&root().join(package).join("tests"), &mut functions);
    }
    let named = Regex::new("`([^`]*)`").unwrap();
    let page = fs::read_to_string(root().join("docs/operations.md")).unwrap();
    for ((section, row), cell) in tests_of(&page) {
        let mut names = named.captures_iter(&cell).map(|found| found[1].to_owned()).peekable();
        assert!(names.peek().is_some(), "{section}: {row} names no test");
        for name in names {
            assert!(functions.contains(&name), "{section}: {row}: there is no test {name}");
        }
    }
}

#[test]
fn every_operation_has_its_errors_once_and_answers_none_that_it_never_answers() {
    let operations: BTreeSet<&str> = operations().map(|operation| operation.name).collect();
    let listed: Vec<&str> = facts::ERRORS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, operations.iter().copied().collect::<Vec<_>>(), "each operation once, in their order");
    for name in operations {
        let codes: Vec<&str> = facts::errors_of(name).map(|(code, _)| code.as_str()).collect();
        let once: BTreeSet<&str> = codes.iter().copied().collect();
        assert_eq!(once.len(), codes.len(), "{name} lists a code twice");
        assert!(facts::COMMON.iter().all(|(code, _)| once.contains(code.as_str())), "{name} lacks a common code");
        let own: Vec<&str> = facts::own_errors_of(name).iter().map(|(code, _)| code.as_str()).collect();
        assert!(own.is_sorted(), "{name} lists its codes in another order");
        for (operation, never) in facts::NEVER {
            let of_it = *operation == "*" || *operation == name;
            assert!(!of_it || never.iter().all(|(code, _)| !once.contains(code)), "{name} answers what it never does");
        }
    }
}

fn operations() -> impl Iterator<Item = &'static Operation> {
    facts::OPERATIONS.iter().flat_map(|family| family.iter())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn collect(below: &Path, functions: &mut BTreeSet<String>) {
    let function = Regex::new(r"\bfn ([a-z][a-z0-9_]*)\(").unwrap();
    for entry in fs::read_dir(below).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, functions);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            functions.extend(function.captures_iter(&text).map(|found| found[1].to_owned()));
        }
    }
}

/// The rows of the page's tables, but for those of what is never answered, which need no tests.
fn tests_of(page: &str) -> Tests {
    let (mut section, mut tests, mut tested) = (String::new(), Tests::new(), false);
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        } else if let Some(row) = line.strip_prefix("| ").and_then(|line| line.strip_suffix('|')) {
            let (Some((first, _)), Some((_, last))) = (row.split_once(" | "), row.rsplit_once(" | ")) else { continue };
            if ["Member", "Code"].contains(&first) {
                tested = last.trim() == "Test";
            } else if tested {
                let before = tests.insert((section.clone(), first.to_owned()), last.trim().to_owned());
                assert_eq!(before, None, "{section}: {first} stands twice");
            }
        }
    }
    tests
}

fn page_with(tests: &Tests) -> String {
    let mut page = String::from(
        "# The operations that are served\n\n\
         Every input and every error of every operation, and the tests that show it. Bounds, treatments and errors are those of \
         `ssm-core/src/api/facts/`, from which the service checks requests, and, where debug assertions are on, its own answers. \
         `ssm-core/tests/operations.rs` compares this page with them; `UPDATE_OPERATIONS=1 cargo test -p ssm-core --test \
         operations` writes it again and keeps the columns of tests.\n\n\
         A member of a list's structures stands behind `[]`. \"constraints\" stands where a bound has no test of its own: the one \
         checker of all bounds is shown by the test that is named. What any operation answers is in the first table, and is \
         repeated where an operation has more to say of it.\n",
    );
    let cell = |section: &str, row: &str| {
        tests.get(&(section.to_owned(), row.to_owned())).map_or("", String::as_str).to_owned()
    };
    let errors = |page: &mut String, section: &str, errors: facts::Errors| {
        if !errors.is_empty() {
            page.push_str("\n| Code | When | Test |\n|---|---|---|\n");
        }
        for (code, when) in errors {
            let row = format!("`{}`", code.as_str());
            writeln!(page, "| {row} | {when} | {} |", cell(section, &row)).unwrap();
        }
    };
    let never = |page: &mut String, operation: &str| {
        let Some((_, never)) = facts::NEVER.iter().find(|(name, _)| *name == operation) else { return };
        page.push_str("\n| Code | Why it is never answered |\n|---|---|\n");
        for (code, why) in *never {
            writeln!(page, "| `{code}` | {why} |").unwrap();
        }
    };
    write!(page, "\n## {COMMON}\n").unwrap();
    errors(&mut page, COMMON, facts::COMMON);
    never(&mut page, "*");
    let sorted: BTreeMap<&str, &Operation> = operations().map(|operation| (operation.name, operation)).collect();
    for (name, operation) in sorted {
        write!(page, "\n## {name}\n\n| Member | Bounds | Treatment | Test |\n|---|---|---|---|\n").unwrap();
        let mut rows = Vec::new();
        members(operation.input, "", None, &mut rows);
        for (path, bounds, treatment) in rows {
            let row = format!("`{path}`");
            writeln!(page, "| {row} | {bounds} | {treatment} | {} |", cell(name, &row)).unwrap();
        }
        errors(&mut page, name, facts::own_errors_of(name));
        never(&mut page, name);
    }
    page
}

/// Path, bounds and treatment of each member and of those inside it. `outer`: the member around these, if it is not served.
fn members(all: &[Member], before: &str, outer: Option<&str>, rows: &mut Vec<(String, String, String)>) {
    for member in all {
        let path = format!("{before}{}", member.name);
        let needed = if member.required { "required: " } else { "" };
        let treatment = match (outer, member.treatment) {
            (Some(outer), _) => format!("as `{outer}`"),
            (None, Treatment::Served) => "served".to_owned(),
            (None, Treatment::Ignored(why)) => format!("taken without effect: {why}"),
            (None, Treatment::Refused(text)) => format!("refused: {text}"),
        };
        rows.push((path.clone(), format!("{needed}{}", bounds(&member.shape)), treatment));
        let outer = outer.map(str::to_owned).or_else(|| (member.treatment != Treatment::Served).then(|| path.clone()));
        inside(&member.shape, &path, outer.as_deref(), rows);
    }
}

fn inside(shape: &Shape, path: &str, outer: Option<&str>, rows: &mut Vec<(String, String, String)>) {
    match shape {
        Shape::Structure(all) => members(all, &format!("{path}."), outer, rows),
        Shape::List { of, .. } => inside(of, &format!("{path}[]"), outer, rows),
        Shape::Map { of } => inside(of, &format!("{path}{{}}"), outer, rows),
        _ => {}
    }
}

fn bounds(shape: &Shape) -> String {
    match shape {
        Shape::Text { least, most, pattern } => {
            let like =
                pattern.map(|pattern| format!(" like `{}`", pattern.text.replace('|', "\\|"))).unwrap_or_default();
            format!("text{}{like}", amount(*least, *most, "character"))
        }
        Shape::Words(words) => format!("one of `{}`", words.join("`, `")),
        Shape::Integer { least, most } => format!("number from {least} to {most}"),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Time => "time in seconds".to_owned(),
        Shape::List { least, most, of } => format!("list{}, each: {}", amount(*least, *most, "item"), bounds(of)),
        Shape::Map { of } => format!("map, each value: {}", bounds(of)),
        Shape::Structure(_) => "structure".to_owned(),
    }
}

fn amount(least: usize, most: usize, of: &str) -> String {
    let plural = |count| if count == 1 { "" } else { "s" };
    match (least, most) {
        (0, usize::MAX) => String::new(),
        (least, usize::MAX) => format!(" of at least {least} {of}{}", plural(least)),
        (0, most) => format!(" of at most {most} {of}{}", plural(most)),
        (least, most) if least == most => format!(" of {least} {of}{}", plural(least)),
        (least, most) => format!(" of {least} to {most} {of}s"),
    }
}
