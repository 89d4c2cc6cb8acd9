//! The suite of [`Store`].
//!
//! By topic: commits (whole or not at all, revisions, conditions, the mark of a cancel), lists (order, pages,
//! selections), what a dispatcher reads (completions, candidates), what a poll reads (mailbox, addressed messages),
//! requests (which connect the two), nodes and presence, due rows, history (by its end, and its removal), documents (versions,
//! shares, quotas). Tables go through every kind of write, condition and query
//! (`kinds`), and do not compile, or fail, while one has no case: `interleaved` (who comes too late), `queries` (limits, accounts,
//! whole batches), `growing` (pages while rows are added). At last a model: two clients decide with the engine
//! over one store, with adversarial interleaving between their reads and their commits.

mod addressed;
mod cancels;
mod commit;
mod conditions;
mod dispatcher;
mod documents;
mod due;
mod growing;
mod history;
mod interleaved;
mod kinds;
mod lists;
mod mailbox;
mod model;
mod nodes;
mod queries;
mod ranges;
mod requests;
mod rows;
mod selectors;
mod snapshot;
mod written;

use crate::ports::Store;

pub use kinds::StoreQuery;
pub(crate) use kinds::{condition_kind, write_kind};

/// Checks the contract on fresh stores: each case gets a store of its own.
///
/// Not checked: that an answered commit survives a crash, and that the costs of reads do not grow with the store.
///
/// # Panics
/// When the contract is broken; the message tells the rule, and in the model's case the seed.
pub async fn suite<S: Store, F: Future<Output = S>>(make: impl Fn() -> F) {
    commit::a_batch_with_one_misfit_leaves_no_trace(&make().await).await;
    commit::every_write_that_fits_is_applied(&make().await).await;
    commit::a_row_is_written_by_its_current_revision_only(&make().await).await;
    commit::a_batch_is_checked_before_its_first_write(&make().await).await;
    commit::what_was_removed_or_inserted_once_is_not_again(&make().await).await;
    interleaved::what_was_decided_on_old_rows_is_refused_whole(&make).await;
    interleaved::a_long_batch_is_refused_wherever_its_misfit_stands(&make().await).await;
    conditions::conditions_hold_by_the_state_of_their_command(&make().await).await;
    conditions::a_fence_is_that_of_the_commands_lease(&make().await).await;
    conditions::a_condition_stops_a_batch_that_would_fit(&make().await).await;
    cancels::a_mark_cancels_what_is_neither_cancelled_nor_over(&make().await).await;
    cancels::a_mark_needs_no_revision_and_gives_the_next_one(&make().await).await;
    cancels::a_mark_is_seen_by_conditions_and_polls(&make().await).await;
    written::what_was_written_is_read_back(&make().await).await;
    written::accounts_never_see_each_others_rows(&make().await).await;
    written::a_steps_result_is_replaced(&make().await).await;
    lists::commands_are_listed_newest_first_over_pages(&make().await).await;
    lists::unfinished_commands_are_listed_oldest_first_over_pages(&make().await).await;
    lists::unfinished_commands_of_one_number_are_told_apart_by_account(&make().await).await;
    lists::invocations_are_listed_newest_command_first_over_pages(&make().await).await;
    ranges::lists_keep_to_a_range_of_commands(&make().await).await;
    ranges::a_list_goes_on_behind_any_place(&make().await).await;
    lists::nodes_are_listed_by_id_over_pages(&make().await).await;
    for query in StoreQuery::ALL {
        growing::pages_have_neither_gaps_nor_repetitions_while_rows_are_added(&make().await, *query).await;
    }
    queries::every_limit_is_respected(&make().await).await;
    queries::every_query_keeps_to_its_account(&make().await).await;
    queries::reads_see_whole_batches_only(&make().await).await;
    selectors::selected_nodes_are_listed_by_id_over_pages(&make().await).await;
    selectors::a_node_is_selected_by_its_latest_tags(&make().await).await;
    selectors::tags_that_change_between_pages_repeat_nothing(&make().await).await;
    dispatcher::completions_come_in_the_order_of_writing(&make().await).await;
    dispatcher::a_candidate_is_ready_where_its_node_polls_or_has_asked(&make().await).await;
    dispatcher::candidates_are_bounded_and_ordered(&make().await).await;
    mailbox::an_empty_mailbox_is_empty(&make().await).await;
    mailbox::a_mailbox_has_what_is_to_be_handed_out_now(&make().await).await;
    mailbox::what_is_hidden_comes_again(&make().await).await;
    mailbox::entries_are_ordered_and_bounded(&make().await).await;
    mailbox::payloads_are_read_for_the_commands_that_are_named(&make().await).await;
    mailbox::a_mailbox_tells_until_when_slots_are_taken(&make().await).await;
    mailbox::a_mailbox_tells_what_waits_without_a_slot(&make().await).await;
    mailbox::a_mailbox_keeps_its_revision_and_the_latest_hand_outs(&make().await).await;
    mailbox::entries_tell_of_cancelled_and_stopped_commands(&make().await).await;
    requests::a_request_is_for_one_invocation(&make().await).await;
    requests::a_request_counts_for_its_time_and_a_newer_one_replaces_it(&make().await).await;
    requests::a_request_goes_when_its_invocation_waits_no_more(&make().await).await;
    requests::only_what_waits_is_asked_for(&make().await).await;
    requests::a_mailbox_leaves_out_what_is_past_its_deadline(&make().await).await;
    requests::what_is_left_out_hides_nothing_behind_it(&make().await).await;
    addressed::a_message_id_finds_its_command_or_its_cancel(&make().await).await;
    nodes::a_poll_is_noted_for_known_nodes_and_never_goes_back(&make().await).await;
    nodes::writing_a_node_keeps_a_later_poll(&make().await).await;
    due::due_rows_come_earliest_first(&make().await).await;
    due::what_has_ended_is_never_due(&make().await).await;
    due::a_row_is_due_by_its_latest_write(&make().await).await;
    history::ended_commands_come_by_their_end(&make().await).await;
    history::history_is_removed_row_by_row(&make().await).await;
    history::what_has_not_ended_is_never_removed(&make().await).await;
    history::a_removal_leaves_everything_else_alone(&make().await).await;
    documents::versions_are_listed_newest_first_over_pages(&make().await).await;
    documents::a_versions_name_finds_its_number_until_it_goes(&make().await).await;
    documents::documents_are_listed_by_name_over_pages(&make().await).await;
    documents::a_document_goes_with_all_that_belongs_to_it(&make().await).await;
    documents::a_document_that_was_created_again_is_another_one(&make().await).await;
    documents::shares_are_found_from_both_sides_over_pages(&make().await).await;
    documents::quotas_of_documents_are_conditions(&make().await).await;
    for seed in model::SEEDS {
        model::two_clients_end_every_command(&make().await, seed).await;
    }
}
