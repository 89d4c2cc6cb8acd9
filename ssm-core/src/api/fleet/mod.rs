//! Shapes around managed instances: what they tell of themselves, listings with filters, connections, tags.

mod connection;
mod filter;
mod information;
mod properties;
mod tags;
mod update;
mod version;

pub use connection::{ConnectionStatus, GetConnectionStatusRequest, GetConnectionStatusResponse};
pub use filter::NodeFilters;
pub use information::{
    DescribeInstanceInformationRequest, DescribeInstanceInformationResponse, InstanceInformation,
    InstanceInformationFilter, InstanceInformationStringFilter,
};
pub use properties::{
    DescribeInstancePropertiesRequest, DescribeInstancePropertiesResponse, InstanceProperty, InstancePropertyFilter,
    InstancePropertyStringFilter,
};
pub use tags::{
    AddTagsToResourceRequest, AddTagsToResourceResponse, ListTagsForResourceRequest, ListTagsForResourceResponse,
    RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse, Tag, TaggedResource,
};
pub use update::{UpdateInstanceInformationRequest, UpdateInstanceInformationResponse};

use crate::record::PresenceRules;
use crate::time::Timestamp;

/// What managed instances are shown by, besides their rows.
#[derive(Debug, Clone)]
pub struct FleetView<'a> {
    /// The time.
    pub now: Timestamp,
    /// Who counts as lost.
    pub presence: &'a PresenceRules,
    /// The newest version of the agent, for `IsLatestVersion`; `None` when it is not known.
    pub latest_agent_version: Option<&'a str>,
}

/// A page size that was checked against the table of facts.
fn page_size(asked: Option<i64>, otherwise: usize) -> usize {
    asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(otherwise)
}
