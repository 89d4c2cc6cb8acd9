//! Documents that run inside steps: loads, reads, checks and plans them.

use std::panic::AssertUnwindSafe;
use std::path::Path;

use futures::FutureExt;
use ssm_core::document::{
    Document, DocumentRun, Format, LoadDocument, LoadedPlan, Parameters, Plan, Platform, PluginSupport,
};
use ssm_core::ids::PluginName;

use crate::agent::Shared;

/// The plan of the document that a step runs; or why there is none, for the operator.
pub(crate) async fn load(
    shared: &Shared,
    load: &LoadDocument,
    downloads: &Path,
    platform: Platform,
) -> Result<LoadedPlan, String> {
    // A source that panics fails the step, nothing else.
    let loaded = AssertUnwindSafe(shared.documents.load(&load.location, downloads)).catch_unwind().await;
    let text = loaded.map_err(|_| "the source of documents panicked")?.map_err(|error| error.to_string())?;
    let format = Format::detect(&text);
    let document = Document::parse_lenient_as(&text, format).map_err(|error| error.to_string())?;
    let plan = plan(shared, &document, &load.parameters, platform, Origin::Step).await?;
    Ok(LoadedPlan::new(plan, |plugin| support(shared, plugin, platform)))
}

/// Whether steps of a plugin can run: one that is registered, or the one that the run machine runs itself, which the
/// stock agent does not have on macOS.
///
/// Source: agent protocol 5.4.
pub(crate) fn support(shared: &Shared, plugin: &PluginName, platform: Platform) -> PluginSupport {
    match platform {
        Platform::MacOS if DocumentRun::runs_itself(plugin) => PluginSupport::OtherPlatform,
        _ if DocumentRun::runs_itself(plugin) => PluginSupport::Supported,
        _ => shared.plugins.support(plugin, platform),
    }
}

/// Where a document came from, which decides how its parameters are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// With a command: the service has checked its parameters.
    Command,
    /// From a step: nobody has.
    Step,
}

/// The plan of a document with these values: looks up what they refer to, checks them, and puts them in. The error is
/// for the operator.
pub(crate) async fn plan(
    shared: &Shared,
    document: &Document,
    parameters: &Parameters,
    platform: Platform,
    origin: Origin,
) -> Result<Plan, String> {
    let references: Vec<_> =
        document.store_references(parameters).map_err(|error| error.to_string())?.into_iter().collect();
    // A source that panics fails the command or the step, nothing else.
    let values = AssertUnwindSafe(shared.parameters.get(&references)).catch_unwind().await;
    let values = values.map_err(|_| "the source of parameters panicked")?.map_err(|error| error.to_string())?;
    let resolved = document.resolve_parameters(parameters, &values).map_err(|error| error.to_string())?;
    let checked = match origin {
        Origin::Command => document.check_as_agent(&resolved),
        Origin::Step => document.check_as_nested(&resolved),
    };
    checked.map_err(|error| error.to_string())?;
    document.plan_with(parameters, platform, &values).map_err(|error| error.to_string())
}
