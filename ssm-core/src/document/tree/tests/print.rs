//! How trees are printed in YAML.

use serde_json::Number;

use super::super::{Format, Tree, read};
use super::given::tree;

/// The text of one scalar.
fn printed(text: &str) -> String {
    let printed = Tree::Text(text.to_owned()).to_yaml();
    printed.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn a_document_is_printed_in_blocks_and_in_order() {
    let tree = tree(
        r#"{"schemaVersion":"2.2","parameters":{},"mainSteps":[{"action":"aws:runShellScript","name":"s",
        "inputs":{"timeoutSeconds":60,"runCommand":["set -e\necho {{ x }}\n","","\n"],"nested":[[1,[]],[{"a":null}]]}}]}"#,
    );
    let expected = "\
schemaVersion: \"2.2\"
parameters: {}
mainSteps:
  - action: aws:runShellScript
    name: s
    inputs:
      timeoutSeconds: 60
      runCommand:
        - |
          set -e
          echo {{ x }}
        - \"\"
        - \"\\n\"
      nested:
        - - 1
          - []
        - - a: null
";
    assert_eq!(tree.to_yaml(), expected);
}

#[test]
fn a_text_is_plain_only_where_all_readers_agree_on_it() {
    let plain = [
        "a",
        "a b",
        "é",
        "漢",
        "😀",
        "echo {{ x }}",
        "a:b",
        "http://x/#y",
        "a,b",
        "i-0abc",
        "(a)",
        "$x",
        "/a/b",
        "\\d",
        "7zip",
        "10 GB",
        "2.0.1 as well",
        "a - b",
        "nothing",
        "trueish",
        "^[0-9]+$",
        "a'b\"c",
        "a?",
        "a|b",
        "x=1",
    ];
    for text in plain {
        assert_eq!(printed(text), text);
    }
    let quoted = [
        "",
        " ",
        " a",
        "a ",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "- a",
        "-a",
        "? a",
        ":a",
        ",a",
        "[a",
        "]a",
        "{{ x }}",
        "}a",
        "&a",
        "*a",
        "!a",
        "|a",
        ">a",
        "'a",
        "%a",
        "@a",
        "`a",
        "=",
        "<<",
        "~",
        "null",
        "NULL",
        "yes",
        "No",
        "y",
        "N",
        "on",
        "OFF",
        "true",
        "False",
        "0",
        "012",
        "1.0",
        "-1",
        "+1",
        "1e5",
        "0x1F",
        "0o7",
        "1_000",
        ".5",
        ".inf",
        ".nan",
        "...",
        "... a",
        "---",
        "--- a",
        "2001-01-01",
        "2001-01-01T01:02:03Z",
        "12:30",
        "1:20:30.5",
    ];
    for text in quoted {
        assert_eq!(printed(text), format!("\"{text}\""));
    }
}

#[test]
fn what_cannot_stand_in_a_text_as_it_is_is_escaped() {
    let cases = [
        ("a\"b\\", "a\"b\\"),
        ("\"a\\b", r#""\"a\\b""#),
        ("a\tb", r#""a\tb""#),
        ("a\r\n", r#""a\r\n""#),
        ("\u{0}\u{1b}\u{7f}", r#""\u0000\u001B\u007F""#),
        ("\u{85}\u{2028}\u{feff}\u{ffff}", r#""\u0085\u2028\uFEFF\uFFFF""#),
    ];
    for (text, expected) in cases {
        assert_eq!(printed(text), expected);
    }
}

#[test]
fn texts_of_several_lines_are_blocks_where_nothing_is_guessed() {
    let cases = [
        ("a\nb", "|-\n  a\n  b"),
        ("a\nb\n", "|\n  a\n  b"),
        ("a\n\n\n", "|+\n  a\n\n"),
        ("a\n\n  b\n \nc\n", "|\n  a\n\n    b\n   \n  c"),
        ("a\n\tb\n", "|\n  a\n  \tb"),
        ("#!/bin/sh\n# c: d\n", "|\n  #!/bin/sh\n  # c: d"),
        ("\na\n", "\"\\na\\n\""),
        (" a\nb\n", "\" a\\nb\\n\""),
        ("\ta\nb\n", "\"\\ta\\nb\\n\""),
        ("a\n  ", "\"a\\n  \""),
        ("a\n \n", "\"a\\n \\n\""),
        ("a\r\nb\r\n", "\"a\\r\\nb\\r\\n\""),
        ("a\n\u{7}\n", "\"a\\n\\u0007\\n\""),
    ];
    for (text, expected) in cases {
        assert_eq!(printed(text), expected, "{text:?}");
        let tree = Tree::Text(text.to_owned());
        assert_eq!(read(&tree.to_yaml(), Format::Yaml), Ok(tree));
    }
}

#[test]
fn numbers_are_printed_as_every_reader_takes_them() {
    for (number, expected) in [(2.0, "2.0"), (2.2, "2.2"), (1e300, "1.0e+300"), (1.5e-9, "1.5e-9"), (-0.5, "-0.5")] {
        let tree = Tree::Number(Number::from_f64(number).unwrap());
        assert_eq!(tree.to_yaml(), format!("{expected}\n"));
        assert_eq!(read(&tree.to_yaml(), Format::Yaml), Ok(tree));
    }
}

#[test]
fn a_long_key_is_marked() {
    for length in [100, 200, 5000] {
        let tree =
            tree(&format!("[{{\"{}\":[\"a\"],\"b\":{{\"{}:\":\"c\\nd\"}}}}]", "k".repeat(length), "x".repeat(length)));
        let text = tree.to_yaml();
        assert_eq!(text.contains("  ? "), length > 126, "{text}");
        assert_eq!(read(&text, Format::Yaml), Ok(tree));
    }
}
