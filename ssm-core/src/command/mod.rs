//! Commands and their invocations: states, the one transition function, and what the API shows of them.
//!
//! Read in this order: [`InvocationState`] (the states and their edges), [`CommandOutcome`] and [`Tally`] (how a command's
//! end follows from its invocations'), [`CommandStatus`] and [`InvocationStatus`] (the API's coarse words).

mod rollup;
mod state;
mod status;

pub use rollup::{CommandOutcome, Tally, roll_up};
pub use state::{IllegalTransition, InvocationEvent, InvocationOutcome, InvocationState};
pub use status::{CommandPluginStatus, CommandStatus, InvocationStatus};
