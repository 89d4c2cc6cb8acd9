//! Listing managed instances.

use serde::{Deserialize, Serialize};

use super::filter::{Dialect, Given};
use super::version::Version;
use super::{FleetView, NodeFilters, page_size};
use crate::api::{ApiError, ErrorCode};
use crate::document::Platform;
use crate::ids::InstanceId;
use crate::record::{Node, NodeKind, PingStatus};
use crate::time::{Timestamp, epoch_seconds};

/// Lists managed instances, by id. Source: API reference, `DescribeInstanceInformation`.
///
/// Filters hold all together, and each by any of its values; those of tags do not stand beside others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DescribeInstanceInformationRequest {
    /// Filters of the legacy style, at most 40 (our choice); or else `filters`.
    pub instance_information_filter_list: Vec<InstanceInformationFilter>,
    /// Filters, at most 40 (our choice).
    pub filters: Vec<InstanceInformationStringFilter>,
    /// Page size, 5 to 50; default 10.
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// A filter of the legacy style. Source: API reference, `InstanceInformationFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceInformationFilter {
    /// `InstanceIds`, `AgentVersion`, `PingStatus`, `PlatformTypes`, `ActivationIds`, `IamRole`, `ResourceType` or
    /// `AssociationStatus`; required.
    pub key: String,
    /// 1 to 100 values; required.
    pub value_set: Option<Vec<String>>,
}

/// A filter. Source: API reference, `InstanceInformationStringFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InstanceInformationStringFilter {
    /// A key of the legacy style, `PlatformType`, `SourceIds`, `SourceTypes`, `tag-key` or `tag:KEY`; required.
    pub key: String,
    /// 1 to 100 values; required.
    pub values: Option<Vec<String>>,
}

const DIALECT: Dialect = Dialect {
    // Source: service-side answers; the documented `InvalidFilterKey` was not seen.
    unknown_key: |key| ApiError::validation(format!("{key} filter Key is invalid.")),
    bad_value: ErrorCode::InvalidInstanceInformationFilterValue,
    bad_activation: ErrorCode::InvalidInstanceInformationFilterValue,
    knows_documents: false,
};

impl DescribeInstanceInformationRequest {
    /// The same with one more filter.
    #[must_use]
    pub fn with_filter<T: Into<String>>(mut self, key: impl Into<String>, values: impl IntoIterator<Item = T>) -> Self {
        let values = Some(values.into_iter().map(Into::into).collect());
        self.filters.push(InstanceInformationStringFilter { key: key.into(), values });
        self
    }

    /// The same with one more filter of the legacy style.
    #[must_use]
    pub fn with_legacy_filter<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let value_set = Some(values.into_iter().map(Into::into).collect());
        self.instance_information_filter_list.push(InstanceInformationFilter { key: key.into(), value_set });
        self
    }

    /// The same by pages of this size.
    #[must_use]
    pub fn with_page_size(mut self, size: i64) -> Self {
        self.max_results = Some(size);
        self
    }

    /// The same from where the last page ended.
    #[must_use]
    pub fn after(mut self, token: Option<String>) -> Self {
        self.next_token = token;
        self
    }

    /// The filters and the page size of a request that keeps the constraints.
    ///
    /// # Errors
    /// `ValidationException` for an unknown key and for filters that do not go together, `InvalidInstanceId`,
    /// `InvalidInstanceInformationFilterValue` for a value that its key cannot have.
    pub fn parse(&self) -> Result<(NodeFilters, usize), ApiError> {
        let legacy = self.instance_information_filter_list.iter().map(|filter| Given {
            key: &filter.key,
            values: filter.value_set.as_deref().unwrap_or_default(),
            operator: None,
        });
        let filters = self.filters.iter().map(|filter| Given {
            key: &filter.key,
            values: filter.values.as_deref().unwrap_or_default(),
            operator: None,
        });
        Ok((NodeFilters::read(legacy, filters, &DIALECT)?, page_size(self.max_results, 10)))
    }
}

/// A page of managed instances.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeInstanceInformationResponse {
    /// The instances. May be fewer than a page, or none, before the last page, when a filter passes over many.
    pub instance_information_list: Vec<InstanceInformation>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A managed instance as the API shows it. Source: API reference, `InstanceInformation`.
