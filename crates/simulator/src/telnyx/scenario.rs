//! What becomes of a fax, by its destination.

use std::collections::HashMap;

use serde::Deserialize;

use crate::number::Line;

/// What becomes of a fax.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Telnyx' `failure_reason`; `None`: it is delivered.
    pub failure_reason: Option<String>,
    /// The failure's place.
    pub at: Stage,
    /// Pages that the far end holds when a failure comes while pages are sent.
    pub after_page: u32,
    /// Fails only with `t38_enabled` (the default of a request); without T.38 it is delivered.
    pub t38_only: bool,
    /// Stays where `at` says and never ends, unless cancelled.
    pub never_ends: bool,
    /// Seconds of the line that the pages take; slow even at a fast pace. `None`: the usual 30 a page.
    pub page_seconds: Option<f64>,
}

/// How far a fax gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Refused before its document is looked at: the account's trouble.
    Queued,
    /// Before it is dialled.
    MediaProcessed,
    /// Dialled, and not answered.
    #[default]
    Originated,
    /// Answered: T.30 has begun.
    Sending,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            failure_reason: None,
            at: Stage::Originated,
            after_page: 0,
            t38_only: false,
            never_ends: false,
            page_seconds: None,
        }
    }
}

impl Scenario {
    /// Delivered: every page arrives.
    #[must_use]
    pub fn delivered() -> Self {
        Self::default()
    }

    /// Fails with this reason at this place.
    #[must_use]
    pub fn fails(reason: &str, at: Stage) -> Self {
        Self {
            failure_reason: Some(reason.to_owned()),
            at,
            ..Self::default()
        }
    }

    /// Gets so far and never ends, unless cancelled.
    #[must_use]
    pub fn stays(at: Stage) -> Self {
        Self {
            at,
            never_ends: true,
            ..Self::default()
        }
    }
}

/// Which number has which scenario; the faxes to a number play its scenarios in turn, the last for ever.
#[derive(Debug, Default)]
pub(super) struct Scenarios {
    own: HashMap<Line, Vec<Scenario>>,
    played: HashMap<Line, usize>,
}

impl Scenarios {
    /// Takes the place of the table for this number; none gives the number back to the table.
    pub(super) fn set(&mut self, number: &str, scenarios: Vec<Scenario>) {
        let line = Line::of(number);
        self.played.remove(&line);
        if scenarios.is_empty() {
            self.own.remove(&line);
        } else {
            self.own.insert(line, scenarios);
        }
    }

    /// The scenario of the next fax to this number.
    pub(super) fn next(&mut self, number: &str) -> Scenario {
        let line = Line::of(number);
        let played = self.played.entry(line.clone()).or_default();
        let nth = *played;
        *played += 1;
        let in_turn = match self.own.get(&line) {
            Some(own) => own.clone(),
            None => by_number(line.digits()),
        };
        let last = in_turn.len().saturating_sub(1);
        in_turn.into_iter().nth(nth.min(last)).unwrap_or_default()
    }
}

/// The magic numbers; `README.md` has the same table.
fn by_number(digits: &str) -> Vec<Scenario> {
    use Stage::{MediaProcessed, Originated, Queued, Sending};
    let fails = |reason, at| vec![Scenario::fails(reason, at)];
    let Some(rest) = digits.strip_prefix("555000") else {
        return vec![Scenario::delivered()];
    };
    match rest {
        "2222" => fails("user_busy", Originated),
        "3333" => fails("receiver_no_answer", Originated),
        "4444" => fails("receiver_unallocated_number", Originated),
        "5555" => fails("receiver_decline", Originated),
        "6666" => fails("receiver_no_response", Sending),
        "7777" => fails("fax_initial_communication_timeout", Sending),
        "8888" => vec![Scenario {
            t38_only: true,
            ..Scenario::fails("fax_signaling_error", Sending)
        }],
        "9999" => vec![Scenario::stays(Sending)],
        "9301" => fails("fax_signaling_error", Sending),
        "9302" => fails("receiver_communication_error", Sending),
        "9303" => vec![Scenario::stays(Originated)],
        "9304" => vec![Scenario {
            page_seconds: Some(180.0),
            ..Scenario::default()
        }],
        "9305" => fails("service_unavailable", Queued),
        "9306" => fails("invalid_ecm_response_from_receiver", Sending),
        "9308" => vec![
            Scenario::fails("user_busy", Originated),
            Scenario::fails("user_busy", Originated),
            Scenario::delivered(),
        ],
        "9309" => fails("destination_unreachable", Originated),
        "9310" => fails("receiver_recovery_on_timer_expire", Originated),
        "9311" => fails("carrier_lost", Sending),
        "9313" => vec![
            Scenario {
                after_page: 1,
                ..Scenario::fails("receiver_call_dropped", Sending)
            },
            Scenario::delivered(),
        ],
        "9401" => fails("account_disabled", Queued),
        "9402" => fails("outbound_profile_daily_spend_limit_exceeded", Queued),
        "9403" => fails("no_outbound_profile", Queued),
        "9404" => fails("destination_not_in_countries_whitelist", Queued),
        "9405" => fails("unverified_origination_number", Queued),
        "9406" => fails("destination_not_in_service_plan", Queued),
        "9411" => fails("connection_channel_limit_exceeded", Queued),
        "9412" => fails("outbound_profile_channel_limit_exceeded", Queued),
        "9413" => fails("user_channel_limit_exceeded", Queued),
        "9421" => fails("destination_invalid", Originated),
        "9422" => fails("receiver_invalid_number_format", Originated),
        "9423" => fails("receiver_incompatible_destination", Originated),
        "9431" => fails("media_processing_exception", MediaProcessed),
        "9432" => fails("file_format_invalid", MediaProcessed),
        "9441" => fails("a_reason_nobody_knows", Originated),
        _ => match rest.strip_prefix("91").map(str::parse) {
            Some(Ok(after_page)) => vec![Scenario {
                after_page,
                ..Scenario::fails("receiver_call_dropped", Sending)
            }],
            _ => vec![Scenario::delivered()],
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_names_is_delivered_and_turns_are_taken() {
        let mut scenarios = Scenarios::default();
        assert_eq!(scenarios.next("+15550001111"), Scenario::delivered());
        assert_eq!(scenarios.next("+442071838750"), Scenario::delivered());
        let mut reason = |number| scenarios.next(number).failure_reason;
        assert_eq!(reason("+15550009308").as_deref(), Some("user_busy"));
        assert_eq!(reason("5550009308").as_deref(), Some("user_busy"));
        assert_eq!(reason("+15550009308"), None);
        assert_eq!(reason("+15550009308"), None);
        assert_eq!(scenarios.next("+15550009103").after_page, 3);
    }

    #[test]
    fn an_own_scenario_takes_the_place_of_the_table() {
        let mut scenarios = Scenarios::default();
        let stays = Scenario::stays(Stage::Queued);
        scenarios.set("+15550002222", vec![stays.clone()]);
        assert_eq!(scenarios.next("5550002222"), stays);
        scenarios.set("+15550002222", Vec::new());
        let back = scenarios.next("5550002222").failure_reason;
        assert_eq!(back.as_deref(), Some("user_busy"));
    }
}
