//! Receptions that need an operator's eye.

use faxgate_db::{Wake, jobs, receptions};
use faxgate_types::{E164, JobId, ReceptionId, Timestamp};

use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};
use crate::work;

/// An inbound fax, as the operator sees it.
#[derive(Clone, Debug)]
pub struct Reception {
    /// Its id.
    pub id: ReceptionId,
    /// The number that was dialled: foreign text.
    pub to: String,
    /// `waiting`, `delivered`, `unmatched` or `unreadable`.
    pub state: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// When it came in.
    pub created_at: Timestamp,
}

impl App {
    /// Receptions in one state, or all, oldest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn receptions(&self, state: Option<&str>) -> Result<Vec<Reception>> {
        let mut tx = self.db.system_read("list receptions").await?;
        let rows = receptions::list(&mut tx, state, 1000).await?;
        tx.commit().await?;
        let listed = |row: receptions::Reception| Reception {
            id: row.id,
            to: row.to_number,
            state: row.state,
            error: row.error,
            created_at: row.created_at,
        };
        Ok(rows.into_iter().map(listed).collect())
    }

    /// Has another try made at a reception whose pages could not be fetched or read, or that still waits. Its fax, when one is
    /// shown already, becomes what the try brings.
    ///
    /// # Errors
    /// `RECEPTION_NOT_FOUND`; `RECEPTION_DELIVERED` when its pages are there; and when the database cannot be reached.
    pub async fn retry_reception(&self, id: ReceptionId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("try a reception again").await?;
        let gone =
            || Error::not_found("RECEPTION_NOT_FOUND", format!("there is no reception {id}"));
        let call_key = receptions::find(&mut tx, id)
            .await?
            .ok_or_else(gone)?
            .call_key;
        let mut reception = receptions::lock_by_call(&mut tx, &call_key)
            .await?
            .ok_or_else(gone)?;
        if reception.state == "delivered" {
            return Err(Error::conflict(
                "RECEPTION_DELIVERED",
                format!("reception {id} is delivered"),
            ));
        }
        "waiting".clone_into(&mut reception.state);
        receptions::update(&mut tx, &reception, now).await?;
        let job = JobId::generate(&self.ambient);
        jobs::begin_anew(&mut tx, job, work::DELIVER, id, now).await?;
        tx.wake(Wake::Jobs);
        let entry = Entry::new(Actor::Console, "reception.delivered_again", id);
        self.audit(&mut tx, reception.tenant_id, entry).await?;
        tx.commit().await?;
        self.work_added.notify_one();
        Ok(())
    }

    /// Delivers what came in for a number while nobody had it; with `since`, only what came since then: who gets a number without
    /// an operator gets nothing that was meant for somebody before.
    pub(crate) async fn deliver_unmatched(
        &self,
        number: &E164,
        since: Option<Timestamp>,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("deliver unmatched receptions").await?;
        for mut reception in receptions::list(&mut tx, Some("unmatched"), 10_000).await? {
            let digits: String = reception
                .to_number
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            let is_its = digits == number.digits()
                || (digits.len() >= 10 && number.digits().ends_with(&digits));
            if is_its && since.is_none_or(|since| reception.created_at >= since) {
                "waiting".clone_into(&mut reception.state);
                reception.error = None;
                receptions::update(&mut tx, &reception, now).await?;
                jobs::add(
                    &mut tx,
                    JobId::generate(&self.ambient),
                    work::DELIVER,
                    reception.id,
                    now,
                )
                .await?;
            }
        }
        tx.wake(Wake::Jobs);
        tx.commit().await?;
        self.work_added.notify_one();
        Ok(())
    }
}
