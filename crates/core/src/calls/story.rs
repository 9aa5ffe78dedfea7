//! What people are told of a call's end.

use faxgate_db::attempts::Attempt;
use faxgate_db::events::Event;
use faxgate_db::faxes::Fax;
use faxgate_db::items::{Change, Item};
use faxgate_lifecycle::{Failure, Fate, GivenUp, Lost, Verdict};
use faxgate_types::{E164, FailureClass, LineSettings, Outcome, Timestamp, Witness};
use serde_json::{Value, json};

use super::CallFacts;
use crate::tell::facts::Facts;
use crate::words;

/// Why the item is as it is now, for people.
pub(super) fn of_item(verdict: &Verdict, fate: Fate) -> Option<String> {
    match fate {
        Fate::Failed(why) => Some(given_up(verdict, why)),
        _ => reason(verdict),
    }
}

/// Why an item is given up: the last failure, and the time if that is what ran out.
fn given_up(verdict: &Verdict, why: GivenUp) -> String {
    let last = reason(verdict).unwrap_or_else(|| "no call was placed".to_owned());
    match why {
        GivenUp::EnoughTried => last,
        GivenUp::TooLate => format!("the time for it ran out; last: {last}"),
        GivenUp::NoCallCameAbout => {
            format!("no call came about for a week or longer; last: {last}")
        }
    }
}

/// Why, for people.
fn reason(verdict: &Verdict) -> Option<String> {
    match (&verdict.failure, verdict.outcome) {
        (
            Some(Failure {
                reason: Some(reason),
                ..
            }),
            _,
        ) => Some(reason.sentence()),
        (
            Some(Failure {
                code: Some(code), ..
            }),
            _,
        ) if code.class() != Some(FailureClass::Line) => Some(code.sentence().to_owned()),
        (
            Some(Failure {
                class: FailureClass::NotFax,
                ..
            }),
            _,
        ) => Some("no fax machine answered".to_owned()),
        (
            Some(Failure {
                class: FailureClass::Local,
                cause: Some(cause),
                ..
            }),
            _,
        ) if cause.class() != FailureClass::Local => {
            Some("FreeSWITCH could not read the fax's pages".to_owned())
        }
        (
            Some(Failure {
                code: Some(code), ..
            }),
            _,
        ) => Some(code.sentence().to_owned()),
        (
            Some(Failure {
                cause: Some(cause), ..
            }),
            _,
        ) => Some(cause.sentence()),
        (Some(_), _) => Some(
            "the fax could not be handed to its line; an operator finds the reason in the log"
                .to_owned(),
        ),
        (_, Outcome::Unknown) => verdict.lost.map(|lost| lost.sentence().to_owned()),
        _ => None,
    }
}

/// What the verdict rests on, for the attempt's row: `settled from the CDR file after the call was taken over: answered, 2 of 3
/// pages confirmed, code 49`.
pub(super) fn evidence(verdict: &Verdict, facts: &CallFacts, total: u32) -> String {
    let mut text = ground(verdict, facts);
    let mut said = Vec::new();
    if facts.seconds > 0 {
        said.push(format!("{} s on the line", facts.seconds));
    }
    if verdict.fax.is_some() || verdict.confirmed > 0 {
        said.push(format!("{} of {total} pages confirmed", verdict.confirmed));
    }
    let failure = verdict.failure.as_ref();
    said.extend(
        failure
            .and_then(|f| f.cause.as_ref())
            .map(ToString::to_string),
    );
    said.extend(
        failure
            .and_then(|f| f.reason.as_ref())
            .map(ToString::to_string),
    );
    said.extend(
        failure
            .and_then(|f| f.code)
            .map(|code| format!("code {}", code.get())),
    );
    if !said.is_empty() {
        text.push_str(": ");
        text.push_str(&said.join(", "));
    }
    text
}

