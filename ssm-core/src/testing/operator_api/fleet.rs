//! Managed instances: filters, properties, connections, tags.

use std::time::Duration;

use crate::api::{
    AddTagsToResourceRequest, ApiError, ConnectionStatus, DescribeInstanceInformationRequest,
    DescribeInstancePropertiesRequest, ErrorCode, GetConnectionStatusRequest, InstanceInformation,
    ListTagsForResourceRequest, OperatorRequest, RemoveTagsFromResourceRequest, Tag, UpdateInstanceInformationRequest,
};
use crate::ids::InstanceId;
use crate::ports::{CallerContext, NodeApiExt, OperatorApiExt};
use crate::testing::service::{Service, assert_code, instance, node, operator, other_operator};

async fn information(
    service: &Service,
    context: &CallerContext,
    request: DescribeInstanceInformationRequest,
) -> Result<Vec<InstanceInformation>, ApiError> {
    let answer = service.now(service.operators.describe_instance_information(context, request)).await?;
    assert_eq!(answer.next_token, None, "few instances are one page");
    Ok(answer.instance_information_list)
}

async fn tell(service: &Service, which: u64, platform: &str, version: &str) {
    let mut request = UpdateInstanceInformationRequest::new(&instance(which));
    request.platform_type = Some(platform.to_owned());
    request.agent_version = Some(version.to_owned());
    let answer = service.now(service.nodes.update_instance_information(&node(which), request)).await;
    assert!(answer.is_ok(), "a node registers by UpdateInstanceInformation: {answer:?}");
}

async fn tag(service: &Service, which: u64, tags: &[(&str, &str)]) {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let request = AddTagsToResourceRequest::of_instance(&instance(which), tags);
    let answer = service.now(service.operators.add_tags_to_resource(&operator(), request)).await;
    assert!(answer.is_ok(), "a registered instance can be tagged: {answer:?}");
}

/// Three nodes: two of Linux and one of Windows, of which the first has been silent.
async fn fill(service: &Service) {
    tell(service, 1, "Linux", "3.3.5.0").await;
    service.clock.advance(Duration::from_secs(20 * 60));
    tell(service, 2, "Windows", "3.3.40.0").await;
    tell(service, 3, "Linux", "3.3.40.0").await;
    tag(service, 1, &[("env", "prod"), ("Name", "first")]).await;
    tag(service, 2, &[("env", "")]).await;
}

pub(super) async fn instances_are_found_by_filters(service: &Service) {
    fill(service).await;
    let id = |which| instance(which).to_string();
    for (filters, wanted) in [
        (vec![("PingStatus", vec!["ConnectionLost".to_owned()])], vec![1]),
        (vec![("InstanceIds", vec![id(3), id(1), id(9)])], vec![1, 3]),
        (vec![("InstanceIds", vec![id(9)])], vec![]),
        (vec![("SourceIds", vec![id(2)]), ("ResourceType", vec!["ManagedInstance".to_owned()])], vec![2]),
        (vec![("PlatformTypes", vec!["Linux".to_owned()]), ("AgentVersion", vec!["3.3.40.0".to_owned()])], vec![3]),
        (vec![("tag:env", vec![String::from("prod"), String::from("test")])], vec![1]),
        (vec![("tag-key", vec!["env".to_owned()])], vec![1, 2]),
        (vec![("IamRole", vec!["any".to_owned()])], vec![]),
    ] {
        let request = filters.iter().fold(DescribeInstanceInformationRequest::default(), |request, (key, values)| {
            request.with_filter(*key, values.clone())
        });
        let found = information(service, &operator(), request).await.expect("instances can be listed by filters");
        let found: Vec<InstanceId> = found.into_iter().map(|row| row.instance_id).collect();
        assert_eq!(found, wanted.into_iter().map(instance).collect::<Vec<_>>(), "found by {filters:?}");
    }
    let legacy = DescribeInstanceInformationRequest::default().with_legacy_filter("PlatformTypes", ["Windows"]);
    let found = information(service, &operator(), legacy).await.expect("legacy filters are served");
    let [found] = found.as_slice() else { panic!("one instance has Windows: {found:?}") };
    let shown = (&*found.source_id, &*found.source_type, &*found.resource_type);
    assert_eq!(shown, (&*id(2), "AWS::SSM::ManagedInstance", "ManagedInstance"), "where an instance comes from");
}

