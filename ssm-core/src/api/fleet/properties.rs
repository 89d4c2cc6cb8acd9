//! Listing managed instances with filters that compare.

use serde::{Deserialize, Serialize};

use super::filter::{Dialect, Given};
use super::{FleetView, InstanceInformation, NodeFilters, page_size};
use crate::api::{ApiError, ErrorCode};
use crate::document::Platform;
use crate::ids::InstanceId;
use crate::record::{Node, PingStatus};
use crate::time::{Timestamp, epoch_seconds};

/// Lists managed instances, by id. Source: API reference, `DescribeInstanceProperties`.
///
/// Filters hold all together, and each by any of its values, but `NotEqual` by none; those of tags do not stand beside others
/// (our choice, as in `DescribeInstanceInformation`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct DescribeInstancePropertiesRequest {
    /// Filters of the legacy style, 1 to 40; or else `filters_with_operator`.
    pub instance_property_filter_list: Option<Vec<InstancePropertyFilter>>,
    /// Filters, 1 to 40.
    pub filters_with_operator: Option<Vec<InstancePropertyStringFilter>>,
    /// Page size, 5 to 1,000; default 10 (our choice).
    pub max_results: Option<i64>,
    /// Where the last page ended.
    pub next_token: Option<String>,
}

/// A filter of the legacy style. Source: API reference, `InstancePropertyFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstancePropertyFilter {
    /// `InstanceIds`, `AgentVersion`, `PingStatus`, `PlatformTypes`, `DocumentName`, `ActivationIds`, `IamRole`, `ResourceType`
    /// or `AssociationStatus`; required.
    pub key: String,
    /// 1 to 40 values; required.
    pub value_set: Option<Vec<String>>,
}

/// A filter that compares. Source: API reference, `InstancePropertyStringFilter`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InstancePropertyStringFilter {
    /// A key of the legacy style, or (our choice) any key of `DescribeInstanceInformation`; required.
    pub key: String,
    /// 1 to 40 values; required.
    pub values: Option<Vec<String>>,
    /// `Equal` (the default, our choice), `NotEqual`, `BeginWith`; for `AgentVersion` also `LessThan` and `GreaterThan`, which
    /// compare the numbers of versions. A node without the property is not equal to anything (our choice).
    pub operator: Option<String>,
}

const DIALECT: Dialect = Dialect {
    unknown_key: |key| ApiError::new(ErrorCode::InvalidFilterKey, format!("{key} filter Key is invalid.")),
    bad_value: ErrorCode::InvalidInstancePropertyFilterValue,
    bad_activation: ErrorCode::InvalidActivationId,
    knows_documents: true,
};

impl DescribeInstancePropertiesRequest {
    /// The same with one more filter.
    #[must_use]
    pub fn with_filter<T: Into<String>>(
        mut self,
        key: impl Into<String>,
        operator: Option<&str>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let values = Some(values.into_iter().map(Into::into).collect());
        let operator = operator.map(str::to_owned);
        let filter = InstancePropertyStringFilter { key: key.into(), values, operator };
        self.filters_with_operator.get_or_insert_default().push(filter);
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
        let filter = InstancePropertyFilter { key: key.into(), value_set };
        self.instance_property_filter_list.get_or_insert_default().push(filter);
        self
    }

    /// The filters and the page size of a request that keeps the constraints.
    ///
    /// # Errors
    /// `InvalidFilterKey`, `InvalidInstanceId`, `InvalidActivationId`, `InvalidDocument` for a malformed name,
    /// `InvalidInstancePropertyFilterValue` for any other value that its key cannot have or its operator cannot compare,
    /// `ValidationException` for filters that do not go together.
    pub fn parse(&self) -> Result<(NodeFilters, usize), ApiError> {
        let legacy = self.instance_property_filter_list.as_deref().unwrap_or_default();
        let legacy = legacy.iter().map(|filter| Given {
            key: &filter.key,
            values: filter.value_set.as_deref().unwrap_or_default(),
            operator: None,
        });
        let filters = self.filters_with_operator.as_deref().unwrap_or_default();
        let filters = filters.iter().map(|filter| Given {
            key: &filter.key,
            values: filter.values.as_deref().unwrap_or_default(),
            operator: filter.operator.as_deref(),
        });
        Ok((NodeFilters::read(legacy, filters, &DIALECT)?, page_size(self.max_results, 10)))
    }
}

/// A page of managed instances.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeInstancePropertiesResponse {
    /// The instances. May be fewer than a page, or none, before the last page, when a filter passes over many.
    pub instance_properties: Vec<InstanceProperty>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A managed instance with its properties. Source: API reference, `InstanceProperty`.
///
/// Besides what [`InstanceInformation`] never shows: what only a cloud knows of its machines (`InstanceType`, `InstanceRole`,
/// `KeyName`, `InstanceState`, `Architecture`, `LaunchTime`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct InstanceProperty {
    /// The value of its tag `Name`; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
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

impl InstanceProperty {
    /// What is known of a node.
    #[must_use]
    pub fn of(node: &Node, view: &FleetView<'_>) -> Self {
        let known = InstanceInformation::of(node, view);
        Self {
            name: node.tags.get("Name").cloned(),
            instance_id: known.instance_id,
            ping_status: known.ping_status,
            last_ping_date_time: known.last_ping_date_time,
            agent_version: known.agent_version,
            platform_type: known.platform_type,
            platform_name: known.platform_name,
            platform_version: known.platform_version,
            resource_type: known.resource_type,
            ip_address: known.ip_address,
            computer_name: known.computer_name,
            registration_date: known.registration_date,
            source_id: known.source_id,
            source_type: known.source_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::OperatorRequest;

    #[test]
    fn pages_have_five_to_a_thousand_and_lists_of_filters_one_to_forty() {
        let check = |request: DescribeInstancePropertiesRequest| {
            OperatorRequest::DescribeInstanceProperties(request.clone()).check().and_then(|()| request.parse())
        };
        for (size, wanted) in
            [(None, Some(10)), (Some(5), Some(5)), (Some(1000), Some(1000)), (Some(4), None), (Some(1001), None)]
        {
            let request = DescribeInstancePropertiesRequest { max_results: size, ..Default::default() };
            assert_eq!(check(request).ok().map(|(_, size)| size), wanted, "{size:?}");
        }
        for (filters, taken) in [(0, false), (1, true), (40, true), (41, false)] {
            let empty = DescribeInstancePropertiesRequest::default();
            let newer = (0..filters).fold(
                DescribeInstancePropertiesRequest { filters_with_operator: Some(Vec::new()), ..empty.clone() },
                |request, _| request.with_filter("AgentVersion", None, ["1"]),
            );
            let legacy = (0..filters).fold(
                DescribeInstancePropertiesRequest { instance_property_filter_list: Some(Vec::new()), ..empty },
                |request, _| request.with_legacy_filter("AgentVersion", ["1"]),
            );
            assert_eq!((check(newer).is_ok(), check(legacy).is_ok()), (taken, taken), "{filters}");
        }
    }
}
