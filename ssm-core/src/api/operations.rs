//! Every operation, in one table: adding a line here adds it to requests, responses, names and the typed methods.

use super::{
    AddTagsToResourceRequest, AddTagsToResourceResponse, ApiError, CancelCommandRequest, CancelCommandResponse,
    CreateDocumentRequest, CreateDocumentResponse, DeleteDocumentRequest, DeleteDocumentResponse,
    DescribeDocumentPermissionRequest, DescribeDocumentPermissionResponse, DescribeDocumentRequest,
    DescribeDocumentResponse, DescribeInstanceInformationRequest, DescribeInstanceInformationResponse,
    DescribeInstancePropertiesRequest, DescribeInstancePropertiesResponse, GetCommandInvocationRequest,
    GetCommandInvocationResponse, GetConnectionStatusRequest, GetConnectionStatusResponse, GetDocumentRequest,
    GetDocumentResponse, ListCommandInvocationsRequest, ListCommandInvocationsResponse, ListCommandsRequest,
    ListCommandsResponse, ListDocumentVersionsRequest, ListDocumentVersionsResponse, ListDocumentsRequest,
    ListDocumentsResponse, ListTagsForResourceRequest, ListTagsForResourceResponse, ModifyDocumentPermissionRequest,
    ModifyDocumentPermissionResponse, RemoveTagsFromResourceRequest, RemoveTagsFromResourceResponse,
    SendCommandRequest, SendCommandResponse, UpdateDocumentDefaultVersionRequest, UpdateDocumentDefaultVersionResponse,
    UpdateDocumentRequest, UpdateDocumentResponse, UpdateInstanceInformationRequest, UpdateInstanceInformationResponse,
    facts,
};

/// Hands the table of a port's operations to a macro: `[documentation] Name(Request) -> Response, method;`.
macro_rules! operator_operations {
    ($then:ident) => {
        $then! {
            /// Tags an instance or another resource.
            AddTagsToResource(AddTagsToResourceRequest) -> AddTagsToResourceResponse, add_tags_to_resource;
            /// Ends a command, or some of its invocations.
            CancelCommand(CancelCommandRequest) -> CancelCommandResponse, cancel_command;
            /// Stores a document.
            CreateDocument(CreateDocumentRequest) -> CreateDocumentResponse, create_document;
            /// Deletes a document or one of its versions.
            DeleteDocument(DeleteDocumentRequest) -> DeleteDocumentResponse, delete_document;
            /// Tells of a document.
            DescribeDocument(DescribeDocumentRequest) -> DescribeDocumentResponse, describe_document;
            /// Tells with whom a document is shared.
            DescribeDocumentPermission(DescribeDocumentPermissionRequest) -> DescribeDocumentPermissionResponse,
                describe_document_permission;
            /// Lists managed instances.
            DescribeInstanceInformation(DescribeInstanceInformationRequest) -> DescribeInstanceInformationResponse,
                describe_instance_information;
            /// Lists managed instances by filters that compare.
            DescribeInstanceProperties(DescribeInstancePropertiesRequest) -> DescribeInstancePropertiesResponse,
                describe_instance_properties;
            /// Tells how a command stands on one instance, with its output.
            GetCommandInvocation(GetCommandInvocationRequest) -> GetCommandInvocationResponse, get_command_invocation;
            /// Tells whether an instance is connected.
            GetConnectionStatus(GetConnectionStatusRequest) -> GetConnectionStatusResponse, get_connection_status;
            /// Reads a document.
            GetDocument(GetDocumentRequest) -> GetDocumentResponse, get_document;
            /// Lists invocations.
            ListCommandInvocations(ListCommandInvocationsRequest) -> ListCommandInvocationsResponse,
                list_command_invocations;
            /// Lists commands, newest first.
            ListCommands(ListCommandsRequest) -> ListCommandsResponse, list_commands;
            /// Lists the versions of a document, newest first.
            ListDocumentVersions(ListDocumentVersionsRequest) -> ListDocumentVersionsResponse, list_document_versions;
            /// Lists documents.
            ListDocuments(ListDocumentsRequest) -> ListDocumentsResponse, list_documents;
            /// Lists a resource's tags.
            ListTagsForResource(ListTagsForResourceRequest) -> ListTagsForResourceResponse, list_tags_for_resource;
            /// Shares a document, or stops sharing it.
            ModifyDocumentPermission(ModifyDocumentPermissionRequest) -> ModifyDocumentPermissionResponse,
                modify_document_permission;
            /// Takes tags from a resource.
            RemoveTagsFromResource(RemoveTagsFromResourceRequest) -> RemoveTagsFromResourceResponse,
                remove_tags_from_resource;
            /// Sends a command.
            SendCommand(SendCommandRequest) -> SendCommandResponse, send_command;
            /// Adds a version to a document.
            UpdateDocument(UpdateDocumentRequest) -> UpdateDocumentResponse, update_document;
            /// Chooses a document's default version.
            UpdateDocumentDefaultVersion(UpdateDocumentDefaultVersionRequest) -> UpdateDocumentDefaultVersionResponse,
                update_document_default_version;
        }
    };
}

