//! Replies that come after the service has given up, and replies that are too large.

use super::given::{HANDED_OUT, after, at, command, handed_out, invocations_in, result, said, steps_in};
use crate::command::{InvocationEvent as E, InvocationOutcome as O, InvocationState as S};
use crate::document::{Document, StepStatus as Status};
use crate::engine::{Decision, Write, reply};
use crate::message::{PluginResult, ReplyPayload};
use crate::record::{Addressed, Invocation, StepRow};

fn heard(invocation: &Invocation, steps: &[StepRow], payload: ReplyPayload) -> Decision {
    reply(Addressed::Command(invocation.clone()), steps, payload, at(9001))
}

/// Most results that are kept of one invocation.
const MOST: usize = Document::MAX_STEPS;

/// Handed out, and never answered in time.
fn expired() -> Invocation {
    after(&command(1, |_| {}), 1, &[HANDED_OUT[0], HANDED_OUT[1], (9000, E::Expired)])
}

fn one(name: &str, result: PluginResult) -> Option<Vec<(String, PluginResult)>> {
    Some(vec![(name.to_owned(), result)])
}

#[test]
fn a_result_after_delivery_timed_out_is_kept_and_marked_late_and_the_state_stays() {
    let expired = expired();
    assert_eq!(expired.state, S::Ended(O::DeliveryTimedOut));
    let mut payload = said(Status::Success, one("s1", result(Status::Success, 0)));
    payload.document_trace_output = "too late".to_owned();
    let decision = heard(&expired, &[], payload.clone());
    let steps = steps_in(&decision.batch);
    assert_eq!((steps.len(), steps[0].late, steps[0].result.status), (1, true, Status::Success));
    assert_eq!(invocations_in(&decision.batch), [&expired], "as it was; its revision guards the step");
    assert_eq!(decision.batch.writes.len(), 2, "no completion");
    assert!(decision.effects.is_empty());
    let kept = steps[0].clone();
    assert_eq!(heard(&expired, &[kept], payload), Decision::nothing(), "once");
}

#[test]
fn a_late_result_does_not_replace_one_that_came_in_time() {
    let expired = expired();
    let in_time = StepRow {
        key: expired.key.clone(),
        name: "s1".parse().unwrap(),
        result: result(Status::Failed, 7).into(),
        late: false,
    };
    let both = Some(vec![("s1".to_owned(), result(Status::Success, 0)), ("s2".to_owned(), result(Status::Success, 0))]);
    let decision = heard(&expired, &[in_time], said(Status::Success, both));
    let names: Vec<_> = steps_in(&decision.batch).into_iter().map(|step| (step.name.as_str(), step.late)).collect();
    assert_eq!(names, [("s2", true)]);
}

#[test]
fn a_result_after_an_unanswered_cancel_is_late_too() {
    let events = [HANDED_OUT[0], HANDED_OUT[1], (2, E::CancelRequested), (100, E::CancelUnanswered)];
    let cancelled = after(&command(1, |_| {}), 1, &events);
    let decision = heard(&cancelled, &[], said(Status::Cancelled, one("s1", result(Status::Cancelled, 137))));
    assert!(steps_in(&decision.batch)[0].late);
    assert_eq!(invocations_in(&decision.batch)[0].state, S::Ended(O::Cancelled));
}

#[test]
fn a_late_reply_about_the_document_alone_changes_nothing() {
    for status in [Status::InProgress, Status::Success, Status::Failed] {
        assert_eq!(heard(&expired(), &[], said(status, None)), Decision::nothing());
    }
}

#[test]
fn texts_are_cut_to_the_protocols_limits_at_a_whole_character() {
    let mut large = result(Status::Success, 0);
    large.standard_output = "\u{20ac}".repeat(10_000);
    large.standard_error = "e".repeat(30_000);
    large.output = "\u{e9}".repeat(2_000);
    let mut payload = said(Status::Success, one("s1", large));
    payload.document_trace_output = "\u{20ac}".repeat(9_999);
    let decision = heard(&handed_out(), &[], payload.clone());
    let kept = &steps_in(&decision.batch)[0].result;
    assert_eq!((kept.standard_output.len(), kept.standard_error.len(), kept.output.len()), (24_000, 24_000, 2_500));
    assert_eq!(invocations_in(&decision.batch)[0].trace.chars().count(), 2_500);
    let (ended, row) = (invocations_in(&decision.batch)[0].clone(), steps_in(&decision.batch)[0].clone());
    assert_eq!(heard(&ended, &[row], payload), Decision::nothing(), "the repetition is cut alike");

    let mut odd = result(Status::Success, 0);
    odd.output = format!("x{}", "\u{e9}".repeat(2_000));
    let decision = heard(&handed_out(), &[], said(Status::Success, one("s1", odd)));
    assert_eq!(steps_in(&decision.batch)[0].result.output.len(), 2_499);
}

#[test]
fn of_more_steps_than_a_document_may_have_the_first_ones_are_kept() {
    let many = |from: usize, to: usize| {
        let results = (from..to).map(|n| (format!("s{n}"), result(Status::Success, 0)));
        said(Status::InProgress, Some(results.collect()))
    };
    let decision = heard(&handed_out(), &[], many(0, MOST + 50));
    let kept: Vec<StepRow> = steps_in(&decision.batch).into_iter().cloned().collect();
    assert_eq!(kept.len(), MOST);
    assert_eq!((kept[0].name.as_str(), kept[MOST - 1].name.as_str()), ("s0", "s999"));
    let running = invocations_in(&decision.batch)[0].clone();
    assert_eq!(heard(&running, &kept, many(MOST + 50, MOST + 60)), Decision::nothing());
    let more = heard(&running, &kept[..MOST - 40], many(MOST - 100, MOST + 90));
    assert_eq!(steps_in(&more.batch).len(), 40, "known ones take no room twice");
}

#[test]
fn a_full_list_of_steps_still_takes_the_end_of_a_known_one() {
    let invocation = handed_out();
    let under_way: Vec<StepRow> = (0..MOST)
        .map(|n| StepRow {
            key: invocation.key.clone(),
            name: format!("s{n}").parse().unwrap(),
            result: result(Status::InProgress, 0).into(),
            late: false,
        })
        .collect();
    let decision = heard(&invocation, &under_way, said(Status::InProgress, one("s7", result(Status::Success, 0))));
    assert_eq!(steps_in(&decision.batch).len(), 1);
}

#[test]
fn step_names_that_are_none_are_left_out_and_the_rest_is_taken() {
    let results = ["", "a\nb", "good"].map(|name| (name.to_owned(), result(Status::Success, 0)));
    let long = ("n".repeat(129), result(Status::Success, 0));
    let decision = heard(&handed_out(), &[], said(Status::Success, Some(results.into_iter().chain([long]).collect())));
    let names: Vec<_> = steps_in(&decision.batch).into_iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["good"]);
    assert!(decision.batch.writes.iter().any(|write| matches!(write, Write::AddCompletion(_))));
}
