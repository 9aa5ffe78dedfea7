//! The second wall, on PostgreSQL: even a query that forgets the tenant, or takes a wrong one, stays inside.

use faxgate_db::items::{Change, cancel};
use faxgate_db::{
    attempts, dids, documents, events, faxes, idempotency, items, jobs, renditions, tenants,
};
use faxgate_test_support::{Kind, TestDb, run};
use faxgate_types::{ItemState, JobId, RenditionId};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::attempts::intent;
use crate::raw::postgres;
use crate::world::World;

/// Two tenants; the first has a row in every table that a tenant can have rows in.
async fn neighbours(db: &TestDb) -> (World, World) {
    let world = World::new(db).await;
    world.seed.did(world.tenant, "+15550000001").await;
    world.fax(&["+15550001111"]).await;
    let item = world.claimed(db, "node-1").await.remove(0);
    let made = renditions::Rendition {
        id: RenditionId::generate(&world.seed.ambient),
        cache_key: "key".to_owned(),
        storage_key: "pages".to_owned(),
        pages: 1,
        line_seconds: 30,
    };
    let key = idempotency::Key {
        tenant: world.tenant,
        user: world.user.id,
        endpoint: "send",
        key: "1",
    };
    let event = events::Event {
        fax: Some(item.fax_id),
        item: None,
        attempt: None,
        kind: "fax.queued".to_owned(),
        text: "queued".to_owned(),
        data: None,
        at: world.now(),
    };
    let (tenant, now) = (world.tenant, world.now());
    let mut tx = db.write(tenant).await.unwrap();
    assert!(
        attempts::intend(&mut tx, &intent(&world, &item))
            .await
            .unwrap()
    );
    renditions::insert(&mut tx, tenant, &made, now)
        .await
        .unwrap();
    let reserved = idempotency::reserve(&mut tx, key, "hash", "one", now, now).await;
    assert!(reserved.unwrap());
    events::append(&mut tx, tenant, &event).await.unwrap();
    let job = JobId::generate(&world.seed.ambient);
    jobs::add(&mut tx, job, "render", item.fax_id, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let stranger = world.stranger(db).await;
    (world, stranger)
}

/// Every table that a tenant has rows in.
const OWNED: [&str; 10] = [
    "tenants",
    "memberships",
    "dids",
    "documents",
    "renditions",
    "faxes",
    "queue_items",
    "attempts",
    "fax_events",
    "idempotency_keys",
];

/// A transaction with the role that a tenant's has, and `tenant` set, or nothing.
async fn as_app<'a>(
    client: &'a mut Client,
    tenant: Option<&str>,
) -> tokio_postgres::Transaction<'a> {
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

async fn rows(client: &impl tokio_postgres::GenericClient, table: &str) -> i64 {
    let query = format!("SELECT count(*) FROM {table}");
    client.query_one(&query, &[]).await.unwrap().get(0)
}

#[test]
fn a_query_with_a_wrong_tenant_finds_nothing() {
    run(Kind::Postgres, async |db| {
        let (world, stranger) = neighbours(&db).await;
        let theirs = world.tenant;
        // Inside the stranger's transaction every query is told the other's tenant.
        let mut tx = db.write(stranger.tenant).await.unwrap();
        let tx = &mut tx;
        let everything = faxes::Filter::default();
        assert!(tenants::find(tx, theirs).await.unwrap().is_none());
        assert!(dids::of_tenant(tx, theirs).await.unwrap().is_empty());
        let document = documents::find(tx, theirs, world.document.id).await;
        assert!(document.unwrap().is_none());
        let rendition = renditions::find(tx, theirs, "key").await;
        assert!(rendition.unwrap().is_none());
        let listed = faxes::list(tx, theirs, everything, 10, 0).await;
        assert!(listed.unwrap().is_empty());
        assert_eq!(faxes::count(tx, theirs, everything).await.unwrap(), 0);

        let mut own = db.read(theirs).await.unwrap();
        let fax = faxes::list(&mut own, theirs, everything, 1, 0)
            .await
            .unwrap()
            .remove(0);
        let item = items::of_fax(&mut own, theirs, fax.id)
            .await
            .unwrap()
            .remove(0);
        let attempt = attempts::of_item(&mut own, theirs, item.id)
            .await
            .unwrap()
            .remove(0);
        drop(own);
        assert!(faxes::find(tx, theirs, fax.id).await.unwrap().is_none());
        assert!(faxes::lock(tx, theirs, fax.id).await.unwrap().is_none());
        assert!(items::of_fax(tx, theirs, fax.id).await.unwrap().is_empty());
        assert!(items::find(tx, theirs, item.id).await.unwrap().is_none());
        let found = attempts::of_item(tx, theirs, item.id).await;
        assert!(found.unwrap().is_empty());
        let timeline = events::of_fax(tx, theirs, fax.id).await;
        assert!(timeline.unwrap().is_empty());

        let now = world.now();
        let sent = Change::of(&item, ItemState::Sent);
        assert_eq!(cancel(tx, theirs, fax.id, now).await.unwrap(), (0, 0));
        let changed = items::change(tx, theirs, item.id, item.fence, &sent, now).await;
        assert!(!changed.unwrap());
        let moved = attempts::progress(tx, &attempt, faxgate_types::AttemptPhase::Ringing, 0);
        assert!(!moved.await.unwrap());
    });
}

