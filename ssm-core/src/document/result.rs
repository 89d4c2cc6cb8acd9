//! What a step came to: the words that a plugin says, and the result that travels in replies.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::PluginName;
use crate::time::Timestamp;

/// Where a step stands, in the agent protocol's words.
///
/// Source: agent protocol 1.8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepStatus {
    /// Not begun.
    NotStarted,
    /// Its plugin runs.
    InProgress,
    /// Ended well.
    Success,
    /// Ended well and asks for a reboot, after which it runs again (exit code 194).
    SuccessAndReboot,
    /// A test passed and asks for a reboot.
    PassedAndReboot,
    /// Ended badly.
    Failed,
    /// Stopped by a cancel.
    Cancelled,
    /// Stopped at its execution timeout.
    TimedOut,
    /// Left out by a precondition, or behind a step that ended the document.
    Skipped,
    /// A test failed.
    TestFailure,
    /// A test passed.
    TestPass,
}

impl StepStatus {
    /// Whether the step will never change again. A step that asked for a reboot runs again, so it is not over.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        match self {
            Self::NotStarted | Self::InProgress | Self::SuccessAndReboot | Self::PassedAndReboot => false,
            Self::Success
            | Self::Failed
            | Self::Cancelled
            | Self::TimedOut
            | Self::Skipped
            | Self::TestFailure
            | Self::TestPass => true,
        }
    }
}

/// What a plugin says of its own run. Status and texts of the protocol are made of it by the run machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PluginOutcome {
    /// The work ended by itself with this exit code. 0 is success, 194 asks for a reboot, 168 and 169 end the document.
    Exited(i32),
    /// The work could not begin or broke off: code (1 where nothing better is known) and the reason for the operator.
    Failed {
        /// The response code, never 0.
        code: i32,
        /// What went wrong, without secrets.
        error: String,
    },
    /// The work was ended by the stop signal; everything that it started is gone.
    Stopped,
}

/// Why a running step is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopReason {
    /// The operator cancelled the command.
    Cancelled,
    /// The step's execution timeout has passed.
    TimedOut,
}

/// The result of one step, complete. `Debug` shows the sizes of its outputs, not the texts, which may hold secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepResult {
    /// Where the step stands.
    pub status: StepStatus,
    /// The exit code; 137 after a stop, 1 for a failure without a code of its own.
    pub code: i32,
    /// The plugin that ran the step.
    pub plugin: PluginName,
    /// The error text if there is one, else both streams together, at most 2,500 bytes.
    pub output: String,
    /// Standard output, at most 24,000 bytes with the mark of a cut.
    pub standard_output: String,
    /// Standard error, at most 24,000 bytes with the mark of a cut.
    pub standard_error: String,
    /// When the step began.
    pub started_at: Timestamp,
    /// When the step ended.
    pub ended_at: Timestamp,
}

impl fmt::Debug for StepResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepResult")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("plugin", &self.plugin)
            .field("output_bytes", &self.output.len())
            .field("standard_output_bytes", &self.standard_output.len())
            .field("standard_error_bytes", &self.standard_error.len())
            .field("started_at", &self.started_at)
            .field("ended_at", &self.ended_at)
            .finish()
    }
}
