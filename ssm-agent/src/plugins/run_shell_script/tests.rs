use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

use serde_json::json;
use ssm_core::document::StopReason;
use ssm_core::ports::{Stopper, stop_signal};
use tempfile::TempDir;

use super::*;
use crate::process::testing::{Recorder, gone};

/// One step to run, with everything around it.
struct Step {
    directory: TempDir,
    output: Arc<Recorder>,
    context: StepContext,
    stopper: Stopper,
}

impl Step {
    fn new() -> Self {
        Self::in_directory(TempDir::new().unwrap())
    }

    fn in_directory(directory: TempDir) -> Self {
        let (stopper, stop) = stop_signal();
        let output = Arc::new(Recorder::default());
        let environment = [("PATH", "/usr/bin:/bin"), ("SSM_COMMAND_ID", "the-command"), ("BOTH", "context")];
        let context = StepContext::new(
            "5c47e084-87ea-4467-8d32-d07c87ea60ae".parse().unwrap(),
            "mi-0123456789abcdef0".parse().unwrap(),
            "step".parse().unwrap(),
            directory.path().to_owned(),
            output.clone(),
            stop,
        )
        .with_environment(environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        Self { directory, output, context, stopper }
    }

    async fn run(&self, inputs: Value) -> PluginOutcome {
        RunShellScript::new().run(&step_inputs(inputs), &self.context).await
    }
}

fn step_inputs(inputs: Value) -> StepInputs {
    match inputs {
        Value::Object(map) => StepInputs::new(map),
        other => panic!("inputs are a map, not {other}"),
    }
}

fn path_text(directory: &TempDir) -> String {
    directory.path().canonicalize().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn it_is_the_plugin_of_linux_and_macos() {
    let plugin = RunShellScript::new();
    assert_eq!(plugin.name().as_str(), "aws:runShellScript");
    let there = [Platform::Linux, Platform::MacOS, Platform::Windows].map(|platform| plugin.supports(platform));
    assert_eq!(there, [true, true, false]);
}

#[tokio::test]
async fn lines_become_one_script() {
    let step = Step::new();
    let lines = ["for i in 1 2; do", "  echo \"it's $i\" 'and \"more\"'", "done", "cat <<END", "two\nlines", "END"];
    assert_eq!(step.run(json!({"runCommand": lines})).await, PluginOutcome::Exited(0));
    assert_eq!(step.output.stdout(), "it's 1 and \"more\"\nit's 2 and \"more\"\ntwo\nlines\n");
    assert_eq!(step.output.stderr(), "");
}

#[tokio::test]
async fn the_exit_code_is_the_scripts_and_its_streams_are_left_as_they_are() {
    for code in [0, 1, 3, 126, 137, 168, 169, 194, 255] {
        let step = Step::new();
        let outcome = step.run(json!({"runCommand": ["printf out", "printf err >&2", format!("exit {code}")]})).await;
        assert_eq!(outcome, PluginOutcome::Exited(code));
        assert_eq!((step.output.stdout().as_str(), step.output.stderr().as_str()), ("out", "err"));
    }
}

#[test]
fn a_death_by_signal_is_the_exit_code_minus_one() {
    // Not through a script, since what a signal becomes depends on the shell.
    assert_eq!(outcome(ProcessEnd::Signalled(15)), PluginOutcome::Exited(-1));
}

#[tokio::test]
async fn the_first_line_chooses_the_interpreter() {
    let step = Step::new();
    assert_eq!(step.run(json!({"runCommand": ["#!/bin/cat", "exit 9"]})).await, PluginOutcome::Exited(0));
    assert_eq!(step.output.stdout(), "#!/bin/cat\nexit 9\n");
}

#[tokio::test]
async fn the_script_is_a_new_file_of_its_owner_alone() {
    let step = Step::new();
    assert_eq!(step.run(json!({"runCommand": []})).await, PluginOutcome::Exited(0));
    let script = step.directory.path().join("_script.sh");
    assert_eq!(script.metadata().unwrap().permissions().mode() & 0o7777, 0o700);

    let step = Step::new();
    let elsewhere = step.directory.path().join("elsewhere");
    symlink(&elsewhere, step.directory.path().join("_script.sh")).unwrap();
    let outcome = step.run(json!({"runCommand": ["echo ran"]})).await;
    assert_eq!(outcome, failed("failed to write the script: file exists".to_owned()));
    assert!(!elsewhere.exists());
    assert_eq!(step.output.stdout(), "");
}

#[tokio::test]
async fn the_path_of_the_script_may_hold_anything() {
    for name in ["two words", "it's", "$HOME;`id`", "new\nline", "-n", "*", "\u{e9}"] {
        let outer = TempDir::new().unwrap();
        let step = Step::in_directory(tempfile::Builder::new().prefix(name).tempdir_in(outer.path()).unwrap());
        assert_eq!(step.run(json!({"runCommand": ["echo here"]})).await, PluginOutcome::Exited(0), "{name:?}");
        assert_eq!(step.output.stdout(), "here\n", "{name:?}");
    }
}

#[tokio::test]
async fn the_script_sees_the_contexts_variables_and_the_steps_own_and_no_other() {
    let step = Step::new();
    let environment = json!({"BOTH": "step", "OWN": "it's\n2", "SSM_COMMAND_ID": "forged"});
    step.run(json!({"runCommand": ["env"], "environment": environment})).await;
    let mut lines: Vec<_> = step.output.stdout().lines().map(str::to_owned).collect();
    // `sh` adds the directory, and some also who ran what how deep.
    lines.retain(|line| !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name)));
    lines.sort();
    assert_eq!(lines, ["2", "BOTH=step", "OWN=it's", "PATH=/usr/bin:/bin", "SSM_COMMAND_ID=the-command"]);
}

