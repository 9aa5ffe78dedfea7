//! From a verdict to what becomes of the item.

use std::time::Duration;

use faxgate_lifecycle::{
    Failure, Fate, GivenUp, ItemView, LastPage, Lost, RetryPolicy, Schedule, UnknownOutcome,
    Verdict, fate,
};
use faxgate_types::{
    CarrierReason, FailureClass, HangupCause, LineSettings, Outcome, RetryKind, RetrySteps,
    SendingPolicy, Witness,
};

fn failed(class: FailureClass, confirmed: u32) -> Verdict {
    Verdict {
        outcome: Outcome::Failed,
        confirmed,
        next_page_unconfirmed: confirmed > 0,
        failure: Some(Failure {
            class,
            cause: None,
            code: None,
            reason: None,
        }),
        lost: None,
        fax: None,
        by: Witness::Event,
    }
}

fn busy() -> Verdict {
    let failure = Failure {
        class: FailureClass::Line,
        cause: Some(HangupCause::new("USER_BUSY")),
        code: None,
        reason: None,
    };
    Verdict {
        failure: Some(failure),
        ..failed(FailureClass::Line, 0)
    }
}

fn unknown() -> Verdict {
    Verdict {
        outcome: Outcome::Unknown,
        confirmed: 1,
        next_page_unconfirmed: true,
        failure: None,
        lost: Some(Lost::CoreGone),
        fax: None,
        by: Witness::Probe,
    }
}

fn never_dialled() -> Verdict {
    Verdict {
        outcome: Outcome::NeverDialled,
        failure: None,
        ..failed(FailureClass::BackPressure, 0)
    }
}

fn retry(seconds: u64, from_page: u32) -> Fate {
    Fate::Retry {
        after: Duration::from_secs(seconds),
        from_page,
        settings: LineSettings::default(),
        other_lane: false,
    }
}

#[test]
fn busy_is_retried_as_the_schedule_says_and_then_given_up() {
    let policy = RetryPolicy {
        busy: Schedule::seconds(3, &[10, 20]),
        ..RetryPolicy::default()
    };
    let mut item = ItemView::new(3);
    let mut seen = Vec::new();
    loop {
        let next = fate(&busy(), &item, &policy);
        seen.push(next);
        if matches!(next, Fate::Failed(_)) {
            break;
        }
        item.tries.count(RetryKind::Line);
    }
    assert_eq!(
        seen,
        [
            retry(10, 0),
            retry(20, 0),
            Fate::Failed(GivenUp::EnoughTried)
        ]
    );
}

#[test]
fn each_class_uses_up_its_own_tries() {
    let policy = RetryPolicy::default();
    let mut item = ItemView::new(1);
    item.tries.line = 5;
    assert!(matches!(
        fate(&failed(FailureClass::NotFax, 0), &item, &policy),
        Fate::Retry { .. }
    ));
    assert_eq!(
        fate(&failed(FailureClass::Permanent, 0), &item, &policy),
        Fate::Failed(GivenUp::EnoughTried)
    );
}

#[test]
fn a_lane_without_room_never_uses_up_a_try_but_time_does() {
    let policy = RetryPolicy::default();
    let mut item = ItemView::new(1);
    item.tries.local = policy.max_tries - 1;
    for wait in [5, 10, 20, 30, 60, 60] {
        let full = failed(FailureClass::BackPressure, 0);
        assert_eq!(fate(&full, &item, &policy), retry(wait, 0));
        item.tries = item.tries.after(&full, &item);
    }
}

#[test]
fn the_time_of_a_fax_begins_with_its_first_call() {
    let policy = RetryPolicy::default();
    let late = policy.give_up_after;
    let scheduled = ItemView {
        age: late * 3,
        ..ItemView::new(1)
    };
    let full = failed(FailureClass::BackPressure, 0);
    for verdict in [busy(), full.clone(), never_dialled()] {
        assert!(
            matches!(fate(&verdict, &scheduled, &policy), Fate::Retry { .. }),
            "{verdict:?}"
        );
    }
    let called = ItemView {
        calling: Some(late),
        ..scheduled
    };
    for verdict in [busy(), full, never_dialled()] {
        assert_eq!(
            fate(&verdict, &called, &policy),
            Fate::Failed(GivenUp::TooLate)
        );
    }
}

