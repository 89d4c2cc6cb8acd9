//! The control plane: reads rows, lets the engine decide, commits, and carries out the effects.
//!
//! One value implements the three ports that callers use: [`OperatorApi`](ssm_core::ports::OperatorApi),
//! [`NodeApi`](ssm_core::ports::NodeApi) and [`MessageDelivery`](ssm_core::ports::MessageDelivery). Besides, an application runs
//! [`ControlPlane::run`] once: it dispatches commands and watches over due times.

mod access;
mod builder;
mod commands;
mod delivery;
mod documents;
mod driver;
mod fleet;
mod outputs;
mod pages;
mod polls;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use ssm_core::api::{ApiError, ErrorCode, NodeRequest, NodeResponse, OperatorRequest, OperatorResponse, facts};
use ssm_core::engine::{Decision, Effect, HandOutRules, NewCommand};
use ssm_core::ids::{AccountId, CommandNumber, DispatcherId, DocumentName};
use ssm_core::ports::{
    Authorizer, CallerContext, Clock, CommitError, EventSink, IdSource, NodeApi, OperatorApi, Store, StoreError,
    WakeupKey, Wakeups,
};
use ssm_core::record::{PresenceRules, Target};
use ssm_core::time::Timestamp;
use tokio::sync::Notify;

pub use builder::{ControlPlaneBuilder, NoStore, WithStore};

/// Settings of a control plane. Each has a default; `docs/limits.md` lists them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How long a poll waits for messages, 15 s by default; under 18 s, since the stock agent hangs up after 20 s.
    pub poll_time: Duration,
    /// What a poll may get.
    pub hand_out: HandOutRules,
    /// How long a command without `TimeoutSeconds` may wait until an instance starts it: 3600 s by default, as with the public
    /// service, and up to 31 days; what is less than 30 s or more than that is taken as the bound.
    pub default_delivery_timeout: Duration,
    /// How long a command is kept after its end, with its invocations and outputs: 30 days by default. That the time counts from the
    /// end is our choice.
    pub history: Duration,
    /// After which silence a node shows as what: ConnectionLost after 15 minutes, Inactive after 30 days.
    pub presence: PresenceRules,
    /// The newest version of the agent, by which `IsLatestVersion` is told; unknown, and not told, by default.
    pub latest_agent_version: Option<String>,
    /// Resource groups by name: what a command for `resource-groups:Name` is for, in each account among its own nodes. A node is
    /// a member when it matches every target of the group; nobody is a member of a group without any. None by default.
    pub groups: BTreeMap<String, Vec<Target>>,
    /// Whether documents may be shared with all accounts; `true` by default. What is shared already stays shared. Source: user
    /// guide, the setting `/ssm/documents/console/public-sharing-permission`.
    pub public_documents: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            poll_time: Duration::from_secs(15),
            hand_out: HandOutRules::default(),
            default_delivery_timeout: NewCommand::DEFAULT_DELIVERY_TIMEOUT,
            history: Duration::from_secs(30 * 24 * 3600),
            presence: PresenceRules::default(),
            latest_agent_version: None,
            groups: BTreeMap::new(),
            public_documents: true,
        }
    }
}

/// The control plane of Run Command over a store. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct ControlPlane(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    wakeups: Arc<dyn Wakeups>,
    authorizer: Arc<dyn Authorizer>,
    events: Arc<dyn EventSink>,
    settings: Settings,
    /// This one among the control planes over the store.
    dispatcher: DispatcherId,
    /// The documents that come with the service, parsed once.
    predefined: BTreeMap<DocumentName, documents::Predefined>,
    polls: polls::Polls,
    work: Work,
}

/// What the driver has to look at. Hints only: whatever is lost here is found again in the store.
#[derive(Debug, Default)]
struct Work {
    commands: Mutex<BTreeSet<(AccountId, CommandNumber)>>,
    /// The earliest due time that was heard of since the driver looked last.
    wake_at: Mutex<Option<Timestamp>>,
    news: Notify,
}

