//! Erasing a tenant, in two steps: it is asked for, and the tenant suspended; when the grace is over, a job removes its rows, its
//! people, its audit log and its files. What is left is an entry in the gateway's own log: what there was, and where the tenant's log
//! ended.

mod job;

use faxgate_db::erasures::{self, Erasure, WAITING};
use faxgate_db::tenants::Tenant;
use faxgate_db::{System, jobs, legal_holds, members, tenant_change, tenants};
use faxgate_types::{JobId, TenantId};
use serde_json::json;

use crate::app::App;
use crate::audit::{Chain, Entry};
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;
use crate::work::ERASE;

impl App {
    /// Has a tenant (by slug or id) erased when the grace is over; `confirm` is its slug. For operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `NOT_CONFIRMED`, `OWN_TENANT`, `LAST_OPERATOR`, `CALLS_OPEN`, `LEGAL_HOLD`, `BEING_ERASED`.
    pub async fn erase_tenant(
        &self,
        asker: &Asker,
        tenant: &str,
        confirm: &str,
        once: Once<Erasure>,
    ) -> Result<Erasure> {
        asker.must_operate("erasing a tenant")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        if asker.tenant().is_some_and(|own| own.id == tenant.id) {
            return Err(Error::conflict(
                "OWN_TENANT",
                "you are in this tenant yourself; erase it from another one (X-Tenant-ID), or at the gateway's console",
            ));
        }
        if confirm != tenant.slug {
            let what = "must be the tenant's slug once more";
            return Err(
                Error::bad_input("NOT_CONFIRMED", format!("confirm {what}")).field("confirm", what)
            );
        }
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move { app.mark(&asker, tenant, once).await })
            .await
    }

    async fn mark(&self, asker: &Asker, tenant: Tenant, once: Once<Erasure>) -> Result<Erasure> {
        let now = self.now();
        let mut tx = self.db.system("a tenant is to be erased").await?;
        // Before the tenant's row, as whoever changes people takes them.
        members::lock(&mut tx).await?;
        let found = tenant_change::lock(&mut tx, &tenant.slug).await?;
        let mut tenant = found.ok_or_else(|| no_such_tenant(&tenant.slug))?;
        if let Some(why) = must_stay(&mut tx, tenant.id).await? {
            return Err(why);
        }
        let erasure = Erasure {
            tenant: tenant.id.to_string(),
            slug: tenant.slug.clone(),
            state: WAITING.to_owned(),
            asked_by: self.name_of(asker),
            asked_at: now,
            due_at: now + self.settings.records.erase_after,
            erased_at: None,
            counts: "{}".to_owned(),
        };
        if !erasures::ask(&mut tx, &erasure).await? {
            return Err(Error::conflict(
                "BEING_ERASED",
                "the tenant is being erased already",
            ));
        }
        once.complete(&mut tx, &erasure).await?;
        tenant.suspended_at = Some(tenant.suspended_at.unwrap_or(now));
        tenant.suspended_because = Some("this tenant is being erased".to_owned());
        tenant_change::suspend(&mut tx, &tenant, now).await?;
        let job = JobId::generate(&self.ambient);
        jobs::add(&mut tx, job, ERASE, tenant.id, erasure.due_at).await?;
        // In both: the tenant's own goes with it.
        for chain in [Chain::Tenant(tenant.id), Chain::Gateway] {
            let entry = Entry::new(asker, "tenant.erasure.asked", tenant.id)
                .details(json!({"slug": tenant.slug, "due_at": erasure.due_at}));
            self.audit(&mut tx, chain, entry).await?;
        }
        tx.commit().await?;
        tracing::warn!(tenant = %tenant.slug, due = %erasure.due_at, "tenant {} will be erased at {}", tenant.slug, erasure.due_at);
        Ok(erasure)
    }

    /// Calls the erasing of a tenant (by slug or id) off, as long as it has not begun. It stays suspended until it is resumed.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `NOT_BEING_ERASED`, `ERASING_BEGAN`.
    pub async fn call_erasure_off(&self, asker: &Asker, tenant: &str) -> Result<Erasure> {
        asker.must_operate("calling the erasing of a tenant off")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let mut tx = app.db.system("a tenant is not to be erased").await?;
            let erasure = erasures::find(&mut tx, tenant.id).await?;
            let erasure = erasure.ok_or_else(not_being_erased)?;
            if !erasures::call_off(&mut tx, tenant.id).await? {
                return Err(Error::conflict("ERASING_BEGAN", "the erasing has begun"));
            }
            for chain in [Chain::Tenant(tenant.id), Chain::Gateway] {
                let entry = Entry::new(&asker, "tenant.erasure.called_off", tenant.id)
                    .details(json!({"slug": tenant.slug}));
                app.audit(&mut tx, chain, entry).await?;
            }
            tx.commit().await?;
            Ok(erasure)
        })
        .await
    }

    /// How the erasing of a tenant stands; of one that is gone, by its id. For operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NOT_BEING_ERASED`.
    pub async fn erasure(&self, asker: &Asker, tenant: &str) -> Result<Erasure> {
        asker.must_operate("seeing how the erasing of a tenant stands")?;
        let mut tx = self.db.system_read("how an erasing stands").await?;
        let id: Option<TenantId> = match tenant.parse() {
            Ok(id) => Some(id),
            Err(_) => tenants::by_slug(&mut tx, tenant)
                .await?
                .map(|found| found.id),
        };
        let found = match id {
            Some(id) => erasures::find(&mut tx, id).await?,
            None => None,
        };
        tx.commit().await?;
        found.ok_or_else(not_being_erased)
    }
}

/// Why the tenant cannot be erased now. Whoever asks has the people locked.
async fn must_stay(tx: &mut System, tenant: TenantId) -> Result<Option<Error>> {
    if members::has_the_last_operators(tx, tenant).await? {
        return Ok(Some(Error::conflict(
            "LAST_OPERATOR",
            "the gateway's last operators are in this tenant; make somebody in another one an operator first",
        )));
    }
    legal_holds::alone(tx, tenant).await?;
    let holds = legal_holds::count(tx, tenant, false).await?;
    if holds > 0 {
        return Ok(Some(Error::conflict(
            "LEGAL_HOLD",
            format!("{holds} legal holds are on what the tenant has; lift them first"),
        )));
    }
    let open = erasures::open_calls(tx, tenant).await?;
    Ok((open > 0).then(|| {
        Error::conflict(
            "CALLS_OPEN",
            format!("{open} calls of the tenant are on the line; wait for them, or cancel them"),
        )
    }))
}

fn not_being_erased() -> Error {
    Error::not_found("NOT_BEING_ERASED", "nobody asked to erase such a tenant")
}

fn no_such_tenant(slug: &str) -> Error {
    Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{slug}`"))
}