///
/// Never shown, since there are no activations and no associations: `ActivationId`, `IamRole`, `Name` (of an activation),
/// `AssociationStatus`, `AssociationOverview`, `LastAssociationExecutionDate` and `LastSuccessfulAssociationExecutionDate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct InstanceInformation {
    /// Its id.
    pub instance_id: InstanceId,
    /// Whether it is heard of.
    pub ping_status: PingStatus,
    /// When it pinged last, to [`Node::PRESENCE_STEP`].
    #[serde(with = "epoch_seconds")]
    pub last_ping_date_time: Timestamp,
    /// Its agent's version.
    pub agent_version: String,
    /// Whether that is the newest; absent when the service was not told which is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_latest_version: Option<bool>,
    /// Its operating system; absent when the agent named none that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    /// When an instance with an `mi-` id was heard of first.
    #[serde(default, with = "epoch_seconds::option", skip_serializing_if = "Option::is_none")]
    pub registration_date: Option<Timestamp>,
    /// Its id.
    pub source_id: String,
    /// `AWS::SSM::ManagedInstance` for `mi-` ids, `AWS::EC2::Instance` for `i-` ids.
    pub source_type: String,
}

impl InstanceInformation {
    /// What is known of a node.
    #[must_use]
    pub fn of(node: &Node, view: &FleetView<'_>) -> Self {
        let kind = NodeKind::of(&node.instance);
        let (known, version) = (&node.information, &node.information.agent_version);
        let is_latest = |latest| Version::compare(version, latest).is_some_and(std::cmp::Ordering::is_ge);
        Self {
            instance_id: node.instance.clone(),
            ping_status: node.ping_status(view.presence, view.now),
            last_ping_date_time: node.pinged_at,
            agent_version: version.clone(),
            is_latest_version: view.latest_agent_version.map(is_latest),
            platform_type: known.platform,
            platform_name: known.platform_name.clone(),
            platform_version: known.platform_version.clone(),
            resource_type: kind.resource_type().to_owned(),
            ip_address: known.ip_address.clone(),
            computer_name: known.computer_name.clone(),
            registration_date: (kind == NodeKind::Hybrid).then_some(node.registered_at),
            source_id: node.instance.to_string(),
            source_type: kind.source_type().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::api::OperatorRequest;
    use crate::record::PresenceRules;

    #[test]
    fn pages_of_instances_have_five_to_fifty() {
        for (size, wanted) in
            [(None, Some(10)), (Some(5), Some(5)), (Some(50), Some(50)), (Some(4), None), (Some(51), None)]
        {
            let request = DescribeInstanceInformationRequest { max_results: size, ..Default::default() };
            let checked = OperatorRequest::DescribeInstanceInformation(request.clone()).check();
            let read = checked.and_then(|()| request.parse()).ok();
            assert_eq!(read.map(|(_, size)| size), wanted, "{size:?}");
        }
    }

    #[test]
    fn an_instance_is_shown_by_the_form_of_its_id_and_what_it_told() {
        let pinged = Timestamp::from_millis(1_795_318_754_500);
        let presence = PresenceRules::default();
        let view = |latest| FleetView {
            now: pinged + Duration::from_secs(16 * 60),
            presence: &presence,
            latest_agent_version: latest,
        };
        let id = "mi-0123456789abcdef0";
        let mut node = Node::registered("123456789012".parse().unwrap(), id.parse().unwrap(), pinged);
        node.information.agent_version = "3.3.5.0".to_owned();
        let json = serde_json::to_value(InstanceInformation::of(&node, &view(None))).unwrap();
        assert_eq!(
            json,
            serde_json::json!({
                "InstanceId": id, "PingStatus": "ConnectionLost", "LastPingDateTime": 1_795_318_754.5,
                "AgentVersion": "3.3.5.0", "PlatformName": "", "PlatformVersion": "", "IPAddress": "", "ComputerName": "",
                "RegistrationDate": 1_795_318_754.5, "ResourceType": "ManagedInstance", "SourceId": id,
                "SourceType": "AWS::SSM::ManagedInstance",
            })
        );
        let read: InstanceInformation = serde_json::from_value(json).unwrap();
        assert_eq!(read, InstanceInformation::of(&node, &view(None)));
        for (latest, wanted) in [("3.3.5", true), ("3.3.40.0", false), ("2.0", true), ("unknown", false)] {
            assert_eq!(InstanceInformation::of(&node, &view(Some(latest))).is_latest_version, Some(wanted), "{latest}");
        }
        node.instance = "i-01234567".parse().unwrap();
        let shown = InstanceInformation::of(&node, &view(None));
        assert_eq!((shown.resource_type.as_str(), shown.source_type.as_str()), ("EC2Instance", "AWS::EC2::Instance"));
        assert_eq!(shown.registration_date, None);
    }
}
