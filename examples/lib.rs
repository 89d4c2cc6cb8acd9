//! What the example programs share: a service and an agent in one process, over the in-memory transport. What
//! `check_document` does is in a module of its own.

pub mod check_document;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ssm_agent::{Agent, AgentParts, PluginRegistry, Settings, SystemClock};
use ssm_core::api::DescribeInstanceInformationRequest;
use ssm_core::engine::Change;
use ssm_core::ids::{AccountId, InstanceId, OperatorName, RequestId};
use ssm_core::ports::{CallerContext, Clock, EventSink, IdSource, OperatorApi, OperatorApiExt, Principal};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, RandomIds, ServiceClock};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// The account of all examples.
pub const ACCOUNT: &str = "123456789012";
/// The managed instance of all examples.
pub const INSTANCE: &str = "mi-0123456789abcdef0";

/// A boxed error: the examples tell what went wrong and end.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A control plane and one agent, living in this process until [`Site::close`].
#[derive(Debug)]
pub struct Site {
    /// The operators' end, over the in-memory transport.
    pub operators: Arc<dyn OperatorApi>,
    /// The managed instance.
    pub instance: InstanceId,
    account: AccountId,
    agent: Option<Part>,
    plane: Part,
}

/// An event sink that passes every change of status on to a channel.
#[derive(Debug)]
pub struct Listener(mpsc::UnboundedSender<Change>);

impl Listener {
    /// The sink, and where its changes arrive.
    #[must_use]
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Change>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }
}

#[async_trait]
impl EventSink for Listener {
    async fn publish(&self, change: &Change) {
        // When the other end has gone, nobody wants to hear.
        let _ = self.0.send(change.clone());
    }
}

/// A task, and the way to end it.
#[derive(Debug)]
struct Part {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Part {
    async fn end(self) {
        // A task that has ended by itself needs no word.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

impl Site {
    /// Starts both: what the agent may run is in `plugins`, its steps have directories below `directory`, and `events` hears of
    /// every change of status.
    ///
    /// # Errors
    /// None in practice: the ids are literals.
    pub fn open(plugins: PluginRegistry, directory: &Path, events: Arc<dyn EventSink>) -> Result<Self, Failure> {
        Self::open_with_agent_clock(plugins, directory, events, Arc::new(SystemClock::default()))
    }

    /// The same with another clock for the agent, so that execution timeouts can be simulated.
    ///
    /// # Errors
    /// None in practice: the ids are literals.
    pub fn open_with_agent_clock(
        plugins: PluginRegistry,
        directory: &Path,
        events: Arc<dyn EventSink>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let account: AccountId = ACCOUNT.parse()?;
        let instance: InstanceId = INSTANCE.parse()?;

        // The service: a control plane over a store. It *is* the three ports that callers use.
        let plane = ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).with_events(events).build();

        // The transport: a client that is a port, a server that takes one. A server ends with its last client.
        let (operators, operator_server) = ssm_transport_mem::operator_api();
        let (node_api, node_server) = ssm_transport_mem::node_api();
        let (delivery, delivery_server) = ssm_transport_mem::message_delivery();
        tokio::spawn(operator_server.serve(Arc::new(plane.clone())));
        tokio::spawn(node_server.serve(Arc::new(plane.clone())));
        tokio::spawn(delivery_server.serve(Arc::new(plane.clone())));

        // The agent: it knows the ports alone.
        let agent = Agent::builder(AgentParts {
            account: account.clone(),
            instance: instance.clone(),
            delivery: Arc::new(delivery),
            node_api: Arc::new(node_api),
            settings: Settings::new(directory.to_owned()),
        })
        .with_plugins(plugins)
        .with_clock(clock)
        .build();

        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move { plane.run(async { drop(stopped.await) }).await });
        let plane = Part { stop, task };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(agent.run(async { drop(stopped.await) }));
        let agent = Some(Part { stop, task });
        Ok(Self { operators: Arc::new(operators), instance, account, agent, plane })
    }

    /// The context of a new call by the one operator there is.
    ///
    /// # Errors
    /// None in practice: the name is a literal.
    pub fn context(&self) -> Result<CallerContext, Failure> {
        let operator: OperatorName = "quickstart".parse()?;
        let request = RequestId::new(RandomIds.uuid());
        Ok(CallerContext::new(self.account.clone(), Principal::Operator(operator), request))
    }

    /// Waits until the instance has registered.
    ///
    /// # Errors
    /// What the service answers.
    pub async fn wait_for_instance(&self) -> Result<(), Failure> {
        loop {
            let request = DescribeInstanceInformationRequest::default();
            let listed = self.operators.describe_instance_information(&self.context()?, request).await?;
            if !listed.instance_information_list.is_empty() {
                return Ok(());
            }
            Self::pause().await;
        }
    }

    /// Waits a moment between two looks at the service.
    pub async fn pause() {
        let clock = ServiceClock::default();
        clock.sleep_until(clock.now() + Duration::from_millis(5)).await;
    }

    /// Stops the agent; the service goes on without it.
    pub async fn stop_agent(&mut self) {
        if let Some(agent) = self.agent.take() {
            agent.end().await;
        }
    }

    /// Stops the agent, so that it can still say goodbye, then the service.
    pub async fn close(mut self) {
        self.stop_agent().await;
        self.plane.end().await;
    }
}
