use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::FutureExt;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ssm_core::document::StopReason;
use ssm_core::ports::{OutputStream, stop_signal};
use tokio::sync::Notify;

use super::testing::{Recorder, alive, gone};
use super::*;

fn sh(script: &str) -> ProcessSpec {
    ProcessSpec {
        program: "/bin/sh".into(),
        arguments: vec!["-c".into(), script.into()],
        directory: None,
        environment: BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]),
    }
}

/// Runs a program that nobody stops.
async fn run_to_end(spec: &ProcessSpec, output: &dyn OutputSink) -> Result<ProcessEnd, SpawnError> {
    let (_stopper, stop) = stop_signal();
    run(spec, output, &stop, &ProcessLimits::default()).await
}

/// Runs a program and stops it after its first line; answers that line, too.
async fn run_to_first_line(spec: &ProcessSpec, limits: &ProcessLimits) -> (ProcessEnd, String) {
    let (stopper, stop) = stop_signal();
    let output = Recorder::default();
    let stopping = async {
        let line = output.first_line().await;
        stopper.stop(StopReason::Cancelled);
        line
    };
    let (end, line) = tokio::join!(run(spec, &output, &stop, limits), stopping);
    (end.unwrap(), line)
}

/// A script in a directory of its own, whose background child goes on (`then`) as soon as the leader has exited with 3: the
/// leader alone holds the writing end of a pipe that the child reads.
fn outlived(then: &str) -> (tempfile::TempDir, ProcessSpec) {
    let directory = tempfile::tempdir().unwrap();
    let mut spec = sh(&format!("mkfifo f; (read x <f; {then}) & exec 3>f; exit 3"));
    spec.directory = Some(directory.path().to_owned());
    (directory, spec)
}

#[tokio::test]
async fn streams_and_exit_code_are_kept_apart() {
    let output = Recorder::default();
    let end = run_to_end(&sh("echo out; echo err >&2; exit 7"), &output).await.unwrap();
    assert_eq!(end, ProcessEnd::Exited(7));
    assert_eq!((output.stdout().as_str(), output.stderr().as_str()), ("out\n", "err\n"));
}

#[tokio::test]
async fn a_death_by_signal_is_told_from_an_exit() {
    for signal in [15, 9, 34] {
        let end = run_to_end(&sh(&format!("kill -{signal} $$")), &Recorder::default()).await.unwrap();
        assert_eq!(end, ProcessEnd::Signalled(signal));
    }
}

#[tokio::test]
async fn the_environment_is_the_stated_one_and_nothing_else() {
    let mut spec = sh("");
    spec.program = "env".into();
    spec.arguments.clear();
    spec.environment.insert("STATED".to_owned(), "a b\nc".to_owned());
    let output = Recorder::default();
    assert_eq!(run_to_end(&spec, &output).await.unwrap(), ProcessEnd::Exited(0));
    assert_eq!(output.stdout(), "PATH=/usr/bin:/bin\nSTATED=a b\nc\n");
}

