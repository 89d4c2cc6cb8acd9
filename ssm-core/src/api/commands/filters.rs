//! Filters of commands and invocations.

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ErrorCode};
use crate::time::Timestamp;

/// One filter. Its members are in lower case on the wire. Source: API reference, `CommandFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", default)]
pub struct CommandFilter {
    /// `InvokedAfter`, `InvokedBefore`, `Status`, `DocumentName`, or, for commands only, `ExecutionStage`; required.
    pub key: String,
    /// 1 to 128 characters; required.
    pub value: String,
}

impl CommandFilter {
    /// This value under this key.
    #[must_use]
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

/// Filters, read: a row must pass all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandFilters {
    /// `InvokedAfter`: only commands that were sent at this time or later. For invocations too, it is the command's time that
    /// counts (our choice).
    pub since: Option<Timestamp>,
    /// `InvokedBefore`: only commands that were sent before this time.
    pub before: Option<Timestamp>,
    /// `Status`: a word of `Status` or of `StatusDetails`.
    pub status: Option<&'static str>,
    /// `DocumentName`: exactly as it is shown.
    pub document: Option<String>,
    /// `ExecutionStage`: still under way, or over.
    pub executing: Option<bool>,
}

/// What the reference lists, and `Cancelling`, which is shown as a `Status` (our choice).
const OF_COMMANDS: &[&str] = &[
    "Pending",
    "InProgress",
    "Success",
    "Cancelled",
    "Failed",
    "TimedOut",
    "AccessDenied",
    "DeliveryTimedOut",
    "ExecutionTimedOut",
    "Incomplete",
    "NoInstancesInTag",
    "LimitExceeded",
    "Cancelling",
];

/// Likewise.
const OF_INVOCATIONS: &[&str] = &[
    "Pending",
    "InProgress",
    "Delayed",
    "Success",
    "Cancelled",
    "Failed",
    "TimedOut",
    "AccessDenied",
    "DeliveryTimedOut",
    "ExecutionTimedOut",
    "Undeliverable",
    "InvalidPlatform",
    "Terminated",
    "Cancelling",
];

impl CommandFilters {
    /// Filters of `ListCommands`.
    ///
    /// # Errors
    /// `InvalidFilterKey` when a key is given twice; `ValidationException` for a value that the key does not take (which code the
    /// public service gives there is not known; our choice).
    pub fn of_commands(filters: &[CommandFilter]) -> Result<Self, ApiError> {
        Self::read(filters, OF_COMMANDS, true)
    }

    /// Filters of `ListCommandInvocations`.
    ///
    /// # Errors
    /// As [`of_commands`](Self::of_commands), and `InvalidFilterKey` for `ExecutionStage`.
    pub fn of_invocations(filters: &[CommandFilter]) -> Result<Self, ApiError> {
        Self::read(filters, OF_INVOCATIONS, false)
    }

    /// Whether the row of a command, or of an invocation, with these words passes [`status`](Self::status).
    #[must_use]
    pub fn takes_status(&self, status: &str, details: &str) -> bool {
        self.status.is_none_or(|wanted| match wanted {
            // The filter has another name than the status. Source: user guide, "Understanding command statuses".
            "LimitExceeded" => [wanted, "RateExceeded"].contains(&details),
            wanted => [status, details].contains(&wanted),
        })
    }

    /// Whether rows have to be looked at: times alone are found by the order of commands.
    #[must_use]
    pub fn look(&self) -> bool {
        self.status.is_some() || self.document.is_some() || self.executing.is_some()
    }

    fn read(filters: &[CommandFilter], words: &'static [&'static str], stages: bool) -> Result<Self, ApiError> {
        let mut read = Self::default();
        for (index, CommandFilter { key, value }) in filters.iter().enumerate() {
            if filters.iter().take(index).any(|earlier| earlier.key == *key) {
                return Err(ApiError::new(ErrorCode::InvalidFilterKey, format!("The filter {key} is given twice.")));
            }
            let word_of = |words: &[&'static str]| {
                words.iter().find(|word| *word == value).copied().ok_or_else(|| {
                    ApiError::validation(format!("The filter {key} takes one of these: {}.", words.join(", ")))
                })
            };
            match key.as_str() {
                "InvokedAfter" => read.since = Some(time(key, value)?),
                "InvokedBefore" => read.before = Some(time(key, value)?),
                "Status" => read.status = Some(word_of(words)?),
                "DocumentName" => read.document = Some(value.clone()),
                "ExecutionStage" if stages => {
                    read.executing = Some(word_of(&["Executing", "Complete"])? == "Executing");
                }
                _ => {
                    let text = format!("The filter {key} is not one of this operation.");
                    return Err(ApiError::new(ErrorCode::InvalidFilterKey, text));
                }
            }
        }
        Ok(read)
    }
}

fn time(key: &str, value: &str) -> Result<Timestamp, ApiError> {
    value.parse().map_err(|_| {
        ApiError::validation(format!("The filter {key} takes a time of the form 2024-07-07T00:00:00Z, in UTC."))
    })
}
