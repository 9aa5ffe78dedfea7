//! Writing down how far a call has come.

use faxgate_db::attempts;
use faxgate_db::events::{self, Event};
use faxgate_db::faxes::{self, Fax, Progress};
use faxgate_db::{Tx, items};
use faxgate_lifecycle::fax_status;
use faxgate_types::AttemptPhase;

use super::Open;
use crate::app::App;
use crate::error::Result;

impl App {
    /// Writes down that an attempt has come further. `false`: it is no longer this node's.
    ///
    /// # Errors
    /// When the database cannot be reached; nothing is lost then, since the call's record tells it again.
    pub async fn progress(
        &self,
        open: &Open,
        phase: AttemptPhase,
        transferred: u32,
    ) -> Result<bool> {
        let attempt = &open.attempt;
        let mut tx = self.db.write(attempt.tenant_id).await?;
        if !attempts::progress(&mut tx, attempt, phase, transferred).await? {
            return Ok(false);
        }
        let start = u32::try_from(attempt.start_page).unwrap_or(0);
        let (kind, text) = match (phase, transferred) {
            (AttemptPhase::Ringing, _) => ("attempt.ringing", "it rings".to_owned()),
            (AttemptPhase::Answered, _) => ("attempt.answered", "answered".to_owned()),
            (AttemptPhase::Negotiated, 0) => {
                ("attempt.negotiated", "the fax machines agreed".to_owned())
            }
            (AttemptPhase::Negotiated, n) => ("page.sent", format!("page {} confirmed", start + n)),
            // Nothing that a reader of the timeline could use.
            (
                AttemptPhase::Intended
                | AttemptPhase::Dialing
                | AttemptPhase::Placed
                | AttemptPhase::Settled,
                _,
            ) => {
                tx.commit().await?;
                return Ok(true);
            }
        };
        let event = Event {
            fax: attempt.fax_id,
            item: Some(attempt.item_id),
            attempt: u32::try_from(attempt.number).ok(),
            kind: kind.to_owned(),
            text,
            at: self.now(),
        };
        events::append(&mut tx, attempt.tenant_id, &event).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Brings a fax's status in line with its items, in the transaction that changed one.
    pub(crate) async fn refresh_status(
        &self,
        tx: &mut Tx,
        fax: &Fax,
        more_seconds: u32,
        error: Option<String>,
    ) -> Result<()> {
        let states = items::states(tx, fax.tenant_id, fax.id).await?;
        let progress = Progress {
            status: fax_status(states),
            more_seconds,
            error,
        };
        faxes::progress(tx, fax.tenant_id, fax.id, &progress, self.now()).await?;
        Ok(())
    }
}
