//! The suite of [`NodeApi`](crate::ports::NodeApi).

use std::time::Duration;

use super::service::{Service, assert_code, instance, node, operator, other_account, other_operator};
use crate::api::{
    DescribeInstanceInformationRequest, ErrorCode, InstanceInformation, PingStatus, UpdateInstanceInformationRequest,
};
use crate::document::Platform;
use crate::ports::{CallerContext, Clock, NodeApiExt, OperatorApiExt};

/// Checks the contract on fresh services.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<F: Future<Output = Service>>(make: impl Fn() -> F) {
    the_first_information_registers_a_node(&make().await).await;
    what_a_node_leaves_out_stays(&make().await).await;
    a_node_tells_of_itself_only(&make().await).await;
    a_node_that_is_silent_shows_as_lost(&make().await).await;
    a_ping_keeps_the_bounds_of_the_protocol(&make().await).await;
}

async fn known(service: &Service, context: &CallerContext) -> Vec<InstanceInformation> {
    let request = DescribeInstanceInformationRequest::default();
    let answer = service.now(service.operators.describe_instance_information(context, request)).await;
    answer.expect("managed instances can be listed").instance_information_list
}

fn full() -> UpdateInstanceInformationRequest {
    let mut request = UpdateInstanceInformationRequest::new(&instance(1));
    request.agent_name = Some("the-agent".to_owned());
    request.agent_version = Some("1.2.3".to_owned());
    request.platform_type = Some("linux".to_owned());
    request.platform_name = Some("Debian".to_owned());
    request.platform_version = Some("13".to_owned());
    request.computer_name = Some("host".to_owned());
    request.ip_address = Some("192.0.2.7".to_owned());
    request
}

async fn the_first_information_registers_a_node(service: &Service) {
    assert_eq!(known(service, &operator()).await, [], "nobody is known before a node tells of itself");
    let answer = service.now(service.nodes.update_instance_information(&node(1), full())).await;
    assert!(answer.is_ok(), "a node registers by UpdateInstanceInformation: {answer:?}");
    let listed = known(service, &operator()).await;
    let [information] = listed.as_slice() else { panic!("one node is known after one has told of itself: {listed:?}") };
    assert_eq!(information.instance_id, instance(1), "a node is known by its id");
    assert_eq!(information.ping_status, PingStatus::Online, "a node that has just told of itself is Online");
    assert_eq!(information.last_ping_date_time, service.clock.now(), "the ping is of the service's time");
    assert_eq!(information.registration_date, Some(service.clock.now()), "so is the registration");
    assert_eq!(information.platform_type, Some(Platform::Linux), "the platform is read in any case");
    assert_eq!(information.resource_type, "ManagedInstance", "an mi- id is a ManagedInstance");
    let told = (&*information.agent_version, &*information.platform_name, &*information.platform_version);
    assert_eq!(told, ("1.2.3", "Debian", "13"), "what a node tells is shown");
    let told = (&*information.computer_name, &*information.ip_address);
    assert_eq!(told, ("host", "192.0.2.7"), "what a node tells is shown");
    assert_eq!(known(service, &other_operator()).await, [], "a node is known in its own account only");
}

async fn what_a_node_leaves_out_stays(service: &Service) {
    service.now(service.nodes.update_instance_information(&node(1), full())).await.expect("a node may register");
    let before = known(service, &operator()).await;
    service.clock.advance(Duration::from_secs(300));
    let mut short = UpdateInstanceInformationRequest::new(&instance(1));
    short.agent_version = Some("1.2.4".to_owned());
    service.now(service.nodes.update_instance_information(&node(1), short)).await.expect("a node may ping");
    let mut wanted = before;
    for information in &mut wanted {
        information.agent_version = "1.2.4".to_owned();
        information.last_ping_date_time = service.clock.now();
    }
    assert_eq!(known(service, &operator()).await, wanted, "members that a ping leaves out stay as they were");
}

async fn a_node_tells_of_itself_only(service: &Service) {
    let calls = &service.nodes;
    let answer = service.now(calls.update_instance_information(&node(2), full())).await;
    assert_code(answer, ErrorCode::AccessDeniedException, "a node that tells of another one");
    let answer = service.now(calls.update_instance_information(&operator(), full())).await;
    assert_code(answer, ErrorCode::AccessDeniedException, "an operator who tells of a node");
    for wrong in ["", "mi-1", "not an id"] {
        let mut request = full();
        request.instance_id = wrong.to_owned();
        let answer = service.now(calls.update_instance_information(&node(1), request)).await;
        assert_code(answer, ErrorCode::ValidationException, "an instance id of the wrong form");
    }
    assert_eq!(known(service, &operator()).await, [], "a call that was refused has changed nothing");
    let same_id_elsewhere = CallerContext { account: other_account(), ..node(1) };
    service.now(calls.update_instance_information(&same_id_elsewhere, full())).await.expect("a node may register");
    assert_eq!(known(service, &operator()).await, [], "a node of another account is another one");
}

async fn a_node_that_is_silent_shows_as_lost(service: &Service) {
    service.register([1, 2]).await;
    service.clock.advance(Duration::from_secs(14 * 60));
    service.register([2]).await;
    service.clock.advance(Duration::from_secs(2 * 60));
    let statuses: Vec<_> = known(service, &operator()).await.iter().map(|node| node.ping_status).collect();
    assert_eq!(statuses, [PingStatus::ConnectionLost, PingStatus::Online], "16 minutes without a ping are too many");
    service.clock.advance(Duration::from_secs(31 * 86_400));
    let statuses: Vec<_> = known(service, &operator()).await.iter().map(|node| node.ping_status).collect();
    assert_eq!(statuses, [PingStatus::Inactive; 2], "a month without a word is very long");
    service.register([2]).await;
    let statuses: Vec<_> = known(service, &operator()).await.iter().map(|node| node.ping_status).collect();
    assert_eq!(statuses, [PingStatus::Inactive, PingStatus::Online], "who comes back is Online at once");
}

async fn a_ping_keeps_the_bounds_of_the_protocol(service: &Service) {
    let mut everything = full();
    everything.agent_status = Some("Active".to_owned());
    everything.availability_zone = Some(String::new());
    everything.availability_zone_id = Some(String::new());
    everything.ssm_connection_channel = Some("ec2messages".to_owned());
    let answer = service.now(service.nodes.update_instance_information(&node(1), everything)).await;
    assert!(answer.is_ok(), "everything that the stock agent tells is taken: {answer:?}");
    let mut short = full();
    short.agent_version = Some("1.23".to_owned());
    let answer = service.now(service.nodes.update_instance_information(&node(1), short)).await;
    assert_code(answer, ErrorCode::ValidationException, "a version of less than five characters");
    let mut long = full();
    long.computer_name = Some("h".repeat(10_000));
    let answer = service.now(service.nodes.update_instance_information(&node(1), long)).await;
    assert!(answer.is_ok(), "a long name does not keep a node from registering: {answer:?}");
    let kept = known(service, &operator()).await.first().map(|node| node.computer_name.len());
    assert_eq!(kept, Some(255), "as much is kept as the API can show");
}
