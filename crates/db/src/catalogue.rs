//! The tables as the database itself describes them: what a tenant has is found in all of them, also in those that nobody thought of.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::TenantId;

use crate::connection::{Conn, on_either};
use crate::error::DbResult;
use crate::tx::System;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, and whether each holds times.
    pub columns: Vec<(String, bool)>,
}

/// How it is known whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// By its `tenant_id`.
    Tenant,
    /// It is the tenant.
    Itself,
    /// By the chain that it is in.
    Chain,
    /// It is somebody who belongs to the tenant.
    Member,
}

impl Table {
    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(name, _)| name == column)
    }

    /// How it is known whose its rows are; `None`: they are no tenant's. People belong to several: they are nobody's here.
    #[must_use]
    pub fn whose(&self) -> Option<Whose> {
        match self.name.as_str() {
            "tenants" => Some(Whose::Itself),
            "audit_entries" | "audit_heads" => Some(Whose::Chain),
            _ if self.has("tenant_id") => Some(Whose::Tenant),
            _ => None,
        }
    }
}

impl Whose {
    /// As the condition of a statement. A tenant's id is a UUID, and needs no quoting.
    fn condition(self, tenant: TenantId) -> String {
        match self {
            Self::Tenant => format!("tenant_id = '{tenant}'"),
            Self::Itself => format!("id = '{tenant}'"),
            Self::Chain => format!("chain = '{tenant}'"),
            Self::Member => {
                format!("id IN (SELECT user_id FROM memberships WHERE tenant_id = '{tenant}')")
            }
        }
    }
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    data_type: String,
}

/// All tables of the gateway, by name.
///
/// # Errors
/// When the query fails.
pub async fn tables(tx: &mut System) -> DbResult<Vec<Table>> {
    const POSTGRES: &str = "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%' ORDER BY table_name, ordinal_position";
    const SQLITE: &str = "SELECT t.name AS table_name, c.name AS column_name, c.type AS data_type \
         FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
         AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid";
    let columns: Vec<Column> = match tx.conn() {
        Conn::Postgres(conn) => diesel::sql_query(POSTGRES).load(conn).await?,
        Conn::Sqlite(conn) => diesel::sql_query(SQLITE).load(conn).await?,
    };
    tx.succeeded();
    let mut tables: Vec<Table> = Vec::new();
    for column in columns {
        let is_time = column.data_type == "timestamp with time zone";
        let column_of = (column.column_name, is_time);
        match tables.last_mut() {
            Some(table) if table.name == column.table_name => table.columns.push(column_of),
            _ => tables.push(Table {
                name: column.table_name,
                columns: vec![column_of],
            }),
        }
    }
    Ok(tables)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many rows of a table are the tenant's.
///
/// # Errors
/// When the query fails.
pub async fn count(
    tx: &mut System,
    table: &Table,
    whose: Whose,
    tenant: TenantId,
) -> DbResult<i64> {
    let query = format!(
        "SELECT count(*) AS n FROM \"{}\" WHERE {}",
        table.name,
        whose.condition(tenant)
    );
    let count: Count = on_either!(tx, conn => diesel::sql_query(query).get_result(conn).await)?;
    Ok(count.n)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    line: String,
}

/// The tenant's rows of a table, each as a JSON object of these columns, in the order in which they lie, those behind `after`; also
/// where the last of them lies.
///
/// # Errors
/// When the query fails.
pub async fn rows(
    tx: &mut System,
    table: &Table,
    whose: Whose,
    tenant: TenantId,
    columns: &[(String, bool)],
    after: Option<&str>,
    limit: i64,
) -> DbResult<(Vec<String>, Option<String>)> {
    let (name, condition) = (&table.name, whose.condition(tenant));
    // What was read from the database, and is nothing else than a place.
    let after = after.map(|place| {
        let plain = |c: &char| c.is_ascii_digit() || "(),-".contains(*c);
        place.chars().filter(plain).collect::<String>()
    });
    let rows: Vec<Row> = match tx.conn() {
        Conn::Postgres(conn) => {
            let columns: Vec<String> = columns
                .iter()
                .map(|(column, is_time)| match is_time {
                    true => format!(
                        "to_char(\"{column}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS \"{column}\""
                    ),
                    false => format!("\"{column}\""),
                })
                .collect();
            let from = after.map_or(String::new(), |place| format!(" AND ctid > '{place}'::tid"));
            let query = format!(
                "SELECT r.place, row_to_json(r.it)::text AS line FROM (SELECT ctid::text AS place, \
                 (SELECT x FROM (SELECT {}) x) AS it FROM \"{name}\" WHERE {condition}{from} ORDER BY ctid LIMIT {limit}) r",
                columns.join(", ")
            );
            diesel::sql_query(query).load(conn).await?
        }
        Conn::Sqlite(conn) => {
            let columns: Vec<String> = columns
                .iter()
                .map(|(column, _)| format!("'{column}', \"{column}\""))
                .collect();
            let from = after.map_or(String::new(), |place| format!(" AND rowid > {place}"));
            let query = format!(
                "SELECT CAST(rowid AS TEXT) AS place, json_object({}) AS line FROM \"{name}\" \
                 WHERE {condition}{from} ORDER BY rowid LIMIT {limit}",
                columns.join(", ")
            );
            diesel::sql_query(query).load(conn).await?
        }
    };
    tx.succeeded();
    let last = rows.last().map(|row| row.place.clone());
    Ok((rows.into_iter().map(|row| row.line).collect(), last))
}
