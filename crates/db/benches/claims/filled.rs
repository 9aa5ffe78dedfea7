//! Long queues, made by the databases themselves.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use faxgate_test_support::{Kind, TestDb};
use faxgate_types::{FaxId, TenantId};
use tokio_postgres::{Client, NoTls};

/// How much waits, and whose it is.
#[derive(Clone, Copy)]
pub(crate) struct Filled {
    pub(crate) tenants: u32,
    pub(crate) items: u32,
    /// So many are the first tenant's; the rest is dealt out in turn.
    pub(crate) of_first: u32,
}

/// A database connection of its own, past every wall.
pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(Client),
}

impl Raw {
    pub(crate) async fn new(db: &TestDb) -> Self {
        match db.kind() {
            Kind::Sqlite => {
                let path = db.url().trim_start_matches("sqlite://");
                let mut conn = SqliteConnection::establish(path).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA synchronous = NORMAL")
                    .unwrap();
                Self::Sqlite(conn)
            }
            Kind::Postgres => {
                let (client, connection) = tokio_postgres::connect(db.url(), NoTls).await.unwrap();
                tokio::spawn(connection);
                client
                    .batch_execute("SET ROLE faxgate_system; SET synchronous_commit = off")
                    .await
                    .unwrap();
                Self::Postgres(client)
            }
        }
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
            Self::Postgres(client) => client.batch_execute(sql).await.unwrap(),
        }
    }
}

/// The UUID of this number, as text.
fn id(kind: Kind, number: &str) -> String {
    match kind {
        Kind::Sqlite => format!("printf('019bbbbb-0000-7000-8000-%012x', {number})"),
        Kind::Postgres => {
            format!("'019bbbbb-0000-7000-8000-' || lpad(to_hex(({number})::BIGINT), 12, '0')")
        }
    }
}

pub(crate) async fn fill(db: &TestDb, filled: Filled) {
    let kind = db.kind();
    let numbers = |from: u32, to: u32| match kind {
        Kind::Sqlite => format!(
            "(WITH RECURSIVE g (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM g WHERE n < {to}) SELECT n FROM g) g"
        ),
        Kind::Postgres => format!("generate_series({from}, {to}) g (n)"),
    };
    let (tenants, items, of_first) = (filled.tenants, filled.items, filled.of_first);
    let others = (tenants - 1).max(1);
    let of = if of_first == 0 {
        // One tenant's faxes after another's.
        format!("n / ({items} / {tenants})")
    } else {
        format!("CASE WHEN n < {of_first} THEN 0 ELSE 1 + n % {others} END")
    };
    let (tenant, fax, item) = (id(kind, "n"), id(kind, &of), id(kind, "n"));
    let (all_tenants, all_items) = (numbers(0, tenants - 1), numbers(0, items - 1));
    let early = match kind {
        Kind::Sqlite => {
            "printf('2026-01-15T11:%02d:%02d.%06dZ', n / 1000000 % 60, n / 100000 % 10, n % 100000)"
        }
        Kind::Postgres => "TIMESTAMPTZ '2026-01-15T11:00:00Z' + n * INTERVAL '1 microsecond'",
    };
    let (fine, simulated) = ("'2026-01-15T11:00:00.000000Z'", "FALSE");
    let mut raw = Raw::new(db).await;
    raw.run(&format!(
        "BEGIN; \
         INSERT INTO tenants (id, slug, name, country, allowed_countries, time_zone, last_event_seq, created_at) \
         SELECT {tenant}, 't' || n, 't', 'US', 'US', 'UTC', 0, {fine} FROM {all_tenants}; \
         INSERT INTO faxes (id, tenant_id, direction, status, sender_number, recipient_number, resolution, pages, \
             line_seconds, simulated, created_at, updated_at) \
         SELECT {tenant}, {tenant}, 'outbound', 'pending', '1', '1', 'fine', 3, 90, {simulated}, {fine}, {fine} FROM {all_tenants}; \
         INSERT INTO queue_items (id, tenant_id, fax_id, position, recipient_raw, destination, state, simulated, due_at, \
             created_at, updated_at) \
         SELECT {item}, {fax}, {fax}, n, '1', '+' || (12120000000 + n), 'queued', {simulated}, {early}, {early}, {fine} \
             FROM {all_items}; \
         INSERT INTO share_notes (tenant_id, simulated, due_at) \
         SELECT {tenant}, {simulated}, {fine} FROM {all_tenants}; \
         COMMIT"
    ))
    .await;
}

/// A tenant more, with fifty faxes that have no items yet.
pub(crate) async fn newcomer(db: &TestDb) -> (TenantId, Vec<FaxId>) {
    let mut raw = Raw::new(db).await;
    let tenant = "019bbbbb-0000-7000-8000-00000fffffff";
    let fax = |n: usize| format!("019bbbbb-0000-7000-8000-0000ffff00{n:02x}");
    raw.run(&format!(
        "INSERT INTO tenants (id, slug, name, country, allowed_countries, time_zone, last_event_seq, created_at) \
         VALUES ('{tenant}', 'new', 't', 'US', 'US', 'UTC', 0, '2026-01-15T11:00:00.000000Z')"
    ))
    .await;
    for n in 0..50 {
        raw.run(&format!(
            "INSERT INTO faxes (id, tenant_id, direction, status, sender_number, recipient_number, resolution, pages, \
                 line_seconds, simulated, created_at, updated_at) \
             SELECT '{}', '{tenant}', 'outbound', 'pending', '1', '1', 'fine', 3, 90, FALSE, created_at, created_at \
             FROM tenants WHERE id = '{tenant}'",
            fax(n)
        ))
        .await;
    }
    let faxes = (0..50).map(|n| fax(n).parse().unwrap()).collect();
    (tenant.parse().unwrap(), faxes)
}
