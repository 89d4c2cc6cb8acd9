//! The public plugins as facts: which names exist, where each can run, and what inputs each takes.

use super::Platform::{self, Linux, MacOS, Windows};

/// What is known of a public plugin.
#[derive(Debug)]
pub(super) struct PluginFacts {
    pub(super) name: &'static str,
    pub(super) platforms: &'static [Platform],
    pub(super) inputs: &'static [InputFacts],
    /// Whether it takes inputs of other names than these.
    pub(super) open: bool,
}

/// What is known of one input of a plugin.
#[derive(Debug)]
pub(super) struct InputFacts {
    pub(super) name: &'static str,
    pub(super) kind: InputKind,
    pub(super) required: bool,
    /// The values that it can have, where they are few.
    pub(super) values: &'static [&'static str],
}

/// What an input has to be when the plugin gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InputKind {
    /// One text, or a number that stands for it.
    Text,
    /// A list of texts.
    List,
    /// A map, or a text that is one in JSON.
    Map,
}

use InputKind::{List, Map, Text};

/// Source: service specification 4.8 and agent protocol 5.6 and 5.7. That `aws:updateAgent` is for Windows alone is our
/// choice: it updates a program that exists nowhere else.
const PUBLIC: [PluginFacts; 15] = [
    plugin("aws:runShellScript", &[Linux, MacOS], &SCRIPT),
    plugin("aws:runPowerShellScript", ALL, &SCRIPT),
    plugin(
        "aws:runDocument",
        &[Linux, Windows],
        &[
            one_of("documentType", &["LocalPath", "SSMDocument"]),
            optional("documentPath", Text),
            optional("documentParameters", Map),
        ],
    ),
    plugin(
        "aws:downloadContent",
        &[Linux, Windows],
        &[
            one_of("sourceType", &["GitHub", "Git", "HTTP", "S3", "SSMDocument"]),
            required("sourceInfo", Map),
            optional("destinationPath", Text),
        ],
    ),
    plugin(
        "aws:configurePackage",
        &[Linux, Windows],
        &[
            required("name", Text),
            one_of("action", &["Install", "Uninstall"]),
            choice("installationType", &["Uninstall and reinstall", "In-place update"]),
            optional("version", Text),
            optional("additionalArguments", Map),
            optional("repository", Text),
            optional("source", Text),
        ],
    ),
    plugin(
        "aws:applications",
        &[Windows],
        &[
            one_of("action", &["Install", "Repair", "Uninstall"]),
            required("source", Text),
            optional("parameters", Text),
            optional("sourceHash", Text),
        ],
    ),
    plugin(
        "aws:psModule",
        &[Windows],
        &[
            required("source", Text),
            optional("sourceHash", Text),
            optional("runCommand", List),
            optional("workingDirectory", Text),
        ],
    ),
    plugin("aws:configureDocker", &[Linux, Windows], &[one_of("action", &["Install", "Uninstall"])]),
    plugin(
        "aws:runDockerAction",
        &[Linux, Windows],
        &[
            one_of("action", DOCKER_ACTIONS),
            optional("container", Text),
            optional("image", Text),
            optional("cmd", Text),
            optional("memory", Text),
            optional("cpuShares", Text),
            optional("volume", List),
            optional("env", Text),
            optional("user", Text),
            optional("publish", Text),
            optional("workingDirectory", Text),
        ],
    ),
    plugin(
        "aws:domainJoin",
        &[Linux, Windows],
        &[
            required("directoryId", Text),
            required("directoryName", Text),
            optional("directoryOU", Text),
            optional("dnsIpAddresses", List),
            optional("hostName", Text),
            optional("hostNameNumAppendDigits", Text),
            optional("keepHostName", Text),
        ],
    ),
    plugin(
        "aws:softwareInventory",
        ALL,
        &[
            optional("applications", Text),
            optional("awsComponents", Text),
            optional("files", Text),
            optional("networkConfig", Text),
            optional("billingInfo", Text),
            optional("windowsUpdates", Text),
            optional("instanceDetailedInformation", Text),
            optional("services", Text),
            optional("windowsRegistry", Text),
            optional("windowsRoles", Text),
            optional("customInventory", Text),
            optional("customInventoryDirectory", Text),
        ],
    ),
    plugin("aws:updateSsmAgent", ALL, &UPDATE),
    plugin("aws:updateAgent", &[Windows], &UPDATE),
    plugin("aws:refreshAssociation", ALL, &[optional("associationIds", List)]),
    // Its settings are those of another product.
    PluginFacts { name: "aws:cloudWatch", platforms: &[Windows], inputs: &[], open: true },
];

