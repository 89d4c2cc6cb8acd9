//! The documents that come with the service, as data.
//!
//! Names, schema versions, plugins, parameters, types, defaults, allowed values and patterns are the public ones. All
//! else is ours: descriptions, the scripts inside, and the layout of the text. So **the published hashes cannot
//! match**: the SHA-256 of a text here is another one than that of the public document of the same name, and whoever
//! pins a command to a public hash has to pin it to the one of this text instead ([`Document::sha256`]).
//!
//! Where the sources are silent, each constant below says what we chose. For all of them: the order of the parameters
//! follows the table of the specification, and where it groups rows, that of the plugin's inputs. An input
//! `onFailure: exit` on the first of two steps is our choice; without it agents would go on after a download that
//! failed.
//!
//! That a document is here says nothing of the agent. An agent that lacks a plugin tells so in the step's result. And
//! the values of some inputs lead elsewhere (a manifest, a package, a bucket): the service has none of them to offer.
//!
//! ```
//! use std::collections::BTreeMap;
//! use ssm_core::document::{Platform, predefined};
//!
//! let script = predefined::find("AWS-RunShellScript").ok_or("not there")?;
//! let document = script.parse()?;
//! let supplied = BTreeMap::from([("commands".to_owned(), vec!["uptime".to_owned()])]);
//! let plan = document.plan(&document.check_parameters(&supplied)?, Platform::Linux)?;
//! assert_eq!(plan.steps()[0].inputs["runCommand"], serde_json::json!(["uptime"]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: service specification 4.9; of the inputs, 4.8 and agent protocol 5.6 and 5.7.

#[cfg(test)]
mod tests;

use super::Platform::{self, Linux, MacOS, Windows};
use super::{Document, DocumentError};

/// A document that comes with the service. Its owner is `Amazon`, it has one version, and nobody can change, delete or
/// share it.
///
/// Source: service specification 4.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predefined {
    /// The document's name, for example `AWS-RunShellScript`.
    pub name: &'static str,
    /// The document's text, in JSON.
    pub text: &'static str,
    /// The platforms for which the public document is published; those of [`parse`](Self::parse). Parsing the text alone
    /// may give more: every platform on which any of the plugins runs.
    pub platforms: &'static [Platform],
}

impl Predefined {
    /// The document, for the platforms for which the public one is published.
    ///
    /// # Errors
    /// None for the documents of this module, which a test proves.
    pub fn parse(&self) -> Result<Document, DocumentError> {
        Document::parse(self.text).map(|document| document.published_for(self.platforms))
    }
}

/// All of them, in the order of their names.
#[must_use]
pub fn all() -> &'static [Predefined] {
    &ALL
}

/// The one of this name; names are exact, with their case.
#[must_use]
pub fn find(name: &str) -> Option<&'static Predefined> {
    ALL.iter().find(|document| document.name == name)
}

const ALL: [Predefined; 12] = [
    CONFIGURE_AWS_PACKAGE,
    CONFIGURE_DOCKER,
    GATHER_SOFTWARE_INVENTORY,
    INSTALL_APPLICATION,
    INSTALL_POWER_SHELL_MODULE,
    REFRESH_ASSOCIATION,
    RUN_DOCKER_ACTION,
    RUN_DOCUMENT,
    RUN_POWER_SHELL_SCRIPT,
    RUN_REMOTE_SCRIPT,
    RUN_SHELL_SCRIPT,
    UPDATE_SSM_AGENT,
];

/// `AWS-ConfigureAWSPackage`: installs or uninstalls a package.
///
/// Schema 2.0; a public form in 2.2 was seen earlier. Our choices: the order of the inputs, and the pattern of `name`,
/// of which the sources give the second half (a name of 128 characters) and only the sense of the first (the ARN of a
/// package or a document). The default of `version` is the newer one, the empty text; an older form had `latest`.
///
/// Cannot be served by the service alone: packages come from a repository, or from the attachments of a document.
pub const CONFIGURE_AWS_PACKAGE: Predefined = Predefined {
    name: "AWS-ConfigureAWSPackage",
    text: include_str!("AWS-ConfigureAWSPackage.json"),
    platforms: &[Linux, Windows],
};

/// `AWS-ConfigureDocker`: installs or uninstalls Docker.
///
/// Our choices, since the sources do not tell: schema 2.0, the step's name, and that `action` has no default.
/// On Linux stock agents know only distributions with `yum`.
pub const CONFIGURE_DOCKER: Predefined = Predefined {
    name: "AWS-ConfigureDocker",
    text: include_str!("AWS-ConfigureDocker.json"),
    platforms: &[Linux, Windows],
};

/// `AWS-GatherSoftwareInventory`: collects what is installed and configured.
///
/// Cannot be served when it is sent as a command: `aws:softwareInventory` works only from an association, and a stock
/// agent ends the step Failed otherwise. The service takes it, as the public one does.
pub const GATHER_SOFTWARE_INVENTORY: Predefined = Predefined {
    name: "AWS-GatherSoftwareInventory",
    text: include_str!("AWS-GatherSoftwareInventory.json"),
    platforms: &[Linux, MacOS, Windows],
};

