//! Operations on commands.

use super::shapes::{COMMAND_ID, DOCUMENT_ARN, DOCUMENT_VERSION, INSTANCE_ID, INSTANCE_IDS, PAGE_OF_50, TARGETS};
use super::{Member, Operation, Pattern, Shape};

/// Source: API reference, `CommandFilter`.
const FILTERS: Shape = Shape::list(
    1,
    5,
    &Shape::Structure(&[
        Member::required(
            "key",
            Shape::Words(&["InvokedAfter", "InvokedBefore", "Status", "ExecutionStage", "DocumentName"]),
        ),
        Member::required("value", Shape::text(1, 128)),
    ]),
);

/// Source: API reference, `NotificationConfig`.
const NOTIFICATION: Shape = Shape::Structure(&[
    Member::optional("NotificationArn", Shape::TEXT),
    Member::optional(
        "NotificationEvents",
        Shape::list(0, usize::MAX, &Shape::Words(&["All", "InProgress", "Success", "TimedOut", "Cancelled", "Failed"])),
    ),
    Member::optional("NotificationType", Shape::Words(&["Command", "Invocation"])),
]);

/// Source: API reference, `CloudWatchOutputConfig`.
const CLOUD_WATCH_OUTPUT: Shape = Shape::Structure(&[
    Member::optional("CloudWatchLogGroupName", Shape::text_like(1, 512, &Pattern::LOG_GROUP)),
    Member::optional("CloudWatchOutputEnabled", Shape::Flag),
]);

/// Source: API reference, `AlarmConfiguration`.
const ALARMS: Shape = Shape::Structure(&[
    Member::optional("IgnorePollAlarmFailure", Shape::Flag),
    Member::required(
        "Alarms",
        Shape::list(1, 1, &Shape::Structure(&[Member::required("Name", Shape::text_like(1, 255, &Pattern::ALARM))])),
    ),
]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CancelCommand",
        input: &[Member::required("CommandId", COMMAND_ID), Member::optional("InstanceIds", INSTANCE_IDS)],
    },
    Operation {
        name: "GetCommandInvocation",
        input: &[
            Member::required("CommandId", COMMAND_ID),
            Member::required("InstanceId", INSTANCE_ID),
            Member::optional("PluginName", Shape::text(4, usize::MAX)),
        ],
    },
    Operation {
        name: "ListCommandInvocations",
        input: &[
            Member::optional("CommandId", COMMAND_ID),
            Member::optional("InstanceId", INSTANCE_ID),
            Member::optional("MaxResults", PAGE_OF_50),
            Member::optional("NextToken", Shape::TEXT),
            Member::optional("Filters", FILTERS),
            Member::optional("Details", Shape::Flag),
        ],
    },
    Operation {
        name: "ListCommands",
        input: &[
            Member::optional("CommandId", COMMAND_ID),
            Member::optional("InstanceId", INSTANCE_ID),
            Member::optional("MaxResults", PAGE_OF_50),
            Member::optional("NextToken", Shape::TEXT),
            Member::optional("Filters", FILTERS),
        ],
    },
    Operation {
        name: "SendCommand",
        input: &[
            Member::optional("InstanceIds", INSTANCE_IDS),
            Member::optional("Targets", TARGETS),
            Member::required("DocumentName", DOCUMENT_ARN),
            Member::optional("DocumentVersion", DOCUMENT_VERSION),
            Member::optional("DocumentHash", Shape::text(0, 256)),
            Member::optional("DocumentHashType", Shape::Words(&["Sha256", "Sha1"])),
            Member::optional("TimeoutSeconds", Shape::Integer { least: 30, most: 2_592_000 }),
            Member::optional("Comment", Shape::text(0, 100)),
            Member::optional("Parameters", Shape::Map { of: &Shape::list(0, usize::MAX, &Shape::TEXT) }),
            Member::optional("OutputS3Region", Shape::text(3, 20))
                .ignored("deprecated: agents find the bucket's Region, and the answer carries the service's"),
            Member::optional("OutputS3BucketName", Shape::text(3, 63)),
            Member::optional("OutputS3KeyPrefix", Shape::text(0, 500)),
            Member::optional("MaxConcurrency", Shape::text_like(1, 7, &Pattern::MAX_CONCURRENCY)),
            Member::optional("MaxErrors", Shape::text_like(1, 7, &Pattern::MAX_ERRORS)),
            Member::optional("ServiceRoleArn", Shape::TEXT),
            Member::optional("NotificationConfig", NOTIFICATION),
            Member::optional("CloudWatchOutputConfig", CLOUD_WATCH_OUTPUT),
            Member::optional("AlarmConfiguration", ALARMS),
        ],
    },
];
