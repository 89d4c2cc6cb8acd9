use proptest::prelude::*;
use serde_json::json;

use super::super::reference::StoreValues;
use super::super::{Document, Parameters, Plan};
use super::*;

/// The script's lines with a reference to `{{ x }}` in each place, and the places.
fn written(language: Language, lines: &[&str]) -> (Vec<String>, Vec<Place>) {
    let (mut tracker, mut places) = (Tracker::new(language), Vec::new());
    let mut line = |(at, text): (usize, &&str)| {
        if at > 0 {
            tracker.pass("\n");
        }
        let mut line = String::new();
        for (at, piece) in text.split("{{ x }}").enumerate() {
            if at > 0 {
                places.push(tracker.refer("x", &mut line));
            }
            tracker.pass(piece);
            line.push_str(piece);
        }
        line
    };
    (lines.iter().enumerate().map(&mut line).collect(), places)
}

fn check(language: Language, script: &str, wanted: &str) {
    let lines: Vec<&str> = script.split('\n').collect();
    let (written, _) = written(language, &lines);
    let (quoted, bare) = match language {
        Language::PowerShell => ("${env:SSM_x}", "${env:SSM_x}"),
        _ => ("\"${SSM_x}\"", "${SSM_x}"),
    };
    let wanted = wanted.replace("<q>", quoted).replace("<b>", bare);
    assert_eq!(written.join("\n"), wanted, "{script}");
}

