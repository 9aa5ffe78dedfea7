//! What holds for every order in which things can be seen.

use faxgate_lifecycle::{
    Action, Attempt, Core, Evidence, Fate, FaxResult, HangUp, ItemView, RetryPolicy,
    UnknownOutcome, Verdict, fate,
};
use faxgate_types::{FaxCode, HangupCause, Outcome};
use proptest::prelude::*;

fn result() -> impl Strategy<Value = FaxResult> {
    (any::<bool>(), 0..62_i64, 0..8_u32).prop_map(|(success, code, transferred)| {
        let code = FaxCode::new(if success { 0 } else { code }).unwrap();
        FaxResult::new(success, code, transferred)
    })
}

fn cause() -> impl Strategy<Value = HangupCause> {
    prop_oneof![
        Just("USER_BUSY"),
        Just("NO_ANSWER"),
        Just("NORMAL_CLEARING"),
        Just("DESTINATION_OUT_OF_ORDER"),
        Just("UNALLOCATED_NUMBER"),
    ]
    .prop_map(HangupCause::new)
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        Just(Evidence::NotSent),
        Just(Evidence::CannotSend),
        Just(Evidence::Accepted),
        Just(Evidence::Surfaced),
        Just(Evidence::Refused),
        Just(Evidence::Ringing),
        Just(Evidence::Answered),
        Just(Evidence::Negotiated),
        (0..8_u32).prop_map(|transferred| Evidence::Page { transferred }),
        cause().prop_map(Evidence::JobFailed),
        result().prop_map(Evidence::Result),
        (cause(), any::<bool>(), proptest::option::of(result())).prop_map(
            |(cause, answered, fax)| Evidence::HungUp(HangUp {
                cause,
                answered,
                fax
            })
        ),
        Just(Evidence::Alive),
        (any::<bool>(), any::<bool>()).prop_map(|(same, may_still_leave)| Evidence::Absent {
            core: if same { Core::Same } else { Core::Changed },
            may_still_leave,
        }),
        any::<bool>().prop_map(|same| Evidence::Fenced {
            core: if same { Core::Same } else { Core::Changed },
        }),
        Just(Evidence::FenceRefused),
        Just(Evidence::Overdue),
        Just(Evidence::Killed),
        Just(Evidence::Abandoned),
        Just(Evidence::Illegible),
        Just(Evidence::Vanished),
        Just(Evidence::CancelRequested),
    ]
}

fn was_on_the_line(evidence: &Evidence) -> bool {
    matches!(
        evidence,
        Evidence::Ringing
            | Evidence::Answered
            | Evidence::Negotiated
            | Evidence::Page { .. }
            | Evidence::Alive
            | Evidence::FenceRefused
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn an_attempt_settles_at_most_once_and_confirmed_pages_only_grow(
        start in 0..4_u32,
        pages in 1..8_u32,
        story in proptest::collection::vec(evidence(), 0..30),
    ) {
        let total = start + pages;
        let mut call = Attempt::new(start, total);
        let (mut confirmed, mut settled, mut heard) = (start, false, false);
        for seen in story {
            let heard_before = heard;
            heard |= was_on_the_line(&seen);
            let actions = call.on(seen.clone());
            prop_assert!(!settled || actions.is_empty(), "nothing follows the verdict");
            prop_assert!(call.confirmed() >= confirmed && call.confirmed() <= total);
            confirmed = call.confirmed();
            for action in actions {
                let Action::Settle(verdict) = action else { continue };
                prop_assert!(!settled, "one verdict");
                settled = true;
                prop_assert!(verdict.confirmed >= start && verdict.confirmed <= total);
                match verdict.outcome {
                    Outcome::Sent => {
                        let success = matches!(
                            seen,
                            Evidence::Result(FaxResult { success: true, .. })
                                | Evidence::HungUp(HangUp { fax: Some(FaxResult { success: true, .. }), .. })
                        );
                        prop_assert!(success || confirmed == total);
                    }
                    Outcome::NeverDialled => prop_assert!(!heard_before, "heard of on the line, so it was dialled"),
                    Outcome::Unknown | Outcome::Failed | Outcome::Canceled => {}
                }
            }
        }
    }

    #[test]
    fn a_retry_never_starts_before_the_confirmed_pages_nor_after_the_last(
        start in 0..4_u32,
        pages in 1..8_u32,
        story in proptest::collection::vec(evidence(), 1..30),
    ) {
        let total = start + pages;
        let mut call = Attempt::new(start, total);
        for seen in story {
            for action in call.on(seen) {
                let Action::Settle(verdict) = action else { continue };
                if let Fate::Retry { from_page, .. } = fate(&verdict, &ItemView::new(total), &RetryPolicy::default()) {
                    prop_assert_eq!(from_page, verdict.confirmed);
                    prop_assert!(from_page < total, "starting at the page count would bill a call for nothing");
                }
            }
        }
    }

    #[test]
    fn no_item_is_sent_again_for_ever_and_none_at_once(
        stories in proptest::collection::vec(proptest::collection::vec(evidence(), 1..6), 60),
        unknown in proptest::sample::select(UnknownOutcome::ALL),
    ) {
        let policy = RetryPolicy { unknown, ..RetryPolicy::default() };
        let mut item = ItemView::new(8);
        let (mut used, mut in_a_row) = (0, 0);
        for story in stories {
            let mut call = Attempt::new(item.confirmed, 8);
            let Some(verdict) = story.into_iter().find_map(|seen| verdict_of(call.on(seen))) else {
                continue;
            };
            let next = fate(&verdict, &item, &policy);
            in_a_row = match verdict.outcome {
                Outcome::Unknown => in_a_row + 1,
                Outcome::NeverDialled => in_a_row,
                _ => 0,
            };
            let Fate::Retry { after, from_page, .. } = next else { break };
            prop_assert!(!after.is_zero(), "again at once");
            prop_assert!(in_a_row < 2, "unknown {} times in a row, and sent again", in_a_row);
            used += u32::from(verdict.retry_kind(item.confirmed).is_some_and(|kind| !kind.is_endless()));
            prop_assert!(used < policy.max_tries);
            item.tries = item.tries.after(&verdict, &item);
            item.confirmed = from_page;
            item.unknown_before = in_a_row > 0;
        }
    }
}

fn verdict_of(actions: Vec<Action>) -> Option<Verdict> {
    actions.into_iter().find_map(|action| match action {
        Action::Settle(verdict) => Some(verdict),
        _ => None,
    })
}
