//! Replies: what the service is told of a command, and how long it is told until it has heard.

use std::collections::BTreeMap;
use std::sync::Arc;

use ssm_core::api::{ErrorCode, SendReplyRequest};
use ssm_core::document::{RunReport, StepStatus};
use ssm_core::ids::{MessageId, ReplyId};
use ssm_core::message::{AdditionalInfo, AgentInfo, Payload, ReplyPayload};
use ssm_core::time::Timestamp;
use tokio::sync::mpsc;

use crate::agent::Shared;
use crate::backoff::Backoff;

/// Most replies of one command that wait to be sent. A document has at most a thousand results.
const QUEUE: usize = 1100;

/// Takes the replies of one command, in order.
#[derive(Debug, Clone)]
pub(crate) struct Replies(mpsc::Sender<ReplyPayload>);

impl Replies {
    /// A queue and the task's future that sends what comes; the future ends when everything is sent and the queue is dropped.
    pub(crate) fn new(shared: Arc<Shared>, message: MessageId) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, mut receiver) = mpsc::channel(QUEUE);
        let sending = async move {
            while let Some(payload) = receiver.recv().await {
                send(&shared, &message, &payload).await;
            }
        };
        (Self(sender), sending)
    }

    pub(crate) async fn tell(&self, payload: ReplyPayload) {
        // The other end lives until this one is dropped.
        let _ = self.0.send(payload).await;
    }
}

/// Sends one reply until the service has it, under one id. Given up only when the service says that the reply itself is wrong.
async fn send(shared: &Shared, message: &MessageId, payload: &ReplyPayload) {
    let Ok(text) = serde_json::to_string(payload) else { return };
    let request = SendReplyRequest {
        message_id: message.clone(),
        payload: Payload::new(text),
        reply_id: ReplyId::new(shared.ids.uuid()),
    };
    let mut backoff = Backoff::default();
    loop {
        match shared.delivery.send_reply(&shared.context(), request.clone()).await {
            Ok(()) => return,
            Err(error) if error.code() == ErrorCode::ValidationException => {
                tracing::error!(%message, %error, "the service refuses a reply");
                return;
            }
            Err(error) => tracing::warn!(%message, %error, "a reply was not taken; it is sent again"),
        }
        backoff.wait(shared.clock.as_ref(), shared.ids.as_ref()).await;
    }
}

/// A reply about the document alone.
pub(crate) fn about_document(shared: &Shared, status: StepStatus, trace: String, now: Timestamp) -> ReplyPayload {
    ReplyPayload {
        additional_info: additional_info(shared, None, now),
        document_status: status,
        document_trace_output: trace,
        runtime_status: None,
    }
}

/// A reply with what the run machine reports.
pub(crate) fn about_run(shared: &Shared, report: RunReport, now: Timestamp) -> ReplyPayload {
    let counts = report.counts.iter().map(|(status, count)| (format!("{status:?}"), *count)).collect();
    ReplyPayload {
        additional_info: additional_info(shared, Some(counts), now),
        document_status: report.document_status,
        document_trace_output: String::new(),
        runtime_status: Some(
            report.results.into_iter().map(|(name, result)| (name.to_string(), result.into())).collect(),
        ),
    }
}

fn additional_info(shared: &Shared, counts: Option<BTreeMap<String, u32>>, now: Timestamp) -> AdditionalInfo {
    AdditionalInfo {
        agent: AgentInfo {
            lang: "en-US".to_owned(),
            name: env!("CARGO_PKG_NAME").to_owned(),
            os: std::env::consts::OS.to_owned(),
            osver: shared.host.platform_version.clone().unwrap_or_default(),
            ver: env!("CARGO_PKG_VERSION").to_owned(),
        },
        date_time: now.to_string(),
        run_id: String::new(),
        runtime_status_counts: counts,
        able_to_open_mgs_connection: None,
    }
}
