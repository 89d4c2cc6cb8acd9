//! Listings of managed instances: an index first, then filters over a bounded number of rows.

use serde::Serialize;
use ssm_core::api::{
    ApiError, DescribeInstanceInformationRequest, DescribeInstanceInformationResponse,
    DescribeInstancePropertiesRequest, DescribeInstancePropertiesResponse, FleetView, InstanceInformation,
    InstanceProperty, NodeFilters,
};
use ssm_core::ids::InstanceId;
use ssm_core::ports::{Action, CallerContext, NodeQuery};
use ssm_core::record::Node;
use ssm_core::time::Timestamp;

use super::super::pages::Listing;
use super::super::{ControlPlane, unavailable};

/// Most rows that one call of a listing looks at. A filter that no index serves may find fewer than a page among them; the answer
/// then has a token, and the next call goes on from there.
const MOST_LOOKED_AT: usize = 1000;
/// Most rows that a listing with such filters reads at once.
const READ_AT_ONCE: usize = 250;

impl ControlPlane {
    pub(in super::super) async fn describe_instance_information(
        &self,
        context: &CallerContext,
        request: DescribeInstanceInformationRequest,
    ) -> Result<DescribeInstanceInformationResponse, ApiError> {
        let (filters, limit) = request.parse()?;
        self.authorize(context, Action::new("DescribeInstanceInformation")).await?;
        let given = (&request.instance_information_filter_list, &request.filters);
        let listing = Listing::of_caller("DescribeInstanceInformation", context, &given);
        let now = self.now();
        let page = self.page_of_nodes(context, &listing, &filters, request.next_token.as_deref(), limit, now).await?;
        let view = self.view_at(now);
        Ok(DescribeInstanceInformationResponse {
            instance_information_list: page.nodes.iter().map(|node| InstanceInformation::of(node, &view)).collect(),
            next_token: page.next_token,
        })
    }

    pub(in super::super) async fn describe_instance_properties(
        &self,
        context: &CallerContext,
        request: DescribeInstancePropertiesRequest,
    ) -> Result<DescribeInstancePropertiesResponse, ApiError> {
        let (filters, limit) = request.parse()?;
        self.authorize(context, Action::new("DescribeInstanceProperties")).await?;
        let given = (&request.instance_property_filter_list, &request.filters_with_operator);
        let listing = Listing::of_caller("DescribeInstanceProperties", context, &given);
        let now = self.now();
        let page = self.page_of_nodes(context, &listing, &filters, request.next_token.as_deref(), limit, now).await?;
        let view = self.view_at(now);
        Ok(DescribeInstancePropertiesResponse {
            instance_properties: page.nodes.iter().map(|node| InstanceProperty::of(node, &view)).collect(),
            next_token: page.next_token,
        })
    }

    fn view_at(&self, now: Timestamp) -> FleetView<'_> {
        let settings = &self.0.settings;
        FleetView { now, presence: &settings.presence, latest_agent_version: settings.latest_agent_version.as_deref() }
    }

    async fn page_of_nodes(
        &self,
        context: &CallerContext,
        listing: &Listing,
        filters: &NodeFilters,
        token: Option<&str>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page, ApiError> {
        let view = self.view_at(now);
        let mut after: Option<InstanceId> = listing.cursor(token)?;
        let (mut nodes, mut looked_at) = (Vec::new(), 0);
        // One more than a page, to see whether it is the last.
        let most = MOST_LOOKED_AT.max(limit + 1);
        while looked_at < most {
            let wanted = if filters.are_selective() { limit + 1 } else { READ_AT_ONCE };
            let query =
                NodeQuery { selector: filters.selector(), after: after.clone(), limit: wanted.min(most - looked_at) };
            let rows = self.0.store.nodes(&context.account, &query).await.map_err(unavailable)?;
            let last = rows.len() < query.limit;
            for node in rows {
                looked_at += 1;
                let held = filters.hold(&node, &view);
                if held && nodes.len() == limit {
                    return Ok(Page { nodes, next_token: token_at(listing, after) });
                }
                after = Some(node.instance.clone());
                if held {
                    nodes.push(node);
                }
            }
            if last {
                return Ok(Page { nodes, next_token: None });
            }
        }
        Ok(Page { nodes, next_token: token_at(listing, after) })
    }
}

struct Page {
    nodes: Vec<Node>,
    next_token: Option<String>,
}

fn token_at(listing: &Listing, cursor: Option<impl Serialize>) -> Option<String> {
    cursor.map(|cursor| listing.token(cursor))
}
