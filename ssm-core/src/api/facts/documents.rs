//! Operations on documents.

use super::shapes::{DOCUMENT_ARN, DOCUMENT_NAME, DOCUMENT_VERSION, PAGE_OF_50, TAGS};
use super::{Member, Operation, Pattern, Shape};
use crate::api::DocumentFilters;

const FORMAT: Shape = Shape::Words(&["YAML", "JSON", "TEXT"]);
const VERSION_NAME: Shape = Shape::like(&Pattern::VERSION_NAME);
const DISPLAY_NAME: Shape = Shape::text_like(0, 1024, &Pattern::DISPLAY_NAME);
const TARGET_TYPE: Shape = Shape::text_like(0, 200, &Pattern::TARGET_TYPE);
const CONTENT: Shape = Shape::text(1, usize::MAX);
const ACCOUNT_IDS: Shape = Shape::list(0, 20, &Shape::like(&Pattern::GRANTEE));
/// The operations have an error of their own for other types, and their code tells it.
const PERMISSION_TYPE: Shape = Shape::TEXT;

/// Source: API reference, `AttachmentsSource`.
const ATTACHMENTS: Shape = Shape::list(
    0,
    20,
    &Shape::Structure(&[
        Member::optional("Key", Shape::Words(&["SourceUrl", "S3FileUrl", "AttachmentReference"])),
        Member::optional("Values", Shape::list(1, 1, &Shape::text(1, 1024))),
        Member::optional("Name", DOCUMENT_NAME),
    ]),
);

/// Source: API reference, `DocumentRequires`.
const REQUIRES: Shape = Shape::list(
    1,
    usize::MAX,
    &Shape::Structure(&[
        Member::required("Name", DOCUMENT_ARN),
        Member::optional("Version", DOCUMENT_VERSION),
        Member::optional("RequireType", Shape::text(0, 128)),
        Member::optional("VersionName", VERSION_NAME),
    ]),
);

const NO_ATTACHMENTS: &str = "Attachments are not supported: this service keeps no files beside documents.";
const NO_REQUIRES: &str = "Requires is not supported for document type Command.";

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateDocument",
        input: &[
            Member::required("Content", CONTENT),
            Member::optional("Requires", REQUIRES).refused(NO_REQUIRES),
            Member::optional("Attachments", ATTACHMENTS).refused(NO_ATTACHMENTS),
            Member::required("Name", DOCUMENT_NAME),
            Member::optional("DisplayName", DISPLAY_NAME),
            Member::optional("VersionName", VERSION_NAME),
            Member::optional("DocumentType", Shape::Words(DocumentFilters::TYPES)),
            Member::optional("DocumentFormat", FORMAT),
            Member::optional("TargetType", TARGET_TYPE),
            Member::optional("Tags", TAGS),
        ],
    },
    Operation {
        name: "DeleteDocument",
        input: &[
            Member::required("Name", DOCUMENT_NAME),
            Member::optional("DocumentVersion", DOCUMENT_VERSION),
            Member::optional("VersionName", VERSION_NAME),
            Member::optional("Force", Shape::Flag)
                .ignored("it has a meaning for documents of type ApplicationConfigurationSchema only"),
        ],
    },
    Operation {
        name: "DescribeDocument",
        input: &[
            Member::required("Name", DOCUMENT_ARN),
            Member::optional("DocumentVersion", DOCUMENT_VERSION),
            Member::optional("VersionName", VERSION_NAME),
        ],
    },
    Operation {
        name: "DescribeDocumentPermission",
        input: &[
            Member::required("Name", DOCUMENT_NAME),
            Member::required("PermissionType", PERMISSION_TYPE),
            Member::optional("MaxResults", Shape::Integer { least: 1, most: 200 }),
            Member::optional("NextToken", Shape::TEXT),
        ],
    },
    Operation {
        name: "GetDocument",
        input: &[
            Member::required("Name", DOCUMENT_ARN),
            Member::optional("VersionName", VERSION_NAME),
            Member::optional("DocumentVersion", DOCUMENT_VERSION),
            Member::optional("DocumentFormat", FORMAT),
        ],
    },
    Operation {
        name: "ListDocumentVersions",
        input: &[
            Member::required("Name", DOCUMENT_ARN),
            Member::optional("MaxResults", PAGE_OF_50),
            Member::optional("NextToken", Shape::TEXT),
        ],
    },
    Operation {
        name: "ListDocuments",
        input: &[
            Member::optional(
                "DocumentFilterList",
                Shape::list(
                    1,
                    usize::MAX,
                    &Shape::Structure(&[
                        Member::required("key", Shape::Words(&["Name", "Owner", "PlatformTypes", "DocumentType"])),
                        Member::required("value", CONTENT),
                    ]),
                ),
            ),
            Member::optional(
                "Filters",
                Shape::list(
                    0,
                    6,
                    &Shape::Structure(&[
                        Member::optional("Key", Shape::text(1, 128)),
                        Member::optional("Values", Shape::list(0, usize::MAX, &Shape::text(1, 256))),
                    ]),
                ),
            ),
            Member::optional("MaxResults", PAGE_OF_50),
            Member::optional("NextToken", Shape::TEXT),
        ],
    },
    Operation {
        name: "ModifyDocumentPermission",
        input: &[
            Member::required("Name", DOCUMENT_NAME),
            Member::required("PermissionType", PERMISSION_TYPE),
            Member::optional("AccountIdsToAdd", ACCOUNT_IDS),
            Member::optional("AccountIdsToRemove", ACCOUNT_IDS),
            Member::optional("SharedDocumentVersion", Shape::text_like(0, 8, &Pattern::SHARED_VERSIONS)),
        ],
    },
    Operation {
        name: "UpdateDocument",
        input: &[
            Member::required("Content", CONTENT),
            Member::optional("Attachments", ATTACHMENTS).refused(NO_ATTACHMENTS),
            Member::required("Name", DOCUMENT_NAME),
            Member::optional("DisplayName", DISPLAY_NAME),
            Member::optional("VersionName", VERSION_NAME),
            Member::optional("DocumentVersion", DOCUMENT_VERSION),
            Member::optional("DocumentFormat", FORMAT),
            Member::optional("TargetType", TARGET_TYPE),
        ],
    },
    Operation {
        name: "UpdateDocumentDefaultVersion",
        input: &[
            Member::required("Name", DOCUMENT_NAME),
            Member::required("DocumentVersion", Shape::like(&Pattern::VERSION_NUMBER)),
        ],
    },
];
