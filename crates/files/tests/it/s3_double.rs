//! Enough of S3's REST API for single objects: PUT (with `If-None-Match: *`), GET, HEAD, DELETE; on a real socket.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use faxgate_files::S3Options;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    authorizations: Vec<String>,
    forced: Option<&'static str>,
}

pub(crate) struct S3Double {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl S3Double {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            address,
            state,
            accepting,
        }
    }

    pub(crate) fn options(&self) -> S3Options {
        S3Options {
            endpoint: Some(format!("http://{}", self.address)),
            region: Some("eu-test-1".into()),
            access_key_id: Some("some-id".into()),
            secret_access_key: Some("some-key".into()),
            allow_http: true,
        }
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.state.lock().unwrap().objects.keys().cloned().collect()
    }

    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.state.lock().unwrap().authorizations.clone()
    }

    pub(crate) fn answer_all_with(&self, status: &'static str) {
        self.state.lock().unwrap().forced = Some(status);
    }
}

impl Drop for S3Double {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One request a connection.
async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return;
    };
    let method = method.to_owned();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());

    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();

    let (status, content) = {
        let mut state = state.lock().unwrap();
        state
            .authorizations
            .extend(headers.get("authorization").cloned());
        let held = state.objects.get(&path).cloned();
        match (state.forced, method.as_str(), held) {
            (Some(status), _, _) => (status, Vec::new()),
            (None, "PUT", Some(_)) if headers.contains_key("if-none-match") => {
                ("412 Precondition Failed", Vec::new())
            }
            (None, "PUT", _) => {
                state.objects.insert(path, body);
                ("200 OK", Vec::new())
            }
            (None, "GET", None) if query.contains("list-type=2") => {
                ("200 OK", listing(&state.objects, &path, &query))
            }
            (None, "GET" | "HEAD", Some(bytes)) => ("200 OK", bytes),
            (None, "DELETE", _) => {
                state.objects.remove(&path);
                ("204 No Content", Vec::new())
            }
            (None, _, _) => ("404 Not Found", Vec::new()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nETag: \"e\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nConnection: close\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    if method != "HEAD" {
        stream.write_all(&content).await.unwrap();
    }
    stream.shutdown().await.unwrap();
}

/// `ListObjectsV2`, all on one page.
fn listing(objects: &BTreeMap<String, Vec<u8>>, bucket: &str, query: &str) -> Vec<u8> {
    let prefix = query
        .split('&')
        .find_map(|part| part.strip_prefix("prefix="));
    let prefix = prefix.unwrap_or_default().replace("%2F", "/");
    let bucket = format!("{}/", bucket.trim_end_matches('/'));
    let found: String = objects
        .iter()
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&bucket)?, bytes.len())))
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(key, size)| {
            format!("<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>e</ETag><Size>{size}</Size></Contents>")
        })
        .collect();
    format!("<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")
        .into_bytes()
}
