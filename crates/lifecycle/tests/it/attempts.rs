//! Calls as they happen, step by step.

use faxgate_lifecycle::{Action, Attempt, Core, Evidence, FaxResult, HangUp, Lost, Verdict};
use faxgate_types::{AttemptPhase, FailureClass, FaxCode, HangupCause, Outcome, Witness};

fn verdict(actions: &[Action]) -> &Verdict {
    match actions.first() {
        Some(Action::Settle(verdict)) => verdict,
        other => panic!("expected a verdict, got {other:?}"),
    }
}

fn class(verdict: &Verdict) -> FailureClass {
    verdict.failure.as_ref().expect("a failure").class
}

fn busy() -> HangupCause {
    HangupCause::new("USER_BUSY")
}

#[test]
fn a_fax_that_goes_through_settles_on_its_result() {
    let mut call = Attempt::new(0, 2);
    for seen in [
        Evidence::Accepted,
        Evidence::Ringing,
        Evidence::Answered,
        Evidence::Negotiated,
    ] {
        assert_eq!(call.on(seen), []);
    }
    call.on(Evidence::Page { transferred: 1 });
    call.on(Evidence::Page { transferred: 2 });
    let result = FaxResult::new(true, FaxCode::OK, 2);
    let actions = call.on(Evidence::Result(result));
    assert_eq!(verdict(&actions).outcome, Outcome::Sent);
    assert_eq!(actions[1], Action::EnsureGone);
}

#[test]
fn busy_is_busy_whichever_witness_comes_first() {
    let end = HangUp {
        cause: busy(),
        answered: false,
        fax: None,
    };
    let (mut by_job, mut by_channel) = (Attempt::new(0, 1), Attempt::new(0, 1));
    let job = by_job.on(Evidence::JobFailed(busy()));
    let channel = by_channel.on(Evidence::HungUp(end.clone()));
    assert_eq!(class(verdict(&job)), FailureClass::Line);
    assert_eq!(verdict(&job).failure, verdict(&channel).failure);
    assert_eq!(verdict(&job).by, Witness::Job);
    assert_eq!(
        by_job.on(Evidence::HungUp(end)),
        [],
        "the second witness changes nothing"
    );
}

#[test]
fn a_lane_without_room_is_no_try_and_the_same_words_from_a_carrier_are() {
    let full = HangupCause::new("DESTINATION_OUT_OF_ORDER");
    let mut no_channel = Attempt::new(0, 1);
    assert_eq!(
        class(verdict(&no_channel.on(Evidence::JobFailed(full.clone())))),
        FailureClass::BackPressure
    );
    let mut channel = Attempt::new(0, 1);
    channel.on(Evidence::Ringing);
    assert_eq!(
        class(verdict(&channel.on(Evidence::JobFailed(full)))),
        FailureClass::Line
    );
}

#[test]
fn a_person_who_hangs_up_is_no_fax_machine() {
    let mut call = Attempt::new(0, 1);
    call.on(Evidence::Answered);
    let actions = call.on(Evidence::Result(FaxResult::new(
        false,
        FaxCode::CALL_DROPPED,
        0,
    )));
    assert_eq!(class(verdict(&actions)), FailureClass::NotFax);
}

#[test]
fn a_drop_after_negotiation_leaves_the_next_page_unconfirmed() {
    let mut call = Attempt::new(1, 4);
    call.on(Evidence::Negotiated);
    let actions = call.on(Evidence::Result(FaxResult::new(
        false,
        FaxCode::CALL_DROPPED,
        1,
    )));
    let verdict = verdict(&actions);
    assert_eq!(
        (verdict.confirmed, verdict.next_page_unconfirmed),
        (2, true)
    );
    assert_eq!(class(verdict), FailureClass::Line);
}

#[test]
fn every_page_confirmed_is_sent_whatever_the_code_says() {
    let mut call = Attempt::new(1, 3);
    let actions = call.on(Evidence::Result(FaxResult::new(
        false,
        FaxCode::CALL_DROPPED,
        2,
    )));
    assert_eq!(verdict(&actions).outcome, Outcome::Sent);
}

#[test]
fn answered_without_a_fax_engine_is_our_own_fault() {
    let mut call = Attempt::new(0, 1);
    call.on(Evidence::Answered);
    let end = HangUp {
        cause: HangupCause::new("NORMAL_CLEARING"),
        answered: true,
        fax: None,
    };
    assert_eq!(
        class(verdict(&call.on(Evidence::HungUp(end)))),
        FailureClass::Local
    );
}

#[test]
fn absence_is_probed_then_fenced_and_only_then_believed() {
    let mut call = Attempt::new(0, 1);
    let absent = |may_still_leave| Evidence::Absent {
        core: Core::Same,
        may_still_leave,
    };
    assert_eq!(call.on(absent(true)), [Action::Probe]);
    assert_eq!(call.on(absent(false)), [Action::Fence]);
    assert_eq!(
        verdict(&call.on(Evidence::Fenced { core: Core::Same })).outcome,
        Outcome::NeverDialled
    );
}

