//! Parameters: what a document takes from whoever sends it.
//!
//! A document declares parameters; a command brings values; `{{ name }}` in a step's inputs stands for the value.
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Document, Platform};
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "parameters": {
//!             "service": {"type": "String", "description": "What to restart.", "allowedPattern": "^[a-z-]+$"},
//!             "grace": {"type": "String", "default": "30", "allowedPattern": "^[0-9]{1,3}$"}
//!         },
//!         "mainSteps": [
//!             {"action": "aws:runShellScript", "name": "restart",
//!              "inputs": {"runCommand": ["sleep {{ grace }}", "systemctl restart {{ service }}"]}}
//!         ]
//!     }"#,
//! )?;
//! let supplied = BTreeMap::from([("service".to_owned(), vec!["web".to_owned()])]);
//! let values = document.check_parameters(&supplied)?;
//! let plan = document.plan(&values, Platform::Linux)?;
//! assert_eq!(plan.steps()[0].inputs["runCommand"], serde_json::json!(["sleep 30", "systemctl restart web"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A name has letters and digits only: stock agents drop every other (agent protocol 5.2).
//!
//! # Types
//!
//! A command brings every value as a list of texts, whatever its type. What they become:
//!
//! | Type | The command brings | The value |
//! |---|---|---|
//! | `String` | exactly one text | the text |
//! | `StringList` | any number of texts | the list |
//! | `Integer` | one text that is a whole number | a number; text where there is an allowed pattern, which stock agents match with texts only |
//! | `Boolean` | one text, `true` or `false` in any case | a boolean; text where there is an allowed pattern |
//! | `StringMap` | one text that is a JSON object | the map |
//! | `MapList` | any number of texts, each a JSON object | the list of maps |
//! | `AWS::EC2::Instance::Id` and its like | one text that names a resource | the text; whether there is such a resource is not asked |
//! | `List<AWS::EC2::Instance::Id>` and its like | any number of them | the list |
//!
//! The user guide allows Command documents only `String` and `StringList`, and yet public ones use `StringMap`.
//! Any other word is refused when the document is created.
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Document, ParameterError};
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "parameters": {"one": {"type": "String"}, "many": {"type": "StringList", "default": []}},
//!         "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {"one": "{{ one }}", "many": "{{ many }}"}}]
//!     }"#,
//! )?;
//! let check = |name: &str, texts: &[&str]| {
//!     let texts = texts.iter().map(|text| (*text).to_owned()).collect();
//!     document.check_parameters(&BTreeMap::from([("one".to_owned(), vec!["x".to_owned()]), (name.to_owned(), texts)]))
//! };
//! assert_eq!(check("one", &["a"])?.get("one"), Some(&serde_json::json!("a")));
//! assert_eq!(check("many", &["a", "b"])?.get("many"), Some(&serde_json::json!(["a", "b"])));
//! assert!(check("many", &[]).is_ok());
//! assert!(matches!(check("one", &["a", "b"]), Err(ParameterError::WrongType { .. })));
//!
//! let unknown = r#"{"schemaVersion": "2.2", "parameters": {"n": {"type": "Number"}},
//!     "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {}}]}"#;
//! assert!(Document::parse(unknown).unwrap_err().to_string().starts_with("Parameter type: Number is invalid."));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: service specification 4.3 and 4.4.
//!
//! # Attributes
//!
//! | Attribute | Meaning |
//! |---|---|
//! | `type` | as above; needed |
//! | `default` | the value when the command brings none, of the parameter's type, or `{{ssm:name}}`. Without it the value is required |
//! | `allowedValues` | a closed list; each text has to be in it |
//! | `allowedPattern` | a regular expression of the RE2 dialect: no look-around, no back-references |
//! | `minItems`, `maxItems` | how many elements a list has, or members a `StringMap` |
//! | `minChars`, `maxChars` | how many characters a text has, or each element of a list |
//! | `interpolationType` | `ENV_VAR`: see below |
//! | `description`, `displayType` | for people, and for user interfaces (`textfield`, `textarea`) |
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Document, DocumentErrorKind};
//!
//! let with = |definition: &str| {
//!     Document::parse(&format!(
//!         r#"{{"schemaVersion": "2.2", "parameters": {{"p": {definition}}},
//!             "mainSteps": [{{"action": "acme:x", "name": "x", "inputs": {{}}}}]}}"#
//!     ))
//! };
//! let takes = |definition: &str, texts: &[&str]| {
//!     let texts = texts.iter().map(|text| (*text).to_owned()).collect();
//!     with(definition).unwrap().check_parameters(&BTreeMap::from([("p".to_owned(), texts)])).is_ok()
//! };
//! let mode = r#"{"type": "String", "allowedValues": ["fast", "full"]}"#;
//! assert!(takes(mode, &["full"]) && !takes(mode, &["slow"]));
//! let short = r#"{"type": "String", "minChars": 1, "maxChars": 3}"#;
//! assert!(takes(short, &["abc"]) && !takes(short, &["abcd"]) && !takes(short, &[""]));
//! let pair = r#"{"type": "StringList", "minItems": 2, "maxItems": 2}"#;
//! assert!(takes(pair, &["a", "b"]) && !takes(pair, &["a"]));
//!
//! // A default of another type is refused at creation; one that breaks the parameter's own rules is not.
//! let wrong = with(r#"{"type": "StringList", "default": "a"}"#).unwrap_err();
//! assert_eq!(wrong.kind(), DocumentErrorKind::Content);
//! let dubious = with(r#"{"type": "String", "default": "X", "allowedPattern": "^[a-z]$"}"#)?;
//! assert!(dubious.check_parameters(&BTreeMap::new()).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is checked where
//!
//! | | When the document is created | When a command is sent | On the agent |
//! |---|---|---|---|
//! | function | [`Document::parse`] | [`Document::check_parameters`] | [`Document::check_as_agent`] |
//! | names | every reference is declared | every value is declared, every required one is there | |
//! | types | of the definition and its default | of every value | |
//! | `allowedPattern` | not compiled | against the **whole** text | against **any part** of it |
//! | other rules | read | all | none; all in a document that another one runs |
//! | values looked at | defaults, for their type | those that the command brings | all, defaults too |
//! | an error is | `InvalidDocumentContent` | `InvalidParameters` | the whole command fails |
//!
//! A pattern that cannot be compiled is accepted at creation. A command that brings a value for its parameter is
//! refused, and an agent fails every command of such a document.
//!
//! Since an agent looks for a match anywhere, **write patterns with `^` and `$`**. The service would have
//! matched the whole text, but an agent may get its command from elsewhere:
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Document, Parameters};
//!
//! let with = |pattern: &str| {
//!     Document::parse(&format!(
//!         r#"{{"schemaVersion": "2.2", "parameters": {{"p": {{"type": "String", "allowedPattern": "{pattern}"}}}},
//!             "mainSteps": [{{"action": "acme:x", "name": "x", "inputs": {{"text": "{{{{ p }}}}"}}}}]}}"#
//!     ))
//!     .unwrap()
//! };
//! let service = |pattern: &str, text: &str| {
//!     with(pattern).check_parameters(&BTreeMap::from([("p".to_owned(), vec![text.to_owned()])])).is_ok()
//! };
//! let agent = |pattern: &str, text: &str| {
//!     with(pattern).check_as_agent(&Parameters::from_iter([("p".to_owned(), text.into())])).is_ok()
//! };
//! assert!(service("[a-z]+", "web") && agent("[a-z]+", "web"));
//! assert!(!service("[a-z]+", "web; reboot"));
//! assert!(agent("[a-z]+", "web; reboot"));
//! assert!(!agent("^[a-z]+$", "web; reboot"));
//! ```
//!
//! No error shows a value, since it may be a secret. [`ParameterError::text`] makes the API's sentence of it:
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Document, predefined};
//!
//! let document = Document::parse(predefined::RUN_SHELL_SCRIPT.text)?;
//! let error = document.check_parameters(&BTreeMap::new()).unwrap_err();
//! assert_eq!(
//!     error.text(&"AWS-RunShellScript".parse()?),
//!     "Parameters provided in document are invalid or not supported. Parameter \"commands\" is required."
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: service specification 4.3, 4.4 and 4.7; agent protocol 5.2.
//!
//! # References
//!
//! A reference is two braces, any blanks, the name, any blanks, two braces. It may stand in any text of a step's
//! inputs, also inside lists and maps, but not in the key of a map.
//!
//! - A text that is nothing but a reference becomes **the value, with its type**: `"runCommand": "{{ commands }}"` is a
//!   list of lines when `commands` is a `StringList`.
//! - Elsewhere the value is put in **as text**: a text as it is, all else as JSON.
//! - All references are found first. What was put in is never looked at again, so a value cannot refer to another.
//! - A declared parameter without a value is null. Names that nobody declared stay as they are on an agent; when the
//!   document is created they are refused.
//!
//! ```
//! use ssm_core::document::{Document, Parameters, Platform};
//! use serde_json::json;
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "parameters": {"list": {"type": "StringList"}, "text": {"type": "String"}},
//!         "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {
//!             "whole": "{{ list }}", "part": "say {{list}}", "deep": [{"{{ text }}": "<{{ text }}>"}]}}]
//!     }"#,
//! )?;
//! let values = Parameters::from_iter([
//!     ("list".to_owned(), json!(["a", "b"])),
//!     ("text".to_owned(), json!("{{ list }}")),
//! ]);
//! let plan = document.plan(&values, Platform::Linux)?;
//! let inputs = &plan.steps()[0].inputs;
//! assert_eq!(inputs["whole"], json!(["a", "b"]));
//! assert_eq!(inputs["part"], json!(r#"say ["a","b"]"#));
//! assert_eq!(inputs["deep"], json!([{"{{ text }}": "<{{ list }}>"}]));
//!
//! let undeclared = r#"{"schemaVersion": "2.2", "mainSteps": [
//!     {"action": "acme:x", "name": "x", "inputs": {"text": "{{ nobody }}"}}]}"#;
//! assert_eq!(Document::parse(undeclared).unwrap_err().to_string(), "Parameter \"nobody\" is not declared.");
//! assert!(Document::parse_lenient(undeclared).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A list cannot be the whole of an input of a public plugin that takes one text; the document is refused. Stock agents
//! turn `$$` in a value that is put in as text into `$`; here a value is put in as it is (our choice).
//!
//! With all values the texts of a document have at most 1 MiB, and lists and maps are nested at most 64 deep (our
//! choice); else planning fails.
//!
//! Source: agent protocol 5.2, service specification 4.3.
//!
//! # Why text in a script is dangerous
//!
//! Nothing is escaped. A value that is put into a script **is a part of the script**, and a caller who may choose it
//! may run anything, as the user as whom the agent runs. Quotes around the reference do not help: the value may have
//! quotes too.
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Document, Platform};
//!
//! let greet = |definition: &str| {
//!     Document::parse(&format!(
//!         r#"{{"schemaVersion": "2.2", "parameters": {{"who": {definition}}},
//!             "mainSteps": [{{"action": "aws:runShellScript", "name": "greet",
//!                 "inputs": {{"runCommand": ["echo 'Hello {{{{ who }}}}'"]}}}}]}}"#
//!     ))
//! };
//! let hostile = BTreeMap::from([("who".to_owned(), vec!["'; reboot; '".to_owned()])]);
//!
//! let open = greet(r#"{"type": "String"}"#)?;
//! let plan = open.plan(&open.check_parameters(&hostile)?, Platform::Linux)?;
//! assert_eq!(plan.steps()[0].inputs["runCommand"][0], "echo 'Hello '; reboot; ''");
//!
//! // First help: a pattern without quotes, blanks and `$`, anchored at both ends.
//! let guarded = greet(r#"{"type": "String", "allowedPattern": "^[A-Za-z0-9_.-]{1,64}$"}"#)?;
//! assert!(guarded.check_parameters(&hostile).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A closed list (`allowedValues`) is as good. Where neither can be, as with free text, the value has to stay out of
//! the script.
//!
//! # Values as variables: `ENV_VAR`
//!
//! With `"interpolationType": "ENV_VAR"` the value reaches a script as the environment variable `SSM_<name>`,
//! literally. `{{ name }}` in the script becomes a quoted reference to that variable, never the value (our choice:
//! the sources tell of the variable, and not what becomes of the reference). So no value becomes text of the script.
//!
//! ```
//! use ssm_core::document::{Document, Parameters, Platform};
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "parameters": {"who": {"type": "String", "interpolationType": "ENV_VAR"}},
//!         "mainSteps": [{"action": "aws:runShellScript", "name": "greet", "inputs": {"runCommand": [
//!             "echo {{ who }}", "echo \"Hello {{ who }}\"", "echo 'Hello {{ who }}'"]}}]
//!     }"#,
//! )?;
//! let parameters = Parameters::from_iter([("who".to_owned(), "'; reboot; '".into())]);
//! let plan = document.plan(&parameters, Platform::Linux)?;
//! let step = &plan.steps()[0];
//! assert_eq!(step.environment["SSM_who"], "'; reboot; '");
//! // Written for the quotes in which it stands.
//! let script = &step.inputs["runCommand"];
//! assert_eq!(script[0], r#"echo "${SSM_who}""#);
//! assert_eq!(script[1], r#"echo "Hello ${SSM_who}""#);
//! assert_eq!(script[2], r#"echo 'Hello '"${SSM_who}"''"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Stock agents know this from version 3.3.2746.0. **An older one ignores the member and puts the value in as text**,
//! so a document for both needs two things: a pattern as above, and a script that tests for the variable and sets it
//! where it is not set. The test has to name the variable, not the parameter:
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::Document;
//!
//! let document = Document::parse(
//!     r#"{
//!         "schemaVersion": "2.2",
//!         "parameters": {
//!             "who": {"type": "String", "interpolationType": "ENV_VAR", "allowedPattern": "^[A-Za-z0-9 _.-]{1,64}$"}
//!         },
//!         "mainSteps": [{"action": "aws:runShellScript", "name": "greet", "inputs": {"runCommand": [
//!             "if [ -z \"${SSM_who+x}\" ]; then SSM_who=\"{{ who }}\"; fi",
//!             "echo \"Hello $SSM_who\""
//!         ]}}]
//!     }"#,
//! )?;
//! // An old agent would put it in as text, so the pattern still has to keep it harmless.
//! let who = |text: &str| document.check_parameters(&BTreeMap::from([("who".to_owned(), vec![text.to_owned()])]));
//! assert!(who("World No. 2").is_ok());
//! assert!(who("\"; reboot; \"").is_err() && who("$(reboot)").is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it does not help against: a script that has its text read again (`eval`, `sh -c`); arithmetic of a shell (`$((..))`,
//! `((..))`, `let`, `[[ .. -eq .. ]]`, subscripts of arrays, `test -v`), which evaluates a value and runs what is in it;
//! and a program that takes a value with a leading dash for an option. A parameter that is the whole of `runCommand`
//! is the script, and stays it.
//!
//! Source: agent protocol 5.2, service specification 4.3.
//!
//! # Values from the parameter store
//!
//! `{{ssm:name}}`, or `{{ssm:name:version}}` with a version, stands for a parameter of the store. It may stand in
//! inputs, in defaults and in the values of a command; the braces may have blanks inside, but nothing may part `ssm:`
//! from the name.
//!
//! - The agent's side resolves them before the run: [`Document::store_references`] finds and names them, whoever runs the
//!   document asks the store, and [`Document::plan_with`] puts the values in. A reference is never run as text.
//! - A StringList of the store may only be an element of a list, where it becomes several; in other text it is an
//!   error.
//! - A SecureString is an error: it would stand in the script, and in what is kept of it.
//! - A precondition cannot have such a reference.
//!
//! `{{ssm-secure:name}}` is for plugins that ask the store themselves, such as the tokens of a download. It is not
//! put in for anybody else.
//!
//! A value that is nothing but `{{ssm:name}}` passes the service's rules: only the agent knows the value, and checks
//! the pattern then ([`Document::resolve_parameters`] has what a value comes to).
//!
//! ```
//! use ssm_core::document::{Document, Parameters, Platform, StoreReference, StoreValue, StoreValues};
//!
//! let document = Document::parse(
//!     r#"{"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runShellScript", "name": "s", "inputs": {
//!         "runCommand": ["echo {{ssm:/app/greeting}}"]}}]}"#,
//! )?;
//! let (none, greeting): (_, StoreReference) = (Parameters::new(), "/app/greeting".parse()?);
//! assert!(document.store_references(&none)?.contains(&greeting));
//! assert!(document.plan(&none, Platform::Linux).is_err());
//! let store = StoreValues::from_iter([(greeting, StoreValue::Text("hello".to_owned()))]);
//! let plan = document.plan_with(&none, Platform::Linux, &store)?;
//! assert_eq!(plan.steps()[0].inputs["runCommand"][0], "echo hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: agent protocol 3.4, 5.2 and 5.3; service specification 4.3.
//!
//! [`Document::parse`]: crate::document::Document::parse
//! [`Document::check_parameters`]: crate::document::Document::check_parameters
//! [`Document::check_as_agent`]: crate::document::Document::check_as_agent
//! [`Document::store_references`]: crate::document::Document::store_references
//! [`Document::plan_with`]: crate::document::Document::plan_with
//! [`Document::resolve_parameters`]: crate::document::Document::resolve_parameters
//! [`ParameterError::text`]: crate::document::ParameterError::text
