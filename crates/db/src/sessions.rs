//! Sessions: what a login opened, until it ends or is revoked.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use faxgate_types::{SessionId, Timestamp, UserId};

use crate::column::{At, OptAt, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{sessions, users};
use crate::tx::System;

/// A session.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Where it was opened from.
    pub address: Option<String>,
    /// By which program, as that told.
    pub agent: Option<String>,
}

/// A session that was shown and is still good, with its user.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The user's name.
    pub username: String,
    /// Whether the user is disabled.
    pub disabled: bool,
    /// When it was last written down that it was used.
    pub last_used_at: Option<Timestamp>,
}

/// Keeps a session, and when its user logged in.
///
/// # Errors
/// When the query fails.
pub async fn insert(tx: &mut System, session: &Session) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(sessions::table)
            .values((
                sessions::id.eq(Word(session.id)),
                sessions::user_id.eq(Word(session.user)),
                sessions::created_at.eq(At(session.created_at)),
                sessions::expires_at.eq(At(session.expires_at)),
                sessions::address.eq(&session.address),
                sessions::agent.eq(&session.agent),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The session of this user, if it is neither over nor revoked.
///
/// # Errors
/// When the query fails.
pub async fn show(
    tx: &mut System,
    session: SessionId,
    user: UserId,
    now: Timestamp,
) -> DbResult<Option<Shown>> {
    let row: Option<(String, bool, OptAt)> = on_either!(tx, conn => {
        sessions::table
            .inner_join(users::table.on(users::id.eq(sessions::user_id)))
            .filter(sessions::id.eq(Word(session)))
            .filter(sessions::user_id.eq(Word(user)))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(At(now)))
            .select((users::username, users::disabled, sessions::last_used_at))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(row.map(|(username, disabled, used)| Shown {
        username,
        disabled,
        last_used_at: used.into(),
    }))
}

/// Writes down that a session was used, unless that was done since `before`.
///
/// # Errors
/// When the query fails.
pub async fn used(
    tx: &mut System,
    session: SessionId,
    now: Timestamp,
    before: Timestamp,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(
            sessions::table.find(Word(session)).filter(
                sessions::last_used_at
                    .is_null()
                    .or(sessions::last_used_at.lt(At(before))),
            ),
        )
        .set(sessions::last_used_at.eq(At(now)))
        .execute(conn)
        .await
    })?;
    Ok(())
}

/// The open sessions of a user, newest first.
///
/// # Errors
/// When the query fails.
pub async fn of_user(tx: &mut System, user: UserId, now: Timestamp) -> DbResult<Vec<Session>> {
    type Row = (
        Word<SessionId>,
        At,
        At,
        OptAt,
        Option<String>,
        Option<String>,
    );
    let rows: Vec<Row> = on_either!(tx, conn => {
        sessions::table
            .filter(sessions::user_id.eq(Word(user)))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(At(now)))
            .select((
                sessions::id,
                sessions::created_at,
                sessions::expires_at,
                sessions::last_used_at,
                sessions::address,
                sessions::agent,
            ))
            .order((sessions::created_at.desc(), sessions::id.desc()))
            .load(conn)
            .await
    })?;
    let session = |(id, created_at, expires_at, used, address, agent): Row| Session {
        id: id.0,
        user,
        created_at: created_at.into(),
        expires_at: expires_at.into(),
        last_used_at: used.into(),
        address,
        agent,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends a session of a user's. `false`: there is none such that is open.
///
/// # Errors
/// When the query fails.
pub async fn revoke(
    tx: &mut System,
    session: SessionId,
    user: UserId,
    now: Timestamp,
) -> DbResult<bool> {
    let revoked = on_either!(tx, conn => {
        diesel::update(
            sessions::table
                .find(Word(session))
                .filter(sessions::user_id.eq(Word(user)))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(At(now))),
        )
        .set(sessions::revoked_at.eq(At(now)))
        .execute(conn)
        .await
    })?;
    Ok(revoked == 1)
}

/// Ends every session of a user's, but for `except`; says how many were open.
///
/// # Errors
/// When the query fails.
pub async fn revoke_all(
    tx: &mut System,
    user: UserId,
    except: Option<SessionId>,
    now: Timestamp,
) -> DbResult<usize> {
    // No session has this id.
    let except = except.map_or_else(String::new, |session| session.to_string());
    Ok(on_either!(tx, conn => {
        diesel::update(
            sessions::table
                .filter(sessions::user_id.eq(Word(user)))
                .filter(sessions::id.ne(&except))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt(At(now))),
        )
        .set(sessions::revoked_at.eq(At(now)))
        .execute(conn)
        .await
    })?)
}

/// Forgets sessions that ended before `before`.
///
/// # Errors
/// When the query fails.
pub async fn forget(tx: &mut System, before: Timestamp) -> DbResult<usize> {
    Ok(on_either!(tx, conn => {
        diesel::delete(sessions::table.filter(sessions::expires_at.lt(At(before))))
            .execute(conn)
            .await
    })?)
}
