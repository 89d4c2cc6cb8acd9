//! What the example programs share: a service and an agent in one process, over the in-memory transport.

use std::path::Path;
use std::sync::Arc;

use ssm_agent::{Agent, AgentParts, PluginRegistry, Settings};
use ssm_core::ids::{AccountId, InstanceId, OperatorName, RequestId};
use ssm_core::ports::{CallerContext, EventSink, IdSource, OperatorApi, Principal};
use ssm_service::store::MemoryStore;
use ssm_service::{ControlPlane, RandomIds};
use tokio::sync::oneshot;
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
    stops: Vec<oneshot::Sender<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Site {
    /// Starts both: what the agent may run is in `plugins`, its steps have directories below `directory`, and `events` hears of
    /// every change of status.
    ///
    /// # Errors
    /// None in practice: the ids are literals.
    pub fn open(plugins: PluginRegistry, directory: &Path, events: Arc<dyn EventSink>) -> Result<Self, Failure> {
        let account: AccountId = ACCOUNT.parse()?;
        let instance: InstanceId = INSTANCE.parse()?;

        // The service: a control plane over a store. It *is* the three ports that callers use.
        let plane = ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).with_events(events).build();

        // The transport: a client that is a port, a server that takes one.
        let (operators, operator_server) = ssm_transport_mem::operator_api();
        let (node_api, node_server) = ssm_transport_mem::node_api();
        let (delivery, delivery_server) = ssm_transport_mem::message_delivery();

        // The agent: it knows the ports alone.
        let agent = Agent::builder(AgentParts {
            account: account.clone(),
            instance: instance.clone(),
            delivery: Arc::new(delivery),
            node_api: Arc::new(node_api),
            settings: Settings::new(directory.to_owned()),
        })
        .with_plugins(plugins)
        .build();

        let (stop_plane, plane_stopped) = oneshot::channel();
        let (stop_agent, agent_stopped) = oneshot::channel();
        let driver = plane.clone();
        let tasks = vec![
            tokio::spawn(operator_server.serve(Arc::new(plane.clone()))),
            tokio::spawn(node_server.serve(Arc::new(plane.clone()))),
            tokio::spawn(delivery_server.serve(Arc::new(plane))),
            tokio::spawn(async move { driver.run(async { drop(plane_stopped.await) }).await }),
            tokio::spawn(async move { agent.run(async { drop(agent_stopped.await) }).await }),
        ];
        // The agent is told first, so that it can still say goodbye.
        let stops = vec![stop_agent, stop_plane];
        Ok(Self { operators: Arc::new(operators), instance, account, stops, tasks })
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
        use ssm_core::api::DescribeInstanceInformationRequest;
        use ssm_core::ports::OperatorApiExt;
        loop {
            let request = DescribeInstanceInformationRequest::default();
            let listed = self.operators.describe_instance_information(&self.context()?, request).await?;
            if !listed.instance_information_list.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Stops the agent, then the service.
    pub async fn close(self) {
        drop(self.operators);
        for (stop, task) in self.stops.into_iter().zip(self.tasks.into_iter().rev()) {
            // A task that has ended by itself needs no word.
            let _ = stop.send(());
            let _ = task.await;
        }
    }
}
