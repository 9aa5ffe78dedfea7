//! A request, written down in one line.

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use sha2::Sha256;

use super::answer::Answer;
use super::settings::WEBHOOK_SECRET;

/// A request that is being written down.
pub(crate) struct Ask(RequestBuilder);

impl Ask {
    pub(crate) fn new(http: &Client, method: &str, url: &str) -> Self {
        Self(http.request(Method::from_bytes(method.as_bytes()).unwrap(), url))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// `Authorization: Token …`
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("Authorization", &format!("Token {token}"))
    }

    /// A JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// A body that says it is JSON.
    pub(crate) fn text(self, body: &str) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.as_bytes())
    }

    pub(crate) fn body(self, body: &[u8]) -> Self {
        Self(self.0.body(body.to_vec()))
    }

    /// A form with one file in a part named `file`.
    pub(crate) fn file(self, name: &str, content: &[u8]) -> Self {
        self.form(&form(&[(
            &format!("name=\"file\"; filename=\"{name}\""),
            content,
        )]))
    }

    /// A form, as [`form`] makes it.
    pub(crate) fn form(self, body: &[u8]) -> Self {
        self.header("Content-Type", "multipart/form-data; boundary=boundary")
            .body(body)
    }

    /// A body with its signature.
    pub(crate) fn signed(self, body: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(WEBHOOK_SECRET.as_bytes()).unwrap();
        let signature = hex::encode(mac.chain_update(body).finalize().into_bytes());
        self.header("X-Webhook-Signature", &signature).body(body)
    }

    pub(crate) async fn send(self) -> Answer {
        Answer::read(self.0.send().await.expect("the gateway answers")).await
    }
}

/// A form with these parts: what stands behind `form-data; `, and the content.
pub(crate) fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, content) in parts {
        body.extend_from_slice(
            format!("--boundary\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--boundary--\r\n");
    body
}
