//! Migrations: from nothing, twice, by several at once, and back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use faxgate_db::idempotency::{self, Key, Progress, StoredAnswer};
use faxgate_test_support::{Kind, Seed, TestDb, on_both_databases, run};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::raw::{execute, lines};

on_both_databases![
    a_second_time_changes_nothing,
    nodes_that_start_at_once_migrate_once,
    the_way_back_leaves_no_table,
    what_waited_and_what_was_on_the_line_stays_in_reach,
    answers_that_were_given_stay,
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

/// Undoes the migration of this name and whatever came after it, as if it had never run.
async fn go_back_before(db: &TestDb, name: &str) {
    for later in names(db.kind()).range(name.to_owned()..).rev() {
        let down = folder(db.kind()).join(later).join("down.sql");
        execute(db, &std::fs::read_to_string(down).unwrap()).await;
        let version: String = later.chars().filter(char::is_ascii_digit).collect();
        let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
        execute(db, &forget).await;
    }
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

/// The lines are shared by tables that an older version did not have: they have to know of what it left.
async fn what_waited_and_what_was_on_the_line_stays_in_reach(db: TestDb) {
    const SHARING: &str = "2026-11-21-100000_share_the_lines";
    go_back_before(&db, SHARING).await;
    let (role, no) = match db.kind() {
        Kind::Sqlite => ("", "0"),
        Kind::Postgres => ("SET ROLE faxgate_system;", "FALSE"),
    };
    let at = "'2026-11-20T10:00:00.000000Z'";
    execute(
        &db,
        &format!(
            "{role}
             INSERT INTO tenants (id, slug, name, country, allowed_countries, time_zone, created_at)
                 VALUES ('t', 'acme', 'Acme', 'US', 'US', 'UTC', {at});
             INSERT INTO faxes (id, tenant_id, direction, status, sender_number, recipient_number, resolution, pages, created_at, updated_at)
                 VALUES ('f', 't', 'outbound', 'processing', '1', '2', 'fine', 1, {at}, {at});
             INSERT INTO queue_items (id, tenant_id, fax_id, position, recipient_raw, destination, state, simulated, due_at, created_at, updated_at)
                 VALUES ('waits', 't', 'f', 0, '2', '+2', 'queued', {no}, {at}, {at}, {at}),
                        ('calls', 't', 'f', 1, '3', '+3', 'active', {no}, {at}, {at}, {at});
             INSERT INTO attempts (id, tenant_id, fax_id, item_id, number, fence, call_uuid, lane, core_uuid, start_page, total_pages, phase, send_by, overdue_at, created_at)
                 VALUES ('a', 't', 'f', 'calls', 1, 1, 'c', 'east', 'core', 0, 1, 'answered', {at}, {at}, {at});"
        ),
    )
    .await;
    db.migrate().await.unwrap();
    let seen = "SELECT tenant_id || ' has something due' AS line FROM share_notes \
                UNION SELECT id || ' is on ' || lane FROM queue_items WHERE lane IS NOT NULL";
    let seen = match db.kind() {
        Kind::Sqlite => seen.to_owned(),
        Kind::Postgres => format!("{role} {seen}"),
    };
    let mut found = lines(&db, &seen).await;
    found.sort();
    assert_eq!(found, ["calls is on east", "t has something due"]);
}

/// A client that asks again after an upgrade gets its answer, and nothing happens twice.
async fn answers_that_were_given_stay(db: TestDb) {
    go_back_before(&db, "2026-11-21-303000_counting").await;
    let role = match db.kind() {
        Kind::Sqlite => "",
        Kind::Postgres => "SET ROLE faxgate_system;",
    };
    let (tenant, user) = (
        "01920000-0000-7000-8000-000000000001",
        "01920000-0000-7000-8000-000000000002",
    );
    let at = "'2026-11-20T10:00:00.000000Z'";
    execute(
        &db,
        &format!(
            "{role}
             INSERT INTO tenants (id, slug, name, country, allowed_countries, time_zone, created_at)
                 VALUES ('{tenant}', 'acme', 'Acme', 'US', 'US', 'UTC', {at});
             INSERT INTO users (id, username, password_hash, created_at) VALUES ('{user}', 'anna', '', {at});
             INSERT INTO idempotency_keys (tenant_id, user_id, endpoint, key, body_sha256, answer, created_at) VALUES
                 ('{tenant}', '{user}', 'fax.send', 'k', 'h', '{{\"fax\":\"f-1\",\"queued\":[\"1\",\"2\"],\"simulated\":true}}', {at}),
                 ('{tenant}', '{user}', 'numbers.order', 'k', 'h', 'o-1', {at}),
                 ('{tenant}', '{user}', 'numbers.claim', 'k', 'h', '+1', {at});"
        ),
    )
    .await;
    db.migrate().await.unwrap();
    let tenant = tenant.parse().unwrap();
    let mut tx = db.read(tenant).await.unwrap();
    let mut progress = async |endpoint: &str| {
        let key = Key {
            tenant,
            user: user.parse().unwrap(),
            endpoint,
            key: "k",
        };
        let found = idempotency::find(&mut tx, key).await.unwrap().unwrap();
        assert_eq!(found.body_sha256, "h");
        found.progress
    };
    for (endpoint, status, body) in [
        (
            "POST /api/fax/send",
            200,
            r#"{"status":"OK","code":200,"uuid":"f-1","message":"Fax queued successfully","details":{"recipients":2,"queued":["1","2"]},"simulated":true}"#,
        ),
        (
            "POST /v1/fax/jobs",
            201,
            r#"{"fax_job_id":"f-1","status":"queued_for_send"}"#,
        ),
    ] {
        let answer = StoredAnswer {
            status,
            body: body.to_owned(),
            sealed: false,
        };
        assert_eq!(progress(endpoint).await, Progress::Done(answer));
    }
    assert_eq!(
        progress("POST /api/v1/numbers/orders").await,
        Progress::Lost
    );
    // What was claimed is gone on with: it may not be attached yet.
    let claimed = progress("POST /phone_numbers").await;
    assert!(matches!(
        claimed,
        Progress::UnderWay {
            begun: true,
            lease_until: None,
            ..
        }
    ));
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
