//! What has grown old.

use ssm_core::api::ApiError;
use ssm_core::engine;

use crate::control_plane::{ControlPlane, unavailable};

/// Most commands that are read, and of which rows are removed, at once.
const COMMANDS: usize = 50;

impl ControlPlane {
    /// Removes all history whose time has passed, a portion a commit.
    pub(super) async fn retire(&self) -> Result<(), ApiError> {
        let kept = self.0.settings.history;
        let mut attempts = self.attempts();
        loop {
            let now = self.now();
            let ended = self.0.store.ended_commands(now - kept, COMMANDS).await.map_err(unavailable)?;
            let decision = engine::retire(&ended, kept, now);
            if decision.batch.is_empty() {
                return Ok(());
            }
            if attempts.commit(decision).await? {
                attempts = self.attempts();
            }
        }
    }
}
