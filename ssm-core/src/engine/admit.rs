//! Input: a command is sent.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Decision, Write, options};
use crate::command::{InvocationState, Tally};
use crate::document::{Document, ParameterError};
use crate::ids::{
    AccountId, CommandId, CommandNumber, DocumentName, DocumentReference, DocumentVersion, InstanceId, RequestId,
};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::message::{Payload, SendCommandPayload};
use crate::record::{
    Command, CommandOptions, Expansion, Invocation, InvocationKey, InvocationNotification, Lease, Node,
    NotificationType, Principal, Revision, StepPlan, SubmittedParameters, Targeting, UsedDocument,
};
use crate::time::Timestamp;

/// A SendCommand request that keeps every constraint of its members: nothing behind here checks them again.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCommand {
    /// The document.
    pub document: DocumentReference,
    /// Which version of it.
    pub document_version: DocumentVersion,
    /// The hash that the content must have.
    pub document_hash: Option<DocumentHash>,
    /// Whom the command is for.
    pub targeting: Targeting,
    /// Parameters by name.
    pub parameters: SubmittedParameters,
    /// At most 100 characters.
    pub comment: String,
    /// How long it may take until an instance starts it; 30 seconds to 30 days. `None`: as the service is set.
    pub delivery_timeout: Option<Duration>,
    /// On how many instances at once.
    pub max_concurrency: MaxConcurrency,
    /// How many errors are borne.
    pub max_errors: MaxErrors,
    /// Outputs, notifications and alarms; checked by [`admit`].
    pub options: CommandOptions,
}

/// What is needed to admit a command besides the request.
#[derive(Debug)]
pub struct Admission<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// Who sends it.
    pub sender: &'a Principal,
    /// Which call it is.
    pub request: RequestId,
    /// The document that the request resolved to.
    pub document: &'a Document,
    /// Its version's number.
    pub version: NonZeroU32,
    /// SHA-256 of its content.
    pub sha256: &'a str,
    /// For explicit ids: what is known of each, in their order; `None` for an unknown one. Empty for targets.
    pub nodes: &'a [Option<Node>],
    /// The delivery timeout of a command that names none; taken as [`NewCommand::MIN_DELIVERY_TIMEOUT`] when it is less, as
    /// [`NewCommand::MAX_QUEUE_TIME`] when it is more.
    pub default_delivery_timeout: Duration,
    /// A fresh UUID for the command's id.
    pub id: Uuid,
    /// Fresh random bits for the command's number.
    pub random: u64,
}

/// Why a command is not accepted. Nothing is written then.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The content's hash is not the wanted one.
    #[error("the document's hash is not the one given")]
    HashMismatch,
    /// The parameters break the document's rules.
    #[error("{}", .error.text(.document))]
    Parameters {
        /// The document.
        document: DocumentName,
        /// Which rule.
        error: ParameterError,
    },
    /// An explicit id that is given twice.
    #[error("{instance} occurs twice.")]
    DuplicateInstance {
        /// Which.
        instance: InstanceId,
    },
    /// Explicit ids that are not registered.
    #[error("Instances {} not in a valid state for account {account}", listed(.instances))]
    UnknownInstances {
        /// Those, in the request's order.
        instances: Vec<InstanceId>,
        /// The account.
        account: AccountId,
    },
    /// An explicit id whose platform is not among the document's.
    #[error("document {document} does not support the platform of {instance}")]
    UnsupportedPlatform {
        /// The document.
        document: DocumentName,
        /// The instance.
        instance: InstanceId,
    },
    /// Notifications without a role. The text is that of the public service.
    #[error("ServiceRoleArn is a required parameter to enable notification.")]
    NoRole,
    /// The role is not named by an ARN of a role.
    #[error("ServiceRoleArn is not the ARN of a role.")]
    Role,
    /// The topic is not named by an ARN of a topic.
    #[error("NotificationArn is not the ARN of a topic.")]
    Notification,
    /// No bucket can have this name.
    #[error("OutputS3BucketName is not the name of a bucket.")]
    OutputFolder,
    /// An alarm's state cannot be read, and the request does not say to ignore that.
    #[error("The state of the alarm cannot be read. Set IgnorePollAlarmFailure to send the command all the same.")]
    Alarm,
    /// Document and parameters together are too large for a message.
    #[error("document and parameters take {bytes} bytes of a message, more than {}", NewCommand::MAX_PAYLOAD_BYTES)]
    TooLarge {
        /// Their size.
        bytes: usize,
    },
}

