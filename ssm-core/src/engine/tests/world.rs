//! The smallest store that keeps the contract of batches, and a driver over it. Every commit is checked for what may never be.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::given::{account, at, instance, rules};
use crate::command::{InvocationState, Tally};
use crate::engine::{
    Batch, Carried, Condition, Decision, DispatchView, Poll, Write, claim, dispatch, due, expand, hand_out,
    room_to_release,
};
use crate::ids::{CommandId, DispatcherId, InstanceId, MessageId, StepName};
use crate::message::Payload;
use crate::record::{
    Addressed, Command, Completion, CompletionRow, Expansion, Invocation, InvocationKey, Mailbox, MailboxEntry, Node,
    Revision, StepRow,
};
use crate::time::Timestamp;

/// A row was changed meanwhile, or a condition does not hold.
#[derive(Debug, PartialEq)]
pub(super) struct Conflict;

/// One command, its invocations, and the nodes around it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) now: Timestamp,
    pub(super) command: Option<Command>,
    payload: Option<Payload>,
    pub(super) invocations: BTreeMap<InvocationKey, Invocation>,
    pub(super) steps: BTreeMap<(InvocationKey, StepName), StepRow>,
    pub(super) completions: BTreeMap<u64, Completion>,
    last_sequence: u64,
    mailboxes: BTreeMap<InstanceId, (Revision, Vec<Timestamp>)>,
    requests: BTreeMap<InvocationKey, Timestamp>,
    pub(super) nodes: BTreeMap<InstanceId, Node>,
    last_uuid: u128,
}

impl World {
    pub(super) fn new(nodes: impl IntoIterator<Item = Node>) -> Self {
        Self {
            now: at(0),
            command: None,
            payload: None,
            invocations: BTreeMap::new(),
            steps: BTreeMap::new(),
            completions: BTreeMap::new(),
            last_sequence: 0,
            mailboxes: BTreeMap::new(),
            requests: BTreeMap::new(),
            nodes: nodes.into_iter().map(|node| (node.instance.clone(), node)).collect(),
            last_uuid: 0,
        }
    }

    pub(super) fn command(&self) -> &Command {
        self.command.as_ref().unwrap()
    }

    pub(super) fn invocation(&self, n: usize) -> Option<&Invocation> {
        self.invocations.values().find(|invocation| invocation.key.instance == instance(n))
    }

    /// Applies the batch whole, or leaves no trace.
    pub(super) fn commit(&mut self, batch: &Batch) -> Result<(), Conflict> {
        let holds = batch.conditions.iter().all(|condition| self.holds(condition))
            && batch.writes.iter().all(|write| self.fits(write));
        if !holds {
            return Err(Conflict);
        }
        batch.writes.iter().for_each(|write| self.apply(write));
        self.check();
        Ok(())
    }

    fn holds(&self, condition: &Condition) -> bool {
        let command = self.command();
        let not_cancelled = command.cancel_requested_at.is_none() && command.ended.is_none();
        match condition {
            Condition::NotCancelled { .. } => not_cancelled,
            Condition::Open { .. } => not_cancelled && command.stopped_at.is_none(),
            Condition::Fence { fence, .. } => command.lease.fence == *fence,
            other => panic!("{other:?} is not for this world"),
        }
    }

    fn fits(&self, write: &Write) -> bool {
        match write {
            Write::InsertCommand { .. } => self.command.is_none(),
            Write::PutCommand(command) => self.command().revision == command.revision,
            Write::PutInvocation(invocation) => {
                let known = self.invocations.get(&invocation.key);
                known.map_or(Revision::NEW, |known| known.revision) == invocation.revision
            }
            Write::AdvanceMailbox { instance, revision, .. } => {
                self.mailboxes.get(instance).map_or(Revision::NEW, |(known, _)| *known) == *revision
            }
            Write::RemoveCompletion { sequence, .. } => self.completions.contains_key(sequence),
            _ => true,
        }
    }

