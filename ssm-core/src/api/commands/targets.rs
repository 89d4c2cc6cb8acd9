//! Whom a command is for.

use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::api::constraints::{Constraints, pattern};
use crate::ids::InstanceId;
use crate::record::{NodeKind, Target, Targeting};

/// Most types in one filter of resource types. Source: user guide, "Using targets and rate controls".
const MAX_RESOURCE_TYPES: usize = 5;
const GROUP_NAME: &str = "resource-groups:Name";
const RESOURCE_TYPES: &str = "resource-groups:ResourceTypeFilters";

/// One target as it stands on the wire. Source: API reference, `Target`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TargetShape {
    /// `InstanceIds`, `tag:KEY`, `tag-key`, `resource-groups:Name` or `resource-groups:ResourceTypeFilters`.
    pub key: String,
    /// 1 to 50 values.
    pub values: Vec<String>,
}

pub(super) fn targeting(
    ids: &[String],
    targets: &[TargetShape],
    broken: &mut Constraints,
) -> Result<Targeting, ApiError> {
    let ids = instance_ids(ids, broken);
    broken.items("targets", targets.len(), 5);
    for (index, target) in targets.iter().enumerate().take(5) {
        broken.items(&format!("targets.{}.member.values", index + 1), target.values.len(), 50);
    }
    match (ids, targets) {
        // Which error the public service gives here is not known; this is our choice.
        (ids, []) if matches!(&ids, Ok(ids) if ids.is_empty()) => {
            Err(ApiError::validation("Either InstanceIds or Targets must be given."))
        }
        (Ok(ids), targets) if !ids.is_empty() && !targets.is_empty() => {
            Err(ApiError::validation("InstanceIds and Targets cannot be given together."))
        }
        (Ok(ids), []) => Ok(Targeting::Instances(ids)),
        (Ok(_), targets) => parse(targets).map(Targeting::Targets),
        (Err(error), _) => Err(error),
    }
}

/// Reads at most 50 ids.
fn instance_ids(ids: &[String], broken: &mut Constraints) -> Result<Vec<InstanceId>, ApiError> {
    broken.items("instanceIds", ids.len(), 50);
    let mut read = Vec::new();
    for id in ids.iter().take(50) {
        read.extend(broken.parsed::<InstanceId>("instanceIds", id, pattern::INSTANCE_ID));
    }
    Ok(read)
}

/// Reads what the table of facts cannot say: keys, values by their keys, and which targets go together. The members of a group
/// are not known here.
///
/// # Errors
/// `ValidationException`; its texts are our choice.
fn parse(shapes: &[TargetShape]) -> Result<Vec<Target>, ApiError> {
    let targets: Vec<Target> = shapes.iter().map(target).collect::<Result<_, _>>()?;
    let count = |is: fn(&Target) -> bool| targets.iter().filter(|target| is(target)).count();
    let groups = count(|target| matches!(target, Target::Group { .. }));
    let types = count(|target| matches!(target, Target::ResourceTypes(_)));
    match (groups, types) {
        (0, 0) => Ok(targets),
        (0, _) => Err(ApiError::validation(format!("{RESOURCE_TYPES} needs a target {GROUP_NAME}."))),
        (1, 0 | 1) if targets.len() == groups + types => Ok(targets),
        (1, 0 | 1) => Err(ApiError::validation("Targets of a resource group cannot be mixed with other targets.")),
        _ => Err(ApiError::validation("A target of a resource group occurs twice.")),
    }
}

fn target(shape: &TargetShape) -> Result<Target, ApiError> {
    let (key, values) = (shape.key.as_str(), &shape.values);
    if values.is_empty() {
        return Err(ApiError::validation(format!("Target '{}' has no values.", excerpt(key))));
    }
    match key {
        "InstanceIds" => {
            let ids: Result<Vec<InstanceId>, _> = values.iter().map(|id| id.parse()).collect();
            ids.map(Target::InstanceIds).map_err(|error| ApiError::validation(error.to_string()))
        }
        "tag-key" => Ok(Target::TagKey(values.clone())),
        GROUP_NAME => match values.as_slice() {
            [name] if !name.is_empty() => Ok(Target::Group { name: name.clone(), members: Vec::new() }),
            _ => Err(ApiError::validation(format!("{GROUP_NAME} takes exactly one name or ARN of a resource group."))),
        },
        RESOURCE_TYPES => resource_types(values),
        _ => match key.strip_prefix("tag:") {
            Some(key) if !key.is_empty() => Ok(Target::Tag { key: key.to_owned(), values: values.clone() }),
            _ => Err(ApiError::validation(format!(
                "Target key '{}' is not served: use InstanceIds, tag:KEY, tag-key, {GROUP_NAME} or {RESOURCE_TYPES}.",
                excerpt(key)
            ))),
        },
    }
}

