//! How a document ends.
//!
//! [`DocumentRun`] runs a plan. It takes events (start, a step ended, a cancel, the time) and gives actions (run this
//! step, stop it, report). It does nothing itself, so the examples here can play the agent:
//!
//! ```
//! use ssm_core::document::{
//!     CapturedStream, Document, DocumentRun, Parameters, Platform, PluginOutcome, PluginSupport, RunAction, RunEvent,
//!     StepStatus,
//! };
//! use ssm_core::time::Timestamp;
//!
//! /// Runs a document whose steps exit with these codes. Gives each result's status and code, and the document's status.
//! fn run(text: &str, exit_codes: &[i32]) -> (Vec<(String, StepStatus, i32)>, StepStatus) {
//!     let plan = Document::parse(text).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
//!     let mut run = DocumentRun::new(plan, |_| PluginSupport::Supported);
//!     let (mut codes, mut results, mut status) = (exit_codes.iter(), Vec::new(), StepStatus::NotStarted);
//!     run.handle(RunEvent::Start, Timestamp::MIN);
//!     // One event in, all actions out, then the next event.
//!     while let Some(action) = run.poll_action() {
//!         match action {
//!             RunAction::StartStep(start) => {
//!                 let outcome = PluginOutcome::Exited(*codes.next().unwrap());
//!                 let (stdout, stderr) = (CapturedStream::new(), CapturedStream::new());
//!                 run.handle(RunEvent::StepEnded { step: start.step, outcome, stdout, stderr }, Timestamp::MIN);
//!             }
//!             RunAction::Report(report) if report.is_final => status = report.document_status,
//!             RunAction::Report(report) => {
//!                 results.extend(report.results.into_iter().map(|(name, r)| (name.to_string(), r.status, r.code)));
//!             }
//!             _ => {}
//!         }
//!     }
//!     (results, status)
//! }
//!
//! // A step that fails does not stop the document. The second step runs, and the document fails.
//! let text = r#"{"schemaVersion": "2.2", "mainSteps": [
//!     {"action": "acme:x", "name": "a", "inputs": {}},
//!     {"action": "acme:x", "name": "b", "inputs": {}}]}"#;
//! let (results, status) = run(text, &[7, 0]);
//! let wanted = [("a".to_owned(), StepStatus::Failed, 7), ("b".to_owned(), StepStatus::Success, 0)];
//! assert_eq!((results.as_slice(), status), (wanted.as_slice(), StepStatus::Failed));
//! ```
//!
//! The examples below use the same function `run`.
//!
//! # Exit codes
//!
//! | Code | The step | The document |
//! |---|---|---|
//! | 0 | Success | goes on |
//! | 168 | Success, code 168; standard error and the error text are dropped | ends, later steps are Skipped |
//! | 169 | Failed, code 169 | ends, later steps are Skipped |
//! | 194 | asks for a reboot, and runs again after it | waits |
//! | 137 | TimedOut, or Cancelled when a cancel was asked for | goes on, or ends as cancelled |
//! | other | Failed, with that code | goes on |
//!
//! ```
#![doc = include_str!("run.txt")]
//! # fn two(code: i32, then: &[i32]) -> (StepStatus, StepStatus, StepStatus) {
//! #     let text = r#"{"schemaVersion": "2.2", "mainSteps": [
//! #         {"action": "acme:x", "name": "a", "inputs": {}}, {"action": "acme:x", "name": "b", "inputs": {}}]}"#;
//! #     let mut codes = vec![code];
//! #     codes.extend(then);
//! #     let (results, status) = run(text, &codes);
//! #     (results[0].1, results[1].1, status)
//! # }
//! use StepStatus::{Failed, Skipped, Success, TimedOut};
//!
//! // Two steps, of which the first exits with this code: how both and the document end.
//! assert_eq!(two(0, &[0]), (Success, Success, Success));
//! assert_eq!(two(168, &[]), (Success, Skipped, Success));
//! assert_eq!(two(169, &[]), (Failed, Skipped, Failed));
//! assert_eq!(two(137, &[0]), (TimedOut, Success, TimedOut));
//! assert_eq!(two(-1, &[0]), (Failed, Success, Failed));
//! ```
//!
//! A script that exits with 137 by itself counts as timed out: agents cannot tell it from one that was killed. A plugin
//! that could not begin its work has no exit code; its step is Failed with code 1 and says why.
//!
//! Source: agent protocol 5.5 and 5.6.
//!
//! # Reboots
//!
//! A step that exits with 194 is reported as `SuccessAndReboot`. The run is a value: store it, reboot, read it back,
//! and start it again. **The same step runs again**, so it has to see that its work is done, and exit with 0 then.
//! After
//! [`DocumentRun::MAX_REBOOTS`] repetitions, asking once more is a failure.
//!
//! ```
//! use ssm_core::document::{
//!     CapturedStream, Document, DocumentRun, Parameters, Platform, PluginOutcome, PluginSupport, RunEvent, StepSerial,
//! };
//! use ssm_core::time::Timestamp;
//!
//! let document = Document::parse(
//!     r#"{"schemaVersion": "2.2", "mainSteps": [{"action": "acme:update", "name": "update", "inputs": {}}]}"#,
//! )?;
//! let plan = document.plan(&Parameters::new(), Platform::Linux)?;
//! let mut run = DocumentRun::new(plan, |_| PluginSupport::Supported);
//! let now = Timestamp::MIN;
//! let ended = |step, code| RunEvent::StepEnded {
//!     step,
//!     outcome: PluginOutcome::Exited(code),
//!     stdout: CapturedStream::new(),
//!     stderr: CapturedStream::new(),
//! };
//!
//! run.handle(RunEvent::Start, now);
//! run.handle(ended(StepSerial::from_number(0), 194), now);
//! assert!(run.awaits_reboot() && !run.is_finished());
//!
//! let stored = serde_json::to_string(&run)?;
//! let mut run: DocumentRun = serde_json::from_str(&stored)?;
//! run.handle(RunEvent::Start, now);
//! // The same step, and a new run of it.
//! assert_eq!(run.awaited(), Some(StepSerial::from_number(1)));
//! run.handle(ended(StepSerial::from_number(1), 0), now);
//! assert!(run.is_finished());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: agent protocol 1.11 and 5.6. A run counts the steps before the reboot too; stock agents forget them (our
//! choice).
//!
//! # Flow between steps
//!
//! Three members change the flow in schema 2.x. They stand **inside `inputs`**; at the step itself they are accepted
//! and have no effect, as with stock agents.
//!
//! | Member | Value | Effect |
//! |---|---|---|
//! | `onFailure` | `exit` | a failure ends the document, which is Failed |
//! | | `successAndExit` | a failure ends the document; the step becomes Success with code 168 |
//! | `onSuccess` | `exit` | a success ends the document |
//! | `finallyStep` | `true` | on the last step: it runs even behind the end; elsewhere it has no effect |
//!
//! Only Failed triggers `onFailure`: neither a timeout nor a cancel does.
//!
//! ```
#![doc = include_str!("run.txt")]
//! # fn three(inputs: &str, codes: &[i32]) -> (Vec<StepStatus>, StepStatus) {
//! #     let text = format!(r#"{{"schemaVersion": "2.2", "mainSteps": [
//! #         {{"action": "acme:x", "name": "a", "inputs": {{{inputs}}}}}, {{"action": "acme:x", "name": "b", "inputs": {{}}}},
//! #         {{"action": "acme:x", "name": "last", "inputs": {{"finallyStep": true}}}}]}}"#);
//! #     let (results, status) = run(&text, codes);
//! #     (results.into_iter().map(|(_, status, _)| status).collect(), status)
//! # }
//! use StepStatus::{Failed, Skipped, Success, TimedOut};
//!
//! // Three steps: the first has these inputs, the last is a finallyStep. Each that runs takes the next exit code.
//! let exit = r#""onFailure": "exit""#;
//! assert_eq!(three(exit, &[1, 0]), (vec![Failed, Skipped, Success], Failed));
//! assert_eq!(three(exit, &[0, 0, 0]), (vec![Success, Success, Success], Success));
//! assert_eq!(three(exit, &[137, 0, 0]), (vec![TimedOut, Success, Success], TimedOut));
//! assert_eq!(three(r#""onFailure": "successAndExit""#, &[1, 0]), (vec![Success, Skipped, Success], Success));
//! assert_eq!(three(r#""onSuccess": "exit""#, &[0, 0]), (vec![Success, Skipped, Success], Success));
//! ```
//!
//! Exit codes 168 and 169 and a triggered `onFailure` leave a note at the end of the step's streams, in the words of
//! the stock agent. After a cancel no `finallyStep` runs.
//!
//! Source: agent protocol 5.5.
//!
//! # Steps that do not run
//!
//! | Why | Schema 2.2 | Before |
//! |---|---|---|
//! | an earlier step ended the document | Skipped | Skipped |
//! | its precondition does not hold | Skipped | no preconditions: Failed |
//! | its plugin is for another platform | Skipped | Failed |
//! | its precondition is of an unknown form | Failed | Failed |
//! | its plugin is unknown | Failed | Failed |
//! | the command was cancelled before it | Cancelled, code 1 | Cancelled, code 1 |
//!
//! Skipped has code 0 and counts as a success. In each case but the cancel the reason stands in the result's `output`. An unknown
//! plugin behind a precondition that does not hold is skipped.
//!
//! ```
//! use ssm_core::document::{Document, DocumentRun, Parameters, Platform, PluginSupport, RunEvent, StepStatus};
//! use ssm_core::time::Timestamp;
//!
//! let end = |support: PluginSupport, schema: &str, precondition: &str| {
//!     let text = format!(
//!         r#"{{"schemaVersion": "{schema}", "mainSteps": [
//!             {{"action": "acme:x", "name": "a", "inputs": {{}} {precondition}}}]}}"#
//!     );
//!     let plan = Document::parse(&text).unwrap().plan(&Parameters::new(), Platform::Linux).unwrap();
//!     let mut run = DocumentRun::new(plan, |_| support);
//!     run.handle(RunEvent::Start, Timestamp::MIN);
//!     assert!(run.is_finished());
//!     let (_, result) = run.results().next().unwrap();
//!     assert!(!result.output.is_empty());
//!     (result.status, result.code)
//! };
//! let windows = r#", "precondition": {"StringEquals": ["platformType", "Windows"]}"#;
//! let unclear = r#", "precondition": {"StringLike": ["platformType", "W*"]}"#;
//!
//! assert_eq!(end(PluginSupport::Supported, "2.2", windows), (StepStatus::Skipped, 0));
//! assert_eq!(end(PluginSupport::Supported, "2.2", unclear), (StepStatus::Failed, 1));
//! assert_eq!(end(PluginSupport::OtherPlatform, "2.2", ""), (StepStatus::Skipped, 0));
//! assert_eq!(end(PluginSupport::OtherPlatform, "2.0", ""), (StepStatus::Failed, 1));
//! assert_eq!(end(PluginSupport::Unknown, "2.2", ""), (StepStatus::Failed, 1));
//! assert_eq!(end(PluginSupport::Unknown, "2.2", windows), (StepStatus::Skipped, 0));
//! ```
//!
//! Source: agent protocol 5.1, 5.3 and 5.4; the texts are the stock agent's where they were seen.
//!
//! # Timeouts and cancels
//!
//! The run keeps the time of a step: [`DocumentRun::next_deadline`]. When it has passed, or when the command is
//! cancelled, the run asks for a stop, and waits until the step says that it ended. Work that ended by itself meanwhile
//! keeps its outcome.
//!
//! - A timeout: the step is TimedOut with code 137, and **later steps run**.
//! - A cancel: the step is Cancelled with code 137, and every later one is Cancelled with code 1, without running.
//!
//! ```
//! use std::time::Duration;
//! use ssm_core::document::{
//!     CapturedStream, Document, DocumentRun, Parameters, Platform, PluginOutcome, PluginSupport, RunEvent, StepSerial,
//!     StepStatus,
//! };
//! use ssm_core::time::Timestamp;
//!
//! let document = Document::parse(
//!     r#"{"schemaVersion": "2.2", "mainSteps": [
//!         {"action": "acme:wait", "name": "wait", "inputs": {"timeoutSeconds": 60}},
//!         {"action": "acme:x", "name": "then", "inputs": {}}]}"#,
//! )?;
//! let plan = document.plan(&Parameters::new(), Platform::Linux)?;
//! let begin = Timestamp::MIN;
//! let deadline = begin + Duration::from_secs(60);
//! let stopped = RunEvent::StepEnded {
//!     step: StepSerial::from_number(0),
//!     outcome: PluginOutcome::Stopped,
//!     stdout: CapturedStream::new(),
//!     stderr: CapturedStream::new(),
//! };
//!
//! let mut run = DocumentRun::new(plan.clone(), |_| PluginSupport::Supported);
//! run.handle(RunEvent::Start, begin);
//! assert_eq!(run.next_deadline(), Some(deadline));
//! run.handle(RunEvent::TimeReached, deadline);
//! run.handle(stopped.clone(), deadline);
//! assert_eq!(run.results().next().map(|(_, r)| (r.status, r.code)), Some((StepStatus::TimedOut, 137)));
//! assert_eq!(run.awaited(), Some(StepSerial::from_number(1)));
//!
//! let mut run = DocumentRun::new(plan, |_| PluginSupport::Supported);
//! run.handle(RunEvent::Start, begin);
//! run.handle(RunEvent::CancelRequested, begin);
//! run.handle(stopped, begin);
//! let ends: Vec<_> = run.results().map(|(_, r)| (r.status, r.code)).collect();
//! assert_eq!(ends, [(StepStatus::Cancelled, 137), (StepStatus::Cancelled, 1)]);
//! assert!(run.is_finished());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Source: agent protocol 5.5 and 5.6; what the stock agent was seen to do (captures 14 and 26).
//!
//! # Statuses and their precedence
//!
//! The document's status is that of its worst step, from the worst down: SuccessAndReboot (while it waits), Failed,
//! TimedOut, Cancelled, Success. Skipped steps do not lower a success, and a document whose steps were all skipped is a
//! Success. Steps of one result (schema 1.x, several `properties`) come together by the same order: the worst status
//! with its code, the outputs one after the other.
//!
//! ```
#![doc = include_str!("run.txt")]
//! use StepStatus::{Failed, Success, TimedOut};
//!
//! let two_of_one_plugin = r#"{"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {"properties": [{}, {}]}}}"#;
//! for (codes, status, code) in [([0, 0], Success, 0), ([0, 3], Failed, 3), ([137, 3], Failed, 3), ([137, 0], TimedOut, 137)] {
//!     let (results, document) = run(two_of_one_plugin, &codes);
//!     assert_eq!((results, document), (vec![("acme:x".to_owned(), status, code)], status));
//! }
//! ```
//!
//! Source: agent protocol 1.8.
//!
//! # Output
//!
//! A result has three texts. `standard_output` and `standard_error` hold at most [`STREAM_LIMIT_BYTES`] each; a stream
//! that has as many is cut, and ends with `--output truncated--`. `output` is both together, at most
//! [`COMBINED_LIMIT_BYTES`], with a heading before the errors. A step that could not run has the reason there instead.
//!
//! ```
//! use ssm_core::document::{
//!     CapturedStream, Document, DocumentRun, Parameters, Platform, PluginOutcome, PluginSupport, RunEvent, StepSerial,
//!     COMBINED_LIMIT_BYTES, STREAM_LIMIT_BYTES,
//! };
//! use ssm_core::time::Timestamp;
//!
//! let document = Document::parse(
//!     r#"{"schemaVersion": "2.2", "mainSteps": [{"action": "acme:x", "name": "a", "inputs": {}}]}"#,
//! )?;
//! let result = |out: &str, err: &str, code: i32| {
//!     let plan = document.plan(&Parameters::new(), Platform::Linux).unwrap();
//!     let mut run = DocumentRun::new(plan, |_| PluginSupport::Supported);
//!     run.handle(RunEvent::Start, Timestamp::MIN);
//!     let (mut stdout, mut stderr) = (CapturedStream::new(), CapturedStream::new());
//!     stdout.push(out.as_bytes());
//!     stderr.push(err.as_bytes());
//!     let (step, outcome) = (StepSerial::from_number(0), PluginOutcome::Exited(code));
//!     run.handle(RunEvent::StepEnded { step, outcome, stdout, stderr }, Timestamp::MIN);
//!     let (_, result) = run.results().next().unwrap();
//!     result
//! };
//!
//! let short = result("done\n", "careful\n", 0);
//! assert_eq!(short.output, "done\n\n----------ERROR-------\ncareful\n");
//!
//! let failed = result("", "", 7);
//! assert_eq!(failed.standard_error, "failed to run commands: exit status 7");
//!
//! let long = result(&"x".repeat(100_000), "", 0);
//! assert_eq!(long.standard_output.len(), STREAM_LIMIT_BYTES);
//! assert!(long.standard_output.ends_with("--output truncated--"));
//! assert!(long.output.len() <= COMBINED_LIMIT_BYTES && long.output.ends_with("\n---Output truncated---"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the run itself adds, such as the exit status, stands behind the mark of a cut, and a cut never splits a
//! character (our choices).
//!
//! Source: agent protocol 5.9.
//!
//! # Documents within documents
//!
//! `aws:runDocument` runs another document as one step: of the service, or a file. Its steps' outputs come one after
//! the other, and the step's status is the worst of theirs; members that steer the flow count inside that document, and
//! those of the step for the step as a whole. Documents nest three deep at most, and all of them together have at most
//! [`Document::MAX_STEPS`] steps. The step's own timeout covers getting the document; each step inside has its own.
//!
//! Nobody has checked the parameters of such a document before, so the agent checks them by all rules
//! ([`Document::check_as_nested`]); an `Integer` or `Boolean` takes no value but its default, as with stock agents.
//!
//! Source: agent protocol 5.7.
//!
//! [`Document::MAX_STEPS`]: crate::document::Document::MAX_STEPS
//! [`Document::check_as_nested`]: crate::document::Document::check_as_nested
//! [`DocumentRun`]: crate::document::DocumentRun
//! [`DocumentRun::MAX_REBOOTS`]: crate::document::DocumentRun::MAX_REBOOTS
//! [`DocumentRun::next_deadline`]: crate::document::DocumentRun::next_deadline
//! [`STREAM_LIMIT_BYTES`]: crate::document::STREAM_LIMIT_BYTES
//! [`COMBINED_LIMIT_BYTES`]: crate::document::COMBINED_LIMIT_BYTES
