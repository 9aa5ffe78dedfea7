//! Looking at broadcasts.

use faxgate_db::broadcasts::{self, Broadcast, Recipient};
use faxgate_types::{BroadcastId, BroadcastState, RecipientState};

use super::cover::{common, merged};
use super::no_such_broadcast;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::numbers::Page;

impl App {
    /// A broadcast, with its recipients by state as its job last counted them, a second or two ago.
    ///
    /// # Errors
    /// `NO_SUCH_BROADCAST`, for another tenant's too.
    pub async fn broadcast(&self, caller: &Caller, id: BroadcastId) -> Result<Broadcast> {
        let mut tx = self.db.read(caller.tenant.id).await?;
        let found = broadcasts::find(&mut tx, caller.tenant.id, id).await?;
        tx.commit().await?;
        found.ok_or_else(no_such_broadcast)
    }

    /// A page of the tenant's broadcasts, newest first; only those in `state`, if one is given.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn broadcasts(
        &self,
        caller: &Caller,
        state: Option<BroadcastState>,
        limit: u32,
        offset: u64,
    ) -> Result<Page<Broadcast>> {
        let tenant = caller.tenant.id;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant).await?;
        let (total, results) =
            broadcasts::page(&mut tx, tenant, state, limit.into(), offset).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results,
        })
    }

    /// A page of a broadcast's recipients, in their order; only those in `state`, if one is given. The total is as its job last counted
    /// it. Each has its whole cover: what all say, and over it what its own says; empty when there is none.
    ///
    /// # Errors
    /// `NO_SUCH_BROADCAST`.
    pub async fn recipients(
        &self,
        caller: &Caller,
        id: BroadcastId,
        state: Option<RecipientState>,
        limit: u32,
        offset: u64,
    ) -> Result<Page<Recipient>> {
        let tenant = caller.tenant.id;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant).await?;
        let broadcast = broadcasts::find(&mut tx, tenant, id)
            .await?
            .ok_or_else(no_such_broadcast)?;
        let mut results =
            broadcasts::recipients(&mut tx, tenant, id, state, limit.into(), offset).await?;
        tx.commit().await?;
        let common = broadcast.cover.as_deref().map(common).transpose()?;
        for recipient in &mut results {
            recipient.cover = match &common {
                Some(common) => {
                    let cover = merged(common, &recipient.cover)?;
                    serde_json::to_string(&cover).map_err(Error::internal)?
                }
                None => String::new(),
            };
        }
        let total = state.map_or(broadcast.counts.total(), |state| broadcast.counts.of(state));
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results,
        })
    }
}
