//! Finding the fax that an attempt became.

use std::time::Duration;

use faxgate_core::{CallEvent, CarrierAttempt, Probe, carrier_evidence};
use faxgate_lifecycle::Evidence;
use faxgate_telnyx::{Direction, Error, Fax, FaxFilter, FaxId, Number};
use faxgate_types::{E164, Timestamp, Witness};

use super::{Office, order};

/// How far their clock may be behind ours. What is listed too much is told apart by its note.
const CLOCKS_DIFFER: Duration = Duration::from_secs(24 * 3600);
/// A fax without a note may be an attempt's when it was made so close to it.
const CLOSE: Duration = Duration::from_secs(15 * 60);
/// Pages of a list that are read, of a hundred faxes each; all between two numbers, and since the day before the attempt.
const MOST_PAGES: u32 = 50;
/// A fax that was taken may not be shown at once.
const SHOWN_WITHIN: Duration = Duration::from_secs(600);

/// What a search brought.
pub(super) enum Found {
    /// This fax.
    Fax(Box<Fax>),
    /// It is not among them, and they were all looked at.
    Nothing,
    /// It is not among them as such, but one that bears no note may be it.
    Doubtful,
    /// Nobody can say.
    Unclear,
}

impl Office {
    /// Looks for the fax of an attempt, by its id when that is known.
    pub(super) async fn look_up(&self, attempt: &CarrierAttempt) -> Probe {
        if !self.rest.is_over() {
            return Probe::Unreachable;
        }
        let Some(id) = &attempt.carrier_id else {
            return match self.search(attempt).await {
                Found::Fax(fax) => standing(attempt, &fax),
                Found::Nothing => Probe::Absent(faxgate_lifecycle::Core::Same),
                // Nobody will ever say.
                Found::Doubtful if self.app.now().since(attempt.send_by) >= SHOWN_WITHIN => {
                    Probe::Record(told(attempt, Evidence::Vanished, None))
                }
                Found::Doubtful | Found::Unclear => Probe::Unreachable,
            };
        };
        let asked = self.rest.ask();
        let got = self.client.faxes().get(&FaxId::new(id.as_str())).await;
        self.rest.learn(asked, &got);
        match got {
            Ok(Some(fax)) => standing(attempt, &fax),
            Ok(None) if self.app.now().since(attempt.created_at) < SHOWN_WITHIN => Probe::Alive,
            Ok(None) => {
                tracing::error!(
                    call = %attempt.call, telnyx_fax = id,
                    "telnyx took the fax {id} and knows nothing of it any more"
                );
                Probe::Record(told(attempt, Evidence::Vanished, None))
            }
            Err(error) => {
                self.cannot(attempt, "asked for a fax", &error);
                Probe::Unreachable
            }
        }
    }

    /// Looks through what Telnyx lists between the two numbers, and notes the fax's id when it is there.
    pub(super) async fn search(&self, attempt: &CarrierAttempt) -> Found {
        let number = |number: &E164| Number::new(number.as_str());
        let filter = FaxFilter {
            from: attempt.sender.as_ref().map(number),
            to: Some(number(&attempt.destination)),
            created_at_gte: Some((attempt.created_at - CLOCKS_DIFFER).datetime()),
            ..FaxFilter::default()
        };
        let asked = self.rest.ask();
        let walk = self.client.faxes().walk(&filter, MOST_PAGES).await;
        self.rest.learn(asked, &walk);
        let walk = match walk {
            Ok(walk) => walk,
            Err(error) => {
                self.cannot(attempt, "asked for a list", &error);
                return Found::Unclear;
            }
        };
        let state = order::state(attempt.id);
        let ours = |fax: &Fax| fax.client_state.as_ref() == Some(&state);
        let nobodys = walk.items.iter().find(|fax| may_be_of(attempt, fax));
        let nobodys = nobodys.map(|fax| fax.id.clone());
        match (walk.items.into_iter().find(ours), nobodys) {
            (Some(fax), _) => {
                if attempt.carrier_id.is_none() {
                    self.note(attempt.id, fax.id.as_str()).await;
                }
                Found::Fax(Box::new(fax))
            }
            (None, Some(fax)) => {
                tracing::warn!(
                    call = %attempt.call, telnyx_fax = %fax,
                    "telnyx lists the fax {fax} without a note: whether it is that of call {} cannot be said", attempt.call
                );
                Found::Doubtful
            }
            (None, None) if walk.complete => Found::Nothing,
            (None, None) => {
                tracing::error!(
                    call = %attempt.call,
                    "telnyx lists more faxes between two numbers than can be looked through: whether it took one cannot be said"
                );
                Found::Unclear
            }
        }
    }

    fn cannot(&self, attempt: &CarrierAttempt, what: &str, error: &Error) {
        tracing::warn!(
            error = error as &dyn std::error::Error, call = %attempt.call,
            "telnyx was {what} and gave no answer that helps: {error}"
        );
    }
}

/// Whether a fax may be the attempt's although it does not bear its note: it bears none.
fn may_be_of(attempt: &CarrierAttempt, fax: &Fax) -> bool {
    let is_close = fax.created_at.map(Timestamp::new).is_none_or(|made| {
        let ours = attempt.created_at;
        made.since(ours).max(ours.since(made)) <= CLOSE
    });
    fax.client_state.is_none() && fax.direction != Direction::Inbound && is_close
}

/// What a fax's own words say of the call.
fn standing(attempt: &CarrierAttempt, fax: &Fax) -> Probe {
    let reason = fax.failure_reason.as_deref();
    match carrier_evidence(fax.status.as_str(), reason) {
        Some(Evidence::Alive) => Probe::Alive,
        Some(end @ Evidence::Carrier(_)) => {
            Probe::Record(told(attempt, end, fax.call_duration_secs))
        }
        Some(step) => Probe::Lives(told(attempt, step, fax.call_duration_secs)),
        None => {
            tracing::warn!(call = %attempt.call, status = fax.status.as_str(), "telnyx tells of a fax in a word that is new");
            Probe::Alive
        }
    }
}

fn told(attempt: &CarrierAttempt, evidence: Evidence, seconds: Option<u32>) -> CallEvent {
    CallEvent {
        call: attempt.call,
        evidence,
        by: Witness::Carrier,
        seconds,
        remote_station_id: None,
    }
}
