//! What to change for the next call, as a fax engineer would.

use faxgate_types::{FailureClass, LineSettings};

use crate::attempt::Verdict;

/// How the next call differs from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) settings: LineSettings,
    pub(crate) other_lane: bool,
}

/// The next rung after a call that used `settings`.
pub(crate) fn next(verdict: &Verdict, settings: LineSettings) -> Rung {
    let class = verdict.failure.as_ref().map(|failure| failure.class);
    let trouble = class == Some(FailureClass::Negotiation);
    Rung {
        settings: LineSettings {
            t38: settings.t38 && !trouble,
            ..settings
        },
        other_lane: false,
    }
}
