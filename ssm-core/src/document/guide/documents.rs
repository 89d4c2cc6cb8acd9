//! Write a document.
//!
//! A document says what a command runs. It is one text in JSON or YAML. The service takes it when it is created,
//! keeps it byte for byte, and sends it to agents with the values of a command's parameters.
//!
//! # The smallest document
//!
//! A schema version and one step:
//!
//! ```
//! use ssm_core::document::{Document, Parameters, Platform, SchemaVersion};
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "mainSteps": [
//!             {"action": "aws:runShellScript", "name": "hello", "inputs": {"runCommand": ["echo hello"]}}
//!         ]
//!     }"#,
//! )?;
//! assert_eq!(document.schema(), SchemaVersion::V2_2);
//!
//! let plan = document.plan(&Parameters::new(), Platform::Linux)?;
//! assert_eq!(plan.steps().len(), 1);
//! assert_eq!(plan.steps()[0].key.as_str(), "hello");
//! assert_eq!(plan.steps()[0].inputs["runCommand"], serde_json::json!(["echo hello"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `action` is the plugin that runs the step, `name` is the step's own, `inputs` is what the plugin gets. All three are
//! needed. `description` and `parameters` may stand beside `mainSteps`; other members are ignored.
//!
//! # The two schemas
//!
//! Write schema 2.2. The older ones are read because documents of theirs are in use.
//!
//! | | 1.0, 1.2 | 2.0, 2.0.1 to 2.0.3 | 2.2 |
//! |---|---|---|---|
//! | what runs | `runtimeConfig`: a map of plugins | `mainSteps`: a list of steps | as 2.0 |
//! | order | none is promised; here it is that of the text (our choice) | that of the list | that of the list |
//! | results are keyed by | the plugin's name | the step's name | the step's name |
//! | `precondition` | none | none | yes |
//! | a plugin of another platform | fails | fails | is skipped |
//! | flow between steps | none | yes | yes |
//! | versions of the document | one | many | many |
//!
//! In schema 1.x a plugin has `properties`: an object, or a list of them. Each object is a step, and all steps of one
//! plugin share one result.
//!
//! ```
//! use ssm_core::document::{Document, Parameters, Platform};
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "1.2",
//!         "runtimeConfig": {"aws:runShellScript": {"properties": [
//!             {"id": "first", "runCommand": ["echo one"]},
//!             {"id": "second", "runCommand": ["echo two"]}
//!         ]}}
//!     }"#,
//! )?;
//! let plan = document.plan(&Parameters::new(), Platform::Linux)?;
//! let ids: Vec<&str> = plan.steps().iter().map(|step| step.id.as_str()).collect();
//! assert_eq!(ids, ["first", "second"]);
//! // One result for both.
//! assert_eq!(document.result_keys().len(), 1);
//! assert_eq!(document.result_keys()[0].0.as_str(), "aws:runShellScript");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: service specification 4.1 and 4.2, agent protocol 5.1.
//!
//! # Several steps
//!
//! Steps run one after the other. **A step that fails does not stop the document**; what does is in
//! [`endings`](super::endings). Two steps of one name are refused (our choice: results are kept by name).
//!
//! ```
//! use ssm_core::document::Document;
//!
//! let step = |name: &str| {
//!     format!(r#"{{"action": "aws:runShellScript", "name": "{name}", "inputs": {{"runCommand": ["true"]}}}}"#)
//! };
//! let document = |steps: &[String]| format!(r#"{{"schemaVersion": "2.2", "mainSteps": [{}]}}"#, steps.join(","));
//!
//! assert!(Document::parse(&document(&[step("stop"), step("start")])).is_ok());
//!
//! let twice = Document::parse(&document(&[step("stop"), step("stop")])).unwrap_err();
//! assert_eq!(twice.kind().code(), "InvalidDocumentContent");
//! assert_eq!(twice.pointer().to_string(), "/mainSteps/1/name");
//! ```
//!
//! # Plugins
//!
//! A name with the prefix `aws:` has to be one of the public plugins; then its required inputs have to be there too.
//! Any other name is a plugin of one's own, and its inputs are not looked at. Inputs are found in any case (but `onFailure`, `onSuccess`, `finallyStep` and `id`), so
//! `runcommand` is `runCommand`.
//!
//! ```
//! use ssm_core::document::Document;
//!
//! let with = |action: &str, inputs: &str| {
//!     Document::parse(&format!(
//!         r#"{{"schemaVersion": "2.2", "mainSteps": [{{"action": "{action}", "name": "one", "inputs": {inputs}}}]}}"#
//!     ))
//! };
//! assert!(with("acme:deploy", "{}").is_ok());
//! assert!(with("aws:runShellScript", r#"{"runcommand": ["true"]}"#).is_ok());
//!
//! let unknown = with("aws:deploy", "{}").unwrap_err();
//! assert_eq!(unknown.to_string(), "Unknown plugin name: aws:deploy");
//! let missing = with("aws:runShellScript", "{}").unwrap_err();
//! assert_eq!(missing.to_string(), r#"object has missing required properties (["runCommand"])"#);
//! ```
//!
//! Source: service specification 4.7 (the texts) and 4.8 (the plugins and their inputs).
//!
//! # Platforms and preconditions
//!
//! [`Document::platforms`] is where any of the document's plugins runs. A document for several platforms has a step for
//! each, and a precondition says for which:
//!
//! ```
//! use ssm_core::document::{Document, Parameters, Platform, PreconditionOutcome};
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "mainSteps": [
//!             {"action": "aws:runPowerShellScript", "name": "windows",
//!              "precondition": {"StringEquals": ["platformType", "Windows"]},
//!              "inputs": {"runCommand": ["Restart-Service web"]}},
//!             {"action": "aws:runShellScript", "name": "linux",
//!              "precondition": {"StringEquals": ["platformType", "Linux"]},
//!              "inputs": {"runCommand": ["systemctl restart web"]}}
//!         ]
//!     }"#,
//! )?;
//! let plan = document.plan(&Parameters::new(), Platform::Linux)?;
//! assert!(matches!(plan.steps()[0].precondition, PreconditionOutcome::NotSatisfied(_)));
//! assert_eq!(plan.steps()[1].precondition, PreconditionOutcome::Satisfied);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There is one operator, `StringEquals`, with two arguments. Either one of them is `platformType` and the other
//! `Windows`, `Linux` or `MacOS` (in any case, and not a parameter), or at least one holds a parameter:
//! `["{{ mode }}", "full"]`. Texts are compared exactly. A step whose precondition does not hold is skipped, which is
//! no failure. One of another form fails its step. Preconditions do not narrow [`Document::platforms`] (our choice).
//!
//! Source: agent protocol 5.3, service specification 4.6.
//!
//! # Timeouts
//!
//! `timeoutSeconds` stands inside `inputs`, as a number or its text. Agents take 5 to 172,800 seconds; **anything else
//! silently becomes 3600**, also what is too small. At the step itself, beside `inputs`, it has no effect.
//!
//! ```
//! use std::time::Duration;
//! use ssm_core::document::{Document, Parameters, Platform};
//!
//! let timeout = |inputs: &str, beside: &str| {
//!     let text = format!(
//!         r#"{{"schemaVersion": "2.2", "mainSteps": [
//!             {{"action": "acme:wait", "name": "wait", "inputs": {{{inputs}}} {beside}}}]}}"#
//!     );
//!     let plan = Document::parse(&text).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
//!     plan.steps()[0].timeout
//! };
//! assert_eq!(timeout(r#""timeoutSeconds": 60"#, ""), Duration::from_secs(60));
//! assert_eq!(timeout(r#""timeoutSeconds": "60""#, ""), Duration::from_secs(60));
//! assert_eq!(timeout(r#""timeoutSeconds": 4"#, ""), Duration::from_secs(3600));
//! assert_eq!(timeout(r#""timeoutSeconds": "a minute""#, ""), Duration::from_secs(3600));
//! assert_eq!(timeout("", r#", "timeoutSeconds": 60"#), Duration::from_secs(3600));
//! ```
//!
//! The service counts otherwise, to know when a command has expired: [`Document::execution_timeout`].
//!
//! Source: agent protocol 5.1 and 5.6, service specification 3.6.
//!
//! # Formats
//!
//! [`Document::parse`] reads JSON; [`Document::parse_as`] also YAML, as far as YAML can say what JSON can.
//! [`Format::detect`] tells which of them a text seems to be. In YAML, `schemaVersion: 2.2` without quotes is taken for
//! the text. Whatever the format, the text is kept byte for byte, and the hash is that of those bytes:
//!
//! ```
//! use ssm_core::document::{Document, Format};
//!
//! let step = r#"{"action": "aws:runShellScript", "name": "one", "inputs": {"runCommand": ["true"]}}"#;
//! let text = format!(r#"{{"schemaVersion": "2.2", "mainSteps": [{step}]}}"#);
//! let spaced = format!("{text}\n");
//! assert_eq!(Format::detect(&text), Format::Json);
//! assert_eq!(Format::detect("schemaVersion: 2.2"), Format::Yaml);
//!
//! let (one, other) = (Document::parse_as(&text, Format::Json)?, Document::parse_as(&spaced, Format::Json)?);
//! assert_eq!((one.text(), other.text()), (text.as_str(), spaced.as_str()));
//! assert_ne!(one.sha256(), other.sha256());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In both formats a key that comes twice in a map is refused, and so is more than [`Document::MAX_BYTES`]. YAML's words
//! without quotes mean what they mean to stock agents: `yes` is a boolean and `012` is ten. Anchors and merge keys are taken
//! within bounds, tags are not. A value that begins with a reference needs quotes, since a brace begins a map:
//!
//! ```
//! # #[cfg(feature = "yaml")] {
//! use ssm_core::document::{Document, Format, Parameters, Platform, SchemaVersion};
//!
//! let text = "\
//! schemaVersion: 2.2
//! parameters:
//!   lines: {type: StringList, default: [uptime]}
//! mainSteps:
//! - action: aws:runShellScript
//!   name: greet
//!   inputs:
//!     runCommand:
//!     - |
//!       if true; then
//!         echo hello
//!       fi
//! - action: aws:runShellScript
//!   name: more
//!   inputs:
//!     runCommand: '{{ lines }}'
//! ";
//! let document = Document::parse_as(text, Format::Yaml).unwrap();
//! assert_eq!((document.schema(), document.text()), (SchemaVersion::V2_2, text));
//! let plan = document.plan(&Parameters::new(), Platform::Linux).unwrap();
//! assert_eq!(plan.steps()[0].inputs["runCommand"][0], "if true; then\n  echo hello\nfi\n");
//! assert_eq!(plan.steps()[1].inputs["runCommand"][0], "uptime");
//!
//! // Converted, it says the same.
//! let json = Document::parse(&document.text_in(Format::Json)).unwrap();
//! assert!(json.means_the_same(&document));
//! # }
//! ```
//!
//! # Two ways of reading
//!
//! [`Document::parse`] refuses all that the service refuses at creation. [`Document::parse_lenient`] is for agents: it
//! refuses only what has no meaning, and leaves the rest to the run, where an unknown plugin fails its own step and no
//! other.
//!
//! ```
//! use ssm_core::document::Document;
//!
//! let text = r#"{"schemaVersion": "2.2", "mainSteps": [{"action": "aws:deploy", "name": "one"}]}"#;
//! assert!(Document::parse(text).is_err());
//! assert!(Document::parse_lenient(text).is_ok());
//! ```
//!
//! # Names and limits
//!
//! | What | Rule | Source |
//! |---|---|---|
//! | document | 3 to 128 of letters, digits, `_`, `-`, `.`; not beginning with `aws`, `amazon`, `amzn` | API reference |
//! | step | 1 to 128 characters, no control characters | our choice |
//! | parameter | letters and digits only: agents drop all others | agent protocol 5.2 |
//! | plugin | 1 to 128 of letters, digits, `_`, `-`, `.`, `:`, `/` | our choice |
//! | size of the text | [`Document::MAX_BYTES`], 64 KB | API reference |
//! | steps | [`Document::MAX_STEPS`], with the objects of `properties` counted one by one | our choice |
//! | parameters | [`Document::MAX_PARAMETERS`] | our choice |
//!
//! ```
//! use ssm_core::document::{Document, DocumentErrorKind};
//! use ssm_core::ids::{DocumentName, StepName};
//!
//! assert!("Restart-Web".parse::<DocumentName>().is_ok());
//! assert!("AWS-Restart-Web".parse::<DocumentName>().is_ok_and(|name| name.is_reserved()));
//! assert!("".parse::<StepName>().is_err());
//!
//! let long = format!(r#"{{"schemaVersion": "2.2", "description": "{}"}}"#, "x".repeat(Document::MAX_BYTES));
//! let error = Document::parse(&long).unwrap_err();
//! assert_eq!(error.kind(), DocumentErrorKind::TooLarge);
//! assert_eq!(error.kind().code(), "MaxDocumentSizeExceeded");
//! ```
//!
//! [`Document::platforms`]: crate::document::Document::platforms
//! [`Document::execution_timeout`]: crate::document::Document::execution_timeout
//! [`Document::parse`]: crate::document::Document::parse
//! [`Document::parse_as`]: crate::document::Document::parse_as
//! [`Document::parse_lenient`]: crate::document::Document::parse_lenient
//! [`Document::MAX_BYTES`]: crate::document::Document::MAX_BYTES
//! [`Document::MAX_STEPS`]: crate::document::Document::MAX_STEPS
//! [`Document::MAX_PARAMETERS`]: crate::document::Document::MAX_PARAMETERS
//! [`Format::detect`]: crate::document::Format::detect
