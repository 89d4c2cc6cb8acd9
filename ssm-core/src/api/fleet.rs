//! Shapes around managed instances.

use serde::{Deserialize, Serialize};

use super::constraints::{Constraints, pattern};
use super::{ApiError, ErrorCode};
use crate::document::Platform;
use crate::ids::InstanceId;
use crate::record::{Node, NodeInformation};
use crate::time::{Timestamp, epoch_seconds};

/// Lists managed instances. Source: API reference, `DescribeInstanceInformation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DescribeInstanceInformationRequest {
    /// Page size, 5 to 50; default 10.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

impl DescribeInstanceInformationRequest {
    /// The page size, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints.
    pub fn parse(&self) -> Result<usize, ApiError> {
        let mut broken = Constraints::default();
        broken.range("maxResults", self.max_results, 5, 50);
        broken.finish()?;
        Ok(self.max_results.and_then(|size| usize::try_from(size).ok()).unwrap_or(10))
    }
}

/// A page of managed instances.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeInstanceInformationResponse {
    /// The instances.
    pub instance_information_list: Vec<InstanceInformation>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Whether an instance is heard of. Source: API reference, `PingStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PingStatus {
    /// It pinged within the last 15 minutes.
    Online,
    /// It did not.
    ConnectionLost,
}

/// A managed instance as the API shows it. Source: API reference, `InstanceInformation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct InstanceInformation {
    /// Its id.
    pub instance_id: InstanceId,
    /// Whether it is heard of.
    pub ping_status: PingStatus,
    /// When it pinged last.
    #[serde(with = "epoch_seconds")]
    pub last_ping_date_time: Timestamp,
    /// Its agent's version.
    pub agent_version: String,
    /// Its operating system; absent when the agent named none that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_type: Option<Platform>,
    /// The distribution.
    pub platform_name: String,
    /// The distribution's version.
    pub platform_version: String,
    /// `ManagedInstance` for `mi-` ids, `EC2Instance` for `i-` ids.
    pub resource_type: String,
    /// The main address.
    #[serde(rename = "IPAddress")]
    pub ip_address: String,
    /// The host name.
    pub computer_name: String,
    /// When it was heard of first.
    #[serde(with = "epoch_seconds")]
    pub registration_date: Timestamp,
}

impl InstanceInformation {
    /// What is known of a node, at this time.
    #[must_use]
    pub fn of(node: &Node, now: Timestamp) -> Self {
        let lost = now.since(node.pinged_at) > Node::CONNECTION_LOST_TIME;
        let hybrid = node.instance.as_str().starts_with("mi-");
        Self {
            instance_id: node.instance.clone(),
            ping_status: if lost { PingStatus::ConnectionLost } else { PingStatus::Online },
            last_ping_date_time: node.pinged_at,
            agent_version: node.information.agent_version.clone(),
            platform_type: node.information.platform,
            platform_name: node.information.platform_name.clone(),
            platform_version: node.information.platform_version.clone(),
            resource_type: if hybrid { "ManagedInstance" } else { "EC2Instance" }.to_owned(),
            ip_address: node.information.ip_address.clone(),
            computer_name: node.information.computer_name.clone(),
            registration_date: node.registered_at,
        }
    }
}

/// Tags a managed instance. Source: API reference, `AddTagsToResource`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct AddTagsToResourceRequest {
    /// `ManagedInstance`, the only type that is served; required.
    pub resource_type: String,
    /// The instance's id; required.
    pub resource_id: String,
    /// The tags; a key that is there gets the new value. Required, at most 1,000.
    pub tags: Vec<Tag>,
}

/// A tag. Source: API reference, `Tag`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// 1 to 128 characters, not beginning with `aws:`.
    pub key: String,
    /// At most 256 characters.
    pub value: String,
}

