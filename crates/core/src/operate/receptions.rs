//! Receptions that need an operator's eye.

use faxgate_db::{Wake, jobs, receptions};
use faxgate_types::{E164, JobId, ReceptionId, Timestamp};

use crate::app::App;
use crate::error::Result;
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

    /// Delivers what came in for a number while nobody had it.
    pub(super) async fn deliver_unmatched(&self, number: &E164) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("deliver unmatched receptions").await?;
        for mut reception in receptions::list(&mut tx, Some("unmatched"), 10_000).await? {
            let digits: String = reception
                .to_number
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            if digits.len() >= 10 && number.digits().ends_with(&digits) {
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
