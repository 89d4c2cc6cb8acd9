//! Bytes that a step asks for.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;

/// Fetches what documents refer to: scripts, packages, manifests.
///
/// # Contract
/// - At most `most_bytes` are ever held; more is [`FetchError::TooLarge`].
/// - The same address may give other bytes later; who needs certainty checks a hash.
/// - Credentials are the implementation's own affair and never stand in an error.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Fetch: Debug + Send + Sync {
    /// The bytes at an address, an absolute URL.
    async fn fetch(&self, address: &str, most_bytes: usize) -> Result<Bytes, FetchError>;
}

/// Why nothing was fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Nothing is there.
    #[error("there is nothing at this address")]
    NotFound,
    /// More than the bound.
    #[error("there are more than {most_bytes} bytes at this address")]
    TooLarge {
        /// The bound.
        most_bytes: usize,
    },
    /// This implementation does not serve such addresses.
    #[error("addresses of this kind are not served")]
    Unsupported,
    /// It could not be reached now.
    #[error("no answer from this address: {reason}")]
    Unreachable {
        /// Why, without secrets.
        reason: String,
    },
}

/// Serves no address.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFetch;

#[async_trait]
impl Fetch for NoFetch {
    async fn fetch(&self, _address: &str, _most_bytes: usize) -> Result<Bytes, FetchError> {
        Err(FetchError::Unsupported)
    }
}

/// Serves what it was given, for tests and bundled files.
#[derive(Debug, Clone, Default)]
pub struct MemoryFetch(BTreeMap<String, Bytes>);

impl MemoryFetch {
    /// These bytes at these addresses.
    #[must_use]
    pub fn new(contents: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        Self(contents.into_iter().collect())
    }
}

#[async_trait]
impl Fetch for MemoryFetch {
    async fn fetch(&self, address: &str, most_bytes: usize) -> Result<Bytes, FetchError> {
        match self.0.get(address) {
            None => Err(FetchError::NotFound),
            Some(bytes) if bytes.len() > most_bytes => Err(FetchError::TooLarge { most_bytes }),
            Some(bytes) => Ok(bytes.clone()),
        }
    }
}
