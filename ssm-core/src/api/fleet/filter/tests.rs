//! Every key, operator and error, over one small fleet.

use std::time::Duration;

use super::*;
use crate::api::{DescribeInstanceInformationRequest, DescribeInstancePropertiesRequest, OperatorRequest};
use crate::document::Platform;
use crate::record::PresenceRules;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Four nodes: 1 and 2 are `i-`, 3 and 4 are `mi-`; 2 is lost, 4 inactive.
fn fleet() -> Vec<Node> {
    let node = |id: &str, silent: u64, version: &str, platform, tags: &[(&str, &str)]| {
        let mut node = Node::registered("123456789012".parse().unwrap(), id.parse().unwrap(), Timestamp::MIN);
        node.pinged_at = Timestamp::from_millis(NOW.as_millis() - i64::try_from(silent * 1000).unwrap());
        node.information.agent_version = version.to_owned();
        node.information.platform = platform;
        node.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        node
    };
    let day = 86_400;
    vec![
        node("i-00000001", 0, "3.3.40.0", Some(Platform::Linux), &[("env", "prod"), ("team", "a")]),
        node("i-00000002", day, "3.3.5.0", Some(Platform::Windows), &[("env", "test")]),
        node("mi-00000000000000003", 60, "2.9", Some(Platform::Linux), &[("env", "")]),
        node("mi-00000000000000004", 31 * day, "", None, &[("environment", "prod")]),
    ]
}

/// Who is meant, by number; and that the selector selects each of them.
fn meant(filters: &NodeFilters) -> Vec<usize> {
    let presence = PresenceRules::default();
    let view = FleetView { now: NOW, presence: &presence, latest_agent_version: None };
    let nodes = fleet();
    let numbered = (1..).zip(&nodes);
    let held: Vec<usize> =
        numbered.clone().filter(|(_, node)| filters.hold(node, &view)).map(|(number, _)| number).collect();
    let selected: Vec<usize> = numbered
        .filter(|(_, node)| filters.selector().selects(&node.instance, &node.tags))
        .map(|(number, _)| number)
        .collect();
    assert!(held.iter().all(|number| selected.contains(number)), "{filters:?}");
    assert!(!filters.are_selective() || held == selected, "{filters:?}");
    held
}

fn checked(request: OperatorRequest) -> Result<NodeFilters, ApiError> {
    request.check()?;
    match request {
        OperatorRequest::DescribeInstanceInformation(request) => Ok(request.parse()?.0),
        OperatorRequest::DescribeInstanceProperties(request) => Ok(request.parse()?.0),
        _ => unreachable!(),
    }
}

