//! Databases are apart, and gone afterwards.

use faxgate_db::tenants;
use faxgate_test_support::{Kind, Seed, TestDb, on_both_databases};

on_both_databases![
    tests_do_not_see_one_another,
    a_dropped_database_is_gone,
    another_node_sees_the_same_rows
];

async fn tests_do_not_see_one_another(first: TestDb) {
    let second = TestDb::new(first.kind()).await;
    Seed::new(&first).tenant("acme").await;
    let mut tx = second.system_read("test").await.unwrap();
    assert!(tenants::list(&mut tx).await.unwrap().is_empty());
}

async fn a_dropped_database_is_gone(db: TestDb) {
    assert!(db.is_migrated().await.unwrap());
    let other = db.another_node();
    let kind = db.kind();
    let path = db.url().trim_start_matches("sqlite://").to_owned();
    drop(db);
    match kind {
        Kind::Sqlite => assert!(!std::path::Path::new(&path).exists()),
        Kind::Postgres => {
            let gone = other.system_read("test").await;
            assert!(gone.is_err_and(|error| error.is_unavailable()));
        }
    }
}

async fn another_node_sees_the_same_rows(db: TestDb) {
    Seed::new(&db).tenant("acme").await;
    let mut tx = db.another_node().system_read("test").await.unwrap();
    assert_eq!(tenants::list(&mut tx).await.unwrap().len(), 1);
}
