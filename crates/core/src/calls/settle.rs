//! The end of an attempt, and what becomes of its item.

use std::time::Duration;

use faxgate_db::attempts::{self, Ending};
use faxgate_db::events::{self, Event};
use faxgate_db::faxes;
use faxgate_db::items::{self, Change, Item, WaitingFor};
use faxgate_lifecycle::{Failure, Fate, ItemView, Tries, Verdict, fate};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{AttemptPhase, FailureClass, ItemState, LineSettings, Outcome, Timestamp};

use super::Open;
use crate::app::App;
use crate::error::{Error, Result};
use crate::words;

/// What is known of a call besides its verdict.
#[derive(Clone, Debug, Default)]
pub struct CallFacts {
    /// Seconds from answer to end.
    pub seconds: u32,
    /// What the far fax machine calls itself: foreign text.
    pub remote_station_id: Option<String>,
}

/// What settling came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Written down; the item became this.
    Now(ItemState),
    /// It was settled before: nothing changed.
    Before,
    /// It is somebody else's by now: nothing changed, and what the call left behind is theirs to read.
    NotOurs,
}

impl App {
    /// Writes a verdict down: attempt, item, fax and timeline in one transaction.
    ///
    /// # Errors
    /// When the database cannot be reached; then nothing was written, and it has to be tried again.
    pub async fn settle(
        &self,
        open: &Open,
        verdict: &Verdict,
        facts: &CallFacts,
    ) -> Result<Settled> {
        let (app, open) = (self.clone(), open.clone());
        let (verdict, facts) = (verdict.clone(), facts.clone());
        self.on_main(async move { app.write_verdict(&open, &verdict, &facts).await })
            .await
    }

    async fn write_verdict(
        &self,
        open: &Open,
        verdict: &Verdict,
        facts: &CallFacts,
    ) -> Result<Settled> {
        let (attempt, tenant) = (&open.attempt, open.attempt.tenant_id);
        let now = self.now();
        let mut tx = self.db.write(tenant).await?;
        let gone = || Error::internal("an open attempt has lost its fax or its item");
        let fax = faxes::lock(&mut tx, tenant, attempt.fax_id)
            .await?
            .ok_or_else(gone)?;
        let item = items::find(&mut tx, tenant, attempt.item_id)
            .await?
            .ok_or_else(gone)?;
        let failure = verdict.failure.as_ref();
        let start = u32::try_from(attempt.start_page).unwrap_or(0);
        let ending = Ending {
            outcome: verdict.outcome,
            class: failure.map(|f| f.class),
            cause: failure
                .and_then(|f| f.cause.as_ref())
                .map(ToString::to_string),
            code: failure
                .and_then(|f| f.code)
                .map(faxgate_types::FaxCode::get),
            transferred: verdict.confirmed.saturating_sub(start),
            duration: facts.seconds,
            remote_station_id: facts.remote_station_id.clone(),
            evidence: None,
            cost: 0,
        };
        if !attempts::settle(&mut tx, attempt, &ending, now).await? {
            let attempts = attempts::of_item(&mut tx, tenant, item.id).await?;
            let is_settled = |other: &attempts::Attempt| {
                other.id == attempt.id && other.phase == AttemptPhase::Settled
            };
            return Ok(if attempts.iter().any(is_settled) {
                Settled::Before
            } else {
                Settled::NotOurs
            });
        }
        let view = view(&item, &fax, now);
        let fate = fate(verdict, &view, &self.settings.retry);
        let reason = reason(verdict);
        let mut change = change(&item, verdict, &view, fate, reason.clone(), now);
        change.line_ms = line_ms(verdict, attempt, facts, now);
        if !items::change(&mut tx, tenant, item.id, attempt.fence, &change, now).await? {
            return Ok(Settled::NotOurs);
        }
        for (kind, text) in story(verdict, fate, reason.as_deref(), view.total_pages) {
            let event = Event {
                fax: fax.id,
                item: Some(item.id),
                attempt: u32::try_from(attempt.number).ok(),
                kind: kind.to_owned(),
                text,
                at: now,
            };
            events::append(&mut tx, tenant, &event).await?;
        }
        let error = match change.state {
            ItemState::Failed | ItemState::Held => change.error.clone().or(fax.error.clone()),
            _ => fax.error.clone(),
        };
        self.refresh_status(&mut tx, &fax, facts.seconds, error)
            .await?;
        failpoint::reach(Failpoint::BeforeSettleCommit);
        tx.commit().await?;
        failpoint::reach(Failpoint::AfterSettleCommit);
        tracing::info!(
            fax = %fax.id, call = %attempt.call_uuid, attempt = attempt.number, outcome = %verdict.outcome,
            pages_confirmed = verdict.confirmed, item.state = %change.state, duration_s = facts.seconds,
            "attempt {} of fax {} to {} ended: {}; the recipient is now {}",
            attempt.number, fax.id, item.destination, verdict.outcome, change.state
        );
        self.queue_changed.notify_one();
        Ok(Settled::Now(change.state))
    }
}

