//! Rows and inputs for the tests: the same every time, told apart by small numbers.

use std::num::NonZeroU32;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::command::InvocationEvent;
use crate::document::{Document, Platform, StepStatus};
use crate::engine::{Admission, Batch, Decision, HandOutRules, NewCommand, Poll, Refusal, Write, admit};
use crate::ids::{AccountId, InstanceId, RequestId};
use crate::limit::{MaxConcurrency, MaxErrors};
use crate::message::{PluginResult, ReplyPayload};
use crate::record::{
    CancelDelivery, Command, CommandOptions, Invocation, Node, NodeInformation, Principal, Revision, StepRow,
    SubmittedParameters, Targeting,
};
use crate::time::Timestamp;

/// This many seconds after the moment at which commands are sent.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_795_318_754_000) + Duration::from_secs(seconds)
}

pub(super) fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

pub(super) fn sender() -> Principal {
    Principal::Operator("operator".parse().unwrap())
}

pub(super) fn instance(n: usize) -> InstanceId {
    format!("i-{n:08}").parse().unwrap()
}

/// A node that polled at this second, tagged `fleet=a`, and `odd=yes` when its number is odd.
pub(super) fn node(n: usize, polled_at: Option<u64>) -> Node {
    let mut tags = vec![("fleet".to_owned(), "a".to_owned())];
    tags.extend((n % 2 == 1).then(|| ("odd".to_owned(), "yes".to_owned())));
    Node {
        account: account(),
        instance: instance(n),
        revision: Revision::from_value(1),
        registered_at: at(0),
        pinged_at: at(0),
        polled_at: polled_at.map(at),
        information: NodeInformation {
            platform: Some(Platform::Linux),
            computer_name: format!("host-{n}"),
            ..NodeInformation::default()
        },
        tags: tags.into_iter().collect(),
    }
}

/// A document of this many steps `s1`, `s2`, ..., each of at most 60 seconds.
pub(super) fn document(steps: usize) -> Document {
    let steps: Vec<_> = (1..=steps)
        .map(|n| {
            let inputs = json!({"runCommand": ["{{ line }}"], "timeoutSeconds": 60});
            json!({"name": format!("s{n}"), "action": "aws:runShellScript", "inputs": inputs})
        })
        .collect();
    let parameters = json!({"line": {"type": "String", "default": "true", "allowedPattern": "^[a-z ]*$"}});
    let text = json!({"schemaVersion": "2.2", "parameters": parameters, "mainSteps": steps}).to_string();
    Document::parse(&text).unwrap()
}

/// A request for the instances 1 to `targets`, with the default limits and timeouts.
pub(super) fn new_command(targets: usize) -> NewCommand {
    NewCommand {
        document: "my-document".parse().unwrap(),
        document_version: "$DEFAULT".parse().unwrap(),
        document_hash: None,
        targeting: Targeting::Instances((1..=targets).map(instance).collect()),
        parameters: SubmittedParameters::default(),
        comment: String::new(),
        delivery_timeout: None,
        max_concurrency: MaxConcurrency::default(),
        max_errors: MaxErrors::default(),
        options: CommandOptions::default(),
    }
}

pub(super) fn limits(new: &mut NewCommand, max_concurrency: &str, max_errors: &str) {
    new.max_concurrency = max_concurrency.parse().unwrap();
    new.max_errors = max_errors.parse().unwrap();
}

/// Admits the request at second 0.
pub(super) fn sent(
    new: NewCommand,
    nodes: &[Option<Node>],
    document: &Document,
) -> Result<(Decision, Command), Refusal> {
    sent_with(new, nodes, document, NewCommand::DEFAULT_DELIVERY_TIMEOUT)
}

/// The same with a service's own default of the delivery timeout.
pub(super) fn sent_with(
    new: NewCommand,
    nodes: &[Option<Node>],
    document: &Document,
    default_delivery_timeout: Duration,
) -> Result<(Decision, Command), Refusal> {
    let (account, sender, sha256) = (account(), sender(), document.sha256());
    let admission = Admission {
        account: &account,
        sender: &sender,
        request: RequestId::new(Uuid::from_u128(0xca11)),
        document,
        version: NonZeroU32::MIN,
        sha256: &sha256,
        nodes,
        default_delivery_timeout,
        id: Uuid::from_u128(0xc0),
        random: 7,
    };
    admit(new, &admission, at(0))
}

