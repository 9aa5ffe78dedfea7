//! Why a call's end may stay unknown.

/// Why nobody knows how a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// FreeSWITCH was restarted during the call, or before it, and there is no CDR.
    CoreGone,
    /// The call was heard of, is gone, and left no CDR.
    NoRecord,
    /// The call is gone, and its CDR cannot be read.
    Illegible,
    /// The call outlives its bound, and neither FreeSWITCH nor the carrier ends it.
    CannotBeKilled,
    /// No node has the call's line any more, so nobody can be asked.
    LineGone,
    /// The carrier tells of a fax that counted as never taken; its end has not been heard of.
    TakenAfterAll,
}

impl Lost {
    /// What to tell a person.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::CoreGone => {
                "FreeSWITCH was lost during the call; nobody knows whether it went through"
            }
            Self::NoRecord => {
                "the call is gone and left no record; nobody knows whether it went through"
            }
            Self::Illegible => {
                "the call is gone and its record cannot be read; nobody knows whether it went through"
            }
            Self::CannotBeKilled => {
                "the line does not end the call; nobody knows whether it went through"
            }
            Self::LineGone => {
                "the line of the call is not configured any more; nobody knows whether it went through"
            }
            Self::TakenAfterAll => {
                "the carrier took it after all, long after it had listed no such fax; nobody knows yet whether it went through"
            }
        }
    }
}
