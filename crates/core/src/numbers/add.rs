//! Numbers that are given to tenants and taken away by hand.

use faxgate_db::dids::{self, Carried};
use faxgate_db::{System, number_orders, routes};
use faxgate_types::{E164, TenantId, UserId};

use super::attach::{is_attached, not_attached};
use super::{Asker, OwnNumber, carried, read, read_any, refused, told};
use crate::app::App;
use crate::audit::Actor;
use crate::carrier::CarrierNumber;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::words;

impl App {
    /// Gives a number to a tenant, and delivers what came in for it while nobody had it.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NO_SUCH_TENANT`, `NUMBER_TAKEN`, `NUMBER_ORDERED`.
    pub async fn add_did(&self, number: &str, tenant: &str) -> Result<E164> {
        let tenant = self.tenant_by_slug(tenant).await?;
        let number = read(number, tenant.country)?;
        let mut tx = self.db.system("add a number").await?;
        must_not_be_ordered(&mut tx, std::slice::from_ref(&number)).await?;
        self.give(&mut tx, tenant.id, &number, Given::Confirmed(None))
            .await?;
        routes::reapply(&mut tx, None).await?;
        let numbers = std::slice::from_ref(&number);
        told::added(&mut tx, tenant.id, numbers, self.now()).await?;
        self.audit_numbers(&mut tx, tenant.id, Actor::Console, "number.added", numbers)
            .await?;
        tx.commit().await?;
        self.deliver_unmatched(&number, None).await?;
        Ok(number)
    }

    /// Gives a number to the asker's tenant, for operators, and where people may register for administrators, within bounds: one of the account at the carrier is attached, any other is only
    /// written down. It need not be one that could be dialled: `+` and 7 to 15 digits will do.
    ///
    /// What an administrator claims is nobody's proof: it counts as the tenant's, and keeps others from claiming it, but no fax comes or
    /// goes by it over a real line, and none of other tenants stays on-net for it, until an operator confirms it with
    /// [`App::change_number`].
    ///
    /// The account may use the number for something else, which attaching ends: so it is attached only when it is the tenant's.
    /// Where that fails, it stays the tenant's, and the error says so; [`App::attach_number`], or the same request with the same
    /// idempotency key, tries again.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `INVALID_NUMBER`, `NUMBER_TAKEN`, `NUMBER_ORDERED`, and what the carrier says.
    pub async fn claim_number(
        &self,
        asker: &Asker,
        number: &str,
        once: Once<OwnNumber>,
    ) -> Result<OwnNumber> {
        let most = self.may_claim(asker)?;
        let Some(tenant) = asker.tenant().cloned() else {
            return Err(Error::internal("a number is claimed for a tenant"));
        };
        let number = read_any(number, tenant.country)?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let found = if once.has_begun() {
                app.at_carrier(&number).await?
            } else {
                app.must_be_free(&asker, &number).await?;
                let found = app.at_carrier(&number).await?;
                let mut tx = app.db.system("claim a number").await?;
                if let Some(most) = most {
                    must_be_claimable(&mut tx, tenant.id, most, found.as_ref()).await?;
                }
                must_not_be_ordered(&mut tx, std::slice::from_ref(&number)).await?;
                let known = app.known(found.as_ref())?;
                let given = match most {
                    None => Given::Confirmed(known.as_ref()),
                    Some(_) => Given::Claimed,
                };
                app.give(&mut tx, tenant.id, &number, given).await?;
                // No route leads to what is only claimed.
                if most.is_none() {
                    routes::reapply(&mut tx, None).await?;
                }
                // It is the tenant's whatever the carrier says next.
                once.begin(&mut tx).await?;
                told::added(&mut tx, tenant.id, std::slice::from_ref(&number), app.now()).await?;
                app.audit_numbers(&mut tx, tenant.id, &asker, "number.added", [&number]).await?;
                tx.commit().await?;
                tracing::info!(tenant = %tenant.slug, %number, "{number} was given to {}", tenant.slug);
                found
            };
            if most.is_none() {
                app.deliver_unmatched(&number, None).await?;
            }
            let claimed = app.number(&asker, number.as_str()).await?;
            app.attach_claimed(&asker, claimed, found).await
        })
        .await
    }

    /// How many numbers the asker's tenant may have by claims of its own; `None`: an operator, who claims any. Where people may
    /// register, their tenants' administrators may claim as well.
    fn may_claim(&self, asker: &Asker) -> Result<Option<u32>> {
        if asker.is_operator() {
            return Ok(None);
        }
        match &self.settings.auth.registration {
            Some(registration) if registration.may_claim > 0 => {
                asker.may_manage()?;
                Ok(Some(registration.may_claim))
            }
            _ => asker.must_operate("claiming a number").map(|()| None),
        }
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

    /// All numbers, with their tenants' slugs and whether they are confirmed.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn dids(&self) -> Result<Vec<(E164, String, bool)>> {
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
            .find(|(owned, country)| {
                owned.as_str() == number.trim()
                    || E164::read(number, *country).as_ref() == Ok(owned)
            })
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
        let owner = dids::owner(&mut tx, &number).await?;
        dids::remove(&mut tx, &number).await?;
        routes::reapply(&mut tx, None).await?;
        if let Some(owner) = owner {
            told::released(&mut tx, owner, &number, self.now()).await?;
            self.audit_numbers(&mut tx, owner, Actor::Console, "number.removed", [&number])
                .await?;
        }
        tx.commit().await?;
        Ok(number)
    }

    /// Refuses a number that somebody has.
    async fn must_be_free(&self, asker: &Asker, number: &E164) -> Result<()> {
        let mut tx = self.db.system_read("look whether a number is free").await?;
        let owner = dids::owner(&mut tx, number).await?;
        tx.commit().await?;
        match owner {
            Some(owner) if asker.tenant().is_some_and(|own| own.id == owner) => {
                Err(Error::conflict(
                    "NUMBER_TAKEN",
                    format!("{number} is a number of this tenant already; nothing was changed"),
                ))
            }
            Some(_) => Err(taken_already(number)),
            None => Ok(()),
        }
    }

    /// The carrier's entry of a number; `None`: it has not got it, or there is no carrier.
    async fn at_carrier(&self, number: &E164) -> Result<Option<CarrierNumber>> {
        let Some(carrier) = self.carrier.clone() else {
            return Ok(None);
        };
        let found = carrier.find_number(number).await;
        found.map_err(|error| refused(carrier.as_ref(), error))
    }

    /// What is written beside a number that the carrier has.
    fn known(&self, found: Option<&CarrierNumber>) -> Result<Option<Carried>> {
        found
            .map(|found| Ok(carried(self.carrier()?.as_ref(), found)))
            .transpose()
    }

    /// Attaches a number that is its tenant's from now on.
    async fn attach_claimed(
        &self,
        asker: &Asker,
        claimed: OwnNumber,
        found: Option<CarrierNumber>,
    ) -> Result<OwnNumber> {
        let Some(found) = found else {
            return Ok(claimed);
        };
        if is_attached(self.carrier()?.as_ref(), &found) {
            return Ok(claimed);
        }
        let number = &claimed.did.number;
        let attached = self.attach_number(asker, number.as_str()).await;
        attached.map_err(|error| not_attached(error, number, &claimed.tenant))
    }

    /// Gives a number to a tenant. Afterwards, in the same transaction, routes are to be written anew.
    pub(super) async fn give(
        &self,
        tx: &mut System,
        tenant: TenantId,
        number: &E164,
        given: Given<'_>,
    ) -> Result<()> {
        let inserted = match given {
            Given::Confirmed(_) => dids::insert(tx, tenant, number, &self.ambient).await,
            Given::Claimed => dids::claim(tx, tenant, number, &self.ambient).await,
        };
        match inserted {
            Err(taken) if taken.is_unique_violation() => return Err(taken_already(number)),
            other => other?,
        }
        if let Given::Confirmed(Some(known)) = given {
            let added = dids::among(tx, std::slice::from_ref(number)).await?;
            for (did, _) in added {
                dids::set_carried(tx, did.id, known).await?;
            }
        }
        Ok(())
    }
}

