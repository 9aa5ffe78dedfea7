//! An HTTP server on a real socket that counts who connects.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does with a request.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// Sends these bytes and closes.
    Bytes(&'static str),
    /// Sends the head, then body without end, until the client goes away.
    Endless(&'static str),
    /// Sends these bytes and then nothing, holding the connection open.
    Silence(&'static str),
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// The head of each request.
    pub(crate) requests: mpsc::UnboundedReceiver<String>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen, requests) = mpsc::unbounded_channel();
        let counted = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, answer, seen.clone()));
            }
        });
        Self {
            address,
            connections,
            requests,
            accepting,
        }
    }

    /// How many connections came before now. Connects once itself, so that none is still on its way.
    pub(crate) async fn connections(&self) -> usize {
        let before = self.connections.load(Ordering::SeqCst);
        let own = TcpStream::connect(self.address).await.unwrap();
        while self.connections.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
        drop(own);
        // Connections are accepted in the order they came: ours is the last.
        self.connections.fetch_sub(1, Ordering::SeqCst) - 1
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(stream: TcpStream, answer: Answer, seen: mpsc::UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        match stream.read_line(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    // The test may have ended.
    let _ = seen.send(head);
    match answer {
        Answer::Bytes(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Answer::Endless(head) => {
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b'x'; 8192]).await.is_ok() {}
        }
        Answer::Silence(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.read_line(&mut String::new()).await;
        }
    }
}
