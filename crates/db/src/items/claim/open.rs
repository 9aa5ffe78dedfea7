//! Calls in flight: what every limit is checked against.

use std::collections::HashMap;

use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, Priority, TenantId};

use crate::column::{Rank, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::routes::ON_NET;
use crate::sql::Sql;
use crate::tx::Tx;

/// Items that are claimed or on the line, counted in every way that a limit asks for.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// On the line that claims.
    pub(super) on_lane: u32,
    /// Those of them that are bulk.
    pub(super) bulk_on_lane: u32,
    tenants: HashMap<TenantId, OfTenant>,
    destinations: HashMap<E164, u32>,
}

/// A tenant's calls in flight.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OfTenant {
    /// How many.
    pub(super) calls: u32,
    /// Those of them that are bulk.
    pub(super) bulk: u32,
    /// Those that have no attempt yet.
    pub(super) claimed: u32,
    /// Line time that was charged for them, in milliseconds.
    pub(super) line_ms: i64,
}

impl Open {
    pub(super) async fn load(tx: &mut Tx, simulated: bool, lane: &str) -> DbResult<Self> {
        type Row = (Text, Nullable<Text>, Text, Text, BigInt, Integer);
        type Found = (
            Word<TenantId>,
            Option<String>,
            Word<E164>,
            String,
            i64,
            Rank,
        );
        let open = Sql::<Row>::new(
            "SELECT tenant_id, lane, destination, state, charge, priority FROM queue_items \
             WHERE state IN ('claimed', 'active') AND simulated = ",
        )
        .flag(simulated);
        let rows: Vec<Found> = on_either!(tx, conn => open.load(conn).await)?;
        let mut all = Self::default();
        for (tenant, on, destination, state, charge, priority) in rows {
            // That is no call: it takes no line and keeps no number busy.
            if on.as_deref() == Some(ON_NET) {
                continue;
            }
            if on.as_deref() == Some(lane) {
                all.on_lane += 1;
                all.bulk_on_lane += u32::from(priority.0 == Priority::Bulk);
            }
            let is_claimed = state == "claimed";
            all.count(tenant.0, &destination.0, charge, is_claimed, priority.0);
        }
        Ok(all)
    }

    /// One more, that this claim takes.
    pub(super) fn take(
        &mut self,
        tenant: TenantId,
        destination: &E164,
        charge: i64,
        priority: Priority,
    ) {
        self.on_lane += 1;
        self.bulk_on_lane += u32::from(priority == Priority::Bulk);
        self.count(tenant, destination, charge, true, priority);
    }

    fn count(
        &mut self,
        tenant: TenantId,
        destination: &E164,
        charge: i64,
        is_claimed: bool,
        priority: Priority,
    ) {
        let of = self.tenants.entry(tenant).or_default();
        of.calls += 1;
        of.bulk += u32::from(priority == Priority::Bulk);
        of.claimed += u32::from(is_claimed);
        of.line_ms = of.line_ms.saturating_add(charge);
        *self.destinations.entry(destination.clone()).or_default() += 1;
    }

    pub(super) fn of_tenant(&self, tenant: TenantId) -> OfTenant {
        self.tenants.get(&tenant).copied().unwrap_or_default()
    }

    pub(super) fn to(&self, destination: &E164) -> u32 {
        self.destinations.get(destination).copied().unwrap_or(0)
    }
}
