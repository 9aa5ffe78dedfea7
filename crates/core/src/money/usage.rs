//! Looking at what a tenant used.

use faxgate_db::usage::{self, Day, Span, Usage};

use crate::app::App;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// What was used on a day of the tenant's calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageDay {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// What was used.
    pub used: Usage,
}

/// What a tenant used from one day to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageReport {
    /// The tenant's slug.
    pub tenant: String,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// ISO 4217.
    pub currency: String,
    /// The days on which anything was used, in order.
    pub days: Vec<UsageDay>,
    /// All of them together.
    pub total: Usage,
}

impl App {
    /// What the asker's tenant used, or, for operators, the one with this slug; from one day to another, both included and
    /// `YYYY-MM-DD` on the tenant's calendar. Without `to`, until today; without `from`, the 31 days up to `to`.
    ///
    /// # Errors
    /// `INVALID_QUERY`; `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn usage_report(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<UsageReport> {
        let of = self.tenant_of(asker, tenant).await?;
        let today = Day::of(of.time_zone, self.now());
        let span = Span::read(from, to, today).map_err(|wrong| {
            Error::bad_input("INVALID_QUERY", wrong.to_string()).field(wrong.field, wrong.problem)
        })?;
        let (from, to) = (span.from(), span.to());
        let mut tx = self.db.read(of.id).await?;
        let days = usage::between(&mut tx, of.id, &from, &to).await?;
        tx.commit().await?;
        let mut total = Usage::default();
        for (_, used) in &days {
            total += *used;
        }
        let day = |(day, used)| UsageDay { day, used };
        Ok(UsageReport {
            tenant: of.slug,
            from,
            to,
            currency: self.settings.tariff.currency.clone(),
            days: days.into_iter().map(day).collect(),
            total,
        })
    }
}
