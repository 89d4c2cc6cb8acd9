//! The errors of every operation that is served.
//!
//! Sources: API reference, page of each operation; what is answered where it names no error is our choice. A control plane checks
//! its answers against this table where debug assertions are on.

use crate::api::{ErrorCode, ErrorCode as E};

/// Codes, each with what it tells.
pub type Errors = &'static [(ErrorCode, &'static str)];

const NO_DOCUMENT: &str = "The document is unknown, not shared with the caller, or of another Region.";
const NO_OWN_DOCUMENT: &str = "The account has no document of this name.";
const NO_VERSION: &str = "The document has no such version, it is not shared, or number and name are of two versions.";
const NO_TOKEN: &str = "The token is not one of this listing with these filters.";
const CHANGED: &str = "Others changed the document five times in a row while this call tried to.";
const RESOURCE_CHANGED: &str = "Others changed the resource five times in a row while this call tried to.";
const FILTER_KEY: &str = "A filter's key is given twice, is not one of this operation, or, for ListCommands, `Status=Pending` stands beside `InstanceId`.";
const NOT_KNOWN: &str = "Without `CommandId`: no instance of this id is registered in the account.";
const FILTER_INSTANCE: &str = "A value of the filter `InstanceIds` is no id of an instance.";
const NO_RESOURCE: &str = "The id is not of the type's form, or nothing of this id is known.";
const NO_TAGGED_TYPE: &str = "Resources of this type have no tags here.";
const CONTENT: &str = "The content breaks the rules of documents, or the format is `TEXT`.";
const TOO_LARGE: &str = "The content is over 64 KB, or could never be sent in a message.";
const PERMISSION_TYPE: &str = "The type is another than `Share`.";

/// What every operation may answer, unless its own table says more.
pub const COMMON: Errors = &[
    (
        E::AccessDeniedException,
        "The authorizer refuses, an operator calls for a node, or a node for an operator or another node.",
    ),
    (E::InternalServerError, "Something broke in the service; the call may have had its effect."),
    (E::ServiceUnavailable, "The store cannot be used now, or others changed the same rows five times in a row."),
    (E::UnknownOperationException, "The operation is not served."),
    (E::ValidationException, "A bound of an input is broken, an input is refused, or inputs do not go together."),
];

