//! The events of a call and where FreeSWITCH 1.10.12 says they come from.

use crate::switch::Kind;

pub(super) const OUTGOING: Kind = Kind::new(
    "CHANNEL_OUTGOING",
    "switch_core_session.c",
    "switch_core_session_outgoing_channel",
    733,
);
pub(super) const CREATE: Kind = Kind::new(
    "CHANNEL_CREATE",
    "switch_core_state_machine.c",
    "switch_core_session_run",
    626,
);
pub(super) const PROGRESS: Kind = Kind::new(
    "CHANNEL_PROGRESS",
    "switch_channel.c",
    "switch_channel_perform_mark_ring_ready_value",
    3474,
);
pub(super) const ANSWER: Kind = Kind::new(
    "CHANNEL_ANSWER",
    "switch_channel.c",
    "switch_channel_perform_mark_answered",
    3846,
);
pub(super) const PARK: Kind = Kind::new("CHANNEL_PARK", "switch_ivr.c", "switch_ivr_park", 1001);
pub(super) const EXECUTE: Kind = Kind::new(
    "CHANNEL_EXECUTE",
    "switch_core_session.c",
    "switch_core_session_exec",
    2956,
);
pub(super) const EXECUTE_COMPLETE: Kind = Kind::new(
    "CHANNEL_EXECUTE_COMPLETE",
    "switch_core_session.c",
    "switch_core_session_exec",
    3007,
);
pub(super) const HANGUP: Kind = Kind::new(
    "CHANNEL_HANGUP",
    "switch_channel.c",
    "switch_channel_perform_hangup",
    3365,
);
pub(super) const HANGUP_COMPLETE: Kind = Kind::new(
    "CHANNEL_HANGUP_COMPLETE",
    "switch_core_state_machine.c",
    "switch_core_session_reporting_state",
    943,
);
pub(super) const DESTROY: Kind = Kind::new(
    "CHANNEL_DESTROY",
    "switch_core_session.c",
    "switch_core_session_perform_destroy",
    1598,
);

const FAX: &str = "mod_spandsp_fax.c";

/// The three events of one direction of fax.
#[derive(Clone, Copy, Debug)]
pub(super) struct FaxKinds {
    pub(super) negotiated: Kind,
    pub(super) page: Kind,
    pub(super) result: Kind,
}

pub(super) const SENDING: FaxKinds = FaxKinds {
    negotiated: Kind::custom("spandsp::txfaxnegociateresult", FAX, "phase_b_handler", 386),
    page: Kind::custom("spandsp::txfaxpageresult", FAX, "phase_d_handler", 521),
    result: Kind::custom("spandsp::txfaxresult", FAX, "phase_e_handler", 676),
};

pub(super) const RECEIVING: FaxKinds = FaxKinds {
    negotiated: Kind::custom("spandsp::rxfaxnegociateresult", FAX, "phase_b_handler", 386),
    page: Kind::custom("spandsp::rxfaxpageresult", FAX, "phase_d_handler", 521),
    result: Kind::custom("spandsp::rxfaxresult", FAX, "phase_e_handler", 676),
};