impl AddTagsToResourceRequest {
    /// Tags this instance.
    #[must_use]
    pub fn of_instance(instance: &InstanceId, tags: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            resource_type: "ManagedInstance".to_owned(),
            resource_id: instance.to_string(),
            tags: tags.into_iter().map(|(key, value)| Tag { key, value }).collect(),
        }
    }

    /// The instance, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints, `InvalidResourceType`, `InvalidResourceId`.
    pub fn parse(&self) -> Result<InstanceId, ApiError> {
        let mut broken = Constraints::default();
        broken.required("resourceType", &self.resource_type);
        broken.required("resourceId", &self.resource_id);
        broken.items("tags", self.tags.len(), 1000);
        for (index, tag) in self.tags.iter().enumerate().take(1000) {
            broken.length(&format!("tags.{}.member.key", index + 1), &tag.key, 1, 128);
            broken.length(&format!("tags.{}.member.value", index + 1), &tag.value, 0, 256);
        }
        broken.finish()?;
        if self.tags.iter().any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:")) {
            return Err(ApiError::validation("Tag keys beginning with aws: are reserved."));
        }
        if self.resource_type != "ManagedInstance" {
            return Err(ApiError::new(ErrorCode::InvalidResourceType, "Only ManagedInstance has tags here."));
        }
        self.resource_id.parse().map_err(|error| ApiError::new(ErrorCode::InvalidResourceId, format!("{error}")))
    }
}

/// Nothing to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddTagsToResourceResponse {}

/// What an agent tells about itself, at its start and every 5 minutes. Source: agent protocol 3.2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct UpdateInstanceInformationRequest {
    /// Who it is; required.
    pub instance_id: String,
    /// The program.
    pub agent_name: Option<String>,
    /// Its version.
    pub agent_version: Option<String>,
    /// `Linux`, `Windows` or `MacOS`, in any case.
    pub platform_type: Option<String>,
    /// The distribution.
    pub platform_name: Option<String>,
    /// The distribution's version.
    pub platform_version: Option<String>,
    /// The host name.
    pub computer_name: Option<String>,
    /// The main address.
    #[serde(rename = "IPAddress")]
    pub ip_address: Option<String>,
}

impl UpdateInstanceInformationRequest {
    /// Most characters that are kept of each text. Our choice.
    const MOST: usize = 255;

    /// A ping of this instance.
    #[must_use]
    pub fn new(instance: &InstanceId) -> Self {
        Self { instance_id: instance.to_string(), ..Self::default() }
    }

    /// The instance, read.
    ///
    /// # Errors
    /// `ValidationException` for broken constraints.
    pub fn parse(&self) -> Result<InstanceId, ApiError> {
        let mut broken = Constraints::default();
        broken.required("instanceId", &self.instance_id);
        let id = broken.parsed("instanceId", &self.instance_id, pattern::INSTANCE_ID);
        broken.finish()?;
        id.ok_or_else(|| ApiError::validation("instanceId"))
    }

    /// What is known after this call: members that it leaves out stay as they were, since the short form of the call has only
    /// four of them.
    #[must_use]
    pub fn onto(&self, known: &NodeInformation) -> NodeInformation {
        let kept = |new: &Option<String>, old: &String| match new {
            Some(text) => text.chars().take(Self::MOST).collect(),
            None => old.clone(),
        };
        NodeInformation {
            agent_name: kept(&self.agent_name, &known.agent_name),
            agent_version: kept(&self.agent_version, &known.agent_version),
            platform: self.platform_type.as_deref().and_then(|name| name.parse().ok()).or(known.platform),
            platform_name: kept(&self.platform_name, &known.platform_name),
            platform_version: kept(&self.platform_version, &known.platform_version),
            computer_name: kept(&self.computer_name, &known.computer_name),
            ip_address: kept(&self.ip_address, &known.ip_address),
        }
    }
}

