//! Documents that no file can hold well: too long, too deep, with characters that editors lose.

use ssm_core::document::{Document, DocumentError, Format};

/// A text, and what is said of it: code, place, pointer, sentence.
pub(crate) struct Made {
    name: &'static str,
    format: Format,
    text: String,
    said: (&'static str, Option<(usize, usize)>, String, String),
}

impl Made {
    pub(crate) fn error(&self) -> DocumentError {
        match Document::parse_as(&self.text, self.format) {
            Ok(_) => panic!("{} is taken", self.name),
            Err(error) => error,
        }
    }
}

#[test]
fn each_made_document_is_refused_with_its_code_place_and_sentence() {
    for case in cases() {
        let error = case.error();
        let place = error.position().map(|place| (place.line, place.column));
        let told = (error.kind().code(), place, error.pointer().to_string(), error.to_string());
        assert_eq!(told, case.said, "{}", case.name);
    }
}

const CONTENT: &str = "InvalidDocumentContent";

/// The cases, each with the place in the text and the value at fault.
#[rustfmt::skip]
pub(crate) fn cases() -> Vec<Made> {
    let json = |name, text: String, place, pointer: &str, sentence: &str| made(name, Format::Json, text, place, pointer, sentence);
    let yaml = |name, text: String, place, pointer: &str, sentence: &str| made(name, Format::Yaml, text, place, pointer, sentence);
    let head = "schemaVersion: \"2.2\"\n";
    let step = |inputs: &str| format!("{{\"schemaVersion\": \"2.2\", \"mainSteps\": [\n{{\"action\": \"acme:x\", \"name\": \"x\", \"inputs\":\n{inputs}}}]}}");
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(", ");
    let declare = |count| format!("{{\"schemaVersion\": \"2.2\",\n \"parameters\": {{{}}}}}", many(count, &|at| format!("\"p{at}\": {{\"type\": \"String\"}}")));
    let steps = |count| format!("{{\"schemaVersion\": \"2.2\",\n \"mainSteps\": [{}]}}", many(count, &|at| format!("{{\"name\": \"{at}\"}}")));
    let plugins = |count| format!("{{\"schemaVersion\": \"1.2\",\n \"runtimeConfig\": {{{}}}}}", many(count, &|at| format!("\"p{at}\": {{}}")));
    let bomb = |levels: usize, width: usize| {
        let level = |at: usize| match at {
            0 => format!("a0: &a0 [{}]\n", vec!["x"; width].join(", ")),
            at => format!("a{at}: &a{at} [{}]\n", vec![format!("*a{}", at - 1); width].join(", ")),
        };
        format!("{head}{}", (0..levels).map(level).collect::<String>())
    };
    vec![
        Made { name: "too long", format: Format::Json, text: " ".repeat(65_537),
            said: ("MaxDocumentSizeExceeded", None, String::new(), "A document has at most 65536 bytes.".to_owned()) },
        Made { name: "too long, in bytes", format: Format::Yaml, text: format!("# {}", "é".repeat(32_768)),
            said: ("MaxDocumentSizeExceeded", None, String::new(), "A document has at most 65536 bytes.".to_owned()) },
        json("long enough to be read", " ".repeat(65_536), (1, 65_536), "", "JSON not well-formed. at Line: 1, Column: 65536"),
        json("lists too deep", step(&format!("{}{}", "[".repeat(62), "]".repeat(62))), (3, 63), "", "A document is nested at most 64 deep."),
        json("maps too deep", step(&format!("{}1{}", "{\"a\": ".repeat(62), "}".repeat(62))), (3, 367), "", "A document is nested at most 64 deep."),
        json("far too deep", "[".repeat(60_000), (1, 65), "", "A document is nested at most 64 deep."),
        yaml("flow lists too deep", format!("{head}a: {}", "[".repeat(10_000)), (2, 68), "", "A document is nested at most 64 deep."),
        yaml("block lists too deep", format!("{head}a:\n{}x", "- ".repeat(70)), (3, 127), "", "A document is nested at most 64 deep."),
        yaml("aliases too deep", format!("{head}{}", (0..70).map(|at| if at == 0 { "a0: &a0 []\n".to_owned() } else { format!("a{at}: &a{at} [*a{}]\n", at - 1) }).collect::<String>()),
            (65, 12), "", "A document is nested at most 64 deep."),
        yaml("aliases that grow", bomb(9, 9), (6, 30), "", "A document has at most 50000 values, with its aliases written out."),
        yaml("long texts behind aliases", format!("{head}t: &t {}\nl: [{}]", "x".repeat(30_000), vec!["*t"; 40].join(", ")), (3, 133), "", "A document has at most 1048576 bytes, with its aliases written out."),
        yaml("many aliases", format!("{head}t: &t x\nl: [{}]", vec!["*t"; 1001].join(",")), (3, 3005), "", "A document has at most 1000 aliases."),
        json("201 parameters", declare(201), (2, 16), "/parameters", "A document has at most 200 parameters."),
        json("1001 steps", steps(1001), (2, 15), "/mainSteps", "A document has at most 1000 steps."),
        json("1001 plugins", plugins(1001), (2, 19), "/runtimeConfig", "A document has at most 1000 steps."),
        json("a name of 129 characters", format!("{{\"schemaVersion\": \"2.2\", \"mainSteps\": [{{\"action\": \"acme:x\", \"inputs\": {{}},\n\"name\": \"{}\"}}]}}", "é".repeat(129)),
            (2, 9), "/mainSteps/0/name", &format!("\"{}\" is not a step name: 1 to 128 characters without control characters.", "é".repeat(64))),
        json("a mark of the encoding", "\u{feff}{]".to_owned(), (1, 2), "", "JSON not well-formed. at Line: 1, Column: 2"),
        json("two marks of the encoding", "\u{feff}\u{feff}{}".to_owned(), (1, 1), "", "JSON not well-formed. at Line: 1, Column: 1"),
        json("a control character", "{\"a\u{1}\": 1}".to_owned(), (1, 4), "", "JSON not well-formed. at Line: 1, Column: 4"),
        json("line ends of Windows", "{\r\n  \"schemaVersion\": \"2.2\",\r\n  x\r\n}".to_owned(), (3, 3), "", "JSON not well-formed. at Line: 3, Column: 3"),
        yaml("a control character in YAML", format!("{head}description: a\u{1}b"), (2, 15), "", "YAML not well-formed. at Line: 2, Column: 15"),
        yaml("a mark of the encoding within", format!("{head}description: \"a\u{feff}b\""), (2, 16), "", "YAML not well-formed. at Line: 2, Column: 16"),
        yaml("NUL", format!("{head}\0"), (2, 1), "", "YAML not well-formed. at Line: 2, Column: 1"),
        yaml("DEL", format!("{head}# \u{7f}"), (2, 3), "", "YAML not well-formed. at Line: 2, Column: 3"),
        yaml("line ends of Windows in YAML", "schemaVersion: \"2.2\"\r\nmainSteps:\r\n  - {action: aws:no, name: x, inputs: {}}\r\n".to_owned(), (3, 14), "/mainSteps/0/action", "Unknown plugin name: aws:no"),
        yaml("a mark of the encoding before YAML", format!("\u{feff}{head}description: []"), (2, 14), "/description", "Member \"description\" must be a string."),
    ]
}

fn made(
    name: &'static str,
    format: Format,
    text: String,
    place: (usize, usize),
    pointer: &str,
    sentence: &str,
) -> Made {
    Made { name, format, text, said: (CONTENT, Some(place), pointer.to_owned(), sentence.to_owned()) }
}
