//! The job that erases a tenant. Each step is committed, so that whoever goes on where another was killed does no step again that
//! cannot be done twice.

use std::time::Duration;

use faxgate_db::erasures::{self, DONE, Erasure, FILES, ROWS};
use faxgate_db::{System, audit as chains, jobs, keys, members, retention, tenant_change};
use faxgate_files::StorageKey;
use faxgate_types::TenantId;
use serde_json::json;

use super::must_stay;
use crate::app::App;
use crate::audit::{Actor, Chain, ERASED, Entry};
use crate::error::{Error, Result};
use crate::work::{Done, Lease};

/// Faxes in one transaction.
const BATCH: i64 = 200;
const LEASE: Duration = Duration::from_secs(180);
/// Calls that must end first are looked at again after this.
const PATIENCE: Duration = Duration::from_secs(60);
/// Whoever was putting a file into the store when its tenant went is done by then.
const LATECOMERS: Duration = Duration::from_secs(600);
/// Others have their turn after that; then it goes on.
const TURN: Duration = Duration::from_secs(60);

impl App {
    /// The job: erases a tenant.
    pub(crate) async fn erase(&self, tenant: TenantId, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.system("erase a tenant").await?;
        if !jobs::renew(&mut tx, lease.job, self.node(), self.now() + LEASE).await? {
            return Ok(Done::Nothing);
        }
        let Some(erasure) = erasures::find(&mut tx, tenant).await? else {
            // It was called off.
            jobs::finish(&mut tx, lease.job, self.node()).await?;
            tx.commit().await?;
            return Ok(Done::Finished);
        };
        match erasure.state.as_str() {
            ROWS => {
                tx.commit().await?;
                self.erase_rows(tenant, erasure, lease).await
            }
            FILES => {
                tx.commit().await?;
                self.erase_files(tenant, erasure, lease).await
            }
            DONE => {
                jobs::finish(&mut tx, lease.job, self.node()).await?;
                tx.commit().await?;
                Ok(Done::Finished)
            }
            _ => self.begin_to_erase(tx, tenant, erasure, lease).await,
        }
    }

    /// From here on there is no way back.
    async fn begin_to_erase(
        &self,
        mut tx: System,
        tenant: TenantId,
        mut erasure: Erasure,
        lease: &Lease,
    ) -> Result<Done> {
        let now = self.now();
        // Whoever lets the tenant go on holds its row, and finds afterwards that this has begun.
        members::lock(&mut tx).await?;
        let found = tenant_change::lock(&mut tx, &erasure.slug).await?;
        let why = match found {
            Some(found) if found.suspended_at.is_none() => Some(Error::conflict(
                "RESUMED",
                "the tenant was resumed: call its erasing off, or suspend it again",
            )),
            _ => must_stay(&mut tx, tenant).await?,
        };
        let later = match &why {
            Some(_) => Some(now + PATIENCE),
            None => (now < erasure.due_at).then_some(erasure.due_at),
        };
        if let Some(later) = later {
            if let Some(why) = why {
                tracing::warn!(
                    tenant = erasure.slug,
                    "tenant {} is not erased yet: {why}",
                    erasure.slug
                );
            }
            jobs::put_off(&mut tx, lease.job, self.node(), later).await?;
            tx.commit().await?;
            return Ok(Done::Later);
        }
        erasure.counts = json!(erasures::counts(&mut tx, tenant).await?).to_string();
        ROWS.clone_into(&mut erasure.state);
        // Nobody can read its files from here on, wherever copies of them are.
        keys::remove_all(&mut tx, tenant).await?;
        erasures::update(&mut tx, &erasure).await?;
        jobs::put_off(&mut tx, lease.job, self.node(), now).await?;
        tx.commit().await?;
        Ok(Done::Later)
    }

