//! A client of server-sent events, by the letter of the standard (HTML, 9.2.6).

use faxgate_test_support::DEADLINE;
use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::under_test::Gateway;

/// A stream that is being read.
pub(super) struct Stream {
    answer: Response,
    rest: String,
    /// Comments that came.
    pub(super) comments: usize,
}

/// What was dispatched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) data: Value,
}

/// A client of its own: a connection that nobody else has.
pub(super) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Stream {
    /// Opens a stream: `query` begins with `?`, or is empty.
    pub(super) async fn open(
        gateway: &Gateway,
        token: &str,
        query: &str,
        last: Option<&str>,
    ) -> Self {
        let url = format!("http://{}/api/v1/events/stream{query}", gateway.address());
        let mut ask = http().get(url);
        if !token.is_empty() {
            ask = ask.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(last) = last {
            ask = ask.header("Last-Event-ID", last);
        }
        let answer = ask.send().await.unwrap();
        let status = answer.status().as_u16();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            answer,
            rest: String::new(),
            comments: 0,
        }
    }

    /// The next event; `None`: the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Told> {
        loop {
            let frame = self.frame().await?;
            let field = |name: &str| {
                let line = frame.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|line| line.strip_prefix(": "))
                    .map(str::to_owned)
            };
            if frame.starts_with(':') {
                self.comments += 1;
            }
            if let Some(data) = field("data") {
                return Some(Told {
                    id: field("id").unwrap(),
                    kind: field("event").unwrap(),
                    data: serde_json::from_str(&data).unwrap(),
                });
            }
        }
    }

    /// The next events, so many.
    pub(super) async fn take(&mut self, count: usize) -> Vec<Told> {
        let mut taken = Vec::new();
        while taken.len() < count {
            taken.push(self.next().await.expect("the stream goes on"));
        }
        taken
    }

    /// Reads until the stream ends.
    pub(super) async fn until_end(&mut self) -> Vec<Told> {
        let mut taken = Vec::new();
        while let Some(told) = self.next().await {
            taken.push(told);
        }
        taken
    }

    /// What stands before the next empty line.
    pub(super) async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.rest.split_once("\n\n") {
                let frame = frame.to_owned();
                self.rest = rest.to_owned();
                return Some(frame);
            }
            let more = timeout(DEADLINE, self.answer.chunk()).await;
            // A connection that breaks ends a stream as well.
            let more = more.expect("the stream says something").ok().flatten()?;
            self.rest.push_str(std::str::from_utf8(&more).unwrap());
        }
    }
}