#[test]
fn a_refused_fence_means_that_the_call_lives() {
    let mut call = Attempt::new(0, 1);
    assert_eq!(call.on(Evidence::FenceRefused), []);
    assert_eq!(
        verdict(&call.on(Evidence::Fenced { core: Core::Same })).outcome,
        Outcome::Unknown
    );
}

#[test]
fn a_new_core_without_a_record_is_unknown() {
    let mut call = Attempt::new(0, 1);
    let gone = |may_still_leave| Evidence::Absent {
        core: Core::Changed,
        may_still_leave,
    };
    assert_eq!(call.on(gone(true)), [Action::Probe]);
    assert_eq!(call.on(gone(false)), [Action::Fence]);
    let fenced = call.on(Evidence::Fenced {
        core: Core::Changed,
    });
    assert_eq!(verdict(&fenced).outcome, Outcome::Unknown);
    assert_eq!(verdict(&fenced).lost, Some(Lost::CoreGone));
}

#[test]
fn a_command_that_never_left_was_never_dialled_although_freeswitch_changed() {
    let mut call = Attempt::new(0, 1);
    let gone = Evidence::Absent {
        core: Core::Changed,
        may_still_leave: true,
    };
    assert_eq!(call.on(gone), [Action::Probe]);
    assert_eq!(
        verdict(&call.on(Evidence::NotSent)).outcome,
        Outcome::NeverDialled
    );
}

#[test]
fn a_call_that_was_heard_of_and_lost_with_its_freeswitch_is_unknown_at_once() {
    let mut call = Attempt::resume(0, 3, AttemptPhase::Negotiated, 1, false);
    let gone = Evidence::Absent {
        core: Core::Changed,
        may_still_leave: false,
    };
    let actions = call.on(gone);
    let verdict = verdict(&actions);
    assert_eq!(
        (verdict.outcome, verdict.confirmed, verdict.lost),
        (Outcome::Unknown, 1, Some(Lost::CoreGone))
    );
}

#[test]
fn every_page_confirmed_is_sent_even_when_freeswitch_is_lost() {
    let mut call = Attempt::resume(1, 3, AttemptPhase::Negotiated, 2, true);
    let gone = Evidence::Absent {
        core: Core::Changed,
        may_still_leave: false,
    };
    let actions = call.on(gone);
    assert_eq!(verdict(&actions).outcome, Outcome::Sent);
    assert_eq!(verdict(&actions).lost, None);
}

#[test]
fn a_verdict_says_what_it_rests_on() {
    let end = || {
        Evidence::HungUp(HangUp {
            cause: busy(),
            answered: false,
            fax: None,
        })
    };
    for (by, says) in [
        (Witness::CdrFile, "settled from the CDR file"),
        (Witness::CdrWebhook, "settled from the CDR webhook"),
        (Witness::Event, "settled from FreeSWITCH's events"),
    ] {
        let actions = Attempt::new(0, 1).on_from(end(), by);
        assert_eq!(verdict(&actions).by, by);
        assert_eq!(verdict(&actions).evidence(), says);
    }
}

#[test]
fn a_cdr_alone_tells_a_dropped_fax_from_a_person() {
    let end = |negotiated| {
        Evidence::HungUp(HangUp {
            cause: HangupCause::new("NORMAL_CLEARING"),
            answered: true,
            fax: Some(FaxResult {
                negotiated,
                ..FaxResult::new(false, FaxCode::CALL_DROPPED, 0)
            }),
        })
    };
    let person = Attempt::new(0, 1).on_from(end(false), Witness::CdrFile);
    assert_eq!(class(verdict(&person)), FailureClass::NotFax);
    assert!(!verdict(&person).next_page_unconfirmed);
    let machine = Attempt::new(0, 1).on_from(end(true), Witness::CdrFile);
    assert_eq!(class(verdict(&machine)), FailureClass::Line);
    assert!(verdict(&machine).next_page_unconfirmed);
}

#[test]
fn a_channel_that_no_kill_ends_is_given_up() {
    let mut call = Attempt::resume(0, 2, AttemptPhase::Negotiated, 1, false);
    for _ in 0..5 {
        assert_eq!(call.on(Evidence::Overdue), [Action::Kill, Action::Probe]);
        assert_eq!(call.on(Evidence::Killed), []);
        assert_eq!(call.on(Evidence::Alive), []);
    }
    call.on(Evidence::Overdue);
    call.on(Evidence::Killed);
    let actions = call.on(Evidence::Alive);
    assert_eq!(verdict(&actions).lost, Some(Lost::CannotBeKilled));
    assert_eq!(verdict(&actions).confirmed, 1);
    assert_eq!(actions[1], Action::EnsureGone);
}

#[test]
fn kills_that_never_reached_freeswitch_prove_nothing() {
    let mut call = Attempt::resume(0, 2, AttemptPhase::Negotiated, 1, false);
    for _ in 0..50 {
        call.on(Evidence::Overdue);
    }
    assert_eq!(call.on(Evidence::Alive), []);
    // Nor do many for one look at the bound, as when a cancel is passed on.
    for _ in 0..50 {
        call.on(Evidence::Killed);
    }
    assert_eq!(call.on(Evidence::Alive), []);
}