/// `<q>` is the reference in quotes, `<b>` without. Each of these prints hostile values as they are in dash and bash, but
/// for arithmetic, which evaluates them.
#[test]
fn a_shell_gets_each_value_as_one_word_wherever_it_stands() {
    for (script, wanted) in [
        // Words and quotes.
        ("echo {{ x }}", "echo <q>"),
        ("echo a{{ x }}b{{ x }}", "echo a<q>b<q>"),
        ("echo \"{{ x }}\" {{ x }}", "echo \"<b>\" <q>"),
        ("echo '{{ x }}' {{ x }}", "echo ''<q>'' <q>"),
        ("echo \"it's {{ x }}\"", "echo \"it's <b>\""),
        ("echo 'a\"{{ x }}'", "echo 'a\"'<q>''"),
        ("echo 'it'\\''s {{ x }}'", "echo 'it'\\''s '<q>''"),
        ("echo \"a\\\"{{ x }}\"", "echo \"a\\\"<b>\""),
        ("echo \\\"{{ x }}", "echo \\\"<q>"),
        ("echo \"\\\\\" {{ x }}", "echo \"\\\\\" <q>"),
        ("echo 'a\n{{ x }}\n' {{ x }}", "echo 'a\n'<q>'\n' <q>"),
        ("echo \"a\n{{ x }}\n\" {{ x }}", "echo \"a\n<b>\n\" <q>"),
        ("echo a\\\n{{ x }}", "echo a\\\n<q>"),
        ("echo \\{{ x }} \"\\{{ x }}\"", "echo \\\\<q> \"\\\\<b>\""),
        ("echo ${{ x }} \"${{ x }}\" '${{ x }}'", "echo \\$<q> \"\\$<b>\" '$'<q>''"),
        ("echo $'a\\'{{ x }}' {{ x }}", "echo $'a\\''<q>$'' <q>"),
        ("echo $\"{{ x }}\" {{ x }}", "echo $\"<b>\" <q>"),
        ("SSM_x=\"{{ x }}\"; y={{ x }}", "SSM_x=\"<b>\"; y=<q>"),
        // Comments.
        ("# don't \" `\necho {{ x }}", "# don't \" `\necho <q>"),
        ("echo a#'{{ x }}' # {{ x }} '\n{{ x }}", "echo a#''<q>'' # <b> '\n<q>"),
        ("echo $# ${#} {{ x }} ;# {{ x }}", "echo $# ${#} <q> ;# <b>"),
        ("echo \\# {{ x }}", "echo \\# <q>"),
        // Substitutions.
        ("echo \"$(echo {{ x }} '{{ x }}')\" {{ x }}", "echo \"$(echo <q> ''<q>'')\" <q>"),
        ("echo \"$(echo \"{{ x }}\")\" \"{{ x }}\"", "echo \"$(echo \"<b>\")\" \"<b>\""),
        ("echo \"`echo {{ x }}`{{ x }}\"", "echo \"`echo <q>`<b>\""),
        ("echo `echo \\`a\\` {{ x }}` '{{ x }}'", "echo `echo \\`a\\` <q>` ''<q>''"),
        ("`echo # '`{{ x }}", "`echo # '`<q>"),
        ("(echo ')' {{ x }}) && echo \"{{ x }}\"", "(echo ')' <q>) && echo \"<b>\""),
        ("\"$(case a in a) {{ x }};; (b) ;; esac)\" {{ x }}", "\"$(case a in a) <q>;; (b) ;; esac)\" <q>"),
        ("\"$(echo case a in)\" {{ x }}", "\"$(echo case a in)\" <q>"),
        ("case a in\na) echo '{{ x }}';;\nesac\n{{ x }}", "case a in\na) echo ''<q>'';;\nesac\n<q>"),
        // Expansions.
        ("echo ${a:-{{ x }}} ${a:-'{{ x }}'}", "echo ${a:-<q>} ${a:-''<q>''}"),
        ("echo \"${a:-{{ x }}}\" \"${a:-it's {{ x }}}\"", "echo \"${a:-<b>}\" \"${a:-it's <b>}\""),
        ("echo \"${a:-\"{{ x }}\"}{{ x }}\"", "echo \"${a:-\"<b>\"}<b>\""),
        ("echo \"${a#{{ x }}}\" \"${a%'{{ x }}'}\"", "echo \"${a#<q>}\" \"${a%''<q>''}\""),
        ("echo \"${a[0]/{{ x }}/b}\" {{ x }}", "echo \"${a[0]/<q>/b}\" <q>"),
        ("echo $((1 + {{ x }} * (2))) {{ x }}", "echo $((1 + <b> * (2))) <q>"),
        ("echo \"$((1 << 2)){{ x }}\"", "echo \"$((1 << 2))<b>\""),
        ("((a<<2)); echo {{ x }}\n{{ x }}", "((a<<2)); echo <q>\n<q>"),
        ("for ((i = 0; i < 3; i++)); do echo '{{ x }}'; done", "for ((i = 0; i < 3; i++)); do echo ''<q>''; done"),
        // Here-documents.
        ("cat <<EOF\n\"{{ x }}' `{{ x }}`\nEOF\n{{ x }}", "cat <<EOF\n\"<b>' `<q>`\nEOF\n<q>"),
        ("cat <<-EOF\n\t{{ x }}\n\tEOF\n{{ x }}", "cat <<-EOF\n\t<b>\n\tEOF\n<q>"),
        ("cat << 'E F' | cat\nit's {{ x }}\nE F\n{{ x }}", "cat << 'E F' | cat\nit's <b>\nE F\n<q>"),
        ("cat <<\\EOF;{{ x }}\n$( {{ x }}\nEOF\n{{ x }}", "cat <<\\EOF;<q>\n$( <b>\nEOF\n<q>"),
        ("cat <<A <<\"B\"\n{{ x }}\nA\n'{{ x }}\nB\n{{ x }}", "cat <<A <<\"B\"\n<b>\nA\n'<b>\nB\n<q>"),
        ("a=$(cat <<A\n$(echo {{ x }}\nA\n) {{ x }}", "a=$(cat <<A\n$(echo <q>\nA\n) <q>"),
        ("cat <<A\n${a:-{{ x }}} $(( {{ x }} ))\nA\n", "cat <<A\n${a:-<b>} $(( <b> ))\nA\n"),
        ("cat <<A\nb\\\nA\n\"{{ x }}\nA\n{{ x }}", "cat <<A\nb\\\nA\n\"<b>\nA\n<q>"),
        ("cat <<A\n {{ x }}A\nA \nA\n{{ x }}", "cat <<A\n <b>A\nA \nA\n<q>"),
        ("cat <<<{{ x }}\n{{ x }}", "cat <<<<q>\n<q>"),
        ("cat <<A # it's\n'{{ x }}\nA\n{{ x }}", "cat <<A # it's\n'<b>\nA\n<q>"),
    ] {
        check(Language::Shell, script, wanted);
    }
}

#[test]
fn powershell_gets_the_same_reference_everywhere() {
    for (script, wanted) in [
        ("Write-Output {{ x }}\"{{ x }}\"'{{ x }}' # {{ x }}", "Write-Output <b>\"<b>\"'<b>' # <b>"),
        ("`{{ x }} \"`{{ x }}\" '`{{ x }}'", "``<b> \"``<b>\" '`<b>'"),
        ("\"${{ x }}\" '${{ x }}'", "\"`$<b>\" '$<b>'"),
    ] {
        check(Language::PowerShell, script, wanted);
    }
}