/// The operations' own errors, by name.
pub const ERRORS: &[(&str, Errors)] = &[
    (
        "AddTagsToResource",
        &[
            (E::InvalidResourceId, NO_RESOURCE),
            (E::InvalidResourceType, NO_TAGGED_TYPE),
            (E::TooManyTagsError, "The resource would have more than 50 tags."),
            (E::TooManyUpdates, RESOURCE_CHANGED),
            (E::ValidationException, "A bound of an input is broken, or a key begins with `aws:`."),
        ],
    ),
    (
        "CancelCommand",
        &[
            (E::DuplicateInstanceId, "An id occurs twice."),
            (E::InvalidCommandId, "No command of the account has this id."),
            (E::InvalidInstanceId, "The command is not for this instance."),
        ],
    ),
    (
        "CreateDocument",
        &[
            (E::DocumentAlreadyExists, "The account has a document of this name."),
            (E::DocumentLimitExceeded, "The account has 500 documents."),
            (E::InvalidDocumentContent, CONTENT),
            (E::InvalidDocumentSchemaVersion, "The schema is not supported, or is 2.x without a `DocumentType`."),
            (E::MaxDocumentSizeExceeded, TOO_LARGE),
            (E::TooManyUpdates, CHANGED),
            (
                E::ValidationException,
                "A bound of an input is broken, the name or a tag's key begins with a reserved prefix, the type is another than \
                 `Command`, there are more than 50 tags, or an input is refused.",
            ),
        ],
    ),
    (
        "DeleteDocument",
        &[
            (E::InvalidDocument, "The account has no document of this name, or it has no such version."),
            (E::InvalidDocumentOperation, "The document is shared or Amazon's, or the version is the default one."),
            (E::TooManyUpdates, CHANGED),
        ],
    ),
    ("DescribeDocument", &[(E::InvalidDocument, NO_DOCUMENT), (E::InvalidDocumentVersion, NO_VERSION)]),
    (
        "DescribeDocumentPermission",
        &[
            (E::InvalidDocument, NO_OWN_DOCUMENT),
            (E::InvalidDocumentOperation, "The document is Amazon's."),
            (E::InvalidNextToken, NO_TOKEN),
            (E::InvalidPermissionType, PERMISSION_TYPE),
        ],
    ),
    (
        "DescribeInstanceInformation",
        &[
            (E::InvalidInstanceId, FILTER_INSTANCE),
            (E::InvalidInstanceInformationFilterValue, "A filter's value is none that its key can have."),
            (E::InvalidNextToken, NO_TOKEN),
            (
                E::ValidationException,
                "A bound of an input is broken, a filter's key is unknown, both styles of filters are given, or a filter of tags \
                 stands beside another.",
            ),
        ],
    ),
    (
        "DescribeInstanceProperties",
        &[
            (E::InvalidActivationId, "A value of the filter `ActivationIds` is no id of an activation."),
            (E::InvalidDocument, "A value of the filter `DocumentName` is no name of a document."),
            (E::InvalidFilterKey, "A filter's key is unknown."),
            (E::InvalidInstanceId, FILTER_INSTANCE),
            (
                E::InvalidInstancePropertyFilterValue,
                "A filter's value is none that its key can have, or has no order to compare by.",
            ),
            (E::InvalidNextToken, NO_TOKEN),
        ],
    ),
    (
        "GetCommandInvocation",
        &[
            (E::InvalidPluginName, "The document has several steps and none is named, or it has no step of this name."),
            (E::InvocationDoesNotExist, "The command is unknown, or not for this instance."),
        ],
    ),
    ("GetConnectionStatus", &[]),
    ("GetDocument", &[(E::InvalidDocument, NO_DOCUMENT), (E::InvalidDocumentVersion, NO_VERSION)]),
    (
        "ListCommandInvocations",
        &[(E::InvalidFilterKey, FILTER_KEY), (E::InvalidInstanceId, NOT_KNOWN), (E::InvalidNextToken, NO_TOKEN)],
    ),
    (
        "ListCommands",
        &[(E::InvalidFilterKey, FILTER_KEY), (E::InvalidInstanceId, NOT_KNOWN), (E::InvalidNextToken, NO_TOKEN)],
    ),
    ("ListDocumentVersions", &[(E::InvalidDocument, NO_DOCUMENT), (E::InvalidNextToken, NO_TOKEN)]),
    (
        "ListDocuments",
        &[
            (E::InvalidFilterKey, "A filter's key is unknown, or two keys of tags are given."),
            (E::InvalidNextToken, NO_TOKEN),
        ],
    ),
    ("ListTagsForResource", &[(E::InvalidResourceId, NO_RESOURCE), (E::InvalidResourceType, NO_TAGGED_TYPE)]),
    (
        "ModifyDocumentPermission",
        &[
            (E::DocumentLimitExceeded, "The account shares 5 documents with all accounts."),
            (
                E::DocumentPermissionLimit,
                "The document would be shared with over 1000 accounts, or with all beside some, or public sharing is blocked.",
            ),
            (E::InvalidDocument, NO_OWN_DOCUMENT),
            (E::InvalidDocumentOperation, "The document's ARN would be longer than a request can carry."),
            (E::InvalidPermissionType, PERMISSION_TYPE),
            (E::TooManyUpdates, CHANGED),
        ],
    ),
    (
        "RemoveTagsFromResource",
        &[
            (E::InvalidResourceId, NO_RESOURCE),
            (E::InvalidResourceType, NO_TAGGED_TYPE),
            (E::TooManyUpdates, RESOURCE_CHANGED),
        ],
    ),
    (
        "SendCommand",
        &[
            (E::DuplicateInstanceId, "An id occurs twice."),
            (
                E::InvalidDocument,
                "The document is unknown, not shared with the caller, of another Region, or its hash is another.",
            ),
            (E::InvalidDocumentVersion, "The document has no such version, or it is not shared."),
            (E::InvalidInstanceId, "An instance is not registered; all of them are named."),
            (E::InvalidNotificationConfig, "The topic is none or missing."),
            (E::InvalidOutputFolder, "No bucket can have this name."),
            (E::InvalidParameters, "A parameter is unknown or missing, or breaks the document's rules."),
            (E::InvalidRole, "A notification without a role, or what is no role."),
            (E::MaxDocumentSizeExceeded, "Document and parameters do not fit into a message."),
            (E::UnsupportedPlatformType, "The document is not for the platform of an instance that is named."),
            (
                E::ValidationException,
                "A bound of an input is broken, neither or both of `InstanceIds` and `Targets` are given, a target means \
                 nothing, or an alarm is given without `IgnorePollAlarmFailure`, as none can be asked for.",
            ),
        ],
    ),
    (
        "UpdateDocument",
        &[
            (E::DocumentVersionLimitExceeded, "The document has 1000 versions."),
            (E::DuplicateDocumentContent, "The latest version has this content and metadata."),
            (E::DuplicateDocumentVersionName, "Another version of the document has this name."),
            (E::InvalidDocument, NO_OWN_DOCUMENT),
            (E::InvalidDocumentContent, CONTENT),
            (E::InvalidDocumentOperation, "The document is Amazon's."),
            (
                E::InvalidDocumentSchemaVersion,
                "The schema is not supported, or the document's or the content's is 1.x.",
            ),
            (E::InvalidDocumentVersion, "The version to replace is missing, `$DEFAULT`, or not the latest."),
            (E::MaxDocumentSizeExceeded, TOO_LARGE),
            (E::TooManyUpdates, CHANGED),
        ],
    ),
    (
        "UpdateDocumentDefaultVersion",
        &[
            (E::InvalidDocument, NO_OWN_DOCUMENT),
            (E::InvalidDocumentSchemaVersion, "Documents of schema 1.x have one version."),
            (E::InvalidDocumentVersion, "The document has no such version."),
            (E::TooManyUpdates, CHANGED),
        ],
    ),
    ("UpdateInstanceInformation", &[]),
];

