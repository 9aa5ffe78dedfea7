//! What a carrier tells of a fax by webhook, in either direction. All of it is foreign text.

use faxgate_lifecycle::{CarrierEnd, Evidence};
use faxgate_types::{AttemptId, CarrierReason, Timestamp};
use serde::{Deserialize, Serialize};

use super::notice::{ReceptionEvent, TelnyxNotice};

/// An event that a carrier told. Whoever sent it has been verified; what it says has not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierEvent {
    /// The carrier's name: `telnyx`.
    pub carrier: String,
    /// The carrier's id of the event: told again, it is the same.
    pub id: String,
    /// The carrier's word for what happened: `fax.delivered`.
    pub kind: String,
    /// Whether it is about a fax that somebody sent to us.
    pub inbound: bool,
    /// The carrier's id of the fax.
    pub fax: Option<String>,
    /// Our attempt, from `client_state`; `None` when the fax is not one of ours.
    pub attempt: Option<AttemptId>,
    /// The application that it came by (`connection_id`).
    pub connection: Option<String>,
    /// The carrier's word for how the fax stands: `delivered`.
    pub status: Option<String>,
    /// Why it failed (`failure_reason`).
    pub failure_reason: Option<String>,
    /// Pages, when it is told.
    pub page_count: Option<u32>,
    /// Seconds on the line, when it is told.
    pub call_duration_secs: Option<u32>,
    /// When it happened, by the carrier's clock.
    pub occurred_at: Option<Timestamp>,
    /// Who sent it.
    pub from: Option<String>,
    /// To which number.
    pub to: Option<String>,
    /// Inbound: what the caller showed as his number.
    pub caller_id: Option<String>,
    /// Inbound: whether pages are missing (`partial_content`).
    pub partial: bool,
    /// Inbound: where the pages can be fetched, for ten minutes.
    pub media_url: Option<String>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTaken {
    /// It is stored, and what follows from it will be done.
    New,
    /// It was told before.
    Known,
}

impl CarrierEvent {
    /// By what it is known here: event ids of two carriers may be alike.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.carrier, self.id)
    }

    /// What it says about the attempt that sends the fax, if anything.
    #[must_use]
    pub fn evidence(&self) -> Option<Evidence> {
        if self.inbound {
            return None;
        }
        let status = match self.kind.as_str() {
            "fax.queued" => "queued",
            "fax.media.processed" => "media.processed",
            "fax.sending.started" => "sending",
            "fax.delivered" => "delivered",
            "fax.failed" => "failed",
            "fax.canceled" | "fax.cancelled" => "canceled",
            // A kind that came after this program: its status may still say something.
            kind if kind.starts_with("fax.") => self.status.as_deref()?,
            _ => return None,
        };
        carrier_evidence(status, self.failure_reason.as_deref())
    }

    /// Whether it tells how a fax ended.
    #[must_use]
    pub fn is_the_end(&self) -> bool {
        matches!(self.evidence(), Some(Evidence::Carrier(_)))
    }

    /// The notice that it is, when a fax came in or failed to.
    pub(super) fn notice(&self) -> Option<TelnyxNotice> {
        let event = match self.kind.as_str() {
            "fax.received" => ReceptionEvent::Received,
            "fax.failed" if self.inbound => ReceptionEvent::Failed,
            _ => return None,
        };
        Some(TelnyxNotice {
            event,
            id: self.fax.clone()?,
            from: self
                .from
                .clone()
                .filter(|from| !from.is_empty())
                .or_else(|| self.caller_id.clone())
                .unwrap_or_default(),
            to: self.to.clone().unwrap_or_default(),
            caller_id: self.caller_id.clone(),
            status: self.status.clone(),
            reason: self.failure_reason.clone(),
            page_count: self.page_count,
            seconds: self.call_duration_secs,
            partial: self.partial,
            media_url: self.media_url.clone().filter(|url| !url.is_empty()),
            created_at: self.occurred_at,
        })
    }
}

/// What a carrier's word for how a fax stands says about the attempt that sends it: the same word from a webhook, from an
/// answer, and from a list.
///
/// `reason` is its `failure_reason`, for a fax that failed.
#[must_use]
pub fn carrier_evidence(status: &str, reason: Option<&str>) -> Option<Evidence> {
    Some(match status {
        "queued" | "media.processed" => Evidence::Alive,
        "originated" => Evidence::Ringing,
        "sending" => Evidence::Answered,
        "delivered" => Evidence::Carrier(CarrierEnd::Delivered),
        "failed" => Evidence::Carrier(CarrierEnd::Failed(CarrierReason::new(
            reason.unwrap_or_default(),
        ))),
        // Ended by us, or by a person in the portal.
        "canceled" | "cancelled" => {
            Evidence::Carrier(CarrierEnd::Failed(CarrierReason::new("sender_canceled")))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fax_that_was_canceled_has_ended_however_that_is_spelt() {
        let canceled = Evidence::Carrier(CarrierEnd::Failed(CarrierReason::new("sender_canceled")));
        for word in ["canceled", "cancelled"] {
            assert_eq!(carrier_evidence(word, None), Some(canceled.clone()));
            let event = CarrierEvent {
                kind: format!("fax.{word}"),
                ..CarrierEvent::default()
            };
            assert_eq!(event.evidence(), Some(canceled.clone()));
            assert!(event.is_the_end());
        }
    }
}
