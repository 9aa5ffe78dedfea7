//! Schemathesis asks for everything that the OpenAPI document describes, and for much that it forbids: no answer is a 5xx, and none
//! differs from what the document says of it.
//!
//! The seed is fixed, so a run can be repeated. `FAXGATE_FUZZ_SEED` and `FAXGATE_FUZZ_EXAMPLES` make others of it (docs/reliability.md).

use std::process::Stdio;
use std::time::Duration;

use faxgate_simulator::telnyx::{Options, TelnyxDouble};
use faxgate_test_support::{Kind, TestDb, run};
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::tools;

/// What is not asked for, and why.
const LEFT_OUT: [(&str, &str); 3] = [
    ("/api/v1/events/stream", "an answer never ends"),
    ("/api/v1/events/ws", "it is a WebSocket"),
    ("/api/v1/auth/logout", "it would end the run's own session"),
];

/// Checks that are left out: whether everything that the document allows is taken. It cannot say which documents exist, which numbers
/// can be dialled or whose names are taken, and 400 is described for each of these.
const NO_CHECK: &str = "positive_data_acceptance";

/// However slow the machine is, it has ended by then.
const PATIENCE: Duration = Duration::from_secs(1500);

#[test]
fn an_operator_gets_documented_answers_whatever_is_asked() {
    run(Kind::Sqlite, async |db| {
        let (gateway, _double) = open(db).await;
        let token = gateway.token().await;
        ask_for_everything(&gateway, &token, "examples,coverage").await;
    });
}

#[test]
fn an_administrator_gets_documented_answers_whatever_is_asked() {
    run(Kind::Postgres, async |db| {
        let (gateway, _double) = open(db).await;
        let token = administrator(&gateway).await;
        ask_for_everything(&gateway, &token, "examples,fuzzing").await;
    });
}

/// A gateway with an account at a double of Telnyx (without one, 503 is the answer to much), whose quotas nobody uses up.
async fn open(db: TestDb) -> (Gateway, TelnyxDouble) {
    let options = Options::new("127.0.0.1:0".parse().expect("an address"));
    let double = TelnyxDouble::start(options).await.expect("a double");
    let settings = [
        ("FAXGATE_TELNYX__API_KEY", double.api_key().to_owned()),
        (
            "FAXGATE_TELNYX__CONNECTION_ID",
            double.connection_id().to_owned(),
        ),
        ("FAXGATE_TELNYX__PUBLIC_KEY", double.public_key()),
        ("FAXGATE_TELNYX__BASE_URL", double.base_url()),
        ("FAXGATE_OUTBOUND__ALLOW_NETS", "127.0.0.0/8".to_owned()),
        ("FAXGATE_WEBHOOKS_OUT__TIMEOUT_SECONDS", "1".to_owned()),
        ("FAXGATE_AUTH__ALLOW_REGISTRATION", "true".to_owned()),
        (
            "FAXGATE_WEBHOOK__INBOUND_SECRET",
            "a secret of webhooks".to_owned(),
        ),
        ("FAXGATE_WEBHOOK__CDR_USERNAME", "freeswitch".to_owned()),
        (
            "FAXGATE_WEBHOOK__CDR_PASSWORD",
            "a password of json_cdr".to_owned(),
        ),
        ("FAXGATE_RATE_LIMITS__SEND", "1000000".to_owned()),
        ("FAXGATE_RATE_LIMITS__UPLOAD", "1000000".to_owned()),
        ("FAXGATE_RATE_LIMITS__STATUS", "1000000".to_owned()),
        ("FAXGATE_RATE_LIMITS__LIST", "1000000".to_owned()),
        ("FAXGATE_RATE_LIMITS__MANAGE", "1000000".to_owned()),
        ("FAXGATE_RATE_LIMITS__LOGIN", "1000000".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    (Gateway::start_with(db, &settings).await, double)
}

/// A token of a tenant's administrator, who is no operator.
async fn administrator(gateway: &Gateway) -> String {
    let operator = gateway.token().await;
    let (username, password) = ("boss", "a password of ten words");
    let new =
        json!({"username": username, "password": password, "role": "admin", "tenant": "default"});
    tell(gateway, "/api/v1/users", Some(&operator), &new).await;
    let shown = json!({"username": username, "password": password});
    let token = tell(gateway, "/api/auth/token/", None, &shown).await;
    token["token"].as_str().expect("a token").to_owned()
}

async fn tell(gateway: &Gateway, path: &str, token: Option<&str>, body: &Value) -> Value {
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let mut request = http.post(format!("{}{path}", gateway.url()));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let request = request
        .header("Content-Type", "application/json")
        .body(body.to_string());
    let answer = request.send().await.expect("an answer");
    let (status, body) = (answer.status(), answer.text().await.expect("a body"));
    assert!(status.is_success(), "{status}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

/// `phases`: the bounds of every parameter (`coverage`), or values at random (`fuzzing`); both where more examples are asked for.
async fn ask_for_everything(gateway: &Gateway, token: &str, phases: &str) {
    let phases = match std::env::var_os("FAXGATE_FUZZ_EXAMPLES") {
        Some(_) => "examples,coverage,fuzzing",
        None => phases,
    };
    let told = |variable: &str, otherwise: &str| {
        let value = std::env::var_os(variable).unwrap_or_else(|| otherwise.into());
        value.into_string().expect("a number")
    };
    let mut schemathesis = tools::schemathesis().await;
    schemathesis
        .args([
            "--no-color",
            "run",
            &format!("{}/api/openapi.json", gateway.url()),
        ])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", "all", "--exclude-checks", NO_CHECK])
        .args(["--phases", phases, "--continue-on-failure", "--no-shrink"])
        .args(["--seed", &told("FAXGATE_FUZZ_SEED", "1")])
        .args(["--max-examples", &told("FAXGATE_FUZZ_EXAMPLES", "4")])
        .args([
            "--generation-database",
            "none",
            "--warnings",
            "off",
            // Python before 3.11.8 fails now and then where two threads read source at once (gh-106905).
            "--workers",
            "1",
        ])
        .args(["--request-timeout", "30"]);
    for (path, _) in LEFT_OUT {
        schemathesis.args(["--exclude-path", path]);
    }
    let running = schemathesis
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env("COLUMNS", "160")
        .current_dir(gateway.folder())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, running).await;
    let output = output.expect("the run ends").expect("its output");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    println!("{said}\n{errors}");
    assert!(output.status.success(), "see what Schemathesis says above");
    assert!(said.contains("Test cases:"), "it asked for something");
    let me = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let me = me
        .get(format!("{}/api/v1/auth/me", gateway.url()))
        .bearer_auth(token);
    let me = me.send().await.expect("an answer");
    assert_eq!(me.status(), 200, "the caller was let in to the end");
}
