//! Resource groups: named queries of the configuration.

use ssm_core::api::ApiError;
use ssm_core::engine::NewCommand;
use ssm_core::ids::AccountId;
use ssm_core::record::{Target, Targeting};

use super::super::ControlPlane;

impl ControlPlane {
    /// Puts what a command's resource group means into its targets. From here on a change of the settings changes nothing for it.
    ///
    /// # Errors
    /// `ValidationException` for a group that the settings do not have, or one of another account (our choice).
    pub(in super::super) fn resolve_groups(
        &self,
        account: &AccountId,
        mut new: NewCommand,
    ) -> Result<NewCommand, ApiError> {
        let Targeting::Targets(targets) = &mut new.targeting else { return Ok(new) };
        for target in targets {
            if let Target::Group { name, members } = target {
                let known = group_name(name, account).and_then(|name| self.0.settings.groups.get(name));
                members.clone_from(known.ok_or_else(|| unknown(name))?);
            }
        }
        Ok(new)
    }
}

fn unknown(name: &str) -> ApiError {
    let name: String = name.chars().take(64).collect();
    ApiError::validation(format!("Resource group '{name}' does not exist."))
}

/// The name in `arn:PARTITION:resource-groups:REGION:ACCOUNT:group/NAME`, or the text itself when it is no ARN. `None` for an ARN
/// of something else, or of another account.
fn group_name<'a>(text: &'a str, account: &AccountId) -> Option<&'a str> {
    if !text.starts_with("arn:") {
        return Some(text);
    }
    let mut parts = text.splitn(6, ':').skip(2);
    let (service, _region, owner, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // Newer groups have an id behind their name.
    let name = resource.strip_prefix("group/")?.split('/').next()?;
    (service == "resource-groups" && owner == account.as_str()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_named_by_its_name_or_by_an_arn_of_the_same_account() {
        let account = "123456789012".parse().unwrap();
        for (text, wanted) in [
            ("web", Some("web")),
            ("", Some("")),
            ("arn:aws:resource-groups:us-east-1:123456789012:group/web", Some("web")),
            ("arn:aws-cn:resource-groups::123456789012:group/web/0abc", Some("web")),
            ("arn:aws:resource-groups:us-east-1:210987654321:group/web", None),
            ("arn:aws:ec2:us-east-1:123456789012:group/web", None),
            ("arn:aws:resource-groups:us-east-1:123456789012:web", None),
            ("arn:aws:resource-groups", None),
            ("arn:", None),
        ] {
            assert_eq!(group_name(text, &account), wanted, "{text}");
        }
    }
}
