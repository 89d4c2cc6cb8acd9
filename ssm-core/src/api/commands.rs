//! Shapes around commands.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::constraints::{Constraints, pattern};
use super::{ApiError, ErrorCode};
use crate::command::{CommandPluginStatus, CommandStatus, InvocationState, InvocationStatus};
use crate::document::StepResult;
use crate::engine::{DocumentHash, NewCommand};
use crate::ids::{CommandId, InstanceId, StepName};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::record::{Invocation, SubmittedParameters, Target, Targeting};
use crate::time::{Timestamp, epoch_seconds};

/// Sends a command. Source: API reference, `SendCommand`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct SendCommandRequest {
    /// The document's name; required.
    pub document_name: String,
    /// `$DEFAULT` (the default), `$LATEST` or a number.
    pub document_version: Option<String>,
    /// The hash that the content must have.
    pub document_hash: Option<String>,
    /// `Sha256`, the default, or `Sha1`.
    pub document_hash_type: Option<String>,
    /// Explicit instances, 1 to 50; or else `targets`.
    pub instance_ids: Vec<String>,
    /// 1 to 5 expressions, all of which an instance must match; or else `instance_ids`.
    pub targets: Vec<TargetShape>,
    /// Values by parameter; a String has one, a StringList any number.
    pub parameters: SubmittedParameters,
    /// The delivery timeout in seconds: 30 to 2,592,000, default 3600.
    pub timeout_seconds: Option<i64>,
    /// At most 100 characters.
    pub comment: Option<String>,
    /// A count or a percentage, default `50`.
    pub max_concurrency: Option<String>,
    /// A count or a percentage, default `0`.
    pub max_errors: Option<String>,
}

/// One target as it stands on the wire. Source: API reference, `Target`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TargetShape {
    /// `InstanceIds`, `tag:KEY` or `tag-key`.
    pub key: String,
    /// 1 to 50 values.
    pub values: Vec<String>,
}

impl SendCommandRequest {
    /// A command that runs this document, for nobody yet.
    #[must_use]
    pub fn new(document_name: impl Into<String>) -> Self {
        Self { document_name: document_name.into(), ..Self::default() }
    }

    /// The same for these instances.
    #[must_use]
    pub fn with_instance_ids<T: ToString>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.instance_ids = ids.into_iter().map(|id| id.to_string()).collect();
        self
    }

    /// The same for the instances that match this key and one of its values, beside earlier targets.
    #[must_use]
    pub fn with_target<T: ToString>(mut self, key: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(|value| value.to_string()).collect();
        self.targets.push(TargetShape { key: key.into(), values });
        self
    }

    /// The same with this parameter.
    #[must_use]
    pub fn with_parameter<T: ToString>(mut self, name: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        self.parameters.0.insert(name.into(), values.into_iter().map(|value| value.to_string()).collect());
        self
    }

    /// The same with these throttles, each a count or a percentage.
    #[must_use]
    pub fn with_limits(mut self, max_concurrency: impl Into<String>, max_errors: impl Into<String>) -> Self {
        self.max_concurrency = Some(max_concurrency.into());
        self.max_errors = Some(max_errors.into());
        self
    }

    /// The same with this delivery timeout.
    #[must_use]
    pub fn with_timeout_seconds(mut self, seconds: i64) -> Self {
        self.timeout_seconds = Some(seconds);
        self
    }

    /// The same with this comment.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

impl TryFrom<SendCommandRequest> for NewCommand {
    type Error = ApiError;

