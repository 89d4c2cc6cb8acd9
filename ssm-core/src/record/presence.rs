//! Whether a node is heard of: derived whenever it is shown, and written nowhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Node;
use crate::time::Timestamp;

/// Whether an instance is heard of. Source: API reference, `PingStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PingStatus {
    /// It has pinged lately.
    Online,
    /// It has not.
    ConnectionLost,
    /// Nothing at all was heard of it for very long. The public service calls this value deprecated and does not say when it is
    /// used; ours is [`PresenceRules::inactive_after`].
    Inactive,
}

impl PingStatus {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "Online",
            Self::ConnectionLost => "ConnectionLost",
            Self::Inactive => "Inactive",
        }
    }
}

/// After which silence a node shows as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresenceRules {
    /// Without a ping for longer it is ConnectionLost. 15 minutes by default: three missed pings of 5 minutes. Longer by
    /// [`Node::PRESENCE_STEP`] than agents are allowed to be silent, since pings that tell nothing new are noted that seldom.
    pub connection_lost_after: Duration,
    /// With neither a ping nor a poll for longer it is Inactive. 30 days by default, as long as commands are remembered.
    pub inactive_after: Duration,
}

impl Default for PresenceRules {
    fn default() -> Self {
        Self { connection_lost_after: Node::CONNECTION_LOST_TIME, inactive_after: Node::INACTIVE_TIME }
    }
}

impl Node {
    /// How the node shows.
    #[must_use]
    pub fn ping_status(&self, rules: &PresenceRules, now: Timestamp) -> PingStatus {
        let heard_at = self.polled_at.map_or(self.pinged_at, |polled_at| polled_at.max(self.pinged_at));
        if now.since(self.pinged_at) <= rules.connection_lost_after {
            PingStatus::Online
        } else if now.since(heard_at) <= rules.inactive_after {
            PingStatus::ConnectionLost
        } else {
            PingStatus::Inactive
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{NodeInformation, Revision};

    #[test]
    fn a_node_shows_by_how_long_it_was_silent() {
        let start = Timestamp::from_millis(1_800_000_000_000);
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let (minute, day) = (60, 86_400);
        for (polled, now, wanted) in [
            (None, 0, PingStatus::Online),
            (None, 15 * minute, PingStatus::Online),
            (None, 15 * minute + 1, PingStatus::ConnectionLost),
            (None, 30 * day, PingStatus::ConnectionLost),
            (None, 30 * day + 1, PingStatus::Inactive),
            (Some(minute), 30 * day + 1, PingStatus::ConnectionLost),
            (Some(minute), 30 * day + minute + 1, PingStatus::Inactive),
            // A poll alone makes nobody Online: commands go to whoever polls, but its agent is not well.
            (Some(40 * day), 40 * day, PingStatus::ConnectionLost),
        ] {
            let node = Node {
                account: "123456789012".parse().unwrap(),
                instance: "i-00000001".parse().unwrap(),
                revision: Revision::NEW,
                registered_at: start,
                pinged_at: start,
                polled_at: polled.map(at),
                information: NodeInformation::default(),
                tags: std::collections::BTreeMap::new(),
            };
            assert_eq!(node.ping_status(&PresenceRules::default(), at(now)), wanted, "{polled:?} {now}");
        }
    }
}
