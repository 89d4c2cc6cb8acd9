//! One or two control planes over one store, each in a process that may die and come back.

use std::sync::{Arc, Mutex};

use ssm_core::ports::Store;
use ssm_service::ControlPlane;
use ssm_transport_mem::{DeliveryClient, NodeClient, OperatorClient};
use tokio::task::JoinHandle;

use crate::chance::Chance;
use crate::store::PlaneStore;
use crate::world::World;

/// A place where a control plane runs.
#[derive(Debug)]
pub(crate) struct Plane {
    index: usize,
    name: String,
    chance: Chance,
    running: Mutex<Option<Running>>,
}

/// A process of it.
#[derive(Debug)]
struct Running {
    store: Arc<PlaneStore>,
    ends: Ends,
    tasks: Vec<JoinHandle<()>>,
}

/// What callers hold of it.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    pub(crate) operators: OperatorClient,
    pub(crate) nodes: NodeClient,
    pub(crate) delivery: DeliveryClient,
}

impl Plane {
    pub(crate) fn new(seed: u64, index: usize) -> Self {
        let chance = Chance::of(seed, 2000 + index as u64);
        Self { index, name: format!("p{index}"), chance, running: Mutex::default() }
    }

    /// Where it can be reached, while it runs.
    pub(crate) fn ends(&self) -> Option<Ends> {
        self.running.lock().unwrap().as_ref().map(|running| running.ends.clone())
    }

    pub(crate) fn start(&self, world: &Arc<World>) -> Arc<PlaneStore> {
        let chance = Chance::of(self.chance.below(u64::MAX), 3000 + self.index as u64);
        let store = Arc::new(PlaneStore::new(world, self.name.clone(), chance));
        let plane = ControlPlane::builder()
            .with_store(Arc::clone(&store) as Arc<dyn Store>)
            .with_clock(world.clock_of_planes())
            .with_ids(Arc::clone(&world.ids) as _)
            .build();
        let (operators, operator_server) = ssm_transport_mem::operator_api();
        let (nodes, node_server) = ssm_transport_mem::node_api();
        let (delivery, delivery_server) = ssm_transport_mem::message_delivery();
        let shared = Arc::new(plane.clone());
        let tasks = vec![
            tokio::spawn(async move { plane.run(std::future::pending()).await }),
            tokio::spawn(operator_server.serve(Arc::clone(&shared) as _)),
            tokio::spawn(node_server.serve(Arc::clone(&shared) as _)),
            tokio::spawn(delivery_server.serve(shared)),
        ];
        let ends = Ends { operators, nodes, delivery };
        *self.running.lock().unwrap() = Some(Running { store: Arc::clone(&store), ends, tasks });
        store
    }

    fn end(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some(running) = running {
            running.store.die();
            running.tasks.iter().for_each(JoinHandle::abort);
        }
    }

    /// Lets the process die and come back, until faults stop.
    pub(crate) async fn lead(self: Arc<Self>, world: Arc<World>) {
        loop {
            let store = self.start(&world);
            world.trace.say(&self.name, "starts");
            if world.is_calm() {
                return;
            }
            let lives = self.chance.seconds(20, 400);
            // Days pass with fewer crashes.
            let lives = if world.is_quiet() { lives.max(world.scenario.quiet / 8) } else { lives };
            if self.chance.percent(50) {
                // Somewhere in the middle of its work.
                world.sleep(lives / 2).await;
                store.die_after_commits(self.chance.below(200));
                let died = store.died();
                let waited = world.sleep(lives / 2);
                let (died, waited) = (std::pin::pin!(died), std::pin::pin!(waited));
                futures::future::select(died, waited).await;
            } else {
                world.sleep(lives).await;
            }
            if world.is_calm() && !store.is_dead() {
                return;
            }
            world.trace.say(&self.name, "crashes");
            world.trace.count("crash of a control plane");
            self.end();
            world.sleep(self.chance.seconds(0, 25)).await;
        }
    }
}
