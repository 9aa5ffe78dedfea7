//! The connection: owns the socket, pairs replies with requests, never waits for a reader.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::codec::Decoder;
use tokio_util::io::poll_read_buf;
use uuid::Uuid;

use crate::client::Shared;
use crate::codec::EslCodec;
use crate::error::{Delivery, Error, Kind};
use crate::event::Event;
use crate::frame::{ContentType, Frame};
use crate::liveness::Liveness;
use crate::queue::Pusher;
use crate::reply::Reply;
use crate::request::{Answer, Request};

const READ_AHEAD: usize = 64 * 1024;
const PROBE: &[u8] = b"nolog\n\n";
const EXIT: &[u8] = b"exit\n\n";
const NUDGE: &[u8] = b"\n";

/// One event socket, as a future that has to be spawned (or polled along): nothing moves unless it runs.
///
/// It ends with `Ok` after all [`Client`](crate::Client)s, or the [`EventStream`](crate::EventStream), were dropped:
/// it waits for the replies that are due, says `exit` and closes. It ends with the reason if the connection broke.
/// Dropping it closes the socket at once.
#[must_use = "a connection does nothing unless it is spawned"]
#[derive(Debug)]
pub struct Connection<S> {
    io: S,
    codec: EslCodec,
    buffer: BytesMut,
    source: Source,
    shared: Arc<Shared>,
    in_flight: usize,
    /// Sent and not answered, oldest first: replies come in the order of the commands.
    pending: VecDeque<Pending>,
    outgoing: Option<Outgoing>,
    liveness: Liveness,
    /// When the last byte came from the peer.
    heard: Instant,
    /// Since when the kernel has taken no byte of `outgoing`.
    stuck: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    probe_due: bool,
    leaving: bool,
}

/// Where orders come from, and where events go.
#[derive(Debug)]
pub(crate) enum Source {
    Commands(mpsc::Receiver<Request>),
    Events {
        pusher: Pusher,
        nudges: mpsc::Receiver<()>,
    },
}

#[derive(Debug)]
struct Pending {
    since: Instant,
    caller: Option<Caller>,
}

#[derive(Debug)]
struct Caller {
    answer: oneshot::Sender<Answer>,
    job: Option<Uuid>,
}

#[derive(Debug)]
struct Outgoing {
    written: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    Request(Request),
    Own(&'static [u8]),
}

impl What {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Request(request) => &request.bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

/// What a connection starts with, once it has logged in.
pub(crate) struct Start<S> {
    pub(crate) io: S,
    pub(crate) codec: EslCodec,
    pub(crate) buffer: BytesMut,
    pub(crate) source: Source,
    pub(crate) shared: Arc<Shared>,
    pub(crate) in_flight: usize,
    pub(crate) liveness: Liveness,
}

impl<S> Connection<S> {
    pub(crate) fn new(start: Start<S>) -> Self {
        let now = Instant::now();
        Self {
            io: start.io,
            codec: start.codec,
            buffer: start.buffer,
            source: start.source,
            shared: start.shared,
            in_flight: start.in_flight,
            pending: VecDeque::new(),
            outgoing: None,
            liveness: start.liveness,
            heard: now,
            stuck: None,
            timer: Box::pin(sleep_until(now)),
            probe_due: false,
            leaving: false,
        }
    }

    /// Handles one frame; true if it was the last.
    fn take(&mut self, frame: Frame) -> Result<bool, Error> {
        match frame.content_type() {
            Some(ContentType::CommandReply | ContentType::ApiResponse) => self.reply(frame)?,
            Some(ContentType::EventPlain | ContentType::EventJson) => {
                if let Source::Events { pusher, .. } = &self.source {
                    match Event::from_frame(&frame) {
                        Ok(event) => pusher.push(event),
                        // The outer framing still holds, so only this event is lost, and that is told.
                        Err(_) => pusher.lost_one(),
                    }
                }
            }
            Some(ContentType::DisconnectNotice) if frame.lingers() => {}
            Some(ContentType::DisconnectNotice) if self.leaving => return Ok(true),
            Some(ContentType::DisconnectNotice) => {
                let text = String::from_utf8_lossy(frame.body());
                return Err(Error::new(Kind::Disconnected, Delivery::NotSent).with_detail(text));
            }
            Some(ContentType::RudeRejection) => {
                let text = String::from_utf8_lossy(frame.body());
                return Err(Error::new(Kind::Rejected, Delivery::NotSent).with_detail(text));
            }
            Some(ContentType::AuthRequest) => {
                return Err(Error::protocol("asked for credentials again"));
            }
            Some(ContentType::Other) => {}
            None => return Err(Error::protocol("a frame without a type")),
        }
        Ok(false)
    }

