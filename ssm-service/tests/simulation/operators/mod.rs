//! Those who send commands, cancel them, and look (`reads`).

mod reads;

use std::sync::Arc;
use std::time::Duration;

use ssm_core::api::{
    AddTagsToResourceRequest, CancelCommandRequest, CreateDocumentRequest, GetDocumentRequest, SendCommandRequest,
    UpdateInstanceInformationRequest,
};
use ssm_core::ids::{CommandId, InstanceId};
use ssm_core::ports::{CallerContext, Clock, NodeApiExt, OperatorApiExt, Principal};
use ssm_transport_mem::{FaultHandle, OperatorClient};

use crate::agents::Agent;
use crate::chance::Chance;
use crate::trace::instance;
use crate::world::World;

const TWO_STEPS: &str = r#"{"schemaVersion": "2.2", "parameters": {"commands": {"type": "StringList"},
    "executionTimeout": {"type": "String", "default": "60"}}, "mainSteps": [
    {"action": "aws:runShellScript", "name": "first", "inputs": {"runCommand": "{{ commands }}",
     "timeoutSeconds": "{{ executionTimeout }}"}},
    {"action": "aws:runShellScript", "name": "second", "inputs": {"runCommand": ["true"], "timeoutSeconds": "5"}}]}"#;

pub(crate) use reads::finish;

/// Somebody with a line to the service.
#[derive(Debug)]
pub(crate) struct Operator {
    index: usize,
    name: String,
    context: CallerContext,
    chance: Chance,
    link: FaultHandle,
}

/// Before anything goes wrong: a document, and instances with tags.
pub(crate) async fn prepare(world: &Arc<World>, agents: &[Arc<Agent>]) {
    let chance = Chance::of(0, 5);
    let context = world.context(Principal::Operator("founder".parse().unwrap()));
    let request = CreateDocumentRequest::new("Sim-TwoSteps", TWO_STEPS);
    while world.reach(&chance).await.operators.create_document(&context, request.clone()).await.is_err() {
        world.sleep(Duration::from_secs(1)).await;
        if world
            .reach(&chance)
            .await
            .operators
            .get_document(&context, GetDocumentRequest::new("Sim-TwoSteps"))
            .await
            .is_ok()
        {
            break;
        }
    }
    for (index, agent) in agents.iter().enumerate() {
        let ping = UpdateInstanceInformationRequest::new(&agent.instance);
        while world.reach(&chance).await.nodes.update_instance_information(&agent.context, ping.clone()).await.is_err()
        {
            world.sleep(Duration::from_secs(1)).await;
        }
        let role = if index % 3 == 0 { "web" } else { "db" };
        let tag = AddTagsToResourceRequest::of_instance(&agent.instance, [("role".to_owned(), role.to_owned())]);
        while world.reach(&chance).await.operators.add_tags_to_resource(&context, tag.clone()).await.is_err() {
            world.sleep(Duration::from_secs(1)).await;
        }
    }
}

impl Operator {
    pub(crate) fn new(seed: u64, index: usize, world: &Arc<World>) -> Self {
        let link = world.link(1000 + index as u64);
        if world.is_calm() {
            link.calm();
        }
        Self {
            index,
            name: format!("op{index}"),
            context: world.context(Principal::Operator("operator".parse().unwrap())),
            chance: Chance::of(seed, 50 + index as u64),
            link,
        }
    }

    async fn line(&self, world: &World) -> OperatorClient {
        world.reach(&self.chance).await.operators.with_faults(&self.link)
    }

    /// One thing after another, until faults stop.
    pub(crate) async fn work(self: Arc<Self>, world: Arc<World>) {
        let (start, mut sent) = (world.clock.now(), 0);
        if self.index == 0 {
            if world.scenario.burst > 0 {
                tokio::spawn(Arc::clone(&self).burst(Arc::clone(&world)));
            }
            if world.scenario.mute.is_some() || world.scenario.long {
                tokio::spawn(Arc::clone(&self).late(Arc::clone(&world)));
            }
        }
        while world.clock.now().since(start) < world.scenario.busy {
            world.sleep(self.chance.seconds(0, 25)).await;
            match self.chance.below(10) {
                0..=3 if sent < world.scenario.commands / 3 => {
                    sent += 1;
                    let request = self.request(&world, sent);
                    self.send(&world, request, &format!("c{}-{sent}", self.index)).await;
                }
                4 => self.cancel(&world).await,
                5 => self.retag(&world).await,
                _ => self.look(&world).await,
            }
        }
    }

    /// Many commands for one instance at once.
    async fn burst(self: Arc<Self>, world: Arc<World>) {
        world.sleep(Duration::from_secs(100)).await;
        for number in 0..world.scenario.burst {
            let request = SendCommandRequest::new("AWS-RunShellScript").with_instance_ids([instance(0)]);
            let (operator, shared) = (Arc::clone(&self), Arc::clone(&world));
            tokio::spawn(async move { operator.send(&shared, request, &format!("burst-{number}")).await });
        }
    }

