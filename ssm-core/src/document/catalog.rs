//! The public plugins: which names exist, and where each can run.

use super::Platform::{self, Linux, MacOS, Windows};

/// Name and platforms.
///
/// Source: service specification 4.8. That `aws:updateAgent` is for Windows alone is our choice: it updates a program
/// that exists nowhere else.
const PUBLIC: [(&str, &[Platform]); 15] = [
    ("aws:runShellScript", &[Linux, MacOS]),
    ("aws:runPowerShellScript", ALL),
    ("aws:runDocument", &[Linux, Windows]),
    ("aws:downloadContent", &[Linux, Windows]),
    ("aws:configurePackage", &[Linux, Windows]),
    ("aws:applications", &[Windows]),
    ("aws:psModule", &[Windows]),
    ("aws:configureDocker", &[Linux, Windows]),
    ("aws:runDockerAction", &[Linux, Windows]),
    ("aws:domainJoin", &[Linux, Windows]),
    ("aws:softwareInventory", ALL),
    ("aws:updateSsmAgent", ALL),
    ("aws:updateAgent", &[Windows]),
    ("aws:refreshAssociation", ALL),
    ("aws:cloudWatch", &[Windows]),
];

const ALL: &[Platform] = &[Linux, MacOS, Windows];

/// Whether a document may name this plugin: the public ones, and every name without the public prefix `aws:` (in any
/// case).
pub(super) fn may_be_named(plugin: &str) -> bool {
    let prefixed = plugin.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"));
    !prefixed || PUBLIC.iter().any(|(name, _)| *name == plugin)
}

/// Where a plugin can run; everywhere, for all that is known here, when it is not a public one.
pub(super) fn platforms(plugin: &str) -> &'static [Platform] {
    PUBLIC.iter().find(|(name, _)| *name == plugin).map_or(ALL, |(_, platforms)| platforms)
}
