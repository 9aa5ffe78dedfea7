//! A client of the API.

use faxgate_imaging::sample;
use faxgate_test_support::{DEADLINE, eventually};
use serde_json::{Value, json};

use crate::node::Node;

pub(crate) const DID: &str = "+15551230001";

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}

pub(crate) struct Client {
    pub(crate) base: String,
    pub(crate) token: String,
}

impl Client {
    async fn answer(&self, request: reqwest::RequestBuilder) -> Value {
        let request = request.header("Authorization", format!("Token {}", self.token));
        let response = request.send().await.expect("the server answers");
        let status = response.status();
        let body = response.text().await.expect("a body");
        assert!(status.is_success(), "{status}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/fax/{path}", self.base)
    }

    pub(crate) async fn upload(&self, document: &[u8]) -> String {
        let head =
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n";
        let body = [head.as_bytes(), document, b"\r\n--b--\r\n"].concat();
        let request = http()
            .post(self.url("upload/"))
            .header("Content-Type", "multipart/form-data; boundary=b")
            .body(body);
        text(&self.answer(request).await["filename"])
    }

    pub(crate) async fn send(&self, filename: &str, number: &str) -> String {
        let body = json!({ "username": DID, "filename": filename, "numbers": number }).to_string();
        let request = http()
            .post(self.url("send/"))
            .header("Content-Type", "application/json")
            .body(body);
        text(&self.answer(request).await["uuid"])
    }

    /// The sample document, to as many numbers, a fax each.
    pub(crate) async fn send_each(&self, faxes: usize) {
        let filename = self.upload(&sample::document()).await;
        for n in 0..faxes {
            self.send(&filename, &format!("+1555777{n:04}")).await;
        }
    }

    pub(crate) async fn fax(&self, uuid: &str) -> Value {
        self.answer(http().get(self.url(&format!("status/{uuid}/"))))
            .await
    }

    /// Resolves when every fax has ended; answers how many were sent.
    pub(crate) async fn all_have_ended(&self) -> u64 {
        eventually("every fax has ended", DEADLINE, || async {
            let open = self.count("outbound&status=pending").await
                + self.count("outbound&status=processing").await;
            (open == 0).then_some(())
        })
        .await;
        self.count("outbound&status=sent").await
    }

    /// How many faxes go in a direction, or are in a status of one: `inbound`, `outbound&status=sent`.
    pub(crate) async fn count(&self, direction: &str) -> u64 {
        let url = self.url(&format!("list/?direction={direction}"));
        let list = self.answer(http().get(url)).await;
        list["count"].as_u64().expect("a count")
    }
}

/// A clinic with a nurse and a number; answers the nurse's token.
pub(crate) async fn people(node: &Node) -> String {
    node.operate(&["tenant", "create", "clinic"], "").await;
    let user = ["user", "create", "nurse", "--tenant", "clinic"];
    let user = [&user[..], &["--role", "member", "--password-stdin"]].concat();
    node.operate(&user, "correct horse\n").await;
    node.operate(&["did", "add", DID, "--tenant", "clinic"], "")
        .await;
    node.operate(&["token", "create", "--user", "nurse"], "")
        .await
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}
