//! Runs one command: drives the document machine, with plugins in its hands.

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use ssm_core::document::{
    Document, DocumentRun, LoadDocument, Platform, PluginOutcome, RunAction, RunEvent, StartStep, StepSerial,
    StepStatus,
};
use ssm_core::ids::{CommandId, MessageId};
use ssm_core::message::SendCommandPayload;
use ssm_core::ports::{NullOutputs, Plugin, StepContext, StepInputs, Stopper, stop_signal};
use tokio::sync::watch;

use crate::agent::Shared;
use crate::documents;
use crate::host;
use crate::output::StepOutput;
use crate::replies::{self, Replies};

/// How long a plugin may take to end after its stop signal, before it is dropped.
const STOP_GRACE: Duration = Duration::from_secs(10);

/// What a command is told with when the agent stops.
const INTERRUPTED: &str = "interrupted: the agent was stopped";

/// What the outside wants of a command that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Wish {
    /// Go on.
    #[default]
    Run,
    /// The operator cancelled it.
    Cancel,
    /// The agent stops: end at once, and say so.
    Interrupt,
}

/// Runs the command of a payload to its end, and tells what happened. What cannot be run at all is told as Failed, with the
/// reason, before anything has started.
pub(crate) async fn run_command(
    shared: &Arc<Shared>,
    message: &MessageId,
    payload: &str,
    mut wish: watch::Receiver<Wish>,
    replies: &Replies,
) {
    // Parameters may have to be looked up, which can take any time.
    let planned = tokio::select! {
        biased;
        planned = Planned::of(shared, message, payload) => planned.map_err(|reason| (StepStatus::Failed, reason)),
        wish = wished(&mut wish, false) => Err(match wish {
            Wish::Cancel => (StepStatus::Cancelled, "cancelled before the first step".to_owned()),
            Wish::Interrupt | Wish::Run => (StepStatus::Failed, INTERRUPTED.to_owned()),
        }),
    };
    let command = match planned {
        Ok(command) => command,
        Err((status, reason)) => {
            let now = shared.clock.now();
            replies.tell(replies::about_document(shared, status, reason, now)).await;
            return;
        }
    };
    let directory = shared.settings.work_directory.join(message.uuid().to_string());
    let Planned { payload, platform, run } = command;
    let running = Running { shared, message, payload, platform, directory: directory.clone(), wish };
    let ended = running.drive(run, replies).await;
    if let Err(reason) = ended {
        let now = shared.clock.now();
        replies.tell(replies::about_document(shared, StepStatus::Failed, reason, now)).await;
    }
    remove_directory(directory).await;
}

struct Planned {
    payload: SendCommandPayload,
    platform: Platform,
    run: DocumentRun,
}

impl Planned {
    async fn of(shared: &Shared, message: &MessageId, payload: &str) -> Result<Self, String> {
        let payload: SendCommandPayload =
            serde_json::from_str(payload).map_err(|error| format!("failed to read the command: {error}"))?;
        if payload.command_id.uuid() != message.uuid() {
            return Err("the message and its payload are of two commands".to_owned());
        }
        let document = Document::parse_lenient(payload.document_content.get()).map_err(|error| error.to_string())?;
        let platform = host::platform().ok_or("documents cannot be run on this platform")?;
        let plan =
            documents::plan(shared, &document, &payload.parameters, platform, documents::Origin::Command).await?;
        let run = DocumentRun::new(plan, |name| documents::support(shared, name, platform));
        Ok(Self { payload, platform, run })
    }
}

struct Running<'a> {
    shared: &'a Arc<Shared>,
    message: &'a MessageId,
    payload: SendCommandPayload,
    platform: Platform,
    directory: PathBuf,
    wish: watch::Receiver<Wish>,
}

/// The work of the step that runs, or whose document is being loaded.
struct Step<'a> {
    serial: StepSerial,
    /// Gives the event that tells of its end.
    work: Pin<Box<dyn Future<Output = RunEvent> + Send + 'a>>,
    output: Option<Arc<StepOutput>>,
    stopper: Option<Stopper>,
    /// When it is dropped, once it was told to stop.
    dropped_at: Option<ssm_core::time::Timestamp>,
}