#[test]
fn a_fax_that_no_call_comes_about_for_ends_after_a_week_and_says_so() {
    let policy = RetryPolicy::default();
    let item = ItemView {
        age: RetryPolicy::LONGEST_WAIT,
        ..ItemView::new(1)
    };
    let end = Fate::Failed(GivenUp::NoCallCameAbout);
    let account = failed(FailureClass::Account, 0);
    assert_eq!(fate(&never_dialled(), &item, &policy), end);
    assert_eq!(fate(&account, &item, &policy), end);
    // Now one came about: its schedule decides.
    assert_eq!(fate(&busy(), &item, &policy), retry(120, 0));
    let patient = RetryPolicy {
        give_up_after: RetryPolicy::LONGEST_WAIT * 2,
        ..policy
    };
    assert_eq!(fate(&account, &item, &patient), retry(900, 0));
}

#[test]
fn confirmed_pages_are_not_sent_again() {
    let next = fate(
        &failed(FailureClass::Line, 2),
        &ItemView::new(5),
        &RetryPolicy::default(),
    );
    assert!(matches!(next, Fate::Retry { from_page: 2, .. }));
}

#[test]
fn the_last_page_is_resent_or_held_as_the_tenant_wants() {
    let item = ItemView::new(3);
    let hold = RetryPolicy {
        last_page: LastPage::Hold,
        ..RetryPolicy::default()
    };
    assert!(matches!(
        fate(
            &failed(FailureClass::Line, 2),
            &item,
            &RetryPolicy::default()
        ),
        Fate::Retry { from_page: 2, .. }
    ));
    assert_eq!(
        fate(&failed(FailureClass::Line, 2), &item, &hold),
        Fate::Held
    );
    assert!(matches!(
        fate(&failed(FailureClass::Line, 1), &item, &hold),
        Fate::Retry { from_page: 1, .. }
    ));
}

#[test]
fn nobody_knows_is_the_tenants_to_decide() {
    let with = |unknown| RetryPolicy {
        unknown,
        ..RetryPolicy::default()
    };
    let item = ItemView::new(3);
    assert_eq!(
        fate(&unknown(), &item, &with(UnknownOutcome::Hold)),
        Fate::Held
    );
    assert_eq!(
        fate(&unknown(), &item, &with(UnknownOutcome::ResendAll)),
        retry(120, 0)
    );
    assert_eq!(
        fate(&unknown(), &item, &with(UnknownOutcome::ResendUnconfirmed)),
        retry(120, 1)
    );
}

#[test]
fn what_is_unknown_twice_in_a_row_is_held_whatever_the_tenant_wants() {
    let item = ItemView {
        unknown_before: true,
        ..ItemView::new(3)
    };
    for unknown_outcome in UnknownOutcome::ALL {
        let policy = RetryPolicy {
            unknown: *unknown_outcome,
            ..RetryPolicy::default()
        };
        assert_eq!(fate(&unknown(), &item, &policy), Fate::Held);
    }
}

#[test]
fn what_is_unknown_uses_up_a_try_of_the_line() {
    let policy = RetryPolicy {
        unknown: UnknownOutcome::ResendAll,
        line: Schedule::seconds(2, &[7]),
        ..RetryPolicy::default()
    };
    let mut item = ItemView::new(3);
    assert_eq!(fate(&unknown(), &item, &policy), retry(7, 0));
    item.tries = item.tries.after(&unknown(), &item);
    assert_eq!(item.tries.line, 1);
    // Nobody knows whether it arrived, so it is not said to have failed.
    assert_eq!(fate(&unknown(), &item, &policy), Fate::Held);
}

#[test]
fn a_cancel_beats_every_retry_but_not_a_delivery() {
    let policy = RetryPolicy::default();
    let item = ItemView {
        cancel: true,
        ..ItemView::new(1)
    };
    assert_eq!(
        fate(&failed(FailureClass::Line, 0), &item, &policy),
        Fate::Canceled
    );
    assert_eq!(fate(&unknown(), &item, &policy), Fate::Canceled);
    let sent = Verdict {
        outcome: Outcome::Sent,
        confirmed: 1,
        next_page_unconfirmed: false,
        failure: None,
        lost: None,
        fax: None,
        by: Witness::Event,
    };
    assert_eq!(fate(&sent, &item, &policy), Fate::Sent);
}

#[test]
fn a_call_that_made_progress_goes_on_sooner_and_tries_end_some_day() {
    let policy = RetryPolicy {
        partial: Schedule::seconds(3, &[1]),
        line: Schedule::seconds(3, &[500]),
        max_tries: 4,
        ..RetryPolicy::default()
    };
    let mut item = ItemView::new(9);
    assert_eq!(
        fate(&failed(FailureClass::Line, 2), &item, &policy),
        retry(1, 2)
    );
    item.confirmed = 2;
    assert_eq!(
        fate(&failed(FailureClass::Line, 2), &item, &policy),
        retry(500, 2)
    );
    item.tries.local = 3;
    assert_eq!(
        fate(&failed(FailureClass::Line, 2), &item, &policy),
        Fate::Failed(GivenUp::EnoughTried)
    );
}

