//! Attaching a number to the application at the carrier, so that its faxes come here.

use faxgate_db::{Wake, dids, routes};
use faxgate_types::E164;

use super::add::unconfirmed;
use super::look::{find, name};
use super::{Asker, OwnNumber, carried, refused};
use crate::app::App;
use crate::carrier::{Carrier, CarrierNumber};
use crate::error::{Error, Result};

impl App {
    /// Attaches a number again: somebody may have changed it at the carrier. What a tenant only claimed is attached by operators, who
    /// confirm it so.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_NUMBER`, `NUMBER_UNCONFIRMED`, `NOT_AT_CARRIER`, `CARRIER_NOT_CONFIGURED`, and what the carrier says.
    pub async fn attach_number(&self, asker: &Asker, named: &str) -> Result<OwnNumber> {
        asker.may_manage()?;
        let named = name(asker, named)?;
        let carrier = self.carrier()?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let mut tx = app.db.system_read("find a number").await?;
            let own = find(&mut tx, &asker, &named, false).await?;
            tx.commit().await?;
            if !own.did.confirmed && !asker.is_operator() {
                return Err(unconfirmed(&own.did.number));
            }
            let number = own.did.number;
            let found = carrier
                .find_number(&number)
                .await
                .map_err(|error| refused(carrier.as_ref(), error))?
                .ok_or_else(|| not_at_carrier(carrier.as_ref(), &number.to_string()))?;
            let attached = app.attach_at(carrier.as_ref(), found).await?;
            let mut tx = app.db.system("note where a number is attached").await?;
            let own = find(&mut tx, &asker, &named, true).await?;
            let (was_confirmed, claimed_at) = (own.did.confirmed, own.did.created_at);
            dids::set_carried(&mut tx, own.did.id, &carried(carrier.as_ref(), &attached)).await?;
            let own = find(&mut tx, &asker, &named, false).await?;
            if !was_confirmed {
                routes::reapply(&mut tx, None).await?;
                tx.wake(Wake::Queue);
            }
            app.audit_numbers(
                &mut tx,
                own.did.tenant_id,
                &asker,
                "number.attached",
                [&own.did.number],
            )
            .await?;
            tx.commit().await?;
            if !was_confirmed {
                app.deliver_unmatched(&own.did.number, Some(claimed_at))
                    .await?;
            }
            Ok(own)
        })
        .await
    }

    /// Attaches a number of the account, if it is attached to something else or nothing.
    pub(super) async fn attach_at(
        &self,
        carrier: &dyn Carrier,
        number: CarrierNumber,
    ) -> Result<CarrierNumber> {
        if is_attached(carrier, &number) {
            return Ok(number);
        }
        let attached = carrier
            .attach(&number.id)
            .await
            .map_err(|error| refused(carrier, error))?;
        if is_attached(carrier, &attached) {
            return Ok(attached);
        }
        Err(Error::unavailable(
            "CARRIER_UNAVAILABLE",
            format!(
                "{} took the change, but {} is not attached to the fax application yet; try again in a moment",
                carrier.name(),
                number.number
            ),
        ))
    }
}

/// Whether a number's faxes come here.
pub(super) fn is_attached(carrier: &dyn Carrier, number: &CarrierNumber) -> bool {
    number.application.as_deref() == Some(carrier.application())
}

/// The error where a number is a tenant's from now on, and attaching it failed. Nothing is undone: that could fail likewise.
pub(super) fn not_attached(mut error: Error, number: &E164, tenant: &str) -> Error {
    error.message = format!(
        "{number} is {tenant}'s now, but it is not attached to the fax application, so its faxes do not come here yet ({}); attach it with POST /api/v1/numbers/{number}/attach",
        error.message
    );
    error
}

pub(super) fn not_at_carrier(carrier: &dyn Carrier, numbers: &str) -> Error {
    Error::not_found(
        "NOT_AT_CARRIER",
        format!(
            "the gateway's account at {} has no number {numbers}",
            carrier.name()
        ),
    )
}