/// The hash that a caller expects of the document, in hexadecimal digits of either case. A text that is no hash of its kind is
/// the hash of no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentHash(Expected);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expected {
    Sha256(String),
    Sha1(String),
    OfNothing,
}

impl DocumentHash {
    /// SHA-256: 64 digits.
    #[must_use]
    pub fn sha256(text: &str) -> Self {
        Self(digits(text, 64).map_or(Expected::OfNothing, Expected::Sha256))
    }

    /// SHA-1, which the API still takes: 40 digits.
    #[must_use]
    pub fn sha1(text: &str) -> Self {
        Self(digits(text, 40).map_or(Expected::OfNothing, Expected::Sha1))
    }

    fn is_of(&self, with: &Admission<'_>) -> bool {
        match &self.0 {
            Expected::Sha256(hash) => hash == with.sha256,
            Expected::Sha1(hash) => *hash == with.document.sha1(),
            Expected::OfNothing => false,
        }
    }
}

fn digits(text: &str, count: usize) -> Option<String> {
    let are_digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    are_digits.then(|| text.to_ascii_lowercase())
}

fn listed(instances: &[InstanceId]) -> String {
    let texts: Vec<&str> = instances.iter().map(InstanceId::as_str).collect();
    format!("[[{}]]", texts.join(", "))
}

impl NewCommand {
    /// Most bytes of a payload. Source: service-side limit seen near 100,000 bytes.
    pub const MAX_PAYLOAD_BYTES: usize = 100_000;
    /// Delivery timeout when none is given, unless the service is set otherwise. Source: API reference, `SendCommand`
    /// `TimeoutSeconds`.
    pub const DEFAULT_DELIVERY_TIMEOUT: Duration = Duration::from_secs(3600);
    /// The shortest delivery timeout. Source: API reference, `SendCommand` `TimeoutSeconds`.
    pub const MIN_DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);
    /// Nothing stays queued for longer, whatever a service is set to. Source: founding requirement FT-26.
    pub const MAX_QUEUE_TIME: Duration = Duration::from_secs(31 * 24 * 3600);

    /// The bytes that a message about this document takes at least, whatever its parameters: more than
    /// [`MAX_PAYLOAD_BYTES`](Self::MAX_PAYLOAD_BYTES), and it can never be sent.
    #[must_use]
    pub fn least_payload_bytes(name: &DocumentName, document: &Document) -> usize {
        let payload = payload_of(CommandId::new(Uuid::nil()), name, document, crate::document::Parameters::default());
        serde_json::to_string(&payload).unwrap_or_default().len()
    }
}

/// Accepts a command. For explicit ids its invocations are in the same batch, so that they can be read at once; targets are
/// expanded afterwards, in chunks.
///
/// # Errors
/// [`Refusal`], found in this order: hash, parameters, instances, platforms, options (role, topic, bucket, alarm), size.
pub fn admit(new: NewCommand, with: &Admission<'_>, now: Timestamp) -> Result<(Decision, Command), Refusal> {
    if new.document_hash.as_ref().is_some_and(|wanted| !wanted.is_of(with)) {
        return Err(Refusal::HashMismatch);
    }
    let parameters = with
        .document
        .check_parameters(&new.parameters)
        .map_err(|error| Refusal::Parameters { document: new.document.name().clone(), error })?;
    let nodes = known_nodes(&new, with)?;
    options::check(&new.options)?;
    let id = CommandId::new(with.id);
    let payload = payload(id, &new, with, parameters)?;

    let delivery_timeout = new
        .delivery_timeout
        .unwrap_or(with.default_delivery_timeout)
        .clamp(NewCommand::MIN_DELIVERY_TIMEOUT, NewCommand::MAX_QUEUE_TIME);
    let delivery_deadline = now + delivery_timeout;
    let expires_at = delivery_deadline + with.document.execution_timeout(&new.parameters);
    let expansion = match &new.targeting {
        Targeting::Instances(ids) => Expansion::Done { targets: u32::try_from(ids.len()).unwrap_or(u32::MAX) },
        Targeting::Targets(_) => Expansion::Pending { after: None, found: 0 },
    };
    let command = Command {
        account: with.account.clone(),
        number: CommandNumber::new(now, with.random),
        id,
        revision: Revision::NEW,
        sender: with.sender.clone(),
        request: with.request,
        document: UsedDocument { name: new.document, requested: new.document_version, version: with.version },
        steps: with.document.result_keys().into_iter().map(|(name, plugin)| StepPlan { name, plugin }).collect(),
        platforms: with.document.platforms(),
        parameters: new.parameters,
        comment: new.comment,
        options: new.options,
        targeting: new.targeting,
        requested_at: now,
        delivery_timeout,
        delivery_deadline,
        expires_at,
        max_concurrency: new.max_concurrency,
        max_errors: new.max_errors,
        expansion,
        tally: Tally::default(),
        lease: Lease::default(),
        cancel_requested_at: None,
        stopped_at: None,
        ended: None,
    };

    let mut decision = Decision::nothing();
    decision.publish_command(&command, now);
    for node in nodes {
        let invocation = queued(&command, node, now);
        decision.wake_at(invocation.due_at());
        decision.publish_invocation(&invocation, now);
        decision.batch.write(Write::PutInvocation(Box::new(invocation)));
    }
    decision.dispatch(&command.account, command.number);
    decision.batch.writes.insert(0, Write::InsertCommand { command: Box::new(command.clone()), payload });
    Ok((decision, command))
}