pub(super) async fn wrong_filters_are_refused_with_their_codes(service: &Service) {
    service.register([1]).await;
    let by = |key: &str, value: &str| DescribeInstanceInformationRequest::default().with_filter(key, [value]);
    for (request, code, text) in [
        (by("Nothing", "x"), ErrorCode::ValidationException, "Nothing filter Key is invalid."),
        (
            by("PingStatus", "Online").with_legacy_filter("PingStatus", ["Online"]),
            ErrorCode::ValidationException,
            "Cannot use both legacy and new filter simultaneously.",
        ),
        (
            by("PingStatus", "Online").with_filter("tag:a", ["b"]),
            ErrorCode::ValidationException,
            "Cannot mix tag or inventory filter with any other filter.",
        ),
        (by("PingStatus", "Online").with_filter("AgentVersion", [""; 0]), ErrorCode::ValidationException, "values"),
        (by("PingStatus", "Online").with_page_size(4), ErrorCode::ValidationException, "maxResults"),
        (by("PingStatus", "Online").with_page_size(51), ErrorCode::ValidationException, "maxResults"),
        (by("PingStatus", "foo"), ErrorCode::InvalidInstanceInformationFilterValue, ""),
        (by("InstanceIds", "web-1"), ErrorCode::InvalidInstanceId, ""),
        (by("PingStatus", "Online").after(Some("zz".to_owned())), ErrorCode::InvalidNextToken, ""),
    ] {
        let what = format!("{request:?}");
        let error = assert_code(information(service, &operator(), request).await, code, &what);
        assert!(error.message().contains(text), "{what} is told in the words of the specification: {error}");
    }
    let by = |key: &str, operator: &str, value: &str| {
        DescribeInstancePropertiesRequest::default().with_filter(key, Some(operator), [value])
    };
    let mut no_token = by("PingStatus", "Equal", "Online");
    no_token.next_token = Some("zz".to_owned());
    for (request, code) in [
        (by("Nothing", "Equal", "x"), ErrorCode::InvalidFilterKey),
        (by("InstanceIds", "Equal", "web-1"), ErrorCode::InvalidInstanceId),
        (by("ActivationIds", "Equal", "x"), ErrorCode::InvalidActivationId),
        (by("DocumentName", "Equal", "a b"), ErrorCode::InvalidDocument),
        (by("PingStatus", "Equal", "foo"), ErrorCode::InvalidInstancePropertyFilterValue),
        (by("PingStatus", "Near", "Online"), ErrorCode::ValidationException),
        (no_token, ErrorCode::InvalidNextToken),
    ] {
        let what = format!("{request:?}");
        assert_code(
            service.now(service.operators.describe_instance_properties(&operator(), request)).await,
            code,
            &what,
        );
    }
}

pub(super) async fn properties_are_found_by_operators(service: &Service) {
    fill(service).await;
    for (key, comparison, value, wanted) in [
        ("AgentVersion", Some("LessThan"), "3.3.40", vec![1]),
        ("AgentVersion", Some("GreaterThan"), "3.3.5", vec![2, 3]),
        ("PlatformTypes", Some("NotEqual"), "Linux", vec![2]),
        ("InstanceIds", Some("BeginWith"), "mi-", vec![1, 2, 3]),
        ("tag:env", None, "prod", vec![1]),
    ] {
        let request = DescribeInstancePropertiesRequest::default().with_filter(key, comparison, [value]);
        let answer = service.now(service.operators.describe_instance_properties(&operator(), request)).await;
        let answer = answer.expect("properties can be listed by filters");
        let found: Vec<InstanceId> = answer.instance_properties.iter().map(|row| row.instance_id.clone()).collect();
        assert_eq!(found, wanted.into_iter().map(instance).collect::<Vec<_>>(), "{key} {comparison:?} {value}");
    }
    let request =
        DescribeInstancePropertiesRequest::default().with_legacy_filter("InstanceIds", [instance(1).as_str()]);
    let answer = service.now(service.operators.describe_instance_properties(&operator(), request)).await;
    let names: Vec<_> =
        answer.expect("legacy filters are served").instance_properties.into_iter().map(|row| row.name).collect();
    assert_eq!(names, [Some("first".to_owned())], "a name is the tag of that key");
}

