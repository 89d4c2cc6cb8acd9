//! Two clients decide with the engine over one store, and get in each other's way wherever they can.
//!
//! A client stops before each of its reads and commits; a seeded scheduler chooses who goes on. So everything may change
//! between what a decision was read from and its commit, and only the store's checks keep it right. After every commit the
//! [`Invariants`] are checked; at last both clients drain, and everything must have ended.

mod client;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use uuid::Uuid;

use self::client::Client;
use super::rows::{START, account, commit, node, put_node};
use crate::document::{Document, predefined};
use crate::ids::{AccountId, CommandNumber, DispatcherId, MessageId};
use crate::ports::Store;
use crate::testing::invariants::Invariants;
use crate::testing::random::SplitMix64;
use crate::time::Timestamp;

/// The seeds that the suite runs.
pub(super) const SEEDS: [u64; 8] = [1, 2, 3, 5, 8, 13, 21, 34];
/// How much each client does before it drains.
const STEPS: u32 = 60;
/// Managed instances, numbered from 1.
const INSTANCES: u64 = 4;

/// What both clients share besides the store: they are replicas of one service, with its clock, and the agents.
struct World {
    account: AccountId,
    document: Document,
    now: Timestamp,
    /// Chooses what clients do. The scheduler has a generator of its own.
    random: SplitMix64,
    commands: Vec<CommandNumber>,
    /// What was handed out to agents, and how often.
    handed_out: BTreeMap<MessageId, u32>,
}

type Shared = Mutex<World>;

fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a client waits for its turn.
#[derive(Default)]
struct Gate(Mutex<GateState>);

#[derive(Default, Clone, Copy, PartialEq)]
enum GateState {
    /// On its way: it is not at the gate, or waits for its store.
    #[default]
    Away,
    Waiting,
    Open,
}

impl Gate {
    fn replace(&self, state: GateState) -> GateState {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), state)
    }

    /// Ends when the scheduler has opened the gate; it polls again then, so that nobody needs to be woken.
    async fn pass(&self) {
        poll_fn(|_| match self.replace(GateState::Waiting) {
            GateState::Open => {
                self.replace(GateState::Away);
                Poll::Ready(())
            }
            GateState::Away | GateState::Waiting => Poll::Pending,
        })
        .await;
    }
}

/// What a client does.
type Running<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Lets one client at a time go from one gate to the next, in an order that the seed decides.
async fn interleave(mut clients: [(&Gate, Running<'_>); 2], seed: u64) {
    let mut random = SplitMix64::new(!seed);
    let mut done = [false; 2];
    let mut turn: Option<usize> = None;
    poll_fn(|context| {
        while done != [true; 2] {
            let index = turn.unwrap_or_else(|| {
                let wanted = usize::from(random.below(2) == 1);
                if done[wanted] { 1 - wanted } else { wanted }
            });
            let (gate, client) = &mut clients[index];
            if turn.is_none() {
                gate.replace(GateState::Open);
                turn = Some(index);
            }
            match client.as_mut().poll(context) {
                Poll::Ready(()) => {
                    done[index] = true;
                    turn = None;
                }
                // At its next gate: anybody's turn.
                Poll::Pending if *gate.0.lock().unwrap_or_else(PoisonError::into_inner) == GateState::Waiting => {
                    turn = None;
                }
                // The store itself waits, and wakes this task when it goes on; nobody overtakes meanwhile.
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    })
    .await;
}

pub(super) async fn two_clients_end_every_command(store: &dyn Store, seed: u64) {
    let account = account(1);
    commit(store, (1..=INSTANCES).map(|which| put_node(&node(&account, which)))).await;
    let text = predefined::RUN_SHELL_SCRIPT.text;
    let world = Mutex::new(World {
        account: account.clone(),
        document: Document::parse(text).expect("predefined documents parse"),
        now: START,
        random: SplitMix64::new(seed),
        commands: Vec::new(),
        handed_out: BTreeMap::new(),
    });
    let gates = [Gate::default(), Gate::default()];
    // Held over its own reads of the store, during which no other client goes on.
    let invariants = futures::lock::Mutex::new(Invariants::new(account, client::THROTTLE));
    let [first, second] = [(0, 1), (1, 2)].map(|(index, name)| {
        let dispatcher = DispatcherId::new(Uuid::from_u128(name));
        Client { store, gate: &gates[index], world: &world, invariants: &invariants, seed, dispatcher }
    });
    interleave([(&gates[0], Box::pin(first.work(STEPS))), (&gates[1], Box::pin(second.work(STEPS)))], seed).await;
    interleave([(&gates[0], Box::pin(first.drain())), (&gates[1], Box::pin(second.drain()))], seed).await;
    let commands = invariants.lock().await.everything_has_ended(store).await;
    let sent = lock(&world).commands.len();
    assert_eq!(
        commands,
        Ok(sent),
        "every command that was answered is there and has ended, and no other (seed {seed})"
    );
}
