//! One fax, as it stands.

use std::collections::HashMap;

use faxgate_db::{events, faxes, items};
use faxgate_types::{Direction, FaxId, FaxStatus, ItemState, Timestamp};

use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

/// A fax in a list.
#[derive(Clone, Debug)]
pub struct FaxSummary {
    /// Its id.
    pub uuid: FaxId,
    /// Which way it travels.
    pub direction: Direction,
    /// Its status.
    pub status: FaxStatus,
    /// The sender, as it came in.
    pub sender_number: String,
    /// The first recipient, as it came in.
    pub recipient_number: String,
    /// Pages of the document.
    pub pages: u32,
    /// Seconds on the line, all attempts together.
    pub duration: u32,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it only goes to the simulator.
    pub simulated: bool,
    /// Inbound: whether pages are missing.
    pub partial: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// A fax with its recipients and its timeline.
#[derive(Clone, Debug)]
pub struct FaxDetail {
    /// The fax.
    pub summary: FaxSummary,
    /// Its recipients, in order; none for an inbound fax.
    pub queue_items: Vec<ItemDetail>,
    /// What happened, in order.
    pub timeline: Vec<TimelineEntry>,
}

/// A recipient of a fax.
#[derive(Clone, Debug)]
pub struct ItemDetail {
    /// The number, as it came in.
    pub recipient: String,
    /// Its state.
    pub status: &'static str,
    /// Calls so far.
    pub attempts: u32,
    /// Whether nothing more will happen.
    pub is_processed: bool,
    /// Since when.
    pub processed_at: Option<Timestamp>,
    /// Why the last call failed.
    pub error: Option<String>,
    /// Pages confirmed by the far end.
    pub pages_sent: u32,
    /// When the next call is due, while one is to come.
    pub next_attempt_at: Option<Timestamp>,
}

/// An entry of a timeline.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// What, as a word.
    pub kind: String,
    /// Which recipient, if one.
    pub recipient: Option<String>,
    /// Which attempt, if one; counted from 1.
    pub attempt: Option<u32>,
    /// What, as a sentence.
    pub text: String,
}

impl App {
    /// One fax, with its recipients and its timeline.
    ///
    /// # Errors
    /// `NOT_FOUND`, alike for one that does not exist and another tenant's.
    pub async fn fax(&self, caller: &Caller, id: FaxId) -> Result<FaxDetail> {
        let tenant = caller.tenant.id;
        let mut tx = self.db.read(tenant).await?;
        let fax = faxes::find(&mut tx, tenant, id)
            .await?
            .ok_or_else(|| Error::not_found("NOT_FOUND", "Transaction not found"))?;
        let items = items::of_fax(&mut tx, tenant, id).await?;
        let events = events::of_fax(&mut tx, tenant, id).await?;
        tx.commit().await?;
        let recipients: HashMap<_, _> = items
            .iter()
            .map(|item| (item.id, item.recipient_raw.clone()))
            .collect();
        let entry = |event: events::Event| TimelineEntry {
            at: event.at,
            kind: event.kind,
            recipient: event.item.and_then(|item| recipients.get(&item).cloned()),
            attempt: event.attempt,
            text: event.text,
        };
        Ok(FaxDetail {
            summary: fax.into(),
            timeline: events.into_iter().map(entry).collect(),
            queue_items: items.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<faxes::Fax> for FaxSummary {
    fn from(fax: faxes::Fax) -> Self {
        Self {
            uuid: fax.id,
            direction: fax.direction,
            status: fax.status,
            sender_number: fax.sender_number,
            recipient_number: fax.recipient_number,
            pages: u32::try_from(fax.pages).unwrap_or(0),
            duration: u32::try_from(fax.duration).unwrap_or(0),
            created_at: fax.created_at,
            updated_at: fax.updated_at,
            simulated: fax.simulated,
            partial: fax.is_partial,
            error: fax.error,
        }
    }
}

impl From<items::Item> for ItemDetail {
    fn from(item: items::Item) -> Self {
        let waits = matches!(
            item.state,
            ItemState::Preparing | ItemState::Queued | ItemState::Claimed
        );
        Self {
            recipient: item.recipient_raw,
            status: item.state.as_str(),
            attempts: u32::try_from(item.attempts).unwrap_or(0),
            is_processed: item.state.is_final(),
            processed_at: item.processed_at,
            error: item.error,
            pages_sent: u32::try_from(item.confirmed_pages).unwrap_or(0),
            next_attempt_at: waits.then_some(item.due_at),
        }
    }
}
