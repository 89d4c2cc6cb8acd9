//! The plugins that come with the agent.

mod run_shell_script;

pub use run_shell_script::RunShellScript;
