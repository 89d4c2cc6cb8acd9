//! One replica of a service, and the agents that happen to call it.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::lock::Mutex;
use uuid::Uuid;

use super::super::rows::{READS, instance, sender};
use super::{Gate, INSTANCES, Shared, World, lock};
use crate::document::StepStatus;
use crate::engine::{
    self, Admission, Batch, Decision, DispatchView, HandOutRules, NewCommand, Poll, acknowledge, admit, cancel_command,
    cancel_invocations, delete, dispatch, due, expand, fail, hand_out, reply, room_to_release,
};
use crate::ids::{CommandNumber, DispatcherId, DocumentVersion, JournalId, MessageId, RequestId};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::message::{AdditionalInfo, ReplyPayload};
use crate::ports::{CommitError, InvocationQuery, NodeQuery, Stage, Store};
use crate::record::{
    Addressed, Command, CommandOptions, Expansion, InvocationKey, SubmittedParameters, Target, Targeting,
};
use crate::testing::invariants::Invariants;
use crate::throttle::SlidingWindow;
use crate::time::Timestamp;

/// Rows of one read; few, so that everything takes several portions.
const PORTION: usize = 2;
/// Rounds of draining, of half a minute each: more than any deadline needs.
const ROUNDS: u32 = 60;
pub(super) const THROTTLE: SlidingWindow = SlidingWindow { limit: 3, window: Duration::from_secs(20) };

#[derive(Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) gate: &'a Gate,
    pub(super) world: &'a Shared,
    pub(super) invariants: &'a Mutex<Invariants>,
    pub(super) seed: u64,
    pub(super) dispatcher: DispatcherId,
}

