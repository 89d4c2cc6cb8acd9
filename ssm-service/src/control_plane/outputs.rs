//! Where whole outputs are: agents upload them, so the places follow from what the agent was told.

use ssm_core::document::StepStatus;
use ssm_core::ids::InstanceId;
use ssm_core::record::{Command, StepPlan, StepRow};

/// The outputs of a step in the command's bucket. Source: agent protocol 5.9; API reference, `CommandPlugin`.
pub(super) struct S3Output<'a> {
    pub(super) bucket: &'a str,
    /// What the keys begin with: the command's prefix, its id, the instance, and the plugin without colons.
    pub(super) key_prefix: String,
    /// The step's own folder there.
    folder: String,
}

impl<'a> S3Output<'a> {
    /// Of a step that has run to its end; `None` when there is no bucket.
    pub(super) fn of(
        command: &'a Command,
        instance: &InstanceId,
        plan: &StepPlan,
        row: Option<&StepRow>,
    ) -> Option<Self> {
        let ran = |row: &&StepRow| row.result.status.is_terminal() && row.result.status != StepStatus::Skipped;
        row.filter(ran).and_then(|_| Self::planned(command, instance, plan))
    }

    /// Of any step, whether or not there is anything yet.
    pub(super) fn planned(command: &'a Command, instance: &InstanceId, plan: &StepPlan) -> Option<Self> {
        let options = &command.options;
        if options.s3_bucket.is_empty() {
            return None;
        }
        let plugin = plan.plugin.as_str().replace(':', "");
        // Agents join with single slashes.
        let prefix = options.s3_key_prefix.split('/').filter(|part| !part.is_empty());
        let (id, instance) = (command.id.to_string(), instance.as_str());
        let key_prefix = prefix.chain([id.as_str(), instance, plugin.as_str()]).collect::<Vec<_>>().join("/");
        // In schema 1.x results are named after their plugin, and folders after the properties, as a rule `0.` and the plugin.
        let folder = if plan.name.as_str() == plan.plugin.as_str() {
            format!("0.{plugin}")
        } else {
            plan.name.as_str().replace(':', "")
        };
        Some(Self { bucket: &options.s3_bucket, key_prefix, folder })
    }

    /// `StandardOutputUrl` and `StandardErrorUrl`. Agents upload no empty files, so nothing may be there.
    pub(super) fn urls(&self, region: &str) -> (String, String) {
        let Self { bucket, key_prefix, folder } = self;
        let url = |stream| format!("https://s3.{region}.amazonaws.com/{bucket}/{key_prefix}/{folder}/{stream}");
        (url("stdout"), url("stderr"))
    }
}
