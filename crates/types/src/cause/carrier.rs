//! Failure reasons of a carrier's fax API.

use std::fmt;

use super::FailureClass::{Account, BackPressure, Line, Local, Negotiation, Permanent};
use super::{FailureClass, Remedy, Row, row};
use crate::sending::RetryKind;

/// A `failure_reason` of Telnyx's fax API, such as `user_busy`.
///
/// Foreign text: kept to 64 bytes of `a-z0-9_`, anything else becomes `unknown`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CarrierReason(String);

impl CarrierReason {
    /// Our own word: the API refused the key (HTTP 401 or 403).
    pub const UNAUTHENTICATED: &str = "unauthenticated";
    /// Our own word: the API does not know the application that sends (`connection_id`), or refuses its settings.
    pub const MISCONFIGURED: &str = "misconfigured";
    /// Our own word: the API takes no more requests for now (HTTP 429).
    pub const RATE_LIMITED: &str = "rate_limited";
    /// Our own word: the API refused the order for a reason that lies in it (another 4xx).
    pub const ORDER_REFUSED: &str = "order_refused";

    /// Takes the reason as it came over the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let shaped = !text.is_empty()
            && text.len() <= 64
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        Self(if shaped {
            text.to_owned()
        } else {
            "unknown".to_owned()
        })
    }

    /// The reason.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn row(&self) -> Option<&'static Row> {
        REASONS.iter().find(|row| row.name == self.0)
    }

    /// Whether it is one that we know; others are worth a line in the log.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.row().is_some()
    }

    /// The class of a fax that ended so. A reason that nobody knows is the line's.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        self.row().map_or(Line, |row| row.class)
    }

    /// What to change after a fax that ended so.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.row().map_or(Remedy::Nothing, |row| row.remedy)
    }

    /// Whose tries and waits a fax of class [`FailureClass::Line`] uses that ended so.
    #[must_use]
    pub fn line_kind(&self) -> RetryKind {
        match self.0.as_str() {
            "user_busy" => RetryKind::Busy,
            "receiver_no_answer" => RetryKind::NoAnswer,
            _ => RetryKind::Line,
        }
    }

    /// Whether pages may be on the far paper although none was confirmed.
    #[must_use]
    pub fn may_have_delivered(&self) -> bool {
        matches!(
            self.0.as_str(),
            "receiver_call_dropped"
                | "carrier_lost"
                | "invalid_ecm_response_from_receiver"
                | "receiver_communication_error"
                | "receiver_no_response"
        )
    }

    /// Whether it is the account's trouble whatever number is called, so that the line need not be tried with another.
    #[must_use]
    pub fn is_the_accounts(&self) -> bool {
        matches!(
            self.0.as_str(),
            "account_disabled"
                | "no_outbound_profile"
                | "outbound_profile_daily_spend_limit_exceeded"
                | Self::UNAUTHENTICATED
                | Self::MISCONFIGURED
                | Self::RATE_LIMITED
                | "connection_channel_limit_exceeded"
                | "outbound_profile_channel_limit_exceeded"
                | "user_channel_limit_exceeded"
                | "service_unavailable"
        )
    }

    /// Whether the account is refused this destination or this sender only: other faxes may go by the line, and this one by
    /// another.
    #[must_use]
    pub fn is_one_faxes(&self) -> bool {
        matches!(
            self.0.as_str(),
            "destination_not_in_countries_whitelist"
                | "destination_not_in_service_plan"
                | "unverified_origination_number"
                | "unverified_destination_not_allowed"
        )
    }

    /// What to tell a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.row().map_or_else(
            || format!("the carrier failed to send the fax ({})", self.0),
            |row| row.sentence.to_owned(),
        )
    }
}

