//! The second wall around every table that there is, found in PostgreSQL's catalogue: a new table without policies fails here.

use faxgate_test_support::{Kind, TestDb, run};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Transaction};

use crate::raw::{lines, postgres};

/// Two tenants with a row in each table. Nothing refers to anything (the tests take the constraints away), so any text will do.
const TENANTS: [&str; 2] = ["tenant-a", "tenant-b"];

/// Whom a tenant's transaction may be for when something was forgotten.
const NOBODY: [Option<&str>; 4] = [
    None,
    Some(""),
    Some("%"),
    Some("00000000-0000-0000-0000-000000000000"),
];

/// What a tenant's role may add to without any tenant: work to do, which it cannot look at.
const ADDED_TO: [&str; 1] = ["jobs"];

/// What every tenant's role may look at, and no more: how lines are doing, and how to call a number, which is the same for all who do.
const SHOWN: [&str; 2] = ["destinations", "lanes"];

/// A table.
struct Table {
    name: String,
    columns: Vec<(String, String)>,
}

impl Table {
    fn is_owned(&self) -> bool {
        self.columns.iter().any(|(name, _)| name == "tenant_id")
    }

    /// The statement that adds a row of this tenant's, different from every other tenant's.
    fn insert(&self, tenant: &str) -> String {
        let names: Vec<String> = self
            .columns
            .iter()
            .map(|(n, _)| format!("\"{n}\""))
            .collect();
        let number = TENANTS.iter().position(|t| *t == tenant).unwrap_or(9);
        let values: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| match (name.as_str(), kind.as_str()) {
                (_, "text" | "character varying") => format!("'{tenant}'"),
                (_, "integer" | "bigint" | "smallint") => number.to_string(),
                (_, "boolean") => "false".to_owned(),
                (_, "timestamp with time zone") => "now()".to_owned(),
                (_, "date") => "current_date".to_owned(),
                (_, "bytea") => "'\\x00'::bytea".to_owned(),
                (name, kind) => {
                    unreachable!("{}.{name} is a {kind}: say what stands in it", self.name)
                }
            })
            .collect();
        format!(
            "INSERT INTO \"{}\" ({}) VALUES ({})",
            self.name,
            names.join(", "),
            values.join(", ")
        )
    }
}

/// Every table of ours.
async fn tables(db: &TestDb) -> Vec<Table> {
    let query = "SELECT table_name || ' ' || column_name || ' ' || data_type AS line FROM information_schema.columns \
                 JOIN information_schema.tables USING (table_schema, table_name) \
                 WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '\\_\\_diesel%' \
                 AND is_generated = 'NEVER' AND is_identity = 'NO' ORDER BY table_name, ordinal_position";
    let mut tables: Vec<Table> = Vec::new();
    for line in lines(db, query).await {
        let (table, column) = line.split_once(' ').unwrap();
        let (column, kind) = column.split_once(' ').unwrap();
        if tables.last().is_none_or(|last| last.name != table) {
            tables.push(Table {
                name: table.to_owned(),
                columns: Vec::new(),
            });
        }
        let columns = &mut tables.last_mut().unwrap().columns;
        columns.push((column.to_owned(), kind.to_owned()));
    }
    tables
}

/// A row of each tenant's in every table. The constraints go, since they are not what is tried here; the policies stay as they are.
async fn filled(db: &TestDb) -> (Client, Vec<Table>) {
    let client = postgres(db).await;
    let constraints = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) AS line FROM pg_constraint \
                       WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c')";
    for statement in lines(db, constraints).await {
        client.batch_execute(&statement).await.unwrap();
    }
    let tables = tables(db).await;
    client
        .batch_execute("SET ROLE faxgate_system")
        .await
        .unwrap();
    for table in &tables {
        for tenant in TENANTS {
            // Some tables are born with a row.
            let insert = format!("{} ON CONFLICT DO NOTHING", table.insert(tenant));
            let added = client.batch_execute(&insert).await;
            assert!(added.is_ok(), "{insert}: {added:?}");
        }
    }
    client.batch_execute("RESET ROLE").await.unwrap();
    (client, tables)
}

/// A transaction with the role that a tenant's has, and `tenant` set, or nothing.
async fn as_app<'a>(client: &'a mut Client, tenant: Option<&str>) -> Transaction<'a> {
    let tx = client.transaction().await.unwrap();
    tx.batch_execute("SET LOCAL ROLE faxgate_app")
        .await
        .unwrap();
    if let Some(tenant) = tenant {
        tx.execute("SELECT set_config('faxgate.tenant', $1, true)", &[&tenant])
            .await
            .unwrap();
    }
    tx
}

