//! What a use case is handed so that its effect happens once.

use std::fmt;
use std::sync::Arc;

use faxgate_db::Tx;

use super::{Answer, Reservation};
use crate::error::Result;

type Render<T> = Arc<dyn Fn(&T) -> Answer + Send + Sync>;

/// A [`Reservation`], with how a `T` is answered. Cheap to clone; the default has no key, and does nothing.
pub struct Once<T> {
    reservation: Reservation,
    render: Option<Render<T>>,
}

impl<T> Once<T> {
    pub(super) fn new(
        reservation: Reservation,
        render: impl Fn(&T) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self {
            reservation,
            render: Some(Arc::new(render)),
        }
    }

    /// Notes the answer, in the transaction of the effect.
    ///
    /// # Errors
    /// `IDEMPOTENCY_IN_FLIGHT` when somebody else has taken the request over; then the transaction must not be committed.
    pub async fn complete(&self, tx: &mut Tx, done: &T) -> Result<()> {
        match &self.render {
            Some(render) => self.reservation.complete(tx, &render(done)).await,
            None => Ok(()),
        }
    }

    /// As [`Once::complete`], for an answer with a secret in it: the database gets it encrypted.
    ///
    /// # Errors
    /// As [`Once::complete`].
    pub async fn complete_sealed(&self, tx: &mut Tx, done: &T) -> Result<()> {
        match &self.render {
            Some(render) => self.reservation.complete_sealed(tx, &render(done)).await,
            None => Ok(()),
        }
    }

    /// Notes, in the transaction of the first part of an effect, that the same request may go on with the rest.
    ///
    /// # Errors
    /// As [`Once::complete`].
    pub async fn begin(&self, tx: &mut Tx) -> Result<()> {
        self.reservation.begin(tx).await
    }

    /// Whether the same request has done the first part of its effect before.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.reservation.has_begun()
    }

    /// The answer for a `T`; `None`: nobody said how it is answered.
    #[must_use]
    pub fn answer(&self, done: &T) -> Option<Answer> {
        self.render.as_ref().map(|render| render(done))
    }

    /// The reservation.
    #[must_use]
    pub fn reservation(&self) -> &Reservation {
        &self.reservation
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self {
            reservation: Reservation::default(),
            render: None,
        }
    }
}

impl<T> Clone for Once<T> {
    fn clone(&self) -> Self {
        Self {
            reservation: self.reservation.clone(),
            render: self.render.clone(),
        }
    }
}

impl<T> fmt::Debug for Once<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reservation.fmt(f)
    }
}
