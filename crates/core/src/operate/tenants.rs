//! Tenants.

use faxgate_db::tenants::{self, Tenant};
use faxgate_types::{Countries, Country, TenantId, TimeZone};

use crate::app::App;
use crate::error::{Error, Result};

/// A tenant to add.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Its short name: 1 to 63 of `a-z0-9-`.
    pub slug: String,
    /// Its name on paper; the slug when there is none.
    pub name: Option<String>,
    /// Where it is; at first, that is where it may call.
    pub country: Country,
    /// Its clocks.
    pub time_zone: TimeZone,
}

impl App {
    /// Adds a tenant.
    ///
    /// # Errors
    /// `INVALID_SLUG`, `SLUG_TAKEN`.
    pub async fn create_tenant(&self, new: NewTenant) -> Result<Tenant> {
        let slug = new.slug;
        let good = (1..=63).contains(&slug.len())
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !slug.starts_with('-');
        if !good {
            return Err(Error::bad_input(
                "INVALID_SLUG",
                "a tenant's slug has 1 to 63 of a-z, 0-9 and -",
            ));
        }
        let tenant = Tenant {
            id: TenantId::generate(&self.ambient),
            name: new.name.unwrap_or_else(|| slug.clone()),
            slug,
            country: new.country,
            allowed_countries: Countries(vec![new.country]),
            time_zone: new.time_zone,
        };
        let mut tx = self.db.system("add a tenant").await?;
        match tenants::insert(&mut tx, &tenant, self.now()).await {
            Err(taken) if taken.is_unique_violation() => Err(Error::conflict(
                "SLUG_TAKEN",
                format!("there is a tenant `{}` already", tenant.slug),
            )),
            Err(error) => Err(error.into()),
            Ok(()) => {
                tx.commit().await?;
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

    /// The tenant with this slug.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Tenant> {
        let mut tx = self.db.system_read("find a tenant").await?;
        let tenant = tenants::by_slug(&mut tx, slug).await?;
        tx.commit().await?;
        tenant.ok_or_else(|| {
            Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{slug}`"))
        })
    }
}
