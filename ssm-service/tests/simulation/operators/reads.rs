//! What operators read, and what must be true of it.

use std::sync::Arc;
use std::time::Duration;

use ssm_core::api::{ApiError, GetCommandInvocationRequest, ListCommandInvocationsRequest, ListCommandsRequest};
use ssm_core::ids::{CommandId, InstanceId};
use ssm_core::ports::OperatorApiExt;

use super::Operator;
use crate::world::World;

/// At the end everything is read, without faults.
pub(crate) async fn finish(world: &Arc<World>) {
    let operator = Operator::new(0, 9, world);
    let accepted = world.checker().accepted_commands();
    for (id, instances) in accepted {
        operator.read_back(world, id, &instances).await;
    }
    let commands = world.checker().commands();
    for id in commands {
        let instances = world.checker().instances(id);
        for instance in instances {
            operator.read_result(world, id, &instance).await;
        }
    }
}

impl Operator {
    /// Who was answered finds what was written, from any control plane.
    pub(super) async fn read_back(&self, world: &Arc<World>, id: CommandId, named: &[InstanceId]) {
        if !self.read_command(world, id).await {
            let name = world.checker().name(id);
            world.check(|checker| {
                checker.broken(
                    crate::invariants::Invariant::AcceptedIsKept,
                    format!("{name} was answered, and is not listed"),
                );
            });
        }
        for instance in named {
            self.get(world, id, instance).await;
        }
    }

    /// Answers whether it is there.
    async fn read_command(&self, world: &Arc<World>, id: CommandId) -> bool {
        loop {
            let before = world.checker().command_seen(id);
            match self.line(world).await.list_commands(&self.context, ListCommandsRequest::of_command(id)).await {
                Ok(answer) => {
                    let Some(command) = answer.commands.first() else { return false };
                    world.trace.say(&self.name, format_args!("reads {} {}", command.comment, command.status_details));
                    world.check(|checker| checker.command_read(&before, command));
                    return true;
                }
                Err(error) => self.failed(world, "ListCommands", &error).await,
            }
        }
    }

    async fn get(&self, world: &Arc<World>, id: CommandId, instance: &InstanceId) {
        loop {
            let before = world.checker().invocation_seen(id, instance);
            let step = Self::step(world, id);
            let request = GetCommandInvocationRequest::new(id, instance);
            let request = if step == "first" { request.with_plugin_name("first") } else { request };
            match self.line(world).await.get_command_invocation(&self.context, request).await {
                // Of a document with several steps the step's own status is read.
                Ok(_) if step == "first" => return,
                Ok(answer) => return world.check(|checker| checker.invocation_got(&before, &answer)),
                Err(error) => self.failed(world, "GetCommandInvocation", &error).await,
            }
        }
    }

    /// The step to ask for.
    fn step(world: &World, id: CommandId) -> &'static str {
        let two = world.checker().has_two_steps(id);
        if two { "first" } else { "aws:runShellScript" }
    }

    /// At the end: how it ended, and each step's output.
    async fn read_result(&self, world: &Arc<World>, id: CommandId, instance: &InstanceId) {
        let mut request = ListCommandInvocationsRequest::detailed(id);
        request.instance_id = Some(instance.to_string());
        let line = self.line(world).await;
        let Ok(read) = line.list_command_invocations(&self.context, request).await else { return };
        let Some(row) = read.command_invocations.first() else { return };
        let details = row.status_details.clone();
        let two = world.checker().has_two_steps(id);
        let steps: &[&str] = if two { &["first", "second"] } else { &["aws:runShellScript"] };
        for step in steps {
            let request = GetCommandInvocationRequest::new(id, instance).with_plugin_name(*step);
            let Ok(answer) = line.get_command_invocation(&self.context, request).await else { continue };
            world.check(|checker| {
                checker.result_read(id, instance, step, &details, &answer.standard_output_content);
            });
        }
    }

    pub(super) async fn failed(&self, world: &Arc<World>, what: &str, error: &ApiError) {
        world.trace.count("read failed");
        world.check(|checker| checker.trouble(what, error.code()));
        world.sleep(Duration::from_secs(1)).await;
    }

    pub(super) async fn look(&self, world: &Arc<World>) {
        let Some(id) = self.any_command(world) else { return };
        self.read_command(world, id).await;
        let instances = world.checker().instances(id);
        if self.chance.percent(50) && !instances.is_empty() {
            return self.get(world, id, &self.chance.one_of(&instances)).await;
        }
        let before: Vec<_> = instances.iter().map(|instance| world.checker().invocation_seen(id, instance)).collect();
        let mut request = ListCommandInvocationsRequest::detailed(id);
        request.max_results = Some(20);
        loop {
            match self.line(world).await.list_command_invocations(&self.context, request.clone()).await {
                Ok(answer) => {
                    for row in &answer.command_invocations {
                        let at = instances.iter().position(|instance| *instance == row.instance_id);
                        let before = at.map(|at| before[at].clone()).unwrap_or_default();
                        world.check(|checker| checker.invocation_read(&before, row));
                    }
                    if answer.next_token.is_none() {
                        return;
                    }
                    request = request.after(answer.next_token);
                }
                Err(error) => self.failed(world, "ListCommandInvocations", &error).await,
            }
        }
    }
}
