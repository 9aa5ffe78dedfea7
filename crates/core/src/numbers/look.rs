//! Looking at the gateway's numbers.

use faxgate_db::dids;
use faxgate_types::{Country, DidId, E164, TenantId};

use super::{Asker, OwnNumber, read_any};
use crate::app::App;
use crate::error::{Error, Result};

/// Whose numbers, or orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumbersOf {
    /// Those of the asker's tenant; at the console, everybody's.
    Own,
    /// Those of the tenant with this slug; for operators.
    Tenant(String),
    /// Everybody's; for operators.
    Everybody,
}

/// A page of a list, and how long the whole is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// How many there are in all.
    pub total: u64,
    /// Those on this page.
    pub results: Vec<T>,
}

/// A number as somebody names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Id(DidId),
    Number(E164),
}

impl App {
    /// A page of numbers.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn numbers(
        &self,
        asker: &Asker,
        of: &NumbersOf,
        limit: u32,
        offset: u64,
    ) -> Result<Page<OwnNumber>> {
        let tenant = self.scope(asker, of).await?;
        let mut tx = self.db.system_read("list numbers").await?;
        let (limit, offset) = (i64::from(limit), i64::try_from(offset).unwrap_or(i64::MAX));
        let (total, numbers) = dids::page(&mut tx, tenant, limit, offset).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results: numbers.into_iter().map(OwnNumber::from).collect(),
        })
    }

    /// A number by its id or by itself. Operators find every tenant's.
    ///
    /// # Errors
    /// `NO_SUCH_NUMBER`, for another tenant's too.
    pub async fn number(&self, asker: &Asker, named: &str) -> Result<OwnNumber> {
        let named = name(asker, named)?;
        let mut tx = self.db.system_read("find a number").await?;
        let found = find(&mut tx, asker, &named, false).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The tenant that a list is of; `None`: everybody.
    pub(super) async fn scope(&self, asker: &Asker, of: &NumbersOf) -> Result<Option<TenantId>> {
        match of {
            NumbersOf::Own => Ok(asker.tenant().map(|tenant| tenant.id)),
            NumbersOf::Tenant(slug) => {
                asker.must_operate("seeing the numbers of another tenant")?;
                Ok(Some(self.tenant_by_slug(slug).await?.id))
            }
            NumbersOf::Everybody => {
                asker.must_operate("seeing the numbers of every tenant")?;
                Ok(None)
            }
        }
    }
}

/// What somebody means by `text`: an id, or a number as their country writes it.
pub(super) fn name(asker: &Asker, text: &str) -> Result<Named> {
    let text = text.trim();
    if let Ok(id) = text.parse() {
        return Ok(Named::Id(id));
    }
    read_any(text, country(asker)?)
        .map(Named::Number)
        .map_err(|_| no_such_number(text))
}

/// Where numbers without a `+` are read.
pub(super) fn country(asker: &Asker) -> Result<Country> {
    match asker.tenant() {
        Some(tenant) => Ok(tenant.country),
        // At the console numbers are written with their +, and then read the same in every country.
        None => "US".parse().map_err(Error::internal),
    }
}

/// The number, if it exists for the asker; locked until the transaction ends when `lock` is set.
pub(super) async fn find(
    tx: &mut faxgate_db::System,
    asker: &Asker,
    named: &Named,
    lock: bool,
) -> Result<OwnNumber> {
    let id = match named {
        Named::Id(id) => Some(*id),
        Named::Number(number) => {
            let found = dids::among(tx, std::slice::from_ref(number)).await?;
            found.first().map(|(did, _)| did.id)
        }
    };
    let found = match id {
        Some(id) => dids::by_id(tx, id, lock).await?,
        None => None,
    };
    match found {
        Some(found) if asker.sees(found.0.tenant_id) => Ok(found.into()),
        _ => Err(no_such_number(&match named {
            Named::Id(id) => id.to_string(),
            Named::Number(number) => number.to_string(),
        })),
    }
}

fn no_such_number(text: &str) -> Error {
    let shown: String = text.chars().take(64).collect();
    Error::not_found("NO_SUCH_NUMBER", format!("{shown} is no number of yours"))
}
