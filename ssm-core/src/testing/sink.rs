//! A sink that keeps a step's output.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::channel::oneshot;

use crate::ports::{OutputSink, OutputStream};

/// Keeps every write of a step, in order.
#[derive(Debug, Default)]
pub struct RecordingSink {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    writes: Vec<(OutputStream, Bytes)>,
    waiting: Vec<oneshot::Sender<()>>,
}

impl RecordingSink {
    /// The writes, in the order in which they came.
    #[must_use]
    pub fn writes(&self) -> Vec<(OutputStream, Bytes)> {
        self.lock().writes.clone()
    }

    /// The bytes of a stream.
    #[must_use]
    pub fn bytes(&self, stream: OutputStream) -> Vec<u8> {
        let kept = self.lock();
        kept.writes.iter().filter(|(of, _)| *of == stream).flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }

    /// A stream as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self, stream: OutputStream) -> String {
        String::from_utf8_lossy(&self.bytes(stream)).into_owned()
    }

    /// Waits until something was written, to either stream.
    pub async fn written(&self) {
        loop {
            let written = {
                let mut kept = self.lock();
                if kept.writes.iter().any(|(_, bytes)| !bytes.is_empty()) {
                    return;
                }
                let (sender, receiver) = oneshot::channel();
                kept.waiting.push(sender);
                receiver
            };
            // Ends with the next write; the other end goes with the sink alone.
            let _ = written.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl OutputSink for RecordingSink {
    async fn write(&self, stream: OutputStream, bytes: &[u8]) {
        let mut kept = self.lock();
        kept.writes.push((stream, Bytes::copy_from_slice(bytes)));
        for waiting in kept.waiting.drain(..) {
            // Nobody may wait any more.
            let _ = waiting.send(());
        }
    }
}
