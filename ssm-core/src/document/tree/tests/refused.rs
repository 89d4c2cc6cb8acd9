//! What is not read, why, and where.

use super::super::Format;
use super::given::fault;

fn check(format: Format, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(fault(text, format), *expected, "{text:?}");
    }
}

#[test]
fn a_text_that_is_not_json_is_refused_with_its_place() {
    check(
        Format::Json,
        &[
            ("not json", "not well-formed @1:2"),
            ("", "not well-formed @1:1"),
            ("  ", "not well-formed @1:2"),
            ("{", "not well-formed @1:1"),
            ("[1,2", "not well-formed @1:4"),
            ("{\"a\":1,}", "not well-formed @1:8"),
            ("[1,]", "not well-formed @1:4"),
            ("{\"a\" 1}", "not well-formed @1:6"),
            ("{'a':1}", "not well-formed @1:2"),
            ("{a:1}", "not well-formed @1:2"),
            // One mark of the encoding is passed over, with no width.
            ("\u{feff}{]", "not well-formed @1:2"),
            ("\u{feff}\u{feff}{}", "not well-formed @1:1"),
            (" \u{feff}{}", "not well-formed @1:2"),
            ("{} {}", "not well-formed @1:4"),
            ("{\n  \"é\": 1\n  \"b\": 2\n}", "not well-formed @3:3"),
            ("[\"漢字\" \"é\"]", "not well-formed @1:7"),
            ("\"abc", "not well-formed @1:4"),
            ("\"\\x\"", "not well-formed @1:3"),
            ("\"\\ud800\"", "not well-formed @1:8"),
            ("\"a\nb\"", "not well-formed @2:1"),
            ("\"é\u{1}\"", "not well-formed @1:3"),
            ("nul", "not well-formed @1:3"),
            ("01", "not well-formed @1:2"),
            ("1.", "not well-formed @1:2"),
            ("+1", "not well-formed @1:1"),
            (".5", "not well-formed @1:1"),
            ("NaN", "not well-formed @1:1"),
            ("// c\n1", "not well-formed @1:1"),
            ("a: 1", "not well-formed @1:1"),
        ],
    );
}

#[test]
fn json_that_says_too_much_is_refused_with_a_sentence() {
    let long = format!("{{\"{0}\":1,\"{0}\":2}}", "k".repeat(100));
    let cut = format!("Duplicate key \"{}...\". @1:208", "k".repeat(64));
    let deep = "A document is nested at most 64 deep.";
    check(
        Format::Json,
        &[
            ("{\"a\":1,\"a\":2}", "Duplicate key \"a\". @1:10"),
            ("{\"é\":1,\n \"é\" : 2}", "Duplicate key \"é\". @2:5"),
            ("[{\"x\":{\"k\":1,\"j\":2,\"k\":3}}]", "Duplicate key \"k\". @1:22"),
            ("{\"a\":1,\"\\u0061\":2}", "Duplicate key \"a\". @1:15"),
            (
                "{\"a at line 1 column 2\":1,\"a at line 1 column 2\":2}",
                "Duplicate key \"a at line 1 column 2\". @1:48",
            ),
            (&long, &cut),
            ("1e400", "A number is too large. @1:5"),
            ("[\n  1,\n  -1e999\n]", "A number is too large. @3:8"),
            (&"[".repeat(100_000), &format!("{deep} @1:65")),
            (&"{\"a\":".repeat(50_000), &format!("{deep} @1:321")),
            (&format!("{}{}", "[".repeat(65), "]".repeat(65)), &format!("{deep} @1:66")),
        ],
    );
}

