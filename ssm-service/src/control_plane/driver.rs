//! The control plane's own motion: dispatch, and what time alone changes.

use std::time::Duration;

use ssm_core::api::ApiError;
use ssm_core::engine::{self, DispatchView, EXPANSION_CHUNK};
use ssm_core::ids::{AccountId, CommandNumber};
use ssm_core::ports::{InvocationQuery, NodeQuery, Stage};
use ssm_core::record::{Command, Expansion, Invocation};
use ssm_core::time::Timestamp;

use super::{ControlPlane, unavailable};

/// Most rows of a portion: completions, endings and due invocations of one commit or read.
const PORTION: usize = 500;
/// How long the driver waits before it tries again what failed.
const RETRY: Duration = Duration::from_secs(1);

impl ControlPlane {
    /// Dispatches commands and watches due times until `stop` ends. Run it once a process, beside the ports.
    ///
    /// Whatever was under way when an earlier process ended is found in the store and taken up again. A failure of the store is
    /// logged and tried again after a second.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        let mut resumed = false;
        loop {
            let step = async {
                if !resumed {
                    self.resume().await?;
                    resumed = true;
                }
                self.step().await
            };
            let wait_until = match step.await {
                Ok(next_at) => next_at,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "the driver failed, and goes on");
                    Some(self.now() + RETRY)
                }
            };
            let sleep = async {
                match wait_until {
                    Some(at) => self.0.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = self.0.work.news.notified() => {}
                () = sleep => {}
            }
        }
    }

    /// Takes up every command that has not ended.
    async fn resume(&self) -> Result<(), ApiError> {
        let mut after = None;
        loop {
            let commands = self.0.store.unfinished_commands(after, PORTION).await.map_err(unavailable)?;
            let Some(last) = commands.last() else { return Ok(()) };
            after = Some(last.number);
            for command in commands {
                self.0.work.add_command(command.account, command.number);
            }
        }
    }

    /// Does all that there is to do now. Answers when time alone will make more. What fails is logged, holds up nothing else, and
    /// is tried again after a while.
    async fn step(&self) -> Result<Option<Timestamp>, ApiError> {
        // Taken before the store is read: what is heard of meanwhile wakes the driver again.
        self.0.work.take_wake_at();
        let mut next_at = self.all_due().await?;
        for (account, number) in self.0.work.take_commands() {
            if let Err(error) = self.dispatch(&account, number).await {
                tracing::error!(number = number.value(), %error, "a command was not dispatched");
                self.0.work.put_back(account, number);
                let retry = self.now() + RETRY;
                next_at = Some(next_at.map_or(retry, |at| at.min(retry)));
            }
        }
        Ok(next_at)
    }

    /// Lets everything come due whose time has come. Answers when the next one's comes.
    async fn all_due(&self) -> Result<Option<Timestamp>, ApiError> {
        loop {
            let now = self.now();
            let due = self.0.store.due(now, PORTION).await.map_err(unavailable)?;
            let full = due.invocations.len() == PORTION;
            let mut failed = 0;
            for invocation in &due.invocations {
                if let Err(error) = self.come_due(invocation).await {
                    tracing::error!(command = %invocation.command, %error, "an invocation that is due was left");
                    failed += 1;
                }
            }
            // A portion of failures alone would come again at once.
            if failed > 0 {
                return Ok(Some(now + RETRY));
            }
            if !full {
                return Ok(due.next_at);
            }
        }
    }

    async fn come_due(&self, invocation: &Invocation) -> Result<(), ApiError> {
        let key = &invocation.key;
        let mut attempts = self.attempts();
        let mut current = Some(invocation.clone());
        while let Some(invocation) = current {
            let node = self.0.store.node(&key.account, &key.instance).await.map_err(unavailable)?;
            let decision = engine::due(&invocation, node.as_ref(), self.now());
            if attempts.commit(decision).await? {
                return Ok(());
            }
            current = self.0.store.invocation(key).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Looks after one command until there is nothing to do for it.
    async fn dispatch(&self, account: &AccountId, number: CommandNumber) -> Result<(), ApiError> {
        let mut attempts = self.attempts();
        loop {
            let command = self.0.store.command_by_number(account, number).await.map_err(unavailable)?;
            let Some(command) = command else { return Ok(()) };
            let decision = match command.expansion {
                Expansion::Pending { .. } => self.expand(&command).await?,
                Expansion::Done { .. } => self.look_after(&command).await?,
            };
            if decision.batch.is_empty() {
                return Ok(());
            }
            if attempts.commit(decision).await? {
                attempts = self.attempts();
            }
        }
    }

    async fn expand(&self, command: &Command) -> Result<engine::Decision, ApiError> {
        let Expansion::Pending { after, .. } = &command.expansion else { return Ok(engine::Decision::nothing()) };
        let query = NodeQuery { after: after.clone(), limit: EXPANSION_CHUNK };
        let nodes = self.0.store.nodes(&command.account, &query).await.map_err(unavailable)?;
        let last = nodes.len() < EXPANSION_CHUNK;
        Ok(engine::expand(command, &nodes, last, self.now()))
    }

    async fn look_after(&self, command: &Command) -> Result<engine::Decision, ApiError> {
        let (account, number, store) = (&command.account, command.number, &self.0.store);
        let completions = store.completions(account, number, PORTION).await.map_err(unavailable)?;
        let now = self.now();
        let stage = match (command.cancel_requested_at, command.stopped_at) {
            (Some(_), _) => Some(Stage::Cancellable),
            (None, Some(_)) => Some(Stage::Unsent),
            (None, None) => None,
        };
        let to_end = match stage {
            Some(stage) if command.ended.is_none() => {
                let query =
                    InvocationQuery { command: Some(number), stage, limit: PORTION, ..InvocationQuery::default() };
                store.invocations(account, &query).await.map_err(unavailable)?
            }
            _ => Vec::new(),
        };
        let room = engine::room_to_release(command, &completions, now).min(PORTION);
        let candidates = match room {
            0 => Vec::new(),
            room => store.candidates(account, number, now, room).await.map_err(unavailable)?,
        };
        let view = DispatchView { command, completions: &completions, to_end: &to_end, candidates: &candidates };
        Ok(engine::dispatch(&view, &mut || self.0.ids.uuid(), now))
    }
}
