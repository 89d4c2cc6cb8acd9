//! An agent of ours: a journal that survives crashes, slots that are stated, results that are kept until they are taken.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{Either, select};
use ssm_core::api::GetMessagesResponse;
use ssm_core::command::InvocationOutcome;
use ssm_core::ids::{CommandId, JournalId, MessageId, ReplyId};
use ssm_core::message::{Message, Payload, Topic};
use ssm_core::ports::Clock;
use ssm_core::time::Timestamp;
use tokio::sync::Notify;

use super::Disk;
use super::life::{Life, Voice};
use super::report::{Report, in_progress, steps_of};
use crate::invariants::cancelled_by;

/// What is on the disk.
#[derive(Debug)]
pub(super) struct Journal {
    id: JournalId,
    slots: u32,
    entries: BTreeMap<CommandId, Entry>,
}

/// How far a command has come.
#[derive(Debug, Clone)]
enum Entry {
    Taken {
        message: MessageId,
        payload: Payload,
        deadline: Option<Timestamp>,
    },
    Started {
        message: MessageId,
        payload: Payload,
    },
    Ended {
        message: MessageId,
        report: Report,
        reply: ReplyId,
        taken: bool,
    },
    /// Its cancel came first.
    Refused,
}

impl Journal {
    pub(super) fn new(id: JournalId) -> Self {
        Self { id, slots: u32::MAX, entries: BTreeMap::new() }
    }

    pub(super) fn free_slots(&self) -> u32 {
        let open = |entry: &&Entry| matches!(entry, Entry::Taken { .. } | Entry::Started { .. });
        self.slots.saturating_sub(u32::try_from(self.entries.values().filter(open).count()).unwrap())
    }
}

/// What runs now, to be stopped by a cancel.
type Stops = Arc<Mutex<BTreeMap<CommandId, Arc<Notify>>>>;

#[derive(Debug, Clone)]
struct Ours {
    voice: Voice,
    stops: Stops,
}

/// One process.
pub(super) async fn live(life: &Arc<Life>, journal: &Mutex<Journal>) {
    let ours = Ours { voice: life.voice(), stops: Stops::default() };
    journal.lock().unwrap().slots = life.agent.habits.slots;
    let entries: Vec<_> = journal.lock().unwrap().entries.clone().into_iter().collect();
    for (id, entry) in entries {
        match entry {
            Entry::Taken { message, payload, deadline } => ours.start(id, message, payload, deadline),
            // What a crash cut off is told, and not run again.
            Entry::Started { message, payload } => {
                let report = ours.voice.report(id, &steps_of(&payload), InvocationOutcome::Failed);
                life.world.trace.count("run cut off by a crash");
                ours.end(message, report);
            }
            Entry::Ended { taken: false, .. } => ours.deliver(id),
            _ => {}
        }
    }
    life.poll(
        || {
            let journal = journal.lock().unwrap();
            (Some(journal.free_slots()), Some(journal.id))
        },
        |answer| {
            ours.take(&answer);
            std::future::ready(())
        },
    )
    .await;
}

