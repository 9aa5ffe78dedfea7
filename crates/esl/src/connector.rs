//! How a [`Link`](crate::Link) opens the streams that its connections run over.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::options::ConnectOptions;
use crate::socket;

/// What a connection can run over: any stream of bytes both ways that can be handed to another thread.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

type Opening = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

/// Opens one stream after another.
#[derive(Clone)]
pub(crate) struct Connector(Arc<dyn Fn() -> Opening + Send + Sync>);

impl Connector {
    pub(crate) fn new<F, S>(open: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: Stream + 'static,
    {
        Self(Arc::new(move || {
            let opening = open();
            Box::pin(async move {
                let stream: Box<dyn Stream> = Box::new(opening.await?);
                Ok(stream)
            })
        }))
    }

    /// TCP, to where the options say.
    pub(crate) fn tcp(options: &ConnectOptions) -> Self {
        let options = options.clone();
        Self::new(move || {
            let options = options.clone();
            async move { open_tcp(&options).await }
        })
    }

    pub(crate) async fn open(&self) -> io::Result<Box<dyn Stream>> {
        (self.0)().await
    }
}

pub(crate) async fn open_tcp(options: &ConnectOptions) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((options.host.as_str(), options.port)).await?;
    socket::tune(&stream, &options.liveness)?;
    Ok(stream)
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector(…)")
    }
}