impl Running<'_> {
    /// One event, then all actions, then the next event. The error is what an interruption is told with.
    async fn drive(mut self, mut run: DocumentRun, replies: &Replies) -> Result<(), String> {
        let clock = Arc::clone(&self.shared.clock);
        let mut step: Option<Step<'_>> = None;
        let mut cancelled = false;
        run.handle(RunEvent::Start, clock.now());
        loop {
            while let Some(action) = run.poll_action() {
                match action {
                    RunAction::StartStep(start) => step = Some(self.start(start).await?),
                    RunAction::LoadDocument(load) => step = Some(self.load(load)),
                    RunAction::StopStep { reason, .. } => {
                        if let Some(step) = &mut step {
                            step.stopper.take().into_iter().for_each(|stopper| stopper.stop(reason));
                            step.dropped_at = Some(clock.now() + STOP_GRACE);
                        }
                    }
                    RunAction::Report(report) => {
                        replies.tell(replies::about_run(self.shared, report, clock.now())).await;
                    }
                    other => tracing::warn!(?other, "an action that this agent does not know"),
                }
            }
            if run.awaits_reboot() {
                // Better a failure that says so than a command that stays under way for ever.
                return Err("a step asked for a reboot (exit code 194), which this agent cannot do yet".to_owned());
            }
            if run.is_finished() {
                return Ok(());
            }
            let Some(current) = &mut step else { return Err("internal: the run stands still".to_owned()) };
            let deadline = current.dropped_at.or_else(|| run.next_deadline());
            let timer = async {
                match deadline {
                    Some(at) => clock.sleep_until(at).await,
                    None => pending().await,
                }
            };
            let event = tokio::select! {
                // A wish that is known comes before any further work; work that has ended by itself keeps its outcome anyway.
                biased;
                wish = wished(&mut self.wish, cancelled) => match wish {
                    Wish::Interrupt => return Err(INTERRUPTED.to_owned()),
                    _ => {
                        cancelled = true;
                        RunEvent::CancelRequested
                    }
                },
                event = &mut current.work => event,
                () = timer => match current.dropped_at {
                    Some(_) => {
                        tracing::warn!(message = %self.message, "a plugin did not stop; it is dropped");
                        ended(current.serial, PluginOutcome::Stopped, current.output.as_deref())
                    }
                    None => RunEvent::TimeReached,
                },
            };
            run.handle(event, clock.now());
            // Work that has ended, and a load that the run does not wait for any longer.
            if step.as_ref().is_some_and(|step| run.awaited() != Some(step.serial)) {
                step = None;
            }
        }
    }

    fn load<'b>(&self, load: LoadDocument) -> Step<'b> {
        let (shared, platform) = (Arc::clone(self.shared), self.platform);
        let (serial, downloads) = (load.step, self.directory.join("downloads"));
        let work = Box::pin(async move {
            let plan = documents::load(&shared, &load, &downloads, platform).await;
            RunEvent::DocumentLoaded { step: serial, plan }
        });
        Step { serial, work, output: None, stopper: None, dropped_at: None }
    }

    async fn start<'b>(&self, start: StartStep) -> Result<Step<'b>, String> {
        if let Err(error) = self.shared.journal.start(self.message).await {
            return Err(format!("the command cannot go on: {error}"));
        }
        let (stopper, stop) = stop_signal();
        // Nested steps have no result of their own, and their names may be those of others.
        let outputs = if start.depth == 0 { Arc::clone(&self.shared.outputs) } else { Arc::new(NullOutputs) };
        let (command, instance) = (self.payload.command_id, self.message.instance());
        let output = Arc::new(StepOutput::new(command, instance, &start.name, outputs));
        let context = StepContext::new(
            self.payload.command_id,
            self.message.instance().clone(),
            start.name,
            self.directory.join(format!("step-{}", start.step.number())),
            Arc::clone(&output) as _,
            stop,
        )
        .with_environment(self.environment(start.environment));
        let plugin = self.shared.plugins.get(&start.plugin).cloned();
        let inputs = StepInputs::new(start.inputs);
        let (serial, written) = (start.step, Arc::clone(&output));
        let work = Box::pin(async move {
            let outcome = run_plugin(plugin, inputs, context).await;
            ended(serial, outcome, Some(&written))
        });
        Ok(Step { serial, work, output: Some(output), stopper: Some(stopper), dropped_at: None })
    }

    /// The environment of a step's processes: nothing of the agent's own, so that none of its secrets reach a script.
    ///
    /// Source for the names: agent protocol 5.6.
    fn environment(&self, of_step: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let host = &self.shared.host;
        let own = [
            ("SSM_COMMAND_ID", self.payload.command_id.to_string()),
            ("AWS_SSM_INSTANCE_ID", self.message.instance().to_string()),
            ("AWS_SSM_REGION_NAME", self.shared.settings.region.clone()),
            ("AWS_SSM_PLATFORM_NAME", host.platform_name.clone().unwrap_or_default()),
            ("AWS_SSM_PLATFORM_VERSION", host.platform_version.clone().unwrap_or_default()),
        ];
        let mut environment = self.shared.settings.environment.clone();
        environment.extend(of_step);
        environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
        environment
    }
}

