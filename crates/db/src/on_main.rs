//! SQLite statements, on the main runtime's blocking threads.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};

use diesel_async::sync_connection_wrapper::SpawnBlocking;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

type BoxError = Box<dyn Error + Send + Sync>;

/// Runs SQLite statements on the runtime that it was made for.
///
/// A connection may be used again only when its statement is over, so a caller that is dropped meanwhile has to wait.
/// diesel-async's own way to wait (`block_in_place`) panics on a current-thread runtime, and each actix worker is one.
pub(crate) struct OnMain(pub(crate) Handle);

impl SpawnBlocking for OnMain {
    fn spawn_blocking<'a, R: Send + 'static>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Result<R, BoxError>> + Send + 'a>> {
        let (running, over) = mpsc::channel::<()>();
        let task = self.0.spawn_blocking(move || {
            let result = task();
            drop(running);
            result
        });
        Box::pin(Statement { task, over })
    }

    fn get_runtime() -> Self {
        Self(Handle::current())
    }
}

struct Statement<R> {
    task: JoinHandle<R>,
    over: mpsc::Receiver<()>,
}

impl<R> Future for Statement<R> {
    type Output = Result<R, BoxError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(context).map_err(Into::into)
    }
}

impl<R> Drop for Statement<R> {
    fn drop(&mut self) {
        // Nothing is ever sent: this returns once the statement has dropped its end.
        let _ = self.over.recv();
    }
}
