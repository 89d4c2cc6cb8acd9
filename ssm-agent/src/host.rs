//! What the machine says of itself.

use std::fs;

use ssm_core::api::UpdateInstanceInformationRequest;
use ssm_core::ids::InstanceId;

/// What an agent tells about its machine: platform, distribution and host name. What cannot be found is left out.
///
/// The address is not looked up: the loopback one would be of no use, and finding another needs a network.
#[must_use]
pub fn describe_host(instance: &InstanceId) -> UpdateInstanceInformationRequest {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let mut told = UpdateInstanceInformationRequest::new(instance);
    told.agent_name = Some(env!("CARGO_PKG_NAME").to_owned());
    told.agent_version = Some(env!("CARGO_PKG_VERSION").to_owned());
    told.platform_type = platform().map(|platform| platform.to_string());
    told.platform_name = field(&release, "NAME");
    told.platform_version = field(&release, "VERSION_ID");
    told.computer_name = host_name();
    told
}

/// The platform that this agent was built for, if documents know it.
pub(crate) fn platform() -> Option<ssm_core::document::Platform> {
    use ssm_core::document::Platform;
    match std::env::consts::OS {
        "linux" => Some(Platform::Linux),
        "macos" => Some(Platform::MacOS),
        "windows" => Some(Platform::Windows),
        _ => None,
    }
}

fn host_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| fs::read_to_string("/etc/hostname")).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A value of `os-release`, whose lines are `NAME=value` or `NAME="value"`.
fn field(release: &str, name: &str) -> Option<String> {
    let value = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    let value = value.trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_os_release_are_read_with_and_without_quotes() {
        let release = "PRETTY_NAME=\"Some Linux 12\"\nNAME=\"Some Linux\"\nVERSION_ID=12\nEMPTY=\n";
        assert_eq!(field(release, "NAME").as_deref(), Some("Some Linux"));
        assert_eq!(field(release, "VERSION_ID").as_deref(), Some("12"));
        assert_eq!(field(release, "EMPTY"), None);
        assert_eq!(field(release, "MISSING"), None);
    }
}
