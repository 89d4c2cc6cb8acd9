//! The plugins that an agent may run.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use ssm_core::document::{Platform, PluginSupport};
use ssm_core::ids::PluginName;
use ssm_core::ports::Plugin;

use crate::plugins::RunShellScript;

/// Plugins by name. What is not in it is not run: an agent does nothing but what its embedder put here.
#[derive(Debug, Clone, Default)]
pub struct PluginRegistry(BTreeMap<PluginName, Arc<dyn Plugin>>);

impl PluginRegistry {
    /// No plugin at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The plugins that come with this crate: `aws:runShellScript`.
    #[must_use]
    pub fn built_in() -> Self {
        Self::empty().with(Arc::new(RunShellScript::new()))
    }

    /// The same with this plugin, in place of another of its name.
    #[must_use]
    pub fn with(mut self, plugin: Arc<dyn Plugin>) -> Self {
        self.0.insert(plugin.name(), plugin);
        self
    }

    /// The plugin of this name.
    #[must_use]
    pub fn get(&self, name: &PluginName) -> Option<&Arc<dyn Plugin>> {
        self.0.get(name)
    }

    /// Whether a plugin can run on this platform.
    #[must_use]
    pub fn support(&self, name: &PluginName, platform: Platform) -> PluginSupport {
        let Some(plugin) = self.0.get(name) else { return PluginSupport::Unknown };
        // A plugin that panics is of no use anywhere, and must not take the command with it.
        match std::panic::catch_unwind(AssertUnwindSafe(|| plugin.supports(platform))) {
            Ok(true) => PluginSupport::Supported,
            Ok(false) => PluginSupport::OtherPlatform,
            Err(_) => PluginSupport::Unknown,
        }
    }
}