/// Nothing to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateInstanceInformationResponse {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::record::Revision;

    const ID: &str = "mi-0123456789abcdef0";

    fn tagging(tags: &[(&str, &str)]) -> AddTagsToResourceRequest {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        AddTagsToResourceRequest::of_instance(&ID.parse().unwrap(), tags)
    }

    #[test]
    fn pages_of_instances_have_five_to_fifty() {
        for (size, wanted) in
            [(None, Some(10)), (Some(5), Some(5)), (Some(50), Some(50)), (Some(4), None), (Some(51), None)]
        {
            let request = DescribeInstanceInformationRequest { max_results: size, next_token: None };
            assert_eq!(request.parse().ok(), wanted, "{size:?}");
        }
        let request = DescribeInstanceInformationRequest { max_results: Some(4), next_token: None };
        assert_eq!(
            request.parse().unwrap_err().message(),
            "1 validation error detected: Value '4' at 'maxResults' failed to satisfy constraint: \
             Member must have value greater than or equal to 5"
        );
    }

    #[test]
    fn tags_keep_their_bounds_and_each_fault_names_its_place() {
        assert!(tagging(&[("Env", "Prod"), ("empty", "")]).parse().is_ok());
        assert!(tagging(&[(&"k".repeat(128), &"v".repeat(256))]).parse().is_ok());
        let error = tagging(&[("ok", ""), ("", &"v".repeat(257))]).parse().unwrap_err();
        assert_eq!(error.code(), ErrorCode::ValidationException);
        assert!(
            error.message().starts_with("2 validation errors detected: Value '' at 'tags.2.member.key'"),
            "{error}"
        );
        assert!(error.message().contains("at 'tags.2.member.value'"), "{error}");
        for key in ["aws:x", "AWS:x"] {
            assert_eq!(tagging(&[(key, "")]).parse().unwrap_err().code(), ErrorCode::ValidationException);
        }
    }

    #[test]
    fn only_managed_instances_with_an_id_of_their_form_are_tagged() {
        let edited = |edit: fn(&mut AddTagsToResourceRequest)| {
            let mut request = tagging(&[("a", "b")]);
            edit(&mut request);
            request.parse().unwrap_err().code()
        };
        assert_eq!(edited(|it| it.resource_type = "Document".to_owned()), ErrorCode::InvalidResourceType);
        assert_eq!(edited(|it| it.resource_id = "web-1".to_owned()), ErrorCode::InvalidResourceId);
        assert_eq!(edited(|it| it.resource_id.clear()), ErrorCode::ValidationException);
        assert_eq!(edited(|it| it.resource_type.clear()), ErrorCode::ValidationException);
    }

    #[test]
    fn a_short_ping_leaves_what_is_known_as_it_was() {
        let known = NodeInformation {
            agent_name: "amazon-ssm-agent".to_owned(),
            agent_version: "3.2".to_owned(),
            platform: Some(Platform::Linux),
            platform_name: "Ubuntu".to_owned(),
            computer_name: "host".to_owned(),
            ..NodeInformation::default()
        };
        let mut ping = UpdateInstanceInformationRequest::new(&ID.parse().unwrap());
        assert_eq!(ping.onto(&known), known);
        ping.agent_version = Some("3.3".to_owned());
        ping.platform_type = Some("plan9".to_owned());
        ping.computer_name = Some("h".repeat(1000));
        let after = ping.onto(&known);
        assert_eq!((after.agent_version.as_str(), after.platform), ("3.3", Some(Platform::Linux)));
        assert_eq!(after.computer_name.len(), 255);
        ping.platform_type = Some("windows".to_owned());
        assert_eq!(ping.onto(&known).platform, Some(Platform::Windows));
    }

    #[test]
    fn a_ping_needs_an_instance_id() {
        for id in ["", "web-1", "i-1"] {
            let ping = UpdateInstanceInformationRequest { instance_id: id.to_owned(), ..Default::default() };
            assert_eq!(ping.parse().unwrap_err().code(), ErrorCode::ValidationException, "{id:?}");
        }
        assert!(UpdateInstanceInformationRequest::new(&ID.parse().unwrap()).parse().is_ok());
    }

    #[test]
    fn an_instance_is_lost_after_fifteen_minutes_without_a_ping() {
        let pinged = Timestamp::from_millis(1_795_318_754_500);
        let mut node = Node {
            account: "123456789012".parse().unwrap(),
            instance: ID.parse().unwrap(),
            revision: Revision::NEW,
            registered_at: pinged,
            pinged_at: pinged,
            polled_at: None,
            information: NodeInformation::default(),
            tags: BTreeMap::new(),
        };
        let quarter = Duration::from_secs(15 * 60);
        assert_eq!(InstanceInformation::of(&node, pinged + quarter).ping_status, PingStatus::Online);
        let later = pinged + quarter + Duration::from_millis(1);
        let lost = InstanceInformation::of(&node, later);
        assert_eq!((lost.ping_status, lost.resource_type.as_str()), (PingStatus::ConnectionLost, "ManagedInstance"));
        let json = serde_json::to_value(&lost).unwrap();
        assert_eq!(json["LastPingDateTime"], 1_795_318_754.5);
        assert_eq!((&json["PingStatus"], &json["IPAddress"]), (&"ConnectionLost".into(), &"".into()));
        assert!(json.get("PlatformType").is_none(), "absent until the agent tells one");
        node.instance = "i-01234567".parse().unwrap();
        assert_eq!(InstanceInformation::of(&node, later).resource_type, "EC2Instance");
    }
}
