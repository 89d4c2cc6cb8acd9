//! An agent's replies: merged by step, in any order, each once.

use super::given::{
    HANDED_OUT, account, after, at, command, handed_out, invocations_in, queued, result, said, steps_in,
};
use crate::command::{InvocationEvent as E, InvocationOutcome as O, InvocationState as S};
use crate::document::StepStatus as Status;
use crate::engine::{Decision, Effect, Write, acknowledge, reply};
use crate::message::ReplyPayload;
use crate::record::{Addressed, Completion, Invocation, StepRow};

/// The only invocation that the decision writes.
fn then(decision: &Decision) -> Invocation {
    let rows = invocations_in(&decision.batch);
    assert_eq!(rows.len(), 1, "{decision:?}");
    rows[0].clone()
}

fn heard(invocation: &Invocation, steps: &[StepRow], payload: ReplyPayload) -> Decision {
    reply(Addressed::Command(invocation.clone()), steps, payload, at(5))
}

fn step(name: &str, status: Status, code: i32) -> Option<Vec<(String, crate::message::PluginResult)>> {
    Some(vec![(name.to_owned(), result(status, code))])
}

fn row(invocation: &Invocation, name: &str, status: Status, code: i32) -> StepRow {
    StepRow {
        key: invocation.key.clone(),
        name: name.parse().unwrap(),
        result: result(status, code).into(),
        late: false,
    }
}

fn completions(decision: &Decision) -> Vec<&Completion> {
    let all = decision.batch.writes.iter().filter_map(|write| match write {
        Write::AddCompletion(completion) => Some(completion),
        _ => None,
    });
    all.collect()
}

#[test]
fn a_document_in_progress_makes_it_running_and_counts_as_the_first_answer() {
    let invocation = handed_out();
    let decision = heard(&invocation, &[], said(Status::InProgress, None));
    let row = then(&decision);
    assert_eq!((row.state, row.delivered, row.answered, row.in_mailbox()), (S::Running, true, true, false));
    let first =
        Completion { key: row.key.clone(), first_answer: true, gave_slot_back: false, delay: None, ended: None };
    assert_eq!(completions(&decision), [&first]);
    assert!(steps_in(&decision.batch).is_empty());
    let acknowledged = acknowledge(Addressed::Command(row), at(6));
    assert_eq!(acknowledged, Decision::nothing(), "the acknowledgement behind it brings nothing new");
}

#[test]
fn a_terminal_reply_ends_the_invocation_before_any_acknowledgement() {
    let decision = heard(&handed_out(), &[], said(Status::Success, step("s1", Status::Success, 0)));
    let row = then(&decision);
    assert_eq!((row.state, row.ended_at, row.ended_by_reply), (S::Ended(O::Success), Some(at(5)), true));
    let end = Completion {
        key: row.key.clone(),
        first_answer: true,
        gave_slot_back: true,
        delay: None,
        ended: Some(O::Success),
    };
    assert_eq!(completions(&decision), [&end]);
    assert!(decision.effects.contains(&Effect::Dispatch { account: account(), number: row.key.number }));
    assert_eq!(steps_in(&decision.batch).len(), 1);
    assert_eq!(acknowledge(Addressed::Command(row), at(6)), Decision::nothing());
}

#[test]
fn each_document_status_has_its_outcome_and_a_reboot_has_none() {
    for (status, wanted) in [
        (Status::Success, S::Ended(O::Success)),
        (Status::Skipped, S::Ended(O::Success)),
        (Status::TestPass, S::Ended(O::Success)),
        (Status::Failed, S::Ended(O::Failed)),
        (Status::TestFailure, S::Ended(O::Failed)),
        (Status::TimedOut, S::Ended(O::ExecutionTimedOut)),
        (Status::Cancelled, S::Ended(O::Cancelled)),
        (Status::InProgress, S::Running),
        (Status::NotStarted, S::Running),
        (Status::SuccessAndReboot, S::Running),
        (Status::PassedAndReboot, S::Running),
    ] {
        assert_eq!(then(&heard(&handed_out(), &[], said(status, None))).state, wanted, "{status:?}");
    }
}

