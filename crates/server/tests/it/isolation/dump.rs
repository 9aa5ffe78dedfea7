//! All that the database has of a tenant.

use std::collections::{BTreeMap, BTreeSet};

use faxgate_test_support::{Kind, Raw};

/// Tables without a `tenant_id` that have rows of a tenant's: which ones.
const BESIDES: [(&str, &str); 5] = [
    ("audit_entries", "chain = '{}'"),
    ("audit_heads", "chain = '{}'"),
    ("tenants", "id = '{}'"),
    (
        "users",
        "id IN (SELECT user_id FROM memberships WHERE tenant_id = '{}')",
    ),
    (
        "api_tokens",
        "user_id IN (SELECT user_id FROM memberships WHERE tenant_id = '{}')",
    ),
];

/// Each table with the tenant's rows, as text.
pub(super) type Rows = BTreeMap<String, Vec<String>>;

pub(super) async fn rows_of(raw: &Raw, tenant: &str) -> Rows {
    let tables = match raw.kind() {
        Kind::Sqlite => {
            "SELECT DISTINCT t.name AS line FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = 'tenant_id'"
        }
        Kind::Postgres => {
            "SELECT DISTINCT table_name::text AS line FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'"
        }
    };
    let mut wanted: Vec<(String, String)> = raw
        .lines(tables)
        .await
        .into_iter()
        .map(|table| (table, format!("tenant_id = '{tenant}'")))
        .collect();
    wanted.extend(BESIDES.map(|(table, which)| (table.to_owned(), which.replace("{}", tenant))));
    let mut rows = Rows::new();
    for (table, which) in wanted {
        let row = match raw.kind() {
            Kind::Sqlite => {
                let columns = format!(
                    "SELECT 'quote(\"' || name || '\")' AS line FROM pragma_table_info('{table}')"
                );
                raw.lines(&columns).await.join(" || ', ' || ")
            }
            Kind::Postgres => "row_to_json(t)::text".to_owned(),
        };
        let query = format!("SELECT {row} AS line FROM {table} t WHERE {which} ORDER BY 1");
        rows.insert(table, raw.lines(&query).await);
    }
    rows
}

/// Every UUID in the rows.
pub(super) fn uuids(rows: &Rows) -> BTreeSet<String> {
    let is_one = |text: &str| {
        text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    let mut found = BTreeSet::new();
    for row in rows.values().flatten() {
        for at in 0..row.len().saturating_sub(35) {
            if let Some(text) = row.get(at..at + 36)
                && is_one(text)
            {
                found.insert(text.to_owned());
            }
        }
    }
    found
}