impl Work {
    fn add_command(&self, account: AccountId, number: CommandNumber) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).insert((account, number));
        self.news.notify_one();
    }

    fn take_commands(&self) -> BTreeSet<(AccountId, CommandNumber)> {
        std::mem::take(&mut *self.commands.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wake_at(&self, at: Timestamp) {
        let mut earliest = self.wake_at.lock().unwrap_or_else(PoisonError::into_inner);
        if earliest.is_none_or(|known| at < known) {
            *earliest = Some(at);
            self.news.notify_one();
        }
    }

    /// The driver will look at this time by itself: only an earlier one is news.
    fn expect_at(&self, at: Timestamp) {
        let mut earliest = self.wake_at.lock().unwrap_or_else(PoisonError::into_inner);
        if earliest.is_none_or(|known| at < known) {
            *earliest = Some(at);
        }
    }

    fn earliest(&self) -> Option<Timestamp> {
        *self.wake_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_wake_at(&self) -> Option<Timestamp> {
        self.wake_at.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ControlPlane {
    /// Begins with nothing; a store is needed, the rest has defaults.
    pub fn builder() -> ControlPlaneBuilder<NoStore> {
        ControlPlaneBuilder::new()
    }

    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts { plane: self, made: 0, exhausted: ErrorCode::ServiceUnavailable }
    }

    /// Attempts of an operation that has an error of its own for a resource that others keep changing.
    fn attempts_or_too_many_updates(&self) -> Attempts<'_> {
        Attempts { exhausted: ErrorCode::TooManyUpdates, ..self.attempts() }
    }

    /// Commits a batch and carries out its effects, in a task of its own: a caller that goes away in between must not take the
    /// effects of a durable change with it.
    async fn commit(&self, decision: Decision) -> Result<(), CommitError> {
        let plane = self.clone();
        let task = tokio::spawn(async move {
            if !decision.batch.is_empty() {
                plane.0.store.commit(decision.batch).await?;
            }
            plane.carry_out(decision.effects).await;
            Ok(())
        });
        // It is never aborted, so only a panic of the store ends it early; what that store has done is not known.
        task.await.unwrap_or_else(|error| Err(CommitError::Unknown { source: Arc::new(error) }))
    }

    /// What others wait for comes first; event sinks may take their time.
    async fn carry_out(&self, effects: Vec<Effect>) {
        let mut changes = Vec::new();
        for effect in effects {
            match effect {
                Effect::Hint { account, instance } => self.0.wakeups.hint(&WakeupKey { account, instance }),
                Effect::Dispatch { account, number } => self.0.work.add_command(account, number),
                Effect::WakeAt(at) => self.0.work.wake_at(at),
                Effect::Publish(change) => changes.push(change),
                other => tracing::warn!(?other, "an effect that this control plane does not know"),
            }
        }
        for change in &changes {
            let told = AssertUnwindSafe(self.0.events.publish(change)).catch_unwind().await;
            if told.is_err() {
                tracing::error!("an event sink panicked");
            }
        }
    }
}

/// Commits one decision after another until one passes: five at most, with jitter between the later ones.
struct Attempts<'a> {
    plane: &'a ControlPlane,
    made: u32,
    /// What the caller is told when none passed.
    exhausted: ErrorCode,
}

impl Attempts<'_> {
    const MOST: u32 = 5;

    /// Commits a decision and carries out its effects. `false`: a row has changed, read and decide again.
    async fn commit(&mut self, decision: Decision) -> Result<bool, ApiError> {
        if decision.batch.is_empty() {
            self.plane.carry_out(decision.effects).await;
            return Ok(true);
        }
        match self.plane.commit(decision).await {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict) => self.again().await,
            Err(CommitError::Store(error)) => Err(unavailable(error)),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a commit has no known outcome");
                let text = "It is not known whether the call had its effect.";
                Err(ApiError::new(ErrorCode::InternalServerError, text).caused_by(error))
            }
        }
    }

    async fn again(&mut self) -> Result<bool, ApiError> {
        self.made += 1;
        if self.made >= Self::MOST {
            return Err(ApiError::new(self.exhausted, "Too many concurrent changes, try again."));
        }
        if self.made == 1 {
            // Whoever was faster is done, so the second attempt waits for nobody.
            return Ok(false);
        }
        let most_millis = 2u128 << self.made;
        let millis = self.plane.0.ids.uuid().as_u128() % most_millis;
        let pause = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        self.plane.0.clock.sleep_until(self.plane.now() + pause).await;
        Ok(false)
    }
}

/// A failure of the store, told without its details: they are the operator's of the service, not the caller's.
fn unavailable(error: StoreError) -> ApiError {
    tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
    let code = match error {
        StoreError::Unavailable { .. } => ErrorCode::ServiceUnavailable,
        _ => ErrorCode::InternalServerError,
    };
    ApiError::new(code, "The store cannot be used now.").caused_by(error)
}

