//! Files that are written here and run at once.
//!
//! Unix refuses to run a file that anybody has open for writing. A process that is just being forked holds copies of all
//! descriptors until it runs its own program, also of a script that another step is writing in that moment. That script is
//! closed by its writer and still open in the fork; running it right then fails with "text file busy". So no script is open
//! while a program is being started: writers share a lock, and a start has it alone.
//!
//! The lock knows the starts of this module only. A host program that starts children by other means at the same time can
//! still meet the error, rarely.

use std::io::{self, Write};
use std::path::Path;

use tokio::sync::{RwLock, RwLockWriteGuard};

#[cfg(unix)]
use super::unix::create_executable;
#[cfg(not(unix))]
use super::unsupported::create_executable;

/// Waits until no script is being written and keeps it so.
pub(super) async fn hold_scripts_closed() -> RwLockWriteGuard<'static, ()> {
    SCRIPTS.write().await
}

/// Writes a new file that its owner alone may read, write and run (mode 0700), ready to be run.
///
/// # Errors
/// When something of that name exists already, even a dangling link, or the file cannot be written.
pub(crate) async fn write_executable(path: &Path, content: Vec<u8>) -> io::Result<()> {
    let path = path.to_owned();
    let open = SCRIPTS.read().await;
    let write = move || {
        // Moved here, so that the lock is held as long as the file is open, also when nobody waits any more.
        let _open = open;
        create_executable(&path)?.write_all(&content)
    };
    tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
}

static SCRIPTS: RwLock<()> = RwLock::const_new(());
