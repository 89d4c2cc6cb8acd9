//! A service and an agent in one process: sends a shell script, shows each change of status as it happens, then what came of it.
//!
//! ```text
//! cargo run --example quickstart                                        # a few lines about this machine
//! cargo run --example quickstart -- 'echo out; echo err >&2; exit 3'    # a script of your own
//! ```
//!
//! Ends with 0 when the command succeeded, with 1 when it did not, with 2 when the example itself could not be run.

use std::process::ExitCode;
use std::sync::Arc;

use ssm_agent::PluginRegistry;
use ssm_core::api::{GetCommandInvocationRequest, GetCommandInvocationResponse, SendCommandRequest};
use ssm_core::command::CommandStatus;
use ssm_core::engine::Change;
use ssm_core::ports::OperatorApiExt;
use ssm_examples::{Failure, Listener, Site};

const DEFAULT_SCRIPT: &str = "\
echo \"host:    $(uname -n)\"
echo \"system:  $(uname -srm)\"
echo \"user:    $(id -un)\"
echo \"command: $SSM_COMMAND_ID\"
echo \"node:    $AWS_SSM_INSTANCE_ID\"";

#[tokio::main]
async fn main() -> ExitCode {
    let script = std::env::args().nth(1).unwrap_or_else(|| DEFAULT_SCRIPT.to_owned());
    match run(script).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("quickstart: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(script: String) -> Result<bool, Failure> {
    let directory = tempfile::tempdir()?;
    let (listener, mut changes) = Listener::new();
    let site = Site::open(PluginRegistry::built_in(), directory.path(), Arc::new(listener))?;
    site.wait_for_instance().await?;

    let request = SendCommandRequest::new("AWS-RunShellScript")
        .with_instance_ids([&site.instance])
        .with_parameter("commands", [script])
        .with_comment("quickstart");
    let command = site.operators.send_command(&site.context()?, request).await?.command;
    println!("sent {} to {}", command.document_name, site.instance);

    // The command ends last, when all its invocations have.
    while let Some(change) = changes.recv().await {
        match change {
            Change::Command { command, status, details, at, .. } => {
                println!("{at}  command    {command}  {}/{details}", status.as_str());
                if !matches!(status, CommandStatus::Pending | CommandStatus::InProgress) {
                    break;
                }
            }
            Change::Invocation { instance, state, at, .. } => {
                let (status, details) = (state.status().as_str(), state.details());
                println!("{at}  invocation {instance}  {status}/{details}  ({state:?})");
            }
            _ => {}
        }
    }

    let request = GetCommandInvocationRequest::new(command.command_id, &site.instance);
    let outcome = site.operators.get_command_invocation(&site.context()?, request).await?;
    show(&outcome);
    site.close().await;
    Ok(outcome.status_details == "Success")
}

fn show(outcome: &GetCommandInvocationResponse) {
    println!("--- standard output");
    print!("{}", outcome.standard_output_content);
    println!("--- standard error");
    println!("{}", outcome.standard_error_content.trim_end_matches('\n'));
    println!("--- {} after {}", outcome.status_details, outcome.execution_elapsed_time.as_deref().unwrap_or_default());
    println!("exit code {}", outcome.response_code);
}