async fn status(service: &Service, context: &CallerContext, target: &str) -> ConnectionStatus {
    let request = GetConnectionStatusRequest::new(target);
    let answer = service.now(service.operators.get_connection_status(context, request)).await;
    let answer = answer.expect("every target has a status");
    assert_eq!(answer.target, target, "the answer echoes whom it is about");
    answer.status
}

pub(super) async fn an_instance_is_connected_while_it_polls(service: &Service) {
    use ConnectionStatus::{Connected, NotConnected};
    service.register([1]).await;
    let id = instance(1).to_string();
    for target in [id.as_str(), instance(9).as_str(), "no id"] {
        assert_eq!(status(service, &operator(), target).await, NotConnected, "nobody has polled as {target}");
    }
    service.within(service.poll_time * 2, service.poll(1)).await.expect("a node may poll its own mailbox");
    assert_eq!(status(service, &operator(), &id).await, Connected, "it has just polled");
    assert_eq!(status(service, &other_operator(), &id).await, NotConnected, "in its own account only");
    service.clock.advance(Duration::from_secs(10 * 60));
    assert_eq!(status(service, &operator(), &id).await, NotConnected, "it has not polled for ten minutes");
    let mut poll = service.poll(1);
    assert!(service.if_now(&mut poll.as_mut()).await.is_none(), "a poll without messages waits");
    assert_eq!(status(service, &operator(), &id).await, Connected, "a poll waits");
    let long = GetConnectionStatusRequest::new("x".repeat(401));
    for request in [GetConnectionStatusRequest::default(), long] {
        let answer = service.now(service.operators.get_connection_status(&operator(), request)).await;
        assert_code(answer, ErrorCode::ValidationException, "a target of no or too many characters");
    }
}

