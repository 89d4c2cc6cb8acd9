//! An agent as forgetful as the stock one. Source: agent protocol 1.4 to 1.11, and what was observed of the real agent.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{Either, select};
use ssm_core::command::InvocationOutcome;
use ssm_core::ids::{CommandId, MessageId, ReplyId};
use ssm_core::message::{Message, Payload, Topic};
use ssm_core::ports::Clock;
use ssm_core::time::Timestamp;
use tokio::sync::Notify;

use super::Disk;
use super::life::{Life, Voice};
use super::report::{Report, in_progress, steps_of};
use crate::invariants::cancelled_by;

/// Documents that run at once, and as many wait.
const WORKERS: usize = 5;
/// Known ids are forgotten so long after they came.
const MEMORY: Duration = Duration::from_secs(30 * 60);
/// Older messages are dropped.
const OLDEST: Duration = Duration::from_secs(2 * 24 * 3600);
/// Replies that did not come through are thrown away so much later.
const REPLY_LIFE: Duration = Duration::from_secs(2 * 3600);
const REPLY_AGAIN: Duration = Duration::from_secs(300);

/// What is on the disk.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Ids that came, and when.
    known: BTreeMap<CommandId, Timestamp>,
    waiting: BTreeMap<CommandId, (MessageId, Payload)>,
    running: BTreeMap<CommandId, (MessageId, Payload)>,
    unsent: Vec<Unsent>,
}

/// A reply that did not come through.
#[derive(Debug, Clone)]
struct Unsent {
    message: MessageId,
    reply: ReplyId,
    said: Said,
    since: Timestamp,
}

#[derive(Debug, Clone)]
enum Said {
    UnderWay,
    Step(Arc<Report>, usize),
    Last(Arc<Report>),
}

#[derive(Debug, Clone)]
struct Stock {
    voice: Voice,
    stops: Arc<Mutex<BTreeMap<CommandId, Arc<Notify>>>>,
}

/// One process.
pub(super) async fn live(life: &Arc<Life>, state: &Mutex<State>) {
    let stock = Stock { voice: life.voice(), stops: Arc::default() };
    let cut_off: Vec<_> = state.lock().unwrap().running.clone().into_iter().collect();
    for (id, (message, payload)) in cut_off {
        let stock = stock.clone();
        life.voice().spawn(async move {
            stock.voice.world.sleep(Duration::from_secs(61)).await;
            stock.voice.world.trace.count("run cut off by a crash");
            let report = stock.voice.report(id, &steps_of(&payload), InvocationOutcome::Failed);
            stock.end(message, report).await;
        });
    }
    stock.work();
    let again = stock.clone();
    life.voice().spawn(async move {
        loop {
            again.say_unsent().await;
            again.voice.world.sleep(REPLY_AGAIN).await;
        }
    });
    life.poll(
        || (None, None),
        |answer| {
            let stock = stock.clone();
            async move {
                for message in &answer.messages {
                    stock.take(message).await;
                }
            }
        },
    )
    .await;
}

