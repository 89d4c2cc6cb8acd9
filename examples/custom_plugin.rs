//! A plugin of one's own: `acme:countWords` counts the words of a text, in the agent's process, without a script.
//!
//! ```text
//! cargo run --example custom_plugin -- 'to be or not to be'
//! ```
//!
//! Three things make a plugin: a name, a check of its inputs, and a run that writes to the sink and heeds the stop signal.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use ssm_agent::PluginRegistry;
use ssm_core::api::{CreateDocumentRequest, GetCommandInvocationRequest, SendCommandRequest};
use ssm_core::document::{Platform, PluginOutcome};
use ssm_core::ids::PluginName;
use ssm_core::ports::{InvalidInputs, NullEvents, OperatorApiExt, OutputStream, Plugin, StepContext, StepInputs};
use ssm_examples::{Failure, Site};

#[derive(Debug)]
struct CountWords(PluginName);

#[async_trait]
impl Plugin for CountWords {
    fn name(&self) -> PluginName {
        self.0.clone()
    }

    fn supports(&self, _platform: Platform) -> bool {
        true
    }

    /// Called before anything runs: what is refused here fails the step with this text.
    fn check(&self, inputs: &StepInputs) -> Result<(), InvalidInputs> {
        match inputs.text("text")? {
            "" => Err(InvalidInputs::new("Input \"text\" is required.")),
            _ => Ok(()),
        }
    }

    async fn run(&self, inputs: &StepInputs, context: &StepContext) -> PluginOutcome {
        let Ok(text) = inputs.text("text") else { return PluginOutcome::Exited(1) };
        for (index, word) in text.split_whitespace().enumerate() {
            // A plugin looks at the stop between pieces of work; one that waits selects on `context.stop.stopped()`.
            if context.stop.reason().is_some() {
                return PluginOutcome::Stopped;
            }
            let line = format!("{}: {word}\n", index + 1);
            context.output.write(OutputStream::Stdout, line.as_bytes()).await;
        }
        PluginOutcome::Exited(0)
    }
}

/// The document that runs it: the parameter goes into the input.
const DOCUMENT: &str = r#"{
    "schemaVersion": "2.2",
    "description": "Counts the words of a text.",
    "parameters": {"text": {"type": "String", "description": "The text."}},
    "mainSteps": [{"action": "acme:countWords", "name": "count", "inputs": {"text": "{{ text }}"}}]
}"#;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(output) => {
            print!("{output}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("custom_plugin: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<String, Failure> {
    let text = std::env::args().nth(1).unwrap_or_else(|| "to be or not to be".to_owned());
    let directory = tempfile::tempdir()?;
    // An agent runs what its registry holds, and nothing else: this one knows no shell.
    let plugins = PluginRegistry::empty().with(Arc::new(CountWords("acme:countWords".parse()?)));
    let site = Site::open(plugins, directory.path(), Arc::new(NullEvents))?;
    site.wait_for_instance().await?;

    let request = CreateDocumentRequest::new("CountWords", DOCUMENT);
    site.operators.create_document(&site.context()?, request).await?;
    let request =
        SendCommandRequest::new("CountWords").with_instance_ids([&site.instance]).with_parameter("text", [text]);
    let command = site.operators.send_command(&site.context()?, request).await?.command.command_id;

    let request = GetCommandInvocationRequest::new(command, &site.instance);
    loop {
        let seen = site.operators.get_command_invocation(&site.context()?, request.clone()).await?;
        match seen.status_details.as_str() {
            "Pending" | "InProgress" | "Delayed" => Site::pause().await,
            "Success" => {
                site.close().await;
                return Ok(seen.standard_output_content);
            }
            other => return Err(format!("{other}: {}", seen.standard_error_content).into()),
        }
    }
}