impl Ours {
    fn journal(&self) -> std::sync::MutexGuard<'_, Journal> {
        match &self.voice.agent.disk {
            Disk::Ours(journal) => journal.lock().unwrap(),
            Disk::Stock(_) => unreachable!("an agent of ours has a journal"),
        }
    }

    fn take(&self, answer: &GetMessagesResponse) {
        let service_time = answer.service_time.unwrap_or_else(|| self.voice.world.clock.now());
        for message in &answer.messages {
            match Topic::of(&message.topic) {
                Some(Topic::SendCommand) => self.take_command(message, service_time),
                Some(Topic::CancelCommand) => self.take_cancel(message),
                None => {}
            }
        }
    }

    fn take_command(&self, message: &Message, service_time: Timestamp) {
        let (voice, id) = (&self.voice, CommandId::new(message.message_id.uuid()));
        let known = self.journal().entries.get(&id).cloned();
        voice.say(format_args!("gets {}{}", voice.name(id), if known.is_some() { " again" } else { "" }));
        match known {
            None if message.delivery_deadline.is_some_and(|deadline| service_time >= deadline) => return,
            None if self.journal().free_slots() == 0 => return,
            None => {
                let (payload, deadline) = (message.payload.clone(), message.delivery_deadline);
                let entry = Entry::Taken { message: message.message_id.clone(), payload: payload.clone(), deadline };
                self.journal().entries.insert(id, entry);
                self.start(id, message.message_id.clone(), payload, deadline);
            }
            Some(entry) => {
                voice.world.trace.count("redelivery");
                if matches!(entry, Entry::Refused) {
                    voice.world.trace.count("refused behind its cancel");
                }
            }
        }
        let (said, message) = (voice.clone(), message.message_id.clone());
        voice.spawn(async move {
            let _ = said.acknowledge(&message).await;
        });
    }

    fn take_cancel(&self, message: &Message) {
        let voice = &self.voice;
        let Some(id) = cancelled_by(message) else { return };
        voice.say(format_args!("gets the cancel of {}", voice.name(id)));
        voice.world.trace.count("cancel message");
        self.journal().entries.entry(id).or_insert(Entry::Refused);
        if let Some(stop) = self.stops.lock().unwrap().get(&id) {
            stop.notify_one();
        }
        let (said, message) = (voice.clone(), message.message_id.clone());
        voice.spawn(async move {
            let _ = said.reply(&message, said.fresh_reply(), &in_progress()).await;
            let _ = said.acknowledge(&message).await;
        });
    }

    /// Runs it, beside everything else.
    fn start(&self, id: CommandId, message: MessageId, payload: Payload, deadline: Option<Timestamp>) {
        let (ours, stop) = (self.clone(), Arc::new(Notify::new()));
        self.stops.lock().unwrap().insert(id, Arc::clone(&stop));
        self.voice.spawn(async move {
            let voice = &ours.voice;
            if deadline.is_some_and(|deadline| voice.world.clock.now() >= deadline) {
                let report = voice.report(id, &steps_of(&payload), InvocationOutcome::Failed);
                return ours.end(message, report);
            }
            ours.journal().entries.insert(id, Entry::Started { message: message.clone(), payload: payload.clone() });
            voice.begin_run(id);
            let (time, planned) = voice.plan_run(id, &payload);
            let stopped = matches!(select(pin!(stop.notified()), pin!(voice.world.sleep(time))).await, Either::Left(_));
            let report =
                if stopped { voice.report(id, &steps_of(&payload), InvocationOutcome::Cancelled) } else { planned };
            ours.end(message, report);
        });
    }

    fn end(&self, message: MessageId, report: Report) {
        let id = report.command;
        self.voice.end_run(&report);
        self.stops.lock().unwrap().remove(&id);
        let reply = self.voice.fresh_reply();
        self.journal().entries.insert(id, Entry::Ended { message, report, reply, taken: false });
        self.deliver(id);
    }

    /// Says it until it is taken: the steps of a longer document first.
    fn deliver(&self, id: CommandId) {
        let ours = self.clone();
        let Some(Entry::Ended { message, report, reply, .. }) = self.journal().entries.get(&id).cloned() else {
            return;
        };
        self.voice.spawn(async move {
            let (voice, mut pause) = (&ours.voice, 1);
            let mut said = if report.steps.len() == 1 { 1 } else { 0 };
            loop {
                let answer = if said < report.steps.len() {
                    let answer = voice.reply(&message, voice.fresh_reply(), &report.of_step(said)).await;
                    if answer.is_ok() {
                        voice.step_was_taken(&report, said);
                        said += 1;
                        continue;
                    }
                    answer
                } else {
                    voice.reply(&message, reply, &report.last()).await
                };
                if answer.is_ok() {
                    break;
                }
                voice.world.trace.count("reply repeated");
                voice.world.sleep(Duration::from_secs(pause)).await;
                pause = (pause * 2).min(60);
            }
            voice.result_was_taken(&report);
            ours.journal().entries.insert(id, Entry::Ended { message, report, reply, taken: true });
        });
    }
}
