//! An answer, with questions to it.

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// A header's value; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// All values of a header.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect()
    }

    /// A header's value as a number.
    pub(crate) fn number(&self, name: &str) -> i64 {
        let value = self.header(name);
        value
            .parse()
            .unwrap_or_else(|_| unreachable!("{name}: {value:?} in {self:?}"))
    }

    /// All headers.
    pub(crate) fn all_headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| unreachable!("{error}: {}", self.text()))
    }

    /// The body as JSON, of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }

    /// Checks that it is an error with this status and code, whose text says `hint`, in the shape of `/api/fax/send/`
    /// or that of the others.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str, hint: &str) {
        let mut body = self.expect(status);
        if body["error"].is_object() {
            // The envelope's error has the keys of all others, but for its message.
            body = body["error"].take();
            assert!(
                body["request_id"].is_string() && body["ts"].is_string(),
                "{body}"
            );
            body["error"] = body["message"].take();
        }
        let text = body["error"].as_str().unwrap();
        assert!(text.contains(hint), "{body}");
        assert!(body["details"].is_object(), "{body}");
        if body.get("status").is_some() {
            assert_eq!(body["status"], "Error", "{body}");
            assert_eq!(body["code"], status, "{body}");
            assert_eq!(body["message"], text, "{body}");
            assert_eq!(body["error_code"], code, "{body}");
        } else {
            assert_eq!(body["code"], code, "{body}");
        }
    }
}