#[test]
fn what_may_still_be_on_the_line_is_held_whatever_the_tenant_wants() {
    for lost in [Lost::CannotBeKilled, Lost::TakenAfterAll] {
        let stuck = Verdict {
            lost: Some(lost),
            ..unknown()
        };
        for unknown in UnknownOutcome::ALL {
            let policy = RetryPolicy {
                unknown: *unknown,
                ..RetryPolicy::default()
            };
            assert_eq!(fate(&stuck, &ItemView::new(3), &policy), Fate::Held);
        }
    }
}

#[test]
fn a_tenants_choices_lie_over_the_gateways() {
    let gateway = RetryPolicy::default();
    assert_eq!(gateway.for_tenant(&SendingPolicy::default()), gateway);
    let steps = |tries, waits: &[u32]| RetrySteps {
        tries,
        wait_seconds: waits.to_vec(),
    };
    let chosen = SendingPolicy {
        unknown: Some(UnknownOutcome::ResendAll),
        last_page: Some(LastPage::Hold),
        max_tries: Some(3),
        give_up_after_seconds: Some(3600),
        retry: [
            (RetryKind::Busy, steps(Some(2), &[])),
            (RetryKind::Line, steps(None, &[7])),
            (RetryKind::BackPressure, steps(None, &[1, 2])),
        ]
        .into(),
        ..SendingPolicy::default()
    };
    let policy = gateway.for_tenant(&chosen);
    assert_eq!(policy.busy, Schedule::seconds(2, &[120, 180, 300]));
    assert_eq!(policy.line, Schedule::seconds(4, &[7]));
    assert_eq!(policy.back_pressure.after(9), Duration::from_secs(2));
    assert_eq!(policy.account, gateway.account);
    assert_eq!(
        (policy.max_tries, policy.give_up_after),
        (3, Duration::from_secs(3600))
    );
    assert_eq!(
        (policy.unknown, policy.last_page),
        (UnknownOutcome::ResendAll, LastPage::Hold)
    );
}

#[test]
fn a_real_call_begins_the_waits_anew() {
    let item = ItemView::new(1);
    let full = failed(FailureClass::BackPressure, 0);
    let waiting = item.tries.after(&full, &item).after(&full, &item);
    assert_eq!(waiting.waits, 2);
    let called = waiting.after(&busy(), &item);
    assert_eq!((called.waits, called.line), (0, 1));
}

/// A failure that a carrier's API told of.
fn carrier_failed(reason: &str, next_page_unconfirmed: bool) -> Verdict {
    let reason = CarrierReason::new(reason);
    let failure = Failure {
        reason: Some(reason.clone()),
        ..Failure::of(reason.class())
    };
    Verdict {
        next_page_unconfirmed,
        failure: Some(failure),
        ..failed(reason.class(), 0)
    }
}

#[test]
fn where_no_page_is_confirmed_the_last_of_many_may_have_arrived_too() {
    let item = ItemView::new(3);
    let hold = RetryPolicy {
        last_page: LastPage::Hold,
        ..RetryPolicy::default()
    };
    let dropped = carrier_failed("receiver_call_dropped", true);
    assert_eq!(fate(&dropped, &item, &hold), Fate::Held);
    assert!(matches!(
        fate(&dropped, &item, &RetryPolicy::default()),
        Fate::Retry { from_page: 0, .. }
    ));
    let busy = carrier_failed("user_busy", false);
    assert!(matches!(fate(&busy, &item, &hold), Fate::Retry { .. }));
}

#[test]
fn a_sender_that_a_carrier_refuses_goes_by_another_line_soon_and_then_waits() {
    let policy = RetryPolicy::default();
    let after = |reason, waits| {
        let mut item = ItemView::new(3);
        item.tries.waits = waits;
        match fate(&carrier_failed(reason, false), &item, &policy) {
            Fate::Retry {
                after,
                other_lane: true,
                ..
            } => after,
            other => panic!("{other:?}"),
        }
    };
    for reason in [
        "unverified_origination_number",
        "destination_not_in_countries_whitelist",
        "destination_not_in_service_plan",
    ] {
        assert_eq!(after(reason, 0), policy.back_pressure.after(1));
        assert_eq!(after(reason, 2), policy.back_pressure.after(1));
        assert_eq!(after(reason, 3), policy.account.after(1));
    }
    assert_eq!(after("account_disabled", 0), policy.account.after(1));
}