#[test]
fn a_line_that_nobody_has_any_more_leaves_its_call_unknown() {
    let actions = Attempt::new(0, 2).on(Evidence::Abandoned);
    assert_eq!(verdict(&actions).lost, Some(Lost::LineGone));
}

#[test]
fn a_record_that_can_never_be_read_leaves_its_call_unknown() {
    let mut call = Attempt::resume(0, 3, AttemptPhase::Intended, 0, false);
    let actions = call.on(Evidence::Illegible);
    let verdict = verdict(&actions);
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert_eq!(verdict.lost, Some(Lost::Illegible));
    assert_eq!(verdict.by, Witness::CdrFile);
}

#[test]
fn a_fax_that_its_carrier_took_and_has_forgotten_is_unknown_and_not_never_dialled() {
    let mut call = Attempt::new(0, 3);
    call.on(Evidence::Accepted);
    let actions = call.on(Evidence::Vanished);
    let verdict = verdict(&actions);
    assert_eq!(verdict.outcome, Outcome::Unknown);
    assert_eq!(verdict.lost, Some(Lost::NoRecord));
    assert_eq!(verdict.by, Witness::Carrier);
}

#[test]
fn a_fax_that_its_carrier_took_is_never_taken_for_one_that_was_not_dialled() {
    let mut call = Attempt::new(0, 3);
    call.on_from(Evidence::Accepted, Witness::Carrier);
    assert_eq!(call.phase(), AttemptPhase::Placed);
    let absent = Evidence::Absent {
        core: Core::Same,
        may_still_leave: false,
    };
    assert_eq!(call.on_from(absent, Witness::Carrier), [Action::Fence]);
    let fenced = Evidence::Fenced { core: Core::Same };
    let actions = call.on_from(fenced, Witness::Carrier);
    assert_eq!(verdict(&actions).outcome, Outcome::Unknown);
    assert_eq!(verdict(&actions).lost, Some(Lost::NoRecord));
}

#[test]
fn a_cancel_kills_the_call_and_loses_against_the_last_page() {
    let mut in_time = Attempt::new(0, 2);
    assert_eq!(in_time.on(Evidence::CancelRequested), [Action::Kill]);
    let dropped = FaxResult::new(false, FaxCode::CALL_DROPPED, 1);
    let actions = in_time.on(Evidence::Result(dropped));
    assert_eq!(
        (verdict(&actions).outcome, verdict(&actions).confirmed),
        (Outcome::Canceled, 1)
    );

    let mut too_late = Attempt::new(0, 2);
    too_late.on(Evidence::CancelRequested);
    let done = FaxResult::new(true, FaxCode::OK, 2);
    assert_eq!(
        verdict(&too_late.on(Evidence::Result(done))).outcome,
        Outcome::Sent
    );
}

#[test]
fn an_overdue_call_is_killed() {
    assert_eq!(
        Attempt::new(0, 1).on(Evidence::Overdue),
        [Action::Kill, Action::Probe]
    );
}

#[test]
fn a_carrier_that_does_not_stop_after_negotiation_is_a_dropped_line() {
    let stayed =
        |transferred| Evidence::Result(FaxResult::new(false, FaxCode::CARRIER_STAYED, transferred));
    let mut before = Attempt::new(0, 3);
    before.on(Evidence::Answered);
    assert_eq!(
        class(verdict(&before.on(stayed(0)))),
        FailureClass::Negotiation
    );
    let mut after = Attempt::new(0, 3);
    after.on(Evidence::Negotiated);
    assert_eq!(class(verdict(&after.on(stayed(1)))), FailureClass::Line);
}

#[test]
fn a_job_that_failed_after_the_answer_is_no_news() {
    let mut call = Attempt::new(0, 1);
    call.on(Evidence::Answered);
    assert_eq!(call.on(Evidence::JobFailed(busy())), []);
}

#[test]
fn a_call_that_is_taken_over_is_as_far_as_it_was() {
    let mut call = Attempt::resume(0, 2, AttemptPhase::Negotiated, 1, false);
    assert_eq!(
        (call.phase(), call.confirmed()),
        (AttemptPhase::Negotiated, 1)
    );
    let dropped = FaxResult::new(false, FaxCode::CALL_DROPPED, 0);
    let actions = call.on(Evidence::Result(dropped));
    assert_eq!(class(verdict(&actions)), FailureClass::Line);
    assert!(verdict(&actions).next_page_unconfirmed);
}

#[test]
fn a_canceled_call_that_is_taken_over_and_lives_is_killed() {
    let mut call = Attempt::resume(0, 2, AttemptPhase::Dialing, 0, true);
    assert_eq!(call.on(Evidence::Alive), [Action::Kill]);
    assert_eq!(call.on(Evidence::FenceRefused), [Action::Kill]);
}
