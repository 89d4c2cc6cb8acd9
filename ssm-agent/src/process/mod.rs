//! One program under control: it starts from a clean slate, its output flows while it runs, and nothing of it outlives a
//! stop.
//!
//! Read in this order: [`ProcessSpec`] (what to start), [`run`] (its whole life), [`ProcessEnd`] (how it ended). The parts
//! that differ between systems are one small type, `Group`, in a file a system.
//!
//! # What belongs to a program
//! The program leads a process group of its own; whatever it starts belongs to it until it leaves that group (`setsid`).
//! A stop ends the whole group. A program that ends by itself may leave behind what it put into the background with its
//! output redirected: that is how scripts start services, and the stock agent leaves it alone as well.
//!
//! Two things are out of reach. A descendant that left the group is not found again; that takes a cgroup, which not every
//! system has. And when the agent itself is killed, nothing here runs any more: its programs go on.

mod executable;
mod pump;
#[cfg(test)]
#[cfg(unix)]
pub(crate) mod testing;
#[cfg(test)]
#[cfg(unix)]
mod tests;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
mod unsupported;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use ssm_core::ports::{OutputSink, StopSignal};
use tokio::time::{sleep, timeout};

pub(crate) use executable::write_executable;
#[cfg(unix)]
use unix::Group;
#[cfg(not(unix))]
use unsupported::Group;

/// What to start, and with what around it.
///
/// Nothing is inherited: the environment is exactly the stated one, standard input is empty, and of the agent's descriptors
/// only those stay open that some other library made without the close-on-exec flag (Rust's own all have it).
#[derive(Clone, Default)]
pub struct ProcessSpec {
    /// The program: a path, or a name that is looked up in the `PATH` of [`environment`](Self::environment).
    pub program: PathBuf,
    /// Its arguments, without the program's own name.
    pub arguments: Vec<OsString>,
    /// Where it starts; `None` is the agent's own directory.
    pub directory: Option<PathBuf>,
    /// Its whole environment.
    pub environment: BTreeMap<String, String>,
}

impl fmt::Debug for ProcessSpec {
    /// Leaves out the arguments and the values of the environment, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessSpec")
            .field("program", &self.program)
            .field("directory", &self.directory)
            .field("variables", &self.environment.keys())
            .finish_non_exhaustive()
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProcessEnd {
    /// By itself, with this exit code, 0 to 255.
    Exited(i32),
    /// By a signal of this number that did not come from here.
    Signalled(i32),
    /// By the stop signal. What had not died a grace time after its SIGKILL (it hangs inside the kernel) is left to die.
    Stopped,
}

/// Bounds of the end of a program.
#[derive(Debug, Clone)]
pub struct ProcessLimits {
    grace: Duration,
    kills: u32,
}

impl ProcessLimits {
    /// Sets how long, after a stop, what is left in the pipes may still be read, and then how long the program may take to
    /// die. Default 500 ms each. Source: our choice; a plugin has about a second to stop.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how often a stop kills the group, 2 ms apart, at least once. Default 5.
    ///
    /// Linux gives a signal to the group and to what it forks meanwhile in one step; elsewhere a process that is being
    /// forked during the walk may be missed, and the next kill finds it.
    #[must_use]
    pub fn with_kills(mut self, kills: u32) -> Self {
        self.kills = kills.max(1);
        self
    }
}

impl Default for ProcessLimits {
    fn default() -> Self {
        Self { grace: Duration::from_millis(500), kills: 5 }
    }
}

/// Why a program could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// Its directory is missing or cannot be entered.
    #[error("cannot start {program} in {directory}", program = .program.display(), directory = .directory.display())]
    Directory {
        /// The program that was to start.
        program: PathBuf,
        /// The directory.
        directory: PathBuf,
        /// What is wrong with the directory.
        source: io::Error,
    },
    /// The system refused to start it.
    #[error("cannot start {program}", program = .program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ran and ended, and how cannot be learnt: something else in this process waits for all children.
    #[error("the end of the program was lost")]
    EndLost {
        /// What the system said.
        source: io::Error,
    },
    /// Nothing can be run here.
    #[error("running programs is not supported on this platform yet")]
    Unsupported,
}

/// Runs a program to its end, with its output going to the sink while it comes.
///
/// It ends when the program has exited **and** both streams are closed: what a background child writes belongs to the step
/// as well, as with the stock agent. When the stop signal fires first, the whole group is killed at once (no gentle signal
/// before, as with the stock agent), and what is left in the pipes is read for the grace time, even if a descendant outside
/// of the group holds them open for longer. A program that had exited by itself before the stop keeps its own end.
///
/// Both streams are read at the same time, 16 KiB at most each, and a sink that waits slows down that stream alone.
/// Dropping the future kills the group. Needs a tokio runtime with I/O and time.
///
/// # Errors
/// [`SpawnError`] when the program cannot be started, or its end cannot be learnt; nothing of it is running then.
#[expect(clippy::disallowed_methods, reason = "a real process is waited for, which no virtual time moves")]
pub async fn run(
    spec: &ProcessSpec,
    output: &dyn OutputSink,
    stop: &StopSignal,
    limits: &ProcessLimits,
) -> Result<ProcessEnd, SpawnError> {
    if stop.reason().is_some() {
        return Ok(ProcessEnd::Stopped);
    }
    let mut group = {
        let _no_script_is_open = executable::hold_scripts_closed().await;
        Group::spawn(spec)?
    };
    let (stdout, stderr) = group.take_streams();
    let mut pumps = Box::pin(pump::both(stdout, stderr, output));
    let mut pumped = false;

    tokio::select! {
        biased;
        _ = stop.stopped() => {}
        end = async {
            (&mut pumps).await;
            pumped = true;
            group.reap().await
        } => return end.map_err(|source| SpawnError::EndLost { source }),
    }

    let exited_before = group.has_exited();
    let killing = async {
        for _ in 0..limits.kills {
            group.kill();
            sleep(BETWEEN_KILLS).await;
        }
    };
    let draining = async {
        if !pumped && timeout(limits.grace, &mut pumps).await.is_err() {
            tracing::warn!("a process outside of the stopped group holds its output open");
        }
    };
    tokio::join!(killing, draining);
    drop(pumps);

    let end = match timeout(limits.grace, group.reap()).await {
        // A kill does not change the end of what was already over, so any other end than by our signal is the program's own.
        Ok(Ok(end)) if exited_before || end != Group::KILLED => end,
        Ok(_) => ProcessEnd::Stopped,
        Err(_) => {
            tracing::warn!("a killed program does not die");
            ProcessEnd::Stopped
        }
    };
    group.vanish().await;
    Ok(end)
}

const BETWEEN_KILLS: Duration = Duration::from_millis(2);