/// A command for the instances 1 to `targets`, all of which poll, as the store keeps it: of revision 1.
pub(super) fn command(targets: usize, edit: impl FnOnce(&mut NewCommand)) -> Command {
    let mut new = new_command(targets);
    edit(&mut new);
    let nodes: Vec<_> = (1..=targets).map(|n| Some(node(n, Some(0)))).collect();
    let (_, mut command) = sent(new, &nodes, &document(1)).unwrap();
    command.revision = Revision::from_value(1);
    command
}

/// The command's invocation on an instance that polls: Queued, of revision 1.
pub(super) fn queued(command: &Command, n: usize) -> Invocation {
    let mut invocation = admit::queued(command, &node(n, Some(0)), at(0));
    invocation.revision = Revision::from_value(1);
    invocation
}

/// The same after these events at these seconds; a first hand-out and a cancel leave what they leave in the engine.
pub(super) fn after(command: &Command, n: usize, events: &[(u64, InvocationEvent)]) -> Invocation {
    let mut invocation = queued(command, n);
    for &(second, event) in events {
        invocation.apply(event, at(second)).unwrap();
        match event {
            InvocationEvent::Released => invocation.presence_check_pending = false,
            InvocationEvent::HandedOut => {
                invocation.first_handed_out_at = Some(at(second));
                invocation.hidden_until = Some(at(second + 10));
            }
            InvocationEvent::CancelRequested if !invocation.state.is_terminal() => {
                invocation.cancel = Some(CancelDelivery::new(Uuid::from_u128(0xcc)));
            }
            InvocationEvent::Acknowledged | InvocationEvent::Progressed => {
                invocation.note_taken(at(second));
            }
            _ => {}
        }
    }
    invocation
}

/// The invocation of a command for this one instance, handed out at second 1.
pub(super) fn handed_out() -> Invocation {
    after(&command(1, |_| {}), 1, &HANDED_OUT)
}

pub(super) const HANDED_OUT: [(u64, InvocationEvent); 2] =
    [(0, InvocationEvent::Released), (1, InvocationEvent::HandedOut)];

/// The stock agent's poll of an instance.
pub(super) fn poll(n: usize) -> Poll {
    Poll {
        account: account(),
        instance: instance(n),
        free_slots: None,
        journal: None,
        visibility: Duration::from_secs(10),
    }
}

pub(super) fn rules() -> HandOutRules {
    HandOutRules::default()
}

pub(super) fn result(status: StepStatus, code: i32) -> PluginResult {
    PluginResult {
        status,
        code,
        name: "aws:runShellScript".parse().unwrap(),
        output: format!("code {code}"),
        start_date_time: at(1),
        end_date_time: at(2),
        output_s3_bucket_name: String::new(),
        output_s3_key_prefix: String::new(),
        step_name: String::new(),
        standard_output: format!("code {code}"),
        standard_error: String::new(),
    }
}

/// A reply with this document status and these steps; `None`: about the document alone.
pub(super) fn said(status: StepStatus, steps: Option<Vec<(String, PluginResult)>>) -> ReplyPayload {
    ReplyPayload {
        additional_info: crate::message::AdditionalInfo::default(),
        document_status: status,
        document_trace_output: String::new(),
        runtime_status: steps.map(|steps| steps.into_iter().collect()),
    }
}

/// Mints 1, 2, 3, ...
pub(super) fn fresh() -> impl FnMut() -> Uuid {
    let mut last = 0;
    move || {
        last += 1;
        Uuid::from_u128(last)
    }
}

pub(super) fn invocations_in(batch: &Batch) -> Vec<&Invocation> {
    let rows = batch.writes.iter().filter_map(|write| match write {
        Write::PutInvocation(invocation) => Some(&**invocation),
        _ => None,
    });
    rows.collect()
}

pub(super) fn command_in(batch: &Batch) -> Option<&Command> {
    batch.writes.iter().find_map(|write| match write {
        Write::PutCommand(command) => Some(&**command),
        Write::InsertCommand { command, .. } => Some(&**command),
        _ => None,
    })
}

pub(super) fn steps_in(batch: &Batch) -> Vec<&StepRow> {
    let rows = batch.writes.iter().filter_map(|write| match write {
        Write::PutStep(step) => Some(&**step),
        _ => None,
    });
    rows.collect()
}
