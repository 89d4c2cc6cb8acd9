//! The agent: polls, takes commands in, and keeps them running.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared as SharedFuture};
use ssm_core::api::{
    AcknowledgeMessageRequest, FailMessageRequest, FailureType, GetMessagesRequest, UpdateInstanceInformationRequest,
};
use ssm_core::document::StepStatus;
use ssm_core::ids::{AccountId, InstanceId, MessageId, RequestId};
use ssm_core::message::{CancelPayload, Message, Topic};
use ssm_core::ports::{
    CallerContext, Clock, DocumentSource, IdSource, MessageDelivery, NoDocuments, NoParameters, NodeApi, NodeApiExt,
    NullOutputs, OutputStore, ParameterSource, Principal,
};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::backoff::Backoff;
use crate::clock::{RandomIds, SystemClock};
use crate::journal::{Journal, MemoryJournal, Taken};
use crate::registry::PluginRegistry;
use crate::replies::{self, Replies};
use crate::runner::{self, Wish};
use crate::{describe_host, host};

/// Settings of an agent. Each has a default; `docs/limits.md` lists them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How many commands run at once; 5 by default, as the stock agent.
    pub workers: usize,
    /// How often the service is told that the agent lives; 5 minutes by default.
    pub ping_period: Duration,
    /// Where steps have their directories: this agent's alone, since it removes what an earlier run has left there. Must be on a
    /// file system that allows programs to be run.
    pub work_directory: PathBuf,
    /// The Region that scripts see.
    pub region: String,
    /// The environment that scripts begin with; by default a `PATH` of the system's directories and nothing else.
    pub environment: BTreeMap<String, String>,
    /// How long a stop of the agent waits until the last replies are sent; 5 s by default.
    pub farewell: Duration,
}

impl Settings {
    /// Defaults, with steps' directories below this one.
    #[must_use]
    pub fn new(work_directory: PathBuf) -> Self {
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        Self {
            workers: 5,
            ping_period: Duration::from_secs(5 * 60),
            work_directory,
            region: "us-east-1".to_owned(),
            environment: BTreeMap::from([("PATH".to_owned(), path.to_owned())]),
            farewell: Duration::from_secs(5),
        }
    }
}

/// What an agent cannot do without.
#[derive(Debug)]
pub struct AgentParts {
    /// The account that the instance belongs to.
    pub account: AccountId,
    /// Who the instance is.
    pub instance: InstanceId,
    /// How messages reach it.
    pub delivery: Arc<dyn MessageDelivery>,
    /// What it asks besides.
    pub node_api: Arc<dyn NodeApi>,
    /// Settings.
    pub settings: Settings,
}

/// Puts an [`Agent`] together: parts that have no default come first, so that there is no half-made agent.
#[derive(Debug)]
pub struct AgentBuilder {
    parts: AgentParts,
    journal: Arc<dyn Journal>,
    plugins: PluginRegistry,
    outputs: Arc<dyn OutputStore>,
    documents: Arc<dyn DocumentSource>,
    parameters: Arc<dyn ParameterSource>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl AgentBuilder {
    /// What it remembers commands in; by default a [`MemoryJournal`], which forgets with the process.
    #[must_use]
    pub fn with_journal(mut self, journal: Arc<dyn Journal>) -> Self {
        self.journal = journal;
        self
    }

    /// What it may run; by default [`PluginRegistry::built_in`].
    #[must_use]
    pub fn with_plugins(mut self, plugins: PluginRegistry) -> Self {
        self.plugins = plugins;
        self
    }

    /// Where whole outputs go; by default nowhere.
    #[must_use]
    pub fn with_outputs(mut self, outputs: Arc<dyn OutputStore>) -> Self {
        self.outputs = outputs;
        self
    }

    /// Where documents come from that run inside steps (`aws:runDocument`); by default from nowhere, so that such steps
    /// fail.
    #[must_use]
    pub fn with_documents(mut self, documents: Arc<dyn DocumentSource>) -> Self {
        self.documents = documents;
        self
    }

    /// Where the values come from that documents refer to with `{{ssm:...}}`; by default from nowhere, so that commands
    /// with such references fail.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Arc<dyn ParameterSource>) -> Self {
        self.parameters = parameters;
        self
    }

