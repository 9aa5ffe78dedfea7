//! `[cost]` and what `[retry]` says about outcomes.

use faxgate_types::{LastPage, UnknownOutcome};

use crate::{problems, with, with_file};

#[test]
fn amounts_are_exact_however_they_are_written() {
    let file = with_file(
        "[cost]\ncurrency = \"EUR\"\nper_minute = 0.0075\n[cost.by_prefix]\n1 = \"0.007\"\n\"+4420\" = 2\n",
        &[],
    )
    .unwrap();
    assert_eq!(file.cost.per_minute.millionths(), 7_500);
    let rates: Vec<_> = file
        .cost
        .by_prefix
        .0
        .iter()
        .map(|(p, m)| (p.as_str(), m.millionths()))
        .collect();
    assert_eq!(rates, [("1", 7_000), ("4420", 2_000_000)]);

    let environment = with(&[
        ("FAXGATE_COST__PER_MINUTE", "12.000001"),
        ("FAXGATE_COST__BY_PREFIX", "1=0.007, +4420=2"),
    ])
    .unwrap();
    assert_eq!(environment.cost.per_minute.millionths(), 12_000_001);
    assert_eq!(environment.cost.by_prefix, file.cost.by_prefix);
}

#[test]
fn what_is_no_amount_and_no_prefix_is_refused() {
    for (key, value, says) in [
        ("PER_MINUTE", "0.0000001", "at most six digits"),
        ("PER_MINUTE", "-1", "is not an amount"),
        ("PER_MINUTE", "1e-3", "is not an amount"),
        ("PER_MINUTE", "99999999", "more than a million"),
        ("BY_PREFIX", "1", "is not a prefix and an amount"),
        ("BY_PREFIX", "abc=1", "is not the beginning of a number"),
        ("CURRENCY", "dollars", "three capital letters"),
    ] {
        let told = problems(with(&[(&format!("FAXGATE_COST__{key}"), value)]));
        assert!(told[0].contains(says), "{told:?}");
    }
}

#[test]
fn outcomes_that_nobody_knows_are_held_unless_told_otherwise() {
    let retry = with(&[]).unwrap().retry;
    assert_eq!(
        (retry.unknown, retry.last_page),
        (UnknownOutcome::Hold, LastPage::Resend)
    );
    assert_eq!(retry.give_up_after_seconds.get(), 86_400);
    let retry = with(&[
        ("FAXGATE_RETRY__UNKNOWN", "resend_unconfirmed"),
        ("FAXGATE_RETRY__LAST_PAGE", "hold"),
    ])
    .unwrap()
    .retry;
    assert_eq!(
        (retry.unknown, retry.last_page),
        (UnknownOutcome::ResendUnconfirmed, LastPage::Hold)
    );
    assert_eq!(
        problems(with(&[("FAXGATE_RETRY__UNKNOWN", "drop")])),
        [
            "retry.unknown (FAXGATE_RETRY__UNKNOWN): \"drop\" is not one of hold, resend_all, resend_unconfirmed"
        ]
    );
}
