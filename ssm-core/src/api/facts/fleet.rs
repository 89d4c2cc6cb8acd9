//! Operations on managed instances and tags.

use super::shapes::{INSTANCE_ID, TAGS};
use super::{Member, Operation, Shape};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "AddTagsToResource",
        input: &[
            Member::required("ResourceType", Shape::TEXT),
            Member::required("ResourceId", Shape::TEXT),
            Member::required("Tags", TAGS),
        ],
    },
    Operation {
        name: "DescribeInstanceInformation",
        input: &[
            Member::optional("MaxResults", Shape::Integer { least: 5, most: 50 }),
            Member::optional("NextToken", Shape::TEXT),
        ],
    },
    Operation {
        name: "UpdateInstanceInformation",
        input: &[
            Member::required("InstanceId", INSTANCE_ID),
            Member::optional("AgentName", Shape::TEXT),
            Member::optional("AgentVersion", Shape::TEXT),
            Member::optional("PlatformType", Shape::TEXT),
            Member::optional("PlatformName", Shape::TEXT),
            Member::optional("PlatformVersion", Shape::TEXT),
            Member::optional("ComputerName", Shape::TEXT),
            Member::optional("IPAddress", Shape::TEXT),
        ],
    },
];
