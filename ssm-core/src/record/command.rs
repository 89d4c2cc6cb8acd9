//! The row of a command.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CommandOptions, Lease, Principal, Revision, Targeting};
use crate::command::{CommandOutcome, CommandStatus, Tally, roll_up};
use crate::document::Platform;
use crate::ids::{
    AccountId, CommandId, CommandNumber, DocumentReference, DocumentVersion, InstanceId, PluginName, RequestId,
    StepName,
};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::time::Timestamp;

/// A command: what was asked for, how far its spread has come, and how it ended.
///
/// Written by its dispatcher and by a cancel only; an agent's reply writes its own invocation, so that this row is not hot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The account that it belongs to.
    pub account: AccountId,
    /// The key that orders commands by time.
    pub number: CommandNumber,
    /// The public id.
    pub id: CommandId,
    /// How often this row was written.
    pub revision: Revision,
    /// Who sent it: nodes that its targets turn out to mean are judged by this caller's rights.
    pub sender: Principal,
    /// The call that sent it, for audit records.
    pub request: RequestId,
    /// The document that it runs.
    pub document: UsedDocument,
    /// The steps that an agent will report, in order.
    pub steps: Arc<[StepPlan]>,
    /// The platforms that the document is for.
    pub platforms: BTreeSet<Platform>,
    /// The parameters as submitted, defaults not merged in.
    pub parameters: SubmittedParameters,
    /// The operator's comment, at most 100 characters.
    pub comment: String,
    /// Where outputs go, who is told, which alarms are watched.
    pub options: CommandOptions,
    /// Whom it is for.
    pub targeting: Targeting,
    /// When it was accepted.
    pub requested_at: Timestamp,
    /// `TimeoutSeconds`: how long it may take until an instance starts it.
    pub delivery_timeout: Duration,
    /// Requested time and delivery timeout: nothing is handed out from here on.
    pub delivery_deadline: Timestamp,
    /// `ExpiresAfter`: what has not ended by then ends as DeliveryTimedOut.
    pub expires_at: Timestamp,
    /// On how many instances it may be under way at once.
    pub max_concurrency: MaxConcurrency,
    /// How many errors it may have.
    pub max_errors: MaxErrors,
    /// How far its targets are known.
    pub expansion: Expansion,
    /// What its invocations have come to, as far as the dispatcher has folded their completions.
    pub tally: Tally,
    /// Which dispatcher looks after it.
    pub lease: Lease,
    /// When the operator cancelled it as a whole.
    pub cancel_requested_at: Option<Timestamp>,
    /// When it exceeded MaxErrors.
    pub stopped_at: Option<Timestamp>,
    /// How and when it ended.
    pub ended: Option<(CommandOutcome, Timestamp)>,
}

/// Parameters as an operator submits them: each a list of texts. Its `Debug` shows names only, since values may be secrets.
/// Copies share them, since a dispatcher reads and writes its command again and again.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SubmittedParameters(Arc<BTreeMap<String, Vec<String>>>);

impl SubmittedParameters {
    /// Gives a parameter its values.
    pub fn insert(&mut self, name: String, values: Vec<String>) {
        Arc::make_mut(&mut self.0).insert(name, values);
    }
}

/// Parameters by name.
impl FromIterator<(String, Vec<String>)> for SubmittedParameters {
    fn from_iter<I: IntoIterator<Item = (String, Vec<String>)>>(pairs: I) -> Self {
        Self(Arc::new(pairs.into_iter().collect()))
    }
}

impl Deref for SubmittedParameters {
    type Target = BTreeMap<String, Vec<String>>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl fmt::Debug for SubmittedParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The document of a command: as submitted, and as resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedDocument {
    /// The document as submitted: a name or an ARN; the API echoes it.
    pub name: DocumentReference,
    /// The version as submitted; the API echoes it (`$DEFAULT` when none was given).
    pub requested: DocumentVersion,
    /// The version that runs.
    pub version: NonZeroU32,
}

/// One result that an agent will report for a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPlan {
    /// The key of the result: the step's name, in schema 1.x the plugin's.
    pub name: StepName,
    /// The plugin that runs it.
    pub plugin: PluginName,
}

/// How far a command's targets are known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expansion {
    /// Still resolving.
    Pending {
        /// The last instance that was judged; the next chunk begins behind it.
        after: Option<InstanceId>,
        /// The matches so far.
        found: u32,
    },
    /// Every target is an invocation.
    Done {
        /// How many.
        targets: u32,
    },
}

impl Command {
    /// The number of targets, once known. The API's `TargetCount`, which is 0 until then.
    #[must_use]
    pub fn targets(&self) -> Option<u32> {
        match self.expansion {
            Expansion::Done { targets } => Some(targets),
            Expansion::Pending { .. } => None,
        }
    }

    /// Whether the instance is one of its targets.
    #[must_use]
    pub fn means(&self, instance: &InstanceId, tags: &BTreeMap<String, String>) -> bool {
        self.targeting.means(instance, tags)
    }

    /// Whether nothing may be released or handed out for the first time: cancelled, stopped by MaxErrors, or over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.cancel_requested_at.is_some() || self.stopped_at.is_some() || self.ended.is_some()
    }

    /// `Status` and `StatusDetails`.
    ///
    /// InProgress from the first release on. Delayed, which is a word of the details only, while nothing is under way and something
    /// waits for a node that is away. Both our choice: the sources name the words, and not when they change.
    #[must_use]
    pub fn status(&self) -> (CommandStatus, &'static str) {
        if let Some((outcome, _)) = self.ended {
            return (outcome.status(), outcome.details());
        }
        if self.cancel_requested_at.is_some() {
            return (CommandStatus::Cancelling, CommandStatus::Cancelling.as_str());
        }
        let begun = self.tally.answered > 0 || self.tally.completed > 0 || self.tally.in_flight > 0;
        let status = if begun { CommandStatus::InProgress } else { CommandStatus::Pending };
        let delayed = self.tally.in_flight == 0 && self.tally.delayed > 0;
        (status, if delayed { "Delayed" } else { status.as_str() })
    }

    /// Takes what happened to an invocation into the tally.
    pub fn fold(&mut self, completion: &super::Completion) {
        self.tally.fold(completion);
    }

    /// The outcome, when every target is known and has ended.
    #[must_use]
    pub fn rolled_up(&self) -> Option<CommandOutcome> {
        let targets = self.targets()?;
        let max_errors = self.max_errors.resolve(targets);
        (self.tally.completed >= targets)
            .then(|| roll_up(&self.tally, targets, max_errors, self.cancel_requested_at.is_some()))
    }
}
