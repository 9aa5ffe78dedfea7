//! A whole gateway that encrypts what it keeps.

use std::path::{Path, PathBuf};

use faxgate_core::Vault;
use faxgate_files::{Files, Options};
use faxgate_test_support::{DEADLINE, Raw, TestDb, eventually, on_both_databases};
use faxgate_types::Ambient;
use serde_json::{Value, json};

use super::safe::{MAGIC, Safe, clear, masters};
use crate::under_test::{DID, Gateway, Settings, form, tiff};

on_both_databases![
    nothing_that_faxes_leave_behind_lies_in_clear,
    what_was_changed_in_the_store_is_an_error_that_says_so,
    a_tenant_that_is_erased_takes_its_keys_along_first,
    what_came_in_for_nobody_is_read_when_its_number_is_known,
    a_gateway_with_the_wrong_master_key_does_not_start,
    an_operator_turns_encryption_on_and_changes_keys,
];

const CLINIC: &str = "5557654321";
const INBOUND: &str = "/api/fax/webhook/inbound/";

/// A master key of one byte, 32 times.
fn hex(byte: u8) -> String {
    format!("{byte:02x}").repeat(32)
}

fn sealing(settings: Settings) -> Settings {
    settings
        .with("ENCRYPTION__MASTER_KEY", &hex(1))
        .with("RATE_LIMITS__STATUS", "0")
        .with("RATE_LIMITS__LIST", "0")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found
}

/// The files in the store, every one of them encrypted.
fn stored(gateway: &Gateway) -> Vec<PathBuf> {
    let found = files_below(&gateway.folder().join("files"));
    for path in &found {
        let bytes = std::fs::read(path).unwrap();
        assert!(bytes.starts_with(MAGIC), "{}", path.display());
        assert!(!bytes.windows(7).any(|w| w == b"%PDF-1."));
    }
    found
}

fn areas(files: &[PathBuf]) -> Vec<&str> {
    let mut areas: Vec<&str> = files
        .iter()
        .map(|path| {
            let area = path.parent().and_then(Path::file_name);
            area.and_then(|area| area.to_str()).unwrap()
        })
        .collect();
    areas.sort_unstable();
    areas.dedup();
    areas
}

async fn received(gateway: &Gateway, token: &str, count: u64) -> Value {
    eventually("all came in", DEADLINE, async || {
        let list = gateway.ask("GET", "/api/fax/list/?direction=inbound");
        let list = list.token(token).send().await.expect(200);
        (list["count"] == count).then(|| list["results"].clone())
    })
    .await
}

