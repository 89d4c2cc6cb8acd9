//! Whom a command is for.

use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::api::constraints::{Constraints, pattern};
use crate::ids::InstanceId;
use crate::record::{Target, Targeting};

/// One target as it stands on the wire. Source: API reference, `Target`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TargetShape {
    /// `InstanceIds`, `tag:KEY` or `tag-key`.
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
        (Ok(_), targets) => targets.iter().map(target).collect::<Result<_, _>>().map(Targeting::Targets),
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

fn target(shape: &TargetShape) -> Result<Target, ApiError> {
    if shape.values.is_empty() {
        return Err(ApiError::validation(format!("Target '{}' has no values.", excerpt(&shape.key))));
    }
    if shape.key == "InstanceIds" {
        let ids: Result<Vec<InstanceId>, _> = shape.values.iter().map(|id| id.parse()).collect();
        return ids.map(Target::InstanceIds).map_err(|error| ApiError::validation(error.to_string()));
    }
    if shape.key == "tag-key" {
        return Ok(Target::TagKey(shape.values.clone()));
    }
    match shape.key.strip_prefix("tag:") {
        Some(key) if !key.is_empty() => Ok(Target::Tag { key: key.to_owned(), values: shape.values.clone() }),
        _ => Err(ApiError::validation(format!(
            "Target key '{}' is not served: use InstanceIds, tag:KEY or tag-key.",
            excerpt(&shape.key)
        ))),
    }
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
        };
        Self { key, values }
    }
}
