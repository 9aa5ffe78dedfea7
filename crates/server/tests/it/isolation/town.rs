//! A gateway with everything switched on, and its operator.

use faxgate_simulator::telnyx::{Options, TelnyxDouble};
use faxgate_test_support::{Raw, TestDb};
use serde_json::Value;

use crate::under_test::{Ask, Gateway, Settings};

/// The gateway, an account at a double of Telnyx, and a way past the gateway into the database.
pub(super) struct Town {
    pub(super) gateway: Gateway,
    pub(super) operator: String,
    pub(super) raw: Raw,
    _double: TelnyxDouble,
}

impl Town {
    pub(super) async fn found(db: TestDb) -> Self {
        let raw = Raw::of(&db);
        let double = TelnyxDouble::start(Options::new("127.0.0.1:0".parse().unwrap()))
            .await
            .unwrap();
        let gateway = Gateway::start(db, "all", |settings| {
            unlimited(settings)
                .with("TELNYX__API_KEY", double.api_key())
                .with("TELNYX__CONNECTION_ID", double.connection_id())
                .with("TELNYX__PUBLIC_KEY", &double.public_key())
                .with("TELNYX__BASE_URL", &double.base_url())
                .with("TELNYX__SETTLE_SECONDS", "1")
                .with("OUTBOUND__ALLOW_NETS", "127.0.0.0/8")
                .with("WEBHOOKS_OUT__ALLOW_HTTP", "true")
                .with("MAIL__SMTP_HOST", "127.0.0.1")
                .with("MAIL__SMTP_PORT", "9")
                .with("MAIL__SMTP_SECURITY", "none")
                .with("MAIL__FROM", "fax@gateway.example")
        })
        .await;
        let operator = gateway.sign_in().await;
        Self {
            gateway,
            operator,
            raw,
            _double: double,
        }
    }

    /// Nothing goes on any more but what is asked for: the gateway dispatches nothing.
    pub(super) async fn come_to_rest(&mut self) {
        self.gateway.terminate();
        self.gateway.start_again("api", |settings| settings).await;
    }

    /// A request that has to be taken; gives what is in the envelope, or the whole body where there is none.
    pub(super) async fn tell(&self, token: &str, method: &str, path: &str, body: Value) -> Value {
        let ask = self.gateway.ask(method, path).token(token);
        took(&format!("{method} {path}"), ask.json(&body)).await
    }

    /// What is at a path.
    pub(super) async fn look(&self, token: &str, path: &str) -> Value {
        took(path, self.gateway.ask("GET", path).token(token)).await
    }
}

pub(super) async fn took(what: &str, ask: Ask) -> Value {
    let answer = ask.send().await;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        (200..300).contains(&answer.status),
        "{what}: {} {text}",
        answer.status
    );
    match answer.body.is_empty() {
        true => Value::Null,
        false => match answer.json() {
            Value::Object(mut map) if map.contains_key("data") => map.remove("data").unwrap(),
            body => body,
        },
    }
}

/// Nobody is refused for asking too often.
pub(super) fn unlimited(settings: Settings) -> Settings {
    [
        "SEND", "UPLOAD", "STATUS", "LIST", "MANAGE", "LOGIN", "WEBHOOK",
    ]
    .into_iter()
    .fold(settings, |settings, name| {
        settings.with(&format!("RATE_LIMITS__{name}"), "0")
    })
}
