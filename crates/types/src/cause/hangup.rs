//! Hang-up causes, as FreeSWITCH names them.

use std::fmt;

use super::FailureClass::{Account, BackPressure, Line, Local, Negotiation, Permanent};
use super::{FailureClass, Remedy, Row, row};
use crate::sending::RetryKind;

/// A hang-up cause as FreeSWITCH names it, such as `USER_BUSY` (`switch_call_cause_t`).
///
/// Foreign text: kept to 64 bytes of `A-Z0-9_`, anything else becomes `UNKNOWN`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HangupCause(String);

impl HangupCause {
    /// Takes the cause as it came over the wire.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let shaped = !text.is_empty()
            && text.len() <= 64
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        Self(if shaped {
            text.to_owned()
        } else {
            "UNKNOWN".to_owned()
        })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn row(&self) -> Option<&'static Row> {
        CAUSES.iter().find(|row| row.name == self.0)
    }

    /// The number: ITU-T Q.850 up to 127, FreeSWITCH's own above; `None` for a name that is not in the table.
    #[must_use]
    pub fn number(&self) -> Option<u16> {
        self.row().map(|row| row.number)
    }

    /// The class of a call that ended so *before* it was answered. A name that nobody knows is the line's.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        self.row().map_or(Line, |row| row.class)
    }

    /// What to change after a call that ended so before it was answered.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.row().map_or(Remedy::Nothing, |row| row.remedy)
    }

    /// Whose tries and waits a call of class [`FailureClass::Line`] uses that ended so.
    #[must_use]
    pub fn line_kind(&self) -> RetryKind {
        match self.0.as_str() {
            "USER_BUSY" | "BUSY_EVERYWHERE" => RetryKind::Busy,
            "NO_ANSWER" | "NO_USER_RESPONSE" | "NO_PICKUP" | "PROGRESS_TIMEOUT" => {
                RetryKind::NoAnswer
            }
            _ => RetryKind::Line,
        }
    }

    /// What to tell a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.row().map_or_else(
            || format!("the call failed ({})", self.0),
            |row| row.sentence.to_owned(),
        )
    }
}

