//! Every operation, in one table: adding a line here adds it to requests, responses, names and the typed methods.

use super::{
    AddTagsToResourceRequest, AddTagsToResourceResponse, CancelCommandRequest, CancelCommandResponse,
    CreateDocumentRequest, CreateDocumentResponse, DescribeInstanceInformationRequest,
    DescribeInstanceInformationResponse, GetCommandInvocationRequest, GetCommandInvocationResponse, GetDocumentRequest,
    GetDocumentResponse, ListCommandInvocationsRequest, ListCommandInvocationsResponse, ListCommandsRequest,
    ListCommandsResponse, SendCommandRequest, SendCommandResponse, UpdateInstanceInformationRequest,
    UpdateInstanceInformationResponse,
};

/// Hands the table of a port's operations to a macro: `[documentation] Name(Request) -> Response, method;`.
macro_rules! operator_operations {
    ($then:ident) => {
        $then! {
            /// Makes an instance's or another resource's tags.
            AddTagsToResource(AddTagsToResourceRequest) -> AddTagsToResourceResponse, add_tags_to_resource;
            /// Ends a command, or some of its invocations.
            CancelCommand(CancelCommandRequest) -> CancelCommandResponse, cancel_command;
            /// Stores a document.
            CreateDocument(CreateDocumentRequest) -> CreateDocumentResponse, create_document;
            /// Lists managed instances.
            DescribeInstanceInformation(DescribeInstanceInformationRequest) -> DescribeInstanceInformationResponse,
                describe_instance_information;
            /// Tells how a command stands on one instance, with its output.
            GetCommandInvocation(GetCommandInvocationRequest) -> GetCommandInvocationResponse, get_command_invocation;
            /// Reads a document.
            GetDocument(GetDocumentRequest) -> GetDocumentResponse, get_document;
            /// Lists invocations.
            ListCommandInvocations(ListCommandInvocationsRequest) -> ListCommandInvocationsResponse,
                list_command_invocations;
            /// Lists commands, newest first.
            ListCommands(ListCommandsRequest) -> ListCommandsResponse, list_commands;
            /// Sends a command.
            SendCommand(SendCommandRequest) -> SendCommandResponse, send_command;
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
        pub enum $request { $($(#[$doc])* $name($input)),+ }

        #[doc = concat!("The response to a request of the ", $who, ", of the same name.")]
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub enum $response { $($(#[$doc])* $name($output)),+ }

        impl $request {
            /// The names of all operations, as in `X-Amz-Target`.
            pub const OPERATIONS: &[&str] = &[$(stringify!($name)),+];

            /// The operation's name.
            #[must_use]
            pub fn operation(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name)),+ }
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
