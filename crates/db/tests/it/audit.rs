//! Nobody who comes through the gateway changes or removes an entry of the audit log.

use faxgate_db::audit::{self, Chain, Head, StoredEntry};
use faxgate_test_support::{Kind, TestDb, on_both_databases, run};
use tokio_postgres::error::SqlState;

use crate::raw::postgres;
use crate::world::World;

on_both_databases![a_chain_is_removed_behind_its_tenant_and_not_before];

async fn entry(db: &TestDb, world: &World, chain: Chain) {
    let hash = "0".repeat(64);
    let entry = StoredEntry {
        seq: 1,
        at: world.now(),
        actor: "system".to_owned(),
        actor_id: None,
        actor_name: None,
        token_id: None,
        address: None,
        action: "tenant.created".to_owned(),
        object: "acme".to_owned(),
        details: "{}".to_owned(),
        hash: hash.clone(),
    };
    let head = Head {
        seq: 1,
        hash,
        seal: None,
    };
    let mut tx = db.system("a test").await.unwrap();
    audit::begin(&mut tx, chain, &head, world.now())
        .await
        .unwrap();
    audit::append(&mut tx, chain, &entry, &head).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_chain_is_removed_behind_its_tenant_and_not_before(db: TestDb) {
    let world = World::new(&db).await;
    entry(&db, &world, world.tenant.into()).await;
    entry(&db, &world, Chain::Gateway).await;
    let mut tx = db.system("a test").await.unwrap();
    // SQLite says so, PostgreSQL does not see them.
    let removed = audit::remove(&mut tx, world.tenant).await;
    assert!(removed.is_err() || removed.is_ok_and(|entries| entries == 0));
    drop(tx);

    let mut tx = db.system("a test").await.unwrap();
    faxgate_db::erasures::some_faxes(&mut tx, world.tenant, 10)
        .await
        .unwrap();
    faxgate_db::erasures::the_rest(&mut tx, world.tenant)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.system_read("a test").await.unwrap();
    assert_eq!(audit::chains(&mut tx).await.unwrap(), ["gateway"]);
    assert_eq!(
        faxgate_db::erasures::left(&mut tx, world.tenant)
            .await
            .unwrap(),
        []
    );
}

#[test]
fn neither_role_changes_an_entry() {
    run(Kind::Postgres, async |db| {
        let world = World::new(&db).await;
        entry(&db, &world, world.tenant.into()).await;
        let tenant = world.tenant;
        let client = postgres(&db).await;
        for role in ["faxgate_app", "faxgate_system"] {
            let take = format!(
                "RESET ROLE; SET ROLE {role}; SELECT set_config('faxgate.tenant', '{tenant}', false)"
            );
            client.batch_execute(&take).await.unwrap();
            for statement in [
                "UPDATE audit_entries SET object = 'x'",
                "UPDATE audit_entries SET seq = seq + 1",
                "TRUNCATE audit_entries",
            ] {
                let refused = client.batch_execute(statement).await.unwrap_err();
                assert_eq!(
                    refused.code(),
                    Some(&SqlState::INSUFFICIENT_PRIVILEGE),
                    "{role}: {statement}"
                );
            }
        }
        let removed = client.execute("DELETE FROM audit_entries", &[]).await;
        assert_eq!(removed.unwrap(), 0, "its tenant is there");
        client
            .batch_execute("RESET ROLE; SET ROLE faxgate_app")
            .await
            .unwrap();
        let refused = client.batch_execute("DELETE FROM audit_entries").await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    });
}
