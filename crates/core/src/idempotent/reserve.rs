//! Writing a request down before it is carried out.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use faxgate_db::idempotency::{self, Progress, StoredAnswer};
use faxgate_types::failpoint::{self, Failpoint};
use tokio::time::{Instant, sleep};

use super::answer::fingerprint;
use super::reservation::{Held, OwnedKey};
use super::{Answer, Idempotency, Reservation, seal};
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

/// How long a reservation is somebody's: longer than anything that a request may take. The conversion of a document is the longest.
const LEASE: Duration = Duration::from_secs(120);
/// So long a request waits for the same one that is under way, before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(5);
/// When it looks again at first; then twice as long each time, up to the last.
const LOOKS_AFTER: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(250)];
/// What `Retry-After` says then.
const COME_AGAIN: Duration = Duration::from_secs(2);

/// What became of an attempt to reserve.
#[derive(Debug)]
pub enum Reserved {
    /// It is this request's to carry out.
    New(Reservation),
    /// It was carried out before, and answered so.
    Before(Answer),
}

enum Found {
    Reserved(Reserved),
    /// The same request is being carried out.
    InFlight,
    /// It changed while we looked.
    Changed,
}

impl App {
    /// Writes a request down under its caller's key, committed, before anything is done for it. Without a key there is nothing to
    /// write, and it is always [`Reserved::New`].
    ///
    /// `endpoint` is the same for ever: `POST /api/v1/things`. The same request that is under way is waited for, up to five seconds.
    ///
    /// # Errors
    /// `IDEMPOTENCY_KEY_REUSED` for another request, `IDEMPOTENCY_IN_FLIGHT` while the same one is being carried out, with when to
    /// ask again; `IDEMPOTENCY_ANSWER_LOST` when it was carried out and its answer cannot be shown any more.
    pub async fn reserve(
        &self,
        caller: &Caller,
        endpoint: &'static str,
        idempotency: Option<Idempotency>,
    ) -> Result<Reserved> {
        let Some(Idempotency { key, body_sha256 }) = idempotency else {
            return Ok(Reserved::New(Reservation::default()));
        };
        let of = OwnedKey {
            tenant: caller.tenant.id,
            user: caller.user.id,
            endpoint,
            key,
        };
        let body = [
            fingerprint(self, &body_sha256),
            // What earlier versions wrote.
            hex::encode(body_sha256),
        ];
        let patience = Instant::now() + PATIENCE;
        let [mut wait, longest] = LOOKS_AFTER;
        loop {
            let (app, task, body) = (self.clone(), of.clone(), body.clone());
            let found = self
                .on_main(async move { app.try_reserve(task, &body).await })
                .await?;
            match found {
                Found::Reserved(reserved) => return Ok(reserved),
                Found::Changed => {}
                Found::InFlight if Instant::now() + wait < patience => {
                    sleep(wait).await;
                    wait = (wait * 2).min(longest);
                }
                Found::InFlight => return Err(in_flight()),
            }
        }
    }

    async fn try_reserve(&self, of: OwnedKey, body: &[String; 2]) -> Result<Found> {
        let now = self.now();
        let (id, until) = (self.ambient.uuid().to_string(), now + LEASE);
        let mut tx = self.db.write(of.tenant).await?;
        if idempotency::reserve(&mut tx, of.borrow(), &body[0], &id, until, now).await? {
            tx.commit().await?;
            failpoint::reach(Failpoint::Reserved);
            return Ok(self.reserved(of, id, false));
        }
        let Some(record) = idempotency::find(&mut tx, of.borrow()).await? else {
            tx.commit().await?;
            return Ok(Found::Changed);
        };
        if !body.contains(&record.body_sha256) {
            tx.commit().await?;
            return Err(reused());
        }
        let found = match record.progress {
            Progress::Done(answer) => Found::Reserved(Reserved::Before(self.open(&of, answer)?)),
            Progress::Lost => return Err(lost()),
            Progress::UnderWay {
                lease_until: Some(until),
                ..
            } if now < until => Found::InFlight,
            Progress::UnderWay {
                reservation, begun, ..
            } => {
                let key = of.borrow();
                match idempotency::take_over(&mut tx, key, &reservation, &id, until).await? {
                    true => {
                        tx.commit().await?;
                        return Ok(self.reserved(of, id, begun));
                    }
                    false => Found::Changed,
                }
            }
        };
        tx.commit().await?;
        Ok(found)
    }

    fn reserved(&self, of: OwnedKey, id: String, begun: bool) -> Found {
        Found::Reserved(Reserved::New(Reservation::new(Held {
            app: self.clone(),
            of,
            id,
            begun,
            settled: AtomicBool::new(false),
        })))
    }

    fn open(&self, of: &OwnedKey, stored: StoredAnswer) -> Result<Answer> {
        let body = match stored.sealed {
            true => seal::open(self, of.borrow(), &stored.body).ok_or_else(lost)?,
            false => stored.body,
        };
        Ok(Answer {
            status: stored.status,
            body,
        })
    }
}

pub(super) fn in_flight() -> Error {
    Error::conflict(
        "IDEMPOTENCY_IN_FLIGHT",
        "the same request with this Idempotency-Key is being carried out; ask again in a moment for its answer",
    )
    .retry_after(COME_AGAIN)
}

fn reused() -> Error {
    Error::conflict(
        "IDEMPOTENCY_KEY_REUSED",
        "this Idempotency-Key was used for another request; use a new key for a new request",
    )
}

fn lost() -> Error {
    Error::conflict(
        "IDEMPOTENCY_ANSWER_LOST",
        "the request with this Idempotency-Key was carried out before, but its answer cannot be shown again; look for what it made",
    )
}