fn ground(verdict: &Verdict, facts: &CallFacts) -> String {
    let told = match verdict.lost {
        Some(Lost::LineGone) => "settled without a witness".to_owned(),
        Some(Lost::Illegible) => "settled without its CDR, which cannot be read".to_owned(),
        _ => verdict.evidence(),
    };
    let how = if facts.taken_over {
        " after the call was taken over"
    } else {
        ""
    };
    format!("{told}{how}")
}

/// What the timeline says of a fax that was handed over inside the gateway.
pub(super) fn delivered_on_net(to: &E164, total: u32) -> String {
    let pages = words::pages(total);
    format!("{pages} delivered on-net: {to} is a number of this gateway")
}

/// What the timeline says: of the call, and of the recipient.
pub(super) fn story(
    verdict: &Verdict,
    facts: &CallFacts,
    fate: Fate,
    used: LineSettings,
    total: u32,
) -> [(&'static str, String); 2] {
    let reason = reason(verdict);
    let why = reason.as_deref().unwrap_or("no call was placed");
    let so_far = so_far(verdict, total);
    // The usual way needs no words.
    let usual = matches!(verdict.by, Witness::Event | Witness::Job | Witness::Reply);
    let ground = if usual && !facts.taken_over {
        String::new()
    } else {
        format!("; {}", ground(verdict, facts))
    };
    let call = match verdict.outcome {
        Outcome::Sent => (
            "attempt.sent",
            format!("{} confirmed{ground}", words::pages(total)),
        ),
        Outcome::Failed => ("attempt.failed", format!("{why}{so_far}{ground}")),
        Outcome::Canceled => (
            "attempt.canceled",
            format!("ended on request{so_far}{ground}"),
        ),
        Outcome::NeverDialled => (
            "attempt.never_dialled",
            format!("no call was placed{ground}"),
        ),
        Outcome::Unknown => ("attempt.unknown", format!("{why}{so_far}{ground}")),
    };
    let recipient = match fate {
        Fate::Sent => ("recipient.sent", "sent".to_owned()),
        Fate::Failed(at) => (
            "recipient.failed",
            format!("given up: {}", given_up(verdict, at)),
        ),
        Fate::Canceled => ("recipient.canceled", format!("canceled{so_far}")),
        Fate::Held => (
            "recipient.held",
            "held: a person has to decide whether to send it again".to_owned(),
        ),
        Fate::Retry {
            after,
            from_page,
            settings,
            other_lane,
        } => {
            let when = match after.as_secs() {
                0 => "again at once".to_owned(),
                s => format!("again in {s} s"),
            };
            let from = match (from_page, verdict.next_page_unconfirmed) {
                (0, false) => String::new(),
                (n, false) => format!(", from page {}", n + 1),
                // The far end may hold this page already; a missing page would be worse.
                (n, true) => format!(
                    ", from page {} (unconfirmed, so it may arrive twice)",
                    n + 1
                ),
            };
            let other = if other_lane {
                ", over another line if there is one"
            } else {
                ""
            };
            (
                "recipient.retry_scheduled",
                format!("{when}{from}{}{other}", changes(used, settings)),
            )
        }
    };
    [call, recipient]
}

/// What programs are told of the call, and of the recipient, beside the two parts of the [`story`].
pub(super) fn data(
    fax: &Fax,
    item: &Item,
    attempt: &Attempt,
    verdict: &Verdict,
    fate: Fate,
    change: &Change,
) -> [Option<Value>; 2] {
    let why = of_item(verdict, fate);
    let facts = || Facts::recipient(fax, item).and_call(attempt, verdict, why.as_deref());
    let unknown = verdict.outcome == Outcome::Unknown;
    let in_doubt = || {
        let held = matches!(fate, Fate::Held);
        facts().and(json!({"held": held})).data()
    };
    match fate {
        // Told once, of the call.
        Fate::Held if unknown => [in_doubt(), None],
        Fate::Held => [None, in_doubt()],
        Fate::Retry { from_page, .. } => {
            let next = json!({
                "next_attempt_at": change.due_at.to_string(),
                "from_page": from_page + 1,
            });
            [unknown.then(in_doubt).flatten(), facts().and(next).data()]
        }
        _ => [unknown.then(in_doubt).flatten(), None],
    }
}

/// The parts of a story as events.
pub(super) fn events(
    fax: &Fax,
    item: &Item,
    attempt: &Attempt,
    told: [(&'static str, String); 2],
    [of_call, of_recipient]: [Option<Value>; 2],
    at: Timestamp,
) -> [Event; 2] {
    let event = |(kind, text): (&str, String), data| Event {
        fax: Some(fax.id),
        item: Some(item.id),
        attempt: u32::try_from(attempt.number).ok(),
        kind: kind.to_owned(),
        text,
        data,
        at,
    };
    let [call, recipient] = told;
    [event(call, of_call), event(recipient, of_recipient)]
}

/// What is through, and what may be.
fn so_far(verdict: &Verdict, total: u32) -> String {
    let next = verdict.confirmed + 1;
    match (verdict.confirmed, verdict.next_page_unconfirmed) {
        (0, false) => String::new(),
        (n, false) => format!(", {n} of {total} pages confirmed"),
        (0, true) => format!(", no page confirmed, page {next} unconfirmed"),
        (n, true) => format!(", confirmed up to page {n} of {total}, page {next} unconfirmed"),
    }
}

/// How the next call differs from the last.
fn changes(used: LineSettings, next: LineSettings) -> String {
    let of = |name: &str, before: bool, after: bool| match (before, after) {
        (true, false) => Some(format!(", without {name}")),
        (false, true) => Some(format!(", with {name} again")),
        _ => None,
    };
    [
        of("T.38", used.t38, next.t38),
        of("error correction", used.ecm, next.ecm),
        of("V.17", used.v17, next.v17),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use faxgate_lifecycle::{Action, Attempt, Evidence, FaxResult, HangUp};
    use faxgate_types::{FaxCode, HangupCause};

    use super::*;

    fn dropped_in_page_three() -> Verdict {
        let mut attempt = Attempt::new(0, 3);
        attempt.on(Evidence::Page { transferred: 2 });
        let end = HangUp {
            cause: HangupCause::new("NORMAL_CLEARING"),
            answered: true,
            fax: Some(FaxResult::new(false, FaxCode::CALL_DROPPED, 2)),
        };
        match attempt
            .on_from(Evidence::HungUp(end), Witness::CdrFile)
            .remove(0)
        {
            Action::Settle(verdict) => verdict,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_resolution_says_what_it_rests_on() {
        let facts = CallFacts {
            seconds: 70,
            taken_over: true,
            ..CallFacts::default()
        };
        let verdict = dropped_in_page_three();
        assert_eq!(
            evidence(&verdict, &facts, 3),
            "settled from the CDR file after the call was taken over: 70 s on the line, 2 of 3 pages confirmed, NORMAL_CLEARING, code 49"
        );
        let [(_, call), _] = story(&verdict, &facts, Fate::Held, LineSettings::default(), 3);
        assert!(
            call.contains(
                ", confirmed up to page 2 of 3, page 3 unconfirmed; settled from the CDR file"
            ),
            "{call}"
        );
    }

    #[test]
    fn a_retry_says_what_changes() {
        let fate = Fate::Retry {
            after: std::time::Duration::from_secs(60),
            from_page: 2,
            settings: LineSettings {
                t38: false,
                ..LineSettings::default()
            },
            other_lane: false,
        };
        let facts = CallFacts::default();
        let [_, (_, text)] = story(
            &dropped_in_page_three(),
            &facts,
            fate,
            LineSettings::default(),
            3,
        );
        assert_eq!(
            text,
            "again in 60 s, from page 3 (unconfirmed, so it may arrive twice), without T.38"
        );
    }
}
