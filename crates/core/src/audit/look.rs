//! Reading the log.

use faxgate_db::audit::{self as stored, Chain, Filter, StoredEntry};

use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

/// A page of a chain, newest first.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// The entries.
    pub results: Vec<StoredEntry>,
    /// How many there are in all.
    pub total: u64,
}

impl App {
    /// A page of the caller's tenant's chain, for those who manage it; `gateway`: of the gateway's own, for operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`.
    pub async fn audit_log(
        &self,
        caller: &Caller,
        gateway: bool,
        filter: &Filter,
        limit: u32,
        offset: u64,
    ) -> Result<AuditPage> {
        let may = match gateway {
            true => caller.role.is_operator(),
            false => caller.role.can_manage(),
        };
        if !may {
            return Err(Error::forbidden(
                "ROLE_FORBIDDEN",
                match gateway {
                    true => "the gateway's own log needs the operator role",
                    false => {
                        "your role in this tenant may not read its audit log; ask its administrator"
                    }
                },
            ));
        }
        let chain = match gateway {
            true => Chain::Gateway,
            false => caller.tenant.id.into(),
        };
        let (limit, offset) = (i64::from(limit), i64::try_from(offset).unwrap_or(i64::MAX));
        let (results, total) = match gateway {
            true => {
                let mut tx = self.db.system_read("read the gateway's audit log").await?;
                let page = (
                    stored::list(&mut tx, chain, filter, limit, offset).await?,
                    stored::count(&mut tx, chain, filter).await?,
                );
                tx.commit().await?;
                page
            }
            false => {
                let mut tx = self.db.read(caller.tenant.id).await?;
                let page = (
                    stored::list(&mut tx, chain, filter, limit, offset).await?,
                    stored::count(&mut tx, chain, filter).await?,
                );
                tx.commit().await?;
                page
            }
        };
        Ok(AuditPage {
            results,
            total: u64::try_from(total).unwrap_or(0),
        })
    }

    /// The chain of a tenant (by slug; `gateway` is the gateway's own), for whoever is at the console.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn audit_chain(&self, tenant: &str) -> Result<Chain> {
        match tenant == Chain::Gateway.to_string() {
            true => Ok(Chain::Gateway),
            false => Ok(self.tenant_by_slug(tenant).await?.id.into()),
        }
    }

    /// The newest entries of a chain that the filter lets through, newest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn audit_entries(
        &self,
        chain: Chain,
        filter: &Filter,
        limit: u32,
    ) -> Result<Vec<StoredEntry>> {
        let mut tx = self.db.system_read("list an audit log").await?;
        let entries = stored::list(&mut tx, chain, filter, i64::from(limit), 0).await?;
        tx.commit().await?;
        Ok(entries)
    }

    /// Entries of a chain in order, those behind the number `after`; at most 1000.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn audit_following(&self, chain: Chain, after: i64) -> Result<Vec<StoredEntry>> {
        let mut tx = self.db.system_read("export an audit log").await?;
        let entries = stored::following(&mut tx, chain, after, 1000).await?;
        tx.commit().await?;
        Ok(entries)
    }
}

/// An entry as a line of JSON, with all that goes into its hash.
#[must_use]
pub fn audit_line(chain: Chain, entry: &StoredEntry) -> String {
    serde_json::json!({
        "chain": chain.to_string(),
        "seq": entry.seq,
        "at": entry.at.to_string(),
        "actor": entry.actor,
        "actor_id": entry.actor_id,
        "actor_name": entry.actor_name,
        "token_id": entry.token_id,
        "address": entry.address,
        "action": entry.action,
        "object": entry.object,
        "details": entry.details,
        "hash": entry.hash,
    })
    .to_string()
}
