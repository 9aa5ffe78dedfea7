//! The REST API, as any client uses it.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// A client of one user.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Signs in.
    pub(super) async fn sign_in(
        address: SocketAddr,
        username: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        // Our own loopback address, so the guard for foreign ones has nothing to do here.
        let http = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{address}/api");
        let credentials = json!({ "username": username, "password": password }).to_string();
        let request = http
            .post(format!("{base}/auth/token/"))
            .header("Content-Type", "application/json");
        let answer = answered(request.body(credentials)).await?;
        let token = text(&answer, "token")?;
        Ok(Self { http, base, token })
    }

    /// Uploads a document; answers the name to send it by.
    pub(super) async fn upload(&self, name: &str, document: &[u8]) -> anyhow::Result<Value> {
        const BOUNDARY: &str = "faxgate-demo-boundary";
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(document);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let request = self.post("fax/upload/").header(
            "Content-Type",
            format!("multipart/form-data; boundary={BOUNDARY}"),
        );
        answered(request.body(body)).await
    }

    /// Sends a fax; answers its uuid.
    pub(super) async fn send(
        &self,
        from: &str,
        filename: &str,
        numbers: &[&str],
    ) -> anyhow::Result<String> {
        let body = json!({ "username": from, "filename": filename, "numbers": numbers.join(",") })
            .to_string();
        let request = self
            .post("fax/send/")
            .header("Content-Type", "application/json");
        text(&answered(request.body(body)).await?, "uuid")
    }

    /// A fax as it stands.
    pub(super) async fn status(&self, uuid: &str) -> anyhow::Result<Value> {
        answered(self.get(&format!("fax/status/{uuid}/"))).await
    }

    /// Faxes that came in.
    pub(super) async fn inbox(&self) -> anyhow::Result<Vec<Value>> {
        let mut list = answered(self.get("fax/list/?direction=inbound")).await?;
        Ok(list["results"]
            .as_array_mut()
            .map(std::mem::take)
            .unwrap_or_default())
    }

    /// A fax's pages.
    pub(super) async fn document(&self, uuid: &str, query: &str) -> anyhow::Result<Vec<u8>> {
        let response = self
            .get(&format!("fax/document/{uuid}/{query}"))
            .send()
            .await?;
        let status = response.status();
        let bytes = response.bytes().await?;
        anyhow::ensure!(
            status.is_success(),
            "the document was answered with {status}"
        );
        Ok(bytes.to_vec())
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let token = format!("Token {}", self.token);
        self.http
            .post(format!("{}/{path}", self.base))
            .header("Authorization", token)
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        let token = format!("Token {}", self.token);
        self.http
            .get(format!("{}/{path}", self.base))
            .header("Authorization", token)
    }
}

async fn answered(request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    let response = request.send().await.context("the API does not answer")?;
    let status = response.status();
    let body: Value =
        serde_json::from_slice(&response.bytes().await?).context("the API's answer is not JSON")?;
    if !status.is_success() {
        bail!("the API answered {status}: {body}");
    }
    Ok(body)
}

pub(super) fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    value[key]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("the API's answer has no `{key}`"))
}
