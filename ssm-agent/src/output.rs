//! A step's output: bounded in memory, whole in the output store.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use ssm_core::document::CapturedStream;
use ssm_core::ids::{CommandId, InstanceId, StepName};
use ssm_core::ports::{OutputKey, OutputSink, OutputStore, OutputStream};
use tokio::sync::Mutex as AsyncMutex;

/// Keeps what a reply can carry of both streams, and passes everything on to the output store.
#[derive(Debug)]
pub(crate) struct StepOutput {
    stdout: Kept,
    stderr: Kept,
    store: Arc<dyn OutputStore>,
}

#[derive(Debug)]
struct Kept {
    key: OutputKey,
    captured: Mutex<CapturedStream>,
    /// Where the next bytes belong in the store; `None` when the store failed, since a gap would be worse than an end.
    next: AsyncMutex<Option<u64>>,
}

impl StepOutput {
    pub(crate) fn new(command: CommandId, instance: &InstanceId, step: &StepName, store: Arc<dyn OutputStore>) -> Self {
        let kept = |stream| Kept {
            key: OutputKey { command, instance: instance.clone(), step: step.clone(), stream },
            captured: Mutex::new(CapturedStream::new()),
            next: AsyncMutex::new(Some(0)),
        };
        Self { stdout: kept(OutputStream::Stdout), stderr: kept(OutputStream::Stderr), store }
    }

    /// What was kept of both streams.
    pub(crate) fn captured(&self) -> (CapturedStream, CapturedStream) {
        let read = |kept: &Kept| kept.captured.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (read(&self.stdout), read(&self.stderr))
    }
}

#[async_trait]
impl OutputSink for StepOutput {
    async fn write(&self, stream: OutputStream, bytes: &[u8]) {
        let kept = match stream {
            OutputStream::Stdout => &self.stdout,
            OutputStream::Stderr => &self.stderr,
        };
        kept.captured.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
        let mut next = kept.next.lock().await;
        let Some(offset) = *next else { return };
        *next = match self.store.append(&kept.key, offset, Bytes::copy_from_slice(bytes)).await {
            Ok(()) => Some(offset + bytes.len() as u64),
            Err(error) => {
                tracing::warn!(step = %kept.key.step, %error, "the whole output is not kept from here on");
                None
            }
        };
    }
}