#[tokio::test]
async fn the_script_starts_in_its_working_directory() {
    let (step, elsewhere) = (Step::new(), TempDir::new().unwrap());
    step.run(json!({"runCommand": ["pwd -P"], "workingDirectory": elsewhere.path()})).await;
    assert_eq!(step.output.stdout(), format!("{}\n", path_text(&elsewhere)));

    for empty in [json!(""), Value::Null] {
        let step = Step::new();
        step.run(json!({"runCommand": ["pwd -P"], "workingDirectory": empty})).await;
        assert_eq!(step.output.stdout(), format!("{}\n", path_text(&step.directory)));
    }
}

#[tokio::test]
async fn a_working_directory_that_is_none_fails_the_step() {
    for (path, reason) in [("/no/such", "no such file or directory"), ("/dev/null", "not a directory")] {
        let step = Step::new();
        let outcome = step.run(json!({"runCommand": ["echo ran"], "workingDirectory": path})).await;
        assert_eq!(outcome, failed(format!("fork/exec /bin/sh: {reason} (working directory {path})")));
        assert_eq!(step.output.stdout(), "");
    }
}

#[test]
fn inputs_that_cannot_be_used_are_refused() {
    let check = |inputs: Value| RunShellScript::new().check(&step_inputs(inputs));
    for good in [
        json!({"runCommand": ["a"]}),
        json!({"RUNCOMMAND": [], "timeoutSeconds": "soon", "unknown": [1]}),
        json!({"runCommand": ["a"], "workingDirectory": "/a b", "environment": {"a.b": ""}}),
    ] {
        assert_eq!(check(good.clone()), Ok(()), "{good}");
    }
    for bad in [
        json!({}),
        json!({"runCommand": null}),
        json!({"runCommand": "a"}),
        json!({"runCommand": ["a", 1]}),
        json!({"runCommand": ["a"], "workingDirectory": "a/b"}),
        json!({"runCommand": ["a"], "workingDirectory": ["/"]}),
        json!({"runCommand": ["a"], "environment": []}),
        json!({"runCommand": ["a"], "environment": {"a": 1}}),
        json!({"runCommand": ["a"], "environment": {"": "a"}}),
        json!({"runCommand": ["a"], "environment": {"a=b": "a"}}),
        json!({"runCommand": ["a"], "environment": {"a": "\u{0}"}}),
    ] {
        assert!(check(bad.clone()).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn refused_inputs_do_not_run_either() {
    let step = Step::new();
    let outcome = step.run(json!({"runCommand": "echo ran"})).await;
    assert_eq!(outcome, failed("Input \"runCommand\" must be a list of strings.".to_owned()));
    assert_eq!(step.directory.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn a_stop_leaves_nothing_running() {
    let Step { directory: _directory, output, context, stopper } = Step::new();
    let inputs = step_inputs(json!({"runCommand": ["sleep 300 &", "echo $!", "trap '' TERM", "wait"]}));
    let stopping = async {
        let pid = output.first_pid().await;
        stopper.stop(StopReason::TimedOut);
        pid
    };
    let plugin = RunShellScript::new();
    let (outcome, pid) = tokio::join!(plugin.run(&inputs, &context), stopping);
    assert_eq!(outcome, PluginOutcome::Stopped);
    assert!(gone(pid).await);
}

#[tokio::test]
async fn two_scripts_run_at_the_same_time() {
    // Each ends only when the other runs: a named pipe opens when both ends are wanted.
    let shared = TempDir::new().unwrap();
    assert!(std::process::Command::new("mkfifo").arg(shared.path().join("pipe")).status().unwrap().success());
    let (reader, writer) = (Step::new(), Step::new());
    let outcomes = tokio::join!(
        reader.run(json!({"runCommand": ["cat pipe"], "workingDirectory": shared.path()})),
        writer.run(json!({"runCommand": ["echo met >pipe"], "workingDirectory": shared.path()})),
    );
    assert_eq!(outcomes, (PluginOutcome::Exited(0), PluginOutcome::Exited(0)));
    assert_eq!(reader.output.stdout(), "met\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_script_that_was_just_written_is_never_busy() {
    let workers = (0..4).map(|_| {
        tokio::spawn(async {
            for _ in 0..10 {
                let step = Step::new();
                let outcome = step.run(json!({"runCommand": ["#!/bin/true"]})).await;
                assert_eq!((outcome, step.output.stderr()), (PluginOutcome::Exited(0), String::new()));
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
}