async fn document(gateway: &Gateway, token: &str, uuid: &Value, format: &str) -> Vec<u8> {
    let uuid = uuid.as_str().unwrap();
    let ask = gateway.ask("GET", &format!("/api/fax/document/{uuid}/?format={format}"));
    let answer = ask.token(token).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

async fn nothing_that_faxes_leave_behind_lies_in_clear(db: TestDb) {
    let raw = Raw::of(&db);
    let gateway = Gateway::start(db, "all", sealing).await;
    let token = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", CLINIC).await;
    gateway.until_the_simulator_knows(2).await;
    let filename = gateway.upload(&token, 2).await;
    let body = json!({"username": DID, "filename": filename, "numbers": CLINIC,
        "cover": {"to": {"name": "Dr. Miller"}, "subject": "Records"}});
    let sent = gateway.ask("POST", "/api/fax/send/").token(&token);
    let sent = sent.json(&body).send().await.expect(200);
    let told = gateway
        .until(&token, sent["uuid"].as_str().unwrap(), "sent")
        .await;
    assert_eq!(told["pages"], 3);
    let came = received(&gateway, &theirs, 1).await;
    for (token, uuid) in [(&token, &sent["uuid"]), (&theirs, &came[0]["uuid"])] {
        assert!(
            document(&gateway, token, uuid, "pdf")
                .await
                .starts_with(b"%PDF")
        );
        assert!(
            document(&gateway, token, uuid, "tiff")
                .await
                .starts_with(b"II*\0")
        );
    }
    let files = stored(&gateway);
    assert_eq!(areas(&files), ["documents", "pages", "received"]);
    // What came in lies where what is nobody's does, and its key is its tenant's by now.
    let nobodys = "SELECT storage_key AS line FROM file_keys WHERE tenant_id IS NULL AND storage_key LIKE '%/received/%'";
    assert!(raw.lines(nobodys).await.is_empty());
    let given = "SELECT k.storage_key AS line FROM file_keys k JOIN tenants t ON t.id = k.tenant_id WHERE t.slug = 'clinic' AND k.storage_key LIKE 'inbound/%'";
    assert_eq!(raw.lines(given).await.len(), 1);
    let keys = raw.lines("SELECT storage_key AS line FROM file_keys").await;
    assert_eq!(keys.len(), files.len());
}

async fn what_was_changed_in_the_store_is_an_error_that_says_so(db: TestDb) {
    let mut gateway = Gateway::start(db, "all", sealing).await;
    gateway.expect_errors("DOCUMENT_DAMAGED");
    let token = gateway.sign_in().await;
    let fax = gateway.fax(&token, "5550001111").await;
    gateway.until(&token, &fax, "sent").await;
    let files = stored(&gateway);
    let pages = files
        .iter()
        .find(|path| path.to_str().unwrap().contains("/pages/"));
    let pages = pages.unwrap();
    let mut bytes = std::fs::read(pages).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(pages, &bytes).unwrap();
    let ask = gateway.ask("GET", &format!("/api/fax/document/{fax}/"));
    let answer = ask.token(&token).send().await;
    answer.refused(500, "DOCUMENT_DAMAGED", "changed or damaged");
    gateway.ask("GET", "/health").send().await.expect(200);
}

async fn a_tenant_that_is_erased_takes_its_keys_along_first(db: TestDb) {
    let raw = Raw::of(&db);
    let node = db.another_node();
    let gateway = Gateway::start(db, "all", |settings| {
        sealing(settings).with("RETENTION__ERASE_GRACE_DAYS", "0")
    })
    .await;
    let operator = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", CLINIC).await;
    gateway.until_the_simulator_knows(2).await;
    let own = gateway.fax(&operator, CLINIC).await;
    gateway.until(&operator, &own, "sent").await;
    received(&gateway, &theirs, 1).await;
    let id = raw
        .lines("SELECT id AS line FROM tenants WHERE slug = 'clinic'")
        .await
        .remove(0);
    let place_of_all =
        format!("SELECT storage_key AS line FROM file_keys WHERE tenant_id = '{id}'");
    let places = raw.lines(&place_of_all).await;
    assert_eq!(places.len(), 2, "as it came, and as it is shown");
    let folder = gateway.folder().join("files");
    let copies: Vec<_> = places
        .iter()
        .map(|place| (place, std::fs::read(folder.join(place)).unwrap()))
        .collect();

    gateway
        .manage(&["tenant", "erase", "clinic", "--yes"], "")
        .await;
    eventually("its rows and files are gone", DEADLINE, async || {
        raw.execute(
            "UPDATE jobs SET due_at = created_at WHERE kind = 'erase_tenant' AND state = 'waiting'",
        )
        .await;
        let done = format!("SELECT state AS line FROM tenant_erasures WHERE tenant = '{id}'");
        (raw.lines(&done).await == ["done"]).then_some(())
    })
    .await;
    let url = format!("file://{}", folder.display());
    let files = Files::open(&url, Options::default()).await.unwrap();
    let vault = Vault::new(files, node, masters(&[1]), Ambient::system());
    for (place, bytes) in copies {
        let path = folder.join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        assert_eq!(vault.get(&place.parse().unwrap()).await.unwrap(), None);
    }
    let left = format!("SELECT id AS line FROM tenant_keys WHERE tenant_id = '{id}'");
    assert!(raw.lines(&left).await.is_empty());
    assert!(
        document(&gateway, &operator, &json!(own), "pdf")
            .await
            .starts_with(b"%PDF")
    );
}

async fn what_came_in_for_nobody_is_read_when_its_number_is_known(db: TestDb) {
    let raw = Raw::of(&db);
    let gateway = Gateway::start(db, "all", sealing).await;
    gateway.sign_in().await;
    let (pages, to) = (tiff(2), "+12125550100");
    let notice = json!({"event": "fax.received", "uuid": "call-1", "from": "+15557770000", "to": to, "pages": 2,
        "duration": 30, "timestamp": "2025-08-24T10:30:00Z"});
    let file: (&str, &[u8]) = ("name=\"file\"; filename=\"call-1.tif\"", &pages);
    let body = form(&[("name=\"payload\"", notice.to_string().as_bytes()), file]);
    let ask = gateway
        .ask("POST", INBOUND)
        .header("Content-Type", "multipart/form-data; boundary=boundary");
    ask.signed(&body).send().await.expect(200);
    let state = "SELECT state AS line FROM receptions";
    eventually("it is kept for the operator", DEADLINE, async || {
        (raw.lines(state).await == ["unmatched"]).then_some(())
    })
    .await;
    assert_eq!(areas(&stored(&gateway)), ["received"]);
    let owner = "SELECT COALESCE(tenant_id, 'gateway') AS line FROM file_keys WHERE storage_key LIKE 'inbound/received/%'";
    assert_eq!(raw.lines(owner).await, ["gateway"]);

    let theirs = gateway.another_tenant("clinic", to).await;
    let came = received(&gateway, &theirs, 1).await;
    assert_eq!(came[0]["pages"], 2);
    assert!(
        document(&gateway, &theirs, &came[0]["uuid"], "tiff")
            .await
            .starts_with(b"II*\0")
    );
    assert_eq!(stored(&gateway).len(), 2);
    assert_ne!(raw.lines(owner).await, ["gateway"]);
}

async fn a_gateway_with_the_wrong_master_key_does_not_start(db: TestDb) {
    let safe = Safe::new(db).await;
    let vault = safe.vault(masters(&[1])).await;
    vault.put(&safe.place("a"), clear("kept")).await.unwrap();
    let name = masters(&[1]).name().unwrap().to_owned();
    for (settings, says) in [
        (None, "is not set"),
        (Some(hex(2)), "encryption.master_key is "),
    ] {
        let refused = Gateway::refuses_to_start(&safe.db, |all| match settings {
            None => all,
            Some(key) => all.with("ENCRYPTION__MASTER_KEY", &key),
        });
        let refused = refused.await;
        assert!(
            refused.contains(&name) && refused.contains(says),
            "{refused}"
        );
    }
    let refused = Gateway::refuses_to_start(&safe.db, |all| {
        all.with("ENCRYPTION__MASTER_KEY", "too short")
    });
    let refused = refused.await;
    assert!(
        refused.contains("32 bytes") && !refused.contains("too short"),
        "{refused}"
    );
}

async fn an_operator_turns_encryption_on_and_changes_keys(db: TestDb) {
    let mut gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let fax = json!(gateway.fax(&token, "5550001111").await);
    gateway.until(&token, fax.as_str().unwrap(), "sent").await;
    let status = gateway.manage(&["keys", "status"], "").await;
    assert!(status.contains("master key\tnot set"), "{status}");
    assert!(status.contains("default\t2 files in clear"), "{status}");
    gateway.refuses(&["keys", "encrypt"]).await;
    let made = gateway.manage(&["keys", "generate"], "").await;
    assert_eq!(made.len(), 64);
    assert_ne!(made, gateway.manage(&["keys", "generate"], "").await);

    gateway.kill().await;
    gateway
        .start_again("all", |all| all.with("ENCRYPTION__MASTER_KEY", &made))
        .await;
    assert!(
        document(&gateway, &token, &fax, "pdf")
            .await
            .starts_with(b"%PDF")
    );
    let done = gateway.manage(&["keys", "encrypt"], "").await;
    assert!(done.contains("are encrypted now"), "{done}");
    assert!(stored(&gateway).len() >= 2);
    let rotated = gateway
        .manage(&["keys", "rotate", "--tenant", "default"], "")
        .await;
    assert!(rotated.contains("2 files"), "{rotated}");
    let refused = gateway.refuses(&["keys", "rotate"]).await;
    assert!(refused.contains("--all"), "{refused}");
    assert!(
        document(&gateway, &token, &fax, "pdf")
            .await
            .starts_with(b"%PDF")
    );

    gateway.kill().await;
    gateway
        .start_again("all", |all| {
            all.with("ENCRYPTION__PREVIOUS_MASTER_KEYS", &made)
                .with("ENCRYPTION__MASTER_KEY", &hex(7))
        })
        .await;
    let status = gateway.manage(&["keys", "status"], "").await;
    assert!(
        status.contains("(not the current one)\t2 files"),
        "{status}"
    );
    let rewrapped = gateway.manage(&["keys", "rewrap"], "").await;
    assert!(
        rewrapped.contains("the current one opens all"),
        "{rewrapped}"
    );
    gateway.kill().await;
    gateway
        .start_again("all", |all| all.without("ENCRYPTION__PREVIOUS_MASTER_KEYS"))
        .await;
    assert!(
        document(&gateway, &token, &fax, "pdf")
            .await
            .starts_with(b"%PDF")
    );
    let status = gateway.manage(&["keys", "status"], "").await;
    assert!(
        !status.contains("not the current one") && !status.contains("in clear"),
        "{status}"
    );
    let log = gateway
        .manage(&["audit", "list", "--action", "keys.rewrapped"], "")
        .await;
    assert!(log.contains("\"keys\":"), "{log}");
}