fn view(item: &Item, fax: &faxes::Fax, now: Timestamp) -> ItemView {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    ItemView {
        total_pages: count(fax.pages),
        confirmed: count(item.confirmed_pages),
        tries: Tries {
            line: count(item.tries_line),
            negotiation: count(item.tries_negotiation),
            not_fax: count(item.tries_not_fax),
            local: count(item.tries_local),
            ..Tries::default()
        },
        settings: LineSettings::default(),
        cancel: item.cancel_requested,
        age: now.since(item.created_at),
    }
}

fn change(
    item: &Item,
    verdict: &Verdict,
    view: &ItemView,
    fate: Fate,
    reason: Option<String>,
    now: Timestamp,
) -> Change {
    let tries = view.tries.after(verdict, view);
    let (state, due_at, confirmed_pages) = match fate {
        Fate::Sent => (ItemState::Sent, item.due_at, verdict.confirmed),
        Fate::Failed => (ItemState::Failed, item.due_at, verdict.confirmed),
        Fate::Canceled => (ItemState::Canceled, item.due_at, verdict.confirmed),
        Fate::Held => (ItemState::Held, item.due_at, verdict.confirmed),
        Fate::Retry {
            after, from_page, ..
        } => (ItemState::Queued, now + after, from_page),
    };
    Change {
        state,
        due_at,
        confirmed_pages,
        tries: [tries.line, tries.negotiation, tries.not_fax, tries.local],
        error: if state == ItemState::Sent {
            None
        } else {
            reason
        },
        waiting_for: (state == ItemState::Queued).then_some(WaitingFor::Retry),
        ..Change::of(item, state)
    }
}

/// Line time of the call: from the intent to now, but after the answer no more than the line says, however late we learn
/// of the end.
fn line_ms(
    verdict: &Verdict,
    attempt: &attempts::Attempt,
    facts: &CallFacts,
    now: Timestamp,
) -> u64 {
    if verdict.outcome == Outcome::NeverDialled {
        return 0;
    }
    let most = Duration::from_secs(u64::from(facts.seconds) + 60);
    let used = now.since(attempt.created_at).min(most);
    u64::try_from(used.as_millis()).unwrap_or(u64::MAX)
}

/// Why, for people.
fn reason(verdict: &Verdict) -> Option<String> {
    match (&verdict.failure, verdict.outcome) {
        (
            Some(Failure {
                code: Some(code), ..
            }),
            _,
        ) if code.class() != Some(FailureClass::Line) => Some(code.sentence().to_owned()),
        (
            Some(Failure {
                class: FailureClass::NotFax,
                ..
            }),
            _,
        ) => Some("no fax machine answered".to_owned()),
        (
            Some(Failure {
                class: FailureClass::Local,
                cause: Some(cause),
                ..
            }),
            _,
        ) if cause.class() != FailureClass::Local => {
            Some("FreeSWITCH could not read the fax's pages".to_owned())
        }
        (
            Some(Failure {
                code: Some(code), ..
            }),
            _,
        ) => Some(code.sentence().to_owned()),
        (
            Some(Failure {
                cause: Some(cause), ..
            }),
            _,
        ) => Some(cause.sentence()),
        (Some(_), _) => Some(
            "the fax could not be handed to FreeSWITCH; an operator finds the reason in the log"
                .to_owned(),
        ),
        (_, Outcome::Unknown) => verdict.lost.map(|lost| lost.sentence().to_owned()),
        _ => None,
    }
}

/// What the timeline says.
fn story(
    verdict: &Verdict,
    fate: Fate,
    reason: Option<&str>,
    total: u32,
) -> Vec<(&'static str, String)> {
    let why = reason.unwrap_or("no call was placed");
    let so_far = match verdict.confirmed {
        0 => String::new(),
        n => format!(", {n} of {total} pages confirmed"),
    };
    let mut story = vec![match verdict.outcome {
        Outcome::Sent => ("attempt.sent", format!("{} confirmed", words::pages(total))),
        Outcome::Failed => ("attempt.failed", format!("{why}{so_far}")),
        Outcome::Canceled => ("attempt.canceled", format!("ended on request{so_far}")),
        Outcome::NeverDialled => (
            "attempt.never_dialled",
            "settled: no call was placed".to_owned(),
        ),
        Outcome::Unknown => ("attempt.unknown", format!("{why}{so_far}")),
    }];
    story.push(match fate {
        Fate::Sent => ("recipient.sent", "sent".to_owned()),
        Fate::Failed => ("recipient.failed", format!("given up: {why}")),
        Fate::Canceled => ("recipient.canceled", format!("canceled{so_far}")),
        Fate::Held => (
            "recipient.held",
            "held: a person has to decide whether to send it again".to_owned(),
        ),
        Fate::Retry {
            after, from_page, ..
        } => {
            let when = match after.as_secs() {
                0 => "again at once".to_owned(),
                s => format!("again in {s} s"),
            };
            let from = match (from_page, verdict.next_page_unconfirmed) {
                (0, false) => String::new(),
                (n, false) => format!(", from page {}", n + 1),
                // The far end may hold this page already; a missing page would be worse.
                (n, true) => format!(
                    ", from page {} (unconfirmed, so it may arrive twice)",
                    n + 1
                ),
            };
            ("recipient.retry_scheduled", format!("{when}{from}"))
        }
    });
    story
}
