//! Faxes, both ways, as the API shows them.

use std::collections::HashMap;

use faxgate_types::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::seen::Document;

/// Where a fax is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Queued,
    MediaProcessed,
    Originated,
    Sending,
    Delivered,
    Failed,
    Receiving,
    MediaProcessing,
    Received,
}

impl Status {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::MediaProcessed => "media.processed",
            Self::Originated => "originated",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Receiving => "receiving",
            Self::MediaProcessing => "media.processing",
            Self::Received => "received",
        }
    }

    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Failed | Self::Received)
    }
}

/// What a client asked for, or what came in.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) connection_id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_display_name: Option<String>,
    pub(super) media_url: Option<String>,
    pub(super) media_name: Option<String>,
    pub(super) quality: String,
    pub(super) t38_enabled: bool,
    pub(super) store_media: bool,
    pub(super) client_state: Option<String>,
    pub(super) webhook_url: Option<String>,
    /// Inbound.
    pub(super) caller_id: Option<String>,
}

/// A fax.
#[derive(Debug)]
pub(super) struct Fax {
    pub(super) id: String,
    pub(super) inbound: bool,
    pub(super) asked: Asked,
    pub(super) status: Status,
    pub(super) failure_reason: Option<String>,
    pub(super) pages_sent: u32,
    pub(super) document: Option<Document>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) deleted: bool,
    /// Lists leave it out before this, and for so many times.
    pub(super) listed_from: Timestamp,
    pub(super) lists_without: u32,
    /// True once the client wants it to end.
    pub(super) cancel: watch::Sender<bool>,
    /// Goes no further unless it is cancelled.
    pub(super) parked: bool,
}

impl Fax {
    pub(super) fn new(id: String, inbound: bool, asked: Asked, now: Timestamp) -> Self {
        Self {
            id,
            inbound,
            asked,
            status: if inbound {
                Status::Receiving
            } else {
                Status::Queued
            },
            failure_reason: None,
            pages_sent: 0,
            document: None,
            created_at: now,
            updated_at: now,
            deleted: false,
            listed_from: now,
            lists_without: 0,
            cancel: watch::Sender::new(false),
            parked: false,
        }
    }

    pub(super) fn direction(&self) -> &'static str {
        if self.inbound { "inbound" } else { "outbound" }
    }

    /// As `GET /v2/faxes/{id}` has it in `data`.
    pub(super) fn shown(&self) -> Value {
        let asked = &self.asked;
        json!({
            "record_type": "fax",
            "id": self.id,
            "connection_id": asked.connection_id,
            "direction": self.direction(),
            "from": asked.from,
            "from_display_name": asked.from_display_name,
            "to": asked.to,
            "media_url": asked.media_url,
            "media_name": asked.media_name,
            "store_media": asked.store_media,
            "stored_media_url": null,
            "preview_url": null,
            "quality": asked.quality,
            "webhook_url": asked.webhook_url,
            "webhook_failover_url": null,
            "status": self.status.word(),
            "client_state": asked.client_state,
            "failure_reason": self.failure_reason,
            "internal_failure_reason": self.failure_reason,
            "created_at": self.created_at.to_string(),
            "updated_at": self.updated_at.to_string(),
        })
    }
}

/// Every fax, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Faxes {
    all: Vec<Fax>,
    places: HashMap<String, usize>,
}

impl Faxes {
    pub(super) fn add(&mut self, fax: Fax) {
        self.places.insert(fax.id.clone(), self.all.len());
        self.all.push(fax);
    }

    /// A fax, deleted or not.
    pub(super) fn any(&self, id: &str) -> Option<&Fax> {
        self.all.get(*self.places.get(id)?)
    }

    /// The same, to change it.
    pub(super) fn any_mut(&mut self, id: &str) -> Option<&mut Fax> {
        self.all.get_mut(*self.places.get(id)?)
    }

    /// A fax that was not deleted.
    pub(super) fn get(&self, id: &str) -> Option<&Fax> {
        self.any(id).filter(|fax| !fax.deleted)
    }

    /// The same, to change it.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Fax> {
        self.any_mut(id).filter(|fax| !fax.deleted)
    }

    /// Outbound faxes that have not ended.
    pub(super) fn in_process(&self) -> usize {
        let open = |fax: &&Fax| !fax.inbound && !fax.status.is_final();
        self.all.iter().filter(open).count()
    }

    /// Those that match, the newest first. What a list does not show yet is left out, and told that it was.
    pub(super) fn listed(&mut self, now: Timestamp, matches: impl Fn(&Fax) -> bool) -> Vec<Value> {
        let mut shown = Vec::new();
        for fax in self.all.iter_mut().rev() {
            if fax.deleted || !matches(fax) {
                continue;
            }
            if fax.lists_without > 0 {
                fax.lists_without -= 1;
            } else if fax.listed_from <= now {
                shown.push(fax.shown());
            }
        }
        shown
    }
}
