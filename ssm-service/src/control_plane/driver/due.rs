//! What time alone changes.

use futures::{StreamExt, stream};
use ssm_core::api::ApiError;
use ssm_core::engine::{self, Decision};
use ssm_core::ports::CommitError;
use ssm_core::record::Invocation;
use ssm_core::time::Timestamp;

use super::{PORTION, RETRY, TURNS, told};
use crate::control_plane::{ControlPlane, unavailable};

impl ControlPlane {
    /// Lets everything come due whose time has come, a portion a commit. Answers when the next one's comes.
    pub(super) async fn all_due(&self) -> Result<Option<Timestamp>, ApiError> {
        loop {
            let now = self.now();
            let due = self.0.store.due(now, PORTION).await.map_err(unavailable)?;
            let full = due.invocations.len() == PORTION;
            let decisions: Vec<_> = due.invocations.iter().map(|invocation| self.decide_due(invocation)).collect();
            let mut decisions = stream::iter(decisions).buffered(TURNS);
            let mut together = Decision::nothing();
            let mut left = false;
            while let Some(decision) = decisions.next().await {
                // One that cannot be decided must not hold up the others.
                left |= !told(&decision, "an invocation that is due was left");
                together.append(decision.unwrap_or_default());
            }
            // A portion that changes nothing would come again for ever.
            let stuck = full && together.batch.is_empty();
            let retry = match self.commit(together).await {
                _ if stuck => true,
                Ok(()) => left,
                // One of them has changed: one by one, so that the others do not wait for it.
                Err(CommitError::Conflict) => !self.come_due_singly(&due.invocations).await,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "what is due was not written");
                    true
                }
            };
            // What fails would come again at once.
            if retry {
                return Ok(Some(now + RETRY));
            }
            if !full {
                return Ok(due.next_at);
            }
        }
    }

    async fn decide_due(&self, invocation: &Invocation) -> Result<Decision, ApiError> {
        let key = &invocation.key;
        let node = self.0.store.node(&key.account, &key.instance).await.map_err(unavailable)?;
        Ok(engine::due(invocation, node.as_ref(), self.now()))
    }

    /// Answers whether all of them went well.
    async fn come_due_singly(&self, invocations: &[Invocation]) -> bool {
        let all: Vec<_> = invocations.iter().map(|invocation| self.come_due(invocation)).collect();
        let mut all = stream::iter(all).buffered(TURNS);
        let mut well = true;
        while let Some(come) = all.next().await {
            well &= told(&come, "an invocation that is due was left");
        }
        well
    }

    async fn come_due(&self, invocation: &Invocation) -> Result<(), ApiError> {
        let mut attempts = self.attempts();
        let mut current = Some(invocation.clone());
        while let Some(invocation) = current {
            if attempts.commit(self.decide_due(&invocation).await?).await? {
                return Ok(());
            }
            current = self.0.store.invocation(&invocation.key).await.map_err(unavailable)?;
        }
        Ok(())
    }
}
