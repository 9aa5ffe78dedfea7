//! What is changed for the next call, row by row.

use std::fmt::Write as _;

use faxgate_lifecycle::{Failure, Fate, FaxResult, ItemView, RetryPolicy, Verdict, fate};
use faxgate_types::{FailureClass, FaxCode, HangupCause, LineSettings, Outcome, Witness};

fn settings(words: &str) -> LineSettings {
    words.parse().unwrap()
}

/// A fax of five pages that failed with this code; `t38` was really negotiated, or it was audio.
fn after_fax(code: i64, class: FailureClass, t38: bool, confirmed: u32) -> Verdict {
    let code = FaxCode::new(code).unwrap();
    Verdict {
        outcome: Outcome::Failed,
        confirmed,
        next_page_unconfirmed: true,
        failure: Some(Failure {
            class,
            cause: None,
            code: Some(code),
            reason: None,
        }),
        lost: None,
        fax: Some(FaxResult {
            negotiated: true,
            t38: Some(t38),
            ..FaxResult::new(false, code, confirmed)
        }),
        by: Witness::Event,
    }
}

fn after_call(cause: &str) -> Verdict {
    let cause = HangupCause::new(cause);
    Verdict {
        failure: Some(Failure {
            class: cause.class(),
            cause: Some(cause),
            code: None,
            reason: None,
        }),
        fax: None,
        next_page_unconfirmed: false,
        ..after_fax(0, FailureClass::Line, false, 0)
    }
}

fn next(verdict: &Verdict, used: LineSettings) -> Option<(LineSettings, bool)> {
    let item = ItemView {
        settings: used,
        ..ItemView::new(5)
    };
    match fate(verdict, &item, &RetryPolicy::default()) {
        Fate::Retry {
            settings,
            other_lane,
            ..
        } => Some((settings, other_lane)),
        _ => None,
    }
}

/// From rung to rung until another lane is asked for.
fn climb(code: i64, t38: bool) -> String {
    let code_class = FaxCode::new(code).unwrap().class().unwrap();
    let (mut used, mut story) = (LineSettings::default(), String::new());
    for _ in 0..6 {
        // T.38 is negotiated for as long as it is offered.
        let verdict = after_fax(code, code_class, t38 && used.t38, 0);
        let (settings, other_lane) = next(&verdict, used).expect("a further try");
        let lane = if other_lane { ", another lane" } else { "" };
        write!(story, "[{settings}]{lane} ").unwrap();
        if other_lane {
            return story.trim().to_owned();
        }
        used = settings;
    }
    panic!("the ladder has no end: {story}");
}

#[test]
fn negotiation_trouble_climbs_down_to_audio_slower_without_error_correction_and_over() {
    for (code, t38, rungs) in [
        (20, true, "[ecm v17] [ecm] [] [t38 ecm v17], another lane"),
        (20, false, "[t38 ecm] [t38] [t38 ecm v17], another lane"),
        (6, false, "[t38 ecm] [t38] [t38 ecm v17], another lane"),
        (16, true, "[ecm v17] [v17] [] [t38 ecm v17], another lane"),
        (16, false, "[t38 v17] [t38] [t38 ecm v17], another lane"),
    ] {
        assert_eq!(climb(code, t38), rungs, "code {code}, T.38 {t38}");
    }
}

#[test]
fn the_default_policy_has_a_try_for_every_rung() {
    let policy = RetryPolicy::default();
    let mut item = ItemView::new(5);
    let mut tries = 1;
    loop {
        let verdict = after_fax(20, FailureClass::Negotiation, item.settings.t38, 0);
        let Fate::Retry { settings, .. } = fate(&verdict, &item, &policy) else {
            break;
        };
        item.tries = item.tries.after(&verdict, &item);
        item.settings = settings;
        tries += 1;
    }
    assert_eq!(tries, 5);
}

#[test]
fn t38_that_carried_not_a_page_is_audio_next_time_whatever_the_code() {
    let all = LineSettings::default();
    for (code, class) in [
        (49, FailureClass::Line),
        (5, FailureClass::Line),
        (2, FailureClass::NotFax),
    ] {
        let on_t38 = after_fax(code, class, true, 0);
        assert_eq!(
            next(&on_t38, all),
            Some((settings("ecm v17"), false)),
            "{code}"
        );
        let on_audio = after_fax(code, class, false, 0);
        assert_eq!(next(&on_audio, all), Some((all, false)), "{code}");
    }
}

#[test]
fn t38_that_carried_pages_stays() {
    let all = LineSettings::default();
    let dropped = after_fax(49, FailureClass::Line, true, 2);
    assert_eq!(next(&dropped, all), Some((all, false)));
    let untrained = after_fax(6, FailureClass::Negotiation, true, 2);
    assert_eq!(next(&untrained, all), Some((settings("t38 ecm"), false)));
}

#[test]
fn a_carriers_trouble_is_taken_elsewhere_and_a_busy_line_is_not() {
    let all = LineSettings::default();
    for cause in [
        "NETWORK_OUT_OF_ORDER",
        "GATEWAY_DOWN",
        "OUTGOING_CALL_BARRED",
        "SYSTEM_SHUTDOWN",
    ] {
        assert_eq!(next(&after_call(cause), all), Some((all, true)), "{cause}");
    }
    for cause in ["USER_BUSY", "NO_ANSWER", "CALL_REJECTED"] {
        assert_eq!(next(&after_call(cause), all), Some((all, false)), "{cause}");
    }
    assert_eq!(
        next(&after_call("UNALLOCATED_NUMBER"), all),
        None,
        "never redialled"
    );
}

#[test]
fn every_code_leads_to_a_next_call_or_to_the_end() {
    for number in 1..=61 {
        let code = FaxCode::new(number).unwrap();
        let class = code.class().unwrap();
        for t38 in [true, false] {
            let next = next(&after_fax(number, class, t38, 0), LineSettings::default());
            assert_eq!(next.is_none(), class == FailureClass::Permanent, "{number}");
        }
    }
}
