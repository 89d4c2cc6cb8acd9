//! The documents that come with the service, as data.
//!
//! Names, schemas, parameters, defaults and patterns are the public ones (service specification 4.9); the descriptions
//! are our own words.

/// A document that comes with the service. Its owner is `Amazon`, and nobody can change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predefined {
    /// The document's name, for example `AWS-RunShellScript`.
    pub name: &'static str,
    /// The document's text, in JSON.
    pub text: &'static str,
}

/// All of them, in the order of their names.
#[must_use]
pub fn all() -> &'static [Predefined] {
    &ALL
}

const ALL: [Predefined; 1] = [Predefined { name: "AWS-RunShellScript", text: RUN_SHELL_SCRIPT }];

const RUN_SHELL_SCRIPT: &str = r#"{
  "schemaVersion": "1.2",
  "description": "Runs shell commands, or a shell script, on Linux and macOS.",
  "parameters": {
    "commands": {
      "type": "StringList",
      "description": "The lines of the script. Required.",
      "minItems": 1,
      "displayType": "textarea"
    },
    "workingDirectory": {
      "type": "String",
      "default": "",
      "description": "The directory in which the script starts. Optional.",
      "maxChars": 4096
    },
    "executionTimeout": {
      "type": "String",
      "default": "3600",
      "description": "After how many seconds a script that still runs counts as timed out. Optional.",
      "allowedPattern": "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)"
    }
  },
  "runtimeConfig": {
    "aws:runShellScript": {
      "properties": [
        {
          "id": "0.aws:runShellScript",
          "runCommand": "{{ commands }}",
          "workingDirectory": "{{ workingDirectory }}",
          "timeoutSeconds": "{{ executionTimeout }}"
        }
      ]
    }
  }
}
"#;

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;

    use serde_json::json;

    use super::super::{Document, ParameterType, Platform, SchemaVersion};
    use super::*;
    use crate::ids::DocumentName;

    #[test]
    fn each_predefined_document_parses_and_has_a_reserved_name() {
        for predefined in all() {
            let document = Document::parse(predefined.text);
            assert!(document.is_ok(), "{}: {document:?}", predefined.name);
            assert!(predefined.name.parse::<DocumentName>().unwrap().is_reserved());
        }
    }

    #[test]
    fn run_shell_script_has_the_published_parameters() {
        let document = Document::parse(RUN_SHELL_SCRIPT).unwrap();
        assert_eq!(document.schema(), SchemaVersion::V1_2);
        assert_eq!(document.platforms(), BTreeSet::from([Platform::Linux, Platform::MacOS]));
        let names: Vec<_> = document.parameters().keys().map(String::as_str).collect();
        assert_eq!(names, ["commands", "workingDirectory", "executionTimeout"]);
        let [commands, directory, timeout] =
            ["commands", "workingDirectory", "executionTimeout"].map(|name| document.parameters().get(name).unwrap());
        assert_eq!((commands.kind(), commands.default_value()), (&ParameterType::StringList, None));
        assert_eq!((commands.min_items(), commands.display_type()), (Some(1), Some("textarea")));
        assert_eq!((directory.kind(), directory.default_value()), (&ParameterType::String, Some(&json!(""))));
        assert_eq!(directory.max_chars(), Some(4096));
        assert_eq!((timeout.kind(), timeout.default_value()), (&ParameterType::String, Some(&json!("3600"))));
    }

    #[test]
    fn run_shell_script_takes_a_timeout_of_one_second_to_two_days() {
        let document = Document::parse(RUN_SHELL_SCRIPT).unwrap();
        for (seconds, taken) in [
            ("1", true),
            ("99999", true),
            ("100000", true),
            ("169999", true),
            ("172799", true),
            ("172800", true),
            ("0", false),
            ("172801", false),
            ("1000000", false),
            ("", false),
            ("-1", false),
            ("60 ", false),
        ] {
            let supplied = BTreeMap::from([
                ("commands".to_owned(), vec!["true".to_owned()]),
                ("executionTimeout".to_owned(), vec![seconds.to_owned()]),
            ]);
            assert_eq!(document.check_parameters(&supplied).is_ok(), taken, "{seconds:?}");
        }
        assert_eq!(document.execution_timeout(&BTreeMap::new()), Duration::from_secs(3600));
    }
}
