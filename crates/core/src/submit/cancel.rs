//! Stopping a fax.

use faxgate_db::events::{self, Event};
use faxgate_db::{Wake, faxes, items};
use faxgate_types::{Direction, FaxId};
use serde_json::json;

use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::{Once, Reservation};
use crate::show::FaxDetail;

impl App {
    /// Stops a fax: recipients that wait are canceled at once, calls in progress are ended. Pages that are through stay
    /// through, and a recipient who got the last one counts as sent. The same request once more stops nothing, and shows the fax.
    ///
    /// # Errors
    /// `NOT_FOUND`; `ALREADY_FINISHED` when there is nothing left to stop.
    pub async fn cancel(
        &self,
        caller: &Caller,
        fax: FaxId,
        once: Once<FaxDetail>,
    ) -> Result<FaxDetail> {
        self.stop(caller, fax, once.reservation()).await?;
        self.fax(caller, fax).await
    }

    /// Stops a fax, if the same request has not done so before.
    pub(super) async fn stop(
        &self,
        caller: &Caller,
        fax: FaxId,
        reservation: &Reservation,
    ) -> Result<()> {
        caller.may_send()?;
        if reservation.has_begun() {
            return Ok(());
        }
        let (app, task, reservation) = (self.clone(), caller.clone(), reservation.clone());
        self.on_main(async move { app.stop_now(&task, fax, &reservation).await })
            .await?;
        self.cancel_requested.notify_one();
        Ok(())
    }

    async fn stop_now(&self, caller: &Caller, id: FaxId, reservation: &Reservation) -> Result<()> {
        let tenant = caller.tenant.id;
        let mut tx = self.db.write(tenant).await?;
        let fax = faxes::lock(&mut tx, tenant, id)
            .await?
            .ok_or_else(|| Error::not_found("NOT_FOUND", "Transaction not found"))?;
        let now = self.now();
        let (canceled, ending) = items::cancel(&mut tx, tenant, id, now).await?;
        if fax.direction == Direction::Inbound || canceled + ending == 0 {
            return Err(Error::conflict(
                "ALREADY_FINISHED",
                format!(
                    "the fax is {} already; there is nothing left to cancel",
                    fax.status
                ),
            ));
        }
        reservation.begin(&mut tx).await?;
        let standing = self
            .refresh_status(&mut tx, &fax, 0, fax.error.clone())
            .await?;
        self.let_go_of_fax(&mut tx, tenant, id, now).await?;
        let event = Event {
            fax: Some(id),
            item: None,
            attempt: None,
            kind: "fax.cancel_requested".to_owned(),
            text: format!(
                "{} asked to cancel: {canceled} waiting canceled, {ending} in progress being ended",
                caller.user.username
            ),
            data: None,
            at: now,
        };
        let told: Vec<_> = [event].into_iter().chain(standing.ended).collect();
        events::append_all(&mut tx, tenant, &told).await?;
        tx.wake(Wake::Cancel);
        let entry = Entry::new(caller, "fax.canceled", id)
            .details(json!({"canceled": canceled, "ending": ending}));
        self.audit(&mut tx, tenant, entry).await?;
        tx.commit().await?;
        tracing::info!(tenant = %caller.tenant.slug, fax = %id, canceled, ending, "canceling fax {id}");
        Ok(())
    }
}