impl fmt::Display for HangupCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Every cause that FreeSWITCH has, for a call that nobody answered.
#[rustfmt::skip]
const CAUSES: &[Row] = &[
    row(0, "NONE", Line, Remedy::Nothing, "the call ended without a cause"),
    row(1, "UNALLOCATED_NUMBER", Permanent, Remedy::Never, "the number is not in service"),
    row(2, "NO_ROUTE_TRANSIT_NET", Permanent, Remedy::Never, "there is no route to the number's network"),
    row(3, "NO_ROUTE_DESTINATION", Permanent, Remedy::Never, "there is no route to the number"),
    row(6, "CHANNEL_UNACCEPTABLE", Line, Remedy::Lane, "the carrier could not use the channel"),
    row(7, "CALL_AWARDED_DELIVERED", Line, Remedy::Nothing, "the call was handed to another call of the far end's"),
    row(16, "NORMAL_CLEARING", Line, Remedy::Nothing, "the call was ended before it was answered"),
    row(17, "USER_BUSY", Line, Remedy::Nothing, "the line is busy"),
    row(18, "NO_USER_RESPONSE", Line, Remedy::Nothing, "the far end did not respond"),
    row(19, "NO_ANSWER", Line, Remedy::Nothing, "nobody answered"),
    row(20, "SUBSCRIBER_ABSENT", Line, Remedy::Nothing, "the far end is not reachable now"),
    row(21, "CALL_REJECTED", Line, Remedy::Nothing, "the far end rejected the call"),
    row(22, "NUMBER_CHANGED", Permanent, Remedy::Never, "the number has changed"),
    row(23, "REDIRECTION_TO_NEW_DESTINATION", Line, Remedy::Lane, "the call was redirected, and the gateway does not follow"),
    row(25, "EXCHANGE_ROUTING_ERROR", Line, Remedy::Lane, "the carrier's routing went in a circle"),
    row(27, "DESTINATION_OUT_OF_ORDER", BackPressure, Remedy::Lane, "FreeSWITCH takes no more calls now"),
    row(28, "INVALID_NUMBER_FORMAT", Permanent, Remedy::Never, "the carrier does not accept the number's format"),
    row(29, "FACILITY_REJECTED", Line, Remedy::Lane, "the carrier refused a part of the call"),
    row(30, "RESPONSE_TO_STATUS_ENQUIRY", Line, Remedy::Nothing, "the signalling was interrupted"),
    row(31, "NORMAL_UNSPECIFIED", Line, Remedy::Nothing, "the call failed without a reason"),
    row(34, "NORMAL_CIRCUIT_CONGESTION", Line, Remedy::Lane, "all circuits are busy"),
    row(38, "NETWORK_OUT_OF_ORDER", Line, Remedy::Lane, "the carrier's network is out of order"),
    row(41, "NORMAL_TEMPORARY_FAILURE", Line, Remedy::Lane, "the carrier had a temporary failure"),
    row(42, "SWITCH_CONGESTION", Line, Remedy::Lane, "the carrier's switch is congested"),
    row(43, "ACCESS_INFO_DISCARDED", Line, Remedy::Lane, "the carrier lost a part of the call's data"),
    row(44, "REQUESTED_CHAN_UNAVAIL", Line, Remedy::Lane, "no channel was free"),
    row(45, "PRE_EMPTED", Line, Remedy::Nothing, "the call gave way to a more important one"),
    row(50, "FACILITY_NOT_SUBSCRIBED", Account, Remedy::Lane, "the account has no right to this kind of call"),
    row(52, "OUTGOING_CALL_BARRED", Account, Remedy::Lane, "the carrier bars outgoing calls from this account"),
    row(54, "INCOMING_CALL_BARRED", Permanent, Remedy::Never, "the far end's line takes no calls"),
    row(57, "BEARERCAPABILITY_NOTAUTH", Account, Remedy::Lane, "the carrier does not allow this kind of call"),
    row(58, "BEARERCAPABILITY_NOTAVAIL", Line, Remedy::Lane, "the carrier has no line of this kind now"),
    row(63, "SERVICE_UNAVAILABLE", Line, Remedy::Lane, "the carrier's service is not available"),
    row(65, "BEARERCAPABILITY_NOTIMPL", Permanent, Remedy::Never, "the far end cannot take this kind of call"),
    row(66, "CHAN_NOT_IMPLEMENTED", Local, Remedy::Lane, "FreeSWITCH lacks a module that the call needs"),
    row(69, "FACILITY_NOT_IMPLEMENTED", Line, Remedy::Lane, "the carrier lacks a part that the call needs"),
    row(79, "SERVICE_NOT_IMPLEMENTED", Negotiation, Remedy::Lane, "the carrier does not know this kind of call"),
    row(81, "INVALID_CALL_REFERENCE", Line, Remedy::Lane, "the signalling lost the call"),
    row(88, "INCOMPATIBLE_DESTINATION", Negotiation, Remedy::Lane, "the far end and the gateway share no codec"),
    row(95, "INVALID_MSG_UNSPECIFIED", Line, Remedy::Lane, "the signalling failed: a message was not valid"),
    row(96, "MANDATORY_IE_MISSING", Line, Remedy::Lane, "the signalling failed: a part was missing"),
    row(97, "MESSAGE_TYPE_NONEXIST", Line, Remedy::Lane, "the signalling failed: a message was not known"),
    row(98, "WRONG_MESSAGE", Line, Remedy::Lane, "the signalling failed: a message came at the wrong time"),
    row(99, "IE_NONEXIST", Line, Remedy::Lane, "the signalling failed: a part was not known"),
    row(100, "INVALID_IE_CONTENTS", Line, Remedy::Lane, "the signalling failed: a part was not valid"),
    row(101, "WRONG_CALL_STATE", Line, Remedy::Lane, "the signalling failed: the two ends disagreed about the call"),
    row(102, "RECOVERY_ON_TIMER_EXPIRE", Line, Remedy::Lane, "the far end did not answer the signalling in time"),
    row(103, "MANDATORY_IE_LENGTH_ERROR", Line, Remedy::Lane, "the signalling failed: a part had the wrong length"),
    row(111, "PROTOCOL_ERROR", Line, Remedy::Lane, "the signalling failed: an error of protocol"),
    row(127, "INTERWORKING", Line, Remedy::Lane, "the carrier gave no reason"),
    row(142, "SUCCESS", Line, Remedy::Nothing, "the call ended without a reason"),
    row(487, "ORIGINATOR_CANCEL", Line, Remedy::Nothing, "the call was ended before it was answered"),
    row(700, "CRASH", Local, Remedy::Lane, "FreeSWITCH failed during the call"),
    row(701, "SYSTEM_SHUTDOWN", Local, Remedy::Lane, "FreeSWITCH was stopped during the call"),
    row(702, "LOSE_RACE", Local, Remedy::Nothing, "another call of FreeSWITCH's was answered first"),
    row(703, "MANAGER_REQUEST", Local, Remedy::Nothing, "an operator ended the call"),
    row(800, "BLIND_TRANSFER", Line, Remedy::Nothing, "the call was transferred away"),
    row(801, "ATTENDED_TRANSFER", Line, Remedy::Nothing, "the call was transferred away"),
    row(802, "ALLOTTED_TIMEOUT", Line, Remedy::Nothing, "the call ran into its time limit"),
    row(803, "USER_CHALLENGE", Account, Remedy::Lane, "the carrier does not accept the gateway's password"),
    row(804, "MEDIA_TIMEOUT", Line, Remedy::Lane, "no media arrived"),
    row(805, "PICKED_OFF", Line, Remedy::Nothing, "another phone took the call"),
    row(806, "USER_NOT_REGISTERED", Line, Remedy::Nothing, "the far end is not registered"),
    row(807, "PROGRESS_TIMEOUT", Line, Remedy::Nothing, "the far end did not begin to ring"),
    row(808, "INVALID_GATEWAY", BackPressure, Remedy::Lane, "FreeSWITCH does not know the gateway"),
    row(809, "GATEWAY_DOWN", BackPressure, Remedy::Lane, "the gateway is down"),
    row(810, "INVALID_URL", Local, Remedy::Lane, "FreeSWITCH does not understand the dial string"),
    row(811, "INVALID_PROFILE", BackPressure, Remedy::Lane, "FreeSWITCH does not know the SIP profile"),
    row(812, "NO_PICKUP", Line, Remedy::Nothing, "nobody answered"),
    row(813, "SRTP_READ_ERROR", Line, Remedy::Lane, "the encrypted media could not be read"),
    row(814, "BOWOUT", Line, Remedy::Nothing, "FreeSWITCH left the call"),
    row(815, "BUSY_EVERYWHERE", Line, Remedy::Nothing, "the line is busy"),
    row(816, "DECLINE", Line, Remedy::Nothing, "the far end declined the call"),
    row(817, "DOES_NOT_EXIST_ANYWHERE", Permanent, Remedy::Never, "the number is not in service"),
    row(818, "NOT_ACCEPTABLE", Negotiation, Remedy::Lane, "the far end does not accept this kind of call"),
    row(819, "UNWANTED", Permanent, Remedy::Never, "the far end does not want this call"),
    row(820, "NO_IDENTITY", Account, Remedy::Lane, "the carrier wants a signed caller identity"),
    row(821, "BAD_IDENTITY_INFO", Account, Remedy::Lane, "the carrier cannot read the caller identity"),
    row(822, "UNSUPPORTED_CERTIFICATE", Account, Remedy::Lane, "the carrier does not accept the caller identity's certificate"),
    row(823, "INVALID_IDENTITY", Account, Remedy::Lane, "the carrier does not accept the caller identity"),
    row(824, "STALE_DATE", Account, Remedy::Lane, "the carrier finds the caller identity out of date: look at the clocks"),
    row(825, "REJECT_ALL", Line, Remedy::Nothing, "the far end rejected the call"),
];

