//! A command's turn: one commit of what there is to do for it.

use std::collections::BTreeSet;

use ssm_core::api::ApiError;
use ssm_core::engine::{self, Decision, DispatchView, EXPANSION_CHUNK};
use ssm_core::ids::{AccountId, CommandNumber};
use ssm_core::ports::{Action, CallerContext, InvocationQuery, NodeQuery, Stage};
use ssm_core::record::{Command, Expansion};
use ssm_core::time::Timestamp;

use super::PORTION;
use crate::control_plane::{ControlPlane, unavailable};

/// What a turn has come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Turn {
    /// There is nothing more to do until something is heard.
    Idle,
    /// There may be more.
    More,
    /// Another dispatcher holds the command until then, or it failed.
    Later(Timestamp),
}

impl ControlPlane {
    pub(super) async fn turn(&self, account: &AccountId, number: CommandNumber) -> Result<Turn, ApiError> {
        let mut attempts = self.attempts();
        let mut portion = PORTION;
        loop {
            let command = self.0.store.command_by_number(account, number).await.map_err(unavailable)?;
            let Some(command) = command else { return Ok(Turn::Idle) };
            let claim = match engine::claim(&command, self.0.dispatcher, self.now()) {
                Ok(claim) => claim,
                Err(until) => return Ok(Turn::Later(until)),
            };
            let (decision, more) = match command.expansion {
                // Its invocations are dispatched next.
                Expansion::Pending { .. } => (self.expand(&command).await?, true),
                Expansion::Done { .. } => self.look_after(&command, portion).await?,
            };
            if decision.batch.is_empty() {
                return Ok(Turn::Idle);
            }
            if attempts.commit(claim.fenced(decision, more, self.now())).await? {
                return Ok(if more { Turn::More } else { Turn::Idle });
            }
            // Every row of a portion may conflict, so a smaller one is likelier to pass.
            portion = (portion / 8).max(1);
        }
    }

    async fn expand(&self, command: &Command) -> Result<Decision, ApiError> {
        let Expansion::Pending { after, .. } = &command.expansion else { return Ok(Decision::nothing()) };
        let query = NodeQuery { selector: command.targeting.selector(), after: after.clone(), limit: EXPANSION_CHUNK };
        let nodes = self.0.store.nodes(&command.account, &query).await.map_err(unavailable)?;
        let last = nodes.len() < EXPANSION_CHUNK;
        let context = CallerContext::new(command.account.clone(), command.sender.clone(), command.request);
        let mut denied = BTreeSet::new();
        for node in nodes.iter().filter(|node| command.means(&node.instance, &node.tags)) {
            let action = Action::new("SendCommand")
                .on_document(command.document.name.as_seen_by(&command.account))
                .on_instances(vec![node.instance.clone()]);
            if self.0.authorizer.authorize(&context, &action).await.is_err() {
                denied.insert(node.instance.clone());
            }
        }
        Ok(engine::expand(command, &nodes, &denied, last, self.now()))
    }

    /// What is decided, and whether there may be more.
    async fn look_after(&self, command: &Command, portion: usize) -> Result<(Decision, bool), ApiError> {
        let (account, number, store) = (&command.account, command.number, &self.0.store);
        let completions = store.completions(account, number, portion).await.map_err(unavailable)?;
        let now = self.now();
        let stage = match (command.cancel_requested_at, command.stopped_at) {
            (Some(_), _) => Some(Stage::Cancellable),
            (None, Some(_)) => Some(Stage::Unsent),
            (None, None) => None,
        };
        let to_end = match stage {
            Some(stage) if command.ended.is_none() => {
                let query =
                    InvocationQuery { command: Some(number), stage, limit: portion, ..InvocationQuery::default() };
                store.invocations(account, &query).await.map_err(unavailable)?
            }
            _ => Vec::new(),
        };
        let room = engine::room_to_release(command, &completions, now).min(portion);
        let candidates = match room {
            0 => Vec::new(),
            room => store.candidates(account, number, now, room).await.map_err(unavailable)?,
        };
        let view = DispatchView { command, completions: &completions, to_end: &to_end, candidates: &candidates };
        let decision = engine::dispatch(&view, &mut || self.0.ids.uuid(), now);
        // A portion that is full may not be the last one; and a command that stops now has unsent invocations to end.
        let full = [completions.len(), to_end.len(), candidates.len()].into_iter().any(|rows| rows == portion);
        let stops = engine::stops(&decision, command);
        Ok((decision, full || stops))
    }
}
