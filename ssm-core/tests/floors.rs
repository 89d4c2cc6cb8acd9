//! The floors of this crate: what the ground floor may not contain, and whom it may not name.
//!
//! Read as text, so that what is behind a feature or another platform's `cfg` is seen, too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The ground floor: plain synchronous decisions. `api` and `ports` are the first floor, above it.
const GROUND: [&str; 10] =
    ["ids.rs", "ids", "time.rs", "limit.rs", "throttle.rs", "document", "command", "message", "record", "engine"];

/// The modules that stand above the ground floor, by the names that a path would begin with.
const ABOVE: [&str; 3] = ["api", "ports", "testing"];

/// Words that mean waiting, a runtime, a clock, or input and output.
const WORDS: [&str; 6] = ["async", "await", "tokio", "futures", "SystemTime", "Instant"];

/// Modules of the standard library that do the same.
const STANDARD: [&str; 5] = ["fs", "net", "thread", "process", "env"];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files of a module, which is a file, or a directory with all inside.
fn files(module: &Path) -> Vec<PathBuf> {
    if module.is_file() {
        return vec![module.to_owned()];
    }
    let entries = std::fs::read_dir(module).unwrap_or_else(|error| panic!("{}: {error}", module.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| files(path)).collect()
}

fn ground() -> BTreeMap<PathBuf, String> {
    let paths = GROUND.iter().flat_map(|module| files(&source().join(module)));
    paths.map(|path| (path.clone(), code(&std::fs::read_to_string(&path).unwrap()))).collect()
}

/// The text without comments and without what stands in string literals: there any word may be used.
fn code(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_string(rest) {
            length
        } else if first == '"' {
            string(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else {
            0
        };
        if skipped > 0 {
            code.push(' ');
            rest = &rest[skipped..];
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    code
}

/// The length of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?.bytes().take_while(|&byte| byte == b'#').count();
    let body = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&end).map_or(text.len(), |at| 2 + hashes + at + end.len()))
}

/// The length of a string with escapes that begins here.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The words of the code, paths in one piece: `std::fs::read` is one word.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'))
}

/// What a path names: its pieces, and those of a group behind it are found as words of their own.
fn names_standard(code: &str, module: &str) -> bool {
    let path = format!("std::{module}");
    let direct = words(code).any(|word| word == path || word.starts_with(&format!("{path}::")));
    let grouped = code.split("std::{").skip(1).any(|group| {
        let group = group.split(';').next().unwrap_or_default();
        words(group).any(|word| word == module || word.starts_with(&format!("{module}::")))
    });
    direct || grouped
}

fn names_above(code: &str, module: &str) -> bool {
    let from_root = words(code).any(|word| {
        let path = word.strip_prefix("crate::").or_else(|| word.strip_prefix("ssm_core::"));
        let path = path.or_else(|| word.starts_with("super::").then(|| word.trim_start_matches("super::")));
        path.is_some_and(|path| path == module || path.starts_with(&format!("{module}::")))
    });
    let grouped = code.split("crate::{").skip(1).any(|group| {
        let group = group.split(';').next().unwrap_or_default();
        words(group).any(|word| word == module || word.starts_with(&format!("{module}::")))
    });
    from_root || grouped
}

#[test]
fn the_ground_floor_neither_waits_nor_reads_a_clock_nor_does_input_or_output() {
    let mut found = Vec::new();
    for (path, code) in ground() {
        let pieces: Vec<&str> = words(&code).flat_map(|word| word.split("::")).collect();
        found.extend(
            WORDS.iter().filter(|word| pieces.contains(word)).map(|word| format!("{}: {word}", path.display())),
        );
        let standard = STANDARD.iter().filter(|module| names_standard(&code, module));
        found.extend(standard.map(|module| format!("{}: std::{module}", path.display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_ground_floor_names_no_floor_above_it() {
    let mut found = Vec::new();
    for (path, code) in ground() {
        let above = ABOVE.iter().filter(|module| names_above(&code, module));
        found.extend(above.map(|module| format!("{}: crate::{module}", path.display())));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_module_of_the_crate_stands_on_one_floor() {
    let modules: Vec<String> = std::fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lib.rs" && !GROUND.contains(&name.as_str()))
        .collect();
    let unknown: Vec<&String> = modules.iter().filter(|name| !ABOVE.contains(&name.trim_end_matches(".rs"))).collect();
    assert!(unknown.is_empty(), "on no floor: {unknown:?}");
    for module in GROUND {
        assert!(!files(&source().join(module)).is_empty(), "{module} is gone");
    }
}

#[test]
fn the_reader_sees_code_and_neither_comments_nor_strings() {
    let text =
        "// tokio\nlet a = \"async \\\" await\"; /* Instant */ let b = r#\"SystemTime \"x\"#; '\"'; tokio::spawn";
    assert_eq!(
        words(&code(text)).filter(|word| !word.is_empty()).collect::<Vec<_>>(),
        ["let", "a", "let", "b", "tokio::spawn"]
    );
    assert!(names_standard("use std::{fmt, fs};", "fs"));
    assert!(names_standard("std::fs::read(x)", "fs"));
    assert!(!names_standard("use std::fmt; offset::fs", "fs"));
    assert!(names_above("use crate::{ids, api::ApiError};", "api"));
    assert!(names_above("crate::ports::Store", "ports"));
    assert!(names_above("use super::super::testing;", "testing"));
    assert!(!names_above("use crate::apiary; use super::api_like;", "api"));
}
