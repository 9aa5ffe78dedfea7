//! Taking over calls: this node's own from before a restart, those of a node that stopped beating, and those whose task broke.

use std::time::Duration;

use faxgate_db::items::Adoption;
use faxgate_db::{attempts, items};
use faxgate_types::{AttemptPhase, CallUuid, ItemId};

use super::Open;
use crate::app::App;
use crate::error::Result;

impl App {
    /// Takes over open attempts on these lines, each under a new fence: what other nodes let lapse, and what is this node's
    /// and not among `held`, the items of living tasks.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn adopt(
        &self,
        lanes: &[&str],
        held: &[ItemId],
        lease: Duration,
    ) -> Result<Vec<Open>> {
        let now = self.now();
        let who = Adoption {
            node: self.node(),
            lanes,
            own_except: Some(held),
            now,
            until: now + lease,
        };
        let mut tx = self.db.system("adopt calls").await?;
        let mut adopted = Vec::new();
        for item in items::adopt(&mut tx, who).await? {
            match attempts::adopt(&mut tx, item.id, item.fence).await? {
                Some(attempt) => adopted.push(Open { item, attempt }),
                None => tracing::error!(item = %item.id, "an active item has no open attempt"),
            }
        }
        tx.commit().await?;
        Ok(adopted)
    }

    /// The attempt that was opened under the item's fence, if one was: after an intent whose commit may or may not have been.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn open_attempt(&self, item: &items::Item) -> Result<Option<Open>> {
        let mut tx = self.db.read(item.tenant_id).await?;
        let attempts = attempts::of_item(&mut tx, item.tenant_id, item.id).await?;
        let item_now = items::find(&mut tx, item.tenant_id, item.id).await?;
        tx.commit().await?;
        let open = attempts
            .into_iter()
            .find(|attempt| attempt.fence == item.fence && attempt.phase != AttemptPhase::Settled);
        Ok(item_now
            .zip(open)
            .map(|(item, attempt)| Open { item, attempt }))
    }

    /// Whether a call is one of ours; then whether it is settled.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn is_settled(&self, call: CallUuid) -> Result<Option<bool>> {
        let mut tx = self.db.system_read("look up a call").await?;
        let attempt = attempts::by_call(&mut tx, call).await?;
        tx.commit().await?;
        Ok(attempt.map(|attempt| attempt.phase == AttemptPhase::Settled))
    }
}