pub(super) async fn tags_are_added_removed_and_listed(service: &Service) {
    service.register([1, 2]).await;
    let listed = async || {
        let request = ListTagsForResourceRequest::of_instance(&instance(1));
        let answer = service.now(service.operators.list_tags_for_resource(&operator(), request)).await;
        let tags = answer.expect("a registered instance's tags can be listed").tag_list;
        tags.into_iter().map(|Tag { key, value }| format!("{key}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [""; 0], "a new instance has no tags");
    tag(service, 1, &[("b", "1"), ("a", ""), ("b", "2")]).await;
    assert_eq!(listed().await, ["a=", "b=2"], "tags come by key; of a key that is given twice the last counts");
    tag(service, 1, &[("a", "3")]).await;
    assert_eq!(listed().await, ["a=3", "b=2"], "a key that is there gets the new value");
    let request = RemoveTagsFromResourceRequest::of_instance(&instance(1), ["b", "unknown"]);
    let answer = service.now(service.operators.remove_tags_from_resource(&operator(), request)).await;
    assert!(answer.is_ok(), "keys that are not there change nothing: {answer:?}");
    assert_eq!(listed().await, ["a=3"], "removed tags are gone");
    let forty_nine: Vec<_> = (0..49).map(|which| (format!("key-{which}"), String::new())).collect();
    let request = AddTagsToResourceRequest::of_instance(&instance(1), forty_nine);
    service.now(service.operators.add_tags_to_resource(&operator(), request)).await.expect("fifty tags are taken");
    let one_more = AddTagsToResourceRequest::of_instance(&instance(1), [("more".to_owned(), String::new())]);
    let answer = service.now(service.operators.add_tags_to_resource(&operator(), one_more)).await;
    assert_code(answer, ErrorCode::TooManyTagsError, "a tag beyond fifty");
    assert_eq!(listed().await.len(), 50, "a call that is refused changes nothing");
}

/// The three operations name their resource in one way.
pub(super) async fn resources_with_tags_are_named_by_type_and_id(service: &Service) {
    service.register([1]).await;
    let id = instance(1).to_string();
    for (resource_type, resource_id, code) in [
        ("ManagedInstance", instance(9).to_string(), ErrorCode::InvalidResourceId),
        ("ManagedInstance", "web-1".to_owned(), ErrorCode::InvalidResourceId),
        ("ManagedInstance", String::new(), ErrorCode::ValidationException),
        ("Parameter", id.clone(), ErrorCode::InvalidResourceType),
        ("OpsItem", id.clone(), ErrorCode::InvalidResourceType),
        ("Instance", id.clone(), ErrorCode::ValidationException),
        ("", id.clone(), ErrorCode::ValidationException),
    ] {
        let mut add = AddTagsToResourceRequest::of_instance(&instance(1), [("a".to_owned(), String::new())]);
        (add.resource_type, add.resource_id) = (resource_type.to_owned(), resource_id.clone());
        let mut remove = RemoveTagsFromResourceRequest::of_instance(&instance(1), ["a"]);
        (remove.resource_type, remove.resource_id) = (resource_type.to_owned(), resource_id.clone());
        let mut list = ListTagsForResourceRequest::of_instance(&instance(1));
        (list.resource_type, list.resource_id) = (resource_type.to_owned(), resource_id.clone());
        for request in [
            OperatorRequest::AddTagsToResource(add),
            OperatorRequest::RemoveTagsFromResource(remove),
            OperatorRequest::ListTagsForResource(list),
        ] {
            let what = format!("{} of {resource_type} {resource_id}", request.operation());
            assert_code(service.now(service.operators.call(&operator(), request)).await, code, &what);
        }
    }
    for keys in [vec![""], vec!["a#b"]] {
        let request = RemoveTagsFromResourceRequest::of_instance(&instance(1), keys);
        let answer = service.now(service.operators.remove_tags_from_resource(&operator(), request)).await;
        assert_code(answer, ErrorCode::ValidationException, "a key that no tag can have");
    }
}

pub(super) async fn accounts_never_see_each_others_instances(service: &Service) {
    fill(service).await;
    let stranger = other_operator();
    let id = instance(1).to_string();
    for (key, value) in
        [("InstanceIds", id.as_str()), ("tag:env", "prod"), ("tag-key", "env"), ("PlatformTypes", "Linux")]
    {
        let request = DescribeInstanceInformationRequest::default().with_filter(key, [value]);
        let found = information(service, &stranger, request).await.expect("instances can be listed");
        assert_eq!(found, [], "another account's instances are not found by {key}");
        let request = DescribeInstancePropertiesRequest::default().with_filter(key, None, [value]);
        let found = service.now(service.operators.describe_instance_properties(&stranger, request)).await;
        let found = found.expect("properties can be listed").instance_properties;
        assert_eq!(found, [], "another account's properties are not found by {key}");
    }
    let tags = [("a".to_owned(), String::new())];
    for request in [
        OperatorRequest::AddTagsToResource(AddTagsToResourceRequest::of_instance(&instance(1), tags)),
        OperatorRequest::RemoveTagsFromResource(RemoveTagsFromResourceRequest::of_instance(&instance(1), ["env"])),
        OperatorRequest::ListTagsForResource(ListTagsForResourceRequest::of_instance(&instance(1))),
    ] {
        let what = format!("{} of another account's instance", request.operation());
        let answer = service.now(service.operators.call(&stranger, request)).await;
        assert_code(answer, ErrorCode::InvalidResourceId, &what);
    }
}
