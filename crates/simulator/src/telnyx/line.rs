//! An outbound fax on its way: from the queue to the far end.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::Outcome;
use super::account::Account;
use super::document;
use super::fax::Status;
use super::scenario::{Scenario, Stage};
use super::seen::{Document, DocumentKind};
use super::webhooks::{self, More};
use super::{inbound, media};

/// Where the document comes from.
#[derive(Debug)]
pub(super) enum Source {
    Uploaded(Bytes),
    Fetched(String),
}

/// How a fax ends.
#[derive(Debug)]
enum End {
    Delivered,
    Failed(String),
    Canceled,
}

/// Telnyx' word for a fax that its sender ended.
const CANCELED: &str = "sender_canceled";
/// Seconds that a fax usually spends at each step, and for a page.
const QUEUED: f64 = 1.0;
const PROCESSING: f64 = 2.0;
const RINGING: f64 = 8.0;
const PAGE: f64 = 30.0;

struct Journey {
    account: Arc<Account>,
    fax_id: String,
    scenario: Scenario,
    t38: bool,
    canceled: watch::Receiver<bool>,
}

/// Sends a fax that was accepted.
pub(super) fn send(account: &Arc<Account>, fax_id: String, scenario: Scenario, source: Source) {
    let (canceled, t38) = {
        let state = account.state();
        let Some(fax) = state.faxes.any(&fax_id) else {
            return;
        };
        (fax.cancel.subscribe(), fax.asked.t38_enabled)
    };
    let mut journey = Journey {
        account: Arc::clone(account),
        fax_id,
        scenario,
        t38,
        canceled,
    };
    account.state().busy += 1;
    account.spawn(async move {
        let end = match journey.travel(source).await {
            Ok(end) | Err(end) => end,
        };
        journey.arrive(end).await;
    });
}

impl Journey {
    /// Both ways of the result are ends; `?` takes the short one.
    async fn travel(&mut self, source: Source) -> Result<End, End> {
        self.pass(QUEUED, false).await?;
        self.may_end(Stage::Queued).await?;
        let document = self.look_at(source).await?;
        let pages = document.pages;
        self.pass(PROCESSING, false).await?;
        self.may_end(Stage::MediaProcessed).await?;
        self.step(Status::MediaProcessed)?;
        self.pass(1.0, false).await?;
        self.step(Status::Originated)?;
        self.pass(RINGING, false).await?;
        self.may_end(Stage::Originated).await?;
        self.step(Status::Sending)?;
        let breaks_off = self.fails() && self.scenario.at == Stage::Sending;
        let good = if breaks_off || self.scenario.never_ends {
            self.scenario.after_page.min(pages)
        } else {
            pages
        };
        for page in 1..=good {
            let slow = self.scenario.page_seconds;
            self.pass(slow.unwrap_or(PAGE), slow.is_some()).await?;
            if let Some(fax) = self.account.state().faxes.any_mut(&self.fax_id) {
                fax.pages_sent = page;
            }
        }
        self.may_end(Stage::Sending).await?;
        Ok(End::Delivered)
    }

    fn fails(&self) -> bool {
        self.scenario.failure_reason.is_some() && (self.t38 || !self.scenario.t38_only)
    }

    /// Whether the scenario goes no further than this.
    async fn may_end(&mut self, stage: Stage) -> Result<(), End> {
        if self.scenario.at != stage {
            return Ok(());
        }
        if self.scenario.never_ends {
            self.park();
            // The sender lives in the fax, which is never taken out.
            let _ = self.canceled.wait_for(|canceled| *canceled).await;
            return Err(End::Canceled);
        }
        match &self.scenario.failure_reason {
            Some(reason) if self.fails() => Err(End::Failed(reason.clone())),
            _ => Ok(()),
        }
    }

    /// Nobody waits any more for a fax that goes no further, until it is cancelled.
    fn park(&self) {
        let mut state = self.account.state();
        if let Some(fax) = state.faxes.any_mut(&self.fax_id)
            && !*fax.cancel.borrow()
        {
            fax.parked = true;
            state.busy -= 1;
        }
        drop(state);
        self.account.tell();
    }