impl ControlPlane {
    async fn answer_operator(
        &self,
        context: &CallerContext,
        request: OperatorRequest,
    ) -> Result<OperatorResponse, ApiError> {
        use OperatorRequest as Q;
        use OperatorResponse as A;
        access::require_operator(context, request.operation())?;
        request.check()?;
        match request {
            Q::SendCommand(request) => self.send_command(context, request).await.map(A::SendCommand),
            Q::CancelCommand(request) => self.cancel_command(context, request).await.map(A::CancelCommand),
            Q::ListCommands(request) => self.list_commands(context, request).await.map(A::ListCommands),
            Q::ListCommandInvocations(request) => {
                self.list_command_invocations(context, request).await.map(A::ListCommandInvocations)
            }
            Q::GetCommandInvocation(request) => {
                self.get_command_invocation(context, request).await.map(A::GetCommandInvocation)
            }
            Q::CreateDocument(request) => self.create_document(context, request).await.map(A::CreateDocument),
            Q::DeleteDocument(request) => self.delete_document(context, request).await.map(A::DeleteDocument),
            Q::DescribeDocument(request) => self.describe_document(context, request).await.map(A::DescribeDocument),
            Q::DescribeDocumentPermission(request) => {
                self.describe_document_permission(context, request).await.map(A::DescribeDocumentPermission)
            }
            Q::GetDocument(request) => self.get_document(context, request).await.map(A::GetDocument),
            Q::ListDocumentVersions(request) => {
                self.list_document_versions(context, request).await.map(A::ListDocumentVersions)
            }
            Q::ListDocuments(request) => self.list_documents(context, request).await.map(A::ListDocuments),
            Q::ModifyDocumentPermission(request) => {
                self.modify_document_permission(context, request).await.map(A::ModifyDocumentPermission)
            }
            Q::UpdateDocument(request) => self.update_document(context, request).await.map(A::UpdateDocument),
            Q::UpdateDocumentDefaultVersion(request) => {
                self.update_document_default_version(context, request).await.map(A::UpdateDocumentDefaultVersion)
            }
            Q::DescribeInstanceInformation(request) => {
                self.describe_instance_information(context, request).await.map(A::DescribeInstanceInformation)
            }
            Q::AddTagsToResource(request) => {
                self.add_tags_to_resource(context, request).await.map(A::AddTagsToResource)
            }
            Q::DescribeInstanceProperties(request) => {
                self.describe_instance_properties(context, request).await.map(A::DescribeInstanceProperties)
            }
            Q::GetConnectionStatus(request) => {
                self.get_connection_status(context, request).await.map(A::GetConnectionStatus)
            }
            Q::ListTagsForResource(request) => {
                self.list_tags_for_resource(context, request).await.map(A::ListTagsForResource)
            }
            Q::RemoveTagsFromResource(request) => {
                self.remove_tags_from_resource(context, request).await.map(A::RemoveTagsFromResource)
            }
            other => Err(ApiError::new(ErrorCode::UnknownOperationException, other.operation())),
        }
    }

    async fn answer_node(&self, context: &CallerContext, request: NodeRequest) -> Result<NodeResponse, ApiError> {
        request.check()?;
        match request {
            NodeRequest::UpdateInstanceInformation(request) => {
                self.update_instance_information(context, request).await.map(NodeResponse::UpdateInstanceInformation)
            }
            other => Err(ApiError::new(ErrorCode::UnknownOperationException, other.operation())),
        }
    }
}

/// Keeps the table of errors true: whatever a test meets stands in it.
fn told<T>(operation: &str, answer: Result<T, ApiError>) -> Result<T, ApiError> {
    debug_assert!(
        answer.as_ref().err().is_none_or(|error| facts::may_answer(operation, error.code())),
        "{operation} answers with an error that is not in its table: {:?}",
        answer.as_ref().err()
    );
    answer
}

#[async_trait]
impl OperatorApi for ControlPlane {
    async fn call(&self, context: &CallerContext, request: OperatorRequest) -> Result<OperatorResponse, ApiError> {
        told(request.operation(), self.answer_operator(context, request).await)
    }
}

#[async_trait]
impl NodeApi for ControlPlane {
    async fn call(&self, context: &CallerContext, request: NodeRequest) -> Result<NodeResponse, ApiError> {
        told(request.operation(), self.answer_node(context, request).await)
    }
}
