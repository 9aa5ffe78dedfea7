//! The job API without a token, for trials on one machine

use faxgate_test_support::{TestDb, on_both_databases};

use super::{NOTHING, refused};
use crate::under_test::{DID, Gateway, pdf};

on_both_databases![
    without_the_setting_a_token_is_needed,
    with_the_setting_this_machine_acts_as_the_tenants_administrator,
    who_does_not_ask_for_this_machine_or_asks_from_a_web_page_needs_a_token,
    an_open_tenant_that_is_not_there_opens_nothing,
];

async fn without_the_setting_a_token_is_needed(db: TestDb) {
    let gateway = Gateway::api(db).await;
    for (method, path) in [
        ("POST", "/v1/uploads".to_owned()),
        ("POST", "/v1/fax/jobs".to_owned()),
        ("GET", format!("/v1/fax/jobs/{NOTHING}")),
        ("POST", format!("/v1/fax/jobs/{NOTHING}/cancel")),
    ] {
        let answer = gateway.ask(method, &path).send().await;
        refused(&answer, 401, "Authorization");
        assert_eq!(answer.headers("WWW-Authenticate").len(), 2, "{path}");
        let wrong = gateway.ask(method, &path).token("fxg_wrong").send().await;
        refused(&wrong, 401, "Invalid token");
    }
}

async fn with_the_setting_this_machine_acts_as_the_tenants_administrator(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("JOB_API__OPEN_ON_LOOPBACK", "true")
            .with("JOB_API__TENANT", "default")
    })
    .await;
    let token = gateway.sign_in().await;
    gateway.another_tenant("clinic", "5557654321").await;
    let ask = || gateway.ask("POST", "/v1/uploads");
    let body = ask().file("a.pdf", &pdf(1)).send().await.expect(200);
    let sent = serde_json::json!({
        "document_upload_id": body["document_upload_id"], "destination_fax": "+13014001910",
    });
    let job = gateway.ask("POST", "/v1/fax/jobs").json(&sent).send().await;
    let id = job.expect(201)["fax_job_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/fax/jobs/{id}");
    let seen = gateway.ask("GET", &path).send().await;
    assert_eq!(seen.expect(200)["status"], "queued_for_send");
    assert_eq!(seen.number("X-RateLimit-Limit"), 1000);
    let fax = gateway.status(&token, &id).await;
    assert_eq!(fax["sender_number"], format!("+1{DID}"));
    assert_eq!(
        fax["timeline"][0]["text"]
            .as_str()
            .unwrap()
            .rsplit(' ')
            .next(),
        Some("admin")
    );

    // A proxy on this machine speaks for strangers.
    for name in ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"] {
        let ask = gateway.ask("GET", &path).header(name, "127.0.0.1");
        refused(&ask.send().await, 401, "Authorization");
    }
    // Who shows something is held to it, and nobody leaves the tenant.
    let wrong = gateway.ask("GET", &path).token("fxg_wrong");
    refused(&wrong.send().await, 401, "Invalid token");
    let own = gateway.ask("GET", &path).header("X-Tenant-ID", "default");
    assert_eq!(own.send().await.status, 200);
    let other = gateway.ask("GET", &path).header("X-Tenant-ID", "clinic");
    refused(&other.send().await, 403, "token");
    // Nothing but the job API is open.
    let list = gateway.ask("GET", "/api/fax/list/").send().await;
    list.refused(401, "NOT_AUTHENTICATED", "Authorization");
}

async fn who_does_not_ask_for_this_machine_or_asks_from_a_web_page_needs_a_token(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("JOB_API__OPEN_ON_LOOPBACK", "true")
            .with("JOB_API__TENANT", "default")
    })
    .await;
    let path = format!("/v1/fax/jobs/{NOTHING}");
    for host in ["localhost", "localhost:8585", "127.0.0.1:1", "[::1]:8585"] {
        let ask = gateway.ask("GET", &path).header("Host", host);
        refused(&ask.send().await, 404, "Fax job not found");
    }
    for (name, value) in [
        ("Host", "fax.example.com"),
        ("Host", "192.0.2.7:8585"),
        ("Host", "localhost.example.com"),
        ("Origin", "https://evil.example.com"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let ask = || gateway.ask("GET", &path).header(name, value);
        refused(&ask().send().await, 401, "Authorization");
    }
    // With a token it is as everywhere.
    let token = gateway.sign_in().await;
    let ask = gateway.ask("GET", &path).header("Host", "fax.example.com");
    let answer = ask.token(&token).send().await;
    refused(&answer, 404, "Fax job not found");
}

async fn an_open_tenant_that_is_not_there_opens_nothing(db: TestDb) {
    let gateway = Gateway::start(db, "api", |settings| {
        settings
            .with("JOB_API__OPEN_ON_LOOPBACK", "true")
            .with("JOB_API__TENANT", "clinic")
    })
    .await;
    let ask = || gateway.ask("GET", &format!("/v1/fax/jobs/{NOTHING}"));
    refused(&ask().send().await, 403, "job_api.tenant");
    gateway.manage(&["tenant", "create", "clinic"], "").await;
    gateway.member("clinic", "nurse", "member").await;
    refused(&ask().send().await, 403, "administrator");
    gateway.member("clinic", "chief", "admin").await;
    refused(&ask().send().await, 404, "Fax job not found");
}
