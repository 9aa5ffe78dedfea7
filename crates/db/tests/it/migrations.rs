//! Migrations: from nothing, twice, by several at once, and back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faxgate_test_support::{Kind, Seed, TestDb, on_both_databases, run};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::raw::{execute, lines};

on_both_databases![
    a_second_time_changes_nothing,
    nodes_that_start_at_once_migrate_once,
    the_way_back_leaves_no_table,
    a_handler_may_ask_whether_everything_has_run
];

fn folder(kind: Kind) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(match kind {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgres",
        })
}

fn names(kind: Kind) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(kind)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

async fn tables(db: &TestDb) -> Vec<String> {
    let query = match db.kind() {
        Kind::Sqlite => "SELECT name AS line FROM sqlite_master WHERE type = 'table' ORDER BY name",
        Kind::Postgres => {
            "SELECT tablename AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        }
    };
    lines(db, query).await
}

#[test]
fn both_databases_have_the_same_migrations() {
    let sqlite = names(Kind::Sqlite);
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, names(Kind::Postgres));
}

async fn a_second_time_changes_nothing(db: TestDb) {
    let acme = Seed::new(&db).tenant("acme").await;
    let before = tables(&db).await;
    db.migrate().await.unwrap();
    assert_eq!(tables(&db).await, before);
    let mut tx = db.read(acme.id).await.unwrap();
    let found = faxgate_db::tenants::find(&mut tx, acme.id).await.unwrap();
    assert!(found.is_some());
}

async fn nodes_that_start_at_once_migrate_once(db: TestDb) {
    let db = Arc::new(TestDb::empty(db.kind()).await);
    let start = Arc::new(Barrier::new(4));
    let mut nodes = JoinSet::new();
    for _ in 0..4 {
        let (node, start) = (db.another_node(), start.clone());
        nodes.spawn(async move {
            start.wait().await;
            node.migrate().await.unwrap();
            assert!(node.is_migrated().await.unwrap());
        });
    }
    nodes.join_all().await;
    let done = lines(
        &db,
        "SELECT version AS line FROM __diesel_schema_migrations",
    )
    .await;
    assert_eq!(done.len(), names(db.kind()).len());
}

async fn the_way_back_leaves_no_table(db: TestDb) {
    for name in names(db.kind()).iter().rev() {
        let down = folder(db.kind()).join(name).join("down.sql");
        execute(&db, &std::fs::read_to_string(down).unwrap()).await;
    }
    assert_eq!(tables(&db).await, ["__diesel_schema_migrations"]);
}

/// Each actix worker is a current-thread runtime.
async fn a_handler_may_ask_whether_everything_has_run(db: TestDb) {
    let empty = TestDb::empty(db.kind()).await;
    let nodes = [db.another_node(), empty.another_node()];
    let asked = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            [
                nodes[0].is_migrated().await.unwrap(),
                nodes[1].is_migrated().await.unwrap(),
            ]
        })
    });
    let answers = tokio::task::spawn_blocking(|| asked.join().unwrap()).await;
    assert_eq!(answers.unwrap(), [true, false]);
}

/// In production the gateway's role is no superuser, for whom row-level security would not count.
#[test]
fn the_role_that_migrates_is_an_ordinary_one() {
    run(Kind::Postgres, async |db| {
        let role = "SELECT rolname || ' ' || rolsuper || ' ' || rolbypassrls AS line FROM pg_roles \
                    WHERE rolname IN (current_user, 'faxgate_app', 'faxgate_system') ORDER BY rolname";
        assert_eq!(
            lines(&db, role).await,
            [
                "faxgate_app false false",
                "faxgate_system false false",
                "faxgate_test false false"
            ]
        );
    });
}