    /// Its time; by default [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Its ids; by default [`RandomIds`].
    #[must_use]
    pub fn with_ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// The agent; [`Agent::run`] makes it live.
    #[must_use]
    pub fn build(self) -> Agent {
        let host = describe_host(&self.parts.instance);
        let AgentParts { account, instance, delivery, node_api, settings } = self.parts;
        let shared = Shared {
            account,
            instance,
            delivery,
            node_api,
            settings,
            host,
            journal: self.journal,
            plugins: self.plugins,
            outputs: self.outputs,
            documents: self.documents,
            parameters: self.parameters,
            clock: self.clock,
            ids: self.ids,
            commands: Mutex::default(),
            slot_freed: Notify::new(),
            unsent: AtomicUsize::new(0),
        };
        Agent { shared: Arc::new(shared) }
    }
}

/// The agent of one managed instance.
///
/// Messages of one poll are taken in one after the other. Each command is journalled before anything else, then told to the
/// service (acknowledged) while it already runs; every result is sent until the service has it.
#[derive(Debug)]
pub struct Agent {
    shared: Arc<Shared>,
}

/// What all parts of an agent share.
#[derive(Debug)]
pub(crate) struct Shared {
    account: AccountId,
    instance: InstanceId,
    pub(crate) delivery: Arc<dyn MessageDelivery>,
    node_api: Arc<dyn NodeApi>,
    pub(crate) settings: Settings,
    pub(crate) host: UpdateInstanceInformationRequest,
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) plugins: PluginRegistry,
    pub(crate) outputs: Arc<dyn OutputStore>,
    pub(crate) documents: Arc<dyn DocumentSource>,
    pub(crate) parameters: Arc<dyn ParameterSource>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    /// The commands that run, with the way to tell them something.
    commands: Mutex<BTreeMap<MessageId, watch::Sender<Wish>>>,
    slot_freed: Notify,
    /// Commands that run or have replies that the service has not taken.
    unsent: AtomicUsize,
}

/// Ends when the agent is to stop.
type Stop<'a> = SharedFuture<BoxFuture<'a, ()>>;

/// A poll that is answered with nothing sooner than this is not followed at once. Source: agent protocol 1.4.
const HASTY: Duration = Duration::from_secs(1);
/// Most commands whose replies may wait to be sent while further commands are taken. Our choice.
const MOST_UNSENT: usize = 100;

impl Shared {
    pub(crate) fn context(&self) -> CallerContext {
        let request = RequestId::new(self.ids.uuid());
        CallerContext::new(self.account.clone(), Principal::Node(self.instance.clone()), request)
    }

    /// None when too many results wait to be heard: whoever cannot be told must not be asked for more.
    fn free_slots(&self) -> usize {
        if self.unsent.load(Ordering::Relaxed) >= MOST_UNSENT {
            return 0;
        }
        let running = self.commands.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.settings.workers.saturating_sub(running)
    }

    /// Tells a running command something. `false` when it does not run.
    fn tell(&self, message: &MessageId, wish: Wish) -> bool {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        commands.get(message).is_some_and(|sender| sender.send(wish).is_ok())
    }

    fn runs(&self, message: &MessageId) -> bool {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).contains_key(message)
    }

    fn interrupt_all(&self) {
        let commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        // A command that has just ended needs no interruption.
        commands.values().for_each(|sender| _ = sender.send(Wish::Interrupt));
    }
}

/// A place among the running commands, given back when dropped: also by a command whose task is aborted.
struct Slot {
    shared: Arc<Shared>,
    message: MessageId,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.commands.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.message);
        self.shared.slot_freed.notify_one();
    }
}

impl Agent {
    /// Begins with the parts that have no default.
    #[must_use]
    pub fn builder(parts: AgentParts) -> AgentBuilder {
        AgentBuilder {
            parts,
            journal: Arc::new(MemoryJournal::default()),
            plugins: PluginRegistry::built_in(),
            outputs: Arc::new(NullOutputs),
            documents: Arc::new(NoDocuments),
            parameters: Arc::new(NoParameters),
            clock: Arc::new(SystemClock::default()),
            ids: Arc::new(RandomIds),
        }
    }

