//! Telnyx' own library for Python, our verifier and the double: the same webhooks are good and bad to all of them.

use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faxgate_simulator::telnyx::{Inbound, Options, TelnyxDouble};
use faxgate_telnyx::webhook::{SIGNATURE_HEADER, TIMESTAMP_HEADER, Verifier};
use faxgate_test_support::{DEADLINE, TestDb};
use faxgate_types::Ambient;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::gateway::Gateway;
use crate::{script, tools};

/// Signed with PyNaCl, the library's own, by a key that is gone; one body has spaces and letters beyond ASCII, one is empty.
const SIGNED_ONCE: &str = include_str!("telnyx_signed.json");

#[derive(Clone, Debug)]
struct Case {
    timestamp: String,
    signature: String,
    /// Base64.
    body: String,
}

#[derive(Debug)]
struct Account {
    key: String,
    cases: Vec<Case>,
}

impl Account {
    /// As `telnyx_sdk.py sign` prints it.
    fn read(printed: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let cases = printed["cases"].as_array().expect("cases").iter();
        Self {
            key: text(&printed["key"]),
            cases: cases
                .map(|case| Case {
                    timestamp: text(&case["timestamp"]),
                    signature: text(&case["signature"]),
                    body: text(&case["body"]),
                })
                .collect(),
        }
    }

    fn signed_once() -> Self {
        Self::read(&serde_json::from_str(SIGNED_ONCE).expect("JSON"))
    }
}

impl Case {
    fn json(&self) -> Value {
        json!({"timestamp": self.timestamp, "signature": self.signature, "body": self.body})
    }

    fn signed_by(double: &TelnyxDouble, timestamp: i64, body: &str) -> Self {
        let timestamp = timestamp.to_string();
        let signature = double.sign(&timestamp, body.as_bytes());
        Self {
            timestamp,
            signature,
            body: STANDARD.encode(body),
        }
    }

    fn with_body(&self, body: &str) -> Self {
        let body = STANDARD.encode(body);
        Self {
            body,
            ..self.clone()
        }
    }

    fn raw(&self) -> Vec<u8> {
        STANDARD.decode(&self.body).expect("base64")
    }

    fn is_good_to(&self, verifier: &Verifier, now: i64) -> bool {
        let (timestamp, signature) = (&self.timestamp, &self.signature);
        verifier
            .verify(timestamp, signature, &self.raw(), now)
            .is_ok()
    }
}

fn event() -> String {
    let payload =
        json!({"fax_id": "f", "status": "delivered", "page_count": 2, "to": "+13125550002"});
    json!({"data": {"record_type": "event", "id": "5b3ad1a1-0000-4000-8000-0f9f3f6c8a3b", "event_type": "fax.delivered",
        "occurred_at": "2026-11-21T10:50:00.000000Z", "payload": payload}})
    .to_string()
}

/// The same JSON in other bytes.
fn encoded_again(body: &str) -> String {
    let value: Value = serde_json::from_str(body).expect("JSON");
    serde_json::to_string_pretty(&value).expect("JSON")
}

fn now() -> i64 {
    Ambient::system().now().unix_seconds()
}

async fn double() -> TelnyxDouble {
    let address = "127.0.0.1:0".parse().expect("an address");
    let mut options = Options::new(address);
    options.numbers = vec!["+13125550002".to_owned()];
    TelnyxDouble::start(options).await.expect("a double")
}

