//! Shapes around commands.
//!
//! A file an operation ([`send`](SendCommandRequest), `cancel`, `get`, `list`), and what they share: targets, options, filters, and
//! a command and an invocation as they are shown.

mod cancel;
mod command;
mod filters;
mod get;
mod invocation;
mod list;
mod options;
mod send;
mod targets;
#[cfg(test)]
mod tests;

use std::str::FromStr;

pub use cancel::{CancelCommandRequest, CancelCommandResponse};
pub use command::Command;
pub use filters::{CommandFilter, CommandFilters};
pub use get::{GetCommandInvocationRequest, GetCommandInvocationResponse};
pub use invocation::{CommandInvocation, CommandPlugin};
pub use list::{
    CommandListing, ListCommandInvocationsRequest, ListCommandInvocationsResponse, ListCommandsRequest,
    ListCommandsResponse,
};
pub use options::{Alarm, AlarmConfiguration, AlarmStateInformation, CloudWatchOutputConfig, NotificationConfig};
pub use send::{SendCommandRequest, SendCommandResponse};
pub use targets::TargetShape;

use super::ApiError;

/// Reads a text that [`OperatorRequest::check`](crate::api::OperatorRequest::check) lets pass; of a request that was not checked
/// only the member is told.
fn read<T: FromStr>(path: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::validation(format!("The value at '{path}' is not of its form.")))
}
