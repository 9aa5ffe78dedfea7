//! Claims for what is handed over inside the gateway: it takes no line, so it waits for nobody's turn.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{ItemId, Priority, Timestamp};

use super::way::PATIENCE;
use super::{Claim, Claimed, Granted, LaneLimits, write};
use crate::column::{At, UtcTimestamp, Word};
use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::routes::ON_NET;
use crate::sql::Sql;
use crate::tx::{System, Tx};

/// Who claims what stays inside the gateway.
#[derive(Clone, Copy, Debug)]
pub struct OnNetClaim<'a> {
    /// The node that claims.
    pub node: &'a str,
    /// The lines for real faxes that are up now. Items that had trouble on-net are left to one of them that their route names.
    pub lanes_up: &'a [&'a str],
    /// The time.
    pub now: Timestamp,
    /// Until when the lease runs.
    pub until: Timestamp,
    /// At most so many.
    pub limit: u32,
}

/// As `queue_items_on_net` has it.
const READY: &str =
    " FROM queue_items WHERE state = 'queued' AND NOT paused AND substr(route, 1, 8) = ',on-net,'";

/// Claims items whose route begins with on-net and that are due, the urgent and then the longest due first, each with a new fence. No limit of a tenant
/// holds them, and none is charged for them; but what a tenant had to set aside for a busy number goes as well, and nothing of one
/// that is suspended.
///
/// An item that on-net had trouble with is left to the other lines of its route for a minute, while one of them is up.
///
/// # Errors
/// When the query fails.
pub async fn claim_on_net(tx: &mut System, who: OnNetClaim<'_>) -> DbResult<Claimed> {
    let due = due(tx, &who).await?;
    let parked: Vec<ItemId> = due.iter().filter(|(_, p)| *p).map(|(id, _)| *id).collect();
    write::park(tx, &parked, false).await?;
    let claim = Claim {
        node: who.node,
        lane: ON_NET,
        simulated: false,
        limits: LaneLimits::default(),
        lanes_up: &[ON_NET],
        now: who.now,
        until: who.until,
        limit: who.limit,
    };
    let charged: Vec<_> = due.iter().map(|(item, _)| (*item, 0)).collect();
    let items = write::claim(tx, &claim, &charged).await?;
    let next_look = match items.len() >= who.limit as usize {
        true => Some(who.now),
        false => next_due(tx, who.now).await?,
    };
    let at_once = |item| Granted {
        item,
        call_at: who.now,
    };
    Ok(Claimed {
        items: items.into_iter().map(at_once).collect(),
        next_look,
    })
}

/// What is due, each with whether it is set aside; locked, and what somebody is about to change left out. What is urgent goes
/// first; each priority is a range of the index.
async fn due(tx: &mut Tx, who: &OnNetClaim<'_>) -> DbResult<Vec<(ItemId, bool)>> {
    let mut all = Vec::new();
    for priority in Priority::ALL {
        let left = who
            .limit
            .saturating_sub(u32::try_from(all.len()).unwrap_or(u32::MAX));
        if left > 0 {
            all.extend(due_of(tx, who, *priority, left).await?);
        }
    }
    Ok(all)
}

async fn due_of(
    tx: &mut Tx,
    who: &OnNetClaim<'_>,
    priority: Priority,
    limit: u32,
) -> DbResult<Vec<(ItemId, bool)>> {
    let mut due = Sql::<(Text, Bool)>::new("SELECT id, parked")
        .sql(READY)
        .sql(" AND NOT cancel_requested AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = queue_items.tenant_id")
        .sql(" AND t.suspended_at IS NOT NULL) AND priority = ")
        .int(i64::from(priority.rank()))
        .sql(" AND due_at <= ")
        .at(who.now)
        .sql(" AND (avoid_lane IS NULL OR avoid_lane <> ")
        .str(&ON_NET)
        .sql(" OR due_at <= ")
        .at(who.now - PATIENCE)
        .sql(" OR NOT (FALSE");
    for lane in who.lanes_up.iter().filter(|lane| **lane != ON_NET) {
        due = due
            .sql(" OR replace(route, ")
            .str(&format!(",{lane},"))
            .sql(", '') <> route");
    }
    let due = due
        .sql(")) ORDER BY due_at, id LIMIT ")
        .int(i64::from(limit));
    let rows: Vec<(Word<ItemId>, bool)> = match tx.conn() {
        Conn::Postgres(conn) => {
            let held = due.sql(" FOR NO KEY UPDATE SKIP LOCKED");
            held.load(conn).await?
        }
        Conn::Sqlite(conn) => due.load(conn).await?,
    };
    tx.succeeded();
    Ok(rows
        .into_iter()
        .map(|(id, parked)| (id.0, parked))
        .collect())
}

/// When the next one is due.
async fn next_due(tx: &mut Tx, now: Timestamp) -> DbResult<Option<Timestamp>> {
    let mut first: Option<Timestamp> = None;
    for priority in Priority::ALL {
        let next = Sql::<(UtcTimestamp,)>::new("SELECT due_at")
            .sql(READY)
            .sql(" AND priority = ")
            .int(i64::from(priority.rank()))
            .sql(" AND due_at > ")
            .at(now)
            .sql(" ORDER BY due_at LIMIT 1");
        let next: Option<(At,)> = on_either!(tx, conn => next.get_result(conn).await.optional())?;
        first = [first, next.map(|(at,)| at.0)].into_iter().flatten().min();
    }
    Ok(first)
}
