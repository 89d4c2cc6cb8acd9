//! A site whose changes a test can wait for.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::sync::Arc;

use ssm_agent::{PluginRegistry, SystemClock};
use ssm_core::api::{
    Command, CommandInvocation, CreateDocumentRequest, GetCommandInvocationRequest, GetCommandInvocationResponse,
    ListCommandInvocationsRequest, ListCommandsRequest, SendCommandRequest,
};
use ssm_core::command::InvocationState;
use ssm_core::engine::Change;
use ssm_core::ids::CommandId;
use ssm_core::ports::{Clock, OperatorApiExt};
use ssm_examples::{Listener, Site};
use tempfile::TempDir;
use tokio::sync::mpsc;

pub(crate) struct TestSite {
    pub(crate) site: Site,
    changes: mpsc::UnboundedReceiver<Change>,
    pub(crate) directory: TempDir,
}

impl TestSite {
    pub(crate) async fn open() -> Self {
        Self::with_agent_clock(Arc::new(SystemClock::default())).await
    }

    pub(crate) async fn with_agent_clock(clock: Arc<dyn Clock>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (listener, changes) = Listener::new();
        let plugins = PluginRegistry::built_in();
        let events = Arc::new(listener);
        let site = Site::open_with_agent_clock(plugins, directory.path(), events, clock).unwrap();
        site.wait_for_instance().await.unwrap();
        Self { site, changes, directory }
    }

    pub(crate) async fn create_document(&self, name: &str, content: &serde_json::Value) {
        let request = CreateDocumentRequest::new(name, content.to_string());
        self.site.operators.create_document(&self.site.context().unwrap(), request).await.unwrap();
    }

    pub(crate) async fn send(&self, request: SendCommandRequest) -> CommandId {
        let request = request.with_instance_ids([&self.site.instance]);
        self.site.operators.send_command(&self.site.context().unwrap(), request).await.unwrap().command.command_id
    }

    pub(crate) async fn send_script(&self, lines: &[&str]) -> CommandId {
        self.send(SendCommandRequest::new("AWS-RunShellScript").with_parameter("commands", lines)).await
    }

    /// Waits until the invocation is in a state that fits.
    pub(crate) async fn wait_for(&mut self, command: CommandId, wanted: impl Fn(InvocationState) -> bool) {
        loop {
            match self.changes.recv().await.expect("the service lives") {
                Change::Invocation { command: of, state, .. } if of == command && wanted(state) => return,
                _ => {}
            }
        }
    }

    /// Waits until the command has ended, and reads it.
    pub(crate) async fn wait_for_end(&mut self, command: CommandId) -> Command {
        loop {
            match self.changes.recv().await.expect("the service lives") {
                Change::Command { command: of, details, .. }
                    if of == command && !["Pending", "InProgress", "Delayed", "Cancelling"].contains(&details) =>
                {
                    return self.command(command).await;
                }
                _ => {}
            }
        }
    }

    pub(crate) async fn command(&self, command: CommandId) -> Command {
        let request = ListCommandsRequest::of_command(command);
        let answer = self.site.operators.list_commands(&self.site.context().unwrap(), request).await.unwrap();
        answer.commands.into_iter().next().unwrap()
    }

    pub(crate) async fn invocation(&self, command: CommandId) -> CommandInvocation {
        let request = ListCommandInvocationsRequest::detailed(command);
        let context = self.site.context().unwrap();
        let answer = self.site.operators.list_command_invocations(&context, request).await.unwrap();
        answer.command_invocations.into_iter().next().unwrap()
    }

    pub(crate) async fn step(&self, command: CommandId, step: Option<&str>) -> GetCommandInvocationResponse {
        let mut request = GetCommandInvocationRequest::new(command, &self.site.instance);
        if let Some(step) = step {
            request = request.with_plugin_name(step);
        }
        self.site.operators.get_command_invocation(&self.site.context().unwrap(), request).await.unwrap()
    }
}

/// Whether an agent has it for certain.
pub(crate) fn running(state: InvocationState) -> bool {
    state == InvocationState::Running
}
