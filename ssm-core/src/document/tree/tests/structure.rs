//! How texts of YAML are composed.

use serde_json::{Value, json};

use super::super::{Format, read};
use super::given::{tree, value};

fn check(cases: &[(&str, Value)]) {
    for (text, expected) in cases {
        assert_eq!(value(text, Format::Yaml), *expected, "{text:?}");
    }
}

#[test]
fn block_and_flow_compose_alike() {
    check(&[
        ("a: 1\nb:\n- x\n- y: z\n  w:\n", json!({ "a": 1, "b": ["x", { "y": "z", "w": null }] })),
        ("{a: 1, b: [x, {y: z, w: }]}", json!({ "a": 1, "b": ["x", { "y": "z", "w": null }] })),
        ("- - a\n  - b\n- []\n- {}\n-\n", json!([["a", "b"], [], {}, null])),
        ("[a: 1, b]", json!([{ "a": 1 }, "b"])),
        ("{a, b: 1}", json!({ "a": null, "b": 1 })),
        ("? a\n: b\n? c", json!({ "a": "b", "c": null })),
        ("---\na\n...\n", json!("a")),
        ("--- # nothing\n", json!(null)),
        ("%YAML 1.1\n---\na: b # c\n", json!({ "a": "b" })),
        ("\u{feff}a: b", json!({ "a": "b" })),
        ("\u{feff}---\r\na: b\r\nc: d\r\n", json!({ "a": "b", "c": "d" })),
        ("a:\tb\t# c\nd: [1,\t2,\n\t3]\n", json!({ "a": "b", "d": [1, 2, 3] })),
        ("a: 漢字 😀\n'é': e\u{301}\n", json!({ "a": "漢字 😀", "é": "e\u{301}" })),
    ]);
}

#[test]
fn texts_of_several_lines_keep_what_their_style_keeps() {
    check(&[
        ("a: |\n  x\n   y\n\n  z\n\n", json!({ "a": "x\n y\n\nz\n" })),
        ("a: |-\n  x\n\n", json!({ "a": "x" })),
        ("a: |+\n  x\n\n", json!({ "a": "x\n\n" })),
        ("a: |2\n   x\n", json!({ "a": " x\n" })),
        ("a: |\r\n  x\r\n  y\r\n", json!({ "a": "x\ny\n" })),
        ("a: >\n  x\n  y\n\n  z\n", json!({ "a": "x y\nz\n" })),
        ("a: x\n  y\n\n  z\n", json!({ "a": "x y\nz" })),
        ("a: 'x\n  y ''z'''\n", json!({ "a": "x y 'z'" })),
        ("a: \"x\\\n  y\\n\"\n", json!({ "a": "xy\n" })),
        ("a: |\n  # no comment\n  b: c\n  {{ d }}\n", json!({ "a": "# no comment\nb: c\n{{ d }}\n" })),
        (
            "a: \"\\0\\a\\e\\x41\\u00e9\\U0001F600\\N\\_\\L\\P\\/\\ud83d\\ude00\"",
            json!({
                "a": "\u{0}\u{7}\u{1b}Aé😀\u{85}\u{a0}\u{2028}\u{2029}/😀"
            }),
        ),
    ]);
}

#[test]
fn aliases_are_written_out() {
    check(&[
        (
            "a: &x [1, {b: c}]\nd: *x\ne: *x",
            json!({ "a": [1, { "b": "c" }], "d": [1, { "b": "c" }], "e": [1, { "b": "c" }] }),
        ),
        ("- &a 2.0\n- *a\n- &a x\n- *a", json!([2.0, 2.0, "x", "x"])),
        ("a: &x\nb: *x", json!({ "a": null, "b": null })),
        ("&k a: b\nc: *k", json!({ "a": "b", "c": "a" })),
        ("- &k a\n- {*k : b}", json!(["a", { "a": "b" }])),
        ("- &a [&b x, *b]\n- *a\n- *b", json!([["x", "x"], ["x", "x"], "x"])),
    ]);
}

#[test]
fn merge_keys_take_what_the_map_does_not_have_itself() {
    check(&[
        (
            "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3, c: 4}",
            json!({ "x": { "a": 1, "b": 2 }, "y": { "a": 1, "b": 3, "c": 4 } }),
        ),
        ("- &x {a: 1}\n- &y {a: 2, b: 2}\n- <<: [*x, *y]", json!([{ "a": 1 }, { "a": 2, "b": 2 }, { "a": 1, "b": 2 }])),
        ("<<: {a: {b: 1}}", json!({ "a": { "b": 1 } })),
        ("- &x {a: 1}\n- c: 1\n  <<: *x", json!([{ "a": 1 }, { "c": 1, "a": 1 }])),
        ("'<<': {a: 1}", json!({ "<<": { "a": 1 } })),
    ]);
}

#[test]
fn json_given_as_yaml_reads_the_same() {
    let cases = [
        r#"{"a":1,"b":[true,false,null,-1.5e3,"x"],"c":{}}"#,
        "{\n\t\"a\":\t[\n\t\t1,\n\t\t\"two\"\n\t],\n\t\"b\": {\"c\": \"yes\"}\n}\n",
        r#"{"a":"\/ \" \\ \b\f\n\r\t \u00e9 \ud83d\ude00","b":"012","<<":"2001-01-01","":[]}"#,
        "[\"a: b # c\",\"- d\",\"{{ e }}\",\"\\u0000\\u001b\\u2028\"]",
        "\"text\"",
        r##"{"schemaVersion":"2.2","mainSteps":[{"action":"aws:runShellScript","inputs":{"runCommand":["#!/bin/sh\n\techo 1"]}}]}"##,
    ];
    for text in cases {
        assert_eq!(read(text, Format::Yaml).as_ref(), Ok(&tree(text)), "{text}");
    }
}

#[test]
fn sixty_four_levels_are_read_and_printed_in_both_formats() {
    let lists = format!("{}{}", "[".repeat(64), "]".repeat(64));
    let maps = format!("{}[]{}", "{\"a\":".repeat(63), "}".repeat(63));
    let both = format!("{}1{}", "[{\"a\":".repeat(32), "}]".repeat(32));
    for text in [lists, maps, both] {
        let tree = tree(&text);
        assert_eq!(read(&text, Format::Yaml).as_ref(), Ok(&tree));
        assert_eq!(read(&tree.to_yaml(), Format::Yaml).as_ref(), Ok(&tree));
        assert_eq!(read(&tree.to_json(), Format::Json).as_ref(), Ok(&tree));
    }
}
