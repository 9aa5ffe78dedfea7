//! What a line needs to know of its calls when a carrier's API is behind it: the carrier tells of faxes by ids of its own.

use bytes::Bytes;
use faxgate_db::attempts::{self, Attempt};
use faxgate_db::{faxes, items};
use faxgate_files::StorageKey;
use faxgate_imaging::carrier_pdf;
use faxgate_types::{AttemptId, AttemptPhase, CallUuid, E164, Outcome, TenantId, Timestamp};

use crate::app::App;
use crate::error::{Error, Result};
use crate::receive::CarrierEvent;
use crate::transport::{CallEvent, CallOrder};

/// The storage area of what carriers fetch.
const AREA: &str = "carrier";

/// An attempt, as far as a carrier's line has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierAttempt {
    /// Its id: the carrier tells it again in everything that it says of the fax.
    pub id: AttemptId,
    /// The call that it is to us.
    pub call: CallUuid,
    /// Whose it is.
    pub tenant: TenantId,
    /// The line.
    pub lane: String,
    /// Whom it calls.
    pub destination: E164,
    /// Who calls; `None` when the fax has lost its sender, so that nothing was ever ordered for it.
    pub sender: Option<E164>,
    /// The carrier's id of the fax, once it is known.
    pub carrier_id: Option<String>,
    /// Pages that it sends.
    pub pages: u32,
    /// When the intent was written.
    pub created_at: Timestamp,
    /// From this moment on the order may no longer leave.
    pub send_by: Timestamp,
    /// Whether it has ended.
    pub settled: bool,
    /// How, when it has.
    pub outcome: Option<Outcome>,
}

impl App {
    /// The attempt behind a call.
    ///
    /// # Errors
    /// When the database cannot be reached: then nothing may be concluded.
    pub async fn carrier_attempt(&self, call: CallUuid) -> Result<Option<CarrierAttempt>> {
        let mut tx = self.db.system_read("look up a carrier's call").await?;
        let Some(attempt) = attempts::by_call(&mut tx, call).await? else {
            return Ok(None);
        };
        let tenant = attempt.tenant_id;
        let item = items::find(&mut tx, tenant, attempt.item_id).await?;
        let fax = faxes::find(&mut tx, tenant, attempt.fax_id).await?;
        tx.commit().await?;
        let gone = || Error::internal("an attempt has lost its fax or its item");
        let (item, fax) = item.zip(fax).ok_or_else(gone)?;
        Ok(Some(CarrierAttempt {
            id: attempt.id,
            call,
            tenant,
            destination: item.destination,
            sender: fax.sender_e164,
            pages: u32::try_from(attempt.total_pages - attempt.start_page).unwrap_or(0),
            created_at: attempt.created_at,
            send_by: attempt.send_by,
            settled: attempt.phase == AttemptPhase::Settled,
            outcome: attempt.outcome,
            lane: attempt.lane,
            carrier_id: attempt.carrier_id,
        }))
    }

    /// The call that a carrier's event is about: of the attempt that it names, else of the one that became this fax.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn call_of_carrier_event(&self, event: &CarrierEvent) -> Result<Option<CallUuid>> {
        let mut tx = self.db.system_read("whose event a carrier told").await?;
        let mut found: Option<Attempt> = None;
        if let Some(id) = event.attempt {
            found = attempts::by_id(&mut tx, id).await?;
        }
        if let (None, Some(fax)) = (&found, &event.fax) {
            found = attempts::by_carrier_id(&mut tx, fax).await?;
        }
        tx.commit().await?;
        Ok(found.map(|attempt| attempt.call_uuid))
    }

    /// Writes down what the carrier calls the fax that an attempt became. An id that is known already stays.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn note_carrier_id(&self, attempt: AttemptId, id: &str) -> Result<()> {
        let mut tx = self.db.system("note a carrier's id").await?;
        attempts::note_carrier_id(&mut tx, attempt, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Revises the verdict on a call that was taken for unknown or for never dialled, from what the carrier tells of it after
    /// all. `false`: nothing changed.
    ///
    /// # Errors
    /// When the database cannot be reached; then it has to be told again.
    pub async fn resolve_carrier_call(&self, told: CallEvent) -> Result<bool> {
        let mut tx = self.db.system_read("look up a carrier's call").await?;
        let attempt = attempts::by_call(&mut tx, told.call).await?;
        tx.commit().await?;
        match attempt.filter(super::late::is_in_doubt) {
            Some(attempt) => {
                let app = self.clone();
                self.on_main(async move { app.resolve_late(&attempt, told).await })
                    .await
            }
            None => Ok(false),
        }
    }

    /// The pages that a call has to send, each with its header line, as a PDF.
    ///
    /// # Errors
    /// When they are gone or cannot be read ([`Error::is_unusable_pages`]), or the store cannot be reached.
    pub async fn carrier_pdf(&self, order: &CallOrder) -> Result<Bytes> {
        let key = order.pages_key.parse().map_err(Error::unusable_pages)?;
        let pages = self.vault.get(&key).await.map_err(Error::of_pages)?;
        let pages = pages.ok_or_else(|| Error::unusable_pages("they are not in the store"))?;
        let (start, total) = (order.start_page, order.total_pages);
        let (header, at) = (order.header.clone(), self.now());
        let pdf = tokio::task::spawn_blocking(move || {
            carrier_pdf(&pages, start, |page| header.line(at, page, total))
        });
        pdf.await
            .map_err(Error::unusable_pages)?
            .map_err(Error::unusable_pages)
    }

    /// Keeps what a carrier is to fetch for an attempt, until [`App::forget_carrier_document`]; gives its key.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn keep_carrier_document(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
        pdf: Bytes,
    ) -> Result<String> {
        let key = self.carrier_document(tenant, attempt)?;
        self.vault.put(&key, pdf).await?;
        Ok(key.to_string())
    }

    /// Drops what a carrier was to fetch for an attempt; links to it end.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn forget_carrier_document(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<()> {
        let key = self.carrier_document(tenant, attempt)?;
        self.vault.delete(&key).await?;
        Ok(())
    }

    pub(super) fn carrier_document(
        &self,
        tenant: TenantId,
        attempt: AttemptId,
    ) -> Result<StorageKey> {
        self.key(tenant, AREA, &format!("{attempt}.pdf"))
    }
}