#[cfg(test)]
mod tests {
    use super::super::{check, listed};
    use super::*;

    #[test]
    fn every_cause_of_freeswitch_has_one_row() {
        check(CAUSES);
        assert_eq!(CAUSES.len(), 82, "as many as `switch_call_cause_t` has");
        assert!(CAUSES.is_sorted_by_key(|row| row.number));
        for row in CAUSES {
            let cause = HangupCause::new(row.name);
            assert_eq!(cause.as_str(), row.name);
            assert_eq!((cause.class(), cause.remedy()), (row.class, row.remedy));
            assert_eq!(
                (cause.number(), cause.sentence()),
                (Some(row.number), row.sentence.to_owned())
            );
        }
        insta::assert_snapshot!(listed(CAUSES));
    }

    #[test]
    fn a_new_cause_is_a_matter_of_the_line() {
        let new = HangupCause::new("SOMETHING_NEW");
        assert_eq!(
            (new.class(), new.remedy(), new.number()),
            (Line, Remedy::Nothing, None)
        );
        assert_eq!(new.sentence(), "the call failed (SOMETHING_NEW)");
    }

    #[test]
    fn a_cause_is_hostile_text() {
        assert_eq!(HangupCause::new("<script>").as_str(), "UNKNOWN");
        assert_eq!(HangupCause::new(&"A".repeat(65)).as_str(), "UNKNOWN");
    }
}
