//! The engine: every decision of the control plane, as a function from what was read to what shall be written.
//!
//! # The one contract for driving it
//! Read the rows that an input needs, call its function with the service's time, commit the [`Decision`]'s batch, and only
//! then carry out its effects. If the commit is refused because a row has changed, read again and decide again. An effect may
//! be lost or repeated; a batch is applied whole, or not at all.
//!
//! Inputs, a file each: [`admit`], [`expand`], [`dispatch`], [`hand_out`], [`acknowledge`], [`fail`], [`delete`], [`reply`],
//! [`cancel_command`], [`cancel_invocations`], [`due`], [`retire`]. What [`expand`] and [`dispatch`] decide is committed with the
//! dispatcher's [`claim`] only.

mod acknowledge;
mod admit;
mod batch;
mod cancel;
mod dispatch;
mod due;
mod effect;
mod expand;
mod hand_out;
mod lease;
mod notice;
mod options;
mod reply;
mod retire;

#[cfg(test)]
mod tests;

pub use acknowledge::{acknowledge, delete, fail};
pub use admit::{Admission, DocumentHash, NewCommand, Refusal, admit};
pub use batch::{Batch, Condition, Write};
pub use cancel::{CancelRefusal, cancel_command, cancel_invocations};
pub use dispatch::{DispatchView, dispatch, room_to_release, stops};
pub use due::due;
pub use effect::{Change, Decision, Effect};
pub use expand::{EXPANSION_CHUNK, expand};
pub use hand_out::{Carried, Content, HandOut, HandOutRules, Poll, hand_out};
pub use lease::{Claim, claim};
pub use notice::Notice;
pub use reply::reply;
pub use retire::{RETIREMENT_ROWS, retire};