/// `AWS-InstallApplication`: installs, repairs or uninstalls an application on Windows.
///
/// The first step makes the download folder, if it is not there: `Amazon\SSM\Download` below the folder of program
/// data, with the rights that it inherits. Our choices: that script and its path, the name of the second step, and
/// the preconditions, without which the first step would run wherever PowerShell is installed.
///
/// [`Document::platforms`](super::Document::platforms) gives all three, since PowerShell may run on each. Elsewhere
/// than on Windows both steps are skipped, and the document is a success that did nothing.
pub const INSTALL_APPLICATION: Predefined = Predefined {
    name: "AWS-InstallApplication",
    text: include_str!("AWS-InstallApplication.json"),
    platforms: &[Windows],
};

/// `AWS-InstallPowerShellModule`: installs a PowerShell module on Windows, and runs commands behind it.
///
/// The first step, the preconditions and the platforms are as in [`INSTALL_APPLICATION`]; the name of the second step
/// is our choice too.
pub const INSTALL_POWER_SHELL_MODULE: Predefined = Predefined {
    name: "AWS-InstallPowerShellModule",
    text: include_str!("AWS-InstallPowerShellModule.json"),
    platforms: &[Windows],
};

/// `AWS-RefreshAssociation`: makes the agent ask for its associations at once.
///
/// Our choices, since the sources do not tell: schema 2.0, the step's name, and that no id means all, which is how the
/// plugin reads an empty list. Without associations at the service it does nothing.
pub const REFRESH_ASSOCIATION: Predefined = Predefined {
    name: "AWS-RefreshAssociation",
    text: include_str!("AWS-RefreshAssociation.json"),
    platforms: &[Linux, MacOS, Windows],
};

/// `AWS-RunDockerAction`: one thing with Docker's containers and images.
///
/// The published pattern of `container` and `image` has neither `.` nor `:`, so an image of another registry, or one
/// with a tag, cannot be named.
pub const RUN_DOCKER_ACTION: Predefined = Predefined {
    name: "AWS-RunDockerAction",
    text: include_str!("AWS-RunDockerAction.json"),
    platforms: &[Linux, Windows],
};

/// `AWS-RunDocument`: fetches a document and runs it.
///
/// Our choices: the names of the steps, that `sourceInfo` may be left out, and that the first step keeps what it
/// fetches as the file `document` in the folder of downloads, which the second one runs. So `sourceInfo` has to lead
/// to one file; a folder cannot be served.
///
/// Platforms: whether the public one is for macOS too is not verified. Its plugins are not.
pub const RUN_DOCUMENT: Predefined =
    Predefined { name: "AWS-RunDocument", text: include_str!("AWS-RunDocument.json"), platforms: &[Linux, Windows] };

/// `AWS-RunPowerShellScript`: the lines of a PowerShell script.
///
/// `executionTimeout` is as in [`RUN_SHELL_SCRIPT`]. Whether the public one is for macOS too is not verified;
/// [`Document::platforms`](super::Document::platforms) says so, since the plugin runs there.
pub const RUN_POWER_SHELL_SCRIPT: Predefined = Predefined {
    name: "AWS-RunPowerShellScript",
    text: include_str!("AWS-RunPowerShellScript.json"),
    platforms: &[Linux, Windows],
};

/// `AWS-RunRemoteScript`: fetches scripts and runs a command line where they are.
///
/// Both scripts are ours. They start in the folder of downloads, put it at the end of the path (so that nothing that
/// was fetched stands in for a program of the system), and run `commandLine`. Their exit code is that of the line:
/// 194 and its like keep their meaning. An empty line fetches only, and succeeds. PowerShell has no exit code for a
/// cmdlet that failed; it becomes 1.
///
/// That content is fetched into `workingDirectory`, in which the line then starts, is our choice too. An agent that
/// keeps no folder of downloads needs an absolute one.
///
/// The line is put into the script as it is; who may send the command may run anything, as with
/// [`RUN_SHELL_SCRIPT`]. [`Document::platforms`](super::Document::platforms) names macOS too, where the download
/// cannot run and both scripts are skipped.
pub const RUN_REMOTE_SCRIPT: Predefined = Predefined {
    name: "AWS-RunRemoteScript",
    text: include_str!("AWS-RunRemoteScript.json"),
    platforms: &[Linux, Windows],
};

/// `AWS-RunShellScript`: the lines of a shell script.
///
/// `executionTimeout` takes 1 to 172,800 seconds, but agents run a step for no less than 5: below that they fall back
/// to 3600 ([`PlannedStep::timeout`](super::PlannedStep::timeout)).
pub const RUN_SHELL_SCRIPT: Predefined = Predefined {
    name: "AWS-RunShellScript",
    text: include_str!("AWS-RunShellScript.json"),
    platforms: &[Linux, MacOS],
};

/// `AWS-UpdateSSMAgent`: updates the agent.
///
/// Our choices: schema 1.2 (a form in 2.2 was seen too), the `id`, the URL of the manifest around its published name,
/// and the pattern of `version`: nothing, or four numbers with dots between them. `{Region}` is a placeholder of the
/// plugin, not of documents. The manifest is the public one: an agent that cannot reach it cannot be updated so.
pub const UPDATE_SSM_AGENT: Predefined = Predefined {
    name: "AWS-UpdateSSMAgent",
    text: include_str!("AWS-UpdateSSMAgent.json"),
    platforms: &[Linux, MacOS, Windows],
};
