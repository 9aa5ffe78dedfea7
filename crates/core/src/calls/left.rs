//! What is left of a call that has ended: the document that its carrier was to fetch.

use std::time::Duration;

use faxgate_db::attempts::{self, Attempt};
use faxgate_db::{Tx, jobs};
use faxgate_lifecycle::Verdict;
use faxgate_types::{AttemptId, JobId, Outcome, Timestamp};

use crate::app::App;
use crate::error::Result;
use crate::work::{DROP_DOCUMENT, Done, Lease};

/// A carrier may fetch the document of a call of which nobody knows the end for so long; its link has lapsed long before.
const LEFT_FOR: Duration = Duration::from_secs(24 * 3600);

impl App {
    /// Whether a call that ends so leaves a document behind that has to be dropped later: its line drops it when the end is
    /// known.
    pub(super) async fn leaves_document(&self, attempt: &Attempt, verdict: &Verdict) -> bool {
        if verdict.outcome != Outcome::Unknown {
            return false;
        }
        let Ok(key) = self.carrier_document(attempt.tenant_id, attempt.id) else {
            return false;
        };
        // Who cannot say will be asked again, by the job.
        self.vault.exists(&key).await.unwrap_or(true)
    }

    /// Sees to it that the document goes, in the transaction of the verdict.
    pub(super) async fn drop_document_later(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<()> {
        let job = JobId::generate(&self.ambient);
        jobs::add(tx, job, DROP_DOCUMENT, attempt.id, now + LEFT_FOR).await?;
        Ok(())
    }

    /// The job: drops the document.
    pub(crate) async fn drop_left_document(
        &self,
        attempt: AttemptId,
        lease: &Lease,
    ) -> Result<Done> {
        let mut tx = self.db.system_read("whose document was left").await?;
        let found = attempts::by_id(&mut tx, attempt).await?;
        tx.commit().await?;
        if let Some(attempt) = found {
            self.forget_carrier_document(attempt.tenant_id, attempt.id)
                .await?;
        }
        let mut tx = self.db.system("a left document is dropped").await?;
        jobs::finish(&mut tx, lease.job, self.node()).await?;
        tx.commit().await?;
        Ok(Done::Finished)
    }
}
