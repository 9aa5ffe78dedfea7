//! The tables themselves.

use std::collections::BTreeSet;

use faxgate_test_support::{Kind, TestDb, on_both_databases, run};

use crate::raw::lines;

on_both_databases![
    what_a_tenant_owns_has_an_index_that_starts_with_the_tenant,
    what_a_tenant_owns_goes_with_the_tenant
];

/// Each column as `table.column type null|not null`, in SQLite's types. `short_ids` stands for PostgreSQL's sequences.
async fn columns(db: &TestDb) -> BTreeSet<String> {
    let query = match db.kind() {
        Kind::Sqlite => {
            "SELECT t.name || '.' || c.name || ' ' || c.type \
                 || CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE ' null' END AS line \
             FROM sqlite_master t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%' \
             AND t.name <> 'short_ids'"
        }
        Kind::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' \
                 || CASE data_type WHEN 'text' THEN 'TEXT' WHEN 'timestamp with time zone' THEN 'TEXT' \
                    WHEN 'integer' THEN 'INTEGER' WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' ELSE data_type END \
                 || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE ' null' END AS line \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_diesel%'"
        }
    };
    lines(db, query).await.into_iter().collect()
}

/// Each index that a migration named, as `index on table`.
async fn indexes(db: &TestDb) -> BTreeSet<String> {
    let query = match db.kind() {
        Kind::Sqlite => {
            "SELECT name || ' on ' || tbl_name AS line FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        }
        Kind::Postgres => {
            "SELECT i.indexname || ' on ' || i.tablename AS line FROM pg_indexes i \
             WHERE i.schemaname = 'public' AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)"
        }
    };
    lines(db, query).await.into_iter().collect()
}

/// A table with rows of tenants' and rows that hold for everybody.
const SHARED: &str = "do_not_fax";

/// Tables whose every row is a tenant's.
async fn owned(db: &TestDb) -> BTreeSet<String> {
    let owned = columns(db).await.into_iter().filter_map(|column| {
        let table = column.strip_suffix(".tenant_id TEXT not null")?;
        Some(table.to_owned())
    });
    owned.collect()
}

async fn both() -> (TestDb, TestDb) {
    (
        TestDb::new(Kind::Sqlite).await,
        TestDb::new(Kind::Postgres).await,
    )
}

#[test]
fn both_databases_have_the_same_columns() {
    run(Kind::Sqlite, async |_| {
        let (sqlite, postgres) = both().await;
        let columns = (columns(&sqlite).await, columns(&postgres).await);
        assert!(columns.0.len() > 100, "there are columns to compare");
        assert_eq!(columns.0, columns.1);
    });
}

#[test]
fn both_databases_have_the_same_indexes() {
    run(Kind::Sqlite, async |_| {
        let (sqlite, postgres) = both().await;
        let indexes = (indexes(&sqlite).await, indexes(&postgres).await);
        assert!(indexes.0.len() > 8, "there are indexes to compare");
        assert_eq!(indexes.0, indexes.1);
    });
}

#[test]
fn every_table_of_sqlite_is_strict() {
    run(Kind::Sqlite, async |db| {
        let lax = "SELECT name AS line FROM pragma_table_list \
                   WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";
        assert_eq!(lines(&db, lax).await, [""; 0]);
    });
}

#[test]
fn every_table_of_postgres_forces_row_security() {
    run(Kind::Postgres, async |db| {
        let open = "SELECT relname AS line FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace \
                    WHERE n.nspname = 'public' AND relkind IN ('r', 'p') AND relname NOT LIKE '\\_\\_diesel%' \
                    AND NOT (relrowsecurity AND relforcerowsecurity)";
        assert_eq!(lines(&db, open).await, [""; 0]);
    });
}

/// The wall behind the queries has a gate in each table of a tenant's: this one, and no wider one.
#[test]
fn a_tenants_role_sees_its_own_rows_by_one_policy() {
    run(Kind::Postgres, async |db| {
        let policies = "SELECT tablename || ': ' || qual AS line FROM pg_policies \
                        WHERE 'faxgate_app' = ANY (roles) AND cmd = 'ALL' AND permissive = 'PERMISSIVE' AND with_check IS NULL \
                        AND tablename <> 'tenants'";
        let gates: BTreeSet<String> = lines(&db, policies).await.into_iter().collect();
        let own = "(tenant_id = current_setting('faxgate.tenant'::text, true))";
        let expected: BTreeSet<String> = owned(&db)
            .await
            .iter()
            .map(String::as_str)
            .chain([SHARED, "tenant_keys", "file_keys"])
            .map(|table| format!("{table}: {own}"))
            .collect();
        assert!(expected.len() >= 9, "there are tables to compare");
        assert_eq!(gates, expected);
    });
}

async fn what_a_tenant_owns_has_an_index_that_starts_with_the_tenant(db: TestDb) {
    let query = match db.kind() {
        Kind::Sqlite => {
            "SELECT DISTINCT t.name AS line FROM sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) c \
             WHERE t.type = 'table' AND c.seqno = 0 AND c.name = 'tenant_id'"
        }
        Kind::Postgres => {
            "SELECT DISTINCT t.relname AS line FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] WHERE a.attname = 'tenant_id'"
        }
    };
    let indexed: BTreeSet<String> = lines(&db, query).await.into_iter().collect();
    let owned = owned(&db).await;
    assert!(owned.len() >= 9, "there are tables to look at");
    assert_eq!(owned.difference(&indexed).count(), 0, "{indexed:?}");
}

async fn what_a_tenant_owns_goes_with_the_tenant(db: TestDb) {
    let query = match db.kind() {
        Kind::Sqlite => {
            "SELECT t.name AS line FROM sqlite_master t, pragma_foreign_key_list(t.name) f \
             WHERE t.type = 'table' AND f.\"from\" = 'tenant_id' AND f.\"table\" = 'tenants' AND f.on_delete = 'CASCADE'"
        }
        Kind::Postgres => {
            "SELECT conrelid::regclass::text AS line FROM pg_constraint \
             JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] \
             WHERE contype = 'f' AND a.attname = 'tenant_id' AND confrelid = 'tenants'::regclass AND confdeltype = 'c'"
        }
    };
    let cascading: BTreeSet<String> = lines(&db, query).await.into_iter().collect();
    let mut expected = owned(&db).await;
    expected
        .extend([SHARED, "routes", "api_tokens", "tenant_keys", "file_keys"].map(str::to_owned));
    assert_eq!(cascading, expected);
}