    /// Finds everything that is wrong with the request by itself: a `ValidationException` for broken constraints, then
    /// `DuplicateInstanceId`.
    fn try_from(request: SendCommandRequest) -> Result<Self, ApiError> {
        let mut broken = Constraints::default();
        let path = "documentName";
        broken.required(path, &request.document_name);
        let document = if request.document_name.is_empty() {
            None
        } else {
            broken.parsed(path, &request.document_name, pattern::DOCUMENT_NAME)
        };
        let version = request.document_version.as_deref().unwrap_or("$DEFAULT");
        let version = broken.parsed("documentVersion", version, pattern::DOCUMENT_VERSION);
        let document_hash = request.document_hash.map(|hash| hash.to_ascii_lowercase());
        broken.length("documentHash", document_hash.as_deref().unwrap_or(""), 0, 256);
        broken.one_of(
            "documentHashType",
            request.document_hash_type.as_deref().unwrap_or("Sha256"),
            &["Sha256", "Sha1"],
        );
        let document_hash = document_hash.map(|hash| match request.document_hash_type.as_deref() {
            Some("Sha1") => DocumentHash::Sha1(hash),
            _ => DocumentHash::Sha256(hash),
        });
        broken.range("timeoutSeconds", request.timeout_seconds, 30, 2_592_000);
        let comment = request.comment.unwrap_or_default();
        broken.length("comment", &comment, 0, 100);
        let concurrency: Option<MaxConcurrency> =
            limit("maxConcurrency", request.max_concurrency.as_deref(), MaxConcurrency::PATTERN, &mut broken);
        let errors: Option<MaxErrors> =
            limit("maxErrors", request.max_errors.as_deref(), MaxErrors::PATTERN, &mut broken);
        let targeting = targeting(&request.instance_ids, &request.targets, &mut broken);
        broken.finish()?;
        let (Some(document), Some(document_version)) = (document, version) else {
            // `finish` has failed when either is missing.
            return Err(ApiError::validation("documentName"));
        };
        let seconds = request.timeout_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        Ok(Self {
            document,
            document_version,
            document_hash,
            targeting: targeting?,
            parameters: request.parameters,
            comment,
            delivery_timeout: Duration::from_secs(seconds.unwrap_or(Self::DEFAULT_DELIVERY_SECONDS.into())),
            max_concurrency: concurrency.unwrap_or_default(),
            max_errors: errors.unwrap_or_default(),
        })
    }
}

/// Reads a limit of 1 to 7 characters; `None` when it is absent or broken.
fn limit<T: FromStr>(path: &str, text: Option<&str>, pattern: &str, broken: &mut Constraints) -> Option<T> {
    let text = text?;
    broken.length(path, text, 1, 7);
    // A text that is only too long may well be of the pattern.
    if text.chars().count() > 7 { None } else { broken.parsed(path, text, pattern) }
}

fn targeting(ids: &[String], targets: &[TargetShape], broken: &mut Constraints) -> Result<Targeting, ApiError> {
    let ids = instance_ids(ids, broken);
    broken.items("targets", targets.len(), 5);
    for (index, target) in targets.iter().enumerate().take(5) {
        broken.items(&format!("targets.{}.member.values", index + 1), target.values.len(), 50);
    }
    match (ids, targets) {
        // Which error the public service gives here is not known; this is our choice.
        (ids, []) if matches!(&ids, Ok(ids) if ids.is_empty()) => {
            Err(ApiError::validation("Either InstanceIds or Targets must be given."))
        }
        (Ok(ids), targets) if !ids.is_empty() && !targets.is_empty() => {
            Err(ApiError::validation("InstanceIds and Targets cannot be given together."))
        }
        (Ok(ids), []) => Ok(Targeting::Instances(ids)),
        (Ok(_), targets) => targets.iter().map(target).collect::<Result<_, _>>().map(Targeting::Targets),
        (Err(error), _) => Err(error),
    }
}

/// Reads at most 50 ids, each once.
fn instance_ids(ids: &[String], broken: &mut Constraints) -> Result<Vec<InstanceId>, ApiError> {
    broken.items("instanceIds", ids.len(), 50);
    let mut read = Vec::new();
    for id in ids.iter().take(50) {
        let Some(id) = broken.parsed::<InstanceId>("instanceIds", id, pattern::INSTANCE_ID) else { continue };
        if read.contains(&id) {
            return Err(ApiError::new(ErrorCode::DuplicateInstanceId, format!("{id} occurs twice.")));
        }
        read.push(id);
    }
    Ok(read)
}

