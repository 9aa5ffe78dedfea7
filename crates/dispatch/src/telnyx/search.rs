//! Finding the fax that an attempt became.

use std::time::Duration;

use faxgate_core::{CallEvent, CarrierAttempt, Probe, carrier_evidence};
use faxgate_lifecycle::Evidence;
use faxgate_telnyx::{Error, Fax, FaxFilter, FaxId, Number};
use faxgate_types::{E164, Witness};

use super::{Office, order};

/// How far their clock may be behind ours.
const CLOCKS_DIFFER: Duration = Duration::from_secs(300);
/// Pages of a list that are read, of a hundred faxes each; all between two numbers, and since the attempt was made.
const MOST_PAGES: u32 = 50;
/// A fax that was taken may not be shown at once.
const SHOWN_WITHIN: Duration = Duration::from_secs(600);

/// What a search brought.
pub(super) enum Found {
    /// This fax.
    Fax(Box<Fax>),
    /// It is not among them, and they were all looked at.
    Nothing,
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
                Found::Unclear => Probe::Unreachable,
            };
        };
        let got = self.client.faxes().get(&FaxId::new(id.as_str())).await;
        self.rest.learn(&got);
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
        let walk = self.client.faxes().walk(&filter, MOST_PAGES).await;
        self.rest.learn(&walk);
        let walk = match walk {
            Ok(walk) => walk,
            Err(error) => {
                self.cannot(attempt, "asked for a list", &error);
                return Found::Unclear;
            }
        };
        let state = order::state(attempt.id);
        let ours = |fax: &Fax| fax.client_state.as_ref() == Some(&state);
        match walk.items.into_iter().find(ours) {
            Some(fax) => {
                self.note(attempt, fax.id.as_str()).await;
                Found::Fax(Box::new(fax))
            }
            None if walk.complete => Found::Nothing,
            None => {
                tracing::error!(
                    call = %attempt.call,
                    "telnyx lists more faxes between two numbers than can be looked through: whether it took one cannot be said"
                );
                Found::Unclear
            }
        }
    }

    /// Writes a fax's id down. Without it, the fax is found again by its note.
    pub(super) async fn note(&self, attempt: &CarrierAttempt, id: &str) {
        if attempt.carrier_id.is_none()
            && let Err(error) = self.app.note_carrier_id(attempt.id, id).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error, call = %attempt.call, telnyx_fax = id,
                "what telnyx calls a fax cannot be written down"
            );
        }
    }

    fn cannot(&self, attempt: &CarrierAttempt, what: &str, error: &Error) {
        tracing::warn!(
            error = error as &dyn std::error::Error, call = %attempt.call,
            "telnyx was {what} and gave no answer that helps: {error}"
        );
    }
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
