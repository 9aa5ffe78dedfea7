//! Lists of faxes.

use faxgate_db::faxes::{self, Filter};
use faxgate_types::{Direction, FaxStatus};

use super::FaxSummary;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;

/// Which faxes to list.
#[derive(Clone, Copy, Debug)]
pub struct ListQuery {
    /// Only this way.
    pub direction: Option<Direction>,
    /// Only with this status.
    pub status: Option<FaxStatus>,
    /// At most so many.
    pub limit: u32,
    /// After so many.
    pub offset: u64,
}

/// A page of a list of faxes, newest first.
#[derive(Clone, Debug)]
pub struct FaxList {
    /// All that match.
    pub count: u64,
    /// Those on this page.
    pub results: Vec<FaxSummary>,
}

impl App {
    /// The tenant's faxes, newest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn list(&self, caller: &Caller, query: ListQuery) -> Result<FaxList> {
        let tenant = caller.tenant.id;
        let filter = Filter {
            direction: query.direction,
            status: query.status,
        };
        let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant).await?;
        let results = faxes::list(&mut tx, tenant, filter, i64::from(query.limit), offset).await?;
        let count = faxes::count(&mut tx, tenant, filter).await?;
        tx.commit().await?;
        Ok(FaxList {
            count: u64::try_from(count).unwrap_or(0),
            results: results.into_iter().map(Into::into).collect(),
        })
    }
}
