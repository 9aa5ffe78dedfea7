//! Hang-up causes by FreeSWITCH's names and Q.850 numbers.

/// A hang-up cause: FreeSWITCH's name of it and its number.
///
/// Numbers up to 127 are Q.850's; FreeSWITCH's own start at 500
/// (`switch_types.h`, `switch_call_cause_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) name: &'static str,
    pub(crate) number: u16,
}

macro_rules! causes {
    ($($constant:ident = $number:literal),+ $(,)?) => {
        impl Cause {
            $(pub(crate) const $constant: Self = Self { name: stringify!($constant), number: $number };)+
        }
        const ALL: &[Cause] = &[$(Cause::$constant),+];
    };
}

causes! {
    UNALLOCATED_NUMBER = 1,
    NO_ROUTE_DESTINATION = 3,
    NORMAL_CLEARING = 16,
    USER_BUSY = 17,
    NO_USER_RESPONSE = 18,
    NO_ANSWER = 19,
    SUBSCRIBER_ABSENT = 20,
    CALL_REJECTED = 21,
    NUMBER_CHANGED = 22,
    DESTINATION_OUT_OF_ORDER = 27,
    INVALID_NUMBER_FORMAT = 28,
    NORMAL_UNSPECIFIED = 31,
    NORMAL_CIRCUIT_CONGESTION = 34,
    NETWORK_OUT_OF_ORDER = 38,
    NORMAL_TEMPORARY_FAILURE = 41,
    SWITCH_CONGESTION = 42,
    CHAN_NOT_IMPLEMENTED = 66,
    INCOMPATIBLE_DESTINATION = 88,
    RECOVERY_ON_TIMER_EXPIRE = 102,
    INTERWORKING = 127,
    ORIGINATOR_CANCEL = 487,
    SYSTEM_SHUTDOWN = 501,
    LOSE_RACE = 502,
    MANAGER_REQUEST = 503,
    ALLOTTED_TIMEOUT = 602,
    MEDIA_TIMEOUT = 604,
    GATEWAY_DOWN = 609,
    INVALID_GATEWAY = 608,
    UNWANTED = 607,
}

impl Cause {
    /// The cause of this name, in any case; `None` for a name that is not known.
    pub(crate) fn named(name: &str) -> Option<Self> {
        ALL.iter()
            .find(|cause| cause.name.eq_ignore_ascii_case(name))
            .copied()
    }

    /// `variable_hangup_cause_q850`: FreeSWITCH's own causes show as 16.
    pub(crate) fn q850(self) -> u16 {
        if self.number < 128 { self.number } else { 16 }
    }
}

/// What mod_sofia makes of a final SIP status: reason phrase and cause, as recorded for each of them.
pub(crate) fn of_sip_status(status: u16) -> Option<(&'static str, Cause)> {
    Some(match status {
        403 => ("Forbidden", Cause::CALL_REJECTED),
        404 => ("Not Found", Cause::UNALLOCATED_NUMBER),
        408 => ("Request Timeout", Cause::RECOVERY_ON_TIMER_EXPIRE),
        480 => ("Temporarily Unavailable", Cause::NO_USER_RESPONSE),
        484 => ("Address Incomplete", Cause::INVALID_NUMBER_FORMAT),
        486 => ("Busy Here", Cause::USER_BUSY),
        487 => ("Request Terminated", Cause::ORIGINATOR_CANCEL),
        488 => ("Not Acceptable Here", Cause::INCOMPATIBLE_DESTINATION),
        500 => ("Internal Server Error", Cause::NORMAL_TEMPORARY_FAILURE),
        502 => ("Bad Gateway", Cause::NETWORK_OUT_OF_ORDER),
        503 => ("Service Unavailable", Cause::NORMAL_TEMPORARY_FAILURE),
        504 => ("Gateway Time-out", Cause::RECOVERY_ON_TIMER_EXPIRE),
        600 => ("Busy Everywhere", Cause::USER_BUSY),
        603 => ("Decline", Cause::CALL_REJECTED),
        607 => ("Unwanted", Cause::UNWANTED),
        _ => return None,
    })
}