fn target(shape: &TargetShape) -> Result<Target, ApiError> {
    if shape.values.is_empty() {
        return Err(ApiError::validation(format!("Target '{}' has no values.", excerpt(&shape.key))));
    }
    if shape.key == "InstanceIds" {
        let ids: Result<Vec<InstanceId>, _> = shape.values.iter().map(|id| id.parse()).collect();
        return ids.map(Target::InstanceIds).map_err(|error| ApiError::validation(error.to_string()));
    }
    if shape.key == "tag-key" {
        return Ok(Target::TagKey(shape.values.clone()));
    }
    match shape.key.strip_prefix("tag:") {
        Some(key) if !key.is_empty() => Ok(Target::Tag { key: key.to_owned(), values: shape.values.clone() }),
        _ => Err(ApiError::validation(format!(
            "Target key '{}' is not served: use InstanceIds, tag:KEY or tag-key.",
            excerpt(&shape.key)
        ))),
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

/// The command that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendCommandResponse {
    /// It.
    pub command: Command,
}

/// A command as the API shows it. Source: API reference, `Command`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Command {
    /// Its id.
    pub command_id: CommandId,
    /// The document, as submitted.
    pub document_name: String,
    /// Its version as submitted, `$DEFAULT` when none was given.
    pub document_version: String,
    /// The operator's comment.
    pub comment: String,
    /// When everything that has not ended ends as DeliveryTimedOut.
    #[serde(with = "epoch_seconds")]
    pub expires_after: Timestamp,
    /// As submitted.
    pub parameters: SubmittedParameters,
    /// Explicit instances; empty for targets.
    pub instance_ids: Vec<InstanceId>,
    /// Targets; empty for explicit instances.
    pub targets: Vec<TargetShape>,
    /// When it was accepted.
    #[serde(with = "epoch_seconds")]
    pub requested_date_time: Timestamp,
    /// The coarse status.
    pub status: CommandStatus,
    /// The fine one.
    pub status_details: String,
    /// A count or a percentage.
    pub max_concurrency: String,
    /// A count or a percentage.
    pub max_errors: String,
    /// How many instances; 0 until the targets are resolved.
    pub target_count: u32,
    /// How many invocations have ended.
    pub completed_count: u32,
    /// How many of them Failed or ExecutionTimedOut.
    pub error_count: u32,
    /// How many of them DeliveryTimedOut.
    pub delivery_timed_out_count: u32,
    /// The delivery timeout.
    pub timeout_seconds: u32,
}

impl From<&crate::record::Command> for Command {
    fn from(command: &crate::record::Command) -> Self {
        let (status, details) = command.status();
        let (instance_ids, targets) = match &command.targeting {
            Targeting::Instances(ids) => (ids.clone(), Vec::new()),
            Targeting::Targets(targets) => (Vec::new(), targets.iter().map(TargetShape::from).collect()),
        };
        Self {
            command_id: command.id,
            document_name: command.document.name.to_string(),
            document_version: command.document.requested.to_string(),
            comment: command.comment.clone(),
            expires_after: command.expires_at,
            parameters: command.parameters.clone(),
            instance_ids,
            targets,
            requested_date_time: command.requested_at,
            status,
            status_details: details.to_owned(),
            max_concurrency: command.max_concurrency.to_string(),
            max_errors: command.max_errors.to_string(),
            target_count: command.targets().unwrap_or(0),
            completed_count: command.tally.completed,
            error_count: command.tally.errors(),
            delivery_timed_out_count: command.tally.delivery_timed_out,
            timeout_seconds: u32::try_from(command.delivery_timeout.as_secs()).unwrap_or(u32::MAX),
        }
    }
}

impl From<&Target> for TargetShape {
    fn from(target: &Target) -> Self {
        let (key, values) = match target {
            Target::InstanceIds(ids) => ("InstanceIds".to_owned(), ids.iter().map(ToString::to_string).collect()),
            Target::Tag { key, values } => (format!("tag:{key}"), values.clone()),
            Target::TagKey(keys) => ("tag-key".to_owned(), keys.clone()),
        };
        Self { key, values }
    }
}

/// Ends a command as far as it has not ended by itself; best effort. Source: API reference, `CancelCommand`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct CancelCommandRequest {
    /// The command; required.
    pub command_id: String,
    /// Only these of its instances, at most 50; all when empty.
    pub instance_ids: Vec<String>,
}

impl CancelCommandRequest {
    /// Cancels the command everywhere.
    #[must_use]
    pub fn new(command: CommandId) -> Self {
        Self { command_id: command.to_string(), instance_ids: Vec::new() }
    }

    /// Only on these instances.
    #[must_use]
    pub fn with_instance_ids<T: ToString>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.instance_ids = ids.into_iter().map(|id| id.to_string()).collect();
        self
    }

    /// The ids, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints, `DuplicateInstanceId`.
    pub fn parse(&self) -> Result<(CommandId, Vec<InstanceId>), ApiError> {
        let mut broken = Constraints::default();
        let command = command_id(&self.command_id, &mut broken);
        let instances = instance_ids(&self.instance_ids, &mut broken);
        broken.finish()?;
        Ok((command.ok_or_else(|| ApiError::validation("commandId"))?, instances?))
    }
}

fn command_id(text: &str, broken: &mut Constraints) -> Option<CommandId> {
    broken.required("commandId", text);
    if text.is_empty() { None } else { broken.parsed("commandId", text, pattern::COMMAND_ID) }
}

/// Nothing to say: the cancel is on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelCommandResponse {}

/// Asks for one invocation with its output. Source: API reference, `GetCommandInvocation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct GetCommandInvocationRequest {
    /// The command; required.
    pub command_id: String,
    /// The instance; required.
    pub instance_id: String,
    /// Which step; required when the document has several.
    pub plugin_name: Option<String>,
}

