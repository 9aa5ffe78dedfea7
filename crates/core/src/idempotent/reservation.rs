//! A request that was written down, and is being carried out.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use faxgate_db::Tx;
use faxgate_db::idempotency::{self, Key, StoredAnswer};
use faxgate_types::{TenantId, UserId};

use super::reserve::in_flight;
use super::{Answer, Once, seal};
use crate::app::App;
use crate::error::Result;

/// A request that is this caller's to carry out. Cheap to clone; the default has no key, and does nothing.
///
/// When the last clone is dropped and nothing was completed, the key is given back.
#[derive(Clone, Default)]
pub struct Reservation(Option<Arc<Held>>);

pub(super) struct Held {
    pub(super) app: App,
    pub(super) of: OwnedKey,
    /// Whoever changes the row must name this.
    pub(super) id: String,
    pub(super) begun: bool,
    pub(super) settled: AtomicBool,
}

/// A [`Key`] that is kept.
#[derive(Clone, Debug)]
pub(super) struct OwnedKey {
    pub(super) tenant: TenantId,
    pub(super) user: UserId,
    pub(super) endpoint: &'static str,
    pub(super) key: String,
}

impl OwnedKey {
    pub(super) fn borrow(&self) -> Key<'_> {
        Key {
            tenant: self.tenant,
            user: self.user,
            endpoint: self.endpoint,
            key: &self.key,
        }
    }
}

impl Reservation {
    pub(super) fn new(held: Held) -> Self {
        Self(Some(Arc::new(held)))
    }

    /// With how a `T` is answered, for a use case.
    #[must_use]
    pub fn answering<T>(&self, render: impl Fn(&T) -> Answer + Send + Sync + 'static) -> Once<T> {
        Once::new(self.clone(), render)
    }

    /// Notes the answer, in the transaction of the effect.
    ///
    /// # Errors
    /// `IDEMPOTENCY_IN_FLIGHT` when somebody else has taken the request over; then the transaction must not be committed.
    pub async fn complete(&self, tx: &mut Tx, answer: &Answer) -> Result<()> {
        let Some(held) = &self.0 else { return Ok(()) };
        held.store(tx, answer.status, answer.body.clone(), false)
            .await
    }

    /// As [`Reservation::complete`], for an answer with a secret in it: the database gets it encrypted.
    ///
    /// # Errors
    /// As [`Reservation::complete`].
    pub async fn complete_sealed(&self, tx: &mut Tx, answer: &Answer) -> Result<()> {
        let Some(held) = &self.0 else { return Ok(()) };
        let body = seal::seal(&held.app, held.of.borrow(), &answer.body)?;
        held.store(tx, answer.status, body, true).await
    }

    /// Notes, in the transaction of the first part of an effect, that the same request may go on with the rest.
    ///
    /// # Errors
    /// As [`Reservation::complete`].
    pub async fn begin(&self, tx: &mut Tx) -> Result<()> {
        let Some(held) = &self.0 else { return Ok(()) };
        match idempotency::begin(tx, held.of.borrow(), &held.id).await? {
            true => Ok(()),
            false => Err(in_flight()),
        }
    }

    /// Whether the same request has done the first part of its effect before.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.as_ref().is_some_and(|held| held.begun)
    }

    /// Whether the answer was noted, or there is no key to note it under.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0
            .as_ref()
            .is_none_or(|held| held.settled.load(Ordering::Acquire))
    }

    /// Notes the answer on its own, for an effect that may be repeated without harm.
    pub async fn keep(&self, answer: &Answer) {
        let Some(held) = &self.0 else { return };
        let keep = async {
            let mut tx = held.app.db.write(held.of.tenant).await?;
            self.complete(&mut tx, answer).await?;
            tx.commit().await?;
            Ok::<_, crate::Error>(())
        };
        if let Err(error) = keep.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the answer to a request with an idempotency key was not kept"
            );
        }
    }

    /// Gives the key back at once: the request came to nothing. Should its effect be there after all, this does nothing.
    pub async fn give_back(&self) {
        if let Some(held) = &self.0 {
            held.settled.store(true, Ordering::Release);
            give_back(&held.app, &held.of, &held.id).await;
        }
    }
}

impl Held {
    async fn store(&self, tx: &mut Tx, status: u16, body: String, sealed: bool) -> Result<()> {
        let answer = StoredAnswer {
            status,
            body,
            sealed,
        };
        if !idempotency::complete(tx, self.of.borrow(), &self.id, &answer).await? {
            return Err(in_flight());
        }
        self.settled.store(true, Ordering::Release);
        Ok(())
    }
}

impl Drop for Held {
    /// A task that was dropped or broke: whoever asks again need not wait for the lease.
    fn drop(&mut self) {
        if self.settled.load(Ordering::Acquire) {
            return;
        }
        let (app, of, id) = (
            self.app.clone(),
            self.of.clone(),
            std::mem::take(&mut self.id),
        );
        self.app
            .spawn(async move { give_back(&app, &of, &id).await });
    }
}

async fn give_back(app: &App, of: &OwnedKey, id: &str) {
    let give_back = async {
        let mut tx = app.db.write(of.tenant).await?;
        idempotency::give_back(&mut tx, of.borrow(), id).await?;
        tx.commit().await
    };
    if let Err(error) = give_back.await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "an idempotency key could not be given back; its lease runs out"
        );
    }
}

impl fmt::Debug for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.0.as_ref().map(|held| &held.of);
        f.debug_tuple("Reservation").field(&of).finish()
    }
}
