//! Keys that change, and keys that go.

use faxgate_core::{Asker, KeysOf, MasterKeys};
use faxgate_files::StorageKey;
use faxgate_test_support::{TestDb, on_both_databases};
use tokio::task::JoinSet;

use super::safe::{Safe, clear, masters};

on_both_databases![
    rotating_a_tenants_key_leaves_files_as_they_are_and_readable,
    a_rotation_that_was_killed_is_gone_on_with,
    what_is_stored_while_keys_rotate_can_be_read,
    after_rewrapping_only_the_new_master_key_opens_anything,
    a_wrong_or_missing_master_key_is_noticed_at_once,
];

async fn rotating_a_tenants_key_leaves_files_as_they_are_and_readable(db: TestDb) {
    let safe = Safe::new(db).await;
    let app = safe.app(masters(&[1])).await;
    let vault = safe.vault(masters(&[1])).await;
    let nobodys = StorageKey::new("inbound", "received", "a.tif").unwrap();
    let mut places = vec![nobodys];
    places.extend((0..5).map(|n| safe.place(&n.to_string())));
    for place in &places {
        vault.put(place, clear("kept")).await.unwrap();
    }
    let lie = |safe: &Safe| {
        places
            .iter()
            .map(|place| safe.lies(place))
            .collect::<Vec<_>>()
    };
    let keys = "SELECT id || wrapped AS line FROM tenant_keys ORDER BY id";
    let (before, keys_before) = (lie(&safe), safe.raw.lines(keys).await);

    let acme = KeysOf::Tenant("acme".to_owned());
    let rotated = app.rotate_keys(&Asker::Console, &acme).await.unwrap();
    assert_eq!(rotated.len(), 1);
    assert_eq!(
        (rotated[0].tenant, rotated[0].files),
        (Some(safe.tenant.id), 5)
    );
    let rotated = app
        .rotate_keys(&Asker::Console, &KeysOf::All)
        .await
        .unwrap();
    assert_eq!(rotated.len(), 2, "the gateway's own too");
    assert_eq!(before, lie(&safe), "no file was touched");
    let keys_after = safe.raw.lines(keys).await;
    assert_eq!(keys_after.len(), 2);
    assert!(keys_after.iter().all(|key| !keys_before.contains(key)));
    for place in &places {
        assert_eq!(vault.get(place).await.unwrap(), Some(clear("kept")));
    }
    let told = format!(
        "audit_entries WHERE action = 'key.rotated' AND chain = '{}'",
        safe.tenant.id
    );
    assert_eq!(safe.count(&told).await, 2);
    assert_eq!(
        safe.count("audit_entries WHERE action = 'key.removed' AND chain = 'gateway'")
            .await,
        1
    );
    let none = KeysOf::Tenant("nobody".to_owned());
    let refused = app.rotate_keys(&Asker::Console, &none).await.unwrap_err();
    assert_eq!(refused.code, "NO_SUCH_TENANT");
}

