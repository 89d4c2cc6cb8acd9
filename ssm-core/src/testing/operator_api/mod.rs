//! The suite of [`OperatorApi`](crate::ports::OperatorApi).
//!
//! By topic: sending, refusals (each with its code, and without a trace), reading and paging, cancelling, documents, tags and
//! targets, and who may.

mod access;
mod documents;
mod lists;
mod refusals;
mod sending;

use super::service::Service;

/// Checks the contract on fresh services.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<F: Future<Output = Service>>(make: impl Fn() -> F) {
    sending::a_command_that_was_answered_can_be_read_at_once(&make().await).await;
    sending::each_command_has_an_id_of_its_own(&make().await).await;
    sending::an_unsent_command_shows_its_cancel_at_once(&make().await).await;
    sending::a_command_for_targets_reaches_those_that_match(&make().await).await;
    sending::a_command_without_a_match_ends_at_once(&make().await).await;
    refusals::a_request_that_breaks_a_constraint_is_told_which(&make().await).await;
    refusals::a_command_that_cannot_be_sent_is_refused_with_its_code(&make().await).await;
    refusals::a_cancel_needs_a_command_and_its_targets(&make().await).await;
    refusals::an_invocation_is_read_by_its_command_instance_and_step(&make().await).await;
    refusals::tags_need_a_managed_instance(&make().await).await;
    lists::commands_are_paged_newest_first(&make().await).await;
    lists::invocations_are_paged_without_gaps(&make().await).await;
    lists::managed_instances_are_paged_by_id(&make().await).await;
    lists::a_token_is_good_for_its_own_listing_only(&make().await).await;
    lists::a_page_size_is_in_its_range(&make().await).await;
    documents::a_document_is_read_as_it_was_stored(&make().await).await;
    documents::a_document_in_yaml_is_kept_verbatim_and_answered_in_either_format(&make().await).await;
    documents::a_document_that_cannot_be_stored_is_refused_with_its_code(&make().await).await;
    access::a_node_calls_no_operation_of_operators(&make().await).await;
    access::accounts_never_see_each_other(&make().await).await;
}
