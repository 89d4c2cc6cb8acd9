//! The row of a managed instance.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Revision;
use crate::document::Platform;
use crate::ids::{AccountId, InstanceId};
use crate::time::Timestamp;

/// A managed instance, as it told of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its id.
    pub instance: InstanceId,
    /// How often this row was written.
    pub revision: Revision,
    /// When it was heard of first.
    pub registered_at: Timestamp,
    /// Its last UpdateInstanceInformation that was noted; those that tell nothing new are noted at most every
    /// [`Node::PRESENCE_STEP`].
    pub pinged_at: Timestamp,
    /// Its last poll that was noted; polls are noted at most every [`Node::PRESENCE_STEP`].
    pub polled_at: Option<Timestamp>,
    /// What it said.
    pub information: NodeInformation,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Node {
    /// A poll, or a ping that tells nothing new, is noted only when the last noted one is at least this old.
    pub const PRESENCE_STEP: Duration = Duration::from_secs(30);
    /// A node whose noted poll is at most this old is taken to poll. Our choice.
    pub const PRESENCE_TIME: Duration = Duration::from_secs(120);
    /// A node that did not ping for this long shows as ConnectionLost: three missed pings of 5 minutes. Our choice.
    pub const CONNECTION_LOST_TIME: Duration = Duration::from_secs(15 * 60);
    /// A node of which nothing was heard for this long shows as Inactive. Our choice.
    pub const INACTIVE_TIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
    /// Most tags of a node. Source: API reference, `AddTagsToResource`.
    pub const MAX_TAGS: usize = 50;

    /// A node that is heard of for the first time.
    #[must_use]
    pub fn registered(account: AccountId, instance: InstanceId, now: Timestamp) -> Self {
        Self {
            account,
            instance,
            revision: Revision::NEW,
            registered_at: now,
            pinged_at: now,
            polled_at: None,
            information: NodeInformation::default(),
            tags: BTreeMap::new(),
        }
    }

    /// Takes a ping in. Answers whether there is something to write: what the node tells has changed, or the last noted ping is
    /// [`Node::PRESENCE_STEP`] old, or the node is new.
    pub fn ping(&mut self, information: NodeInformation, now: Timestamp) -> bool {
        let news = self.revision == Revision::NEW
            || self.information != information
            || now.since(self.pinged_at) >= Self::PRESENCE_STEP;
        if news {
            self.information = information;
            self.pinged_at = self.pinged_at.max(now);
        }
        news
    }

    /// Whether the node polls.
    #[must_use]
    pub fn polls(&self, now: Timestamp) -> bool {
        self.polled_at.is_some_and(|at| now.since(at) <= Self::PRESENCE_TIME)
    }
}

/// What kind of machine a node is, by the form of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// `i-...`: a virtual machine of a cloud, or one that is named like it.
    Ec2,
    /// `mi-...`: any other machine.
    Hybrid,
}

impl NodeKind {
    /// The kind of the node of this id.
    #[must_use]
    pub fn of(instance: &InstanceId) -> Self {
        if instance.as_str().starts_with("mi-") { Self::Hybrid } else { Self::Ec2 }
    }

    /// As `ResourceType` of the API.
    #[must_use]
    pub const fn resource_type(self) -> &'static str {
        match self {
            Self::Ec2 => "EC2Instance",
            Self::Hybrid => "ManagedInstance",
        }
    }

    /// As `SourceType` of the API, and as a type of resource in targets.
    #[must_use]
    pub const fn source_type(self) -> &'static str {
        match self {
            Self::Ec2 => "AWS::EC2::Instance",
            Self::Hybrid => "AWS::SSM::ManagedInstance",
        }
    }
}

/// What an agent tells about itself and its machine.
///
/// Source: agent protocol 3.2.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeInformation {
    /// The program, for example `amazon-ssm-agent`.
    pub agent_name: String,
    /// Its version.
    pub agent_version: String,
    /// The operating system; `None` until the agent told one that is known.
    pub platform: Option<Platform>,
    /// The distribution.
    pub platform_name: String,
    /// The distribution's version.
    pub platform_version: String,
    /// The host name.
    pub computer_name: String,
    /// The main address.
    pub ip_address: String,
}