impl GetCommandInvocationRequest {
    /// Asks for the only step of the command on this instance.
    #[must_use]
    pub fn new(command: CommandId, instance: &InstanceId) -> Self {
        Self { command_id: command.to_string(), instance_id: instance.to_string(), plugin_name: None }
    }

    /// The same for this step.
    #[must_use]
    pub fn with_plugin_name(mut self, name: impl Into<String>) -> Self {
        self.plugin_name = Some(name.into());
        self
    }

    /// The ids, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints.
    pub fn parse(&self) -> Result<(CommandId, InstanceId), ApiError> {
        let mut broken = Constraints::default();
        let command = command_id(&self.command_id, &mut broken);
        broken.required("instanceId", &self.instance_id);
        let instance = if self.instance_id.is_empty() {
            None
        } else {
            broken.parsed("instanceId", &self.instance_id, pattern::INSTANCE_ID)
        };
        broken.finish()?;
        command.zip(instance).ok_or_else(|| ApiError::validation("commandId"))
    }
}

/// One invocation with its output. Source: API reference, `GetCommandInvocation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct GetCommandInvocationResponse {
    /// The command.
    pub command_id: CommandId,
    /// The instance.
    pub instance_id: InstanceId,
    /// The command's comment.
    pub comment: String,
    /// The document, as submitted.
    pub document_name: String,
    /// Its version, as submitted.
    pub document_version: String,
    /// The step: its name, in schema 1.2 the plugin's.
    pub plugin_name: String,
    /// The exit code; -1 until it is known.
    pub response_code: i32,
    /// When the step began, `YYYY-MM-DDTHH:MM:SS.mmmZ`; `""` until known.
    pub execution_start_date_time: String,
    /// How long it took, for example `PT0.091S`; `""` until known.
    pub execution_elapsed_time: String,
    /// When the step ended; `""` until known. The true end (the public service repeats the start).
    pub execution_end_date_time: String,
    /// The coarse status of the step named, or of the only one.
    pub status: InvocationStatus,
    /// The fine one.
    pub status_details: String,
    /// Standard output, at most 24,000 characters.
    pub standard_output_content: String,
    /// Where the whole of it is; `""`: nowhere.
    pub standard_output_url: String,
    /// Standard error, at most 8,000 characters.
    pub standard_error_content: String,
    /// Where the whole of it is; `""`: nowhere.
    pub standard_error_url: String,
}

impl GetCommandInvocationResponse {
    /// The members that follow from the command, for a step of which nothing is known yet.
    #[must_use]
    pub fn new(command: &crate::record::Command, instance: &InstanceId, step: &StepName) -> Self {
        Self {
            command_id: command.id,
            instance_id: instance.clone(),
            comment: command.comment.clone(),
            document_name: command.document.name.to_string(),
            document_version: command.document.requested.to_string(),
            plugin_name: step.to_string(),
            response_code: -1,
            execution_start_date_time: String::new(),
            execution_elapsed_time: String::new(),
            execution_end_date_time: String::new(),
            status: InvocationStatus::Pending,
            status_details: InvocationStatus::Pending.as_str().to_owned(),
            standard_output_content: String::new(),
            standard_output_url: String::new(),
            standard_error_content: String::new(),
            standard_error_url: String::new(),
        }
    }
}

/// Lists commands, newest first. Source: API reference, `ListCommands`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListCommandsRequest {
    /// Only this one.
    pub command_id: Option<String>,
    /// Only those with an invocation on this instance.
    pub instance_id: Option<String>,
    /// Page size, 1 to 50; default 50.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

impl ListCommandsRequest {
    /// Only this command.
    #[must_use]
    pub fn of_command(command: CommandId) -> Self {
        Self { command_id: Some(command.to_string()), ..Self::default() }
    }
}

