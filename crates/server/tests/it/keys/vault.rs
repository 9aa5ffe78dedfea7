//! What is stored, and what of it can be read.

use bytes::Bytes;
use faxgate_core::{MasterKeys, Vault};
use faxgate_db::retention;
use faxgate_files::StorageKey;
use faxgate_test_support::{TestDb, on_both_databases};
use tokio::task::JoinSet;

use super::safe::{MAGIC, Safe, clear, masters};

on_both_databases![
    what_is_stored_lies_encrypted_and_comes_back,
    what_was_changed_or_exchanged_is_refused,
    what_is_deleted_is_gone_wherever_copies_of_it_are,
    whoever_stores_again_what_somebody_began_to_store_leaves_it_readable,
    those_who_store_the_same_at_once_agree_about_its_key,
    what_was_stored_in_clear_is_read_and_encrypted_when_asked,
    encrypting_goes_on_where_it_was_killed,
    a_tenants_keys_are_opened_by_nobody_elses_name,
];

async fn read(vault: &Vault, place: &StorageKey) -> Option<Bytes> {
    vault.get(place).await.unwrap()
}

async fn what_is_stored_lies_encrypted_and_comes_back(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    let (place, bytes) = (safe.place("a.pdf"), clear("secret"));
    let stored = vault.put(&place, bytes.clone()).await.unwrap();
    assert_eq!(stored.size, bytes.len() as u64, "of what is in it");
    let plain = safe.vault(MasterKeys::default()).await;
    let same = plain.put(&safe.place("b.pdf"), bytes.clone()).await;
    assert_eq!(stored, same.unwrap());

    let lies = safe.lies(&place);
    assert!(lies.starts_with(MAGIC));
    assert!(!lies.windows(6).any(|w| w == b"secret" || w == b"%PDF-1"));
    assert_eq!(read(&vault, &place).await, Some(bytes.clone()));
    assert!(vault.exists(&place).await.unwrap());

    vault.put(&place, bytes.clone()).await.unwrap();
    assert_eq!(read(&vault, &place).await, Some(bytes.clone()), "again");
    vault.put(&place, clear("other")).await.unwrap_err();
    assert_eq!(
        read(&vault, &place).await,
        Some(bytes.clone()),
        "not overwritten"
    );

    let out = vault.export_to(&place, safe.folder(), "spool.tif").await;
    assert_eq!(std::fs::read(out.unwrap().unwrap()).unwrap(), bytes);
    let empty = safe.place("empty");
    vault.put(&empty, Bytes::new()).await.unwrap();
    assert_eq!(read(&vault, &empty).await, Some(Bytes::new()));
    assert_eq!(read(&vault, &safe.place("none")).await, None);
    assert_eq!(safe.count("tenant_keys").await, 1);
    assert_eq!(safe.count("file_keys").await, 2);
}

async fn what_was_changed_or_exchanged_is_refused(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    let (place, second) = (safe.place("a"), safe.place("b"));
    vault.put(&place, clear("first")).await.unwrap();
    vault.put(&second, clear("second")).await.unwrap();
    let (lies, other) = (safe.lies(&place), safe.lies(&second));
    let refused = async |bytes: &[u8], what: &str| {
        safe.lay(&place, bytes);
        let error = vault.get(&place).await.unwrap_err();
        assert!(error.is_damaged(), "{what}: {error:?}");
        assert_eq!(error.code, "DOCUMENT_DAMAGED");
        assert!(error.to_string().contains("changed or damaged"), "{error}");
    };
    for at in [8, 20, 30, 47, 48, lies.len() / 2, lies.len() - 1] {
        let mut changed = lies.clone();
        changed[at] ^= 1;
        refused(&changed, &format!("byte {at} flipped")).await;
    }
    for length in [0, 7, 8, 40, 63, lies.len() - 1] {
        refused(&lies[..length], &format!("cut to {length}")).await;
    }
    refused(&other, "another file").await;
    refused(&clear("first"), "the same in clear").await;
    refused(b"MM\0*", "something in clear").await;
    // Both files and rows exchanged: the keys are bound to their places.
    safe.lay(&second, &lies);
    safe.lay(&place, &other);
    let swap = format!(
        "UPDATE file_keys SET storage_key = 'x' WHERE storage_key = '{place}'; \
         UPDATE file_keys SET storage_key = '{place}' WHERE storage_key = '{second}'; \
         UPDATE file_keys SET storage_key = '{second}' WHERE storage_key = 'x'"
    );
    safe.raw.execute(&swap).await;
    for swapped in [&place, &second] {
        assert!(vault.get(swapped).await.unwrap_err().is_damaged());
    }
}