    fn apply(&mut self, write: &Write) {
        match write.clone() {
            Write::InsertCommand { command, payload } => {
                self.payload = Some(payload);
                self.put_command(*command);
            }
            Write::PutCommand(command) => self.put_command(*command),
            Write::PutInvocation(invocation) => self.put_invocation(*invocation),
            Write::PutStep(step) => {
                self.steps.insert((step.key.clone(), step.name.clone()), *step);
            }
            Write::AdvanceMailbox { instance, revision, recent_first_hand_outs, .. } => {
                self.mailboxes.insert(instance, (revision.next(), recent_first_hand_outs));
            }
            Write::AddCompletion(completion) => {
                self.last_sequence += 1;
                self.completions.insert(self.last_sequence, completion);
            }
            Write::RemoveCompletion { sequence, .. } => {
                self.completions.remove(&sequence);
            }
            Write::AddRequest { key, at } => {
                if self.invocations.get(&key).is_some_and(waits) {
                    self.requests.insert(key, at);
                }
            }
            Write::MarkCancelled { at, .. } => {
                let open = |it: &&mut Command| it.cancel_requested_at.is_none() && it.ended.is_none();
                if let Some(command) = self.command.as_mut().filter(open) {
                    command.cancel_requested_at = Some(at);
                    command.revision = command.revision.next();
                }
            }
            Write::NotePoll { instance, at, .. } => {
                if let Some(node) = self.nodes.get_mut(&instance) {
                    node.polled_at = node.polled_at.max(Some(at));
                }
            }
            other => panic!("{other:?} is not for this world"),
        }
    }

    fn put_command(&mut self, mut command: Command) {
        if let Some(before) = &self.command {
            assert!(before.ended.is_none() || before.ended == command.ended, "the end of a command has changed");
            assert!(before.stopped_at.is_none() || before.stopped_at == command.stopped_at);
        }
        command.revision = command.revision.next();
        self.command = Some(command);
    }

    fn put_invocation(&mut self, mut invocation: Invocation) {
        let before = self.invocations.get(&invocation.key).map(|before| before.state);
        let may_be = before.is_none_or(|before| !before.is_terminal() || before == invocation.state);
        assert!(may_be, "{before:?} has become {:?}", invocation.state);
        if before == Some(InvocationState::Released) && invocation.state == InvocationState::HandedOut {
            assert!(!self.command().is_closed() && self.now < self.command().delivery_deadline);
        }
        if !waits(&invocation) {
            self.requests.remove(&invocation.key);
        }
        invocation.revision = invocation.revision.next();
        self.invocations.insert(invocation.key.clone(), invocation);
    }

    /// What must hold between any two commits: the bound of MaxConcurrency, and that the tally, with what is not folded yet,
    /// is what the states say.
    fn check(&self) {
        let mut folded = self.command().clone();
        self.completions.values().for_each(|completion| folded.fold(completion));
        let mut wanted = Tally::default();
        for invocation in self.invocations.values() {
            wanted.in_flight += u32::from(invocation.state.holds_slot());
            wanted.delayed += i32::from(invocation.state == InvocationState::Delayed);
            wanted.answered += u32::from(invocation.answered);
            if let InvocationState::Ended(outcome) = invocation.state {
                wanted.count(outcome);
            }
        }
        assert_eq!(folded.tally, wanted, "the tally is not what the states say");
        if let Some(targets) = folded.targets() {
            assert!(wanted.in_flight <= folded.max_concurrency.resolve(targets), "more than MaxConcurrency in flight");
            assert_eq!(self.invocations.len(), targets as usize);
            assert!(folded.ended.is_none() || wanted.completed == targets, "ended before its invocations");
        }
    }

    /// What a poll reads.
    pub(super) fn mailbox(&self, of: &InstanceId) -> Mailbox {
        let own = || self.invocations.values().filter(|invocation| invocation.key.instance == *of);
        let entry = |invocation: &Invocation| MailboxEntry {
            invocation: invocation.clone(),
            payload_bytes: self.payload.as_ref().unwrap().as_str().len(),
            command_cancelled: self.command().cancel_requested_at.is_some(),
            command_stopped: self.command().stopped_at.is_some(),
        };
        let unreleased = |it: &&Invocation| waits(it) && it.delivery_deadline > self.now && !self.is_asked_for(&it.key);
        let mail = || own().filter(|invocation| invocation.in_mailbox());
        let hidden = mail().map(Invocation::visible_at).filter(|&visible| visible > self.now);
        let mut slots: Vec<Timestamp> = own().filter_map(Invocation::slot_until).filter(|&it| it > self.now).collect();
        slots.sort_unstable();
        let (revision, recent_first_hand_outs) = self.mailboxes.get(of).cloned().unwrap_or_default();
        Mailbox {
            revision,
            recent_first_hand_outs,
            entries: mail().filter(|invocation| invocation.visible_at() <= self.now).map(entry).collect(),
            next_visible_at: hidden.min(),
            unreleased: own().filter(unreleased).map(|invocation| invocation.key.number).collect(),
            slots_until: slots,
            registered: self.nodes.contains_key(of),
            polled_at: self.nodes.get(of).and_then(|node| node.polled_at),
        }
    }