/// A page of commands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListCommandsResponse {
    /// The commands.
    pub commands: Vec<Command>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Lists invocations. Source: API reference, `ListCommandInvocations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ListCommandInvocationsRequest {
    /// Only of this command.
    pub command_id: Option<String>,
    /// Only on this instance.
    pub instance_id: Option<String>,
    /// Page size, 1 to 50; default 50.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// Whether to show the steps; default false.
    pub details: bool,
}

impl ListCommandInvocationsRequest {
    /// Of this command, with the steps.
    #[must_use]
    pub fn detailed(command: CommandId) -> Self {
        Self { command_id: Some(command.to_string()), details: true, ..Self::default() }
    }

    /// The next page.
    #[must_use]
    pub fn after(mut self, next_token: Option<String>) -> Self {
        self.next_token = next_token;
        self
    }
}

/// A page of invocations.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListCommandInvocationsResponse {
    /// The invocations.
    pub command_invocations: Vec<CommandInvocation>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An invocation as the API lists it. Source: API reference, `CommandInvocation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CommandInvocation {
    /// The command.
    pub command_id: CommandId,
    /// The instance.
    pub instance_id: InstanceId,
    /// Its host name.
    pub instance_name: String,
    /// The command's comment.
    pub comment: String,
    /// The document, as submitted.
    pub document_name: String,
    /// Its version, as submitted.
    pub document_version: String,
    /// When the command went out to this instance.
    #[serde(with = "epoch_seconds")]
    pub requested_date_time: Timestamp,
    /// The coarse status.
    pub status: InvocationStatus,
    /// The fine one.
    pub status_details: String,
    /// The agent's words on a document that it could not run.
    pub trace_output: String,
    /// The steps that have reported; empty unless details were asked for.
    pub command_plugins: Vec<CommandPlugin>,
}

impl CommandInvocation {
    /// An invocation of the command that shows as `state`, with these steps.
    #[must_use]
    pub fn new(
        command: &crate::record::Command,
        invocation: &Invocation,
        state: InvocationState,
        command_plugins: Vec<CommandPlugin>,
    ) -> Self {
        Self {
            command_id: command.id,
            instance_id: invocation.key.instance.clone(),
            instance_name: invocation.instance_name.clone(),
            comment: command.comment.clone(),
            document_name: command.document.name.to_string(),
            document_version: command.document.requested.to_string(),
            requested_date_time: invocation.requested_at,
            status: state.status(),
            status_details: state.details().to_owned(),
            trace_output: invocation.trace.clone(),
            command_plugins,
        }
    }
}

/// A step as the API lists it. Source: API reference, `CommandPlugin`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CommandPlugin {
    /// The step's name, in schema 1.2 the plugin's.
    pub name: String,
    /// The coarse status.
    pub status: CommandPluginStatus,
    /// The fine one.
    pub status_details: String,
    /// The exit code; -1 until it is known.
    pub response_code: i32,
    /// When the step began; absent until known.
    #[serde(with = "epoch_seconds::option", skip_serializing_if = "Option::is_none", default)]
    pub response_start_date_time: Option<Timestamp>,
    /// When it ended; absent until known.
    #[serde(with = "epoch_seconds::option", skip_serializing_if = "Option::is_none", default)]
    pub response_finish_date_time: Option<Timestamp>,
    /// Both streams, at most 2,500 characters.
    pub output: String,
}

impl CommandPlugin {
    /// A step with this status and code, and its result if it has one.
    #[must_use]
    pub fn new(
        name: &StepName,
        status: CommandPluginStatus,
        details: &str,
        code: i32,
        result: Option<&StepResult>,
    ) -> Self {
        Self {
            name: name.to_string(),
            status,
            status_details: details.to_owned(),
            response_code: code,
            response_start_date_time: result.map(|result| result.started_at),
            response_finish_date_time: result.map(|result| result.ended_at),
            output: result.map(|result| result.output.clone()).unwrap_or_default(),
        }
    }
}

impl ListCommandsRequest {
    /// The filters and the page size, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints.
    pub fn parse(&self) -> Result<(Option<CommandId>, Option<InstanceId>, usize), ApiError> {
        parse_listing(self.command_id.as_deref(), self.instance_id.as_deref(), self.max_results)
    }
}

impl ListCommandInvocationsRequest {
    /// The filters and the page size, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints.
    pub fn parse(&self) -> Result<(Option<CommandId>, Option<InstanceId>, usize), ApiError> {
        parse_listing(self.command_id.as_deref(), self.instance_id.as_deref(), self.max_results)
    }
}

fn parse_listing(
    command: Option<&str>,
    instance: Option<&str>,
    max_results: Option<i64>,
) -> Result<(Option<CommandId>, Option<InstanceId>, usize), ApiError> {
    let mut broken = Constraints::default();
    let command = command.and_then(|text| broken.parsed("commandId", text, pattern::COMMAND_ID));
    let instance = instance.and_then(|text| broken.parsed("instanceId", text, pattern::INSTANCE_ID));
    broken.range("maxResults", max_results, 1, 50);
    broken.finish()?;
    Ok((command, instance, max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(50)))
}

/// Parameters by name; a short way to write them in tests and examples.
impl FromIterator<(String, Vec<String>)> for SubmittedParameters {
    fn from_iter<I: IntoIterator<Item = (String, Vec<String>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect::<BTreeMap<_, _>>())
    }
}
