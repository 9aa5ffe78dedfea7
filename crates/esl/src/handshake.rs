//! Logging in and subscribing: one question, one answer, before the connection starts to run by itself.

use std::borrow::Cow;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_util::codec::Decoder;

use crate::codec::EslCodec;
use crate::connection::line;
use crate::error::{Delivery, Error, Kind};
use crate::event::Event;
use crate::frame::{ContentType, Frame};
use crate::options::{ConnectOptions, Credentials};
use crate::queue::Pusher;

pub(crate) struct Handshake<S> {
    pub(crate) io: S,
    pub(crate) codec: EslCodec,
    pub(crate) buffer: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Handshake<S> {
    pub(crate) fn new(io: S, options: &ConnectOptions) -> Self {
        Self {
            io,
            codec: EslCodec::new(options.limits),
            buffer: BytesMut::with_capacity(16 * 1024),
        }
    }

    /// Waits for `auth/request` and answers it.
    pub(crate) async fn log_in(&mut self, credentials: &Credentials) -> Result<(), Error> {
        let frame = self.frame().await?;
        match frame.content_type() {
            Some(ContentType::AuthRequest) => {}
            Some(ContentType::RudeRejection) => return Err(said(Kind::Rejected, &frame)),
            _ => return Err(Error::protocol("not an event socket")),
        }
        let reply = self.ask(credentials.line(), None).await?;
        let text = reply_text(&reply);
        if text.starts_with("+OK") {
            return Ok(());
        }
        Err(Error::new(Kind::Auth, Delivery::NotSent).with_detail(text))
    }

    /// Sends one command of the socket and insists on `+OK`. Events that come meanwhile are kept.
    pub(crate) async fn order(&mut self, command: &str, events: &Pusher) -> Result<(), Error> {
        let reply = self.ask(command, Some(events)).await?;
        let text = reply_text(&reply);
        if text.starts_with("+OK") {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, Delivery::Refused).with_detail(text))
    }

    async fn ask(&mut self, command: &str, events: Option<&Pusher>) -> Result<Frame, Error> {
        self.io.write_all(&line(command)).await.map_err(Error::io)?;
        self.io.flush().await.map_err(Error::io)?;
        loop {
            let frame = self.frame().await?;
            match (frame.content_type(), events) {
                (Some(ContentType::CommandReply), _) => return Ok(frame),
                (Some(ContentType::EventPlain | ContentType::EventJson), Some(events)) => {
                    match Event::from_frame(&frame) {
                        Ok(event) => events.push(event),
                        Err(_) => events.lost_one(),
                    }
                }
                (Some(ContentType::DisconnectNotice), _) => {
                    return Err(said(Kind::Disconnected, &frame));
                }
                _ => return Err(Error::protocol("not a reply")),
            }
        }
    }

    async fn frame(&mut self) -> Result<Frame, Error> {
        loop {
            let decoded = self.codec.decode(&mut self.buffer);
            if let Some(frame) =
                decoded.map_err(|error| Error::protocol("bad framing").with_cause(error))?
            {
                return Ok(frame);
            }
            if self
                .io
                .read_buf(&mut self.buffer)
                .await
                .map_err(Error::io)?
                == 0
            {
                return Err(Error::new(Kind::Closed, Delivery::NotSent));
            }
        }
    }
}

fn reply_text(frame: &Frame) -> Cow<'_, str> {
    String::from_utf8_lossy(frame.header("Reply-Text").unwrap_or_default())
}

fn said(kind: Kind, frame: &Frame) -> Error {
    let text = String::from_utf8_lossy(frame.body());
    Error::new(kind, Delivery::NotSent).with_detail(text)
}