/// How many rows a statement of a tenant's role found or touched; `None` where the role may not do this at all.
async fn touched(client: &mut Client, tenant: Option<&str>, statement: &str) -> Option<u64> {
    let tx = as_app(client, tenant).await;
    match tx.execute(statement, &[]).await {
        Ok(rows) => Some(rows),
        Err(error) => {
            let code = error.code();
            let what = format!("{statement} for {tenant:?}: {error:?}");
            assert_eq!(code, Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{what}");
            None
        }
    }
}

#[test]
fn without_a_tenant_no_table_shows_takes_changes_or_loses_a_row() {
    run(Kind::Postgres, async |db| {
        let (mut client, tables) = filled(&db).await;
        let owned = tables.iter().filter(|table| table.is_owned()).count();
        assert!(owned > 30, "{owned} tables of tenants' are found");
        for table in &tables {
            let name = &table.name;
            for tenant in NOBODY {
                let select = format!("SELECT * FROM \"{name}\"");
                let seen = touched(&mut client, tenant, &select).await;
                let is_shown = SHOWN.contains(&name.as_str());
                assert!(
                    is_shown || matches!(seen, None | Some(0)),
                    "{select} for {tenant:?}: {seen:?}"
                );
                let (column, _) = &table.columns[0];
                for statement in [
                    format!("UPDATE \"{name}\" SET \"{column}\" = \"{column}\""),
                    format!("DELETE FROM \"{name}\""),
                ] {
                    let changed = touched(&mut client, tenant, &statement).await;
                    assert!(
                        matches!(changed, None | Some(0)),
                        "{statement} for {tenant:?}: {changed:?}"
                    );
                }
                if !ADDED_TO.contains(&name.as_str()) {
                    let insert = table.insert("tenant-c");
                    assert_eq!(
                        touched(&mut client, tenant, &insert).await,
                        None,
                        "{insert} for {tenant:?}"
                    );
                }
            }
        }
    });
}

#[test]
fn a_tenant_meets_its_own_rows_alone_in_every_table() {
    run(Kind::Postgres, async |db| {
        let (mut client, tables) = filled(&db).await;
        let mut open = 0;
        for table in tables.iter().filter(|table| table.is_owned()) {
            let name = &table.name;
            for tenant in TENANTS {
                let select = format!("SELECT * FROM \"{name}\"");
                let seen = touched(&mut client, Some(tenant), &select).await;
                let others = format!("{select} WHERE tenant_id <> '{tenant}'");
                let strangers = touched(&mut client, Some(tenant), &others).await;
                assert!(
                    matches!((seen, strangers), (None, None) | (Some(1), Some(0))),
                    "{select} for {tenant}: {seen:?}, {strangers:?} of others"
                );
                open += u32::from(seen.is_some());
                for statement in [
                    format!(
                        "UPDATE \"{name}\" SET tenant_id = tenant_id WHERE tenant_id <> '{tenant}'"
                    ),
                    format!("DELETE FROM \"{name}\" WHERE tenant_id <> '{tenant}'"),
                ] {
                    let changed = touched(&mut client, Some(tenant), &statement).await;
                    assert!(
                        matches!(changed, None | Some(0)),
                        "{statement} for {tenant}: {changed:?}"
                    );
                }
                let given = format!("UPDATE \"{name}\" SET tenant_id = 'tenant-c'");
                assert_eq!(
                    touched(&mut client, Some(tenant), &given).await,
                    None,
                    "{given} for {tenant}"
                );
                let insert = table.insert("tenant-c");
                assert_eq!(
                    touched(&mut client, Some(tenant), &insert).await,
                    None,
                    "{insert} for {tenant}"
                );
            }
        }
        assert!(open > 60, "{open} looks at rows of its own");
    });
}

#[test]
fn the_roles_own_nothing_and_can_take_no_other_role() {
    run(Kind::Postgres, async |db| {
        let roles = "rolname IN ('faxgate_app', 'faxgate_system')";
        let owned = format!(
            "SELECT classid::regclass || ' ' || objid AS line FROM pg_shdepend JOIN pg_roles ON pg_roles.oid = refobjid \
             WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o' AND {roles}"
        );
        assert_eq!(lines(&db, &owned).await, [""; 0]);
        let mighty = format!(
            "SELECT rolname AS line FROM pg_roles WHERE {roles} \
             AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication)"
        );
        assert_eq!(lines(&db, &mighty).await, [""; 0]);
        let members = format!(
            "SELECT rolname || ' in ' || roleid::regrole AS line FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE {roles}"
        );
        assert_eq!(lines(&db, &members).await, [""; 0]);
        let there = format!("SELECT rolname AS line FROM pg_roles WHERE {roles}");
        assert_eq!(lines(&db, &there).await.len(), 2);
    });
}

/// A way around policies: functions that run as their owner, and views that look with their owner's eyes.
#[test]
fn nothing_in_the_schema_looks_with_its_owners_eyes() {
    run(Kind::Postgres, async |db| {
        let functions = "SELECT proname AS line FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef";
        assert_eq!(lines(&db, functions).await, [""; 0]);
        let views = "SELECT relname AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm') \
                     AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false)";
        assert_eq!(lines(&db, views).await, [""; 0]);
    });
}
