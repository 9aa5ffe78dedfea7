//! A stream that ends, or goes deaf, after so many bytes; and a switch that keeps account of what reached it whole.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::peer::Peer;

/// What happens to a stream when its bytes are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Both directions are closed.
    Closed,
    /// Nothing comes through any more in either direction, and nobody says so.
    Silent,
}

/// After how many bytes, counted from the beginning of the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) out: usize,
    pub(crate) back: usize,
    pub(crate) fault: Fault,
}

impl Cut {
    pub(crate) const NEVER: Self = Self {
        out: usize::MAX,
        back: usize::MAX,
        fault: Fault::Closed,
    };

    pub(crate) fn out(bytes: usize, fault: Fault) -> Self {
        Self {
            out: bytes,
            fault,
            ..Self::NEVER
        }
    }

    pub(crate) fn back(bytes: usize, fault: Fault) -> Self {
        Self {
            back: bytes,
            fault,
            ..Self::NEVER
        }
    }
}

/// The near end of a pipe, cut as ordered.
pub(crate) struct CutStream {
    io: DuplexStream,
    cut: Cut,
    /// What the client could hand over: to it these bytes have left.
    taken: Arc<Mutex<Vec<u8>>>,
    broken: bool,
}

impl CutStream {
    pub(crate) fn new(io: DuplexStream, cut: Cut, taken: Arc<Mutex<Vec<u8>>>) -> Self {
        Self {
            io,
            cut,
            taken,
            broken: false,
        }
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.broken |= self.cut.back == 0;
        if self.broken {
            return match self.cut.fault {
                Fault::Closed => Poll::Ready(Ok(())),
                Fault::Silent => Poll::Pending,
            };
        }
        let room = buffer.remaining().min(self.cut.back);
        let mut part = buffer.take(room);
        let read = Pin::new(&mut self.io).poll_read(context, &mut part);
        let filled = part.filled().len();
        // `part` has filled memory that `buffer` does not know of yet; it is a view of the same bytes.
        let bytes = part.filled().to_vec();
        buffer.put_slice(&bytes);
        self.cut.back -= filled;
        read
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.cut.out == 0 && !self.broken {
            self.broken = true;
            // The reading half sees the end too.
            context.waker().wake_by_ref();
        }
        if self.broken {
            return match self.cut.fault {
                Fault::Closed => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Fault::Silent => {
                    self.taken.lock().unwrap().extend_from_slice(bytes);
                    Poll::Ready(Ok(bytes.len()))
                }
            };
        }
        let room = bytes.len().min(self.cut.out);
        let written = Pin::new(&mut self.io).poll_write(context, &bytes[..room]);
        if let Poll::Ready(Ok(written)) = written {
            self.taken
                .lock()
                .unwrap()
                .extend_from_slice(&bytes[..written]);
            self.cut.out -= written;
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// What a switch answers, and what it got. Jobs named in `refused` get `-ERR`.
#[derive(Clone, Default)]
pub(crate) struct Account {
    pub(crate) executed: Arc<Mutex<Vec<String>>>,
    pub(crate) refused: Vec<Uuid>,
    /// Sent to a connection as soon as it has subscribed.
    pub(crate) events: Vec<Vec<u8>>,
}

impl Account {
    pub(crate) fn has(&self, command: &str) -> bool {
        self.executed
            .lock()
            .unwrap()
            .iter()
            .any(|one| one == command)
    }

    /// Serves one connection until it ends; the client's end of it, and what was taken from the client.
    pub(crate) fn serve(&self, cut: Cut) -> Served {
        let (near, far) = duplex(1 << 20);
        let taken = Arc::new(Mutex::new(Vec::new()));
        let serving = tokio::spawn(self.clone().answer(Peer::new(far)));
        Served {
            stream: CutStream::new(near, cut, Arc::clone(&taken)),
            taken,
            serving,
        }
    }

    pub(crate) async fn answer<S: AsyncRead + AsyncWrite + Unpin>(self, mut peer: Peer<S>) {
        let mut open = peer.try_send("Content-Type: auth/request\n\n").await;
        while open && let Some(command) = peer.command().await {
            self.executed.lock().unwrap().push(command.clone());
            let reply = |text: &str| format!("Content-Type: command/reply\nReply-Text: {text}\n\n");
            let print = |body: &str| {
                let length = body.len();
                format!("Content-Type: api/response\nContent-Length: {length}\n\n{body}")
            };
            let job = command
                .rsplit_once("Job-UUID: ")
                .map(|(_, job)| job.to_owned());
            let refused = |job: &String| self.refused.iter().any(|one| one.to_string() == *job);
            open = match job {
                Some(job) if refused(&job) => peer.try_send(reply("-ERR no thread")).await,
                Some(job) => {
                    let text = format!("+OK Job-UUID: {job}\nJob-UUID: {job}");
                    peer.try_send(reply(&text)).await
                }
                None if command == "api global_getvar core_uuid" => {
                    peer.try_send(print(&Uuid::from_u128(1).to_string())).await
                }
                None if command.starts_with("api ") => peer.try_send(print("true")).await,
                None => peer.try_send(reply("+OK")).await,
            };
            if command.starts_with("event ") {
                for event in &self.events {
                    open = open && peer.try_send(event).await;
                }
            }
        }
    }
}

/// One connection that is being served.
pub(crate) struct Served {
    pub(crate) stream: CutStream,
    pub(crate) taken: Arc<Mutex<Vec<u8>>>,
    pub(crate) serving: JoinHandle<()>,
}
