//! The suite of [`MessageDelivery`](crate::ports::MessageDelivery).
//!
//! By topic: how messages come (once more until they are taken, cancels first), what an agent says of them, and who may.

mod access;
mod polls;
mod replies;

use super::service::Service;

/// Checks the contract on fresh services.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<F: Future<Output = Service>>(make: impl Fn() -> F) {
    polls::a_poll_gets_what_was_sent(&make().await).await;
    polls::a_waiting_poll_is_answered_when_something_comes(&make().await).await;
    polls::a_message_comes_again_after_its_visibility_until_it_is_taken(&make().await).await;
    polls::what_is_taken_does_not_come_again(&make().await).await;
    polls::a_poll_without_messages_ends_empty_after_its_time(&make().await).await;
    polls::cancels_come_before_all_others(&make().await).await;
    polls::nothing_is_handed_out_past_the_delivery_deadline(&make().await).await;
    polls::the_newest_poll_ends_the_older_one(&make().await).await;
    polls::a_dropped_poll_loses_nothing(&make().await).await;
    replies::a_terminal_reply_ends_the_invocation_without_an_acknowledgement(&make().await).await;
    replies::replies_that_come_twice_or_late_change_nothing(&make().await).await;
    replies::a_reply_under_way_shows_progress_and_no_more(&make().await).await;
    replies::a_message_that_an_agent_fails_ends_failed(&make().await).await;
    replies::a_deleted_message_only_comes_no_more(&make().await).await;
    replies::a_cancel_that_is_taken_but_not_answered_ends_cancelled(&make().await).await;
    replies::a_result_that_overtakes_its_cancel_counts(&make().await).await;
    access::a_node_reaches_its_own_messages_only(&make().await).await;
    access::an_operator_may_not_poll(&make().await).await;
    access::what_is_unknown_or_over_is_answered_well(&make().await).await;
    access::a_payload_that_is_no_reply_is_refused(&make().await).await;
}