/// What the library prints to what it is given.
async fn python(command: &str, input: &Value) -> Value {
    let mut python = tools::python_with_telnyx().await;
    let mut running = python
        .arg(script("telnyx_sdk.py"))
        .arg(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Python runs");
    let mut stdin = running.stdin.take().expect("its input");
    let input = input.to_string();
    stdin.write_all(input.as_bytes()).await.expect("written");
    drop(stdin);
    let ended = tokio::time::timeout(DEADLINE, running.wait_with_output()).await;
    let output = ended.expect("Python ends").expect("its output");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test]
async fn telnyx_library_and_our_verifier_judge_what_the_double_signs_alike() {
    let double = double().await;
    let (now, event) = (now(), event());
    let good = Case::signed_by(&double, now, &event);
    let signed = |case: &Case, signature: String| Case {
        signature,
        ..case.clone()
    };
    let mut turned = STANDARD.decode(&good.signature).expect("base64");
    turned[7] ^= 1;
    let judged = [
        (good.clone(), true),
        (Case::signed_by(&double, now - 200, &event), true),
        (
            Case::signed_by(&double, now, "{\"name\": \"Größe \u{1f4e0}\"}\r\n"),
            true,
        ),
        (good.with_body(&event.replace("delivered", "failed")), false),
        (good.with_body(&encoded_again(&event)), false),
        (good.with_body(&format!("{event}\n")), false),
        (good.with_body(""), false),
        (Case::signed_by(&double, now - 4000, &event), false),
        (Case::signed_by(&double, now + 4000, &event), false),
        (
            Case {
                timestamp: (now - 1).to_string(),
                ..good.clone()
            },
            false,
        ),
        (
            Case {
                timestamp: "soon".to_owned(),
                ..good.clone()
            },
            false,
        ),
        (signed(&good, STANDARD.encode(&turned)), false),
        (signed(&good, STANDARD.encode(&turned[..63])), false),
        (signed(&good, STANDARD.encode([0; 64])), false),
        (signed(&good, "no base64".to_owned()), false),
    ];
    let cases: Vec<&Case> = judged.iter().map(|(case, _)| case).collect();
    let shown: Vec<Value> = cases.iter().map(|case| case.json()).collect();
    let key = double.public_key();
    let theirs = python("verify", &json!({"key": key, "cases": shown})).await;
    let verifier = Verifier::new(&[&key]).expect("a key");
    for (index, (case, good)) in judged.iter().enumerate() {
        assert_eq!(case.is_good_to(&verifier, now), *good, "ours: {case:?}");
        assert_eq!(theirs[index], *good, "theirs: {case:?}");
    }
    // Another account's key takes none of them.
    let other = Account::signed_once();
    let none = python("verify", &json!({"key": other.key, "cases": shown})).await;
    assert_eq!(none, json!(vec![false; cases.len()]));
    let other = Verifier::new(&[&other.key]).expect("a key");
    assert!(!cases.iter().any(|case| case.is_good_to(&other, now)));
}

#[tokio::test]
async fn telnyx_library_takes_every_webhook_that_the_double_posts() {
    let mut python = tools::python_with_telnyx().await;
    let mut listener = python
        .arg(script("telnyx_sdk.py"))
        .arg("listen")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("Python runs");
    let mut said = BufReader::new(listener.stdout.take().expect("its output")).lines();
    let port = tokio::time::timeout(DEADLINE, said.next_line()).await;
    let port = port.expect("in time").expect("read").expect("a port");

    let double = double().await;
    let key = double.public_key().replace('/', "%2F").replace('+', "%2B");
    let address = format!("http://127.0.0.1:{port}/{key}");
    double.set_webhook_urls(Some(&address), None);
    double
        .receive(Inbound::new("+13125550001", "+13125550002", Vec::new()))
        .await
        .expect("a fax comes in");
    let quiet = tokio::time::timeout(DEADLINE, double.quiet()).await;
    quiet.expect("all webhooks have gone out");
    let posted = double.webhooks();
    assert!(posted.iter().any(|post| post.event_type == "fax.received"));
    for post in &posted {
        assert_eq!(post.status, Some(200), "{post:?}");
    }
}

#[tokio::test]
async fn our_verifier_takes_what_telnyx_library_has_signed() {
    let kept = Account::signed_once();
    let signed_at = kept.cases[0].timestamp.parse().expect("seconds");
    let bodies: Vec<&str> = kept.cases.iter().map(|case| case.body.as_str()).collect();
    let fresh = python("sign", &json!({"bodies": bodies})).await;
    let fresh = Account::read(&fresh);
    for (account, now) in [(&kept, signed_at), (&fresh, now())] {
        let verifier = Verifier::new(&[&account.key]).expect("a key");
        assert_eq!(account.cases.len(), 3);
        for case in &account.cases {
            assert!(case.is_good_to(&verifier, now), "{case:?}");
            assert!(!case.is_good_to(&verifier, now + 4000), "{case:?}");
        }
        let first = &account.cases[0];
        let again = encoded_again(&String::from_utf8(first.raw()).expect("text"));
        assert!(!first.with_body(&again).is_good_to(&verifier, now));
        assert!(!first.with_body(" ").is_good_to(&verifier, now));
    }
}

pub(crate) async fn the_gateway_takes_what_telnyx_library_has_signed(db: TestDb) {
    let signed = python("sign", &json!({"bodies": [STANDARD.encode(event())]})).await;
    let signed = Account::read(&signed);
    let gateway = Gateway::start_with(db, &[("FAXGATE_TELNYX__PUBLIC_KEY", &signed.key)]).await;
    let good = &signed.cases[0];
    let kept = Account::signed_once();
    let earlier = (now() - 4000).to_string();
    for (case, status) in [
        (good.clone(), 200),
        // It may come twice.
        (good.clone(), 200),
        (good.with_body(&encoded_again(&event())), 401),
        (good.with_body(&event().replace("delivered", "failed")), 401),
        (
            Case {
                timestamp: earlier,
                ..good.clone()
            },
            401,
        ),
        (kept.cases[0].clone(), 401),
    ] {
        let http = reqwest::Client::builder().no_proxy().build();
        let answer = http
            .expect("a client")
            .post(format!("{}/api/fax/webhook/telnyx/", gateway.url()))
            .header(TIMESTAMP_HEADER, &case.timestamp)
            .header(SIGNATURE_HEADER, &case.signature)
            .header("content-type", "application/json")
            .body(case.raw())
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), status, "{case:?}");
    }
}
