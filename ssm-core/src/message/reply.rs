//! The payload of a reply: what an agent says of a command and its steps.

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};

use crate::document::{StepResult, StepStatus};
use crate::ids::PluginName;
use crate::time::Timestamp;

/// What stands in `SendReply.Payload`, a JSON text.
///
/// Source: agent protocol 1.8; the order of the members is the stock agent's. Its `Debug` shows the sizes of texts that may
/// hold secrets, not the texts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyPayload {
    /// Who replies, and when.
    #[serde(default, deserialize_with = "null_is_default")]
    pub additional_info: AdditionalInfo,
    /// Where the whole document stands.
    pub document_status: StepStatus,
    /// Why the document could not be run at all.
    #[serde(default, deserialize_with = "null_is_default")]
    pub document_trace_output: String,
    /// Results by step; null in a reply about the document alone, and empty in the last one of several steps.
    #[serde(default)]
    pub runtime_status: Option<IndexMap<String, PluginResult>>,
}

/// Who replies, and when. Nothing in it is needed to take the reply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AdditionalInfo {
    /// The agent.
    #[serde(deserialize_with = "null_is_default")]
    pub agent: AgentInfo,
    /// When the reply was made, as text: a service does not decide by an agent's clock.
    #[serde(deserialize_with = "null_is_default")]
    pub date_time: String,
    /// Always empty.
    #[serde(deserialize_with = "null_is_default")]
    pub run_id: String,
    /// How many steps have which status so far; null in a reply about the document alone.
    pub runtime_status_counts: Option<BTreeMap<String, u32>>,
    /// The stock agent's word on its second channel; absent in replies over it.
    #[serde(rename = "ableToOpenMGSConnection", skip_serializing_if = "Option::is_none")]
    pub able_to_open_mgs_connection: Option<bool>,
}

/// The agent's description of itself. All of it may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentInfo {
    /// Its language setting, for example `en-US`.
    #[serde(deserialize_with = "null_is_default")]
    pub lang: String,
    /// Its program name.
    #[serde(deserialize_with = "null_is_default")]
    pub name: String,
    /// Its operating system.
    #[serde(deserialize_with = "null_is_default")]
    pub os: String,
    /// A version of that.
    #[serde(deserialize_with = "null_is_default")]
    pub osver: String,
    /// Its own version.
    #[serde(deserialize_with = "null_is_default")]
    pub ver: String,
}

/// The result of a step as it travels. Its `Debug` shows the sizes of its outputs, not the texts, which may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginResult {
    /// Where the step stands.
    pub status: StepStatus,
    /// The exit code.
    #[serde(default)]
    pub code: i32,
    /// The plugin.
    pub name: PluginName,
    /// The error text if there is one, else both streams together, at most 2,500 bytes.
    #[serde(default, deserialize_with = "null_is_default")]
    pub output: String,
    /// When the step began. A result must not be lost for its time: what is none is read as 1970.
    #[serde(default = "no_time", deserialize_with = "time_or_none")]
    pub start_date_time: Timestamp,
    /// When the step ended; likewise.
    #[serde(default = "no_time", deserialize_with = "time_or_none")]
    pub end_date_time: Timestamp,
    /// Where the whole output was uploaded; `""`: nowhere.
    #[serde(default, rename = "outputS3BucketName", deserialize_with = "null_is_default")]
    pub output_s3_bucket_name: String,
    /// The prefix of its keys there.
    #[serde(default, rename = "outputS3KeyPrefix", deserialize_with = "null_is_default")]
    pub output_s3_key_prefix: String,
    /// The last piece of those keys.
    #[serde(default, deserialize_with = "null_is_default")]
    pub step_name: String,
    /// Standard output, at most 24,000 bytes.
    #[serde(default, deserialize_with = "null_is_default")]
    pub standard_output: String,
    /// Standard error, at most 24,000 bytes.
    #[serde(default, deserialize_with = "null_is_default")]
    pub standard_error: String,
}

fn no_time() -> Timestamp {
    Timestamp::MIN
}

/// A time, or 1970 for what is none: some writers print a time that they do not know as the year 1, or as nothing.
fn time_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or(Timestamp::MIN))
}

impl fmt::Debug for ReplyPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyPayload")
            .field("additional_info", &self.additional_info)
            .field("document_status", &self.document_status)
            .field("document_trace_output_bytes", &self.document_trace_output.len())
            .field("runtime_status", &self.runtime_status)
            .finish()
    }
}

impl fmt::Debug for PluginResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginResult")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("name", &self.name)
            .field("start_date_time", &self.start_date_time)
            .field("end_date_time", &self.end_date_time)
            .field("output_bytes", &self.output.len())
            .field("standard_output_bytes", &self.standard_output.len())
            .field("standard_error_bytes", &self.standard_error.len())
            .finish_non_exhaustive()
    }
}

impl From<StepResult> for PluginResult {
    fn from(result: StepResult) -> Self {
        Self {
            status: result.status,
            code: result.code,
            name: result.plugin,
            output: result.output,
            start_date_time: result.started_at,
            end_date_time: result.ended_at,
            output_s3_bucket_name: String::new(),
            output_s3_key_prefix: String::new(),
            step_name: String::new(),
            standard_output: result.standard_output,
            standard_error: result.standard_error,
        }
    }
}

impl From<PluginResult> for StepResult {
    fn from(result: PluginResult) -> Self {
        Self {
            status: result.status,
            code: result.code,
            plugin: result.name,
            output: result.output,
            standard_output: result.standard_output,
            standard_error: result.standard_error,
            started_at: result.start_date_time,
            ended_at: result.end_date_time,
        }
    }
}

fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reply_says_of_outputs_is_not_shown_by_debug() {
        let text = r#"{"documentStatus": "Failed", "documentTraceOutput": "hunter2", "runtimeStatus": {"step": {
            "status": "Failed", "code": 7, "name": "aws:runShellScript", "output": "hunter2",
            "standardOutput": "hunter2", "standardError": "hunter2",
            "startDateTime": "2027-01-15T08:00:00.000Z", "endDateTime": "2027-01-15T08:00:01.500Z"}}}"#;
        let shown = format!("{:?}", serde_json::from_str::<ReplyPayload>(text).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
        for told in ["output_bytes: 7", "standard_error_bytes: 7", "document_trace_output_bytes: 7", "code: 7"] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
    }
}
