//! The best that tenants have waiting.

use std::collections::{HashMap, VecDeque};

use diesel::sql_types::{Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, ItemId, Priority, TenantId, Timestamp};

use super::{Claim, way};
use crate::column::{At, Rank, UtcTimestamp, Word};
use crate::connection::Conn;
use crate::error::DbResult;
use crate::sql::Sql;
use crate::tx::Tx;

/// What a call takes besides its pages: dialling, ringing, training.
const SET_UP_MS: i64 = 15_000;

/// An item that could be called.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) item: ItemId,
    pub(super) priority: Priority,
    pub(super) due_at: Timestamp,
    pub(super) destination: E164,
    pub(super) avoid_lane: Option<String>,
    /// The lines that it may take; `None`: any but on-net.
    pub(super) route: Option<String>,
    /// About how much line time it takes, in milliseconds.
    pub(super) line_ms: i64,
    /// Pages that it has left to send.
    pub(super) pages: i64,
}

/// What one tenant has waiting.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// What is due, best first.
    pub(super) due: VecDeque<Candidate>,
    /// Whether that is all that is due.
    pub(super) is_all: bool,
    /// When the next item is due that is not yet.
    pub(super) next_due: Option<Timestamp>,
}

/// How many items to look at, for each priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// When many tenants take turns.
    Few,
    /// Enough for a batch.
    Batch,
    /// When many of the first cannot be called.
    Deep,
    /// What the line that claims may take, behind any number of items that go by other lines.
    Behind,
}

impl Depth {
    /// For so many tenants at once.
    pub(super) const fn of(tenants: usize) -> Self {
        if tenants < 4 { Self::Batch } else { Self::Few }
    }

    /// When that was not enough.
    pub(super) const fn deeper(self) -> Option<Self> {
        match self {
            Self::Few => Some(Self::Batch),
            Self::Batch => Some(Self::Deep),
            Self::Deep | Self::Behind => None,
        }
    }

    const fn count(self) -> usize {
        match self {
            Self::Few => 4,
            Self::Batch => 32,
            Self::Deep | Self::Behind => 288,
        }
    }

    /// In the text, so that the planner knows it.
    const fn limit(self) -> &'static str {
        match self {
            Self::Few => " ORDER BY i.due_at, i.id LIMIT 4) b UNION ALL ",
            Self::Batch => " ORDER BY i.due_at, i.id LIMIT 32) b UNION ALL ",
            Self::Deep => " ORDER BY i.due_at, i.id LIMIT 288) b UNION ALL ",
            // So many are looked through: a claim must end some time.
            Self::Behind => " ORDER BY i.due_at, i.id LIMIT 20000) a WHERE ",
        }
    }
}

type Row = (
    Text,
    Text,
    Integer,
    UtcTimestamp,
    Text,
    Integer,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Integer>,
    Nullable<Integer>,
);
type Found = (
    Word<ItemId>,
    Word<TenantId>,
    Rank,
    At,
    Word<E164>,
    i32,
    Option<String>,
    Option<String>,
    Option<i32>,
    Option<i32>,
);