impl fmt::Display for CarrierReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every reason that Telnyx documents; `success` and `received` are listed among them, oddly.
#[rustfmt::skip]
const REASONS: &[Row] = &[
    row(0, "destination_invalid", Permanent, Remedy::Never, "the number cannot be dialled"),
    row(0, "receiver_invalid_number_format", Permanent, Remedy::Never, "the carrier does not accept the number's format"),
    row(0, "receiver_unallocated_number", Permanent, Remedy::Never, "the number is not in service"),
    row(0, "receiver_incompatible_destination", Permanent, Remedy::Never, "the far end cannot take this kind of call"),
    row(0, "file_format_invalid", Permanent, Remedy::Never, "the carrier cannot read the document"),
    row(0, "file_size_limit_exceeded", Permanent, Remedy::Never, "the document is too large for the carrier"),
    row(0, "page_count_limit_exceeded", Permanent, Remedy::Never, "the document has too many pages for the carrier"),
    row(0, "media_processing_exception", Local, Remedy::Nothing, "the carrier failed to prepare the document"),
    row(0, "file_download_failed", Local, Remedy::Nothing, "the carrier could not fetch the document"),
    row(0, "account_disabled", Account, Remedy::Lane, "the carrier has disabled the account"),
    row(0, "no_outbound_profile", Account, Remedy::Lane, "the account has no outbound voice profile"),
    row(0, "destination_not_in_countries_whitelist", Account, Remedy::Lane, "the account may not call this country"),
    row(0, "destination_not_in_service_plan", Account, Remedy::Lane, "the account's plan does not include this destination"),
    row(0, "unverified_origination_number", Account, Remedy::Lane, "the carrier has not verified the sending number"),
    row(0, "unverified_destination_not_allowed", Account, Remedy::Lane, "the account may call verified numbers only"),
    row(0, "outbound_profile_daily_spend_limit_exceeded", Account, Remedy::Lane, "the account has spent its limit for today"),
    row(0, "connection_channel_limit_exceeded", BackPressure, Remedy::Lane, "the connection has no free channel"),
    row(0, "outbound_profile_channel_limit_exceeded", BackPressure, Remedy::Lane, "the outbound profile has no free channel"),
    row(0, "user_channel_limit_exceeded", BackPressure, Remedy::Lane, "the account has no free channel"),
    row(0, "service_unavailable", BackPressure, Remedy::Lane, "the carrier's service is not available"),
    row(0, "user_busy", Line, Remedy::Nothing, "the line is busy"),
    row(0, "receiver_no_answer", Line, Remedy::Nothing, "nobody answered"),
    row(0, "receiver_decline", Line, Remedy::Nothing, "the far end rejected the call"),
    row(0, "destination_unreachable", Line, Remedy::Lane, "the far end is not reachable now"),
    row(0, "receiver_recovery_on_timer_expire", Line, Remedy::Lane, "the far end did not answer the signalling in time"),
    row(0, "fax_initial_communication_timeout", Negotiation, Remedy::Settings, "no fax machine answered in time"),
    row(0, "fax_signaling_error", Negotiation, Remedy::Settings, "the fax machines did not understand each other"),
    row(0, "invalid_ecm_response_from_receiver", Negotiation, Remedy::ErrorCorrection, "the far end did not confirm a page: error correction failed"),
    row(0, "receiver_communication_error", Negotiation, Remedy::Settings, "the fax machines did not understand each other"),
    row(0, "receiver_no_response", Negotiation, Remedy::Settings, "the far end stopped responding"),
    row(0, "receiver_call_dropped", Line, Remedy::Nothing, "the call dropped in the middle of the fax"),
    row(0, "carrier_lost", Line, Remedy::Nothing, "the line was lost in the middle of the fax"),
    row(0, "sender_call_dropped", Line, Remedy::Nothing, "the sender's call dropped"),
    row(0, "sender_canceled", Line, Remedy::Nothing, "the sender stopped the fax"),
    row(0, "sender_communication_error", Line, Remedy::Nothing, "the sender's machine did not understand ours"),
    row(0, CarrierReason::UNAUTHENTICATED, Account, Remedy::Lane, "the carrier refuses the API key"),
    row(0, CarrierReason::MISCONFIGURED, Account, Remedy::Lane, "the carrier does not know the application that sends, or refuses its settings"),
    row(0, CarrierReason::RATE_LIMITED, BackPressure, Remedy::Lane, "the carrier takes no more requests for now"),
    row(0, CarrierReason::ORDER_REFUSED, Local, Remedy::Lane, "the carrier refused the order"),
    row(0, "success", Line, Remedy::Nothing, "the carrier gave no reason"),
    row(0, "received", Line, Remedy::Nothing, "the carrier gave no reason"),
];

#[cfg(test)]
mod tests {
    use super::super::{check, listed};
    use super::*;

    #[test]
    fn every_documented_reason_has_one_row() {
        check(REASONS);
        for row in REASONS {
            let reason = CarrierReason::new(row.name);
            assert!(reason.is_known());
            assert_eq!((reason.class(), reason.remedy()), (row.class, row.remedy));
            assert_eq!(
                (reason.as_str(), reason.sentence()),
                (row.name, row.sentence.to_owned())
            );
        }
        insta::assert_snapshot!(listed(REASONS));
    }

    #[test]
    fn a_reason_is_hostile_text_and_a_new_one_is_a_matter_of_the_line() {
        assert_eq!(CarrierReason::new("<b>").as_str(), "unknown");
        let new = CarrierReason::new("moon_phase");
        assert_eq!((new.class(), new.is_known()), (Line, false));
        assert_eq!(
            new.sentence(),
            "the carrier failed to send the fax (moon_phase)"
        );
    }
}
