//! Taking over calls: this node's own from before a restart, and those of a node that stopped beating.

use std::time::Duration;

use faxgate_db::{attempts, items};
use faxgate_types::CallUuid;

use super::Open;
use crate::app::App;
use crate::error::Result;

impl App {
    /// Takes over open attempts, each under a new fence. `own`: this node's, at start; else those whose lease has lapsed.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn adopt(&self, own: bool, lease: Duration) -> Result<Vec<Open>> {
        let now = self.now();
        let mut tx = self.db.system("adopt calls").await?;
        let mut adopted = Vec::new();
        for item in items::adopt(&mut tx, self.node(), own, now, now + lease).await? {
            match attempts::adopt(&mut tx, item.id, item.fence).await? {
                Some(attempt) => adopted.push(Open { item, attempt }),
                None => tracing::error!(item = %item.id, "an active item has no open attempt"),
            }
        }
        tx.commit().await?;
        Ok(adopted)
    }

    /// Whether a call is one of ours; then whether it is settled.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn is_settled(&self, call: CallUuid) -> Result<Option<bool>> {
        let mut tx = self.db.system_read("look up a call").await?;
        let attempt = attempts::by_call(&mut tx, call).await?;
        tx.commit().await?;
        Ok(attempt.map(|attempt| attempt.phase == faxgate_types::AttemptPhase::Settled))
    }
}
