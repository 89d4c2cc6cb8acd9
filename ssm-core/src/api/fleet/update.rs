//! What an agent tells of itself.

use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::ids::InstanceId;
use crate::record::NodeInformation;

/// What an agent tells about itself, at its start and every 5 minutes. Source: agent protocol 3.2.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct UpdateInstanceInformationRequest {
    /// Who it is; required.
    pub instance_id: String,
    /// The program.
    pub agent_name: Option<String>,
    /// `Active`, or what an update of the agent tells. Nothing shows it.
    pub agent_status: Option<String>,
    /// Its version, at least 5 characters.
    pub agent_version: Option<String>,
    /// Where a cloud runs the machine. Nothing shows it.
    pub availability_zone: Option<String>,
    /// The same by its id. Nothing shows it.
    pub availability_zone_id: Option<String>,
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
    /// How it gets its messages: `ec2messages`, `ssmmessages` or nothing. Nothing shows it; `GetConnectionStatus` goes by polls.
    #[serde(rename = "SSMConnectionChannel")]
    pub ssm_connection_channel: Option<String>,
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
    /// `ValidationException` for what is no id.
    pub fn parse(&self) -> Result<InstanceId, ApiError> {
        self.instance_id.parse().map_err(|error| ApiError::validation(format!("{error}")))
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
    use super::*;
    use crate::api::{ErrorCode, NodeRequest};
    use crate::document::Platform;

    const ID: &str = "mi-0123456789abcdef0";

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
            assert!(NodeRequest::UpdateInstanceInformation(ping.clone()).check().is_err(), "{id:?}");
            assert_eq!(ping.parse().unwrap_err().code(), ErrorCode::ValidationException, "{id:?}");
        }
        assert!(UpdateInstanceInformationRequest::new(&ID.parse().unwrap()).parse().is_ok());
    }
}
