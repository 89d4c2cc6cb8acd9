//! The engine's decisions, without any store: how many a second one core makes.

use std::num::NonZeroU32;
use std::time::Duration;

use ssm_benches::{Effort, Rounds};
use ssm_core::api::SendCommandRequest;
use ssm_core::document::{Document, Platform, predefined};
use ssm_core::engine::{self, Admission, Batch, Decision, DispatchView, HandOutRules, NewCommand, Poll, Write};
use ssm_core::ids::{AccountId, InstanceId, RequestId};
use ssm_core::message::ReplyPayload;
use ssm_core::record::{
    Addressed, Command, Invocation, Mailbox, MailboxEntry, Node, NodeInformation, Principal, Revision,
};
use ssm_core::time::Timestamp;
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Instances of the command: the most that one request can name.
const INSTANCES: u32 = 50;

const REPLY: &str = r#"{"documentStatus": "Success", "runtimeStatus": {"aws:runShellScript": {"status": "Success", "code": 0,
    "name": "aws:runShellScript", "output": "", "startDateTime": "2026-01-01T00:00:00.000Z",
    "endDateTime": "2026-01-01T00:00:00.010Z", "standardOutput": "out", "standardError": ""}}}"#;

fn main() -> Result<(), Failure> {
    let effort = Effort::from_arguments();
    let times = if effort.quick { 1 } else { 2000 };
    let given = Given::new()?;
    let (command, queued) = rows(given.admit()?)?;
    let released = released(&command, &queued);
    let poll = Poll {
        account: given.account.clone(),
        instance: released[0].key.instance.clone(),
        free_slots: Some(10),
        journal: None,
        visibility: Duration::from_secs(10),
    };
    let mailbox = Mailbox {
        entries: vec![MailboxEntry {
            payload_bytes: 1000,
            invocation: released[0].clone(),
            command_cancelled: false,
            command_stopped: false,
        }],
        registered: true,
        ..Mailbox::default()
    };
    let rules = HandOutRules::default();
    let handed_out = invocation_of(&engine::hand_out(&poll, &mailbox, &rules, given.now).decision.batch)?;
    let reply: ReplyPayload = serde_json::from_str(REPLY)?;

    let measure = |what: &str, decisions: u32, work: &dyn Fn()| {
        let mut rounds = Rounds::of(what);
        for _ in 0..effort.rounds {
            rounds.run(times, work);
        }
        rounds.print("decisions", decisions);
    };
    measure("admit: 50 instances", 1, &|| drop(given.admit()));
    measure("dispatch: 50 releases", INSTANCES, &|| drop(dispatch(&command, &queued)));
    measure("hand out: one command", 1, &|| drop(engine::hand_out(&poll, &mailbox, &rules, given.now)));
    measure("acknowledge", 1, &|| {
        drop(engine::acknowledge(Addressed::Command(handed_out.clone()), given.now));
    });
    measure("reply: final, one step", 1, &|| {
        drop(engine::reply(Addressed::Command(handed_out.clone()), &[], reply.clone(), given.now));
    });
    measure("due: an expiry", 1, &|| drop(engine::due(&handed_out, None, given.now + Duration::from_secs(100_000))));
    Ok(())
}

struct Given {
    account: AccountId,
    sender: Principal,
    document: Document,
    sha256: String,
    nodes: Vec<Option<Node>>,
    new: NewCommand,
    now: Timestamp,
}

impl Given {
    fn new() -> Result<Self, Failure> {
        let account: AccountId = "123456789012".parse()?;
        let now = Timestamp::from_millis(1_800_000_000_000);
        let ids: Result<Vec<InstanceId>, _> = (0..INSTANCES).map(|index| format!("mi-{index:017x}").parse()).collect();
        let ids = ids?;
        let node = |instance: &InstanceId| Node {
            account: account.clone(),
            instance: instance.clone(),
            revision: Revision::from_value(1),
            registered_at: now,
            pinged_at: now,
            polled_at: Some(now),
            information: NodeInformation { platform: Some(Platform::Linux), ..NodeInformation::default() },
            tags: [].into(),
        };
        let nodes = ids.iter().map(|id| Some(node(id))).collect();
        let request = SendCommandRequest::new("AWS-RunShellScript")
            .with_instance_ids(&ids)
            .with_parameter("commands", ["true"])
            .with_limits("100%", "0");
        let text = predefined::all().iter().find(|it| it.name == "AWS-RunShellScript").ok_or("no such document")?.text;
        let document = Document::parse(text)?;
        let sha256 = document.sha256();
        let sender = Principal::Operator("bench".parse()?);
        Ok(Self { account, sender, document, sha256, nodes, new: NewCommand::try_from(request)?, now })
    }

    fn admit(&self) -> Result<(Decision, Command), engine::Refusal> {
        let admission = Admission {
            account: &self.account,
            sender: &self.sender,
            request: RequestId::new(Uuid::nil()),
            document: &self.document,
            version: NonZeroU32::MIN,
            sha256: &self.sha256,
            nodes: &self.nodes,
            default_delivery_timeout: NewCommand::DEFAULT_DELIVERY_TIMEOUT,
            id: Uuid::nil(),
            random: 7,
        };
        engine::admit(self.new.clone(), &admission, self.now)
    }
}

/// The command and its invocations as a store keeps them, all with an agent that answered: the ramp-up leaves room for all.
fn rows((decision, mut command): (Decision, Command)) -> Result<(Command, Vec<Invocation>), Failure> {
    command.revision = Revision::from_value(1);
    command.tally.answered = INSTANCES;
    let invocations = decision.batch.writes.into_iter().filter_map(|write| match write {
        Write::PutInvocation(invocation) => Some(Invocation { revision: Revision::from_value(1), ..*invocation }),
        _ => None,
    });
    Ok((command, invocations.collect()))
}

fn dispatch(command: &Command, candidates: &[Invocation]) -> Decision {
    let view = DispatchView { command, completions: &[], to_end: &[], candidates };
    engine::dispatch(&view, &mut Uuid::nil, command.requested_at)
}

fn released(command: &Command, queued: &[Invocation]) -> Vec<Invocation> {
    let writes = dispatch(command, queued).batch.writes.into_iter();
    writes
        .filter_map(|write| match write {
            Write::PutInvocation(invocation) => Some(*invocation),
            _ => None,
        })
        .collect()
}

fn invocation_of(batch: &Batch) -> Result<Invocation, Failure> {
    let found = batch.writes.iter().find_map(|write| match write {
        Write::PutInvocation(invocation) => Some((**invocation).clone()),
        _ => None,
    });
    found.ok_or_else(|| "nothing was handed out".into())
}
