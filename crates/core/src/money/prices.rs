//! Looking at prices, and setting them.

use faxgate_db::money::prices;
use faxgate_db::tenants::Tenant;
use serde_json::json;

use super::PriceList;
use crate::app::App;
use crate::audit::{self, Actor};
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// A tenant's prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricesOf {
    /// The prices.
    pub list: PriceList,
    /// Whether they are its own, not the gateway's.
    pub is_own: bool,
    /// ISO 4217.
    pub currency: String,
}

impl App {
    /// The prices of the asker's tenant, or, for operators, of the one with this slug.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN` to members, `NO_SUCH_TENANT`.
    pub async fn prices(&self, asker: &Asker, tenant: Option<&str>) -> Result<PricesOf> {
        may_see(asker, "seeing prices")?;
        let tenant = self.tenant_of(asker, tenant).await?;
        let mut tx = self.db.read(tenant.id).await?;
        let own = prices::find(&mut tx, tenant.id).await?;
        tx.commit().await?;
        Ok(PricesOf {
            is_own: own.is_some(),
            list: self.price_list(own.as_deref()),
            currency: self.settings.tariff.currency.clone(),
        })
    }

    /// Sets a tenant's own prices, which hold for calls that are begun from now on; `None` takes them away, so that the gateway's
    /// hold. For operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_PRICES`.
    pub async fn set_prices(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        list: Option<PriceList>,
    ) -> Result<PricesOf> {
        asker_must_operate(asker, "setting prices")?;
        let of = self.tenant_of(asker, tenant).await?;
        let own = list.is_some();
        let text = match &list {
            Some(list) => {
                list.check()?;
                Some(serde_json::to_string(list).map_err(Error::internal)?)
            }
            None => None,
        };
        let (app, id, actor) = (self.clone(), of.id, Actor::from(asker));
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.write(id).await?;
            prices::set(&mut tx, id, text.as_deref(), now).await?;
            let done = audit::Entry::new(actor, "prices.set", id).details(json!({"prices": list}));
            app.audit(&mut tx, id, done).await?;
            tx.commit().await?;
            Ok(())
        })
        .await?;
        tracing::info!(tenant = %of.slug, own, "set the prices of tenant {}", of.slug);
        self.prices(asker, Some(&of.slug)).await
    }

    /// The tenant that money is asked of: the asker's own, or, for operators, the one with this slug.
    pub(super) async fn tenant_of(&self, asker: &Asker, slug: Option<&str>) -> Result<Tenant> {
        match (asker, slug) {
            (Asker::Caller(caller), None) => Ok(caller.tenant.clone()),
            (Asker::Caller(caller), Some(slug)) if caller.tenant.slug == slug => {
                Ok(caller.tenant.clone())
            }
            (_, Some(slug)) => {
                asker_must_operate(asker, "another tenant's usage and money")?;
                self.tenant_by_slug(slug).await
            }
            (Asker::Console, None) => Err(Error::bad_input(
                "TENANT_REQUIRED",
                "name the tenant whose money it is",
            )),
        }
    }
}

/// Refuses whoever does not administer the tenant.
pub(super) fn may_see(asker: &Asker, what: &str) -> Result<()> {
    match asker {
        Asker::Caller(caller) if !caller.role.can_manage() => Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            format!("{what} is for the tenant's administrators; ask them"),
        )),
        _ => Ok(()),
    }
}

/// Refuses whoever is no operator.
pub(super) fn asker_must_operate(asker: &Asker, what: &str) -> Result<()> {
    if asker.is_operator() {
        return Ok(());
    }
    Err(Error::forbidden(
        "ROLE_FORBIDDEN",
        format!("{what} needs the operator role; ask the gateway's operator"),
    ))
}
