//! A process that ends right before a commit, or after it and before anything that follows from it, at each commit of a story in
//! which everything happens once. Another process goes on over the same store, callers call again, and all ends as if nothing had
//! been.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use ssm_core::api::{
    ApiError, CancelCommandRequest, ListCommandInvocationsRequest, ListCommandsRequest, SendCommandRequest,
    UpdateInstanceInformationRequest,
};
use ssm_core::engine::{Batch, EXPANSION_CHUNK, Write};
use ssm_core::ids::{CommandId, JournalId};
use ssm_core::ports::{CallerContext, NodeApiExt, OperatorApiExt, Store};
use ssm_core::record::{Node, NodeInformation, Revision};
use ssm_core::testing::{LoggedCommit, Outcome};
use ssm_service::ControlPlane;
use uuid::Uuid;

use super::agent::{Agent, Manner, say};
use super::world::{World, account, instance, script};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crash {
    Never,
    Before(u64),
    After(u64),
}

/// A process that may end, and who calls it.
struct Story {
    world: World,
    crash: Crash,
    agents: Vec<Agent>,
    manners: BTreeMap<String, Manner>,
    log: Vec<LoggedCommit>,
}

/// How a story ended.
struct End {
    /// Commands by comment, with the counts and every instance.
    commands: BTreeMap<String, String>,
    /// What each agent ran: the comment, once for each time.
    ran: Vec<Vec<String>>,
    /// How many different cancel messages each agent got, by comment.
    cancels: Vec<Vec<String>>,
}

#[test]
fn a_process_that_ends_at_any_commit_of_a_commands_life_changes_nothing_of_its_end() {
    crash_everywhere(
        |story| Box::pin(story.lives()),
        &[
            ("InsertCommand", 6),
            ("MarkCancelled", 1),
            ("AdvanceMailbox", 10),
            ("PutStep", 5),
            ("AddCompletion", 12),
            ("RemoveCompletion", 6),
            ("AddRequest", 1),
            ("PutNode", 6),
            ("NotePoll", 5),
        ],
        60,
    );
}

#[test]
fn a_process_that_ends_at_any_commit_of_an_expansion_changes_nothing_of_its_end() {
    crash_everywhere(
        |story| Box::pin(story.spreads()),
        &[("InsertCommand", 1), ("PutInvocation", 4), ("PutCommand", 5)],
        9,
    );
}

type Told<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Tells the story without a crash, and then with one before and one after each of its commits. `kinds`: in how many commits of the
/// story each kind of write stands at least; `least`: how many commits it has at least, so that nothing gets lost unseen.
fn crash_everywhere(tell: impl Fn(&mut Story) -> Told<'_>, kinds: &[(&str, usize)], least: usize) {
    let run = |crash| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut story = Story::new(crash);
            tell(&mut story).await;
            story.end().await
        })
    };
    let (end, log) = run(Crash::Never);
    for (kind, at_least) in kinds {
        let found = log.iter().filter(|logged| logged.has(kind)).count();
        assert!(found >= *at_least, "the story has too few commits with {kind}, {found}:\n{}", texts(&log));
    }
    assert!(log.len() >= least, "the story is too short, {}:\n{}", log.len(), texts(&log));
    for which in 1..=log.len() as u64 {
        for crash in [Crash::Before(which), Crash::After(which)] {
            let (other, _) = run(crash);
            let told = |end: &End| (end.ran.clone(), end.cancels.clone());
            assert_eq!(told(&other), told(&end), "{crash:?} of\n{}", texts(&log));
            for (comment, wanted) in &end.commands {
                assert_eq!(other.commands.get(comment), Some(wanted), "{crash:?} of\n{}", texts(&log));
            }
            assert_eq!(other.commands.len(), end.commands.len(), "{crash:?} of\n{}", texts(&log));
        }
    }
}

fn texts(log: &[LoggedCommit]) -> String {
    log.iter().zip(1..).fold(String::new(), |mut text, (logged, number)| {
        let line: String = logged.to_string().chars().take(200).collect();
        let _ = writeln!(text, "{number}: {line}");
        text
    })
}

fn agent(index: usize) -> Agent {
    Agent::new(index, Some(JournalId::new(Uuid::from_u128(1))))
}

impl Story {
    fn new(crash: Crash) -> Self {
        let world = World::new(1, 1);
        let store = &world.planes[0].store;
        match crash {
            Crash::Never => {}
            Crash::Before(which) => store.die_before_commit(which),
            Crash::After(which) => store.die_after_commit(which),
        }
        Self { world, crash, agents: Vec::new(), manners: BTreeMap::new(), log: Vec::new() }
    }