    /// Commands for a long wait, behind the busy time.
    async fn late(self: Arc<Self>, world: Arc<World>) {
        world.sleep(world.scenario.busy).await;
        let (targets, wait) = match world.scenario.mute {
            Some(index) => (vec![instance(index)], 3600),
            None => ((0..6).map(instance).collect(), 3600 * 24 * 5),
        };
        for number in 0..3 {
            let request = SendCommandRequest::new("AWS-RunShellScript")
                .with_instance_ids(targets.clone())
                .with_timeout_seconds(wait)
                .with_limits("10", "10");
            self.send(&world, request, &format!("late-{number}")).await;
        }
    }

    fn request(&self, world: &World, sent: u64) -> SendCommandRequest {
        let chance = &self.chance;
        let document = chance.one_of(&["AWS-RunShellScript", "AWS-RunShellScript", "Sim-TwoSteps"]);
        let mut request = SendCommandRequest::new(document)
            .with_parameter("executionTimeout", [chance.one_of(&["10", "60", "300", "900"])])
            .with_timeout_seconds(chance.one_of(&[30, 60, 300, 600, 600, 1800]))
            .with_limits(
                chance.one_of(&["1", "2", "3", "5", "10", "50", "10%", "30%", "100%"]),
                chance.one_of(&["0", "1", "3", "10", "20%", "100%"]),
            );
        if sent % 4 == 3 {
            request = match chance.below(3) {
                0 => request.with_target("tag:role", [chance.one_of(&["web", "db", "none"])]),
                1 => request.with_target("tag-key", ["role"]),
                _ => request.with_target("InstanceIds", self.some_instances(world, 20)),
            };
        } else {
            let most = chance.one_of(&[1, 3, 10, 25]);
            request = request.with_instance_ids(self.some_instances(world, most));
        }
        request
    }

    fn some_instances(&self, world: &World, most: u64) -> Vec<InstanceId> {
        let wanted = 1 + self.chance.below(most);
        let first = self.chance.index(world.scenario.agents);
        let step = self.chance.one_of(&[1, 3, 7]);
        (0..usize::try_from(wanted).unwrap()).map(|at| instance((first + at * step) % world.scenario.agents)).collect()
    }

    async fn send(&self, world: &Arc<World>, request: SendCommandRequest, comment: &str) {
        let request = request.with_parameter("commands", ["true"]).with_comment(comment);
        let named: Vec<InstanceId> = request.instance_ids.iter().map(|id| id.parse().unwrap()).collect();
        world.trace.say(&self.name, format_args!("sends {comment}"));
        let answer = self.line(world).await.send_command(&self.context, request).await;
        match answer {
            Err(error) => {
                world.trace.say(&self.name, format_args!("{comment} fails: {}", error.code().as_str()));
                world.trace.count("send failed");
                world.check(|checker| {
                    checker.trouble("a send", error.code());
                    checker.refused(comment, error.code());
                });
            }
            Ok(answer) => {
                let id = answer.command.command_id;
                world.trace.say(&self.name, format_args!("{comment} is accepted"));
                world.check(|checker| checker.accepted(id, comment, named.clone()));
                let named: Vec<_> = named.into_iter().take(5).collect();
                self.read_back(world, id, &named).await;
            }
        }
    }

    fn any_command(&self, world: &World) -> Option<CommandId> {
        let commands = world.checker().commands();
        let recent = commands.len().saturating_sub(8);
        let commands = &commands[recent..];
        (!commands.is_empty()).then(|| self.chance.one_of(commands))
    }

    async fn cancel(&self, world: &Arc<World>) {
        let Some(id) = self.any_command(world) else { return };
        let mut named = world.checker().instances(id);
        if self.chance.percent(50) || named.is_empty() {
            named.clear();
        } else {
            let first = self.chance.index(named.len());
            named = named.into_iter().skip(first).take(1 + self.chance.index(4)).collect();
        }
        let name = world.checker().name(id);
        world.trace.say(
            &self.name,
            format_args!(
                "cancels {name} on {}",
                if named.is_empty() { "all".to_owned() } else { named.len().to_string() }
            ),
        );
        world.check(|checker| {
            checker.cancel_begins(id, &named);
            checker.count_cancelled_states(id, &named, &world.trace);
        });
        let request = CancelCommandRequest::new(id).with_instance_ids(named.clone());
        match self.line(world).await.cancel_command(&self.context, request).await {
            Ok(_) => {
                world.trace.say(&self.name, format_args!("{name} is cancelled"));
                world.check(|checker| checker.cancel_answered(id, &named));
            }
            Err(error) => self.failed(world, "a cancel", &error).await,
        }
    }

    async fn retag(&self, world: &Arc<World>) {
        let which = instance(self.chance.index(world.scenario.agents));
        let role = self.chance.one_of(&["web", "db", "other"]);
        let request = AddTagsToResourceRequest::of_instance(&which, [("role".to_owned(), role.to_owned())]);
        if let Err(error) = self.line(world).await.add_tags_to_resource(&self.context, request).await {
            self.failed(world, "AddTagsToResource", &error).await;
        }
    }
}
