//! The first entries of chains, where nobody wrote them who made something.

use faxgate_db::audit::{self as stored, Chain};
use faxgate_db::tenants;

use super::{Actor, Entry};
use crate::app::App;
use crate::error::Result;

/// What is done when a chain begins with nothing else.
const BEGAN: &str = "audit.began";

impl App {
    /// Begins the chains that must be there and are not: of a database without tenants the gateway's own; and of one that has just got
    /// its audit log (`is_new`) those of all tenants that it had before. At no other time, or who cut everything off would only have to wait
    /// for the next start.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin_audit(&self, is_new: bool) -> Result<()> {
        let mut tx = self.db.system_read("which audit chains there are").await?;
        let there = stored::chains(&mut tx).await?;
        let tenants = tenants::list(&mut tx).await?;
        tx.commit().await?;
        let is_empty = tenants.is_empty() && there.is_empty();
        if !is_new && !is_empty {
            return Ok(());
        }
        let of_tenants = tenants.iter().map(|tenant| Chain::Tenant(tenant.id));
        for chain in of_tenants.chain([Chain::Gateway]) {
            if !there.contains(&chain.to_string()) {
                self.begin_chain(chain, Actor::System).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn begin_chain(&self, chain: Chain, actor: Actor) -> Result<()> {
        let mut tx = self.db.system("begin an audit chain").await?;
        self.audit(&mut tx, chain, Entry::new(actor, BEGAN, chain))
            .await?;
        Ok(tx.commit().await?)
    }
}
