//! The schema versions of Command documents.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A document's schema version. Ordered: later ones are greater.
///
/// Source: agent protocol 5.1 (what stock agents take).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SchemaVersion {
    /// `1.0`: as 1.2.
    #[serde(rename = "1.0")]
    V1_0,
    /// `1.2`: `runtimeConfig`, a map of plugins.
    #[serde(rename = "1.2")]
    V1_2,
    /// `2.0`: `mainSteps`, a list of steps.
    #[serde(rename = "2.0")]
    V2_0,
    /// `2.0.1`: as 2.0.
    #[serde(rename = "2.0.1")]
    V2_0_1,
    /// `2.0.2`: as 2.0.
    #[serde(rename = "2.0.2")]
    V2_0_2,
    /// `2.0.3`: as 2.0.
    #[serde(rename = "2.0.3")]
    V2_0_3,
    /// `2.2`: 2.0 with preconditions; plugins of other platforms are skipped.
    #[serde(rename = "2.2")]
    V2_2,
}

impl SchemaVersion {
    const ALL: [Self; 7] = [Self::V1_0, Self::V1_2, Self::V2_0, Self::V2_0_1, Self::V2_0_2, Self::V2_0_3, Self::V2_2];

    /// Whether documents of this version have `mainSteps`; the others have `runtimeConfig`.
    #[must_use]
    pub fn has_steps(self) -> bool {
        self >= Self::V2_0
    }

    /// Whether preconditions are evaluated; below, a step that has one fails.
    #[must_use]
    pub fn has_preconditions(self) -> bool {
        self >= Self::V2_2
    }
}

/// A text that is no schema version known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the schema versions 1.0, 1.2, 2.0, 2.0.1, 2.0.2, 2.0.3, 2.2")]
pub struct InvalidSchemaVersion;

impl FromStr for SchemaVersion {
    type Err = InvalidSchemaVersion;
    fn from_str(text: &str) -> Result<Self, InvalidSchemaVersion> {
        Self::ALL.into_iter().find(|version| version.as_str() == text).ok_or(InvalidSchemaVersion)
    }
}

impl SchemaVersion {
    /// The text as it stands in `schemaVersion`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_2 => "1.2",
            Self::V2_0 => "2.0",
            Self::V2_0_1 => "2.0.1",
            Self::V2_0_2 => "2.0.2",
            Self::V2_0_3 => "2.0.3",
            Self::V2_2 => "2.2",
        }
    }
}

impl fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
