//! The control plane's own motion: dispatch, and what time alone changes.

use std::collections::BTreeSet;
use std::time::Duration;

use ssm_core::api::ApiError;
use ssm_core::engine::{self, Decision, DispatchView, EXPANSION_CHUNK};
use ssm_core::ids::{AccountId, CommandNumber};
use ssm_core::ports::{Action, CallerContext, InvocationQuery, NodeQuery, Stage};
use ssm_core::record::{Command, Expansion, Invocation};
use ssm_core::time::Timestamp;

use super::{ControlPlane, unavailable};

/// Most rows of a portion: completions, endings and due invocations of one commit or read.
const PORTION: usize = 500;
/// How long the driver waits before it tries again what failed.
const RETRY: Duration = Duration::from_secs(1);
/// How often all open commands are looked at, whether or not a hint came.
const SWEEP: Duration = Duration::from_secs(60);

impl ControlPlane {
    /// Dispatches commands and watches due times until `stop` ends. Run it once a process, beside the ports.
    ///
    /// Whatever was under way when an earlier process ended is found in the store and taken up again; so is, once a minute, what
    /// a lost hint has left lying. What fails is logged, holds up nothing else, and is tried again after a second.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        let mut sweep_at = self.now();
        loop {
            let mut next_at = sweep_at;
            if self.now() >= sweep_at {
                let swept = self.sweep().await;
                sweep_at = self.now() + if told(&swept, "open commands were not read") { SWEEP } else { RETRY };
                next_at = sweep_at;
            }
            // Taken before the store is read: what is heard of meanwhile wakes the driver again.
            self.0.work.take_wake_at();
            let due = self.all_due().await;
            match due {
                Ok(Some(at)) => {
                    self.0.work.expect_at(at);
                    next_at = next_at.min(at);
                }
                Ok(None) => {}
                Err(_) => next_at = next_at.min(self.now() + RETRY),
            }
            told(&due, "what is due was not read");
            if self.dispatch_all().await {
                next_at = next_at.min(self.now() + RETRY);
            }
            tokio::select! {
                // The order decides nothing but what is looked at first: a stop ends all, the others mean another look.
                biased;
                () = &mut stop => return,
                () = self.0.work.news.notified() => {}
                () = self.0.clock.sleep_until(next_at) => {}
            }
        }
    }

    /// Puts every command that has not ended before the dispatcher.
    async fn sweep(&self) -> Result<(), ApiError> {
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

    /// Gives each command that has work one turn; who has more work comes again. Answers whether any has failed.
    async fn dispatch_all(&self) -> bool {
        let mut failed = false;
        for (account, number) in self.0.work.take_commands() {
            match self.dispatch(&account, number).await {
                Ok(true) => self.0.work.add_command(account, number),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(number = number.value(), %error, "a command was not dispatched");
                    self.0.work.put_back(account, number);
                    failed = true;
                }
            }
        }
        failed
    }

    /// Lets everything come due whose time has come, a portion a commit. Answers when the next one's comes.
    async fn all_due(&self) -> Result<Option<Timestamp>, ApiError> {
        loop {
            let now = self.now();
            let due = self.0.store.due(now, PORTION).await.map_err(unavailable)?;
            let full = due.invocations.len() == PORTION;
            let mut together = Decision::nothing();
            for invocation in &due.invocations {
                together.append(self.decide_due(invocation).await?);
            }
            // A portion that changes nothing would come again for ever.
            let stuck = full && together.batch.is_empty();
            let retry = match self.commit(together).await {
                _ if stuck => true,
                Ok(()) => false,
                // One of them has changed: one by one, so that the others do not wait for it.
                Err(_) => !self.come_due_singly(&due.invocations).await,
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
        let mut well = true;
        for invocation in invocations {
            well &= told(&self.come_due(invocation).await, "an invocation that is due was left");
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

    /// Does one commit of what there is to do for a command. Answers whether there may be more.
    async fn dispatch(&self, account: &AccountId, number: CommandNumber) -> Result<bool, ApiError> {
        let mut attempts = self.attempts();
        let mut portion = PORTION;
        loop {
            let command = self.0.store.command_by_number(account, number).await.map_err(unavailable)?;
            let Some(command) = command else { return Ok(false) };
            let decision = match command.expansion {
                Expansion::Pending { .. } => self.expand(&command).await?,
                Expansion::Done { .. } => self.look_after(&command, portion).await?,
            };
            if decision.batch.is_empty() {
                return Ok(false);
            }
            if attempts.commit(decision).await? {
                return Ok(true);
            }
            // Every row of a portion may conflict, so a smaller one is likelier to pass.
            portion = (portion / 8).max(1);
        }
    }

    async fn expand(&self, command: &Command) -> Result<Decision, ApiError> {
        let Expansion::Pending { after, .. } = &command.expansion else { return Ok(Decision::nothing()) };
        let query = NodeQuery { after: after.clone(), limit: EXPANSION_CHUNK };
        let nodes = self.0.store.nodes(&command.account, &query).await.map_err(unavailable)?;
        let last = nodes.len() < EXPANSION_CHUNK;
        let context = CallerContext::new(command.account.clone(), command.sender.clone(), command.request);
        let mut denied = BTreeSet::new();
        for node in nodes.iter().filter(|node| command.means(&node.instance, &node.tags)) {
            let action = Action::new("SendCommand")
                .on_document(command.document.name.clone())
                .on_instances(vec![node.instance.clone()]);
            if self.0.authorizer.authorize(&context, &action).await.is_err() {
                denied.insert(node.instance.clone());
            }
        }
        Ok(engine::expand(command, &nodes, &denied, last, self.now()))
    }

    async fn look_after(&self, command: &Command, portion: usize) -> Result<Decision, ApiError> {
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
        Ok(engine::dispatch(&view, &mut || self.0.ids.uuid(), now))
    }
}

/// Logs a failure. Answers whether all went well.
fn told<T>(result: &Result<T, ApiError>, what: &str) -> bool {
    if let Err(error) = result {
        tracing::error!(error = error as &dyn std::error::Error, "{what}");
    }
    result.is_ok()
}
