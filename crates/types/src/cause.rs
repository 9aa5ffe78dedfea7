//! Why a fax failed, and what kind of failure that is.
//!
//! Two vocabularies meet here: the hang-up causes of FreeSWITCH (ITU-T Q.850 names and FreeSWITCH's own) and the
//! completion codes of SpanDSP (`t30.h`). Each is put into one [`FailureClass`]; the class decides about redialling.

use std::fmt;

use crate::state::words;

words! {
    /// What kind of failure it was, and with that what may be tried next.
    FailureClass, "failure class" {
        /// The number or our document is bad: redialling cannot help.
        Permanent = "permanent",
        /// The carrier refuses the account: every fax on this lane would fail.
        Account = "account",
        /// The lane had no room or was not up: nothing was dialled; no try is used up.
        BackPressure = "back_pressure",
        /// Busy, no answer, or the line broke: later, with the same settings.
        Line = "line",
        /// The machines did not understand each other: other settings may help.
        Negotiation = "negotiation",
        /// Something answered that is no fax machine.
        NotFax = "not_fax",
        /// The sending side failed: a file that cannot be read, FreeSWITCH stopping.
        Local = "local",
    }
}

/// A hang-up cause as FreeSWITCH names it, such as `USER_BUSY`.
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

    /// The class of a call that ended so *before* it was answered.
    #[must_use]
    pub fn class(&self) -> FailureClass {
        CAUSES
            .iter()
            .find(|(name, _, _)| *name == self.0)
            .map_or(FailureClass::Line, |(_, class, _)| *class)
    }

    /// What to tell a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        CAUSES
            .iter()
            .find(|(name, _, _)| *name == self.0)
            .map_or_else(
                || format!("the call failed ({})", self.0),
                |(_, _, text)| (*text).to_owned(),
            )
    }
}

impl fmt::Display for HangupCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hang-up causes of a call that nobody answered: name, class, sentence.
const CAUSES: &[(&str, FailureClass, &str)] = {
    use FailureClass::*;
    &[
        (
            "UNALLOCATED_NUMBER",
            Permanent,
            "the number is not in service",
        ),
        (
            "NO_ROUTE_DESTINATION",
            Permanent,
            "there is no route to the number",
        ),
        (
            "NO_ROUTE_TRANSIT_NET",
            Permanent,
            "there is no route to the number's network",
        ),
        ("NUMBER_CHANGED", Permanent, "the number has changed"),
        (
            "INVALID_NUMBER_FORMAT",
            Permanent,
            "the carrier does not accept the number's format",
        ),
        (
            "MISDIALED_TRUNK_PREFIX",
            Permanent,
            "the carrier does not accept the number's prefix",
        ),
        (
            "BEARERCAPABILITY_NOTIMPL",
            Permanent,
            "the far end cannot take this kind of call",
        ),
        (
            "INCOMPATIBLE_DESTINATION",
            Negotiation,
            "the far end and the gateway share no codec",
        ),
        (
            "BEARERCAPABILITY_NOTAUTH",
            Account,
            "the carrier does not allow this kind of call",
        ),
        (
            "OUTGOING_CALL_BARRED",
            Account,
            "the carrier bars outgoing calls from this account",
        ),
        (
            "OUTGOING_CALLS_BARRED",
            Account,
            "the carrier bars outgoing calls from this account",
        ),
        (
            "FACILITY_NOT_SUBSCRIBED",
            Account,
            "the account has no right to this kind of call",
        ),
        ("USER_BUSY", Line, "the line is busy"),
        ("NO_ANSWER", Line, "nobody answered"),
        ("NO_USER_RESPONSE", Line, "the far end did not respond"),
        (
            "SUBSCRIBER_ABSENT",
            Line,
            "the far end is not reachable now",
        ),
        ("CALL_REJECTED", Line, "the far end rejected the call"),
        ("UNWANTED", Permanent, "the far end does not want this call"),
        (
            "DESTINATION_OUT_OF_ORDER",
            BackPressure,
            "FreeSWITCH takes no more calls now",
        ),
        (
            "INVALID_GATEWAY",
            BackPressure,
            "FreeSWITCH does not know the gateway",
        ),
        ("GATEWAY_DOWN", BackPressure, "the gateway is down"),
        (
            "NETWORK_OUT_OF_ORDER",
            Line,
            "the carrier's network is out of order",
        ),
        (
            "NORMAL_TEMPORARY_FAILURE",
            Line,
            "the carrier had a temporary failure",
        ),
        ("NORMAL_CIRCUIT_CONGESTION", Line, "all circuits are busy"),
        (
            "SWITCH_CONGESTION",
            Line,
            "the carrier's switch is congested",
        ),
        ("REQUESTED_CHAN_UNAVAIL", Line, "no channel was free"),
        (
            "RECOVERY_ON_TIMER_EXPIRE",
            Line,
            "the far end did not answer the signalling in time",
        ),
        (
            "NORMAL_UNSPECIFIED",
            Line,
            "the call failed without a reason",
        ),
        (
            "NORMAL_CLEARING",
            Line,
            "the call was ended before it was answered",
        ),
        (
            "ORIGINATOR_CANCEL",
            Line,
            "the call was ended before it was answered",
        ),
        ("INTERWORKING", Line, "the carrier gave no reason"),
        ("ALLOTTED_TIMEOUT", Line, "the call ran into its time limit"),
        ("MANAGER_REQUEST", Local, "an operator ended the call"),
        (
            "SYSTEM_SHUTDOWN",
            Local,
            "FreeSWITCH was stopped during the call",
        ),
        ("MEDIA_TIMEOUT", Line, "no media arrived"),
        (
            "CHAN_NOT_IMPLEMENTED",
            Local,
            "FreeSWITCH lacks a module that the call needs",
        ),
    ]
};

