//! The double of Telnyx, through a plain HTTP client: nothing here knows its insides, nor the gateway's own client.

mod account;
mod control;
mod faults;
mod inbound;
mod lists;
mod orders;
mod sending;
mod webhooks;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use faxgate_imaging::{Bitmap, FaxPage, Resolution, fax_tiff, pdf};
use faxgate_simulator::telnyx::{Options, TelnyxDouble};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::web::{Request, Web, answer};

pub(crate) const FROM: &str = "+13125550100";
pub(crate) const GOOD: &str = "+15550001111";
pub(crate) const STAYS: &str = "+15550009999";

/// A double, and an HTTP client that has its key.
pub(crate) struct Telnyx {
    pub(crate) double: TelnyxDouble,
    client: reqwest::Client,
}

/// Starts a double with the options changed.
pub(crate) async fn telnyx(change: impl FnOnce(&mut Options)) -> Telnyx {
    let mut options = Options::new("127.0.0.1:0".parse().unwrap());
    change(&mut options);
    let double = TelnyxDouble::start(options).await.unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Telnyx { double, client }
}

impl Telnyx {
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.double.base_url());
        let request = self.client.request(method, url);
        request.bearer_auth(self.double.api_key())
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.with_body(Method::POST, path, body).await
    }

    pub(crate) async fn with_body(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let request = self.request(method, path).json(body);
        read(request.send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// A request that is sent as a form with a document of so many pages.
    pub(crate) fn upload(
        &self,
        to: &str,
        more: &[(&str, &str)],
        pages: u32,
    ) -> reqwest::RequestBuilder {
        let mut fields = vec![
            ("connection_id", self.double.connection_id()),
            ("from", FROM),
            ("to", to),
        ];
        fields.extend_from_slice(more);
        let (kind, body) = form(&fields, "contents", &document(pages));
        let request = self.request(Method::POST, "/faxes");
        request.header("content-type", kind).body(body)
    }

    /// Sends a fax of one page; its id.
    pub(crate) async fn send(&self, to: &str) -> String {
        let sent = self.upload(to, &[], 1).send().await.unwrap();
        let (status, fax) = read(sent).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{fax}");
        text(&fax["data"]["id"])
    }

    /// The fax as it is now.
    pub(crate) fn fax(&self, id: &str) -> Value {
        self.double.fax(id).unwrap()
    }

    /// Waits for a status.
    pub(crate) async fn reaches(&self, id: &str, status: &str) {
        let there = |double: &TelnyxDouble| double.fax(id).unwrap()["status"] == status;
        self.double.until(there).await;
    }
}

/// Status and body; an empty one is null.
pub(crate) async fn read(answer: reqwest::Response) -> (StatusCode, Value) {
    let status = answer.status();
    let body = answer.bytes().await.unwrap();
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).unwrap()
    };
    (status, body)
}

/// The code of the one error.
pub(crate) fn code(body: &Value) -> &str {
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1);
    assert!(errors[0]["title"].is_string() && errors[0]["detail"].is_string());
    errors[0]["code"].as_str().unwrap()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A form with one file, by hand.
pub(crate) fn form(fields: &[(&str, &str)], file: &str, bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let part = format!(
        "--line\r\nContent-Disposition: form-data; name=\"{file}\"; filename=\"fax.pdf\"\r\nContent-Type: application/pdf\r\n\r\n"
    );
    body.extend_from_slice(part.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--line--\r\n");
    ("multipart/form-data; boundary=line".to_owned(), body)
}

fn drawn(pages: u32) -> Vec<FaxPage> {
    let page = |number| {
        let mut bitmap = Bitmap::new(1728, 300);
        bitmap.set(100 + number, 100, true);
        FaxPage {
            bitmap,
            resolution: Resolution::Fine,
        }
    };
    (0..pages).map(page).collect()
}

pub(crate) fn document(pages: u32) -> Vec<u8> {
    pdf::from_pages(&drawn(pages))
}

pub(crate) fn tiff(pages: u32) -> Vec<u8> {
    fax_tiff::write(&drawn(pages))
}

/// A receiver of webhooks that takes everything.
pub(crate) async fn receiver() -> Web {
    Web::answering(&[&answer("200 OK", "", "")]).await
}

/// The event of a webhook, once its signature was found good.
pub(crate) fn event(double: &TelnyxDouble, request: &Request) -> Value {
    let timestamp = request.header("telnyx-timestamp").unwrap();
    let signature = request.header("telnyx-signature-ed25519").unwrap();
    verify(&double.public_key(), timestamp, &request.body, signature);
    serde_json::from_slice(&request.body).unwrap()
}

/// RFC 8032 by another road than the double's.
pub(crate) fn verify(key: &str, timestamp: &str, body: &[u8], signature: &str) {
    let bytes = |text| STANDARD.decode(text).unwrap();
    let key: [u8; 32] = bytes(key).try_into().unwrap();
    let key = VerifyingKey::from_bytes(&key).unwrap();
    let signature = Signature::from_slice(&bytes(signature)).unwrap();
    let signed = [timestamp.as_bytes(), b"|", body].concat();
    key.verify_strict(&signed, &signature).unwrap();
}

pub(crate) fn order(to: &str, media_url: &str, connection_id: &str) -> Value {
    json!({"connection_id": connection_id, "from": FROM, "to": to, "media_url": media_url})
}
