//! Giving a number back.

use faxgate_db::{Wake, dids, jobs, routes};
use faxgate_types::{DidId, DidState, JobId};

use super::add::must_be_idle;
use super::look::{find, name};
use super::{Asker, OwnNumber, refused, told};
use crate::app::App;
use crate::audit::Actor;
use crate::error::{Error, Result};
use crate::work::{self, Done, Lease};

/// What became of a number that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// It is nobody's any more.
    Gone(OwnNumber),
    /// Its carrier is being told; then it is gone.
    Releasing(OwnNumber),
}

impl App {
    /// Gives a number up. One that a carrier has is given back to it, unless `keep_at_carrier` is set: that takes it from the
    /// tenant, and leaves it in the account.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_NUMBER`, `NUMBER_IN_USE`, `CARRIER_NOT_CONFIGURED`.
    pub async fn release_number(
        &self,
        asker: &Asker,
        named: &str,
        keep_at_carrier: bool,
    ) -> Result<Released> {
        asker.may_manage()?;
        let named = name(asker, named)?;
        let (app, asker) = (self.clone(), asker.clone());
        let released = self
            .on_main(async move {
                let now = app.now();
                let mut tx = app.db.system("release a number").await?;
                let mut own = find(&mut tx, &asker, &named, true).await?;
                must_be_idle(&mut tx, &own.did.number, "wait for them, or cancel them").await?;
                if own.did.carrier.is_none() || keep_at_carrier {
                    dids::remove(&mut tx, &own.did.number).await?;
                    // No route led to what was only claimed.
                    if own.did.confirmed {
                        routes::reapply(&mut tx, None).await?;
                    }
                    told::released(&mut tx, own.did.tenant_id, &own.did.number, now).await?;
                    app.audit_numbers(
                        &mut tx,
                        own.did.tenant_id,
                        &asker,
                        "number.removed",
                        [&own.did.number],
                    )
                    .await?;
                    tx.commit().await?;
                    return Ok(Released::Gone(own));
                }
                app.carrier()?;
                own.did.state = DidState::Releasing;
                own.did.is_default = false;
                dids::update(&mut tx, &own.did).await?;
                let job = JobId::generate(&app.ambient);
                jobs::begin_anew(&mut tx, job, work::RELEASE_NUMBER, own.did.id, now).await?;
                tx.wake(Wake::Jobs);
                app.audit_numbers(
                    &mut tx,
                    own.did.tenant_id,
                    &asker,
                    "number.released",
                    [&own.did.number],
                )
                .await?;
                tx.commit().await?;
                Ok(Released::Releasing(own))
            })
            .await?;
        let (Released::Gone(own) | Released::Releasing(own)) = &released;
        tracing::info!(tenant = %own.tenant, number = %own.did.number, "{} is given up by {}", own.did.number, own.tenant);
        self.work_added.notify_one();
        Ok(released)
    }

    /// Tells the carrier to take a number back; then it is gone here too.
    pub(crate) async fn give_back(&self, id: DidId, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.system_read("find a number to give back").await?;
        let found = dids::by_id(&mut tx, id, false).await?;
        tx.commit().await?;
        let did = match found {
            Some((did, _)) if did.state == DidState::Releasing => did,
            _ => {
                let mut tx = self.db.system("a number is not given back").await?;
                jobs::finish(&mut tx, lease.job, self.node()).await?;
                tx.commit().await?;
                return Ok(Done::Nothing);
            }
        };
        let carrier = self.carrier()?;
        if did.carrier.as_deref() != Some(carrier.name()) {
            return Err(Error::unavailable(
                "CARRIER_NOT_CONFIGURED",
                format!(
                    "{} is carried by somebody who is not set up here",
                    did.number
                ),
            ));
        }
        if let Some(number_id) = &did.carrier_number_id {
            carrier.release(number_id).await.map_err(|error| {
                let (why, told) = (error.to_string(), refused(carrier.as_ref(), error));
                // However it was refused, it stays the account's, and is paid for: it is tried again.
                Error::unavailable(
                    told.code,
                    format!("{} is not given back yet: {why}", did.number),
                )
                .because(told)
            })?;
        }
        let mut tx = self.db.system("a number was given back").await?;
        if !jobs::finish(&mut tx, lease.job, self.node()).await? {
            return Ok(Done::Nothing);
        }
        dids::remove(&mut tx, &did.number).await?;
        routes::reapply(&mut tx, None).await?;
        told::released(&mut tx, did.tenant_id, &did.number, self.now()).await?;
        self.audit_numbers(
            &mut tx,
            did.tenant_id,
            Actor::System,
            "number.removed",
            [&did.number],
        )
        .await?;
        tx.commit().await?;
        tracing::info!(number = %did.number, "{} was given back to {}", did.number, carrier.name());
        Ok(Done::Finished)
    }
}