#[test]
fn an_unknown_document_status_is_no_reply_at_all() {
    assert!(serde_json::from_str::<ReplyPayload>(r#"{"documentStatus":"Exploded"}"#).is_err());
    assert!(serde_json::from_str::<ReplyPayload>(r#"{"documentTraceOutput":""}"#).is_err());
}

#[test]
fn results_are_kept_by_step_and_an_empty_last_reply_takes_none_away() {
    let invocation = handed_out();
    let first = heard(&invocation, &[], said(Status::InProgress, step("s1", Status::Success, 0)));
    let kept = row(&invocation, "s1", Status::Success, 0);
    assert_eq!(steps_in(&first.batch), [&kept]);
    let second =
        heard(&then(&first), std::slice::from_ref(&kept), said(Status::InProgress, step("s2", Status::Failed, 7)));
    let both = [kept, row(&invocation, "s2", Status::Failed, 7)];
    assert_eq!(steps_in(&second.batch), [&both[1]]);
    let last = heard(&then(&second), &both, said(Status::Failed, Some(Vec::new())));
    assert!(steps_in(&last.batch).is_empty());
    assert_eq!(then(&last).state, S::Ended(O::Failed));
}

#[test]
fn a_repeated_reply_changes_nothing() {
    let payload = said(Status::Failed, step("s1", Status::Failed, 7));
    let first = heard(&handed_out(), &[], payload.clone());
    let kept = row(&handed_out(), "s1", Status::Failed, 7);
    assert_eq!(heard(&then(&first), &[kept], payload), Decision::nothing());
}

#[test]
fn an_in_progress_reply_behind_the_end_is_ignored() {
    let ended = then(&heard(&handed_out(), &[], said(Status::Success, None)));
    assert_eq!(heard(&ended, &[], said(Status::InProgress, None)), Decision::nothing());
}

#[test]
fn a_second_terminal_reply_changes_neither_state_nor_trace_nor_a_terminal_step() {
    let mut first = said(Status::Failed, step("s1", Status::Failed, 7));
    first.document_trace_output = "first".to_owned();
    let ended = then(&heard(&handed_out(), &[], first));
    assert_eq!(ended.trace, "first");
    let mut other = said(Status::Success, step("s1", Status::Success, 0));
    other.document_trace_output = "second".to_owned();
    let kept = row(&ended, "s1", Status::Failed, 7);
    assert_eq!(heard(&ended, &[kept], other), Decision::nothing());
}

#[test]
fn a_step_that_the_last_reply_has_overtaken_is_filled_in_and_is_not_late() {
    let ended = then(&heard(&handed_out(), &[], said(Status::Success, Some(Vec::new()))));
    let decision = heard(&ended, &[], said(Status::InProgress, step("s2", Status::Success, 0)));
    assert_eq!(steps_in(&decision.batch), [&row(&ended, "s2", Status::Success, 0)]);
    assert_eq!(then(&decision), ended, "written as it is: its revision guards the step");
    assert!(completions(&decision).is_empty());
}

#[test]
fn a_result_that_is_under_way_gives_way_to_a_later_one_and_a_terminal_one_stays() {
    let running = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::Progressed)]);
    for (known, told, written) in [
        (Status::InProgress, Status::Success, true),
        (Status::SuccessAndReboot, Status::Success, true),
        (Status::InProgress, Status::InProgress, false),
        (Status::Success, Status::InProgress, false),
        (Status::Failed, Status::Success, false),
    ] {
        let known = row(&running, "s1", known, 0);
        let decision = heard(&running, std::slice::from_ref(&known), said(Status::InProgress, step("s1", told, 0)));
        assert_eq!(steps_in(&decision.batch).len(), usize::from(written), "{:?}, then {told:?}", known.result.status);
        assert_eq!(decision.batch.is_empty(), !written);
    }
}

#[test]
fn a_reply_of_what_was_never_handed_out_is_ignored() {
    let command = command(1, |_| {});
    for invocation in [
        queued(&command, 1),
        after(&command, 1, &[(1, E::PollMissed)]),
        after(&command, 1, &HANDED_OUT[..1]),
        after(&command, 1, &[(1, E::CancelRequested)]),
        after(&command, 1, &[(1, E::ErrorLimitExceeded)]),
        after(&command, 1, &[(9000, E::Expired)]),
    ] {
        let decision = heard(&invocation, &[], said(Status::Success, step("s1", Status::Success, 0)));
        assert_eq!(decision, Decision::nothing(), "{:?}", invocation.state);
    }
}

#[test]
fn a_cancelled_script_that_ended_by_itself_keeps_its_real_result() {
    let cancelling = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    let under_way = then(&heard(&cancelling, &[], said(Status::InProgress, None)));
    assert_eq!((under_way.state, under_way.delivered), (S::Cancelling, true));
    for (status, wanted) in
        [(Status::Success, O::Success), (Status::Failed, O::Failed), (Status::Cancelled, O::Cancelled)]
    {
        assert_eq!(then(&heard(&cancelling, &[], said(status, None))).state, S::Ended(wanted));
    }
}

#[test]
fn a_reply_to_a_cancel_message_counts_as_taken_and_says_nothing_of_the_command() {
    let mut cancelling = after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested)]);
    cancelling.cancel.as_mut().unwrap().first_handed_out_at = Some(at(3));
    cancelling.answered = true;
    let payload = said(Status::Failed, step("s1", Status::Failed, 1));
    let decision = reply(Addressed::Cancel(cancelling), &[], payload, at(5));
    let row = then(&decision);
    assert_eq!((row.state, row.due_at()), (S::Cancelling, Some(at(65))));
    assert!(steps_in(&decision.batch).is_empty());
    assert!(!row.cancel_in_mailbox());
}
