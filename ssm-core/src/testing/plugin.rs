//! The suite of [`Plugin`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::{join, select};
use uuid::Uuid;

use super::sink::RecordingSink;
use crate::document::{Platform, PluginOutcome, StopReason};
use crate::ids::CommandId;
use crate::ports::{OutputStream, Plugin, StepContext, StepInputs, Stopper, stop_signal};

/// A plugin, and inputs of which its author knows what they do.
pub struct PluginCase {
    plugin: Arc<dyn Plugin>,
    good: StepInputs,
    output: Option<String>,
    bad: Vec<StepInputs>,
    endless: Option<StepInputs>,
    environment: BTreeMap<String, String>,
    make_directory: Box<dyn Fn() -> PathBuf + Send + Sync>,
}

impl PluginCase {
    /// A plugin that ends well with these inputs. `make_directory` makes an empty directory for each run of a step; whoever
    /// makes them also removes them.
    #[must_use]
    pub fn new(
        plugin: Arc<dyn Plugin>,
        good: StepInputs,
        make_directory: impl Fn() -> PathBuf + Send + Sync + 'static,
    ) -> Self {
        let make_directory = Box::new(make_directory);
        let environment = BTreeMap::new();
        Self { plugin, good, output: None, bad: Vec::new(), endless: None, environment, make_directory }
    }

    /// What the good inputs write to standard output.
    #[must_use]
    pub fn with_output(mut self, output: impl Into<String>) -> Self {
        self.output = Some(output.into());
        self
    }

    /// Inputs that the plugin refuses.
    #[must_use]
    pub fn with_bad(mut self, bad: impl IntoIterator<Item = StepInputs>) -> Self {
        self.bad = bad.into_iter().collect();
        self
    }

    /// Inputs that write something and then go on until they are stopped.
    #[must_use]
    pub fn with_endless(mut self, endless: StepInputs) -> Self {
        self.endless = Some(endless);
        self
    }

    /// The environment of each run.
    #[must_use]
    pub fn with_environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.environment = environment;
        self
    }

    fn step(&self) -> (StepContext, Arc<RecordingSink>, Stopper) {
        let (stopper, stop) = stop_signal();
        let output = Arc::new(RecordingSink::default());
        let context = StepContext::new(
            CommandId::new(Uuid::from_u128(1)),
            "mi-0123456789abcdef0".parse().expect("a literal of the right form"),
            "step".parse().expect("a literal of the right form"),
            (self.make_directory)(),
            Arc::clone(&output) as _,
            stop,
        )
        .with_environment(self.environment.clone());
        (context, output, stopper)
    }
}

impl fmt::Debug for PluginCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PluginCase").field("plugin", &self.plugin).finish_non_exhaustive()
    }
}

/// Checks what can be checked of the contract from outside.
///
/// Not checked: that everything that a step started is gone after a stop, that a stop takes a second at most, and that a
/// dropped run leaves nothing behind. A plugin that does not stop makes the suite wait for ever.
///
/// # Panics
/// When the contract is broken.
pub async fn suite(case: &PluginCase) {
    name_and_platforms_are_stable(case);
    inputs_are_checked(case);
    good_inputs_end_well(case).await;
    two_steps_run_at_once(case).await;
    if let Some(endless) = &case.endless {
        for reason in [StopReason::Cancelled, StopReason::TimedOut] {
            a_stop_ends_a_step(case, endless, reason).await;
            a_stop_that_came_before_ends_a_step(case, endless, reason).await;
        }
        a_dropped_run_harms_no_later_one(case, endless).await;
    }
}

fn name_and_platforms_are_stable(case: &PluginCase) {
    let (name, platforms) = (case.plugin.name(), [Platform::Linux, Platform::MacOS, Platform::Windows]);
    let supported = platforms.map(|platform| case.plugin.supports(platform));
    assert!(supported.contains(&true), "a plugin can run on some platform");
    for _ in 0..3 {
        assert_eq!(case.plugin.name(), name, "a plugin's name never changes");
        let again = platforms.map(|platform| case.plugin.supports(platform));
        assert_eq!(again, supported, "where a plugin can run never changes");
    }
}

fn inputs_are_checked(case: &PluginCase) {
    for _ in 0..2 {
        assert_eq!(case.plugin.check(&case.good), Ok(()), "good inputs pass, however often they are looked at");
        if let Some(endless) = &case.endless {
            assert_eq!(case.plugin.check(endless), Ok(()), "endless inputs pass: they are not wrong");
        }
        for bad in &case.bad {
            let answer = case.plugin.check(bad);
            let error = answer.err();
            assert!(error.is_some(), "bad inputs are refused before they run: {bad:?}");
            let told = error.is_some_and(|error| !error.to_string().is_empty());
            assert!(told, "what is wrong with inputs is told to the operator: {bad:?}");
        }
    }
}

async fn good_inputs_end_well(case: &PluginCase) {
    let (context, output, stopper) = case.step();
    let outcome = case.plugin.run(&case.good, &context).await;
    assert_eq!(outcome, PluginOutcome::Exited(0), "good inputs end well; their output: {:?}", output.writes());
    if let Some(wanted) = &case.output {
        assert_eq!(output.text(OutputStream::Stdout), *wanted, "output goes to the sink, in order");
    }
    // What has ended keeps its outcome, whatever comes now.
    stopper.stop(StopReason::Cancelled);
    // A stopper that is dropped is no stop.
    let (context, _, stopper) = case.step();
    drop(stopper);
    let outcome = case.plugin.run(&case.good, &context).await;
    assert_eq!(outcome, PluginOutcome::Exited(0), "a stop that never comes stops nothing");
}

async fn two_steps_run_at_once(case: &PluginCase) {
    let ((one, first, _one), (two, second, _two)) = (case.step(), case.step());
    let outcomes = join(case.plugin.run(&case.good, &one), case.plugin.run(&case.good, &two)).await;
    assert_eq!(outcomes, (PluginOutcome::Exited(0), PluginOutcome::Exited(0)), "two steps of a plugin may run at once");
    if let Some(wanted) = &case.output {
        for output in [first, second] {
            assert_eq!(output.text(OutputStream::Stdout), *wanted, "each step has output of its own");
        }
    }
}

async fn a_stop_ends_a_step(case: &PluginCase, endless: &StepInputs, reason: StopReason) {
    let (context, output, stopper) = case.step();
    let stopping = async {
        output.written().await;
        stopper.stop(reason);
    };
    let (outcome, ()) = join(case.plugin.run(endless, &context), stopping).await;
    assert_eq!(outcome, PluginOutcome::Stopped, "a step that is stopped ends Stopped, for {reason:?}");
}

async fn a_stop_that_came_before_ends_a_step(case: &PluginCase, endless: &StepInputs, reason: StopReason) {
    let (context, _, stopper) = case.step();
    stopper.stop(reason);
    let outcome = case.plugin.run(endless, &context).await;
    assert_eq!(outcome, PluginOutcome::Stopped, "a stop counts also when it came before the step began");
}

async fn a_dropped_run_harms_no_later_one(case: &PluginCase, endless: &StepInputs) {
    let (context, output, _stopper) = case.step();
    let run = case.plugin.run(endless, &context);
    let written = std::pin::pin!(output.written());
    // Dropped when it has begun for certain.
    drop(select(run, written).await);
    good_inputs_end_well(case).await;
}