    /// Another process goes on if this one has ended.
    fn revive(&mut self) {
        if self.world.planes[0].store.is_dead() {
            self.log.extend(self.world.planes[0].store.log());
            self.world.restart(0);
        }
    }

    /// Until the process, or its successor, does nothing more by itself.
    async fn turns(&mut self) {
        loop {
            let before = self.world.planes[0].store.commits();
            self.world.turns(12).await;
            self.revive();
            if self.world.planes[0].store.commits() == before {
                return;
            }
        }
    }

    async fn pass(&mut self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
        self.turns().await;
    }

    /// Calls until there is an answer; a process that ends gives none.
    async fn call<T, F: Future<Output = Result<T, ApiError>>>(&mut self, call: impl Fn(ControlPlane) -> F) -> T {
        for _ in 0..5 {
            self.revive();
            if let Some(answer) = self.world.call(0, call(self.world.planes[0].service.clone())).await {
                return answer.unwrap();
            }
        }
        panic!("{:?}: only one process ends", self.crash);
    }

    fn operator(&self) -> CallerContext {
        self.world.operator()
    }

    async fn find(&mut self, comment: &str) -> Option<CommandId> {
        let context = &self.operator();
        let listed =
            self.call(|plane| async move { plane.list_commands(context, ListCommandsRequest::default()).await }).await;
        listed.commands.into_iter().find(|command| command.comment == comment).map(|command| command.command_id)
    }

    /// Sends a command once: an operator who hears nothing looks whether it is there before sending again.
    async fn send(&mut self, comment: &str, manner: Manner, request: SendCommandRequest) -> CommandId {
        self.manners.insert(comment.to_owned(), manner);
        let request = request.with_comment(comment);
        for _ in 0..5 {
            self.revive();
            if let Some(id) = self.find(comment).await {
                return id;
            }
            let (service, context) = (self.world.planes[0].service.clone(), self.operator());
            let call = service.send_command(&context, request.clone());
            if let Some(answer) = self.world.call(0, call).await {
                return answer.unwrap().command.command_id;
            }
        }
        panic!("{:?}: only one process ends", self.crash);
    }

    async fn cancel(&mut self, id: CommandId, on: Option<usize>) {
        let context = &self.operator();
        let request = CancelCommandRequest::new(id).with_instance_ids(on.map(instance));
        let request = &request;
        self.call(|plane| async move { plane.cancel_command(context, request.clone()).await }).await;
    }

    /// The comment of each command, by the UUID that its messages have.
    async fn comments(&mut self) -> BTreeMap<Uuid, String> {
        let context = &self.operator();
        let listed =
            self.call(|plane| async move { plane.list_commands(context, ListCommandsRequest::default()).await }).await;
        let comments = listed.commands.into_iter();
        comments.map(|command| (command.command_id.to_string().parse().unwrap(), command.comment)).collect()
    }

    /// Every agent polls and says all that it has to say, this often.
    async fn rounds(&mut self, rounds: u32) {
        for _ in 0..rounds {
            for index in 0..self.agents.len() {
                self.round(index).await;
            }
            self.pass(12).await;
        }
    }

    async fn round(&mut self, index: usize) {
        let agent = &self.agents[index];
        let (context, ids) = (self.world.node(agent.index), std::sync::Arc::clone(&self.world.ids));
        let mut agent = self.agents.swap_remove(index);
        let messages = {
            let (context, ids, agent) = (&context, &*ids, &agent);
            self.call(|plane| async move { agent.poll(&plane, context, ids).await }).await
        };
        let comments = if messages.is_empty() { BTreeMap::new() } else { self.comments().await };
        let manners = &self.manners;
        agent.take(messages, |command| comments.get(&command).map_or(Manner::Drops, |comment| manners[comment]));
        while let Some(word) = agent.next() {
            let (context, ids, word) = (&context, &*ids, &word);
            self.call(|plane| async move { say(&plane, context, ids, word.clone()).await }).await;
            agent.heard();
        }
        self.agents.push(agent);
        let last = self.agents.len() - 1;
        self.agents.swap(index, last);
        self.turns().await;
    }

