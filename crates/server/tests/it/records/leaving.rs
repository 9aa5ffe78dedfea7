//! A tenant leaves: with all that it has, and without a trace but one.

use std::collections::BTreeSet;
use std::path::Path;

use faxgate_test_support::{DEADLINE, Kind, Raw, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::under_test::Gateway;

on_both_databases![
    an_export_is_whole_and_holds_no_secrets,
    a_tenant_is_erased_without_a_trace_and_nobody_else_notices,
    erasing_can_be_called_off_before_it_begins,
    nobody_erases_what_they_are_in_or_the_last_operators,
    a_tenant_whose_erasing_has_begun_does_not_go_on
];

/// A tenant that has something of everything that can be had without a line; gives its id, a token and a fax.
async fn customer(gateway: &Gateway, raw: &Raw) -> (String, String, String) {
    let token = gateway.another_tenant("acme", "+12125550100").await;
    gateway.upload(&token, 1).await;
    gateway
        .manage(
            &[
                "do-not-fax",
                "add",
                "+12125550199",
                "--tenant",
                "acme",
                "--reason",
                "asked",
            ],
            "",
        )
        .await;
    let filename = gateway.upload(&token, 2).await;
    let fax = json!({"username": "+12125550100", "filename": filename, "numbers": "+12125550111"});
    let sent = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .json(&fax);
    let sent = sent.send().await.expect(200);
    let fax = sent["uuid"].as_str().unwrap().to_owned();
    let tenant = raw.lines("SELECT id AS line FROM tenants WHERE slug = 'acme'");
    (tenant.await.remove(0), token, fax)
}

async fn an_export_is_whole_and_holds_no_secrets(db: TestDb) {
    let raw = Raw::of(&db);
    let gateway = Gateway::api(db).await;
    let (id, ..) = customer(&gateway, &raw).await;
    gateway
        .manage(&["tenant", "export", "acme", "out"], "")
        .await;
    let out = gateway.folder().join("out");
    let read = |name: &str| std::fs::read(out.join(name)).unwrap();
    let manifest: Value = serde_json::from_slice(&read("manifest.json")).unwrap();
    assert_eq!(manifest["tenant"], id);
    let named = manifest["files"].as_array().unwrap();
    let mut text = String::new();
    for file in named {
        let name = file["name"].as_str().unwrap();
        let bytes = read(name);
        assert_eq!(
            file["sha256"],
            hex::encode(Sha256::digest(&bytes)),
            "{name}"
        );
        if name.starts_with("tables/") {
            text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
    for (table, rows) in [
        ("faxes", 1),
        ("documents", 2),
        ("dids", 1),
        ("tenants", 1),
        ("users", 1),
        ("do_not_fax", 1),
    ] {
        assert_eq!(manifest["rows"][table], rows, "{table}");
    }
    assert!(
        named
            .iter()
            .filter(|file| file["name"]
                .as_str()
                .unwrap()
                .starts_with("files/documents/"))
            .count()
            == 2
    );
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        for (column, value) in row.as_object().unwrap() {
            assert!(
                !column.contains("password") && !column.contains("secret"),
                "{column}"
            );
            assert!(
                !value.as_str().unwrap_or("").starts_with("$argon2"),
                "{column}"
            );
        }
    }
    let other = raw.lines("SELECT id AS line FROM tenants WHERE slug = 'default'");
    let other = other.await.remove(0);
    assert!(!text.contains(&other), "nothing of the other tenant");
    assert_eq!(
        manifest["rows"]["audit_entries"].as_u64().unwrap(),
        rows_of(&raw, &id).await
    );

    let again = gateway.refuses(&["tenant", "export", "acme", "out"]).await;
    assert!(again.contains("cannot write"), "{again}");
    gateway
        .manage(&["tenant", "export", "acme", "out.tar"], "")
        .await;
    let unpacked = gateway.folder().join("unpacked");
    std::fs::create_dir(&unpacked).unwrap();
    let tar = std::process::Command::new("tar")
        .args(["-xf", "../out.tar"])
        .current_dir(&unpacked)
        .status()
        .unwrap();
    assert!(tar.success());
    for file in named
        .iter()
        .filter(|file| file["name"].as_str().unwrap().starts_with("files/"))
    {
        let name = file["name"].as_str().unwrap();
        assert_eq!(std::fs::read(unpacked.join(name)).unwrap(), read(name));
    }
    assert!(unpacked.join("manifest.json").exists());
}

async fn rows_of(raw: &Raw, chain: &str) -> u64 {
    let count =
        format!("SELECT CAST(count(*) AS TEXT) AS line FROM audit_entries WHERE chain = '{chain}'");
    // The export was written down before it began.
    raw.lines(&count).await.remove(0).parse().unwrap()
}

/// `table.column` of every column of text.
async fn columns(raw: &Raw) -> Vec<String> {
    let query = match raw.kind() {
        Kind::Sqlite => {
            "SELECT t.name || '.' || c.name AS line FROM sqlite_master t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.type = 'TEXT' AND t.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'"
        }
        Kind::Postgres => {
            "SELECT table_name || '.' || column_name AS line FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'text' AND table_name NOT LIKE '\\_\\_diesel%'"
        }
    };
    raw.lines(query).await
}

/// Every column of every table that has this text anywhere in it.
async fn traces(raw: &Raw, text: &str) -> BTreeSet<String> {
    let mut traces = BTreeSet::new();
    for column in columns(raw).await {
        let (table, name) = column.split_once('.').unwrap();
        let query = format!(
            "SELECT '{column}' AS line FROM \"{table}\" WHERE \"{name}\" LIKE '%{text}%' LIMIT 1"
        );
        traces.extend(raw.lines(&query).await);
    }
    traces
}

/// How many rows of each table speak of somebody.
async fn counted(raw: &Raw, tenant: &str) -> Vec<String> {
    let mut counts = Vec::new();
    for column in columns(raw)
        .await
        .into_iter()
        .filter(|column| column.ends_with(".tenant_id"))
    {
        let table = column.trim_end_matches(".tenant_id");
        let query = format!(
            "SELECT '{table} ' || count(*) AS line FROM \"{table}\" WHERE tenant_id = '{tenant}'"
        );
        counts.extend(raw.lines(&query).await);
    }
    counts
}

fn files_below(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        found.insert(path.display().to_string());
        if path.is_dir() {
            found.extend(files_below(&path));
        }
    }
    found
}

async fn a_tenant_is_erased_without_a_trace_and_nobody_else_notices(db: TestDb) {
    let raw = Raw::of(&db);
    let gateway = Gateway::start(db, "all", |settings| {
        settings.with("RETENTION__ERASE_GRACE_DAYS", "0")
    })
    .await;
    let operator = gateway.sign_in().await;
    let own = gateway.fax(&operator, "5550001111").await;
    gateway.until(&operator, &own, "sent").await;
    let (id, token, fax) = customer(&gateway, &raw).await;
    gateway.until(&token, &fax, "sent").await;
    let default = raw
        .lines("SELECT id AS line FROM tenants WHERE slug = 'default'")
        .await
        .remove(0);
    let files = gateway.folder().join("files");
    let (others, own): (BTreeSet<_>, BTreeSet<_>) = files_below(&files)
        .into_iter()
        .partition(|path| !path.contains(&id));
    assert!(own.len() >= 3 && traces(&raw, &id).await.len() >= 8);
    let before = counted(&raw, &default).await;
    let anchor = gateway.manage(&["audit", "anchor"], "").await;
    std::fs::write(gateway.folder().join("anchor.json"), anchor).unwrap();

    let refused = gateway.refuses(&["tenant", "erase", "acme"]).await;
    assert!(refused.contains("--yes"), "{refused}");
    let path = "/api/v1/tenants/acme/erase";
    let mistaken = gateway
        .ask("POST", path)
        .token(&operator)
        .json(&json!({"confirm": "default"}));
    mistaken.send().await.refused(400, "NOT_CONFIRMED", "slug");
    let asked = gateway
        .ask("POST", path)
        .token(&operator)
        .json(&json!({"confirm": "acme"}));
    let asked = asked.send().await.expect(202);
    assert_eq!(asked["data"]["tenant_id"], id);

    eventually("its rows and files are gone", DEADLINE, async || {
        // Its second look at the files is due in ten minutes.
        raw.execute(
            "UPDATE jobs SET due_at = created_at WHERE kind = 'erase_tenant' AND state = 'waiting'",
        )
        .await;
        let done = format!("SELECT state AS line FROM tenant_erasures WHERE tenant = '{id}'");
        (raw.lines(&done).await == ["done"]).then_some(())
    })
    .await;
    let expected = ["audit_entries.object", "tenant_erasures.tenant"];
    let left = traces(&raw, &id).await;
    assert_eq!(
        left,
        expected.map(str::to_owned).into(),
        "what tells of it, in the gateway's own log, and nothing else"
    );
    let own_chain = format!("SELECT chain AS line FROM audit_entries WHERE chain = '{id}'");
    assert!(raw.lines(&own_chain).await.is_empty());
    assert_eq!(files_below(&files), others);
    assert!(
        raw.lines("SELECT username AS line FROM users").await == ["admin"],
        "its people are gone"
    );
    assert_eq!(counted(&raw, &default).await, before);

    let told = gateway
        .manage(&["audit", "list", "--action", "tenant.erased"], "")
        .await;
    assert!(
        told.contains("\"slug\":\"acme\"")
            && told.contains("\"faxes\":1")
            && told.contains("\"audit\":{"),
        "{told}"
    );
    // The anchor from before knows of its chain; that it is gone is in order.
    let verified = gateway
        .manage(&["audit", "verify", "--anchor", "anchor.json"], "")
        .await;
    assert!(verified.contains("erased with its tenant"), "{verified}");
    gateway
        .status(&operator, &gateway.fax(&operator, "5550001111").await)
        .await;
}

async fn erasing_can_be_called_off_before_it_begins(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    let member = gateway.another_tenant("acme", "+12125550100").await;
    gateway
        .manage(&["tenant", "erase", "acme", "--yes"], "")
        .await;
    let refused = gateway
        .ask("GET", "/api/fax/list/")
        .token(&member)
        .send()
        .await;
    refused.refused(403, "TENANT_SUSPENDED", "erased");
    let path = "/api/v1/tenants/acme/erase";
    let stands = gateway
        .ask("GET", path)
        .token(&operator)
        .send()
        .await
        .expect(200);
    assert_eq!(stands["data"]["state"], "waiting");
    let twice = gateway
        .ask("POST", path)
        .token(&operator)
        .json(&json!({"confirm": "acme"}));
    twice.send().await.refused(409, "BEING_ERASED", "already");
    gateway
        .ask("DELETE", path)
        .token(&operator)
        .send()
        .await
        .expect(200);
    gateway.manage(&["tenant", "resume", "acme"], "").await;
    let back = gateway
        .ask("GET", "/api/fax/list/")
        .token(&member)
        .send()
        .await;
    assert_eq!(back.status, 200);
    let forbidden = gateway
        .ask("POST", path)
        .token(&member)
        .json(&json!({"confirm": "acme"}));
    forbidden
        .send()
        .await
        .refused(403, "ROLE_FORBIDDEN", "operator");
}

async fn nobody_erases_what_they_are_in_or_the_last_operators(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let operator = gateway.sign_in().await;
    let path = "/api/v1/tenants/default/erase";
    let erase = async |token: &str| {
        let ask = gateway.ask("POST", path).token(token);
        ask.json(&json!({"confirm": "default"})).send().await
    };
    erase(&operator)
        .await
        .refused(409, "OWN_TENANT", "X-Tenant-ID");
    let console = ["tenant", "erase", "default", "--yes"];
    let refused = gateway.refuses(&console).await;
    assert!(refused.contains("last operators"), "{refused}");
    gateway.manage(&["tenant", "create", "acme"], "").await;
    let other = gateway.member("acme", "oscar", "operator").await;
    erase(&other).await.expect(202);
}

async fn a_tenant_whose_erasing_has_begun_does_not_go_on(db: TestDb) {
    let raw = Raw::of(&db);
    let gateway = Gateway::api(db).await;
    let member = gateway.another_tenant("acme", "+12125550100").await;
    gateway
        .manage(&["tenant", "erase", "acme", "--yes"], "")
        .await;
    // Its rows are being removed.
    raw.execute("UPDATE tenant_erasures SET state = 'rows'")
        .await;
    let refused = gateway.refuses(&["tenant", "resume", "acme"]).await;
    assert!(refused.contains("is being erased"), "{refused}");
    let operator = gateway.sign_in().await;
    let resume = gateway
        .ask("POST", "/api/v1/tenants/acme/resume")
        .token(&operator);
    resume.send().await.refused(409, "ERASING_BEGAN", "");
    let ask = gateway.ask("GET", "/api/fax/list/").token(&member);
    ask.send().await.refused(403, "TENANT_SUSPENDED", "erased");
}