#[test]
fn places_are_told_for_warnings() {
    use Place::{Arithmetic, Comment, DollarQuotes, Expanding, Literal, SingleQuotes, Word};
    let (shell, power) = (Language::Shell, Language::PowerShell);
    for (language, script, wanted) in [
        (
            shell,
            "{{ x }} \"{{ x }}\" '{{ x }}' $'{{ x }}' $(({{ x }})) # {{ x }}",
            &[Word, Expanding, SingleQuotes, DollarQuotes, Arithmetic, Comment][..],
        ),
        (shell, "(( y = {{ x }} )); echo {{ x }}", &[Arithmetic, Word]),
        (shell, "cat <<'A' <<B\n{{ x }}\nA\n{{ x }}\nB\n{{ x }}", &[Literal, Expanding, Word]),
        (
            power,
            "{{ x }} \"{{ x }} $({{ x }} '{{ x }}' (1)) {{ x }}\" '{{ x }}'",
            &[Word, Expanding, Word, Literal, Expanding, Literal],
        ),
        (power, "@\"\n\" {{ x }}\n\"@ {{ x }} @'\n' {{ x }}\n'@ {{ x }}", &[Expanding, Word, Literal, Word]),
        (power, "# it's {{ x }}\n{{ x }} <# '\n{{ x }} #> {{ x }} a#b{{ x }}", &[Comment, Word, Comment, Word, Word]),
        (
            power,
            "'it''s {{ x }}' \"a\"\"b {{ x }}\" \"`\" {{ x }}\" \u{2018}{{ x }}\u{2019} {{ x }}",
            &[Literal, Expanding, Expanding, Literal, Word],
        ),
        (Language::Other, "{{ x }}", &[Literal]),
    ] {
        let lines: Vec<&str> = script.split('\n').collect();
        assert_eq!(written(language, &lines).1, wanted, "{script}");
    }
}

#[test]
fn the_first_line_names_the_language() {
    for (line, wanted) in [
        ("", Language::Shell),
        ("echo", Language::Shell),
        (" #!/usr/bin/python3", Language::Shell),
        ("#!/bin/sh -e", Language::Shell),
        ("#! /bin/bash", Language::Shell),
        ("#!/usr/bin/env bash\r", Language::Shell),
        ("#!/usr/bin/env -S A=b zsh -e", Language::Shell),
        ("#!/usr/bin/env pwsh", Language::PowerShell),
        ("#!/usr/bin/python3", Language::Other),
        ("#!/usr/bin/env node", Language::Other),
        ("#!", Language::Other),
    ] {
        assert_eq!(Language::of_script(line), wanted, "{line}");
    }
    check(Language::Shell, "#!/usr/bin/python3\nprint('{{ x }}')", "#!/usr/bin/python3\nprint('<b>')");
    check(Language::Shell, "#!/usr/bin/pwsh\n{{ x }}", "#!/usr/bin/pwsh\n${env:SSM_x}");
}

fn plan(action: &str, schema: &str, inputs: &Value, values: &Value) -> Result<Plan, PlanError> {
    let parameter = |kind: &str| json!({"type": kind, "interpolationType": "ENV_VAR"});
    let parameters = json!({"x": parameter("String"), "list": parameter("StringList"), "none": parameter("String"),
        "number": parameter("Integer"), "plain": {"type": "String"}, "plains": {"type": "StringList"}});
    let text = if schema.starts_with('1') {
        json!({"schemaVersion": schema, "parameters": parameters, "runtimeConfig": {action: {"properties": [inputs]}}})
    } else {
        let step = json!({"action": action, "name": "s", "inputs": inputs});
        json!({"schemaVersion": schema, "parameters": parameters, "mainSteps": [step]})
    };
    let parameters = serde_json::from_value(values.clone()).unwrap();
    Document::parse_lenient(&text.to_string()).unwrap().plan(&parameters, Platform::Linux)
}

const SHELL: &str = "aws:runShellScript";

