//! Numbers that must not be faxed.

use faxgate_db::do_not_fax::{self, Entry};
use faxgate_db::tenants::Tenant;
use faxgate_types::{Country, E164};
use serde_json::json;

use crate::app::App;
use crate::audit::{self, Actor};
use crate::error::{Error, Result};

/// Entries read at once.
const PAGE: i64 = 10_000;

impl App {
    /// Adds a number to the list of a tenant (by slug), or to the one for everybody; says how it is written in E.164. Without a
    /// tenant it needs its `+`. Faxes that wait for it already are not taken back.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`, `INVALID_NUMBER`, `INVALID_REASON`, `LISTED_ALREADY`.
    pub async fn do_not_fax(
        &self,
        number: &str,
        tenant: Option<&str>,
        reason: &str,
    ) -> Result<E164> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > 500 || reason.chars().any(char::is_control)
        {
            return Err(Error::bad_input(
                "INVALID_REASON",
                "a reason is one line of at most 500 characters",
            ));
        }
        let (tenant, number) = self.listed(number, tenant).await?;
        let now = self.now();
        let mut tx = self.db.system("add to a do-not-fax list").await?;
        let added = match &tenant {
            Some(tenant) => do_not_fax::add(&mut tx, tenant.id, &number, reason, now).await?,
            None => do_not_fax::add_for_everybody(&mut tx, &number, reason, now).await?,
        };
        if !added {
            return Err(Error::conflict(
                "LISTED_ALREADY",
                format!("{number} is on that list already; remove it first to change its reason"),
            ));
        }
        let entry = audit::Entry::new(Actor::Console, "do_not_fax.added", &number)
            .details(json!({"reason": reason}));
        self.audit(&mut tx, tenant.map(|tenant| tenant.id), entry)
            .await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Takes a number off the list of a tenant (by slug), or off the one for everybody.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`, `INVALID_NUMBER`, `NOT_LISTED`.
    pub async fn may_be_faxed(&self, number: &str, tenant: Option<&str>) -> Result<E164> {
        let (tenant, number) = self.listed(number, tenant).await?;
        let mut tx = self.db.system("remove from a do-not-fax list").await?;
        let removed = match &tenant {
            Some(tenant) => do_not_fax::remove(&mut tx, tenant.id, &number).await?,
            None => do_not_fax::remove_for_everybody(&mut tx, &number).await?,
        };
        if !removed {
            return Err(Error::not_found(
                "NOT_LISTED",
                format!("{number} is not on that list"),
            ));
        }
        let entry = audit::Entry::new(Actor::Console, "do_not_fax.removed", &number);
        self.audit(&mut tx, tenant.map(|tenant| tenant.id), entry)
            .await?;
        tx.commit().await?;
        Ok(number)
    }

    /// The list of a tenant (by slug), or the one for everybody, by number, `PAGE` entries from `offset` on; the second is
    /// where to go on, if there are more.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn do_not_fax_list(
        &self,
        tenant: Option<&str>,
        offset: i64,
    ) -> Result<(Vec<Entry>, Option<i64>)> {
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?),
            None => None,
        };
        let mut tx = self.db.system_read("show a do-not-fax list").await?;
        let entries = match &tenant {
            Some(tenant) => do_not_fax::of_tenant(&mut tx, tenant.id, PAGE, offset).await?,
            None => do_not_fax::for_everybody(&mut tx, PAGE, offset).await?,
        };
        tx.commit().await?;
        let more = i64::try_from(entries.len()).unwrap_or(0) == PAGE;
        Ok((entries, more.then_some(offset + PAGE)))
    }

    async fn listed(&self, number: &str, tenant: Option<&str>) -> Result<(Option<Tenant>, E164)> {
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?),
            None => None,
        };
        let number = match &tenant {
            Some(tenant) => read(number, tenant.country)?,
            None => international(number)?,
        };
        Ok((tenant, number))
    }
}

/// A number that belongs to no country in particular: with its `+`.
pub(super) fn international(number: &str) -> Result<E164> {
    if !number.trim().starts_with('+') {
        return Err(Error::bad_input(
            "INVALID_NUMBER",
            format!("{number}: write it with + and the country code"),
        ));
    }
    // With its + a number reads the same in every country.
    let anywhere: Country = "US".parse().map_err(Error::internal)?;
    read(number, anywhere)
}

fn read(number: &str, country: Country) -> Result<E164> {
    E164::read(number, country)
        .map_err(|e| Error::bad_input("INVALID_NUMBER", format!("{number}: {e}")))
}
