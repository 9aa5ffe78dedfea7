//! A tenant's own program: a server on a real socket that answers as it is told, and keeps what it got.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use faxgate_test_support::{DEADLINE, eventually};
use faxgate_webhooks::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, Verifier};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What a path answers.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// This status, with these headers (`Name: value\r\n` each).
    Status(u16, String),
    /// Nothing, for as long as the connection lasts.
    Nothing,
    /// This status, when it is told to.
    When(Arc<Notify>, u16),
}

/// A webhook, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Came {
    pub(crate) path: String,
    headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn id(&self) -> &str {
        self.header(ID_HEADER)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether this secret has signed it.
    pub(crate) fn is_signed_by(&self, secret: &str) -> bool {
        let timestamp = self.header(TIMESTAMP_HEADER);
        let verified = Verifier::new([secret.parse().unwrap()]).verify(
            self.id(),
            timestamp,
            self.header(SIGNATURE_HEADER),
            &self.body,
            timestamp.parse().unwrap(),
        );
        verified.is_ok()
    }
}

#[derive(Default)]
struct State {
    says: HashMap<String, Says>,
    came: Vec<Came>,
    connections: usize,
    /// Requests that are kept waiting just now, and the most there were at once, by path.
    waiting: HashMap<String, (usize, usize)>,
}

/// A tenant's own program. Every path answers 204 unless it is told otherwise.
pub(crate) struct Receiver {
    address: String,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                lock(&shared).connections += 1;
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            address,
            state,
            accepting,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    pub(crate) fn says(&self, path: &str, says: Says) {
        lock(&self.state).says.insert(path.to_owned(), says);
    }

    /// A path answers with this status.
    pub(crate) fn answers(&self, path: &str, status: u16) {
        self.says(path, Says::Status(status, String::new()));
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// The most requests that a path kept waiting at once.
    pub(crate) fn most_waiting(&self, path: &str) -> usize {
        lock(&self.state)
            .waiting
            .get(path)
            .map_or(0, |(_, most)| *most)
    }

    /// What came to a path so far.
    pub(crate) fn came(&self, path: &str) -> Vec<Came> {
        let state = lock(&self.state);
        let came = state.came.iter().filter(|came| came.path == path);
        came.cloned().collect()
    }

    /// Waits until so much has come to a path; gives all of it.
    pub(crate) async fn has(&self, path: &str, many: usize) -> Vec<Came> {
        let what = format!("{many} webhooks have come to {path}");
        eventually(&what, DEADLINE, async || {
            let came = self.came(path);
            (came.len() >= many).then_some(came)
        })
        .await
    }

    /// Waits until an event of this type has come to a path; gives it.
    pub(crate) async fn has_kind(&self, path: &str, kind: &str) -> Came {
        let what = format!("{kind} has come to {path}");
        eventually(&what, DEADLINE, async || {
            self.came(path).into_iter().find(|came| came.kind() == kind)
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    while let Some(came) = read(&mut stream).await {
        let path = came.path.clone();
        let says = {
            let mut state = lock(&state);
            state.came.push(came);
            let says = state.says.get(&path).cloned();
            if matches!(says, Some(Says::Nothing)) {
                let (now, most) = state.waiting.entry(path.clone()).or_default();
                *now += 1;
                *most = (*most).max(*now);
            }
            says.unwrap_or(Says::Status(204, String::new()))
        };
        let says = match says {
            Says::When(told, status) => {
                told.notified().await;
                Says::Status(status, String::new())
            }
            says => says,
        };
        match says {
            Says::When(..) => return,
            Says::Status(status, headers) => {
                let body = format!("{path} says {status}");
                let length = if status == 204 {
                    String::new()
                } else {
                    format!("Content-Length: {}\r\n", body.len())
                };
                let body = if status == 204 { "" } else { &body };
                let answer = format!("HTTP/1.1 {status} Said\r\n{headers}{length}\r\n{body}");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            Says::Nothing => {
                // Until the other side has had enough.
                let _ = stream.read(&mut [0; 1]).await;
                if let Some((now, _)) = lock(&state).waiting.get_mut(&path) {
                    *now -= 1;
                }
                return;
            }
        }
    }
}

/// Reads a request; `None`: the other side has gone.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Came> {
    let mut first = String::new();
    if stream.read_line(&mut first).await.ok()? == 0 {
        return None;
    }
    let path = first.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Came {
        path,
        headers,
        body,
    })
}
