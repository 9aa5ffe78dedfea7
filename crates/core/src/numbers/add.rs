//! Numbers that are given to tenants and taken away by hand.

use faxgate_db::dids::{self, Carried};
use faxgate_db::{System, routes};
use faxgate_types::{E164, TenantId, UserId};

use super::idempotent::{answered, once};
use super::{Asker, OwnNumber, carried, read, refused};
use crate::app::App;
use crate::error::{Error, Result};
use crate::submit::Idempotency;
use crate::words;

const ENDPOINT: &str = "numbers.claim";

impl App {
    /// Gives a number to a tenant, and delivers what came in for it while nobody had it.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NO_SUCH_TENANT`, `NUMBER_TAKEN`.
    pub async fn add_did(&self, number: &str, tenant: &str) -> Result<E164> {
        let tenant = self.tenant_by_slug(tenant).await?;
        let number = read(number, tenant.country)?;
        let mut tx = self.db.system("add a number").await?;
        self.give(&mut tx, tenant.id, &number, None).await?;
        routes::reapply(&mut tx, None).await?;
        tx.commit().await?;
        self.deliver_unmatched(&number).await?;
        Ok(number)
    }

    /// Gives a number to the asker's tenant: one of the account at the carrier, which is attached at once, or, for operators,
    /// any other.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NUMBER_TAKEN`, `ROLE_FORBIDDEN`, `IDEMPOTENCY_KEY_REUSED`, and what the carrier says.
    pub async fn claim_number(
        &self,
        asker: &Asker,
        number: &str,
        idempotency: Option<Idempotency>,
    ) -> Result<OwnNumber> {
        asker.may_manage()?;
        let Some(tenant) = asker.tenant().cloned() else {
            return Err(Error::internal("a number is claimed for a tenant"));
        };
        let number = read(number, tenant.country)?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            if app
                .was_claimed(&asker, &number, idempotency.as_ref())
                .await?
            {
                return app.number(&asker, number.as_str()).await;
            }
            let known = app.attached(&number).await?;
            if known.is_none() {
                asker.must_operate(&format!(
                    "{number} is not a number of this gateway's account at a carrier: claiming it"
                ))?;
            }
            let mut tx = app.db.system("claim a number").await?;
            let answer = number.as_str();
            let before = once(
                &mut tx,
                &asker,
                ENDPOINT,
                idempotency.as_ref(),
                answer,
                app.now(),
            )
            .await?;
            if before.is_some() {
                tx.commit().await?;
                return app.number(&asker, number.as_str()).await;
            }
            app.give(&mut tx, tenant.id, &number, known.as_ref())
                .await?;
            routes::reapply(&mut tx, None).await?;
            let claimed = dids::among(&mut tx, std::slice::from_ref(&number)).await?;
            tx.commit().await?;
            app.deliver_unmatched(&number).await?;
            tracing::info!(tenant = %tenant.slug, %number, "{number} was given to {}", tenant.slug);
            let claimed = claimed.into_iter().next();
            claimed
                .map(OwnNumber::from)
                .ok_or_else(|| Error::internal("a number that was just added is not there"))
        })
        .await
    }

    /// The small number beside a user's id.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn user_short_id(&self, user: UserId) -> Result<i64> {
        let mut tx = self.db.system_read("read a user's small number").await?;
        let id = faxgate_db::users::short_id(&mut tx, user).await?;
        tx.commit().await?;
        id.ok_or_else(|| Error::internal("a user without a small number"))
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
    /// from it fail when their turn comes, so it is refused while there are such, unless `force` is set. A carrier that has it is
    /// told nothing.
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
        if !force {
            must_be_idle(
                &mut tx,
                &number,
                "wait for them, cancel them, or use --force: then they fail",
            )
            .await?;
        }
        dids::remove(&mut tx, &number).await?;
        routes::reapply(&mut tx, None).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Whether the very same request has given the number away already. Refuses a number that somebody has otherwise.
    async fn was_claimed(
        &self,
        asker: &Asker,
        number: &E164,
        idempotency: Option<&Idempotency>,
    ) -> Result<bool> {
        let mut tx = self.db.system_read("look whether a number is free").await?;
        let before = answered(&mut tx, asker, ENDPOINT, idempotency).await?;
        let taken = dids::owner(&mut tx, number).await?;
        tx.commit().await?;
        match (before, taken) {
            (Some(_), _) => Ok(true),
            (None, Some(_)) => Err(taken_already(number)),
            (None, None) => Ok(false),
        }
    }

    /// What the carrier has of a number, attached to the application; `None`: it has not got it, or there is no carrier.
    async fn attached(&self, number: &E164) -> Result<Option<Carried>> {
        let Some(carrier) = self.carrier.clone() else {
            return Ok(None);
        };
        let failed = |error| refused(carrier.as_ref(), error);
        let Some(found) = carrier.find_number(number).await.map_err(failed)? else {
            return Ok(None);
        };
        let attached = self.attach_at(carrier.as_ref(), found).await?;
        Ok(Some(carried(carrier.as_ref(), &attached)))
    }

    /// Gives a number to a tenant. Afterwards, in the same transaction, routes are to be written anew.
    pub(super) async fn give(
        &self,
        tx: &mut System,
        tenant: TenantId,
        number: &E164,
        known: Option<&Carried>,
    ) -> Result<()> {
        match dids::insert(tx, tenant, number, &self.ambient).await {
            Err(taken) if taken.is_unique_violation() => return Err(taken_already(number)),
            other => other?,
        }
        if let Some(known) = known {
            let added = dids::among(tx, std::slice::from_ref(number)).await?;
            for (did, _) in added {
                dids::set_carried(tx, did.id, known).await?;
            }
        }
        Ok(())
    }
}

/// Refuses while faxes wait to be sent from a number. `what_to_do` ends the sentence.
pub(super) async fn must_be_idle(tx: &mut System, number: &E164, what_to_do: &str) -> Result<()> {
    let waiting = dids::waiting_from(tx, number).await?;
    if waiting == 0 {
        return Ok(());
    }
    Err(Error::conflict(
        "NUMBER_IN_USE",
        format!(
            "{} not finished that were to be sent from {number}; {what_to_do}",
            words::faxes_are(waiting)
        ),
    ))
}

pub(super) fn taken_already(number: &E164) -> Error {
    Error::conflict(
        "NUMBER_TAKEN",
        format!("{number} belongs to a tenant already"),
    )
}