    /// Everything that can happen to a command, at least once, on few instances.
    async fn lives(&mut self) {
        for index in 0..7 {
            let context = &self.world.node(index);
            let request = &UpdateInstanceInformationRequest::new(&instance(index));
            self.call(|plane| async move { plane.update_instance_information(context, request.clone()).await }).await;
        }
        // The last one but one comes late, and the last one is never heard of again.
        self.agents = (0..5).map(agent).collect();
        self.rounds(1).await;
        self.send("ids", Manner::Succeeds, script().with_instance_ids((0..4).map(instance)).with_limits("2", "1"))
            .await;
        self.rounds(6).await;
        self.send("errors", Manner::Fails, script().with_instance_ids((0..3).map(instance)).with_limits("1", "0"))
            .await;
        self.rounds(4).await;
        let all = script().with_target("InstanceIds", (0..3).map(instance));
        let cancelled = self.send("cancelled", Manner::Obeys, all).await;
        self.rounds(3).await;
        self.cancel(cancelled, None).await;
        self.rounds(3).await;
        let named = self.send("ignored", Manner::Ignores, script().with_instance_ids([instance(4)])).await;
        self.rounds(3).await;
        self.cancel(named, Some(4)).await;
        self.rounds(3).await;
        self.send("refused", Manner::Refuses, script().with_instance_ids([instance(0)])).await;
        self.rounds(3).await;
        self.send("late", Manner::Succeeds, script().with_instance_ids([instance(5)])).await;
        let absent = script().with_instance_ids([instance(6)]).with_timeout_seconds(100);
        self.send("absent", Manner::Succeeds, absent).await;
        self.pass(61).await;
        self.agents = vec![agent(5)];
        self.rounds(3).await;
        self.pass(61).await;
        self.pass(61).await;
    }

    /// A command whose targets are found in three commits, cancelled when the first of them runs.
    async fn spreads(&mut self) {
        // Thousands of rows after each commit take long, and the other stories look at them.
        self.world.stop_watching();
        let nodes = 2 * EXPANSION_CHUNK + 3;
        let writes = (0..nodes).map(|index| Write::PutNode(Box::new(self.hand_made(index)))).collect();
        self.world.truth.commit(Batch { conditions: Vec::new(), writes }).await.unwrap();
        self.agents = (0..2).map(agent).collect();
        let request = script().with_target("tag:group", ["all"]).with_limits("100%", "0");
        let id = self.send("spread", Manner::Obeys, request).await;
        self.rounds(5).await;
        self.cancel(id, None).await;
        self.rounds(3).await;
    }

    fn hand_made(&self, index: usize) -> Node {
        let now = ssm_core::ports::Clock::now(&*self.world.clock);
        Node {
            account: account(),
            instance: instance(index),
            revision: Revision::NEW,
            registered_at: now,
            pinged_at: now,
            polled_at: None,
            information: NodeInformation::default(),
            tags: BTreeMap::from([("group".to_owned(), "all".to_owned())]),
        }
    }

    async fn end(mut self) -> (End, Vec<LoggedCommit>) {
        for _ in 0..20 {
            if self.world.is_over() {
                break;
            }
            self.rounds(5).await;
        }
        self.world.check();
        self.world.all_ended();
        let context = self.operator();
        let service = self.world.planes[0].service.clone();
        let listed = self.world.done(0, service.list_commands(&context, ListCommandsRequest::default())).await;
        let mut commands = BTreeMap::new();
        for command in listed.commands {
            let request = ListCommandInvocationsRequest::detailed(command.command_id);
            let page = self.world.done(0, service.list_command_invocations(&context, request)).await;
            let mut text = format!(
                "{} of {}: {} errors, {} late, {}",
                command.completed_count,
                command.target_count,
                command.error_count,
                command.delivery_timed_out_count,
                command.status_details
            );
            for row in page.command_invocations {
                let _ = write!(text, "; {} {}", row.instance_id, row.status_details);
                row.command_plugins.iter().for_each(|step| text += &format!(" {}", step.status_details));
            }
            let twice = commands.insert(command.comment.clone(), text);
            assert_eq!(twice, None, "{} was sent twice", command.comment);
        }
        let comments = self.comments().await;
        let named = |of: &BTreeMap<ssm_core::ids::MessageId, u32>, once: bool| {
            let mut all: Vec<String> = Vec::new();
            for (message, times) in of {
                if let Some(comment) = comments.get(&message.uuid()) {
                    all.push(if once { comment.clone() } else { format!("{comment} {times}") });
                }
            }
            all.sort();
            all
        };
        let ran = self.agents.iter().map(|agent| named(&agent.came, true)).collect();
        let cancels = self.agents.iter().map(|agent| named(&agent.cancels, false)).collect();
        let mut log = std::mem::take(&mut self.log);
        log.extend(self.world.planes[0].store.log());
        log.retain(|logged| logged.outcome != Outcome::Open);
        (End { commands, ran, cancels }, log)
    }
}
