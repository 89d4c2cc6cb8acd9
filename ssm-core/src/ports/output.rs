//! Output beyond the inline limits.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use super::OutputStream;
use crate::ids::{CommandId, InstanceId, StepName};

/// Names one stream of one step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputKey {
    /// The command.
    pub command: CommandId,
    /// The managed instance.
    pub instance: InstanceId,
    /// The step.
    pub step: StepName,
    /// Which stream.
    pub stream: OutputStream,
}

/// Keeps the whole output of steps, where the inline limits cut it.
///
/// # Contract
/// - Bytes of a stream are appended in order, by offset. Appending what is there already (a retry) changes nothing; a gap
///   is [`OutputStoreError::Gap`].
/// - What was appended can be read at once.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait OutputStore: Debug + Send + Sync {
    /// Adds bytes that begin at `offset` of the stream.
    async fn append(&self, key: &OutputKey, offset: u64, bytes: Bytes) -> Result<(), OutputStoreError>;

    /// At most `most` bytes from `offset` on; none at the end, and none of an unknown stream.
    async fn read(&self, key: &OutputKey, offset: u64, most: usize) -> Result<Bytes, OutputStoreError>;
}

/// Why output is not kept or not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputStoreError {
    /// Bytes are missing in between.
    #[error("the stream has {length} bytes, but these begin at {offset}")]
    Gap {
        /// What is there.
        length: u64,
        /// Where the new bytes begin.
        offset: u64,
    },
    /// No room.
    #[error("the output store is full")]
    Full,
    /// It could not be reached now.
    #[error("the output store does not answer: {reason}")]
    Unavailable {
        /// Why, without secrets.
        reason: String,
    },
}

/// Keeps nothing: only the inline output remains.
#[derive(Debug, Clone, Copy, Default)]
pub struct NullOutputs;

#[async_trait]
impl OutputStore for NullOutputs {
    async fn append(&self, _key: &OutputKey, _offset: u64, _bytes: Bytes) -> Result<(), OutputStoreError> {
        Ok(())
    }

    async fn read(&self, _key: &OutputKey, _offset: u64, _most: usize) -> Result<Bytes, OutputStoreError> {
        Ok(Bytes::new())
    }
}

/// Keeps output in memory up to a bound, for tests and small embeddings.
pub struct MemoryOutputs {
    most_bytes: usize,
    streams: Mutex<BTreeMap<OutputKey, Vec<u8>>>,
}

impl MemoryOutputs {
    /// Keeps at most this many bytes over all streams.
    #[must_use]
    pub fn new(most_bytes: usize) -> Self {
        Self { most_bytes, streams: Mutex::default() }
    }
}

/// Shows how much is kept, not what: output may hold secrets.
impl Debug for MemoryOutputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_struct("MemoryOutputs").field("streams", &streams.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl OutputStore for MemoryOutputs {
    async fn append(&self, key: &OutputKey, offset: u64, bytes: Bytes) -> Result<(), OutputStoreError> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let total: usize = streams.values().map(Vec::len).sum();
        let length = streams.get(key).map_or(0, Vec::len) as u64;
        let known = length.checked_sub(offset).ok_or(OutputStoreError::Gap { length, offset })?;
        let news = usize::try_from(known).ok().and_then(|known| bytes.get(known..)).unwrap_or_default();
        if total + news.len() > self.most_bytes {
            return Err(OutputStoreError::Full);
        }
        streams.entry(key.clone()).or_default().extend_from_slice(news);
        Ok(())
    }

    async fn read(&self, key: &OutputKey, offset: u64, most: usize) -> Result<Bytes, OutputStoreError> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| streams.get(key).and_then(|stream| stream.get(offset..)))
            .unwrap_or_default();
        Ok(Bytes::copy_from_slice(&rest[..rest.len().min(most)]))
    }
}
