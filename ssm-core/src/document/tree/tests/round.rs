//! What is printed reads back.

use proptest::prelude::*;

use super::super::{Format, Tree, locate, read};
use super::given::{any_tree, nasty_text, pointer, tree};

proptest! {
    #[test]
    fn a_tree_printed_in_json_reads_back(tree in any_tree()) {
        let text = tree.to_json();
        let back = read(&text, Format::Json).map_err(|fault| TestCaseError::fail(format!("{fault:?}")))?;
        prop_assert!(same(&tree, &back), "{text}\nreads as {back:?}");
    }

    #[test]
    fn a_tree_printed_in_compact_json_is_one_line_and_reads_back(tree in any_tree()) {
        let text = tree.to_json_compact();
        prop_assert!(!text.contains(['\n', '\r']), "{text}");
        let back = read(&text, Format::Json).map_err(|fault| TestCaseError::fail(format!("{fault:?}")))?;
        prop_assert_eq!(back.to_json(), tree.to_json());
    }

    #[cfg(feature = "yaml")]
    #[test]
    fn a_tree_printed_in_yaml_reads_back(tree in any_tree()) {
        let text = tree.to_yaml();
        let back = read(&text, Format::Yaml).map_err(|fault| TestCaseError::fail(format!("{fault:?}\n{text}")))?;
        prop_assert!(same(&tree, &back), "{text}\nreads as {back:?}");
    }

    #[cfg(feature = "yaml")]
    #[test]
    fn a_text_alone_printed_in_yaml_reads_back(text in nasty_text()) {
        let tree = Tree::Text(text);
        let text = tree.to_yaml();
        let back = read(&text, Format::Yaml);
        prop_assert!(back.as_ref() == Ok(&tree), "{text}\nreads as {back:?}");
        prop_assert_eq!(read(&format!("---\n{text}"), Format::Yaml), back);
    }

    #[test]
    fn no_text_makes_reading_or_locating_panic(text in nasty_text(), segment in nasty_text()) {
        for format in [Format::Json, Format::Yaml] {
            let _ = read(&text, format);
            let _ = locate(&text, format, &pointer(&["0", &segment]));
        }
    }

    #[test]
    fn no_piece_of_a_printed_tree_makes_reading_or_locating_panic(tree in any_tree(), from in 0..500_usize, to in 0..500_usize) {
        for (text, format) in [(tree.to_json(), Format::Json), (tree.to_yaml(), Format::Yaml)] {
            let piece: String = text.chars().skip(from).take(to).collect();
            let _ = read(&piece, format);
            let _ = locate(&piece, format, &pointer(&["0", "0"]));
        }
    }

    #[test]
    fn every_value_of_a_printed_tree_has_a_place(tree in any_tree()) {
        check_places(&tree, &tree.to_json(), Format::Json, &mut Vec::new());
        #[cfg(feature = "yaml")]
        check_places(&tree, &tree.to_yaml(), Format::Yaml, &mut Vec::new());
    }
}

/// Equal, and with the members in the same order.
fn same(left: &Tree, right: &Tree) -> bool {
    match (left, right) {
        (Tree::List(left), Tree::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Tree::Map(left), Tree::Map(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| left.0 == right.0 && same(left.1, right.1))
        }
        _ => left == right,
    }
}

/// The text at each value's place begins with that value.
fn check_places(tree: &Tree, text: &str, format: Format, way: &mut Vec<String>) {
    let names: Vec<&str> = way.iter().map(String::as_str).collect();
    let place = locate(text, format, &pointer(&names)).unwrap();
    let line = text.split('\n').nth(place.line - 1).unwrap();
    let rest: String = line.chars().skip(place.column - 1).collect();
    let printed = match format {
        Format::Json => tree.to_json(),
        Format::Yaml => tree.to_yaml(),
    };
    let mut lines = printed.split('\n');
    // A block of lines begins with the first of them.
    let begin = match lines.next().unwrap() {
        "|" | "|-" | "|+" => lines.next().unwrap().trim_start_matches(' '),
        begin => begin,
    };
    assert!(rest.starts_with(begin), "{way:?} is at {place}, before {rest:?}, not {begin:?}, in\n{text}");
    let inner: Vec<(String, &Tree)> = match tree {
        Tree::List(items) => items.iter().enumerate().map(|(place, item)| (place.to_string(), item)).collect(),
        Tree::Map(members) => members.iter().map(|(key, item)| (key.clone(), item)).collect(),
        _ => Vec::new(),
    };
    for (segment, item) in inner {
        way.push(segment);
        check_places(item, text, format, way);
        way.pop();
    }
}

#[test]
fn json_is_printed_with_two_blanks_and_in_order() {
    let tree = tree(r#"{"b":[1,"\u0001é",{}],"a":{"x":2.0,"y":[]}}"#);
    let expected =
        "{\n  \"b\": [\n    1,\n    \"\\u0001é\",\n    {}\n  ],\n  \"a\": {\n    \"x\": 2.0,\n    \"y\": []\n  }\n}\n";
    assert_eq!(tree.to_json(), expected);
}
