//! The verdict on one file.

use std::path::Path;

use ssm_core::document::{
    Document, DocumentWarning, ParameterError, Parameters, Plan, PlanError, Platform, Position, StoreReference,
    StoreValue, StoreValues,
};
use ssm_core::ids::DocumentName;

use super::Ending;
use super::parameters::Supplied;
use super::source::{Content, Source};

/// What is to be done with each file.
#[derive(Debug)]
pub(super) struct Request {
    /// Values to check; none are checked otherwise.
    pub(super) parameters: Option<Supplied>,
    /// Where to plan for; nothing is planned otherwise.
    pub(super) platform: Option<Platform>,
    pub(super) deny_warnings: bool,
}

/// What came of a file.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// The file as it was named.
    pub(super) file: String,
    /// The text that positions are in.
    pub(super) text: String,
    /// The document, unless it is refused.
    pub(super) document: Option<Document>,
    /// What is wrong with the file, the document or the parameters.
    pub(super) error: Option<Finding>,
    pub(super) warnings: Vec<Finding>,
    pub(super) plan: Option<Planned>,
    pub(super) request: &'a Request,
}

/// What would run.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) plan: Plan,
    pub(super) platform: Platform,
    /// What agents look up in the parameter store. It stands in the plan as it does in the document.
    pub(super) store_references: Vec<StoreReference>,
}

/// An error or a warning.
#[derive(Debug)]
pub(super) struct Finding {
    /// The error's code, or the warning's rule.
    pub(super) code: &'static str,
    /// A sentence.
    pub(super) text: String,
    /// The value that it is about, if it is about one.
    pub(super) pointer: Option<String>,
    pub(super) position: Option<Position>,
    /// More for people: one line each.
    pub(super) notes: Vec<String>,
}

impl Report<'_> {
    /// How the program would end if this were the only file.
    pub(super) fn ending(&self) -> Ending {
        match &self.error {
            Some(error) if error.code == UNREADABLE => Ending::Unusable,
            Some(_) => Ending::Refused,
            None if self.request.deny_warnings && !self.warnings.is_empty() => Ending::Refused,
            None => Ending::Fine,
        }
    }

    /// The service's count of the time that the document may run.
    pub(super) fn execution_timeout_seconds(&self) -> u64 {
        let none = Supplied::new();
        let supplied = self.request.parameters.as_ref().unwrap_or(&none);
        self.document.as_ref().map_or(0, |document| document.execution_timeout(supplied).as_secs())
    }
}

impl Finding {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), pointer: None, position: None, notes: Vec::new() }
    }
}

impl From<DocumentWarning> for Finding {
    fn from(warning: DocumentWarning) -> Self {
        let pointer = Some(warning.pointer.to_string());
        Self { pointer, position: warning.position, ..Self::new(warning.kind.as_str(), warning.text) }
    }
}

const UNREADABLE: &str = "Unreadable";

/// Checks a file as the service would, then its parameters and its plan as far as they are asked for.
pub(super) fn check(Source { name, content }: Source, request: &Request) -> Report<'_> {
    let mut report = Report {
        file: name,
        text: String::new(),
        document: None,
        error: None,
        warnings: Vec::new(),
        plan: None,
        request,
    };
    let Content { text, format } = match content {
        Ok(content) => content,
        Err(fault) => {
            report.error = Some(Finding { position: fault.position, ..Finding::new(UNREADABLE, fault.reason) });
            report.text = fault.text;
            return report;
        }
    };
    match Document::parse_as(&text, format) {
        Ok(document) => {
            report.warnings = document.warnings().into_iter().map(Finding::from).collect();
            match prepare(&document, &report.file, request) {
                Ok(plan) => report.plan = plan,
                Err(error) => report.error = Some(error),
            }
            report.document = Some(document);
        }
        Err(error) => {
            let pointer = Some(error.pointer().to_string());
            let finding = Finding::new(error.kind().code(), error.to_string());
            report.error = Some(Finding { pointer, position: error.position(), ..finding });
        }
    }
    report.text = text;
    report
}

fn prepare(document: &Document, file: &str, request: &Request) -> Result<Option<Planned>, Finding> {
    let Some(supplied) = &request.parameters else { return Ok(None) };
    let parameters =
        document.check_parameters(supplied).map_err(|error| refused_parameters(document, file, supplied, &error))?;
    let Some(platform) = request.platform else { return Ok(None) };
    planned(document, &parameters, platform)
        .map(Some)
        .map_err(|error| Finding::new("NotPlanned", format!("The document cannot be planned: {error}.")))
}

/// The plan, with each reference to the parameter store as its own value: values of the store are not looked at again.
fn planned(document: &Document, parameters: &Parameters, platform: Platform) -> Result<Planned, PlanError> {
    let references = document.store_references(parameters)?;
    let as_it_is = |reference: &StoreReference| StoreValue::Text(format!("{{{{ssm:{reference}}}}}"));
    let store: StoreValues = references.iter().map(|reference| (reference.clone(), as_it_is(reference))).collect();
    let plan = document.plan_with(parameters, platform, &store)?;
    Ok(Planned { plan, platform, store_references: references.into_iter().collect() })
}

/// The API's error, with a list of what is missing when something is.
fn refused_parameters(document: &Document, file: &str, supplied: &Supplied, error: &ParameterError) -> Finding {
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name: Option<DocumentName> = stem.parse().or_else(|_| "document".parse()).ok();
    let text = name.map_or_else(|| error.to_string(), |name| error.text(&name));
    let mut finding = Finding::new("InvalidParameters", text);
    if matches!(error, ParameterError::Missing { .. }) {
        let declared = document.parameters().iter();
        let missing = declared.filter(|(name, it)| it.default_value().is_none() && !supplied.contains_key(*name));
        finding.notes.extend(missing.map(|(name, definition)| {
            let description = first_line(definition.description().unwrap_or_default());
            let separator = if description.is_empty() { "" } else { ": " };
            format!("required: {name} ({}){separator}{description}", definition.kind())
        }));
    }
    finding
}

/// The first line of a description, cut at 100 characters.
fn first_line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(100) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}