    fn reply(&mut self, frame: Frame) -> Result<(), Error> {
        let Some(pending) = self.pending.pop_front() else {
            return Err(Error::protocol("a reply that nobody asked for"));
        };
        let Some(caller) = pending.caller else {
            return Ok(());
        };
        let reply = Reply::new(frame);
        let foreign = caller.job.is_some_and(|job| {
            let named = reply.header("Job-UUID").and_then(|text| text.parse().ok());
            !reply.is_err() && named != Some(job)
        });
        if foreign {
            let error = Error::protocol("a reply that belongs to another command");
            let _ = caller.answer.send(Err(error.told_with(Delivery::Unknown)));
            return Err(error);
        }
        // A caller that has given up: its reply was due all the same, and is now out of the way.
        let _ = caller.answer.send(Ok(reply));
        Ok(())
    }

    /// The next thing to write, if there is one and it may be written now.
    fn next_outgoing(&mut self, context: &mut Context<'_>) -> Option<What> {
        if self.leaving {
            return None;
        }
        if std::mem::take(&mut self.probe_due) {
            return Some(What::Own(PROBE));
        }
        let done = match &mut self.source {
            Source::Commands(_) if self.pending.len() >= self.in_flight => return None,
            Source::Commands(requests) => match requests.poll_recv(context) {
                Poll::Ready(Some(request)) => return Some(What::Request(request)),
                Poll::Ready(None) => true,
                Poll::Pending => false,
            },
            Source::Events { pusher, .. } if pusher.reader_is_gone(context) => true,
            Source::Events { nudges, .. } => match nudges.poll_recv(context) {
                Poll::Ready(Some(())) => return Some(What::Own(NUDGE)),
                Poll::Ready(None) | Poll::Pending => false,
            },
        };
        if done && self.pending.is_empty() {
            self.leaving = true;
            return Some(What::Own(EXIT));
        }
        None
    }

    /// When silence becomes too long, and whether that means a probe (true) or the end (false).
    fn patience_ends(&self) -> (Instant, bool) {
        let Liveness {
            idle,
            answer,
            patience,
        } = self.liveness;
        if let Some(stuck) = self.stuck {
            return (stuck + patience, false);
        }
        match self.pending.front() {
            Some(pending) => {
                let allowed = if pending.caller.is_some() {
                    patience
                } else {
                    answer
                };
                (pending.since.max(self.heard) + allowed, false)
            }
            None => (self.heard + idle, !self.leaving),
        }
    }

    fn end(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        let reason = match &result {
            Ok(()) => Error::new(Kind::Closed, Delivery::NotSent),
            Err(error) => error.clone(),
        };
        // First the reason, so that whoever finds the channel closed finds it.
        let _ = self.shared.ended.set(reason.clone());
        for pending in self.pending.drain(..) {
            if let Some(caller) = pending.caller {
                let _ = caller.answer.send(Err(reason.told_with(Delivery::Unknown)));
            }
        }
        if let Some(What::Request(request)) = self.outgoing.take().map(|outgoing| outgoing.what) {
            // Its end never left, and FreeSWITCH discards a command without its end.
            let _ = request
                .answer
                .send(Err(reason.told_with(Delivery::NotSent)));
        }
        if let Source::Commands(requests) = &mut self.source {
            requests.close();
            while let Ok(request) = requests.try_recv() {
                let _ = request
                    .answer
                    .send(Err(reason.told_with(Delivery::NotSent)));
            }
        }
        result
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    fn poll_run(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            // Reading comes first: a connection that is known to be gone is given no more commands.
            if let Poll::Ready(result) = self.poll_incoming(context) {
                return Poll::Ready(result);
            }
            self.poll_outgoing(context)?;
            let (end, probe) = self.patience_ends();
            // A timer that fires early only makes us look again, so it is moved as seldom as possible.
            if self.timer.is_elapsed() || self.timer.deadline() > end {
                self.timer.as_mut().reset(end);
            }
            ready!(self.timer.as_mut().poll(context));
            if Instant::now() < end {
                continue;
            }
            if !probe {
                if self.leaving {
                    return Poll::Ready(Ok(()));
                }
                return Poll::Ready(Err(Error::new(Kind::Silent, Delivery::NotSent)));
            }
            self.probe_due = true;
        }
    }

