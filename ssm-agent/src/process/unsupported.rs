//! Systems on which nothing can be run yet: the same interface as on Unix, without a way to get a value of it.

use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::Path;

use tokio::io::Empty;

use super::{ProcessEnd, ProcessSpec, SpawnError};

#[derive(Debug)]
pub(super) struct Group(Infallible);

impl Group {
    pub(super) const KILLED: ProcessEnd = ProcessEnd::Stopped;

    pub(super) fn spawn(_: &ProcessSpec) -> Result<Self, SpawnError> {
        Err(SpawnError::Unsupported)
    }

    pub(super) fn take_streams(&mut self) -> (Option<Empty>, Option<Empty>) {
        match self.0 {}
    }

    pub(super) fn kill(&self) {
        match self.0 {}
    }

    pub(super) fn has_exited(&self) -> bool {
        match self.0 {}
    }

    #[expect(clippy::unused_async, reason = "the interface is that of the systems that wait")]
    pub(super) async fn reap(&mut self) -> io::Result<ProcessEnd> {
        match self.0 {}
    }

    #[expect(clippy::unused_async, reason = "the interface is that of the systems that wait")]
    pub(super) async fn vanish(&self) {
        match self.0 {}
    }
}

pub(super) fn create_executable(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}