    fn is_asked_for(&self, key: &InvocationKey) -> bool {
        self.requests.get(key).is_some_and(|&at| self.now.since(at) <= Node::PRESENCE_TIME)
    }

    pub(super) fn addressed(&self, message: &MessageId) -> Option<Addressed> {
        let mut own = self.invocations.values().filter(|it| it.key.instance == *message.instance());
        own.find_map(|invocation| {
            let of_cancel = invocation.cancel.as_ref().is_some_and(|cancel| cancel.uuid == message.uuid());
            let of_command = invocation.command == CommandId::new(message.uuid());
            match (of_command, of_cancel) {
                (true, _) => Some(Addressed::Command(invocation.clone())),
                (_, true) => Some(Addressed::Cancel(invocation.clone())),
                _ => None,
            }
        })
    }

    pub(super) fn mint(&mut self) -> Uuid {
        self.last_uuid += 1;
        Uuid::from_u128(self.last_uuid)
    }

    /// One round of the dispatcher, in small portions: a chunk of the expansion, or a dispatch.
    pub(super) fn dispatch_decision(&mut self) -> Decision {
        let command = self.command().clone();
        let claim = claim(&command, DispatcherId::new(Uuid::from_u128(1)), self.now).unwrap();
        let decision = self.look_after(&command);
        claim.fenced(decision, true, self.now)
    }

    fn look_after(&mut self, command: &Command) -> Decision {
        if let Expansion::Pending { after, .. } = &command.expansion {
            let rest: Vec<Node> =
                self.nodes.values().filter(|node| Some(&node.instance) > after.as_ref()).cloned().collect();
            let chunk = &rest[..rest.len().min(2)];
            return expand(command, chunk, &BTreeSet::new(), chunk.len() == rest.len(), self.now);
        }
        let rows = self.completions.iter().take(2);
        let completions: Vec<CompletionRow> =
            rows.map(|(&sequence, completion)| CompletionRow { sequence, completion: completion.clone() }).collect();
        let to_end = |invocation: &&Invocation| {
            if command.cancel_requested_at.is_some() {
                !invocation.state.is_terminal() && invocation.state != InvocationState::Cancelling
            } else {
                command.stopped_at.is_some() && invocation.state.is_unsent()
            }
        };
        let to_end: Vec<Invocation> = self.invocations.values().filter(to_end).take(2).cloned().collect();
        let candidate = |it: &&Invocation| {
            let polls = self.nodes.get(&it.key.instance).is_some_and(|node| node.polls(self.now));
            let ready = it.state == InvocationState::Queued && !it.waits_for_request && polls;
            ready || self.is_asked_for(&it.key)
        };
        let room = room_to_release(command, &completions, self.now);
        let candidates: Vec<Invocation> = self.invocations.values().filter(candidate).take(room).cloned().collect();
        let view = DispatchView { command, completions: &completions, to_end: &to_end, candidates: &candidates };
        let now = self.now;
        dispatch(&view, &mut || self.mint(), now)
    }

    /// Dispatches until there is nothing to do.
    pub(super) fn dispatch(&mut self) {
        for _ in 0..200 {
            let decision = self.dispatch_decision();
            if decision.batch.is_empty() {
                return;
            }
            self.commit(&decision.batch).unwrap();
        }
        panic!("the dispatcher finds no end: {:?}", self.command());
    }

    /// One poll, committed.
    pub(super) fn poll(&mut self, poll: &Poll) -> Vec<Carried> {
        let answer = hand_out(poll, &self.mailbox(&poll.instance), &rules(), self.now);
        self.commit(&answer.decision.batch).unwrap();
        answer.messages
    }

    /// What is due now, each committed.
    pub(super) fn due(&mut self) {
        let all: Vec<Invocation> = self.invocations.values().cloned().collect();
        for invocation in all {
            let decision = due(&invocation, self.nodes.get(&invocation.key.instance), self.now);
            self.commit(&decision.batch).unwrap();
        }
        assert!(self.invocations.values().all(|it| it.due_at().is_none_or(|at| at > self.now)), "due again at once");
        assert_eq!(self.command().account, account());
    }
}

fn waits(invocation: &Invocation) -> bool {
    matches!(invocation.state, InvocationState::Queued | InvocationState::Delayed)
}
