//! Second factors: time-based codes (RFC 6238), and codes for when the device is lost.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{Timestamp, UserId};

use crate::column::{At, OptAt, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{recovery_codes, totp_secrets};
use crate::tx::System;

/// A user's second factor.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// The secret, encrypted.
    pub sealed: String,
    /// Since when it is asked for at login; `None`: not yet.
    pub confirmed_at: Option<Timestamp>,
    /// The last time step that a code was taken of.
    pub last_step: i64,
}

/// The user's second factor.
///
/// # Errors
/// When the query fails.
pub async fn find(tx: &mut System, user: UserId) -> DbResult<Option<SecondFactor>> {
    let row: Option<(String, OptAt, i64)> = on_either!(tx, conn => {
        totp_secrets::table
            .find(Word(user))
            .select((
                totp_secrets::sealed,
                totp_secrets::confirmed_at,
                totp_secrets::last_step,
            ))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(row.map(|(sealed, confirmed_at, last_step)| SecondFactor {
        sealed,
        confirmed_at: confirmed_at.into(),
        last_step,
    }))
}

/// Keeps a secret that is not confirmed yet, in place of one that never was. `false`: there is one that is.
///
/// # Errors
/// When the query fails.
pub async fn enrol(tx: &mut System, user: UserId, sealed: &str, now: Timestamp) -> DbResult<bool> {
    on_either!(tx, conn => {
        diesel::delete(
            totp_secrets::table
                .find(Word(user))
                .filter(totp_secrets::confirmed_at.is_null()),
        )
        .execute(conn)
        .await
    })?;
    let kept = on_either!(tx, conn => {
        diesel::insert_into(totp_secrets::table)
            .values((
                totp_secrets::user_id.eq(Word(user)),
                totp_secrets::sealed.eq(sealed),
                totp_secrets::created_at.eq(At(now)),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(kept == 1)
}

/// Takes a code of this time step. `false`: one of it or of a later step was taken before.
///
/// # Errors
/// When the query fails.
pub async fn take_step(tx: &mut System, user: UserId, step: i64) -> DbResult<bool> {
    let taken = on_either!(tx, conn => {
        diesel::update(
            totp_secrets::table
                .find(Word(user))
                .filter(totp_secrets::last_step.lt(step)),
        )
        .set(totp_secrets::last_step.eq(step))
        .execute(conn)
        .await
    })?;
    Ok(taken == 1)
}

/// Has the second factor asked for from now on, and keeps new recovery codes (SHA-256, lower-case hex).
///
/// # Errors
/// When the query fails.
pub async fn confirm(
    tx: &mut System,
    user: UserId,
    codes: &[String],
    now: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(totp_secrets::table.find(Word(user)))
            .set(totp_secrets::confirmed_at.eq(At(now)))
            .execute(conn)
            .await
    })?;
    forget_codes(tx, user).await?;
    let rows: Vec<_> = codes
        .iter()
        .map(|code| {
            (
                recovery_codes::user_id.eq(Word(user)),
                recovery_codes::code_sha256.eq(code),
            )
        })
        .collect();
    for row in rows {
        on_either!(tx, conn => {
            diesel::insert_into(recovery_codes::table).values(row.clone()).execute(conn).await
        })?;
    }
    Ok(())
}

/// Uses up a recovery code. `false`: there is no such code left.
///
/// # Errors
/// When the query fails.
pub async fn use_code(tx: &mut System, user: UserId, code_sha256: &str) -> DbResult<bool> {
    let used = on_either!(tx, conn => {
        diesel::delete(recovery_codes::table.find((Word(user), code_sha256)))
            .execute(conn)
            .await
    })?;
    Ok(used == 1)
}

/// How many recovery codes are left.
///
/// # Errors
/// When the query fails.
pub async fn codes_left(tx: &mut System, user: UserId) -> DbResult<i64> {
    Ok(on_either!(tx, conn => {
        recovery_codes::table
            .filter(recovery_codes::user_id.eq(Word(user)))
            .count()
            .get_result(conn)
            .await
    })?)
}

/// Takes the second factor away. `false`: there was none.
///
/// # Errors
/// When the query fails.
pub async fn remove(tx: &mut System, user: UserId) -> DbResult<bool> {
    forget_codes(tx, user).await?;
    let removed = on_either!(tx, conn => {
        diesel::delete(totp_secrets::table.find(Word(user))).execute(conn).await
    })?;
    Ok(removed == 1)
}

async fn forget_codes(tx: &mut System, user: UserId) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(Word(user))))
            .execute(conn)
            .await
    })?;
    Ok(())
}
