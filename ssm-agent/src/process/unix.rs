//! A program and its process group on Unix.
//!
//! # Which group a signal reaches
//! The group's id is the leader's process id. The system gives an id to somebody else only when no process has it, not even
//! as a zombie, and no group is called by it. So as long as the leader is not reaped, a signal to the group reaches this
//! group and no other. That is why a stop kills before it reaps, and why it looks at an exit without reaping, where the system
//! can do that (`waitid` with WNOWAIT, which nix has on Linux and FreeBSD).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::sleep;

use super::{ProcessEnd, ProcessSpec, SpawnError};

/// A running program, leader of its own group. Dropped before it is reaped, it is killed with its group.
#[derive(Debug)]
pub(super) struct Group {
    leader: Child,
    id: Pid,
}

impl Group {
    /// The end of a leader by [`kill`](Self::kill).
    pub(super) const KILLED: ProcessEnd = ProcessEnd::Signalled(Signal::SIGKILL as i32);

    /// Starts the program. On return it runs or nothing does: the system has then already loaded it or refused.
    pub(super) fn spawn(spec: &ProcessSpec) -> Result<Self, SpawnError> {
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.arguments)
            .env_clear()
            .envs(&spec.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(directory) = &spec.directory {
            command.current_dir(directory);
        }
        let leader = command.spawn().map_err(|source| explain(spec, source))?;
        let id = leader.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let Some(id) = id else { return Err(explain(spec, io::Error::other("the program has no process id"))) };
        Ok(Self { leader, id })
    }

    /// The reading ends of both streams, once.
    pub(super) fn take_streams(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.leader.stdout.take(), self.leader.stderr.take())
    }

    /// Kills every member of the group, as long as the leader is not reaped; later it does nothing.
    pub(super) fn kill(&self) {
        if self.leader.id().is_some() {
            kill_group(self.id);
        }
    }

    /// Whether the leader has exited, without reaping it. Always `false` where the system cannot say that.
    pub(super) fn has_exited(&self) -> bool {
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        {
            use nix::errno::Errno;
            if self.leader.id().is_none() {
                return true;
            }
            let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
            // An error says that it is over, too: nix has no name for a real-time signal (EINVAL), or somebody else in this
            // process has reaped the leader (ECHILD).
            !matches!(waitid(Id::Pid(self.id), look), Ok(WaitStatus::StillAlive) | Err(Errno::EINTR))
        }
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        false
    }

    /// Waits for the leader's exit and takes its end. Cancel safe. From here on the group is not signalled any more.
    pub(super) async fn reap(&mut self) -> io::Result<ProcessEnd> {
        let status = self.leader.wait().await?;
        Ok(match (status.code(), status.signal()) {
            (Some(code), _) => ProcessEnd::Exited(code),
            (None, Some(signal)) => ProcessEnd::Signalled(signal),
            (None, None) => return Err(io::Error::other(format!("an exit that is none: {status}"))),
        })
    }

    /// Waits until the killed members are gone, 31 ms at most: a signal is sent at once and acted on a little later.
    ///
    /// Only looks, so it does no harm that the group's id may belong to somebody else by now. The bound counts where
    /// orphans are reaped late or never (some containers), since a zombie is a member, too.
    #[expect(clippy::disallowed_methods, reason = "a real process is waited for, which no virtual time moves")]
    pub(super) async fn vanish(&self) {
        for round in 0..5 {
            if killpg(self.id, None).is_err() {
                return;
            }
            sleep(Duration::from_millis(1 << round)).await;
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The leader itself is then reaped by tokio, which keeps children that nobody waits for.
        self.kill();
    }
}

/// Creates a file that its owner may read, write and run, and that did not exist.
pub(super) fn create_executable(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o700).open(path)
}

fn kill_group(id: Pid) {
    if let Err(error) = killpg(id, Signal::SIGKILL) {
        // ESRCH: nobody is left. EPERM: all who are left belong to another user (or are zombies, on macOS).
        tracing::debug!(group = id.as_raw(), %error, "a process group took no signal");
    }
}

/// Says which of program and directory was the trouble; the system's own answer is the same for both.
fn explain(spec: &ProcessSpec, source: io::Error) -> SpawnError {
    let program = spec.program.clone();
    let Some(directory) = spec.directory.clone() else { return SpawnError::Start { program, source } };
    match std::fs::metadata(&directory) {
        Ok(found) if found.is_dir() => SpawnError::Start { program, source },
        Ok(_) => SpawnError::Directory { program, directory, source: io::ErrorKind::NotADirectory.into() },
        Err(source) => SpawnError::Directory { program, directory, source },
    }
}
