//! Documents that run inside a step: what `aws:runDocument` asks for.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::tree::{self, Tree};
use crate::document::{Format, Parameters, inputs};

/// The plugin that the machine runs itself. Source: agent protocol 5.7.
pub(super) const RUN_DOCUMENT: &str = "aws:runDocument";
/// The document that does nothing, successfully. Source: agent protocol 5.7.
const NO_OPERATION: &str = "AWS-Noop";

/// Where a nested document is. The document's author chose all of it, perhaps with a parameter's value in it, so
/// `Debug` shows the kind only.
///
/// Source: agent protocol 5.7.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentLocation {
    /// A file of the machine, in JSON or YAML. A relative path begins in the folder of the command's downloads.
    LocalPath(String),
    /// A document of the service.
    SsmDocument {
        /// Its name, or its ARN; never empty.
        name: String,
        /// The version; `None`: the default one.
        version: Option<String>,
    },
}

impl fmt::Debug for DocumentLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LocalPath(_) => "LocalPath",
            Self::SsmDocument { .. } => "SsmDocument",
        })
    }
}

impl DocumentLocation {
    /// A document of the service by `name` or `name:version`, where the name may be an ARN, which has colons itself.
    fn of_service(path: &str) -> Option<Self> {
        let base = path.rfind('/').map_or(0, |slash| slash + 1);
        let (name, version) = match path[base..].find(':') {
            Some(colon) => (&path[..base + colon], &path[base + colon + 1..]),
            None => (path, ""),
        };
        let is_named = name.len() > base;
        let version = Some(version.to_owned()).filter(|version| !version.is_empty());
        is_named.then(|| Self::SsmDocument { name: name.to_owned(), version })
    }

    /// Whether it is the document that does nothing, which need not be loaded.
    pub(super) fn is_no_operation(&self) -> bool {
        matches!(self, Self::SsmDocument { name, .. } if name.rsplit('/').next() == Some(NO_OPERATION))
    }
}

/// The inputs of a step that runs a document.
#[derive(Debug)]
pub(super) struct RunDocumentInputs {
    pub(super) location: DocumentLocation,
    pub(super) parameters: Parameters,
}

impl RunDocumentInputs {
    /// Reads them; the error is a sentence for the operator.
    pub(super) fn read(inputs: &Map<String, Value>) -> Result<Self, String> {
        let path = match inputs::find(inputs, "documentPath") {
            Some(Value::String(path)) if !path.is_empty() => path,
            _ => return Err("Input \"documentPath\" must name a document.".to_owned()),
        };
        let location = match inputs::find(inputs, "documentType").and_then(Value::as_str) {
            Some("LocalPath") => Some(DocumentLocation::LocalPath(path.clone())),
            Some("SSMDocument") => DocumentLocation::of_service(path),
            _ => return Err("Input \"documentType\" must be SSMDocument or LocalPath.".to_owned()),
        };
        let location = location.ok_or("Input \"documentPath\" must name a document.")?;
        let parameters = match inputs::find(inputs, "documentParameters") {
            None => Some(Parameters::new()),
            Some(Value::Object(map)) => Some(map.clone().into_iter().collect()),
            Some(Value::String(text)) if text.trim().is_empty() => Some(Parameters::new()),
            Some(Value::String(text)) => parameters_of(text),
            Some(_) => None,
        };
        let wrong = "Input \"documentParameters\" must be a map, or the text of a map in JSON or YAML.";
        Ok(Self { location, parameters: parameters.ok_or(wrong)? })
    }
}

/// Both readers refuse a name that comes twice, of which a value that was put into the text could be one.
fn parameters_of(text: &str) -> Option<Parameters> {
    let read = |format| match tree::read(text, format) {
        Ok(Tree::Map(members)) => Some(members.into_iter().map(|(name, value)| (name, value.into_value())).collect()),
        _ => None,
    };
    [Format::Json, Format::Yaml].into_iter().find_map(read)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(inputs: Value) -> Result<RunDocumentInputs, String> {
        let Value::Object(inputs) = inputs else { unreachable!() };
        RunDocumentInputs::read(&inputs)
    }

    #[test]
    fn a_document_of_the_service_is_named_with_or_without_a_version() {
        for (path, name, version) in [
            ("Acme-Doc", "Acme-Doc", None),
            ("Acme-Doc:3", "Acme-Doc", Some("3")),
            ("Acme-Doc:$LATEST", "Acme-Doc", Some("$LATEST")),
            ("Acme-Doc:", "Acme-Doc", None),
            ("arn:aws:ssm:eu-west-1:1:document/Doc", "arn:aws:ssm:eu-west-1:1:document/Doc", None),
            ("arn:aws:ssm:eu-west-1:1:document/Doc:7", "arn:aws:ssm:eu-west-1:1:document/Doc", Some("7")),
        ] {
            let version = version.map(str::to_owned);
            let wanted = DocumentLocation::SsmDocument { name: name.to_owned(), version };
            let inputs = read(json!({"documentType": "SSMDocument", "documentPath": path})).unwrap();
            assert_eq!((inputs.location, inputs.parameters), (wanted, Parameters::new()), "{path}");
        }
    }

    #[test]
    fn names_of_inputs_are_matched_in_any_case_and_parameters_are_a_map_or_its_text() {
        for (parameters, count) in [
            (json!({"a": ["b"], "c": 1}), 2),
            (json!("{\"a\": [\"b\"]}"), 1),
            #[cfg(feature = "yaml")]
            (json!("a: [b]\nc: 1\n"), 2),
            (json!(" \n"), 0),
            (json!({}), 0),
            (json!(null), 0),
        ] {
            let inputs =
                json!({"DocumentType": "LocalPath", "documentpath": "a/b.json", "documentParameters": parameters});
            let inputs = read(inputs).unwrap();
            assert_eq!(inputs.location, DocumentLocation::LocalPath("a/b.json".to_owned()));
            assert_eq!(inputs.parameters.len(), count, "{parameters}");
        }
    }

    #[test]
    fn wrong_inputs_are_told_without_their_values() {
        for (inputs, named) in [
            (json!({}), "documentPath"),
            (json!({"documentPath": "hunter2"}), "documentType"),
            (json!({"documentPath": "hunter2", "documentType": "hunter2"}), "documentType"),
            (json!({"documentPath": "hunter2", "documentType": 1}), "documentType"),
            (json!({"documentPath": "", "documentType": "LocalPath"}), "documentPath"),
            (json!({"documentPath": 1, "documentType": "LocalPath"}), "documentPath"),
            (json!({"documentPath": ":1", "documentType": "SSMDocument"}), "documentPath"),
            (json!({"documentPath": "x/", "documentType": "SSMDocument"}), "documentPath"),
            (json!({"documentPath": "x", "documentType": "LocalPath", "documentParameters": []}), "documentParameters"),
            (
                json!({"documentPath": "x", "documentType": "LocalPath", "documentParameters": "[\"hunter2\"]"}),
                "documentParameters",
            ),
            (
                json!({"documentPath": "x", "documentType": "LocalPath", "documentParameters": "{hunter2"}),
                "documentParameters",
            ),
            (
                json!({"documentPath": "x", "documentType": "LocalPath", "documentParameters": "{\"a\": 1, \"a\": \"hunter2\"}"}),
                "documentParameters",
            ),
        ] {
            let reason = read(inputs.clone()).unwrap_err();
            assert!(
                reason.contains(named) && reason.ends_with('.') && !reason.contains("hunter2"),
                "{inputs} {reason}"
            );
        }
    }
}