#[tokio::test]
async fn standard_input_is_empty() {
    let output = Recorder::default();
    assert_eq!(run_to_end(&sh("cat; echo end"), &output).await.unwrap(), ProcessEnd::Exited(0));
    assert_eq!(output.stdout(), "end\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn open_files_are_not_inherited() {
    let open = tempfile::NamedTempFile::with_prefix("secret").unwrap();
    let output = Recorder::default();
    run_to_end(&sh("readlink /proc/self/fd/*"), &output).await.unwrap();
    assert!(output.stdout().contains("/dev/null"), "standard input is listed: {}", output.stdout());
    assert!(!output.stdout().contains(open.path().to_str().unwrap()), "{}", output.stdout());
}

#[tokio::test]
async fn a_directory_or_program_that_is_missing_is_named() {
    let start = |program: &str, directory: &str| {
        let mut spec = sh("exit 0");
        spec.program = program.into();
        spec.directory = Some(directory.into());
        async move { run_to_end(&spec, &Recorder::default()).await.unwrap_err() }
    };
    assert!(matches!(start("/bin/sh", "/no/such").await, SpawnError::Directory { .. }));
    assert!(matches!(start("/bin/sh", "/dev/null").await, SpawnError::Directory { .. }));
    assert!(matches!(start("/no/such", "/").await, SpawnError::Start { .. }));
    assert!(matches!(start("no-such-program", "/").await, SpawnError::Start { .. }));
}

#[tokio::test]
async fn bytes_that_are_not_text_pass() {
    let output = Recorder::default();
    run_to_end(&sh(r"printf '\377\000\376'; printf '\200' >&2"), &output).await.unwrap();
    assert_eq!(output.bytes().stdout, [0o377, 0, 0o376]);
    assert_eq!(output.bytes().stderr, [0o200]);
}

/// Counts without keeping.
#[derive(Debug, Default)]
struct Counter {
    bytes: AtomicUsize,
    longest: AtomicUsize,
}

#[async_trait]
impl OutputSink for Counter {
    async fn write(&self, _: OutputStream, bytes: &[u8]) {
        self.bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        self.longest.fetch_max(bytes.len(), Ordering::Relaxed);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn ten_megabytes_arrive_in_small_chunks() {
    let output = Counter::default();
    let end =
        run_to_end(&sh("head -c 5000000 /dev/zero >&2 & head -c 5000000 /dev/zero; wait"), &output).await.unwrap();
    assert_eq!(end, ProcessEnd::Exited(0));
    assert_eq!(output.bytes.into_inner(), 10_000_000);
    assert!(output.longest.into_inner() <= 16 * 1024);
}

/// Takes standard output only after something came on standard error.
#[derive(Debug, Default)]
struct StderrFirst(Notify, Mutex<Vec<OutputStream>>);

#[async_trait]
impl OutputSink for StderrFirst {
    async fn write(&self, stream: OutputStream, _: &[u8]) {
        match stream {
            OutputStream::Stdout => {
                self.0.notified().await;
                self.0.notify_one();
            }
            OutputStream::Stderr => self.0.notify_one(),
        }
        self.1.lock().unwrap().push(stream);
    }
}

#[tokio::test]
async fn a_stream_that_waits_does_not_hold_up_the_other() {
    let output = StderrFirst::default();
    let end = run_to_end(&sh("head -c 300000 /dev/zero & echo here >&2; wait"), &output).await.unwrap();
    assert_eq!(end, ProcessEnd::Exited(0));
    assert_eq!(output.1.into_inner().unwrap().first(), Some(&OutputStream::Stderr));
}

#[tokio::test]
async fn what_a_background_child_writes_after_the_exit_belongs_to_the_program() {
    let (_directory, spec) = outlived("echo late");
    let output = Recorder::default();
    assert_eq!(run_to_end(&spec, &output).await.unwrap(), ProcessEnd::Exited(3));
    assert_eq!(output.stdout(), "late\n");
}

#[tokio::test]
async fn a_program_that_closes_its_streams_keeps_its_exit_code() {
    let end = run_to_end(&sh("exec >&- 2>&-; sleep 0.01; exit 5"), &Recorder::default()).await.unwrap();
    assert_eq!(end, ProcessEnd::Exited(5));
}

#[tokio::test]
async fn a_service_that_a_program_starts_outlives_its_normal_end() {
    let output = Recorder::default();
    let end = run_to_end(&sh("sleep 300 >/dev/null 2>&1 & echo $!; exit 4"), &output).await.unwrap();
    assert_eq!(end, ProcessEnd::Exited(4));
    let service = output.first_pid().await;
    assert!(alive(service));
    kill(Pid::from_raw(service), Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn a_stop_ends_what_ignores_gentle_signals() {
    let script = "trap '' TERM INT HUP; echo $$; while :; do sleep 300; done";
    let (end, line) = run_to_first_line(&sh(script), &ProcessLimits::default()).await;
    assert_eq!(end, ProcessEnd::Stopped);
    assert!(gone(line.parse().unwrap()).await);
}

#[tokio::test]
async fn a_stop_ends_background_children_of_every_depth() {
    for script in
        ["sleep 300 & echo $!; wait", "(sh -c '(sleep 300 & echo $!; wait) & wait') & wait", "sleep 300 & echo $!"]
    {
        let (end, line) = run_to_first_line(&sh(script), &ProcessLimits::default()).await;
        assert!(matches!(end, ProcessEnd::Stopped | ProcessEnd::Exited(0)), "{script}: {end:?}");
        assert!(gone(line.parse().unwrap()).await, "{script}");
    }
}

#[tokio::test]
async fn a_stop_ends_a_program_that_closed_its_streams() {
    let directory = tempfile::tempdir().unwrap();
    let mut spec = sh("mkfifo f; echo ready; exec >/dev/null 2>&1; echo $$ >f; sleep 300");
    spec.directory = Some(directory.path().to_owned());
    let (stopper, stop) = stop_signal();
    let output = Recorder::default();
    let stopping = async {
        output.first_line().await;
        let pid = tokio::fs::read_to_string(directory.path().join("f")).await.unwrap();
        stopper.stop(StopReason::TimedOut);
        pid.trim().parse().unwrap()
    };
    let limits = ProcessLimits::default();
    let (end, pid) = tokio::join!(run(&spec, &output, &stop, &limits), stopping);
    assert_eq!(end.unwrap(), ProcessEnd::Stopped);
    assert!(gone(pid).await);
}

#[tokio::test]
async fn a_stop_that_comes_after_the_exit_keeps_the_exit_code() {
    let (_directory, spec) = outlived("echo over; exec sleep 300");
    let (end, _) = run_to_first_line(&spec, &ProcessLimits::default()).await;
    assert_eq!(end, ProcessEnd::Exited(3));
}

#[tokio::test]
async fn a_stop_that_came_before_the_start_starts_nothing() {
    let (stopper, stop) = stop_signal();
    stopper.stop(StopReason::Cancelled);
    let output = Recorder::default();
    let end = run(&sh("echo started"), &output, &stop, &ProcessLimits::default()).await.unwrap();
    assert_eq!(end, ProcessEnd::Stopped);
    assert_eq!(output.stdout(), "");
}

#[tokio::test]
async fn what_was_written_before_a_stop_is_not_lost() {
    let (stopper, stop) = stop_signal();
    let output = Recorder::default();
    let spec = sh("echo $$; head -c 40000 /dev/zero | tr '\\0' x; sleep 300");
    let stopping = async {
        output.first_line().await;
        stopper.stop(StopReason::Cancelled);
    };
    let limits = ProcessLimits::default();
    let (end, ()) = tokio::join!(run(&spec, &output, &stop, &limits), stopping);
    assert_eq!(end.unwrap(), ProcessEnd::Stopped);
    assert!(output.stdout().lines().next().unwrap().parse::<i32>().is_ok());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_descendant_that_left_the_group_does_not_hold_up_a_stop() {
    let limits = ProcessLimits::default().with_grace(Duration::from_millis(20));
    let (end, line) = run_to_first_line(&sh("setsid sh -c 'echo $$; exec sleep 300' & wait"), &limits).await;
    let pid = line.parse().unwrap();
    let escaped = alive(pid);
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
    assert_eq!(end, ProcessEnd::Stopped);
    assert!(escaped, "this test is about a process that is not found");
}

#[tokio::test]
async fn a_sink_that_never_takes_its_bytes_does_not_hold_up_a_stop() {
    #[derive(Debug, Default)]
    struct Stuck(Notify);

    #[async_trait]
    impl OutputSink for Stuck {
        async fn write(&self, _: OutputStream, _: &[u8]) {
            self.0.notify_one();
            std::future::pending::<()>().await;
        }
    }

    let (stopper, stop) = stop_signal();
    let output = Stuck::default();
    let stopping = async {
        output.0.notified().await;
        stopper.stop(StopReason::TimedOut);
    };
    let limits = ProcessLimits::default().with_grace(Duration::from_millis(20));
    let spec = sh("echo x; sleep 300");
    let (end, ()) = tokio::join!(run(&spec, &output, &stop, &limits), stopping);
    assert_eq!(end.unwrap(), ProcessEnd::Stopped);
}

#[tokio::test]
async fn dropping_the_future_kills_the_whole_group() {
    let output = Recorder::default();
    let pids = async {
        let line = output.first_line().await;
        line.split(' ').map(|pid| pid.parse().unwrap()).collect::<Vec<i32>>()
    };
    let spec = sh("sleep 300 & echo $$ $!; wait");
    let pids = tokio::select! {
        end = run_to_end(&spec, &output) => panic!("ended by itself: {end:?}"),
        pids = pids => pids,
    };
    assert_eq!(pids.len(), 2);
    for pid in pids {
        assert!(gone(pid).await);
    }
}

#[tokio::test]
async fn no_script_is_open_while_a_program_is_being_started() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("script");
    let start = executable::hold_scripts_closed().await;
    let mut writing = Box::pin(write_executable(&path, b"x".to_vec()));
    assert!(writing.as_mut().now_or_never().is_none() && !path.exists());
    drop(start);
    writing.await.unwrap();
    assert_eq!(std::fs::read(path).unwrap(), b"x");
}

#[test]
fn what_is_printed_of_a_program_holds_no_secret() {
    let mut spec = sh("echo hunter2");
    spec.environment.insert("TOKEN".to_owned(), "hunter2".to_owned());
    let text = format!("{spec:?}");
    assert!(text.contains("TOKEN") && !text.contains("hunter2"), "{text}");
}
