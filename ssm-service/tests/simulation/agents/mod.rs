//! Managed instances: they poll, run, answer, crash, are away and come back.
//!
//! `ours` keeps a journal and states its free slots; `stock` is as forgetful as the stock agent; `habits` says what goes wrong
//! with one; `life` is one process of it, with its ways to the service.

mod habits;
mod life;
mod ours;
mod report;
mod stock;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::select;
use ssm_core::ids::InstanceId;
use ssm_core::ports::{CallerContext, Clock, Principal};
use ssm_transport_mem::FaultHandle;
use tokio::sync::Notify;

use crate::chance::Chance;
use crate::trace::{instance, short};
use crate::world::World;
use habits::Habits;
use life::Life;

/// A managed instance with its agent, and what is on its disk.
#[derive(Debug)]
pub(crate) struct Agent {
    pub(crate) instance: InstanceId,
    pub(crate) name: String,
    pub(crate) context: CallerContext,
    chance: Chance,
    habits: Habits,
    link: FaultHandle,
    disk: Disk,
    left: AtomicBool,
    news: Notify,
}

/// What survives a crash.
#[derive(Debug)]
enum Disk {
    Ours(Mutex<ours::Journal>),
    Stock(Mutex<stock::State>),
}

impl Agent {
    pub(crate) fn new(seed: u64, index: usize, world: &Arc<World>) -> Arc<Self> {
        let chance = Chance::of(seed, 100 + index as u64);
        let habits = Habits::of(&chance, index, &world.scenario, world.clock.now());
        let journal = ssm_core::ports::IdSource::uuid(&*world.ids);
        let stock =
            world.scenario.mute == Some(index) || (chance.percent(40) && !(world.scenario.burst > 0 && index == 0));
        Arc::new(Self {
            instance: instance(index),
            name: short(&instance(index)),
            context: world.context(Principal::Node(instance(index))),
            habits,
            link: world.link(index as u64),
            disk: if stock {
                Disk::Stock(Mutex::default())
            } else {
                Disk::Ours(Mutex::new(ours::Journal::new(ssm_core::ids::JournalId::new(journal))))
            },
            left: AtomicBool::new(false),
            news: Notify::new(),
            chance,
        })
    }

    /// No more crashes and absences.
    pub(crate) fn cure(&self) {
        self.news.notify_waiters();
    }

    /// For good.
    pub(crate) fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
        self.news.notify_waiters();
    }

    /// Whether it polls and has room: what waits for it may go on.
    pub(crate) fn is_reliable(&self) -> bool {
        match &self.disk {
            Disk::Ours(journal) => journal.lock().unwrap().free_slots() > 0,
            Disk::Stock(_) => false,
        }
    }

    /// One process after another.
    pub(crate) async fn exist(self: Arc<Self>, world: Arc<World>) {
        tokio::spawn(Arc::clone(&self).lose_the_line(Arc::clone(&world)));
        while !self.left.load(Ordering::Relaxed) {
            let now = world.clock.now();
            if let Some(back) = self.habits.away_until(now).filter(|_| !world.is_calm()) {
                world.trace.say(&self.name, "is away");
                world.trace.count("agent away");
                select(pin!(self.news.notified()), pin!(world.clock.sleep_until(back))).await;
                continue;
            }
            let life = Life::begin(&self, &world).await;
            let end = async {
                world.clock.sleep_until(self.habits.next_end(&self.chance, now)).await;
                if world.is_calm() {
                    std::future::pending::<()>().await;
                }
            };
            let left = async {
                while !self.left.load(Ordering::Relaxed) {
                    self.news.notified().await;
                }
            };
            let (end, left) = (pin!(end), pin!(left));
            let over = select(end, left);
            let lived = async {
                match &self.disk {
                    Disk::Ours(journal) => ours::live(&life, journal).await,
                    Disk::Stock(state) => stock::live(&life, state).await,
                }
            };
            select(pin!(over), pin!(lived)).await;
            drop(life);
            if !self.left.load(Ordering::Relaxed) && self.habits.away_until(world.clock.now()).is_none() {
                world.trace.say(&self.name, "crashes");
                world.trace.count("crash of an agent");
                world.sleep(self.chance.seconds(0, 40)).await;
            }
        }
    }

    /// Its line is cut at times.
    async fn lose_the_line(self: Arc<Self>, world: Arc<World>) {
        for (at, time) in self.habits.cuts.clone() {
            world.clock.sleep_until(at).await;
            if world.is_calm() {
                return;
            }
            world.trace.say(&self.name, "loses its line");
            world.trace.count("line cut");
            self.link.cut();
            world.sleep(time).await;
            self.link.heal();
        }
    }
}
