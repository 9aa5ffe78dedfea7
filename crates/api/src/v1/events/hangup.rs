//! Ending a stream with its connection, and a connection with its stream.
//!
//! What is on its way to a client that has stopped reading stays in the server until it reads, which may be never: nothing short of
//! the socket ends that. And a client that goes away is otherwise noticed only when something is written to it, at the second
//! heartbeat. So each connection keeps a second handle of its socket.

use std::any::Any;
use std::future;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The socket of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Hangup(Option<Arc<TcpStream>>);

impl Hangup {
    /// The one of the connection that a request came by.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.conn_data::<Self>().cloned().unwrap_or(Self(None))
    }

    /// Returns once the client has closed its side; never, if that cannot be told.
    pub(super) async fn gone(&self) {
        let watched = self.0.as_ref().and_then(|socket| {
            AsyncFd::register_with_interest(Arc::clone(socket), Interest::READABLE).ok()
        });
        let Some(socket) = watched else {
            return future::pending().await;
        };
        loop {
            let Ok(mut ready) = socket.readable().await else {
                return future::pending().await;
            };
            // Nothing is taken away from whoever reads the connection: a further request waits there as it should.
            match ready.try_io(|socket| socket.get_ref().peek(&mut [0])) {
                Ok(Ok(0) | Err(_)) => return,
                Ok(Ok(_)) => ready.clear_ready(),
                Err(_would_block) => {}
            }
        }
    }

    /// Closes the connection at once, in both directions.
    pub(crate) fn now(&self) {
        if let Some(socket) = &self.0
            && let Err(error) = socket.shutdown(Shutdown::Both)
        {
            // It was closed in this very moment.
            tracing::debug!(%error, "a stalled stream's socket cannot be closed");
        }
    }
}

/// For `HttpServer::on_connect`: lets streams hang up on clients that have stopped reading.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let socket = connection
        .downcast_ref::<actix_web::rt::net::TcpStream>()
        .and_then(|socket| socket.as_fd().try_clone_to_owned().ok());
    data.insert(Hangup(socket.map(|socket| Arc::new(socket.into()))));
}