/// The best waiting items of each of these tenants.
pub(super) async fn load(
    tx: &mut Tx,
    tenants: &[TenantId],
    claim: &Claim<'_>,
    depth: Depth,
) -> DbResult<HashMap<TenantId, Waiting>> {
    let now = claim.now;
    let mut rows: Vec<Found> = Vec::new();
    match tx.conn() {
        // One round trip for all of them.
        Conn::Postgres(conn) => {
            let head = Sql::<Row>::new(SELECT)
                .sql("(SELECT id AS tenant_id FROM tenants WHERE id")
                .one_of(tenants)
                .sql(") t CROSS JOIN LATERAL (");
            let all = best(head, None, claim, depth, "strpos(a.route, ").sql(") q");
            rows = all.load(conn).await?;
        }
        // SQLite knows no LATERAL, and has no round trips.
        Conn::Sqlite(conn) => {
            for tenant in tenants {
                let head = Sql::<Row>::new(SELECT).sql("(");
                let own = best(head, Some(*tenant), claim, depth, "instr(a.route, ").sql(") q");
                let found: Vec<Found> = own.load(conn).await?;
                rows.extend(found);
            }
        }
    }
    tx.succeeded();
    let mut waiting: HashMap<TenantId, Waiting> = tenants
        .iter()
        .map(|tenant| (*tenant, Waiting::default()))
        .collect();
    for row in rows {
        let Some(of) = waiting.get_mut(&row.1.0) else {
            continue;
        };
        let due_at = row.3.0;
        if due_at > now {
            of.next_due = Some(of.next_due.map_or(due_at, |next| next.min(due_at)));
        } else {
            of.due.push_back(candidate(row));
        }
    }
    for of in waiting.values_mut() {
        let due = of.due.make_contiguous();
        due.sort_unstable_by_key(|c| (c.priority.rank(), c.due_at, c.item));
        of.is_all = due.len() < depth.count();
        // Behind the last that was read of one priority, its next would come, and not the first of another.
        of.due.truncate(depth.count());
    }
    Ok(waiting)
}

const SELECT: &str = "SELECT q.id, q.tenant_id, q.priority, q.due_at, q.destination, q.confirmed_pages, q.avoid_lane, q.route, \
     (SELECT f.line_seconds FROM faxes f WHERE f.id = q.fax_id), (SELECT f.pages FROM faxes f WHERE f.id = q.fax_id) FROM ";

/// For each priority one short read of the index for what is due, and one for the first that is not. There is one index
/// that fits, and none that fits nearly as well: a planner without statistics would take it. `None`: the tenant is
/// `t.tenant_id`.
fn best(
    mut sql: Sql<Row>,
    tenant: Option<TenantId>,
    claim: &Claim<'_>,
    depth: Depth,
    find: &'static str,
) -> Sql<Row> {
    let (simulated, now) = (claim.simulated, claim.now);
    const WAITING: &str = "SELECT * FROM (SELECT i.id, i.tenant_id, i.fax_id, i.priority, i.due_at, i.destination, \
         i.confirmed_pages, i.avoid_lane, i.route FROM queue_items i WHERE i.state = 'queued' AND NOT i.parked AND NOT i.paused AND i.tenant_id = ";
    let of = |sql: Sql<Row>, priority: &'static str| {
        let sql = sql.sql(WAITING);
        let sql = match &tenant {
            Some(tenant) => sql.str(tenant),
            None => sql.sql("t.tenant_id"),
        };
        sql.sql(" AND i.simulated = ").flag(simulated).sql(priority)
    };
    let next = " ORDER BY i.due_at, i.id LIMIT 1) n";
    for (priority, end) in [
        (" AND i.priority = 0 AND i.due_at ", " UNION ALL "),
        (" AND i.priority = 1 AND i.due_at ", " UNION ALL "),
        (" AND i.priority = 2 AND i.due_at ", ""),
    ] {
        if depth == Depth::Behind {
            sql = of(sql.sql("SELECT * FROM ("), priority).sql("<= ").at(now);
            sql = way::condition(sql.sql(depth.limit()), find, claim);
            sql = sql.sql(" ORDER BY a.due_at, a.id LIMIT 288) b UNION ALL ");
        } else {
            sql = of(sql, priority).sql("<= ").at(now).sql(depth.limit());
        }
        sql = of(sql, priority).sql("> ").at(now).sql(next).sql(end);
    }
    sql
}

fn candidate(row: Found) -> Candidate {
    let (item, _, priority, due_at, destination, confirmed, avoid_lane, route, seconds, pages) =
        row;
    let pages = i64::from(pages.unwrap_or(1).max(1));
    let left = (pages - i64::from(confirmed)).max(1);
    let all_ms = i64::from(seconds.unwrap_or(0).max(0)) * 1000;
    Candidate {
        item: item.0,
        priority: priority.0,
        due_at: due_at.0,
        destination: destination.0,
        avoid_lane,
        route,
        line_ms: SET_UP_MS + all_ms * left / pages,
        pages: left,
    }
}
