//! One command on its way from a caller to the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use bytes::Bytes;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::deadline::Deadline;
use crate::error::Error;
use crate::reply::Reply;

pub(crate) type Answer = Result<Reply, Error>;

/// What a caller hands to the connection.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) bytes: Bytes,
    pub(crate) deadline: Option<Deadline>,
    /// The Job-UUID that an accepting reply must repeat: a reply to another command would betray itself.
    pub(crate) job: Option<Uuid>,
    pub(crate) ticket: Ticket,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// Settles, between the caller and the writer, whether a command is still here or on its way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ticket(Arc<AtomicU8>);

const HERE: u8 = 0;
const LEAVING: u8 = 1;
const WITHDRAWN: u8 = 2;

impl Ticket {
    /// The writer is about to hand the first bytes over. False if the caller took the command back.
    pub(crate) fn leave(&self) -> bool {
        self.swap(HERE, LEAVING)
    }

    /// The kernel took nothing, so the command is still here.
    pub(crate) fn stay(&self) {
        self.0.store(HERE, Ordering::Release);
    }

    /// The caller gives up. True if nothing had left, and then nothing will.
    pub(crate) fn withdraw(&self) -> bool {
        self.swap(HERE, WITHDRAWN)
    }

    fn swap(&self, from: u8, to: u8) -> bool {
        self.0
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}