/// Waits for a wish that is news.
async fn wished(wish: &mut watch::Receiver<Wish>, cancelled: bool) -> Wish {
    let news = |wish: &Wish| *wish == Wish::Interrupt || (*wish == Wish::Cancel && !cancelled);
    match wish.wait_for(news).await {
        Ok(wish) => *wish,
        // The agent is gone with its end of the channel.
        Err(_) => Wish::Interrupt,
    }
}

fn ended(step: StepSerial, outcome: PluginOutcome, output: Option<&StepOutput>) -> RunEvent {
    let (stdout, stderr) = output.map(StepOutput::captured).unwrap_or_default();
    RunEvent::StepEnded { step, outcome, stdout, stderr }
}

/// Runs a plugin in a directory of its own. A plugin that panics fails its step, nothing else.
async fn run_plugin(plugin: Option<Arc<dyn Plugin>>, inputs: StepInputs, context: StepContext) -> PluginOutcome {
    let failed = |error: String| PluginOutcome::Failed { code: 1, error };
    // The machine asked for support before it started the step.
    let Some(plugin) = plugin else { return failed("the plugin is not registered any more".to_owned()) };
    let directory = context.directory.clone();
    if let Err(error) = make_directory(directory.clone()).await {
        return failed(format!("failed to make the step's directory: {error}"));
    }
    let checked_run = async {
        match plugin.check(&inputs) {
            Ok(()) => plugin.run(&inputs, &context).await,
            Err(error) => failed(error.to_string()),
        }
    };
    let outcome = AssertUnwindSafe(checked_run).catch_unwind().await;
    remove_directory(directory).await;
    outcome.unwrap_or_else(|_| failed(format!("the plugin {} panicked", plugin.name())))
}

/// Makes a directory that nobody else can read, and that was not there: what somebody else put in its place is refused.
async fn make_directory(path: PathBuf) -> io::Result<()> {
    let made = tokio::task::spawn_blocking(move || {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        if let Some(parent) = path.parent() {
            builder.recursive(true).create(parent)?;
        }
        builder.recursive(false).create(&path)
    });
    made.await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Removes what commands of an earlier run have left: a directory a command, named by its id. Nothing else is touched.
pub(crate) async fn sweep(work_directory: PathBuf) {
    let listed = tokio::task::spawn_blocking(move || {
        let entries = std::fs::read_dir(work_directory).into_iter().flatten().flatten();
        let left = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_command));
        left.map(|entry| entry.path()).collect::<Vec<PathBuf>>()
    });
    for path in listed.await.unwrap_or_default() {
        remove_directory(path).await;
    }
}

fn is_command(name: &str) -> bool {
    name.parse::<CommandId>().is_ok()
}

/// Removes a directory with its content; that it is not there is no fault.
async fn remove_directory(path: PathBuf) {
    if let Err(error) = tokio::fs::remove_dir_all(&path).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %shown(&path), %error, "a directory of a step is left behind");
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
