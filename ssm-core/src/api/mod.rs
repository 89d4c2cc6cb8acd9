//! The shapes of the API: requests and responses as they stand on the wire, their constraints, and errors.
//!
//! Member names are the API's (in `PascalCase` through serde). A request's members are texts and options, as a client may send
//! anything; one `TryFrom` turns it into the engine's types and finds everything that is wrong with it. Only members that the
//! service honours are here: there is none that is accepted and does nothing.
//!
//! Read in this order: [`OperatorRequest`] (all operations), the shapes of a family, [`ApiError`].

mod commands;
mod constraints;
mod delivery;
mod documents;
mod error;
pub mod facts;
mod fleet;
pub(crate) mod operations;

pub use crate::record::PingStatus;
pub use commands::{
    Alarm, AlarmConfiguration, AlarmStateInformation, CancelCommandRequest, CancelCommandResponse,
    CloudWatchOutputConfig, Command, CommandFilter, CommandFilters, CommandInvocation, CommandListing, CommandPlugin,
    GetCommandInvocationRequest, GetCommandInvocationResponse, ListCommandInvocationsRequest,
    ListCommandInvocationsResponse, ListCommandsRequest, ListCommandsResponse, NotificationConfig, SendCommandRequest,
    SendCommandResponse, TargetShape,
};
pub use constraints::Constraints;
pub use delivery::{
    AcknowledgeMessageRequest, DeleteMessageRequest, FailMessageRequest, FailureType, GetMessagesRequest,
    GetMessagesResponse, SendReplyRequest,
};
pub use documents::{
    AccountSharingInfo, AttachmentContent, AttachmentsSource, ContentFormat, CreateDocumentRequest,
    CreateDocumentResponse, DeleteDocumentRequest, DeleteDocumentResponse, DescribeDocumentPermissionRequest,
    DescribeDocumentPermissionResponse, DescribeDocumentRequest, DescribeDocumentResponse,
    DocumentDefaultVersionDescription, DocumentDescription, DocumentFilterShape, DocumentFilters, DocumentIdentifier,
    DocumentKeyValuesFilter, DocumentParameter, DocumentRequires, DocumentStatus, DocumentVersionInfo,
    GetDocumentRequest, GetDocumentResponse, ListDocumentVersionsRequest, ListDocumentVersionsResponse,
    ListDocumentsRequest, ListDocumentsResponse, ModifyDocumentPermissionRequest, ModifyDocumentPermissionResponse,
    NewVersion, OwnerFilter, PermissionChange, UpdateDocumentDefaultVersionRequest,
    UpdateDocumentDefaultVersionResponse, UpdateDocumentRequest, UpdateDocumentResponse, WantedVersion,
};
pub use error::{ApiError, ErrorCode};
pub use fleet::{
    AddTagsToResourceRequest, AddTagsToResourceResponse, ConnectionStatus, DescribeInstanceInformationRequest,
    DescribeInstanceInformationResponse, DescribeInstancePropertiesRequest, DescribeInstancePropertiesResponse,
    FleetView, GetConnectionStatusRequest, GetConnectionStatusResponse, InstanceInformation, InstanceInformationFilter,
    InstanceInformationStringFilter, InstanceProperty, InstancePropertyFilter, InstancePropertyStringFilter,
    ListTagsForResourceRequest, ListTagsForResourceResponse, NodeFilters, RemoveTagsFromResourceRequest,
    RemoveTagsFromResourceResponse, Tag, TaggedResource, UpdateInstanceInformationRequest,
    UpdateInstanceInformationResponse,
};
pub use operations::{NodeRequest, NodeResponse, OperatorRequest, OperatorResponse};
