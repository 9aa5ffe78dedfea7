//! Idempotency keys: a request is written down before it is carried out, and its answer with its effect.
//!
//! ```text
//! (nothing) ── reserve ──▶ reserved ── complete, with the effect ──▶ done
//!     ▲                     │    └──── begin, with half of it ──▶ begun ── complete ──▶ done
//!     └───── give back ─────┘                                      └ gone on with by the same request only
//! ```

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp, UserId};

use crate::column::{At, OptAt, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::idempotency_keys;
use crate::tx::Tx;

const RESERVED: &str = "reserved";
const BEGUN: &str = "begun";
const DONE: &str = "done";

/// Whose key, for what.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// What was asked for: `POST /api/fax/send`.
    pub endpoint: &'a str,
    /// The key itself.
    pub key: &'a str,
}

/// What is written down under a key.
#[derive(Clone, Debug)]
pub struct Record {
    /// SHA-256 of the request, lower-case hex.
    pub body_sha256: String,
    /// What became of the request.
    pub progress: Progress,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Somebody is at it, or was.
    UnderWay {
        /// Whose reservation it is.
        reservation: String,
        /// Until when it is theirs; `None`: nobody's.
        lease_until: Option<Timestamp>,
        /// Whether part of it is done.
        begun: bool,
    },
    /// It was carried out.
    Done(StoredAnswer),
    /// It was carried out, and how it was answered is not known.
    Lost,
}

/// An answer as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body, or what it was encrypted to.
    pub body: String,
    /// Whether the body is encrypted.
    pub sealed: bool,
}

/// Writes a request down as `reservation`'s until `lease_until`. `false`: something is written under the key already.
///
/// # Errors
/// When the query fails.
pub async fn reserve(
    tx: &mut Tx,
    key: Key<'_>,
    body_sha256: &str,
    reservation: &str,
    lease_until: Timestamp,
    now: Timestamp,
) -> DbResult<bool> {
    let written = on_either!(tx, conn => {
        diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::tenant_id.eq(Word(key.tenant)),
                idempotency_keys::user_id.eq(Word(key.user)),
                idempotency_keys::endpoint.eq(key.endpoint),
                idempotency_keys::key.eq(key.key),
                idempotency_keys::body_sha256.eq(body_sha256),
                idempotency_keys::answer.eq(""),
                idempotency_keys::created_at.eq(At(now)),
                idempotency_keys::state.eq(RESERVED),
                idempotency_keys::reservation.eq(reservation),
                idempotency_keys::lease_until.eq(Some(At(lease_until))),
            ))
            .on_conflict((
                idempotency_keys::tenant_id,
                idempotency_keys::user_id,
                idempotency_keys::endpoint,
                idempotency_keys::key,
            ))
            .do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(written == 1)
}

/// What is written down under this key.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, key: Key<'_>) -> DbResult<Option<Record>> {
    type Row = (String, String, String, OptAt, i32, String, bool);
    let row: Option<Row> = on_either!(tx, conn => {
        idempotency_keys::table
            .find((Word(key.tenant), Word(key.user), key.endpoint, key.key))
            .select((
                idempotency_keys::body_sha256,
                idempotency_keys::state,
                idempotency_keys::reservation,
                idempotency_keys::lease_until,
                idempotency_keys::status,
                idempotency_keys::answer,
                idempotency_keys::sealed,
            ))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(row.map(
        |(body_sha256, state, reservation, lease_until, status, body, sealed)| Record {
            body_sha256,
            progress: match state.as_str() {
                RESERVED | BEGUN => Progress::UnderWay {
                    reservation,
                    lease_until: lease_until.into(),
                    begun: state == BEGUN,
                },
                DONE => Progress::Done(StoredAnswer {
                    status: u16::try_from(status).unwrap_or(200),
                    body,
                    sealed,
                }),
                _ => Progress::Lost,
            },
        },
    ))
}

/// Makes what was `former`'s `reservation`'s, until `lease_until`. `false`: it is not `former`'s any more, or it is done.
///
/// # Errors
/// When the query fails.
pub async fn take_over(
    tx: &mut Tx,
    key: Key<'_>,
    former: &str,
    reservation: &str,
    lease_until: Timestamp,
) -> DbResult<bool> {
    let taken = on_either!(tx, conn => {
        diesel::update(idempotency_keys::table.find((Word(key.tenant), Word(key.user), key.endpoint, key.key)))
            .filter(idempotency_keys::reservation.eq(former))
            .filter(idempotency_keys::state.eq_any([RESERVED, BEGUN]))
            .set((
                idempotency_keys::reservation.eq(reservation),
                idempotency_keys::lease_until.eq(Some(At(lease_until))),
            ))
            .execute(conn)
            .await
    })?;
    Ok(taken == 1)
}

/// Notes, in the transaction of the effect, how the request is answered. `false`: the reservation is another's now, and the effect
/// must not be committed.
///
/// # Errors
/// When the query fails.
pub async fn complete(
    tx: &mut Tx,
    key: Key<'_>,
    reservation: &str,
    answer: &StoredAnswer,
) -> DbResult<bool> {
    let completed = on_either!(tx, conn => {
        diesel::update(idempotency_keys::table.find((Word(key.tenant), Word(key.user), key.endpoint, key.key)))
            .filter(idempotency_keys::reservation.eq(reservation))
            .filter(idempotency_keys::state.eq_any([RESERVED, BEGUN]))
            .set((
                idempotency_keys::state.eq(DONE),
                idempotency_keys::lease_until.eq(None::<At>),
                idempotency_keys::status.eq(i32::from(answer.status)),
                idempotency_keys::answer.eq(&answer.body),
                idempotency_keys::sealed.eq(answer.sealed),
            ))
            .execute(conn)
            .await
    })?;
    Ok(completed == 1)
}

/// Notes, in the transaction of the first part of an effect, that the same request is to go on with the rest. `false`: the
/// reservation is another's now, and nothing must be committed.
///
/// # Errors
/// When the query fails.
pub async fn begin(tx: &mut Tx, key: Key<'_>, reservation: &str) -> DbResult<bool> {
    let begun = on_either!(tx, conn => {
        diesel::update(idempotency_keys::table.find((Word(key.tenant), Word(key.user), key.endpoint, key.key)))
            .filter(idempotency_keys::reservation.eq(reservation))
            .filter(idempotency_keys::state.eq_any([RESERVED, BEGUN]))
            .set(idempotency_keys::state.eq(BEGUN))
            .execute(conn)
            .await
    })?;
    Ok(begun == 1)
}

/// Gives a key back whose request came to nothing. One that has begun can be gone on with by the same request at once.
///
/// # Errors
/// When the query fails.
pub async fn give_back(tx: &mut Tx, key: Key<'_>, reservation: &str) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(idempotency_keys::table.find((Word(key.tenant), Word(key.user), key.endpoint, key.key)))
            .filter(idempotency_keys::reservation.eq(reservation))
            .filter(idempotency_keys::state.eq(RESERVED))
            .execute(conn)
            .await
    })?;
    on_either!(tx, conn => {
        diesel::update(idempotency_keys::table.find((Word(key.tenant), Word(key.user), key.endpoint, key.key)))
            .filter(idempotency_keys::reservation.eq(reservation))
            .filter(idempotency_keys::state.eq(BEGUN))
            .set(idempotency_keys::lease_until.eq(None::<At>))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Forgets keys written down before `before`; says how many.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut crate::System, before: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(At(before))))
            .execute(conn)
            .await
    })?)
}
