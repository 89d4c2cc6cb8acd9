//! What tests of programs share: a sink that remembers, and a look at whether a process is gone.

use std::time::Duration;

use async_trait::async_trait;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use ssm_core::ports::{OutputSink, OutputStream};
use tokio::sync::watch;

/// Keeps all output, and lets a test wait for a line of it.
#[derive(Debug, Default)]
pub(crate) struct Recorder(watch::Sender<Recorded>);

/// The bytes of both streams until now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Recorder {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow().stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.borrow().stderr).into_owned()
    }

    pub(crate) fn bytes(&self) -> Recorded {
        self.0.borrow().clone()
    }

    /// Waits for the first complete line of standard output.
    pub(crate) async fn first_line(&self) -> String {
        let mut changes = self.0.subscribe();
        let seen = changes.wait_for(|seen| seen.stdout.contains(&b'\n')).await.unwrap();
        String::from_utf8_lossy(&seen.stdout).lines().next().unwrap().to_owned()
    }

    /// Waits for the first line, which is a process id.
    pub(crate) async fn first_pid(&self) -> i32 {
        self.first_line().await.parse().unwrap()
    }
}

#[async_trait]
impl OutputSink for Recorder {
    async fn write(&self, stream: OutputStream, bytes: &[u8]) {
        self.0.send_modify(|seen| match stream {
            OutputStream::Stdout => seen.stdout.extend_from_slice(bytes),
            OutputStream::Stderr => seen.stderr.extend_from_slice(bytes),
        });
    }
}

/// Waits for the kernel to be done with a killed process, 2 s at most. A zombie is gone: who reaps it is not our affair.
#[expect(clippy::disallowed_methods, reason = "a real process is waited for, which no virtual time moves")]
pub(crate) async fn gone(pid: i32) -> bool {
    for _ in 0..400 {
        if !alive(pid) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

pub(crate) fn alive(pid: i32) -> bool {
    let zombie = std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')));
    !zombie && kill(Pid::from_raw(pid), None).is_ok()
}