/// How a tenant comes to a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    /// From an operator, or from the account at the carrier, which then says this of it.
    Confirmed(Option<&'a Carried>),
    /// By its own word.
    Claimed,
}

/// Refuses what only somebody who knows whose number it is may do with one that was claimed.
pub(crate) fn unconfirmed(number: &E164) -> Error {
    Error::conflict(
        "NUMBER_UNCONFIRMED",
        format!(
            "{number} was claimed, and the gateway's operator has not confirmed yet that it is this tenant's; until then only test faxes \
             (X-Test-Mode: true) go by it"
        ),
    )
}

/// Refuses a tenant that has claimed as many as it may, and a number that the carrier's account has: that is for operators to give.
async fn must_be_claimable(
    tx: &mut System,
    tenant: TenantId,
    most: u32,
    found: Option<&CarrierNumber>,
) -> Result<()> {
    if found.is_some() {
        return Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            "the gateway's account at the carrier has this number; ask the gateway's operator for it",
        ));
    }
    let owned = dids::of_tenant(tx, tenant).await?;
    if owned.len() >= most as usize {
        return Err(Error::conflict(
            "TOO_MANY_NUMBERS",
            format!(
                "a tenant may claim {most} numbers by itself (auth.registered_may_claim); ask the gateway's operator"
            ),
        ));
    }
    Ok(())
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

/// Refuses numbers that an order may bring any moment, until this transaction ends: they are for whoever ordered them.
pub(super) async fn must_not_be_ordered(tx: &mut System, numbers: &[E164]) -> Result<()> {
    match number_orders::under_way(tx, numbers).await?.first() {
        None => Ok(()),
        Some(number) => Err(ordered_already(number)),
    }
}

pub(super) fn ordered_already(number: &E164) -> Error {
    Error::conflict(
        "NUMBER_ORDERED",
        format!("{number} is in an order that has not ended; wait for its end"),
    )
}

pub(super) fn taken_already(number: &E164) -> Error {
    Error::conflict(
        "NUMBER_TAKEN",
        format!("{number} belongs to a tenant already"),
    )
}
