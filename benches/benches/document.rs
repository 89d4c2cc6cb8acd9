//! How long parsing, checking and planning a document takes: what a SendCommand and an agent each do once a command.
//!
//! `--only NAME --times N` does one piece of work so often and prints nothing: for `.ci/instructions`, and for profilers.

use std::collections::BTreeMap;
use std::hint::black_box;

use ssm_benches::{Effort, Rounds, documents};
use ssm_core::document::{Document, Format, Parameters, Platform, predefined};

fn main() {
    let subjects = subjects();
    if let Some(name) = argument("--only") {
        let times = argument("--times").map_or(1, |times| times.parse().expect("--times takes a number"));
        let known = subjects.iter().find_map(|subject| subject.work(&name));
        let work = known.unwrap_or_else(|| panic!("no work is called {name}"));
        (0..times).for_each(|_| work());
        return;
    }
    let effort = Effort::from_arguments();
    for subject in &subjects {
        let times = if effort.quick { 1 } else { subject.times };
        let mut rounds: Vec<_> = WORKS.map(|(what, _)| Rounds::of(subject.name_of(what))).into();
        for _ in 0..effort.rounds {
            for (rounds, (_, work)) in rounds.iter_mut().zip(WORKS) {
                rounds.run(times, || work(black_box(subject)));
            }
        }
        rounds.into_iter().for_each(|rounds| rounds.print("documents", 1));
    }
}

/// A document, and parameters for it.
struct Subject {
    name: &'static str,
    /// How often each piece of work is done in a round.
    times: u32,
    text: String,
    format: Format,
    supplied: BTreeMap<String, Vec<String>>,
    document: Document,
    parameters: Parameters,
}

type Work = fn(&Subject);

/// What is done with each.
const WORKS: [(&str, Work); 6] = [
    ("parse", |subject| drop(black_box(subject.parse()))),
    ("parse leniently", |subject| drop(black_box(Document::parse_lenient_as(&subject.text, subject.format)))),
    ("check parameters", |subject| drop(black_box(subject.check(&subject.document)))),
    ("plan", |subject| drop(black_box(subject.document.plan(&subject.parameters, Platform::Linux)))),
    ("parse + plan", |subject| drop(black_box(subject.parse().plan(&subject.parameters, Platform::Linux)))),
    ("parse + check + plan", |subject| {
        let document = subject.parse();
        drop(black_box(document.plan(&subject.check(&document), Platform::Linux)));
    }),
];

impl Subject {
    fn new(name: &'static str, text: String, format: Format, supplied: &[(&str, &str)]) -> Self {
        let supplied = supplied.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect();
        let document = Document::parse_as(&text, format).expect("the bench's own document");
        let parameters = document.check_parameters(&supplied).expect("the bench's own parameters");
        let times = if text.len() < 10_000 { 2000 } else { 200 };
        Self { name, times, text, format, supplied, document, parameters }
    }

    fn parse(&self) -> Document {
        Document::parse_as(&self.text, self.format).expect("as it was parsed before")
    }

    fn check(&self, document: &Document) -> Parameters {
        document.check_parameters(&self.supplied).expect("as they were checked before")
    }

    fn name_of(&self, what: &str) -> String {
        format!("{what}: {}", self.name)
    }

    fn work(&self, name: &str) -> Option<impl Fn()> {
        let (_, work) = WORKS.into_iter().find(|(what, _)| self.name_of(what) == name)?;
        Some(move || work(black_box(self)))
    }
}

fn subjects() -> [Subject; 6] {
    let release = [("version", "4.2.1"), ("mode", "full")];
    let (small, large) = (2048, 60 * 1024);
    let script = predefined::RUN_SHELL_SCRIPT.text.to_owned();
    let subjects = [
        Subject::new("AWS-RunShellScript", script, Format::Json, &[("commands", "echo hi")]),
        Subject::new("50 steps", fifty_steps(), Format::Json, &[("who", "you")]),
        Subject::new("2 KB of JSON", documents::json(small), Format::Json, &release),
        Subject::new("60 KB of JSON", documents::json(large), Format::Json, &release),
        Subject::new("2 KB of YAML", documents::yaml(small), Format::Yaml, &release),
        Subject::new("60 KB of YAML", documents::yaml(large), Format::Yaml, &release),
    ];
    for (subject, wanted) in subjects[2..].iter().zip([small, large, small, large]) {
        let (bytes, name) = (subject.text.len(), subject.name);
        assert!(bytes.abs_diff(wanted) <= wanted / 20, "{name} is {bytes} bytes");
    }
    subjects
}

fn fifty_steps() -> String {
    let steps: Vec<String> = (0..50)
        .map(|step| {
            format!(
                r#"{{"action": "aws:runShellScript", "name": "step{step}",
                     "inputs": {{"runCommand": ["echo {{{{ who }}}} {step}", "true"], "timeoutSeconds": "60"}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"schemaVersion": "2.2", "parameters": {{"who": {{"type": "String", "allowedPattern": "[a-z]+"}}}},
            "mainSteps": [{}]}}"#,
        steps.join(",")
    )
}

/// What follows this word among the program's arguments.
fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
