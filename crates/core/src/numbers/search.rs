//! What the carrier has: numbers that can be ordered, and those of the account.

use faxgate_db::dids;
use faxgate_types::{DidId, E164};

use super::{Asker, refused};
use crate::app::App;
use crate::carrier::{AvailableNumber, CarrierNumber, NumberSearch};
use crate::error::Result;

/// A number of the account, and whose it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountNumber {
    /// As the carrier has it.
    pub number: CarrierNumber,
    /// Whether its faxes come here.
    pub attached: bool,
    /// The id that it has here, and the slug of its tenant.
    pub own: Option<(DidId, String)>,
}

/// A page of the account's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPage {
    /// The numbers.
    pub numbers: Vec<AccountNumber>,
    /// Whether there are more pages.
    pub more: bool,
}

impl App {
    /// Numbers that can be ordered, for administrators; in the asker's own country, unless another is named.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `CARRIER_NOT_CONFIGURED`, and what the carrier says.
    pub async fn available_numbers(
        &self,
        asker: &Asker,
        mut wanted: NumberSearch,
    ) -> Result<Vec<AvailableNumber>> {
        asker.may_manage()?;
        let carrier = self.carrier()?;
        if wanted.country.is_none() {
            wanted.country = asker.tenant().map(|tenant| tenant.country.to_string());
        }
        let found = carrier.search(&wanted).await;
        found.map_err(|error| refused(carrier.as_ref(), error))
    }

    /// A page of the numbers of the account, from page 1 on, with whose they are; for operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `CARRIER_NOT_CONFIGURED`, and what the carrier says.
    pub async fn account_numbers(&self, asker: &Asker, page: u32) -> Result<AccountPage> {
        asker.must_operate("seeing the numbers of the account")?;
        let carrier = self.carrier()?;
        let found = carrier.numbers(page).await;
        let found = found.map_err(|error| refused(carrier.as_ref(), error))?;
        let numbers: Vec<E164> = found.numbers.iter().map(|n| n.number.clone()).collect();
        let mut tx = self
            .db
            .system_read("see whose the account's numbers are")
            .await?;
        let own = dids::among(&mut tx, &numbers).await?;
        tx.commit().await?;
        let with_owner = |number: CarrierNumber| AccountNumber {
            attached: number.application.as_deref() == Some(carrier.application()),
            own: own
                .iter()
                .find(|(did, _)| did.number == number.number)
                .map(|(did, tenant)| (did.id, tenant.clone())),
            number,
        };
        Ok(AccountPage {
            numbers: found.numbers.into_iter().map(with_owner).collect(),
            more: found.more,
        })
    }
}
