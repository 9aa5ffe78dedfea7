//! A body that can be withheld up to its last piece.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// Handed to the connection at a time: what is withheld of a large document is withheld early.
const PIECE_BYTES: usize = 64 * 1024;

type Ask = Arc<dyn Fn() -> bool + Send + Sync>;

/// How far a body has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The last piece is still here.
    Held,
    /// The last piece was handed to the connection.
    Gone,
    /// The gate said no.
    Barred,
    /// Whoever asked gave up: what is here stays here.
    Withdrawn,
}

/// The body's owner and the body's stream meet here. One lock, so that giving up and letting go cannot both win.
#[derive(Clone)]
pub(crate) struct Gate {
    progress: Arc<Mutex<Progress>>,
    ask: Option<Ask>,
}

impl Gate {
    pub(crate) fn new(ask: Option<Ask>) -> Self {
        Self {
            progress: Arc::new(Mutex::new(Progress::Held)),
            ask,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps back what has not left, for ever, and tells how far the body came.
    pub(crate) fn withdraw(&self) -> Progress {
        let mut progress = self.lock();
        if *progress == Progress::Held {
            *progress = Progress::Withdrawn;
        }
        *progress
    }
}

/// The other end of a [`Gate`]: a caller that is dropped gives up.
pub(crate) struct Holder(pub(crate) Gate);

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.withdraw();
    }
}

/// The gate was closed; the HTTP client breaks the connection off when the body's stream fails.
#[derive(Debug, thiserror::Error)]
#[error("the body was withheld")]
pub(crate) struct Withheld;

/// Bytes of a known length that leave piece by piece, each past the gate.
pub(crate) struct Outgoing {
    pieces: VecDeque<Bytes>,
    left: u64,
    gate: Gate,
}

impl Outgoing {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Bytes>, gate: Gate) -> Self {
        let pieces: VecDeque<Bytes> = pieces.into_iter().filter(|one| !one.is_empty()).collect();
        let left = pieces.iter().map(|one| one.len() as u64).sum();
        Self { pieces, left, gate }
    }

    fn next_piece(&mut self) -> Option<Bytes> {
        let first = self.pieces.front_mut()?;
        if first.len() > PIECE_BYTES {
            return Some(first.split_to(PIECE_BYTES));
        }
        self.pieces.pop_front()
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Withheld;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Withheld>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let gate = this.gate.clone();
        let mut progress = gate.lock();
        if *progress == Progress::Held && gate.ask.as_ref().is_some_and(|ask| !ask()) {
            *progress = Progress::Barred;
        }
        if *progress != Progress::Held {
            return Poll::Ready(Some(Err(Withheld)));
        }
        let Some(piece) = this.next_piece() else {
            return Poll::Ready(None);
        };
        this.left -= piece.len() as u64;
        if this.left == 0 {
            *progress = Progress::Gone;
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
