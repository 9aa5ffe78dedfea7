//! The far end of one event socket, played by the test line by line over any stream.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use faxgate_esl::{
    BootClock, BootInstant, Client, Command, ConnectOptions, Connection, Credentials, connect_with,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub(crate) struct Peer<S> {
    stream: S,
    unread: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// False if nobody is there any more.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    pub(crate) async fn reply(&mut self, text: &str) {
        self.send(format!(
            "Content-Type: command/reply\nReply-Text: {text}\n\n"
        ))
        .await;
    }

    pub(crate) async fn print(&mut self, body: &str) {
        let length = body.len();
        self.send(format!(
            "Content-Type: api/response\nContent-Length: {length}\n\n{body}"
        ))
        .await;
    }

    pub(crate) async fn event(&mut self, event: &str) {
        let length = event.len();
        self.send(format!(
            "Content-Length: {length}\nContent-Type: text/event-plain\n\n{event}"
        ))
        .await;
    }

    /// Reads one byte more; false at the end.
    async fn more(&mut self) -> bool {
        let mut byte = [0];
        let read = self.stream.read(&mut byte).await.unwrap_or(0);
        self.unread.extend_from_slice(&byte[..read]);
        read == 1
    }

    /// The next command as `mod_event_socket` would read it: without its blank line, line ends before it passed
    /// over. `None` at the end, even in the middle of a command.
    pub(crate) async fn command(&mut self) -> Option<String> {
        loop {
            if self.unread == b"\n" {
                self.unread.clear();
            }
            if let Some(command) = self.unread.strip_suffix(b"\n\n") {
                let command = String::from_utf8(command.to_vec()).unwrap();
                self.unread.clear();
                return Some(command);
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Waits for one byte, whatever it is.
    pub(crate) async fn byte(&mut self) -> u8 {
        assert!(self.unread.is_empty() && self.more().await);
        self.unread.remove(0)
    }

    /// Waits until `bytes` more have come, as the beginning of some command.
    pub(crate) async fn read_some(&mut self, bytes: usize) {
        let until = self.unread.len() + bytes;
        while self.unread.len() < until {
            assert!(self.more().await);
        }
    }

    /// What of a command has come and was not finished.
    pub(crate) fn unfinished(&self) -> &[u8] {
        &self.unread
    }

    pub(crate) async fn log_in(&mut self) {
        self.send("Content-Type: auth/request\n\n").await;
        assert_eq!(self.command().await.unwrap(), "auth ClueCon");
        self.reply("+OK accepted").await;
    }

    /// Reads a `bgapi` and accepts it; returns the command without `bgapi` and the Job-UUID.
    pub(crate) async fn accept_job(&mut self) -> (String, String) {
        let text = self.command().await.unwrap();
        let (command, job) = text.split_once("\nJob-UUID: ").unwrap();
        self.reply(&format!("+OK Job-UUID: {job}\nJob-UUID: {job}"))
            .await;
        (
            command.strip_prefix("bgapi ").unwrap().to_owned(),
            job.to_owned(),
        )
    }
}

/// The boot clock of tests: it follows tokio's clock, which can be paused and moved.
#[derive(Debug)]
pub(crate) struct TestClock(Instant);

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Instant::now()))
    }
}

impl BootClock for TestClock {
    fn now(&self) -> BootInstant {
        BootInstant::from_boot(Duration::from_secs(1000) + self.0.elapsed())
    }
}

pub(crate) fn options() -> ConnectOptions {
    let credentials = Credentials::password("ClueCon").unwrap();
    ConnectOptions::new("127.0.0.1", 0, credentials)
}

pub(crate) type Running = JoinHandle<Result<(), faxgate_esl::Error>>;

/// A client over a pipe of `room` bytes, logged in, its connection not yet running.
pub(crate) async fn pair(
    options: &ConnectOptions,
    room: usize,
) -> (Client, Connection<DuplexStream>, Peer<DuplexStream>) {
    let (near, far) = duplex(room);
    let mut peer = Peer::new(far);
    let (connected, ()) = tokio::join!(connect_with(near, options), peer.log_in());
    let (client, connection) = connected.unwrap();
    (client, connection, peer)
}

/// The same with the connection running.
pub(crate) async fn running(options: &ConnectOptions) -> (Client, Running, Peer<DuplexStream>) {
    let (client, connection, peer) = pair(options, 4096).await;
    (client, tokio::spawn(connection), peer)
}

/// `api` with these words, as a task of its own.
pub(crate) fn asking(
    client: &Client,
    words: &str,
) -> JoinHandle<Result<faxgate_esl::Reply, faxgate_esl::Error>> {
    let client = client.clone();
    let command = Command::words(words.split(' ')).unwrap();
    tokio::spawn(async move { client.api(&command).await })
}

/// Lets a call queue its command, and no more.
pub(crate) async fn poll_once<F: Future>(mut call: Pin<&mut F>) {
    poll_fn(|context| {
        assert!(call.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}