    /// Ready when the connection is over.
    fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            loop {
                match self.codec.decode(&mut self.buffer) {
                    Ok(Some(frame)) => {
                        if self.take(frame)? {
                            return Poll::Ready(Ok(()));
                        }
                    }
                    Ok(None) => break,
                    Err(error) => {
                        let error = Error::protocol("bad framing").with_cause(error);
                        return Poll::Ready(Err(error));
                    }
                }
            }
            if self.buffer.capacity() - self.buffer.len() < READ_AHEAD / 8 {
                self.buffer.reserve(READ_AHEAD);
            }
            let read = poll_read_buf(Pin::new(&mut self.io), context, &mut self.buffer);
            match ready!(read) {
                Ok(0) if self.leaving => return Poll::Ready(Ok(())),
                Ok(0) => return Poll::Ready(Err(Error::new(Kind::Closed, Delivery::NotSent))),
                Ok(_) => self.heard = Instant::now(),
                Err(error) => return Poll::Ready(Err(Error::io(error))),
            }
        }
    }

    /// Writes until there is nothing to write or the kernel takes no more. One command at a time: the deadline of
    /// each is looked at with nothing between that look and the kernel.
    fn poll_outgoing(&mut self, context: &mut Context<'_>) -> Result<(), Error> {
        loop {
            let Some(mut outgoing) = self.outgoing.take().or_else(|| {
                let what = self.next_outgoing(context)?;
                Some(Outgoing { written: 0, what })
            }) else {
                return Ok(());
            };
            if let What::Request(request) = &outgoing.what {
                let begun = outgoing.written > 0;
                if !begun && (request.answer.is_closed() || !request.ticket.leave()) {
                    continue;
                }
                let now = || self.shared.clock.now();
                if request
                    .deadline
                    .is_some_and(|deadline| deadline.is_past(now()))
                {
                    let late = Error::new(Kind::Late, Delivery::NotSent);
                    if let What::Request(request) = outgoing.what {
                        let _ = request.answer.send(Err(late.clone()));
                    }
                    if begun {
                        // The rest must not follow, and nothing else may: the socket is given up.
                        return Err(Error::new(Kind::Closed, Delivery::NotSent).with_cause(late));
                    }
                    continue;
                }
            }
            let rest = &outgoing.what.bytes()[outgoing.written..];
            match Pin::new(&mut self.io).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => {
                    self.outgoing = Some(outgoing);
                    return Err(Error::io(io::ErrorKind::WriteZero.into()));
                }
                Poll::Ready(Ok(taken)) => {
                    self.stuck = None;
                    outgoing.written += taken;
                    if outgoing.written < outgoing.what.bytes().len() {
                        self.outgoing = Some(outgoing);
                    } else {
                        self.sent(outgoing.what);
                        if let Poll::Ready(Err(error)) = Pin::new(&mut self.io).poll_flush(context)
                        {
                            return Err(Error::io(error));
                        }
                    }
                }
                Poll::Ready(Err(error)) => {
                    self.outgoing = Some(outgoing);
                    return Err(Error::io(error));
                }
                Poll::Pending => {
                    if let (0, What::Request(request)) = (outgoing.written, &outgoing.what) {
                        request.ticket.stay();
                    }
                    self.outgoing = Some(outgoing);
                    self.stuck.get_or_insert_with(Instant::now);
                    return Ok(());
                }
            }
        }
    }

    fn sent(&mut self, what: What) {
        let caller = match what {
            What::Own(NUDGE) => return,
            What::Own(_) => None,
            What::Request(request) => Some(Caller {
                answer: request.answer,
                job: request.job,
            }),
        };
        self.pending.push_back(Pending {
            since: Instant::now(),
            caller,
        });
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Connection<S> {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.poll_run(context));
        Poll::Ready(self.end(result))
    }
}

/// A command line of the socket itself, with its end.
pub(crate) fn line(text: &str) -> Bytes {
    format!("{text}\n\n").into()
}