#[test]
fn scripts_refer_to_variables_and_all_else_gets_values() {
    let values = json!({"x": "a \"$(b)\"", "list": ["p", "q"], "number": 7, "plain": "t", "plains": ["r", "s"]});
    let variables = json!({"SSM_x": "a \"$(b)\"", "SSM_list": "[\"p\",\"q\"]", "SSM_number": "7"});
    for (action, inputs, wanted) in [
        (
            SHELL,
            json!({"runCommand": ["{{ x }}", "'{{list}}"]}),
            json!({"runCommand": ["\"${SSM_x}\"", "''\"${SSM_list}\"'"]}),
        ),
        (
            SHELL,
            json!({"RUNcommand": ["{{ number }}{{ none }}"]}),
            json!({"RUNcommand": ["\"${SSM_number}\"\"${SSM_none}\""]}),
        ),
        // Other values are part of the script, and their quotes count.
        (
            SHELL,
            json!({"runCommand": ["echo '{{ plain }}' {{ plain }} {{ nobody }} {{ x }}"]}),
            json!({"runCommand": ["echo 't' t {{ nobody }} \"${SSM_x}\""]}),
        ),
        (
            SHELL,
            json!({"runCommand": ["{{ plains }}", 7, "{{ plain }}", "{{ x }}"]}),
            json!({"runCommand": [["r", "s"], 7, "t", "\"${SSM_x}\""]}),
        ),
        // The parameter is the script.
        (SHELL, json!({"runCommand": "{{ list }}"}), json!({"runCommand": ["p", "q"]})),
        (SHELL, json!({"runCommand": "{{ x }}"}), json!({"runCommand": "a \"$(b)\""})),
        (SHELL, json!({"runCommand": "echo {{ x }}"}), json!({"runCommand": "echo \"${SSM_x}\""})),
        (
            SHELL,
            json!({"runCommand": [], "workingDirectory": "/{{ x }}", "a": "{{ list }}"}),
            json!({"runCommand": [], "workingDirectory": "/a \"$(b)\"", "a": ["p", "q"]}),
        ),
        (
            "aws:runPowerShellScript",
            json!({"runCommand": ["'{{ x }}' {{ x }}"]}),
            json!({"runCommand": ["'${env:SSM_x}' ${env:SSM_x}"]}),
        ),
        (
            "acme:shell",
            json!({"runCommand": ["{{ x }}", "<{{ list }}>"]}),
            json!({"runCommand": ["a \"$(b)\"", "<[\"p\",\"q\"]>"]}),
        ),
    ] {
        for schema in ["1.2", "2.0", "2.2"] {
            let plan = plan(action, schema, &inputs, &values).unwrap();
            let step = &plan.steps()[0];
            assert_eq!(Value::from(step.inputs.clone()), wanted, "{action} {schema} {inputs}");
            let variables = if action.starts_with("aws:") { variables.clone() } else { json!({}) };
            assert_eq!(serde_json::to_value(&step.environment).unwrap(), variables, "{action} {schema}");
            assert_eq!(serde_json::from_str::<Plan>(&serde_json::to_string(&plan).unwrap()).unwrap(), plan);
            assert!(!format!("{plan:?}").contains("$(b)"));
        }
    }
}

#[test]
fn a_value_that_looks_like_a_placeholder_reaches_the_script_as_it_is() {
    let inputs = json!({"runCommand": ["{{ plain }} '", "{{ x }}"]});
    let plan = plan(SHELL, "2.2", &inputs, &json!({"x": "{{ plain }}", "plain": "{{ x }} '"})).unwrap();
    assert_eq!(plan.steps()[0].inputs["runCommand"], json!(["{{ x }} ' '", "\"${SSM_x}\""]));
    assert_eq!(plan.steps()[0].environment["SSM_x"], "{{ plain }}");
}

#[test]
fn what_no_process_can_have_is_refused_by_name_and_not_by_value() {
    let inputs = json!({"runCommand": []});
    let room = MAX_VARIABLE_BYTES - "SSM_x=".len() - 1;
    for (value, wanted) in [
        (json!("x".repeat(room)), None),
        (json!("x".repeat(room + 1)), Some("parameter \"x\" cannot be an environment variable: its value is too long")),
        (json!("hush\0"), Some("parameter \"x\" cannot be an environment variable: its value holds a NUL character")),
        (json!(null), None),
    ] {
        let seen = plan(SHELL, "2.2", &inputs, &json!({"x": value})).map_err(|error| error.to_string());
        assert_eq!(seen.err().as_deref(), wanted);
        assert!(plan("acme:x", "2.2", &inputs, &json!({"x": value})).is_ok());
    }
}