const ALL: &[Platform] = &[Linux, MacOS, Windows];

const SCRIPT: [InputFacts; 3] =
    [required("runCommand", List), optional("workingDirectory", Text), optional("environment", Map)];

const UPDATE: [InputFacts; 4] = [
    required("agentName", Text),
    required("source", Text),
    required("allowDowngrade", Text),
    optional("targetVersion", Text),
];

const DOCKER_ACTIONS: &[&str] =
    &["Create", "Start", "Run", "Stop", "Rm", "Exec", "Inspect", "Logs", "Ps", "Stats", "Pull", "Images", "Rmi"];

/// The inputs that have a meaning with every plugin.
const COMMON: [InputFacts; 2] = [optional("id", Text), optional("timeoutSeconds", Text)];

/// The members of inputs that steer the flow between steps. Agents read them by their exact names.
const FLOW: [InputFacts; 3] = [
    choice("onFailure", &["exit", "successAndExit"]),
    choice("onSuccess", &["exit"]),
    choice("finallyStep", &["true", "false"]),
];

/// The public plugin of this name.
pub(super) fn find(plugin: &str) -> Option<&'static PluginFacts> {
    PUBLIC.iter().find(|facts| facts.name == plugin)
}

/// Whether a document may name this plugin: the public ones, and every name without the public prefix `aws:` (in any
/// case).
pub(super) fn may_be_named(plugin: &str) -> bool {
    let prefixed = plugin.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    !prefixed || find(plugin).is_some()
}

/// Where a plugin can run; everywhere, for all that is known here, when it is not a public one.
pub(super) fn platforms(plugin: &str) -> &'static [Platform] {
    find(plugin).map_or(ALL, |facts| facts.platforms)
}

/// The member of this very name that steers the flow between steps.
pub(super) fn flow(name: &str) -> Option<&'static InputFacts> {
    FLOW.iter().find(|input| input.name == name)
}

/// The right name of a member that steers the flow, where only its case is wrong.
pub(super) fn flow_in_another_case(name: &str) -> Option<&'static str> {
    let found = FLOW.iter().find(|input| input.name.eq_ignore_ascii_case(name))?;
    (found.name != name).then_some(found.name)
}

impl PluginFacts {
    /// The input of this name, in any case, as agents match them; but those that steer the flow by their exact names.
    pub(super) fn input(&self, name: &str) -> Option<&'static InputFacts> {
        let of_plugin = self.inputs.iter().chain(&COMMON).find(|input| input.name.eq_ignore_ascii_case(name));
        of_plugin.or_else(|| flow(name))
    }
}

const fn plugin(name: &'static str, platforms: &'static [Platform], inputs: &'static [InputFacts]) -> PluginFacts {
    PluginFacts { name, platforms, inputs, open: false }
}

const fn optional(name: &'static str, kind: InputKind) -> InputFacts {
    InputFacts { name, kind, required: false, values: &[] }
}

const fn required(name: &'static str, kind: InputKind) -> InputFacts {
    InputFacts { name, kind, required: true, values: &[] }
}

const fn choice(name: &'static str, values: &'static [&'static str]) -> InputFacts {
    InputFacts { name, kind: Text, required: false, values }
}

const fn one_of(name: &'static str, values: &'static [&'static str]) -> InputFacts {
    InputFacts { name, kind: Text, required: true, values }
}
