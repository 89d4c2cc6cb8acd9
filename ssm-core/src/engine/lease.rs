//! Who of several control planes decides about a command.

use super::{Condition, Decision, Write};
use crate::ids::DispatcherId;
use crate::record::{Command, Lease};
use crate::time::Timestamp;

/// A dispatcher's right to decide about a command as it was read. It is worth something only when [`fenced`](Self::fenced) has put
/// it into the decision's batch.
#[derive(Debug)]
pub struct Claim<'a> {
    command: &'a Command,
    dispatcher: DispatcherId,
}

/// Claims a command for a dispatcher, without writing anything: a lease is taken by the commit that does the work.
///
/// # Errors
/// Until when another dispatcher holds it: come again then.
pub fn claim(command: &Command, dispatcher: DispatcherId, now: Timestamp) -> Result<Claim<'_>, Timestamp> {
    match command.lease.foreign_until(dispatcher, now) {
        Some(until) => Err(until),
        None => Ok(Claim { command, dispatcher }),
    }
}

impl Claim<'_> {
    /// What [`expand`](super::expand) or [`dispatch`](super::dispatch) decided about the command, with the lease taken or kept in
    /// the same batch; nothing when nothing was decided. `more`: there may be more to do at once, so the lease is for
    /// [`Lease::TIME`], else for [`Lease::IDLE_TIME`]; a command that has ended needs none.
    ///
    /// The batch passes only while the command has the revision, and its lease the fence, that were read: a holder that wakes up
    /// after its lease was taken writes nothing.
    #[must_use]
    pub fn fenced(self, mut decision: Decision, more: bool, now: Timestamp) -> Decision {
        if decision.batch.is_empty() {
            return decision;
        }
        let (account, number) = (self.command.account.clone(), self.command.number);
        decision.batch.require(Condition::Fence { account, number, fence: self.command.lease.fence });
        let until = now + if more { Lease::TIME } else { Lease::IDLE_TIME };
        let lease = self.command.lease.taken_by(self.dispatcher, until);
        let written = decision.batch.writes.iter_mut().find_map(|write| match write {
            Write::PutCommand(command) => Some(command),
            _ => None,
        });
        match written {
            Some(command) if command.ended.is_some() => command.lease = Lease { holder: None, ..lease },
            Some(command) => command.lease = lease,
            // Whatever is written, it is by the command's revision.
            None => {
                decision.batch.write(Write::PutCommand(Box::new(Command { lease, ..self.command.clone() })));
            }
        }
        decision
    }
}
