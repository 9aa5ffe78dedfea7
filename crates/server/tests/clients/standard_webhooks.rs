//! The official library of Standard Webhooks for Python takes what the gateway sends, also while a secret is changed; and it and our
//! own signing and verifying judge alike.

use std::process::Stdio;

use faxgate_test_support::{DEADLINE, TestDb};
use faxgate_types::Ambient;
use faxgate_webhooks::{Secret, Verifier, sign};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::gateway::Gateway;
use crate::{script, tools};

/// Bodies with spaces, letters beyond ASCII, ends of lines, and nothing at all in them.
const BODIES: [&str; 4] = [
    "{\"type\":\"fax.sent\",\"timestamp\":\"2026-11-21T10:50:00.000000Z\",\"data\":{}}",
    "{\"name\": \"Größe \u{1f4e0}\"}\r\n",
    "[]",
    "{\"a.b\": \"1.2.3\"}",
];

/// What the library prints to what it is given.
async fn python(command: &str, input: &Value) -> Value {
    let mut python = tools::python_with_standard_webhooks().await;
    let mut running = python
        .arg(script("standard_webhooks.py"))
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

fn secret(byte: u8) -> Secret {
    Secret::from_random([byte; 32])
}

fn now() -> i64 {
    Ambient::system().now().unix_seconds()
}

#[tokio::test]
async fn the_official_library_takes_what_we_sign_and_nothing_else() {
    let (old, new, now) = (secret(1), secret(2), now());
    let case = |at: i64, signature: String, body: &str| json!({"id": "evt_1", "timestamp": at.to_string(), "signature": signature, "body": body});
    let both = [new.clone(), old.clone()];
    let mut judged: Vec<(Value, bool)> = BODIES
        .iter()
        .map(|body| {
            (
                case(now, sign(&both, "evt_1", now, body.as_bytes()), body),
                true,
            )
        })
        .collect();
    let good = sign(&both, "evt_1", now, b"{}");
    judged.extend([
        (case(now, good.clone(), "{}"), true),
        (case(now, good.clone(), "{} "), false),
        (case(now - 1, good.clone(), "{}"), false),
        (case(now, good.replace("v1,", "v1a,"), "{}"), false),
        (
            case(now, sign(&[secret(3)], "evt_1", now, b"{}"), "{}"),
            false,
        ),
        (
            case(now - 400, sign(&both, "evt_1", now - 400, b"{}"), "{}"),
            false,
        ),
        (
            case(now + 400, sign(&both, "evt_1", now + 400, b"{}"), "{}"),
            false,
        ),
    ]);
    let cases: Vec<&Value> = judged.iter().map(|(case, _)| case).collect();
    for one in [&old, &new] {
        let asked = json!({"secret": one.expose(), "cases": cases});
        let theirs = python("verify", &asked).await;
        for (index, (case, good)) in judged.iter().enumerate() {
            assert_eq!(theirs[index], *good, "theirs: {case}");
            let text = |name: &str| case[name].as_str().expect("a text");
            let ours = Verifier::new([one.clone()]).verify(
                text("id"),
                text("timestamp"),
                text("signature"),
                text("body").as_bytes(),
                now,
            );
            assert_eq!(ours.is_ok(), *good, "ours: {case}");
        }
    }
}

#[tokio::test]
async fn our_verifier_takes_what_the_official_library_has_signed() {
    let (one, now) = (secret(7), now());
    let cases: Vec<Value> = BODIES
        .iter()
        .map(|body| json!({"id": "msg_1", "timestamp": now.to_string(), "body": body}))
        .collect();
    let asked = json!({"secret": one.expose(), "cases": cases});
    let signed = python("sign", &asked).await;
    let verifier = Verifier::new([one.clone()]);
    for (index, body) in BODIES.iter().enumerate() {
        let signature = signed[index].as_str().expect("a signature");
        assert_eq!(
            signature,
            sign(std::slice::from_ref(&one), "msg_1", now, body.as_bytes())
        );
        let verified =
            |body: &[u8]| verifier.verify("msg_1", &now.to_string(), signature, body, now);
        assert_eq!(verified(body.as_bytes()), Ok(()));
        assert!(verified(b"other").is_err());
    }
}

/// The library as a receiver.
struct Receiver {
    port: String,
    took: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Receiver {
    async fn start() -> Self {
        let mut python = tools::python_with_standard_webhooks().await;
        let mut process = python
            .arg(script("standard_webhooks.py"))
            .arg("listen")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Python runs");
        let mut took = BufReader::new(process.stdout.take().expect("its output")).lines();
        let port = next(&mut took).await;
        Self {
            port,
            took,
            _process: process,
        }
    }

    /// Where it takes what this secret has signed.
    fn url(&self, secret: &Secret) -> String {
        let path = secret.expose().replace('/', "%2F").replace('+', "%2B");
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// The id and the type of the next webhook that it took.
    async fn took(&mut self) -> (String, String) {
        let line = next(&mut self.took).await;
        let (id, kind) = line.split_once(' ').expect("id and type");
        (id.to_owned(), kind.to_owned())
    }
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = tokio::time::timeout(DEADLINE, lines.next_line()).await;
    line.expect("in time").expect("read").expect("a line")
}

/// A tenant's administrator at the API.
struct Admin<'a> {
    gateway: &'a Gateway,
    token: String,
}

impl Admin<'_> {
    async fn tell(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let http = reqwest::Client::builder().no_proxy().build();
        let answer = http
            .expect("a client")
            .request(method, format!("{}/api/v1{path}", self.gateway.url()))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .expect("an answer");
        let (status, body) = (answer.status(), answer.text().await.expect("a body"));
        assert!(status.is_success(), "{status}: {body}");
        serde_json::from_str::<Value>(&body).expect("JSON")["data"].clone()
    }

    /// What the endpoint answers to a test.
    async fn test(&self, id: &str) -> Value {
        let path = format!("/webhooks/{id}/test");
        let tried = self.tell(reqwest::Method::POST, &path, &json!({})).await;
        tried["attempt"]["response_status"].clone()
    }
}

pub(crate) async fn the_official_library_takes_every_webhook_also_while_a_secret_is_changed(
    db: TestDb,
) {
    use reqwest::Method;
    let mut receiver = Receiver::start().await;
    let settings = [
        ("FAXGATE_WEBHOOKS_OUT__ALLOW_HTTP", "true"),
        ("FAXGATE_OUTBOUND__ALLOW_NETS", "127.0.0.0/8"),
    ];
    let gateway = Gateway::start_with(db, &settings).await;
    let admin = Admin {
        token: gateway.token().await,
        gateway: &gateway,
    };
    let (old, new, other) = (secret(1), secret(2), secret(3));
    let body =
        json!({"url": receiver.url(&old), "event_types": ["number.*"], "secret": old.expose()});
    let made = admin.tell(Method::POST, "/webhooks", &body).await;
    let id = made["id"].as_str().expect("an id");
    let change = json!({"header_text": "Changed"});
    admin
        .tell(Method::PATCH, "/numbers/5551234567", &change)
        .await;
    let (event, kind) = receiver.took().await;
    assert_eq!(kind, "number.changed");
    assert!(event.starts_with("evt_"), "{event}");

    let point_at = async |secret: &Secret| {
        let change = json!({"url": receiver.url(secret)});
        let path = format!("/webhooks/{id}");
        admin.tell(Method::PATCH, &path, &change).await;
        admin.test(id).await
    };
    assert_eq!(point_at(&old).await, 200);
    assert_eq!(point_at(&new).await, 401);
    let rotate = format!("/webhooks/{id}/secret/rotate");
    let to_new = json!({"secret": new.expose()});
    admin.tell(Method::POST, &rotate, &to_new).await;
    assert_eq!(point_at(&old).await, 200, "the former one signs as well");
    assert_eq!(point_at(&new).await, 200);
    assert_eq!(point_at(&other).await, 401);
    let at_once = json!({"secret": new.expose(), "overlap_seconds": 0});
    admin.tell(Method::POST, &rotate, &at_once).await;
    assert_eq!(point_at(&old).await, 401);
    assert_eq!(point_at(&new).await, 200);
}
