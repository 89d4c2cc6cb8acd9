//! Documents of a wanted size, as people write them: some parameters, and steps with scripts that refer to them.

/// A document in JSON of about so many bytes; of a kilobyte at least.
#[must_use]
pub fn json(bytes: usize) -> String {
    grown(bytes, &JSON)
}

/// The same in YAML.
#[must_use]
pub fn yaml(bytes: usize) -> String {
    grown(bytes, &YAML)
}

/// A script of one step. Each line can stand in YAML without quotes.
const SCRIPT: [&str; 9] = [
    "set -eu",
    "release=/srv/app/releases/{{ version }}",
    r#"if [ -d "$release" ]; then"#,
    r#"  echo "release {{ version }} is there already" >&2"#,
    "  exit 0",
    "fi",
    r#"curl --fail --silent --retry 3 --output app.tar.gz "{{ source }}/app-{{ version }}.tar.gz""#,
    r#"mkdir -p "$release" && tar -xzf app.tar.gz -C "$release""#,
    "systemctl restart app.service",
];

/// How a format writes what documents have in common.
struct Writing {
    head: &'static str,
    step: fn(usize) -> String,
    line: fn(&str) -> String,
    separator: &'static str,
    step_end: &'static str,
    tail: &'static str,
}

const JSON: Writing = Writing {
    head: r#"{
  "schemaVersion": "2.2",
  "description": "Puts a release of the application in place",
  "parameters": {
    "version": {"type": "String", "description": "The release", "allowedPattern": "^[0-9]+(\\.[0-9]+)*$"},
    "source": {"type": "String", "default": "https://example.com/releases"},
    "mode": {"type": "String", "allowedValues": ["full", "quick"], "default": "full"},
    "seconds": {"type": "String", "default": "600", "allowedPattern": "^[1-9][0-9]{0,4}$"}
  },
  "mainSteps": [
"#,
    step: |number| {
        let precondition = precondition(number);
        format!(
            r#"    {{
      "action": "aws:runShellScript",
      "name": "step{number}",
      "precondition": {{"StringEquals": {precondition}}},
      "inputs": {{
        "timeoutSeconds": "{{{{ seconds }}}}",
        "runCommand": [
"#
        )
    },
    line: |line| format!(r#"          "{}""#, line.replace('"', r#"\""#)),
    separator: ",\n",
    step_end: "\n        ]\n      }\n    }",
    tail: "\n  ]\n}\n",
};

const YAML: Writing = Writing {
    head: r#"schemaVersion: "2.2"
description: Puts a release of the application in place
parameters:
  version:
    type: String
    description: The release
    allowedPattern: ^[0-9]+(\.[0-9]+)*$
  source:
    type: String
    default: https://example.com/releases
  mode:
    type: String
    allowedValues: [full, quick]
    default: full
  seconds:
    type: String
    default: "600"
    allowedPattern: ^[1-9][0-9]{0,4}$
mainSteps:
"#,
    step: |number| {
        let precondition = precondition(number);
        format!(
            r#"  - action: aws:runShellScript
    name: step{number}
    precondition:
      StringEquals: {precondition}
    inputs:
      timeoutSeconds: "{{{{ seconds }}}}"
      runCommand:
"#
        )
    },
    line: |line| format!("        - {line}"),
    separator: "\n",
    step_end: "",
    tail: "\n",
};

/// In both formats: every second one depends on a parameter.
fn precondition(number: usize) -> &'static str {
    if number.is_multiple_of(2) { r#"["platformType", "Linux"]"# } else { r#"["{{ mode }}", "full"]"# }
}

/// Steps as long as whole ones have room; the last one gets more lines.
fn grown(bytes: usize, writing: &Writing) -> String {
    let lines: Vec<String> = SCRIPT.iter().map(|line| (writing.line)(line)).collect();
    let whole = |number| (writing.step)(number) + &lines.join(writing.separator);
    let mut text = writing.head.to_owned() + &whole(0);
    for number in 1.. {
        let step = whole(number);
        let end = writing.step_end.len() + writing.separator.len();
        if text.len() + end + step.len() > bytes {
            break;
        }
        text.extend([writing.step_end, writing.separator, &step]);
    }
    let end = writing.step_end.len() + writing.tail.len();
    for line in lines.iter().cycle() {
        if text.len() + writing.separator.len() + line.len() + end > bytes {
            break;
        }
        text.extend([writing.separator, line]);
    }
    text + writing.step_end + writing.tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_have_about_the_wanted_size() {
        for bytes in [2048, 61_440] {
            for text in [json(bytes), yaml(bytes)] {
                assert!(text.len().abs_diff(bytes) <= bytes / 20, "{bytes} wanted, {} written", text.len());
            }
        }
    }
}