/// Errors that the public API lists, by operation (`*`: every one), and that this service never answers; why.
pub const NEVER: &[(&str, &[(&str, &str)])] = &[
    (
        "*",
        &[
            ("SerializationException", "a transport answers it before there is a request"),
            ("ThrottlingException", "the service does not limit rates; an application may put a limit before it"),
        ],
    ),
    ("CreateDocument", &[("NoLongerSupportedException", "no type of documents that is served has been retired")]),
    ("DeleteDocument", &[("AssociatedInstances", "there are no associations")]),
    (
        "DescribeInstanceInformation",
        &[(
            "InvalidFilterKey",
            "the public service answers `ValidationException` for an unknown key, and so does this one",
        )],
    ),
    (
        "GetCommandInvocation",
        &[
            ("InvalidCommandId", "an unknown id is `InvocationDoesNotExist`, a malformed one `ValidationException`"),
            ("InvalidInstanceId", "an unknown id is `InvocationDoesNotExist`, a malformed one `ValidationException`"),
        ],
    ),
    (
        "ListCommandInvocations",
        &[("InvalidCommandId", "of an unknown command there are no invocations: the list is empty")],
    ),
];

/// What the operation of this name may answer: its own errors, then the common ones that it says nothing more of. Of a name that is
/// not in the table, the common ones.
pub fn errors_of(operation: &str) -> impl Iterator<Item = (ErrorCode, &'static str)> {
    let own = own_errors_of(operation);
    let common = COMMON.iter().filter(move |(code, _)| own.iter().all(|(known, _)| known != code));
    own.iter().chain(common).copied()
}

/// Whether the operation of this name may answer with this code.
#[must_use]
pub fn may_answer(operation: &str, code: ErrorCode) -> bool {
    errors_of(operation).any(|(known, _)| known == code)
}

/// The operation's own errors; none for a name that is not in the table.
#[must_use]
pub fn own_errors_of(operation: &str) -> Errors {
    ERRORS.iter().find(|(name, _)| *name == operation).map_or(&[], |(_, errors)| errors)
}