/// A completion code of SpanDSP's T.30 engine, 0 to 61 (`t30.h`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaxCode(u8);

impl FaxCode {
    /// Every page was sent and confirmed.
    pub const OK: Self = Self(0);
    /// The far end's HDLC carrier did not stop in a timely manner.
    pub const CARRIER_STAYED: Self = Self(5);
    /// The call dropped in the middle of the fax.
    pub const CALL_DROPPED: Self = Self(49);

    /// Takes the number from the wire; `None` when it cannot be a code.
    #[must_use]
    pub fn new(code: i64) -> Option<Self> {
        u8::try_from(code).ok().map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The class of a fax that ended so. `None` for success.
    #[must_use]
    pub fn class(self) -> Option<FailureClass> {
        use FailureClass::*;
        Some(match self.0 {
            0 => return None,
            // CED tone, T0, T1: no fax machine spoke (T1: it fell silent before the first message).
            1..=3 => NotFax,
            // Incompatible, or the far end cannot take what the document is.
            8 | 10..=12 => Permanent,
            7 => Local,
            9 | 4..=6 | 13..=18 | 20..=40 | 48 => Negotiation,
            // The far end said good-bye (DCN) or hung up.
            19 | 49 => Line,
            // Our file.
            41..=47 => Permanent,
            50 => Negotiation,
            51..=61 => Permanent,
            _ => Negotiation,
        })
    }

    /// What to tell a person.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self.0 {
            0 => "every page was confirmed",
            1..=2 => "no fax machine answered",
            3 => "the far end fell silent before the fax began",
            4..=5 => "the far end stopped responding",
            6 => "the line is too poor: the modems could not train",
            8..=12 => "the far fax machine cannot take this document",
            15 | 16 | 18 | 21 | 22 => "the far end did not confirm a page",
            41..=47 => "the document's pages could not be read",
            48 => "the far end gave up after retries",
            49 => "the call dropped in the middle of the fax",
            51..=61 => "the far end does not accept this sender",
            _ => "the fax machines did not understand each other",
        }
    }
}

impl fmt::Display for FaxCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_one_row() {
        for (at, (name, _, sentence)) in CAUSES.iter().enumerate() {
            assert!(
                CAUSES[at + 1..].iter().all(|(other, _, _)| other != name),
                "{name} twice"
            );
            assert_eq!(HangupCause::new(name).as_str(), *name);
            assert!(!sentence.is_empty());
        }
    }

    #[test]
    fn busy_is_a_matter_of_the_line_and_a_dead_number_is_final() {
        assert_eq!(HangupCause::new("USER_BUSY").class(), FailureClass::Line);
        assert_eq!(
            HangupCause::new("UNALLOCATED_NUMBER").class(),
            FailureClass::Permanent
        );
        assert_eq!(
            HangupCause::new("GATEWAY_DOWN").class(),
            FailureClass::BackPressure
        );
        assert_eq!(
            HangupCause::new("SOMETHING_NEW").class(),
            FailureClass::Line
        );
    }

    #[test]
    fn a_cause_is_hostile_text() {
        assert_eq!(HangupCause::new("<script>").as_str(), "UNKNOWN");
        assert_eq!(HangupCause::new(&"A".repeat(65)).as_str(), "UNKNOWN");
    }

    #[test]
    fn each_completion_code_has_a_class_except_success() {
        assert_eq!(FaxCode::OK.class(), None);
        for code in 1..=61 {
            assert!(FaxCode::new(code).unwrap().class().is_some(), "{code}");
        }
        for code in [8, 10, 11, 12, 41, 42, 43, 44, 45, 46, 47] {
            assert_eq!(
                FaxCode::new(code).unwrap().class(),
                Some(FailureClass::Permanent)
            );
        }
        assert_eq!(FaxCode::CALL_DROPPED.class(), Some(FailureClass::Line));
        assert_eq!(FaxCode::new(2).unwrap().class(), Some(FailureClass::NotFax));
        assert_eq!(FaxCode::new(-1), None);
    }
}
