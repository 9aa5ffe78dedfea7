//! Tenants.

use faxgate_db::tenants::{self, Tenant};
use faxgate_types::{Ambient, Countries, Country, TenantId, TimeZone};
use serde_json::json;

use super::tenant_change::on_paper;
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::{Asker, Page};

/// A tenant to add.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Its short name: 1 to 63 of `a-z0-9-`, no UUID, and not `gateway`.
    pub slug: String,
    /// Its name on paper; the slug when there is none.
    pub name: Option<String>,
    /// Where it is; at first, that is where it may call.
    pub country: Country,
    /// Its clocks.
    pub time_zone: TimeZone,
}

impl NewTenant {
    /// The tenant that it becomes.
    ///
    /// # Errors
    /// `INVALID_SLUG`, `INVALID_TENANT`.
    pub(crate) fn into_tenant(self, ambient: &Ambient) -> Result<Tenant> {
        let slug = self.slug;
        let good = (1..=63).contains(&slug.len())
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !slug.starts_with('-');
        if !good || means_something_else(&slug) {
            return Err(Error::bad_input(
                "INVALID_SLUG",
                "a tenant's slug has 1 to 63 of a-z, 0-9 and -, is no UUID, and is not `gateway`",
            ));
        }
        Ok(Tenant {
            id: TenantId::generate(ambient),
            name: match self.name {
                Some(name) => on_paper(&name)?,
                None => slug.clone(),
            },
            slug,
            country: self.country,
            allowed_countries: Countries(vec![self.country]),
            time_zone: self.time_zone,
            suspended_at: None,
            suspended_because: None,
            rate_limits: faxgate_types::RateLimits::default(),
        })
    }
}

/// Whether a slug would be taken for something else where tenants are named: another tenant's id, or the gateway's own audit chain.
pub(crate) fn means_something_else(slug: &str) -> bool {
    slug == "gateway" || slug.parse::<TenantId>().is_ok()
}

impl App {
    /// Adds a tenant.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `INVALID_SLUG`, `INVALID_TENANT`, `SLUG_TAKEN`.
    pub async fn create_tenant(
        &self,
        asker: &Asker,
        new: NewTenant,
        once: Once<Tenant>,
    ) -> Result<Tenant> {
        asker.must_operate("adding a tenant")?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move { app.add_tenant(&asker, new, &once).await })
            .await
    }

    async fn add_tenant(
        &self,
        asker: &Asker,
        new: NewTenant,
        once: &Once<Tenant>,
    ) -> Result<Tenant> {
        let tenant = new.into_tenant(&self.ambient)?;
        let mut tx = self.db.system("add a tenant").await?;
        match tenants::insert(&mut tx, &tenant, self.now()).await {
            Err(taken) if taken.is_unique_violation() => Err(Error::conflict(
                "SLUG_TAKEN",
                format!("there is a tenant `{}` already", tenant.slug),
            )),
            Err(error) => Err(error.into()),
            Ok(()) => {
                once.complete(&mut tx, &tenant).await?;
                let details = json!({"slug": tenant.slug, "name": tenant.name, "country": tenant.country.to_string()});
                let entry = Entry::new(asker, "tenant.created", tenant.id).details(details);
                self.audit(&mut tx, tenant.id, entry).await?;
                tx.commit().await?;
                tracing::info!(tenant = %tenant.slug, "added tenant {}", tenant.slug);
                Ok(tenant)
            }
        }
    }

    /// All tenants, by slug.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        let mut tx = self.db.system_read("list tenants").await?;
        let tenants = tenants::list(&mut tx).await?;
        tx.commit().await?;
        Ok(tenants)
    }

    /// A page of all tenants, by slug.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`.
    pub async fn tenants_page(
        &self,
        asker: &Asker,
        limit: u32,
        offset: u64,
    ) -> Result<Page<Tenant>> {
        asker.must_operate("seeing every tenant")?;
        let mut tx = self.db.system_read("list tenants").await?;
        let (total, results) = tenants::page(&mut tx, limit, offset).await?;
        tx.commit().await?;
        Ok(Page { total, results })
    }

    /// The tenant with this slug.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Tenant> {
        let mut tx = self.db.system_read("find a tenant").await?;
        let tenant = tenants::by_slug(&mut tx, slug).await?;
        tx.commit().await?;
        tenant.ok_or_else(|| super::no_such_tenant(slug))
    }
}
