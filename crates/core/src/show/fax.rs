//! One fax, as it stands.

use std::collections::HashMap;

use faxgate_db::items::Item;
use faxgate_db::queue_view::{self, CallNote};
use faxgate_db::{covers, events, faxes, items};
use faxgate_types::{Direction, FaxId, FaxStatus, ItemState, LineSettings, Priority, Timestamp};

use super::waiting::{WaitCode, Waiting, waiting};
use crate::app::App;
use crate::auth::Caller;
use crate::covers::{CoverSaid, Written};
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
    /// Its place among the tenant's own faxes; `None` for an inbound fax.
    pub priority: Option<Priority>,
    /// Not before this time, as its sender chose.
    pub send_at: Option<Timestamp>,
    /// What it waits for: as the recipient that is next has it. `None` while one is being called, and when all are
    /// finished.
    pub waiting: Option<Waiting>,
    /// What its cover says; it is kept longer than the pages.
    pub cover: Option<CoverSaid>,
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
    /// What it waits for; `None` while it is being called, and when it is finished.
    pub waiting: Option<Waiting>,
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
    /// Where a call begins: what of the line's abilities it may use, in words; `None`: all.
    pub line_settings: Option<LineSettings>,
    /// Where a call is settled: by whom and by what.
    pub evidence: Option<String>,
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
        let called = items.iter().filter(|item| item.attempts > 0);
        let called: Vec<_> = called.map(|item| item.id).collect();
        let notes = queue_view::call_notes(&mut tx, tenant, &called).await?;
        let queue = self.queue(&mut tx, caller, &items).await?;
        let cover = covers::of_fax(&mut tx, tenant, id).await?;
        tx.commit().await?;
        let cover = cover.as_deref().map(Written::read).transpose()?;
        let waiting: Vec<_> = items.iter().map(|item| waiting(item, &queue)).collect();
        let open = fax.direction == Direction::Outbound;
        Ok(FaxDetail {
            priority: open.then_some(fax.priority),
            send_at: fax.send_at,
            cover: cover.map(|cover| cover.said),
            waiting: of_fax(&items, &waiting),
            summary: fax.into(),
            timeline: timeline(events, &items, notes),
            queue_items: items
                .into_iter()
                .zip(waiting)
                .map(|(item, waiting)| detail(item, waiting))
                .collect(),
        })
    }
}

/// What a fax waits for: as the recipient that is next has it, a person's decision last.
fn of_fax(items: &[Item], waiting: &[Option<Waiting>]) -> Option<Waiting> {
    let in_progress = |item: &Item| matches!(item.state, ItemState::Claimed | ItemState::Active);
    if items.iter().any(in_progress) {
        return None;
    }
    let next = |waiting: &&Waiting| {
        let unknown = waiting.estimated_start.is_none();
        let held = waiting.code == WaitCode::Held;
        (held, unknown, waiting.estimated_start, waiting.position)
    };
    waiting.iter().flatten().min_by_key(next).cloned()
}

fn timeline(
    events: Vec<events::Event>,
    items: &[Item],
    notes: Vec<CallNote>,
) -> Vec<TimelineEntry> {
    let recipients: HashMap<_, _> = items
        .iter()
        .map(|item| (item.id, item.recipient_raw.clone()))
        .collect();
    let mut notes: HashMap<_, _> = notes
        .into_iter()
        .map(|note| ((note.item, note.attempt), note))
        .collect();
    let entry = |event: events::Event| {
        let note = event
            .item
            .zip(event.attempt)
            .and_then(|call| notes.get_mut(&call));
        let (line_settings, evidence) = match (event.kind.as_str(), note) {
            ("attempt.started", Some(note)) => (note.line_settings, None),
            (
                "attempt.sent"
                | "attempt.failed"
                | "attempt.canceled"
                | "attempt.never_dialled"
                | "attempt.unknown",
                Some(note),
            ) => (None, note.evidence.take()),
            _ => (None, None),
        };
        TimelineEntry {
            at: event.at,
            kind: event.kind,
            recipient: event.item.and_then(|item| recipients.get(&item).cloned()),
            attempt: event.attempt,
            text: event.text,
            line_settings,
            evidence,
        }
    };
    events.into_iter().map(entry).collect()
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

fn detail(item: Item, waiting: Option<Waiting>) -> ItemDetail {
    let waits = matches!(
        item.state,
        ItemState::Preparing | ItemState::Queued | ItemState::Claimed
    );
    ItemDetail {
        recipient: item.recipient_raw,
        status: item.state.as_str(),
        attempts: u32::try_from(item.attempts).unwrap_or(0),
        is_processed: item.state.is_final(),
        processed_at: item.processed_at,
        error: item.error,
        pages_sent: u32::try_from(item.confirmed_pages).unwrap_or(0),
        next_attempt_at: waits.then_some(item.due_at),
        waiting,
    }
}
