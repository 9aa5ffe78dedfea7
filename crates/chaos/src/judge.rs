//! Holds what the gateway says of each fax against what the line saw.

use faxgate_types::Timestamp;
use serde_json::Value;

use crate::call_log::Call;
use crate::story::{Errand, Promise};

/// How much later than its cause something may be written down, and how much earlier than it a clock may read.
const MARGIN_MICROS: i64 = 1_000_000;

/// What became of a fax whose promises were kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Every page arrived and was confirmed.
    Sent,
    /// It could not arrive, and that is what the gateway says.
    Failed,
    /// FreeSWITCH ended under its attempt: nobody can know, and a person is asked.
    Unknown,
}

/// A promise that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It has not ended, or it counts as sent without having arrived, or it was given up without a reason.
    Lost,
    /// A page that was confirmed, or a whole fax, was sent again; or two calls were up at a time.
    Duplicated,
    /// A page was repeated, and the timeline does not say so.
    Unlisted,
    /// Nobody knows how it ended although FreeSWITCH never ended under it.
    NeedlesslyUnknown,
}

/// One fax before the judge.
pub(crate) struct Case<'a> {
    pub(crate) errand: &'a Errand,
    pub(crate) pages: u32,
    /// What `GET /api/fax/status/…` says at the end.
    pub(crate) status: &'a Value,
    /// The calls to its number, in order.
    pub(crate) calls: &'a [Call],
    /// From when until when FreeSWITCH was dead, each time.
    pub(crate) deaths: &'a [(Timestamp, Timestamp)],
}

impl Case<'_> {
    /// What became of it, or what was broken and why.
    pub(crate) fn judge(&self) -> Result<Kept, (Broken, String)> {
        self.no_page_twice()?;
        self.every_repeat_is_listed()?;
        let delivered: u32 = self.calls.iter().map(|call| call.confirmed).sum();
        match (self.word(), self.errand.promise) {
            ("sent", Promise::Arrives) if delivered == self.pages => Ok(Kept::Sent),
            ("sent", _) => Err((
                Broken::Lost,
                format!(
                    "it counts as sent, and {delivered} of {} pages were confirmed",
                    self.pages
                ),
            )),
            ("failed", Promise::Fails) => Ok(Kept::Failed),
            ("failed", Promise::Arrives) => Err((
                Broken::Lost,
                "it was given up although it could arrive".to_owned(),
            )),
            ("held", _) if self.ended_under_it() => Ok(Kept::Unknown),
            ("held", _) => Err((
                Broken::NeedlesslyUnknown,
                "it is held, and FreeSWITCH did not end under it".to_owned(),
            )),
            (word, _) => Err((Broken::Lost, format!("it has not ended: {word}"))),
        }
    }

    fn word(&self) -> &str {
        let item = self.status["queue_items"][0]["status"].as_str();
        item.or(self.status["status"].as_str())
            .unwrap_or("no status")
    }

    fn timeline(&self) -> impl Iterator<Item = (&str, &str, Option<Timestamp>)> {
        let entries = self.status["timeline"].as_array();
        entries.into_iter().flatten().map(|entry| {
            let text = |key: &str| entry[key].as_str().unwrap_or_default();
            (text("kind"), text("text"), Timestamp::parse(text("at")))
        })
    }

    /// The pages of successive calls, against what was confirmed before each.
    fn no_page_twice(&self) -> Result<(), (Broken, String)> {
        let broken = |why: String| Err((Broken::Duplicated, why));
        // Where each attempt was to begin, counted from 0, as its intent says.
        let mut starts = self
            .timeline()
            .filter(|(kind, ..)| *kind == "attempt.started")
            .map(|(_, text, _)| first_page(text));
        let mut confirmed = 0;
        for call in self.calls {
            let uuid = &call.uuid;
            if call.beside_another {
                return broken(format!("call {uuid} was placed while another was up"));
            }
            if confirmed >= self.pages {
                return broken(format!(
                    "call {uuid} was placed after the last page was confirmed"
                ));
            }
            // Attempts that were never dialled have no call, so some may be passed over.
            if !starts.any(|start| start == confirmed) {
                return broken(format!(
                    "no attempt in the timeline fits call {uuid}: {confirmed} pages were confirmed before it"
                ));
            }
            if call.outcome.as_deref() == Some("delivered")
                && confirmed + call.confirmed != self.pages
            {
                return broken(format!(
                    "call {uuid} delivered {} pages after {confirmed} of {} were confirmed",
                    call.confirmed, self.pages
                ));
            }
            confirmed += call.confirmed;
        }
        Ok(())
    }

    fn every_repeat_is_listed(&self) -> Result<(), (Broken, String)> {
        let mut repeats = 0;
        for (call, later) in self.calls.iter().zip(self.calls.iter().skip(1)) {
            if call.delivered > call.confirmed && later.delivered > 0 {
                repeats += 1;
            }
        }
        let listed = self
            .timeline()
            .filter(|(_, text, _)| text.contains("may arrive twice"))
            .count();
        if repeats > listed {
            return Err((
                Broken::Unlisted,
                format!(
                    "{repeats} repeats of an unconfirmed page, {listed} of them in the timeline"
                ),
            ));
        }
        Ok(())
    }

    /// Whether FreeSWITCH ended between the intent of the last attempt and the verdict on it.
    fn ended_under_it(&self) -> bool {
        let last = |wanted: &str| {
            let times = self.timeline().filter(|(kind, ..)| *kind == wanted);
            times.filter_map(|(_, _, at)| at).last()
        };
        let (Some(started), Some(verdict)) = (last("attempt.started"), last("attempt.unknown"))
        else {
            return false;
        };
        self.deaths.iter().any(|(from, until)| {
            until.unix_micros() + MARGIN_MICROS >= started.unix_micros()
                && from.unix_micros() - MARGIN_MICROS <= verdict.unix_micros()
        })
    }
}

