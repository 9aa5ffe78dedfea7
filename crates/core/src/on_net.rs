//! Faxes from one number of this gateway to another: handed over in one transaction, without a call.
//!
//! Both sides are in our own database, so it happens once: the reception's key is the call's uuid, and whoever writes it, or makes
//! sure that nobody ever will, holds the attempt's row meanwhile.

use bytes::Bytes;
use faxgate_db::attempts::{self, Attempt};
use faxgate_db::{on_net, receptions, routes};
use faxgate_files::StorageKey;
use faxgate_imaging::stamped_tiff;
use faxgate_types::{AttemptPhase, CallUuid, ReceptionId};

use crate::app::App;
use crate::error::{Error, Result};
use crate::receive::{NoticeTaken, OnNetNotice, Stored, UNCLAIMED, on_net_key};
use crate::transport::CallOrder;

/// What became of a fax that was to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedOver {
    /// The receiver has it, by this hand-over or an earlier one.
    Delivered,
    /// Its time has passed, or its attempt is settled: it was not handed over, and is not by this order any more.
    TooLate,
    /// The number is not, or no longer, one of this gateway's: it was not handed over, and its route says so by now.
    NotOurs,
}

impl App {
    /// Hands a fax over to the tenant that has its destination; durable once this returns. `Delivered` as often as it is asked,
    /// for one reception.
    ///
    /// # Errors
    /// `UNREADABLE_PAGES`; and when the document store or the database cannot be reached. Then it may have been handed over, if
    /// the answer to the commit was lost.
    pub async fn pass_on_net(&self, order: &CallOrder) -> Result<HandedOver> {
        let (app, order) = (self.clone(), order.clone());
        self.on_main(async move { app.pass(&order).await }).await
    }

    async fn pass(&self, order: &CallOrder) -> Result<HandedOver> {
        let pages = self.stamped(order).await?;
        let name = format!("{}.tif", ReceptionId::generate(&self.ambient));
        let key = StorageKey::new(UNCLAIMED, "received", &name).map_err(Error::internal)?;
        self.vault.put(&key, pages).await?;
        let handed = self.commit_hand_over(order, &key).await;
        // In doubt it stays: the reception may have it.
        if !matches!(handed, Ok((_, true)) | Err(_)) {
            self.vault.delete(&key).await?;
        }
        let (handed, _) = handed?;
        match handed {
            HandedOver::Delivered => self.work_added.notify_one(),
            HandedOver::NotOurs => self.take_off_net(order.call).await?,
            HandedOver::TooLate => {}
        }
        Ok(handed)
    }

    /// The one transaction. Also: whether the pages are of use.
    async fn commit_hand_over(
        &self,
        order: &CallOrder,
        pages: &StorageKey,
    ) -> Result<(HandedOver, bool)> {
        let mut tx = self.db.system("hand a fax over on-net").await?;
        let attempt = on_net::lock_attempt(&mut tx, order.call).await?;
        // Whoever makes sure that it never comes about waits for the row, and looks for the reception then. After the deadline.
        if !attempt.as_ref().is_some_and(is_open) || self.ambient.since_boot() >= order.send_by {
            let told = receptions::by_call(&mut tx, &on_net_key(order.call)).await?;
            let handed = told.map_or(HandedOver::TooLate, |_| HandedOver::Delivered);
            return Ok((handed, false));
        }
        let numbers = std::slice::from_ref(&order.destination);
        if routes::ours(&mut tx, numbers).await?.is_empty() {
            return Ok((HandedOver::NotOurs, false));
        }
        let stored = Stored::OnNet {
            notice: OnNetNotice {
                call: order.call,
                from: order.sender.to_string(),
                to: order.destination.to_string(),
                pages: order.total_pages.saturating_sub(order.start_page),
                at: self.now(),
            },
        };
        let taken = self.keep_notice(&mut tx, &stored, Some(pages)).await?;
        tx.commit().await?;
        Ok((HandedOver::Delivered, taken == NoticeTaken::Accepted))
    }

    /// Whether a fax was handed over.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn is_passed_on_net(&self, call: CallUuid) -> Result<bool> {
        let mut tx = self.db.system_read("was a fax handed over").await?;
        let known = receptions::by_call(&mut tx, &on_net_key(call)).await?;
        tx.commit().await?;
        Ok(known.is_some())
    }

    /// Whether a fax was handed over, once its order's deadline has passed: if not, it never will be. It waits for whoever is
    /// about to.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn fence_on_net(&self, call: CallUuid) -> Result<bool> {
        let mut tx = self.db.system("make sure of a fax on-net").await?;
        on_net::lock_attempt(&mut tx, call).await?;
        let known = receptions::by_call(&mut tx, &on_net_key(call)).await?;
        tx.commit().await?;
        Ok(known.is_some())
    }

    /// The item's route is made anew, without on-net.
    async fn take_off_net(&self, call: CallUuid) -> Result<()> {
        let mut tx = self.db.system("a number is not ours any more").await?;
        if let Some(attempt) = attempts::by_call(&mut tx, call).await? {
            routes::reapply_item(&mut tx, attempt.item_id).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The pages that are to be handed over, each with its header line.
    async fn stamped(&self, order: &CallOrder) -> Result<Bytes> {
        let key: StorageKey = order.pages_key.parse().map_err(Error::internal)?;
        let pages = self.vault.get(&key).await?.ok_or_else(|| {
            Error::unavailable(
                "UNREADABLE_PAGES",
                "the fax's pages are not in the document store",
            )
        })?;
        let (start, total) = (order.start_page, order.total_pages);
        let (header, now) = (order.header.clone(), self.now());
        let stamp = move || stamped_tiff(&pages, start, |page| header.line(now, page, total));
        let stamped = tokio::task::spawn_blocking(stamp)
            .await
            .map_err(Error::internal)?;
        stamped.map_err(|e| Error::unavailable("UNREADABLE_PAGES", e.to_string()).because(e))
    }
}

fn is_open(attempt: &Attempt) -> bool {
    attempt.phase != AttemptPhase::Settled && attempt.lane == routes::ON_NET
}