    /// Lets seconds of the line pass, unless the sender ends the fax.
    async fn pass(&mut self, seconds: f64, deliberate: bool) -> Result<(), End> {
        let pace = self.account.options.pace;
        let time = if deliberate {
            pace.deliberate(seconds)
        } else {
            pace.ordinary(seconds)
        };
        tokio::select! {
            biased;
            _ = self.canceled.wait_for(|canceled| *canceled) => Err(End::Canceled),
            () = tokio::time::sleep(time) => Ok(()),
        }
    }

    /// The next status, told to those who listen; not once the sender has ended the fax.
    fn step(&self, status: Status) -> Result<(), End> {
        let now = self.account.now();
        let mut state = self.account.state();
        let fax = state.faxes.any_mut(&self.fax_id);
        let fax = fax.filter(|fax| !*fax.cancel.borrow());
        let fax = fax.ok_or(End::Canceled)?;
        fax.status = status;
        fax.updated_at = now;
        webhooks::tell(&self.account, &mut state, &self.fax_id, More::default());
        drop(state);
        self.account.tell();
        Ok(())
    }

    async fn look_at(&mut self, source: Source) -> Result<Document, End> {
        let failed = |reason: &str| End::Failed(reason.to_owned());
        let bytes = match source {
            Source::Uploaded(bytes) => bytes,
            Source::Fetched(url) => tokio::select! {
                biased;
                _ = self.canceled.wait_for(|canceled| *canceled) => return Err(End::Canceled),
                fetched = media::fetch(&self.account, &url) => fetched.map_err(failed)?,
            },
        };
        let document = document::look_at(bytes).await.map_err(failed)?;
        self.account.log.note(&self.fax_id, |call| {
            call.file_sha256 = Some(document.sha256.clone());
            call.pages_total = document.pages;
        });
        if let Some(fax) = self.account.state().faxes.any_mut(&self.fax_id) {
            fax.document = Some(document.clone());
        }
        Ok(document)
    }

    /// Ends the fax: first in the log, then for those who ask, then for those who are told.
    async fn arrive(self, end: End) {
        let account = &self.account;
        let now = account.now();
        let arrived = {
            let mut state = account.state();
            let Some(fax) = state.faxes.any_mut(&self.fax_id) else {
                return;
            };
            let end = if *fax.cancel.borrow() {
                End::Canceled
            } else {
                end
            };
            let (status, reason) = match &end {
                End::Delivered => (Status::Delivered, None),
                End::Failed(reason) => (Status::Failed, Some(reason.clone())),
                End::Canceled => (Status::Failed, Some(CANCELED.to_owned())),
            };
            let outcome = match &end {
                End::Delivered => Outcome::Delivered,
                End::Canceled => Outcome::Canceled,
                End::Failed(_) if fax.pages_sent > 0 => Outcome::Partial,
                End::Failed(_) => Outcome::Failed,
            };
            let pages = fax.pages_sent;
            account.log.ended(now, &self.fax_id, |call| {
                call.pages_delivered = pages;
                call.outcome = Some(outcome);
                call.failure_reason.clone_from(&reason);
            });
            fax.status = status;
            fax.failure_reason = reason;
            fax.updated_at = now;
            let document = fax.document.clone();
            let (from, to) = (fax.asked.from.clone(), fax.asked.to.clone());
            let delivered = status == Status::Delivered;
            let more = More {
                call_duration_secs: delivered.then_some(pages * PAGE as u32),
                page_count: delivered.then_some(pages),
                ..More::default()
            };
            webhooks::tell(account, &mut state, &self.fax_id, more);
            document
                .filter(|_| delivered)
                .map(|document| (document, from, to))
        };
        if let Some((document, from, to)) = arrived {
            self.keep(&document).await;
            inbound::deliver_to_own(account, &from, &to, document).await;
        }
        account.state().busy -= 1;
        account.tell();
    }

    /// Writes the document where the far end's papers go.
    async fn keep(&self, document: &Document) {
        let Some(folder) = &self.account.options.delivered_to else {
            return;
        };
        let extension = match document.kind {
            DocumentKind::Pdf => "pdf",
            DocumentKind::Tiff => "tif",
        };
        let path = folder.join(format!("{}.{extension}", self.fax_id));
        if let Err(error) = tokio::fs::write(&path, &document.bytes).await {
            tracing::error!(%error, path = %path.display(), "a delivered document cannot be written");
        }
    }
}
