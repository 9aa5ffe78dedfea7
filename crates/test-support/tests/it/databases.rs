//! Databases are apart, and gone afterwards.

use std::path::Path;

use faxgate_db::tenants;
use faxgate_test_support::{Kind, Seed, TestDb, on_both_databases, run};

on_both_databases![
    tests_do_not_see_one_another,
    another_node_sees_the_same_rows
];

async fn tests_do_not_see_one_another(first: TestDb) {
    let second = TestDb::new(first.kind()).await;
    Seed::new(&first).tenant("acme").await;
    let mut tx = second.system_read("test").await.unwrap();
    assert!(tenants::list(&mut tx).await.unwrap().is_empty());
}

async fn another_node_sees_the_same_rows(db: TestDb) {
    Seed::new(&db).tenant("acme").await;
    let mut tx = db.another_node().system_read("test").await.unwrap();
    assert_eq!(tenants::list(&mut tx).await.unwrap().len(), 1);
}

#[test]
fn a_dropped_database_leaves_no_file() {
    run(Kind::Sqlite, async |db| {
        let folder = Path::new(db.url().trim_start_matches("sqlite://"))
            .parent()
            .unwrap()
            .to_owned();
        assert!(folder.is_dir());
        drop(db);
        assert!(!folder.exists());
    });
}