#[cfg(feature = "yaml")]
#[test]
fn a_text_that_is_not_yaml_is_refused_with_its_place() {
    check(
        Format::Yaml,
        &[
            ("a: b: c", "not well-formed @1:5"),
            ("a:\n\tb: 1", "not well-formed @2:2"),
            ("a: 'x", "not well-formed @1:4"),
            ("a: \"x", "not well-formed @1:4"),
            ("a: \"\\q\"", "not well-formed @1:4"),
            ("a: \"\\ud800\"", "not well-formed @1:4"),
            ("a: [1", "not well-formed @1:4"),
            ("a: ]", "not well-formed @1:4"),
            ("a: {b", "not well-formed @1:4"),
            ("key: [a\nb: c", "not well-formed @2:2"),
            ("a: @x", "not well-formed @1:4"),
            ("a: `x", "not well-formed @1:4"),
            ("a: %x", "not well-formed @1:4"),
            ("- a\nb", "not well-formed @2:1"),
            ("a: 1\n b: 2", "not well-formed @2:3"),
            ("a: |3a\n  b", "not well-formed @1:4"),
            ("a: &", "not well-formed @1:4"),
            ("a: |\n x\n\ty", "not well-formed @3:2"),
            ("%YAML 2.0\n---\na", "not well-formed @1:1"),
            // Characters that no document of YAML holds.
            ("a: \u{7}", "not well-formed @1:4"),
            ("\"a\u{0}b\"", "not well-formed @1:3"),
            ("é:\n  é: \u{1b}", "not well-formed @2:6"),
            ("a: \u{feff}b", "not well-formed @1:4"),
            ("a\u{7f}", "not well-formed @1:2"),
            ("- \"\u{ffff}\"", "not well-formed @1:4"),
        ],
    );
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_that_says_what_json_cannot_is_refused_with_a_sentence() {
    let one = "A text in YAML holds one document.";
    let key = "A key is a text. (In YAML, a reference like \"{{ name }}\" needs quotes.)";
    let merge = "A merge key takes a map or a list of maps.";
    check(
        Format::Yaml,
        &[
            ("", &format!("{one} @1:1")),
            (" \n# nothing\n", &format!("{one} @1:1")),
            ("---\na\n---\nb", &format!("{one} @3:1")),
            ("a\n---\n", &format!("{one} @2:1")),
            ("a: 1\n...\n---\nb: 2", &format!("{one} @3:1")),
            ("a: !Ref b", "The tag \"!Ref\" is not supported. @1:4"),
            ("!!str x", "The tag \"!!str\" is not supported. @1:1"),
            ("a: ! x", "The tag \"!\" is not supported. @1:4"),
            ("- !!map {}", "The tag \"!!map\" is not supported. @1:3"),
            ("- !Sub\n  - a", "The tag \"!Sub\" is not supported. @1:3"),
            ("? !!str a\n: b", "The tag \"!!str\" is not supported. @1:3"),
            ("!<tag:x> a", "The tag \"!<tag:x>\" is not supported. @1:1"),
            ("a: *b", "Unknown anchor \"b\". @1:4"),
            ("- *a\n- &a b", "Unknown anchor \"a\". @1:3"),
            ("&a [*a]", "The anchor \"a\" is used inside itself. @1:5"),
            ("a: &x {b: *x}", "The anchor \"x\" is used inside itself. @1:11"),
            ("? [1]\n: 2", &format!("{key} @1:3")),
            ("{1: 2, {a: b}: 3}", &format!("{key} @1:8")),
            ("~: 1", &format!("{key} @1:1")),
            (": 1", &format!("{key} @1:1")),
            ("a: &a [1]\n*a : 2", &format!("{key} @2:1")),
            ("a: 1\na: 2", "Duplicate key \"a\". @2:1"),
            ("{a: 1, a: 2}", "Duplicate key \"a\". @1:8"),
            ("a:\n  b: 1\n  'b': 2", "Duplicate key \"b\". @3:3"),
            ("1: a\n'1': b", "Duplicate key \"1\". @2:1"),
            ("a: .inf", "The number \".inf\" has no form in JSON. @1:4"),
            ("- -.INF", "The number \"-.INF\" has no form in JSON. @1:3"),
            ("- .NaN", "The number \".NaN\" has no form in JSON. @1:3"),
            ("<<: 1", &format!("{merge} @1:1")),
            ("<<: [{a: 1}, 2]", &format!("{merge} @1:1")),
            ("<<: []", &format!("{merge} @1:1")),
            ("<<: {a: 1}\n<<: {b: 1}", "Duplicate key \"<<\". @2:1"),
            ("<<: {a: 1}\na: 2\na: 3", "Duplicate key \"a\". @3:1"),
            ("a: 1\n<<: {a: 2}", "Key \"a\" must stand behind \"<<\", which gives it too. @2:1"),
        ],
    );
}

#[cfg(feature = "yaml")]
#[test]
fn yaml_that_grows_is_refused_before_it_does() {
    let laughs: String = (1..30)
        .map(|at| format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); 10].join(",")))
        .fold("a0: &a0 [x, x]\n".to_owned(), |text, line| text + &line);
    let many = format!("a: &a x\nb: [{}]", vec!["*a"; 1001].join(","));
    let long = format!("a: &a {}\nb: [{}]", "x".repeat(10_000), vec!["*a"; 110].join(","));
    let copies = format!("{}{}{}", "&a [".repeat(60), "x".repeat(100_000), "]".repeat(60));
    let inner = format!("a: &a {}{}\nb: {}*a{}", "[".repeat(40), "]".repeat(40), "[".repeat(30), " ]".repeat(30));
    let merged: String = (0..60).map(|at| format!("m{at}: {{<<: *x}}\n")).collect();
    let merges = format!("x: &x {{{}}}\n{merged}", (0..500).map(|at| format!("k{at}: 1,")).collect::<String>());
    let stairs: String = (0..65).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
    let deep = "A document is nested at most 64 deep.";
    let values = "A document has at most 50000 values, with its aliases written out.";
    let bytes = "A document has at most 1048576 bytes, with its aliases written out.";
    check(
        Format::Yaml,
        &[
            (&laughs, &format!("{values} @5:49")),
            (&many, "A document has at most 1000 aliases. @2:3005"),
            (&long, &format!("{bytes} @2:311")),
            (&inner, &format!("{deep} @2:34")),
            (&merges, &format!("{values} @49:11")),
            (&format!("[{}]", "1,".repeat(50_000)), &format!("{values} @1:100000")),
            (&"[".repeat(100_000), &format!("{deep} @1:65")),
            (&"{\"a\":".repeat(50_000), &format!("{deep} @1:321")),
            (&"- ".repeat(65), &format!("{deep} @1:129")),
            (&stairs, &format!("{deep} @65:65")),
            (&format!("{}{}{}", "- ".repeat(33), "[".repeat(32), "]".repeat(32)), &format!("{deep} @1:98")),
            (&copies, &format!("{bytes} @1:100250")),
        ],
    );
}

#[cfg(not(feature = "yaml"))]
#[test]
fn yaml_is_refused_where_it_was_left_out() {
    check(Format::Yaml, &[("a: 1", "YAML is not supported. @1:1")]);
}
