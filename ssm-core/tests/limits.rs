//! `docs/limits.md` says what the code says.
#![allow(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Constants that are numbers or durations, and bound nothing.
const NO_BOUNDS: &[(&str, &str)] = &[
    ("RANDOM_BITS", "ssm-core/src/ids.rs"),
    ("DAY", "ssm-core/src/time.rs"),
    ("SCALAR_BYTES", "ssm-core/src/document/substitute.rs"),
    ("EXIT_WITH_SUCCESS", "ssm-core/src/document/run/step.rs"),
    ("EXIT_WITH_FAILURE", "ssm-core/src/document/run/step.rs"),
    ("REBOOT", "ssm-core/src/document/run/step.rs"),
    ("KILLED", "ssm-core/src/document/run/step.rs"),
];

/// A bound as the page tells it.
struct Row {
    bound: String,
    value: String,
    code: String,
    file: String,
}

/// A constant as the code has it: its value, and `s` or `ms` for a duration.
type Constants = BTreeMap<(String, String), (u64, &'static str)>;

/// Constants whose value is another one's: which, and that one's name.
type Borrowed = Vec<((String, String), String)>;

#[test]
fn every_limit_on_the_page_is_in_the_code() {
    let constants = constants();
    let numbers = Regex::new(r"[0-9][0-9_]*").unwrap();
    for Row { bound, value, code, file } in rows() {
        let number = number(&value);
        let name = code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if name {
            let found = constants.get(&(code.clone(), file.clone()));
            let (actual, unit) = found.unwrap_or_else(|| panic!("{file} has no constant {code}"));
            assert_eq!((number, actual), (*actual, &number), "{bound}: {code} in {file}");
            assert!(unit.is_empty() || value.ends_with(&format!(" {unit}")), "{bound}: {value} is not in {unit}");
        } else {
            let text = spaced(&fs::read_to_string(root().join(&file)).unwrap());
            assert!(text.contains(&spaced(&code)), "{bound}: {file} does not hold {code}");
            let holds = numbers.find_iter(&code).any(|found| self::number(found.as_str()) == number);
            assert!(holds, "{bound}: {code} is not {value}");
        }
    }
}

#[test]
fn every_constant_that_bounds_something_is_on_the_page() {
    let told: BTreeSet<(String, String)> = rows().into_iter().map(|row| (row.code, row.file)).collect();
    let silent = |(name, file): &(String, String)| NO_BOUNDS.contains(&(name.as_str(), file.as_str()));
    let missing: Vec<_> = constants().into_keys().filter(|key| !told.contains(key) && !silent(key)).collect();
    assert!(missing.is_empty(), "not in docs/limits.md: {missing:?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn rows() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/limits.md")).unwrap();
    let row = Regex::new(r"(?m)^\| (?<bound>.+?) \| (?<value>[0-9].*?) \| `(?<code>.+?)` in `(?<file>.+?)` \| .+ \|$")
        .unwrap();
    let rows = row.captures_iter(&page).map(|found| Row {
        bound: found["bound"].to_owned(),
        value: found["value"].to_owned(),
        code: found["code"].to_owned(),
        file: found["file"].to_owned(),
    });
    let rows: Vec<Row> = rows.collect();
    let lines = page.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    let headings = page.lines().filter(|line| line.starts_with("|---")).count();
    assert_eq!(rows.len(), lines.count() - headings, "a row of the page cannot be read");
    rows
}

fn number(text: &str) -> u64 {
    let digits: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ',' || *c == '_')
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or_else(|_| panic!("{text} begins with no number"))
}

/// One space for any white space: the formatter breaks lines.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn constants() -> Constants {
    let mut borrowed = Vec::new();
    let mut constants = Constants::new();
    for package in ["ssm-core", "ssm-service", "ssm-agent", "ssm-transport-mem", "ssm-transport-http"] {
        collect(&root(), &format!("{package}/src"), &mut constants, &mut borrowed);
    }
    for (key, other) in borrowed {
        // The value is that of a constant elsewhere, found by its name alone.
        let of_other = |(name, file): &(String, String)| *name == other && *file != key.1;
        let mut found = constants.iter().filter(|(key, _)| of_other(key)).map(|(_, value)| *value);
        let (Some(value), None) = (found.next(), found.next()) else { panic!("the value of {key:?} is not read") };
        constants.insert(key, value);
    }
    constants
}

fn collect(root: &Path, below: &str, constants: &mut Constants, borrowed: &mut Borrowed) {
    for entry in fs::read_dir(root.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}/{}", entry.file_name().into_string().unwrap());
        let of_tests = path.ends_with("/testing") || path.ends_with("/tests") || path.ends_with("tests.rs");
        if of_tests || path.ends_with("testing.rs") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            collect(root, &path, constants, borrowed);
        } else if path.ends_with(".rs") {
            let text = fs::read_to_string(entry.path()).unwrap();
            // Unit tests stand at the bottom of a file.
            let text = text.split_once("#[cfg(test)]\nmod tests {").map_or(text.as_str(), |(code, _)| code);
            read_constants(text, &path, constants, borrowed);
        }
    }
}

fn read_constants(text: &str, path: &str, constants: &mut Constants, borrowed: &mut Borrowed) {
    let constant =
        Regex::new(r"\bconst (?<name>[A-Z_]+): (?:usize|u8|u16|u32|u64|i32|i64|Duration) =\s*(?<value>[^;]+);")
            .unwrap();
    let duration = Regex::new(r"^Duration::from_(?<unit>secs|millis)\((?<amount>.+)\)$").unwrap();
    let mut own = BTreeMap::new();
    for found in constant.captures_iter(text) {
        let (amount, unit) = match duration.captures(&found["value"]) {
            Some(parts) => (parts["amount"].to_owned(), if &parts["unit"] == "secs" { "s" } else { "ms" }),
            None => (found["value"].to_owned(), ""),
        };
        let key = (found["name"].to_owned(), path.to_owned());
        match (product(&amount, &own), amount.rsplit_once("::")) {
            (Some(amount), _) => {
                own.insert(key.0.clone(), amount);
                constants.insert(key, (amount, unit));
            }
            (None, Some((_, other))) => borrowed.push((key, other.trim().to_owned())),
            (None, None) => panic!("the value of {key:?} is not read"),
        }
    }
}

/// The value of `a * b`, `a << b`, a number, or an earlier constant of the file.
fn product(text: &str, own: &BTreeMap<String, u64>) -> Option<u64> {
    let text = text.trim();
    if let Some((left, right)) = text.split_once("<<") {
        return Some(product(left, own)? << product(right, own)?);
    }
    if let Some((left, right)) = text.split_once('*') {
        return Some(product(left, own)? * product(right, own)?);
    }
    let known = own.get(text.strip_prefix("Self::").unwrap_or(text)).copied();
    known.or_else(|| text.replace('_', "").parse().ok())
}
