//! Mail, out and in, with a real mail server beside the gateway.

mod incoming;
mod notices;
mod post_office;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use faxgate_test_support::{DEADLINE, TestDb, eventually};
use serde_json::{Value, json};

use crate::under_test::{Gateway, Settings, USERNAME, pdf};
use post_office::PostOffice;

/// A gateway with a mail server.
struct House {
    gateway: Gateway,
    post: PostOffice,
    token: String,
}

impl House {
    async fn open(db: TestDb) -> Self {
        Self::with(db, |settings| settings).await
    }

    async fn with(db: TestDb, change: impl FnOnce(Settings) -> Settings) -> Self {
        let post = PostOffice::open().await;
        let port = post.port.to_string();
        let gateway = Gateway::start(db, "all", |settings| {
            let settings = settings
                .with("MAIL__SMTP_HOST", "127.0.0.1")
                .with("MAIL__SMTP_PORT", &port)
                .with("MAIL__SMTP_SECURITY", "none")
                .with("MAIL__SMTP_TIMEOUT_SECONDS", "2")
                .with("MAIL__FROM", "fax@gateway.example")
                .with("MAIL__RETRY_SECONDS", "1,1,3600")
                .with("SERVER__PUBLIC_URL", "https://fax.gateway.example");
            change(settings)
        })
        .await;
        let token = gateway.sign_in().await;
        Self {
            gateway,
            post,
            token,
        }
    }

    async fn set(&self, settings: &Value) -> Value {
        let ask = self.gateway.ask("PUT", "/api/v1/mail").token(&self.token);
        ask.json(settings).send().await.expect(200)["data"].clone()
    }

    /// An operator confirms that a domain is a tenant's.
    async fn confirm(&self, domain: &str, tenant: &str) {
        let arguments = ["mail", "domain", "add", domain, "--tenant", tenant];
        self.gateway.manage(&arguments, "").await;
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let ask = self.gateway.ask("GET", path).token(&self.token);
        let answer = ask.send().await.expect(200);
        answer["data"].as_array().unwrap().clone()
    }

    /// Waits until the message to somebody stands so; gives its entry of the outbox.
    async fn outbox(&self, to: &str, status: &str) -> Value {
        eventually(
            &format!("the message to {to} is {status}"),
            DEADLINE,
            async || {
                let list = self.list("/api/v1/mail/outbox").await;
                list.into_iter()
                    .find(|entry| entry["to"] == to && entry["status"] == status)
            },
        )
        .await
    }
}

/// A nurse may send.
fn nurse() -> Value {
    json!({
        "intake": {"enabled": true},
        "senders": [{"from": "nurse@clinic.example", "user": USERNAME}],
    })
}

/// A message with documents attached.
fn message(from: &str, to: &str, id: &str, more: &str, documents: usize) -> String {
    let mut text = format!(
        "From: A Nurse <{from}>\r\nTo: {to}\r\nMessage-ID: <{id}@clinic.example>\r\nSubject: Results\r\n{more}\
         Date: Thu, 15 Jan 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
    );
    for n in 1..=documents {
        let document = STANDARD.encode(pdf(n));
        let lines: Vec<&str> = document
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        text += &format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"page {n}.pdf\"\r\n\r\n{}\r\n",
            lines.join("\r\n")
        );
    }
    text + "--b--\r\n"
}