#[test]
fn nothing_is_written_for_another_tenant() {
    run(Kind::Postgres, async |db| {
        let (world, stranger) = neighbours(&db).await;
        let fax = world
            .seed
            .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
        let mut tx = db.write(stranger.tenant).await.unwrap();
        let refused = faxes::insert(&mut tx, &fax).await.unwrap_err();
        assert!(!refused.is_unique_violation());
        drop(tx);

        let mut tx = db.write(stranger.tenant).await.unwrap();
        let refused = documents::insert(&mut tx, world.tenant, &world.document, world.now()).await;
        refused.unwrap_err();
        drop(tx);

        // Nor is a row of one's own given away: USING is the check of what is written, too.
        let mut client = postgres(&db).await;
        let own = stranger.tenant.to_string();
        let tx = as_app(&mut client, Some(&own)).await;
        let refused = tx
            .execute(
                "UPDATE documents SET tenant_id = $1",
                &[&world.tenant.to_string()],
            )
            .await
            .unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    });
}

#[test]
fn without_a_tenant_nothing_is_seen() {
    run(Kind::Postgres, async |db| {
        neighbours(&db).await;
        let mut client = postgres(&db).await;
        for tenant in [
            None,
            Some(""),
            Some("%"),
            Some("00000000-0000-0000-0000-000000000000"),
        ] {
            let tx = as_app(&mut client, tenant).await;
            for table in OWNED {
                assert_eq!(rows(&tx, table).await, 0, "{table}, {tenant:?}");
            }
        }
    });
}

#[test]
fn a_tenant_sees_its_own_rows_alone() {
    run(Kind::Postgres, async |db| {
        let (world, stranger) = neighbours(&db).await;
        let mut client = postgres(&db).await;
        let theirs = world.tenant.to_string();
        let tx = as_app(&mut client, Some(&theirs)).await;
        for table in OWNED {
            assert_eq!(rows(&tx, table).await, 1, "{table}");
        }
        drop(tx);
        let own = stranger.tenant.to_string();
        let tx = as_app(&mut client, Some(&own)).await;
        for table in OWNED {
            let has_some = ["tenants", "memberships", "documents"].contains(&table);
            assert_eq!(rows(&tx, table).await, i64::from(has_some), "{table}");
        }
    });
}

#[test]
fn a_tenant_can_touch_nothing_that_is_everybodys() {
    run(Kind::Postgres, async |db| {
        let (world, _) = neighbours(&db).await;
        let mut client = postgres(&db).await;
        let tenant = world.tenant.to_string();
        for table in ["users", "api_tokens", "receptions", "jobs"] {
            for statement in [
                format!("SELECT * FROM {table}"),
                format!("UPDATE {table} SET id = id"),
                format!("DELETE FROM {table}"),
            ] {
                let tx = as_app(&mut client, Some(&tenant)).await;
                let refused = tx.batch_execute(&statement).await.unwrap_err();
                assert_eq!(
                    refused.code(),
                    Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                    "{statement}"
                );
            }
        }
        for statement in [
            "INSERT INTO users VALUES ('1', 'mallory', 'hash', FALSE, now())",
            "INSERT INTO tenants VALUES ('1', 'slug', 'name', 'US', 'US', 'UTC', 0, now())",
            "DELETE FROM tenants",
            "CREATE TABLE mine (id TEXT)",
            "ALTER TABLE faxes DISABLE ROW LEVEL SECURITY",
            "SET ROLE faxgate_nobody",
        ] {
            let tx = as_app(&mut client, Some(&tenant)).await;
            assert!(tx.batch_execute(statement).await.is_err(), "{statement}");
        }
    });
}

#[test]
fn a_connection_given_back_forgets_whose_it_was() {
    run(Kind::Postgres, async |db| {
        let (world, stranger) = neighbours(&db).await;
        // As often as the pool is large, so that each connection serves both.
        for _ in 0..20 {
            for (tenant, expected) in [(world.tenant, 1), (stranger.tenant, 0)] {
                let mut tx = db.read(tenant).await.unwrap();
                let count = faxes::count(&mut tx, world.tenant, faxes::Filter::default()).await;
                assert_eq!(count.unwrap(), expected);
                tx.commit().await.unwrap();
            }
            let mut tx = db.system_read("test").await.unwrap();
            assert_eq!(tenants::list(&mut tx).await.unwrap().len(), 2);
            tx.commit().await.unwrap();
        }
    });
}
