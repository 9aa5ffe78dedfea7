//! What to change for the next call, as a fax engineer would.
//!
//! The causes' table in `faxgate_types` says which kind of change helps; this is the order of the steps. T.38 goes first,
//! because a T.38 call without a single page is mostly the gateways' trouble and not the machines'; then V.17 (14,400 down
//! to 9,600 bit/s), then error correction, and when nothing is left, everything again on another gateway.

use faxgate_types::{FailureClass, LineSettings, Outcome, Remedy};

use crate::attempt::{Failure, Verdict};
use crate::fate::ItemView;

/// How the next call differs from the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) settings: LineSettings,
    pub(crate) other_lane: bool,
}

/// Something that can be taken away.
#[derive(Clone, Copy)]
enum Step {
    T38,
    V17,
    Ecm,
}

impl Failure {
    /// What to change before the next call.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        if let Some(reason) = &self.reason {
            return reason.remedy();
        }
        match (self.class, self.code, &self.cause) {
            // A person or nobody: no setting helps.
            (FailureClass::NotFax, _, _) => Remedy::Nothing,
            // Put down to the line after all: see how a vanished T.38 far end looks.
            (FailureClass::Line, Some(code), _) if code.class() != Some(FailureClass::Line) => {
                Remedy::Nothing
            }
            (_, Some(code), _) => code.remedy(),
            // Answered, and no fax engine ran: the cause is only how the channel ended.
            (FailureClass::Local, None, Some(cause)) if cause.class() != FailureClass::Local => {
                Remedy::Nothing
            }
            (_, None, Some(cause)) => cause.remedy(),
            (FailureClass::Permanent, None, None) => Remedy::Never,
            (FailureClass::Negotiation, None, None) => Remedy::Settings,
            (_, None, None) => Remedy::Nothing,
        }
    }
}

/// The next rung after a call of `item` that ended with `verdict`.
pub(crate) fn next(verdict: &Verdict, item: &ItemView) -> Rung {
    let same = Rung {
        settings: item.settings,
        other_lane: false,
    };
    let Some(failure) = &verdict.failure else {
        // What kept the command back may be this lane's alone.
        return Rung {
            other_lane: verdict.outcome == Outcome::NeverDialled,
            ..same
        };
    };
    let on_t38 = item.settings.t38 && verdict.fax.is_some_and(|fax| fax.t38 == Some(true));
    if on_t38 && blames_t38(failure, verdict.confirmed > item.confirmed) {
        return take(&[Step::T38], item.settings, on_t38);
    }
    let remedy = failure.remedy();
    if failure.reason.is_some() && !matches!(remedy, Remedy::Nothing | Remedy::Never | Remedy::Lane)
    {
        // T.38 is all that a carrier lets us change; it does not say whether it was used.
        return take(&[Step::T38], item.settings, item.settings.t38);
    }
    match remedy {
        Remedy::Nothing | Remedy::Never => same,
        Remedy::Lane => Rung {
            other_lane: true,
            ..same
        },
        Remedy::Settings => take(&[Step::T38, Step::V17, Step::Ecm], item.settings, on_t38),
        Remedy::Speed => take(&[Step::V17, Step::T38, Step::Ecm], item.settings, on_t38),
        Remedy::ErrorCorrection => take(&[Step::Ecm, Step::T38, Step::V17], item.settings, on_t38),
    }
}

/// T.38 was agreed upon and not a page came through.
fn blames_t38(failure: &Failure, progress: bool) -> bool {
    use FailureClass::{Line, Negotiation, NotFax};
    !progress && matches!(failure.class, Line | Negotiation | NotFax)
}

/// Takes the first thing away that the call used; with nothing left, another gateway may try with everything.
fn take(steps: &[Step], settings: LineSettings, on_t38: bool) -> Rung {
    for step in steps {
        let mut next = settings;
        let (used, field) = match step {
            Step::T38 => (on_t38, &mut next.t38),
            Step::V17 => (settings.v17, &mut next.v17),
            Step::Ecm => (settings.ecm, &mut next.ecm),
        };
        if used {
            *field = false;
            return Rung {
                settings: next,
                other_lane: false,
            };
        }
    }
    Rung {
        settings: LineSettings::default(),
        other_lane: true,
    }
}
