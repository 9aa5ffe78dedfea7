//! Answers given under an idempotency key, so that a repeated request gets the same one.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{TenantId, Timestamp, UserId};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::idempotency_keys;
use crate::tx::Tx;

/// Whose key, for what.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
    /// What was asked for.
    pub endpoint: &'a str,
    /// The key itself.
    pub key: &'a str,
}

/// An answer that was given before.
#[derive(Clone, Debug)]
pub struct Answered {
    /// SHA-256 of the request's body, lower-case hex.
    pub body_sha256: String,
    /// The answer.
    pub answer: String,
}

/// Takes the key, with its answer, in the transaction of the effect. `Some` when it was taken before.
///
/// Two requests with one key at once: the second waits here until the first has committed or failed.
///
/// # Errors
/// When the query fails.
pub async fn take(
    tx: &mut Tx,
    key: Key<'_>,
    body_sha256: &str,
    answer: &str,
    now: Timestamp,
) -> DbResult<Option<Answered>> {
    let taken = on_either!(tx, conn => {
        diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::tenant_id.eq(Word(key.tenant)),
                idempotency_keys::user_id.eq(Word(key.user)),
                idempotency_keys::endpoint.eq(key.endpoint),
                idempotency_keys::key.eq(key.key),
                idempotency_keys::body_sha256.eq(body_sha256),
                idempotency_keys::answer.eq(answer),
                idempotency_keys::created_at.eq(At(now)),
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
    if taken == 1 {
        return Ok(None);
    }
    find(tx, key).await
}

/// The answer given under this key.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut Tx, key: Key<'_>) -> DbResult<Option<Answered>> {
    let row: Option<(String, String)> = on_either!(tx, conn => {
        idempotency_keys::table
            .find((Word(key.tenant), Word(key.user), key.endpoint, key.key))
            .select((idempotency_keys::body_sha256, idempotency_keys::answer))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(row.map(|(body_sha256, answer)| Answered {
        body_sha256,
        answer,
    }))
}

/// Forgets keys taken before `before`; says how many.
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
