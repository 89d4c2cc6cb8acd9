//! Who may call.

use crate::api::{
    AddTagsToResourceRequest, CancelCommandRequest, CreateDocumentRequest, DeleteDocumentRequest,
    DescribeDocumentPermissionRequest, DescribeDocumentRequest, DescribeInstanceInformationRequest,
    DescribeInstancePropertiesRequest, ErrorCode, GetCommandInvocationRequest, GetConnectionStatusRequest,
    GetDocumentRequest, ListCommandInvocationsRequest, ListCommandsRequest, ListDocumentVersionsRequest,
    ListDocumentsRequest, ListTagsForResourceRequest, ModifyDocumentPermissionRequest, OperatorRequest,
    RemoveTagsFromResourceRequest, UpdateDocumentDefaultVersionRequest, UpdateDocumentRequest,
};
use crate::ids::CommandId;
use crate::ports::OperatorApiExt;
use crate::testing::service::{Service, assert_code, instance, node, operator, other_operator, script};

/// A request of every operation, about this command.
fn every_operation(command: CommandId) -> Vec<OperatorRequest> {
    use OperatorRequest as Q;
    let all = vec![
        Q::AddTagsToResource(AddTagsToResourceRequest::of_instance(&instance(1), [("a".to_owned(), String::new())])),
        Q::CancelCommand(CancelCommandRequest::new(command)),
        Q::CreateDocument(CreateDocumentRequest::new("My-Document", "{}")),
        Q::DeleteDocument(DeleteDocumentRequest::new("My-Document")),
        Q::DescribeDocument(DescribeDocumentRequest::new("AWS-RunShellScript")),
        Q::DescribeDocumentPermission(DescribeDocumentPermissionRequest::new("My-Document")),
        Q::DescribeInstanceInformation(DescribeInstanceInformationRequest::default()),
        Q::DescribeInstanceProperties(DescribeInstancePropertiesRequest::default()),
        Q::GetCommandInvocation(GetCommandInvocationRequest::new(command, &instance(1))),
        Q::GetConnectionStatus(GetConnectionStatusRequest::new(instance(1).as_str())),
        Q::GetDocument(GetDocumentRequest::new("AWS-RunShellScript")),
        Q::ListCommandInvocations(ListCommandInvocationsRequest::default()),
        Q::ListCommands(ListCommandsRequest::default()),
        Q::ListDocumentVersions(ListDocumentVersionsRequest::new("AWS-RunShellScript")),
        Q::ListDocuments(ListDocumentsRequest::default()),
        Q::ListTagsForResource(ListTagsForResourceRequest::of_instance(&instance(1))),
        Q::ModifyDocumentPermission(ModifyDocumentPermissionRequest::new("My-Document")),
        Q::RemoveTagsFromResource(RemoveTagsFromResourceRequest::of_instance(&instance(1), ["a"])),
        Q::SendCommand(script().with_instance_ids([instance(1)])),
        Q::UpdateDocument(UpdateDocumentRequest::new("My-Document", "{}")),
        Q::UpdateDocumentDefaultVersion(UpdateDocumentDefaultVersionRequest::new("My-Document", "1")),
    ];
    let names: Vec<_> = all.iter().map(OperatorRequest::operation).collect();
    assert_eq!(names, OperatorRequest::OPERATIONS, "this suite knows every operation, in the order of the table");
    all
}

pub(super) async fn a_node_calls_no_operation_of_operators(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let before = service.commands(&operator()).await;
    for request in every_operation(command) {
        let what = format!("a node's call of {}", request.operation());
        let answer = service.now(service.operators.call(&node(1), request)).await;
        assert_code(answer, ErrorCode::AccessDeniedException, &what);
    }
    assert_eq!(service.commands(&operator()).await, before, "what was refused has changed nothing");
    assert_eq!(service.status(command, 1).await, "Pending", "what was refused has changed nothing");
}

pub(super) async fn accounts_never_see_each_other(service: &Service) {
    service.register([1]).await;
    let command = service.send([1]).await;
    let (stranger, operators) = (other_operator(), &service.operators);
    assert_eq!(service.commands(&stranger).await, [], "another account's commands are not listed");
    let listed = service.now(operators.list_command_invocations(&stranger, ListCommandInvocationsRequest::default()));
    let listed = listed.await.expect("invocations can be listed").command_invocations;
    assert_eq!(listed, [], "another account's invocations are not listed");
    let known = service.now(operators.describe_instance_information(&stranger, Default::default())).await;
    let known = known.expect("managed instances can be listed").instance_information_list;
    assert_eq!(known, [], "another account's nodes are not listed");
    let get = GetCommandInvocationRequest::new(command, &instance(1));
    let answer = service.now(operators.get_command_invocation(&stranger, get)).await;
    assert_code(answer, ErrorCode::InvocationDoesNotExist, "another account's invocation");
    let answer = service.now(operators.cancel_command(&stranger, CancelCommandRequest::new(command))).await;
    assert_code(answer, ErrorCode::InvalidCommandId, "a cancel of another account's command");
    let send = script().with_instance_ids([instance(1)]);
    let answer = service.now(operators.send_command(&stranger, send)).await;
    assert_code(answer, ErrorCode::InvalidInstanceId, "a command for another account's node");
    assert_eq!(service.status(command, 1).await, "Pending", "another account changes nothing here");
}
