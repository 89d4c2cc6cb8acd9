//! The suite of [`OperatorApi`](crate::ports::OperatorApi).
//!
//! By topic: sending, refusals (each with its code, and without a trace), options, reading, paging and filtering, cancelling,
//! documents (with their versions, shares and lists), managed instances with filters and tags, targets, and who may.

mod access;
mod document_lists;
mod documents;
mod filters;
mod fleet;
mod lists;
mod options;
mod refusals;
mod sending;
mod sharing;
mod versions;

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
    refusals::a_command_that_is_over_takes_a_cancel_without_effect(&make().await).await;
    filters::a_filter_by_status_takes_what_is_shown(&make().await).await;
    filters::filters_by_time_document_and_instance_are_joined(&make().await).await;
    filters::what_is_older_than_thirty_days_is_not_listed(&make().await).await;
    filters::filters_that_do_not_go_together_are_refused(&make().await).await;
    filters::pages_go_on_while_new_commands_come(&make().await).await;
    options::a_command_without_options_has_every_member(&make().await).await;
    options::options_are_shown_and_told_to_the_agent(&make().await).await;
    options::a_log_group_without_a_name_is_named_after_the_document(&make().await).await;
    options::options_that_cannot_be_are_refused_in_their_order(&make().await).await;
    options::of_several_steps_those_show_that_have_reported_and_all_in_the_end(&make().await).await;
    fleet::instances_are_found_by_filters(&make().await).await;
    fleet::wrong_filters_are_refused_with_their_codes(&make().await).await;
    fleet::properties_are_found_by_operators(&make().await).await;
    fleet::an_instance_is_connected_while_it_polls(&make().await).await;
    fleet::tags_are_added_removed_and_listed(&make().await).await;
    fleet::resources_with_tags_are_named_by_type_and_id(&make().await).await;
    fleet::accounts_never_see_each_others_instances(&make().await).await;
    documents::a_document_is_read_as_it_was_stored(&make().await).await;
    documents::a_document_in_yaml_is_kept_verbatim_and_answered_in_either_format(&make().await).await;
    documents::a_document_that_cannot_be_stored_is_refused_with_its_code(&make().await).await;
    versions::a_new_version_becomes_the_latest_and_the_default_when_it_is_chosen(&make().await).await;
    versions::an_update_that_cannot_be_is_refused_with_its_code_and_text(&make().await).await;
    versions::a_version_is_found_by_its_number_and_its_name_which_must_agree(&make().await).await;
    versions::a_document_is_described_with_all_that_is_known_of_it(&make().await).await;
    versions::deleting_the_latest_version_rolls_back_and_no_number_is_given_twice(&make().await).await;
    versions::a_deletion_that_cannot_be_is_refused_with_its_code_and_text(&make().await).await;
    versions::versions_are_listed_newest_first_in_pages(&make().await).await;
    documents::a_documents_tags_are_changed_and_shown_to_its_owner(&make().await).await;
    sharing::what_is_shared_is_read_and_sent_by_its_arn_until_it_is_not(&make().await).await;
    sharing::only_the_versions_that_are_shared_can_be_read(&make().await).await;
    sharing::what_is_shared_with_all_is_shared_with_everybody(&make().await).await;
    sharing::a_change_of_shares_that_cannot_be_is_refused_with_its_code(&make().await).await;
    sharing::shares_are_told_to_the_owner_in_pages(&make().await).await;
    sharing::a_reference_elsewhere_means_no_document(&make().await).await;
    document_lists::documents_are_listed_in_pages_without_gaps(&make().await).await;
    document_lists::every_filter_of_documents_selects(&make().await).await;
    document_lists::a_filter_that_cannot_be_is_refused_with_its_code(&make().await).await;
    access::a_node_calls_no_operation_of_operators(&make().await).await;
    access::accounts_never_see_each_other(&make().await).await;
}