async fn a_rotation_that_was_killed_is_gone_on_with(db: TestDb) {
    let safe = Safe::new(db).await;
    let app = safe.app(masters(&[1])).await;
    let vault = safe.vault(masters(&[1])).await;
    vault.put(&safe.place("a"), clear("a")).await.unwrap();
    let now = safe.seed.now();
    safe.raw
        .execute(&format!("UPDATE tenant_keys SET retired_at = '{now}'"))
        .await;
    vault.put(&safe.place("b"), clear("b")).await.unwrap();
    assert_eq!(safe.count("tenant_keys").await, 2);
    let status = app.key_status(&Asker::Console).await.unwrap();
    let acme = status
        .iter()
        .find(|one| one.tenant.as_deref() == Some("acme"));
    let keys = &acme.unwrap().keys;
    assert_eq!(
        keys.iter()
            .map(|key| (key.retired, key.files))
            .collect::<Vec<_>>(),
        [(true, 1), (false, 1)]
    );
    let rotated = app
        .rotate_keys(&Asker::Console, &KeysOf::All)
        .await
        .unwrap();
    assert_eq!(
        rotated.iter().map(|key| key.files).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(safe.count("tenant_keys").await, 1);
    for name in ["a", "b"] {
        assert_eq!(
            vault.get(&safe.place(name)).await.unwrap(),
            Some(clear(name))
        );
    }
}

async fn what_is_stored_while_keys_rotate_can_be_read(db: TestDb) {
    let safe = Safe::new(db).await;
    let app = safe.app(masters(&[1])).await;
    let vault = safe.vault(masters(&[1])).await;
    let mut writers = JoinSet::new();
    for n in 0..40 {
        let (vault, place) = (vault.clone(), safe.place(&n.to_string()));
        writers.spawn(async move {
            vault.put(&place, clear("busy")).await.unwrap();
            assert_eq!(vault.get(&place).await.unwrap(), Some(clear("busy")));
        });
    }
    let mut rotations = 0;
    while !writers.is_empty() {
        app.rotate_keys(&Asker::Console, &KeysOf::All)
            .await
            .unwrap();
        rotations += 1;
        while let Some(done) = writers.try_join_next() {
            done.unwrap();
        }
    }
    assert!(rotations > 0);
    app.rotate_keys(&Asker::Console, &KeysOf::All)
        .await
        .unwrap();
    assert_eq!(safe.count("tenant_keys").await, 1);
    for n in 0..40 {
        let place = safe.place(&n.to_string());
        assert_eq!(vault.get(&place).await.unwrap(), Some(clear("busy")));
    }
}

async fn after_rewrapping_only_the_new_master_key_opens_anything(db: TestDb) {
    let safe = Safe::new(db).await;
    let old = safe.vault(masters(&[1])).await;
    let place = safe.place("a");
    old.put(&place, clear("kept")).await.unwrap();
    let copy_of_row = safe
        .raw
        .lines("SELECT wrapped AS line FROM tenant_keys")
        .await
        .remove(0);

    // Both are known: what is new takes the new one, what is old is read.
    let both = safe.vault(masters(&[2, 1])).await;
    assert_eq!(both.get(&place).await.unwrap(), Some(clear("kept")));
    let nobodys = StorageKey::new("inbound", "received", "a.tif").unwrap();
    both.put(&nobodys, clear("new")).await.unwrap();
    let app = safe.app(masters(&[2, 1])).await;
    assert_eq!(app.rewrap_keys(&Asker::Console).await.unwrap(), 1);
    assert_eq!(app.rewrap_keys(&Asker::Console).await.unwrap(), 0);
    assert_eq!(
        safe.count("audit_entries WHERE action = 'keys.rewrapped' AND chain = 'gateway'")
            .await,
        1
    );

    let new = safe.vault(masters(&[2])).await;
    assert!(safe.app(masters(&[2])).await.check_keys().await.unwrap());
    for (place, text) in [(&place, "kept"), (&nobodys, "new")] {
        assert_eq!(new.get(place).await.unwrap(), Some(clear(text)));
        let error = old.get(place).await.unwrap_err();
        assert_eq!(error.code, "ENCRYPTION_KEY_MISSING", "the old one alone");
        assert_eq!(error.kind.http(), 503);
    }
    // Nor does it with what is in the database now, under its own name.
    let name = masters(&[1]).name().unwrap().to_owned();
    safe.raw
        .execute(&format!("UPDATE tenant_keys SET master = '{name}'"))
        .await;
    old.get(&place).await.unwrap_err();
    assert_ne!(
        safe.raw
            .lines("SELECT wrapped AS line FROM tenant_keys WHERE tenant_id IS NOT NULL")
            .await,
        [copy_of_row]
    );
}

async fn a_wrong_or_missing_master_key_is_noticed_at_once(db: TestDb) {
    let safe = Safe::new(db).await;
    let none = safe.app(MasterKeys::default()).await;
    assert!(
        !none.check_keys().await.unwrap(),
        "nothing is encrypted, and nothing shall be"
    );
    let refused = none.rewrap_keys(&Asker::Console).await.unwrap_err();
    assert_eq!(refused.code, "ENCRYPTION_OFF");
    none.encrypt_files(&Asker::Console).await.unwrap_err();
    let vault = safe.vault(masters(&[1])).await;
    let place = safe.place("a");
    vault.put(&place, clear("kept")).await.unwrap();
    for (app, says) in [
        (none, "is not set"),
        (safe.app(masters(&[2, 3])).await, "encryption.master_key is"),
    ] {
        let refused = app.check_keys().await.unwrap_err();
        assert_eq!(refused.code, "WRONG_MASTER_KEY");
        let name = masters(&[1]).name().unwrap().to_owned();
        let told = refused.to_string();
        assert!(told.contains(says) && told.contains(&name), "{told}");
    }
    let plain = safe.vault(MasterKeys::default()).await;
    let error = plain.get(&place).await.unwrap_err();
    assert_eq!(error.code, "ENCRYPTION_KEY_MISSING", "never garbage");
}
