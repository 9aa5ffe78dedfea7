//! Connecting: TCP, login, subscription, all within one timeout.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::client::{Client, Shared};
use crate::connection::{Connection, Source, Start};
use crate::connector::{Connector, Stream, open_tcp};
use crate::error::{Delivery, Error, Kind};
use crate::event_stream::{EventStream, Nudge};
use crate::handshake::Handshake;
use crate::options::ConnectOptions;
use crate::queue::queue;
use crate::subscription::Subscription;

/// Opens a connection for commands. It subscribes to no events.
///
/// # Errors
/// [`Error::is_rejected`] (ACL), [`Error::is_auth`] (password), [`Error::is_timeout`], or
/// [`Error::is_closed`] with the I/O error as its source.
pub async fn connect(options: &ConnectOptions) -> Result<(Client, Connection<TcpStream>), Error> {
    in_time(options, async {
        command_connection(open(options).await?, options).await
    })
    .await
}

/// Like [`connect`], over a stream that is already open. The stream must not buffer what is written, or bytes
/// could leave after the deadline that was checked for them.
///
/// # Errors
/// As for [`connect`].
pub async fn connect_with<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    options: &ConnectOptions,
) -> Result<(Client, Connection<S>), Error> {
    in_time(options, command_connection(stream, options)).await
}

/// Opens a connection for events, and returns once FreeSWITCH has confirmed the subscription.
///
/// # Errors
/// As for [`connect`]; [`Error::is_refused`] if FreeSWITCH does not grant the subscription.
pub async fn subscribe(
    options: &ConnectOptions,
    subscription: &Subscription,
) -> Result<(EventStream, Connection<TcpStream>), Error> {
    in_time(options, async {
        event_connection(open(options).await?, options, subscription).await
    })
    .await
}

/// Like [`subscribe`], over a stream that is already open.
///
/// # Errors
/// As for [`subscribe`].
pub async fn subscribe_with<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    options: &ConnectOptions,
    subscription: &Subscription,
) -> Result<(EventStream, Connection<S>), Error> {
    in_time(options, event_connection(stream, options, subscription)).await
}

pub(crate) async fn in_time<T>(
    options: &ConnectOptions,
    connecting: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout(options.connect_timeout, connecting).await {
        Ok(result) => result,
        Err(_) => Err(Error::new(Kind::ConnectTimeout, Delivery::NotSent)),
    }
}

async fn open(options: &ConnectOptions) -> Result<TcpStream, Error> {
    open_tcp(options).await.map_err(Error::io)
}

/// [`connect`] and [`subscribe`] over a stream that is opened within the same timeout.
pub(crate) async fn connect_by(
    connector: &Connector,
    options: &ConnectOptions,
) -> Result<(Client, Connection<Box<dyn Stream>>), Error> {
    in_time(options, async {
        let stream = connector.open().await.map_err(Error::io)?;
        command_connection(stream, options).await
    })
    .await
}

pub(crate) async fn subscribe_by(
    connector: &Connector,
    options: &ConnectOptions,
    subscription: &Subscription,
) -> Result<(EventStream, Connection<Box<dyn Stream>>), Error> {
    in_time(options, async {
        let stream = connector.open().await.map_err(Error::io)?;
        event_connection(stream, options, subscription).await
    })
    .await
}

async fn command_connection<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    options: &ConnectOptions,
) -> Result<(Client, Connection<S>), Error> {
    let mut handshake = Handshake::new(stream, options);
    handshake.log_in(&options.credentials).await?;
    let (sender, requests) = mpsc::channel(options.in_flight);
    let shared = shared(options);
    let client = Client::new(sender, Arc::clone(&shared));
    let source = Source::Commands(requests);
    Ok((client, start(handshake, source, shared, options)))
}

async fn event_connection<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    options: &ConnectOptions,
    subscription: &Subscription,
) -> Result<(EventStream, Connection<S>), Error> {
    let mut handshake = Handshake::new(stream, options);
    handshake.log_in(&options.credentials).await?;
    let (pusher, puller) = queue(options.event_queue);
    for line in subscription.lines() {
        handshake.order(&line, &pusher).await?;
    }
    let (nudge, nudges) = mpsc::channel(1);
    let stream = EventStream::new(puller, Nudge::new(nudge));
    let source = Source::Events { pusher, nudges };
    Ok((stream, start(handshake, source, shared(options), options)))
}

fn shared(options: &ConnectOptions) -> Arc<Shared> {
    Arc::new(Shared {
        ended: OnceLock::new(),
        reply_timeout: options.reply_timeout,
        clock: Arc::clone(&options.clock),
    })
}

fn start<S>(
    handshake: Handshake<S>,
    source: Source,
    shared: Arc<Shared>,
    options: &ConnectOptions,
) -> Connection<S> {
    Connection::new(Start {
        io: handshake.io,
        codec: handshake.codec,
        buffer: handshake.buffer,
        source,
        shared,
        in_flight: options.in_flight,
        liveness: options.liveness,
    })
}
