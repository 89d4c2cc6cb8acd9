//! The program `check_document`, from its arguments to what it prints and how it ends.
#![allow(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};
use ssm_core::document::Platform;
use ssm_examples::check_document::{Ending, Surroundings, run};
use tempfile::TempDir;

/// A directory with documents, and the process that the program believes to run in.
struct World {
    directory: TempDir,
    stdin: Vec<u8>,
    is_terminal: bool,
    no_color: bool,
}

struct Printed {
    ending: Ending,
    stdout: String,
    stderr: String,
}

impl World {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), stdin: Vec::new(), is_terminal: false, no_color: false }
    }

    fn with(file: &str, content: impl AsRef<[u8]>) -> Self {
        Self::new().and(file, content)
    }

    fn and(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.path(file), content).unwrap();
        self
    }

    fn path(&self, file: &str) -> PathBuf {
        self.directory.path().join(file)
    }

    /// Runs the program; words that name no option are files of the directory.
    fn run(&self, words: &[&str]) -> Printed {
        let mut stdout = Vec::new();
        let (ending, stderr) = self.run_into(words, &mut stdout);
        let directory = format!("{}{}", self.directory.path().display(), std::path::MAIN_SEPARATOR);
        Printed { ending, stdout: String::from_utf8(stdout).unwrap().replace(&directory, ""), stderr }
    }

    fn run_into(&self, words: &[&str], stdout: &mut dyn Write) -> (Ending, String) {
        let is_file = |word: &str| word.ends_with(".json") || word.ends_with(".yaml") || word.ends_with(".txt");
        let word = |word: &&str| if is_file(word) { self.path(word).into() } else { OsString::from(word) };
        let words = [OsString::from("check_document")].into_iter().chain(words.iter().map(word));
        let mut stderr = Vec::new();
        let around = Surroundings {
            stdin: &mut io::Cursor::new(&self.stdin),
            stdout,
            stderr: &mut stderr,
            is_terminal: self.is_terminal,
            no_color: self.no_color,
            platform: Platform::Linux,
        };
        (run(words, around), String::from_utf8(stderr).unwrap())
    }

    /// The objects that `--json` prints.
    fn json(&self, words: &[&str]) -> (Ending, Vec<Value>) {
        let printed = self.run(&[&["--json"], words].concat());
        assert_eq!(printed.stderr, "");
        (printed.ending, printed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }
}

fn step(name: &str, inputs: &Value) -> Value {
    json!({"action": "aws:runShellScript", "name": name, "inputs": inputs})
}

/// A document that nothing can be said against.
fn fine() -> String {
    let inputs = json!({"runCommand": ["#!/bin/bash", "echo \"it's {{ who }}\""], "timeoutSeconds": 60});
    let who = json!({"type": "String", "allowedPattern": "^[a-z]+$", "description": "Whom to greet.\nA name."});
    json!({"schemaVersion": "2.2", "parameters": {"who": who}, "mainSteps": [step("greet", &inputs)]}).to_string()
}

/// One that is taken, with two warnings.
fn doubtful() -> String {
    let mut step = step("greet", &json!({"runCommand": ["echo {{ who }}"], "timeoutSeconds": 60}));
    step["onFailure"] = "exit".into();
    let who = json!({"type": "String", "default": "you"});
    json!({"schemaVersion": "2.2", "parameters": {"who": who}, "mainSteps": [step]}).to_string()
}

/// One that refers to a parameter which it does not declare.
fn refused() -> String {
    let steps = [step("greet", &json!({"runCommand": ["echo {{ nobody }}"]}))];
    json!({"schemaVersion": "2.2", "mainSteps": steps}).to_string()
}

#[test]
fn a_fine_document_gets_one_line() {
    let printed = World::with("fine.json", fine()).run(&["fine.json"]);
    assert_eq!(printed.stdout, "fine.json: schema 2.2, 1 step, Linux and MacOS, no warnings\n");
    assert_eq!((printed.ending, &*printed.stderr), (Ending::Fine, ""));
}

