//! Documents: what a command runs. Parse, check, plan and run them as pure logic.
//!
//! Read in this order: [`Platform`], [`StepResult`] (what a step came to).

mod platform;
mod result;

pub use platform::{InvalidPlatform, Platform};
pub use result::{PluginOutcome, StepResult, StepStatus, StopReason};
