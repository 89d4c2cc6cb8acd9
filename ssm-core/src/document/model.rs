//! A parsed document: its text, its parameters and what it runs.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::parse::Parts;
use super::tree::{self, Tree};
use super::{Format, ParameterDefinition, Platform, SchemaVersion, catalog};
use crate::ids::{PluginName, StepName};

/// A document: what a command runs, and the parameters that it takes. Only [`Document::parse`] and
/// [`Document::parse_lenient`] make one. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Document(Arc<Inner>);

#[derive(PartialEq)]
struct Inner {
    text: String,
    format: Format,
    parts: Parts,
    /// The platforms for which it is published, where that is said apart from its content.
    published: Option<&'static [Platform]>,
}

/// What is in a document is its author's, and may be a secret: it is not shown.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Document");
        shown.field("format", &self.format()).field("schema", &self.schema());
        shown.field("bytes", &self.text().len()).finish_non_exhaustive()
    }
}

/// What a document runs, in its own order.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    /// Schema 1.x.
    RuntimeConfig(Vec<RuntimePlugin>),
    /// Schema 2.x.
    MainSteps(Vec<MainStep>),
}

/// One plugin of `runtimeConfig`.
#[derive(Debug, PartialEq)]
pub(super) struct RuntimePlugin {
    pub(super) plugin: PluginName,
    /// The result key, which is the plugin's name.
    pub(super) key: StepName,
    /// As written; null when absent.
    pub(super) settings: Value,
    /// As written: a list of objects, an object, or anything else; null when absent.
    pub(super) properties: Value,
    pub(super) precondition: Option<Precondition>,
}

/// One entry of `mainSteps`.
#[derive(Debug, PartialEq)]
pub(super) struct MainStep {
    pub(super) plugin: PluginName,
    pub(super) name: StepName,
    /// As written; null when absent.
    pub(super) inputs: Value,
    pub(super) precondition: Option<Precondition>,
}

/// A step's precondition as written: operator to arguments.
pub(super) type Precondition = IndexMap<String, Vec<String>>;

impl Document {
    /// Most bytes of a document's text.
    ///
    /// Source: API reference, `MaxDocumentSizeExceeded` (64 KB).
    pub const MAX_BYTES: usize = 65_536;

    /// Most bytes that [`Document::parse_lenient`] takes: a document that was stored as YAML can be longer in JSON. Our
    /// choice.
    pub const MAX_LENIENT_BYTES: usize = 4 * Self::MAX_BYTES;

    /// Most steps of a document, those of `properties` lists counted one by one. Our choice.
    pub const MAX_STEPS: usize = 1000;

    /// Most parameters of a document: each may have a pattern, and patterns cost milliseconds. Our choice.
    pub const MAX_PARAMETERS: usize = 200;

    pub(super) fn new(text: &str, format: Format, parts: Parts) -> Self {
        Self(Arc::new(Inner { text: text.to_owned(), format, parts, published: None }))
    }

    /// The same, published for these platforms and no others. A document that is shared already stays as it is.
    pub(super) fn published_for(mut self, platforms: &'static [Platform]) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.published = Some(platforms);
        }
        self
    }

    /// The text that was parsed, byte for byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The content in this format: the text itself in its own format, else converted, with the order of members kept.
    /// Converted JSON is indented by two blanks; converted YAML begins with `---`. The hashes stay those of the text.
    ///
    /// Source: API reference, `GetDocument`; service specification 2.2.12 and 4.5.
    #[must_use]
    pub fn text_in(&self, format: Format) -> String {
        if format == self.format() {
            return self.text().to_owned();
        }
        match format {
            Format::Json => self.tree().to_json(),
            Format::Yaml => format!("---\n{}", self.tree().to_yaml()),
        }
    }

    /// The content as a message carries it: JSON, the text itself where that is JSON, else converted into as few bytes as
    /// it needs.
    #[must_use]
    pub(crate) fn to_message(&self) -> String {
        match self.format() {
            // A byte order mark is no JSON.
            Format::Json => self.text().trim_start_matches('\u{feff}').to_owned(),
            Format::Yaml => self.tree().to_json_compact(),
        }
    }

    fn tree(&self) -> Tree {
        // It was read before, from this very text.
        let mut tree = tree::read(self.text(), self.format()).unwrap_or(Tree::Null);
        // A version without quotes is a number in YAML, and nobody takes a number in JSON.
        if let Tree::Map(members) = &mut tree
            && let Some(version @ Tree::Number(_)) = members.get_mut("schemaVersion")
        {
            *version = Tree::Text(self.schema().to_string());
        }
        tree
    }

    /// The SHA-256 of the text, in lower-case hexadecimal: the `Hash` of the API.
    ///
    /// Source: service specification 4.5.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex(&Sha256::digest(self.text().as_bytes()))
    }

    /// The SHA-1 of the text, in lower-case hexadecimal: what callers may still name with the hash type `Sha1`. It
    /// proves nothing against a forger.
    ///
    /// Source: API reference, `DocumentHashType` (deprecated there).
    #[must_use]
    pub fn sha1(&self) -> String {
        hex(&Sha1::digest(self.text().as_bytes()))
    }

    /// Whether both documents say the same, whatever their formats and texts.
    #[must_use]
    pub fn means_the_same(&self, other: &Self) -> bool {
        self.0.parts == other.0.parts
    }

    /// The format of the text.
    #[must_use]
    pub fn format(&self) -> Format {
        self.0.format
    }

    /// The schema version.
    #[must_use]
    pub fn schema(&self) -> SchemaVersion {
        self.0.parts.schema
    }

    /// The description, if it has one.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.0.parts.description.as_deref()
    }

    /// The declared parameters, in the document's order.
    #[must_use]
    pub fn parameters(&self) -> &IndexMap<String, ParameterDefinition> {
        &self.0.parts.parameters
    }

    /// The names of the plugins used, in the document's order; a name comes once for each use.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginName> {
        let (config, steps) = match &self.0.parts.body {
            Body::RuntimeConfig(plugins) => (plugins.as_slice(), [].as_slice()),
            Body::MainSteps(steps) => ([].as_slice(), steps.as_slice()),
        };
        config.iter().map(|entry| &entry.plugin).chain(steps.iter().map(|step| &step.plugin))
    }

    /// The platforms that the document is for: every one on which any of its plugins runs. A plugin that is not one of
    /// the public ones may run on all. Preconditions do not narrow it. Of a document that comes with the service, those for
    /// which the public one is published.
    ///
    /// Source: service specification 4.6 and 4.9.
    #[must_use]
    pub fn platforms(&self) -> BTreeSet<Platform> {
        if let Some(published) = self.0.published {
            return published.iter().copied().collect();
        }
        self.plugins().flat_map(|plugin| catalog::platforms(plugin.as_str()).iter().copied()).collect()
    }

    pub(super) fn body(&self) -> &Body {
        &self.0.parts.body
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a string never fails.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
