//! Trees and texts for the tests.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::Number;

use super::super::{Format, Path, Pointer, Position, ReadFault, ReadFaultReason, Tree, read};

/// Pieces that readers stumble over.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\r\n",
    "#",
    " #",
    ":",
    ": ",
    ":\n",
    "- ",
    "-",
    "--- ",
    "...",
    "? ",
    "?",
    "<<",
    "yes",
    "No",
    "~",
    "null",
    "012",
    "0x1F",
    "1.0",
    "1e5",
    "1_0",
    ".inf",
    "2001-01-01",
    "1:20",
    "=",
    "*a",
    "&a",
    "!t",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    "\"",
    "\\",
    "\\n",
    "/",
    ",",
    "[",
    "]",
    "{",
    "}",
    "{{ x }}",
    "a",
    "b c",
    "word",
    "\u{0}",
    "\u{7}",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{1ffff}",
    "é",
    "漢",
    "😀",
    "e\u{301}",
];

/// Texts of nasty pieces, now and then of any characters, now and then long.
pub(super) fn nasty_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
    prop_oneof![
        12 => prop::collection::vec(piece.clone(), 0..7).prop_map(|pieces| pieces.concat()),
        3 => any::<String>(),
        1 => (piece, 1..3000_usize).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-20..20_i64).prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        prop::sample::select(&[2.2, 2.0, 1e300, 1e-7, 0.1, -0.5, 1e21][..]).prop_filter_map("finite", Number::from_f64),
    ]
}

/// Any tree of some levels.
pub(super) fn any_tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => Just(Tree::Null),
        1 => any::<bool>().prop_map(Tree::Bool),
        2 => any_number().prop_map(Tree::Number),
        6 => nasty_text().prop_map(Tree::Text),
    ];
    leaf.prop_recursive(5, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Tree::List),
            prop::collection::vec((nasty_text(), inner), 0..5)
                .prop_map(|members| Tree::Map(members.into_iter().collect::<IndexMap<_, _>>())),
        ]
    })
}

/// The tree of this JSON.
pub(super) fn tree(json: &str) -> Tree {
    read(json, Format::Json).unwrap()
}

/// What a text says, without the order of its members.
#[cfg(feature = "yaml")]
pub(super) fn value(text: &str, format: Format) -> serde_json::Value {
    read(text, format).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}")).into_value()
}

/// The pointer of these names and places.
pub(super) fn pointer(way: &[&str]) -> Pointer {
    fn further(at: Path<'_>, way: &[&str]) -> Pointer {
        way.split_first().map_or_else(|| at.pointer(), |(first, rest)| further(at.key(first), rest))
    }
    further(Path::ROOT, way)
}

/// Why a text is not read, and where, as `reason @line:column`.
pub(super) fn fault(text: &str, format: Format) -> String {
    let excerpt: String = text.chars().take(80).collect();
    match read(text, format) {
        Err(ReadFault { reason, position: Position { line, column } }) => {
            let reason = match reason {
                ReadFaultReason::NotWellFormed => "not well-formed".to_owned(),
                ReadFaultReason::Refused(reason) => reason,
            };
            format!("{reason} @{line}:{column}")
        }
        Ok(tree) => panic!("{excerpt:?} is read as {tree:?}"),
    }
}
