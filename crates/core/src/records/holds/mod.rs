//! Legal holds: what they cover is never removed, neither by its age nor with its tenant.

mod covers;

use faxgate_db::erasures;
use faxgate_db::faxes;
use faxgate_db::legal_holds::{self, LegalHold};
use faxgate_db::retention;
use faxgate_db::tenants::Tenant;
use faxgate_types::{E164, FaxId, LegalHoldId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;

pub(super) use covers::{covers_fax, covers_upload, is_on_everything};

/// A hold to place. What it does not name does not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewHold {
    /// Only this fax.
    pub fax: Option<FaxId>,
    /// Only faxes from or to this number, as the tenant's country writes it, or with its `+`.
    pub number: Option<String>,
    /// Only what is from this moment on.
    pub from: Option<Timestamp>,
    /// Only what is from before this moment.
    pub until: Option<Timestamp>,
    /// Why: 1 to 500 characters.
    pub reason: String,
}

impl App {
    /// Places a hold on what a tenant (by slug or id) has. What is removed already stays so.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_FIELDS`, `NOT_FOUND` when there is no such fax, and `ALREADY_REMOVED`.
    pub async fn place_hold(
        &self,
        asker: &Asker,
        tenant: &str,
        new: NewHold,
        once: Once<LegalHold>,
    ) -> Result<LegalHold> {
        asker.may_administer("place legal holds")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let number = checked(&new, &tenant)?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move { app.hold(&asker, &tenant, new, number, &once).await })
            .await
    }

    async fn hold(
        &self,
        asker: &Asker,
        tenant: &Tenant,
        new: NewHold,
        number: Option<E164>,
        once: &Once<LegalHold>,
    ) -> Result<LegalHold> {
        let hold = LegalHold {
            id: LegalHoldId::generate(&self.ambient),
            tenant_id: tenant.id,
            fax_id: new.fax,
            number,
            from_at: new.from,
            until_at: new.until,
            reason: new.reason.trim().to_owned(),
            placed_by: self.name_of(asker),
            by_operator: asker.is_operator(),
            placed_at: self.now(),
            lifted_by: None,
            lifted_at: None,
        };
        let mut tx = self.db.system("place a legal hold").await?;
        // Whoever removes something right now is waited for: from here on nothing goes that the hold covers.
        legal_holds::alone(&mut tx, tenant.id).await?;
        let erasure = erasures::find(&mut tx, tenant.id).await?;
        if erasure.is_some_and(|erasure| erasure.state != erasures::WAITING) {
            return Err(Error::conflict(
                "BEING_ERASED",
                "the tenant is being erased: there is no way back",
            ));
        }
        if let Some(fax) = hold.fax_id {
            if faxes::find(&mut tx, tenant.id, fax).await?.is_none() {
                return Err(Error::not_found(
                    "NOT_FOUND",
                    format!("there is no fax {fax}"),
                ));
            }
            if let Some(at) = retention::removed_at(&mut tx, tenant.id, fax).await? {
                return Err(Error::conflict(
                    "ALREADY_REMOVED",
                    format!("the fax's documents were removed on {}", day(at)),
                ));
            }
        }
        legal_holds::insert(&mut tx, &hold).await?;
        once.complete(&mut tx, &hold).await?;
        let entry = Entry::new(asker, "legal_hold.placed", hold.id).details(json!({
            "fax": hold.fax_id, "number": hold.number.as_ref().map(E164::as_str),
            "from": hold.from_at, "until": hold.until_at, "reason": hold.reason,
        }));
        self.audit(&mut tx, tenant.id, entry).await?;
        tx.commit().await?;
        tracing::info!(tenant = %tenant.slug, hold = %hold.id, "legal hold {} was placed by {}", hold.id, hold.placed_by);
        Ok(hold)
    }

    /// Lifts a hold of a tenant's (by slug or id): what it covered goes when its time is over. One that an operator placed is lifted by
    /// an operator.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `NO_SUCH_HOLD`, `ALREADY_LIFTED`.
    pub async fn lift_hold(
        &self,
        asker: &Asker,
        tenant: &str,
        id: LegalHoldId,
    ) -> Result<LegalHold> {
        asker.may_administer("lift legal holds")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let (by, now) = (app.name_of(&asker), app.now());
            let mut tx = app.db.write(tenant.id).await?;
            let hold = legal_holds::find(&mut tx, tenant.id, id).await?;
            let mut hold = hold
                .ok_or_else(|| Error::not_found("NO_SUCH_HOLD", "there is no such legal hold"))?;
            if hold.by_operator && !asker.is_operator() {
                return Err(Error::forbidden(
                    "ROLE_FORBIDDEN",
                    "an operator placed this legal hold, and lifts it",
                ));
            }
            if !legal_holds::lift(&mut tx, tenant.id, id, &by, now).await? {
                return Err(Error::conflict(
                    "ALREADY_LIFTED",
                    "this legal hold was lifted before",
                ));
            }
            (hold.lifted_by, hold.lifted_at) = (Some(by), Some(now));
            let entry =
                Entry::new(&asker, "legal_hold.lifted", id).details(json!({"reason": hold.reason}));
            app.audit(&mut tx, tenant.id, entry).await?;
            tx.commit().await?;
            Ok(hold)
        })
        .await
    }

    /// A page of the holds on what a tenant (by slug or id) has, oldest first, with how many there are; `lifted`: also those that hold
    /// no more.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn holds(
        &self,
        asker: &Asker,
        tenant: &str,
        lifted: bool,
        limit: u32,
        offset: u64,
    ) -> Result<(Vec<LegalHold>, u64)> {
        asker.may_administer("see legal holds")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let (limit, offset) = (i64::from(limit), i64::try_from(offset).unwrap_or(i64::MAX));
        let mut tx = self.db.read(tenant.id).await?;
        let holds = legal_holds::list(&mut tx, tenant.id, lifted, limit, offset).await?;
        let total = legal_holds::count(&mut tx, tenant.id, lifted).await?;
        tx.commit().await?;
        Ok((holds, u64::try_from(total).unwrap_or(0)))
    }

    /// Who asks, for people.
    pub(super) fn name_of(&self, asker: &Asker) -> String {
        match asker {
            Asker::Caller(caller) => caller.user.username.clone(),
            Asker::Console => match &self.settings.records.console {
                Some(login) => format!("{login} at the console"),
                None => "the console".to_owned(),
            },
        }
    }
}

/// `2026-02-14`
pub(crate) fn day(at: Timestamp) -> String {
    at.to_seconds().chars().take(10).collect()
}

fn checked(new: &NewHold, tenant: &Tenant) -> Result<Option<E164>> {
    let wrong = |field: &str, problem: &str| {
        Error::bad_input("INVALID_FIELDS", format!("{field} {problem}")).field(field, problem)
    };
    let reason = new.reason.trim();
    let length = reason.chars().count();
    if length == 0 || length > 500 || reason.chars().any(char::is_control) {
        return Err(wrong("reason", "must be one line of 1 to 500 characters"));
    }
    if let (Some(from), Some(until)) = (new.from, new.until)
        && from >= until
    {
        return Err(wrong("until", "must be later than from"));
    }
    if new.fax.is_some() && (new.number.is_some() || new.from.is_some() || new.until.is_some()) {
        return Err(wrong("fax", "goes without a number and times"));
    }
    let number = new.number.as_deref();
    let read = number.map(|number| E164::read(number, tenant.country));
    read.transpose()
        .map_err(|error| wrong("number", &format!("is wrong: {error}")))
}
