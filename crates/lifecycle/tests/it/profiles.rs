//! What destinations teach, and how it fades.

use std::time::Duration;

use faxgate_lifecycle::{Failure, FaxResult, Profile, Verdict};
use faxgate_types::{FailureClass, FaxCode, LineSettings, Outcome, Timestamp, Witness};
use proptest::prelude::*;

const START: i64 = 1_790_000_000;

fn day(days: u64) -> Timestamp {
    Timestamp::from_unix_micros(START * 1_000_000).unwrap() + Duration::from_secs(days * 24 * 3600)
}

fn settings(words: &str) -> LineSettings {
    words.parse().unwrap()
}

fn sent() -> Verdict {
    Verdict {
        outcome: Outcome::Sent,
        confirmed: 2,
        next_page_unconfirmed: false,
        failure: None,
        lost: None,
        fax: Some(FaxResult::new(true, FaxCode::OK, 2)),
        by: Witness::Event,
    }
}

fn failed(code: i64) -> Verdict {
    let code = FaxCode::new(code).unwrap();
    Verdict {
        outcome: Outcome::Failed,
        confirmed: 0,
        failure: Some(Failure {
            class: code.class().unwrap_or(FailureClass::Line),
            cause: None,
            code: Some(code),
            reason: None,
        }),
        fax: Some(FaxResult::new(false, code, 0)),
        ..sent()
    }
}

#[test]
fn what_went_through_is_where_the_next_fax_begins_until_it_fades() {
    let audio = settings("ecm");
    let learned = Profile::unknown(day(0))
        .learn(&sent(), audio, day(1))
        .unwrap();
    assert_eq!((learned.settings, learned.good, learned.bad), (audio, 1, 0));
    assert_eq!(learned.start_settings(day(30)), audio);
    assert_eq!(learned.start_settings(day(31)), LineSettings::default());
    // Success does not put off the day on which everything is tried again.
    let again = learned.learn(&sent(), audio, day(20)).unwrap();
    assert_eq!((again.good, again.learned_at), (2, day(1)));
    assert_eq!(again.start_settings(day(31)), LineSettings::default());
}

#[test]
fn settings_that_fail_three_times_and_more_often_than_not_are_forgotten() {
    let mut profile = Profile::unknown(day(0))
        .learn(&sent(), settings("ecm"), day(0))
        .unwrap();
    for bad in 1..=2 {
        profile = profile.learn(&failed(20), settings("ecm"), day(1)).unwrap();
        assert_eq!((profile.settings, profile.bad), (settings("ecm"), bad));
    }
    profile = profile.learn(&failed(20), settings("ecm"), day(1)).unwrap();
    assert_eq!(profile, Profile::unknown(day(1)));
}

#[test]
fn busy_lines_and_rungs_that_did_not_help_teach_nothing() {
    let profile = Profile::unknown(day(0));
    assert_eq!(profile.learn(&failed(49), profile.settings, day(0)), None);
    assert_eq!(profile.learn(&failed(2), profile.settings, day(0)), None);
    assert_eq!(profile.learn(&failed(20), settings("ecm"), day(0)), None);
    assert!(
        profile
            .learn(&failed(20), profile.settings, day(0))
            .is_some()
    );
}

fn lesson() -> impl Strategy<Value = (Verdict, LineSettings, u64)> {
    let verdict = prop_oneof![Just(sent()), (1..62_i64).prop_map(failed)];
    let used = any::<[bool; 3]>().prop_map(|[t38, ecm, v17]| LineSettings { t38, ecm, v17 });
    (verdict, used, 0..40_u64)
}

proptest! {
    #[test]
    fn fading_in_two_steps_is_fading_in_one(good in 0..1000_u32, bad in 0..1000_u32, a in 0..400_u64, b in 0..400_u64) {
        let profile = Profile { settings: settings("ecm"), learned_at: day(0), good, bad };
        let (first, then) = (a.min(b), a.max(b));
        prop_assert_eq!(profile.fade(day(first)).fade(day(then)), profile.fade(day(then)));
        prop_assert_eq!(profile.fade(day(then)).fade(day(then)), profile.fade(day(then)));
        prop_assert!(profile.fade(day(then)).good <= good);
    }

    #[test]
    fn after_a_month_without_a_lesson_everything_is_tried_again(lessons in proptest::collection::vec(lesson(), 0..20)) {
        let (mut profile, mut today) = (Profile::unknown(day(0)), 0);
        for (verdict, used, days) in lessons {
            today += days;
            let before = profile;
            let Some(learned) = profile.learn(&verdict, used, day(today)) else {
                continue;
            };
            profile = learned;
            prop_assert!(profile.learned_at <= day(today));
            match verdict.outcome {
                // What has just worked is where the next fax begins.
                Outcome::Sent => prop_assert_eq!(profile.start_settings(day(today)), used),
                _ => prop_assert!(
                    profile.settings == before.start_settings(day(today)) || profile == Profile::unknown(day(today))
                ),
            }
        }
        prop_assert_eq!(profile.start_settings(day(today + 30)), LineSettings::default());
    }
}