#[test]
fn on_windows_two_variables_that_differ_in_case_are_one_too_many() {
    let parameter = json!({"type": "String", "interpolationType": "ENV_VAR", "default": "v"});
    let step = json!({"action": "aws:runPowerShellScript", "name": "s", "inputs": {"runCommand": ["{{ ab }}"]}});
    let text = json!({"schemaVersion": "2.2", "parameters": {"aB": parameter, "ab": parameter}, "mainSteps": [step]});
    let document = Document::parse(&text.to_string()).unwrap();
    let of = |platform| document.plan(&Parameters::new(), platform).map(drop);
    assert_eq!(of(Platform::Linux), Ok(()));
    assert_eq!(of(Platform::Windows), Err(PlanError::SameVariable { parameter: "ab".to_owned() }));
}

#[test]
fn variables_count_for_each_step_that_gets_them() {
    let parameter = json!({"type": "String", "interpolationType": "ENV_VAR"});
    let step = |at: usize| json!({"action": SHELL, "name": format!("s{at}"), "inputs": {"runCommand": []}});
    let steps: Vec<_> = (0..20).map(step).collect();
    let text = json!({"schemaVersion": "2.2", "parameters": {"x": parameter}, "mainSteps": steps});
    let document = Document::parse(&text.to_string()).unwrap();
    let of = |bytes| {
        let parameters = Parameters::from_iter([("x".to_owned(), json!("v".repeat(bytes)))]);
        document.plan(&parameters, Platform::Linux)
    };
    assert_eq!(of(100_000), Err(PlanError::Substitution(super::super::SubstitutionError::TooLarge)));
    assert!(of(10_000).unwrap().steps().iter().all(|step| step.environment["SSM_x"].len() == 10_000));
}

#[test]
fn references_to_the_store_are_resolved_before_a_value_becomes_a_variable() {
    let text = json!({"schemaVersion": "2.2", "parameters": {
            "x": {"type": "String", "interpolationType": "ENV_VAR", "default": "<{{ssm:a}}>"},
            "list": {"type": "StringList", "interpolationType": "ENV_VAR", "default": ["{{ssm:l}}"]}},
        "mainSteps": [{"action": SHELL, "name": "s", "inputs": {"runCommand": ["{{ssm:l}}", "{{ x }} {{ssm:a}}"]}}]});
    let document = Document::parse_lenient(&text.to_string()).unwrap();
    let store = StoreValues::from_iter([
        ("a".parse().unwrap(), super::super::StoreValue::Text("{{ssm:a}}".to_owned())),
        ("l".parse().unwrap(), super::super::StoreValue::List(vec!["p'".to_owned(), "q".to_owned()])),
    ]);
    let plan = document.plan_with(&Parameters::new(), Platform::Linux, &store).unwrap();
    let step = &plan.steps()[0];
    // A quote of the store's list is one of the script.
    assert_eq!(step.inputs["runCommand"], json!(["p'", "q", "'\"${SSM_x}\"' {{ssm:a}}"]));
    assert_eq!(step.environment["SSM_x"], "<{{ssm:a}}>");
    assert_eq!(step.environment["SSM_list"], "[\"p'\",\"q\"]");
    let asked = document.store_references(&Parameters::new()).unwrap();
    assert_eq!(asked.iter().map(super::super::StoreReference::as_str).collect::<Vec<_>>(), ["a", "l"]);
}

#[test]
fn a_long_script_of_openings_is_followed_in_reasonable_time() {
    for opening in ["$(cat <<A\n", "${a[", "(", "\"$(", "`\"", "<<A ", "${a:-'", "$((", "case a in ", "{{ x }}'"] {
        let script = opening.repeat(100_000 / opening.len());
        let lines: Vec<&str> = script.split('\n').collect();
        let (written, _) = written(Language::Shell, &lines);
        assert_eq!(written.len(), lines.len());
    }
}

proptest! {
    /// Whatever the script is, only the constant texts are put in.
    #[test]
    fn a_script_never_gets_a_value(lines in prop::collection::vec("([ \n\t'\"`$(){}<>#\\\\;=a-]|<<A|A\n|\\{\\{ x \\}\\}){0,30}", 0..5)) {
        let value = "SECRET";
        for action in [SHELL, "aws:runPowerShellScript"] {
            let plan = plan(action, "2.2", &json!({"runCommand": lines}), &json!({"x": value})).unwrap();
            let got = &plan.steps()[0].inputs["runCommand"];
            prop_assert!(!got.to_string().contains(value), "{got}");
            let references = lines.iter().map(|line| line.matches("{{ x }}").count()).sum::<usize>();
            prop_assert_eq!(got.to_string().matches("SSM_x}").count(), references, "{}", got);
        }
    }
}
