//! Cutting off a client that has stopped reading.
//!
//! What is on its way to such a client stays in the server until it reads, which may be never: nothing short of the socket
//! ends that. So each connection keeps a second handle of its socket.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::dev::Extensions;

/// The socket of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Hangup(Option<Arc<TcpStream>>);

impl Hangup {
    /// The one of the connection that a request came by.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        request.conn_data::<Self>().cloned().unwrap_or(Self(None))
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
