//! Under which names the results of a document come back.

use indexmap::IndexMap;

use super::Document;
use super::model::Body;
use crate::ids::{PluginName, StepName};

impl Document {
    /// The result keys that an agent will report, in document order, each once, with the plugin of its first step: the steps'
    /// names in schema 2.x, the plugins' in 1.x.
    #[must_use]
    pub fn result_keys(&self) -> Vec<(StepName, PluginName)> {
        let all: Vec<(&StepName, &PluginName)> = match self.body() {
            Body::RuntimeConfig(plugins) => plugins.iter().map(|entry| (&entry.key, &entry.plugin)).collect(),
            Body::MainSteps(steps) => steps.iter().map(|step| (&step.name, &step.plugin)).collect(),
        };
        let mut keys: IndexMap<&StepName, &PluginName> = IndexMap::with_capacity(all.len());
        for (name, plugin) in all {
            keys.entry(name).or_insert(plugin);
        }
        keys.into_iter().map(|(name, plugin)| (name.clone(), plugin.clone())).collect()
    }
}
