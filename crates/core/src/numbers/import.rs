//! Taking over numbers that the account has already.

use faxgate_db::{dids, number_orders, routes};
use faxgate_types::E164;

use super::add::{Given, ordered_already, taken_already};
use super::attach::{not_at_carrier, not_attached};
use super::{Asker, MOST_AT_ONCE, OwnNumber, carried, read_all, refused, told};
use crate::app::App;
use crate::audit::Actor;
use crate::carrier::{Carrier, CarrierNumber};
use crate::error::{Error, Result};
use crate::idempotent::Once;

/// More pages than any account has.
const MOST_PAGES: u32 = 1000;

/// Which numbers of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhichNumbers {
    /// These.
    These(Vec<String>),
    /// All that nobody has here, or the tenant itself.
    All,
}

/// Numbers to take over.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Which.
    pub numbers: WhichNumbers,
    /// The slug of the tenant that gets them, if it is not the asker's own.
    pub tenant: Option<String>,
    /// The caller's idempotency key, if there is one.
    pub once: Once<Imported>,
}

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Numbers that are the tenant's now, attached.
    pub numbers: Vec<OwnNumber>,
    /// Numbers of the account that other tenants have, or that are in an order that has not ended.
    pub skipped: Vec<E164>,
}

impl App {
    /// Takes over numbers of the account: gives them to the tenant, then attaches them; for operators. A number that the tenant has
    /// already is attached again: doing so twice changes nothing.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `NOT_AT_CARRIER`, `NUMBER_TAKEN`, `NUMBER_ORDERED`, `CARRIER_NOT_CONFIGURED`, and what the carrier says;
    /// then what was done until there stays.
    pub async fn import_numbers(&self, asker: &Asker, request: ImportRequest) -> Result<Imported> {
        asker.must_operate("taking over numbers of the account")?;
        let carrier = self.carrier()?;
        let tenant = self.beneficiary(asker, request.tenant.as_deref()).await?;
        let app = self.clone();
        let actor = Actor::from(asker);
        self.on_main(async move {
            let (wanted, skips) = match &request.numbers {
                WhichNumbers::These(numbers) => {
                    let numbers = read_all(numbers, tenant.country)?;
                    (these(carrier.as_ref(), &numbers).await?, false)
                }
                WhichNumbers::All => (all(carrier.as_ref()).await?, true),
            };
            let numbers: Vec<E164> = wanted.iter().map(|found| found.number.clone()).collect();
            let mut tx = app.db.system("take numbers over").await?;
            let ordered = number_orders::under_way(&mut tx, &numbers).await?;
            let there = dids::among(&mut tx, &numbers).await?;
            let (mut imported, mut ours) = (Imported::default(), Vec::new());
            let mut added = Vec::new();
            for found in wanted {
                let number = &found.number;
                let known = carried(carrier.as_ref(), &found);
                match there.iter().find(|(did, _)| did.number == *number) {
                    Some((did, _)) if did.tenant_id == tenant.id => {
                        dids::set_carried(&mut tx, did.id, &known).await?;
                    }
                    None if !ordered.contains(number) => {
                        let given = Given::Confirmed(Some(&known));
                        app.give(&mut tx, tenant.id, number, given).await?;
                        added.push(number.clone());
                    }
                    _ if skips => {
                        imported.skipped.push(found.number);
                        continue;
                    }
                    Some(_) => return Err(taken_already(number)),
                    None => return Err(ordered_already(number)),
                }
                ours.push(found);
            }
            routes::reapply(&mut tx, None).await?;
            // They are the tenant's whatever the carrier says next: then the same request attaches what is not.
            request.once.begin(&mut tx).await?;
            told::added(&mut tx, tenant.id, &added, app.now()).await?;
            app.audit_numbers(&mut tx, tenant.id, actor, "number.added", &added).await?;
            tx.commit().await?;
            // Only now that they are the tenant's: the account may use them for something else, which this ends.
            for found in &ours {
                let attached = app.attach_at(carrier.as_ref(), found.clone()).await;
                let attached = attached.map_err(|error| not_attached(error, &found.number, &tenant.slug))?;
                let mut tx = app.db.system("note where a number is attached").await?;
                for (did, _) in dids::among(&mut tx, std::slice::from_ref(&found.number)).await? {
                    dids::set_carried(&mut tx, did.id, &carried(carrier.as_ref(), &attached)).await?;
                }
                tx.commit().await?;
            }
            let numbers: Vec<E164> = ours.into_iter().map(|found| found.number).collect();
            let mut tx = app.db.system_read("read the numbers that were taken over").await?;
            let own = dids::among(&mut tx, &numbers).await?;
            tx.commit().await?;
            imported.numbers = own.into_iter().map(OwnNumber::from).collect();
            imported.numbers.sort_by(|a, b| a.did.number.cmp(&b.did.number));
            tracing::info!(tenant = %tenant.slug, numbers = numbers.len(), "took numbers of the account over for {}", tenant.slug);
            for number in &numbers {
                app.deliver_unmatched(number, None).await?;
            }
            Ok(imported)
        })
        .await
    }
}

/// The account's entries of these numbers.
async fn these(carrier: &dyn Carrier, numbers: &[E164]) -> Result<Vec<CarrierNumber>> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for number in numbers {
        let entry = carrier.find_number(number).await;
        match entry.map_err(|error| refused(carrier, error))? {
            Some(entry) => found.push(entry),
            None => missing.push(number.to_string()),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    Err(not_at_carrier(carrier, &missing.join(", ")))
}

/// All the account has, each once.
async fn all(carrier: &dyn Carrier) -> Result<Vec<CarrierNumber>> {
    let mut found: Vec<CarrierNumber> = Vec::new();
    for page in 1..=MOST_PAGES {
        let list = carrier.numbers(page).await;
        let list = list.map_err(|error| refused(carrier, error))?;
        for number in list.numbers {
            // What is added meanwhile pushes others onto the next page.
            if !found.iter().any(|known| known.id == number.id) {
                found.push(number);
            }
        }
        if !list.more {
            return Ok(found);
        }
    }
    Err(Error::bad_input(
        "TOO_MANY_NUMBERS",
        format!(
            "the account has too many numbers to take over at once; name them, {MOST_AT_ONCE} at a time"
        ),
    ))
}