/// The nodes of explicit ids, all of them known and of a platform that the document is for.
fn known_nodes<'a>(new: &NewCommand, with: &Admission<'a>) -> Result<Vec<&'a Node>, Refusal> {
    let Targeting::Instances(ids) = &new.targeting else { return Ok(Vec::new()) };
    if let Some((_, instance)) =
        ids.iter().enumerate().find(|(index, id)| ids.iter().take(*index).any(|known| known == *id))
    {
        return Err(Refusal::DuplicateInstance { instance: instance.clone() });
    }
    let found: Vec<&Node> = with.nodes.iter().flatten().collect();
    if found.len() != ids.len() {
        let known: Vec<&InstanceId> = found.iter().map(|node| &node.instance).collect();
        let instances = ids.iter().filter(|id| !known.contains(id)).cloned().collect();
        return Err(Refusal::UnknownInstances { instances, account: with.account.clone() });
    }
    let platforms = with.document.platforms();
    let foreign =
        found.iter().find(|node| node.information.platform.is_some_and(|platform| !platforms.contains(&platform)));
    match foreign {
        Some(node) => {
            Err(Refusal::UnsupportedPlatform { document: new.document.name().clone(), instance: node.instance.clone() })
        }
        None => Ok(found),
    }
}

fn payload(
    id: CommandId,
    new: &NewCommand,
    with: &Admission<'_>,
    parameters: crate::document::Parameters,
) -> Result<Payload, Refusal> {
    let mut payload = payload_of(id, new.document.name(), with.document, parameters);
    options::tell(&mut payload, &new.options);
    let text = serde_json::to_string(&payload).unwrap_or_default();
    if text.len() > NewCommand::MAX_PAYLOAD_BYTES {
        return Err(Refusal::TooLarge { bytes: text.len() });
    }
    Ok(Payload::new(text))
}

fn payload_of(
    id: CommandId,
    name: &DocumentName,
    document: &Document,
    parameters: crate::document::Parameters,
) -> SendCommandPayload {
    // The document was parsed, so this is JSON; null would only be refused by the agent.
    let content = RawValue::from_string(document.to_message()).unwrap_or_default();
    // Agents are told the name alone, which they also use for files (our choice for what another account shares).
    SendCommandPayload::new(id, name.to_string(), content, parameters)
}

/// A fresh invocation of the command on the node.
pub(super) fn queued(command: &Command, node: &Node, now: Timestamp) -> Invocation {
    let key =
        InvocationKey { account: command.account.clone(), number: command.number, instance: node.instance.clone() };
    Invocation {
        key,
        command: command.id,
        revision: Revision::NEW,
        state: InvocationState::Queued,
        since: now,
        requested_at: command.requested_at,
        delivery_deadline: command.delivery_deadline,
        expires_at: command.expires_at,
        waits_for_request: false,
        presence_check_pending: !node.polls(now),
        first_handed_out_at: None,
        hidden_until: None,
        journal: None,
        slot_is_counted: false,
        delivered: false,
        taken_at: None,
        answered: false,
        cancel: None,
        ended_at: None,
        ended_by_reply: false,
        trace: String::new(),
        instance_name: node.information.computer_name.clone(),
        notification: notification(command),
    }
}

fn notification(command: &Command) -> Option<Arc<InvocationNotification>> {
    let wanted = command.options.notification.as_ref().filter(|wanted| wanted.of == NotificationType::Invocation)?;
    Some(Arc::new(InvocationNotification {
        document: command.document.name.clone(),
        service_role: command.options.service_role.clone(),
        notification: wanted.clone(),
    }))
}
