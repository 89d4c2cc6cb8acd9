//! Where values are in a text.

use proptest::prelude::*;

use super::super::{Format, Path, Pointer, Tree, locate, locate_all};
use super::given::{any_tree, pointer};

fn check(text: &str, format: Format, cases: &[(&[&str], &str)]) {
    for (way, expected) in cases {
        let place = locate(text, format, &pointer(way)).map(|place| format!("{}:{}", place.line, place.column));
        assert_eq!(place.as_deref(), Some(*expected), "{way:?} in\n{text}");
    }
    // All at once, from the last to the first, each twice.
    let mut ways: Vec<_> = cases.iter().chain(cases).map(|(way, _)| pointer(way)).collect();
    ways.reverse();
    check_all(text, format, &ways);
}

/// Whether values have the places together that each has alone.
fn check_all(text: &str, format: Format, ways: &[Pointer]) {
    let alone: Vec<_> = ways.iter().map(|way| locate(text, format, way)).collect();
    assert_eq!(locate_all(text, format, ways), alone, "{text}");
}

#[test]
fn a_value_of_json_is_where_it_begins() {
    let text = "\n {\n  \"é\" : \"x\", \"a~/b\": [1, {\"c\\u0064\": null}],\n  \"\": {}\n}\n";
    check(
        text,
        Format::Json,
        &[
            (&[], "2:2"),
            (&["é"], "3:9"),
            (&["a~/b"], "3:22"),
            (&["a~/b", "0"], "3:23"),
            (&["a~/b", "1"], "3:26"),
            (&["a~/b", "1", "cd"], "3:38"),
            (&[""], "4:7"),
            // What is not there is missing in the last value on the way.
            (&["b"], "2:2"),
            (&["é", "0"], "3:9"),
            (&["a~/b", "2"], "3:22"),
            (&["a~/b", "x"], "3:22"),
            (&["a~/b", "-1"], "3:22"),
            (&["a~/b", "00"], "3:22"),
            (&["a~/b", "1", "e", "f"], "3:26"),
            (&["", "0", "1"], "4:7"),
        ],
    );
    check("\u{feff}{\"a\": 1}", Format::Json, &[(&[], "1:1"), (&["a"], "1:7")]);
    check("7", Format::Json, &[(&[], "1:1"), (&["a"], "1:1")]);
}

#[test]
fn a_text_that_is_not_read_has_no_places() {
    for (text, format) in [("{", Format::Json), ("", Format::Json), ("", Format::Yaml), ("[", Format::Yaml)] {
        assert_eq!(locate(text, format, &pointer(&["a"])), None, "{text:?}");
        assert_eq!(locate_all(text, format, &[pointer(&["a"]), pointer(&[])]), [None, None], "{text:?}");
    }
}

#[cfg(feature = "yaml")]
#[test]
fn a_value_of_yaml_is_where_it_begins() {
    let text = "\
# comment
schemaVersion: '2.2'
é: {k: x, 'l\"': [1, 2]}
mainSteps:
  - name: a
    inputs:
      - |
        b
      -   \"c\"
  -
    name: d
    none:
? e
: f
";
    check(
        text,
        Format::Yaml,
        &[
            (&[], "2:1"),
            (&["schemaVersion"], "2:16"),
            (&["é"], "3:4"),
            (&["é", "k"], "3:8"),
            (&["é", "l\""], "3:17"),
            (&["é", "l\"", "1"], "3:21"),
            (&["mainSteps"], "5:3"),
            (&["mainSteps", "0"], "5:5"),
            (&["mainSteps", "0", "name"], "5:11"),
            (&["mainSteps", "0", "inputs"], "7:7"),
            // Of a block, its first line.
            (&["mainSteps", "0", "inputs", "0"], "8:9"),
            (&["mainSteps", "0", "inputs", "1"], "9:11"),
            (&["mainSteps", "1"], "11:5"),
            (&["mainSteps", "1", "name"], "11:11"),
            (&["mainSteps", "1", "none"], "12:9"),
            (&["e"], "14:3"),
            // What is not there is missing in the last value on the way.
            (&["g"], "2:1"),
            (&["schemaVersion", "0"], "2:16"),
            (&["mainSteps", "2"], "5:3"),
            (&["mainSteps", "00"], "5:3"),
            (&["mainSteps", "1", "action"], "11:5"),
            (&["mainSteps", "1", "none", "x"], "12:9"),
        ],
    );
    check("\u{feff}a: b", Format::Yaml, &[(&[], "1:1"), (&["a"], "1:4")]);
}

#[cfg(feature = "yaml")]
#[test]
fn what_comes_by_an_alias_is_where_the_alias_is() {
    let text = "x: &x {a: 1, b: 2}\ny: *x\nz: {<<: *x, b: 3}\n";
    check(
        text,
        Format::Yaml,
        &[(&["x", "a"], "1:11"), (&["y"], "2:4"), (&["y", "a"], "2:4"), (&["z", "a"], "3:4"), (&["z", "b"], "3:16")],
    );
}

/// The pointers to all values in a tree, and to a member that is missing in each.
fn pointers_in(tree: &Tree, at: &Path<'_>, found: &mut Vec<Pointer>) {
    found.extend([at.key("missing").pointer(), at.pointer()]);
    match tree {
        Tree::List(items) => {
            items.iter().enumerate().for_each(|(place, item)| pointers_in(item, &at.index(place), found));
        }
        Tree::Map(members) => members.iter().for_each(|(name, item)| pointers_in(item, &at.key(name), found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn many_values_are_where_each_of_them_is(tree in any_tree()) {
        let mut pointers = Vec::new();
        pointers_in(&tree, &Path::ROOT, &mut pointers);
        check_all(&tree.to_json(), Format::Json, &pointers);
        check_all(&tree.to_json_compact(), Format::Json, &pointers);
        check_all(&tree.to_yaml(), Format::Yaml, &pointers);
    }
}