impl Stock {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        match &self.voice.agent.disk {
            Disk::Stock(state) => state.lock().unwrap(),
            Disk::Ours(_) => unreachable!("a stock agent has no journal"),
        }
    }

    async fn take(&self, message: &Message) {
        let (voice, now) = (&self.voice, self.voice.world.clock.now());
        if now.since(message.created_date) > OLDEST {
            voice.world.trace.count("message too old");
            return;
        }
        match Topic::of(&message.topic) {
            Some(Topic::SendCommand) => self.submit(message).await,
            Some(Topic::CancelCommand) => {
                let Some(id) = cancelled_by(message) else { return };
                voice.say(format_args!("gets the cancel of {}", voice.name(id)));
                voice.world.trace.count("cancel message");
                // What waits is dropped without a word.
                if self.state().waiting.remove(&id).is_some() {
                    voice.world.trace.count("dropped without a word");
                }
                if let Some(stop) = self.stops.lock().unwrap().get(&id) {
                    stop.notify_one();
                }
            }
            None => return,
        }
        self.say(&message.message_id, voice.fresh_reply(), Said::UnderWay).await;
        let _ = voice.acknowledge(&message.message_id).await;
    }

    async fn submit(&self, message: &Message) {
        let (voice, id) = (&self.voice, CommandId::new(message.message_id.uuid()));
        loop {
            {
                let (mut state, now) = (self.state(), voice.world.clock.now());
                let state = &mut *state;
                let open = |id: &CommandId| state.waiting.contains_key(id) || state.running.contains_key(id);
                state.known.retain(|id, at| now.since(*at) <= MEMORY || open(id));
                if state.known.contains_key(&id) {
                    voice.world.trace.count("redelivery");
                    return;
                }
                if state.waiting.len() + state.running.len() < 2 * WORKERS {
                    state.known.insert(id, now);
                    state.waiting.insert(id, (message.message_id.clone(), message.payload.clone()));
                    break;
                }
            }
            // It polls no more meanwhile.
            voice.world.trace.count("held by a full agent");
            voice.world.sleep(Duration::from_secs(10)).await;
        }
        voice.say(format_args!("gets {}", voice.name(id)));
        self.work();
    }

    /// Starts what waits.
    fn work(&self) {
        loop {
            let next = {
                let mut state = self.state();
                if state.running.len() >= WORKERS {
                    return;
                }
                let Some((id, job)) = state.waiting.pop_first() else { return };
                state.running.insert(id, job.clone());
                (id, job)
            };
            let (id, (message, payload)) = next;
            let (stock, stop) = (self.clone(), Arc::new(Notify::new()));
            self.stops.lock().unwrap().insert(id, Arc::clone(&stop));
            self.voice.spawn(async move {
                let voice = &stock.voice;
                voice.begin_run(id);
                let (time, planned) = voice.plan_run(id, &payload);
                let stopped =
                    matches!(select(pin!(stop.notified()), pin!(voice.world.sleep(time))).await, Either::Left(_));
                let report =
                    if stopped { voice.report(id, &steps_of(&payload), InvocationOutcome::Cancelled) } else { planned };
                stock.end(message, report).await;
            });
        }
    }

    /// A step's result and the last word, which change places at times.
    async fn end(&self, message: MessageId, report: Report) {
        let voice = &self.voice;
        voice.end_run(&report);
        self.state().running.remove(&report.command);
        self.stops.lock().unwrap().remove(&report.command);
        let report = Arc::new(report);
        let mut said: Vec<Said> = (0..report.steps.len()).map(|step| Said::Step(Arc::clone(&report), step)).collect();
        said.push(Said::Last(Arc::clone(&report)));
        if voice.agent.chance.percent(voice.agent.habits.swaps) {
            voice.world.trace.count("replies swapped");
            said.reverse();
        }
        // They are on the disk before anything is said.
        let since = voice.world.clock.now();
        for said in &said {
            let reply = voice.fresh_reply();
            self.state().unsent.push(Unsent { message: message.clone(), reply, said: said.clone(), since });
        }
        self.say_unsent_of(&message).await;
        self.work();
    }

    /// Four tries.
    async fn say(&self, message: &MessageId, reply: ReplyId, said: Said) -> bool {
        let payload = match &said {
            Said::UnderWay => in_progress(),
            Said::Step(report, step) => report.of_step(*step),
            Said::Last(report) => report.last(),
        };
        for pause in [1, 2, 5, 0] {
            if self.voice.reply(message, reply, &payload).await.is_ok() {
                match &said {
                    Said::UnderWay => {}
                    Said::Step(report, step) => self.voice.step_was_taken(report, *step),
                    Said::Last(report) => self.voice.result_was_taken(report),
                }
                return true;
            }
            self.voice.world.trace.count("reply repeated");
            self.voice.world.sleep(Duration::from_secs(pause)).await;
        }
        false
    }

    async fn say_unsent_of(&self, message: &MessageId) {
        let unsent: Vec<Unsent> =
            self.state().unsent.iter().filter(|unsent| unsent.message == *message).cloned().collect();
        for one in unsent {
            if self.say(&one.message, one.reply, one.said).await {
                self.state().unsent.retain(|unsent| unsent.reply != one.reply);
            }
        }
    }

    /// What did not come through is said again, and thrown away after two hours.
    async fn say_unsent(&self) {
        let now = self.voice.world.clock.now();
        let before = self.state().unsent.len();
        self.state().unsent.retain(|unsent| now.since(unsent.since) <= REPLY_LIFE);
        self.voice.world.trace.count_many("reply given up", (before - self.state().unsent.len()) as u64);
        let unsent = self.state().unsent.clone();
        for one in unsent {
            if !self.say(&one.message, one.reply, one.said).await {
                return;
            }
            self.state().unsent.retain(|unsent| unsent.reply != one.reply);
        }
    }
}
