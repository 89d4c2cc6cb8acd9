//! Who looks after a command.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::DispatcherId;
use crate::time::Timestamp;

/// A dispatcher's lease of a command: until it ends, other control planes over the same store leave the command's work to it.
///
/// It saves work, and is not what keeps two dispatchers apart: that is the command's revision, with the fence beside it. So clocks
/// that differ cost a refused commit, never a wrong one. The default is that of a fresh command: nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lease {
    /// Whose it is; `None`: nobody's.
    pub holder: Option<DispatcherId>,
    /// Until when.
    pub until: Timestamp,
    /// How often it has changed hands: a commit that was decided under an earlier fence is refused.
    pub fence: u64,
}

impl Lease {
    /// How long a command that has more work stays with its dispatcher after a commit, 5 s: after a crash another one, or the
    /// restarted one, takes over so much later. Our choice.
    pub const TIME: Duration = Duration::from_secs(5);
    /// The same for a command that has no more work just now, 250 ms: what agents say to several control planes at once is folded by
    /// one of them, and what they say later waits for nobody. Our choice.
    pub const IDLE_TIME: Duration = Duration::from_millis(250);

    /// Until when another dispatcher holds it; `None` when `dispatcher` may take it at `now`, or has it. One that ends later than
    /// any that could be taken now comes of a clock that was ahead, and holds up nobody.
    #[must_use]
    pub fn foreign_until(&self, dispatcher: DispatcherId, now: Timestamp) -> Option<Timestamp> {
        let foreign = self.holder.is_some_and(|holder| holder != dispatcher);
        (foreign && self.until > now && self.until <= now + Self::TIME).then_some(self.until)
    }

    /// The lease as `dispatcher` takes it, or keeps it, until then.
    #[must_use]
    pub fn taken_by(self, dispatcher: DispatcherId, until: Timestamp) -> Self {
        let changes_hands = self.holder != Some(dispatcher);
        Self { holder: Some(dispatcher), until, fence: self.fence + u64::from(changes_hands) }
    }
}