type Filters<'a> = &'a [(&'a str, &'a [&'a str])];

fn newer(filters: Filters<'_>) -> Result<NodeFilters, ApiError> {
    let request = DescribeInstanceInformationRequest::default();
    let request =
        filters.iter().fold(request, |request, (key, values)| request.with_filter(*key, values.iter().copied()));
    checked(OperatorRequest::DescribeInstanceInformation(request))
}

fn legacy(filters: Filters<'_>) -> Result<NodeFilters, ApiError> {
    let request = DescribeInstanceInformationRequest::default();
    let request =
        filters.iter().fold(request, |request, (key, values)| request.with_legacy_filter(*key, values.iter().copied()));
    checked(OperatorRequest::DescribeInstanceInformation(request))
}

fn properties(filters: &[(&str, &str, &[&str])]) -> Result<NodeFilters, ApiError> {
    let request = DescribeInstancePropertiesRequest::default();
    let request = filters.iter().fold(request, |request, (key, operator, values)| {
        request.with_filter(*key, Some(*operator), values.iter().copied())
    });
    checked(OperatorRequest::DescribeInstanceProperties(request))
}

const ACTIVATION: &str = "5c47e084-87ea-4467-8d32-d07c87ea60ae";

#[test]
fn every_key_finds_its_nodes_and_filters_and_their_values_or() {
    for (filters, wanted) in [
        (&[][..], vec![1, 2, 3, 4]),
        (&[("InstanceIds", &["i-00000002", "mi-00000000000000004", "i-0000000f"][..])][..], vec![2, 4]),
        (&[("SourceIds", &["i-00000002", "a-thing"])], vec![2]),
        (&[("AgentVersion", &["2.9", "3.3.5.0"])], vec![2, 3]),
        (&[("AgentVersion", &["3.3.5"])], vec![]),
        (&[("PingStatus", &["Online"])], vec![1, 3]),
        (&[("PingStatus", &["ConnectionLost", "Inactive"])], vec![2, 4]),
        (&[("PlatformTypes", &["Linux"])], vec![1, 3]),
        (&[("PlatformType", &["Windows", "MacOS"])], vec![2]),
        (&[("ResourceType", &["EC2Instance"])], vec![1, 2]),
        (&[("SourceTypes", &["AWS::SSM::ManagedInstance"])], vec![3, 4]),
        (&[("SourceTypes", &["AWS::IoT::Thing"])], vec![]),
        (&[("ActivationIds", &[ACTIVATION])], vec![]),
        (&[("IamRole", &["any"])], vec![]),
        (&[("AssociationStatus", &["Success"])], vec![]),
        (&[("PingStatus", &["Online"]), ("PlatformTypes", &["Linux"]), ("ResourceType", &["EC2Instance"])], vec![1]),
        (&[("PingStatus", &["Online"]), ("PingStatus", &["Inactive"])], vec![]),
        (&[("InstanceIds", &["i-00000001", "i-00000002"]), ("PingStatus", &["Online"])], vec![1]),
        (&[("tag:env", &["prod", "test"])], vec![1, 2]),
        (&[("tag:env", &["prod"]), ("tag-key", &["team", "other"])], vec![1]),
        (&[("tag-key", &["environment", "team"])], vec![1, 4]),
        (&[("tag:none", &["prod"])], vec![]),
    ] {
        assert_eq!(meant(&newer(filters).unwrap()), wanted, "{filters:?}");
    }
    for (filters, wanted) in [
        (&[("InstanceIds", &["i-00000002"][..])][..], vec![2]),
        (&[("PlatformTypes", &["Linux"]), ("PingStatus", &["Online"])], vec![1, 3]),
    ] {
        assert_eq!(meant(&legacy(filters).unwrap()), wanted, "{filters:?}");
    }
}

#[test]
fn every_operator_compares_in_its_way() {
    for (filters, wanted) in [
        (&[("AgentVersion", "Equal", &["2.9"][..])][..], vec![3]),
        (&[("AgentVersion", "NotEqual", &["2.9", "3.3.5.0"])], vec![1, 4]),
        (&[("AgentVersion", "BeginWith", &["3.3."])], vec![1, 2]),
        (&[("AgentVersion", "LessThan", &["3.3.40"])], vec![2, 3]),
        (&[("AgentVersion", "GreaterThan", &["3.3.5"])], vec![1]),
        (&[("AgentVersion", "GreaterThan", &["2"]), ("AgentVersion", "LessThan", &["3.3.6"])], vec![2, 3]),
        (&[("InstanceIds", "BeginWith", &["mi-"])], vec![3, 4]),
        (&[("InstanceIds", "NotEqual", &["i-00000001"])], vec![2, 3, 4]),
        (&[("PlatformTypes", "NotEqual", &["Linux"])], vec![2, 4]),
        (&[("IamRole", "NotEqual", &["any"])], vec![1, 2, 3, 4]),
        (&[("DocumentName", "Equal", &["My-Document"])], vec![]),
        (&[("PingStatus", "BeginWith", &["On"])], vec![1, 3]),
        (&[("tag:env", "NotEqual", &["prod"])], vec![2, 3, 4]),
        (&[("tag:env", "BeginWith", &["pr"])], vec![1]),
        (&[("tag-key", "NotEqual", &["env"])], vec![4]),
        (&[("tag-key", "BeginWith", &["environ", "te"])], vec![1, 4]),
    ] {
        assert_eq!(meant(&properties(filters).unwrap()), wanted, "{filters:?}");
    }
}

#[test]
fn every_wrong_filter_has_its_error() {
    use ErrorCode as E;
    let many = vec!["x"; 101];
    for (error, code, text) in [
        (newer(&[("Tag Key", &["a"])]), E::ValidationException, "Tag Key filter Key is invalid."),
        (newer(&[("tag:", &["a"])]), E::ValidationException, "tag: filter Key is invalid."),
        (newer(&[("instanceids", &["a"])]), E::ValidationException, "instanceids filter Key is invalid."),
        (newer(&[("DocumentName", &["abc"])]), E::ValidationException, "DocumentName filter Key is invalid."),
        (newer(&[("", &["a"])]), E::ValidationException, "Value at 'filters.1.member.key'"),
        (newer(&[("PingStatus", &[])]), E::ValidationException, "Value at 'filters.1.member.values'"),
        (newer(&[("AgentVersion", &many)]), E::ValidationException, "Value at 'filters.1.member.values'"),
        (newer(&[("PingStatus", &[""])]), E::ValidationException, "'filters.1.member.values'"),
        (
            newer(&[("tag:a", &["b"]), ("PingStatus", &["Online"])]),
            E::ValidationException,
            "Cannot mix tag or inventory",
        ),
        (newer(&[("InstanceIds", &["i-00000001"]), ("tag-key", &["b"])]), E::ValidationException, "Cannot mix tag"),
        (newer(&[("PingStatus", &["foo"])]), E::InvalidInstanceInformationFilterValue, "'foo'"),
        (newer(&[("PlatformTypes", &["Linux", "linux"])]), E::InvalidInstanceInformationFilterValue, "'linux'"),
        (newer(&[("ResourceType", &["x"])]), E::InvalidInstanceInformationFilterValue, "'x'"),
        (newer(&[("SourceTypes", &["x"])]), E::InvalidInstanceInformationFilterValue, "'x'"),
        (newer(&[("AssociationStatus", &["x"])]), E::InvalidInstanceInformationFilterValue, "'x'"),
        (newer(&[("ActivationIds", &["x"])]), E::InvalidInstanceInformationFilterValue, "'x'"),
        (newer(&[("InstanceIds", &["web-1"])]), E::InvalidInstanceId, "'web-1'"),
        (legacy(&[("SourceIds", &["a"])]), E::ValidationException, "Member must satisfy enum value set: [InstanceIds,"),
        (
            legacy(&[("PingStatus", &[])]),
            E::ValidationException,
            "Value at 'instanceInformationFilterList.1.member.valueSet'",
        ),
        (legacy(&[("PingStatus", &["foo"])]), E::InvalidInstanceInformationFilterValue, "'foo'"),
        (properties(&[("Name", "Equal", &["a"])]), E::InvalidFilterKey, "Name filter Key is invalid."),
        (properties(&[("PingStatus", "Like", &["a"])]), E::ValidationException, "enum value set: [Equal,"),
        (properties(&[("PingStatus", "Equal", &["foo"])]), E::InvalidInstancePropertyFilterValue, "'foo'"),
        (properties(&[("PingStatus", "LessThan", &["Online"])]), E::InvalidInstancePropertyFilterValue, "'Online'"),
        (properties(&[("AgentVersion", "LessThan", &["new"])]), E::InvalidInstancePropertyFilterValue, "'new'"),
        (properties(&[("InstanceIds", "Equal", &["web-1"])]), E::InvalidInstanceId, "'web-1'"),
        (
            properties(&[("ActivationIds", "Equal", &["5C47E084-87EA-4467-8D32-D07C87EA60AE"])]),
            E::InvalidActivationId,
            "'5C",
        ),
        (properties(&[("DocumentName", "Equal", &["a b"])]), E::InvalidDocument, "'a b'"),
        (
            properties(&[("tag:a", "Equal", &["b"]), ("IamRole", "Equal", &["c"])]),
            E::ValidationException,
            "Cannot mix tag",
        ),
        (properties(&[("PingStatus", "Equal", &["a\nb"])]), E::ValidationException, "^.{1,100000}$"),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(text), "{error}");
    }
}

#[test]
fn the_two_styles_are_not_used_together() {
    let request = DescribeInstanceInformationRequest::default()
        .with_filter("PingStatus", ["Online"])
        .with_legacy_filter("PingStatus", ["Online"]);
    let error = checked(OperatorRequest::DescribeInstanceInformation(request)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ValidationException);
    assert_eq!(error.message(), "Cannot use both legacy and new filter simultaneously.");
    let request = DescribeInstancePropertiesRequest::default()
        .with_filter("PingStatus", None, ["Online"])
        .with_legacy_filter("PingStatus", ["Online"]);
    let error = checked(OperatorRequest::DescribeInstanceProperties(request)).unwrap_err();
    assert_eq!(error.message(), "Cannot use both legacy and new filter simultaneously.");
}

#[test]
fn a_lost_node_is_lost_by_the_rules_of_the_service() {
    let presence = PresenceRules { connection_lost_after: Duration::from_secs(30), ..PresenceRules::default() };
    let view = FleetView { now: NOW, presence: &presence, latest_agent_version: None };
    let online = newer(&[("PingStatus", &["Online"])]).unwrap();
    let held: Vec<bool> = fleet().iter().map(|node| online.hold(node, &view)).collect();
    assert_eq!(held, [true, false, false, false]);
}