    /// Lives until `stop` ends: tells the service of itself, polls, and runs what it is given. At the stop everything that
    /// runs is ended and told as interrupted.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        runner::sweep(self.shared.settings.work_directory.clone()).await;
        let mut tasks = JoinSet::new();
        // The stop ends waits only: a message that is being taken in is taken in to its end.
        self.live(&mut tasks, &stop.boxed().shared()).await;
        self.shared.interrupt_all();
        let farewell = self.shared.clock.sleep_until(self.shared.clock.now() + self.shared.settings.farewell);
        tokio::select! {
            // Replies that are all sent are no reason to warn, though the farewell ends at the same moment.
            biased;
            () = async { while let Some(ended) = tasks.join_next().await { log_panic(ended); } } => {}
            () = farewell => tracing::warn!("the agent stops before its last replies are sent"),
        }
    }

    /// The first ping must succeed, then pings and polls go on side by side until the stop.
    async fn live(&self, tasks: &mut JoinSet<()>, stop: &Stop<'_>) {
        let registered = async {
            let mut backoff = Backoff::default();
            while !self.ping().await {
                backoff.wait(self.shared.clock.as_ref(), self.shared.ids.as_ref()).await;
            }
        };
        tokio::select! {
            // After a stop nothing is begun.
            biased;
            () = stop.clone() => return,
            () = registered => {}
        }
        let pings = async {
            loop {
                self.shared.clock.sleep_until(self.shared.clock.now() + self.shared.settings.ping_period).await;
                self.ping().await;
            }
        };
        tokio::select! {
            // The poll is the one that ends at a stop; after it no ping is sent.
            biased;
            () = self.poll(tasks, stop) => {}
            () = pings => {}
        }
    }

    async fn ping(&self) -> bool {
        let told =
            self.shared.node_api.update_instance_information(&self.shared.context(), self.shared.host.clone()).await;
        told.inspect_err(|error| tracing::warn!(%error, "the service does not hear of this instance")).is_ok()
    }

    /// One poll after the other. A poll that went out without room is given up when a slot becomes free, so that the next one
    /// can say so.
    async fn poll(&self, tasks: &mut JoinSet<()>, stop: &Stop<'_>) {
        let shared = &self.shared;
        let mut backoff = Backoff::default();
        loop {
            while let Some(ended) = tasks.try_join_next() {
                log_panic(ended);
            }
            let free = shared.free_slots();
            let mut request = GetMessagesRequest::new(shared.instance.clone(), shared.ids.uuid());
            request.free_slots = Some(u32::try_from(free).unwrap_or(u32::MAX));
            request.journal_id = Some(shared.journal.id());
            let context = shared.context();
            let asked_at = shared.clock.now();
            let answer = tokio::select! {
                // A stop before all: what was handed out then comes again. An answer before a new poll, or its messages would have to.
                biased;
                () = stop.clone() => return,
                answer = shared.delivery.get_messages(&context, request) => answer,
                () = shared.slot_freed.notified(), if free == 0 => continue,
            };
            match answer {
                Ok(answer) => {
                    backoff.reset();
                    let hasty = answer.messages.is_empty() && shared.clock.now().since(asked_at) < HASTY;
                    for message in answer.messages {
                        let expired = answer.service_time.zip(message.delivery_deadline);
                        if expired.is_some_and(|(now, deadline)| now >= deadline) {
                            tracing::warn!(message = %message.message_id, "a message came after its deadline");
                            continue;
                        }
                        self.take_in(message, tasks).await;
                    }
                    if hasty {
                        tokio::select! {
                            // After a stop nothing is begun.
                            biased;
                            () = stop.clone() => return,
                            () = shared.slot_freed.notified(), if free == 0 => {}
                            () = shared.clock.sleep_until(asked_at + HASTY) => {}
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a poll failed");
                    tokio::select! {
                        // After a stop nothing is begun.
                        biased;
                        () = stop.clone() => return,
                        () = backoff.wait(shared.clock.as_ref(), shared.ids.as_ref()) => {}
                    }
                }
            }
        }
    }

    async fn take_in(&self, message: Message, tasks: &mut JoinSet<()>) {
        let own = &self.shared.instance;
        if message.destination != *own || message.message_id.instance() != own {
            tracing::error!(message = %message.message_id, "a message for another instance is left alone");
            return;
        }
        match Topic::of(&message.topic) {
            Some(Topic::SendCommand) => self.take_command(message, tasks).await,
            Some(Topic::CancelCommand) => self.take_cancel(message, tasks).await,
            None => self.fail(&message.message_id).await,
        }
    }

    async fn take_command(&self, message: Message, tasks: &mut JoinSet<()>) {
        let id = message.message_id.clone();
        if self.shared.free_slots() == 0 && !self.shared.runs(&id) {
            // Not taken: the service hands it out again. Ours never sends more than was asked for.
            tracing::warn!(message = %id, "no free slot");
            return;
        }
        let taken = self.shared.journal.take(&id).await;
        let shared = Arc::clone(&self.shared);
        match taken {
            Ok(Taken::New) => {
                let (sender, wish) = watch::channel(Wish::Run);
                shared.commands.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
                let slot = Slot { shared: Arc::clone(&shared), message: id };
                tasks.spawn(run(shared, message, wish, slot));
            }
            Ok(Taken::Known) => {
                tasks.spawn(async move { announce(&shared, &id).await });
            }
            Ok(Taken::Refused) => {
                tasks.spawn(async move {
                    let (replies, sending) = Replies::new(Arc::clone(&shared), id);
                    let now = shared.clock.now();
                    let trace = "The command was cancelled before it came.".to_owned();
                    replies.tell(replies::about_document(&shared, StepStatus::Cancelled, trace, now)).await;
                    drop(replies);
                    sending.await;
                });
            }
            Err(error) => tracing::error!(message = %id, %error, "the command is left alone"),
        }
    }

    /// A cancel of what runs stops it; one of what is unknown makes sure that it never runs.
    async fn take_cancel(&self, message: Message, tasks: &mut JoinSet<()>) {
        let Ok(cancel) = serde_json::from_str::<CancelPayload>(message.payload.as_str()) else {
            return self.fail(&message.message_id).await;
        };
        if !self.shared.tell(&cancel.cancel_message_id, Wish::Cancel)
            && let Err(error) = self.shared.journal.refuse(&cancel.cancel_message_id).await
        {
            tracing::error!(message = %cancel.cancel_message_id, %error, "a cancel is left alone");
            return;
        }
        let shared = Arc::clone(&self.shared);
        tasks.spawn(async move { announce(&shared, &message.message_id).await });
    }

    async fn fail(&self, message: &MessageId) {
        let request =
            FailMessageRequest { message_id: message.clone(), failure_type: FailureType::InternalHandlerException };
        if let Err(error) = self.shared.delivery.fail_message(&self.shared.context(), request).await {
            tracing::warn!(%message, %error, "a message that cannot be handled stays");
        }
    }
}

/// Runs a command in its slot, which is given back before the last reply is sent.
async fn run(shared: Arc<Shared>, message: Message, wish: watch::Receiver<Wish>, slot: Slot) {
    let id = message.message_id.clone();
    let (replies, sending) = Replies::new(Arc::clone(&shared), id.clone());
    let running = async {
        runner::run_command(&shared, &id, message.payload.as_str(), wish, &replies).await;
        drop(replies);
        drop(slot);
    };
    shared.unsent.fetch_add(1, Ordering::Relaxed);
    // The acknowledgement and the run know nothing of each other: the journal has the command already.
    futures::future::join3(announce(&shared, &id), running, sending).await;
    shared.unsent.fetch_sub(1, Ordering::Relaxed);
    if let Err(error) = shared.journal.finish(&id).await {
        tracing::error!(message = %id, %error, "the end of the command is not journalled");
    }
}

/// A task of a command never panics by a plugin; what else panics is at least told.
fn log_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "the task of a command ended before its time");
    }
}

/// Tells the service that the agent has a message. (The stock agent sends an InProgress reply as well, which says no more.)
/// Tried a few times; what is not heard is handed out again and announced again.
async fn announce(shared: &Arc<Shared>, message: &MessageId) {
    let mut backoff = Backoff::default();
    for _ in 0..4 {
        let request = AcknowledgeMessageRequest { message_id: message.clone() };
        match shared.delivery.acknowledge_message(&shared.context(), request).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(%message, %error, "an acknowledgement was not taken"),
        }
        backoff.wait(shared.clock.as_ref(), shared.ids.as_ref()).await;
    }
}

/// The platform must be one that documents know; said at the start rather than at each command.
impl Agent {
    /// Whether this machine's platform can run documents.
    #[must_use]
    pub fn can_run_documents() -> bool {
        host::platform().is_some()
    }
}