fn resource_types(types: &[String]) -> Result<Target, ApiError> {
    let served = [NodeKind::Ec2.source_type(), NodeKind::Hybrid.source_type()];
    if types.len() > MAX_RESOURCE_TYPES {
        return Err(ApiError::validation(format!("{RESOURCE_TYPES} takes at most {MAX_RESOURCE_TYPES} types.")));
    }
    if types.iter().enumerate().any(|(index, name)| types[..index].contains(name)) {
        return Err(ApiError::validation(format!("A type of {RESOURCE_TYPES} occurs twice.")));
    }
    if !types.iter().any(|name| served.contains(&name.as_str())) {
        return Err(ApiError::validation(format!("{RESOURCE_TYPES} must contain {} or {}.", served[0], served[1])));
    }
    Ok(Target::ResourceTypes(types.to_vec()))
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

impl From<&Target> for TargetShape {
    fn from(target: &Target) -> Self {
        let (key, values) = match target {
            Target::InstanceIds(ids) => ("InstanceIds".to_owned(), ids.iter().map(ToString::to_string).collect()),
            Target::Tag { key, values } => (format!("tag:{key}"), values.clone()),
            Target::TagKey(keys) => ("tag-key".to_owned(), keys.clone()),
            Target::Group { name, .. } => (GROUP_NAME.to_owned(), vec![name.clone()]),
            Target::ResourceTypes(types) => (RESOURCE_TYPES.to_owned(), types.clone()),
        };
        Self { key, values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EC2: &str = "AWS::EC2::Instance";
    const HYBRID: &str = "AWS::SSM::ManagedInstance";

    fn shapes(targets: &[(&str, &[&str])]) -> Vec<TargetShape> {
        let shape = |(key, values): &(&str, &[&str])| TargetShape {
            key: (*key).to_owned(),
            values: values.iter().map(ToString::to_string).collect(),
        };
        targets.iter().map(shape).collect()
    }

    #[test]
    fn targets_that_are_taken_are_shown_again_as_they_came() {
        for targets in [
            &[("InstanceIds", &["mi-0123456789abcdef0"][..])][..],
            &[("tag:Env", &["Prod", ""]), ("tag:Env", &["Prod"]), ("tag-key", &["A", "B"])],
            &[("resource-groups:Name", &["web"])],
            &[("resource-groups:Name", &["arn:aws:resource-groups:us-east-1:123456789012:group/web"])],
            &[("resource-groups:ResourceTypeFilters", &[EC2]), ("resource-groups:Name", &["web"])],
            &[
                ("resource-groups:Name", &["web"]),
                ("resource-groups:ResourceTypeFilters", &["A", "B", HYBRID, "C", "D"]),
            ],
        ] {
            let shapes = shapes(targets);
            let read = parse(&shapes).unwrap();
            assert_eq!(read.iter().map(TargetShape::from).collect::<Vec<_>>(), shapes);
        }
    }

    #[test]
    fn targets_that_do_not_go_together_are_refused() {
        let (name, types) = ("resource-groups:Name", "resource-groups:ResourceTypeFilters");
        for (targets, wanted) in [
            (&[("tag:Env", &[][..])][..], "has no values"),
            (&[("InstanceIds", &["web-1"])], "instance id"),
            (&[("tag:", &["a"])], "is not served"),
            (&[("Name", &["a"])], "is not served"),
            (&[(name, &["a", "b"])], "exactly one name"),
            (&[(name, &[""])], "exactly one name"),
            (&[(name, &["a"]), (name, &["a"])], "occurs twice"),
            (&[(name, &["a"]), ("tag:Env", &["a"])], "cannot be mixed"),
            (&[(name, &["a"]), ("InstanceIds", &["i-00000001"])], "cannot be mixed"),
            (&[(name, &["a"]), (types, &[EC2]), ("tag-key", &["a"])], "cannot be mixed"),
            (&[(types, &[EC2])], "needs a target resource-groups:Name"),
            (&[(types, &[EC2]), ("tag-key", &["a"])], "needs a target resource-groups:Name"),
            (&[(name, &["a"]), (types, &[EC2]), (types, &[HYBRID])], "occurs twice"),
            (&[(name, &["a"]), (types, &[EC2, EC2])], "occurs twice"),
            (&[(name, &["a"]), (types, &["AWS::S3::Bucket"])], "must contain AWS::EC2::Instance or"),
            (&[(name, &["a"]), (types, &[EC2, "A", "B", "C", "D", "E"])], "at most 5"),
        ] {
            let error = parse(&shapes(targets)).unwrap_err();
            assert_eq!(error.code(), crate::api::ErrorCode::ValidationException, "{targets:?}");
            assert!(error.message().contains(wanted), "{targets:?}: {error}");
        }
    }
}
