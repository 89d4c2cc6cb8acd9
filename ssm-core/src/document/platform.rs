//! The operating systems that documents know.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An operating system as documents and the API name it.
///
/// Source: API reference, `PlatformType` (`Windows`, `Linux`, `MacOS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Linux of any distribution.
    Linux,
    /// macOS.
    MacOS,
    /// Windows.
    Windows,
}

/// A text that names no platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of Linux, MacOS, Windows")]
pub struct InvalidPlatform;

impl FromStr for Platform {
    type Err = InvalidPlatform;

    /// Reads the name in any case, as the stock agent does in preconditions.
    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        [Self::Linux, Self::MacOS, Self::Windows]
            .into_iter()
            .find(|platform| platform.to_string().eq_ignore_ascii_case(text))
            .ok_or(InvalidPlatform)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linux => "Linux",
            Self::MacOS => "MacOS",
            Self::Windows => "Windows",
        })
    }
}
