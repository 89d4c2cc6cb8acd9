//! Operations on commands.

use super::shapes::{COMMAND_ID, DOCUMENT_ARN, DOCUMENT_VERSION, INSTANCE_ID, INSTANCE_IDS, PAGE_OF_50, TARGETS};
use super::{Member, Operation, Pattern, Shape};

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
            Member::optional("MaxConcurrency", Shape::text_like(1, 7, &Pattern::MAX_CONCURRENCY)),
            Member::optional("MaxErrors", Shape::text_like(1, 7, &Pattern::MAX_ERRORS)),
        ],
    },
];
