//! From a program's pipes to the sink.

use ssm_core::ports::{OutputSink, OutputStream};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Carries both streams to the sink until both are closed. They run side by side: one that is full or slow does not hold
/// up the other.
pub(super) async fn both(
    stdout: Option<impl AsyncRead + Unpin>,
    stderr: Option<impl AsyncRead + Unpin>,
    output: &dyn OutputSink,
) {
    tokio::join!(one(OutputStream::Stdout, stdout, output), one(OutputStream::Stderr, stderr, output));
}

async fn one(stream: OutputStream, pipe: Option<impl AsyncRead + Unpin>, output: &dyn OutputSink) {
    let Some(mut pipe) = pipe else { return };
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match pipe.read(&mut chunk).await {
            Ok(0) => return,
            Ok(length) => output.write(stream, &chunk[..length]).await,
            Err(error) => {
                // A pipe has no errors that pass; what was read until here stands.
                tracing::warn!(?stream, %error, "cannot read a program's output");
                return;
            }
        }
    }
}

/// The most that is read at once, and all that is kept of a stream here.
const CHUNK_BYTES: usize = 16 * 1024;