/// The first page of an attempt, counted from 0: "calling … over …, from page 3" begins at 2.
fn first_page(text: &str) -> u32 {
    text.split_once("from page ")
        .and_then(|(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().ok()
        })
        .map_or(0, |page| page.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(confirmed: u32, delivered: u32, outcome: &str) -> Call {
        Call {
            uuid: "c".to_owned(),
            time: String::new(),
            confirmed,
            delivered,
            outcome: Some(outcome.to_owned()),
            beside_another: false,
        }
    }

    fn judge(status: &Value, calls: &[Call]) -> Result<Kept, Broken> {
        let errand = Errand {
            number: "5552000001".to_owned(),
            document: 1,
            promise: Promise::Arrives,
            plot: "delivered",
        };
        let case = Case {
            errand: &errand,
            pages: 3,
            status,
            calls,
            deaths: &[],
        };
        case.judge().map_err(|(broken, _)| broken)
    }

    fn status(word: &str, timeline: &[(&str, &str)]) -> Value {
        let timeline: Vec<_> = timeline
            .iter()
            .map(|(kind, text)| json!({ "kind": kind, "text": text, "at": "2026-11-21T05:00:00Z" }))
            .collect();
        json!({ "status": "processing", "queue_items": [{ "status": word }], "timeline": timeline })
    }

    const FIRST: (&str, &str) = ("attempt.started", "calling +1555 over freeswitch");
    const THIRD: (&str, &str) = (
        "attempt.started",
        "calling +1555 over freeswitch, from page 3",
    );
    const AGAIN: (&str, &str) = (
        "recipient.retry_scheduled",
        "again in 1 s, from page 3 (unconfirmed, so it may arrive twice)",
    );

    #[test]
    fn a_fax_that_arrived_in_two_calls_is_sent() {
        let calls = [call(2, 2, "partial"), call(1, 1, "delivered")];
        assert_eq!(
            judge(&status("sent", &[FIRST, THIRD]), &calls),
            Ok(Kept::Sent)
        );
    }

    #[test]
    fn a_confirmed_page_sent_again_is_a_duplicate() {
        let calls = [call(2, 2, "partial"), call(3, 3, "delivered")];
        assert_eq!(
            judge(&status("sent", &[FIRST, FIRST]), &calls),
            Err(Broken::Duplicated)
        );
        // Also when it was not confirmed this time.
        let calls = [call(2, 2, "partial"), call(0, 0, "failed")];
        assert_eq!(
            judge(&status("queued", &[FIRST, FIRST]), &calls),
            Err(Broken::Duplicated)
        );
    }

    #[test]
    fn a_call_after_the_last_confirmed_page_is_a_duplicate() {
        let calls = [call(3, 3, "delivered"), call(0, 0, "busy")];
        assert_eq!(
            judge(&status("sent", &[FIRST, FIRST]), &calls),
            Err(Broken::Duplicated)
        );
    }

    #[test]
    fn a_call_without_an_attempt_is_a_duplicate() {
        let calls = [call(0, 0, "busy"), call(3, 3, "delivered")];
        assert_eq!(
            judge(&status("sent", &[FIRST]), &calls),
            Err(Broken::Duplicated)
        );
    }

    #[test]
    fn two_calls_at_a_time_are_a_duplicate() {
        let mut calls = [call(0, 0, "busy"), call(3, 3, "delivered")];
        calls[1].beside_another = true;
        assert_eq!(
            judge(&status("sent", &[FIRST, FIRST]), &calls),
            Err(Broken::Duplicated)
        );
    }

    #[test]
    fn a_repeat_of_an_unconfirmed_page_must_be_in_the_timeline() {
        let calls = [call(2, 3, "partial"), call(1, 1, "delivered")];
        assert_eq!(
            judge(&status("sent", &[FIRST, THIRD]), &calls),
            Err(Broken::Unlisted)
        );
        assert_eq!(
            judge(&status("sent", &[FIRST, AGAIN, THIRD]), &calls),
            Ok(Kept::Sent)
        );
    }

    #[test]
    fn sent_without_its_pages_is_lost_and_so_is_what_never_ends() {
        assert_eq!(
            judge(&status("sent", &[FIRST]), &[call(2, 2, "partial")]),
            Err(Broken::Lost)
        );
        assert_eq!(judge(&status("sent", &[]), &[]), Err(Broken::Lost));
        assert_eq!(judge(&status("active", &[FIRST]), &[]), Err(Broken::Lost));
        assert_eq!(judge(&status("failed", &[FIRST]), &[]), Err(Broken::Lost));
    }

    #[test]
    fn unknown_without_a_death_of_freeswitch_is_needless() {
        let timeline = [FIRST, ("attempt.unknown", "")];
        assert_eq!(
            judge(&status("held", &timeline), &[]),
            Err(Broken::NeedlesslyUnknown)
        );
    }
}