async fn what_is_deleted_is_gone_wherever_copies_of_it_are(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    let (deleted, doomed) = (safe.place("deleted"), safe.place("doomed"));
    for place in [&deleted, &doomed] {
        vault.put(place, clear("secret")).await.unwrap();
    }
    let copy = safe.lies(&deleted);
    assert!(vault.delete(&deleted).await.unwrap());
    assert!(!vault.delete(&deleted).await.unwrap());
    assert_eq!(safe.count("file_keys").await, 1);
    safe.lay(&deleted, &copy);
    assert_eq!(read(&vault, &deleted).await, None, "a restored file");

    // What is no longer kept is unreadable from the moment on that says so, not only when the file has gone.
    let mut tx = safe.db.system("a test").await.unwrap();
    let now = safe.seed.now();
    retention::doom(&mut tx, &[doomed.to_string()], now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(safe.path(&doomed).exists());
    assert_eq!(read(&vault, &doomed).await, None);

    // The name may be used again, past what nobody can read.
    vault.put(&deleted, clear("anew")).await.unwrap();
    assert_eq!(read(&vault, &deleted).await, Some(clear("anew")));
}

async fn whoever_stores_again_what_somebody_began_to_store_leaves_it_readable(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    let place = safe.place("a");
    // Its key was committed, and its bytes did not come about.
    let small = Vault::new(
        safe.files(10).await,
        safe.db.another_node(),
        masters(&[1]),
        safe.seed.ambient.clone(),
    );
    small.put(&place, clear("first")).await.unwrap_err();
    assert_eq!(safe.count("file_keys").await, 1);
    assert!(!safe.path(&place).exists());
    assert_eq!(read(&vault, &place).await, None);
    vault.put(&place, clear("first")).await.unwrap();
    assert_eq!(read(&vault, &place).await, Some(clear("first")));
    assert_eq!(safe.count("file_keys").await, 1, "the same key");

    // Bytes of a key that is gone lie there.
    let copy = safe.lies(&place);
    vault.delete(&place).await.unwrap();
    safe.lay(&place, &copy);
    vault.put(&place, clear("first")).await.unwrap();
    assert_eq!(read(&vault, &place).await, Some(clear("first")));
    // It was stored in clear, and the one who did was killed before he told of it.
    vault.delete(&place).await.unwrap();
    safe.lay(&place, &clear("first"));
    vault.put(&place, clear("first")).await.unwrap();
    assert!(safe.lies(&place).starts_with(MAGIC));
    assert_eq!(read(&vault, &place).await, Some(clear("first")));
}

async fn those_who_store_the_same_at_once_agree_about_its_key(db: TestDb) {
    let safe = Safe::new(db).await;
    let (one, two) = (
        safe.vault(masters(&[1])).await,
        safe.vault(masters(&[1])).await,
    );
    let mut writers = JoinSet::new();
    for n in 0..24_usize {
        let vault = if n % 2 == 0 { one.clone() } else { two.clone() };
        let place = safe.place(&format!("{}", n % 3));
        writers.spawn(async move { vault.put(&place, clear("same")).await });
    }
    while let Some(stored) = writers.join_next().await {
        stored.unwrap().unwrap();
    }
    for n in 0..3 {
        let place = safe.place(&n.to_string());
        assert_eq!(read(&one, &place).await, Some(clear("same")));
    }
    assert_eq!(safe.count("file_keys").await, 3);
    assert_eq!(safe.count("tenant_keys").await, 1);
}

async fn what_was_stored_in_clear_is_read_and_encrypted_when_asked(db: TestDb) {
    let safe = Safe::new(db).await;
    let plain = safe.vault(MasterKeys::default()).await;
    let nobodys = StorageKey::new("inbound", "received", "a.tif").unwrap();
    let places = [safe.place("a"), safe.place("b"), nobodys];
    for place in &places {
        plain.put(place, clear("old")).await.unwrap();
        assert_eq!(safe.lies(place), clear("old"));
    }
    let app = safe.app(masters(&[1])).await;
    assert!(app.check_keys().await.unwrap());
    let vault = safe.vault(masters(&[1])).await;
    vault.put(&safe.place("new"), clear("new")).await.unwrap();
    for place in &places {
        assert_eq!(read(&vault, place).await, Some(clear("old")));
    }
    let console = faxgate_core::Asker::Console;
    let in_clear = async || {
        let status = app.key_status(&console).await.unwrap();
        status.iter().map(|one| one.clear).collect::<Vec<_>>()
    };
    assert_eq!(in_clear().await, [1, 2, 0], "the gateway, acme, beta");
    let done = app.encrypt_files(&console).await.unwrap();
    assert_eq!((done.files, done.bytes), (3, 3 * clear("old").len() as u64));
    assert_eq!(in_clear().await, [0, 0, 0]);
    for place in &places {
        assert!(safe.lies(place).starts_with(MAGIC));
        assert_eq!(read(&vault, place).await, Some(clear("old")));
    }
    assert_eq!(app.encrypt_files(&console).await.unwrap().files, 0);
    // From here on bytes in clear are not taken in the place of encrypted ones.
    safe.lay(&places[0], &clear("old"));
    assert!(vault.get(&places[0]).await.unwrap_err().is_damaged());
}

async fn encrypting_goes_on_where_it_was_killed(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    let (before, after) = (safe.place("before"), safe.place("after"));
    for place in [&before, &after] {
        vault.put(place, clear("old")).await.unwrap();
    }
    // Of both the key is committed; the bytes of the first are still the old ones, those of the second are not.
    safe.lay(&before, &clear("old"));
    let flag = match safe.raw.kind() {
        faxgate_test_support::Kind::Sqlite => "1",
        faxgate_test_support::Kind::Postgres => "TRUE",
    };
    safe.raw
        .execute(&format!("UPDATE file_keys SET may_be_clear = {flag}"))
        .await;
    for place in [&before, &after] {
        assert_eq!(read(&vault, place).await, Some(clear("old")));
    }
    let app = safe.app(masters(&[1])).await;
    let done = app.encrypt_files(&faxgate_core::Asker::Console).await;
    assert_eq!(done.unwrap().files, 1);
    assert_eq!(
        safe.count("file_keys WHERE CAST(may_be_clear AS INTEGER) = 1")
            .await,
        0
    );
    for place in [&before, &after] {
        assert!(safe.lies(place).starts_with(MAGIC));
        assert_eq!(read(&vault, place).await, Some(clear("old")));
    }
}

async fn a_tenants_keys_are_opened_by_nobody_elses_name(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    let (own, other) = (safe.place("a"), safe.other.id);
    let foreign = StorageKey::new(&other.to_string(), "pages", "a").unwrap();
    vault.put(&own, clear("own")).await.unwrap();
    vault.put(&foreign, clear("foreign")).await.unwrap();
    // Whoever can write to the database gives a tenant's key to another one.
    let tenant = safe.tenant.id;
    safe.raw
        .execute(&format!(
            "UPDATE tenant_keys SET wrapped = (SELECT t.wrapped FROM tenant_keys t WHERE t.tenant_id = '{tenant}') WHERE tenant_id = '{other}'"
        ))
        .await;
    let error = vault.get(&foreign).await.unwrap_err();
    assert_eq!(error.code, "ENCRYPTION_KEY_MISSING");
    assert_eq!(read(&vault, &own).await, Some(clear("own")));
    let app = safe.app(masters(&[1])).await;
    let refused = app.check_keys().await.unwrap_err();
    assert_eq!(refused.code, "WRONG_MASTER_KEY");
    assert!(refused.to_string().contains("1 of 2"), "{refused}");
}
