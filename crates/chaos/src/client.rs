//! A client of the API, as a patient developer would write one.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::node::{DID, USER};

/// Requests to loopback only.
pub(crate) fn http() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?)
}

/// Asks whichever gateway answers.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    nodes: Vec<SocketAddr>,
    token: String,
}

impl Client {
    pub(crate) async fn log_in(nodes: Vec<SocketAddr>) -> Result<Self> {
        let mut client = Self {
            http: http()?,
            nodes,
            token: String::new(),
        };
        let who = json!({ "username": USER.0, "password": USER.1 });
        let request = |client: &Self, node| client.http.post(url(node, "auth/token/")).json(&who);
        let answer = client.ask(request).await?;
        client.token = text(&answer, "token")?;
        Ok(client)
    }

    pub(crate) async fn upload(&self, document: &[u8]) -> Result<String> {
        let mut body =
            b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"
                .to_vec();
        body.extend_from_slice(document);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let request = |client: &Self, node| {
            client
                .http
                .post(url(node, "fax/upload/"))
                .header("Content-Type", "multipart/form-data; boundary=b")
                .body(body.clone())
        };
        text(&self.ask(request).await?, "filename")
    }

    /// Sends, however often it takes until somebody says yes; always under one `Idempotency-Key`.
    pub(crate) async fn send(&self, filename: &str, number: &str, key: &str) -> Result<String> {
        let what = json!({ "username": DID, "filename": filename, "numbers": number });
        let request = |client: &Self, node| {
            client
                .http
                .post(url(node, "fax/send/"))
                .header("Idempotency-Key", key)
                .json(&what)
        };
        text(&self.ask(request).await?, "uuid")
    }

    pub(crate) async fn status(&self, fax: &str) -> Result<Value> {
        let path = format!("fax/status/{fax}/");
        self.ask(|client, node| client.http.get(url(node, &path)))
            .await
    }

    /// How many faxes went out in all.
    pub(crate) async fn count(&self) -> Result<u64> {
        let path = "fax/list/?direction=outbound";
        let answer = self.ask(|client, node| client.http.get(url(node, path)));
        answer.await?["count"].as_u64().context("no count")
    }

    /// Tries the nodes in turn for three minutes: they are being killed all the time.
    async fn ask(
        &self,
        request: impl Fn(&Self, SocketAddr) -> reqwest::RequestBuilder,
    ) -> Result<Value> {
        let mut last = String::new();
        for attempt in 0..1800 {
            let node = self.nodes[attempt % self.nodes.len()];
            let request = request(self, node);
            let request = match self.token.as_str() {
                "" => request,
                token => request.header("Authorization", format!("Token {token}")),
            };
            match request.send().await {
                Ok(answer) => {
                    let status = answer.status();
                    match answer.text().await {
                        Ok(body) if status.is_success() => return Ok(serde_json::from_str(&body)?),
                        // Busy, starting, or without its database: all of them say to come again. An internal error must be no
                        // reason to give up either: the same request may be repeated.
                        Ok(body) if status.is_server_error() || status.as_u16() == 429 => {
                            last = format!("{status}: {body}");
                        }
                        // The node that was asked first was killed over it; another takes it up when its lease lapses.
                        Ok(body) if body.contains("IDEMPOTENCY_IN_FLIGHT") => {
                            last = format!("{status}: {body}");
                        }
                        Ok(body) => bail!("{status}: {body}"),
                        Err(error) => last = error.to_string(),
                    }
                }
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("no gateway has answered for three minutes: {last}")
    }
}

fn url(node: SocketAddr, path: &str) -> String {
    format!("http://{node}/api/{path}")
}

fn text(answer: &Value, key: &str) -> Result<String> {
    let text = answer[key].as_str();
    Ok(text
        .with_context(|| format!("no {key} in {answer}"))?
        .to_owned())
}