#[test]
fn a_refused_document_is_told_with_code_place_and_caret() {
    let printed = World::with("broken.json", "{\n\t\"schemaVersion\" \"2.2\"\n}\n").run(&["broken.json"]);
    let wanted = "\
error[InvalidDocumentContent]: JSON not well-formed. at Line: 2, Column: 18
 --> broken.json:2:18
  |
2 |     \"schemaVersion\" \"2.2\"
  |                     ^

broken.json: refused
";
    assert_eq!((printed.stdout.as_str(), printed.ending), (wanted, Ending::Refused));
}

#[test]
fn a_value_at_fault_is_told_with_its_pointer() {
    let printed = World::with("refused.json", refused()).run(&["refused.json"]);
    assert!(printed.stdout.starts_with("error[InvalidDocumentContent]: "), "{}", printed.stdout);
    assert!(printed.stdout.contains("at /mainSteps/0/inputs"), "{}", printed.stdout);
    assert_eq!(printed.ending, Ending::Refused);
}

#[test]
fn warnings_are_told_allowed_denied_or_kept_quiet() {
    let world = World::with("doubtful.json", doubtful());
    for (options, level, summary, ending) in [
        (&[][..], "warning", "2 warnings", Ending::Fine),
        (&["--deny-warnings"], "error", "2 warnings", Ending::Refused),
        (&["--deny-warnings", "--quiet"], "error", "", Ending::Refused),
        (&["--quiet"], "", "", Ending::Fine),
    ] {
        let printed = world.run(&[options, &["doubtful.json"]].concat());
        assert_eq!(printed.ending, ending, "{options:?}");
        if level.is_empty() {
            assert_eq!(printed.stdout, "", "{options:?}");
            continue;
        }
        for (rule, pointer) in [
            ("step-modifier-ignored", "at /mainSteps/0/onFailure"),
            ("script-injection", "at /mainSteps/0/inputs/runCommand/0"),
        ] {
            assert!(printed.stdout.contains(&format!("{level}[{rule}]: ")), "{}", printed.stdout);
            assert!(printed.stdout.contains(pointer), "{}", printed.stdout);
        }
        assert!(printed.stdout.trim_end().ends_with(summary), "{}", printed.stdout);
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_the_others_are_checked() {
    let world = World::with("fine.json", fine()).and("bytes.json", b"{\"a\":\n \"\xff\"}");
    let printed = world.run(&["missing.json", "fine.json", "bytes.json"]);
    let wanted = "\
error[Unreadable]: There is no such file.
--> missing.json

missing.json: not read

fine.json: schema 2.2, 1 step, Linux and MacOS, no warnings

error[Unreadable]: The text is not UTF-8: byte 0xff at offset 8.
 --> bytes.json:2:3
  |
2 |  \"�\"}
  |   ^

bytes.json: not read
";
    assert_eq!((printed.stdout.as_str(), printed.ending), (wanted, Ending::Unusable));
}

#[test]
fn standard_input_is_a_file_named_by_a_hyphen() {
    let world = World { stdin: fine().into_bytes(), ..World::new() };
    let printed = world.run(&["-"]);
    assert_eq!(printed.stdout, "-: schema 2.2, 1 step, Linux and MacOS, no warnings\n");
}

#[test]
fn a_document_that_is_too_large_is_refused_as_such_however_large_it_is() {
    for bytes in [65_537, 3 << 20] {
        let world = World { stdin: vec![b' '; bytes], ..World::new() };
        let (ending, objects) = world.json(&["-"]);
        assert_eq!(objects[0]["error"]["code"], "MaxDocumentSizeExceeded");
        assert_eq!(ending, Ending::Refused);
    }
}

#[test]
fn machines_get_an_object_a_file_with_stable_names() {
    let world = World::with("fine.json", fine()).and("doubtful.json", doubtful()).and("broken.json", "{]");
    let (ending, objects) = world.json(&["fine.json", "doubtful.json", "broken.json", "missing.json"]);
    assert_eq!((ending, objects.len()), (Ending::Unusable, 4));
    let sha256 = objects[0]["document"]["sha256"].as_str().unwrap().len();
    assert_eq!(sha256, 64);
    let wanted = json!({
        "file": "fine.json",
        "ok": true,
        "error": null,
        "warnings": [],
        "document": {
            "format": "JSON",
            "schema": "2.2",
            "platforms": ["Linux", "MacOS"],
            "parameters": [{
                "name": "who", "type": "String", "required": true, "default": null,
                "description": "Whom to greet.\nA name."
            }],
            "steps": 1,
            "sha256": objects[0]["document"]["sha256"],
            "executionTimeoutSeconds": 60
        },
        "plan": null,
        "storeReferences": null
    });
    assert_eq!(objects[0], wanted);

    let warning = objects[1]["warnings"].as_array().unwrap().iter().find(|it| it["rule"] == "script-injection");
    let names: Vec<_> = warning.unwrap().as_object().unwrap().keys().collect();
    assert_eq!(names, ["column", "line", "pointer", "rule", "text"]);
    assert_eq!(warning.unwrap()["pointer"], "/mainSteps/0/inputs/runCommand/0");
    assert_eq!(objects[1]["ok"], true);

    let wanted = json!({
        "code": "InvalidDocumentContent", "text": "JSON not well-formed. at Line: 1, Column: 2",
        "pointer": "", "line": 1, "column": 2
    });
    assert_eq!((&objects[2]["error"], &objects[2]["document"]), (&wanted, &Value::Null));

    let wanted = json!({
        "code": "Unreadable", "text": "There is no such file.",
        "pointer": null, "line": null, "column": null
    });
    assert_eq!((&objects[3]["error"], &objects[3]["ok"]), (&wanted, &json!(false)));
}

/// Steps that run, end the document, are for another platform, or are not for this run.
fn four_steps() -> String {
    let lines = json!(["echo {{ who }}", "printf '```\\n'"]);
    let first = step("first", &json!({"runCommand": lines, "workingDirectory": "/tmp", "onFailure": "exit"}));
    let windows = json!({"action": "aws:runPowerShellScript", "name": "windows", "inputs": {"runCommand": ["Get-Date"]},
            "precondition": {"StringEquals": ["platformType", "Windows"]}});
    let modules =
        json!({"action": "aws:psModule", "name": "modules", "inputs": {"source": "https://example.com/m.zip"}});
    let own =
        json!({"action": "acme:deploy", "name": "own", "inputs": {"to": {"stage": "{{ who }}"}, "finallyStep": true}});
    let who = json!({"type": "String", "allowedValues": ["you", "me"]});
    json!({"schemaVersion": "2.2", "parameters": {"who": who}, "mainSteps": [first, windows, modules, own]}).to_string()
}

#[test]
fn a_plan_shows_the_exact_script_and_why_steps_do_not_run() {
    let world = World::with("four.json", four_steps());
    let printed = world.run(&["--plan", "--parameters", "who=you", "four.json"]);
    let plan = printed.stdout.split_once("Plan for").unwrap().1;
    let wanted = " Linux, execution timeout 14400 s

step 1 of 4: first (aws:runShellScript) runs
  timeout      3600 s
  on failure   the document ends, failed
  input        workingDirectory: \"/tmp\"
````sh
echo you
printf '```\\n'
````

step 2 of 4: windows (aws:runPowerShellScript) is skipped: Step execution skipped due to unsatisfied preconditions: \
'\"StringEquals\": [platformType, Windows]'. Step name: windows

step 3 of 4: modules (aws:psModule) is skipped: aws:psModule does not run on Linux.

step 4 of 4: own (acme:deploy) runs
  note         fails on agents that do not have the plugin acme:deploy
  timeout      3600 s
  finally      runs even behind a step that ended the document
  input        to: {\"stage\":\"you\"}

four.json: schema 2.2, 4 steps, ";
    assert!(plan.starts_with(wanted), "{plan}");
    assert_eq!(printed.ending, Ending::Fine);
}

#[test]
fn a_plan_is_made_for_the_platform_that_was_asked_for() {
    let world = World::with("four.json", four_steps());
    let (_, objects) =
        world.json(&["--plan", "--platform", "windows", "--parameters", "{\"who\": \"me\"}", "four.json"]);
    let steps = objects[0]["plan"].as_array().unwrap();
    let told: Vec<_> = steps
        .iter()
        .map(|step| (step["name"].as_str().unwrap(), step["outcome"].as_str().unwrap(), step["script"].as_str()))
        .collect();
    let wanted = [
        ("first", "skipped", None),
        ("windows", "runs", Some("Get-Date\n")),
        ("modules", "runs", None),
        ("own", "runs", None),
    ];
    assert_eq!(told, wanted);
    let wanted = json!({
        "name": "own", "plugin": "acme:deploy", "id": "own", "outcome": "runs", "reason": null, "timeoutSeconds": 3600,
        "onFailure": "continue", "onSuccess": "continue", "finally": true, "environment": {},
        "inputs": {"to": {"stage": "me"}, "finallyStep": true}, "script": null
    });
    assert_eq!(steps[3], wanted);
}

#[test]
fn values_reach_scripts_as_variables_and_those_of_the_store_stay_references() {
    let lines = json!(["echo {{ who }}", "echo '{{ ssm:/app/stage }}'"]);
    let who = json!({"type": "String", "interpolationType": "ENV_VAR"});
    let steps = [step("greet", &json!({"runCommand": lines, "timeoutSeconds": 9}))];
    let document = json!({"schemaVersion": "2.2", "parameters": {"who": who}, "mainSteps": steps});
    let world = World::with("greet.json", document.to_string());
    let words = ["--plan", "--parameters", "who=$(reboot)", "greet.json"];
    let printed = world.run(&words);
    let plan = printed.stdout.split_once("Plan for").unwrap().1;
    let wanted = " Linux, execution timeout 9 s
  {{ssm:/app/stage}} is looked up in the parameter store when it runs

step 1 of 1: greet (aws:runShellScript) runs
  timeout      9 s
  environment  SSM_who=\"$(reboot)\"
```sh
";
    assert!(plan.starts_with(wanted), "{plan}");
    assert!(plan.contains("\necho '{{ssm:/app/stage}}'\n```\n"), "{plan}");
    let (_, objects) = world.json(&words);
    assert_eq!(objects[0]["storeReferences"], json!(["/app/stage"]));
    assert_eq!(objects[0]["plan"][0]["environment"], json!({"SSM_who": "$(reboot)"}));
}

#[test]
fn missing_parameters_are_listed_with_types_and_descriptions() {
    let world = World::with("fine.json", fine());
    let printed = world.run(&["--plan", "fine.json"]);
    let wanted = "\
error[InvalidParameters]: Parameters provided in document are invalid or not supported. Parameter \"who\" is required.
--> fine.json
 = required: who (String): Whom to greet.

fine.json: schema 2.2, 1 step, Linux and MacOS, 1 error, no warnings
";
    assert_eq!((printed.stdout.as_str(), printed.ending), (wanted, Ending::Refused));
}

#[test]
fn parameters_are_checked_without_a_plan_too() {
    let none = json!({"schemaVersion": "2.2", "mainSteps": [step("a", &json!({"runCommand": ["a"]}))]});
    let world = World::with("fine.json", fine()).and("none.json", none.to_string());
    for (file, parameters, wanted) in [
        ("fine.json", "who=you", None),
        ("fine.json", "{\"who\": [\"a\", \"b\"]}", Some("InvalidParameters")),
        ("fine.json", "who=You", Some("InvalidParameters")),
        ("fine.json", "whom=you", Some("InvalidParameters")),
        ("none.json", "who=you", Some("InvalidParameters")),
    ] {
        let (ending, objects) = world.json(&["--parameters", parameters, file]);
        assert_eq!(objects[0]["error"]["code"].as_str(), wanted, "{parameters}");
        assert_eq!(ending, if wanted.is_none() { Ending::Fine } else { Ending::Refused }, "{parameters}");
        assert_eq!(objects[0]["plan"], Value::Null);
    }
    let (_, objects) = world.json(&["--parameters", "who=you", "none.json"]);
    assert_eq!(objects[0]["error"]["text"], "document none does not support parameters.");
}

#[test]
fn colours_come_when_asked_for_or_on_a_terminal_that_wants_them() {
    for (color, is_terminal, no_color, wanted) in [
        ("auto", false, false, false),
        ("auto", true, false, true),
        ("auto", true, true, false),
        ("always", false, true, true),
        ("never", true, false, false),
    ] {
        let world = World { is_terminal, no_color, ..World::with("doubtful.json", doubtful()) };
        let printed = world.run(&["--color", color, "--plan", "doubtful.json"]);
        assert_eq!(printed.stdout.contains('\u{1b}'), wanted, "{color} {is_terminal} {no_color}");
        let machines = world.run(&["--color", color, "--json", "doubtful.json"]);
        assert!(!machines.stdout.contains('\u{1b}'));
    }
}

#[test]
fn no_document_writes_controls_to_a_terminal() {
    let evil = "\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\r";
    let inputs = json!({"runCommand": [format!("echo {evil}")], "workingDirectory": evil, evil: evil});
    let mut odd = step("odd", &inputs);
    odd[evil] = evil.into();
    let parameters = json!({"p": {"type": "String", "description": evil}});
    let taken = json!({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": [odd], evil: evil}).to_string();
    let refused = json!({"schemaVersion": evil}).to_string();
    let broken = format!("{{\"a\": {evil}");
    let world = World::with("taken.json", taken).and("refused.json", refused).and("broken.json", broken);
    let world = World { is_terminal: true, no_color: true, ..world };
    let files = ["taken.json", "refused.json", "broken.json"];
    for options in
        [&["--plan"][..], &["--plan", "--parameters", "p=\u{1b}[2J"], &["--json", "--plan", "--parameters", "p=x"]]
    {
        let printed = world.run(&[options, &files].concat());
        let controls = printed.stdout.chars().filter(|c| c.is_control() && *c != '\n' || *c == '\u{202e}').count();
        assert_eq!(controls, 0, "{:?}", printed.stdout);
    }

    // Into a file or a pipe, the script is the very text.
    let script = format!("```sh\necho {evil}\n```\n");
    let words = ["--plan", "--parameters", "p=x", "taken.json"];
    assert!(!world.run(&words).stdout.contains(&script));
    assert!(World { is_terminal: false, ..world }.run(&words).stdout.contains(&script));
}

#[test]
fn wrong_use_is_told_on_standard_error() {
    let world = World::with("fine.json", fine());
    for words in [&[][..], &["--no-such-option", "fine.json"], &["--parameters", "x", "fine.json"], &["-", "-"]] {
        let printed = world.run(words);
        assert_eq!((printed.ending, &*printed.stdout), (Ending::Unusable, ""), "{words:?}");
        assert!(printed.stderr.starts_with("error: "), "{}", printed.stderr);
    }
    let help = world.run(&["--help"]);
    assert_eq!((help.ending, &*help.stderr), (Ending::Fine, ""));
    assert!(help.stdout.contains("Examples:") && help.stdout.lines().all(|line| line.chars().count() <= 110));
}

/// A reader that went away, or a disk that is full.
struct Failing(io::ErrorKind);

impl Write for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_changes_nothing_and_a_full_disk_is_told() {
    let world = World::with("fine.json", fine()).and("refused.json", refused());
    for (files, kind, ending, told) in [
        (&["fine.json"][..], io::ErrorKind::BrokenPipe, Ending::Fine, ""),
        (&["fine.json", "refused.json"], io::ErrorKind::BrokenPipe, Ending::Refused, ""),
        (&["--help"], io::ErrorKind::BrokenPipe, Ending::Fine, ""),
        (&["fine.json"], io::ErrorKind::StorageFull, Ending::Unusable, "error: standard output: no storage space\n"),
    ] {
        assert_eq!(world.run_into(files, &mut Failing(kind)), (ending, told.to_owned()), "{files:?}");
    }
}
