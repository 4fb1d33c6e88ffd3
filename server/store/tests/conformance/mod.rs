//! What every backend must do, as one list of cases. A backend's test binary
//! gives a [`Factory`] and calls `conformance!`.

pub(crate) mod appends;
pub(crate) mod channels;
pub(crate) mod crowds;
pub(crate) mod deliveries;
pub(crate) mod history;
pub(crate) mod list;
mod model;
pub(crate) mod outside;
pub(crate) mod owners;
pub(crate) mod pictures;
pub(crate) mod receipts;
mod rig;
pub(crate) mod search;
pub(crate) mod slices;
pub(crate) mod standing;
pub(crate) mod strangers;

pub(crate) use rig::{Factory, Rig};

/// Makes one test of each case. A case that is missing here is reported by the
/// compiler as never used.
macro_rules! conformance {
    ($factory:expr) => {
        conformance!(@each $factory;
            appends::a_message_gets_the_next_place,
            appends::sending_again_changes_nothing,
            appends::an_id_stands_for_one_message,
            appends::only_the_secret_opens_a_conversation,
            appends::an_owner_answers_but_never_begins,
            appends::outcomes_come_in_the_order_taken,
            appends::a_bad_append_harms_no_other,
            appends::a_body_comes_back_as_it_was,
            channels::a_channel_is_kept_as_it_was_given,
            channels::the_same_id_changes_where_a_channel_leads,
            channels::channels_stand_in_the_owners_order,
            channels::channels_are_bounded,
            channels::a_removed_channel_is_gone_with_what_waited,
            channels::a_visitors_channel_is_their_conversations,
            channels::another_shop_reaches_no_channel,
            crowds::who_has_to_wait_hides_nobody,
            crowds::what_is_due_already_hides_nothing_that_comes,
            crowds::thousands_that_wait_are_looked_at_in_bounded_slices,
            crowds::who_can_be_told_of_a_sickness_comes_before_who_cannot,
            deliveries::a_message_is_due_by_each_channels_rule,
            deliveries::who_is_told_is_the_other_side,
            deliveries::a_burst_is_taken_together_and_ends_once,
            deliveries::what_failed_waits_and_counts_its_tries,
            deliveries::a_try_that_nobody_ended_is_doubtful,
            deliveries::handed_over_has_no_holes,
            deliveries::any_channel_that_took_it_has_handed_it_over,
            deliveries::another_channel_takes_over,
            deliveries::sickness_is_told_once,
            deliveries::what_is_gone_gets_nothing_more,
            deliveries::what_was_told_and_then_opened_is_known,
            list::waiting_ones_first_then_the_latest,
            list::what_nobody_has_heard_of_is_known,
            list::closed_ones_stand_apart,
            list::ties_go_by_id,
            list::ten_thousand_are_paged_once_each,
            list::a_page_stays_right_while_things_change,
            list::a_broken_cursor_is_the_first_page,
            list::a_line_says_what_it_must,
            outside::what_was_handed_over_can_be_referred_to,
            outside::what_was_said_at_a_channel_is_found_by_how_far_it_was_opened,
            outside::a_memo_is_kept_also_of_a_failed_try,
            outside::what_comes_from_outside_is_taken_once,
            outside::notes_are_kept_by_kind_and_name,
            outside::answers_are_held_for_their_shop,
            outside::a_code_links_once,
            outside::a_private_link_opens_its_conversation,
            owners::a_shop_is_added_once,
            owners::a_shop_is_edited,
            owners::owners_are_known_by_their_sites,
            owners::the_bell_is_seen_on_a_site,
            owners::a_link_signs_in_once,
            owners::a_link_ends,
            owners::links_and_sessions_are_bounded,
            owners::sessions_are_seen_and_ended,
            owners::it_can_say_whether_it_writes,
            owners::after_closing_it_is_not_available,
            pictures::pictures_are_kept_with_their_message,
            pictures::sending_again_adds_no_picture,
            pictures::a_refused_message_leaves_no_picture,
            pictures::held_pictures_go_with_their_answer,
            pictures::another_shop_sees_no_picture,
            receipts::receipts_only_rise_and_stop_at_the_end,
            receipts::sides_have_receipts_of_their_own,
            receipts::unread_counts_what_the_owner_has_not_opened,
            search::names_and_messages_are_searched,
            search::letter_case_and_special_characters,
            search::open_and_closed_are_searched_and_paged,
            slices::a_device_resumes_where_it_was,
            slices::history_is_walked_both_ways,
            slices::who_comes_back_gets_all_in_one_look,
            slices::what_does_not_exist_is_empty,
            standing::who_waits_since_when,
            standing::closing_and_reopening,
            standing::a_visitor_is_named,
            standing::pages_are_remembered_up_to_a_bound,
            standing::what_was_known_at_the_beginning_stays,
            standing::what_a_system_says_is_no_persons_answer,
            strangers::another_shop_reads_nothing,
            strangers::another_shop_writes_nothing,
        );

        #[test]
        fn any_history_agrees_with_the_model() {
            conformance::history::any_history_agrees_with_the_model(&$factory);
        }
    };
    (@each $factory:expr; $($room:ident::$case:ident,)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                // Until the case ends, for the store's folder goes with it.
                let factory = $factory;
                let mut rig = conformance::Rig::new(&factory).await;
                conformance::$room::$case(&mut rig).await;
            }
        )*
    };
}
