//! The numbers that the gateway owns.

use faxgate_db::dids;
use faxgate_types::E164;

use crate::app::App;
use crate::error::{Error, Result};
use crate::words;

impl App {
    /// Gives a number to a tenant, and delivers what came in for it while nobody had it.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NO_SUCH_TENANT`, `NUMBER_TAKEN`.
    pub async fn add_did(&self, number: &str, tenant: &str) -> Result<E164> {
        let tenant = self.tenant_by_slug(tenant).await?;
        let number = E164::read(number, tenant.country)
            .map_err(|e| Error::bad_input("INVALID_NUMBER", format!("{number}: {e}")))?;
        let mut tx = self.db.system("add a number").await?;
        match dids::insert(&mut tx, tenant.id, &number, &self.ambient).await {
            Err(taken) if taken.is_unique_violation() => {
                return Err(Error::conflict(
                    "NUMBER_TAKEN",
                    format!("{number} belongs to a tenant already"),
                ));
            }
            other => other?,
        }
        tx.commit().await?;
        self.deliver_unmatched(&number).await?;
        Ok(number)
    }

    /// All numbers, with their tenants' slugs.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn dids(&self) -> Result<Vec<(E164, String)>> {
        let mut tx = self.db.system_read("list numbers").await?;
        let dids = dids::list(&mut tx).await?;
        tx.commit().await?;
        Ok(dids)
    }

    /// Takes a number away from its tenant. What comes in for it then belongs to nobody, and faxes that wait to be sent
    /// from it fail when their turn comes, so it is refused while there are such, unless `force` is set.
    ///
    /// The number is read with its `+`, or as the country of the tenant that has it writes it.
    ///
    /// # Errors
    /// `NO_SUCH_NUMBER`, `NUMBER_IN_USE`.
    pub async fn remove_did(&self, number: &str, force: bool) -> Result<E164> {
        let mut tx = self.db.system("remove a number").await?;
        let owned = dids::owned(&mut tx).await?;
        let (number, _) = owned
            .into_iter()
            .find(|(owned, country)| E164::read(number, *country).as_ref() == Ok(owned))
            .ok_or_else(|| {
                Error::not_found(
                    "NO_SUCH_NUMBER",
                    format!("{number} is no number of this gateway; `faxgate did list` shows them"),
                )
            })?;
        let waiting = dids::waiting_from(&mut tx, &number).await?;
        if waiting > 0 && !force {
            return Err(Error::conflict(
                "NUMBER_IN_USE",
                format!(
                    "{} not finished that were to be sent from {number}; wait for them, cancel them, or use --force: then they fail",
                    words::faxes_are(waiting)
                ),
            ));
        }
        dids::remove(&mut tx, &number).await?;
        tx.commit().await?;
        Ok(number)
    }
}