    async fn erase_rows(
        &self,
        tenant: TenantId,
        mut erasure: Erasure,
        lease: &Lease,
    ) -> Result<Done> {
        let ends = tokio::time::Instant::now() + TURN;
        loop {
            let now = self.now();
            let mut tx = self.db.system("erase a tenant's faxes").await?;
            if !jobs::renew(&mut tx, lease.job, self.node(), now + LEASE).await? {
                return Ok(Done::Nothing);
            }
            let (gone, files) = erasures::some_faxes(&mut tx, tenant, BATCH).await?;
            retention::doom(&mut tx, &files, now).await?;
            if gone > 0 && tokio::time::Instant::now() >= ends {
                jobs::put_off(&mut tx, lease.job, self.node(), now).await?;
                tx.commit().await?;
                return Ok(Done::Later);
            }
            if gone > 0 {
                tx.commit().await?;
                continue;
            }
            let end = chains::head(&mut tx, tenant.into()).await?;
            let files = erasures::the_rest(&mut tx, tenant).await?;
            retention::doom(&mut tx, &files, now).await?;
            FILES.clone_into(&mut erasure.state);
            erasures::update(&mut tx, &erasure).await?;
            jobs::put_off(&mut tx, lease.job, self.node(), now).await?;
            let counts: serde_json::Value =
                serde_json::from_str(&erasure.counts).unwrap_or_default();
            let entry = Entry::new(Actor::System, ERASED, tenant).details(json!({
                "slug": erasure.slug, "asked_by": erasure.asked_by, "asked_at": erasure.asked_at, "rows": counts,
                "audit": end.map(|end| json!({"seq": end.seq, "hash": end.hash, "seal": end.seal})),
            }));
            self.audit(&mut tx, Chain::Gateway, entry).await?;
            tx.commit().await?;
            tracing::warn!(
                tenant = erasure.slug,
                "the rows of tenant {} are erased",
                erasure.slug
            );
            return Ok(Done::Later);
        }
    }

    /// Until none is found any more.
    async fn erase_files(
        &self,
        tenant: TenantId,
        mut erasure: Erasure,
        lease: &Lease,
    ) -> Result<Done> {
        let mut listing = self
            .vault
            .list(&tenant.to_string())
            .map_err(Error::internal)?;
        let mut gone = 0_u64;
        while let Some(file) = listing.next().await? {
            self.vault.delete(&file.key).await?;
            gone += 1;
        }
        self.vault.remove_directory_of(&tenant.to_string()).await?;
        self.remove_all_doomed().await?;
        let now = self.now();
        let mut tx = self.db.system("a tenant's files are erased").await?;
        let mut counts: serde_json::Value =
            serde_json::from_str(&erasure.counts).unwrap_or_default();
        counts["files"] = json!(counts["files"].as_u64().unwrap_or(0) + gone);
        erasure.counts = counts.to_string();
        if gone > 0 {
            erasures::update(&mut tx, &erasure).await?;
            jobs::put_off(&mut tx, lease.job, self.node(), now + LATECOMERS).await?;
            tx.commit().await?;
            return Ok(Done::Later);
        }
        DONE.clone_into(&mut erasure.state);
        erasure.erased_at = Some(now);
        erasures::update(&mut tx, &erasure).await?;
        let finished = jobs::finish(&mut tx, lease.job, self.node()).await?;
        let entry = Entry::new(Actor::System, "tenant.files.erased", tenant)
            .details(json!({"slug": erasure.slug, "files": counts["files"]}));
        self.audit(&mut tx, Chain::Gateway, entry).await?;
        tx.commit().await?;
        Ok(if finished {
            Done::Finished
        } else {
            Done::Nothing
        })
    }

    /// What came in for the tenant lies where what is nobody's does.
    async fn remove_all_doomed(&self) -> Result<()> {
        let mut after = String::new();
        loop {
            let mut tx = self.db.system_read("which files are to go").await?;
            let keys = retention::doomed(&mut tx, &after, BATCH).await?;
            tx.commit().await?;
            let Some(last) = keys.last() else {
                return Ok(());
            };
            after.clone_from(last);
            for key in keys.iter().filter_map(|key| key.parse::<StorageKey>().ok()) {
                self.vault.delete(&key).await?;
            }
            let mut tx = self.db.system("files are removed").await?;
            retention::undoom(&mut tx, &keys).await?;
            tx.commit().await?;
        }
    }
}
