//! Operations on managed instances and tags.

use super::shapes::{INSTANCE_ID, TAGS};
use super::{Member, Operation, Pattern, Shape};

/// Why these members of a ping do nothing.
const NOT_SHOWN: &str = "no operation shows it, and nothing is decided by it";

/// Source: API reference, `ResourceTypeForTagging`.
const RESOURCE_TYPE: Shape = Shape::Words(&[
    "Document",
    "ManagedInstance",
    "MaintenanceWindow",
    "Parameter",
    "PatchBaseline",
    "OpsItem",
    "OpsMetadata",
    "Automation",
    "Association",
]);

const SOME_TEXT: Shape = Shape::text(1, usize::MAX);
/// Source: API reference, `InstancePropertyFilterValue`.
const PROPERTY_VALUE: Shape = Shape::text_like(1, 100_000, &Pattern::ONE_LINE);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "AddTagsToResource",
        input: &[
            Member::required("ResourceType", RESOURCE_TYPE),
            Member::required("ResourceId", Shape::TEXT),
            Member::required("Tags", TAGS),
        ],
    },
    Operation {
        name: "DescribeInstanceInformation",
        input: &[
            // The model bounds neither list; 40 filters are our choice, as many as DescribeInstanceProperties takes.
            Member::optional(
                "InstanceInformationFilterList",
                Shape::list(
                    0,
                    40,
                    &Shape::Structure(&[
                        Member::required(
                            "key",
                            Shape::Words(&[
                                "InstanceIds",
                                "AgentVersion",
                                "PingStatus",
                                "PlatformTypes",
                                "ActivationIds",
                                "IamRole",
                                "ResourceType",
                                "AssociationStatus",
                            ]),
                        ),
                        Member::required("valueSet", Shape::list(1, 100, &SOME_TEXT)),
                    ]),
                ),
            ),
            Member::optional(
                "Filters",
                Shape::list(
                    0,
                    40,
                    &Shape::Structure(&[
                        Member::required("Key", SOME_TEXT),
                        Member::required("Values", Shape::list(1, 100, &SOME_TEXT)),
                    ]),
                ),
            ),
            Member::optional("MaxResults", Shape::Integer { least: 5, most: 50 }),
            Member::optional("NextToken", Shape::TEXT),
        ],
    },
    Operation {
        name: "DescribeInstanceProperties",
        input: &[
            Member::optional(
                "InstancePropertyFilterList",
                Shape::list(
                    1,
                    40,
                    &Shape::Structure(&[
                        Member::required(
                            "key",
                            Shape::Words(&[
                                "InstanceIds",
                                "AgentVersion",
                                "PingStatus",
                                "PlatformTypes",
                                "DocumentName",
                                "ActivationIds",
                                "IamRole",
                                "ResourceType",
                                "AssociationStatus",
                            ]),
                        ),
                        Member::required("valueSet", Shape::list(1, 40, &PROPERTY_VALUE)),
                    ]),
                ),
            ),
            Member::optional(
                "FiltersWithOperator",
                Shape::list(
                    1,
                    40,
                    &Shape::Structure(&[
                        Member::required("Key", PROPERTY_VALUE),
                        Member::required("Values", Shape::list(1, 40, &PROPERTY_VALUE)),
                        Member::optional(
                            "Operator",
                            Shape::Words(&["Equal", "NotEqual", "BeginWith", "LessThan", "GreaterThan"]),
                        ),
                    ]),
                ),
            ),
            Member::optional("MaxResults", Shape::Integer { least: 5, most: 1000 }),
            Member::optional("NextToken", Shape::TEXT),
        ],
    },
    Operation { name: "GetConnectionStatus", input: &[Member::required("Target", Shape::text(1, 400))] },
    Operation {
        name: "ListTagsForResource",
        input: &[Member::required("ResourceType", RESOURCE_TYPE), Member::required("ResourceId", Shape::TEXT)],
    },
    Operation {
        name: "RemoveTagsFromResource",
        input: &[
            Member::required("ResourceType", RESOURCE_TYPE),
            Member::required("ResourceId", Shape::TEXT),
            // The model does not bound the list; as many as tags can be added at once are our choice.
            Member::required("TagKeys", Shape::list(0, 1000, &Shape::text_like(1, 128, &Pattern::TAG))),
        ],
    },
    Operation {
        name: "UpdateInstanceInformation",
        input: &[
            Member::required("InstanceId", INSTANCE_ID),
            Member::optional("AgentName", Shape::TEXT),
            Member::optional("AgentStatus", Shape::TEXT).ignored(NOT_SHOWN),
            Member::optional("AgentVersion", Shape::text(5, usize::MAX)),
            Member::optional("AvailabilityZone", Shape::TEXT).ignored(NOT_SHOWN),
            Member::optional("AvailabilityZoneId", Shape::TEXT).ignored(NOT_SHOWN),
            Member::optional("ComputerName", Shape::TEXT),
            Member::optional("IPAddress", Shape::TEXT),
            Member::optional("PlatformName", Shape::TEXT),
            Member::optional("PlatformType", Shape::TEXT),
            Member::optional("PlatformVersion", Shape::TEXT),
            Member::optional("SSMConnectionChannel", Shape::TEXT).ignored(NOT_SHOWN),
        ],
    },
];