/// As `operator_operations`, for the node API.
macro_rules! node_operations {
    ($then:ident) => {
        $then! {
            /// Tells who the node is; the first call of a node registers it.
            UpdateInstanceInformation(UpdateInstanceInformationRequest) -> UpdateInstanceInformationResponse,
                update_instance_information;
        }
    };
}

pub(crate) use {node_operations, operator_operations};

macro_rules! enums {
    ($request:ident, $response:ident, $who:literal;
     $($(#[$doc:meta])* $name:ident($input:ident) -> $output:ident, $method:ident;)+) => {
        #[doc = concat!("A request of the ", $who, ". Grows with the operations that are served.")]
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "a call holds one, and never many are kept")]
        pub enum $request { $($(#[$doc])* $name($input)),+ }

        #[doc = concat!("The response to a request of the ", $who, ", of the same name.")]
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant, reason = "a call holds one, and never many are kept")]
        pub enum $response { $($(#[$doc])* $name($output)),+ }

        impl $request {
            /// The names of all operations, as in `X-Amz-Target`.
            pub const OPERATIONS: &[&str] = &[$(stringify!($name)),+];

            /// The operation's name.
            #[must_use]
            pub fn operation(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
            }

            /// Finds every constraint of the public model that the request breaks, by [`facts`](super::facts).
            ///
            /// # Errors
            /// `ValidationException`, with a sentence for each.
            pub fn check(&self) -> Result<(), ApiError> {
                let facts = facts::of(self.operation());
                match self { $(Self::$name(request) => facts.map_or(Ok(()), |facts| facts.check(request))),+ }
            }
        }

        #[cfg(test)]
        impl $request {
            /// Each operation with the members of its request's type.
            pub(super) fn members() -> Vec<(&'static str, Vec<String>)> {
                vec![$((stringify!($name), names_of(&$input::default()))),+]
            }
        }
    };
}

macro_rules! operator_enums {
    ($($table:tt)+) => { enums! { OperatorRequest, OperatorResponse, "operator API"; $($table)+ } };
}
macro_rules! node_enums {
    ($($table:tt)+) => { enums! { NodeRequest, NodeResponse, "node API"; $($table)+ } };
}
operator_operations!(operator_enums);
node_operations!(node_enums);

#[cfg(test)]
fn names_of(request: &impl serde::Serialize) -> Vec<String> {
    let value = serde_json::to_value(request).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_of_facts_has_the_members_of_every_request_and_no_others() {
        let all = OperatorRequest::members().into_iter().chain(NodeRequest::members());
        let mut known = BTreeSet::new();
        for (operation, members) in all {
            let facts = facts::of(operation).unwrap_or_else(|| panic!("{operation} is not in the table"));
            let listed: BTreeSet<&str> = facts.input.iter().map(|member| member.name).collect();
            assert_eq!(members.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed, "{operation}");
            known.insert(operation);
        }
        for operation in facts::OPERATIONS.iter().flat_map(|family| family.iter()) {
            assert!(known.contains(operation.name), "{} is not served", operation.name);
        }
    }
}
