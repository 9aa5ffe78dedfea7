//! Ending a stream with its connection, and a connection with its stream.
//!
//! What is on its way to a client that has stopped reading stays in the server until it reads, which may be never: nothing short of
//! the socket ends that. And a client that goes away is otherwise noticed only when something is written to it, at the second
//! heartbeat. So each connection keeps a second handle of its socket.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::Duration;
use std::{future, io};

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use tokio::io::Interest;
use tokio::net;
use tokio::time::timeout;

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
        let Some(socket) = &self.0 else {
            return future::pending().await;
        };
        let watched = socket.try_clone().and_then(net::TcpStream::from_std);
        let Ok(watched) = watched else {
            return future::pending().await;
        };
        // Nothing is taken away from whoever reads the connection: a further request waits there as it should.
        let look = || match socket.peek(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(io::ErrorKind::WouldBlock.into()),
            Err(error) => Err(error),
        };
        while watched.readable().await.is_ok() {
            match watched.try_io(Interest::READABLE, look) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => return,
            }
        }
    }

    /// Lets a stream say why it ends, and closes the connection when that takes too long: its client does not read.
    pub(super) async fn unless_ended(&self, patience: Duration, ending: impl Future<Output = ()>) {
        if timeout(patience, ending).await.is_err() {
            self.now();
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

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_client_that_does_not_let_its_stream_end_is_cut_off() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let hangup = Hangup(Some(Arc::new(server)));
        hangup
            .unless_ended(Duration::from_secs(3600), future::ready(()))
            .await;
        client.set_nonblocking(true).unwrap();
        let open = client.read(&mut [0]).unwrap_err();
        assert_eq!(open.kind(), io::ErrorKind::WouldBlock);
        client.set_nonblocking(false).unwrap();
        hangup.unless_ended(Duration::ZERO, future::pending()).await;
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
}
