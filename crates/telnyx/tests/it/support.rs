//! Clients, faxes and a server that does exactly what it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use faxgate_telnyx::{Client, Config, Contents, Media, SecretString, SendFax};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

pub(crate) const KEY: &str = "KEY0123456789";

/// Settings for a server at `url`; a failure is repeated twice without much ado.
pub(crate) fn config(url: &str) -> Config {
    let mut config = Config::at(url.parse().unwrap(), SecretString::from(KEY));
    config.retries.first = Duration::from_millis(1);
    config
}

pub(crate) fn client(url: &str) -> Client {
    Client::new(config(url)).unwrap()
}

/// A fax whose document Telnyx fetches.
pub(crate) fn fax() -> SendFax {
    let document = "https://example.com/a.pdf".parse().unwrap();
    SendFax::new(
        "234423".into(),
        "+13125790015".into(),
        "+13127367276".into(),
        Media::Url(document),
    )
}

/// A fax that carries its document of so many bytes.
pub(crate) fn fax_of(bytes: usize) -> SendFax {
    let contents = Contents {
        file_name: "a.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: Bytes::from(vec![b'x'; bytes]),
    };
    SendFax {
        media: Media::Contents(contents),
        ..fax()
    }
}

/// What the server does once it has read a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers with these bytes and reads on.
    Answer(String),
    /// Answers with these bytes and closes.
    AnswerAndClose(String),
    /// Closes without a word.
    Close,
    /// Says nothing, and stays.
    Hang,
}

/// An answer with a JSON body and further headers, each ending in CRLF.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Answer(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
}

/// A server on a real socket that goes through its acts, one a request, over any number of connections.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let acts: Vec<Act> = acts.into_iter().collect();
        let acts = Arc::new(Mutex::new(acts.into_iter()));
        let theirs = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acts, seen) = (Arc::clone(&acts), Arc::clone(&theirs));
                tokio::spawn(async move {
                    let mut stream = stream;
                    while let Some(request) = read_request(&mut stream).await {
                        seen.lock().unwrap().push(request);
                        let act = acts.lock().unwrap().next();
                        match act.expect("a request that no act was written for") {
                            Act::Answer(bytes) => stream.write_all(bytes.as_bytes()).await.unwrap(),
                            Act::AnswerAndClose(bytes) => {
                                stream.write_all(bytes.as_bytes()).await.unwrap();
                                return;
                            }
                            Act::Close => return,
                            Act::Hang => std::future::pending().await,
                        }
                    }
                });
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads one whole request; `None` when the peer closes before it is.
pub(crate) async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        if let Some((head, body)) = split(&bytes)
            && body.len() >= content_length(&head).unwrap_or(0)
        {
            return Some(Seen {
                head,
                body,
                at: Instant::now(),
            });
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// The head of a request and what came of its body, once the head is whole.
pub(crate) fn split(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    Some((head, bytes[end..].to_vec()))
}

pub(crate) fn content_length(head: &str) -> Option<usize> {
    let lower = head.to_ascii_lowercase();
    let line = lower
        .lines()
        .find(|line| line.starts_with("content-length:"))?;
    line["content-length:".len()..].trim().parse().ok()
}

/// The answer to an accepted fax.
pub(crate) const ACCEPTED: &str = r#"{"data":{"record_type":"fax","id":"f1","status":"queued"}}"#;
