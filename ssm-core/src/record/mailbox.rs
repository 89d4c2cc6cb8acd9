//! What one poll reads.

use super::{Invocation, Revision};
use crate::ids::CommandNumber;
use crate::time::Timestamp;

/// An instance's mailbox, read once by index: what may be handed out now, and what a poll must know besides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mailbox {
    /// Advanced by every hand-out, so that two polls of one instance cannot both pass.
    pub revision: Revision,
    /// The times of the latest first hand-outs, oldest first, at most as many as the throttle allows in its window.
    pub recent_first_hand_outs: Vec<Timestamp>,
    /// What is visible now, a bounded number: cancel messages first, then what was handed out before, then what was not; each
    /// kind in the order in which it became visible, and by command number.
    pub entries: Vec<MailboxEntry>,
    /// When the first of the hidden ones becomes visible.
    pub next_visible_at: Option<Timestamp>,
    /// Commands that wait for this instance without a slot, whose delivery deadline lies ahead, and for which no request counts
    /// now; the oldest ones, a bounded number.
    pub unreleased: Vec<CommandNumber>,
    /// Until when commands take slots of an agent that does not state its free ones, see [`Invocation::slot_until`]: those that
    /// lie ahead, earliest first, a bounded number.
    pub slots_until: Vec<Timestamp>,
    /// Whether the instance is a registered one.
    pub registered: bool,
    /// The poll that presence knows of.
    pub polled_at: Option<Timestamp>,
}

/// One invocation in a mailbox.
#[derive(Debug, Clone, PartialEq)]
pub struct MailboxEntry {
    /// The invocation, with its cancel message if it has one.
    pub invocation: Invocation,
    /// The size of its command's payload, in bytes. The payload itself is read once it is clear that the command goes out.
    pub payload_bytes: usize,
    /// Its command was cancelled as a whole: no hand-out of the command any more.
    pub command_cancelled: bool,
    /// Its command was stopped by MaxErrors: no first hand-out.
    pub command_stopped: bool,
}

/// What a message id of an instance stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Addressed {
    /// The message that carries the command.
    Command(Invocation),
    /// The cancel message of this invocation.
    Cancel(Invocation),
}