impl<'a> Client<'a> {
    /// The store, when it is this client's turn to use it once.
    async fn store(&self) -> &'a dyn Store {
        self.gate.pass().await;
        self.store
    }

    fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut lock(self.world))
    }

    fn now(&self) -> Timestamp {
        self.with(|world| world.now)
    }

    fn below(&self, bound: u64) -> u64 {
        self.with(|world| world.random.below(bound))
    }

    fn fresh(&self) -> Uuid {
        self.with(|world| Uuid::from_u128(world.random.wide()))
    }

    /// `true` when the batch was applied; the invariants hold then.
    async fn commit(&self, batch: Batch) -> bool {
        if batch.is_empty() {
            return true;
        }
        match self.store().await.commit(batch).await {
            Ok(()) => {
                let checked = self.invariants.lock().await.check(self.store).await;
                assert_eq!(checked, Ok(()), "it holds after every commit (seed {})", self.seed);
                true
            }
            Err(CommitError::Conflict) => false,
            Err(error) => panic!("a store that works takes a batch or refuses it as a conflict: {error}"),
        }
    }

    /// Does this many things, some of them for nothing: a client may lose every race.
    pub(super) async fn work(self, steps: u32) {
        for _ in 0..steps {
            let which = self.below(INSTANCES) + 1;
            match self.below(22) {
                0 | 1 => self.send().await,
                2 => self.cancel().await,
                3 => self.cancel_some(which).await,
                4..=8 => drop(self.look_after_one().await),
                9..=13 => drop(self.poll(which).await),
                14..=18 => drop(self.say().await),
                19 | 20 => drop(self.come_due().await),
                _ => {
                    let seconds = self.below(40);
                    self.with(|world| world.now = world.now + Duration::from_secs(seconds));
                }
            }
        }
    }

    /// Ends everything: agents poll and answer, dispatchers look after their commands, time passes.
    pub(super) async fn drain(self) {
        for _ in 0..ROUNDS {
            for which in 1..=INSTANCES {
                while !self.poll(which).await {}
            }
            let messages: Vec<MessageId> = self.with(|world| world.handed_out.keys().cloned().collect());
            for message in messages {
                while !self.answer(&message, 3).await {}
            }
            while !self.come_due().await {}
            for number in self.with(|world| world.commands.clone()) {
                while !self.look_after(number).await {}
            }
            self.with(|world| world.now = world.now + Duration::from_secs(15));
        }
    }

    async fn send(&self) {
        let (account, document) = self.with(|world| (world.account.clone(), world.document.clone()));
        let targeting = if self.below(3) == 0 {
            Targeting::Targets(vec![Target::TagKey(vec!["number".to_owned()])])
        } else {
            let skipped = self.below(INSTANCES * 2) + 1;
            Targeting::Instances((1..=INSTANCES).filter(|which| *which != skipped).map(instance).collect())
        };
        let mut nodes = Vec::new();
        if let Targeting::Instances(instances) = &targeting {
            for instance in instances {
                nodes.push(self.store().await.node(&account, instance).await.expect(READS));
            }
        }
        let concurrency = NonZeroU32::MIN.saturating_add(u32::try_from(self.below(4)).unwrap_or_default());
        let parameter = |value: &str| vec![value.to_owned()];
        let new = NewCommand {
            document: "AWS-RunShellScript".parse().expect("a literal of the right form"),
            document_version: DocumentVersion::Default,
            document_hash: None,
            targeting,
            parameters: [("commands".to_owned(), parameter("true")), ("executionTimeout".to_owned(), parameter("60"))]
                .into_iter()
                .collect::<SubmittedParameters>(),
            comment: String::new(),
            delivery_timeout: Some(Duration::from_secs(60 + self.below(200))),
            max_concurrency: MaxConcurrency::Count(concurrency),
            max_errors: MaxErrors::Count(u32::try_from(self.below(3)).unwrap_or_default()),
            options: CommandOptions::default(),
        };
        let id = self.fresh();
        let admission = Admission {
            account: &account,
            sender: &sender(),
            request: RequestId::new(id),
            document: &document,
            version: NonZeroU32::MIN,
            sha256: "",
            nodes: &nodes,
            default_delivery_timeout: NewCommand::DEFAULT_DELIVERY_TIMEOUT,
            id,
            random: self.below(u64::MAX),
        };
        let (decision, command) = admit(new, &admission, self.now()).expect("the request keeps every rule");
        if self.commit(decision.batch).await {
            self.with(|world| world.commands.push(command.number));
        }
    }

    async fn any_command(&self) -> Option<Command> {
        let number = self.with(|world| world.random.choose(&world.commands).copied())?;
        self.command(number).await
    }

    async fn command(&self, number: CommandNumber) -> Option<Command> {
        let account = self.with(|world| world.account.clone());
        let command = self.store().await.command_by_number(&account, number).await.expect(READS);
        assert!(command.is_some(), "a command whose insertion was answered can be read");
        command
    }

    async fn cancel(&self) {
        if let Some(command) = self.any_command().await {
            self.commit(cancel_command(&command, self.now()).batch).await;
        }
    }

    async fn cancel_some(&self, which: u64) {
        let Some(command) = self.any_command().await else { return };
        let key = InvocationKey { account: command.account, number: command.number, instance: instance(which) };
        let invocation = self.store().await.invocation(&key).await.expect(READS);
        // Not every instance is a target of every command.
        let named = vec![(key.instance, invocation)];
        if let Ok(decision) = cancel_invocations(named, &mut || self.fresh(), self.now()) {
            self.commit(decision.batch).await;
        }
    }

    async fn look_after_one(&self) -> bool {
        match self.with(|world| world.random.choose(&world.commands).copied()) {
            Some(number) => self.look_after(number).await,
            None => true,
        }
    }

    /// One decision of a command's dispatcher; `true` when there is nothing more to do.
    async fn look_after(&self, number: CommandNumber) -> bool {
        let Some(command) = self.command(number).await else { return true };
        // Another dispatcher's: its own client looks after it, or time passes.
        let Ok(claim) = engine::claim(&command, self.dispatcher, self.now()) else { return true };
        let decision = match &command.expansion {
            Expansion::Pending { after, .. } => {
                let query = NodeQuery { selector: command.targeting.selector(), after: after.clone(), limit: PORTION };
                let nodes = self.store().await.nodes(&command.account, &query).await.expect(READS);
                expand(&command, &nodes, &BTreeSet::new(), nodes.len() < PORTION, self.now())
            }
            Expansion::Done { .. } => self.dispatch(&command).await,
        };
        let idle = decision.batch.is_empty();
        let more = self.below(2) == 0;
        self.commit(claim.fenced(decision, more, self.now()).batch).await;
        idle
    }

    async fn dispatch(&self, command: &Command) -> Decision {
        let (account, number) = (&command.account, command.number);
        let completions = self.store().await.completions(account, number, PORTION).await.expect(READS);
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
                self.store().await.invocations(account, &query).await.expect(READS)
            }
            _ => Vec::new(),
        };
        let room = room_to_release(command, &completions, now);
        let candidates = self.store().await.candidates(account, number, now, room).await.expect(READS);
        let view = DispatchView { command, completions: &completions, to_end: &to_end, candidates: &candidates };
        dispatch(&view, &mut || self.fresh(), now)
    }

    /// `false` when somebody else was faster.
    async fn poll(&self, which: u64) -> bool {
        let (account, now) = self.with(|world| (world.account.clone(), world.now));
        let mailbox = self.store().await.mailbox(&account, &instance(which), now, 10).await.expect(READS);
        let journal = which.is_multiple_of(2).then(|| JournalId::new(Uuid::from_u128(u128::from(self.below(8) / 7))));
        let poll = Poll {
            account,
            instance: instance(which),
            free_slots: (self.below(3) == 0).then_some(1),
            journal,
            visibility: Duration::from_secs(5),
        };
        let rules = HandOutRules { throttle: THROTTLE, most_messages: 3, stock_slots: 3, ..HandOutRules::default() };
        let engine::HandOut { decision, messages, .. } = hand_out(&poll, &mailbox, &rules, now);
        if !self.commit(decision.batch).await {
            return false;
        }
        self.with(|world| {
            for message in messages {
                *world.handed_out.entry(message.message_id).or_default() += 1;
            }
        });
        true
    }

    /// An agent says something of a message that it once got, in any order and as often as it likes.
    async fn say(&self) -> bool {
        let message = self.with(|world| {
            let all: Vec<MessageId> = world.handed_out.keys().cloned().collect();
            world.random.choose(&all).cloned()
        });
        let how = self.below(7);
        match message {
            Some(message) => self.answer(&message, how).await,
            None => true,
        }
    }

    async fn answer(&self, message: &MessageId, how: u64) -> bool {
        let account = self.with(|world| world.account.clone());
        let addressed = self.store().await.addressed(&account, message).await.expect(READS);
        let addressed =
            addressed.expect("a message that was handed out stands for something, as long as its row is kept");
        let now = self.now();
        let decision = match how {
            0 => acknowledge(addressed, now),
            1 => fail(addressed, "the agent cannot", now),
            2 => delete(addressed, now),
            _ => {
                let steps = match &addressed {
                    Addressed::Command(invocation) => self.store().await.steps(&invocation.key).await.expect(READS),
                    Addressed::Cancel(_) => Vec::new(),
                };
                let status = match how {
                    3 => StepStatus::Success,
                    4 => StepStatus::Failed,
                    _ => StepStatus::InProgress,
                };
                reply(addressed, &steps, payload(status), now)
            }
        };
        self.commit(decision.batch).await
    }

    async fn come_due(&self) -> bool {
        let now = self.now();
        let rows = self.store().await.due(now, PORTION).await.expect(READS);
        let mut all_passed = rows.invocations.is_empty();
        for invocation in rows.invocations {
            let InvocationKey { account, instance, .. } = &invocation.key;
            let node = self.store().await.node(account, instance).await.expect(READS);
            all_passed &= self.commit(due(&invocation, node.as_ref(), now).batch).await;
        }
        all_passed
    }
}

fn payload(status: StepStatus) -> ReplyPayload {
    ReplyPayload {
        additional_info: AdditionalInfo::default(),
        document_status: status,
        document_trace_output: String::new(),
        runtime_status: None,
    }
}
